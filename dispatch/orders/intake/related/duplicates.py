"""What a report may be besides itself: a duplicate, a repeat, one voice of an outage; and whether money is owed.

Recognised and shown before saving, never decided or deleted here. Limits come from the policy in force.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.events.orm_mapping import lonlat
from dispatch.orders.models import OPEN, Kind, Level, Order, Subscriber, Tier
from dispatch.orders.reporting import Report, SubscriberGiven
from dispatch.orders.repository import visible, visible_subscriber
from dispatch.policies.clocks import completion_due, on_site_due
from dispatch.policies.service import calendars_for, fault_type, policy_at
from grids.models import ServiceArea
from kit.actor import Actor

SAME_BUILDING_METRES = 30
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class RelatedOrder:
    """An order that a report may belong to. `why`: same_subscriber, same_address, same_node, same_building."""

    order_id: UUID
    number: str
    status: str
    why: str
    fault_type: str
    reported_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outage:
    """Enough reports on one node or building in a short time: an outage is likely. `reports` includes this one."""

    why: str
    reports: int
    needed: int
    window_seconds: int
    orders: list[RelatedOrder]


@dataclass(frozen=True, slots=True)
class Checks:
    """What is shown before a report is saved."""

    duplicates: list[RelatedOrder] = field(default_factory=list)
    repeats: list[RelatedOrder] = field(default_factory=list)
    outage: Outage | None = None
    arrears: bool = False
    subscriber_id: UUID | None = None


_SUBSCRIBER = """
    SELECT id, flags ? 'arrears' AS arrears FROM subscribers
    WHERE area_id = :area AND CASE WHEN CAST(:account AS text) IS NOT NULL THEN account_number = :account
          ELSE phones ?| CAST(:phones AS text[]) END
    ORDER BY id
"""

_KIN = """
    SELECT o.id, o.number, o.status, coalesce(o.cause, o.fault_type) AS fault_type, o.reported_at, o.completed_at,
           o.closed_at, o.product,
           o.subscriber_id = ANY(CAST(:subscribers AS uuid[])) AS same_subscriber,
           coalesce(o.address = ANY(CAST(:addresses AS text[])), false) AS same_address
    FROM orders o
    WHERE o.area_id = :area AND o.reported_at <= :now
      AND (o.subscriber_id = ANY(CAST(:subscribers AS uuid[]))
           OR o.address = ANY(CAST(:addresses AS text[])))
      AND (o.status = ANY(:open) OR coalesce(o.completed_at, o.closed_at) > :since)
      AND o.status <> 'merged'
    ORDER BY o.reported_at DESC, o.id DESC LIMIT 100
"""

_OUTAGE = """
    SELECT o.id, o.number, o.status, o.fault_type, o.reported_at, o.completed_at,
           same_node, same_place
    FROM orders o, LATERAL (
        SELECT coalesce(o.network_node = CAST(:node AS text), false) AS same_node,
               coalesce(o.address = ANY(CAST(:addresses AS text[])), false)
               OR coalesce(ST_DWithin(o.point::geography, ST_SetSRID(ST_MakePoint(
                   CAST(:lon AS float8), CAST(:lat AS float8)), 4326)::geography, :metres), false) AS same_place
    ) AS near
    WHERE o.area_id = :area AND o.reported_at > :since AND o.reported_at <= :now
      AND o.kind = 'repair' AND o.origin <> 'history' AND o.status NOT IN ('cancelled', 'merged')
      AND (same_node OR same_place)
    ORDER BY o.reported_at DESC, o.id DESC LIMIT 200
"""


async def checks(
    session: AsyncSession, area: ServiceArea, report: Report, actor: Actor | None = None, *, known: UUID | None = None
) -> Checks:
    """Duplicates, repeats, outage and arrears of a report, four statements at most; nothing is written.

    A *duplicate* is the same subscriber and product still open, or the same address and fault type still open; a
    *repeat* the same cause at the same subscriber or address, finished no longer ago than the policy says; an outage
    is suspected when this report makes enough of them on one node or building within the policy's window.
    `actor` limits what is named to what that person may see; `known` is the order itself where it was saved already.
    """
    now = area.clock.now()
    limits = (await policy_at(session, area.id, now)).limits
    subscribers, arrears = await _subscribers(session, area.id, report, actor)
    repeat_since = now - timedelta(days=limits.repeat_days)
    rows = (
        await session.execute(
            text(_KIN),
            {
                "area": area.id, "now": now, "subscribers": subscribers, "addresses": _spellings(report.address),
                "open": [status.value for status in OPEN], "since": repeat_since,
            },
        )
    ).all()  # fmt: skip
    hidden = await _hidden(session, actor, [row.id for row in rows])
    duplicates, repeats = [], []
    for row in rows:
        if row.id in hidden or row.id == known:
            continue
        same_fault = row.fault_type == report.fault_type
        same_line = row.same_subscriber and row.product == report.product
        if row.status in OPEN and (same_line or (row.same_address and same_fault)):
            duplicates.append(_related(row, "same_subscriber" if row.same_subscriber else "same_address"))
        ended = row.completed_at or row.closed_at
        if row.status not in OPEN and row.status != "cancelled" and same_fault and ended and ended > repeat_since:
            repeats.append(_related(row, "same_subscriber" if row.same_subscriber else "same_address"))
    outage = await _outage(session, area, report, now, limits.outage_reports, limits.outage_window_seconds, known)
    if outage is not None:
        unseen = await _hidden(session, actor, [kin.order_id for kin in outage.orders])
        outage = replace(outage, orders=[kin for kin in outage.orders if kin.order_id not in unseen])
    return Checks(
        duplicates[:_SHOWN], repeats[:_SHOWN], outage, arrears, subscribers[0] if len(subscribers) == 1 else None
    )


async def related_orders(session: AsyncSession, area: ServiceArea, order: Order, actor: Actor) -> Checks:
    """The same questions asked of an order that was saved: what else may belong to it, without itself."""
    who = await session.get(Subscriber, order.subscriber_id) if order.subscriber_id else None
    asked = Report(
        fault_type=order.cause or order.fault_type,
        subscriber=SubscriberGiven(who.name, tuple(who.phones), who.account_number) if who else None,
        product=order.product,
        network_node=order.network_node,
        address=order.address,
        point=lonlat(order.point),
    )
    return await checks(session, area, asked, actor, known=order.id)


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised for a report dispatched now: done by `due_at` at the latest, urgent ones on site before it."""

    due_at: datetime
    on_site_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What the clocks ask of a report that is not saved yet."""

    kind: Kind
    level: Level
    tier: Tier


async def promise(
    session: AsyncSession,
    area: ServiceArea,
    fault: str,
    level: Level,
    tier: Tier,
    *,
    window_end: datetime | None = None,
    rural: bool = False,
) -> Promise:
    """When a report of this fault would be due if it is dispatched now and accepted as late as allowed.

    Raises `Invalid` for an unknown fault type.
    """
    now = area.clock.now()
    kind = Kind((await fault_type(session, area.id, fault)).kind)
    limits = (await policy_at(session, area.id, now)).limits
    calendars = await calendars_for(session, area.id, now)
    wish = Wish(kind, level, tier)
    due = completion_due(wish, now, None, limits, calendars, window_end=window_end).customer
    return Promise(due, on_site_due(wish, now, due, limits, rural=rural))


async def _subscribers(
    session: AsyncSession, area_id: UUID, report: Report, actor: Actor | None
) -> tuple[list[UUID], bool]:
    """The known subscribers a report may mean, and whether one of them owes money; only whom the actor may see."""
    given = report.subscriber
    phones = [phone.strip() for phone in given.phones if phone.strip()] if given else []
    if given is None or not (given.account_number or phones):
        return [], False
    rows = (
        await session.execute(text(_SUBSCRIBER), {"area": area_id, "account": given.account_number, "phones": phones})
    ).all()
    if actor is not None and rows:
        known = select(Subscriber.id).where(Subscriber.id.in_([row.id for row in rows]), visible_subscriber(actor))
        seen = set(await session.scalars(known))
        rows = [row for row in rows if row.id in seen]
    return [row.id for row in rows], any(row.arrears for row in rows)


async def _outage(
    session: AsyncSession,
    area: ServiceArea,
    report: Report,
    now: datetime,
    needed: int,
    window_seconds: int,
    known: UUID | None,
) -> Outage | None:
    if not report.network_node and not report.address and report.point is None:
        return None
    lon, lat = report.point or (None, None)
    rows = (
        await session.execute(
            text(_OUTAGE),
            {
                "area": area.id, "now": now, "since": now - timedelta(seconds=window_seconds),
                "node": report.network_node, "addresses": _spellings(report.address), "lon": lon, "lat": lat,
                "metres": SAME_BUILDING_METRES,
            },
        )
    ).all()  # fmt: skip
    rows = [row for row in rows if row.id != known]
    by_node, by_building = [row for row in rows if row.same_node], [row for row in rows if row.same_place]
    for why, found in (("same_node", by_node), ("same_building", by_building)):
        if len(found) + 1 >= needed:
            return Outage(why, len(found) + 1, needed, window_seconds, [_related(row, why) for row in found[:_SHOWN]])
    return None


def _spellings(address: str | None) -> list[str]:
    """How the same address may be written in the table: an index on equality answers faster than a comparison."""
    plain = " ".join((address or "").split())
    return sorted({plain, plain.upper(), plain.lower(), plain.title(), (address or "").strip()} - {""})


async def _hidden(session: AsyncSession, actor: Actor | None, order_ids: list[UUID]) -> set[UUID]:
    """Those of the orders that the actor may not see."""
    if actor is None or actor.trusted or not order_ids:
        return set()
    seen = await session.scalars(select(Order.id).where(Order.id.in_(order_ids), visible(actor)))
    return set(order_ids) - set(seen)


def _related(row: Any, why: str) -> RelatedOrder:
    return RelatedOrder(row.id, row.number, row.status, why, row.fault_type, row.reported_at, row.completed_at)
