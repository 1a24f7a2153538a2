"""Callbacks told attempt by attempt: who is asked, what follows, and that silence is never a rating."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from dispatch.callbacks import repository
from dispatch.callbacks.models import CallbackAttempt, Reached, Satisfaction
from dispatch.callbacks.service import Answer, answer_survey, record_attempt, survey
from dispatch.orders.models import Order, OrderEvent, Outcome, Status
from dispatch.orders.rules import acts
from kit.actor import Role
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from tests.dispatch.orders.conftest import World, build_world
from tests.dispatch.orders.test_life import completed

HAPPY = Answer(Reached.ANSWERED, True, Satisfaction.SATISFIED)
SILENT = Answer(Reached.NO_ANSWER)


@pytest.fixture
async def world(session) -> World:
    return await build_world(session)


async def call(world: World, order: Order, answer: Answer):
    return await record_attempt(world.session, world.agent, order.id, answer)


async def queue(world: World) -> Sequence[str]:
    rows = await repository.queue(world.session, world.agent, world.area.id, after=None, limit=50)
    return [order.number for order, _ in rows]


async def test_a_satisfied_answer_closes_the_order(world: World):
    order = await completed(world)
    assert await queue(world) == [order.number]
    called = await call(world, order, HAPPY)
    assert (called.verdict, called.order.status, called.order.outcome) == (
        "satisfied", Status.CLOSED, Outcome.SATISFIED,
    )  # fmt: skip
    assert await queue(world) == []


async def test_a_dissatisfied_answer_goes_back_to_work_with_somebody_else(world: World):
    order = await completed(world)
    called = await call(world, order, Answer(Reached.ANSWERED, True, Satisfaction.DISSATISFIED, ["attitude"]))
    assert called.order.status == Status.DISPATCHED
    assert called.order.owner_id == called.rework_technician_id == world.bert.id
    assert called.order.reworks == 1
    assert called.order.rework_of_technician_id == world.anna.id


async def test_a_neutral_answer_is_no_satisfied_one(world: World):
    order = await completed(world)
    called = await call(world, order, Answer(Reached.ANSWERED, True, Satisfaction.NEUTRAL, ["other"]))
    assert called.verdict == "rework"


async def test_a_rework_goes_to_a_senior_before_anybody_else(world: World):
    from dispatch.technicians.models import Technician

    carl = Technician(area_id=world.area.id, employee_number="3", name="Carl", senior=True)
    world.session.add(carl)
    order = await completed(world)
    called = await call(world, order, Answer(Reached.ANSWERED, False, Satisfaction.SATISFIED, ["not_fixed"]))
    assert called.rework_technician_id == carl.id


async def test_whoever_is_not_satisfied_says_why_with_a_known_reason(world: World):
    order = await completed(world)
    with pytest.raises(Invalid, match="reason"):
        await call(world, order, Answer(Reached.ANSWERED, False, Satisfaction.DISSATISFIED))
    with pytest.raises(Invalid, match="weather_on_mars"):
        await call(world, order, Answer(Reached.ANSWERED, False, Satisfaction.DISSATISFIED, ["weather_on_mars"]))


async def test_nobody_answers_for_the_silent(world: World):
    order = await completed(world)
    with pytest.raises(Invalid):
        await call(world, order, Answer(Reached.NO_ANSWER, True, Satisfaction.SATISFIED))
    with pytest.raises(Invalid):
        await call(world, order, Answer(Reached.ANSWERED, True))


async def silence(world: World, order: Order):
    """Three calls over two periods of the day; returns what the last one brought about."""
    await call(world, order, SILENT)
    world.wait(minutes=30)
    await call(world, order, SILENT)
    world.wait(hours=5)
    return await call(world, order, SILENT)


async def test_a_silent_subscriber_is_never_satisfied(world: World):
    order = await completed(world)
    called = await silence(world, order)
    assert (called.verdict, called.order.status, called.order.outcome) == (
        "not_reached", Status.CLOSED, Outcome.NOT_REACHED,
    )  # fmt: skip
    assert called.order.satisfied is None
    assert called.survey_token


async def test_a_cancelled_order_is_called_back_and_stays_cancelled(world: World):
    order = await world.report()
    await world.do(world.agent, order, acts.Cancel(reason="subscriber_wish"))
    assert await queue(world) == [order.number]
    called = await call(world, order, HAPPY)
    assert called.order.status == Status.CANCELLED
    assert await queue(world) == []
    with pytest.raises(Conflict):
        await call(world, order, HAPPY)


async def test_a_cancelled_order_nobody_answers_for_leaves_the_queue_after_its_attempts(world: World):
    order = await world.report()
    await world.do(world.agent, order, acts.Cancel(reason="subscriber_wish"))
    assert (await silence(world, order)).survey_token
    assert await queue(world) == []


async def test_a_remotely_solved_order_is_called_back_too(world: World):
    order = await world.report()
    await world.do(world.agent, order, acts.SolveRemotely(action="restarted the modem"))
    assert await queue(world) == [order.number]
    called = await call(world, order, Answer(Reached.ANSWERED, False, Satisfaction.DISSATISFIED, ["not_fixed"]))
    assert called.order.status == Status.DISPATCHED


async def test_attempts_of_a_new_round_begin_anew(world: World):
    order = await completed(world)
    await call(world, order, SILENT)
    world.wait(minutes=1)
    await call(world, order, Answer(Reached.ANSWERED, False, Satisfaction.DISSATISFIED, ["not_fixed"]))
    who = world.technician(world.bert)
    for act in (acts.Accept(), acts.Contact(), acts.Depart(), acts.Arrive(reason="no_position")):
        world.wait(minutes=5)
        await world.do(who, order, act)
    from tests.dispatch.orders.test_life import complete

    world.wait(minutes=30)
    await world.do(who, order, complete())
    called = await call(world, order, SILENT)
    assert called.verdict == "again"
    attempts = (await repository.attempts_of(world.session, [order.id]))[order.id]
    assert [(a.number, a.round) for a in attempts] == [(1, 0), (2, 0), (3, 1)]


async def test_only_agents_call_back_and_only_what_is_finished(world: World):
    order = await world.report()
    with pytest.raises(Conflict):
        await call(world, order, HAPPY)
    with pytest.raises(Forbidden):
        await record_attempt(world.session, world.technician(), order.id, HAPPY)
    elsewhere = world.actor(Role.AGENT, grids=frozenset({world.west.id}))
    if order.grid_id != world.west.id:
        with pytest.raises(NotFound):
            await record_attempt(world.session, elsewhere, order.id, HAPPY)


async def test_an_attempt_cannot_lie_ahead_or_before_the_work_was_done(world: World):
    order = await completed(world)
    for at in (world.now + timedelta(hours=1), world.now - timedelta(hours=3)):
        with pytest.raises(Invalid):
            await record_attempt(world.session, world.agent, order.id, HAPPY, at)


async def test_a_survey_link_works_once_and_its_answer_is_kept_beside_the_closed_order(world: World):
    order = await completed(world)
    token = (await silence(world, order)).survey_token
    assert token is not None
    link, behind, _area = await survey(world.session, token)
    assert behind.id == order.id
    assert token not in link.token_hash
    attempt = await answer_survey(world.session, token, HAPPY)
    assert attempt.answers == {"channel": "survey"}
    assert order.outcome == Outcome.NOT_REACHED
    with pytest.raises(NotFound):
        await survey(world.session, token)
    notes = select(OrderEvent).where(OrderEvent.order_id == order.id, OrderEvent.type == "noted")
    assert (await world.session.execute(notes)).scalars().one()


async def test_a_survey_link_that_was_never_given_out_opens_nothing(world: World):
    with pytest.raises(NotFound):
        await survey(world.session, "guess")


async def test_an_attempt_is_written_down_with_its_period_of_the_day(world: World):
    order = await completed(world)
    await call(world, order, SILENT)
    found = (await world.session.execute(select(CallbackAttempt))).scalars().one()
    assert (found.period, found.round, found.number) == ("morning", 0, 1)
