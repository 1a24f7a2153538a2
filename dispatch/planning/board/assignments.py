"""Owners and planned visits as they are, as they shall be, and from the one to the other: through the orders' acts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders import acts
from dispatch.orders.models import Order, Status, Visit, VisitPin, VisitStatus
from dispatch.orders.service import apply
from dispatch.planning.board.board import Board
from grids.models import ServiceArea
from kit.actor import Actor
from kit.ids import uuid7
from optimizer.problem import Route

LIVING = (VisitStatus.PLANNED, VisitStatus.EN_ROUTE, VisitStatus.ON_SITE)


class Planned(msgspec.Struct, kw_only=True, rename="camel", frozen=True):
    """A visit nobody has begun, as it is kept for taking a move back."""

    technician_id: UUID
    position: int | None
    arrival: datetime | None
    start: datetime | None
    end: datetime | None
    travel_seconds: int | None
    pin: str | None
    plan_id: UUID | None


class Held(msgspec.Struct, kw_only=True, rename="camel", frozen=True):
    """An order's owner and planned visit; `begun` where somebody is on the way or at work, which no move changes."""

    owner_id: UUID | None
    visit: Planned | None
    begun: bool = False


Wanted = Mapping[UUID, Held]
"""By order."""


def kept(side: Wanted) -> dict[str, Any]:
    """As JSON."""
    return {str(order_id): msgspec.to_builtins(one) for order_id, one in side.items()}


def read(side: Mapping[str, Any]) -> dict[UUID, Held]:
    """From JSON."""
    return {UUID(order_id): msgspec.convert(one, Held, strict=False) for order_id, one in side.items()}


async def one_at_a_time(session: AsyncSession, area_id: UUID) -> None:
    """One publication, sweep or move of an area at a time: they lock many orders, and would wait for each other."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"clock:{area_id}"})


async def lock_orders(session: AsyncSession, order_ids: Iterable[UUID]) -> dict[UUID, Order]:
    """The orders, locked in the order of their ids."""
    query = select(Order).where(Order.id.in_(sorted(set(order_ids)))).order_by(Order.id).with_for_update()
    rows = await session.execute(query.execution_options(populate_existing=True))
    return {order.id: order for order in rows.scalars()}


async def _living(session: AsyncSession, order_ids: Iterable[UUID]) -> dict[UUID, Visit]:
    query = select(Visit).where(Visit.order_id.in_(list(order_ids)), Visit.status.in_(LIVING))
    rows = await session.execute(query.execution_options(populate_existing=True))
    return {visit.order_id: visit for visit in rows.scalars()}


async def held(session: AsyncSession, orders: Mapping[UUID, Order]) -> dict[UUID, Held]:
    """How these orders stand."""
    living = await _living(session, orders)
    return {order_id: _held(order, living.get(order_id)) for order_id, order in orders.items()}


def _held(order: Order, visit: Visit | None) -> Held:
    if visit is None or visit.status is not VisitStatus.PLANNED:
        return Held(owner_id=order.owner_id, visit=None, begun=visit is not None)
    return Held(
        owner_id=order.owner_id,
        visit=Planned(
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


def wanted_of(
    found: Board, now: Wanted, routes: Mapping[str, Route | None], dropped: Iterable[UUID], plan_id: UUID | None
) -> dict[UUID, Held]:
    """Owners and visits with these routes; `dropped` orders are taken off the plan."""
    wanted: dict[UUID, Held] = {}
    for technician_id, route in routes.items():
        begun = found.ledger.begun[technician_id]
        for position, stop in enumerate(() if route is None else route.stops):
            if stop.visit_id in begun:
                continue
            order_id, who = UUID(stop.visit_id), UUID(technician_id)
            before = now[order_id].visit
            stays = before is not None and before.technician_id == who
            instant = found.day.span.instant
            visit = Planned(
                technician_id=who,
                position=position,
                arrival=instant(stop.arrival),
                start=instant(stop.start),
                end=instant(stop.departure),
                travel_seconds=stop.travel_seconds,
                pin=before.pin if before is not None and stays else None,
                plan_id=before.plan_id if before is not None and stays and before.plan_id else plan_id,
            )
            wanted[order_id] = Held(owner_id=who, visit=visit)
    for order_id in dropped:
        wanted[order_id] = Held(owner_id=None, visit=None)
    return wanted


async def bring_to(session: AsyncSession, actor: Actor, area: ServiceArea, wanted: Wanted, note: str) -> set[UUID]:
    """Give orders the owners and planned visits they shall have; answers the technicians whose routes changed.

    The orders must be locked. Owners change by acts; an act the state machine refuses is its `Conflict`.
    """
    for order_id in sorted(wanted):
        await _give(session, actor, order_id, wanted[order_id].owner_id, note)
    living = await _living(session, wanted)
    touched: set[UUID] = set()
    now = area.clock.now()
    leaving = [v for v in living.values() if v.status is VisitStatus.PLANNED and _leaves(v, wanted[v.order_id].visit)]
    for visit in leaving:
        visit.status, visit.ended_at = VisitStatus.CANCELLED, now
        touched.add(visit.technician_id)
        del living[visit.order_id]
    await session.flush()  # before new ones come: the database allows one living visit an order
    for order_id, target in wanted.items():
        if target.visit is None:
            continue
        current = living.get(order_id)
        if current is not None and current.status is not VisitStatus.PLANNED:
            continue
        if current is None:
            current = Visit(id=uuid7(), order_id=order_id, technician_id=target.visit.technician_id)
            session.add(current)
        touched.add(current.technician_id)
        _set(current, target.visit)
    await session.flush()
    return touched


def _leaves(visit: Visit, target: Planned | None) -> bool:
    return target is None or target.technician_id != visit.technician_id


def _set(visit: Visit, target: Planned) -> None:
    visit.position, visit.plan_id, visit.pin = (
        target.position,
        target.plan_id,
        None if target.pin is None else VisitPin(target.pin),
    )
    visit.planned_arrival, visit.planned_start, visit.planned_end = target.arrival, target.start, target.end
    visit.travel_seconds, visit.status = target.travel_seconds, VisitStatus.PLANNED


async def _give(session: AsyncSession, actor: Actor, order_id: UUID, owner_id: UUID | None, note: str) -> None:
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
        act = acts.Dispatch(technician_id=owner_id, why="dispatcher", note=note)
    else:
        act = acts.Reassign(technician_id=owner_id, why="dispatcher", note=note)
    await apply(session, actor, order_id, act)
