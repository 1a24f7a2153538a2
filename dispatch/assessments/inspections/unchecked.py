"""Which completion reports wait for an inspector."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, case, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments.models import Inspection
from dispatch.orders.models import Order, Origin, Photo, Status
from dispatch.orders.repository import visible
from dispatch.technicians.models import Technician
from kit.actor import Actor


@dataclass(frozen=True, slots=True)
class UncheckedReport:
    """A completed order, who completed it by name, what is held against the report, and its files."""

    order: Order
    technician: str
    findings: list[str] | None
    photos: int
    missing: int


async def unchecked(
    session: AsyncSession,
    actor: Actor,
    area_id: UUID,
    *,
    marked: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[UncheckedReport]:
    """Reports of the area that the actor may see and nobody has checked, the newest first.

    Args:
        marked: those the program holds something against; otherwise those without any mark.
        after: time of completion and id of the last one of the page before.
    """
    files = (
        select(
            Photo.order_id,
            func.count().label("photos"),
            func.sum(case((Photo.sha256.is_(None), 1), else_=0)).label("missing"),
        )
        .where(Photo.order_id == Order.id)
        .group_by(Photo.order_id)
        .lateral()
    )
    query = (
        select(
            Order,
            Technician.name,
            Inspection.findings,
            func.coalesce(files.c.photos, 0),
            func.coalesce(files.c.missing, 0),
        )
        .join(Technician, Technician.id == Order.completed_by)
        .outerjoin(Inspection, Inspection.order_id == Order.id)
        .outerjoin(files, files.c.order_id == Order.id)
        .where(
            Order.area_id == area_id,
            Order.origin != Origin.HISTORY,
            Order.status.in_((Status.COMPLETED, Status.CLOSED)),
            visible(actor),
            and_(Inspection.id.is_not(None), Inspection.inspector_id.is_(None)) if marked else Inspection.id.is_(None),
        )
        .order_by(Order.completed_at.desc(), Order.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(Order.completed_at, Order.id) < tuple_(*after))
    return [UncheckedReport(*row) for row in (await session.execute(query)).all()]
