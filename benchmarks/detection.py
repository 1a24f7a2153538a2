"""`make bench ARGS=detection`: outages found in real reports, and how long a look takes over a million of them.

The real files of Los Angeles (five days) and Vancouver (three months) hold no telecom outage, so whatever is suspected
in them counts as a false alarm. Then outages are planted among the same reports, one at a time: subscribers within
150 m report at random, on the average one every four minutes, each without naming a node. Los Angeles has no weeks
before its five days: its own days stand for the eight weeks before, each moved by some minutes and metres.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import random
import shutil
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import migrate
from dispatch.outages.detection import look_at
from dispatch.outages.models import Outage
from dispatch.policies.service import install_defaults
from grids.models import AreaKind, ServiceArea
from grids.service import create_area, set_clock
from kit.db import Database
from kit.ids import uuid7
from kit.postgres.embedded import EmbeddedPostgres

PLANTED = 40
WEEKS = 8
MINUTES_A_VOICE, VOICES = 4.0, 15
PAST, LOOKS = 1_000_000, 300
LONGEST_MILLISECONDS = 50


@dataclass(frozen=True, slots=True)
class Told:
    """A report of a file: when and where."""

    at: datetime
    lon: float
    lat: float


_INSERT = text(
    """
    INSERT INTO orders (id, area_id, number, kind, channel, level, tier, fault_type, contact_phones, skill_level,
        service_seconds, priority, point, status, reported_at, status_since, failed_contacts, callback_attempts,
        callback_attempts_needed, chases, reworks, bounces, escalated_to_lead, events, origin, edited_by_person,
        version, closed_at, outcome)
    VALUES (:id, :area, :number, 'repair', 'phone', 'normal', 'ordinary', 'no_service', '[]', 1, 1800, 0,
        ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :status, :at, :at, 0, 0, 3, 0, 0, 0, false, 0, :origin, false, 1,
        :closed, :outcome)
    """
)
_MILLION = text(
    """
    INSERT INTO orders (id, area_id, number, kind, channel, level, tier, fault_type, contact_phones, skill_level,
        service_seconds, priority, point, status, reported_at, status_since, failed_contacts, callback_attempts,
        callback_attempts_needed, chases, reworks, bounces, escalated_to_lead, events, origin, edited_by_person,
        version, closed_at, outcome, network_node, address)
    SELECT gen_random_uuid(), :area, 'past-' || g, 'repair', 'phone', 'normal', 'ordinary', 'no_service', '[]', 1,
        1800, 0, ST_SetSRID(ST_MakePoint(-123.25 + 0.22 * random() * random(), 49.2 + 0.1 * random()), 4326),
        'closed', at, at, 0, 0, 3, 0, 0, 0, false, 0, 'history', false, 1, at, 'archived', 'OLT-' || g % 4000,
        (g % 9000) || ' Street'
    FROM (SELECT g, CAST(:now AS timestamptz) - g * interval '31 seconds' AS at FROM generate_series(1, :past) g) AS s
    """
)


def la(folder: Path) -> Iterator[Told]:
    """Los Angeles, oldest first."""
    zone = ZoneInfo("America/Los_Angeles")
    with (folder / "la" / "orders_2017-12.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["Latitude"]:
                at = datetime.strptime(row["CreatedDate"], "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=zone)
                yield Told(at.astimezone(UTC), float(row["Longitude"]), float(row["Latitude"]))


def vancouver(folder: Path) -> Iterator[Told]:
    """Vancouver, those with a place."""
    with (folder / "vancouver" / "orders_2022-09.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["latitude"]:
                at = datetime.fromisoformat(row["service_request_open_timestamp"])
                yield Told(at.astimezone(UTC), float(row["longitude"]), float(row["latitude"]))


def by_household(reports: list[Told]) -> list[Told]:
    """The same without what one place reports again within half an hour: the files name nobody, and one caller there
    reports a sofa, a bed and a chair as three."""
    last: dict[tuple[float, float], datetime] = {}
    kept = []
    for one in sorted(reports, key=lambda told: told.at):
        place = (one.lon, one.lat)
        if one.at - last.get(place, datetime.min.replace(tzinfo=UTC)) > timedelta(minutes=30):
            kept.append(one)
        last[place] = one.at
    return kept


async def insert(
    session: AsyncSession, area: ServiceArea, reports: Sequence[Told], *, past: bool = False
) -> list[UUID]:
    """Reports as orders; `past`: of history, which is counted and never looked at."""
    ids = [uuid7() for _ in reports]
    rows: list[dict[str, Any]] = [
        {"id": order_id, "area": area.id, "number": str(order_id), "lon": one.lon, "lat": one.lat, "at": one.at,
         "status": "closed" if past else "reported", "origin": "history" if past else "replay",
         "closed": one.at if past else None, "outcome": "archived" if past else None}
        for order_id, one in zip(ids, reports, strict=True)
    ]  # fmt: skip
    for start in range(0, len(rows), 1000):
        await session.execute(_INSERT, rows[start : start + 1000])
    return ids


async def city(database: Database, name: str, zone: str, reports: list[Told], *, own_past: bool) -> None:
    """False alarms a week among the real reports, then minutes until planted outages are found."""
    draw = random.Random(name)
    reports = sorted(reports, key=lambda one: one.at)
    before = [
        Told(one.at - timedelta(weeks=week, minutes=draw.uniform(-60, 60)), one.lon + draw.gauss(0, 0.0008),
             one.lat + draw.gauss(0, 0.0006))
        for one in reports for week in range(1, WEEKS + 1)
    ] if own_past else []  # fmt: skip
    async with database.transaction() as session:
        area = await create_area(session, name, name.title(), zone, AreaKind.TRIAL)
        await install_defaults(session, area)
        await set_clock(session, area.id, reports[-1].at + timedelta(days=1), 0)
        await insert(session, area, before, past=True)
        ids = await insert(session, area, reports)
    async with database.transaction() as session:
        await session.execute(text("ANALYZE orders"))
    judged = [order_id for order_id, one in zip(ids, reports, strict=True)
              if own_past or one.at >= reports[0].at + timedelta(weeks=2)]  # fmt: skip
    first = reports[0].at if own_past else reports[0].at + timedelta(weeks=2)
    weeks = (reports[-1].at - first) / timedelta(weeks=1)
    began = time.perf_counter()
    async with database.transaction() as session:
        area = await session.get_one(ServiceArea, area.id)
        await look_at(session, area, judged)
        whys = (await session.execute(select(Outage.why).where(Outage.area_id == area.id))).scalars().all()
    each = 1000 * (time.perf_counter() - began) / len(judged)
    counted = ", ".join(f"{sum(1 for one in whys if one == why)} {why.value}" for why in sorted(set(whys))) or "none"
    print(f"{name}: {len(judged):,} reports in {weeks:.1f} weeks: {len(whys) / weeks:.1f} false alarms a week "
          f"({counted}); {each:.1f} ms a report", flush=True)  # fmt: skip
    found = [await _plant(database, area, draw, reports, first) for _ in range(PLANTED)]
    minutes = sorted(one for one in found if one is not None)
    if minutes:
        print(f"{name}: {len(minutes)} of {PLANTED} planted outages found, after {statistics.median(minutes):.0f} min "
              f"(median), {minutes[int(0.9 * (len(minutes) - 1))]:.0f} min (nine of ten)", flush=True)  # fmt: skip


class _Undone(Exception):
    """A planted outage is taken out again."""


async def _plant(
    database: Database, area: ServiceArea, draw: random.Random, reports: Sequence[Told], first: datetime
) -> float | None:
    """Minutes from the beginning of one planted outage until it was suspected; None: it was not."""
    centre = draw.choice(reports)
    begins = first + (reports[-1].at - first) * draw.random()
    at, voices = begins, []
    for _ in range(VOICES):
        at += timedelta(minutes=draw.expovariate(1 / MINUTES_A_VOICE))
        voices.append(Told(at, centre.lon + draw.uniform(-0.0014, 0.0014), centre.lat + draw.uniform(-0.001, 0.001)))
    found: float | None = None
    try:
        async with database.transaction() as session:
            known = select(Outage.id).where(Outage.area_id == area.id)
            place = await session.get_one(ServiceArea, area.id)
            known_before = set((await session.scalars(known)).all())
            for one, order_id in zip(voices, await insert(session, place, voices), strict=True):
                await look_at(session, place, [order_id])
                if set((await session.scalars(known)).all()) - known_before:
                    found = (one.at - begins) / timedelta(minutes=1)
                    break
            raise _Undone
    except _Undone:
        return found


async def speed(database: Database) -> bool:
    """How long the look at one report takes over a million past ones; whether it stays below the limit."""
    now = datetime(2022, 12, 31, 12, tzinfo=UTC)
    async with database.transaction() as session:
        area = await create_area(session, "million", "Million", "America/Vancouver", AreaKind.TRIAL)
        await install_defaults(session, area)
        await set_clock(session, area.id, now, 0)
        await session.execute(_MILLION, {"area": area.id, "now": now, "past": PAST})
    async with database.transaction() as session:
        await session.execute(text("ANALYZE orders"))
    draw = random.Random("speed")
    taken = []
    for number in range(LOOKS):
        lon, lat = -123.25 + 0.22 * draw.random() * draw.random(), 49.2 + 0.1 * draw.random()
        at = now - timedelta(minutes=draw.uniform(0, 60 * 24 * 30))
        # Three of them near each other, so that the weeks before are asked for as well.
        near = [Told(at + timedelta(minutes=n), lon + n * 0.0005, lat) for n in range(3)]
        async with database.transaction() as session:
            place = await session.get_one(ServiceArea, area.id)
            ids = await insert(session, place, near)
            await look_at(session, place, ids[:1])
            began = time.perf_counter()
            await look_at(session, place, ids[2:])
            taken.append(1000 * (time.perf_counter() - began))
        if number == 0:
            taken.clear()  # the first one opens a connection
    taken.sort()
    p95 = taken[int(0.95 * len(taken))]
    print(f"{PAST:,} past reports: {statistics.median(taken):.1f} ms a look (median), {p95:.1f} ms (p95), "
          f"{taken[-1]:.1f} ms (longest of {len(taken)})", flush=True)  # fmt: skip
    return p95 <= LONGEST_MILLISECONDS


def run(root: Path, _options: argparse.Namespace) -> bool:
    """Print all figures; False where a look takes too long. On a cluster of its own, which goes with it."""
    home = root / ".data" / "detection"
    shutil.rmtree(home, ignore_errors=True)
    try:
        with EmbeddedPostgres(home, durable=False).use() as url:
            migrate.upgrade(url)
            return asyncio.run(_measure(root, Database(url)))
    finally:
        shutil.rmtree(home, ignore_errors=True)


async def _measure(root: Path, database: Database) -> bool:
    try:
        folder = root.parent / "shared" / "data"
        if (folder / "README.md").exists():
            await city(database, "la", "America/Los_Angeles", by_household(list(la(folder))), own_past=True)
            await city(
                database, "vancouver", "America/Vancouver", by_household(list(vancouver(folder))), own_past=False
            )
        else:
            print("the real cities are not beside the checkout: no backtest")
        return await speed(database)
    finally:
        await database.dispose()
