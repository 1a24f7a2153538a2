"""The demo's town with an ordinary Tuesday opened in it, made once."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from citymap.demo_city import write_demo_city
from dispatch.demo.load import CALM
from dispatch.demo.making import make_area, open_day
from dispatch.demo.town import NOW, Town, houses_by_grid
from grids.service import set_clock
from kit.db import Database
from tests.databases import TestCluster, migrate_in_a_process, schema_key, sources_hash

DAY = date(2031, 3, 11)
"""A Tuesday ahead of ours, so that nothing here depends on the day of the run."""
SEED = 1
_KEY = sources_hash(
    "dispatch/demo/*.py", "dispatch/simulation/callers.py", "dispatch/technicians/generate.py", "citymap/demo_*.py"
)


def _build(url: str) -> None:
    migrate_in_a_process(url)
    asyncio.run(_open(url))


async def _open(url: str) -> None:
    database = Database(url, pool_size=4)
    try:
        with tempfile.TemporaryDirectory(prefix="grid-dispatch-demo-") as folder:
            city = await asyncio.to_thread(write_demo_city, Path(folder) / "demo.osm.pbf", SEED)
            area = await make_area(database, city, SEED, lambda _line: None)
        async with database.transaction() as session:
            town = Town(area, await houses_by_grid(session, area, city.places), SEED)
        await open_day(database, town, DAY, CALM)
        async with database.transaction() as session:
            await set_clock(session, area.id, town.at(DAY, NOW), 0.0)
    finally:
        await database.dispose()


@pytest.fixture(scope="session")
def demo_template(cluster: TestCluster) -> str:
    """The template database with the opened day."""
    return cluster.template(f"{schema_key()}:demo:{_KEY}", _build)


@pytest.fixture
async def demo(cluster: TestCluster, demo_template: str) -> AsyncIterator[Database]:
    """The demo at 10:40, its clock standing."""
    name = cluster.clone(demo_template)
    database = Database(cluster.url(name))
    yield database
    await database.dispose()
    cluster.drop(name)
