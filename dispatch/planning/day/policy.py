"""The policy that prices the moves of a day: the one that its plan was made with."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.planning.models import Plan, PlanStatus
from dispatch.policies.plan_policies import PlanPolicyVersion, newest, plan_policy, plan_policy_versions


async def policy_of_day(
    session: AsyncSession, area_id: UUID, on: date, plan_id: UUID | None = None
) -> PlanPolicyVersion:
    """The policy of a plan (the day's published one if none is named) in its newest version; the default where there
    is no such plan, or its policy is no longer used.
    """
    query = select(Plan.policy_code).where(Plan.area_id == area_id, Plan.service_date == on)
    chosen = Plan.status == PlanStatus.PUBLISHED if plan_id is None else Plan.id == plan_id
    code = await session.scalar(query.where(chosen))
    known = newest(await plan_policy_versions(session, area_id))
    if code is not None and code in known and known[code].active:
        return known[code]
    return await plan_policy(session, area_id)
