"""The manager's numbers at size: a year of 10⁵ and of 10⁶ orders, 400 grids, 2,000 technicians.

Every page's operation warm, beside the bare SQL that it sends (the same statements, asked again on an open connection
with rows taken as they come); a month assessed, up to its commit; what keeping the roll-ups costs an intake; how soon
an event is in the numbers; growth from the first size to the last. What is missed is printed as missed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from litestar.testing import AsyncTestClient
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession

import dispatch.tables  # noqa: F401 - every table is known before the first query
from benchmarks.manager.intake import print_costs
from benchmarks.manager.year import NOW, ZONE, fill
from dispatch import migrate
from dispatch.accounts.service import create_account, create_token
from dispatch.app import create_app
from dispatch.assessments.service import compute
from dispatch.orders.reporting import Report, report
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from dispatch.policies.service import install_defaults
from dispatch.reports.rollups.jobs import count_anew, keep_signs, keep_work
from grids.models import AreaKind
from grids.repository import area_by_code
from grids.service import create_area
from kit.actor import SYSTEM, Role
from kit.db import Database, libpq_url
from kit.postgres.embedded import EmbeddedPostgres
from kit.processes.memory import settle

REPEATS = 40
MOST_SECONDS, MOST_RATIO, MOST_ASSESS, MOST_DELAY = 1.0, 1.3, 60.0, 5.0
MONTH, RUNNING = "2025-11", "2025-12"
"""The month that every page is asked for, and the one that runs."""
MONTHS_BEFORE = ("2025-06", "2025-07", "2025-08", "2025-09", "2025-10")


@dataclass(slots=True)
class Figure:
    """An operation: seconds of each repeat, those of its bare SQL, and how many bytes it answers.

    `own` is the processor time of the program (both ends of the request), which no other load of the machine changes.
    """

    name: str
    seconds: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)
    size: int = 0
    statements: int = 0

    @property
    def p95(self) -> float:
        """Of the operation, in seconds."""
        return statistics.quantiles(self.seconds, n=20)[-1]

    @property
    def ratio(self) -> float:
        """The median beside that of the bare SQL."""
        return statistics.median(self.seconds) / statistics.median(self.bare)

    def line(self) -> str:
        """With what is missed said in words."""
        missed = [] if self.p95 <= MOST_SECONDS else [f"missed: over {MOST_SECONDS:g} s"]
        missed += [] if self.ratio <= MOST_RATIO else [f"missed: over {MOST_RATIO} × the bare SQL"]
        return (
            f"{self.name:34} p50 {statistics.median(self.seconds) * 1000:8.1f} ms  p95 {self.p95 * 1000:8.1f} ms"
            f"  bare {statistics.median(self.bare) * 1000:8.1f} ms ({self.statements:2} statements)"
            f"  {self.ratio:5.2f} ×  own {statistics.median(self.own) * 1000:6.1f} ms  {self.size / 1000:8.1f} kB"
            f"  {', '.join(missed) or 'ok'}"
        )


class _Told:
    """The statements that are sent while it is open, as the driver gets them."""

    def __init__(self, database: Database) -> None:
        self.sent: list[tuple[str, Any]] = []
        self._engine = database.engine.sync_engine

    def __enter__(self) -> _Told:
        event.listen(self._engine, "before_cursor_execute", self._one)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._one)

    def _one(self, _connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        self.sent.append((statement, parameters))


def _ask_again(connection: psycopg.Connection[Any], sent: Sequence[tuple[str, Any]]) -> float:
    """Seconds of the same statements with their rows as text, undone in the end."""
    began = time.perf_counter()
    with connection.transaction(force_rollback=True):
        for statement, parameters in sent:
            cursor = connection.execute(statement, parameters)
            if cursor.description is not None:
                cursor.fetchall()
    return time.perf_counter() - began


async def run(root: Path, options: argparse.Namespace) -> bool:
    """Measure every size; False where a figure misses its goal."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} as it begins", flush=True)
    kept = True
    before: dict[str, float] = {}
    for orders in options.orders:
        home = root / ".data" / f"bench-manager-{orders}"
        cluster = EmbeddedPostgres(home)
        with cluster.use() as url:
            migrate.upgrade(url)
            database = Database(url)
            try:
                print(f"\n{orders:,} orders", flush=True)
                area_id = await _prepare(database, cluster, orders)
                figures, fine = await _measure(database, url, area_id)
                await print_costs(database, area_id)
                print(f"load {os.getloadavg()[0]:.1f} as {orders:,} ends", flush=True)
                kept = fine and kept
                for one in figures:
                    if one.name in before:
                        grown = one.p95 / before[one.name]
                        print(f"growth {one.name:34} {grown:5.1f} × from {options.orders[0]:,} to {orders:,}")
                before = before or {one.name: one.p95 for one in figures}
            finally:
                await database.dispose()
    return kept


async def _prepare(database: Database, cluster: EmbeddedPostgres, orders: int) -> UUID:
    async with database.transaction() as session:
        area = await area_by_code(session, "size")
        if area is None:
            area = await create_area(session, "size", "Size", ZONE, AreaKind.TRIAL)
            area.clock_real_anchor = area.clock_area_anchor = NOW
            area.clock_speed = 0.0
            await install_defaults(session, area)
        area_id = area.id
        if await session.scalar(text("SELECT EXISTS (SELECT FROM orders)")):
            return area_id
    with psycopg.connect(libpq_url(cluster.admin_url("grid_dispatch")), autocommit=True) as connection:
        made = fill(connection, area_id, orders)
    print(f"made {made.orders:,} orders with {made.events:,} events in {made.seconds:.0f} s", flush=True)
    began = time.monotonic()
    days, answers = await count_anew(database, area_id)
    counted = time.monotonic() - began
    kept = await keep_work(database, area_id)
    print(
        f"{days:,} days of grids and {answers:,} answers counted in {counted:.0f} s, the hours of {kept} days kept in "
        f"{time.monotonic() - began - counted:.0f} s",
        flush=True,
    )
    began = time.monotonic()
    months = await keep_signs(database, area_id)
    print(f"the signs of {months} months kept in {time.monotonic() - began:.0f} s", flush=True)
    return area_id


_COPIED = """
INSERT INTO score_cards (id, run_id, subject, subject_id, name, rural, orders, indicators, rates, deductions, score,
                         rank, rank_note, rank_change, standing, behind)
SELECT gen_random_uuid(), :new, subject, subject_id, name, rural, orders, indicators, rates, deductions, score, rank,
       rank_note, rank_change, standing, '{}' FROM score_cards WHERE run_id = :old
"""


async def _assessed(database: Database, area_id: UUID) -> tuple[float, float]:
    """Assess the month, and give those around it the same cards; seconds of the assessment up to its commit, and how
    many of them are the program's own processor time.
    """
    began, busy = time.perf_counter(), time.process_time()
    async with database.transaction() as session:
        result = await compute(session, SYSTEM, await _area(session), MONTH)
    seconds, own = time.perf_counter() - began, time.process_time() - busy
    async with database.transaction() as session:
        for month in (*MONTHS_BEFORE, RUNNING):
            known = await session.scalar(
                text("SELECT id FROM assessment_runs WHERE area_id = :area AND month = CAST(:month AS date)"),
                {"area": area_id, "month": f"{month}-01"},
            )
            if known is None:
                run_id = await session.scalar(
                    text(
                        "INSERT INTO assessment_runs (id, area_id, month, number, provisional, cause, created_at)"
                        " VALUES (gen_random_uuid(), :area, CAST(:month AS date), 1, false, 'copied', :now)"
                        " RETURNING id"
                    ),
                    {"area": area_id, "month": f"{month}-01", "now": NOW},
                )
                await session.execute(text(_COPIED), {"new": run_id, "old": result.run.id})
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("ANALYZE"))
    return seconds, own


async def _area(session: AsyncSession) -> Any:
    found = await area_by_code(session, "size")
    assert found is not None
    return found


@asynccontextmanager
async def _manager(database: Database, area_id: UUID) -> AsyncIterator[AsyncTestClient[Any]]:
    async with database.transaction() as session:
        login = f"size-{time.time_ns()}"
        account = await create_account(
            session, login, login, Role.MANAGER, area_ids=[area_id], password="not-used-here"
        )
        token = (await create_token(session, account, "size", lasts=timedelta(hours=12)))[1]
    async with AsyncTestClient(app=create_app(database=database), base_url="http://127.0.0.1") as client:
        client.headers["Authorization"] = f"Bearer {token}"
        settle()  # as the web process does when it has started
        yield client


async def _operations(database: Database) -> list[tuple[str, str, dict[str, str]]]:
    """Every operation of the manager's pages: name, path behind the area, query."""
    async with database.transaction() as session:
        grid = (await session.execute(text("SELECT id FROM grids ORDER BY code LIMIT 1"))).scalar_one()
        person = text("SELECT id, team FROM technicians ORDER BY employee_number LIMIT 1")
        who, team = (await session.execute(person)).one()
    subject = f"technician/{who}"
    month, rate = f"reports/{MONTH}", {"measure": "repaired_on_time"}
    return [
        ("overview", month, {}),
        ("overview of a grid", month, {"grid": str(grid)}),
        ("overview of a technician", month, {"technician": str(who)}),
        ("overview of a team", month, {"team": team}),
        ("grids of the map", f"{month}/ranked", rate | {"subject": "grid", "past": "true", "limit": "1000"}),
        ("ranking of grids", f"{month}/ranked", rate | {"subject": "grid", "past": "true"}),
        ("ranking of teams", f"{month}/ranked", rate | {"subject": "team", "past": "true"}),
        ("ranking of technicians", f"{month}/ranked", rate | {"subject": "technician", "past": "true"}),
        ("bulletin", f"{month}/ranked", rate | {"subject": "technician", "sort": "rank", "limit": "1000"}),
        ("funnel", f"{month}/funnel", {"indicator": "repaired_on_time", "subject": "technician"}),
        ("signs", f"{month}/flags", {}),
        ("signs of a technician", f"{month}/flags", {"technician": str(who)}),
        ("hours", f"{month}/hours", {}),
        ("outages", f"{month}/outages", {}),
        ("faults", f"{month}/faults", {}),
        ("repeat addresses", f"{month}/repeat-addresses", {}),
        ("voice", f"{month}/voice", {}),
        ("quotes", f"{month}/quotes", {}),
        ("outlook", "outlook", {}),
        ("overview of the running month", f"reports/{RUNNING}", {}),
        ("signs of the running month", f"reports/{RUNNING}/flags", {}),
        ("hours of the running month", f"reports/{RUNNING}/hours", {}),
        ("months", "assessments", {}),
        ("closings", "month-closings", {}),
        ("what took points off", f"assessments/{MONTH}/entries", {"limit": "200"}),
        ("ledger of a technician", f"ledger/{MONTH}", {"subject": "technician", "subjectId": str(who)}),
        ("orders behind a number", f"assessments/{MONTH}/{subject}/repaired_on_time", {}),
        ("orders behind the area's number", f"assessments/{MONTH}/area/AREA/repaired_on_time", {}),
        ("statements", f"settlement/{MONTH}", {}),
    ]  # fmt: skip


async def _measure(database: Database, url: str, area_id: UUID) -> tuple[list[Figure], bool]:
    seconds, own = await _assessed(database, area_id)
    fine = seconds <= MOST_ASSESS
    print(
        f"a month assessed in {seconds:.1f} s, {own:.1f} s of it the program's own processor time"
        f"  {'ok' if fine else f'missed: over {MOST_ASSESS:g} s'}",
        flush=True,
    )
    figures = []
    async with _manager(database, area_id) as client:
        with psycopg.connect(libpq_url(url), autocommit=True) as connection:
            connection.adapters.register_loader("jsonb", psycopg.types.string.TextLoader)
            for name, path, query in await _operations(database):
                asked = f"/api/areas/{area_id}/{path.replace('AREA', str(area_id))}"
                figure = Figure(name)
                answer = await client.get(asked, params=query)
                if answer.status_code != 200:
                    print(f"{name:34} answers {answer.status_code}: {answer.text[:200]}")
                    fine = False
                    continue
                with _Told(database) as told:
                    answer = await client.get(asked, params=query)
                figure.size, figure.statements = len(answer.content), len(told.sent)
                _ask_again(connection, told.sent)
                until = time.monotonic() + 8  # a page that takes seconds is asked less often
                while len(figure.seconds) < REPEATS and (len(figure.seconds) < 5 or time.monotonic() < until):
                    began, busy = time.perf_counter(), time.process_time()
                    await client.get(asked, params=query)
                    figure.seconds.append(time.perf_counter() - began)
                    figure.own.append(time.process_time() - busy)
                    figure.bare.append(_ask_again(connection, told.sent))
                print(figure.line(), flush=True)
                fine = fine and figure.p95 <= MOST_SECONDS and figure.ratio <= MOST_RATIO
                figures.append(figure)
        for what, delay in (await _delays(database, client, area_id)).items():
            print(
                f"one event: {what} right after {delay:.2f} s  {'ok' if delay <= MOST_DELAY else 'missed'}", flush=True
            )
            fine = fine and delay <= MOST_DELAY
    return figures, fine


_IDLE = text(
    """
    SELECT id FROM technicians t WHERE NOT EXISTS (
        SELECT FROM order_events e WHERE e.technician_id = t.id AND e.occurred_at >= :since)
    ORDER BY employee_number LIMIT 1
    """
)
"""Somebody who did nothing lately, so that a drive is all theirs however often this is measured."""


async def _delays(database: Database, client: AsyncTestClient[Any], area_id: UUID) -> dict[str, float]:
    """From the commit of an act until the page shows it, the asking included; no worker runs."""
    month = f"/api/areas/{area_id}/reports/{RUNNING}"

    async def reported() -> int:
        return int((await client.get(month)).json()["days"][-1]["reported"])

    async def driven() -> int:
        return int((await client.get(f"{month}/hours")).json()["total"]["drive"])

    async def until(ask: Callable[[], Awaitable[int]], wanted: int) -> float:
        began = time.perf_counter()
        while await ask() != wanted:
            if time.perf_counter() - began > 60:
                return float("inf")
        return time.perf_counter() - began

    before = await reported()
    async with database.transaction() as session:
        area = await _area(session)
        order = await report(
            session,
            SYSTEM,
            area,
            Report(fault_type="slow", point=(120.01, 30.01)),
            occurred_at=NOW - timedelta(hours=3),
        )
        who = (await session.execute(_IDLE, {"since": NOW - timedelta(hours=5)})).scalar_one()
    found = {"orders reported": await until(reported, before + 1)}
    before = await driven()
    steps: tuple[tuple[acts.ActBase, float], ...] = (
        (acts.Dispatch(technician_id=who, why="a_technician"), 2.9), (acts.Accept(), 2.8), (acts.Depart(), 2.0),
        (acts.Arrive(reason="no_position"), 1.5),
    )  # fmt: skip
    async with database.transaction() as session:
        for act, ago in steps:
            await apply(session, SYSTEM, order.id, act, occurred_at=NOW - timedelta(hours=ago))
    found["hours"] = await until(driven, before + 1800)
    return found
