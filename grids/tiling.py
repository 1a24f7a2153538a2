"""Do the grids of an area tile it? Overlaps and gaps are measured, small ones mended, by pure functions.

Shapes are WGS 84 and are intersected as they are stored; only the areas of the pieces are taken in an equal-area
projection around the city. A *gap* is a slit between grids, or between parts of the area that do not touch; an enclosed
place as wide as a street block or more that no grid covers (a municipality inside the city, a lake) is an *enclave*: it
is shown, for nobody could mend it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyproj
import shapely
from shapely import MultiPolygon, Polygon, STRtree
from shapely.affinity import scale
from shapely.geometry.base import BaseGeometry

MENDED_UP_TO = 0.001
"""Share of the area (0.1 %) up to which overlaps and gaps are mended."""
_SLIT_WIDTH = 0.05
"""A gap is narrower than this share of a typical grid's side (116 m in Vancouver)."""
_STRAIT_WIDTH = 0.5
"""The same between parts of the area that touch nowhere."""
SQUARE_METRES_SHOWN = 1.0
_NEAR_DEGREES = 1e-7
"""A centimetre."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One grid: smaller `rank` wins an overlap (higher priority, then smaller area, then code)."""

    code: str
    shape: MultiPolygon
    square_metres: float
    priority: int = 0

    @property
    def rank(self) -> tuple[int, float, str]:
        """Sorts the winner of an overlap first."""
        return (-self.priority, self.square_metres, self.code)


@dataclass(frozen=True, slots=True)
class Piece:
    """A place that two grids claim, or none: the codes of the grids concerned and its size."""

    codes: tuple[str, ...]
    square_metres: float
    shape: BaseGeometry


@dataclass(frozen=True, slots=True)
class Findings:
    """What was measured: pieces largest first; shares are parts of the covered area (0.022 = 2.2 %)."""

    square_metres: float
    overlaps: list[Piece]
    overlap_share: float
    gaps: list[Piece]
    gap_share: float
    enclaves: list[Piece]
    enclave_share: float


def equal_area(shapes: Sequence[BaseGeometry]) -> Callable[[BaseGeometry], float]:
    """A function from a WGS 84 shape to square metres (Lambert azimuthal equal-area around the shapes' middle)."""
    west, south, east, north = shapely.total_bounds(list(shapes))
    transformer = pyproj.Transformer.from_crs(
        4326,
        f"+proj=laea +lat_0={(south + north) / 2} +lon_0={(west + east) / 2} +datum=WGS84 +units=m",
        always_xy=True,
    )

    def square_metres(shape: BaseGeometry) -> float:
        return float(
            shapely.transform(shape, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))).area
        )

    return square_metres


def measure(tiles: Sequence[Tile]) -> Findings:
    """Overlaps, gaps and enclaves of the tiles."""
    shapes = [tile.shape for tile in tiles]
    size = equal_area(shapes)
    tree = STRtree(shapes)
    union = shapely.union_all(shapes)
    total = size(union)
    overlaps = _overlaps(tiles, tree, size)
    overlap = size(shapely.union_all([piece.shape for piece in overlaps])) if overlaps else 0.0
    side = (total / len(tiles)) ** 0.5
    slits, enclaves = _uncovered(union, side)
    gaps = [piece for slit in slits if len((piece := _piece(slit, tiles, tree, size)).codes) > 1]
    places = [_piece(found, tiles, tree, size) for found in enclaves]
    return Findings(
        square_metres=total,
        overlaps=sorted(overlaps, key=_largest_first),
        overlap_share=overlap / total,
        gaps=sorted(gaps, key=_largest_first),
        gap_share=sum(piece.square_metres for piece in gaps) / total,
        enclaves=sorted((p for p in places if len(p.codes) > 1), key=_largest_first),
        enclave_share=sum(p.square_metres for p in places if len(p.codes) > 1) / total,
    )


def mend_overlaps(tiles: Sequence[Tile]) -> list[Tile]:
    """Every overlap given to the tile of the best rank; the order of the tiles is kept."""
    ordered = sorted(tiles, key=lambda tile: tile.rank)
    tree = STRtree([tile.shape for tile in ordered])
    mended: dict[str, Tile] = {}
    for index, tile in enumerate(ordered):
        better = [
            ordered[other].shape for other in sorted(tree.query(tile.shape, predicate="intersects")) if other < index
        ]
        left = tile.shape.difference(shapely.union_all(better)) if better else tile.shape
        mended[tile.code] = replace(tile, shape=_polygons(left, tile.shape))
    return [mended[tile.code] for tile in tiles]


def mend_gaps(tiles: Sequence[Tile], gaps: Sequence[Piece]) -> list[Tile]:
    """Every gap given to the neighbour with the longest border along it."""
    by_code = {tile.code: tile for tile in tiles}
    given: dict[str, list[BaseGeometry]] = {}
    for gap in gaps:
        best = max(gap.codes, key=lambda code: (_along(by_code[code].shape, gap.shape), code))
        given.setdefault(best, []).append(gap.shape)
    for code, pieces in given.items():
        tile = by_code[code]
        by_code[code] = replace(tile, shape=_polygons(shapely.union_all([tile.shape, *pieces]), tile.shape))
    return [by_code[tile.code] for tile in tiles]


def _along(shape: MultiPolygon, gap: BaseGeometry) -> float:
    """How long a shape runs along a gap, as the area of a thin rim around the gap inside the shape."""
    rim = gap.buffer(_NEAR_DEGREES)
    near = shapely.clip_by_rect(shape, *rim.bounds)  # a city's grid has thousands of vertices, its part here a few
    return float(near.intersection(rim).area)


def _overlaps(tiles: Sequence[Tile], tree: STRtree, size: Callable[[BaseGeometry], float]) -> list[Piece]:
    found = []
    lefts, rights = tree.query([tile.shape for tile in tiles], predicate="intersects")
    for left, right in zip(lefts, rights, strict=True):
        if left >= right:
            continue
        common = tiles[left].shape.intersection(tiles[right].shape)
        area = size(common)
        if area > 0:
            found.append(Piece((tiles[left].code, tiles[right].code), area, common))
    return found


def _uncovered(union: BaseGeometry, side: float) -> tuple[list[Polygon], list[Polygon]]:
    """Slits and enclaves: pieces of the area's outline in no grid. `side` is a typical grid's, in metres."""
    parts = list(getattr(union, "geoms", [union]))
    holes = [Polygon(ring) for part in parts for ring in part.interiors]
    middle = (union.bounds[1] + union.bounds[3]) / 2
    squeeze = max(0.01, float(np.cos(np.radians(middle))))
    degree = 111_195.0

    def flat(shape: BaseGeometry) -> BaseGeometry:
        return scale(shape, xfact=squeeze, yfact=1, origin=(0, 0))

    slits: list[Polygon] = []
    enclaves: list[Polygon] = []
    for hole in holes:
        radius = shapely.maximum_inscribed_circle(flat(hole)).length
        (slits if 2 * radius * degree < _SLIT_WIDTH * side else enclaves).append(hole)
    outline = shapely.union_all([Polygon(part.exterior) for part in parts])
    share = _STRAIT_WIDTH if len(getattr(outline, "geoms", [outline])) > 1 else _SLIT_WIDTH
    reach = share * side / 2 / degree
    closed = flat(outline).buffer(reach, join_style="mitre").buffer(-reach, join_style="mitre")
    open_slits = scale(closed, xfact=1 / squeeze, yfact=1, origin=(0, 0)).difference(outline)
    enough = (SQUARE_METRES_SHOWN / degree**2) / squeeze
    parts = list(getattr(open_slits, "geoms", [open_slits]))
    slits.extend(part for part in parts if isinstance(part, Polygon) and part.area > enough)
    return slits, enclaves


def _piece(shape: Polygon, tiles: Sequence[Tile], tree: STRtree, size: Callable[[BaseGeometry], float]) -> Piece:
    near = sorted(int(index) for index in tree.query(shape.buffer(_NEAR_DEGREES), predicate="intersects"))
    return Piece(tuple(tiles[index].code for index in near), size(shape), shape)


def _largest_first(piece: Piece) -> tuple[float, tuple[str, ...]]:
    return (-piece.square_metres, piece.codes)


def _polygons(shape: BaseGeometry, fallback: MultiPolygon) -> MultiPolygon:
    parts = [part for part in getattr(shape, "geoms", [shape]) if isinstance(part, Polygon) and part.area > 0]
    return shapely.normalize(MultiPolygon(parts)) if parts else fallback
