"""What happens when: a heap of moments. The area's clock follows it."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime

Action = Callable[[datetime], None]


class Agenda:
    """Actions at moments (aware UTC), run in order of time, then of being asked for."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Action]] = []
        self._order = itertools.count()

    def at(self, moment: datetime, action: Action) -> None:
        """Do this then."""
        heapq.heappush(self._heap, (moment, next(self._order), action))

    def next_moment(self) -> datetime | None:
        """When the next action is due, None when nothing is left."""
        return self._heap[0][0] if self._heap else None

    def due(self, until: datetime) -> list[tuple[datetime, Action]]:
        """Take out everything due up to and including a moment."""
        found: list[tuple[datetime, Action]] = []
        while self._heap and self._heap[0][0] <= until:
            moment, _, action = heapq.heappop(self._heap)
            found.append((moment, action))
        return found
