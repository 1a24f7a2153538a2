"""A day on which web, workers and database are killed again and again: nothing is lost, nothing twice, nothing stuck.

`make chaos` strikes 200 times, `make test` 20 times. The same seed strikes at the same moments of the area's clock.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from sqlalchemy import select

from dispatch import roles
from dispatch.orders.events.verify import verify
from dispatch.simulation.callers import draw_call
from dispatch.simulation.client import Site
from dispatch.simulation.journal import Journal
from dispatch.simulation.run import Simulation
from dispatch.simulation.world import Logins, World
from grids.models import Grid
from kit.actor import Role
from kit.db import Database
from kit.postgres.embedded import EmbeddedPostgres
from kit.processes.ports import free_port
from tests.dispatch.planning.town import DAY, EAST, NINE, WEST
from tests.journeys.chaos import Installation, Memory, Misfortune
from tests.journeys.people import Settled, settle
from tests.nursery import Nursery
from tests.site import bearer
from tests.waiting import until_so

BLOWS = int(os.environ.get("CHAOS_BLOWS", "20"))
SEED = int(os.environ.get("CHAOS_SEED", "11"))
HURRY = BLOWS <= 20
REPORTS = 24 if HURRY else 100
LAST = NINE + timedelta(hours=11)
"""Blows fall, and reports come, from nine in the morning to eight in the evening."""

pytestmark = pytest.mark.slow

_UNDONE = """
SELECT task_name, status::text, queue_name FROM procrastinate_jobs
WHERE status IN ('todo', 'doing') AND (scheduled_at IS NULL OR scheduled_at <= now())
"""


async def _people(owner_url: str) -> tuple[Settled, Logins]:
    """The town in an empty database, and everybody's token."""
    database = Database(owner_url)
    settled = await settle(database)
    area = settled.town.area_id
    async with database.transaction() as session:
        grids = list((await session.execute(select(Grid.id))).scalars())
    lead = await bearer(database, "lead", Role.GRID_LEAD, area_ids=[area], grid_ids=grids)
    desk = settled.desk
    await database.dispose()
    tokens = [desk[Role.ADMINISTRATOR], desk[Role.DISPATCHER], desk[Role.AGENT], lead]
    phones = {str(person): _token(headers) for person, headers in settled.phones.items()}
    return settled, Logins(*map(_token, tokens), phones)


def _token(headers: dict[str, str]) -> str:
    return headers["Authorization"].removeprefix("Bearer ")


def _live(settled: Settled, logins: Logins, installation: Installation, memory: Memory) -> Misfortune:
    """The day: people who do their work, callers who report, and blows."""
    misfortune = Misfortune(installation, BLOWS, SEED, NINE.timestamp(), LAST.timestamp())
    world: World | None = None

    def begins(_request: httpx.Request) -> None:
        if world is not None and world.local(world.now).date() == DAY:  # the day has begun
            misfortune.tempt(world.now.timestamp(), world.local(world.now).strftime("%H:%M"))

    hooks = {"request": [begins], "response": [memory.note]}
    with httpx.Client(base_url=installation.url, timeout=60, event_hooks=hooks) as http:
        site, area = Site(installation.url, http), {"id": str(settled.town.area_id), "timezone": "Asia/Shanghai"}
        world = World(site, area, logins, SEED, Journal(None))
        _reports(world, settled)
        simulation = Simulation(world, 1.0, straight_lines=True)
        simulation.live(DAY, 1, lambda _phase, _share: None, most_extra_days=0)
        misfortune.settle()
    return misfortune


def _reports(world: World, settled: Settled) -> None:
    """Put the day's calls on the agenda."""
    draw = random.Random(f"{SEED}:calls")
    for number in range(REPORTS):
        x, y = (WEST, EAST)[number % 2]
        call = draw_call(draw, f"{number} Lane", (x + draw.uniform(-0.02, 0.02), y + draw.uniform(-0.02, 0.02)))

        def ring(_moment: datetime, body: dict[str, Any] = call.as_json()) -> None:  # noqa: B008 - this one's
            world.agent.post(f"{settled.area}/orders", body)

        world.agenda.at(NINE + (LAST - NINE) * draw.random(), ring)


def _nothing_waits(installation: Installation) -> bool:
    try:
        return not installation.query(_UNDONE)
    except psycopg.OperationalError:
        return False


def _ids(installation: Installation, statement: str) -> list[str]:
    return [str(row[0]) for row in installation.query(statement)]


async def _mismatches(url: str, area: UUID) -> list[Any]:
    database = Database(url)
    async with database.transaction() as session:
        found = await verify(session, area)
    await database.dispose()
    assert found.orders == REPORTS
    return list(found.mismatches)


def test_a_day_of_blows_loses_nothing_does_nothing_twice_and_leaves_no_job(programs: Nursery, tmp_path: Path) -> None:
    print(f"\nseed {SEED}, {BLOWS} blows, {REPORTS} reports (CHAOS_SEED, CHAOS_BLOWS)", flush=True)
    server, memory = EmbeddedPostgres(tmp_path / "home"), Memory()
    try:
        owner_url = server.ensure_started()
        roles.prepare(owner_url, server.program_url())
        settled, logins = asyncio.run(_people(owner_url))
        installation = Installation(server, programs, free_port(), tmp_path, hurry=HURRY)
        with installation.running():
            misfortune = _live(settled, logins, installation, memory)
            until_so(lambda: _nothing_waits(installation), "the end of all jobs", patience=180)
            _check(installation, memory)
        print(dict(misfortune.struck), dict(memory.statuses), f"{memory.answered} answered", flush=True)
        assert misfortune.left == 0
        assert asyncio.run(_mismatches(owner_url, settled.town.area_id)) == []
    finally:
        server.stop()
        shutil.rmtree(server.base, ignore_errors=True)


def _check(installation: Installation, memory: Memory) -> None:
    """What was answered is there, once; what is there was answered."""
    assert len(memory.orders) == REPORTS
    assert sorted(_ids(installation, "SELECT id FROM orders")) == sorted(memory.orders)
    assert len(memory.phone_acts) > REPORTS
    by_phone = "SELECT client_id FROM order_events WHERE client_id IS NOT NULL"
    assert sorted(_ids(installation, by_phone)) == sorted(memory.phone_acts)
    at_desk = "SELECT id FROM order_events WHERE type IN ('chased', 'cancelled', 'request_decided')"
    assert memory.desk_events
    assert sorted(_ids(installation, at_desk)) == sorted(memory.desk_events)
    assert memory.attempts
    assert sorted(_ids(installation, "SELECT id FROM callback_attempts")) == sorted(memory.attempts)
    assert memory.photos
    assert memory.photos <= set(_ids(installation, "SELECT id FROM photos WHERE sha256 IS NOT NULL"))
    assert memory.plans <= set(_ids(installation, "SELECT id FROM plans WHERE published_at IS NOT NULL"))
    living = "SELECT id FROM plan_runs WHERE status IN ('queued', 'running')"
    assert _ids(installation, living) == []
