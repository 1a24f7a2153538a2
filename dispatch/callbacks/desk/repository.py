"""All SQL of the queue of calls: taking, holding, trying again, and the figures of a day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Row, cast, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.callbacks.desk.models import CallbackEntry
from dispatch.callbacks.models import CallbackAttempt, Reached, Satisfaction
from dispatch.orders.models import Order
from dispatch.orders.repository import visible
from kit.actor import Actor

_FREE = {"holder_id": None, "held_since": None, "held_until": None}


async def held_by(session: AsyncSession, area_id: UUID, account_id: UUID, real: datetime) -> CallbackEntry | None:
    """The call that an agent holds, the longest held first."""
    query = (
        select(CallbackEntry)
        .where(
            CallbackEntry.area_id == area_id,
            CallbackEntry.holder_id == account_id,
            CallbackEntry.held_until > real,
            CallbackEntry.left_at.is_(None),
        )
        .order_by(CallbackEntry.held_since)
        .limit(1)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(query)).one_or_none()


async def first_free(
    session: AsyncSession, actor: Actor, area_id: UUID, now: datetime, real: datetime, without: Collection[UUID]
) -> CallbackEntry | None:
    """The first call that is due and that nobody holds, locked; rows that others lock at this moment are passed by."""
    query = (
        select(CallbackEntry)
        .where(
            CallbackEntry.area_id == area_id,
            CallbackEntry.left_at.is_(None),
            CallbackEntry.next_at <= now,
            or_(CallbackEntry.held_until.is_(None), CallbackEntry.held_until <= real),
        )
        .order_by(CallbackEntry.rank_at, CallbackEntry.order_id)
        .limit(1)
        .with_for_update(of=CallbackEntry, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if actor.scope.grids is not None or actor.scope.contractor is not None:
        query = query.join(Order, Order.id == CallbackEntry.order_id).where(visible(actor))
    if without:
        query = query.where(
            or_(CallbackEntry.subscriber_id.is_(None), CallbackEntry.subscriber_id.not_in(list(without)))
        )
    return (await session.scalars(query)).one_or_none()


async def subscriber_is_free(session: AsyncSession, subscriber_id: UUID, real: datetime) -> bool:
    """Whether nobody talks to this subscriber about another order; until the commit nobody else can begin to."""
    lock = select(func.pg_try_advisory_xact_lock(func.hashtextextended(f"callback {subscriber_id}", 0)))
    if not (await session.execute(lock)).scalar_one():
        return False
    held = select(CallbackEntry.order_id).where(
        CallbackEntry.subscriber_id == subscriber_id,
        CallbackEntry.holder_id.is_not(None),
        CallbackEntry.held_until > real,
        CallbackEntry.left_at.is_(None),
    )
    return (await session.execute(held.limit(1))).first() is None


async def entry(session: AsyncSession, order_id: UUID, *, lock: bool = False) -> CallbackEntry | None:
    """The row of an order, as the database has it now."""
    query = select(CallbackEntry).where(CallbackEntry.order_id == order_id)
    if lock:
        query = query.with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()


async def try_again(session: AsyncSession, order_id: UUID, at: datetime) -> None:
    """Nobody was reached: the call is free again, from `at` on."""
    changed = update(CallbackEntry).where(CallbackEntry.order_id == order_id)
    await session.execute(changed.values(next_at=at, rank_at=at, draft={}, **_FREE))


async def leave(session: AsyncSession, order_id: UUID, at: datetime, result: str) -> None:
    """The call is over, and the order stays as it is (a cancelled one)."""
    changed = update(CallbackEntry).where(CallbackEntry.order_id == order_id, CallbackEntry.left_at.is_(None))
    await session.execute(changed.values(left_at=at, result=result, draft={}, **_FREE))


async def release(session: AsyncSession, order_id: UUID) -> None:
    """Nobody holds the call any more; what was answered so far stays."""
    await session.execute(update(CallbackEntry).where(CallbackEntry.order_id == order_id).values(**_FREE))


_OTHERS = text("""
SELECT o.id, o.number, o.status, o.fault_type, o.reported_at, o.closed_at,
       o.subscriber_id IS NOT DISTINCT FROM CAST(:subscriber AS uuid) AND o.subscriber_id IS NOT NULL AS same_subscriber
FROM orders o WHERE o.area_id = :area AND o.id <> :order
AND (o.subscriber_id = CAST(:subscriber AS uuid) OR o.address = CAST(:address AS text))
ORDER BY o.reported_at DESC LIMIT 12
""")


async def others(session: AsyncSession, order: Order) -> Sequence[Row[Any]]:
    """Other orders of the same subscriber and of the same address, the newest first."""
    asked = {"area": order.area_id, "order": order.id, "subscriber": order.subscriber_id, "address": order.address}
    return (await session.execute(_OTHERS, asked)).all()


# --- the day in figures -----------------------------------------------------------------------------------------------

_HOURS = text("""
WITH hours AS (SELECT generate_series(CAST(:start AS timestamptz), CAST(:end AS timestamptz) - interval '1 hour',
                                      interval '1 hour') AS hour),
ended AS (
    SELECT o.status_ended AS at, EXISTS (SELECT 1 FROM callback_attempts a WHERE a.order_id = o.id) AS called
    FROM (SELECT id, coalesce(completed_at, cancelled_at) AS status_ended FROM orders
          WHERE area_id = :area AND origin <> 'history'
          AND (completed_at >= :start AND completed_at < :end OR cancelled_at >= :start AND cancelled_at < :end)) o),
calls AS (SELECT a.at, a.reached FROM callback_attempts a JOIN orders o ON o.id = a.order_id
          WHERE o.area_id = :area AND a.at >= :start AND a.at < :end AND a.agent_id IS NOT NULL)
SELECT h.hour,
       (SELECT count(*) FROM calls c WHERE c.at >= h.hour AND c.at < h.hour + interval '1 hour') AS calls,
       (SELECT count(*) FROM calls c WHERE c.at >= h.hour AND c.at < h.hour + interval '1 hour'
        AND c.reached = 'answered') AS reached,
       (SELECT count(*) FROM ended e WHERE e.at >= h.hour AND e.at < h.hour + interval '1 hour') AS ended,
       (SELECT count(*) FROM ended e WHERE e.at >= h.hour AND e.at < h.hour + interval '1 hour' AND e.called) AS covered
FROM hours h ORDER BY h.hour
""")


async def hours(session: AsyncSession, area_id: UUID, start: datetime, end: datetime) -> Sequence[Row[Any]]:
    """Hour by hour: calls made, people reached, orders that ended then, and those of them that were called since."""
    return (await session.execute(_HOURS, {"area": area_id, "start": start, "end": end})).all()


_AGENTS = text("""
SELECT a.agent_id, coalesce(who.name, '–') AS name, count(*) AS calls,
       count(*) FILTER (WHERE a.reached = 'answered') AS reached,
       avg(CAST(a.answers ->> 'seconds' AS double precision)) AS seconds
FROM callback_attempts a JOIN orders o ON o.id = a.order_id LEFT JOIN accounts who ON who.id = a.agent_id
WHERE o.area_id = :area AND a.at >= :start AND a.at < :end AND a.agent_id IS NOT NULL
AND (CAST(:agent AS uuid) IS NULL OR a.agent_id = :agent)
GROUP BY a.agent_id, who.name ORDER BY count(*) DESC, name
""")


async def agents(
    session: AsyncSession, area_id: UUID, start: datetime, end: datetime, agent_id: UUID | None = None
) -> Sequence[Row[Any]]:
    """What each agent (or this one) did in a time: calls, people reached, mean seconds of a call."""
    asked = {"area": area_id, "start": start, "end": end, "agent": agent_id}
    return (await session.execute(_AGENTS, asked)).all()


_COUNTS = text("""
SELECT count(*) AS waiting, count(*) FILTER (WHERE due_at < :now) AS late,
       count(*) FILTER (WHERE next_at > :now) AS later
FROM callback_entries WHERE area_id = :area AND left_at IS NULL
""")
_HELD = text("""
SELECT e.order_id, o.number, coalesce(a.name, '–') AS name, e.held_since, e.held_until
FROM callback_entries e JOIN orders o ON o.id = e.order_id LEFT JOIN accounts a ON a.id = e.holder_id
WHERE e.area_id = :area AND e.left_at IS NULL AND e.holder_id IS NOT NULL AND e.held_until > :real
ORDER BY e.held_since
""")
_WAITING = text("""
SELECT e.order_id, o.number, o.fault_type, e.risk, e.due_at, greatest(e.next_at, :open_at) AS next_at,
       o.callback_attempts AS tries, CASE WHEN e.held_until > :real THEN a.name END AS holder
FROM callback_entries e JOIN orders o ON o.id = e.order_id LEFT JOIN accounts a ON a.id = e.holder_id
WHERE e.area_id = :area AND e.left_at IS NULL ORDER BY e.rank_at, e.order_id LIMIT :limit
""")
_SURVEYS = text("""
SELECT o.id AS order_id, o.number, s.sent_at, s.expires_at, s.opened_at, s.answered_at,
       CASE WHEN s.answered_at IS NOT NULL THEN 'answered' WHEN s.expires_at <= :real THEN 'silent'
            WHEN s.opened_at IS NOT NULL THEN 'opened' ELSE 'sent' END AS state,
       last.satisfaction
FROM survey_links s JOIN orders o ON o.id = s.order_id
LEFT JOIN LATERAL (SELECT a.satisfaction FROM callback_attempts a WHERE a.order_id = o.id
                   AND a.answers ->> 'channel' = 'survey' ORDER BY a.number DESC LIMIT 1) last ON true
WHERE o.area_id = :area ORDER BY s.sent_at DESC, o.id LIMIT :limit
""")


async def counts(session: AsyncSession, area_id: UUID, now: datetime) -> Sequence[Row[Any]]:
    """One row: how many calls wait, how many of them are late, and how many may be made only later."""
    return (await session.execute(_COUNTS, {"area": area_id, "now": now})).all()


async def held(session: AsyncSession, area_id: UUID, real: datetime) -> Sequence[Row[Any]]:
    """Who is at which call now."""
    return (await session.execute(_HELD, {"area": area_id, "real": real})).all()


async def first_waiting(
    session: AsyncSession, area_id: UUID, real: datetime, open_at: datetime, limit: int
) -> Sequence[Row[Any]]:
    """The head of the queue, each with its next moment (not before the desk may call) and its holder."""
    asked = {"area": area_id, "real": real, "open_at": open_at, "limit": limit}
    return (await session.execute(_WAITING, asked)).all()


async def surveys(session: AsyncSession, area_id: UUID, real: datetime, limit: int) -> Sequence[Row[Any]]:
    """What came of the links that went out, the newest first: sent, opened, answered, or silent."""
    return (await session.execute(_SURVEYS, {"area": area_id, "real": real, "limit": limit})).all()


async def awaiting(
    session: AsyncSession, actor: Actor, area_id: UUID, now: datetime, real: datetime, opens: datetime,
    ends: Sequence[datetime],
) -> Sequence[Row[Any]]:  # fmt: skip
    """What waits for a call of the caller, by the part of the day in which it may first be made; held ones left out.

    `ends` are the ends of today's parts. Rows of part (0 for the first, `len(ends)` for after today), the number of
    calls, how many are late, how many may be made now, and the first moment of one that may not yet.
    """
    first = func.greatest(CallbackEntry.next_at, opens)
    part = func.width_bucket(first, cast(list(ends), ARRAY(DateTime(timezone=True)))).label("part")
    soon = first > now
    query = (
        select(
            part,
            func.count().label("waiting"),
            func.count().filter(CallbackEntry.due_at < now).label("late"),
            func.count().filter(~soon).label("due"),
            func.min(first).filter(soon).label("next_at"),
        )
        .where(
            CallbackEntry.area_id == area_id,
            CallbackEntry.left_at.is_(None),
            or_(CallbackEntry.held_until.is_(None), CallbackEntry.held_until <= real),
        )
        .group_by(part)
        .order_by(part)
    )
    if actor.scope.grids is not None or actor.scope.contractor is not None:
        query = query.join(Order, Order.id == CallbackEntry.order_id).where(visible(actor))
    return (await session.execute(query)).all()


async def calls_of(
    session: AsyncSession, area_id: UUID, agent_id: UUID, start: datetime, end: datetime
) -> Sequence[Row[UUID, str, datetime, Reached, Satisfaction | None]]:
    """An agent's calls in a time, the newest first: order, number, moment, how it went."""
    query = (
        select(
            Order.id.label("order_id"), Order.number, CallbackAttempt.at, CallbackAttempt.reached,
            CallbackAttempt.satisfaction,
        )
        .join(Order, Order.id == CallbackAttempt.order_id)
        .where(
            Order.area_id == area_id, CallbackAttempt.agent_id == agent_id, CallbackAttempt.at >= start,
            CallbackAttempt.at < end,
        )
        .order_by(CallbackAttempt.at.desc(), CallbackAttempt.id.desc())
    )  # fmt: skip
    return (await session.execute(query)).all()
