"""Real cities, imported once per change of the importer and kept.

The road data lie under `.data/test-cache`, the tables in a template database.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from citymap.demo_city import DemoPlace, write_demo_city
from citymap.importing import CityMapSummary, import_city
from citymap.osm.extract import check_file
from citymap.osrm.client import RoadsClient, roads_process
from grids.models import AreaKind, ServiceArea
from kit.db import Database
from kit.ids import uuid7
from tests.databases import TestCluster, schema_key, sources_hash
from tests.road_cache import CACHE, made

# What an import writes depends on these files; the travel times and the search do not.
_READERS = (
    *(f"citymap/{name}.py" for name in ("importing", "models", "repository")),
    "citymap/osm/*.py",
    "citymap/osrm/data.py",
)


@dataclass(frozen=True)
class City:
    """An imported city in a database that tests only read."""

    database: Database
    area_id: UUID
    extract: Path
    places: list[DemoPlace] = field(default_factory=list)


async def new_area(database: Database, code: str, timezone: str = "Asia/Shanghai") -> UUID:
    """A service area with nothing in it."""
    area = ServiceArea(id=uuid7(), code=code, name=code.title(), timezone=timezone, kind=AreaKind.TRIAL)
    async with database.transaction() as session:
        session.add(area)
    return area.id


async def _import(url: str, code: str, extract: Path) -> CityMapSummary:
    database = Database(url)
    try:
        return await import_city(database, await new_area(database, code), extract, home=CACHE)
    finally:
        await database.dispose()


def _imported(cluster: TestCluster, schema_template: str, code: str, extract: Path) -> str:
    def build(url: str) -> None:
        made(extract)
        asyncio.run(_import(url, code, extract))

    key = f"{schema_key()}:{sources_hash(*_READERS)}:{code}:{check_file(extract)}"
    return cluster.clone(cluster.template(key, build, base=schema_template))


async def _open(cluster: TestCluster, name: str, extract: Path) -> AsyncIterator[City]:
    database = Database(cluster.url(name))
    async with database.transaction() as session:
        area_id = await session.scalar(select(ServiceArea.id))
    assert area_id is not None
    yield City(database, area_id, extract)
    await database.dispose()
    cluster.drop(name)


@pytest.fixture(scope="session")
def vancouver_database(cluster: TestCluster, schema_template: str, realdata: Path) -> str:
    return _imported(cluster, schema_template, "vancouver", realdata / "vancouver" / "roads.osm.pbf")


@pytest.fixture(scope="session")
async def vancouver(cluster: TestCluster, vancouver_database: str, realdata: Path) -> AsyncIterator[City]:
    async for city in _open(cluster, vancouver_database, realdata / "vancouver" / "roads.osm.pbf"):
        yield city


@pytest.fixture(scope="session")
async def roads_client(
    tmp_path_factory: pytest.TempPathFactory, vancouver: City
) -> AsyncIterator[RoadsClient]:  # fmt: skip
    """A `roads` process of the tests' own."""
    socket = tmp_path_factory.mktemp("r") / "roads.sock"
    async with roads_process(socket, CACHE, vancouver.database.url) as client:
        yield client


@pytest.fixture(scope="session")
async def demo(
    cluster: TestCluster, schema_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[City]:  # fmt: skip
    """The fictional city of seed 1."""
    written = write_demo_city(tmp_path_factory.mktemp("demo") / "demo.osm.pbf", seed=1)
    name = await asyncio.to_thread(_imported, cluster, schema_template, "demo", written.path)
    async for city in _open(cluster, name, written.path):
        yield replace(city, places=written.places)
