"""Kept answers are what calls and events say, walked through in another way, and found out where they are not."""

from __future__ import annotations

import asyncio
import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from dispatch.callbacks.models import Reached, Satisfaction
from dispatch.callbacks.service import Answer, answer_by_link
from dispatch.orders.models import Order
from dispatch.orders.rules import acts
from dispatch.reports.rollups.answering import PROMISES
from dispatch.reports.rollups.jobs import count_anew
from dispatch.reports.rollups.kept_answers import check, rebuild
from kit.actor import SYSTEM
from kit.db import Database
from tests.databases import somebody_waits
from tests.dispatch.assessments.conftest import call as answered
from tests.dispatch.assessments.conftest import complete, repair, work, world
from tests.dispatch.orders.conftest import HERE, START, World, build_world

__all__ = ["world"]


def walked(story: list[dict[str, Any]], reported: datetime, attempt: dict[str, Any]) -> dict[str, bool | None]:
    """The promises of an order when its subscriber answered, by going through its story."""
    last = max(at for at, one in enumerate(story)
               if one["type"] == "completed" and one["occurred_at"] <= attempt["at"])  # fmt: skip
    chased = any(one["type"] == "chased" for one in story[: last + 1])
    began = max((at for at, one in enumerate(story[:last]) if one["type"] == "rework_dispatched"), default=0)
    done: dict[str, datetime] = {}
    due: dict[str, datetime] = {}
    window: tuple[datetime, datetime] | None = None
    in_window: bool | None = None
    for one in story[began : last + 1]:
        kind, at, data = one["type"], one["occurred_at"], one["data"]
        if kind == "contacted":
            done.setdefault(kind, at)
        else:
            done[kind] = max(done.get(kind, at), at)
        due |= {name: datetime.fromisoformat(by) for name, by in (data.get("clocks") or {}).items() if by}
        ends = [data.get(f"window{end}") or data.get(f"appointment{end}") for end in ("Start", "End")]
        if all(ends):
            window, in_window = (datetime.fromisoformat(ends[0]), datetime.fromisoformat(ends[1])), None
        elif kind == "arrived" and window is not None and in_window is None:
            in_window = window[0] <= at <= window[1]

    def by(kind: str, name: str) -> bool | None:
        return done[kind] <= due[name] if kind in done and name in due else None

    return {
        "accepted": by("accepted", "acceptDueAt"), "contacted": by("contacted", "contactDueAt"),
        "window": in_window, "in_time": by("completed", "dueAt"),
        "first_visit": attempt["round"] == 0,
        "within_a_day": done["completed"] - reported <= timedelta(hours=24), "not_chased": not chased,
    }  # fmt: skip


async def same(world: World) -> int:
    """Every answered call is kept as its story says; returns how many promises were broken."""
    rows = (await world.session.execute(text("SELECT * FROM kept_answers"))).mappings().all()
    kept = {row["attempt_id"]: row for row in rows}
    calls = (
        await world.session.execute(
            text("SELECT c.*, o.grid_id, o.reported_at FROM callback_attempts c JOIN orders o ON o.id = c.order_id"
                 " WHERE c.reached = 'answered'")
        )
    ).mappings().all()  # fmt: skip
    assert set(kept) == {call["id"] for call in calls}
    broken = 0
    for call in calls:
        events = await world.session.execute(
            text("SELECT type, occurred_at, data FROM order_events WHERE order_id = :order ORDER BY sequence"),
            {"order": call["order_id"]},
        )
        story = [dict(one) for one in events.mappings()]
        row = kept[call["id"]]
        said = walked(story, call["reported_at"], dict(call))
        assert {name: row[name] for name in PROMISES} == said
        for name in ("grid_id", "at", "satisfaction", "reasons"):
            assert row[name] == call[name]
        broken += sum(kept is False for kept in said.values())
    return broken


@pytest.mark.parametrize("seed", [5, 6])
async def test_whatever_happens_answers_are_kept_as_their_stories_say(world: World, seed: int):
    draw = random.Random(seed)
    for number in range(10):
        start = START + timedelta(hours=draw.choice([-30, 2, 60, 100]), minutes=number)
        said = draw.choice(["attitude", "satisfied"])
        order = await repair(
            world, start, draw.choice([world.anna, world.bert]), accept=draw.choice([5, 70]), contact=80, arrive=95,
            done=draw.choice([120, 900, 2000]), say=said,
        )  # fmt: skip
        if number % 3 == 0:
            await world.session.execute(
                text("UPDATE orders SET grid_id = :grid WHERE id = :id"), {"grid": world.west.id, "id": order.id}
            )
    assert await same(world) > 5
    compared, wrong = await check(world.session, world.area)
    assert (compared >= 10, wrong) == (True, [])


async def test_a_planted_wrong_answer_is_found_and_made_anew(world: World):
    for number in range(3):
        await repair(world, START + timedelta(hours=number), world.anna, say="satisfied")
    await world.session.execute(
        text("UPDATE kept_answers SET in_time = NOT coalesce(in_time, false) WHERE attempt_id ="
             " (SELECT min(attempt_id::text)::uuid FROM kept_answers)")
    )  # fmt: skip
    await world.session.execute(
        text("DELETE FROM kept_answers WHERE attempt_id = (SELECT max(attempt_id::text)::uuid FROM kept_answers)")
    )
    compared, wrong = await check(world.session, world.area)
    assert compared == 2
    assert [("in_time is kept" in one, "None" in one) for one in sorted(wrong, key=len)] == [
        (True, False),
        (False, True),
    ]
    assert await rebuild(world.session, world.area) == 3
    assert (await check(world.session, world.area)) == (3, [])
    await same(world)


async def test_a_call_that_is_no_answer_after_all_is_not_kept(world: World):
    order = await repair(world, START, world.anna, say="satisfied")
    await world.session.execute(
        text("UPDATE callback_attempts SET reached = 'no_answer', solved = NULL, satisfaction = NULL"
             " WHERE order_id = :id"), {"id": order.id},
    )  # fmt: skip
    assert await world.session.scalar(text("SELECT count(*) FROM kept_answers")) == 0
    await world.do(SYSTEM, await world.report(subscriber=None), acts.Place(point=(-123.15, 49.25)))
    assert await same(world) == 0


async def test_a_call_that_is_recorded_while_all_is_counted_anew_waits_for_nobody_who_waits_for_it(database: Database):
    async with database.transaction() as session:
        world = await build_world(session)
        await repair(world, START, world.anna, say="satisfied")
        area_id = world.area.id
    async with database.transaction() as desk:
        # A call keeps its answer first, then what follows from it is counted in the days.
        await desk.execute(text("UPDATE callback_attempts SET satisfaction = 'very_satisfied'"))
        counting = asyncio.create_task(count_anew(database, area_id))
        await somebody_waits(database)
        await desk.execute(
            text(
                "INSERT INTO grid_day_changes (area_id, grid_id, day, reported, completed, late, opened, visits, spent)"
                " SELECT area_id, grid_id, day, 0, 0, 0, 0, 0, 0 FROM grid_days LIMIT 1"
            )
        )
    days, answers = await counting
    assert (days > 0, answers) == (True, 1)
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT satisfaction FROM kept_answers")) == "very_satisfied"


async def newest(world: World, promise: str) -> bool:
    """A promise of the newest answer."""
    query = text(f'SELECT "{promise}" FROM kept_answers ORDER BY at DESC LIMIT 1')
    return bool(await world.session.scalar(query))


async def test_a_completion_that_a_phone_without_signal_sends_after_the_answer_counts_for_it(world: World):
    order = await repair(world, START, world.anna, say="attitude")
    who = next(one for one in (world.anna, world.bert) if one.id == order.owner_id)
    visit = START + timedelta(hours=30)
    for minute, act in ((0, acts.Accept()), (5, acts.Contact()), (20, acts.Depart()), (40, acts.Arrive())):
        world.set(visit + timedelta(minutes=minute))
        await world.do(world.technician(who), order, act, point=HERE)
    world.set(visit + timedelta(minutes=75))
    await answer_by_link(
        world.session, order, world.area, Answer(Reached.ANSWERED, True, Satisfaction.SATISFIED)
    )  # fmt: skip
    assert await newest(world, "within_a_day")
    world.set(visit + timedelta(minutes=90))
    sent = visit + timedelta(minutes=60)
    await world.do(world.technician(who), order, complete(), point=HERE, occurred_at=sent)
    assert not await newest(world, "within_a_day")
    await same(world)
    assert (await check(world.session, world.area)) == (2, [])


async def test_an_order_that_was_reported_earlier_than_thought_was_not_repaired_within_a_day(world: World):
    await repair(world, START, world.anna, say="satisfied")
    assert await newest(world, "within_a_day")
    await world.session.execute(text("UPDATE orders SET reported_at = reported_at - interval '2 days'"))
    assert not await newest(world, "within_a_day")
    await same(world)


async def promises(world: World, order: Order) -> list[dict[str, bool | None]]:
    rows = await world.session.execute(
        text("SELECT k.* FROM kept_answers k JOIN callback_attempts a ON a.id = k.attempt_id WHERE a.order_id = :order"
             " ORDER BY k.at"), {"order": order.id},
    )  # fmt: skip
    return [{name: row[name] for name in PROMISES} for row in rows.mappings()]


async def test_promises_are_kept_as_the_score_counts_them(world: World):
    """The first call counts, an early arrival is none in the window, and a rework has promises of its own."""
    early = await repair(world, START, world.anna, arrive=50, window=(60, 90))
    assert [(one["window"], one["contacted"]) for one in await promises(world, early)] == [(False, True)]
    twice = await repair(world, START + timedelta(days=1), world.anna, say=None, contact=20, arrive=200, done=220)
    world.set(START + timedelta(days=2))
    order = await world.report(subscriber=None)
    await world.do(SYSTEM, order, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
    for minute, act in ((5, acts.Accept()), (30, acts.Contact(reached=False)), (160, acts.Contact()),
                        (170, acts.Depart()), (180, acts.Arrive()), (200, complete())):  # fmt: skip
        world.set(START + timedelta(days=2, minutes=minute))
        await world.do(world.technician(), order, act, point=HERE)
    world.wait(minutes=60)
    await answered(world, order, "satisfied")
    assert [one["contacted"] for one in await promises(world, order)] == [True]
    world.set(START + timedelta(days=3))
    await answered(world, twice, "attitude")
    if twice.owner_id != world.bert.id:
        await world.do(world.dispatcher, twice, acts.Reassign(technician_id=world.bert.id, why="dispatcher"))
    await work(world, twice, world.now, world.bert, accept=5, contact=10, arrive=40, done=80)
    world.wait(minutes=60)
    await answered(world, twice, "satisfied")
    assert [(one["contacted"], one["window"], one["first_visit"]) for one in await promises(world, twice)] == [
        (True, None, True), (True, None, False),
    ]  # fmt: skip
    assert await same(world) > 0
