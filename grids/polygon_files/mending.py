"""Rings that cross themselves or lie in one another, made valid; and how many square metres that changed. Pure.

What a ring encloses as written is its signed area, as every map program shows it. Mending that changes more of it than
a small share is a guess at what was meant, so a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon, STRtree
from shapely.geometry.base import BaseGeometry

from grids.tiling import equal_area
from kit.errors import Invalid

MENDED_UP_TO = 0.01
"""The share of a grid (1 %) that mending its rings may add or take without a person's word."""
_COVERED = 0.5
"""An inner polygon that other grids cover to this share was drawn as a hole."""
_REASONS = {
    "Self-intersection": "crossing",
    "Ring Self-intersection": "crossing",
    "Hole lies outside shell": "hole_outside",
    "Holes are nested": "nested",
    "Nested shells": "nested",
    "Interior is disconnected": "disconnected",
    "Duplicate Rings": "doubled",
    "Too few points in geometry component": "collapsed",
}
"""What the geometry library finds, and our word for it: `ring.<word>` in the catalogue."""


@dataclass(frozen=True, slots=True)
class Mended:
    """What was wrong with a shape (`crossing`, `hole`, …), where (lon, lat), and the square metres before and after."""

    problem: str
    point: tuple[float, float] | None
    square_metres_before: float
    square_metres_after: float

    @property
    def share(self) -> float:
        """What was gained or lost, as a part of what there is now (0.5 = half of it)."""
        return abs(self.square_metres_after - self.square_metres_before) / self.square_metres_after


def mend(
    shapes: Sequence[MultiPolygon], names: Sequence[str], *, accept: bool = False
) -> list[tuple[MultiPolygon, Mended | None]]:
    """Valid shapes, one a name, with what was mended. Raises `Invalid` for what only a person can mend (or accept)."""
    size = equal_area(shapes)
    tree = STRtree([shapely.make_valid(shape) for shape in shapes])
    return [
        _mend(shape, name, size, _Others(tree, number), accept)
        for number, (shape, name) in enumerate(zip(shapes, names, strict=True))
    ]


@dataclass(frozen=True, slots=True)
class _Others:
    """All other grids of the file."""

    tree: STRtree
    this: int

    def cover(self, part: Polygon) -> bool:
        """Whether they hold most of a polygon."""
        near = [self.tree.geometries[n] for n in self.tree.query(part, predicate="intersects") if n != self.this]
        held = shapely.union_all([found.intersection(part) for found in near]).area if near else 0.0
        return bool(held >= _COVERED * part.area)


def _mend(
    shape: MultiPolygon, name: str, size: Callable[[BaseGeometry], float], others: _Others, accept: bool
) -> tuple[MultiPolygon, Mended | None]:
    if shape.is_valid and shape.area > 0:
        return shapely.normalize(shape), None
    before = _as_written(shape, size)
    problem, point = _reason(shape)
    holed = _enclaves(shape, name, others)
    if holed is not None:
        problem, shape = "hole", holed
        before = _as_written(shape, size)
    valid = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    polygons = [part for part in getattr(valid, "geoms", [valid]) if isinstance(part, Polygon) and part.area > 0]
    if not polygons:
        raise Invalid("grids.beyond_mending", feature=name)
    found = MultiPolygon(polygons)
    mended = Mended(problem, point, round(before, 1), round(size(found), 1))
    if mended.share > MENDED_UP_TO and not accept:
        raise Invalid(
            "grids.mending_changes", field="acceptMending", feature=name,
            before=f"{mended.square_metres_before:,.0f}", after=f"{mended.square_metres_after:,.0f}",
            percent=f"{mended.share * 100:.1f}", limit=f"{MENDED_UP_TO * 100:g}",
            point="–" if point is None else f"[{point[0]:.6f}, {point[1]:.6f}]",
        )  # fmt: skip
    return shapely.normalize(found), mended


def _as_written(shape: MultiPolygon, size: Callable[[BaseGeometry], float]) -> float:
    """Square metres inside the shells less those inside the holes, each ring by its signed area."""
    return sum(
        size(Polygon(part.exterior)) - sum(size(Polygon(hole)) for hole in part.interiors) for part in shape.geoms
    )


def _enclaves(shape: MultiPolygon, name: str, others: _Others) -> MultiPolygon | None:
    """The shape with shells inside a shell as holes of it; None where there are none.

    Such a shell is a hole where it runs the other way round, or where other grids lie in it. Else nobody can know.
    """
    parts = sorted(shape.geoms, key=lambda part: -part.area)
    kept: list[tuple[Polygon, list[Polygon]]] = []
    found = False
    for part in parts:
        simple = Polygon(part.exterior)
        outer = next((entry for entry in kept if simple.is_valid and _inside(simple, entry[0])), None)
        if outer is None:
            kept.append((part, []))
        elif part.exterior.is_ccw != outer[0].exterior.is_ccw or others.cover(simple):
            outer[1].append(part)
            found = True
        else:
            raise Invalid("grids.shell_inside", feature=name)
    if not found:
        return None
    return MultiPolygon(
        [Polygon(part.exterior, [*part.interiors, *(hole.exterior for hole in holes)]) for part, holes in kept]
    )


def _inside(inner: Polygon, outer: Polygon) -> bool:
    """Whether a shell lies inside another and in none of its holes."""
    shell = Polygon(outer.exterior)
    if not shell.is_valid or not shell.covers(inner):
        return False
    return not any(Polygon(hole).covers(inner) for hole in outer.interiors)


def _reason(shape: MultiPolygon) -> tuple[str, tuple[float, float] | None]:
    said = shapely.is_valid_reason(shape)
    match = re.match(r"([^\[]*)\[(\S+) (\S+)\]", said)
    point = None
    if match is not None:
        said = match[1]
        try:
            point = (float(match[2]), float(match[3]))
        except ValueError:
            point = None
    return _REASONS.get(said.strip(), "other"), point if point and np.isfinite(point).all() else None
