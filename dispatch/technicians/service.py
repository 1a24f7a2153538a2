"""Technicians: their shifts on a day, and their leave with who stands in for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.models import Account
from dispatch.technicians import repository, rosters
from dispatch.technicians.models import Leave, Technician, TechnicianStatus
from dispatch.technicians.rosters import Dated, Pattern, ShiftBreak, Span
from grids.service import area_by_id
from kit.actor import Actor
from kit.errors import Invalid, NotFound
from kit.geo import LonLat, lonlat_of
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


async def shifts_on(
    session: AsyncSession, area_id: UUID, day: date, *, days: int = 1, technician_id: UUID | None = None
) -> list[RosteredShift]:
    """Everybody's (or one person's) shifts that begin on a local day (or on `days` of them), by employee number and
    start.

    Weekly patterns, replaced by dated shifts, less leave; a leave inside a shift leaves two stretches. Five statements,
    however many people and days.
    """
    spans: defaultdict[UUID, list[tuple[date, Span]]] = defaultdict(list)
    for who, on, span in await spans_on(session, area_id, day, days=days, technician_id=technician_id):
        spans[who].append((on, span))
    return [
        _rostered(person, span, on)
        for person in await repository.people(session, area_id, technician_id)
        for on, span in spans[person.id]
    ]


async def spans_on(
    session: AsyncSession, area_id: UUID, day: date, *, days: int = 1, technician_id: UUID | None = None
) -> list[tuple[UUID, date, Span]]:
    """Only whose, on which local day they begin, and when: the same shifts without what the people are and can, for
    those who add up the time of many. By person, day and start.
    """
    zone = ZoneInfo((await area_by_id(session, area_id)).timezone)
    last = day + timedelta(days=days - 1)
    start = rosters.instant(day, datetime.min.time(), zone)
    end = rosters.instant(last + timedelta(days=1), datetime.min.time(), zone)
    patterns = _by_person(await repository.patterns(session, area_id, day, last, technician_id))
    dated = _by_person(await repository.shifts(session, area_id, start, end, technician_id))
    where = area_id if technician_id is None else None
    leaves = _by_person(await repository.leaves(session, where, start, end + timedelta(days=1), technician_id))
    usual: dict[tuple[Any, ...], list[tuple[date, Span]]] = {}  # thousands of people have few patterns
    found = []
    for who in sorted(patterns.keys() | dated.keys()):
        weekly = [_pattern(row) for row in patterns.get(who, ())]
        single = [Dated(row.start, row.end, row.breaks) for row in dated.get(who, ())]
        away = [(row.start, row.end) for row in leaves.get(who, ())]
        same = None if single or away else tuple(one.key for one in weekly)
        spans = None if same is None else usual.get(same)
        if spans is None:
            each = [day + timedelta(days=offset) for offset in range(days)]
            spans = [(on, span) for on in each for span in rosters.spans_on(on, zone, weekly, single, away)]
            if same is not None:
                usual[same] = spans
        found += [(who, on, span) for on, span in spans]
    return found


async def on_leave(session: AsyncSession, area_id: UUID, at: datetime) -> dict[UUID, UUID | None]:
    """Who of an area is on leave at an instant, and who stands in for them."""
    rows = await repository.leaves(session, area_id, at, at + timedelta(microseconds=1))
    return {row.technician_id: row.substitute_id for row in rows}


async def technician_by_id(session: AsyncSession, actor: Actor, technician_id: UUID) -> Technician:
    """A technician the actor may see. Raises `NotFound`."""
    found = await repository.one(session, actor, technician_id)
    if found is None:
        raise NotFound("technician.not_found")
    return found


async def account_of_employee(session: AsyncSession, area_id: UUID, employee_number: str) -> tuple[Account, str]:
    """The account of a technician who works here, and their name. Raises `NotFound`."""
    query = (
        select(Account, Technician.name)
        .join(Technician, Technician.id == Account.technician_id)
        .where(Technician.area_id == area_id, Technician.employee_number == employee_number)
        .where(Technician.status == TechnicianStatus.ACTIVE)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        raise NotFound("technician.not_found")
    return found[0], found[1]


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
        start_point=lonlat_of(person.start_lon, person.start_lat),
        end_point=lonlat_of(person.end_lon, person.end_lat),
        speed_factor=person.speed_factor,
        max_visits=person.max_visits,
        cost_per_hour=person.cost_per_hour,
        rating=person.rating,
        senior=person.senior,
        team=person.team,
        contractor=person.contractor,
    )
