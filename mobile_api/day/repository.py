"""All SQL of the route: what it is made of, and what is kept of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.planning.statuses import ACTIVE_SQL, LIVING_SQL, OVER_SQL

_ROUTE = text(
    f"""
    SELECT o.id, o.number, o.version, o.status, o.kind, o.level, o.tier, o.fault_type, o.description, o.address,
           o.access_notes, ST_X(o.point) AS lon, ST_Y(o.point) AS lat, g.code AS grid, o.service_seconds,
           o.appointment_start, o.appointment_end, o.accept_due_at, o.contact_due_at,
           coalesce(o.technician_due_at, o.due_at) AS due_at, o.suspended_until, o.pending_request, o.chases, o.reworks,
           v.status AS visit_status, v.position, v.planned_arrival, v.planned_start, v.planned_end, v.travel_seconds,
           o.contact_name, o.contact_phones, s.name AS subscriber_name, s.phones, s.flags,
           f.en AS fault_en, f.zh AS fault_zh, f.bring,
           p.id AS plan_id, p.travel_source,
           (SELECT count(*) FROM visits d WHERE d.technician_id = :technician AND d.status IN {OVER_SQL}
              AND d.ended_at >= :start AND d.ended_at < :end) AS done
    FROM (SELECT 1) AS always
    LEFT JOIN plans p ON p.area_id = :area AND p.service_date = :day AND p.status = 'published'
    LEFT JOIN orders o ON o.owner_id = :technician AND o.reported_at <= :now
        AND o.status IN {ACTIVE_SQL}
    LEFT JOIN visits v ON v.order_id = o.id AND v.status IN {LIVING_SQL}
        AND v.technician_id = :technician
    LEFT JOIN grids g ON g.id = o.grid_id
    LEFT JOIN subscribers s ON s.id = o.subscriber_id
    LEFT JOIN LATERAL (
        SELECT f.en, f.zh, f.bring FROM fault_types f
        WHERE f.code = o.fault_type AND (f.area_id = o.area_id OR f.area_id IS NULL)
        ORDER BY f.area_id NULLS LAST LIMIT 1
    ) AS f ON true
    ORDER BY v.planned_arrival NULLS LAST, v.position NULLS LAST, o.reported_at, o.number
    """  # noqa: S608 - statuses of our own
)


async def route(
    session: AsyncSession, technician_id: UUID, area_id: UUID, day: date, start: datetime, end: datetime, now: datetime
) -> Sequence[Row[Any]]:
    """Every active order of a technician with its living visit; one row without an order where there is none."""
    values = {"technician": technician_id, "area": area_id, "day": day, "start": start, "end": end, "now": now}
    return (await session.execute(_ROUTE, values)).all()


_NEXT_REPORT = text(
    """
    SELECT min(reported_at) FROM orders
    WHERE owner_id = :technician AND reported_at > :now AND status IN ('reported', 'dispatched')
    """
)
_CHANGES = text(
    """
    SELECT id, at, order_id, number, kind, params FROM phone_changes
    WHERE technician_id = :technician AND seen_at IS NULL AND at >= :since ORDER BY at, id LIMIT 200
    """
)
_AFTERWARDS = text(
    """
    SELECT o.id, o.number, o.status, o.owner_id, o.completed_by, o.merged_into_id,
           (SELECT e.type FROM order_events e WHERE e.order_id = o.id AND e.actor_role = 'technician'
              AND e.technician_id = :technician ORDER BY e.sequence DESC LIMIT 1) AS mine
    FROM orders o WHERE o.id = ANY(CAST(:orders AS uuid[]))
    """
)
_OWN_BOOKINGS = text(
    """
    SELECT DISTINCT ON (e.order_id) e.order_id, e.actor_role = 'technician' AS own FROM order_events e
    WHERE e.order_id = ANY(CAST(:orders AS uuid[])) AND e.type IN ('contacted', 'rebooked')
    ORDER BY e.order_id, e.sequence DESC
    """
)
_UNMASK = text(
    """
    INSERT INTO unmaskings (id, account_id, order_id)
    SELECT gen_random_uuid(), :account, shown FROM unnest(CAST(:orders AS uuid[])) AS shown
    """
)


async def record_unmaskings(session: AsyncSession, account_id: UUID | None, order_ids: Collection[UUID]) -> None:
    """Record whose names and phones somebody was shown; one statement."""
    if order_ids:
        await session.execute(_UNMASK, {"account": account_id, "orders": list(order_ids)})


async def next_report(session: AsyncSession, technician_id: UUID, now: datetime) -> datetime | None:
    """When the next order of a replay that is the technician's already will be reported."""
    found: datetime | None = await session.scalar(_NEXT_REPORT, {"technician": technician_id, "now": now})
    return found


async def unseen_changes(session: AsyncSession, technician_id: UUID, since: datetime) -> Sequence[Row[Any]]:
    """What the technician has not acknowledged."""
    return (await session.execute(_CHANGES, {"technician": technician_id, "since": since})).all()


async def afterwards(session: AsyncSession, technician_id: UUID, orders: Collection[UUID]) -> Sequence[Row[Any]]:
    """What became of orders that are not in the route any more, and the technician's own last act on each."""
    return (await session.execute(_AFTERWARDS, {"technician": technician_id, "orders": list(orders)})).all()


async def own_bookings(session: AsyncSession, orders: Collection[UUID]) -> set[UUID]:
    """Those of the orders whose window the technician agreed on themselves, last."""
    rows = await session.execute(_OWN_BOOKINGS, {"orders": list(orders)})
    return {row.order_id for row in rows if row.own}
