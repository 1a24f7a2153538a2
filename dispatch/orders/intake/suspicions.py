"""Open orders that may be one: duplicates to merge, and reports that look like an outage of one node or building.

The same questions as before saving (`duplicates`), asked of everything that is open. Suggestions: people decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.intake.duplicates import SAME_BUILDING_METRES, Kin
from dispatch.orders.models import Order, Status
from dispatch.orders.repository import visible
from dispatch.policies.service import policy_at
from grids.models import ServiceArea
from kit.actor import Actor

MOST = 200
_LOOK_BACK = timedelta(hours=24)
"""Outages are looked for among the reports of a day; what is older was grouped or repaired."""
_BEFORE_DONE = [status.value for status in Status if status not in
                (Status.COMPLETED, Status.CLOSED, Status.CANCELLED, Status.MERGED)]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Orders that may be one, the oldest first: it is the one the others would join."""

    kind: Literal["duplicate", "outage"]
    orders: list[Kin]


_DUPLICATES = """
    WITH waiting AS (
        SELECT id, number, status, fault_type, reported_at, completed_at,
               subscriber_id, coalesce(product, '') AS product,
               nullif(lower(regexp_replace(trim(address), '\\s+', ' ', 'g')), '') AS place
        FROM orders
        WHERE area_id = :area AND reported_at <= :now AND status = ANY(:open) AND origin <> 'history'
    ), counted AS (
        SELECT *,
               count(*) FILTER (WHERE subscriber_id IS NOT NULL) OVER (PARTITION BY subscriber_id, product) AS persons,
               count(*) FILTER (WHERE place IS NOT NULL) OVER (PARTITION BY place, fault_type) AS places
        FROM waiting
    )
    SELECT * FROM counted WHERE persons > 1 OR places > 1 ORDER BY reported_at, id
"""

_OUTAGES = """
    WITH fresh AS (
        SELECT id, number, status, fault_type, reported_at, completed_at, network_node AS node, point
        FROM orders
        WHERE area_id = :area AND reported_at BETWEEN :since AND :now AND status = ANY(:open)
          AND kind = 'repair' AND origin <> 'history'
    )
    SELECT a.*, b.id AS other, coalesce(a.node = b.node, false) AS same_node
    FROM fresh a JOIN fresh b ON b.id <> a.id
     AND b.reported_at BETWEEN a.reported_at AND a.reported_at + make_interval(secs => :window)
     AND (a.node = b.node OR (b.point && ST_Expand(a.point, 0.002)
          AND ST_DWithin(a.point::geography, b.point::geography, :metres)))
    ORDER BY a.reported_at, a.id
"""


async def suspicions(session: AsyncSession, area: ServiceArea, actor: Actor) -> list[Suspicion]:
    """What may be one, outages first, then duplicates, the oldest first; at most 200, of what the actor may see."""
    now = area.clock.now()
    limits = (await policy_at(session, area.id, now)).limits
    asked = {"area": area.id, "now": now, "open": _BEFORE_DONE}
    pairs = (
        await session.execute(
            text(_OUTAGES),
            {
                **asked, "since": now - _LOOK_BACK, "window": limits.outage_window_seconds,
                "metres": SAME_BUILDING_METRES,
            },
        )
    ).all()  # fmt: skip
    rows = (await session.execute(text(_DUPLICATES), asked)).all()
    named = {row.id for row in rows} | {row.id for row in pairs} | {row.other for row in pairs}
    seen = set(await session.scalars(select(Order.id).where(Order.id.in_(named), visible(actor)))) if named else set()
    known = {row.id: row for row in (*rows, *pairs)}
    missing = [order_id for order_id in seen if order_id not in known]
    if missing:
        # The last of a group begins no window of its own, so it stands in no row as the first.
        last = select(
            Order.id, Order.number, Order.status, Order.fault_type, Order.reported_at, Order.completed_at
        ).where(Order.id.in_(missing))
        known |= {row.id: row for row in (await session.execute(last)).all()}
    outages = _outages(pairs, seen, limits.outage_reports, known)
    grouped = {kin.order_id for found in outages for kin in found.orders}
    return [*outages, *_duplicates(rows, seen - grouped, known)][:MOST]


async def linked_to(session: AsyncSession, order: Order, actor: Actor) -> tuple[list[Kin], list[Kin]]:
    """The orders merged into this one, and those it was merged into, reopens or repeats, as far as the actor sees."""
    ways = {"merged_into": order.merged_into_id, "reopens": order.reopens_id, "repeats": order.repeat_of_id}
    wanted = [order_id for order_id in ways.values() if order_id]
    query = select(Order).where(or_(Order.merged_into_id == order.id, Order.id.in_(wanted)), visible(actor))
    rows = {row.id: row for row in await session.scalars(query.order_by(Order.reported_at, Order.id).limit(MOST))}
    merged = [order_id for order_id, row in rows.items() if row.merged_into_id == order.id]
    linked = [kin for why, one in ways.items() if one in rows for kin in _kin([one], rows, why)]
    return _kin(merged, rows, "merged"), linked


def _outages(pairs: Iterable[Any], seen: set[UUID], needed: int, known: dict[UUID, Any]) -> list[Suspicion]:
    near: dict[tuple[UUID, bool], set[UUID]] = defaultdict(set)
    firsts: list[tuple[UUID, bool]] = []
    for pair in pairs:
        key = (pair.id, pair.same_node)
        if key not in near:
            firsts.append(key)
        near[key].add(pair.other)
    found, taken = [], set[UUID]()
    for key in firsts:
        group = ({key[0]} | near[key]) & seen - taken
        if key[0] not in group or len(group) < needed:
            continue
        taken |= group
        found.append(Suspicion("outage", _kin(group, known, "same_node" if key[1] else "same_building")))
    return found


def _duplicates(rows: Sequence[Any], seen: set[UUID], known: dict[UUID, Any]) -> list[Suspicion]:
    groups: dict[tuple[Any, ...], list[UUID]] = defaultdict(list)
    for row in rows:
        if row.id not in seen:
            continue
        if row.persons > 1:
            groups["same_subscriber", row.subscriber_id, row.product].append(row.id)
        if row.places > 1:
            groups["same_address", row.place, row.fault_type].append(row.id)
    found, taken = [], set[UUID]()
    for (why, *_), ids in groups.items():
        left = [order_id for order_id in ids if order_id not in taken]
        if len(left) > 1:
            taken.update(left)
            found.append(Suspicion("duplicate", _kin(left, known, why)))
    return found


def _kin(ids: Iterable[UUID], known: dict[UUID, Any], why: str) -> list[Kin]:
    def when(order_id: UUID) -> tuple[datetime, UUID]:
        return known[order_id].reported_at, order_id

    return [
        Kin(row.id, row.number, str(row.status), why, row.fault_type, row.reported_at, row.completed_at)
        for row in (known[order_id] for order_id in sorted(ids, key=when))
    ]
