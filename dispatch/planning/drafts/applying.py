"""Applying a draft, whole or in part: visits appear on phones, owners change by acts, no clock is reset, started work
stays.

A whole draft is published with the times it was made with. A part is timed anew: the chosen orders go where the draft
has them, everybody else keeps their order, and the touched routes are judged. Both are stored as a move, through the
same assignments.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.travel import TravelSource
from dispatch.orders.models import Order
from dispatch.planning import models, repository
from dispatch.planning.access import PLANNERS, doer_of
from dispatch.planning.board.assignments import (
    Assignment,
    Assignments,
    Outcome,
    assignments_of,
    assignments_of_plan,
    current_assignments,
    lock_orders,
)
from dispatch.planning.board.board import Board
from dispatch.planning.board.board_cache import load_board
from dispatch.planning.board.moves import record
from dispatch.planning.board.wording import Speaker
from dispatch.planning.day.loading import load_day
from dispatch.planning.day.snapshot import moved
from dispatch.planning.day.unmoved import refuse_if_moved
from dispatch.planning.drafts.diff import Change, changes
from dispatch.planning.models import Plan, PlanStatus, PlanStop
from dispatch.planning.own_part import part_of
from dispatch.planning.plan_summary import AppliedPart
from dispatch.planning.statuses import STARTED
from grids.access import require_whole_area
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.actor import Actor
from kit.errors import Conflict, Invalid
from kit.ids import uuid7
from kit.live import announce
from optimizer.evaluation.delta import RouteDelta


@dataclass(frozen=True, slots=True)
class Applied:
    """A draft that was applied: what it did, and how many of its changes were left out."""

    plan: Plan
    row: models.Move
    outcome: Outcome
    left: int = 0


async def publish_plan(session: AsyncSession, actor: Actor, plan_id: UUID) -> Applied:
    """Make a draft the plan people work by.

    Raises `Conflict` when it is no draft, breaks a rule, or when an order or technician it relies on moved since
    (`current["orders"]` names them); nothing is changed then.
    """
    actor.require(*PLANNERS)
    plan = await _draft(session, actor, plan_id)
    await require_whole_area(session, actor, plan.area_id)
    if plan.summary.violations:
        raise Conflict("planning.violations", count=len(plan.summary.violations))
    area = await area_by_id(session, plan.area_id)
    await repository.lock_area(session, area.id)
    stops = await repository.stops_of(session, plan.id)
    orders = await lock_orders(session, [stop.order_id for stop in stops])
    day = await load_day(session, area, plan.service_date)
    relied_on = [str(stop.order_id) for stop in stops if not _over(plan, orders[stop.order_id])]
    await refuse_if_moved(session, plan.seen, day, relied_on, {str(stop.technician_id) for stop in stops})
    planned = [order.id for order in day.orders if order.planned_visit(day.span) is not None]
    orders |= await lock_orders(session, planned)
    before = await current_assignments(session, orders)
    after = assignments_of_plan(plan, stops, orders, before)
    return await _apply(session, actor, area, plan, _row(actor, area, plan, "publish"), before, after)


async def apply_part(
    session: AsyncSession,
    actor: Actor,
    area: ServiceArea,
    plan_id: UUID,
    travel: TravelSource | None,
    technician_ids: Collection[UUID],
    order_ids: Collection[UUID],
    language: str,
    leave_moved: bool = False,
) -> Applied:
    """Apply a draft's changes for these technicians and these orders; the draft is then the published plan.

    `leave_moved`: changes whose order or people moved since are left, instead of refusing them all.
    Raises `Conflict` where it is no draft, something it relies on moved since, or the part alone breaks a rule;
    `Invalid` where none of its changes was chosen.
    """
    actor.require(*PLANNERS)
    await repository.lock_area(session, area.id)
    plan = await _draft(session, actor, plan_id)
    stops = await repository.stops_of(session, plan.id)
    board = await load_board(session, area, plan.service_date, travel)
    every = [change for change in changes(board.day, stops) if change.kind != "same"]
    people = set(technician_ids)
    chosen = [c for c in every if c.order.id in order_ids or {c.technician_id, c.previous} & people]
    chosen = await part_of(session, actor, area.id, chosen)
    if not chosen:
        raise Invalid("planning.nothing_chosen", field="orderIds")
    still = [change for change in chosen if not moved(plan.seen, board.day.seen, _relied_on(change))]
    if leave_moved and still:
        chosen = still
    await refuse_if_moved(session, plan.seen, board.day, [str(c.order.id) for c in chosen], _people_of(chosen))
    sequences = _merged(board, stops, chosen)
    touched = {UUID(visit_id) for order in sequences.values() for visit_id in order}
    orders = await lock_orders(session, {*touched, *(change.order.id for change in chosen)})
    if (await load_board(session, area, plan.service_date, travel)).revision != board.revision:
        raise Conflict("conflict.retry")
    priced = board.ledger.priced(sequences, force=True)
    assert priced is not None  # noqa: S101 - forced
    _refuse_broken(board, priced, language)
    before = await current_assignments(session, orders)
    after = _assignments(board, before, priced, chosen, plan.id)
    plan.summary = msgspec.structs.replace(plan.summary, applied=AppliedPart(changes=len(chosen), of=len(every)))
    row = _row(actor, area, plan, "apply", priced.price, priced.terms)
    left = len(every) - len(chosen)
    return await _apply(session, actor, area, plan, row, {key: before[key] for key in after}, after, left)


async def _draft(session: AsyncSession, actor: Actor, plan_id: UUID) -> Plan:
    """The plan, locked. Raises `Conflict` where it is no draft."""
    plan = await repository.plan(session, actor, plan_id, lock=True)
    if plan.status is not PlanStatus.DRAFT:
        raise Conflict("planning.not_a_draft", status=plan.status.value, current={"status": plan.status.value})
    return plan


def _over(plan: Plan, order: Order) -> bool:
    """Whether work that was under way when the plan was made has ended since: nobody is sent anywhere by it."""
    return str(order.id) in plan.frozen and order.status not in STARTED


def _row(
    actor: Actor, area: ServiceArea, plan: Plan, kind: str, cost: float = 0.0, terms: Mapping[str, float] | None = None
) -> models.Move:
    return models.Move(
        id=uuid7(), area_id=area.id, service_date=plan.service_date, account_id=actor.account_id, kind=kind,
        order_id=None, plan_id=plan.id, at=area.clock.now(), cost=cost, terms=dict(terms or {}), before={}, after={},
    )  # fmt: skip


async def _apply(
    session: AsyncSession,
    actor: Actor,
    area: ServiceArea,
    plan: Plan,
    row: models.Move,
    before: Assignments,
    after: Assignments,
    left: int = 0,
) -> Applied:
    """Store the assignments and make the plan the day's published one."""
    superseded = await repository.published_plan(session, area.id, plan.service_date)
    if superseded is not None:
        superseded.status = PlanStatus.SUPERSEDED
        superseded.version += 1
        await session.flush()  # before the next one: the database allows one published plan a day
    note = f"plan {plan.id} published by {actor.name}"
    outcome = await record(session, doer_of(actor), area, row, before, after, why="plan", note=note)
    plan.status, plan.published_at = PlanStatus.PUBLISHED, area.clock.now()
    plan.version += 1
    await session.flush()
    await announce(session, area.id, "plan", plan.id, version=plan.version)
    return Applied(plan, row, outcome, left)


def _people_of(chosen: Sequence[Change]) -> set[str]:
    return {str(p) for change in chosen for p in (change.technician_id, change.previous) if p is not None}


def _relied_on(change: Change) -> list[str]:
    return [str(change.order.id), *_people_of([change])]


def _merged(board: Board, stops: Sequence[PlanStop], chosen: Sequence[Change]) -> dict[str, tuple[str, ...]]:
    """The routes the chosen changes touch: those orders as the draft has them, the others in their order."""
    begun = {visit_id for ids in board.ledger.begun.values() for visit_id in ids}
    drafted: dict[str, list[str]] = {}
    for stop in stops:
        if str(stop.order_id) in board.ledger.visits and str(stop.order_id) not in begun:
            drafted.setdefault(str(stop.technician_id), []).append(str(stop.order_id))
    ids = {str(change.order.id) for change in chosen}
    sequences = {}
    for person in sorted(_people_of(chosen) & board.ledger.technicians.keys()):
        result = [visit_id for visit_id in board.ledger.sequence(person) if visit_id not in ids]
        draft = drafted.get(person, [])
        if {*result, *(v for v in draft if v in ids)} == set(draft):
            sequences[person] = tuple(draft)
            continue
        for index, visit_id in enumerate(draft):
            if visit_id in ids:
                before = next((v for v in reversed(draft[:index]) if v in result), None)
                result.insert(0 if before is None else result.index(before) + 1, visit_id)
        sequences[person] = tuple(result)
    return sequences


def _refuse_broken(board: Board, priced: RouteDelta, language: str) -> None:
    if priced.violations:
        speaker = Speaker(board, language)
        said = [speaker.violation(violation) for violation in priced.violations]
        reasons = " ".join(violation.text for violation in said)
        raise Conflict("planning.refused", reasons=reasons, current={"violations": msgspec.to_builtins(said)})


def _assignments(
    board: Board, before: Assignments, priced: RouteDelta, chosen: Sequence[Change], plan_id: UUID
) -> dict[UUID, Assignment]:
    after = assignments_of(board, before, priced.routes, (), plan_id)
    for change in chosen:
        if change.kind == "dropped":  # the owner keeps the order
            after[change.order.id] = Assignment(owner_id=before[change.order.id].owner_id, visit=None)
    return after
