"""Hours are what rosters and events say by sets of moments in SQL, kept or not, old or not; a wrong row is found."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments.months import month_of
from dispatch.orders.models import Order
from dispatch.orders.rules import acts
from dispatch.reports.hours import PARTS, Hours
from dispatch.reports.rollups import kept_work
from dispatch.reports.rollups.jobs import keep_work
from dispatch.reports.rollups.kept_work import check, runs, worked
from dispatch.reports.rollups.work import work_of
from dispatch.technicians.models import RosterPattern, Shift
from dispatch.technicians.service import add_leave
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.actor import SYSTEM
from kit.db import Database
from tests.dispatch.assessments.conftest import repair
from tests.dispatch.orders.conftest import START, World, build_world
from tests.dispatch.reports.keeping import keep_all

BY_SETS = Path(__file__).with_name("hours.sql").read_text(encoding="utf-8")
LATER = datetime(2022, 10, 20, 18, 0, tzinfo=UTC)


async def live(world: World, draw: random.Random, orders: int) -> None:
    """Rosters over midnight, leave in a shift, a dated shift, jobs over midnight and over the month's end."""
    pause = [{"seconds": 2700, "earliest": "11:30", "latest": "13:30"}]
    night = [{"seconds": 1800, "earliest": "20:00", "latest": "22:00"}]
    first = date(2022, 1, 1)
    for who, starts, ends, breaks in (
        (world.anna, time(8), time(16, 30), pause),
        (world.bert, time(18), time(2), night),
    ):
        world.session.add(
            RosterPattern(technician_id=who.id, weekdays=[1, 2, 3, 4, 5, 6], starts=starts, ends=ends, breaks=breaks,
                          valid=Range(first, None))
        )  # fmt: skip
    dated = Range(datetime(2022, 9, 29, 19, tzinfo=UTC), datetime(2022, 9, 30, 1, tzinfo=UTC))
    world.session.add(Shift(technician_id=world.anna.id, period=dated, breaks=[]))
    await world.session.flush()
    away = datetime(2022, 9, 28, 17, tzinfo=UTC)
    await add_leave(world.session, world.anna, away, away + timedelta(hours=2))
    for number in range(orders):
        start = START + timedelta(
            days=draw.choice([-2, -1, 0, 1, 2, 3, 4, 5]), minutes=draw.randrange(-600, 900), seconds=number
        )
        who = draw.choice([world.anna, world.bert])
        arrive = draw.choice([30, 60, 95])
        done = arrive + draw.choice([7, 45, 200, 500])
        say = "satisfied" if number % 3 else None
        await repair(world, start, who, accept=5, contact=10, arrive=arrive, done=done, say=say)
    await suspended(world, START + timedelta(days=6), world.anna)
    world.set(LATER)


async def suspended(world: World, start: datetime, who: Any) -> None:
    """Work that ended with a request that was approved later."""
    order = await asked_for(world, start, who)
    world.set(start + timedelta(minutes=110))
    await world.do(SYSTEM, order, acts.Decide(approved=True))


async def asked_for(world: World, start: datetime, who: Any) -> Order:
    """Work whose suspension was asked for and is not decided."""
    world.set(start)
    order = await world.report(subscriber=None)
    await world.do(SYSTEM, order, acts.Dispatch(technician_id=who.id, why="a_technician"))
    for minutes, act in ((5, acts.Accept()), (20, acts.Depart()), (50, acts.Arrive())):
        world.set(start + timedelta(minutes=minutes))
        await world.do(world.technician(who), order, act, **({"point": (-123.10, 49.25)} if minutes == 50 else {}))
    world.set(start + timedelta(minutes=80))
    resume = world.now + timedelta(hours=5)
    await world.do(world.technician(who), order, acts.RequestSuspension(reason="weather", resume_at=resume))
    return order


async def by_sets(session: AsyncSession, area: ServiceArea, month: str) -> dict[UUID, dict[str, int]]:
    asked = {"area": area.id, "first": datetime.fromisoformat(f"{month}-01"), "now": area.clock.now()}
    found: dict[UUID, dict[str, int]] = {}
    for row in await session.execute(text(BY_SETS), asked):
        found.setdefault(row.technician_id, dict.fromkeys(PARTS, 0))[row.name] = row.seconds
    return found


async def same(session: AsyncSession, area_id: UUID) -> int:
    """Both months as pages read them are what the sets say; returns the seconds of all parts."""
    area = await area_by_id(session, area_id)
    total = 0
    for month in ("2022-09", "2022-10"):
        found = await worked(session, area, month_of(month, area.timezone))
        shown = {
            who: {part: getattr(hours, part) for part in PARTS}
            for who, hours in found.technicians.items()
            if any(getattr(hours, part) for part in PARTS)
        }
        assert shown == await by_sets(session, area, month)
        for hours in shown.values():
            assert hours["shift"] == sum(hours[part] for part in ("drive", "work", "pause", "wait", "unassigned"))
        total += sum(sum(hours.values()) for hours in shown.values())
    return total


@pytest.mark.parametrize("seed", [21, 22])
async def test_hours_are_what_sets_of_moments_say_before_they_are_kept_and_after(database: Database, seed: int):
    draw = random.Random(seed)
    async with database.transaction() as session:
        world = await build_world(session)
        await live(world, draw, 16)
        area_id, anna = world.area.id, world.anna
        before = await same(session, area_id)
    assert before > 100 * 3600
    assert await keep_all(database, area_id) > 20
    async with database.transaction() as session:
        assert await same(session, area_id) == before
        compared, wrong = await check(session, await area_by_id(session, area_id))
        assert compared > 30
        assert wrong == []
    async with database.transaction() as session:  # what happens afterwards counts at once
        world.session, world.area = session, await area_by_id(session, area_id)
        await repair(world, START + timedelta(days=1, hours=4), anna, arrive=20, done=77)
        await suspended(world, START + timedelta(days=3, hours=5), anna)
        await add_leave(session, anna, START + timedelta(days=9), START + timedelta(days=9, hours=3))
        world.set(LATER)
    async with database.transaction() as session:
        after = await same(session, area_id)
    assert after != before
    assert await keep_all(database, area_id) > 0
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM work_stale")) == 0
        assert await same(session, area_id) == after
        assert (await check(session, await area_by_id(session, area_id)))[1] == []


async def test_a_job_whose_end_was_forgotten_is_nobodys_however_its_days_are_read(database: Database):
    async with database.transaction() as session:
        world = await build_world(session)
        await repair(world, START, world.anna, accept=5, contact=10, arrive=30, done=47 * 60)
        await repair(world, START + timedelta(days=10), world.anna, accept=5, contact=10, arrive=30, done=49 * 60)
        world.set(LATER)
        first, days = START.date() - timedelta(days=1), 16
        whole = await work_of(session, world.area, first, days)
        spent = [hours.overtime for hours in whole.people[world.anna.id]]
        assert sum(spent) == 15 * 60 * 2 + 46.5 * 3600  # on the road twice, at work once
        for place in range(days):
            day = await work_of(session, world.area, first + timedelta(days=place), 1)
            assert [one.overtime for one in day.people.get(world.anna.id, [Hours()])] == [spent[place]]


async def test_a_request_that_is_approved_days_later_ends_the_work_of_a_kept_day(database: Database):
    async with database.transaction() as session:
        world = await build_world(session)
        order = (await asked_for(world, START, world.anna)).id
        world.set(LATER)
        area_id = world.area.id
    await keep_all(database, area_id)
    async with database.transaction() as session:
        assert await same(session, area_id) == 30 * 60  # on the road
    async with database.transaction() as session:
        world.session, world.area = session, await area_by_id(session, area_id)
        world.set(START + timedelta(days=4))
        await world.do(SYSTEM, order, acts.Decide(approved=True))
        world.set(LATER)
    async with database.transaction() as session:
        assert await same(session, area_id) == 30 * 60 + 30 * 60  # and at work


async def test_a_kept_hour_that_was_tampered_with_is_found_and_made_anew(database: Database):
    async with database.transaction() as session:
        world = await build_world(session)
        await live(world, random.Random(5), 5)
        area_id = world.area.id
    await keep_all(database, area_id)
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE person_days SET wait = wait + 60 WHERE (technician_id, day) IN"
                 " (SELECT technician_id, day FROM person_days WHERE shift > 0 LIMIT 1)")
        )  # fmt: skip
        await session.execute(text("UPDATE person_grid_days SET work = work + 1"))
    async with database.transaction() as session:
        area = await area_by_id(session, area_id)
        places = await session.scalar(text("SELECT count(*) FROM person_grid_days"))
        assert len((await check(session, area))[1]) == 1 + (places or 0)
        await kept_work.forget_all(session, area)
    await keep_all(database, area_id)
    async with database.transaction() as session:
        assert (await check(session, await area_by_id(session, area_id)))[1] == []
        await same(session, area_id)


async def test_a_day_is_not_ready_while_somebody_may_not_know_that_it_is_kept(database: Database):
    async with database.transaction() as session:
        world = await build_world(session)
        await repair(world, START, world.anna)
        world.set(LATER)
        area_id = world.area.id
    async with database.transaction() as early:
        await early.execute(text("SELECT pg_current_xact_id()"))
        assert await keep_work(database, area_id) == 0
    assert await keep_all(database, area_id) > 0


def test_days_in_order_are_stretches_without_a_gap():
    days = [date(2022, 9, day) for day in (1, 2, 3, 5, 8, 9)]
    assert runs(days) == [(days[0], 3), (days[3], 1), (days[4], 2)]
    assert runs(days, most=2) == [(days[0], 2), (days[2], 1), (days[3], 1), (days[4], 2)]
