"""Automatic dispatch and what falls due, on the area's clock."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import Range

from dispatch.orders.models import Level, OrderAlarm, OrderEvent, Status
from dispatch.orders.rules import acts
from dispatch.planning.dispatching.auto_dispatch import dispatch_new, sweep, sweep_area
from dispatch.planning.dispatching.replay_clock import advance_clock
from dispatch.planning.jobs import sweep_all
from dispatch.technicians.models import Leave
from grids.service import create_area
from kit.actor import SYSTEM
from kit.db import Database
from kit.errors import Conflict, Forbidden
from tests.dispatch.planning.town import EAST, NINE, WEST, Town, later, spread


async def dispatch(town: Town) -> None:
    async with town.database.transaction() as session:
        await dispatch_new(session, await session.merge(await town.area()))


async def test_a_new_order_goes_to_the_a_technician_of_its_grid(town: Town):
    order = await town.report(EAST)
    await dispatch(town)
    found = await town.order(order)
    assert (found.status, found.owner_id) == (Status.DISPATCHED, town.carl)


async def test_on_leave_the_substitute_gets_it(town: Town):
    async with town.database.transaction() as session:
        period = Range(NINE - timedelta(days=1), NINE + timedelta(days=1))
        session.add(Leave(technician_id=town.anna, period=period, substitute_id=town.dana))
    order = await town.report(WEST)
    await dispatch(town)
    assert (await town.order(order)).owner_id == town.dana


async def test_the_thirteenth_order_of_a_day_goes_to_b_and_the_rest_to_neighbours_until_all_are_full(town: Town):
    for point in spread(50):
        await town.report(point)
    await dispatch(town)
    async with town.database.transaction() as session:
        rows = await session.execute(text("SELECT owner_id, count(*) AS n FROM orders GROUP BY owner_id"))
        owned = {row.owner_id: row.n for row in rows}
    assert owned == {town.anna: 12, town.bert: 12, town.carl: 12, town.dana: 12, None: 2}


async def test_an_order_without_a_grid_waits_for_its_place(town: Town):
    order = await town.report(None)
    await dispatch(town)
    assert (await town.order(order)).status is Status.REPORTED


async def test_an_order_not_yet_reported_by_the_areas_clock_does_not_exist(town: Town):
    await town.set_clock(later(hours=2))
    order = await town.report()
    await town.set_clock(NINE)
    await dispatch(town)
    assert (await town.order(order)).status is Status.REPORTED


async def test_moving_the_clock_reveals_alarms_and_reassigns_each_at_its_own_time(town: Town):
    await town.set_clock(later(minutes=10))
    order = await town.report()
    await town.set_clock(NINE)
    moved = await advance_clock(town.database, SYSTEM, town.area_id, later(minutes=50))
    assert moved.now == later(minutes=50)
    async with town.database.transaction() as session:
        events = (
            (
                await session.execute(
                    select(OrderEvent).where(OrderEvent.order_id == order.id).order_by(OrderEvent.sequence)
                )
            )
            .scalars()
            .all()
        )
        story = [(event.type, event.occurred_at, event.technician_id) for event in events][1:]
        warned = (await session.execute(select(OrderAlarm).where(OrderAlarm.clock == "accept"))).scalars().all()
    assert story == [
        ("dispatched", later(minutes=10), town.anna),
        ("reassigned", later(minutes=40), town.bert),
    ]
    assert (warned[0].due_at, warned[0].percent) == (later(minutes=40), 50)


async def test_moving_in_small_steps_or_at_once_gives_the_same_story(town: Town):
    await town.set_clock(later(hours=1))
    for point in spread(6):
        await town.report(point)
    await town.set_clock(NINE)
    for minutes in range(5, 185, 5):
        await advance_clock(town.database, SYSTEM, town.area_id, later(minutes=minutes))
    async with town.database.transaction() as session:
        rows = await session.execute(
            text("SELECT type, occurred_at FROM order_events WHERE type = 'reassigned' ORDER BY occurred_at")
        )
        times = {row.occurred_at for row in rows}
    assert times == {later(minutes=90), later(minutes=120), later(minutes=150)}


async def test_a_suspended_order_resumes_at_its_time(town: Town):
    order = await town.report()
    await dispatch(town)
    anna = town.technician(town.anna)
    await town.do(anna, order, acts.Accept())
    resume = later(hours=1)
    await town.do(anna, order, acts.RequestSuspension(reason="weather", resume_at=resume))
    await town.do(town.dispatcher, order, acts.Decide(approved=True))
    await advance_clock(town.database, SYSTEM, town.area_id, later(hours=2))
    found = await town.order(order)
    assert (found.status, found.status_since) == (Status.ACCEPTED, resume)


async def test_warnings_are_raised_once_at_each_share_of_a_clock(town: Town):
    order = await town.report(level=Level.URGENT)
    await dispatch(town)
    await town.do(town.technician(town.anna), order, acts.Accept())
    await town.set_clock(later(hours=3, minutes=30))
    for _ in range(2):
        async with town.database.transaction() as session:
            await sweep(session, await session.merge(await town.area()))
    async with town.database.transaction() as session:
        rows = await session.execute(select(OrderAlarm.percent).where(OrderAlarm.clock == "complete"))
        assert sorted(rows.scalars()) == [50, 80]


async def test_a_clock_that_stands_still_is_left_alone_by_the_sweep(town: Town):
    await town.report()
    assert await sweep_area(town.database, town.area_id) is None


async def test_a_past_to_be_lived_again_is_left_alone_until_its_clock_is_set(town: Town):
    order = await town.report()
    async with town.database.transaction() as session:
        await session.execute(text("UPDATE orders SET origin = 'replay'"))
        await session.execute(text("UPDATE service_areas SET clock_area_anchor = NULL, clock_real_anchor = NULL"))
    assert await sweep_area(town.database, town.area_id) is None
    assert (await town.order(order)).status is Status.REPORTED


async def test_a_clock_never_goes_back_and_only_those_in_charge_move_it(town: Town):
    with pytest.raises(Conflict):
        await advance_clock(town.database, SYSTEM, town.area_id, NINE - timedelta(minutes=1))
    with pytest.raises(Forbidden):
        await advance_clock(town.database, town.technician(town.anna), town.area_id, later(hours=1))


async def test_an_area_that_raises_whatever_it_is_does_not_stop_the_areas_after_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    async with town.database.transaction() as session:
        await create_area(session, "aaa", "First", "UTC")
    swept: list[UUID] = []

    async def sweeping(_database: Database, area_id: UUID) -> None:
        swept.append(area_id)
        if area_id != town.area_id:
            raise OverflowError("year 10000 is out of range")

    monkeypatch.setattr("dispatch.planning.jobs.sweep_area", sweeping)
    await sweep_all(town.database)
    assert len(swept) == 2
    assert swept[-1] == town.area_id
