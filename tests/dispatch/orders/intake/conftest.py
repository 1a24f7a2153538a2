"""Areas with grids, and small files, for the tests of intake."""

from __future__ import annotations

import csv
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.intake.rows.mapping import Mapping as FileMapping
from dispatch.orders.intake.rows.mapping import parse_mapping
from dispatch.policies.service import install_defaults
from grids.models import AreaKind, ServiceArea
from grids.service import create_area
from kit.db import Database
from kit.ids import uuid7

MAPPING = """
source = "test"
kind = "replay"
[columns]
opened = "opened"
closed = "closed"
category = "what"
address = "address"
district = "district"
longitude = "lon"
latitude = "lat"
subscriber_account = "account"
subscriber_phone = "phone"
[key]
columns = ["opened", "what", "address"]
[fault_types.lamp]
en = "Lamp"
zh = "灯"
minutes = 30
"""
COLUMNS = ("opened", "closed", "what", "address", "district", "lon", "lat", "account", "phone")


def mapping(**changes: str) -> FileMapping:
    found = MAPPING
    for old, new in changes.items():
        found = found.replace({"kind": '"replay"'}[old], f'"{new}"')
    return parse_mapping(found)


async def add_square(
    session: AsyncSession, area: ServiceArea, code: str, west: float, south: float, size: float = 0.1
) -> None:
    """A square grid; its name is the code in words."""
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    shape = json.dumps({"type": "MultiPolygon", "coordinates": [[ring]]})
    await session.execute(
        text(
            "INSERT INTO grids (id, area_id, code, name, geom, priority, rural, square_metres, version) VALUES"
            " (:id, :area, :code, :name, ST_SetSRID(ST_GeomFromGeoJSON(:shape), 4326), 0, false, 1e6, 1)"
        ),
        {"id": uuid7(), "area": area.id, "code": code, "name": f"Grid {code}", "shape": shape},
    )


@pytest.fixture
async def area(database: Database) -> ServiceArea:
    """A trial area with the grids W (10.0–10.1 E) and E (10.1–10.2 E), both 50.0–50.1 N."""
    async with database.transaction() as session:
        made = await create_area(session, "town", "Town", "Europe/Berlin", AreaKind.TRIAL)
        await install_defaults(session, made)
        await add_square(session, made, "W", 10.0, 50.0)
        await add_square(session, made, "E", 10.1, 50.0)
    return made


Writer = Callable[[Sequence[Mapping[str, str]]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    """Writes rows of the columns of `MAPPING` into a CSV file and returns its path."""

    def writer(rows: Sequence[Mapping[str, str]], name: str = "orders.csv") -> Path:
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as out:
            table = csv.DictWriter(out, COLUMNS, restval="")
            table.writeheader()
            table.writerows(rows)
        return path

    return writer


def row(n: int = 1, **values: str) -> dict[str, str]:
    """A row that is well: in grid W, at an address of its own."""
    return {
        "opened": f"2022-09-07T08:{n % 60:02d}:00+02:00",
        "what": "lamp",
        "address": f"{n} Main Street",
        "lon": "10.05",
        "lat": "50.05",
        **values,
    }


Count = Callable[..., Awaitable[int]]


@pytest.fixture
def count(database: Database) -> Count:
    """Answers a `SELECT count(*) …`."""

    async def ask(statement: str, **values: object) -> int:
        async with database.transaction() as session:
            return int(await session.scalar(text(statement), values) or 0)

    return ask
