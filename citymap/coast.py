"""The sea: OpenStreetMap draws only its shore. Where the extract has coastline, the sea is cut out of its bounding box.

By convention the land is on the left of a coastline and the water on its right.
"""

from __future__ import annotations

from itertools import pairwise

import shapely
from shapely.geometry import LineString, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import polygonize, unary_union

from citymap.extract import Extract, Feature, Names

_MARGIN_DEGREES = 0.02
_SIDE_STEP = 0.2
"""The probe beside the shore, as a share of the segment's length."""


def sea(extract: Extract) -> list[Feature]:
    """Polygons of the sea inside the extract's box; none where the extract has no coastline."""
    if not extract.coastline:
        return []
    west, south, east, north = extract.bbox
    window = box(west - _MARGIN_DEGREES, south - _MARGIN_DEGREES, east + _MARGIN_DEGREES, north + _MARGIN_DEGREES)
    shore = unary_union([LineString(line) for line in extract.coastline if len(line) > 1]).intersection(window)
    water, land = _probes(extract)
    tree = shapely.STRtree(water + land)
    faces = []
    for face in polygonize(unary_union([shore, window.boundary])):
        inside = tree.query(face, predicate="contains")
        wet = sum(1 if index < len(water) else -1 for index in inside)
        if wet > 0:
            faces.append(face)
    return [_feature(face) for face in faces]


def _probes(extract: Extract) -> tuple[list[BaseGeometry], list[BaseGeometry]]:
    """Points a little to the right (water) and to the left (land) of every piece of shore."""
    water: list[BaseGeometry] = []
    land: list[BaseGeometry] = []
    for line in extract.coastline:
        for (lon_a, lat_a), (lon_b, lat_b) in pairwise(line):
            lon, lat = (lon_a + lon_b) / 2, (lat_a + lat_b) / 2
            right_lon, right_lat = (lat_b - lat_a) * _SIDE_STEP, -(lon_b - lon_a) * _SIDE_STEP
            water.append(shapely.Point(lon + right_lon, lat + right_lat))
            land.append(shapely.Point(lon - right_lon, lat - right_lat))
    return water, land


def _feature(face: BaseGeometry) -> Feature:
    return Feature("water", "sea", Names(), shapely.to_wkb(face, hex=True), 0)
