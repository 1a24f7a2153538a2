"""The rules in force: which policy at which instant, calendar snapshots, reasons, fault types, indicators."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.policies import repository
from dispatch.policies.calendars import Calendar, Calendars, YearRules, office_days_off
from dispatch.policies.clocks import AUDIENCES
from dispatch.policies.definitions import read_definition
from dispatch.policies.limits import Limits, limits_from_json, limits_to_json
from dispatch.policies.models import CalendarKind, CalendarYear, FaultType, Indicator, Policy, Reason, ReasonKind
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.errors import Conflict, Invalid, Stale

ATTRIBUTIONS = ("technician", "network", "parts", "dispatch", "subscriber")
"""Who answers for a failure (`domain.md` §6)."""
_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}")
_POLICIES, _CALENDARS = "policies_of_area", "calendars_of_area"
"""Keys of `session.info`: rules read once a transaction, since publishing a plan asks a thousand times."""


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """The version of an area's limits in force at an instant; number 0 is what the product ships."""

    number: int
    limits: Limits


async def policy_at(session: AsyncSession, area_id: UUID, moment: datetime) -> PolicyInForce:
    """The policy in force in an area at an instant: the newest version whose `valid_from` is not after it."""
    known: dict[UUID, list[tuple[datetime, PolicyInForce]]] = session.info.setdefault(_POLICIES, {})
    if area_id not in known:
        known[area_id] = [
            (row.valid_from, PolicyInForce(row.number, limits_from_json(row.limits)))
            for row in await repository.policies(session, area_id)
        ]
    versions = known[area_id]
    for valid_from, version in reversed(versions):
        if valid_from <= moment:
            return version
    # A past day lived again in a trial area is older than its first version, which then counts from the beginning.
    return versions[0][1] if versions else PolicyInForce(0, Limits())


async def add_policy(
    session: AsyncSession, area_id: UUID, valid_from: datetime, limits: dict[str, Any], created_by: UUID | None
) -> Policy:
    """A new version: the limits named replace those in force at `valid_from`; earlier times stay as they were.

    Raises `Invalid` for unknown or impossible limits, or a start in the area's past, and `Conflict` when a version
    already starts then.
    """
    area = await area_by_id(session, area_id)
    if valid_from < area.clock.now():
        raise Invalid("policy.past", field="validFrom", valid_from=valid_from.isoformat())
    existing = await repository.policies(session, area_id, lock=True)
    if any(row.valid_from == valid_from for row in existing):
        raise Conflict("policy.same_start", valid_from=valid_from.isoformat())
    base = (await policy_at(session, area_id, valid_from)).limits
    merged = limits_from_json({**limits_to_json(base), **limits})
    row = Policy(
        area_id=area_id,
        number=max((row.number for row in existing), default=0) + 1,
        valid_from=valid_from,
        limits=limits_to_json(merged),
        created_by=created_by,
    )
    session.add(row)
    await session.flush()
    session.info.pop(_POLICIES, None)
    return row


# --- calendars --------------------------------------------------------------------------------------------------------


async def calendars_for(session: AsyncSession, area_id: UUID, moment: datetime) -> Calendars:
    """Both calendars of an area, with snapshots of the year of `moment` and the next one taken where missing."""
    known: dict[UUID, tuple[set[int], Calendars]] = session.info.setdefault(_CALENDARS, {})
    area = await area_by_id(session, area_id)
    timezone = ZoneInfo(area.timezone)
    year = moment.astimezone(timezone).year
    wanted = {year, year + 1}
    if area_id in known and wanted <= known[area_id][0]:
        return known[area_id][1]
    rows = await repository.calendar_years(session, area_id)
    missing = [
        (kind, number) for kind in CalendarKind for number in sorted(wanted - {r.year for r in rows if r.kind == kind})
    ]
    if missing:
        for kind, number in missing:
            await repository.insert_calendar_year(session, _snapshot(area, kind, number))
        rows = await repository.calendar_years(session, area_id)
    years: dict[CalendarKind, dict[int, YearRules]] = {kind: {} for kind in CalendarKind}
    for row in rows:
        years[row.kind][row.year] = YearRules(
            frozenset(date.fromisoformat(day) for day in row.days_off),
            time.fromisoformat(row.opens),
            time.fromisoformat(row.closes),
        )
    calendars = Calendars(
        service=Calendar(timezone, years[CalendarKind.SERVICE], weekends_off=False),
        office=Calendar(timezone, years[CalendarKind.OFFICE], weekends_off=True),
    )
    known[area_id] = ({row.year for row in rows}, calendars)
    return calendars


def _snapshot(area: ServiceArea, kind: CalendarKind, year: int) -> CalendarYear:
    """A fresh year: repairs are worked every day; the office keeps the country's holidays and make-up workdays."""
    if kind == CalendarKind.SERVICE:
        return CalendarYear(
            area_id=area.id, kind=kind, year=year, days_off=[], opens="08:00", closes="20:00", source="every_day"
        )
    days, source = office_days_off(area.country, year)
    return CalendarYear(
        area_id=area.id, kind=kind, year=year, days_off=days, opens="09:00", closes="18:00", source=source
    )


async def edit_calendar(
    session: AsyncSession,
    area_id: UUID,
    kind: CalendarKind,
    year: int,
    *,
    days_off: list[str],
    opens: str,
    closes: str,
    expected_version: int | None = None,
) -> CalendarYear:
    """A person's calendar of one year. Raises `Invalid` for a day outside it or hours that do not open."""
    if not 1970 <= year <= 2200:
        raise Invalid("calendar.year", field="year", year=year)
    try:
        days = sorted({date.fromisoformat(day) for day in days_off})
        hours = time.fromisoformat(opens), time.fromisoformat(closes)
    except ValueError as error:
        raise Invalid("calendar.malformed", field="daysOff") from error
    if any(day.year != year for day in days):
        raise Invalid("calendar.other_year", field="daysOff", year=year)
    if hours[0] >= hours[1]:
        raise Invalid("calendar.hours", field="closes", opens=opens, closes=closes)
    area = await area_by_id(session, area_id)
    await repository.insert_calendar_year(session, _snapshot(area, kind, year))
    row = await repository.lock_calendar_year(session, area_id, kind, year)
    if expected_version is not None and expected_version != row.version:
        raise Stale("stale", current={"version": row.version, "daysOff": row.days_off})
    row.days_off = [day.isoformat() for day in days]
    row.opens, row.closes = f"{hours[0]:%H:%M}", f"{hours[1]:%H:%M}"
    row.source = "edited"
    row.version += 1
    await session.flush()
    session.info.pop(_CALENDARS, None)
    return row


# --- reasons and fault types ------------------------------------------------------------------------------------------


async def reason(session: AsyncSession, area_id: UUID, kind: ReasonKind, code: str) -> Reason:
    """The area's reason of this code. Raises `Invalid` for a code that is unknown or no longer used."""
    found = await repository.reason(session, area_id, kind, code)
    if found is None:
        # An area made without its defaults (or before them) gets what is shipped at its first need.
        await repository.insert_shipped(session)
        found = await repository.reason(session, area_id, kind, code)
    if found is None or not found.active:
        raise Invalid("reason.unknown", field="reason", reason=code, kind=kind.value)
    return found


async def fault_type(session: AsyncSession, area_id: UUID, code: str) -> FaultType:
    """The area's fault type of this code. Raises `Invalid` for one that is unknown or no longer used."""
    found = await repository.fault_type(session, area_id, code)
    if found is None:
        await repository.insert_shipped(session)
        found = await repository.fault_type(session, area_id, code)
    if found is None or not found.active:
        raise Invalid("fault_type.unknown", field="faultType", fault_type=code)
    return found


async def put_reason(session: AsyncSession, area_id: UUID, row: Reason) -> Reason:
    """Add an area's own reason or replace the one of its code. Raises `Invalid` for an unknown audience or party."""
    check_code(row.code)
    if unknown := sorted(set(row.pauses) - set(AUDIENCES)):
        raise Invalid("reason.pauses", field="pauses", value=unknown[0])
    if row.attribution not in ATTRIBUTIONS:
        raise Invalid("reason.attribution", field="attribution", value=row.attribution)
    found = await repository.reason(session, area_id, row.kind, row.code)
    return await _put(session, area_id, found, row, ("en", "zh", "pauses", "attribution", "active"))


async def put_fault_type(session: AsyncSession, area_id: UUID, row: FaultType) -> FaultType:
    """Add an area's own fault type or replace the one of its code. Raises `Invalid` for impossible numbers."""
    check_code(row.code)
    if not 0 < row.service_seconds <= 86_400 or not 0 < row.skill_level <= 100 or row.difficulty <= 0:
        raise Invalid("fault_type.numbers", field="serviceSeconds", fault_type=row.code)
    if f"{row.kind}_seconds" not in Limits.__struct_fields__:
        raise Invalid("fault_type.kind", field="kind", value=row.kind)
    found = await repository.fault_type(session, area_id, row.code)
    names = ("en", "zh", "kind", "skill", "skill_level", "service_seconds", "difficulty", "bring", "active")
    return await _put(session, area_id, found, row, names)


async def _put[T: (Reason, FaultType)](
    session: AsyncSession, area_id: UUID, found: T | None, row: T, names: tuple[str, ...]
) -> T:
    if found is None or found.area_id is None:
        row.area_id = area_id
        session.add(row)
    else:
        for name in names:
            setattr(found, name, getattr(row, name))
        row = found
    await session.flush()
    return row


def check_code(code: str) -> None:
    """Raise `Invalid` for a code that is not lower-case letters, digits, dots, dashes and underscores."""
    if not _CODE.fullmatch(code):
        raise Invalid("policy.code", field="code", value=code)


# --- indicators -------------------------------------------------------------------------------------------------------


async def add_indicator(session: AsyncSession, area_id: UUID, row: Indicator) -> Indicator:
    """A new indicator, or a new version of one, counted from the first day of a month on.

    Raises `Invalid` for a definition outside the language, a day that does not begin a month or a month already over
    or running, and `Conflict` when that version exists.
    """
    check_code(row.code)
    read_definition(row.definition)
    if row.valid_from.day != 1:
        raise Invalid("indicator.month", field="validFrom", valid_from=row.valid_from.isoformat())
    if row.weight < 0:
        raise Invalid("indicator.weight", field="weight", weight=row.weight)
    known = await repository.indicators(session, area_id)
    same = [old for old in known if old.code == row.code]
    area = await area_by_id(session, area_id)
    today = area.clock.now().astimezone(ZoneInfo(area.timezone)).date()
    if same and row.valid_from <= today:
        # What people are already measured by does not change under them; a new indicator may look back.
        raise Invalid("indicator.running", field="validFrom", code_name=row.code)
    if any(old.valid_from == row.valid_from for old in same):
        raise Conflict("indicator.exists", code_name=row.code, valid_from=row.valid_from.isoformat())
    row.area_id = area_id
    session.add(row)
    await session.flush()
    return row


async def indicator_versions(session: AsyncSession, area_id: UUID, month: date | None = None) -> list[Indicator]:
    """Every version, or with `month` (its first day) the one of each code that counts in that month."""
    rows = await repository.indicators(session, area_id)
    if month is None:
        return rows
    newest: dict[str, Indicator] = {}
    for row in rows:
        if row.valid_from <= month:
            newest[row.code] = row
    return [row for row in newest.values() if row.active]


# --- a new area -------------------------------------------------------------------------------------------------------


async def install_defaults(session: AsyncSession, area: ServiceArea) -> None:
    """Put the shipped rules in force in an area: policy, reasons, fault types, indicators, calendars; repeatable."""
    await session.flush()
    await repository.insert_shipped(session)
    await repository.insert_first_policy(session, area.id, limits_to_json(Limits()))
    await repository.insert_default_indicators(session, area.id)
    session.info.pop(_POLICIES, None)
    await calendars_for(session, area.id, area.clock.now())
