"""All SQL of the phone but for its route: whose it is, the acts it has sent, where it was."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, literal_column, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.models import Order, OrderEvent, Photo, Visit
from dispatch.orders.repository import concerns
from dispatch.technicians.models import Technician
from grids.models import ServiceArea
from kit.actor import Actor
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

_INVOLVED = text(
    """
    SELECT o.id FROM orders o JOIN technicians t ON t.id = :technician AND t.area_id = o.area_id
    WHERE o.id = ANY(CAST(:orders AS uuid[])) AND o.reported_at <= :now AND (
        o.owner_id = t.id
        OR EXISTS (SELECT 1 FROM visits v WHERE v.order_id = o.id AND v.technician_id = t.id)
        OR EXISTS (SELECT 1 FROM order_events e WHERE e.order_id = o.id AND e.technician_id = t.id))
    """
)


async def head(session: AsyncSession, technician_id: UUID) -> Row[Any] | None:
    """The technician with the area's zone and clock."""
    return (await session.execute(_HEAD, {"technician": technician_id})).first()


# --- acts -------------------------------------------------------------------------------------------------------------


async def technician_with_area(session: AsyncSession, technician_id: UUID) -> Technician | None:
    """The technician; their area is read with them, for whoever asks for it by its id next."""
    query = select(Technician, ServiceArea).join(ServiceArea, ServiceArea.id == Technician.area_id)
    row = (await session.execute(query.where(Technician.id == technician_id))).one_or_none()
    return None if row is None else row[0]


async def claim(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> dict[UUID, bool]:
    """Claim the ids of acts for this transaction. Answers those that are ours now, each with whether no event has it
    yet; the others belong to acts that came before. A transaction that is just claiming one on another connection is
    waited for.
    """
    if not rows:
        return {}
    taken = upsert(PhoneAct).values(list(rows)).on_conflict_do_nothing(index_elements=["id"])
    known = exists().where(OrderEvent.client_id == literal_column("phone_acts.id"))  # the row's, not another one's
    return {row.id: row.new for row in await session.execute(taken.returning(PhoneAct.id, (~known).label("new")))}


async def claimed_before(session: AsyncSession, act_id: UUID) -> PhoneAct:
    """The act that has an id, locked."""
    query = select(PhoneAct).where(PhoneAct.id == act_id).with_for_update()
    return (await session.execute(query.execution_options(populate_existing=True))).scalar_one()


async def write_result(session: AsyncSession, act_id: UUID, result: str, answer: dict[str, Any]) -> None:
    """What became of a claimed act."""
    await session.execute(update(PhoneAct).where(PhoneAct.id == act_id).values(result=result, answer=answer))


async def is_of_phone(session: AsyncSession, technician_id: UUID, order_id: UUID, now: datetime) -> bool:
    """Whether an order is or was this technician's. Other orders look as if they were not there."""
    asked = {"technician": technician_id, "orders": [order_id], "now": now}
    return (await session.execute(_INVOLVED, asked)).first() is not None


@dataclass(frozen=True, slots=True)
class OfPhone:
    """A locked order that is or was the technician's. `may_act`: they own it or have acted on it, in their areas."""

    order: Order
    may_act: bool


async def lock_of_phone(
    session: AsyncSession, actor: Actor, technician_id: UUID, order_ids: Collection[UUID], now: datetime
) -> dict[UUID, OfPhone]:
    """Those of the orders that are or were this technician's. They are locked by ascending id, as everybody does who
    changes several.
    """
    visited = exists().where(Visit.order_id == Order.id, Visit.technician_id == technician_id)
    may_act = concerns(technician_id)
    query = (
        select(Order, may_act.label("may_act"))
        .join(Technician, (Technician.id == technician_id) & (Technician.area_id == Order.area_id))
        .where(Order.id.in_(order_ids), Order.reported_at <= now, visited | may_act)
        .order_by(Order.id)
        .with_for_update(of=Order)
        .execution_options(populate_existing=True)
    )
    areas = actor.scope.areas
    return {
        row.Order.id: OfPhone(row.Order, row.may_act and (areas is None or row.Order.area_id in areas))
        for row in await session.execute(query)
    }


async def photos_there(session: AsyncSession, photo_ids: Collection[UUID]) -> set[UUID]:
    """Those of the photos whose files have come."""
    if not photo_ids:
        return set()
    query = select(Photo.id).where(Photo.id.in_(photo_ids), Photo.sha256.is_not(None))
    return set((await session.execute(query)).scalars())


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
