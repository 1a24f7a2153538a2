"""A draft beside the day as it is worked by: what it changes, visit by visit. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from dispatch.planning.day.problem_builder import late_seconds
from dispatch.planning.day.snapshot import Day, DayOrder, LivingVisit
from dispatch.planning.models import PlanStop

A_MINUTE = timedelta(minutes=1)
"""A visit that moves by less stays as it is."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a draft does to one visit: new, moved, earlier, later, dropped or same."""

    order: DayOrder
    kind: str
    to: PlanStop | None

    @property
    def technician_id(self) -> UUID | None:
        return None if self.to is None else self.to.technician_id

    @property
    def previous(self) -> UUID | None:
        return self.order.visit.technician_id if self.kind != "new" and self.order.visit is not None else None

    @property
    def previous_start(self) -> datetime | None:
        return self.order.visit.planned_start if self.kind != "new" and self.order.visit is not None else None

    def late_seconds(self) -> tuple[int, int]:
        """Seconds after the due time before and after."""
        ends = (None if self.previous is None or self.order.visit is None else self.order.visit.planned_end,
                None if self.to is None else self.to.departure)  # fmt: skip
        before, after = (0 if end is None else late_seconds(self.order, end) for end in ends)
        return before, after


def changes(day: Day, stops: Iterable[PlanStop]) -> list[Change]:
    """What a draft changes, visit by visit; work under way is nobody's to change."""
    planned = {stop.order_id: stop for stop in stops}
    found = []
    for order in day.orders:
        stop = planned.get(order.id)
        if order.started:
            continue
        visit = order.planned_visit(day.span)
        if visit is not None or stop is not None:
            found.append(Change(order, _kind(visit, stop), stop))
    return found


def _kind(visit: LivingVisit | None, stop: PlanStop | None) -> str:
    if visit is None or visit.planned_start is None:
        return "new"
    if stop is None:
        return "dropped"
    if stop.technician_id != visit.technician_id:
        return "moved"
    shift = stop.start - visit.planned_start
    if abs(shift) < A_MINUTE:
        return "same"
    return "later" if shift > timedelta() else "earlier"


def saved_seconds(day: Day, stops: Sequence[PlanStop]) -> dict[UUID, int]:
    """By technician: seconds on the way to their stops that the draft saves."""
    saved: dict[UUID, int] = {}
    for order in day.orders:
        visit = order.planned_visit(day.span)
        if visit is not None:
            saved[visit.technician_id] = saved.get(visit.technician_id, 0) + (visit.travel_seconds or 0)
    started = {order.id for order in day.orders if order.started}
    for stop in stops:
        if stop.order_id not in started:
            saved[stop.technician_id] = saved.get(stop.technician_id, 0) - stop.travel_seconds
    return saved
