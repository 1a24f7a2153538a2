"""All SQL of the rules."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.policies.default_indicators import DEFAULT_INDICATORS
from dispatch.policies.models import CalendarKind, CalendarYear, FaultType, Indicator, Policy, Reason, ReasonKind
from dispatch.policies.seeds import FAULT_TYPES, REASONS
from kit.ids import uuid7

FROM_THE_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_MONTH = date(1970, 1, 1)


async def policies(session: AsyncSession, area_id: UUID, *, lock: bool = False) -> list[Policy]:
    """Every version of an area, oldest first."""
    query = select(Policy).where(Policy.area_id == area_id).order_by(Policy.valid_from)
    return list((await session.scalars(query.with_for_update() if lock else query)).all())


async def insert_first_policy(session: AsyncSession, area_id: UUID, limits: dict[str, Any]) -> None:
    """Version 1, in force from the beginning, unless the area has one."""
    await session.execute(
        insert(Policy)
        .values(id=uuid7(), area_id=area_id, number=1, valid_from=FROM_THE_BEGINNING, limits=limits)
        .on_conflict_do_nothing()
    )


async def calendar_years(session: AsyncSession, area_id: UUID) -> list[CalendarYear]:
    """The snapshots of an area."""
    query = select(CalendarYear).where(CalendarYear.area_id == area_id).order_by(CalendarYear.kind, CalendarYear.year)
    return list((await session.scalars(query)).all())


async def insert_calendar_year(session: AsyncSession, row: CalendarYear) -> None:
    """Keep a snapshot, unless somebody already took one."""
    await session.execute(
        insert(CalendarYear)
        .values(
            id=uuid7(), area_id=row.area_id, kind=row.kind, year=row.year, days_off=row.days_off,
            opens=row.opens, closes=row.closes, source=row.source, version=1,
        )
        .on_conflict_do_nothing()
    )  # fmt: skip


async def lock_calendar_year(session: AsyncSession, area_id: UUID, kind: CalendarKind, year: int) -> CalendarYear:
    """The snapshot of a year, locked."""
    query = (
        select(CalendarYear)
        .where(CalendarYear.area_id == area_id, CalendarYear.kind == kind, CalendarYear.year == year)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(query)).one()


async def insert_shipped(session: AsyncSession) -> None:
    """The shipped reasons and fault types, for every area, where they are missing."""
    await session.execute(
        insert(Reason).on_conflict_do_nothing(),
        [
            {"id": uuid7(), "area_id": None, "kind": r.kind, "code": r.code, "en": r.en, "zh": r.zh,
             "pauses": list(r.pauses), "attribution": r.attribution, "active": True}
            for r in REASONS
        ],
    )  # fmt: skip
    await session.execute(
        insert(FaultType).on_conflict_do_nothing(),
        [
            {"id": uuid7(), "area_id": None, "code": f.code, "en": f.en, "zh": f.zh, "kind": f.kind, "skill": f.skill,
             "skill_level": f.skill_level, "service_seconds": f.service_seconds, "difficulty": f.difficulty,
             "bring": list(f.bring), "active": True}
            for f in FAULT_TYPES
        ],
    )  # fmt: skip


async def reasons(session: AsyncSession, area_id: UUID, kind: ReasonKind | None = None) -> list[Reason]:
    """The reasons of an area: its own, and the shipped ones it did not replace."""
    query = select(Reason).where(or_(Reason.area_id == area_id, Reason.area_id.is_(None)))
    if kind is not None:
        query = query.where(Reason.kind == kind)
    rows = (await session.scalars(query.order_by(Reason.kind, Reason.id))).all()
    own = {(row.kind, row.code) for row in rows if row.area_id is not None}
    return [row for row in rows if row.area_id is not None or (row.kind, row.code) not in own]


async def reason(session: AsyncSession, area_id: UUID, kind: ReasonKind, code: str) -> Reason | None:
    """One reason; the area's own before the shipped one."""
    query = (
        select(Reason)
        .where(Reason.kind == kind, Reason.code == code, or_(Reason.area_id == area_id, Reason.area_id.is_(None)))
        .order_by(Reason.area_id.asc().nulls_last())
        .limit(1)
    )
    return (await session.scalars(query)).first()


async def fault_types(session: AsyncSession, area_id: UUID) -> list[FaultType]:
    """The fault types of an area: its own, and the shipped ones it did not replace."""
    query = select(FaultType).where(or_(FaultType.area_id == area_id, FaultType.area_id.is_(None)))
    rows = (await session.scalars(query.order_by(FaultType.id))).all()
    own = {row.code for row in rows if row.area_id is not None}
    return [row for row in rows if row.area_id is not None or row.code not in own]


async def fault_type(session: AsyncSession, area_id: UUID, code: str) -> FaultType | None:
    """One fault type; the area's own before the shipped one."""
    query = (
        select(FaultType)
        .where(FaultType.code == code, or_(FaultType.area_id == area_id, FaultType.area_id.is_(None)))
        .order_by(FaultType.area_id.asc().nulls_last())
        .limit(1)
    )
    return (await session.scalars(query)).first()


async def indicators(session: AsyncSession, area_id: UUID) -> list[Indicator]:
    """Every version of every indicator of an area, oldest first."""
    query = select(Indicator).where(Indicator.area_id == area_id).order_by(Indicator.valid_from, Indicator.id)
    return list((await session.scalars(query)).all())


async def insert_default_indicators(session: AsyncSession, area_id: UUID) -> None:
    """The shipped indicators, valid from the beginning so that past days of a trial area are measured as well."""
    await session.execute(
        insert(Indicator).on_conflict_do_nothing(),
        [
            {"id": uuid7(), "area_id": area_id, "valid_from": FIRST_MONTH, "active": True, **r}
            for r in DEFAULT_INDICATORS
        ],
    )
