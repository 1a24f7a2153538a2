"""Long planning runs hold up no order: they have a queue of their own, and only so many places in it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from grids.models import ServiceArea
from kit.actor import Role
from kit.clock import real_now
from kit.db import Database, libpq_url
from kit.processes.ports import free_port
from kit.processes.supervisor import answers
from tests.dispatch.planning.town import DAY, NINE, spread
from tests.journeys.people import REPORT, settle
from tests.journeys.test_bad_luck import process
from tests.site import bearer, ok, refused
from tests.waiting import until

pytestmark = pytest.mark.slow


async def test_an_order_is_dispatched_while_four_hour_long_runs_take_every_place(database: Database) -> None:
    settled = await settle(database)
    for point in spread(8):
        await settled.town.report(point)
    async with database.transaction() as session:  # a clock that stands still dispatches nobody
        area = await session.get_one(ServiceArea, settled.town.area_id)
        area.clock_real_anchor, area.clock_area_anchor, area.clock_speed = real_now(), NINE, 1.0
    first = settled.desk[Role.DISPATCHER]
    second = await bearer(database, "second", Role.DISPATCHER, area_ids=[settled.town.area_id])
    third = await bearer(database, "third", Role.DISPATCHER, area_ids=[settled.town.area_id])
    port, environment = free_port(), {"DATABASE_URL": libpq_url(database.url)}
    granian = ("granian", "--interface", "asgi", "--factory", "--port", str(port), "--no-ws", "dispatch.app:create_app")
    async with (
        process(*granian, **environment),
        process("dispatch.worker", "default", **environment),
        process("dispatch.worker", "planning", **environment),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as web,
    ):
        await until(lambda: asyncio.to_thread(answers(f"http://127.0.0.1:{port}/api/health")))

        async def plan(days: int, who: dict[str, str]) -> httpx.Response:
            wanted = {"date": str(DAY + timedelta(days=days)), "seconds": 3600, "allowStraightLine": True}
            return await web.post(f"{settled.area}/plan-runs", json=wanted, headers=who)

        runs = [ok(await plan(days, who), 202) for days, who in enumerate((first, first, second, second))]
        refused(await plan(4, first), 429, "planning.many_by_person")
        refused(await plan(4, third), 429, "planning.many_in_area")

        async def states() -> list[Any]:
            return [ok(await web.get(f"/api/plan-runs/{run['id']}", headers=first))["status"] for run in runs]

        async def busy() -> bool:
            return (await states()).count("running") == 2

        await until(busy)
        order = ok(await web.post(f"{settled.area}/orders", json=REPORT, headers=first), 201)

        async def dispatched() -> bool:
            seen = ok(await web.get(f"/api/orders/{order['id']}", headers=first))
            return bool(seen["status"] == "dispatched")

        await until(dispatched)
        assert sorted(await states()) == ["queued", "queued", "running", "running"]
        for run in runs:
            ok(await web.post(f"/api/plan-runs/{run['id']}/cancel", headers=first), 202)

        async def room() -> bool:
            return (await plan(4, first)).status_code == 202

        await until(room)  # a running one ends at its next look at the database
