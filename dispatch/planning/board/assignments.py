"""Assignments: who owns an order, and the planned visit that goes with it.

This module reads the current assignments, computes new ones from routes, and applies them. It is the only way from a
plan or a move to stored visits. Owners change only through the acts of the orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.enums import LIVING_VISITS
from dispatch.orders.models import Order, Status, Visit, VisitPin, VisitStatus
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from dispatch.planning.board.board import Board
from dispatch.planning.day.timed_stops import timed_stops
from dispatch.planning.models import Plan, PlanStop
from grids.models import ServiceArea
from kit.actor import Actor
from kit.ids import uuid7
from optimizer.problem import Route

_CHANGES_HANDS = (Status.REPORTED, Status.DISPATCHED, Status.ACCEPTED)
_MAY_BE_PLANNED = (*_CHANGES_HANDS, Status.SUSPENDED)

Why = Literal["plan", "dispatcher"]
"""The reason that the orders' events keep: a plan was applied, or a person moved something."""


class PlannedVisit(msgspec.Struct, kw_only=True, rename="camel", frozen=True):
    """A planned visit with its times. `travel_seconds` is the way to it."""

    technician_id: UUID
    position: int | None
    arrival: datetime | None
    start: datetime | None
    end: datetime | None
    travel_seconds: int | None
    pin: str | None
    plan_id: UUID | None


class Assignment(msgspec.Struct, kw_only=True, rename="camel", frozen=True):
    """An order's owner and planned visit. `begun`: the owner is on the way or at work, and no move changes that."""

    owner_id: UUID | None
    visit: PlannedVisit | None
    begun: bool = False


Assignments = Mapping[UUID, Assignment]
"""By order."""


@dataclass(slots=True)
class Outcome:
    """What applying assignments did: orders that got an owner or another one, visits that were planned or withdrawn,
    and the technicians whose routes changed.
    """

    dispatched: int = 0
    reassigned: int = 0
    visits: int = 0
    withdrawn: int = 0
    technicians: set[UUID] = field(default_factory=set)


def to_json(assignments: Assignments) -> dict[str, Any]:
    """Assignments as `plan_moves` keeps them."""
    return {str(order_id): msgspec.to_builtins(one) for order_id, one in assignments.items()}


def from_json(stored: Mapping[str, Any]) -> dict[UUID, Assignment]:
    """Assignments as `to_json` wrote them."""
    return {UUID(order_id): msgspec.convert(one, Assignment, strict=False) for order_id, one in stored.items()}


async def lock_orders(session: AsyncSession, order_ids: Iterable[UUID]) -> dict[UUID, Order]:
    """The orders, locked in the order of their ids."""
    query = select(Order).where(Order.id.in_(sorted(set(order_ids)))).order_by(Order.id).with_for_update()
    rows = await session.execute(query.execution_options(populate_existing=True))
    return {order.id: order for order in rows.scalars()}


async def _living(session: AsyncSession, order_ids: Iterable[UUID]) -> dict[UUID, Visit]:
    query = select(Visit).where(Visit.order_id.in_(list(order_ids)), Visit.status.in_(LIVING_VISITS))
    rows = await session.execute(query.execution_options(populate_existing=True))
    return {visit.order_id: visit for visit in rows.scalars()}


async def current_assignments(session: AsyncSession, orders: Mapping[UUID, Order]) -> dict[UUID, Assignment]:
    """The assignments of these orders as they are stored."""
    living = await _living(session, orders)
    return {order_id: _current(order, living.get(order_id)) for order_id, order in orders.items()}


def _current(order: Order, visit: Visit | None) -> Assignment:
    if visit is None or visit.status is not VisitStatus.PLANNED:
        return Assignment(owner_id=order.owner_id, visit=None, begun=visit is not None)
    return Assignment(
        owner_id=order.owner_id,
        visit=PlannedVisit(
            technician_id=visit.technician_id,
            position=visit.position,
            arrival=visit.planned_arrival,
            start=visit.planned_start,
            end=visit.planned_end,
            travel_seconds=visit.travel_seconds,
            pin=None if visit.pin is None else str(visit.pin.value),
            plan_id=visit.plan_id,
        ),
    )


def assignments_of(
    board: Board,
    current: Assignments,
    routes: Mapping[str, Route | None],
    dropped: Iterable[UUID],
    plan_id: UUID | None,
) -> dict[UUID, Assignment]:
    """The assignments that these routes of the board mean; `dropped` orders lose owner and visit.

    A visit that stays with its technician keeps its pin and its plan; any other gets `plan_id`.
    """
    found: dict[UUID, Assignment] = {}
    for technician_id, route in routes.items():
        begun = board.ledger.begun[technician_id]
        for stop in timed_stops(board.day.span, route):
            if str(stop.order_id) in begun:
                continue
            before = current[stop.order_id].visit
            stays = before is not None and before.technician_id == stop.technician_id
            visit = PlannedVisit(
                technician_id=stop.technician_id,
                position=stop.position,
                arrival=stop.arrival,
                start=stop.start,
                end=stop.end,
                travel_seconds=stop.travel_seconds,
                pin=before.pin if before is not None and stays else None,
                plan_id=before.plan_id if before is not None and stays and before.plan_id else plan_id,
            )
            found[stop.order_id] = Assignment(owner_id=stop.technician_id, visit=visit)
    for order_id in dropped:
        found[order_id] = Assignment(owner_id=None, visit=None)
    return found


def assignments_of_plan(
    plan: Plan, stops: Sequence[PlanStop], orders: Mapping[UUID, Order], current: Assignments
) -> dict[UUID, Assignment]:
    """The assignments that a whole plan means for these orders. An order that the plan leaves out keeps its owner and
    loses its visit. Work that has begun or is over keeps its owner.
    """
    found = {key: msgspec.structs.replace(one, visit=None) for key, one in current.items()}
    for stop in stops:
        before, now = current[stop.order_id], orders[stop.order_id]
        if not before.begun and now.status not in _MAY_BE_PLANNED:
            continue
        stays = before.visit is not None and before.visit.technician_id == stop.technician_id
        visit = PlannedVisit(
            technician_id=stop.technician_id,
            position=stop.position,
            arrival=stop.arrival,
            start=stop.start,
            end=stop.departure,
            travel_seconds=stop.travel_seconds,
            pin=before.visit.pin if before.visit is not None and stays else None,
            plan_id=plan.id,
        )
        owner = stop.technician_id if now.status in _CHANGES_HANDS else now.owner_id
        found[stop.order_id] = Assignment(owner_id=owner, visit=visit, begun=before.begun)
    return found


async def apply_assignments(
    session: AsyncSession, actor: Actor, area: ServiceArea, assignments: Assignments, *, why: Why, note: str
) -> Outcome:
    """Give orders these owners and planned visits.

    The orders must be locked. Owners change by acts; an act that the state machine refuses is its `Conflict`. Of work
    under way only the place in the route and the plan change.
    """
    done = Outcome()
    for order_id in sorted(assignments):
        await _change_owner(session, actor, order_id, assignments[order_id].owner_id, why, note, done)
    living = await _living(session, assignments)
    now = area.clock.now()
    for visit in list(living.values()):
        target = assignments[visit.order_id].visit
        if visit.status is VisitStatus.PLANNED and (target is None or target.technician_id != visit.technician_id):
            visit.status, visit.ended_at = VisitStatus.CANCELLED, now
            done.withdrawn += target is None
            done.technicians.add(visit.technician_id)
            del living[visit.order_id]
    await session.flush()  # before new ones come: the database allows one living visit an order
    for order_id, assignment in assignments.items():
        if assignment.visit is not None:
            _set_visit(session, order_id, living.get(order_id), assignment.visit, done)
    await session.flush()
    return done


def _set_visit(session: AsyncSession, order_id: UUID, visit: Visit | None, target: PlannedVisit, done: Outcome) -> None:
    if visit is not None and visit.status is not VisitStatus.PLANNED:
        visit.position, visit.plan_id = target.position, target.plan_id
        return
    if visit is None:
        visit = Visit(id=uuid7(), order_id=order_id, technician_id=target.technician_id)
        session.add(visit)
    done.visits += 1
    done.technicians.add(visit.technician_id)
    visit.status, visit.position, visit.plan_id = VisitStatus.PLANNED, target.position, target.plan_id
    visit.pin = None if target.pin is None else VisitPin(target.pin)
    visit.planned_arrival, visit.planned_start, visit.planned_end = target.arrival, target.start, target.end
    visit.travel_seconds = target.travel_seconds


async def _change_owner(
    session: AsyncSession, actor: Actor, order_id: UUID, owner_id: UUID | None, why: Why, note: str, done: Outcome
) -> None:
    order = await session.get(Order, order_id)
    assert order is not None  # noqa: S101 - it was locked
    if order.owner_id == owner_id:
        return
    act: acts.ActBase
    if owner_id is None:
        if order.status not in (Status.DISPATCHED, Status.ACCEPTED):
            return  # suspended work keeps its owner; only its visit leaves the plan
        act = acts.Recall(note=note)
    elif order.owner_id is None:
        act = acts.Dispatch(technician_id=owner_id, why=why, note=note)
        done.dispatched += 1
    else:
        act = acts.Reassign(technician_id=owner_id, why=why, note=note)
        done.reassigned += 1
    await apply(session, actor, order_id, act)
