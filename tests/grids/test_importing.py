"""Grids from GeoJSON: what is mended, what is refused, and that a refusal changes nothing."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pyproj
import pytest
import shapely
from shapely import MultiPolygon, Polygon, box
from shapely.geometry import mapping
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.models import CityMap
from grids import repository, service
from grids.importing import GridImportResult, import_grids
from grids.labels import Labels, normal
from grids.models import Grid, GridImport, ServiceArea
from kit.errors import Invalid, NotFound
from kit.postgres.blobs import put_blob

WEST, EAST = box(-123.2, 49.2, -123.1, 49.3), box(-123.1, 49.2, -123.0, 49.3)


def collection(*shapes: Any, crs: str | None = None, **fields: list[Any]) -> bytes:
    """A FeatureCollection of shapes named a, b, c …"""
    features = []
    for number, shape in enumerate(shapes):
        properties = {"name": "abcdefgh"[number]} | {key: values[number] for key, values in fields.items()}
        geometry = shape if shape is None or isinstance(shape, dict) else mapping(shape)
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    document: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if crs:
        document["crs"] = {"type": "name", "properties": {"name": crs}}
    return json.dumps(document).encode()


def moved(shape: Any, crs: str) -> Any:
    transformer = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    return shapely.transform(shape, lambda xy: list(zip(*transformer.transform(xy[:, 0], xy[:, 1]), strict=True)))


@pytest.fixture
async def area(session: AsyncSession) -> ServiceArea:
    return await service.create_area(session, "v", "V", "America/Vancouver")


async def load(session: AsyncSession, area: ServiceArea, source: Any, **options: Any) -> GridImportResult:
    return await import_grids(session, area, source, "name", **options)


async def refused(session: AsyncSession, area: ServiceArea, source: Any, **options: Any) -> str:
    """The sentence of a refusal, after checking that nothing was changed."""
    before = (await session.execute(select(Grid.code, Grid.version, func.ST_AsText(Grid.geom)))).all()
    with pytest.raises(Invalid) as caught:
        await load(session, area, source, **options)
    assert not session.new
    assert not session.dirty
    assert (await session.execute(select(Grid.code, Grid.version, func.ST_AsText(Grid.geom)))).all() == before
    assert caught.value.sentence("zh")
    return caught.value.sentence()


async def codes(session: AsyncSession, area: ServiceArea, *points: tuple[float, float]) -> list[str | None]:
    found = [await service.locate(session, area.id, *point) for point in points]
    return [located.grid.code if located.grid else None for located in found]


async def test_the_same_file_again_changes_nothing(session: AsyncSession, area: ServiceArea):
    first = await load(session, area, collection(WEST, EAST))
    again = await load(session, area, collection(WEST, EAST))
    assert (first.created, again.created, again.updated, again.unchanged, again.archived) == (2, 0, 0, 2, [])
    assert (await session.execute(select(func.count()).select_from(GridImport))).scalar_one() == 1


async def test_a_new_file_keeps_the_identity_of_a_grid_and_archives_what_it_does_not_name(
    session: AsyncSession, area: ServiceArea
):
    await load(session, area, collection(WEST, EAST))
    before = {grid.code: grid.id for grid in await repository.grids(session, area.id)}
    wider = await load(session, area, collection(box(-123.2, 49.2, -123.0, 49.3)))
    assert (wider.updated, wider.archived) == (1, ["b"])
    assert {grid.code: grid.id for grid in await repository.grids(session, area.id)} == {"a": before["a"]}
    back = await load(session, area, collection(WEST, EAST))
    assert (back.updated, back.created) == (2, 0)
    assert {grid.code: grid.id for grid in await repository.grids(session, area.id)} == before


@pytest.mark.parametrize("crs", ["EPSG:3857", "urn:ogc:def:crs:EPSG::26910", "urn:ogc:def:crs:EPSG::2285"])
async def test_a_projected_file_that_names_its_system_is_converted(session: AsyncSession, area: ServiceArea, crs: str):
    """2285 is Washington North in US survey feet, which reaches up here."""
    await load(session, area, collection(moved(WEST, crs), moved(EAST, crs), crs=crs))
    assert await codes(session, area, (-123.15, 49.25), (-123.05, 49.25)) == ["a", "b"]


async def test_feet_without_a_system_are_one_clear_sentence(session: AsyncSession, area: ServiceArea):
    sentence = await refused(session, area, collection(moved(WEST, "EPSG:2285")))
    assert "feet or metres" in sentence
    assert "crs" in sentence
    assert "(a)" in sentence


async def test_swapped_axes_are_recognised(session: AsyncSession, area: ServiceArea):
    swapped = shapely.transform(WEST, lambda xy: xy[:, ::-1])
    assert "longitude, latitude" in await refused(session, area, collection(swapped))


async def test_axes_swapped_where_both_could_be_latitudes_are_told_by_the_time_zone(session: AsyncSession):
    porto = await service.create_area(session, "porto", "Porto", "Europe/Lisbon")
    swapped = box(41.1, -8.7, 41.2, -8.6)
    assert "axes are swapped" in await refused(session, porto, collection(swapped))


async def test_grids_on_another_continent_are_refused(session: AsyncSession, area: ServiceArea):
    assert "America/Vancouver" in await refused(session, area, collection(box(118.7, 32.0, 118.8, 32.1)))


async def test_a_system_nobody_knows_is_refused_by_name(session: AsyncSession, area: ServiceArea):
    assert "mars:1" in await refused(session, area, collection(WEST, crs="mars:1"))


async def test_holes_and_several_parts_are_kept(session: AsyncSession, area: ServiceArea):
    ring = Polygon(WEST.exterior, [box(-123.16, 49.24, -123.14, 49.26).exterior])
    island = MultiPolygon([EAST, box(-122.99, 49.2, -122.98, 49.21)])
    result = await load(session, area, collection(ring, island))
    assert (result.gap_handling, result.gap_percent) == ("none", 0.0)
    points = (-123.15, 49.25), (-123.17, 49.25), (-123.05, 49.25), (-122.985, 49.205)
    assert await codes(session, area, *points) == [None, "a", "b", "b"]


async def test_a_bow_tie_is_refused_with_what_mending_changes_until_a_person_accepts_it(
    session: AsyncSession, area: ServiceArea
):
    tie = Polygon([(-123.2, 49.2), (-123.1, 49.3), (-123.1, 49.2), (-123.2, 49.3)])
    sentence = await refused(session, area, collection(tie))
    assert re.search(r"The rings of a cross near .*: as written they enclose [\d,]+ m², mended [\d,]+ m²", sentence)
    assert "--accept-mending" in sentence
    result = await load(session, area, collection(tie), accept_mending=True)
    (ring,) = result.mended_rings
    assert (ring.code, ring.problem) == ("a", "ring.crossing")
    assert ring.square_metres_after - ring.square_metres_before > 35_000_000
    assert any("a ring crossed itself" in line and "m²" in line for line in result.lines())
    assert await codes(session, area, (-123.19, 49.25), (-123.15, 49.29)) == ["a", None]


async def test_a_slip_of_the_pen_is_mended_and_its_square_metres_are_told(session: AsyncSession, area: ServiceArea):
    corner = [(-123.1, 49.3), (-123.1001, 49.3002), (-123.1002, 49.3001), (-123.1, 49.3001)]
    result = await load(session, area, collection(Polygon([(-123.2, 49.2), (-123.1, 49.2), *corner, (-123.2, 49.3)])))
    (ring,) = result.mended_rings
    assert ring.problem == "ring.crossing"
    assert 0 < abs(ring.square_metres_after - ring.square_metres_before) < 1000


@pytest.mark.parametrize(
    ("geometry", "told"),
    [
        (None, "null"),
        ({"type": "Point", "coordinates": [-123.1, 49.2]}, "Point"),
        ({"type": "Polygon", "coordinates": [[[-123.1, 49.2], [-123.0, 49.2]]]}, "cannot be read"),
        ({"type": "Polygon", "coordinates": [[["x", "y"], [1, 2], [3, 4], ["x", "y"]]]}, "cannot be read"),
        ({"type": "Polygon", "coordinates": [[[-123.1, 49.2], [-123.0, 49.2], [-123.1, 49.2]]]}, "b"),
        ({"type": "Nonsense"}, "cannot be read"),
    ],
)
async def test_a_shape_beyond_repair_is_refused_with_the_features_name(
    session: AsyncSession, area: ServiceArea, geometry: Any, told: str
):
    sentence = await refused(session, area, collection(WEST, geometry))
    assert told in sentence
    assert re.search(r"\bb\b", sentence)


async def test_a_small_overlap_is_given_to_the_smaller_grid_and_reported(session: AsyncSession, area: ServiceArea):
    result = await load(session, area, collection(WEST, box(-123.10001, 49.2, -123.0, 49.28)))
    assert (result.overlap_handling, result.overlaps[0].codes) == ("mended", ["a", "b"])
    assert 0 < result.overlap_percent <= 0.1
    again = await service.locate_many(session, area.id, [(-123.100005, 49.25)])
    assert again == [(await codes_to_ids(session, area))["b"]]
    left = select(func.ST_Area(func.ST_Intersection(Grid.geom, outline_of("b")))).where(Grid.code == "a")
    assert (await session.execute(left)).scalar_one() == pytest.approx(0, abs=1e-15)


def outline_of(code: str) -> Any:
    return select(Grid.geom).where(Grid.code == code).scalar_subquery()


async def codes_to_ids(session: AsyncSession, area: ServiceArea) -> dict[str, Any]:
    return {grid.code: grid.id for grid in await repository.grids(session, area.id)}


async def test_a_large_overlap_is_refused_until_a_person_accepts_it(session: AsyncSession, area: ServiceArea):
    data = collection(WEST, box(-123.11, 49.2, -123.0, 49.28))
    sentence = await refused(session, area, data)
    assert "a – b" in sentence
    assert "--accept-overlaps" in sentence
    result = await load(session, area, data, accept_overlaps=True)
    assert (result.overlap_handling, await codes(session, area, (-123.105, 49.25))) == ("accepted", ["b"])


async def test_a_hairline_gap_is_closed_and_reported(session: AsyncSession, area: ServiceArea):
    result = await load(session, area, collection(box(-123.2, 49.2, -123.10001, 49.3), EAST))
    assert (result.gap_handling, result.gaps[0].codes) == ("mended", ["a", "b"])
    assert None not in await codes(session, area, (-123.100005, 49.25), (-123.10001, 49.21))


@pytest.mark.parametrize("edge", [-123.11, -123.104])
async def test_a_wide_gap_is_refused_until_a_person_accepts_it(session: AsyncSession, area: ServiceArea, edge: float):
    data = collection(box(-123.2, 49.2, edge, 49.3), EAST)
    assert "--accept-gaps" in await refused(session, area, data)
    result = await load(session, area, data, accept_gaps=True)
    assert (result.gap_handling, await codes(session, area, (edge + 0.002, 49.25))) == ("accepted", [None])


async def test_a_wide_slit_inside_the_city_is_a_gap_too(session: AsyncSession, area: ServiceArea):
    slit = box(-123.102, 49.21, -123.098, 49.29)
    assert "--accept-gaps" in await refused(session, area, collection(WEST - slit, EAST - slit))


async def test_a_municipality_inside_the_city_is_shown_but_is_no_gap(session: AsyncSession, area: ServiceArea):
    town = box(-123.13, 49.23, -123.07, 49.27)
    result = await load(session, area, collection(WEST - town, EAST - town))
    assert (result.gap_count, result.enclaves[0].codes) == (0, ["a", "b"])
    assert result.enclave_percent == pytest.approx(13.6, abs=0.1)


async def test_a_missing_name_field_names_the_fields_that_exist(session: AsyncSession, area: ServiceArea):
    data = collection(WEST, mapid=["W"])
    with pytest.raises(Invalid, match="mapid"):
        await import_grids(session, area, data, "nombre")


async def test_a_code_that_two_features_share_is_refused(session: AsyncSession, area: ServiceArea):
    assert "x: a, b" in await refused(session, area, collection(WEST, EAST, k=["x", "x"]), code_field="k")


async def test_a_feature_without_a_code_is_refused(session: AsyncSession, area: ServiceArea):
    assert "Feature 2 (b)" in await refused(session, area, collection(WEST, EAST, k=["x", None]), code_field="k")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"[]", b'{"features":[]}', b"\xff\xfe{", b"SQLite format 3\x00"])
async def test_a_file_that_is_no_geojson_is_one_sentence(session: AsyncSession, area: ServiceArea, data: bytes):
    assert "GeoJSON" in await refused(session, area, data)


async def test_a_file_that_is_not_there_is_named(session: AsyncSession, area: ServiceArea, tmp_path: Path):
    with pytest.raises(NotFound, match="nowhere"):
        await load(session, area, tmp_path / "nowhere.geojson")


async def test_the_outline_is_what_a_citys_map_must_cover(session: AsyncSession, area: ServiceArea):
    assert await repository.area_shape(session, area.id) is None
    await load(session, area, collection(WEST, EAST))
    found = await repository.area_shape(session, area.id)
    assert found is not None
    assert found.bounds == pytest.approx((-123.2, 49.2, -123.0, 49.3))


async def test_grids_that_the_areas_map_does_not_hold_are_refused(session: AsyncSession, area: ServiceArea):
    blob = await put_blob(session, b"roads")
    bounds = f"SRID=4326;{box(-123.25, 49.15, -123.05, 49.35).wkt}"
    values = {"name": "m", "extract_sha256": "x", "roads_key": "x", "roads_blob": blob, "counts": {}, "bbox": bounds}
    session.add(CityMap(area_id=area.id, active=True, **values))
    await session.flush()
    assert "75.0 % of these grids" in await refused(session, area, collection(WEST, EAST))
    assert (await load(session, area, collection(WEST))).map_cover_percent == 100


async def test_a_label_is_a_code_or_a_name_however_it_is_written(session: AsyncSession, area: ServiceArea):
    await load(session, area, collection(WEST, EAST, k=["47", "b"], name=["Arbutus-Ridge", "47"]), code_field="k")
    labels = Labels(await repository.grids(session, area.id))
    found = [labels.match(label) for label in ("ARBUTUS-ridge  ", "47", "047", "47.0", "４７", "", None, "nobody")]
    assert [grid and grid.code for grid in found] == ["47", "47", "47", "47", "47", None, None, None]
    assert normal("中山　南路 ") == normal("中山 南路")


async def test_a_label_spelled_differently_is_no_match(session: AsyncSession, area: ServiceArea):
    await load(session, area, collection(WEST, EAST, name=["Arbutus-Ridge", "Kitsilano"]))
    labels = Labels(await repository.grids(session, area.id))
    assert labels.match("Arbutus Ridge") is None


# --- real cities ------------------------------------------------------------------------------------------------------


def rows(path: Path, lon: str, lat: str, label: str) -> list[tuple[tuple[float, float], str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return [
            ((float(row[lon]), float(row[lat])), row[label]) for row in csv.DictReader(handle) if row[lon] and row[lat]
        ]


async def agreement(session: AsyncSession, area: ServiceArea, found: list[tuple[tuple[float, float], str]]) -> Any:
    grids = {grid.id: grid for grid in await repository.grids(session, area.id)}
    labels = Labels(grids.values())
    located = await service.locate_many(session, area.id, [point for point, _ in found])
    outside = located.count(None)
    labelled = [(grid, label) for grid, (_, label) in zip(located, found, strict=True) if grid and label]
    pairs = [(grids[grid], labels.match(label)) for grid, label in labelled]
    return len(pairs), sum(grid is wanted for grid, wanted in pairs), outside


@pytest.mark.realdata
async def test_vancouver_orders_lie_in_the_local_area_that_the_city_says(
    session: AsyncSession, area: ServiceArea, realdata: Path
):
    result = await load(session, area, realdata / "vancouver/grids.geojson", code_field="mapid")
    assert (result.created, result.overlap_handling, result.gap_handling) == (22, "mended", "mended")
    found = rows(realdata / "vancouver/orders_2022-09.csv", "longitude", "latitude", "local_area")
    compared, equal, outside = await agreement(session, area, found)
    assert (compared, outside) == (1556, 19)
    assert abs(equal - 1540) <= 2
    again = await load(session, area, realdata / "vancouver/grids.geojson", code_field="mapid")
    assert (again.unchanged, again.updated, again.created) == (22, 0, 0)


@pytest.mark.realdata
async def test_los_angeles_councils_overlap_openly_and_agree_with_the_orders(session: AsyncSession, realdata: Path):
    area = await service.create_area(session, "la", "LA", "America/Los_Angeles")
    path = realdata / "la/grids.geojson"
    assert "2.21 %" in await refused(session, area, path, code_field="nc_id")
    result = await load(session, area, path, code_field="nc_id", accept_overlaps=True)
    assert (result.created, result.overlap_handling) == (99, "accepted")
    compared, equal, _ = await agreement(
        session, area, rows(realdata / "la/orders_2017-12.csv", "Longitude", "Latitude", "NC")
    )
    assert compared > 7000
    assert equal / compared >= 0.985
