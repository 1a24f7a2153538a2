"""How often one network may ask for what needs no sign-in: a window per web process, kept in memory and bounded.

It protects only load. The links themselves carry 256 random bits, and `dispatch.accounts` counts wrong passwords.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from time import monotonic
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from kit.errors import TooMany
from kit.http.clients import client_of

A_MINUTE = 60
DEFAULT_LIMIT = 30
WRONG_LINKS = 10
_MOST = 10_000


class Throttle:
    """At most `limit` requests of one key within `seconds`; `clock` counts seconds and never goes back.

    It remembers `most` keys. A stranger with more addresses than that makes it forget the oldest ones, not grow.
    """

    def __init__(self, limit: int, seconds: int, clock: Callable[[], float] = monotonic, *, most: int = _MOST) -> None:
        self.limit, self.seconds, self._clock, self._most = limit, seconds, clock, most
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def admit(self, key: str) -> None:
        """Count a request. Raises `TooMany`."""
        now = self._clock()
        mine = self._seen.setdefault(key, deque())
        self._seen.move_to_end(key)
        while mine and mine[0] <= now - self.seconds:
            mine.popleft()
        if len(mine) >= self.limit:
            raise TooMany("too_many.network", seconds=int(mine[0] + self.seconds - now) + 1)
        mine.append(now)
        while len(self._seen) > self._most:
            self._seen.popitem(last=False)

    def check(self, key: str) -> None:
        """Raise `TooMany` where the limit of `admit` is reached; nothing is counted."""
        now = self._clock()
        mine = [moment for moment in self._seen.get(key, ()) if moment > now - self.seconds]
        if len(mine) >= self.limit:
            raise TooMany("too_many.network", seconds=int(mine[0] + self.seconds - now) + 1)

    def __len__(self) -> int:
        return len(self._seen)


def refuse_who_guesses(connection: ASGIConnection[Any, Any, Any, Any], what: str) -> None:
    """Raise `TooMany` from where too many wrong links or keys of a kind came: the next one is not looked up at all."""
    _guesses(connection, what).check(client_of(connection.scope).network)


def count_wrong(connection: ASGIConnection[Any, Any, Any, Any], what: str) -> None:
    """Count a link or key that proved to be wrong for its network. Raises `TooMany` for one too many."""
    _guesses(connection, what).admit(client_of(connection.scope).network)


def _guesses(connection: ASGIConnection[Any, Any, Any, Any], what: str) -> Throttle:
    throttles: dict[str, Throttle] = connection.app.state.throttles
    return throttles.setdefault(f"wrong {what}", Throttle(WRONG_LINKS, 10 * A_MINUTE))


async def throttle_public(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """A guard for every handler: what asks for no actor may be asked so often a minute by one network.

    A handler's `opt` says another number than the usual one (`per_minute`); None is no limit.
    """
    if "actor" in handler.parsed_fn_signature.parameters or not getattr(handler, "include_in_schema", True):
        return
    limit = handler.opt.get("per_minute", DEFAULT_LIMIT)
    if limit is None:
        return
    name = str(getattr(handler, "operation_id", None) or handler)
    throttles: dict[str, Throttle] = connection.app.state.throttles
    throttles.setdefault(name, Throttle(limit, A_MINUTE)).admit(client_of(connection.scope).network)
