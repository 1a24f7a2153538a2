"""What is measured, each pair on the same data in the same run."""

from __future__ import annotations

import asyncio
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import osrm
import psycopg
from sqlalchemy import text

import dispatch.tables  # noqa: F401 - every table is known before the first query
from benchmarks.city import BenchCity, prepare
from benchmarks.hover import HOVERS, TECHNICIANS, VISITS, hovers
from citymap.osrm import data as roads
from citymap.osrm.client import RoadsClient, roads_process
from citymap.service import road_travel
from dispatch.accounts.trials import trial_logins
from dispatch.orders.intake.importing import import_orders
from dispatch.orders.models.append_only import TRACE
from dispatch.planning.dispatching.replay_clock import advance_clock
from dispatch.planning.drafts.applying import publish_plan
from dispatch.planning.runs.options import PlanOptions
from dispatch.planning.runs.planning import plan_day
from kit.actor import SYSTEM
from kit.db import Database, libpq_url
from kit.postgres.embedded import EmbeddedPostgres
from kit.processes.ports import free_port
from kit.settings import settings

REPEATS = 5
MATRIX_POINTS = 1500
LOCATES = 400
ROUTE_PULLS = 500
CONNECTIONS = 8
_LOCATE = (
    "SELECT code FROM grids WHERE area_id = %s AND archived_at IS NULL"
    " AND ST_Covers(geom, ST_SetSRID(ST_MakePoint(%s, %s), 4326)) ORDER BY priority DESC, square_metres, code LIMIT 1"
)
"""Whose grid a point is, by the bare query."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: ours, the bare tool's, and their ratio (below 1: faster than the bare tool)."""

    what: str
    ours: str
    bare: str
    ratio: float


def table(rows: Sequence[Row]) -> str:
    """Aligned columns."""
    head = ("work", "ours", "bare", "ratio")
    lines = [head, *((row.what, row.ours, row.bare, f"{row.ratio:.2f}") for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


class Bench:
    """One run."""

    def __init__(self, root: Path) -> None:
        self.root = root

    async def run(self) -> list[Row]:
        """All measures, in the order of an order's way."""
        with EmbeddedPostgres(settings().data_home).use() as url:
            database = Database(url)
            try:
                city = await prepare(database, url, self.root)
                rows = [await self._intake(database, url, city), *self._command(url, city)]
                async with roads_process(settings().roads_socket, settings().data_home, url) as client:
                    rows.append(await self._matrix(database, city, client))
                    tokens = await self._day(database, city, client)
                async with self._site(url) as site:
                    rows.append(await self._locate(site, url, city, tokens["administrator"]))
                    rows += await self._pulls(site, list(tokens["technicians"].values()))
                    rows += await self._hover(database, url, site, city)
                return rows
            finally:
                await database.dispose()

    async def _intake(self, database: Database, url: str, city: BenchCity) -> Row:
        """Orders imported and geo-assigned, beside the one PostGIS statement that assigns and stores as many points."""
        seconds = []
        for _ in range(3):
            await _forget_orders(database, city)
            began = time.perf_counter()
            result = await import_orders(database, city.area, city.orders, city.mapping)
            seconds.append(time.perf_counter() - began)
        ours = result.rows / statistics.median(seconds)
        points = city.points()
        statement = (
            "CREATE TEMP TABLE bench AS SELECT p.lon, p.lat, g.id AS grid"
            " FROM unnest(%s::float8[], %s::float8[]) p(lon, lat)"
            " LEFT JOIN LATERAL (SELECT id FROM grids WHERE area_id = %s AND archived_at IS NULL"
            " AND ST_Covers(geom, ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326))"
            " ORDER BY priority DESC, square_metres, code LIMIT 1) g ON true"
        )
        many = points * (result.rows // len(points) + 1)
        many = many[: result.rows]
        lons, lats = [lon for lon, _ in many], [lat for _, lat in many]
        bare_seconds = []
        with psycopg.connect(libpq_url(url), autocommit=True) as connection:
            for _ in range(REPEATS):
                began = time.perf_counter()
                connection.execute(statement, (lons, lats, city.area.id))
                bare_seconds.append(time.perf_counter() - began)
                connection.execute("DROP TABLE bench")
        bare = result.rows / statistics.median(bare_seconds)
        return Row("orders imported and geo-assigned", f"{ours:,.0f}/s", f"{bare:,.0f}/s", bare / ours)

    async def _matrix(self, database: Database, city: BenchCity, client: RoadsClient) -> Row:
        """A square matrix through the roads process, beside OSRM called in this process."""
        draw = random.Random(1)
        points = [draw.choice(city.points()) for _ in range(MATRIX_POINTS)]
        jittered = [(lon + draw.uniform(-1e-4, 1e-4), lat + draw.uniform(-1e-4, 1e-4)) for lon, lat in points]
        async with database.transaction() as session:
            travel = await road_travel(session, city.area.id, client)
            key = (await session.execute(text("SELECT roads_key FROM city_maps WHERE active AND area_id = :a"),
                                         {"a": city.area.id})).scalar_one()  # fmt: skip
        assert travel is not None
        seconds = []
        for shift in range(3):  # another list each time: the last matrices are remembered
            moved = [(lon + shift * 1e-7, lat) for lon, lat in jittered]
            began = time.perf_counter()
            await travel.matrix(moved)
            seconds.append(time.perf_counter() - began)
        stem = roads.cache_directory(settings().data_home, key) / roads.STEM
        engine = osrm.OSRM(
            storage_config=str(stem), algorithm="CH", use_shared_memory=False, max_locations_distance_table=-1
        )
        parameters = osrm.TableParameters(
            coordinates=jittered, annotations=["duration", "distance"], generate_hints=False,
            radiuses=[float(settings().snapping_radius_metres)] * len(jittered),
        )  # fmt: skip

        def bare_call() -> None:
            answer = engine.Table(parameters)
            np.array(answer["durations"]), np.array(answer["distances"])

        bare = []
        for _ in range(3):
            began = time.perf_counter()
            bare_call()
            bare.append(time.perf_counter() - began)
        mine, other = statistics.median(seconds), statistics.median(bare)
        return Row(f"matrix {MATRIX_POINTS} × {MATRIX_POINTS}", f"{mine:.2f} s", f"{other:.2f} s", mine / other)

    async def _day(self, database: Database, city: BenchCity, client: RoadsClient) -> dict[str, Any]:
        """A published day, so that phones have routes to pull; returns tokens."""
        await advance_clock(database, SYSTEM, city.area.id, city.opening, 0.0)
        planned = await plan_day(database, city.area, city.day, PlanOptions(seconds=15), roads=client)
        async with database.transaction() as session:
            await publish_plan(session, SYSTEM, planned.plan_id)
        async with database.transaction() as session:
            return await trial_logins(session, city.area.id)

    @asynccontextmanager
    async def _site(self, url: str) -> AsyncIterator[httpx.AsyncClient]:
        port = free_port()
        environment = {"DATABASE_URL": url, "GRID_DISPATCH_HOME": str(settings().data_home), "PATH": "/usr/bin:/bin"}
        process = subprocess.Popen(  # noqa: ASYNC220 - it is started and stopped here
            [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--port", str(port), "--workers", "1",
             "--no-ws", "--log-level", "error", "dispatch.app:create_app"],
            env=environment, cwd=self.root, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as site:
                for _ in range(300):
                    try:
                        await site.get("/api/health")
                        break
                    except httpx.TransportError:
                        await asyncio.sleep(0.1)
                yield site
        finally:
            process.terminate()
            process.wait(20)

    async def _locate(self, site: httpx.AsyncClient, url: str, city: BenchCity, token: str) -> Row:
        """One point through the API, beside the bare query on an open connection."""
        points = (city.points() * (LOCATES // len(city.points()) + 1))[:LOCATES]
        ours, bare = [], []
        with psycopg.connect(libpq_url(url), autocommit=True) as connection:
            for lon, lat in points:
                began = time.perf_counter()
                answer = await site.get(
                    f"/api/areas/{city.area.id}/locate", params={"lon": lon, "lat": lat},
                    headers={"Authorization": f"Bearer {token}"},
                )  # fmt: skip
                ours.append(time.perf_counter() - began)
                answer.raise_for_status()
                began = time.perf_counter()
                connection.execute(_LOCATE, (city.area.id, lon, lat)).fetchall()
                bare.append(time.perf_counter() - began)
        mine, other = statistics.median(ours) * 1000, statistics.median(bare) * 1000
        return Row("one locate", f"{mine:.2f} ms", f"{other:.2f} ms", mine / other)

    async def _pulls(self, site: httpx.AsyncClient, tokens: list[str]) -> list[Row]:
        """Every phone pulls its route, some at a time, beside an endpoint that does nothing."""
        pulls = (tokens * (ROUTE_PULLS // len(tokens) + 1))[:ROUTE_PULLS]
        ours = await _storm(site, [("/api/mobile/route", {"Authorization": f"Bearer {token}"}) for token in pulls])
        bare = await _storm(site, [("/api/health", {})] * len(pulls))
        return [
            Row(
                f"route pull, {len(pulls)} phones, {name}",
                f"{mine * 1000:.1f} ms",
                f"{other * 1000:.1f} ms",
                mine / other,
            )
            for name, mine, other in (
                ("p50", statistics.median(ours), statistics.median(bare)),
                ("p99", float(np.percentile(ours, 99)), float(np.percentile(bare, 99))),
            )
        ]

    async def pace(self) -> list[Row]:
        """Everyday work alone: a file of orders, a command, a request."""
        with EmbeddedPostgres(settings().data_home).use() as url:
            database = Database(url)
            try:
                city = await prepare(database, url, self.root)
                rows = [await self._intake(database, url, city), *self._command(url, city)]
                async with database.transaction() as session:
                    tokens = await trial_logins(session, city.area.id)
                async with self._site(url) as site:
                    return [*rows, await self._locate(site, url, city, tokens["administrator"])]
            finally:
                await database.dispose()

    def _command(self, url: str, city: BenchCity) -> list[Row]:
        """`locate` beside a running database, and how much of it is imports, beside a program that asks and no more."""
        lon, lat = city.points()[0]
        asked = ["locate", city.area.code, "--", str(lon), str(lat)]
        ours = [sys.executable, "-c", f"from dispatch.cli import main; main({asked})"]
        bare = [sys.executable, "-c", f"import psycopg; psycopg.connect({libpq_url(url)!r}).execute({_LOCATE!r}, "
                f"({str(city.area.id)!r}, {lon}, {lat})).fetchall()"]  # fmt: skip
        seconds: dict[str, list[float]] = {"ours": [], "bare": [], "imports": []}
        for _ in range(REPEATS):
            seconds["ours"].append(_seconds_of(ours)[0])
            seconds["bare"].append(_seconds_of(bare)[0])
            told = _seconds_of([ours[0], "-X", "importtime", *ours[1:]])[1]
            spent = re.findall(r"^import time: +(\d+) \|", told, re.MULTILINE)
            seconds["imports"].append(sum(map(int, spent)) / 1e6)
        mine, other, imports = (statistics.median(seconds[name]) for name in ("ours", "bare", "imports"))
        return [
            Row("the command `locate`", f"{mine:.2f} s", f"{other:.2f} s", mine / other),
            Row("the command `locate`: imports, beside the whole", f"{imports:.2f} s", f"{mine:.2f} s", imports / mine),
        ]

    async def hover(self) -> list[Row]:
        """The prices of drops alone."""
        with EmbeddedPostgres(settings().data_home).use() as url:
            database = Database(url)
            try:
                city = await prepare(database, url, self.root)
                async with self._site(url) as site:
                    return await self._hover(database, url, site, city)
            finally:
                await database.dispose()

    async def _hover(self, database: Database, url: str, site: httpx.AsyncClient, city: BenchCity) -> list[Row]:
        """The price of a drop on a large board while a plan of the same day is solved, beside what it may take."""
        found = await hovers(database, url, site, city)
        goal = 0.1
        what = f"price of a drop, {TECHNICIANS} × {VISITS}, on roads, while solving"
        rows = [
            (f"{what}: {HOVERS} hovers, p50 beside the goal", float(np.percentile(found.hovers, 50))),
            (f"{what}: {HOVERS} hovers, p95 beside the goal", float(np.percentile(found.hovers, 95))),
            (f"{what}: the very first", found.first),
            (f"{what}: the move itself, median", statistics.median(found.moves)),
            (f"{what}: first after a move, median", statistics.median(found.after_moves)),
        ]
        return [Row(name, f"{ours * 1000:.0f} ms", f"{goal * 1000:.0f} ms", ours / goal) for name, ours in rows]


def _seconds_of(argv: list[str]) -> tuple[float, str]:
    """How long a program takes that ends well, and what it says on stderr."""
    began = time.perf_counter()
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return time.perf_counter() - began, done.stderr


async def _storm(site: httpx.AsyncClient, asks: list[tuple[str, dict[str, str]]]) -> list[float]:
    waiting = iter(asks)
    found: list[float] = []

    async def one_connection() -> None:
        for path, headers in waiting:
            began = time.perf_counter()
            answer = await site.get(path, headers=headers)
            found.append(time.perf_counter() - began)
            answer.raise_for_status()

    await asyncio.gather(*(one_connection() for _ in range(CONNECTIONS)))
    return found


async def _forget_orders(database: Database, city: BenchCity) -> None:
    """Empty the area, so that an import creates everything anew; the clock goes with its past."""
    statements = (
        f"{TRACE} WHERE area_id = :area",
        "UPDATE service_areas SET clock_area_anchor = NULL, clock_real_anchor = NULL WHERE id = :area",
        "DELETE FROM phone_acts a USING orders o WHERE o.id = a.order_id AND o.area_id = :area",
        "DELETE FROM visits v USING orders o WHERE o.id = v.order_id AND o.area_id = :area",
        "DELETE FROM plan_runs WHERE area_id = :area",
        "DELETE FROM plans WHERE area_id = :area",
        "DELETE FROM orders WHERE area_id = :area",
        "DELETE FROM import_runs WHERE area_id = :area",
    )
    async with database.transaction() as session:
        for statement in statements:
            given = {"area": city.area.id} if ":area" in statement else {}
            await session.execute(text(statement), given)
