"""Completions against the guide of their fault type: what lies outside is explained, what is required is there."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.models import Order
from dispatch.orders.rules import acts
from dispatch.policies.guides.definition import check_complete, check_readings
from dispatch.policies.guides.service import guide_of


async def check_guide(session: AsyncSession, order: Order, act: acts.Complete) -> None:
    """Raise `Invalid` for a reading outside its limits without a reason, or one that is no number."""
    if act.readings:
        guide = await guide_of(session, order.area_id, order.fault_type)
        if guide is not None:
            check_readings(guide.definition, act.readings, act.reading_reasons)


async def require_guide(session: AsyncSession, order: Order, act: acts.Complete) -> None:
    """Raise `Invalid` where a required reading or a line of the checklist is missing, for those who know the guide."""
    guide = await guide_of(session, order.area_id, order.fault_type)
    if guide is not None:
        check_complete(guide.definition, act.readings, act.checklist or [])
