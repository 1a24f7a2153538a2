"""Moves on the board: made at the price that was shown, and taken back by who made them.

A move, an applied plan and a pin are the same thing: some orders get another assignment. The row kept in `plan_moves`
holds the assignments before and after, so that the move can be undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.travel import TravelSource
from dispatch.orders.models import Order, OrderEvent
from dispatch.planning import models, repository
from dispatch.planning.board.assignments import (
    Assignments,
    Outcome,
    Why,
    apply_assignments,
    assignments_of,
    current_assignments,
    from_json,
    lock_orders,
    to_json,
)
from dispatch.planning.board.board import Board, moment_of
from dispatch.planning.board.board_cache import load_board
from dispatch.planning.board.pricing import Move, Offer, price
from dispatch.planning.board.wording import Speaker
from dispatch.planning.day.sick_leave import back_at_work, leaves_of, sick_again
from dispatch.planning.own_part import require_part, require_swap
from grids.models import ServiceArea
from kit.actor import Actor
from kit.errors import Conflict, Malformed, NotFound, Stale
from kit.ids import uuid7
from kit.live import announce

TRIES = 3
MOVES_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Made:
    """A move that was made, and the price it was made at."""

    row: models.Move
    offer: Offer
    board: Board


# --- making one -------------------------------------------------------------------------------------------------------


async def make_move(
    session: AsyncSession,
    actor: Actor,
    area: ServiceArea,
    on: date,
    travel: TravelSource | None,
    move: Move,
    version: str,
    language: str,
) -> Made:
    """Make a move at the price that was shown under `version`.

    Raises `Stale` where what the price relied on is not so any more (`current` shows the routes as they are and what
    happened), `Conflict` where a hard rule forbids it.
    """
    as_of = moment_of(version)
    if as_of is None:
        raise Malformed("malformed.price_version", field="If-Match")
    await repository.lock_area(session, area.id)
    board, offer, orders = await settled(session, area, on, travel, move, as_of)
    if offer.version != version:
        raise Stale("stale", current=await _what_changed(session, board, offer, as_of, language))
    if not offer.allowed or offer.priced is None:
        said = Speaker(board, language).offer(offer)
        words = " ".join(violation.text for violation in said.violations)
        raise Conflict("planning.refused", reasons=words, current=msgspec.to_builtins(said))
    await require_part(session, actor, area.id, [move.order_id], [move.technician_id, offer.holder])
    before = await current_assignments(session, orders)
    published = await repository.published_plan(session, area.id, on)
    dropped = [move.order_id] if move.technician_id is None else []
    after = assignments_of(board, before, offer.priced.routes, dropped, None if published is None else published.id)
    order = orders[move.order_id]
    kind = _kind(order, offer)
    row = models.Move(
        id=uuid7(), area_id=area.id, service_date=on, account_id=actor.account_id, kind=kind, order_id=order.id,
        at=area.clock.now(), cost=offer.priced.price, terms=dict(offer.priced.terms), before={}, after={},
    )  # fmt: skip
    before = {key: before[key] for key in after}
    await record(session, actor, area, row, before, after, why="dispatcher", note=_note(row, actor))
    return Made(row, offer, board)


async def pin_visit(
    session: AsyncSession, actor: Actor, area: ServiceArea, order_id: UUID, pin: str | None
) -> models.Move:
    """Fix a planned visit's technician, time, both or place in the route, or nothing.

    Raises `Conflict` where no visit is planned, or it has begun.
    """
    await repository.lock_area(session, area.id)
    orders = await lock_orders(session, [order_id])
    before = await current_assignments(session, orders)
    visit = before[order_id].visit
    if visit is None or visit.start is None:
        begun = before[order_id].begun
        raise Conflict("planning.begun" if begun else "planning.no_visit", number=orders[order_id].number)
    await require_part(session, actor, area.id, [order_id], [visit.technician_id])
    after = {order_id: msgspec.structs.replace(before[order_id], visit=msgspec.structs.replace(visit, pin=pin))}
    on = visit.start.astimezone(ZoneInfo(area.timezone)).date()
    row = models.Move(
        id=uuid7(), area_id=area.id, service_date=on, account_id=actor.account_id, kind="pin", order_id=order_id,
        at=area.clock.now(), cost=0.0, terms={}, before={}, after={},
    )  # fmt: skip
    await record(session, actor, area, row, before, after, why="dispatcher", note=_note(row, actor))
    return row


def _note(row: models.Move, actor: Actor) -> str:
    return f"move {row.id} by {actor.name}"


async def settled(
    session: AsyncSession, area: ServiceArea, on: date, travel: TravelSource | None, move: Move, as_of: datetime
) -> tuple[Board, Offer, dict[UUID, Order]]:
    """Board and price with every order they rely on locked, so that nothing moves until we are done."""
    for _ in range(TRIES):
        board = await load_board(session, area, on, travel, as_of=as_of)
        offer = price(board, move)
        relied_on = {move.order_id}
        for person in {move.technician_id, offer.holder} - {None}:
            route = board.ledger.routes.get(str(person))
            relied_on.update(UUID(visit_id) for visit_id in (() if route is None else route.visit_ids))
        orders = await lock_orders(session, relied_on)
        if (await load_board(session, area, on, travel, as_of=as_of)).revision == board.revision:
            return board, offer, orders
    raise Conflict("conflict.retry")


def _kind(order: Order, offer: Offer) -> str:
    if offer.move.technician_id is None:
        return "unassign"
    if offer.holder == offer.move.technician_id:
        return "reorder"
    return "assign" if order.owner_id is None else "reassign"


async def record(
    session: AsyncSession,
    actor: Actor,
    area: ServiceArea,
    row: models.Move,
    before: Assignments,
    after: Assignments,
    *,
    why: Why,
    note: str,
) -> Outcome:
    """Apply assignments, store the move with both sides, and announce the routes it changed."""
    orders = {order_id: order for order_id in after if (order := await session.get(Order, order_id)) is not None}
    counts = counted(orders)
    done = await apply_assignments(session, actor, area, after, why=why, note=note)
    visits = [one.visit for side in (before, after) for one in side.values()]
    done.technicians |= {visit.technician_id for visit in visits if visit is not None}
    row.before, row.after = to_json(before), to_json(await current_assignments(session, orders))
    row.events = {str(order_id): [counts[order_id], order.events] for order_id, order in orders.items()}
    session.add(row)
    await session.flush()
    await tell(session, area.id, done.technicians)
    return done


def counted(orders: Mapping[UUID, Order]) -> dict[UUID, int]:
    """How many events each order has."""
    return {order_id: order.events for order_id, order in orders.items()}


async def tell(session: AsyncSession, area_id: UUID, technicians: Iterable[UUID]) -> None:
    for technician_id in sorted(technicians):
        await announce(session, area_id, "route", technician_id)


async def _what_changed(
    session: AsyncSession, board: Board, offer: Offer, since: datetime, language: str
) -> dict[str, Any]:
    """For who comes too late: the touched routes as they are, and what happened on them since the price was made."""
    people = {person for person in (offer.move.technician_id, offer.holder) if person is not None}
    on_them = {offer.move.order_id}
    routes = []
    for person in sorted(people):
        route = board.ledger.routes.get(str(person))
        on_them.update(UUID(visit_id) for visit_id in (() if route is None else route.visit_ids))
        routes.append(
            {
                "technicianId": str(person),
                "name": board.people[person].name,
                "stops": [
                    {
                        "orderId": stop.visit_id,
                        "number": board.orders[UUID(stop.visit_id)].number,
                        "start": board.day.span.instant(stop.start).isoformat(),
                    }
                    for stop in (() if route is None else route.stops)
                ],
            }
        )
    events = (
        select(OrderEvent, Order.number)
        .join(Order, Order.id == OrderEvent.order_id)
        .where(OrderEvent.order_id.in_(on_them), OrderEvent.received_at >= since)
        .order_by(OrderEvent.received_at.desc())
        .limit(20)
    )
    moved = (
        select(models.Move)
        .where(
            models.Move.area_id == board.key.area_id, models.Move.service_date == board.key.on, models.Move.at >= since
        )
        .order_by(models.Move.id.desc())
        .limit(20)
    )
    return {
        "price": msgspec.to_builtins(Speaker(board, language).offer(offer)),
        "routes": routes,
        "changes": [
            {"orderId": str(event.order_id), "number": number, "type": event.type, "at": event.received_at.isoformat()}
            for event, number in (await session.execute(events)).all()
        ],
        "moves": [
            {
                "id": str(row.id),
                "kind": row.kind,
                "orderId": None if row.order_id is None else str(row.order_id),
                "at": row.at.isoformat(),
            }
            for row in (await session.execute(moved)).scalars()
        ],
    }


# --- taking back and doing again --------------------------------------------------------------------------------------


async def own_moves(session: AsyncSession, actor: Actor, area_id: UUID, on: date) -> Sequence[models.Move]:
    """A person's moves of a day, newest first; publishing and what was taken back with its plan are not undone here."""
    query = (
        select(models.Move)
        .outerjoin(models.Plan, models.Plan.id == models.Move.plan_id)
        .where(
            models.Move.area_id == area_id,
            models.Move.service_date == on,
            models.Move.account_id == actor.account_id,
            models.Move.kind != "publish",
            models.Plan.status.is_distinct_from(models.PlanStatus.DISCARDED),
        )
        .order_by(models.Move.id.desc())
        .limit(MOVES_SHOWN)
    )
    return (await session.execute(query)).scalars().all()


def to_undo(moves: Sequence[models.Move]) -> models.Move | None:
    """The newest that stands."""
    return next((row for row in moves if row.undone_at is None), None)


def to_redo(moves: Sequence[models.Move]) -> models.Move | None:
    """The oldest of those taken back after the newest that stands; a new move ends what could be done again."""
    found = None
    for row in moves:
        if row.undone_at is None:
            break
        found = row
    return found


async def undo(session: AsyncSession, actor: Actor, area: ServiceArea, on: date) -> models.Move:
    """Take back one's newest move. Raises `NotFound` where there is none, `Stale` naming what moved since."""
    await repository.lock_area(session, area.id)
    row = to_undo(await own_moves(session, actor, area.id, on))
    if row is None:
        raise NotFound("planning.nothing_to_undo")
    await _swap(session, actor, area, row, row.after, row.before)
    if row.plan_id is not None and (plan := await session.get(models.Plan, row.plan_id)) is not None:
        await back_at_work(session, leaves_of(plan))
    row.undone_at = area.clock.now()
    await repository.rebase_event_counts(session, row, from_json(row.after))
    await session.flush()
    return row


async def redo(session: AsyncSession, actor: Actor, area: ServiceArea, on: date) -> models.Move:
    """Do again what was taken back last. Raises like `undo`."""
    await repository.lock_area(session, area.id)
    row = to_redo(await own_moves(session, actor, area.id, on))
    if row is None:
        raise NotFound("planning.nothing_to_redo")
    counts = await _swap(session, actor, area, row, row.before, row.after)
    row.events = {key: [counts[UUID(key)], (await session.get_one(Order, UUID(key))).events] for key in row.events}
    if row.plan_id is not None and (plan := await session.get(models.Plan, row.plan_id)) is not None:
        await sick_again(session, plan)
    row.undone_at = None
    await session.flush()
    return row


async def _swap(
    session: AsyncSession,
    actor: Actor,
    area: ServiceArea,
    row: models.Move,
    now: Mapping[str, Any],
    then: Mapping[str, Any],
) -> dict[UUID, int]:
    """From one side of a move to the other, if the day still stands on the first; answers the orders' events so far."""
    expected, target = from_json(now), from_json(then)
    await require_swap(session, actor, area.id, expected, target)
    orders = await lock_orders(session, expected)
    counts = counted(orders)
    actual = await current_assignments(session, orders)
    moved = [order_id for order_id, one in expected.items() if actual.get(order_id) != one]
    if moved:
        numbers = await repository.numbers(session, moved)
        raise Stale("planning.moved_since", orders=", ".join(numbers[:20]), current={"orders": numbers})
    touched = {one.visit.technician_id for one in expected.values() if one.visit is not None}
    note = f"move {row.id} taken back or done again by {actor.name}"
    done = await apply_assignments(session, actor, area, target, why="dispatcher", note=note)
    await tell(session, area.id, touched | done.technicians)
    return counts
