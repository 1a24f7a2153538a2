from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from citymap.osm import extract
from citymap.osrm import data as roads
from citymap.osrm.client import RoadData, RoadsClient, roads_process
from citymap.travel import UNREACHABLE_SECONDS, OsrmTravel, StraightLineTravel, calibrated
from kit.errors import Unavailable
from tests.citymap.extracts import street, write_extract

A, B, C, D = (10.0, 50.0), (10.01, 50.0), (10.01, 50.006), (10.0, 50.006)
NODES = {1: A, 2: B, 3: C, 4: D, 5: (10.1, 50.0), 6: (10.11, 50.0), 7: (10.02, 50.0)}
WAYS = [
    ((1, 2), street("First", oneway="yes")),
    ((2, 3), street("Second")),
    ((3, 4), street("Third")),
    ((4, 1), street("Fourth")),
    ((5, 6), street("Island")),
    ((2, 7), street("Fifth")),
]


@pytest.fixture
async def village(tmp_path: Path) -> AsyncIterator[OsrmTravel]:
    """A ring of four streets, the first one-way; left out of it into Second is forbidden; an island 7 km away."""
    path = write_extract(tmp_path / "village.osm.pbf", NODES, WAYS, [(1, 2, 2, "no_left_turn")])
    key = roads.roads_key(extract.check_file(path))
    await roads.build(path, tmp_path, key, progress=lambda phase, done: None, cancelled=lambda: False)
    async with roads_process(tmp_path / "r.sock", tmp_path, None) as client:
        yield OsrmTravel(client, RoadData(key, ""), factor=1.5, radius_metres=300)


async def test_one_way_streets_and_forbidden_turns_are_honoured(village: OsrmTravel):
    a, b, c = (10.002, 50.0), (10.008, 50.0), (10.01, 50.003)
    matrix = await village.matrix([a, b, c])
    with_the_way, against_it = matrix.distances[0, 1], matrix.distances[1, 0]
    assert with_the_way == pytest.approx(430, abs=15)
    assert against_it > 3 * with_the_way
    # b to c is 480 m through the forbidden left turn; the way round turns on Fifth or drives the whole ring.
    assert matrix.distances[1, 2] > 700


async def test_pairs_without_a_way_are_reported_and_never_cheap(village: OsrmTravel):
    matrix = await village.matrix([A, C, (10.105, 50.0)])
    assert matrix.unreachable == {(0, 2), (1, 2), (2, 0), (2, 1)}
    assert matrix.durations[0, 2] == UNREACHABLE_SECONDS
    assert matrix.unsnapped == []


async def test_a_point_far_from_any_road_is_named_and_reaches_nothing(village: OsrmTravel):
    matrix = await village.matrix([A, (10.05, 50.05), C])
    assert matrix.unsnapped == [1]
    assert matrix.unreachable == {(0, 1), (1, 0), (1, 2), (2, 1)}
    assert matrix.durations[1, 1] == 0


async def test_a_route_has_the_legs_of_the_matrix_and_a_line_on_the_streets(village: OsrmTravel):
    points = [(10.002, 50.0), (10.01, 50.004), (10.105, 50.0)]
    matrix = await village.matrix(points)
    shape = await village.route(points)
    assert [leg.reachable for leg in shape.legs] == [True, False]
    assert shape.legs[0].duration == matrix.durations[0, 1]
    assert shape.legs[0].distance == matrix.distances[0, 1]
    assert len(shape.legs[0].line) > 2
    assert shape.geojson["type"] == "LineString"


async def test_a_table_too_large_for_one_answer_is_asked_for_in_parts_and_is_the_same(
    village: OsrmTravel, tmp_path: Path
):
    points = [A, (10.05, 50.05), C, (10.105, 50.0), D]
    whole = await RoadsClient(tmp_path / "r.sock").table(village._data, points, 300)
    parts = await RoadsClient(tmp_path / "r.sock", most_cells=9).table(village._data, points, 300)
    assert parts.durations.tolist() == whole.durations.tolist()
    assert parts.distances.tolist() == whole.distances.tolist()
    assert parts.unsnapped == whole.unsnapped == [1]


async def test_inserting_a_point_asks_only_its_own_row_and_column(village: OsrmTravel):
    points = [A, C, D]
    matrix = await village.matrix(points)
    durations, distances = await village.rectangle([A], [C, D])
    assert durations.tolist() == [matrix.durations[0, 1:].tolist()]
    assert distances.tolist() == [matrix.distances[0, 1:].tolist()]


async def test_without_a_roads_process_the_sentence_says_how_to_start_it(tmp_path: Path):
    travel = OsrmTravel(RoadsClient(tmp_path / "nobody.sock"), RoadData("k", "b"))
    with pytest.raises(Unavailable) as refused:
        await travel.matrix([A, B])
    assert "grid-dispatch up" in refused.value.sentence()


def test_seconds_are_the_engines_answer_times_the_factor_to_the_nearest_second():
    tenths = np.array([[0, 1234], [-1, 0]], dtype=np.int32)
    matrix = calibrated(tenths, tenths * 10, [], 1.1)
    assert matrix.durations.tolist() == [[0, round(123.4 * 1.1)], [UNREACHABLE_SECONDS, 0]]
    assert matrix.unreachable == {(1, 0)}


async def test_a_straight_line_is_marked_as_one():
    matrix = await StraightLineTravel().matrix([A, B, C])
    assert matrix.source == "straight_line"
    assert matrix.fallback_pairs == 6
    assert (await StraightLineTravel().route([A, B])).legs[0].duration == matrix.durations[0, 1]


def test_two_points_on_one_spot_are_never_less_than_nothing_apart():
    tenths = np.zeros((2, 2), dtype=np.int32)
    decimetres = np.array([[0, -10], [-1, 0]], dtype=np.int32)  # as the engine answers now and then
    matrix = calibrated(tenths, decimetres, [], 1.0)
    assert matrix.distances.tolist() == [[0, 0], [0, 0]]
    assert matrix.unreachable == frozenset()
