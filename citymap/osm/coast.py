"""The sea: OpenStreetMap draws only its shore. Where the extract has coastline, the sea is cut out of its bounding box.

By convention the land is on the left of a coastline and the water on its right.
"""

from __future__ import annotations

from itertools import pairwise

import shapely
from shapely.geometry import LineString, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import linemerge, nearest_points, polygonize, unary_union

from citymap.osm.extract import Extract, Feature, Names

_MARGIN_DEGREES = 0.01
_REACH_DEGREES = 0.03
"""A shore that ends this near to the border was cut there and goes on to it."""
_SIDE_STEP = 0.2
"""The probe beside the shore, as a share of the segment's length."""


def sea(extract: Extract) -> list[Feature]:
    """Polygons of the sea inside the extract's box; none where the extract has no coastline."""
    if not extract.coastline:
        return []
    merged = linemerge([LineString(line) for line in extract.coastline if len(set(line)) > 1])
    shores = list(getattr(merged, "geoms", [merged]))
    window = box(*unary_union([box(*extract.bbox), merged]).bounds).buffer(_MARGIN_DEGREES, join_style="mitre")
    shore = unary_union([_to_the_border(line, window) for line in shores])
    water, land = _probes(extract)
    tree = shapely.STRtree(water + land)
    faces = []
    for face in polygonize(unary_union([shore, window.boundary])):
        inside = tree.query(face, predicate="contains")
        wet = sum(1 if index < len(water) else -1 for index in inside)
        if wet > 0:
            faces.append(face)
    return [_feature(face) for face in faces]


def _to_the_border(line: BaseGeometry, window: BaseGeometry) -> BaseGeometry:
    """An open shore with its ends drawn on to the border of the window."""
    if line.is_ring:
        return line
    points = list(line.coords)
    for at, end in ((0, points[0]), (len(points), points[-1])):
        _, border = nearest_points(shapely.Point(end), window.boundary)
        if border.distance(shapely.Point(end)) < _REACH_DEGREES:
            points.insert(at, border.coords[0]) if at == 0 else points.append(border.coords[0])
    return LineString(points)


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
