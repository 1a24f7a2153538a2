"""The event queue of the simulation: actions by time. The area's clock is moved to the next one."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime

Action = Callable[[datetime], None]


class Agenda:
    """Actions by time (aware UTC). Actions of the same time run in the order in which they were added."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Action]] = []
        self._order = itertools.count()

    def at(self, moment: datetime, action: Action) -> None:
        """Add an action."""
        heapq.heappush(self._heap, (moment, next(self._order), action))

    def next_moment(self) -> datetime | None:
        """When the next action is due, None when nothing is left."""
        return self._heap[0][0] if self._heap else None

    def due(self, until: datetime) -> list[tuple[datetime, Action]]:
        """Remove and return the actions due up to and including `until`."""
        found: list[tuple[datetime, Action]] = []
        while self._heap and self._heap[0][0] <= until:
            moment, _, action = heapq.heappop(self._heap)
            found.append((moment, action))
        return found
