"""The SQL of outages: reports around a report, what an outage covers, lists, and who is concerned."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, or_, select, text, true
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.models import Account
from dispatch.orders.models import Order, Subscriber
from dispatch.orders.repository import visible as visible_order
from dispatch.outages.models import LIVING, Outage, OutageCustomers, OutageEvent, OutageOrder, OutageStatus, Part
from grids.access import is_limited
from kit.actor import Actor
from kit.errors import NotFound
from kit.geo import LonLat

SAME_BUILDING_METRES = 30
_HULL_METRES = 50
"""How far around its reports an outage reaches where nobody has drawn it."""

_NEAR = """
    abs(ST_Y(o.point) - ST_Y(me.point)) <= :radius / 111000.0
    AND abs(ST_X(o.point) - ST_X(me.point)) <= :radius / 111000.0 / cos(radians(least(abs(ST_Y(me.point)), 80)))
    AND ST_DWithin(o.point::geography, me.point::geography, :radius)
"""
"""Reports are found by time first: an index of places would bring those of all years, again for each week."""
_AROUND = text(
    f"""
    WITH recent AS MATERIALIZED (
        SELECT o.id, o.subscriber_id, o.reported_at, o.network_node, o.address, o.point FROM orders o
        WHERE o.area_id = :area AND o.reported_at > :since AND o.reported_at <= :at
          AND o.kind = 'repair' AND o.status <> 'cancelled' AND o.origin <> 'history'
    )
    SELECT o.id, coalesce(o.subscriber_id, o.id) AS who, o.reported_at,
           coalesce(o.network_node = me.network_node, false) AS same_node,
           coalesce(ST_DWithin(o.point::geography, me.point::geography, :building), false)
           OR coalesce(o.address = me.address, false) AS same_building,
           coalesce(ST_DWithin(o.point::geography, me.point::geography, :radius), false) AS is_near
    FROM orders me, recent o
    WHERE me.id = :order AND (o.network_node = me.network_node OR o.address = me.address OR ({_NEAR}))
      AND NOT EXISTS (SELECT FROM outage_orders p WHERE p.order_id = o.id)
    ORDER BY o.reported_at, o.id LIMIT 500
    """  # noqa: S608 - a condition of ours
)
"""The reports of the window before a report (itself among them) on its node, in its building, or near it.

What an outage names already, dismissed ones included, is nobody's reason to propose another.
"""

_BEFORE = text(
    f"""
    SELECT coalesce(sum(counted.reports), 0) FROM orders me, generate_series(1, CAST(:weeks AS int)) AS week, LATERAL (
        SELECT count(*) AS reports FROM orders o
        WHERE o.area_id = :area AND o.kind = 'repair'
          AND o.reported_at > CAST(:at AS timestamptz) - week * interval '7 days' - CAST(:around AS interval)
          AND o.reported_at <= CAST(:at AS timestamptz) - week * interval '7 days' + CAST(:around AS interval)
          AND {_NEAR}
    ) AS counted
    WHERE me.id = :order
    """  # noqa: S608 - a condition of ours
)
"""The reports near a place in the same hours of the same weekday of the weeks before."""

_COVERING = text(
    """
    SELECT id, status FROM outages, (SELECT ST_SetSRID(
        ST_MakePoint(CAST(:lon AS float8), CAST(:lat AS float8)), 4326) AS point) AS here
    WHERE area_id = :area AND since <= :at
      AND (status = 'confirmed' OR (status = 'suspected' AND since > :at - interval '6 hours'))
      AND (network_node = CAST(:node AS text)
           OR (shape && ST_Expand(point, :radius / 111320.0 / cos(radians(least(abs(ST_Y(point)), 80))),
                                  :radius / 111320.0)
               AND ST_DWithin(shape::geography, point::geography,
                              CASE WHEN status = 'suspected' THEN :radius ELSE 0 END)))
    ORDER BY status = 'confirmed' DESC, since DESC, id LIMIT 1
    """
)
"""An outage that a report belongs to. A suspected one also takes in what lies within the radius around its reports, for
some hours: what nobody has decided about by then is no reason to keep silent about the next."""

_COVERED = text(
    """
    SELECT o.id FROM orders o, outages t
    WHERE t.id = :outage AND o.area_id = t.area_id AND o.kind = 'repair' AND o.origin <> 'history'
      AND o.status IN ('reported', 'dispatched', 'accepted', 'suspended')
      AND ((o.reported_at >= t.since AND (o.network_node = t.network_node OR ST_Intersects(t.shape, o.point)))
           OR EXISTS (SELECT FROM outage_orders p WHERE p.outage_id = t.id AND p.order_id = o.id AND p.part = 'named'))
      AND NOT EXISTS (SELECT FROM outage_orders p WHERE p.order_id = o.id AND p.part IN ('child', 'crew'))
      AND NOT EXISTS (SELECT FROM outage_orders p WHERE p.order_id = o.id AND p.outage_id = t.id
                      AND p.part = 'released')
    ORDER BY o.reported_at, o.id
    """
)

_HULL = text(
    """
    SELECT ST_AsEWKT(ST_Multi(ST_Buffer(ST_ConvexHull(ST_Collect(point))::geography, :metres)::geometry))
    FROM orders WHERE id = ANY(:ids) AND point IS NOT NULL
    """
)

_CUSTOMERS = text(
    """
    WITH voices AS (
        SELECT o.grid_id, count(DISTINCT coalesce(o.subscriber_id, o.id)) AS reported
        FROM outage_orders p JOIN orders o ON o.id = p.order_id
        WHERE p.outage_id = :outage AND p.part IN ('named', 'child', 'released', 'ended') AND o.grid_id IS NOT NULL
        GROUP BY o.grid_id
    ), reached AS (
        SELECT g.id AS grid_id,
               round(coalesce(c.households, 0) * least(1, ST_Area(ST_Intersection(g.geom, t.shape)::geography)
                     / nullif(ST_Area(g.geom::geography), 0)))::int AS homes
        FROM outages t JOIN grids g ON g.area_id = t.area_id AND g.archived_at IS NULL AND ST_Intersects(g.geom, t.shape)
        LEFT JOIN grid_contracts c ON c.grid_id = g.id AND c.valid @> CAST(:day AS date)
        WHERE t.id = :outage AND t.network_node IS NULL
    )
    SELECT coalesce(v.grid_id, r.grid_id) AS grid_id, greatest(coalesce(v.reported, 0), coalesce(r.homes, 0)) AS customers
    FROM voices v FULL JOIN reached r ON r.grid_id = v.grid_id
    """  # noqa: E501
)
"""Of a drawn area the share of the households that it covers; of a node who reported. Never fewer than reported."""


async def hold(session: AsyncSession, area_id: UUID) -> None:
    """Keep others from making or filling outages of the area until the transaction ends."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"outages {area_id}"}
    )


async def around(session: AsyncSession, order: Order, window: timedelta, radius: int) -> Sequence[Row[Any]]:
    """The reports around a report that no outage names: id, who, same_node, same_building, is_near."""
    values = {
        "order": order.id, "area": order.area_id, "at": order.reported_at, "since": order.reported_at - window,
        "radius": radius, "building": SAME_BUILDING_METRES,
    }  # fmt: skip
    return (await session.execute(_AROUND, values)).all()


async def before(session: AsyncSession, order: Order, weeks: int, span: timedelta, radius: int) -> int:
    """How many reports lay within the radius in the same hours (`span` long) of so many weeks before."""
    values = {
        "order": order.id, "area": order.area_id, "at": order.reported_at, "weeks": weeks, "around": span / 2,
        "radius": radius,
    }  # fmt: skip
    return int((await session.execute(_BEFORE, values)).scalar_one())


async def names(session: AsyncSession, order_id: UUID) -> bool:
    """Whether an outage names this order, whatever became of it."""
    return (
        await session.scalar(select(OutageOrder.order_id).where(OutageOrder.order_id == order_id).limit(1)) is not None
    )


async def first_report(session: AsyncSession, area_id: UUID) -> datetime | None:
    """When the area's oldest order was reported."""
    query = select(Order.reported_at).where(Order.area_id == area_id).order_by(Order.reported_at).limit(1)
    return await session.scalar(query)


async def new_reports(session: AsyncSession, area_id: UUID, after: datetime, until: datetime) -> Sequence[UUID]:
    """The repairs reported in [after, until] that no outage names yet, oldest first.

    Both ends belong to it: while a trial area's clock stands, all that is reported comes at one and the same moment.
    """
    query = (
        select(Order.id)
        .where(
            Order.area_id == area_id, Order.reported_at >= after, Order.reported_at <= until, Order.kind == "repair",
            Order.origin != "history", Order.status.in_(["reported", "dispatched", "accepted"]),
            ~exists().where(OutageOrder.order_id == Order.id),
        )
        .order_by(Order.reported_at, Order.id)
    )  # fmt: skip
    return (await session.scalars(query)).all()


async def covering(
    session: AsyncSession, area_id: UUID, at: datetime, *, node: str | None, lon: float | None, lat: float | None,
    radius: int,
) -> Row[Any] | None:  # fmt: skip
    """The outage that a report at this node or point belongs to, a confirmed one first: id, status."""
    values = {"area": area_id, "at": at, "node": node, "lon": lon, "lat": lat, "radius": radius}
    return (await session.execute(_COVERING, values)).one_or_none()


async def covered(session: AsyncSession, outage_id: UUID) -> list[UUID]:
    """The waiting repairs that a confirmed outage takes in. Who is on the way or on site already stays."""
    return list((await session.scalars(_COVERED, {"outage": outage_id})).all())


async def hull(session: AsyncSession, order_ids: Sequence[UUID]) -> str | None:
    """The area around the orders' places, as EWKT; None where none has a place."""
    found: str | None = await session.scalar(_HULL, {"ids": list(order_ids), "metres": _HULL_METRES})
    return found


async def estimated_customers(session: AsyncSession, outage_id: UUID, day: object) -> dict[UUID, int]:
    """Customers by grid, as far as reports and households tell."""
    rows = await session.execute(_CUSTOMERS, {"outage": outage_id, "day": day})
    return {row.grid_id: int(row.customers) for row in rows}


# --- reading ----------------------------------------------------------------------------------------------------------


def visible(actor: Actor) -> ColumnElement[bool]:
    """The outages an actor may see: of their areas; of a part of an area, those that name an order they may see."""
    if actor.trusted:
        return true()
    condition: ColumnElement[bool] = true()
    if actor.scope.areas is not None:
        condition = Outage.area_id.in_(actor.scope.areas)
    if not is_limited(actor) and actor.scope.technician is None:
        return condition
    named = (
        exists(select(OutageOrder.order_id).join(Order, Order.id == OutageOrder.order_id)
               .where(OutageOrder.outage_id == Outage.id, visible_order(actor)).correlate(Outage))
    )  # fmt: skip
    return and_(condition, named)


async def get(session: AsyncSession, actor: Actor, outage_id: UUID, *, lock: bool = False) -> Outage:
    """An outage the actor may see, locked if asked. Raises `NotFound`."""
    query = select(Outage).where(Outage.id == outage_id, visible(actor))
    if lock:
        query = query.with_for_update(of=Outage).execution_options(populate_existing=True)
    found = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound("outage.not_found", outage=str(outage_id))
    return found


async def sees_all_of(session: AsyncSession, actor: Actor, outage_id: UUID) -> bool:
    """Whether the actor may see every order that the outage names."""
    if not is_limited(actor):
        return True
    hidden = (
        select(OutageOrder.order_id).join(Order, Order.id == OutageOrder.order_id)
        .where(OutageOrder.outage_id == outage_id, ~visible_order(actor)).limit(1)
    )  # fmt: skip
    return await session.scalar(hidden) is None


async def listed(
    session: AsyncSession, actor: Actor, area_id: UUID, *, living: bool, limit: int = 200
) -> Sequence[Outage]:
    """The outages of an area, the living ones or all, the newest first."""
    query = select(Outage).where(Outage.area_id == area_id, visible(actor))
    if living:
        query = query.where(Outage.status.in_(LIVING))
    return (await session.scalars(query.order_by(Outage.since.desc(), Outage.id.desc()).limit(limit))).all()


async def counts(session: AsyncSession, outage_ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
    """By outage: reports, children, sampled, called, still_broken, and the crew's order."""
    part, answered = OutageOrder.part, OutageOrder.answer
    query = (
        select(
            OutageOrder.outage_id,
            func.count().filter(part != Part.CREW).label("reports"),
            func.count().filter(part == Part.CHILD).label("children"),
            func.count().filter(OutageOrder.sampled).label("sampled"),
            func.count().filter(OutageOrder.sampled & answered.is_not(None)).label("called"),
            func.count().filter(answered == "still_broken").label("still_broken"),
            func.min(Order.number).filter(part == Part.CREW).label("crew_number"),
            func.min(Order.status).filter(part == Part.CREW).label("crew_status"),
            func.min(cast(Order.id, Text)).filter(part == Part.CREW).label("crew_id"),
        )
        .join(Order, Order.id == OutageOrder.order_id)
        .where(OutageOrder.outage_id.in_(outage_ids))
        .group_by(OutageOrder.outage_id)
    )
    found: dict[UUID, Any] = {row.outage_id: row for row in (await session.execute(query)).all()}
    return found


async def shapes(session: AsyncSession, outage_ids: Sequence[UUID]) -> dict[UUID, tuple[str | None, Any]]:
    """By outage its shape as GeoJSON (text) and a point to fly to as GeoJSON: of the shape, else of its reports."""
    rows = await session.execute(
        text(
            "SELECT t.id, ST_AsGeoJSON(t.shape, 6) AS shape, ST_AsGeoJSON(coalesce(ST_PointOnSurface(t.shape),"
            " (SELECT ST_Centroid(ST_Collect(o.point)) FROM outage_orders p JOIN orders o ON o.id = p.order_id"
            " WHERE p.outage_id = t.id AND o.point IS NOT NULL)), 6) AS point FROM outages t WHERE t.id = ANY(:ids)"
        ),
        {"ids": list(outage_ids)},
    )
    return {row.id: (row.shape, row.point) for row in rows}


async def points(session: AsyncSession, outage_ids: Sequence[UUID]) -> dict[UUID, LonLat]:
    """By outage a point of it, (lon, lat): of its shape, else amid its reports. Without either it is not in it."""
    found = {}
    for outage_id, (_, point) in (await shapes(session, outage_ids)).items():
        if point is not None:
            lon, lat = json.loads(point)["coordinates"]
            found[outage_id] = (float(lon), float(lat))
    return found


async def parts(session: AsyncSession, actor: Actor, outage_id: UUID) -> Sequence[tuple[OutageOrder, Order]]:
    """The orders of an outage that the actor may see, sampled ones first, then by report."""
    query = (
        select(OutageOrder, Order).join(Order, Order.id == OutageOrder.order_id)
        .where(OutageOrder.outage_id == outage_id, visible_order(actor))
        .order_by(OutageOrder.sampled.desc(), Order.reported_at, Order.id).limit(1000)
    )  # fmt: skip
    return [(row[0], row[1]) for row in (await session.execute(query)).all()]


async def story(session: AsyncSession, outage_id: UUID) -> Sequence[tuple[OutageEvent, str | None]]:
    """What was done about an outage, oldest first, each with the name of who did it."""
    query = (
        select(OutageEvent, Account.name).outerjoin(Account, Account.id == OutageEvent.by)
        .where(OutageEvent.outage_id == outage_id).order_by(OutageEvent.at, OutageEvent.id)
    )  # fmt: skip
    return [(row[0], row[1]) for row in (await session.execute(query)).all()]


async def customers(session: AsyncSession, outage_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Customers by outage."""
    query = (
        select(OutageCustomers.outage_id, func.sum(OutageCustomers.customers))
        .where(OutageCustomers.outage_id.in_(outage_ids)).group_by(OutageCustomers.outage_id)
    )  # fmt: skip
    return {row[0]: int(row[1]) for row in (await session.execute(query)).all()}


async def orders_with(session: AsyncSession, outage_id: UUID, part: Part) -> Sequence[OutageOrder]:
    """The rows of one part, by order."""
    query = select(OutageOrder).where(OutageOrder.outage_id == outage_id, OutageOrder.part == part)
    return (await session.scalars(query.order_by(OutageOrder.order_id))).all()


async def concerned(session: AsyncSession, outage_id: UUID) -> list[Order]:
    """The muted orders whose subscribers are told, one for each phone: the first that reported."""
    query = (
        select(Order, Subscriber.phones).outerjoin(Subscriber, Subscriber.id == Order.subscriber_id)
        .join(OutageOrder, (OutageOrder.order_id == Order.id) & (OutageOrder.part == Part.CHILD))
        .where(OutageOrder.outage_id == outage_id).order_by(Order.reported_at, Order.id)
    )  # fmt: skip
    seen, told = set(), []
    for order, phones in (await session.execute(query)).all():
        phone = next(iter([*order.contact_phones, *(phones or [])]), None)
        if phone is None or phone not in seen:
            told.append(order)
            seen.add(phone)
    return told


async def open_outages(session: AsyncSession, area_id: UUID) -> Sequence[Outage]:
    """The confirmed and restored outages of an area."""
    query = select(Outage).where(
        Outage.area_id == area_id, or_(Outage.status == OutageStatus.CONFIRMED, Outage.status == OutageStatus.RESTORED)
    )
    return (await session.scalars(query.order_by(Outage.since, Outage.id))).all()


async def crew_done(session: AsyncSession, outage_id: UUID) -> datetime | None:
    """When the crew's order was completed, if it was."""
    query = (
        select(Order.completed_at).join(OutageOrder, OutageOrder.order_id == Order.id)
        .where(OutageOrder.outage_id == outage_id, OutageOrder.part == Part.CREW)
    )  # fmt: skip
    return await session.scalar(query)


async def next_number(session: AsyncSession, area_id: UUID, code: str) -> str:
    """The next number of an area's outages; call `hold` before."""
    count = await session.scalar(select(func.count()).where(Outage.area_id == area_id))
    return f"{code.upper()}-OUT-{int(count or 0) + 1:04d}"
