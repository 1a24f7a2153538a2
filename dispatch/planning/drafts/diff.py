"""A draft beside the day as it is worked by: what differs, and applying a part of it.

Applying a part is a move like any other: the chosen orders go where the draft has them, everybody else keeps their
order, the touched routes are timed anew and judged, and the whole can be undone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.travel import TravelSource
from dispatch.planning import models, repository
from dispatch.planning.board.assignments import Held, Wanted, held, lock_orders, one_at_a_time, wanted_of
from dispatch.planning.board.board import Board, board
from dispatch.planning.board.moves import record
from dispatch.planning.board.pricing import Speaker
from dispatch.planning.day.problem_builder import late_seconds
from dispatch.planning.day.snapshot import Day, DayOrder, moved
from dispatch.planning.drafts.applying import PLANNERS
from dispatch.planning.models import Plan, PlanStatus, PlanStop
from grids.models import ServiceArea
from kit.actor import Actor
from kit.errors import Conflict, Invalid
from kit.ids import uuid7
from kit.live import announce
from optimizer.evaluation.delta import RouteDelta

A_MINUTE = timedelta(minutes=1)
"""A visit that moves by less stays as it is."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a draft does to one visit: new, moved, earlier, later, dropped or same."""

    order: DayOrder
    kind: str
    to: PlanStop | None

    @property
    def technician_id(self) -> UUID | None:
        return None if self.to is None else self.to.technician_id

    @property
    def previous(self) -> UUID | None:
        return self.order.visit.technician_id if self.kind != "new" and self.order.visit is not None else None

    @property
    def previous_start(self) -> datetime | None:
        return self.order.visit.planned_start if self.kind != "new" and self.order.visit is not None else None

    def late_seconds(self) -> tuple[int, int]:
        """Seconds after the due time before and after."""
        ends = (None if self.previous is None or self.order.visit is None else self.order.visit.planned_end,
                None if self.to is None else self.to.departure)  # fmt: skip
        before, after = (0 if end is None else late_seconds(self.order, end) for end in ends)
        return before, after


def changes(day: Day, stops: Iterable[PlanStop]) -> list[Change]:
    """What a draft changes, visit by visit; work under way is nobody's to change."""
    planned = {stop.order_id: stop for stop in stops}
    found = []
    for order in day.orders:
        stop = planned.get(order.id)
        if order.started:
            continue
        visit = order.visit
        holds = visit is not None and visit.status == "planned" and day.span.holds(visit.planned_start)
        if holds or stop is not None:
            found.append(Change(order, _kind(order, holds, stop), stop))
    return found


def _kind(order: DayOrder, holds: bool, stop: PlanStop | None) -> str:
    visit = order.visit
    if not holds or visit is None or visit.planned_start is None:
        return "new"
    if stop is None:
        return "dropped"
    if stop.technician_id != visit.technician_id:
        return "moved"
    shift = stop.start - visit.planned_start
    if abs(shift) < A_MINUTE:
        return "same"
    return "later" if shift > timedelta() else "earlier"


def saved_seconds(day: Day, stops: Sequence[PlanStop]) -> dict[UUID, int]:
    """By technician: seconds on the way to their stops that the draft saves."""
    saved: dict[UUID, int] = {}
    for order in day.orders:
        visit = order.visit
        if visit is not None and visit.status == "planned" and day.span.holds(visit.planned_start):
            saved[visit.technician_id] = saved.get(visit.technician_id, 0) + (visit.travel_seconds or 0)
    started = {order.id for order in day.orders if order.started}
    for stop in stops:
        if stop.order_id not in started:
            saved[stop.technician_id] = saved.get(stop.technician_id, 0) - stop.travel_seconds
    return saved


@dataclass(frozen=True, slots=True)
class Applied:
    """A part of a draft that was applied; `left` are its changes that were not chosen."""

    plan: Plan
    row: models.Move
    dispatched: int
    reassigned: int
    visits: int
    withdrawn: int
    left: int


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
    await one_at_a_time(session, area.id)
    plan = await repository.plan(session, actor, plan_id, lock=True)
    if plan.status is not PlanStatus.DRAFT:
        raise Conflict("planning.not_a_draft", status=plan.status.value, current={"status": plan.status.value})
    stops = await repository.stops_of(session, plan.id)
    found = await board(session, area, plan.service_date, travel)
    every = [change for change in changes(found.day, stops) if change.kind != "same"]
    people = set(technician_ids)
    chosen = [c for c in every if c.order.id in order_ids or {c.technician_id, c.previous} & people]
    if not chosen:
        raise Invalid("planning.nothing_chosen", field="orderIds")
    still = [change for change in chosen if not moved(plan.seen, found.day.seen, _relied_on(change))]
    if leave_moved and still:
        chosen = still
    await _nothing_moved(session, plan, found, chosen)
    sequences = _merged(found, stops, chosen)
    touched = {UUID(visit_id) for order in sequences.values() for visit_id in order}
    orders = await lock_orders(session, {*touched, *(change.order.id for change in chosen)})
    if await board(session, area, plan.service_date, travel) is not found:
        raise Conflict("conflict.retry")
    priced = found.ledger.priced(sequences, force=True)
    assert priced is not None  # noqa: S101 - forced
    _refuse(found, priced, language)
    before = await held(session, orders)
    after = _wanted(found, before, priced, chosen, plan.id)
    await _supersede(session, area, plan, len(chosen), len(every))
    row = models.Move(
        id=uuid7(), area_id=area.id, service_date=plan.service_date, account_id=actor.account_id, kind="apply",
        order_id=None, plan_id=plan.id, at=area.clock.now(), cost=priced.price, terms=dict(priced.terms), before={},
        after={},
    )  # fmt: skip
    await record(session, actor, area, row, {key: before[key] for key in after}, after)
    owners = [(before[key].owner_id, one.owner_id) for key, one in after.items()]
    return Applied(
        plan,
        row,
        dispatched=sum(was is None and now is not None for was, now in owners),
        reassigned=sum(was is not None and now is not None and was != now for was, now in owners),
        visits=sum(one.visit is not None for one in after.values()),
        withdrawn=sum(one.visit is None for one in after.values()),
        left=len(every) - len(chosen),
    )


def _relied_on(change: Change) -> list[str]:
    return [str(one) for one in (change.order.id, change.technician_id, change.previous) if one is not None]


async def _nothing_moved(session: AsyncSession, plan: Plan, found: Board, chosen: Sequence[Change]) -> None:
    people = {str(p) for change in chosen for p in (change.technician_id, change.previous) if p is not None}
    names = [person.name for person in found.day.technicians if str(person.id) in people]
    gone = moved(plan.seen, found.day.seen, [str(change.order.id) for change in chosen])
    if gone or moved(plan.seen, found.day.seen, people):
        numbers = await repository.numbers(session, gone) if gone else names
        raise Conflict("planning.moved", orders=", ".join(numbers[:20]), current={"orders": numbers, "orderIds": gone})


def _merged(found: Board, stops: Sequence[PlanStop], chosen: Sequence[Change]) -> dict[str, tuple[str, ...]]:
    """The routes the chosen changes touch: those orders as the draft has them, the others in their order."""
    begun = {visit_id for ids in found.ledger.begun.values() for visit_id in ids}
    drafted: dict[str, list[str]] = {}
    for stop in stops:
        if str(stop.order_id) in found.ledger.visits and str(stop.order_id) not in begun:
            drafted.setdefault(str(stop.technician_id), []).append(str(stop.order_id))
    ids = {str(change.order.id) for change in chosen}
    people = {str(p) for change in chosen for p in (change.technician_id, change.previous) if p is not None}
    sequences = {}
    for person in sorted(people & found.ledger.technicians.keys()):
        result = [visit_id for visit_id in found.ledger.sequence(person) if visit_id not in ids]
        wanted = drafted.get(person, [])
        if {*result, *(v for v in wanted if v in ids)} == set(wanted):
            sequences[person] = tuple(wanted)
            continue
        for index, visit_id in enumerate(wanted):
            if visit_id in ids:
                before = next((v for v in reversed(wanted[:index]) if v in result), None)
                result.insert(0 if before is None else result.index(before) + 1, visit_id)
        sequences[person] = tuple(result)
    return sequences


def _refuse(found: Board, priced: RouteDelta, language: str) -> None:
    if priced.violations:
        speaker = Speaker(found, language)
        said = [speaker.violation(violation) for violation in priced.violations]
        reasons = " ".join(violation.text for violation in said)
        raise Conflict("planning.refused", reasons=reasons, current={"violations": msgspec.to_builtins(said)})


def _wanted(
    found: Board, before: Wanted, priced: RouteDelta, chosen: Sequence[Change], plan_id: UUID
) -> Mapping[UUID, Held]:
    after = wanted_of(found, before, priced.routes, (), plan_id)
    for change in chosen:
        if change.kind == "dropped":  # whoever owns it goes on owning it
            after[change.order.id] = Held(owner_id=before[change.order.id].owner_id, visit=None)
    return after


async def _supersede(session: AsyncSession, area: ServiceArea, plan: Plan, applied: int, every: int) -> None:
    before = await repository.published_plan(session, area.id, plan.service_date)
    if before is not None:
        before.status = PlanStatus.SUPERSEDED
        before.version += 1
        await session.flush()
    plan.status, plan.published_at = PlanStatus.PUBLISHED, area.clock.now()
    plan.summary = {**plan.summary, "applied": {"changes": applied, "of": every}}
    plan.version += 1
    await session.flush()
    await announce(session, area.id, "plan", plan.id)
