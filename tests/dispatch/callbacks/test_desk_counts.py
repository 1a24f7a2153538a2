"""Counts of a long queue are shared for some seconds; those of a short one never are."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import event, text

from dispatch.callbacks.desk.counting import KEPT_SECONDS, LONG, Counts
from kit.actor import Role
from kit.db import Database
from tests.dispatch.assessments.web import client
from tests.dispatch.orders.conftest import START, build_world
from tests.waiting import until

NOW = datetime(2026, 3, 3, 1, tzinfo=UTC)


class Queue:
    """So many wait; counts how often it was counted."""

    def __init__(self, waiting: int) -> None:
        self.waiting, self.counted, self.hold = waiting, 0, asyncio.Event()
        self.seconds = 0.0
        self.counts = Counts(lambda: self.seconds)
        self.hold.set()

    async def count(self) -> list[Any]:
        self.counted += 1
        await self.hold.wait()
        return [SimpleNamespace(waiting=self.waiting)]

    async def ask(self, what: str = "area", now: datetime = NOW) -> int:
        return sum(row.waiting for row in await self.counts.of(what, now, self.count))


async def test_a_short_queue_is_counted_for_everybody_who_asks() -> None:
    queue = Queue(LONG - 1)
    assert await queue.ask() == LONG - 1
    queue.waiting -= 1
    assert (await queue.ask(), queue.counted) == (LONG - 2, 2)


async def test_a_long_queue_is_counted_once_in_some_seconds_and_for_each_scope() -> None:
    queue = Queue(LONG)
    await queue.ask()
    queue.waiting += 5
    assert (await queue.ask(), queue.counted) == (LONG, 1)
    assert (await queue.ask("another scope"), queue.counted) == (LONG + 5, 2)
    queue.seconds += KEPT_SECONDS
    assert (await queue.ask(), queue.counted) == (LONG + 5, 3)


async def test_a_queue_that_has_become_short_is_counted_anew_again() -> None:
    queue = Queue(LONG)
    await queue.ask()
    queue.waiting, queue.seconds = 7, KEPT_SECONDS
    assert await queue.ask() == 7
    queue.waiting = 6
    assert await queue.ask() == 6


async def test_while_somebody_counts_the_others_are_shown_the_count_before() -> None:
    queue = Queue(LONG)
    await queue.ask()
    queue.waiting, queue.seconds = LONG + 1, KEPT_SECONDS
    queue.hold.clear()
    first = asyncio.create_task(queue.ask())

    async def begun() -> bool:
        return queue.counted == 2

    await until(begun, "somebody counts anew")
    assert (await queue.ask(), queue.counted) == (LONG, 2)
    queue.hold.set()
    assert await first == LONG + 1


async def test_a_clock_that_was_moved_makes_a_count_old() -> None:
    queue = Queue(LONG)
    await queue.ask()
    await queue.ask(now=NOW + timedelta(hours=1))
    assert queue.counted == 2


async def test_the_first_page_of_a_long_queue_does_not_read_it_for_every_agent(database: Database):
    async with database.transaction() as session:
        world = await build_world(session)
        await session.execute(
            text(
                "INSERT INTO orders (id, area_id, number, kind, channel, level, tier, fault_type, contact_phones,"
                " skill_level, service_seconds, priority, status, reported_at, status_since, cancelled_at,"
                " callback_due_at, failed_contacts, callback_attempts, callback_attempts_needed, chases, reworks,"
                " bounces, escalated_to_lead, events, origin, edited_by_person, version)"
                " SELECT gen_random_uuid(), :area, 'W-' || g, 'repair', 'phone', 'normal', 'ordinary', 'no_service',"
                " '[]', 1, 1800, 0, 'cancelled', :now, :now, :now, :now, 0, 0, 3, 0, 0, 0, false, 0, 'live', false, 1"
                " FROM generate_series(1, :waiting) g"
            ),
            {"area": world.area.id, "now": START - timedelta(days=2), "waiting": LONG},
        )
    counted: list[str] = []
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *given: counted.append(given[2]))
    path = f"/api/areas/{world.area.id}/desk"
    days, boards = [], []
    for who in (world.agent, world.actor(Role.AGENT)):
        async with client(database, who) as web:
            days.append((await web.get(f"{path}/day")).json())
            boards.append((await web.get(f"{path}/board")).json())
    assert [day["late"] for day in days] == [LONG, LONG]
    assert [board["waiting"] for board in boards] == [LONG, LONG]
    assert sum("width_bucket" in one for one in counted) == 1
    assert sum("AS waiting, count(*) FILTER (WHERE due_at" in one for one in counted) == 1
