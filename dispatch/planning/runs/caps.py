"""How many planning runs may be queued or running at once, by one person and in one area."""

from __future__ import annotations

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.planning.models import PlanRun, RunStatus
from grids.models import ServiceArea
from kit.actor import Actor
from kit.errors import TooMany
from kit.settings import settings

LIVING = (RunStatus.QUEUED, RunStatus.RUNNING)


async def require_room(session: AsyncSession, actor: Actor, area: ServiceArea) -> None:
    """Raise `TooMany` where the person or the area has as many runs as it may have; nobody waits for a place.

    Runs that end make room. The lock makes requests at the same moment count each other.
    """
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('plan_runs.require_room', 0))"))
    query = select(
        func.count().filter(PlanRun.created_by == actor.account_id), func.count().filter(PlanRun.area_id == area.id)
    ).where(PlanRun.status.in_(LIVING))
    by_person, in_area = (await session.execute(query)).one()
    if actor.account_id is not None and by_person >= settings().plan_runs_per_person:
        raise TooMany("planning.many_by_person", count=by_person)
    if in_area >= settings().plan_runs_per_area:
        raise TooMany("planning.many_in_area", area=area.code, count=in_area)
