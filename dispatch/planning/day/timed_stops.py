"""The stops of a plan at their instants. The optimizer counts seconds of the day instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dispatch.planning.day.snapshot import DaySpan
from optimizer.problem import Route, Stop


@dataclass(frozen=True, slots=True)
class TimedStop:
    """One stop: order, technician, place in the whole route, times. Travel leads to it, in seconds and metres."""

    order_id: UUID
    technician_id: UUID
    position: int
    arrival: datetime
    start: datetime
    end: datetime
    travel_seconds: int
    travel_metres: int

    @classmethod
    def at(cls, span: DaySpan, technician_id: str, position: int, stop: Stop) -> TimedStop:
        """An optimizer's stop at the instants of a day."""
        return cls(
            order_id=UUID(stop.visit_id),
            technician_id=UUID(technician_id),
            position=position,
            arrival=span.instant(stop.arrival),
            start=span.instant(stop.start),
            end=span.instant(stop.departure),
            travel_seconds=stop.travel_seconds,
            travel_metres=stop.distance,
        )


def timed_stops(span: DaySpan, route: Route | None) -> Iterator[TimedStop]:
    """The stops of a route, in order; none for no route."""
    if route is not None:
        for position, stop in enumerate(route.stops):
            yield TimedStop.at(span, route.technician_id, position, stop)
