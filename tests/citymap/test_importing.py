from __future__ import annotations

from pathlib import Path

import pytest
from shapely.geometry import box
from sqlalchemy import func, select

from citymap.calibration import Calibration
from citymap.importing import cover, import_city
from citymap.models import CityMap, MapFeature, MapStreet
from citymap.osrm.client import roads_process
from citymap.osrm.data import ImportCancelled, cache_directory
from citymap.service import calibrate, map_info, travel_source
from citymap.travel import StraightLineTravel
from kit.db import Database
from kit.errors import Invalid, NotFound
from kit.postgres.blobs import Blob
from tests.citymap.conftest import City, new_area
from tests.citymap.extracts import town
from tests.road_cache import CACHE


async def streets(database: Database) -> set[str]:
    async with database.transaction() as session:
        return set(await session.scalars(select(MapStreet.label)))


async def count(database: Database, table: type) -> int:
    async with database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_importing_the_same_file_again_changes_nothing(database: Database, tmp_path: Path):
    area = await new_area(database, "town")
    first = await import_city(database, area, town(tmp_path / "town.osm.pbf"), home=tmp_path)
    again = await import_city(database, area, tmp_path / "town.osm.pbf", home=tmp_path)
    assert (first.changed, again.changed) == (True, False)
    assert first.map_id == again.map_id
    assert again.counts == first.counts
    assert await count(database, CityMap) == 1


async def test_a_new_extract_replaces_the_old_one_whole_and_keeps_the_calibration(database: Database, tmp_path: Path):
    area = await new_area(database, "town")
    await import_city(database, area, town(tmp_path / "old.osm.pbf", "Old Street"), home=tmp_path)
    async with database.transaction() as session:
        await calibrate(session, area, Calibration(1.3, 100, 1.3, 0.2))
    summary = await import_city(database, area, town(tmp_path / "new.osm.pbf", "New Street"), home=tmp_path)
    assert summary.changed
    assert summary.calibration_factor == 1.3
    assert await streets(database) == {"New Street", "Cross Road"}
    assert await count(database, CityMap) == 1
    assert await count(database, Blob) == 1, "the old road data went with the old map"


async def test_a_failed_import_leaves_the_old_map_untouched(database: Database, tmp_path: Path):
    area = await new_area(database, "town")
    whole = town(tmp_path / "old.osm.pbf", "Old Street")
    await import_city(database, area, whole, home=tmp_path)
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(town(tmp_path / "new.osm.pbf", "New Street").read_bytes()[:-9])
    with pytest.raises(Invalid):
        await import_city(database, area, broken, home=tmp_path)
    assert await streets(database) == {"Old Street", "Cross Road"}


async def test_an_extract_that_does_not_hold_the_grids_is_refused_with_both_places(database: Database, tmp_path: Path):
    area = await new_area(database, "town")
    with pytest.raises(Invalid) as refused:
        await import_city(
            database, area, town(tmp_path / "town.osm.pbf"), home=tmp_path, must_cover=box(10, 50, 10.1, 50.1)
        )
    assert refused.value.code == "extract.does_not_cover"
    assert "10.006" in refused.value.sentence()
    assert await count(database, CityMap) == 0


async def test_a_cancelled_import_changes_nothing(database: Database, tmp_path: Path):
    area = await new_area(database, "town")
    phases: list[str] = []
    with pytest.raises(ImportCancelled):
        await import_city(
            database, area, town(tmp_path / "town.osm.pbf"), home=tmp_path / "home",
            progress=lambda phase, done: phases.append(phase), cancelled=lambda: "extract" in phases,
        )  # fmt: skip
    assert await count(database, CityMap) == 0
    assert list((tmp_path / "home" / "roads").iterdir()) == []


async def test_another_host_needs_only_the_database_to_drive_there(database: Database, tmp_path: Path):
    area = await new_area(database, "town")
    await import_city(database, area, town(tmp_path / "town.osm.pbf"), home=tmp_path / "here")
    there = tmp_path / "there"
    async with roads_process(tmp_path / "r.sock", there, database.url) as client, database.transaction() as session:
        travel = await travel_source(session, area, client)
        matrix = await travel.matrix([(10.0, 50.0), (10.003, 50.002)])
        city = (await session.scalars(select(CityMap))).one()
    assert matrix.source == "osrm"
    assert 0 < matrix.durations[0, 1] < 300
    assert cache_directory(there, city.roads_key).is_dir()


async def test_an_area_without_roads_says_so_unless_straight_lines_were_asked_for(database: Database, tmp_path: Path):
    area = await new_area(database, "la")
    async with roads_process(tmp_path / "r.sock", tmp_path, None) as client, database.transaction() as session:
        with pytest.raises(Invalid) as refused:
            await travel_source(session, area, client)
        assert "city import" in refused.value.sentence()
        allowed = await travel_source(session, area, client, allow_straight_line=True)
        assert isinstance(allowed, StraightLineTravel)
        assert await cover(session, area, box(0, 0, 1, 1)) is None
        with pytest.raises(NotFound):
            await map_info(session, area)


@pytest.mark.realdata
async def test_a_real_city_is_imported_with_streets_houses_corners_and_restrictions(vancouver: City):
    async with vancouver.database.transaction() as session:
        info = await map_info(session, vancouver.area_id)
        assert await cover(session, vancouver.area_id, box(-123.2, 49.2, -123.05, 49.3)) == 1
    assert info.counts["drivableWays"] == 11_285
    assert info.counts["turnRestrictions"] == 229
    assert info.counts["streets"] > 1300
    assert info.counts["corners"] > 5000
    assert await count(vancouver.database, MapFeature) > 45_000


@pytest.mark.realdata
async def test_a_real_city_imported_again_is_unchanged(vancouver: City):
    again = await import_city(vancouver.database, vancouver.area_id, vancouver.extract, home=CACHE)
    assert not again.changed
