"""Shapes at the date line: whoever measures sees them in one piece, whoever stores them has −180 to 180. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon, box
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from kit.geo import LonLat, longitudes_span

_WEST, _EAST = box(-180, -90, 180, 90), box(180, -90, 540, 90)


def mended_crossings(shape: MultiPolygon) -> MultiPolygon:
    """A ring that jumps from 179 to −179 goes the short way round, not round the earth; longitudes may pass 180."""
    return MultiPolygon([_short_way(part) for part in shape.geoms])


def unwrapped(shapes: Sequence[BaseGeometry]) -> list[MultiPolygon]:
    """The same shapes side by side: where they lie on both sides of the date line, the western ones at 180 and more."""
    polygons = [[part for part in getattr(shape, "geoms", [shape]) if isinstance(part, Polygon)] for shape in shapes]
    west, east = longitudes_span([x for parts in polygons for part in parts for x in part.bounds[::2]])
    if east <= 180 and all(shape.bounds[2] <= 180 for shape in shapes):
        return [MultiPolygon(parts) for parts in polygons]
    return [_in_one_piece(parts, west) for parts in polygons]


def _in_one_piece(parts: list[Polygon], west: float) -> MultiPolygon:
    """The parts side by side; those that a valid shape was cut into at the date line are joined again."""
    moved = MultiPolygon([_eastward(part, west) for part in parts])
    if moved.is_valid or not MultiPolygon(parts).is_valid:
        return moved
    joined = shapely.union_all(list(moved.geoms))
    return joined if isinstance(joined, MultiPolygon) else MultiPolygon([joined])


def wrapped(shape: BaseGeometry) -> MultiPolygon:
    """Within −180 and 180, cut where the date line runs through it."""
    if shape.is_empty or shape.bounds[2] <= 180:
        return shape if isinstance(shape, MultiPolygon) else MultiPolygon([shape])
    here = shape.intersection(_WEST)
    there = translate(shape.intersection(_EAST), xoff=-360)
    parts = [part for piece in (here, there) for part in getattr(piece, "geoms", [piece]) if isinstance(part, Polygon)]
    return shapely.normalize(MultiPolygon([part for part in parts if part.area > 0]))


def middle(shapes: Sequence[BaseGeometry]) -> LonLat:
    """The middle of the box around them, the short way round the earth."""
    west, south, east, north = shapely.total_bounds(unwrapped(shapes))
    x = (west + east) / 2
    return float(x - 360 if x > 180 else x), float((south + north) / 2)


def _short_way(part: Polygon) -> Polygon:
    if part.bounds[2] - part.bounds[0] <= 180:
        return part
    return shapely.transform(
        part, lambda xy: np.column_stack((np.where(xy[:, 0] < 0, xy[:, 0] + 360, xy[:, 0]), xy[:, 1]))
    )


def _eastward(part: Polygon, west: float) -> Polygon:
    return translate(part, xoff=360) if part.bounds[0] < west - 1e-9 else part
