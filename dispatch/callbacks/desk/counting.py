"""Counts of a long queue, taken every few seconds for everybody instead of once for each who looks.

A count reads all that it counts. Two hundred agents look after every call, and of ten thousand that wait nobody reads
the last digit: so what is long is counted by the first who asks, and the others are shown that. A short queue is
counted anew each time.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

LONG = 2_000
"""Waiting calls from which on a count is shown to others."""
KEPT_SECONDS = 10.0
MOVED = timedelta(minutes=1)
"""An area's clock that was moved by more makes a count old at once."""
MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class _Count:
    rows: Sequence[Any]
    counted: float
    now: datetime


class Counts:
    """The counts of one process by what they are of. Rows say how many wait (`waiting`)."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[Hashable, _Count] = {}

    async def of(self, what: Hashable, now: datetime, count: Callable[[], Awaitable[Sequence[Any]]]) -> Sequence[Any]:
        """The rows of `count` at the area's `now`, perhaps those of a few seconds before.

        While somebody counts anew the others are shown the count before it.
        """
        kept = self._kept.get(what)
        if kept is not None and abs(now - kept.now) <= MOVED:
            if self._clock() - kept.counted < KEPT_SECONDS:
                return kept.rows
            self._kept[what] = _Count(kept.rows, self._clock(), kept.now)
        rows = await count()
        self._kept.pop(what, None)
        if sum(row.waiting for row in rows) >= LONG:
            self._kept[what] = _Count(rows, self._clock(), now)
            if len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        return rows


COUNTS = Counts()
"""Of this web process."""
