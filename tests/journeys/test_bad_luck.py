"""What may die, dies in the middle of its work: nothing is lost, and nothing is there twice."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import IO, Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from dispatch.app import create_app
from dispatch.orders.events.verify import verify
from dispatch.orders.rules import acts
from dispatch.planning.models import PlanRun, RunStatus
from dispatch.worker import register_jobs
from kit.actor import SYSTEM, Role
from kit.db import Database, libpq_url
from kit.jobs import build_app
from kit.live import Listener, announce, newest_cursor
from kit.processes.ports import free_port
from kit.processes.supervisor import answers
from mobile_api.sync import TOGETHER
from tests.databases import ROOT
from tests.dispatch.planning.town import DAY, NINE, Town, spread
from tests.journeys.people import REPORT, act, batch, results, settle
from tests.site import ok
from tests.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.slow


@asynccontextmanager
async def process(
    *arguments: str, log: IO[bytes] | None = None, **environment: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of ours with a group of its own, killed at the end whatever happened; `log` gets what it prints."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *arguments, cwd=ROOT, env={**os.environ, **environment}, start_new_session=True,
        stdout=log, stderr=log,
    )  # fmt: skip
    try:
        yield started
    finally:
        kill(started)
        await started.wait()


def kill(started: asyncio.subprocess.Process) -> None:
    """SIGKILL to the process and all its children: no goodbye to anybody."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGKILL)


@asynccontextmanager
async def at(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """The program over a database in this process, whose answers to a dying database are seen as a client sees them."""
    app = create_app(database=database)
    async with app.lifespan():
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver.local", timeout=60) as client:
            yield client


async def given_to_anna(town: Town, count: int) -> list[UUID]:
    """So many orders in Anna's hands."""
    orders = [await town.report() for _ in range(count)]
    for order in orders:
        await town.do(SYSTEM, order, acts.Dispatch(technician_id=town.anna, why="a_technician"))
    return [order.id for order in orders]


async def happened(database: Database) -> dict[UUID, int]:
    """How many events each act of a phone became."""
    async with database.transaction() as session:
        rows = await session.execute(
            text("SELECT client_id, count(*) FROM order_events WHERE client_id IS NOT NULL GROUP BY client_id")
        )
        return {row[0]: row[1] for row in rows}


async def mismatches(town: Town) -> list[Any]:
    async with town.database.transaction() as session:
        return list((await verify(session, town.area_id)).mismatches)


# -- the web process ---------------------------------------------------------------------------------------------------


async def test_a_web_process_killed_in_the_middle_of_a_sync_leaves_every_act_done_once(database: Database):
    settled = await settle(database)
    town, port = settled.town, free_port()
    orders = await given_to_anna(town, 8)
    await town.set_clock(NINE + timedelta(minutes=10))
    sent = [
        act(str(order), 2 + minute, kind)
        for order in orders
        for minute, kind in ((0, "accepted"), (3, "contacted"), (5, "noted"))
    ]
    for number, one in enumerate(sent):
        one["sequence"] = number
    body = batch(NINE + timedelta(minutes=10), *sent)
    headers = settled.phones[town.anna]
    granian = ("granian", "--interface", "asgi", "--factory", "--port", str(port), "--no-ws", "dispatch.app:create_app")
    async with process(*granian, DATABASE_URL=libpq_url(database.url)) as web:
        await until(lambda: asyncio.to_thread(answers(f"http://127.0.0.1:{port}/api/health")))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS) as phone:
            async with database.transaction() as somebody:  # who holds the last order, so that the batch stops there
                await somebody.execute(text("SELECT 1 FROM orders WHERE id = :id FOR UPDATE"), {"id": orders[-1]})
                sending = asyncio.create_task(phone.post("/api/mobile/sync", json=body, headers=headers))
                await until(lambda: _is_so(database, "SELECT count(*) FROM phone_acts", TOGETHER))
                kill(web)
                await web.wait()
            with pytest.raises(httpx.TransportError):
                await sending
    assert await happened(database) == {UUID(one["id"]): 1 for one in sent[:TOGETHER]}
    async with at(database) as restarted:
        again = results(await restarted.post("/api/mobile/sync", json=body, headers=headers))
        assert again == ["already"] * TOGETHER + ["applied"] * (len(sent) - TOGETHER)
        assert results(await restarted.post("/api/mobile/sync", json=body, headers=headers)) == ["already"] * len(sent)
    assert await happened(database) == {UUID(one["id"]): 1 for one in sent}
    assert await mismatches(town) == []


async def _is_so(database: Database, query: str, expected: int) -> bool:
    """Whether a count is as expected. A connection that is being ended at this very moment says neither yes nor no."""
    try:
        async with database.transaction() as session:
            return (await session.execute(text(query))).scalar_one() == expected
    except OperationalError:
        return False


# -- the worker --------------------------------------------------------------------------------------------------------


async def test_a_worker_killed_mid_plan_leaves_no_draft_and_the_next_worker_plans_the_day(database: Database):
    settled = await settle(database)
    town, desk = settled.town, settled.desk[Role.DISPATCHER]
    for point in spread(8):
        await town.report(point)
    ask = {"date": DAY.isoformat(), "seconds": 60, "allowStraightLine": True}
    async with at(database) as web:
        run = ok(await web.post(f"{settled.area}/plan-runs", json=ask, headers=desk), 202)
        async with process("dispatch.worker", DATABASE_URL=libpq_url(database.url)) as worker:

            async def solving() -> bool:
                seen = ok(await web.get(f"/api/plan-runs/{run['id']}", headers=desk))
                assert seen["status"] in ("queued", "running"), seen
                return seen["progress"]["phase"] in ("search", "ortools")

            await until(solving)
            kill(worker)
            await worker.wait()
        async with database.transaction() as session:  # the time in which nobody hears of it
            await session.execute(text("UPDATE plan_runs SET heartbeat_at = heartbeat_at - interval '1 minute'"))
        second = ok(await web.post(f"{settled.area}/plan-runs", json=ask | {"seconds": 1}, headers=desk), 202)
        dead = ok(await web.get(f"/api/plan-runs/{run['id']}", headers=desk))
        assert (dead["status"], dead["error"]["code"], dead["planId"]) == ("failed", "planning.died", None)
        plans = f"{settled.area}/plans?date={DAY}"
        assert ok(await web.get(plans, headers=desk))["items"] == []
        await work_until_done(database, UUID(second["id"]))
        (draft,) = ok(await web.get(plans, headers=desk))["items"]
        assert (draft["status"], draft["summary"]["planned"]) == ("draft", 8)


async def work_until_done(database: Database, run_id: UUID) -> None:
    """What the next worker does, in this process: every job that waits."""
    register_jobs()
    jobs = build_app(database)
    async with jobs.open_async():
        await jobs.run_worker_async(queues=["planning"], wait=False, install_signal_handlers=False)
    async with database.transaction() as session:
        statuses = (await session.execute(select(PlanRun.status).where(PlanRun.id == run_id))).scalars().all()
    assert statuses == [RunStatus.DONE]


# -- the database ------------------------------------------------------------------------------------------------------


def hang_up_on_everybody(url: str) -> int:
    """End every connection of a database but our own, as a restart does; returns how many there were."""
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        ended = connection.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        ).fetchone()
    return int(ended[0]) if ended else 0


def has_looked_since(url: str, moment: datetime) -> bool:
    """Whether somebody who does not listen has asked something since a moment and has the answer."""
    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND state = 'idle' AND query NOT LIKE 'LISTEN%%' AND state_change > %s"
    )
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        counted = connection.execute(asked, [moment]).fetchone()
    return bool(counted and counted[0])


async def patiently(
    send: Callable[[], Awaitable[httpx.Response]], answered: Callable[[], Awaitable[None]]
) -> httpx.Response:
    """A client that sends the very same again until it is answered, and tells when it is."""
    for _ in range(100):
        answer = await send()
        if answer.status_code < 500:
            await answered()
            return answer
        assert answer.status_code == 503, answer.text
        await asyncio.sleep(0.05)
    raise AssertionError("never answered")


async def test_clients_that_repeat_lose_nothing_and_do_nothing_twice_while_the_database_hangs_up(database: Database):
    settled = await settle(database)
    town = settled.town
    orders = await given_to_anna(town, 4)
    await town.set_clock(NINE + timedelta(minutes=10))
    sent = [act(str(order), 2, kind) for order in orders for kind in ("accepted", "noted", "contacted")]
    ended, answers_given = 0, 0

    async def unlucky() -> None:
        """After every fourth answer the database hangs up, while the others wait for theirs."""
        nonlocal ended, answers_given
        answers_given += 1
        if answers_given % 4 == 0:
            ended += await asyncio.to_thread(hang_up_on_everybody, database.url)

    orders_at = f"{settled.area}/orders"
    async with at(database) as web:

        async def agent(number: int) -> list[str]:
            made = []
            for _ in range(8):
                headers = settled.desk[Role.AGENT] | {"Idempotency-Key": str(uuid4())}
                body = REPORT | {"description": f"agent {number}"}
                answer = await patiently(lambda b=body, h=headers: web.post(orders_at, json=b, headers=h), unlucky)
                made.append(ok(answer, 201)["id"])
            return made

        async def phone() -> None:
            for one in sent:
                body = batch(NINE + timedelta(minutes=10), one)
                answer = await patiently(
                    lambda b=body: web.post("/api/mobile/sync", json=b, headers=settled.phones[town.anna]), unlucky
                )
                assert results(answer)[0] in ("applied", "already")

        reported = await asyncio.gather(*(agent(number) for number in range(3)), phone())
    assert ended > 0
    told = {order for made in reported[:3] if made for order in made}
    assert len(told) == 24
    await until(lambda: _is_so(database, "SELECT 1", 1))  # the last hanging up has reached every connection
    async with database.transaction() as session:
        kept = {str(row) for row in (await session.execute(text("SELECT id FROM orders"))).scalars()}
    assert kept == told | {str(order) for order in orders}
    assert await happened(database) == {UUID(one["id"]): 1 for one in sent}
    assert await mismatches(town) == []


async def test_who_watches_hears_of_changes_again_after_the_listening_connection_died(database: Database):
    area = uuid4()
    listener = Listener(database)
    await listener.start()
    listening = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    await until(lambda: _is_so(database, listening, 1))
    async with database.transaction() as session:
        cursor = await newest_cursor(session, area)
    # Nothing but a notification wakes this watcher in time.
    watching = listener.watch(area, cursor, idle_seconds=600)
    await _change(database, area, "before")
    assert await _next_key(watching) == "before"
    begun = datetime.now(UTC)
    waiting = asyncio.create_task(_next_key(watching))
    await until(lambda: asyncio.to_thread(has_looked_since, database.url, begun))
    assert await asyncio.to_thread(hang_up_on_everybody, database.url) > 0
    await until(lambda: _is_so(database, listening, 0))
    await _change(database, area, "meanwhile")
    assert await asyncio.wait_for(waiting, PATIENCE_SECONDS) == "meanwhile"
    await until(lambda: _is_so(database, listening, 1))
    await _change(database, area, "afterwards")
    assert await asyncio.wait_for(_next_key(watching), PATIENCE_SECONDS) == "afterwards"
    await listener.stop()


async def _change(database: Database, area: UUID, key: str) -> None:
    async with database.transaction() as session:
        await announce(session, area, "order", key)


async def _next_key(watching: AsyncIterator[Any]) -> str:
    change = await anext(watching)
    assert change is not None
    return str(change.key)
