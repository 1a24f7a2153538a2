"""All SQL of the phone: its route in two statements, the acts it has sent, where it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.models import Unmasking
from dispatch.orders.models import Order
from dispatch.planning.statuses import ACTIVE_SQL, LIVING_SQL, OVER_SQL
from kit.geo import LonLat
from kit.ids import uuid7
from mobile_api.models import PhoneAct

_HEAD = text(
    """
    SELECT t.id, t.name, t.area_id, a.timezone,
           ST_X(t.start_point) AS start_lon, ST_Y(t.start_point) AS start_lat,
           ST_X(t.end_point) AS end_lon, ST_Y(t.end_point) AS end_lat,
           a.clock_real_anchor, a.clock_area_anchor, a.clock_speed
    FROM technicians t JOIN service_areas a ON a.id = t.area_id
    WHERE t.id = :technician AND t.status = 'active'
    """
)

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

_INVOLVED = text(
    """
    SELECT o.id FROM orders o JOIN technicians t ON t.id = :technician AND t.area_id = o.area_id
    WHERE o.id = :order AND o.reported_at <= :now AND (
        o.owner_id = t.id
        OR EXISTS (SELECT 1 FROM visits v WHERE v.order_id = o.id AND v.technician_id = t.id)
        OR EXISTS (SELECT 1 FROM order_events e WHERE e.order_id = o.id AND e.technician_id = t.id))
    """
)


async def head(session: AsyncSession, technician_id: UUID) -> Row[Any] | None:
    """The technician with the area's zone and clock."""
    return (await session.execute(_HEAD, {"technician": technician_id})).first()


async def route(
    session: AsyncSession, technician_id: UUID, area_id: UUID, day: date, start: datetime, end: datetime, now: datetime
) -> Sequence[Row[Any]]:
    """Every active order of a technician with its living visit; one row without an order where there is none."""
    values = {"technician": technician_id, "area": area_id, "day": day, "start": start, "end": end, "now": now}
    return (await session.execute(_ROUTE, values)).all()


async def record_unmaskings(session: AsyncSession, account_id: UUID | None, order_ids: Iterable[UUID]) -> None:
    """Record whose names and phones somebody was shown."""
    rows = [{"id": uuid7(), "account_id": account_id, "order_id": order_id} for order_id in order_ids]
    if rows:
        await session.execute(insert(Unmasking), rows)


# --- acts -------------------------------------------------------------------------------------------------------------


async def claim(session: AsyncSession, values: dict[str, Any]) -> PhoneAct | None:
    """Claim an act's id for this transaction. None: it is ours. Else the act that has it; a transaction that is just
    claiming it on another connection is waited for.
    """
    taken = await session.execute(
        upsert(PhoneAct).values(**values).on_conflict_do_nothing(index_elements=["id"]).returning(PhoneAct.id)
    )
    if taken.first() is not None:
        return None
    query = select(PhoneAct).where(PhoneAct.id == values["id"]).with_for_update()
    return (await session.execute(query.execution_options(populate_existing=True))).scalar_one()


async def order_of_phone(session: AsyncSession, technician_id: UUID, order_id: UUID, now: datetime) -> Order | None:
    """An order that is or was this technician's. Other orders look as if they were not there."""
    found = await session.execute(_INVOLVED, {"technician": technician_id, "order": order_id, "now": now})
    if found.first() is None:
        return None
    return await session.get(Order, order_id, populate_existing=True)


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a phone was."""

    point: LonLat
    occurred_at: datetime
    accuracy_metres: float | None


async def add_positions(
    session: AsyncSession, technician_id: UUID, seen: Sequence[Seen], received_at: datetime
) -> None:
    """Keep positions, each once though it is sent again; one statement whatever their number."""
    if not seen:
        return
    await session.execute(
        text(
            "INSERT INTO positions (id, technician_id, point, accuracy_metres, occurred_at, received_at)"
            " SELECT DISTINCT ON (p.lon, p.lat, p.at) p.id, :technician, ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326),"
            " p.accuracy, p.at, :received"
            " FROM unnest(CAST(:ids AS uuid[]), CAST(:lons AS float8[]), CAST(:lats AS float8[]),"
            " CAST(:accuracies AS float8[]), CAST(:times AS timestamptz[])) AS p(id, lon, lat, accuracy, at)"
            " WHERE NOT EXISTS (SELECT FROM positions before WHERE before.technician_id = :technician"
            " AND before.occurred_at BETWEEN p.at - interval '2 seconds' AND p.at + interval '2 seconds'"
            " AND ST_X(before.point) = p.lon AND ST_Y(before.point) = p.lat)"
        ),
        {
            "technician": technician_id,
            "received": received_at,
            "ids": [uuid7() for _ in seen],
            "lons": [float(one.point[0]) for one in seen],
            "lats": [float(one.point[1]) for one in seen],
            "accuracies": [one.accuracy_metres for one in seen],
            "times": [one.occurred_at for one in seen],
        },
    )
