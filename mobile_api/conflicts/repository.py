"""All SQL of conflicts: what a phone did to an order that was somebody else's, or over, by then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.models import Order
from dispatch.orders.repository import visible
from dispatch.technicians.models import Technician
from kit.actor import Actor
from mobile_api.models import PhoneAct

MOST = 200


async def open_conflicts(session: AsyncSession, actor: Actor, area_id: UUID) -> Sequence[Row[Any]]:
    """Those of the orders that the actor may see, the oldest first, at most 200."""
    query = (
        select(
            PhoneAct.id, PhoneAct.type, PhoneAct.occurred_at, PhoneAct.received_at, PhoneAct.technician_id,
            PhoneAct.body, Technician.name.label("technician_name"), Order.id.label("order_id"), Order.number,
            Order.status, Order.owner_id,
            select(Technician.name).where(Technician.id == Order.owner_id).correlate(Order).scalar_subquery()
            .label("owner_name"),
        )
        .join(Order, Order.id == PhoneAct.order_id)
        .join(Technician, Technician.id == PhoneAct.technician_id)
        .where(
            Order.area_id == area_id, visible(actor), PhoneAct.result == "conflict", PhoneAct.handled_at.is_(None),
            PhoneAct.answer["evidenceKept"].as_boolean(),
        )
        .order_by(PhoneAct.received_at, PhoneAct.id)
        .limit(MOST)
    )  # fmt: skip
    return (await session.execute(query)).all()


async def settle(session: AsyncSession, act_id: UUID, account_id: UUID | None, at: datetime) -> bool:
    """Mark a conflict as settled. False where it was."""
    done = await session.execute(
        text(
            "UPDATE phone_acts SET handled_at = :at, handled_by = :account"
            " WHERE id = :id AND result = 'conflict' AND handled_at IS NULL RETURNING id"
        ),
        {"at": at, "account": account_id, "id": act_id},
    )
    return done.first() is not None
