"""Putting a draft aside, and taking a published plan back: the day stands again as it did before, where nobody acted.

Publishing keeps the owners and visits it found beside those it made (`plan_moves`). Whatever still stands as it was
made goes back; an order that somebody has touched since stays as it is, and is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.models import ACTIVE, Order, Status
from dispatch.orders.repository import active_technician
from dispatch.planning import models, repository
from dispatch.planning.access import PLANNERS, doer_of
from dispatch.planning.board.assignments import (
    Assignment,
    Assignments,
    apply_assignments,
    current_assignments,
    from_json,
    lock_orders,
)
from dispatch.planning.day.sick_leave import back_at_work, leaves_of, others_of_repair
from dispatch.planning.models import Plan, PlanStatus
from grids.access import require_whole_area
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.actor import Actor
from kit.errors import Conflict
from kit.live import announce


@dataclass(slots=True)
class TakenBack:
    """What discarding a plan did: visits that left the phones, orders that went back to whom they had before, the
    orders left as they are because somebody acted since (id and number), and who counts as at work again.
    """

    plan: Plan
    withdrawn: int = 0
    returned: int = 0
    left: tuple[tuple[UUID, str], ...] = ()
    at_work_again: tuple[str, ...] = ()


async def discard_plan(session: AsyncSession, actor: Actor, plan_id: UUID) -> TakenBack:
    """Put a draft aside, or take a published plan back. Raises `Conflict` for a plan that is neither.

    The plan that was published before is the day's plan again. The sickness that a repair was told of is forgotten
    with the last of its drafts, or with the one that was applied.
    """
    actor.require(*PLANNERS)
    plan = await repository.plan(session, actor, plan_id, lock=True)
    await require_whole_area(session, actor, plan.area_id)
    if plan.status not in (PlanStatus.DRAFT, PlanStatus.PUBLISHED):
        raise Conflict("planning.not_a_draft", status=plan.status.value, current={"status": plan.status.value})
    done, was = TakenBack(plan), plan.status
    plan.status = PlanStatus.DISCARDED
    plan.version += 1
    await session.flush()
    if was is PlanStatus.PUBLISHED:
        area = await area_by_id(session, plan.area_id)
        await repository.lock_area(session, area.id)
        await _restore(session, actor, area, done)
        await _publish_the_one_before(session, plan)
    if was is PlanStatus.PUBLISHED or not await others_of_repair(session, plan):
        done.at_work_again = tuple(await back_at_work(session, leaves_of(plan)))
    await announce(session, plan.area_id, "plan", plan.id, version=plan.version)
    return done


async def _restore(session: AsyncSession, actor: Actor, area: ServiceArea, done: TakenBack) -> None:
    plan = done.plan
    touched: set[UUID] = set()
    stay: set[UUID] = set()
    for row in await repository.moves_of_plan(session, plan.id):
        then, made = from_json(row.before), from_json(row.after)
        orders = await lock_orders(session, made)
        actual = await current_assignments(session, orders)
        acted = await repository.acted_since(session, row)
        back: dict[UUID, Assignment] = {}
        for order_id, order in orders.items():
            stands = order_id not in acted and _stands(actual[order_id], made[order_id])
            if stands and await _may_return(session, order, then[order_id]):
                back[order_id] = then[order_id]
            elif order.status in (Status.REPORTED, *ACTIVE):
                stay.add(order_id)
        done.returned += sum(one.owner_id != made[order_id].owner_id for order_id, one in back.items())
        done.withdrawn += sum(one.visit is None and made[key].visit is not None for key, one in back.items())
        note = f"plan {plan.id} taken back by {actor.name}"
        applied = await apply_assignments(session, doer_of(actor), area, back, why="dispatcher", note=note)
        touched |= _people(actual, back) | applied.technicians
        row.undone_at = area.clock.now()
        await repository.rebase_event_counts(session, row, back)
    stay |= await repository.orders_visited_by(session, plan.id)
    names = await session.execute(select(Order.id, Order.number).where(Order.id.in_(stay)).order_by(Order.number))
    done.left = tuple((row.id, row.number) for row in names)
    await session.flush()
    for technician_id in sorted(touched):
        await announce(session, area.id, "route", technician_id)


def _stands(now: Assignment, made: Assignment) -> bool:
    """Whether an order is where the plan put it; its time may have followed what others did on the route."""
    who = (None if now.visit is None else now.visit.technician_id, None if now.visit is None else now.visit.pin)
    was = (None if made.visit is None else made.visit.technician_id, None if made.visit is None else made.visit.pin)
    return not now.begun and now.owner_id == made.owner_id and who == was


async def _may_return(session: AsyncSession, order: Order, then: Assignment) -> bool:
    """Whether whoever had it still works here."""
    owner = then.owner_id
    return owner is None or owner == order.owner_id or await active_technician(session, order.area_id, owner)


def _people(now: Assignments, back: Assignments) -> set[UUID]:
    visits = [now[order_id].visit for order_id in back]
    return {visit.technician_id for visit in visits if visit is not None}


async def _publish_the_one_before(session: AsyncSession, plan: Plan) -> None:
    """The plan that this one superseded is what the restored visits belong to."""
    query = (
        select(models.Plan)
        .where(
            Plan.area_id == plan.area_id,
            Plan.service_date == plan.service_date,
            Plan.status == PlanStatus.SUPERSEDED,
            Plan.published_at <= plan.published_at,
        )
        .order_by(Plan.published_at.desc(), Plan.id.desc())
        .limit(1)
        .with_for_update()
    )
    before = (await session.execute(query)).scalar_one_or_none()
    if before is not None:
        before.status = PlanStatus.PUBLISHED
        before.version += 1
        await session.flush()
        await announce(session, plan.area_id, "plan", before.id, version=before.version)
