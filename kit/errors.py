"""The errors of the product. Each has a stable code. `kit.http` maps the class to an HTTP status.

The sentence of a code is in the `messages.toml` of its room, in both languages (`kit.i18n`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class Problem(Exception):
    """An error that the caller can understand and correct.

    `code` is stable. `params` fill its sentence, `field` names the wrong input, `current` shows the present state.
    """

    members: ClassVar[Mapping[str, Any]] = {}
    """What its answer says besides."""

    def __init__(self, code: str, *, field: str | None = None, current: Any = None, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.field = field
        self.current = current
        self.params = params

    def sentence(self, language: str = "en") -> str:
        """The sentence for people: what is wrong and what to do, in `en` or `zh`."""
        from kit.i18n import text

        return text(self.code, language, **({"field": self.field or "–"} | self.params))

    def __str__(self) -> str:
        return self.sentence()


class Malformed(Problem):
    """400: the request cannot be read."""


class NotSignedIn(Problem):
    """401: nobody is signed in, or the token is not valid."""


class SignedOutAsLost(NotSignedIn):
    """401 with `wipe`: the phone was given up as lost, and wipes itself when it hears this."""

    members: ClassVar[Mapping[str, Any]] = {"wipe": True}


class Forbidden(Problem):
    """403: the role does not allow this."""


class NotFound(Problem):
    """404: it does not exist, or it is outside the caller's scope. The two answers are the same on purpose."""


class Conflict(Problem):
    """409: the present state does not allow it. `current` shows that state."""


class Stale(Problem):
    """412: somebody else changed it first. `current` shows the newer state."""


class TooLarge(Problem):
    """413: the upload is too large."""


class Unsupported(Problem):
    """415: the type of the file is not supported."""


class BeyondEnd(Problem):
    """416: there is nothing at the range that was asked for."""


class Invalid(Problem):
    """422: the request is readable but impossible. `field` names the input."""


class TooMany(Problem):
    """429: too many attempts. `params['seconds']` says how long to wait."""


class Unavailable(Problem):
    """503: a part of the system is not running. The sentence names it and says how to start it."""
