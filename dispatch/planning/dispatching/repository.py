"""The SQL of automatic dispatch: who carries how much, which orders need an owner, what is due next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.planning.statuses import ACTIVE_SQL, OVER_SQL
from kit.bounds import LATEST
from kit.geo import LonLat

MOST_AT_ONCE = 2000

_NEEDS = text(
    """
    SELECT o.id, o.number, o.skill, o.skill_level, o.owner_id, o.reported_at,
           coalesce(ST_X(o.point), ST_X(ST_PointOnSurface(g.geom))) AS lon,
           coalesce(ST_Y(o.point), ST_Y(ST_PointOnSurface(g.geom))) AS lat,
           c.technician_a_id, c.technician_b_id, c.contractor,
           ARRAY(SELECT r.technician_id FROM order_requests r
                 WHERE r.order_id = o.id AND r.kind = 'return' AND r.status = 'approved') AS returned_by,
           ARRAY(SELECT e.technician_id FROM order_events e
                 WHERE e.order_id = o.id AND e.type IN ('dispatched', 'reassigned')
                   AND e.technician_id IS NOT NULL) AS asked
    FROM orders o
    JOIN grids g ON g.id = o.grid_id
    LEFT JOIN grid_contracts c ON c.grid_id = o.grid_id AND c.valid @> CAST(:day AS date)
    WHERE o.area_id = :area AND o.origin <> 'history' AND o.reported_at <= :now
      AND (CAST(:ids AS uuid[]) IS NULL OR o.id = ANY(CAST(:ids AS uuid[])))
      AND CASE WHEN :late THEN o.status = 'dispatched' AND o.accept_due_at <= :now
                                AND (CAST(:since AS timestamptz) IS NULL OR o.accept_due_at > :since)
               ELSE o.status = 'reported' AND NOT o.escalated_to_lead
                    AND 'recalled' IS DISTINCT FROM (SELECT e.type FROM order_events e WHERE e.order_id = o.id
                            AND e.type IN ('dispatched', 'recalled') ORDER BY e.sequence DESC LIMIT 1)
                    AND (CAST(:since AS timestamptz) IS NULL OR o.reported_at > :since) END
    ORDER BY o.level DESC, coalesce(CASE WHEN :late THEN o.accept_due_at END, o.reported_at), o.number
    LIMIT :most
    """
)
"""`level` sorts urgent after normal, hence DESC. What a person took back waits for a person."""

_REPLAYED = text(
    "SELECT EXISTS (SELECT 1 FROM orders WHERE area_id = :area AND origin = 'replay' AND status = 'reported')"
)

_LOADS = text(
    f"""
    SELECT t.id,
           count(o.id) FILTER (WHERE o.status <> 'suspended') AS owned,
           (SELECT count(*) FROM visits v WHERE v.technician_id = t.id AND v.status IN {OVER_SQL}
              AND v.ended_at >= :start AND v.ended_at < :end) AS done,
           array_agg(ST_X(o.point) ORDER BY o.number) FILTER (WHERE o.point IS NOT NULL) AS lons,
           array_agg(ST_Y(o.point) ORDER BY o.number) FILTER (WHERE o.point IS NOT NULL) AS lats
    FROM technicians t
    LEFT JOIN orders o ON o.owner_id = t.id
        AND o.status IN {ACTIVE_SQL}
    WHERE t.area_id = :area AND t.status = 'active'
    GROUP BY t.id
    """  # noqa: S608 - statuses of our own
)

_NEXT_DUE = text(
    """
    SELECT min(at) FROM (
        SELECT min(reported_at) AS at FROM orders
            WHERE area_id = :area AND status = 'reported' AND origin <> 'history' AND grid_id IS NOT NULL
              AND reported_at > :after
        UNION ALL SELECT min(accept_due_at) FROM orders
            WHERE area_id = :area AND status = 'dispatched' AND accept_due_at > :after
        UNION ALL SELECT min(suspended_until) FROM orders
            WHERE area_id = :area AND status = 'suspended' AND suspended_until > :after
    ) AS due
    """
)


@dataclass(frozen=True, slots=True)
class Load:
    """What a technician carries: open orders in hand, visits made today, and where those orders lie."""

    owned: int
    done: int
    places: tuple[LonLat, ...]


async def waits_for_replay(session: AsyncSession, area_id: UUID) -> bool:
    """Whether an area on real time holds a past to be lived again: until its clock is set, nothing falls due."""
    found = await session.execute(_REPLAYED, {"area": area_id})
    return bool(found.scalar_one())


async def orders_without_owner(
    session: AsyncSession,
    area_id: UUID,
    day: date,
    now: datetime,
    ids: Sequence[UUID] | None = None,
    since: datetime | None = None,
) -> Sequence[Row[Any]]:
    """Reported orders on a grid that automatic dispatch may give to somebody, urgent ones first, then the oldest."""
    return await _needs(session, area_id, day, now, ids, since, late=False)


async def orders_not_accepted(
    session: AsyncSession, area_id: UUID, day: date, now: datetime, since: datetime | None = None
) -> Sequence[Row[Any]]:
    """Dispatched orders whose owner did not accept in time."""
    return await _needs(session, area_id, day, now, None, since, late=True)


async def order_to_pass_on(
    session: AsyncSession, area_id: UUID, day: date, now: datetime, order_id: UUID
) -> Row[Any] | None:
    """A dispatched order whose owner does not want it, whenever they would have had to accept."""
    whenever = max(now, LATEST - timedelta(days=1))
    return next(iter(await _needs(session, area_id, day, whenever, [order_id], None, late=True)), None)


async def _needs(
    session: AsyncSession,
    area_id: UUID,
    day: date,
    now: datetime,
    ids: Sequence[UUID] | None,
    since: datetime | None,
    *,
    late: bool,
) -> Sequence[Row[Any]]:
    values = {
        "area": area_id, "day": day, "now": now, "ids": None if ids is None else list(ids), "since": since,
        "late": late, "most": MOST_AT_ONCE,
    }  # fmt: skip
    return (await session.execute(_NEEDS, values)).all()


async def loads(session: AsyncSession, area_id: UUID, start: datetime, end: datetime) -> dict[UUID, Load]:
    """By technician; `done` counts visits that ended between the two instants."""
    rows = await session.execute(_LOADS, {"area": area_id, "start": start, "end": end})
    return {row.id: Load(row.owned, row.done, tuple(zip(row.lons or (), row.lats or (), strict=True))) for row in rows}


async def next_due(session: AsyncSession, area_id: UUID, after: datetime) -> datetime | None:
    """The next instant after `after` at which something falls due by itself: a report, an acceptance, a resumption."""
    found: datetime | None = (await session.execute(_NEXT_DUE, {"area": area_id, "after": after})).scalar_one()
    return found
