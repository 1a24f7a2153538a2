"""Check of the stored state: rebuild every order from its events and compare it with the row, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.models import Order, OrderEvent
from dispatch.orders.rules.states import STATE_FIELDS, EventRecord, OrderState, fold

BATCH = 500
"""Orders in memory at a time. It bounds the memory, whatever the number of orders."""


class Mismatch(msgspec.Struct, kw_only=True, rename="camel"):
    """A column whose stored value differs from the value rebuilt from the events."""

    order: str
    field: str
    stored: str | None
    rebuilt: str | None


class Verification(msgspec.Struct, kw_only=True, rename="camel"):
    """How many orders and events were compared, and every difference."""

    orders: int
    events: int
    mismatches: list[Mismatch]


_COLUMNS = [getattr(Order, name) for name in STATE_FIELDS if name != "point"]


async def verify(session: AsyncSession, area_id: UUID) -> Verification:
    """Compare every order of an area with the fold of its events."""
    found = Verification(orders=0, events=0, mismatches=[])
    after: UUID | None = None
    while True:
        rows = await _orders(session, area_id, after)
        if not rows:
            return found
        after = rows[-1].id
        events = await _events(session, [row.id for row in rows])
        for row in rows:
            history = events.get(row.id, [])
            found.orders += 1
            found.events += len(history)
            found.mismatches.extend(_compare(row, history))


def _compare(row: Any, history: Sequence[EventRecord]) -> list[Mismatch]:
    try:
        rebuilt = fold(history)
    except (ValueError, KeyError, msgspec.ValidationError):
        return [Mismatch(order=row.number, field="events", stored=str(len(history)), rebuilt="unreadable")]
    point = None if row.lon is None else (row.lon, row.lat)
    values: dict[str, Any] = {name: point if name == "point" else getattr(row, name) for name in STATE_FIELDS}
    stored = OrderState(**values)
    if stored == rebuilt:
        return []
    return [
        Mismatch(order=row.number, field=name, stored=_text(values[name]), rebuilt=_text(getattr(rebuilt, name)))
        for name in STATE_FIELDS
        if values[name] != getattr(rebuilt, name)
    ]


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


async def _orders(session: AsyncSession, area_id: UUID, after: UUID | None) -> Sequence[Any]:
    query = (
        select(
            Order.id, Order.number, func.ST_X(Order.point).label("lon"), func.ST_Y(Order.point).label("lat"), *_COLUMNS
        )
        .where(Order.area_id == area_id)
        .order_by(Order.id)
        .limit(BATCH)
    )
    if after is not None:
        query = query.where(Order.id > after)
    return (await session.execute(query)).all()


async def _events(session: AsyncSession, order_ids: list[UUID]) -> dict[UUID, list[EventRecord]]:
    query = (
        select(OrderEvent.order_id, OrderEvent.type, OrderEvent.occurred_at, OrderEvent.technician_id, OrderEvent.data)
        .where(OrderEvent.order_id.in_(order_ids))
        .order_by(OrderEvent.order_id, OrderEvent.sequence)
    )
    by_order: dict[UUID, list[EventRecord]] = {}
    for order_id, kind, occurred_at, technician_id, data in await session.execute(query):
        record = EventRecord(type=kind, occurred_at=occurred_at, technician_id=technician_id, data=data)
        by_order.setdefault(order_id, []).append(record)
    return by_order
