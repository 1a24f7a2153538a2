"""A process that dies in the middle of an import, by the operating system's hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dispatch.orders.intake.importing import import_orders
from grids.models import ServiceArea
from kit.db import Database
from tests.databases import ROOT
from tests.dispatch.orders.intake.conftest import MAPPING, Count, Writer, mapping, row

PROGRAM = """
import asyncio, sys
from pathlib import Path
import dispatch.tables
from dispatch.orders.intake import importing
from dispatch.orders.intake.rows.mapping import parse_mapping
from grids.service import area_by_code
from kit.db import Database

async def main(url, file, mapping):
    importing.BATCH = 20
    database = Database(url)
    async with database.transaction() as session:
        area = await area_by_code(session, "town")
    say = lambda phase, fraction: print(fraction, flush=True)
    await importing.import_orders(database, area, Path(file), parse_mapping(mapping), progress=say)

asyncio.run(main(*sys.argv[1:]))
"""


def run_and_kill(url: str, path: Path, batches: int) -> None:
    """Start the import in a process of its own and kill it after so many batches."""
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url, str(path), MAPPING], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert child.stdout is not None
    for _ in range(batches):
        child.stdout.readline()
    child.kill()
    child.wait()
    child.stdout.close()


@pytest.mark.parametrize("batches", [1, 3])
async def test_a_killed_import_run_again_ends_with_the_same_totals(
    database: Database, database_url: str, area: ServiceArea, write: Writer, count: Count, batches: int
):
    rows = [row(n % 7) for n in range(300)]
    rows[5] = row(5, opened="soon")
    rows[250] = row(6, lon="", lat="")
    path: Path = write(rows)
    run_and_kill(database_url, path, batches)
    kept = await count("SELECT count(*) FROM orders")
    assert 0 < kept < 299
    assert kept == await count("SELECT count(*) FROM order_events")
    result = await import_orders(database, area, path, mapping())
    assert result.resumed
    assert (result.rows, result.created, result.rejected_rows, result.unlocated) == (300, 299, 1, 1)
    assert await count("SELECT count(*) FROM orders") == 299
    assert (await import_orders(database, area, path, mapping())).unchanged == 299
