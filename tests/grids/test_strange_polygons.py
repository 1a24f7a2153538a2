"""Files of polygons as strangers send them: read where they can be, refused in our own words where not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyproj
import pytest
import shapely
from shapely import MultiPolygon, Polygon, box
from shapely.geometry import mapping

from grids import tiling
from grids.polygon_files import date_line
from grids.polygon_files.reading import PolygonFile, read
from grids.tiling import Tile
from kit.errors import Invalid
from kit.geo import wgs84_to_bd09, wgs84_to_gcj02
from tests.foreign_words import foreign_words

SQUARE = box(118.78, 32.05, 118.80, 32.07)
NEXT = box(118.80, 32.05, 118.82, 32.07)


def feature(shape: Any, **properties: Any) -> dict[str, Any]:
    geometry = mapping(shape) if hasattr(shape, "geom_type") else shape
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: dict[str, Any], **members: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", **members, "features": list(features)}).encode()


def shanghai(data: bytes, **options: Any) -> PolygonFile:
    return read(data, timezone="Asia/Shanghai", **options)


def refusal(data: bytes, **options: Any) -> str:
    """The sentence of a refusal, after seeing that both languages are ours."""
    with pytest.raises(Invalid) as caught:
        read(data, **{"timezone": "Asia/Shanghai", **options})
    for language in ("en", "zh"):
        assert "–" not in caught.value.sentence(language)
        assert not foreign_words(caught.value.sentence(language))
    return caught.value.sentence()


# --- what is read -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "names", "told"),
    [
        (json.dumps(feature(SQUARE, name="North")).encode(), ["North"], "grids.field_taken"),
        (json.dumps(mapping(SQUARE)).encode(), ["1"], "grids.numbered"),
        (json.dumps({"type": "GeometryCollection", "geometries": [mapping(SQUARE)]}).encode(), ["1"], "grids.numbered"),
        (collection(feature(SQUARE, name="N", k=7), feature(NEXT, name="S", k=7)), ["N", "S"], "grids.field_taken"),
        (collection(feature(SQUARE, 编号=1), feature(NEXT, 编号=2)), ["1", "2"], "grids.field_taken"),
        (collection(feature(SQUARE), feature(NEXT)), ["1", "2"], "grids.numbered"),
    ],
)  # fmt: skip
def test_features_and_bare_shapes_are_grids_too(data: bytes, names: list[str], told: str):
    file = shanghai(data)
    assert ([f.name for f in file.features], [note.code for note in file.notes]) == (names, [told])


def test_several_fields_that_could_name_a_grid_are_proposed():
    sentence = refusal(collection(feature(SQUARE, KEY="k1", NAME="N"), feature(NEXT, KEY="k2", NAME="S")))
    assert "--name-field NAME" in sentence
    assert "KEY" in sentence


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\n\x1e"])
def test_one_feature_a_line_is_read(separator: str):
    lines = separator.join(json.dumps(feature(shape, name=name)) for shape, name in ((SQUARE, "a"), (NEXT, "b")))
    assert [f.code for f in shanghai(lines.encode()).features] == ["a", "b"]


def test_a_file_that_its_server_cut_off_is_told_and_refused_when_strict():
    for members in (
        {"exceededTransferLimit": True},
        {"properties": {"exceededTransferLimit": True}},
        {"numberMatched": 900, "numberReturned": 1},
        {"links": [{"rel": "next", "href": "p2"}]},
    ):
        data = collection(feature(SQUARE, name="a"), **members)
        assert "grids.first_page" in [note.code for note in shanghai(data, name_field="name").notes]
        with pytest.raises(Invalid, match="cut this answer off"):
            shanghai(data, name_field="name", strict=True)
    whole = collection(feature(SQUARE, name="a"), numberMatched=1, exceededTransferLimit=False)
    assert shanghai(whole, name_field="name", strict=True).notes == []


# --- other formats ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (json.dumps({"features": [{"attributes": {"N": "a"}, "geometry": {"rings": []}}]}).encode(), "Esri JSON"),
        (json.dumps({"type": "Topology", "objects": {}, "arcs": []}).encode(), "TopoJSON"),
        (b'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"/>', "KML"),
        (b'<wfs:FeatureCollection xmlns:gml="http://www.opengis.net/gml"/>', "GML"),
        (b"\x00\x00\x27\x0a\x00\x00", "Shapefile"),
        (b"PK\x03\x04rest", "ZIP"),
    ],
)  # fmt: skip
def test_another_format_is_named_with_the_command_that_converts_it(data: bytes, told: str):
    sentence = refusal(data)
    assert told in sentence
    assert "ogr2ogr -f GeoJSON" in sentence


def test_an_error_answer_is_shown_as_what_it_is():
    sentence = refusal(json.dumps({"error": {"code": 400, "message": "Invalid query"}}).encode())
    assert "error answer" in sentence
    assert "400 Invalid query" in sentence
    assert "web page" in refusal(b"<!DOCTYPE html><title>Sign in</title>")


# --- broken members ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("geometry", "member"),
    [
        ({"type": "Polygon", "coordinates": [118.78, 32.05]}, "geometry.coordinates[0] is 118.78"),
        ({"type": "Polygon", "coordinates": [[[118.78, 32.05], [], [118.80, 32.07]]]}, "coordinates[0][1] is []"),
        ({"type": "Polygon", "coordinates": [[[[118.78, 32.05], [118.8, 32.05]]]]}, "coordinates[0][0] is [[118.78"),
        ({"type": "Polygon"}, "geometry.coordinates is missing"),
        ({"type": "Polygon", "coordinates": None}, "geometry.coordinates is null"),
        ({"coordinates": [[[118.78, 32.05]]]}, "geometry.type is null"),
        ({"type": "GeometryCollection", "geometries": [None]}, "geometry.geometries[0] is null"),
        ({"type": "GeometryCollection", "geometries": [{"type": "Polygon"}]}, "geometries[0].coordinates is missing"),
        ({"type": "MultiPolygon", "coordinates": [[[[1, 2], [3, "4"], [5, 6]]]]}, 'coordinates[0][0][1] is [3, "4"]'),
        ({"type": "Polygon", "coordinates": [[[118.7, 32.0], [118.8, 32.0], [118.7, 32.0]]]}, "coordinates[0] has 2"),
        ({"type": "Polygon", "coordinates": [[[True, False], [1, 2], [3, 4]]]}, "coordinates[0][0] is [true, false]"),
        ({"type": "Polygon", "coordinates": [[[10**400, 1], [1, 2], [3, 4]]]}, "coordinates[0][0] is"),
        ("Polygon", 'geometry is "Polygon"'),
        (7, "geometry is 7"),
    ],
)  # fmt: skip
def test_a_broken_member_is_named_with_its_feature_and_what_is_expected(geometry: Any, member: str):
    sentence = refusal(collection(feature(SQUARE, name="whole"), feature(geometry, name="Broken One")))
    assert "Broken One" in sentence
    assert member in sentence


def test_numbers_beyond_the_third_are_passed_over():
    ring = [[118.78, 32.05, 1, 2], [118.80, 32.05, 1, 2], [118.80, 32.07, 1, 2], [118.78, 32.05, 1, 2]]
    assert (
        shanghai(collection(feature({"type": "Polygon", "coordinates": [ring]}, name="a"))).features[0].mended is None
    )


# --- rings ------------------------------------------------------------------------------------------------------------


INNER = box(118.785, 32.055, 118.79, 32.06)


def test_a_shell_inside_a_shell_is_a_hole_where_another_grid_lies_in_it():
    both = feature(MultiPolygon([SQUARE, INNER]), name="ring")
    ring, town = shanghai(collection(both, feature(INNER, name="town"))).features
    assert ring.mended is not None
    assert (ring.mended.problem, town.mended) == ("hole", None)
    assert ring.shape.area == pytest.approx(SQUARE.area - INNER.area)


def test_a_shell_inside_a_shell_is_a_hole_where_it_runs_the_other_way_round():
    turned = MultiPolygon([shapely.orient_polygons(SQUARE), shapely.orient_polygons(INNER, exterior_cw=True)])
    (ring,) = shanghai(collection(feature(turned, name="ring"))).features
    assert ring.shape.area == pytest.approx(SQUARE.area - INNER.area)


def test_a_shell_inside_a_shell_that_could_be_anything_is_refused_by_name():
    same = MultiPolygon([shapely.orient_polygons(SQUARE), shapely.orient_polygons(INNER)])
    sentence = refusal(collection(feature(same, name="Doubled One")))
    assert "Doubled One has a polygon inside its own polygon" in sentence


# --- systems ----------------------------------------------------------------------------------------------------------


def moved(shape: Polygon, epsg: int, turned: bool = False) -> dict[str, Any]:
    to = pyproj.Transformer.from_crs(4326, epsg, always_xy=True)
    return mapping(
        shapely.transform(shape, lambda xy: [p[::-1] if turned else p for p in map(lambda q: to.transform(*q), xy)])
    )


def crs(epsg: int) -> dict[str, Any]:
    return {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{epsg}"}}


@pytest.mark.parametrize("epsg", [4549, 32650, 3857])
def test_a_northing_before_the_easting_is_turned_and_told(epsg: int):
    for turned, notes in ((False, []), (True, ["grids.axes_turned"])):
        data = collection(feature(moved(SQUARE, epsg, turned), name="a"), crs=crs(epsg))
        file = shanghai(data, name_field="name")
        assert file.features[0].shape.bounds == pytest.approx(SQUARE.bounds, abs=1e-6)
        assert [note.code for note in file.notes] == notes


def test_nothing_is_placed_where_its_system_is_not_defined():
    """The belt of 105° east ends 800 km west of here."""
    beside = moved(box(116.4, 39.9, 116.5, 40.0), 4544)
    sentence = refusal(collection(feature(beside, name="Elsewhere"), crs=crs(4544)))
    assert "Elsewhere" in sentence
    assert "do not lie where CGCS2000 / 3-degree Gauss-Kruger CM 105E is defined" in sentence


@pytest.mark.parametrize(("system", "convert"), [("gcj02", wgs84_to_gcj02), ("bd09", wgs84_to_bd09)])
def test_boundaries_drawn_on_a_chinese_map_can_be_declared(system: str, convert: Any):
    drawn = shapely.transform(SQUARE, lambda xy: [convert((x, y)) for x, y in xy])
    data = collection(feature(drawn, name="a"))
    assert shanghai(data, system=system).features[0].shape.bounds == pytest.approx(SQUARE.bounds, abs=1e-7)
    assert shanghai(data).features[0].shape.bounds != pytest.approx(SQUARE.bounds, abs=1e-4)
    projected = collection(feature(moved(SQUARE, 4549), name="a"), crs=crs(4549))
    assert "--system" in refusal(projected, system=system)


def test_a_declared_system_serves_a_file_that_names_none():
    data = collection(feature(moved(SQUARE, 4549), name="a"))
    assert shanghai(data, system="EPSG:4549").features[0].shape.bounds == pytest.approx(SQUARE.bounds, abs=1e-6)
    assert "gcj02" in refusal(data, system="mars")


# --- the date line ----------------------------------------------------------------------------------------------------


TAVEUNI = [box(179.8, -16.9, 180, -16.5), box(-180, -16.9, -179.8, -16.5)]


@pytest.mark.parametrize(
    "drawn",
    [
        MultiPolygon(TAVEUNI),
        box(179.8, -16.9, 180.2, -16.5),
        Polygon([(179.8, -16.9), (-179.8, -16.9), (-179.8, -16.5), (179.8, -16.5)]),
    ],
    ids=["in two", "past 180", "jumping"],
)
def test_a_grid_on_both_sides_of_the_date_line_is_one_grid(drawn: Any):
    (found,) = read(collection(feature(drawn, name="Both")), timezone="Pacific/Fiji").features
    assert found.shape.bounds == pytest.approx((179.8, -16.9, 180.2, -16.5))
    assert found.mended is None
    lon, lat = date_line.middle([date_line.wrapped(found.shape)])
    assert (abs(lon), lat) == pytest.approx((180, -16.7))
    size = tiling.equal_area([found.shape])(found.shape)
    assert size == pytest.approx(42_600_000 * 44.3, rel=0.02)
    assert date_line.wrapped(found.shape).bounds == pytest.approx((-180, -16.9, 180, -16.5))


def test_neighbours_across_the_date_line_leave_no_gap_but_a_slit_between_them_is_one():
    west, east = (feature(shape, name=name) for shape, name in zip(TAVEUNI, "we", strict=True))
    slit = feature(box(-180, -16.9, -179.8, -16.5) - box(-180, -16.9, -179.9999, -16.5), name="e")
    for second, gaps in ((east, []), (slit, [("w", "e")])):
        shapes = read(collection(west, second), timezone="Pacific/Fiji").features
        size = tiling.equal_area([f.shape for f in shapes])
        found = tiling.measure([Tile(f.code, f.shape, size(f.shape)) for f in shapes])
        assert [piece.codes for piece in found.gaps] == gaps


# --- the files beside the checkout ------------------------------------------------------------------------------------


def answer(path: Path, timezone: str) -> PolygonFile | str:
    """What the product says to a file: its features, or one sentence."""
    try:
        return read(path, timezone=timezone)
    except Invalid as problem:
        return problem.sentence()


@pytest.mark.realdata
def test_the_shared_cases_are_read_or_refused_in_our_own_words(realdata: Path):
    zones = {"date_line.geojson": "Pacific/Fiji"}
    answers: dict[str, Any] = {}
    for path in sorted((realdata / "cases").rglob("*.geojson")):
        answers[path.name] = answer(path, zones.get(path.name, "Asia/Shanghai"))
        if isinstance(answers[path.name], str):
            assert not foreign_words(answers[path.name]), path.name
            if path.parent.name == "broken":
                assert re.search(r"The shape of X cannot be read: geometry\S* ", answers[path.name]), path.name
    read_well = {name for name, answer in answers.items() if isinstance(answer, PolygonFile)}
    assert read_well == {
        "bare_polygon.geojson", "collection.geojson", "date_line.geojson", "first_page.geojson", "four.geojson",
        "north_first.geojson", "one_feature.geojson",
    }  # fmt: skip
    assert "m²" in answers["bowtie.geojson"]
    assert "grids.first_page" in [note.code for note in answers["first_page.geojson"].notes]
    assert "grids.axes_turned" in [note.code for note in answers["north_first.geojson"].notes]
