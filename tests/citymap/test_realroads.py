"""The real engine on real cities, beside somebody else's server and beside real drivers."""

from __future__ import annotations

import asyncio
import csv
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from citymap.calibration import Trip, fit, report
from citymap.models import CityMap
from citymap.osm import extract
from citymap.osrm import data as roads
from citymap.osrm.client import RoadData, RoadsClient
from citymap.travel import OsrmTravel, pair_seconds
from kit.geo import LonLat, haversine_metres
from tests.citymap.conftest import City
from tests.road_cache import CACHE

pytestmark = pytest.mark.realdata
FACTOR = 1.37


@pytest.fixture
async def osrm_routed(vancouver: City) -> AsyncIterator[str]:
    """OSRM's own HTTP server on the data that an import made."""
    async with vancouver.database.transaction() as session:
        key = (await session.scalars(select(CityMap.roads_key))).one()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        roads.program("osrm-routed"), "-i", "127.0.0.1", "-p", str(port), "-t", "1",
        str(roads.cache_directory(CACHE, key) / roads.STEM),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        for _ in range(100):
            try:
                await client.get("/nearest/v1/driving/-123.1,49.25")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    await process.wait()


def order_places(realdata: Path, most: int) -> list[LonLat]:
    with (realdata / "vancouver" / "orders_2022-09.csv").open(encoding="utf-8") as source:
        rows = [row for row in csv.DictReader(source) if row["latitude"]]
    return [(float(row["longitude"]), float(row["latitude"])) for row in rows[:: len(rows) // most]][:most]


async def real_travel(vancouver: City, client: RoadsClient) -> OsrmTravel:
    async with vancouver.database.transaction() as session:
        city = (await session.scalars(select(CityMap))).one()
    return OsrmTravel(client, RoadData(city.roads_key, city.roads_blob), factor=FACTOR)


async def test_every_leg_equals_osrm_routed_times_calibration_within_a_second(
    vancouver: City, roads_client: RoadsClient, osrm_routed: str, realdata: Path
):
    points = order_places(realdata, 120)
    travel = await real_travel(vancouver, roads_client)
    matrix = await travel.matrix(points)
    shape = await travel.route(points)
    async with httpx.AsyncClient(base_url=osrm_routed) as client:
        for index in range(len(points) - 1):
            pair = ";".join(f"{lon},{lat}" for lon, lat in points[index : index + 2])
            route = (await client.get(f"/route/v1/driving/{pair}", params={"overview": "false"})).json()["routes"][0]
            assert abs(matrix.durations[index, index + 1] - route["duration"] * FACTOR) <= 1
            assert abs(shape.legs[index].duration - route["duration"] * FACTOR) <= 1
            assert abs(matrix.distances[index, index + 1] - route["distance"]) <= 1


async def test_a_real_day_has_no_pair_without_a_way_and_is_not_symmetric(
    vancouver: City, roads_client: RoadsClient, realdata: Path
):
    matrix = await (await real_travel(vancouver, roads_client)).matrix(order_places(realdata, 300))
    assert not matrix.unreachable
    assert not matrix.unsnapped
    assert (matrix.durations != matrix.durations.T).mean() > 0.5


async def test_a_point_in_the_sea_is_named(vancouver: City, roads_client: RoadsClient, realdata: Path):
    points = [*order_places(realdata, 3), (-123.2, 49.31)]
    assert (await (await real_travel(vancouver, roads_client)).matrix(points)).unsnapped == [3]


async def test_calibration_fitted_on_even_taxi_trips_holds_on_odd_ones(
    roads_client: RoadsClient, realdata: Path, record_property
):
    path = realdata / "porto" / "roads.osm.pbf"
    key = roads.roads_key(extract.check_file(path))
    await roads.build(path, CACHE, key, progress=lambda phase, done: None, cancelled=lambda: False)
    trips: list[tuple[int, list[LonLat]]] = []
    with (realdata / "porto" / "trips.csv").open(encoding="utf-8") as source:
        for index, row in enumerate(csv.DictReader(source)):
            line = [(lon, lat) for lon, lat in json.loads(row["POLYLINE"])]
            # Two minutes and a kilometre: shorter trips are waiting at a rank more than driving.
            if row["MISSING_DATA"] == "False" and len(line) >= 9 and haversine_metres(line[0], line[-1]) > 1000:
                trips.append((index, line))
    seconds = await pair_seconds(roads_client, RoadData(key, ""), [(line[0], line[-1]) for _, line in trips])
    driven = [
        (index, Trip(15 * (len(line) - 1), road)) for (index, line), road in zip(trips, seconds, strict=True) if road
    ]
    fitted = fit(trip for index, trip in driven if index % 2 == 0)
    checked = report((trip for index, trip in driven if index % 2 == 1), fitted.factor)
    record_property("porto", f"factor {fitted.factor}, odd rows: {checked}")
    assert fitted.trips > 350
    assert checked.trips > 350
    assert 1.2 < fitted.factor < 2.0
    assert abs(checked.median_ratio - 1) < 0.08
    assert checked.spread < 0.6
