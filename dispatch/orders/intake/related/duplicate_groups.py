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

from dispatch.orders.intake.related.duplicates import SAME_BUILDING_METRES, RelatedOrder
from dispatch.orders.models import Order, Status
from dispatch.orders.repository import visible
from dispatch.policies.service import policy_at
from grids.models import ServiceArea
from kit.actor import Actor
from kit.geo import haversine_metres

MOST, MOST_TOGETHER = 200, 50
"""Groups at once, and orders in one of them; what is left over is suggested when these are merged."""
_LOOK_BACK = timedelta(hours=24)
"""Outages are looked for among the reports of a day; what is older was grouped or repaired."""
_BUILDING_DEGREES = 0.0006
"""Wider than `SAME_BUILDING_METRES` in any direction up to 60 degrees of latitude; the metres are measured after."""
_BEFORE_DONE = [status.value for status in Status if status not in
                (Status.COMPLETED, Status.CLOSED, Status.CANCELLED, Status.MERGED)]  # fmt: skip


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Orders that may be one, the oldest first: it is the one the others would join."""

    kind: Literal["duplicate", "outage"]
    orders: list[RelatedOrder]


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

_FRESH = """
    SELECT id, number, status, fault_type, reported_at, completed_at, network_node AS node,
           ST_X(point) AS lon, ST_Y(point) AS lat,
           CASE WHEN point IS NOT NULL THEN ST_ClusterDBSCAN(point, :degrees, :needed) OVER () END AS huddle
    FROM orders
    WHERE area_id = :area AND reported_at BETWEEN :since AND :now AND status = ANY(:open)
      AND kind = 'repair' AND origin <> 'history'
    ORDER BY reported_at, id
"""
"""The day's open repairs; a huddle is a chain of points with no gap wider than a building, found by one pass."""


async def duplicate_groups(session: AsyncSession, area: ServiceArea, actor: Actor) -> list[DuplicateGroup]:
    """What may be one, outages first, then duplicates, the oldest first; at most 200, of what the actor may see."""
    now = area.clock.now()
    limits = (await policy_at(session, area.id, now)).limits
    asked = {"area": area.id, "now": now, "open": _BEFORE_DONE}
    fresh = (
        await session.execute(
            text(_FRESH),
            {**asked, "since": now - _LOOK_BACK, "needed": limits.outage_reports, "degrees": _BUILDING_DEGREES},
        )
    ).all()
    rows = (await session.execute(text(_DUPLICATES), asked)).all()
    known = {row.id: row for row in (*fresh, *rows)}
    seen = set(await session.scalars(select(Order.id).where(Order.id.in_(known), visible(actor)))) if known else set()
    window = timedelta(seconds=limits.outage_window_seconds)
    outages = _outages([row for row in fresh if row.id in seen], limits.outage_reports, window, known)
    grouped = {related.order_id for found in outages for related in found.orders}
    return [*outages, *_duplicates(rows, seen - grouped, known)][:MOST]


async def linked_to(session: AsyncSession, order: Order, actor: Actor) -> tuple[list[RelatedOrder], list[RelatedOrder]]:
    """The orders merged into this one, and those it was merged into, reopens or repeats, as far as the actor sees."""
    ways = {"merged_into": order.merged_into_id, "reopens": order.reopens_id, "repeats": order.repeat_of_id}
    wanted = [order_id for order_id in ways.values() if order_id]
    query = select(Order).where(or_(Order.merged_into_id == order.id, Order.id.in_(wanted)), visible(actor))
    rows = {row.id: row for row in await session.scalars(query.order_by(Order.reported_at, Order.id).limit(MOST))}
    merged = [order_id for order_id, row in rows.items() if row.merged_into_id == order.id]
    linked = [related for why, one in ways.items() if one in rows for related in _related([one], rows, why)]
    return _related(merged, rows, "merged"), linked


def _outages(fresh: Sequence[Any], needed: int, window: timedelta, known: dict[UUID, Any]) -> list[DuplicateGroup]:
    """Of the reports in their order: enough on one node, else in one building, within `window` of the first."""
    found: list[DuplicateGroup] = []
    taken: set[UUID] = set()
    for why, place in (("same_node", "node"), ("same_building", "huddle")):
        groups: dict[Any, list[Any]] = defaultdict(list)
        for row in fresh:
            if (key := getattr(row, place)) is not None:
                groups[key].append(row)
        for group in groups.values():
            for index, first in enumerate(group):
                if first.id in taken or len(found) == MOST:
                    continue
                together = [first]
                for row in group[index + 1 :]:
                    if row.reported_at - first.reported_at > window or len(together) == MOST_TOGETHER:
                        break
                    if row.id not in taken and (place == "node" or _one_building(first, row)):
                        together.append(row)
                if len(together) >= needed:
                    taken.update(row.id for row in together)
                    found.append(DuplicateGroup("outage", _related([row.id for row in together], known, why)))
    return found


def _one_building(one: Any, other: Any) -> bool:
    return haversine_metres((one.lon, one.lat), (other.lon, other.lat)) <= SAME_BUILDING_METRES


def _duplicates(rows: Sequence[Any], seen: set[UUID], known: dict[UUID, Any]) -> list[DuplicateGroup]:
    groups: dict[tuple[Any, ...], list[UUID]] = defaultdict(list)
    for row in rows:
        if row.id not in seen:
            continue
        if row.persons > 1:
            groups["same_subscriber", row.subscriber_id, row.product].append(row.id)
        if row.places > 1:
            groups["same_address", row.place, row.fault_type].append(row.id)
    found: list[DuplicateGroup] = []
    taken: set[UUID] = set()
    for (why, *_), ids in groups.items():
        left = [order_id for order_id in ids if order_id not in taken]
        if len(left) > 1:
            taken.update(left)
            found.append(DuplicateGroup("duplicate", _related(left[:MOST_TOGETHER], known, why)))
    return found


def _related(ids: Iterable[UUID], known: dict[UUID, Any], why: str) -> list[RelatedOrder]:
    def when(order_id: UUID) -> tuple[datetime, UUID]:
        return known[order_id].reported_at, order_id

    return [
        RelatedOrder(row.id, row.number, str(row.status), why, row.fault_type, row.reported_at, row.completed_at)
        for row in (known[order_id] for order_id in sorted(ids, key=when))
    ]
