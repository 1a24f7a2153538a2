from __future__ import annotations

from pathlib import Path

from shapely.geometry import Point, shape
from shapely.ops import unary_union

from citymap.demo_city import write_demo_city
from citymap.osrm.client import roads_process
from citymap.service import map_info, travel_source
from tests.citymap.conftest import City
from tests.road_cache import CACHE


def test_the_same_seed_writes_the_same_city(tmp_path: Path):
    first = write_demo_city(tmp_path / "a.osm.pbf", seed=7)
    again = write_demo_city(tmp_path / "b.osm.pbf", seed=7)
    other = write_demo_city(tmp_path / "c.osm.pbf", seed=8)
    assert first.path.read_bytes() == again.path.read_bytes()
    assert first.places == again.places
    assert first.places != other.places


def test_its_grids_tile_the_city_without_gap_or_overlap_and_hold_their_houses(tmp_path: Path):
    city = write_demo_city(tmp_path / "a.osm.pbf")
    grids = {feature["properties"]["code"]: shape(feature["geometry"]) for feature in city.grids["features"]}
    assert len(grids) >= 12
    assert all(grid.is_valid for grid in grids.values())
    whole = unary_union(list(grids.values()))
    assert whole.geom_type == "Polygon"
    assert not whole.interiors
    assert abs(sum(grid.area for grid in grids.values()) - whole.area) < 1e-12
    assert all(grids[place.grid].covers(Point(place.point)) for place in city.places)
    assert min(sum(place.grid == code for place in city.places) for code in grids) > 200


async def test_it_imports_like_any_city_with_restrictions_bridges_and_houses(demo: City):
    async with demo.database.transaction() as session:
        info = await map_info(session, demo.area_id)
    assert info.counts["turnRestrictions"] >= 8
    assert info.counts["houses"] > 8000
    assert info.counts["streets"] > 800
    assert info.counts["numberedBlocks"] > 2000, "here numbers do not follow the parallels: each street's own count"


async def test_every_house_can_be_driven_to_from_every_other(demo: City, tmp_path: Path):
    some = [place.point for place in demo.places[:: len(demo.places) // 150]]
    async with roads_process(tmp_path / "r.sock", CACHE, demo.database.url) as client:
        async with demo.database.transaction() as session:
            travel = await travel_source(session, demo.area_id, client)
        matrix = await travel.matrix(some)
    assert not matrix.unreachable
    assert not matrix.unsnapped
    assert 200 < matrix.durations.mean() < 1200
