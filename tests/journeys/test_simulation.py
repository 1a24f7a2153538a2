"""Days lived through the public API by people who know nothing of the product, and numbers that match their journal."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import shutil
import subprocess
import sys
import time as clock
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import pytest

from citymap.demo_city import write_demo_city
from citymap.importing import import_city
from dispatch.demo.making import HISTORY
from dispatch.orders.intake.importing import import_orders
from dispatch.orders.intake.rows.mapping import mapping_as_dict, mapping_from
from dispatch.policies.service import install_defaults
from dispatch.technicians.generate import generate
from grids.importing import import_grids
from grids.models import AreaKind
from grids.service import create_area
from kit.db import Database
from kit.postgres.embedded import EmbeddedPostgres
from tests.databases import ROOT, migrate_in_a_process

DAY = date(2026, 3, 9)
ORDERS = 24
UNDER_WAY = 60
"""Lines of the journal after which technicians are at work."""
PROGRAM = Path(sys.executable).with_name("grid-dispatch")

pytestmark = pytest.mark.slow


async def _make(url: str, folder: Path) -> None:
    """The fictional city with fifteen technicians and a day's reports still to come."""
    database = Database(url)
    city = write_demo_city(folder / "city.osm.pbf", 1)
    async with database.transaction() as session:
        area = await create_area(session, "demo", "Demo", city.timezone, AreaKind.TRIAL)
        await install_defaults(session, area)
    await import_city(database, area.id, city.path, home=folder)
    async with database.transaction() as session:
        await import_grids(session, area, json.dumps(city.grids, ensure_ascii=False).encode(), "name", "code")
        await generate(session, area, 1, 1)
    file = folder / "orders.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["id", "opened", "closed", "address", "lon", "lat", "fault"])
        start = datetime.combine(DAY, time(7), ZoneInfo(city.timezone))
        for number in range(ORDERS):
            place = city.places[number * 131 % len(city.places)]
            opened = start + timedelta(minutes=13 * number)
            rows.writerow([number, opened.isoformat(), "", place.address, *place.point, "no_service"])
    replay = mapping_from({**mapping_as_dict(HISTORY), "kind": "replay", "source": "journey"})
    await import_orders(database, area, file, replay)
    await database.dispose()


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """One day lived from the command line on a private database that is stopped in the middle of it.

    Answers the product's answers and where the journal is.
    """
    home, truth = tmp_path / "home", tmp_path / "truth.jsonl"
    server = EmbeddedPostgres(home)
    try:
        url = server.ensure_started()
        migrate_in_a_process(url)
        asyncio.run(_make(url, tmp_path))
        simulated = _simulate(home, truth, server)
        verified = _run(home, "verify", "demo", "--json")
        assessed = _run(home, "assess", "demo", "--month", DAY.strftime("%Y-%m"), "--json")
        yield {
            "simulated": simulated, "verified": verified, "assessed": assessed, "truth": truth, "folder": tmp_path,
        }  # fmt: skip
    finally:
        server.stop()
        shutil.rmtree(server.base, ignore_errors=True)


def _simulate(home: Path, truth: Path, server: EmbeddedPostgres) -> dict[str, Any]:
    """Live the day; once work is under way the database is stopped, and only the program itself starts it again."""
    with (home / "said").open("w+b") as said, _begin(home, said, "simulate", "demo", "--date", DAY.isoformat(),
        "--seed", "1", "--plan-seconds", "2", "--truth", str(truth), "--json") as living:  # fmt: skip
        try:
            while living.poll() is None and (not truth.exists() or truth.read_bytes().count(b"\n") < UNDER_WAY):
                clock.sleep(0.05)
            assert living.poll() is None, f"the day was over too soon: {_tail(said)}"
            server.stop()
            answer = living.communicate(timeout=600)[0]
        finally:
            living.kill()
        assert living.returncode == 0, _tail(said)
    lived: dict[str, Any] = json.loads(answer)
    return lived


def _begin(home: Path, said: IO[bytes], *arguments: str) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment["GRID_DISPATCH_HOME"] = str(home)
    return subprocess.Popen(
        [str(PROGRAM), *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=said, env=environment
    )  # fmt: skip


def _tail(said: IO[bytes]) -> str:
    said.seek(0)
    return said.read().decode()[-3000:]


def _run(home: Path, *arguments: str) -> dict[str, Any]:
    with (home / "said").open("w+b") as said, _begin(home, said, *arguments) as command:
        printed = command.communicate(timeout=600)[0]
        assert command.returncode == 0, f"{arguments}: {_tail(said)}"
    answer: dict[str, Any] = json.loads(printed)
    return answer


def test_a_day_with_a_database_restart_in_it_ends_with_nothing_lost_or_twice_and_numbers_that_agree_with_its_journal(
    lived: dict[str, Any],
) -> None:
    simulated = lived["simulated"]
    assert simulated["orders"] == ORDERS
    open_orders = sum(
        count for status, count in simulated["byStatus"].items() if status not in ("closed", "cancelled", "merged")
    )
    assert sum(simulated["waitingOn"].values()) >= open_orders
    assert simulated["callbackCoverage"] == 1.0
    assert simulated["byStatus"]["closed"] > ORDERS / 2
    assert simulated["unreachable"] >= 1
    assert simulated["syncBatches"] > 0

    assert lived["verified"]["orders"] == ORDERS
    assert lived["verified"]["mismatches"] == []

    answer = lived["folder"] / "assess.json"
    answer.write_text(json.dumps(lived["assessed"]), encoding="utf-8")
    compared = subprocess.run(
        [sys.executable, "-I", str(ROOT / "tests" / "journeys" / "recompute.py"), str(lived["truth"]),
         "--month", DAY.strftime("%Y-%m"), "--compare", str(answer)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert compared.returncode == 0, compared.stdout + compared.stderr
