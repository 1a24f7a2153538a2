"""Every transition of the table in `domain.md` §4, allowed and refused, and any order of acts whatever."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from dispatch.orders import repository
from dispatch.orders.enums import LIVING_VISITS
from dispatch.orders.events.orm_mapping import record_of, state_of
from dispatch.orders.events.verify import verify
from dispatch.orders.models import ACTIVE, OPEN, Order, Outcome, Status, Visit
from dispatch.orders.rules import acts
from dispatch.orders.rules.guards import Requester, check, effective_time
from dispatch.orders.rules.states import RULES, EventRecord, OrderState, allowed_acts, evolve
from dispatch.orders.rules.waiting import waiting_on
from dispatch.orders.service import resume_due
from dispatch.policies.limits import Limits
from kit.actor import SYSTEM, Actor, Role
from kit.errors import Conflict, Forbidden, Invalid, Problem
from tests.dispatch.orders.conftest import HERE, World

NOW = datetime(2022, 9, 27, 16, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)
LIMITS = Limits()
ME, OTHER = UUID(int=1), UUID(int=2)

# Written out by hand from the rule book, not from the code: act, the statuses it is possible in, who may do it.
R, D, A, E, AT, S, C = (
    Status.REPORTED, Status.DISPATCHED, Status.ACCEPTED, Status.EN_ROUTE, Status.ON_SITE, Status.SUSPENDED,
    Status.COMPLETED,
)  # fmt: skip
AGENT, DISPATCHER, LEAD, TECHNICIAN = Role.AGENT, Role.DISPATCHER, Role.GRID_LEAD, Role.TECHNICIAN
TABLE: list[tuple[acts.ActBase, set[Status], set[Role]]] = [
    (acts.Dispatch(technician_id=OTHER, why="plan"), {R}, {DISPATCHER, LEAD}),
    (acts.Reassign(technician_id=OTHER, why="dispatcher"), {D, A, E, AT}, {DISPATCHER, LEAD}),
    (acts.Recall(), {D, A}, {DISPATCHER, LEAD}),
    (acts.Accept(), {D}, {TECHNICIAN}),
    (acts.Contact(), {A, E, AT, S}, {TECHNICIAN, AGENT}),
    (acts.Depart(), {A}, {TECHNICIAN}),
    (acts.Arrive(reason="other"), {E}, {TECHNICIAN}),
    (acts.NobodyHome(), {AT}, {TECHNICIAN}),
    (acts.Complete(cause="slow", action="repaired", photo_ids=[OTHER], signature_photo_id=OTHER), {AT}, {TECHNICIAN}),
    (acts.SolveRemotely(action="explained"), {R}, {AGENT}),
    (acts.ForceComplete(reason="because"), {D, A, E, AT, S}, {DISPATCHER}),
    (acts.RequestSuspension(reason="weather", resume_at=LATER), {A, E, AT}, {TECHNICIAN}),
    (acts.RequestReturn(reason="other"), {D, A, E, AT, S}, {TECHNICIAN}),
    (acts.Resume(), {S}, {DISPATCHER, LEAD, TECHNICIAN}),
    (acts.Cancel(reason="other"), {R, D, A, E, AT, S}, {AGENT, DISPATCHER, LEAD}),
    (acts.Merge(into_order_id=OTHER), {R, D, A, E, AT, S}, {DISPATCHER, LEAD}),
    (
        acts.Rebook(window_start=NOW, window_end=LATER, by="us"),
        {R, D, A, E, AT, S},
        {AGENT, DISPATCHER, LEAD, TECHNICIAN},
    ),
    (acts.Chase(), {R, D, A, E, AT, S, C}, {AGENT, DISPATCHER, LEAD, Role.MANAGER}),
    (acts.RecordCallback(attempt_id=OTHER, reached=True), {C, Status.CANCELLED}, {AGENT}),
    (acts.Note(), set(Status), set(Role) - {Role.OBSERVER}),
]  # fmt: skip


def state(status: Status, **changes: Any) -> OrderState:
    return OrderState(status=status, status_since=NOW, reported_at=NOW, owner_id=ME, **changes)


def refusal(act: acts.ActBase, before: OrderState, role: Role, technician: UUID | None = None) -> type[Problem] | None:
    try:
        check("N", before, act, Requester(role, technician_id=technician), NOW, LIMITS)
    except Problem as error:
        return type(error)
    return None


@pytest.mark.parametrize(("act", "statuses", "roles"), TABLE, ids=lambda value: type(value).__name__)
def test_an_act_is_possible_exactly_where_the_rule_book_says(
    act: acts.ActBase, statuses: set[Status], roles: set[Role]
):
    for status in Status:
        for role in Role:
            expected = Forbidden if role not in roles else None if status in statuses else Conflict
            assert refusal(act, state(status), role, ME) is expected, (status, role)


def test_a_technicians_acts_are_refused_to_everybody_but_the_owner():
    for act, statuses, roles in TABLE:
        if TECHNICIAN in roles and not isinstance(act, acts.Note):
            for status in statuses:
                assert refusal(act, state(status), TECHNICIAN, OTHER) is Conflict


@pytest.mark.parametrize("outcome", ["satisfied", "not_reached", "unreachable"])
def test_closing_needs_an_answer_or_exhausted_attempts(outcome: Any):
    close = acts.Close(outcome=outcome)
    for status in Status:
        assert refusal(close, state(status), AGENT) is Conflict
    exhausted = state(C, callback_attempts=3, callback_attempts_needed=3)
    satisfied = state(C, callback_attempts=1, satisfied=True)
    assert refusal(close, exhausted, AGENT) is (Conflict if outcome == "satisfied" else None)
    assert refusal(close, satisfied, AGENT) is (None if outcome == "satisfied" else Conflict)
    assert refusal(close, satisfied, DISPATCHER) is Forbidden


def test_buttons_are_shown_for_what_is_possible_alone():
    for status in Status:
        for role in Role:
            for kind, rule in RULES.items():
                shown = str(kind.__struct_config__.tag) in allowed_acts(status, role)
                assert shown == (status in rule.from_ and role in rule.roles)


def test_an_event_nobody_wrote_is_refused():
    with pytest.raises(ValueError, match="unknown event type"):
        evolve(None, EventRecord(type="teleported", occurred_at=NOW, technician_id=None, data={}))
    with pytest.raises(ValueError, match="first event"):
        evolve(None, EventRecord(type="accepted", occurred_at=NOW, technician_id=None, data={}))


@given(st.integers(-30 * 3600, 30 * 3600))
def test_the_time_that_counts_lies_between_the_last_step_and_the_receipt(offset: int):
    before = msgspec.structs.replace(state(A), status_since=NOW - timedelta(hours=1))
    before = msgspec.structs.replace(before, reported_at=NOW - timedelta(hours=2))
    said = NOW + timedelta(seconds=offset)
    try:
        counted = effective_time(said, NOW, before, acts.Depart(), LIMITS)
    except Invalid:
        assert said > NOW + timedelta(days=1) or said < before.reported_at - timedelta(days=1)
        return
    assert before.status_since <= counted <= NOW + timedelta(seconds=LIMITS.clock_skew_seconds)
    if before.status_since <= said <= NOW:
        assert counted == said


class Chaos:
    """Somebody who does anything to anything, in any order."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)
        self.orders: list[Order] = []

    def next(self, order: Order) -> tuple[Actor, acts.ActBase]:
        """Mostly something that could be done now by whoever may do it, sometimes anything by anybody."""
        act = self.act()
        if self.random.random() < 0.2:
            return self.who(), act
        while order.status not in RULES[type(act)].from_:
            act = self.act()
        if TECHNICIAN in RULES[type(act)].roles and order.owner_id is not None:
            owner = self.world.anna if order.owner_id == self.world.anna.id else self.world.bert
            return self.world.technician(owner), act
        return (self.world.agent if AGENT in RULES[type(act)].roles else self.world.dispatcher), act

    def who(self) -> Actor:
        world = self.world
        people = [world.agent, world.dispatcher, world.lead, SYSTEM]
        technicians = [world.technician(world.anna), world.technician(world.bert)]
        return self.random.choice([*people, *technicians, *technicians])

    def act(self) -> acts.ActBase:
        world, pick = self.world, self.random.choice
        now = world.now
        start = now + timedelta(minutes=self.random.randint(1, 3000))
        window = {"window_start": start, "window_end": start + timedelta(hours=2)}
        someone = pick([world.anna.id, world.bert.id])
        reached = self.random.random() < 0.5
        satisfied = pick([True, False]) if reached else None
        return pick(
            [
                acts.Place(point=pick([HERE, (-123.15, 49.25), (0.0, 0.0), None])),
                acts.Dispatch(technician_id=someone, why=pick(["plan", "grid_lead"])),
                acts.Dispatch(technician_id=someone, why="a_technician"),
                acts.Reassign(technician_id=someone, why=pick(["plan", "dispatcher", "not_accepted"])),
                acts.Recall(), acts.AssignRework(technician_id=someone, reasons=["not_fixed"]),
                acts.Accept(), acts.Accept(), acts.Accept(),
                acts.Contact(reached=reached, **(window if reached else {})),
                acts.Rebook(**window, by=pick(["subscriber", "us"])),
                acts.Depart(), acts.Depart(), acts.Depart(),
                acts.Arrive(reason=pick([None, "other"])), acts.Arrive(reason="other"),
                acts.NobodyHome(),
                acts.Complete(cause="slow", action="repaired", photo_ids=[uuid4()], signature_photo_id=uuid4()),
                acts.Complete(cause="slow", action="repaired", photo_ids=[uuid4()], signature_photo_id=uuid4()),
                acts.SolveRemotely(action="explained"),
                acts.ForceComplete(reason="because"),
                acts.RequestSuspension(reason=pick(["weather", "material_cable", "other"]), resume_at=start),
                acts.RequestReturn(reason=pick(["wrong_address", "other"])),
                acts.Decide(approved=pick([True, False])), acts.Decide(approved=True),
                acts.Resume(),
                acts.Cancel(reason="subscriber_wish") if self.random.random() < 0.2 else acts.Chase(),
                acts.Merge(into_order_id=pick(self.orders).id) if self.random.random() < 0.2 else acts.Note(note="?"),
                acts.RecordCallback(attempt_id=uuid4(), reached=reached, solved=satisfied, satisfied=satisfied),
                acts.RecordCallback(attempt_id=uuid4(), reached=reached, solved=satisfied, satisfied=satisfied),
                acts.Close(outcome=pick(["satisfied", "not_reached", "unreachable"])),
                acts.Close(outcome="satisfied"),
            ]
        )  # fmt: skip


def never_broken(before: OrderState, after: OrderState, act: acts.ActBase) -> None:
    """What holds after any act whatever."""
    assert after.events == before.events + 1
    assert before.status not in (Status.CLOSED, Status.MERGED) or after.status == before.status
    assert (after.owner_id is not None) == (after.status in ACTIVE) or after.status not in (Status.REPORTED, *ACTIVE)
    assert (after.status == Status.CLOSED) == (after.closed_at is not None)
    assert (after.status == Status.SUSPENDED) == (after.suspended_until is not None)
    assert after.pending_request is None or after.status in ACTIVE
    assert after.status_since >= before.status_since
    if not isinstance(act, acts.AssignRework):
        assert before.dispatched_at in (None, after.dispatched_at)
        assert before.clock_started_at in (None, after.clock_started_at)
    for due in (after.technician_due_at, after.grid_due_at, after.company_due_at):
        assert (due is None) == (after.due_at is None)
    if after.outcome == Outcome.SATISFIED:
        assert after.satisfied is True
    if after.status == Status.COMPLETED and after.completed_how == "visit":
        assert after.arrived_at is not None


@pytest.mark.parametrize("seed", range(3))
async def test_no_order_of_acts_breaks_an_order(world: World, seed: int):
    chaos = Chaos(world, seed)
    chaos.orders = [await world.report() for _ in range(3)]
    done = 0
    for _ in range(130):
        order = chaos.random.choice(chaos.orders)
        before = state_of(order)
        who, act = chaos.next(order)
        try:
            async with world.session.begin_nested():
                await world.do(who, order, act, point=HERE)
        except Problem:
            await world.session.refresh(order)
            assert state_of(order) == before
        else:
            done += 1
            after = state_of(order)
            never_broken(before, after, act)
            assert (waiting_on(order, world.now, LIMITS) is not None) == (order.status in OPEN) or (
                order.status == Status.CANCELLED
            )
        world.wait(minutes=chaos.random.randint(0, 90))
        await resume_due(world.session, world.area)
        if order.status in (Status.CLOSED, Status.MERGED, Status.CANCELLED) and chaos.random.random() < 0.3:
            chaos.orders[chaos.orders.index(order)] = await world.report()
    assert done > 40
    living = select(func.count()).select_from(Visit).where(Visit.status.in_(LIVING_VISITS))
    assert (await world.session.execute(living.group_by(Visit.order_id).having(func.count() > 1))).first() is None
    found = await verify(world.session, world.area.id)
    assert found.mismatches == []
    assert found.events > 40
    assert record_of(next(iter(await repository.events(world.session, chaos.orders[0].id)))).type == "reported"
