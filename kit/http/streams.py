"""How many live streams an account, or a subscriber's link, holds in this process."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from uuid import UUID

from kit.errors import TooMany

HEARTBEAT_SECONDS = 15.0
_SILENT_FOR = 4 * HEARTBEAT_SECONDS
"""A stream that gave no sign of life for so long is counted no more: its client left before it began."""


class Slot:
    """The place of one stream; `beat` says that it lives."""

    def __init__(self, now: float) -> None:
        self.alive = now


class Streams:
    """The streams of this process, at most `limit` for each account or order; `clock` counts seconds."""

    def __init__(self, limit: int, clock: Callable[[], float] = monotonic) -> None:
        self.limit, self._clock = limit, clock
        self._held: dict[UUID, list[Slot]] = {}

    def take(self, holder: UUID) -> Slot:
        """A place for one more stream of an account or an order. Raises `TooMany`."""
        now = self._clock()
        held = [slot for slot in self._held.get(holder, ()) if now - slot.alive < _SILENT_FOR]
        if len(held) >= self.limit:
            raise TooMany("live.too_many", limit=self.limit, seconds=int(HEARTBEAT_SECONDS))
        slot = Slot(now)
        self._held[holder] = [*held, slot]
        return slot

    def beat(self, slot: Slot) -> None:
        """The stream lives."""
        slot.alive = self._clock()

    def give_back(self, holder: UUID, slot: Slot) -> None:
        """The stream ended."""
        held = [other for other in self._held.get(holder, ()) if other is not slot]
        if held:
            self._held[holder] = held
        else:
            self._held.pop(holder, None)
