"""`make bench ARGS=takeover`: two hosts plan on one database, the one that plans is killed at second 15 of 60.

When does the plan arrive from the other one, and what does it cost beside a run that nobody disturbed? Hosts are
processes of the worker here; straight lines stand for roads. On a cluster of its own, which goes with it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from benchmarks.fairness.city import ZONE, points_of
from dispatch import migrate
from dispatch.orders.reporting import Report, report
from dispatch.planning.models import PlanRun, RunStatus
from dispatch.planning.runs.lifecycle import request_run
from dispatch.policies.service import install_defaults
from dispatch.technicians.generate import generate
from grids.importing import import_grids
from grids.models import AreaKind, ServiceArea
from grids.service import create_area
from kit.actor import SYSTEM
from kit.db import Database, libpq_url
from kit.postgres.embedded import EmbeddedPostgres

SECONDS, KILLED_AT, LATEST, WORSE = 60, 15, 75, 1.02
ORDERS, PER_GRID = 400, 3
DAY = date(2022, 9, 27)
FAULTS = ("no_service", "slow", "no_tv", "terminal")
REPEATS = 2


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that is over: seconds from its first worker to the draft, what the plan costs, and who had it."""

    seconds: float
    cost: float
    workers: list[str]


@asynccontextmanager
async def host(url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker that plans."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dispatch.worker", "planning", env={**os.environ, "DATABASE_URL": libpq_url(url)},
        start_new_session=True, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield started
    finally:
        kill(started)
        await started.wait()


def kill(started: asyncio.subprocess.Process) -> None:
    """SIGKILL to a host and all it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGKILL)


async def plan(database: Database, area: ServiceArea, killed_at: float | None) -> Ran:
    """One run with two hosts; at `killed_at` seconds of it the host that has it is killed."""
    options = {"seconds": SECONDS, "allowStraightLine": True}
    async with database.transaction() as session:
        run_id = (await request_run(session, SYSTEM, area, DAY, options, queue=True)).id
    async with host(database.url) as first:
        run = await _until(database, run_id, begun=True)
        async with host(database.url):
            if killed_at is not None:
                began = datetime.fromisoformat(run.attempts[0]["at"])
                await asyncio.sleep(killed_at - (datetime.now(began.tzinfo) - began).total_seconds())
                kill(first)
            run = await _until(database, run_id)
    if run.status is not RunStatus.DONE or run.ended_at is None:
        raise SystemExit(f"the run ended as {run.status.value}: {run.error}")
    began = datetime.fromisoformat(run.attempts[0]["at"])
    workers = [one["worker"] for one in run.attempts]
    return Ran((run.ended_at - began).total_seconds(), float(run.progress["cost"]), workers)


async def _until(database: Database, run_id: UUID, *, begun: bool = False) -> PlanRun:
    while True:
        async with database.transaction() as session:
            run = await session.get_one(PlanRun, run_id)
        if run.status not in (RunStatus.QUEUED, RunStatus.RUNNING) or (begun and run.attempts):
            return run
        await asyncio.sleep(0.2)


async def _day(database: Database, data: Path) -> ServiceArea:
    """A real city's grids, people, and a full day of orders where its people reported something."""
    async with database.transaction() as session:
        area = await create_area(session, "takeover", "Vancouver", ZONE, AreaKind.TRIAL)
        await install_defaults(session, area)
        await import_grids(session, area, data / "grids.geojson", "name")
        await generate(session, area, PER_GRID, 1)
        now = datetime.combine(DAY, time(8), ZoneInfo(ZONE))
        area.clock_real_anchor, area.clock_area_anchor, area.clock_speed = now, now, 0.0
        for number, point in enumerate(points_of(data)[:ORDERS]):
            fault = FAULTS[number % len(FAULTS)]
            await report(session, SYSTEM, area, Report(fault_type=fault, point=point))
    return area


def run(root: Path, _options: argparse.Namespace) -> bool:
    """Print both; False where the plan came late or was worse than it may be."""
    data = Path(os.environ.get("GRID_DISPATCH_REALDATA") or root.parent / "shared" / "data") / "vancouver"
    if not data.exists():
        print(f"no real city in {data}: nothing was measured")
        return False
    home = root / ".data" / "takeover"
    shutil.rmtree(home, ignore_errors=True)
    try:
        with EmbeddedPostgres(home, durable=False).use() as url:
            migrate.upgrade(url)
            return asyncio.run(_measure(Database(url), data))
    finally:
        shutil.rmtree(home, ignore_errors=True)


async def _measure(database: Database, data: Path) -> bool:
    try:
        area = await _day(database, data)
        kept = True
        for number in range(REPEATS):
            calm = await plan(database, area, None)
            struck = await plan(database, area, KILLED_AT)
            fine = struck.seconds <= LATEST and struck.cost <= WORSE * calm.cost and len(struck.workers) == 2
            kept = kept and fine
            print(
                f"{'kept  ' if fine else 'MISSED'}  {number + 1}: undisturbed {calm.seconds:.1f} s, cost "
                f"{calm.cost:,.0f};"
                f" killed at {KILLED_AT} s: {struck.seconds:.1f} s, cost {struck.cost:,.0f}"
                f" ({struck.cost / calm.cost:.3f} ×), {' → '.join(struck.workers)}",
                flush=True,
            )
        return kept
    finally:
        await database.dispose()
