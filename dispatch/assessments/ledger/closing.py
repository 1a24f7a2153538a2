"""Closing a month, and reopening it with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository
from dispatch.assessments.deadlines import appeals_until
from dispatch.assessments.ledger.models import MonthClosing
from dispatch.assessments.months import month_of
from grids.access import require_whole_area
from grids.models import ServiceArea
from kit.actor import Actor, Role
from kit.errors import Conflict, Invalid, NotFound
from kit.live import announce


async def closing_of(session: AsyncSession, area_id: UUID, month: date) -> MonthClosing | None:
    """The closing that holds a month, if it is closed."""
    query = select(MonthClosing).where(
        MonthClosing.area_id == area_id, MonthClosing.month == month, MonthClosing.reopened_at.is_(None)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def closings(session: AsyncSession, area_id: UUID) -> Sequence[MonthClosing]:
    """Every closing and reopening of an area, the newest first."""
    query = select(MonthClosing).where(MonthClosing.area_id == area_id).order_by(MonthClosing.id.desc())
    return (await session.execute(query)).scalars().all()


async def require_open(session: AsyncSession, area_id: UUID, month: date) -> None:
    """Raise `Conflict` for a month that is closed."""
    if await closing_of(session, area_id, month) is not None:
        raise Conflict("assessment.closed", month=f"{month:%Y-%m}")


async def close(session: AsyncSession, actor: Actor, area: ServiceArea, month: str | date) -> MonthClosing:
    """Close a month as it was published. Raises `Conflict` while it is provisional, not published, appealed against,
    while somebody may still appeal, or where it is closed already, `NotFound`, `Forbidden`.
    """
    actor.require(Role.MANAGER)
    actor.require_area(area.id)
    await require_whole_area(session, actor, area.id)
    span = month_of(month, area.timezone)
    await repository.lock_month(session, area.id, span.first)
    await require_open(session, area.id, span.first)
    run = await repository.latest_run(session, area.id, span.first)
    if run is None:
        raise NotFound("assessment.none", month=span.name)
    if run.provisional:
        raise Conflict("assessment.close_provisional", month=span.name)
    if run.published_at is None:
        raise Conflict("assessment.close_unpublished", month=span.name, number=run.number)
    entries = await repository.entries(session, area.id, span.first)
    if any(entry.appeal_status == "open" for entry in entries):
        raise Conflict("assessment.close_appealed", month=span.name)
    untouched = [entry for entry in entries if entry.appeal_status is None]
    until = max((end for end in (await appeals_until(session, untouched)).values() if end), default=None)
    if until is not None and area.clock.now() < until:
        local = f"{until.astimezone(ZoneInfo(area.timezone)):%Y-%m-%d %H:%M}"
        raise Conflict("assessment.close_appealable", month=span.name, until=local)
    found = MonthClosing(
        area_id=area.id, month=span.first, run_number=run.number, closed_at=area.clock.now(),
        closed_by=actor.account_id, reopened_at=None, reopened_by=None, reopened_because=None,
    )  # fmt: skip
    session.add(found)
    await session.flush()
    await announce(session, area.id, "assessment", span.name)
    return found


async def reopen(
    session: AsyncSession, actor: Actor, area: ServiceArea, month: str | date, reason: str
) -> MonthClosing:
    """Open a closed month again; what was published stays as its version. Raises `Conflict`, `Invalid`, `Forbidden`."""
    actor.require(Role.MANAGER)
    actor.require_area(area.id)
    await require_whole_area(session, actor, area.id)
    span = month_of(month, area.timezone)
    if not reason.strip():
        raise Invalid("assessment.reopen_reason", field="reason")
    await repository.lock_month(session, area.id, span.first)
    found = await closing_of(session, area.id, span.first)
    if found is None:
        raise Conflict("assessment.not_closed", month=span.name)
    found.reopened_at, found.reopened_by = area.clock.now(), actor.account_id
    found.reopened_because = reason.strip()
    await session.flush()
    await announce(session, area.id, "assessment", span.name)
    return found
