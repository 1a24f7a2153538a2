"""Technicians: their shifts on a day, who stands in for whom, where they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.technicians import repository, rosters
from dispatch.technicians.models import Leave, Position, Technician
from dispatch.technicians.rosters import Dated, Pattern, ShiftBreak, Span
from grids.models import Grid
from grids.service import area_by_id, area_now, contract_on, local_day
from kit.actor import Actor
from kit.errors import Invalid, NotFound
from kit.geo import LonLat
from kit.live import announce


@dataclass(frozen=True, slots=True)
class RosteredShift:
    """One person's stretch of work. Two instants (aware UTC), pauses, the skills valid that day (name -> level)."""

    technician_id: UUID
    employee_number: str
    name: str
    start: datetime
    end: datetime
    breaks: tuple[ShiftBreak, ...]
    skills: Mapping[str, int]
    start_point: LonLat | None
    end_point: LonLat | None
    speed_factor: float
    max_visits: int
    cost_per_hour: float
    rating: float | None
    senior: bool
    team: str | None
    contractor: str | None


async def shifts_on(session: AsyncSession, area_id: UUID, day: date, *, days: int = 1) -> list[RosteredShift]:
    """Everybody's shifts that begin on a local day (or on `days` of them), by employee number and start.

    Weekly patterns, replaced by dated shifts, less leave; a leave inside a shift leaves two stretches. Five statements,
    however many people and days.
    """
    area = await area_by_id(session, area_id)
    return await _shifts(session, area_id, None, ZoneInfo(area.timezone), day, days)


async def on_shift(session: AsyncSession, technician_id: UUID, at: datetime) -> bool:
    """Whether a technician works at an instant: on shift and not on leave; a shift over midnight counts."""
    technician = await session.get(Technician, technician_id)
    if technician is None:
        return False
    zone = ZoneInfo((await area_by_id(session, technician.area_id)).timezone)
    yesterday = at.astimezone(zone).date() - timedelta(days=1)
    found = await _shifts(session, None, technician_id, zone, yesterday, 2)
    return any(shift.start <= at < shift.end for shift in found)


async def on_leave(session: AsyncSession, area_id: UUID, at: datetime) -> dict[UUID, UUID | None]:
    """Who of an area is on leave at an instant, and who stands in for them."""
    rows = await repository.leaves(session, area_id, at, at + timedelta(microseconds=1))
    return {row.technician_id: row.substitute_id for row in rows}


async def responsible(session: AsyncSession, grid: Grid, at: datetime) -> tuple[UUID | None, UUID | None]:
    """Who answers for a grid at an instant: its contract's A and B, each on leave replaced by their substitute.

    None where the contract names nobody, or where somebody is away and nobody stands in.
    """
    area = await area_by_id(session, grid.area_id)
    contract = await contract_on(session, grid.id, local_day(area, at))
    if contract is None:
        return None, None
    away = await on_leave(session, area.id, at)
    a, b = stand_in(contract.technician_a_id, away), stand_in(contract.technician_b_id, away)
    return a, (None if b == a else b)


def stand_in(technician_id: UUID | None, away: Mapping[UUID, UUID | None]) -> UUID | None:
    """The person, or whoever stands in for them while they are away; a ring of substitutes ends in nobody."""
    met: set[UUID] = set()
    current = technician_id
    while current is not None and current in away:
        if current in met:
            return None
        met.add(current)
        current = away[current]
    return current


async def technician_by_id(session: AsyncSession, actor: Actor, technician_id: UUID) -> Technician:
    """A technician the actor may see. Raises `NotFound`."""
    found = await repository.one(session, actor, technician_id)
    if found is None:
        raise NotFound("technician.not_found")
    return found


async def add_leave(
    session: AsyncSession,
    technician: Technician,
    start: datetime,
    end: datetime,
    *,
    kind: str = "leave",
    substitute_id: UUID | None = None,
) -> Leave:
    """Time away. The database refuses a second leave over the same time (409).

    Raises `Invalid` where it ends before it starts, or the substitute is the same person or of another area.
    """
    if start.tzinfo is None or end.tzinfo is None:
        raise Invalid("technician.naive", field="start")
    if end <= start:
        raise Invalid("technician.leave_backwards", field="end")
    if substitute_id is not None:
        substitute = await session.get(Technician, substitute_id)
        if substitute is None or substitute.area_id != technician.area_id or substitute.id == technician.id:
            raise Invalid("technician.substitute", field="substituteId")
    leave = Leave(technician_id=technician.id, period=Range(start, end), kind=kind, substitute_id=substitute_id)
    session.add(leave)
    await session.flush()
    await announce(session, technician.area_id, "roster", technician.id)
    return leave


async def remove_leave(session: AsyncSession, leave: Leave) -> Technician:
    """Take a leave back: the person is at work again for that time."""
    technician = await session.get_one(Technician, leave.technician_id)
    await session.delete(leave)
    await session.flush()
    await announce(session, technician.area_id, "roster", technician.id)
    return technician


async def record_position(
    session: AsyncSession,
    technician: Technician,
    point: LonLat,
    occurred_at: datetime,
    *,
    accuracy_metres: float | None = None,
) -> Position:
    """Where a phone says it was. Both times are kept: the phone's, and the area's when it reached us."""
    position = Position(
        technician_id=technician.id,
        point=f"SRID=4326;POINT({point[0]!r} {point[1]!r})",
        accuracy_metres=accuracy_metres,
        occurred_at=occurred_at,
        received_at=await area_now(session, technician.area_id),
    )
    session.add(position)
    await session.flush()
    await announce(session, technician.area_id, "position", technician.id)
    return position


async def _shifts(
    session: AsyncSession, area_id: UUID | None, one: UUID | None, zone: ZoneInfo, first: date, days: int
) -> list[RosteredShift]:
    last = first + timedelta(days=days - 1)
    start = rosters.instant(first, datetime.min.time(), zone)
    end = rosters.instant(last + timedelta(days=1), datetime.min.time(), zone)
    patterns = _by_person(await repository.patterns(session, area_id, first, last, one))
    dated = _by_person(await repository.shifts(session, area_id, start, end, one))
    leaves = _by_person(await repository.leaves(session, area_id, start, end + timedelta(days=1), one))
    found = []
    for person in await repository.people(session, area_id, one):
        weekly = [_pattern(row) for row in patterns[person.id]]
        single = [Dated(row.start, row.end, row.breaks) for row in dated[person.id]]
        away = [(row.start, row.end) for row in leaves[person.id]]
        for offset in range(days):
            day = first + timedelta(days=offset)
            found += [_rostered(person, span, day) for span in rosters.spans_on(day, zone, weekly, single, away)]
    return found


def _by_person(rows: Sequence[Row[Any]]) -> defaultdict[UUID, list[Row[Any]]]:
    grouped: defaultdict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        grouped[row.technician_id].append(row)
    return grouped


def _pattern(row: Row[Any]) -> Pattern:
    return Pattern(frozenset(row.weekdays), row.starts, row.ends, row.breaks, row.since, row.until)


def _rostered(person: Row[Any], span: Span, day: date) -> RosteredShift:
    return RosteredShift(
        technician_id=person.id,
        employee_number=person.employee_number,
        name=person.name,
        start=span.start,
        end=span.end,
        breaks=span.breaks,
        skills={
            skill: int(level)
            for skill, level, expires in person.skills
            if expires is None or date.fromisoformat(expires) >= day
        },
        start_point=_point(person.start_lon, person.start_lat),
        end_point=_point(person.end_lon, person.end_lat),
        speed_factor=person.speed_factor,
        max_visits=person.max_visits,
        cost_per_hour=person.cost_per_hour,
        rating=person.rating,
        senior=person.senior,
        team=person.team,
        contractor=person.contractor,
    )


def _point(lon: float | None, lat: float | None) -> LonLat | None:
    return None if lon is None or lat is None else (lon, lat)
