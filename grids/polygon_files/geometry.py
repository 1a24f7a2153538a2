"""One shape of a GeoJSON file, checked member by member before anything is built of it. Pure.

Whatever is wrong is one sentence with the feature, the member (`coordinates[0][2]`) and what is expected there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import isfinite
from typing import Any

from shapely import MultiPolygon, Polygon

from kit.errors import Invalid

_DEEPEST = 8
"""How deep collections may stand in each other."""
_SHOWN = 60
_NOT_AREAS = ("Point", "MultiPoint", "LineString", "MultiLineString")


def polygons(geometry: Any, feature: str) -> MultiPolygon:
    """The polygons of a Polygon, MultiPolygon or GeometryCollection, as written: rings may cross themselves.

    Raises `Invalid` (`grids.*`).
    """
    if geometry is None:
        raise Invalid("grids.geometry_null", feature=feature)
    found = list(_polygons(geometry, feature, "geometry", 0))
    if not found:
        kind = geometry.get("type") if isinstance(geometry, dict) else "–"
        raise Invalid("grids.no_polygon", feature=feature, kind=kind)
    return MultiPolygon(found)


def _polygons(geometry: Any, feature: str, member: str, depth: int) -> Iterator[Polygon]:
    if not isinstance(geometry, dict):
        raise Invalid("grids.geometry_no_object", feature=feature, member=member, found=_shown(geometry))
    kind = geometry.get("type")
    if kind == "GeometryCollection":
        if depth == _DEEPEST:
            raise Invalid("grids.geometry_deep", feature=feature, member=member)
        where = f"{member}.geometries"
        for number, part in enumerate(_list(geometry.get("geometries"), feature, where)):
            yield from _polygons(part, feature, f"{where}[{number}]", depth + 1)
    elif kind in ("Polygon", "MultiPolygon"):
        where = f"{member}.coordinates"
        if "coordinates" not in geometry:
            raise Invalid("grids.no_coordinates", feature=feature, member=where)
        coordinates = _list(geometry["coordinates"], feature, where)
        parts = [(where, coordinates)] if kind == "Polygon" else [
            (f"{where}[{n}]", _list(part, feature, f"{where}[{n}]")) for n, part in enumerate(coordinates)
        ]  # fmt: skip
        for place, rings in parts:
            if rings:
                shell, *holes = (_ring(ring, feature, f"{place}[{n}]") for n, ring in enumerate(rings))
                yield Polygon(shell, holes)
    elif kind in _NOT_AREAS:
        if depth == 0:
            raise Invalid("grids.no_polygon", feature=feature, kind=kind)
    else:
        raise Invalid("grids.geometry_type", feature=feature, member=f"{member}.type", found=_shown(kind))


def _list(value: Any, feature: str, member: str) -> list[Any]:
    if not isinstance(value, list):
        raise Invalid("grids.no_list", feature=feature, member=member, found=_shown(value))
    return value


def _ring(ring: Any, feature: str, member: str) -> list[tuple[float, float]]:
    found = [
        _position(position, feature, f"{member}[{number}]")
        for number, position in enumerate(_list(ring, feature, member))
    ]
    if len(set(found)) < 3:
        raise Invalid("grids.short_ring", feature=feature, member=member, count=len(set(found)))
    return found


def _position(position: Any, feature: str, member: str) -> tuple[float, float]:
    numbers = position[:2] if isinstance(position, list) else []
    if len(numbers) == 2 and all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
        try:
            x, y = float(numbers[0]), float(numbers[1])
        except OverflowError:
            x = y = float("inf")
        if isfinite(x) and isfinite(y):
            return x, y
    raise Invalid("grids.bad_position", feature=feature, member=member, found=_shown(position))


def _shown(value: Any) -> str:
    """A value as JSON writes it, shortened."""
    text = "null" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
