"""Days lived through the public API by people who know nothing of the product, and numbers that match their journal."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import subprocess
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from citymap.demo_city import write_demo_city
from citymap.importing import import_city
from dispatch.demo import HISTORY
from dispatch.orders.intake.importing import import_orders
from dispatch.orders.intake.mapping import mapping_as_dict, mapping_from
from dispatch.policies.service import install_defaults
from dispatch.technicians.generate import generate
from grids.importing import import_grids
from grids.models import AreaKind
from grids.service import create_area
from kit.db import Database, libpq_url
from tests.databases import ROOT, TestCluster, migrate_in_a_process, schema_key, sources_hash

DAY = date(2026, 3, 9)
ORDERS = 24
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
def lived(cluster: TestCluster, tmp_path: Path) -> dict[str, Any]:
    """One day lived from the command line, as an operator does it; the product's answers and where the journal is."""

    def build(url: str) -> None:
        migrate_in_a_process(url)
        asyncio.run(_make(url, tmp_path))

    key = sources_hash("tests/journeys/test_simulation.py", "citymap/demo_city.py", "citymap/importing.py")
    name = cluster.clone(cluster.template(f"{schema_key()}:simulation:{key}", build))
    url = libpq_url(cluster.url(name))
    truth = tmp_path / "truth.jsonl"
    home = tmp_path / "home"
    try:
        simulated = _run(
            url, home, "simulate", "demo", "--date", DAY.isoformat(), "--seed", "1", "--plan-seconds", "2",
            "--truth", str(truth), "--json",
        )  # fmt: skip
        verified = _run(url, home, "verify", "demo", "--json")
        assessed = _run(url, home, "assess", "demo", "--month", DAY.strftime("%Y-%m"), "--json")
        return {
            "simulated": simulated, "verified": verified, "assessed": assessed, "truth": truth, "folder": tmp_path,
        }  # fmt: skip
    finally:
        cluster.drop(name)


def _run(url: str, home: Path, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [str(PROGRAM), *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=600,
        env={**os.environ, "DATABASE_URL": url, "GRID_DISPATCH_HOME": str(home)},
    )  # fmt: skip
    assert done.returncode == 0, f"{arguments}: {done.stderr[-3000:]}"
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_simulated_day_ends_with_every_order_closed_or_waiting_and_numbers_that_agree_with_its_journal(
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
