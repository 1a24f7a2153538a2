"""From a day to the optimizer's problem, and from its plan back to instants. Pure.

Every time of the problem counts seconds from the first instant of the local day. What cannot be planned at all (no
place, booked for another day, suspended beyond the day …) never reaches the optimizer and comes back with its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, cast
from uuid import UUID

import numpy as np

from dispatch.planning.day.snapshot import Day, DayOrder, DaySpan, DayTechnician
from kit.geo import LonLat
from optimizer.problem import (
    UNREACHABLE,
    Break,
    FrozenStop,
    GridContract,
    Matrix,
    Pin,
    Problem,
    PublishedStop,
    Technician,
    TimeWindow,
    Visit,
    Weights,
)

DECIMALS = 6
"""Places closer than about 10 cm are one location of the matrix."""
DUE_WEIGHTS = {"ordinary": 1.0, "vip": 2.0, "group": 2.0}
URGENT_WEIGHT = 4.0
DAY_SECONDS = 86_400
HINDSIGHT_DUE = timedelta(hours=4)
"""Due after the report where the order has no due time of its own yet (not dispatched)."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An order the optimizer never sees, with the code of its reason (`planning.reason.<code>`)."""

    order_id: UUID
    reason: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A problem without its matrices: they are asked for `points`, in this order."""

    span: DaySpan
    technicians: tuple[Technician, ...]
    visits: tuple[Visit, ...]
    published: tuple[PublishedStop, ...]
    points: tuple[LonLat, ...]
    left_out: tuple[LeftOut, ...]
    frozen: frozenset[UUID]

    def problem(self, durations: Matrix, distances: Matrix, weights: Weights) -> Problem:
        """The whole problem, weighed; matrices in seconds and metres over `points`."""
        now = None if self.span.now is None else self.span.seconds(self.span.now)
        return Problem(
            technicians=self.technicians,
            visits=tuple(_with_drop_price(visit, weights) for visit in self.visits),
            durations=durations,
            distances=distances,
            weights=weights,
            published=self.published,
            now=now,
        )


def _with_drop_price(visit: Visit, weights: Weights) -> Visit:
    """Leaving an order out must cost more than being late with it for the whole day."""
    if visit.due is None:  # work under way, which nobody can leave out
        return visit
    late = weights.tardiness * visit.due_weight * DAY_SECONDS
    return replace(visit, drop_cost=(weights.drop + late) * (1 + visit.priority))


def with_unreachable(values: Matrix, pairs: frozenset[tuple[int, int]]) -> Matrix:
    """A writable copy in which pairs without a road hold the optimizer's own mark."""
    marked = np.array(values, dtype=np.int32, copy=True)
    for row, column in pairs:
        marked[row, column] = UNREACHABLE
    return marked


def prepare(day: Day, *, by_itself: bool = False) -> Prepared:
    """Sort the day's orders into visits, work under way and what cannot be planned; give every place its index.

    What is planned `by_itself` takes no order away from an owner at work who has asked to suspend or return it: that is
    for a person to decide first.
    """
    places = _Places()
    people = {person.id: person for person in day.technicians}
    visits: list[Visit] = []
    published: list[PublishedStop] = []
    left_out: list[LeftOut] = []
    started: dict[UUID, list[DayOrder]] = {}
    ranks = ranks_of(day)
    for order in sorted(day.orders, key=lambda o: (o.reported_at, o.number)):
        if day.span.is_today and order.started and order.owner_id is not None and order.owner_id in people:
            started.setdefault(order.owner_id, []).append(order)
            continue
        out = _cannot_be_planned(order, day.span)
        if out is not None:
            left_out.append(out)
            continue
        owner = people.get(order.owner_id) if order.owner_id is not None else None
        stays = by_itself and order.asked and owner is not None and owner.shift is not None
        visits.append(_visit(order, day.span, places, ranks.get(order.id), stays=stays))
        if order.visit is not None and order.visit.planned_start is not None and order.visit.status == "planned":
            published.append(_published(order, day.span))
    frozen: set[UUID] = set()
    technicians: list[Technician] = []
    for person in sorted(day.technicians, key=lambda p: p.id):
        begun = started.get(person.id, [])
        stops: list[FrozenStop] = []
        for order in sorted(begun, key=lambda o: (o.arrived_at or o.departed_at or o.reported_at, o.number)):
            place = order.point or person.place or person.start
            if place is None:
                left_out.append(LeftOut(order.id, "no_place"))
                continue
            visits.append(_frozen_visit(order, places.index(place)))
            stops.append(_frozen_stop(order, day.span, stops[-1].departure if stops else None))
            frozen.add(order.id)
        technician = _technician(person, day.span, places, tuple(stops))
        if technician is not None:
            technicians.append(technician)
    return Prepared(
        day.span,
        tuple(technicians),
        tuple(visits),
        tuple(published),
        tuple(places.points),
        tuple(left_out),
        frozenset(frozen),
    )


class _Places:
    """Every distinct place once."""

    def __init__(self) -> None:
        self.points: list[LonLat] = []
        self._known: dict[LonLat, int] = {}

    def index(self, point: LonLat) -> int:
        key = (round(point[0], DECIMALS), round(point[1], DECIMALS))
        if key not in self._known:
            self._known[key] = len(self.points)
            self.points.append(key)
        return self._known[key]


def _cannot_be_planned(order: DayOrder, span: DaySpan) -> LeftOut | None:
    if order.point is None:
        return LeftOut(order.id, "no_place")
    if order.started:
        return LeftOut(order.id, "under_way")
    if order.escalated_to_lead and order.status == "reported":
        return LeftOut(order.id, "with_grid_lead")
    if order.status == "suspended" and (order.suspended_until is None or order.suspended_until >= span.end):
        return LeftOut(order.id, "suspended")
    if order.appointment is not None and order.appointment[0] >= span.end:
        return LeftOut(order.id, "booked_another_day", {"start": order.appointment[0].isoformat()})
    planned = order.visit.planned_start if order.visit is not None else None
    if planned is not None and span.visible_until <= planned < span.start:
        # A day to come leaves alone what people are already sent to before it.
        return LeftOut(order.id, "planned_another_day", {"start": planned.isoformat()})
    return None


def due_of(order: DayOrder) -> datetime:
    """When the order is due: as promised to the subscriber, or 4 h after the report where nothing is promised yet."""
    return order.due_at or order.reported_at + HINDSIGHT_DUE


def late_seconds(order: DayOrder, end: datetime) -> int:
    """How late work that ends at `end` is; all of it, where the optimizer counts what is overdue from now on only."""
    return max(0, round((end - due_of(order)).total_seconds()))


def ranks_of(day: Day) -> dict[UUID, int]:
    """By order: its place among the visits its technician still has to make that day, work under way included."""
    routes: dict[UUID, list[DayOrder]] = {}
    begun: dict[UUID, int] = {}
    for order in day.orders:
        if order.started and order.owner_id is not None:
            begun[order.owner_id] = begun.get(order.owner_id, 0) + 1
        elif (visit := order.planned_visit(day.span)) is not None:
            routes.setdefault(visit.technician_id, []).append(order)
    return {
        order.id: begun.get(technician_id, 0) + rank
        for technician_id, orders in routes.items()
        for rank, order in enumerate(sorted(orders, key=route_order))
    }


def route_order(order: DayOrder) -> tuple[datetime, int, str]:
    """How the planned visits of one route follow each other."""
    assert order.visit is not None  # noqa: S101 - the caller asked
    assert order.visit.planned_start is not None  # noqa: S101 - the caller asked
    return (order.visit.planned_start, order.visit.position or 0, order.number)


def _pin(order: DayOrder, span: DaySpan, rank: int | None) -> Pin | None:
    """What a person has fixed about the planned visit, as the optimizer says it."""
    visit = order.visit
    if visit is None or visit.pin is None or visit.planned_start is None:
        return None
    who = str(visit.technician_id) if visit.pin != "time" else None
    if visit.pin == "sequence":
        return Pin(technician_id=who, position=rank)
    # A pinned time that is over binds nobody any more: the visit is simply late.
    over = span.now is not None and visit.planned_start < span.now
    start = None if visit.pin == "technician" or over else span.seconds(visit.planned_start)
    return Pin(technician_id=who, start=start) if who is not None or start is not None else None


def _visit(order: DayOrder, span: DaySpan, places: _Places, rank: int | None, *, stays: bool) -> Visit:
    assert order.point is not None  # noqa: S101 - `_cannot_be_planned` has seen to it
    earliest = max(order.reported_at, order.suspended_until or order.reported_at)
    # What is overdue already is due at once: yesterday's lateness cannot be mended and must not outweigh everything.
    floor = span.now or max(span.start, order.reported_at)
    weight = URGENT_WEIGHT if order.urgent else DUE_WEIGHTS.get(order.tier, 1.0)
    priority = max(0, min(100, order.priority + (2 if order.urgent else 0)))
    owner = frozenset({str(order.owner_id)}) if order.owner_id else frozenset()
    return Visit(
        id=str(order.id),
        name=order.number,
        location=places.index(order.point),
        service_seconds=order.service_seconds,
        windows=_windows(order, span),
        earliest=span.seconds(earliest),
        due=span.seconds(max(due_of(order), floor)),
        due_weight=weight,
        priority=priority,
        skills={order.skill: order.skill_level} if order.skill else {},
        # A suspended order resumes in its owner's hands; others may change hands at a price.
        required_technicians=owner if stays or order.status == "suspended" else frozenset(),
        preferred_technicians=owner,
        grid=order.grid,
        pin=_pin(order, span, rank),
    )


def _windows(order: DayOrder, span: DaySpan) -> tuple[TimeWindow, ...]:
    """The promised window, hard; a window that is over binds nobody any more: the order is simply overdue."""
    if order.appointment is None or order.appointment[1] <= (span.now or span.start):
        return ()
    return (TimeWindow(span.seconds(order.appointment[0]), span.seconds(order.appointment[1])),)


def _published(order: DayOrder, span: DaySpan) -> PublishedStop:
    assert order.visit is not None  # noqa: S101 - the caller asked
    assert order.visit.planned_start is not None  # noqa: S101 - the caller asked
    windows = _windows(order, span)
    return PublishedStop(
        visit_id=str(order.id),
        technician_id=str(order.visit.technician_id),
        start=span.seconds(order.visit.planned_start),
        notified=windows[0] if windows else None,
    )


def _frozen_visit(order: DayOrder, location: int) -> Visit:
    return Visit(
        id=str(order.id),
        name=order.number,
        location=location,
        service_seconds=order.service_seconds,
        skills={},
        grid=order.grid,
    )


def _frozen_stop(order: DayOrder, span: DaySpan, after: int | None) -> FrozenStop:
    """Facts where there are any, else the best estimate: as long on the way as planned, at work as long as usual."""
    now = span.seconds(span.now) if span.now is not None else 0
    if order.arrived_at is not None and order.status == "on_site":
        arrival = span.seconds(order.arrived_at)
    else:
        left = order.departed_at or order.arrived_at or span.now or order.reported_at
        travel = (order.visit.travel_seconds if order.visit else None) or 0
        arrival = max(now, span.seconds(left) + travel)
    if after is not None:
        arrival = max(arrival, after)
    return FrozenStop(
        visit_id=str(order.id),
        arrival=arrival,
        start=arrival,
        departure=max(now, arrival + order.service_seconds),
    )


def _technician(
    person: DayTechnician, span: DaySpan, places: _Places, frozen: tuple[FrozenStop, ...]
) -> Technician | None:
    """The rest of a person's day. None: no shift left, and nothing under way."""
    shift = None
    if person.shift is not None:
        begins = max(person.shift[0], span.now) if span.now is not None else person.shift[0]
        if begins < person.shift[1]:
            shift = (span.seconds(begins), span.seconds(person.shift[1]))
    room = max(0, person.max_visits - person.done)
    if shift is None:
        if not frozen:
            return None
        shift = (min(frozen[0].arrival, frozen[-1].departure), frozen[-1].departure)
        room = len(frozen)
    origin = person.place or person.start
    return Technician(
        id=str(person.id),
        name=person.name,
        shift_start=shift[0],
        shift_end=max(shift),
        start_location=None if origin is None else places.index(origin),
        end_location=None if person.end is None else places.index(person.end),
        breaks=tuple(_breaks(person, span)),
        skills=dict(person.skills),
        speed_factor=min(5.0, person.speed_factor),
        cost_per_hour=person.cost_per_hour,
        cost_per_task_hour=person.cost_per_hour,
        max_visits=max(room, len(frozen)),
        grids=tuple(GridContract(grid, cast(Literal["A", "B"], role)) for grid, role in sorted(person.grids.items())),
        frozen=frozen,
        rating=person.rating,
    )


def _breaks(person: DayTechnician, span: DaySpan) -> Sequence[Break]:
    found = []
    for pause in person.breaks:
        earliest, latest = span.seconds(pause.earliest), span.seconds(pause.latest) - pause.seconds
        if pause.seconds > 0 and earliest <= latest:
            found.append(Break(pause.seconds, (TimeWindow(earliest, latest),)))
    return found
