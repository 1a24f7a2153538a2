"""A month with everybody in it: at its end nobody is forgotten, told twice, called at night, or counted wrongly.

The suite lives ten days of it, `MONTH_DAYS=30` a whole one.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text, update

from dispatch.accounts.trials import trial_logins
from dispatch.orders.events.verify import verify
from dispatch.outages.reliability import reliability
from dispatch.simulation.client import Site
from dispatch.simulation.gateway import Gateway, gateway
from dispatch.simulation.journal import Journal
from dispatch.simulation.month import COMPLAINTS, OUTAGES, Month
from dispatch.simulation.world import Logins, World
from grids.models import GridContract, ServiceArea
from kit.db import Database, libpq_url
from kit.processes.ports import free_port
from kit.processes.supervisor import answers
from tests.dispatch.planning.town import DAY, EAST, WEST
from tests.journeys.people import Settled, settle
from tests.journeys.test_bad_luck import process
from tests.waiting import until

pytestmark = pytest.mark.slow
DAYS = int(os.environ.get("MONTH_DAYS", "10"))
"""On a real city it is `grid-dispatch simulate CITY --days 30 --everybody 300`."""
REPORTS = 3 * DAYS
FIRST = DAY + timedelta(days=1)
ANY_TIME = {"on_the_way", "outage_known", "outage_moved", "outage_over"}
"""Kinds that may be told at night."""

# Customer minutes as IEEE 1366 counts them, of every outage that lasted longer than five minutes.
_MINUTES = """
SELECT coalesce(sum(c.customers), 0) AS interrupted,
       coalesce(sum(c.customers * extract(epoch FROM t.restored_at - t.since) / 60), 0) AS minutes
FROM outages t JOIN outage_customers c ON c.outage_id = t.id WHERE t.restored_at - t.since > interval '5 minutes'
"""
_FORGOTTEN_CALLS = """
SELECT count(*) FROM callback_entries WHERE left_at IS NULL AND next_at IS NULL
"""
_FORGOTTEN_COMPLAINTS = """
SELECT count(*) FROM complaints WHERE closed_at IS NULL AND owner_id IS NULL
"""


async def test_a_month_ends_with_nobody_forgotten_nothing_told_twice_and_figures_that_can_be_recomputed(
    database: Database,
) -> None:
    settled = await settle(database)
    async with database.transaction() as session:
        logins = Logins(**await trial_logins(session, settled.town.area_id, everybody=True))
        await session.execute(update(GridContract).values(households=400))
    port, environment = free_port(), {"DATABASE_URL": libpq_url(database.url)}
    url = f"http://127.0.0.1:{port}"
    granian = ("granian", "--interface", "asgi", "--factory", "--port", str(port), "--no-ws", "dispatch.app:create_app")
    async with (
        process(*granian, **environment),
        process("dispatch.worker", "default", **environment),
        process("dispatch.worker", "planning", **environment),
    ):
        await until(lambda: asyncio.to_thread(answers(f"{url}/api/health")))
        with gateway() as sms:
            lived, open_orders = await asyncio.to_thread(_live, url, settled, logins, sms)
            await until(lambda: _nothing_is_under_way(database), "the last message")
    print(lived)
    _everybody_waits_for_somebody(lived, open_orders)
    await _messages(database, sms)
    async with database.transaction() as session:
        assert (await verify(session, settled.town.area_id)).mismatches == []
        assert (await session.execute(text(_FORGOTTEN_CALLS))).scalar_one() == 0
        assert (await session.execute(text(_FORGOTTEN_COMPLAINTS))).scalar_one() == 0
        area = await session.get_one(ServiceArea, settled.town.area_id)
        found = await reliability(session, area, DAY, DAY + timedelta(days=60))
        plain = (await session.execute(text(_MINUTES))).one()
        assert found.area.interrupted == plain.interrupted > 0
        assert found.area.minutes == pytest.approx(float(plain.minutes))


def _live(url: str, settled: Settled, logins: Logins, sms: Gateway) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    site, area = Site(url), {"id": str(settled.town.area_id), "timezone": "Asia/Shanghai"}
    try:
        world = World(site, area, logins, 1, Journal(None), pace=8.0)
        month = Month(world, 1.0, "town", [WEST, EAST], sms, reports=REPORTS, straight_lines=True)
        lived = month.live(FIRST, DAYS, lambda _phase, _share: None)
        orders = list(world.dispatcher.every(f"{settled.area}/orders", to=world.now.isoformat()))
        return lived, [one for one in orders if one["status"] not in ("closed", "cancelled", "merged")]
    finally:
        site.close()


def _everybody_waits_for_somebody(lived: dict[str, Any], open_orders: list[dict[str, Any]]) -> None:
    assert lived["orders"] >= REPORTS + 5 * OUTAGES
    assert lived["callbackCoverage"] == 1.0
    assert lived["complaints"] >= COMPLAINTS
    assert lived["outages"] == OUTAGES
    for name in (
        "messages",
        "messagesRefusedWhileDown",
        "linksOpened",
        "linksAnswered",
        "callsGivenBack",
        "unreachable",
    ):
        assert lived[name] > 0, name
    for order in open_orders:
        waits = order["waitingOn"]
        assert waits is not None, order["number"]
        assert waits["role"], order["number"]
        assert waits["due"], (order["number"], waits)


async def _nothing_is_under_way(database: Database) -> bool:
    async with database.transaction() as session:
        query = text("SELECT count(*) FROM notices WHERE status = 'sending'")
        return bool((await session.execute(query)).scalar_one() == 0)


async def _messages(database: Database, sms: Gateway) -> None:
    async with database.transaction() as session:
        query = "SELECT id, round, kind, status, key, sent_at, order_id, topic, phone, created_at FROM notices"
        rows = (await session.execute(text(query))).all()
    sent = {f"{row.id.hex}-{row.round}": row for row in rows if row.status in ("sent", "delivered")}
    times = Counter(reference for _, reference, _, _ in sms.taken)
    assert set(times.values()) == {1}, "the gateway was given nothing twice"
    assert set(times) == set(sent), "what the gateway took is what we say was sent"
    written: dict[tuple[Any, ...], datetime] = {}
    for _, reference, _, _ in sms.taken:
        row = sent[reference]
        last = written.setdefault((row.order_id, row.topic, row.phone), row.created_at)
        assert row.created_at >= last, "a newer one was sent first"
        written[row.order_id, row.topic, row.phone] = row.created_at
    assert len({row.key for row in rows}) == len(rows)
    assert not [row for row in rows if row.status in ("failed", "unknown")]
    zone = ZoneInfo("Asia/Shanghai")
    for row in sent.values():
        local = row.sent_at.astimezone(zone)
        assert row.kind in ANY_TIME or 8 <= local.hour < 21, (row.kind, local)
