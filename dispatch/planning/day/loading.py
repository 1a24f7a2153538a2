"""Loading a day: its orders and people from the database, its travel times from the roads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from citymap.travel import TravelSource
from dispatch.planning.day import repository
from dispatch.planning.day.problem_builder import Prepared, with_unreachable
from dispatch.planning.day.snapshot import Day, DayBreak, DaySpan, DayTechnician, day_span
from dispatch.technicians.service import RosteredShift, shifts_on
from grids.models import AreaKind, ServiceArea
from grids.service import local_day
from kit.errors import Conflict, Invalid
from optimizer.problem import Matrix


@dataclass(frozen=True, slots=True)
class TravelFacts:
    """Where the travel times came from, and how many pairs are not real."""

    source: str
    fallback_pairs: int
    unreachable_pairs: int


async def load_day(session: AsyncSession, area: ServiceArea, on: date, now: datetime | None = None) -> Day:
    """The day as it stands at `now`, by default the area's.

    Raises `Conflict` for a past day of an ordinary area.
    """
    now = now or area.clock.now()
    span = day_span(on, area.timezone, now)
    if span.end <= now and area.kind is not AreaKind.TRIAL:
        raise Conflict("planning.past_day", area=area.code, date=on, today=local_day(area))
    orders = await repository.day_orders(session, area.id, span.visible_until)
    return Day(span, tuple(orders), await _technicians(session, area, span))


async def _technicians(session: AsyncSession, area: ServiceArea, span: DaySpan) -> tuple[DayTechnician, ...]:
    on = span.service_date
    shifts: dict[UUID, list[RosteredShift]] = {}
    for shift in await shifts_on(session, area.id, on):
        shifts.setdefault(shift.technician_id, []).append(shift)
    roles = await repository.roles(session, area.id, on)
    worked = {}
    if span.now is not None:
        worked = await repository.worked_today(session, area.id, span.start, span.end, span.now)
    found = []
    for person in await repository.people(session, area.id, on):
        today = worked.get(person.id)
        whole, breaks = _one_shift(shifts.get(person.id, []), span)
        found.append(
            DayTechnician(
                id=person.id,
                name=person.name,
                shift=whole,
                breaks=breaks,
                skills=person.skills,
                start=person.start,
                end=person.end,
                place=today.place if today else None,
                speed_factor=person.speed_factor,
                cost_per_hour=person.cost_per_hour,
                max_visits=person.max_visits,
                done=today.done if today else 0,
                rating=person.rating,
                grids=roles.get(person.id, {}),
            )
        )
    return tuple(found)


def _one_shift(
    stretches: list[RosteredShift], span: DaySpan
) -> tuple[tuple[datetime, datetime] | None, tuple[DayBreak, ...]]:
    """What is left of a person's day as one shift; leave inside it becomes a pause at a fixed time."""
    left = [part for part in stretches if span.now is None or part.end > span.now]
    if not left:
        return None, ()
    breaks = [DayBreak(pause.seconds, pause.earliest, pause.latest) for part in left for pause in part.breaks]
    for before, after in pairwise(left):
        breaks.append(DayBreak(round((after.start - before.end).total_seconds()), before.end, after.start))
    return (left[0].start, left[-1].end), tuple(breaks)


async def day_matrix(
    area: ServiceArea, prepared: Prepared, travel: TravelSource | None, allow_straight_line: bool
) -> tuple[Matrix, Matrix, TravelFacts]:
    """Seconds and metres between all places of the day. `travel` remembers a day's matrix by its content.

    Raises `Invalid` where there are no roads and a straight line was not asked for.
    """
    if travel is None:
        raise Invalid("planning.no_roads", area=area.code)
    matrix = await travel.matrix(prepared.points)
    if matrix.source != "osrm" and not (allow_straight_line or area.straight_line_allowed):
        raise Invalid("planning.no_roads", area=area.code)
    facts = TravelFacts(matrix.source, matrix.fallback_pairs, len(matrix.unreachable))
    return (
        with_unreachable(matrix.durations, matrix.unreachable),
        with_unreachable(matrix.distances, matrix.unreachable),
        facts,
    )
