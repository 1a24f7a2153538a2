"""Every open order waits on somebody, and lists find it by whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from dispatch.orders.models import ACTIVE, OPEN, Order, OrderAlarm, Status
from dispatch.orders.rules import acts
from dispatch.orders.rules.states import OrderState
from dispatch.orders.rules.waiting import waiting_on, waiting_role
from dispatch.orders.service import warn_due
from dispatch.policies.limits import Limits
from kit.actor import SYSTEM, Role
from tests.dispatch.orders.conftest import World

NOW = datetime(2022, 9, 27, 16, tzinfo=UTC)
LIMITS = Limits()
MOMENTS = st.none() | st.integers(-3, 3).map(lambda hours: NOW + timedelta(hours=hours))


@st.composite
def states(draw: st.DrawFn) -> OrderState:
    """Any mixture of state columns that matter for who is waited on."""
    return OrderState(
        status=draw(st.sampled_from(list(Status))),
        status_since=NOW - timedelta(hours=1),
        reported_at=NOW - timedelta(hours=2),
        grid_id=draw(st.none() | st.just(UUID(int=1))),
        accept_due_at=draw(MOMENTS),
        contacted_at=draw(MOMENTS),
        technician_due_at=draw(MOMENTS),
        suspended_until=draw(MOMENTS),
        suspension_reason=draw(st.none() | st.sampled_from(["unreachable", "weather"])),
        pending_request=draw(st.none() | st.sampled_from(["suspension", "return"])),
        bounces=draw(st.integers(0, 3)),
        escalated_to_lead=draw(st.booleans()),
        callback_attempts=draw(st.integers(0, 4)),
        callback_reached=draw(st.none() | st.booleans()),
        satisfied=draw(st.none() | st.booleans()),
    )


@given(states())
def test_every_open_order_waits_on_somebody(state: OrderState):
    waits = waiting_on(state, NOW, LIMITS)
    if state.status in OPEN:
        assert waits is not None
        assert waits.reason
    if state.status in (Status.CLOSED, Status.MERGED):
        assert waits is None


async def test_the_database_answers_for_whom_an_order_waits_as_the_rule_does(world: World):
    orders = [await world.report() for _ in range(3)]

    @settings(max_examples=60, deadline=None)
    @given(st.lists(states(), min_size=3, max_size=3))
    def draw_into(drawn: list[OrderState]) -> None:
        samples.append(drawn)

    samples: list[list[OrderState]] = []
    draw_into()
    columns = [
        "status", "grid_id", "accept_due_at", "contacted_at", "suspended_until", "suspension_reason",
        "pending_request", "bounces", "escalated_to_lead", "callback_attempts", "callback_reached", "satisfied",
    ]  # fmt: skip
    await world.session.flush()
    for drawn in samples:
        for order, state in zip(orders, drawn, strict=True):
            for name in columns:
                setattr(order, name, getattr(state, name))
            if order.grid_id is not None:
                order.grid_id = world.west.id
            order.origin = "history"  # type: ignore[assignment]  # closed without an answer is history's alone
            order.closed_at = NOW if order.status == Status.CLOSED else None
        await world.session.flush()
        query = select(Order.id, waiting_role(NOW, LIMITS)).where(Order.area_id == world.area.id)
        asked = {order_id: role for order_id, role in (await world.session.execute(query)).all()}
        for order in orders:
            waits = waiting_on(order, NOW, LIMITS)
            assert asked[order.id] == (waits.role.value if waits else None), (order.status, waits)


async def test_warnings_are_given_once_and_rise_from_the_technician_to_the_manager(world: World):
    order = await world.report()
    await world.do(SYSTEM, order, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
    assert await warn_due(world.session, world.area) == 0
    world.wait(minutes=15)
    assert await warn_due(world.session, world.area) == 1
    assert await warn_due(world.session, world.area) == 0
    await world.do(world.technician(), order, acts.Accept())
    world.wait(hours=2)
    assert await warn_due(world.session, world.area) == 1
    world.wait(hours=3)
    assert await warn_due(world.session, world.area) == 3
    alarms = (await world.session.execute(select(OrderAlarm.clock, OrderAlarm.percent, OrderAlarm.role))).all()
    assert {tuple(alarm) for alarm in alarms} == {
        ("accept", 50, "dispatcher"),
        ("complete", 50, "technician"),
        ("complete", 80, "grid_lead"),
        ("complete", 100, "dispatcher"),
        ("complete_manager", 100, "manager"),
    }


async def test_a_suspended_order_is_not_warned_of(world: World):
    order = await world.report()
    await world.do(SYSTEM, order, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
    await world.do(world.technician(), order, acts.Accept())
    pause = acts.RequestSuspension(reason="weather", resume_at=world.now + timedelta(days=1))
    await world.do(world.technician(), order, pause)
    await world.do(world.dispatcher, order, acts.Decide(approved=True))
    world.wait(hours=5)
    assert await warn_due(world.session, world.area) == 0
    assert Status.SUSPENDED in ACTIVE


async def test_an_escalated_return_waits_on_the_grid_lead(world: World):
    order = await world.report()
    for _ in range(2):
        await world.do(SYSTEM, order, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
        await world.do(world.technician(), order, acts.RequestReturn(reason="other"))
        waits = waiting_on(order, world.now, LIMITS)
        assert waits is not None
        assert (waits.role, waits.reason) == (Role.DISPATCHER, "decide_return")
        assert waits.due == world.now + timedelta(minutes=30)
        await world.do(world.dispatcher, order, acts.Decide(approved=True))
    waits = waiting_on(order, world.now, LIMITS)
    assert waits is not None
    assert (waits.role, waits.reason) == (Role.GRID_LEAD, "take_or_assign")
