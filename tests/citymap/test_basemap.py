from __future__ import annotations

import gzip
import math
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import AsyncTestClient

from citymap.basemap import LAYERS, tile
from citymap.controllers import ROUTES
from kit.actor import Actor, Role, Scope
from kit.errors import NotFound
from kit.http.requests import EXCEPTION_HANDLERS, Transactions, provide_session
from kit.ids import uuid7
from tests.citymap.conftest import City


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int, int]:
    """The web-mercator tile of a point."""
    across = 2**z
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return z, int((lon + 180) / 360 * across), int(y * across)


async def draw(city: City, lon: float, lat: float, z: int) -> bytes:
    async with city.database.transaction() as session:
        return await tile(session, city.area_id, *tile_of(lon, lat, z))


@pytest.mark.realdata
async def test_tiles_hold_streets_by_name_water_green_and_buildings(vancouver: City):
    close = await draw(vancouver, -123.1149, 49.2634, 14)
    assert b"Cambie Street" in close
    for layer in ("roads", "buildings", "green"):
        assert layer.encode() in close
    assert b"water" in await draw(vancouver, -123.115, 49.2725, 13)


@pytest.mark.realdata
async def test_the_sea_is_drawn_where_the_extract_has_only_its_shore(vancouver: City):
    middle_of_english_bay = await draw(vancouver, -123.17, 49.29, 14)
    assert b"sea" in middle_of_english_bay
    assert b"sea" not in await draw(vancouver, -123.10, 49.235, 15)


@pytest.mark.realdata
async def test_far_tiles_leave_out_small_streets_and_buildings(vancouver: City):
    far = await draw(vancouver, -123.115, 49.25, 10)
    assert b"buildings" not in far
    assert b"residential" not in far
    assert len(far) < 100_000


async def test_names_come_in_chinese_and_english(demo: City):
    drawn = await draw(demo, *demo.places[0].point, 15)
    assert b"name_zh" in drawn
    assert b"name_en" in drawn
    street = demo.places[0].address.rstrip("号0123456789")
    assert street.encode() in drawn


@pytest.mark.parametrize(("z", "x", "y"), [(23, 0, 0), (3, 8, 0), (3, 0, 8), (-1, 0, 0)])
async def test_tiles_that_do_not_exist_are_not_found(demo: City, z: int, x: int, y: int):
    async with demo.database.transaction() as session:
        with pytest.raises(NotFound):
            await tile(session, demo.area_id, z, x, y)


@pytest.fixture
async def web(demo: City) -> AsyncIterator[AsyncTestClient[Any]]:
    """The city map's own routes, asked by an observer of the demo city."""

    async def observer() -> Actor:
        return Actor(uuid7(), "Olga", Role.OBSERVER, Scope(areas=frozenset({demo.area_id})))

    app = Litestar(
        ROUTES,
        dependencies={"session": Provide(provide_session), "actor": Provide(observer)},
        plugins=[Transactions()],
        exception_handlers=EXCEPTION_HANDLERS,
    )
    app.state.database = demo.database
    async with AsyncTestClient(app, raise_server_exceptions=False) as client:
        yield client


async def test_a_tile_is_compressed_and_answered_from_the_cache_the_second_time(web, demo: City):
    z, x, y = tile_of(*demo.places[0].point, 15)
    address = f"/api/areas/{demo.area_id}/tiles/{z}/{x}/{y}.mvt"
    first = await web.get(address)
    assert first.status_code == 200
    assert first.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert first.headers["content-encoding"] == "gzip"
    assert b"roads" in first.content
    assert first.headers["cache-control"].startswith("private")
    again = await web.get(address, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    nothing = await web.get(f"/api/areas/{demo.area_id}/tiles/15/0/0.mvt")
    assert nothing.status_code == 204
    assert gzip.decompress(gzip.compress(first.content)) == first.content


async def test_another_areas_map_looks_as_if_it_were_not_there(web):
    for path in ("map", "addresses?q=x", "tiles/3/1/1.mvt"):
        answer = await web.get(f"/api/areas/{uuid7()}/{path}")
        assert answer.status_code == 404


async def test_the_map_names_its_credit_its_layers_and_its_box(web, demo: City):
    answer = (await web.get(f"/api/areas/{demo.area_id}/map")).json()
    assert answer["credit"] == "© OpenStreetMap contributors"
    assert answer["layers"] == list(LAYERS)
    assert answer["calibrationFactor"] == 1
    west, south, east, north = answer["bbox"]
    assert west < demo.places[0].point[0] < east
    assert south < demo.places[0].point[1] < north


async def test_addresses_are_answered_in_the_askers_language(web, demo: City):
    place = demo.places[0]
    answer = await web.get(
        f"/api/areas/{demo.area_id}/addresses",
        params={"q": place.address, "near": f"{place.point[0]},{place.point[1]}"},
        headers={"accept-language": "zh-CN"},
    )
    best = answer.json()["items"][0]
    assert best["label"] == place.address
    assert best["confidence"] == "high"
    assert "地图" in best["explanation"]
    wrong = await web.get(f"/api/areas/{demo.area_id}/addresses", params={"q": "x", "near": "here"})
    assert wrong.status_code == 400
    assert wrong.json()["code"] == "address.near_malformed"
