"""The call-back desk: who is called next, by whom, and that nothing in the queue stands still."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from httpx import ASGITransport, AsyncClient
from sqlalchemy import select, text, update

from dispatch.accounts.service import create_account
from dispatch.app import create_app
from dispatch.callbacks.desk import repository as desk
from dispatch.callbacks.desk import taking
from dispatch.callbacks.desk.models import CallbackEntry
from dispatch.callbacks.desk.timing import next_try, opens_at
from dispatch.callbacks.models import CallbackAttempt, Reached, Satisfaction
from dispatch.callbacks.service import Answer, record_attempt
from dispatch.notices.models import Notice
from dispatch.orders.reporting import SubscriberGiven
from dispatch.orders.rules import acts
from kit.actor import Role
from kit.db import Database
from kit.errors import Conflict, Forbidden, Invalid
from tests.dispatch.assessments.web import client
from tests.dispatch.orders.conftest import START, World, build_world
from tests.dispatch.orders.test_life import completed
from tests.site import bearer, ok, refused

HAPPY = Answer(Reached.ANSWERED, True, Satisfaction.SATISFIED)
SILENT = Answer(Reached.NO_ANSWER)
VANCOUVER = ZoneInfo("America/Vancouver")


@pytest.fixture
async def world(session) -> World:
    return await build_world(session)


async def cancelled(world: World, phone: str, **given):
    order = await world.report(subscriber=SubscriberGiven(f"Somebody {phone}", (phone,)), **given)
    await world.do(world.agent, order, acts.Cancel(reason="subscriber_wish"))
    return order


def test_the_next_try_is_in_another_part_of_the_day():
    nine = datetime(2022, 9, 27, 9, tzinfo=VANCOUVER)
    tries = [next_try(nine + timedelta(hours=hours), VANCOUVER) for hours in (0, 5, 10)]
    assert [f"{at:%d %H:%M}" for at in tries] == ["27 13:00", "27 18:30", "28 09:00"]


def test_at_night_the_desk_opens_in_the_morning():
    night = datetime(2022, 9, 27, 22, tzinfo=VANCOUVER)
    assert opens_at(night, VANCOUVER, "08:00", "21:00") == datetime(2022, 9, 28, 8, tzinfo=VANCOUVER)
    assert opens_at(night - timedelta(hours=3), VANCOUVER, "08:00", "21:00") is None


async def test_a_completed_order_is_in_the_queue_at_once_and_leaves_it_with_its_answer(world: World):
    order = await completed(world)
    agent = world.agent
    taken = await taking.take_next(world.session, agent, world.area.id)
    assert taken.entry is not None
    assert taken.entry.order_id == order.id
    await record_attempt(world.session, agent, order.id, HAPPY)
    entry = await desk.entry(world.session, order.id)
    assert entry is not None
    assert (entry.result, entry.holder_id, entry.left_at is None) == ("satisfied", None, False)
    attempt = (await world.session.scalars(select(CallbackAttempt))).one()
    assert attempt.answers["seconds"] >= 0


async def test_who_may_be_angrier_is_called_first(world: World):
    calm = await cancelled(world, "1")
    angry = await cancelled(world, "2", level="urgent", tier="vip")
    taken = await taking.take_next(world.session, world.agent, world.area.id)
    assert taken.entry is not None
    assert taken.entry.order_id == angry.id
    other = await taking.take_next(world.session, world.agent, world.area.id)
    assert other.entry is not None
    assert other.entry.order_id == calm.id


async def test_two_orders_of_one_subscriber_are_never_two_agents(world: World):
    await cancelled(world, "1")
    await cancelled(world, "1")
    assert (await taking.take_next(world.session, world.agent, world.area.id)).entry is not None
    assert (await taking.take_next(world.session, world.agent, world.area.id)).entry is None


async def test_a_half_done_call_outlives_the_page_and_goes_on_with_somebody_else(world: World):
    order = await cancelled(world, "1")
    first = world.agent
    await taking.take_next(world.session, first, world.area.id)
    await taking.keep_draft(world.session, first, order.id, {"solved": True})
    again = await taking.current(world.session, first, world.area.id)
    assert again is not None
    assert again.draft == {"solved": True}
    account = await create_account(world.session, "second", "Second", Role.AGENT, area_ids=[world.area.id])
    await taking.hand_over(world.session, first, order.id, account.id)
    with pytest.raises(Conflict) as refused:
        await taking.keep_draft(world.session, first, order.id, {})
    assert refused.value.code == "callback.taken"
    second = world.actor(Role.AGENT)
    second = type(second)(account.id, "Second", Role.AGENT, second.scope)
    taken = await taking.take_next(world.session, second, world.area.id)
    assert taken.entry is not None
    assert (taken.entry.order_id, taken.entry.draft) == (order.id, {"solved": True})
    manager = await create_account(world.session, "boss", "Boss", Role.MANAGER, area_ids=[world.area.id])
    with pytest.raises(Invalid):
        await taking.hand_over(world.session, second, order.id, manager.id)


async def test_a_hold_ends_by_itself_and_another_agent_takes_the_call(world: World):
    order = await cancelled(world, "1")
    await taking.take_next(world.session, world.agent, world.area.id)
    with pytest.raises(Conflict):
        await record_attempt(world.session, world.agent, order.id, HAPPY)
    gone = datetime.now(UTC) - timedelta(seconds=1)
    await world.session.execute(update(CallbackEntry).values(held_until=gone))
    taken = await taking.take_next(world.session, world.agent, world.area.id)
    assert taken.entry is not None
    assert taken.entry.order_id == order.id


async def test_silence_is_tried_in_three_parts_of_the_day_then_the_link_goes_out_by_itself(world: World):
    order = await completed(world)
    agent = world.agent
    moments = []
    for _ in range(3):
        assert (await taking.take_next(world.session, agent, world.area.id)).entry is not None
        await record_attempt(world.session, agent, order.id, SILENT)
        assert (await taking.take_next(world.session, agent, world.area.id)).entry is None
        entry = await desk.entry(world.session, order.id)
        assert entry is not None
        moments.append(entry.next_at)
        world.set(entry.next_at)
    assert moments == sorted(moments)
    assert entry.left_at is not None
    assert entry.result == "not_reached"
    assert order.satisfied is None
    notice = (
        await world.session.scalars(select(Notice).where(Notice.order_id == order.id, Notice.kind == "not_reached"))
    ).one()
    assert notice.params["number"] == order.number
    (survey,) = await desk.surveys(world.session, world.area.id, datetime.now(UTC), 10)
    assert survey.state == "sent"
    (survey,) = await desk.surveys(world.session, world.area.id, datetime.now(UTC) + timedelta(days=8), 10)
    assert (survey.state, survey.satisfaction) == ("silent", None)


async def test_nobody_is_called_at_night_and_only_agents_call(world: World):
    await cancelled(world, "1")
    world.set(START + timedelta(hours=13))
    taken = await taking.take_next(world.session, world.agent, world.area.id)
    assert taken.entry is None
    assert taken.opens_at == datetime(2022, 9, 28, 8, tzinfo=VANCOUVER)
    with pytest.raises(Forbidden):
        await taking.take_next(world.session, world.dispatcher, world.area.id)


async def test_the_board_knows_who_does_what_and_the_agent_their_day(database: Database):
    async with database.transaction() as session:
        world = await build_world(session)
        orders = [await cancelled(world, str(number)) for number in range(3)]
    agent = world.agent
    area = f"/api/areas/{world.area.id}"
    async with client(database, agent) as web:
        call = (await web.post(f"{area}/desk/next")).json()["call"]
        assert call["orderId"] == str(orders[0].id)
        assert (await web.get(f"{area}/desk/call")).json()["call"]["orderId"] == call["orderId"]
        draft = await web.put(f"/api/orders/{call['orderId']}/callback-draft", json={"answers": {"attitude": 5}})
        assert draft.status_code == 200
        held = (await web.get(f"{area}/desk/board")).json()
        assert [one["number"] for one in held["held"]] == [call["number"]]
        assert all(one["nextAt"] for one in held["first"])
        done = {"reached": "answered", "solved": True, "satisfaction": "very_satisfied", "attitude": 5, "tidy": 4}
        assert (await web.post(f"/api/orders/{call['orderId']}/callbacks", json=done)).status_code == 201
        assert (await web.post(f"/api/orders/{call['orderId']}/callbacks", json=done)).status_code == 409
        day = (await web.get(f"{area}/desk/day")).json()
        assert (day["calls"], day["reached"]) == (1, 1)
        assert (day["due"], day["late"], day["afterToday"], day["nextAt"], day["opensAt"]) == (2, 0, 0, None, None)
        assert [one["number"] for one in day["mine"]] == [call["number"]]
        assert day["secondsACall"] >= 0
        board = (await web.get(f"{area}/desk/board")).json()
        assert (board["waiting"], board["held"]) == (2, [])
        assert board["coverage"] == pytest.approx(1 / 3)
        assert sum(hour["calls"] for hour in board["hours"]) == 1
        assert (await web.get(f"{area}/desk/surveys")).json()["items"] == []


async def test_the_agents_day_says_what_awaits_part_by_part_and_when_the_next_moment_is(database: Database):
    async with database.transaction() as session:
        world = await build_world(session)
        orders = [await cancelled(world, str(number)) for number in range(4)]
        local = world.now.astimezone(VANCOUVER)
        tomorrow = (local + timedelta(days=1)).replace(hour=9, minute=0)
        evening = local.replace(hour=18, minute=30)
        await desk.try_again(session, orders[1].id, evening)
        await desk.try_again(session, orders[2].id, tomorrow)
        await session.execute(
            update(CallbackEntry)
            .where(CallbackEntry.order_id == orders[3].id)
            .values(due_at=world.now - timedelta(minutes=1))
        )
    async with client(database, world.agent) as web:
        day = (await web.get(f"/api/areas/{world.area.id}/desk/day")).json()
        assert (day["due"], day["late"], day["afterToday"]) == (2, 1, 1)
        assert datetime.fromisoformat(day["nextAt"]) == evening
        assert [(one["part"], one["waiting"], one["made"]) for one in day["parts"]] == [
            ("morning", 2, 0), ("afternoon", 0, 0), ("evening", 1, 0),
        ]  # fmt: skip
        assert (day["mine"], day["secondsACall"]) == ([], None)
    async with database.transaction() as session:
        area = await session.get_one(type(world.area), world.area.id)
        area.clock_area_anchor = START + timedelta(hours=13)
    async with client(database, world.agent) as web:
        night = (await web.get(f"/api/areas/{world.area.id}/desk/day")).json()
        assert (night["due"], night["afterToday"]) == (0, 4)
        opens, following = (datetime.fromisoformat(night[name]) for name in ("opensAt", "nextAt"))
        assert opens == following == datetime(2022, 9, 28, 8, tzinfo=VANCOUVER)


@pytest.mark.slow
async def test_two_agents_who_press_at_once_a_thousand_times_never_get_the_same_call(database: Database):
    async with database.transaction() as session:
        world = await build_world(session)
        order = await cancelled(world, "1")
        columns = [
            one.name for one in type(order).__table__.columns if one.name not in ("id", "number", "subscriber_id")
        ]
        names = ", ".join(columns)
        await session.execute(
            text(
                f"INSERT INTO orders (id, number, {names}) SELECT gen_random_uuid(), 'N' || n, {names} FROM orders,"
                " generate_series(1, 1999) n"
            )
        )
    agents = (world.agent, world.agent)

    async def press(agent):
        async with database.transaction() as session:
            taken = await taking.take_next(session, agent, world.area.id)
            return taken.entry.order_id if taken.entry else None

    async def finish(order_id):
        async with database.transaction() as session:
            await desk.leave(session, order_id, world.now, "answered")

    seen = []
    for _ in range(1000):
        first, second = await asyncio.gather(*(press(agent) for agent in agents))
        assert first != second
        seen += [first, second]
        await asyncio.gather(finish(first), finish(second))
    assert None not in seen
    assert len(set(seen)) == 2000


async def test_a_busy_server_takes_no_call_and_the_same_request_gets_one_when_it_comes_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    async with database.transaction() as session:
        world = await build_world(session)
        order = await cancelled(world, "1")
    ann = await bearer(database, "ann", Role.AGENT, area_ids=[world.area.id]) | {"Idempotency-Key": "the next call"}
    monkeypatch.setattr("kit.db.WAIT_SECONDS", 0.2)
    busy = Database(database.url, pool_size=1)
    app, path = create_app(database=busy), f"/api/areas/{world.area.id}/desk/next"
    try:
        async with (
            app.lifespan(),
            AsyncClient(transport=ASGITransport(app), base_url="http://testserver.local") as http,
        ):
            async with AsyncExitStack() as others:
                for _ in range(1 + 10):  # the pool and its overflow
                    other = await others.enter_async_context(busy.transaction())
                    await other.execute(text("SELECT 1"))
                answer = await http.post(path, headers=ann)
                refused(answer, 503, "unavailable.busy")
                assert 2 <= int(answer.headers["Retry-After"]) <= 15
                assert await other.scalar(select(CallbackEntry.holder_id)) is None
            call = ok(await http.post(path, headers=ann))["call"]
            assert call["orderId"] == str(order.id)
    finally:
        await busy.dispose()
