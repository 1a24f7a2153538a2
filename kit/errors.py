"""Small named errors. Each carries a stable code; `kit.http` has the one table from error to HTTP status.

The sentence of a code lives beside the code's room, in its `messages.toml` (`kit.i18n`), in both languages.
"""

from __future__ import annotations

from typing import Any


class Problem(Exception):
    """Something the caller can understand and mend. `code` is stable, `params` fill its sentence."""

    def __init__(self, code: str, *, field: str | None = None, current: Any = None, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.field = field
        self.current = current
        self.params = params

    def sentence(self, language: str = "en") -> str:
        """What is wrong and what to do, in `en` or `zh`."""
        from kit.i18n import text

        return text(self.code, language, **({"field": self.field or "–"} | self.params))

    def __str__(self) -> str:
        return self.sentence()


class Malformed(Problem):
    """400: the request cannot be read."""


class NotSignedIn(Problem):
    """401."""


class Forbidden(Problem):
    """403: signed in, but not for this."""


class NotFound(Problem):
    """404: not there, or outside the caller's scope (the two look alike on purpose)."""


class Conflict(Problem):
    """409: well-formed, but the thing is in another state; `current` shows it."""


class Stale(Problem):
    """412: somebody changed it first; `current` shows the newer state."""


class TooLarge(Problem):
    """413."""


class Unsupported(Problem):
    """415: a file of a kind we do not take."""


class Invalid(Problem):
    """422: readable, but impossible; `field` says where."""


class TooMany(Problem):
    """429; `params['seconds']` says when to come back."""


class Unavailable(Problem):
    """503: a part of the system is not running; the sentence says which and how to start it."""
