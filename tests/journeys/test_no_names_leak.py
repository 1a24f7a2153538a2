"""Names and phones stay where they belong: in no log line, no job argument, no line of the feed."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from sqlalchemy import text

from kit.actor import Role
from kit.db import Database, libpq_url
from kit.processes.ports import free_port
from kit.processes.supervisor import answers
from tests.dispatch.planning.town import DAY, NINE, WEST
from tests.journeys.people import Settled, act, batch, completion, picture, results, settle
from tests.journeys.test_bad_luck import process
from tests.site import ok, refused
from tests.waiting import until

pytestmark = pytest.mark.slow
SECRETS = ("Zebulon", "Quatermain", "欧阳娜娜", "5550177", "13912349876", "Rumpelstiltskin", "Gate 4711")
"""What is planted: names, phones, a note, an access code."""
REPORT: dict[str, Any] = {
    "faultType": "no_service",
    "point": list(WEST),
    "address": "17 Rumpelstiltskin Lane",
    "accessNotes": "Gate 4711",
    "description": "Zebulon is at home after nine",
    "subscriber": {"name": "Zebulon Quatermain 欧阳娜娜", "phones": ["+1 604 5550177", "13912349876"]},
}


async def test_planted_names_and_phones_are_in_no_log_no_job_and_no_feed(database: Database, tmp_path: Path):
    settled = await settle(database)
    with psycopg.connect(libpq_url(database.url)) as keeping:  # jobs go when they are done; a copy of each stays
        keeping.execute("CREATE TABLE job_copies (args jsonb, lock text, queueing_lock text)")
        keeping.execute(
            "CREATE FUNCTION copy_job() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " INSERT INTO job_copies VALUES (NEW.args, NEW.lock, NEW.queueing_lock); RETURN NEW; END $$"
        )
        keeping.execute(
            "CREATE TRIGGER copy_job AFTER INSERT ON procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION copy_job()"
        )
    logs, port = {name: tmp_path / name for name in ("web", "worker")}, free_port()
    environment = {"DATABASE_URL": libpq_url(database.url), "GRID_DISPATCH_LOG_LEVEL": "DEBUG", "NO_COLOR": "1"}
    granian = ("granian", "--interface", "asgi", "--factory", "--port", str(port), "--no-ws", "--access-log")
    with logs["web"].open("wb") as web_log, logs["worker"].open("wb") as worker_log:
        async with (
            process(*granian, "dispatch.app:create_app", log=web_log, **environment),
            process("dispatch.worker", log=worker_log, **environment),
        ):
            await until(lambda: asyncio.to_thread(answers(f"http://127.0.0.1:{port}/api/health")))
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as web:
                await live(web, settled)
                await until(lambda: _worked(database))
    assert "GET /api/health" in logs["web"].read_text()
    assert "worker.ready" in logs["worker"].read_text()
    kept = {name: path.read_text() for name, path in logs.items()}
    async with database.transaction() as session:
        jobs = (await session.execute(text("SELECT args, lock, queueing_lock FROM job_copies"))).all()
        feed = (await session.execute(text("SELECT topic, key, version FROM feed"))).all()
        remembered = (await session.execute(text("SELECT key, fingerprint FROM idempotency_keys"))).all()
    assert jobs
    assert feed
    kept |= {"jobs": _words(jobs), "feed": _words(feed), "keys": _words(remembered)}
    leaks = [f"{secret} in the {where}" for where, words in kept.items() for secret in SECRETS if secret in words]
    assert leaks == []


def _words(rows: Any) -> str:
    return json.dumps([list(row) for row in rows], ensure_ascii=False, default=str)


async def _worked(database: Database) -> bool:
    """Whether every job has been done."""
    async with database.transaction() as session:
        waiting = await session.execute(
            text("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND scheduled_at IS NULL")
        )
        return bool(waiting.scalar_one() == 0)


async def live(web: httpx.AsyncClient, settled: Settled) -> None:
    """Report, repair and call back, with everything that goes wrong on the way: each may write a line somewhere."""
    desk, town = settled.desk, settled.town
    agent, manager, anna = desk[Role.AGENT], desk[Role.MANAGER], settled.phones[town.anna]
    key = {"Idempotency-Key": str(uuid4())}
    order = ok(await web.post(f"{settled.area}/orders", json=REPORT, headers=agent | key), 201)["id"]
    ok(await web.post(f"{settled.area}/orders", json=REPORT, headers=agent | key), 201)
    unplaced = REPORT | {"point": None}
    ok(await web.post(f"{settled.area}/orders", json=unplaced, headers=agent), 201)
    for wrong in ({"faultType": "Zebulon"}, {"point": ["Zebulon", 1]}, {"subscriber": {"name": ["Zebulon"]}}):
        refusal = await web.post(f"{settled.area}/orders", json=REPORT | wrong, headers=agent)
        assert refusal.status_code in (400, 422)
    for broken in ({"description": "Zebulon\0"}, {"subscriber": {"name": "Zebulon\0"}}):
        refused(await web.post(f"{settled.area}/orders", json=REPORT | broken, headers=agent), 400, "malformed.nul")
    await web.post("/api/sign-in", json={"login": "agent", "password": "Zebulon 13912349876"})
    await web.get(f"{settled.area}/orders", params={"q": "Zebulon", "limit": 1000}, headers=agent)
    now = NINE + timedelta(minutes=50)
    ok(await web.post(f"{settled.area}/clock", json={"now": now.isoformat()}, headers=manager))
    photos = [uuid4(), uuid4()]
    sent = [
        act(order, 41, "accepted", note="Zebulon waits"),
        act(order, 42, "contacted"),
        act(order, 43, "arrived", note="Zebulon"),  # out of turn
        act(order, 43, "departed"),
        act(order, 44, "arrived"),
        act(order, 45, "completed", note="for 欧阳娜娜", **completion(*photos)),
    ]
    ok(await web.post("/api/mobile/sync", json=batch(now, *sent), headers=anna))
    assert results(await web.post("/api/mobile/sync", json=batch(now, *sent[-1:]), headers=anna)) == ["already"]
    ok(await web.get("/api/mobile/route", headers=anna))
    ok(await web.get(f"/api/orders/{order}/subscriber", headers=agent))
    files = {"file": ("Zebulon.jpg", picture(), "image/jpeg")}
    ok(await web.put(f"/api/mobile/photos/{photos[0]}", files=files, headers=anna))
    bad = {"file": ("Zebulon.jpg", b"Zebulon", "image/jpeg")}
    assert (await web.put(f"/api/mobile/photos/{photos[1]}", files=bad, headers=anna)).status_code == 415
    asked = {"date": DAY.isoformat(), "seconds": 1, "allowStraightLine": True}
    ok(await web.post(f"{settled.area}/plan-runs", json=asked, headers=desk[Role.DISPATCHER]), 202)
    said = {"reached": "answered", "solved": True, "satisfaction": "satisfied", "note": "Zebulon was kind"}
    ok(await web.post(f"/api/orders/{order}/callbacks", json=said, headers=agent), 201)
    ok(await web.post(f"{settled.area}/assessments/2022-09", headers=manager), 201)
