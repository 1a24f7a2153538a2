from __future__ import annotations

from sqlalchemy import func, select

from citymap.importing import import_city
from citymap.models import CityMap
from tests.citymap.conftest import CACHE, City


async def test_a_real_city_is_imported_with_streets_houses_corners_and_restrictions(vancouver: City):
    async with vancouver.database.transaction() as session:
        city = (await session.scalars(select(CityMap))).one()
    assert city.active
    assert city.counts["drivableWays"] == 11_285
    assert city.counts["turnRestrictions"] == 229
    assert city.counts["streets"] > 1300
    assert city.counts["corners"] > 5000
    assert city.counts["features"] > 45_000


async def test_importing_the_same_file_again_changes_nothing(vancouver: City):
    again = await import_city(vancouver.database, vancouver.area_id, vancouver.extract, home=CACHE)
    assert not again.changed
    async with vancouver.database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(CityMap)) == 1
