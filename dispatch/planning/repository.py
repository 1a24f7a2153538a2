"""The SQL that planning's rooms share: plans and their lines, runs, moves, and the area's lock."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from dispatch.orders.enums import LIVING_VISITS
from dispatch.orders.models import OPEN, Order, Visit
from dispatch.orders.repository import visible
from dispatch.planning.models import Move, Plan, PlanRun, PlanStatus, PlanStop, PlanUnplanned, RunStatus
from dispatch.technicians import repository as technicians_repository
from dispatch.technicians.models import Technician
from kit.actor import Actor
from kit.errors import Malformed, NotFound
from kit.http.requests import decode_cursor, encode_cursor

_LOCK = "hashtextextended('clock:' || CAST(:area AS text), 0)"


async def lock_area(session: AsyncSession, area_id: UUID) -> None:
    """One publication, sweep or move of an area at a time: they lock many orders, and would wait for each other."""
    await session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"), {"area": str(area_id)})


async def try_lock_area(session: AsyncSession, area_id: UUID) -> bool:
    """`lock_area` without waiting. False: somebody else has it."""
    taken = await session.execute(text(f"SELECT pg_try_advisory_xact_lock({_LOCK})"), {"area": str(area_id)})
    return bool(taken.scalar_one())


# --- plans ------------------------------------------------------------------------------------------------------------


async def plan(session: AsyncSession, actor: Actor, plan_id: UUID, *, lock: bool = False) -> Plan:
    """One plan of an area the actor may see. Raises `NotFound`."""
    query = select(Plan).where(Plan.id == plan_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = (await session.execute(query)).scalar_one_or_none()
    if found is None or not (actor.trusted or actor.scope.allows_area(found.area_id)):
        raise NotFound("planning.no_plan", plan=str(plan_id))
    return found


async def page_of_plans(
    session: AsyncSession, area_id: UUID, on: date | None, current: bool, limit: int, cursor: str | None
) -> tuple[Sequence[Plan], str | None]:
    """The newest plans of an area, of one service day if asked, after a cursor; and the next page's cursor. `current`:
    without what was superseded or discarded.
    """
    query = select(Plan).where(Plan.area_id == area_id).order_by(Plan.id.desc()).limit(limit + 1)
    if on is not None:
        query = query.where(Plan.service_date == on)
    if current:
        query = query.where(Plan.status.in_((PlanStatus.DRAFT, PlanStatus.PUBLISHED)))
    if cursor is not None:
        try:
            query = query.where(Plan.id < UUID(decode_cursor(cursor, 1)[0]))
        except ValueError as error:
            raise Malformed("malformed.cursor", field="cursor") from error
    found = (await session.execute(query.options(defer(Plan.seen)))).scalars().all()
    return found[:limit], encode_cursor(found[limit - 1].id) if len(found) > limit else None


async def published_plan(session: AsyncSession, area_id: UUID, on: date) -> Plan | None:
    """The plan people work by on a day."""
    query = select(Plan).where(Plan.area_id == area_id, Plan.service_date == on, Plan.status == PlanStatus.PUBLISHED)
    return (await session.execute(query)).scalar_one_or_none()


async def stops_of(session: AsyncSession, plan_id: UUID) -> Sequence[PlanStop]:
    """A plan's stops, route by route in their order."""
    query = select(PlanStop).where(PlanStop.plan_id == plan_id).order_by(PlanStop.technician_id, PlanStop.position)
    return (await session.execute(query)).scalars().all()


async def visible_stops(session: AsyncSession, actor: Actor, plan_id: UUID) -> list[tuple[PlanStop, str]]:
    """A plan's stops with their orders' numbers, route by route, of the orders the actor may see."""
    query = (
        select(PlanStop, Order.number)
        .join(Order, Order.id == PlanStop.order_id)
        .where(PlanStop.plan_id == plan_id, visible(actor))
        .order_by(PlanStop.technician_id, PlanStop.position)
    )
    return [(stop, number) for stop, number in (await session.execute(query)).all()]


async def visible_unplanned(session: AsyncSession, actor: Actor, plan_id: UUID) -> list[tuple[PlanUnplanned, str]]:
    """What a plan leaves out, oldest report first, of the orders the actor may see."""
    query = (
        select(PlanUnplanned, Order.number)
        .join(Order, Order.id == PlanUnplanned.order_id)
        .where(PlanUnplanned.plan_id == plan_id, visible(actor))
        .order_by(Order.reported_at, Order.number)
    )
    return [(left, number) for left, number in (await session.execute(query)).all()]


async def names_of(session: AsyncSession, technician_ids: Collection[UUID]) -> dict[UUID, str]:
    """Names by technician."""
    query = select(Technician.id, Technician.name).where(Technician.id.in_(technician_ids))
    return {row.id: row.name for row in await session.execute(query)}


async def add_stops(session: AsyncSession, stops: list[dict[str, Any]], unplanned: list[dict[str, Any]]) -> None:
    """Write a plan's lines, a thousand at a time."""
    for table, rows in ((PlanStop, stops), (PlanUnplanned, unplanned)):
        for begin in range(0, len(rows), 1000):
            await session.execute(insert(table), rows[begin : begin + 1000])


# --- runs -------------------------------------------------------------------------------------------------------------


async def run(session: AsyncSession, actor: Actor, run_id: UUID, *, lock: bool = False) -> PlanRun:
    """One planning run of an area the actor may see. Raises `NotFound`."""
    query = select(PlanRun).where(PlanRun.id == run_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = (await session.execute(query)).scalar_one_or_none()
    if found is None or not (actor.trusted or actor.scope.allows_area(found.area_id)):
        raise NotFound("planning.no_run", run=str(run_id))
    return found


async def living_run(session: AsyncSession, area_id: UUID, on: date) -> PlanRun | None:
    """The run of a day that is queued or running."""
    query = (
        select(PlanRun)
        .where(
            PlanRun.area_id == area_id,
            PlanRun.service_date == on,
            PlanRun.status.in_((RunStatus.QUEUED, RunStatus.RUNNING)),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def numbers(session: AsyncSession, order_ids: Iterable[str | UUID]) -> list[str]:
    """The readable numbers of orders."""
    rows = await session.execute(
        text("SELECT number FROM orders WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY number"),
        {"ids": [str(order_id) for order_id in order_ids]},
    )
    return [row.number for row in rows]


async def seen_by(session: AsyncSession, actor: Actor, area_id: UUID) -> tuple[set[UUID], set[UUID]]:
    """The open orders and the technicians of an area that the actor may see."""
    orders = select(Order.id).where(Order.area_id == area_id, Order.status.in_(OPEN), visible(actor))
    people = select(Technician.id).where(Technician.area_id == area_id, technicians_repository.visible(actor))
    return set(await session.scalars(orders)), set(await session.scalars(people))


async def numbers_of(session: AsyncSession, moves: Sequence[Move]) -> dict[UUID | None, str]:
    """The numbers of the orders that were moved, by id."""
    wanted = {move.order_id for move in moves if move.order_id is not None}
    rows = await session.execute(select(Order.id, Order.number).where(Order.id.in_(wanted)))
    return {row.id: row.number for row in rows}


# --- what plans did ---------------------------------------------------------------------------------------------------

_BESIDE = ("noted", "attached", "chased", "edited")
"""Acts that concern neither who goes there nor when."""

_ACTED = text(
    """
    SELECT e.order_id FROM jsonb_each(CAST(:events AS jsonb)) AS made (id, counts)
    JOIN order_events e ON e.order_id = CAST(made.id AS uuid) AND e.sequence > CAST(made.counts ->> 1 AS integer)
    WHERE e.type <> ALL(:beside)
    UNION
    SELECT m.order_id FROM plan_moves m
    WHERE m.area_id = :area AND m.service_date = :day AND m.id > :row AND m.undone_at IS NULL AND m.order_id IS NOT NULL
    """
)


async def moves_of_plan(session: AsyncSession, plan_id: UUID) -> Sequence[Move]:
    """What a plan did when it was published or applied in part, as far as it stands; the newest first."""
    query = select(Move).where(Move.plan_id == plan_id, Move.undone_at.is_(None)).order_by(Move.id.desc())
    return (await session.execute(query.with_for_update())).scalars().all()


async def acted_since(session: AsyncSession, row: Move) -> set[UUID]:
    """The orders of a move that somebody has acted on or moved since."""
    values = {
        "events": json.dumps(row.events), "beside": list(_BESIDE), "area": row.area_id, "day": row.service_date,
        "row": row.id,
    }  # fmt: skip
    return set((await session.execute(_ACTED, values)).scalars())


async def rebase_event_counts(session: AsyncSession, row: Move, order_ids: Iterable[UUID]) -> None:
    """Raise the event counts of older moves after `row` was undone for these orders.

    Undoing a move adds events to its orders. Older plan records must not see those events as somebody's later action.
    """
    query = select(Move).where(
        Move.area_id == row.area_id, Move.service_date == row.service_date, Move.plan_id.is_not(None),
        Move.id < row.id, Move.undone_at.is_(None),
    )  # fmt: skip
    taken_back = {str(order_id) for order_id in order_ids if str(order_id) in row.events}
    rows = await session.execute(select(Order.id, Order.events).where(Order.id.in_(taken_back)))
    now = {str(order_id): events for order_id, events in rows}
    for under in (await session.execute(query.with_for_update())).scalars():
        same = {key for key in taken_back & under.events.keys() if under.events[key][1] == row.events[key][0]}
        if same:
            under.events = {**under.events, **{key: [under.events[key][0], now[key]] for key in same}}
    await session.flush()


async def orders_visited_by(session: AsyncSession, plan_id: UUID) -> set[UUID]:
    """The orders whose living visit came with a plan, or with a move while it was the day's plan."""
    return set(
        await session.scalars(select(Visit.order_id).where(Visit.plan_id == plan_id, Visit.status.in_(LIVING_VISITS)))
    )
