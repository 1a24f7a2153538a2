"""Publishing a plan: visits appear on phones, owners change by events, no clock is reset, started work stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders import acts
from dispatch.orders.models import Order, Status, Visit, VisitStatus
from dispatch.orders.service import apply
from dispatch.planning import models, repository
from dispatch.planning.board.assignments import held, lock_orders, one_at_a_time
from dispatch.planning.board.moves import counted, remember
from dispatch.planning.day.snapshot import Day, DayOrder, moved
from dispatch.planning.models import Plan, PlanStatus, PlanStop
from dispatch.planning.runs.planning import load_day
from grids.service import area_by_id
from kit.actor import SYSTEM, Actor, Role
from kit.errors import Conflict
from kit.ids import uuid7
from kit.live import announce

STARTED = (Status.EN_ROUTE, Status.ON_SITE)
PLANNERS = (Role.DISPATCHER, Role.GRID_LEAD, Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing did."""

    plan: Plan
    dispatched: int
    reassigned: int
    visits: int
    withdrawn: int

    @property
    def status(self) -> PlanStatus:
        return self.plan.status


async def publish_plan(session: AsyncSession, actor: Actor, plan_id: UUID) -> Published:
    """Make a draft the plan people work by.

    Raises `Conflict` when it is no draft, breaks a rule, or when an order or technician it relies on moved since
    (`current["orders"]` names them); nothing is changed then.
    """
    actor.require(*PLANNERS)
    plan = await repository.plan(session, actor, plan_id, lock=True)
    if plan.status is not PlanStatus.DRAFT:
        raise Conflict("planning.not_a_draft", status=plan.status.value, current={"status": plan.status.value})
    if plan.summary.get("violations"):
        raise Conflict("planning.violations", count=len(plan.summary["violations"]))
    area = await area_by_id(session, plan.area_id)
    await one_at_a_time(session, area.id)
    stops = await repository.stops_of(session, plan.id)
    orders = await lock_orders(session, [stop.order_id for stop in stops])
    day = await load_day(session, area, plan.service_date)
    await _nothing_moved(session, plan, stops, orders, day)
    orders |= await lock_orders(session, [order.id for order in day.orders if _planned_that_day(order, day)])
    was, counts = await held(session, orders), counted(orders)
    before = await repository.published_plan(session, area.id, plan.service_date)
    if before is not None:
        before.status = PlanStatus.SUPERSEDED
        before.version += 1
        await session.flush()
    done = await _carry_out(session, actor, plan, stops, orders, day)
    row = models.Move(
        id=uuid7(), area_id=area.id, service_date=plan.service_date, account_id=actor.account_id, kind="publish",
        order_id=None, plan_id=plan.id, at=area.clock.now(), cost=0.0, terms={}, before={}, after={},
    )  # fmt: skip
    await remember(session, row, was, orders, counts)
    plan.status, plan.published_at = PlanStatus.PUBLISHED, area.clock.now()
    plan.version += 1
    await session.flush()
    await announce(session, area.id, "plan", plan.id)
    return done


def doer_of(actor: Actor) -> Actor:
    """In whose name a plan changes owners: an administrator plans, but the acts are the dispatcher's."""
    return actor if actor.trusted or actor.role is Role.DISPATCHER else SYSTEM


def _planned_that_day(order: DayOrder, day: Day) -> bool:
    return order.visit is not None and order.visit.status == "planned" and day.span.holds(order.visit.planned_start)


async def _nothing_moved(
    session: AsyncSession, plan: Plan, stops: Sequence[PlanStop], orders: dict[UUID, Order], day: Day
) -> None:
    now = day.seen
    over = {
        str(stop.order_id)
        for stop in stops
        # Started when the plan was made (it was frozen) and finished since: nobody is sent anywhere by it.
        if plan.seen.get(f"frozen:{stop.order_id}") and orders[stop.order_id].status not in STARTED
    }
    relied_on = [str(stop.order_id) for stop in stops if str(stop.order_id) not in over]
    gone = moved(plan.seen, now, relied_on)
    people = moved(plan.seen, now, {str(stop.technician_id) for stop in stops})
    if gone or people:
        names = await repository.numbers(session, gone) if gone else []
        names += [person.name for person in day.technicians if str(person.id) in people]
        raise Conflict("planning.moved", orders=", ".join(names[:20]), current={"orders": names, "orderIds": gone})


async def _carry_out(
    session: AsyncSession, actor: Actor, plan: Plan, stops: Sequence[PlanStop], orders: dict[UUID, Order], day: Day
) -> Published:
    doer = doer_of(actor)
    note = f"plan {plan.id} published by {actor.name}"
    dispatched = reassigned = 0
    for stop in stops:
        order = orders[stop.order_id]
        if order.status is Status.REPORTED:
            await apply(session, doer, order.id, acts.Dispatch(technician_id=stop.technician_id, why="plan", note=note))
            dispatched += 1
        elif order.status in (Status.DISPATCHED, Status.ACCEPTED) and order.owner_id != stop.technician_id:
            await apply(session, doer, order.id, acts.Reassign(technician_id=stop.technician_id, why="plan", note=note))
            reassigned += 1
    await session.flush()
    visits, withdrawn, touched = await _place_visits(session, plan, stops, day)
    for technician_id in sorted(touched):
        await announce(session, plan.area_id, "route", technician_id)
    return Published(plan, dispatched, reassigned, visits, withdrawn)


async def _place_visits(
    session: AsyncSession, plan: Plan, stops: Sequence[PlanStop], day: Day
) -> tuple[int, int, set[UUID]]:
    """Bring the planned visits in line with the plan; visits under way keep what they are."""
    planned_orders = [order.id for order in day.orders]
    query = select(Visit).where(
        Visit.order_id.in_(planned_orders),
        Visit.status.in_((VisitStatus.PLANNED, VisitStatus.EN_ROUTE, VisitStatus.ON_SITE)),
    )
    living = {visit.order_id: visit for visit in (await session.execute(query)).scalars()}
    touched = {visit.technician_id for visit in living.values()} | {stop.technician_id for stop in stops}
    wanted = {stop.order_id for stop in stops}
    withdrawn = 0
    for order_id, visit in living.items():
        if order_id in wanted or visit.status is not VisitStatus.PLANNED:
            continue
        if not day.span.holds(visit.planned_start):
            continue  # another day's plan holds it
        visit.status, visit.ended_at = VisitStatus.CANCELLED, day.span.now or day.span.visible_until
        withdrawn += 1
    made = 0
    for stop in stops:
        current: Visit | None = living.get(stop.order_id)
        if current is not None and current.status is not VisitStatus.PLANNED:
            current.position, current.plan_id = stop.position, plan.id
            continue
        if current is not None and current.technician_id != stop.technician_id:
            current.status, current.ended_at = VisitStatus.CANCELLED, day.span.now or day.span.visible_until
            await session.flush()
            current = None
        if current is None:
            current = Visit(id=uuid7(), order_id=stop.order_id, technician_id=stop.technician_id)
            session.add(current)
        _set(current, plan, stop)
        made += 1
    await session.flush()
    return made, withdrawn, touched


def _set(visit: Visit, plan: Plan, stop: PlanStop) -> None:
    values: dict[str, Any] = {
        "plan_id": plan.id,
        "position": stop.position,
        "status": VisitStatus.PLANNED,
        "planned_arrival": stop.arrival,
        "planned_start": stop.start,
        "planned_end": stop.departure,
        "travel_seconds": stop.travel_seconds,
    }
    for name, value in values.items():
        setattr(visit, name, value)
