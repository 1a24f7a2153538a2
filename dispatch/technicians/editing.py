"""Technicians made and changed by a person at a desk: fields, skills, rosters, dated shifts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.technicians.models import Leave, RosterPattern, Shift, Technician, TechnicianSkill, TechnicianStatus
from dispatch.technicians.rosters import check_breaks
from grids.models import ServiceArea
from grids.service import contracts_on, local_day
from kit.errors import Conflict, Invalid
from kit.geo import LonLat
from kit.live import announce

LONGEST_SHIFT = timedelta(hours=24)


async def create_technician(
    session: AsyncSession, area: ServiceArea, employee_number: str, name: str, values: Mapping[str, Any]
) -> Technician:
    """A new technician; `values` are columns, points as (lon, lat). The database refuses a number that is taken."""
    technician = Technician(area_id=area.id, employee_number=employee_number.strip(), name=name.strip())
    _set(technician, values)
    session.add(technician)
    await session.flush()
    await announce(session, area.id, "technicians", technician.id)
    return technician


async def change_technician(
    session: AsyncSession, area: ServiceArea, technician: Technician, values: Mapping[str, Any]
) -> None:
    """New values. Raises `Conflict` when somebody leaves whom a contract still names today."""
    if values.get("status") is TechnicianStatus.LEFT:
        current = await contracts_on(session, area.id, local_day(area))
        if any(technician.id in (found.technician_a_id, found.technician_b_id) for found in current.values()):
            raise Conflict("technician.under_contract", field="status", name=technician.name)
    _set(technician, values)
    technician.version += 1
    await session.flush()
    await announce(session, area.id, "technicians", technician.id)


async def set_skills(
    session: AsyncSession, technician: Technician, skills: Sequence[tuple[str, int, date | None]]
) -> None:
    """Exactly these skills from now on."""
    await session.execute(delete(TechnicianSkill).where(TechnicianSkill.technician_id == technician.id))
    for skill, level, expires_on in dict((entry[0], entry) for entry in skills).values():
        session.add(TechnicianSkill(technician_id=technician.id, skill=skill, level=level, expires_on=expires_on))
    await session.flush()


async def set_roster(
    session: AsyncSession,
    technician: Technician,
    weekdays: Sequence[int],
    starts: time,
    ends: time,
    breaks: Sequence[Mapping[str, Any]],
    first_day: date,
    last_day: date | None = None,
) -> RosterPattern:
    """A weekly roster from `first_day` to `last_day`: what was in force ends there, and goes on afterwards."""
    if last_day is not None and last_day < first_day:
        raise Invalid("technician.roster_backwards", field="roster.lastDay")
    stored = check_breaks(breaks)
    valid = Range(first_day, None if last_day is None else last_day + timedelta(days=1))
    after: list[RosterPattern] = []
    query = select(RosterPattern).where(RosterPattern.technician_id == technician.id)
    for pattern in (await session.execute(query)).scalars():
        if not pattern.valid.overlaps(valid):
            continue
        old = pattern.valid
        goes_on = valid.upper is not None and (old.upper is None or old.upper > valid.upper)
        if goes_on:
            after.append(_copy(pattern, Range(valid.upper, old.upper)))
        if old.lower is None or old.lower < first_day:
            pattern.valid = Range(old.lower, first_day)
        else:
            await session.delete(pattern)
    await session.flush()  # before the new ones come in, or the database refuses two at once
    session.add_all(after)
    roster = RosterPattern(
        technician_id=technician.id,
        weekdays=sorted(set(weekdays)),
        starts=starts,
        ends=ends,
        breaks=stored,
        valid=valid,
    )
    session.add(roster)
    await session.flush()
    await announce(session, technician.area_id, "roster", technician.id)
    return roster


async def add_shift(
    session: AsyncSession,
    technician: Technician,
    start: datetime,
    end: datetime,
    breaks: Sequence[Mapping[str, Any]],
) -> Shift:
    """A dated shift, which replaces the roster of its day. The database refuses two at once (409)."""
    if start.tzinfo is None or end.tzinfo is None:
        raise Invalid("technician.naive", field="start")
    if not timedelta() < end - start <= LONGEST_SHIFT:
        raise Invalid("technician.shift_length", field="end")
    shift = Shift(technician_id=technician.id, period=Range(start, end), breaks=check_breaks(breaks))
    session.add(shift)
    await session.flush()
    await announce(session, technician.area_id, "roster", technician.id)
    return shift


async def leaves_of(session: AsyncSession, technician_id: UUID) -> list[Leave]:
    """Every leave of a person, latest first."""
    query = select(Leave).where(Leave.technician_id == technician_id).order_by(Leave.period.desc())
    found = (await session.execute(query)).scalars()
    return list(found)


def _copy(pattern: RosterPattern, valid: Range[date]) -> RosterPattern:
    return RosterPattern(
        technician_id=pattern.technician_id,
        weekdays=pattern.weekdays,
        starts=pattern.starts,
        ends=pattern.ends,
        breaks=pattern.breaks,
        valid=valid,
    )


def _set(technician: Technician, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name in ("start_point", "end_point"):
            value = None if value is None else _ewkt(value)
        setattr(technician, name, value)


def _ewkt(point: LonLat) -> str:
    return f"SRID=4326;POINT({point[0]!r} {point[1]!r})"
