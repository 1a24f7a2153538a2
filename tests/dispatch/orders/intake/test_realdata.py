"""The two real cities: every row accounted for, every grid from the geometry."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.events.verify import verify
from dispatch.orders.intake.importing import import_orders
from dispatch.orders.intake.rows.mapping import load_mapping
from dispatch.orders.models.append_only import TRACE
from grids.models import AreaKind, ServiceArea
from grids.service import create_area
from kit.db import Database
from tests.dispatch.orders.intake.conftest import Count


@pytest.fixture
async def vancouver(database: Database, realdata: Path) -> ServiceArea:
    async with database.transaction() as session:
        area = await create_area(session, "vancouver", "Vancouver", "America/Vancouver", AreaKind.TRIAL)
        await add_grids(session, area, (realdata / "vancouver/grids.geojson").read_text(), "mapid")
    return area


async def add_grids(session: AsyncSession, area: ServiceArea, shapes: str, code_field: str) -> None:
    await session.execute(
        text(
            "INSERT INTO grids (id, area_id, code, name, geom, priority, rural, square_metres, version)"
            " SELECT gen_random_uuid(), :area, f->'properties'->>:code, f->'properties'->>'name', shape, 0, false,"
            " ST_Area(shape::geography), 1 FROM jsonb_array_elements(CAST(:file AS jsonb)->'features') AS f,"
            " LATERAL (SELECT ST_GeomFromGeoJSON(f->>'geometry') AS raw) AS r,"
            " LATERAL (SELECT ST_SetSRID(ST_Multi(ST_MakeValid(raw)), 4326) AS shape) AS s"
        ),
        {"area": area.id, "code": code_field, "file": shapes},
    )


@pytest.mark.realdata
async def test_vancouver(database: Database, vancouver: ServiceArea, realdata: Path, tmp_path: Path, count: Count):
    path = realdata / "vancouver/orders_2022-09.csv"
    first = await import_orders(database, vancouver, path, load_mapping("vancouver"), label_column="local_area")
    again = await import_orders(database, vancouver, path, load_mapping("vancouver"), label_column="local_area")
    assert (first.created, again.unchanged) == (5000, 5000)
    for result in (first, again):
        assert result.grid_agreement is not None
        assert result.grid_agreement.compared == 1556
        assert result.grid_agreement.equal == pytest.approx(1540, abs=2)
        assert (result.located, result.unlocated, result.outside_grids) == (1575, 3425, 19)
    assert await count("SELECT count(*) FROM orders WHERE place_problem = 'no_address'") == 3425
    assert await count(
        "SELECT count(*) FROM orders WHERE place_problem = 'no_address' AND district_hint IS NOT NULL"
    ) == pytest.approx(2563, abs=100)
    async with database.transaction() as session:
        proved = await verify(session, vancouver.id)
    assert (proved.orders, proved.events, proved.mismatches) == (5000, 5000, [])
    laid = await import_orders(database, vancouver, path, load_mapping("vancouver"), onto=date(2022, 9, 27))
    assert (laid.updated + laid.unchanged, laid.left_out) == (1556, 3444)
    blank = tmp_path / "blank.csv"
    with path.open(encoding="utf-8") as source, blank.open("w", encoding="utf-8", newline="") as out:
        table = csv.DictReader(source)
        writer = csv.DictWriter(out, table.fieldnames or [])
        writer.writeheader()
        writer.writerows({**values, "local_area": ""} for values in table)
    grids = "SELECT array_agg(grid_id ORDER BY reported_at, description, address) FROM orders WHERE point IS NOT NULL"
    async with database.transaction() as session:
        with_labels = await session.scalar(text(grids))
        await session.execute(text(TRACE))
        await session.execute(text("DELETE FROM orders"))
    blanked = await import_orders(database, vancouver, blank, load_mapping("vancouver"), onto=date(2022, 9, 27))
    assert blanked.created == 1556
    async with database.transaction() as session:
        without = await session.scalar(text(grids))
    assert without == [grid for grid in with_labels if grid is not None]


@pytest.mark.realdata
async def test_los_angeles_in_its_own_dates_against_its_own_labels_also_in_an_ordinary_area(
    database: Database, realdata: Path
):
    async with database.transaction() as session:
        area = await create_area(session, "la", "Los Angeles", "America/Los_Angeles", AreaKind.ORDINARY)
        await add_grids(session, area, (realdata / "la/grids.geojson").read_text(), "nc_id")
    path = realdata / "la/orders_2017-12.csv"
    result = await import_orders(database, area, path, load_mapping("los_angeles"), label_column="NC")
    assert (result.created, result.rejected_rows, result.located) == (9999, 0, 8246)
    assert result.grid_agreement is not None
    assert result.grid_agreement.equal / result.grid_agreement.compared >= 0.985
    async with database.transaction() as session:
        last = await session.scalar(text("SELECT max(reported_at) FROM orders"))
    assert last == datetime(2018, 1, 1, 7, 59, 58, tzinfo=UTC)
    assert (await import_orders(database, area, path, load_mapping("los_angeles"))).unchanged == 9999
