"""`make bench ARGS=desk`: how long an agent waits for the next call, with 200 of them at a queue of 100,000.

Each agent of a web process of its own takes a call, keeps an answer, records it and takes the next, over HTTP and with
pauses of their own, so that the desk takes several calls a second: busier than any desk is, since a call takes minutes.
Then all of them press at the same moment, and nobody may get what another one got.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
from sqlalchemy import text

from dispatch import migrate
from dispatch.accounts.models import AccountStatus
from dispatch.accounts.service import create_account, create_token
from dispatch.policies.service import install_defaults
from grids.models import AreaKind
from grids.service import create_area, set_clock
from kit.actor import Role
from kit.db import Database, libpq_url
from kit.postgres.embedded import EmbeddedPostgres
from kit.processes.ports import free_port
from kit.processes.supervisor import answers

AGENTS, WAITING = 200, 100_000
CALLS, PAUSE_SECONDS = 5, 40.0
"""So many calls each, one after the other, with so long a pause on the average."""
LONGEST_MILLISECONDS = 100
TIMES_AGAIN = 2
"""So often a page sends again what a busy server turned away."""
NOW = datetime(2022, 9, 27, 17, tzinfo=UTC)
"""Ten in the morning in Vancouver."""

_WAITING = text(
    """
    INSERT INTO orders (id, area_id, number, kind, channel, level, tier, fault_type, contact_phones, skill_level,
        service_seconds, priority, status, reported_at, status_since, cancelled_at, callback_due_at, failed_contacts,
        callback_attempts, callback_attempts_needed, chases, reworks, bounces, escalated_to_lead, events, origin,
        edited_by_person, version, address)
    SELECT gen_random_uuid(), :area, 'W-' || g, 'repair', 'phone', 'normal', 'ordinary', 'no_service', '[]', 1, 1800,
        0, 'cancelled', at, at, at, at + interval '24 hours', 0, 0, 3, g % 4, 0, 0, false, 0, 'live', false, 1,
        (g % 9000) || ' Street'
    FROM (SELECT g, CAST(:now AS timestamptz) - g * interval '1 second' AS at FROM generate_series(1, :waiting) g) AS s
    """
)


async def _prepare(database: Database) -> tuple[str, list[str]]:
    async with database.transaction() as session:
        area = await create_area(session, "desk", "Desk", "America/Vancouver", AreaKind.TRIAL)
        await install_defaults(session, area)
        await set_clock(session, area.id, NOW, 0)
        await session.execute(_WAITING, {"area": area.id, "now": NOW, "waiting": WAITING})
        tokens = []
        for number in range(AGENTS):
            account = await create_account(session, f"agent{number}", f"Agent {number}", Role.AGENT, area_ids=[area.id])
            account.status = AccountStatus.ACTIVE
            tokens.append((await create_token(session, account, "bench"))[1])
    async with database.transaction() as session:
        await session.execute(text("ANALYZE orders, callback_entries"))
    return str(area.id), tokens


@contextmanager
def _web(url: str) -> Iterator[str]:
    port = free_port()
    command = ("granian", "--interface", "asgi", "--factory", "--port", str(port), "--no-ws", "dispatch.app:create_app")
    environment = {**os.environ, "DATABASE_URL": libpq_url(url)}
    with subprocess.Popen(
        [sys.executable, "-m", *command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        address = f"http://127.0.0.1:{port}"
        try:
            alive = answers(f"{address}/api/health")
            while not alive():
                if process.poll() is not None:
                    raise RuntimeError("the web process ended")
                time.sleep(0.2)
            yield address
        finally:
            process.terminate()
            process.wait()


class _Agents:
    def __init__(self, http: httpx.AsyncClient, area: str, tokens: list[str]) -> None:
        self.http, self.area = http, f"/api/areas/{area}/desk"
        self.headers = [{"Authorization": f"Bearer {token}"} for token in tokens]
        self.taken: dict[str, list[float]] = {"next": [], "draft": [], "record": [], "day": []}
        self.orders: list[str] = []
        self.turned_away = 0

    async def _ask(self, what: str, method: str, path: str, who: int, body: object = None) -> dict[str, object]:
        began = time.perf_counter()
        key = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
        for left in reversed(range(1 + TIMES_AGAIN)):
            answer = await self.http.request(method, path, json=body, headers=self.headers[who] | key)
            if answer.status_code != 503 or not left:
                break
            self.turned_away += 1
            await asyncio.sleep(float(answer.headers["Retry-After"]))
        self.taken[what].append(1000 * (time.perf_counter() - began))
        answer.raise_for_status()
        return dict(answer.json())

    async def next(self, who: int) -> str:
        """The order of the call that is taken."""
        call = (await self._ask("next", "POST", f"{self.area}/next", who))["call"]
        if not isinstance(call, dict):
            raise RuntimeError("nobody is to be called")
        return str(call["orderId"])

    async def work(self, who: int) -> None:
        """An agent's calls, each with a pause before it."""
        draw = random.Random(f"agent {who}")
        for _ in range(CALLS):
            await asyncio.sleep(draw.uniform(0, 2 * PAUSE_SECONDS))
            order = await self.next(who)
            self.orders.append(order)
            await self._ask("draft", "PUT", f"/api/orders/{order}/callback-draft", who, {"answers": {"attitude": 5}})
            said = {"reached": "answered", "solved": True, "satisfaction": "satisfied"}
            await self._ask("record", "POST", f"/api/orders/{order}/callbacks", who, said)
            await self._ask("day", "GET", f"{self.area}/day", who)


def _line(name: str, taken: list[float]) -> float:
    ordered = sorted(taken)
    p95 = ordered[int(0.95 * (len(ordered) - 1))]
    print(f"{name}: {statistics.median(ordered):.0f} ms (median), {p95:.0f} ms (p95), {ordered[-1]:.0f} ms "
          f"(longest of {len(ordered)})", flush=True)  # fmt: skip
    return p95


async def _measure(database: Database) -> bool:
    area, tokens = await _prepare(database)
    with _web(database.url) as address:
        limits = httpx.Limits(max_connections=AGENTS, max_keepalive_connections=AGENTS)
        async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as http:
            agents = _Agents(http, area, tokens)
            await asyncio.gather(*(agents.http.get("/api/health") for _ in range(AGENTS)))
            await asyncio.gather(*map(agents.work, range(AGENTS)))
            print(f"{AGENTS} agents at {WAITING:,} waiting calls, a call each in {PAUSE_SECONDS:.0f} s:", flush=True)
            p95 = _line("the next call", agents.taken["next"])
            for name, what in (("draft", "an answer kept"), ("record", "a call recorded"), ("day", "the first page")):
                _line(what, agents.taken[name])
            agents.taken["next"].clear()
            at_once = await asyncio.gather(*map(agents.next, range(AGENTS)))
            _line("all at the same moment", agents.taken["next"])
            print(f"turned away by a busy server, and come again: {agents.turned_away} times", flush=True)
    once = len(set(agents.orders)) == len(agents.orders) and len(set(at_once)) == AGENTS
    print("nobody got another's call" if once else "two agents got the same call", flush=True)
    return once and p95 <= LONGEST_MILLISECONDS


def run(root: Path, _options: argparse.Namespace) -> bool:
    """Print all figures; False where the next call takes too long. On a cluster of its own, which goes with it."""
    home = root / ".data" / "bench-desk"
    shutil.rmtree(home, ignore_errors=True)
    try:
        with EmbeddedPostgres(home, durable=False).use() as url:
            migrate.upgrade(url)
            return asyncio.run(_with(url))
    finally:
        shutil.rmtree(home, ignore_errors=True)


async def _with(url: str) -> bool:
    database = Database(url)
    try:
        return await _measure(database)
    finally:
        await database.dispose()
