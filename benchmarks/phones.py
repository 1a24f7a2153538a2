"""Five thousand phones at eight o'clock: `make bench ARGS=phones` (`ARGS="phones --minutes 1"` for a look).

Every phone pulls its route once a minute and sends an act now and then, at moments drawn beforehand; what it takes is
counted from that moment, so a server that falls behind cannot hide it. A program of the same framework with one handler
that says nothing is asked as often, by the same client, in the same minutes. Then 500 phones ask within one second, and
one phone sends sixty acts at once. Exit 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from litestar import Litestar, get
from sqlalchemy import func, insert, select, text
from sqlalchemy.dialects.postgresql import Range

import dispatch.tables  # noqa: F401 - every table is known before the first query
from dispatch import migrate
from dispatch.accounts.models import AccessToken, Account, AccountStatus
from dispatch.accounts.passwords import digest, new_secret
from dispatch.orders.models import Order, Status, Subscriber, Visit, VisitStatus
from dispatch.policies.service import install_defaults
from dispatch.technicians.models import RosterPattern, Technician
from grids.models import AreaKind
from grids.repository import area_by_code
from grids.service import create_area
from kit.actor import Role
from kit.db import Database
from kit.ids import uuid7
from kit.postgres.embedded import EmbeddedPostgres
from kit.postgres.statistics import analyze
from kit.processes.ports import free_port
from kit.settings import settings

CODE, DAY, STOPS = "bench-phones", date(2026, 3, 3), 8
NINE = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
PULL_SECONDS, ACT_SECONDS = 60.0, 720.0
"""How often a phone pulls, and how often it sends an act: forty in a shift."""
CONNECTIONS = 64
BURST, BURST_SECONDS, BURST_PATIENCE = 500, 1.0, 180.0
SYNC_ACTS, SYNCS = 60, 5
GOALS = {"p99": 0.250, "ratio": 1.5, "sync": 0.400}


@get("/bare", sync_to_thread=False)
def bare_handler() -> dict[str, str]:
    """What the framework costs by itself."""
    return {"status": "ok"}


def bare_app() -> Litestar:
    """The program beside which ours is measured."""
    return Litestar([bare_handler], openapi_config=None)


@dataclass(slots=True)
class Phone:
    """One technician's phone: what it shows, what it has, what it can act on."""

    token: str
    orders: list[UUID]
    etag: str = ""


@dataclass(slots=True)
class Told:
    """Seconds by kind of request, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def note(self, kind: str, status: int, seconds: float) -> None:
        """One answer."""
        self.seconds.setdefault(kind, []).append(seconds)
        self.statuses[kind, status] += 1


class Wire:
    """A few kept connections to one port. Requests are as short as a client can make them: the client must not be what
    is measured."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter] | None] = asyncio.Queue()
        for _ in range(CONNECTIONS):
            self._free.put_nowait(None)

    async def ask(
        self, method: str, path: str, headers: str = "", body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (lower case) and body. A kept connection that the server has closed is opened anew, as every
        browser does.
        """
        try:
            return await self._ask(method, path, headers, body)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            if getattr(error, "partial", b""):
                raise
            return await self._ask(method, path, headers, body)

    async def _ask(self, method: str, path: str, headers: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        pair = await self._free.get()
        keep = None
        try:
            if pair is None:
                pair = await asyncio.open_connection("127.0.0.1", self.port)
            reader, writer = pair
            length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
            writer.write(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}{length}\r\n".encode() + body)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            found = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            status = int(head[0].split(" ", 2)[1])
            content = b""
            if status not in (204, 304):
                content = await reader.readexactly(int(found.get("content-length", "0")))
            keep = pair
            return status, found, content
        finally:
            if keep is None and pair is not None:
                pair[1].close()
            self._free.put_nowait(keep)


# --- the town ---------------------------------------------------------------------------------------------------------


async def people(database: Database, count: int) -> list[Phone]:
    """An area with that many technicians and their day; made once, kept; the clock shows nine, tokens are new."""
    async with database.transaction() as session:
        area = await area_by_code(session, CODE)
        known = 0 if area is None else await session.scalar(
            select(func.count()).select_from(Technician).where(Technician.area_id == area.id)
        )  # fmt: skip
        if area is None:
            area = await create_area(session, CODE, CODE, "Asia/Shanghai", AreaKind.TRIAL)
            await install_defaults(session, area)
        area.clock_real_anchor, area.clock_area_anchor, area.clock_speed = datetime.now(UTC), NINE, 1.0
        area_id = area.id
    if (known or 0) < count:
        await _make_people(database, area_id, known or 0, count)
    secrets = [new_secret() for _ in range(count)]
    async with database.transaction() as session:
        query = select(Account.id, Account.technician_id).where(Account.login.like(f"{CODE}-%")).order_by(Account.login)
        accounts = (await session.execute(query.limit(count))).all()
        now = datetime.now(UTC)
        rows = [
            {"id": uuid7(), "account_id": account.id, "name": "bench", "token_hash": digest(secret),
             "created_at": now, "expires_at": now + timedelta(days=1)}
            for account, secret in zip(accounts, secrets, strict=True)
        ]  # fmt: skip
        await session.execute(text("DELETE FROM access_tokens WHERE name = 'bench'"))
        await session.execute(insert(AccessToken), rows)
        owned: dict[UUID, list[UUID]] = {}
        for order_id, owner in await session.execute(select(Order.id, Order.owner_id).where(Order.area_id == area_id)):
            owned.setdefault(owner, []).append(order_id)
        await analyze(session, "orders", "visits", "technicians", "accounts", "access_tokens", "subscribers")
    return [Phone(s, owned.get(a.technician_id, [])) for a, s in zip(accounts, secrets, strict=True)]


async def _make_people(database: Database, area_id: UUID, known: int, count: int) -> None:
    began = time.monotonic()
    draw = random.Random(1)
    for first in range(known, count, 500):
        technicians: list[dict[str, Any]] = []
        accounts, patterns, subscribers, orders, visits = [], [], [], [], []
        for number in range(first, min(count, first + 500)):
            who, name = uuid7(), f"Technician {number:05}"
            technicians.append(
                {"id": who, "area_id": area_id, "employee_number": f"P{number:05}", "name": name, "speed_factor": 1.0,
                 "cost_per_hour": 0.0, "senior": False, "max_visits": 12, "status": "active", "version": 1}
            )  # fmt: skip
            accounts.append(
                {"id": uuid7(), "login": f"{CODE}-{number:05}", "name": name, "role": Role.TECHNICIAN,
                 "status": AccountStatus.ACTIVE, "area_ids": [area_id], "technician_id": who}
            )  # fmt: skip
            patterns.append(
                {"id": uuid7(), "technician_id": who, "weekdays": [1, 2, 3, 4, 5], "starts": clock_time(8),
                 "ends": clock_time(18), "breaks": [{"seconds": 2700, "earliest": "11:30", "latest": "13:30"}],
                 "valid": Range(date(2026, 1, 1), None)}
            )  # fmt: skip
            for stop in range(STOPS):
                order, subscriber = uuid7(), uuid7()
                at = NINE + timedelta(minutes=20 + 60 * stop)
                subscribers.append(
                    {"id": subscriber, "area_id": area_id, "name": f"Subscriber {number}-{stop}",
                     "phones": [f"139{draw.randrange(10**8):08}"], "flags": []}
                )  # fmt: skip
                orders.append(
                    {"id": order, "area_id": area_id, "number": f"P{number:05}{stop}", "fault_type": "no_service",
                     "subscriber_id": subscriber, "address": f"{stop} Long Street, house {number}", "skill_level": 1,
                     "access_notes": "Ring twice.", "service_seconds": 2700, "status": Status.ACCEPTED,
                     "owner_id": who, "reported_at": NINE - timedelta(hours=1), "dispatched_at": NINE,
                     "accepted_at": NINE, "status_since": NINE, "due_at": NINE + timedelta(hours=9), "events": 0}
                )  # fmt: skip
                visits.append(
                    {"id": uuid7(), "order_id": order, "technician_id": who, "position": stop, "planned_arrival": at,
                     "status": VisitStatus.PLANNED, "planned_start": at, "planned_end": at + timedelta(minutes=45),
                     "travel_seconds": 900}
                )  # fmt: skip
        async with database.transaction() as session:
            for kind, rows in (
                (Technician, technicians), (Account, accounts), (RosterPattern, patterns), (Subscriber, subscribers),
                (Order, orders), (Visit, visits),
            ):  # fmt: skip
                await session.execute(insert(kind), rows)
    print(f"{count - known} technicians made in {time.monotonic() - began:.0f} s", flush=True)


# --- the processes ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def served(root: Path, url: str, target: str, health: str, workers: int) -> AsyncIterator[Wire]:
    """A program under granian, as `up` starts it."""
    port = free_port()
    environment = {"DATABASE_URL": url, "GRID_DISPATCH_HOME": str(settings().data_home), "PATH": os.environ["PATH"]}
    process = subprocess.Popen(  # noqa: ASYNC220 - it is started and stopped here
        [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--port", str(port),
         "--workers", str(workers), "--no-ws", "--log-level", "error", target],
        env=environment, cwd=root, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    wire = Wire(port)
    try:
        for _ in range(600):
            try:
                if (await wire.ask("GET", health))[0] == 200:
                    break
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.1)
        yield wire
    finally:
        process.terminate()
        process.wait(20)


@asynccontextmanager
async def worker(root: Path, url: str) -> AsyncIterator[None]:
    """The worker of the loop, which writes routes out."""
    environment = {"DATABASE_URL": url, "GRID_DISPATCH_HOME": str(settings().data_home), "PATH": os.environ["PATH"]}
    process = subprocess.Popen(  # noqa: ASYNC220 - it is started and stopped here
        [sys.executable, "-m", "dispatch.worker", "default"],
        env=environment | {"GRID_DISPATCH_LOG_LEVEL": "WARNING"}, cwd=root, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


# --- what phones do ---------------------------------------------------------------------------------------------------


async def pull(wire: Wire, phone: Phone) -> tuple[int, dict[str, str]]:
    """The route, or that it is the same."""
    has = f"If-None-Match: {phone.etag}\r\n" if phone.etag else ""
    headers = f"Authorization: Bearer {phone.token}\r\nAccept-Encoding: br\r\n{has}"
    status, found, _ = await wire.ask("GET", "/api/mobile/route", headers)
    if status in (200, 226):
        phone.etag = found["etag"]
    return status, found


async def post(wire: Wire, phone: Phone, count: int = 1) -> tuple[int, list[str]]:
    """Acts on the phone's own orders, and what became of each."""
    now = datetime.now(UTC)
    acts = [
        {"id": str(uuid4()), "orderId": str(phone.orders[n % len(phone.orders)]), "sequence": n,
         "occurredAt": NINE.isoformat(), "act": {"type": "noted", "note": f"bench {now.isoformat()} {n}"}}
        for n in range(count)
    ]  # fmt: skip
    body = json.dumps({"acts": acts, "build": 2}).encode()
    status, _, content = await wire.ask("POST", "/api/mobile/sync", f"Authorization: Bearer {phone.token}\r\n", body)
    return status, [one["result"] for one in json.loads(content)["answers"]] if status == 200 else []


async def storm(ours: Wire, bare: Wire, phones: list[Phone], minutes: float) -> Told:
    """Every phone at its own moments, for so long."""
    told, draw = Told(), random.Random(2)
    moments: list[tuple[float, str, int]] = []
    length = minutes * 60
    for number in range(len(phones)):
        for kind, every in (("pull", PULL_SECONDS), ("bare", PULL_SECONDS), ("act", ACT_SECONDS)):
            at = draw.uniform(0, every)
            while at < length:
                moments.append((at, kind, number))
                at += every
    moments.sort()
    began = time.perf_counter()
    running: set[asyncio.Task[None]] = set()

    async def one(kind: str, phone: Phone, due: float) -> None:
        try:
            if kind == "pull":
                status = (await pull(ours, phone))[0]
            elif kind == "bare":
                status = (await bare.ask("GET", "/bare"))[0]
            else:
                status, results = await post(ours, phone)
                if status == 200 and results != ["applied"]:
                    told.errors[f"act {results}"] += 1
        except (OSError, asyncio.IncompleteReadError) as error:
            told.errors[f"{kind} {type(error).__name__}"] += 1
            return
        told.note(kind, status, time.perf_counter() - began - due)
        if status >= 400:
            told.errors[f"{kind} {status}"] += 1

    for due, kind, number in moments:
        wait = due - (time.perf_counter() - began)
        if wait > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(one(kind, phones[number], due))
        running.add(task)
        task.add_done_callback(running.discard)
    if running:
        await asyncio.wait(running)
    return told


async def burst(ours: Wire, phones: list[Phone]) -> tuple[float, int, int]:
    """So many phones within a second, each until it is served: seconds until the last, times turned away, errors."""
    draw, began = random.Random(3), time.perf_counter()
    turned_away = errors = 0

    async def one(phone: Phone, after: float) -> None:
        nonlocal turned_away, errors
        await asyncio.sleep(after)
        while time.perf_counter() - began < BURST_PATIENCE:
            status, found = await pull(ours, phone)
            if status in (200, 226, 304):
                return
            if status != 503:
                errors += 1
                return
            turned_away += 1
            await asyncio.sleep(int(found.get("retry-after", "5")) + draw.random())
        errors += 1

    for phone in phones[:BURST]:
        phone.etag = ""
    await asyncio.gather(*(one(phone, draw.uniform(0, BURST_SECONDS)) for phone in phones[:BURST]))
    return time.perf_counter() - began, turned_away, errors


async def first_pulls(ours: Wire, phones: list[Phone]) -> float:
    """Every phone's first look of the day, eight at a time; routes a second."""
    waiting, began = iter(phones), time.perf_counter()

    async def some() -> None:
        for phone in waiting:
            status, _ = await pull(ours, phone)
            if status != 200:
                raise RuntimeError(f"a first pull was answered {status}")

    await asyncio.gather(*(some() for _ in range(8)))
    return len(phones) / (time.perf_counter() - began)


# --- the whole --------------------------------------------------------------------------------------------------------


async def run(root: Path, options: argparse.Namespace) -> bool:
    """Measure and print; whether every goal was kept."""
    kept = True

    def say(what: str, value: str, good: bool | None = None) -> None:
        nonlocal kept
        kept = kept and good is not False
        print(f"{what:<58} {value}{'' if good is None else '  kept' if good else '  MISSED'}", flush=True)

    with EmbeddedPostgres(settings().data_home).use() as url:
        if not migrate.is_current(url):
            migrate.upgrade(url)
        database = Database(url)
        try:
            phones = await people(database, options.phones)
        finally:
            await database.dispose()
        async with (
            worker(root, url),
            served(root, url, "dispatch.app:create_app", "/api/health", options.workers) as ours,
            served(root, url, "benchmarks.phones:bare_app", "/bare", 1) as bare,
        ):
            rate = await first_pulls(ours, phones)
            say("routes written out for their first look", f"{rate:,.0f}/s")
            told = await storm(ours, bare, phones, options.minutes)
            _tell(say, told)
            seconds, turned_away, errors = await burst(ours, phones)
            what = f"{BURST} phones in {BURST_SECONDS:.0f} s, all served after"
            say(
                what,
                f"{seconds:.1f} s, {turned_away} turned away first, {errors} errors",
                errors == 0 and seconds < 180,
            )
            took = [await _sixty(ours, phones[n]) for n in range(SYNCS)]
            say(f"a sync of {SYNC_ACTS} acts, median of {SYNCS} (goal 400 ms)", f"{np.median(took) * 1000:.0f} ms",
                bool(np.median(took) <= GOALS["sync"]))  # fmt: skip
    return kept


async def _sixty(ours: Wire, phone: Phone) -> float:
    began = time.perf_counter()
    status, results = await post(ours, phone, SYNC_ACTS)
    took = time.perf_counter() - began
    if status != 200 or set(results) != {"applied"}:
        raise RuntimeError(f"a sync was answered {status}, {Counter(results)}")
    return took


def _tell(say: Callable[..., None], told: Told) -> None:
    p50: dict[str, float] = {}
    for kind, seconds in sorted(told.seconds.items()):
        p50[kind], p99 = np.percentile(seconds, 50), float(np.percentile(seconds, 99))
        counted = ", ".join(f"{n} × {status}" for (k, status), n in sorted(told.statuses.items()) if k == kind)
        good = None if kind == "bare" else p99 < GOALS["p99"]
        say(f"{kind}: p50, p99 (goal 250 ms)", f"{p50[kind] * 1000:.1f} ms, {p99 * 1000:.1f} ms ({counted})", good)
    ratio = p50["pull"] / p50["bare"]
    say("pull beside a bare endpoint, p50 (goal 1.5)", f"{ratio:.2f} ×", bool(ratio <= GOALS["ratio"]))
    errors = sum(told.errors.values())
    say("errors (goal 0)", f"{errors} {dict(told.errors) if errors else ''}", errors == 0)
