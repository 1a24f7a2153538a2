"""How often one address may ask a public page: a window per process, kept in memory because it protects only load.

The links themselves carry 256 random bits and cannot be guessed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic

from kit.errors import TooMany


class Throttle:
    """At most `limit` requests of one address within `seconds`; `clock` counts seconds and never goes back."""

    def __init__(self, limit: int, seconds: int, clock: Callable[[], float] = monotonic) -> None:
        self.limit, self.seconds, self._clock = limit, seconds, clock
        self._seen: dict[str, deque[float]] = {}

    def admit(self, address: str) -> None:
        """Count a request. Raises `TooMany`."""
        now = self._clock()
        mine = self._seen.setdefault(address, deque())
        while mine and mine[0] <= now - self.seconds:
            mine.popleft()
        if len(mine) >= self.limit:
            raise TooMany("survey.too_many", seconds=int(mine[0] + self.seconds - now) + 1)
        mine.append(now)
        if len(self._seen) > 10_000:
            self._seen = {key: times for key, times in self._seen.items() if times and times[-1] > now - self.seconds}
