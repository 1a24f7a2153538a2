"""Days by grid are what the events say at every moment, whatever happens to the orders, and found out where not."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from dispatch.assessments.months import Month, month_of
from dispatch.orders.models import Order
from dispatch.orders.rules import acts
from dispatch.orders.rules.states import EventRecord, OrderState, evolve
from dispatch.reports.rollups.days import check, days_of, days_of_people, fold, load_of, rebuild
from kit.actor import SYSTEM
from tests.dispatch.assessments.conftest import complete, repair, world
from tests.dispatch.orders.conftest import HERE, START, World

__all__ = ["world"]
ENDS = (
    "completed", "solved_remotely", "force_completed", "cancelled", "merged", "outage_joined", "outage_ended", "closed",
)  # fmt: skip


async def told(world: World) -> list[dict[str, Any]]:
    """All events of orders that count, as plain rows."""
    rows = await world.session.execute(
        text(
            "SELECT e.order_id, e.sequence, e.type, e.technician_id, e.data, e.occurred_at, o.grid_id"
            " FROM order_events e JOIN orders o ON o.id = e.order_id WHERE o.origin <> 'history'"
            " ORDER BY e.order_id, e.sequence"
        )
    )
    return [dict(row._mapping) for row in rows]


def walked(events: list[dict[str, Any]], zone: str) -> dict[date, list[int]]:
    """Reported, completed, late and open at its end of each day, by walking through every order's story."""
    days: dict[date, list[int]] = {}
    spans: dict[Any, list[list[datetime | None]]] = {}
    due: dict[Any, datetime | None] = {}

    def on(at: datetime) -> list[int]:
        return days.setdefault(at.astimezone(ZoneInfo(zone)).date(), [0, 0, 0, 0])

    for one in events:
        order, kind = one["order_id"], one["type"]
        at = (
            datetime.fromisoformat(one["data"]["effectiveAt"]) if one["data"].get("effectiveAt") else one["occurred_at"]
        )
        clocks = one["data"].get("clocks") or {}
        if "companyDueAt" in clocks:
            due[order] = datetime.fromisoformat(clocks["companyDueAt"]) if clocks["companyDueAt"] else None
        mine = spans.setdefault(order, [])
        is_open = bool(mine) and mine[-1][1] is None
        if kind == "reported":
            on(at)[0] += 1
        if kind in ("completed", "solved_remotely", "force_completed"):
            on(at)[1] += 1
            limit = due.get(order)
            on(at)[2] += limit is not None and at > limit
        if kind in ("reported", "rework_dispatched", "outage_left") and not is_open:
            mine.append([at, None])
        elif kind in ENDS and is_open:
            mine[-1][1] = at
    for day, counts in days.items():
        end = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))
        counts[3] = sum(
            began < end and (ended is None or ended >= end) for all_of in spans.values() for began, ended in all_of
        )
    return days


async def same(world: World) -> int:
    """The days read are those walked; returns how many orders were completed."""
    expected = walked(await told(world), world.area.timezone)
    found = {
        one.day: [one.reported, one.completed, one.late, one.backlog]
        for month in ("2022-09", "2022-10")
        for one in await days_of(
            world.session, world.area, month_of(month, world.area.timezone), _last(month), None, None
        )
    }
    for day, counts in expected.items():
        assert found[day] == counts, day
    zone, first, after = world.area.timezone, date(2022, 8, 1), date(2022, 12, 1)
    load = await load_of(world.session, world.area, first, after, None)
    by_grid: dict[Any, list[int]] = {}
    for (grid, _), counts in visited(await told(world), zone).items():
        by_grid[grid] = [one + more for one, more in zip(by_grid.get(grid, [0, 0]), counts, strict=True)]
    assert {one.grid: [one.visits, one.spent] for one in load if one.visits or one.spent} == by_grid
    for day, (reported, *_) in expected.items():
        merged_then = await merged(world, day)
        assert sum(one.reported.get((day - first).days, 0) for one in load) == reported - merged_then
    assert all(counts[:3] == [0, 0, 0] for day, counts in found.items() if day not in expected)
    return sum(counts[1] for counts in expected.values())


def visited(events: list[dict[str, Any]], zone: str) -> dict[tuple[Any, date], list[int]]:
    """By grid and day: orders that a visit completed for the first time, and seconds of the visits completed then.

    Told by the statuses that an order went through: on the road until on site, on site until it is anything else, or
    until the request that was approved.
    """
    days: dict[tuple[Any, date], list[int]] = {}
    stories: dict[Any, list[dict[str, Any]]] = {}
    for one in events:
        stories.setdefault(one["order_id"], []).append(one)
    for story in stories.values():
        state: OrderState | None = None
        since = story[0]["occurred_at"]
        spent, first = 0.0, True
        for one in story:
            kind, at = one["type"], one["occurred_at"]
            before = state
            state = evolve(before, EventRecord(type=kind, occurred_at=at, technician_id=None, data=one["data"]))
            if before is not None and state.status != before.status:
                over = before.pending_since if kind == "request_decided" and before.pending_since else at
                busy = before.status == "on_site" or (before.status, state.status) == ("en_route", "on_site")
                if busy and over - since <= timedelta(hours=48):
                    spent += (over - since).total_seconds()
                since = at
            if kind == "completed":
                counts = days.setdefault((one["grid_id"], at.astimezone(ZoneInfo(zone)).date()), [0, 0])
                counts[0] += first
                counts[1] += int(spent)
                spent, first = 0.0, False
    return days


async def merged(world: World, day: date) -> int:
    """Orders reported on a day that are part of another one."""
    query = text(
        "SELECT count(*) FROM orders WHERE status = 'merged' AND (reported_at AT TIME ZONE :zone)::date = :day"
    )
    return int(await world.session.scalar(query, {"zone": world.area.timezone, "day": day}) or 0)


def _last(month: str) -> date:
    return date(2022, 9, 30) if month == "2022-09" else date(2022, 10, 31)


@pytest.mark.parametrize("seed", [11, 12, 13])
async def test_whatever_happens_the_days_are_what_the_events_say_folded_or_not(world: World, seed: int):
    draw = random.Random(seed)
    for number in range(14):
        start = START + timedelta(hours=draw.choice([-30, -3, 2, 9, 14, 60, 100]), minutes=number)
        who = draw.choice([world.anna, world.bert])
        order = await repair(
            world, start, who, done=draw.choice([120, 400, 900]), say=draw.choice(["attitude", "satisfied"])
        )
        if draw.random() < 0.3:
            world.set(start + timedelta(days=2))
            late = await world.report(subscriber=None)
            if draw.random() < 0.5:
                await world.do(world.agent, late, acts.Cancel(reason="subscriber_wish"))
            else:
                await world.do(SYSTEM, late, acts.Place(point=(-123.15, 49.25)))
        if number % 4 == 0:
            await fold(world.session)
        assert order.grid_id is not None
    world.set(datetime(2022, 11, 3, tzinfo=START.tzinfo))
    assert await same(world) > 10
    assert (await check(world.session, world.area)).differences == []
    await fold(world.session)
    assert await world.session.scalar(text("SELECT count(*) FROM grid_day_changes")) == 0
    await same(world)
    assert (await check(world.session, world.area)).differences == []


async def lived(world: World, order: Order, steps: list[tuple[float, acts.ActBase]]) -> None:
    """Acts of Anna at an order, decisions by the system, so many hours after the start."""
    for hours, act in steps:
        world.set(START + timedelta(hours=hours))
        who = SYSTEM if isinstance(act, acts.Decide) else world.technician()
        await world.do(who, order, act, point=HERE)


async def test_what_a_visit_took_ends_with_an_approved_request_not_with_a_refused_one(world: World):
    suspension = acts.RequestSuspension(reason="weather", resume_at=START + timedelta(hours=7))
    go = [acts.Accept(), acts.Depart(), acts.Arrive()]
    stories: list[tuple[int, list[tuple[float, acts.ActBase]]]] = [
        (3_600 + 4 * 3_600, [(3, suspension), (4, acts.Decide(approved=False)), (5, complete())]),
        (
            3_600 + 2 * 3_600 + 3_600 + 5_400,
            [(2, suspension), (2.5, acts.Decide(approved=False)), (3, suspension), (6, acts.Decide(approved=True)),
             (7, acts.Resume()), (7, acts.Depart()), (8, acts.Arrive()), (9.5, complete())],
        ),
        (3_600, [(1 + 49, complete())]),
    ]  # fmt: skip
    for _, story in stories:
        world.set(START)
        order = await world.report(subscriber=None)
        await world.do(SYSTEM, order, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
        await lived(world, order, [*zip((0.0, 0.0, 1.0), go, strict=True), *story])
    assert await same(world) == len(stories)
    assert (await check(world.session, world.area)).differences == []
    load = await load_of(world.session, world.area, date(2022, 9, 1), date(2022, 12, 1), None)
    assert sum(one.spent for one in load) == sum(spent for spent, _ in stories)


async def test_a_day_of_grids_that_was_tampered_with_is_found_and_made_anew(world: World):
    await repair(world, START, world.anna)
    await fold(world.session)
    await world.session.execute(text("UPDATE grid_days SET completed = completed + 1 WHERE completed > 0"))
    found = await check(world.session, world.area)
    assert len(found.differences) == 1
    assert "2022-09-27" in found.differences[0]
    assert await rebuild(world.session, world.area) > 0
    assert (await check(world.session, world.area)).differences == []
    await same(world)


async def test_an_order_that_moves_to_another_grid_takes_its_days_along(world: World):
    order = await world.report(subscriber=None)
    await fold(world.session)
    await world.do(world.dispatcher, order, acts.Place(point=(-123.15, 49.25)))
    await world.session.flush()
    span = month_of("2022-09", world.area.timezone)
    by = {
        grid: sum(one.reported for one in await days_of(world.session, world.area, span, _last("2022-09"), grid, None))
        for grid in (world.west.id, world.east.id)
    }
    assert by == {world.west.id: 1, world.east.id: 0}
    assert (await check(world.session, world.area)).differences == []


async def test_the_parts_by_technician_are_the_whole_of_what_was_completed(world: World):
    await repair(world, START, world.anna, done=300)
    await repair(world, START + timedelta(hours=6), world.bert, say="attitude")
    world.set(START + timedelta(days=2))
    span = month_of("2022-09", world.area.timezone)
    whole = await days_of(world.session, world.area, span, _last("2022-09"), None, None)
    parts = [
        await days_of_people(world.session, world.area, span, _last("2022-09"), [one.id])
        for one in (world.anna, world.bert)
    ]
    for place, day in enumerate(whole):
        assert sum(part[place].completed for part in parts) == day.completed
    assert sum(day.completed for day in whole) == 2
    assert [sum(day.late for day in part) for part in parts] == [1, 0]


async def test_what_a_replay_has_in_store_is_not_reported_yet(world: World):
    await world.report(subscriber=None, occurred_at=START)
    await world.session.execute(text("UPDATE orders SET reported_at = reported_at + interval '1 hour'"))
    span = month_of("2022-09", world.area.timezone)
    assert await _first_day(world, span) == (0, 0)
    world.set(START + timedelta(hours=2))
    assert await _first_day(world, span) == (1, 1)


async def _first_day(world: World, span: Month) -> tuple[int, int]:
    """Reported and open on the 27th, as of now."""
    days = await days_of(world.session, world.area, span, date(2022, 9, 27), None, None)
    return days[-1].reported, days[-1].backlog
