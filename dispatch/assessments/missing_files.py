"""Completion reports whose photos never came (回单缺照片): marked as not in order, for the inspector to look at.

A completion lists ids of photos, and the files may follow. Whoever invents ids has nothing to send: when the policy's
time is over, the report fails its check, and the inspector is told. A later look of the inspector replaces the mark.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments.models import Inspection
from dispatch.orders.models import Order, Origin, Photo, Status
from dispatch.policies.service import policy_at
from grids.models import ServiceArea
from kit.ids import uuid7
from kit.live import announce

FINDING = "files_missing"
PROOFS = ("after", "signature")
"""The kinds of photo that a completion lists."""
MOST_AT_ONCE = 500


async def mark_missing(session: AsyncSession, area: ServiceArea) -> int:
    """Mark the reports of an area whose files are overdue and that nobody has checked; returns how many."""
    now = area.clock.now()
    limits = (await policy_at(session, area.id, now)).limits
    missing = exists().where(Photo.order_id == Order.id, Photo.sha256.is_(None), Photo.kind.in_(PROOFS))
    checked = exists().where(Inspection.order_id == Order.id)
    query = (
        select(Order.id, Order.completed_by)
        .where(
            Order.area_id == area.id,
            Order.origin != Origin.HISTORY,
            Order.status.in_((Status.COMPLETED, Status.CLOSED)),
            Order.completed_by.is_not(None),
            Order.completed_at <= now - timedelta(seconds=limits.completion_files_seconds),
            missing,
            ~checked,
        )
        .order_by(Order.completed_at)
        .limit(MOST_AT_ONCE)
    )
    marked = 0
    for row in (await session.execute(query)).all():
        mark = insert(Inspection).values(
            id=uuid7(), order_id=row.id, technician_id=row.completed_by, passed=False, findings=[FINDING], at=now
        )
        done = await session.execute(mark.on_conflict_do_nothing().returning(Inspection.id))
        if done.first() is not None:
            marked += 1
            await announce(session, area.id, "alarm", row.id)
    return marked
