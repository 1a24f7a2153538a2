"""Coordinate systems of a file of polygons: to WGS 84, and only where the system is defined.

A projected shape outside its system's area of use has its axes turned when it fits only so (surveyors in China write
the northing first), and is refused otherwise: nothing is placed where its system says nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import pyproj
import shapely
from shapely import MultiPolygon

from grids.polygon_files import date_line
from kit.errors import Invalid
from kit.geo import LonLat, bd09_to_wgs84, gcj02_to_wgs84, haversine_metres

_FAR_METRES = 5_000_000
"""No part of a time zone lies farther than this from the city that names it (Asia/Shanghai: 4,000 km to Kashgar)."""
_MARGIN_DEGREES = 0.5
"""So far outside its area of use a projection is still believed: districts go a little beyond their zone."""
_CHINESE: dict[str, Callable[[LonLat], LonLat]] = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}
_WGS84 = ("wgs84", "crs84", "epsg:4326")


@dataclass(frozen=True, slots=True)
class Placed:
    """A shape in WGS 84 degrees, and whether its axes were turned to get there."""

    shape: MultiPolygon
    turned: bool = False


class System:
    """Brings shapes from the system that the file or a person names to WGS 84.

    Raises `Invalid` (`grids.unknown_crs`, `grids.unknown_system`) for one nobody knows.
    """

    def __init__(self, crs: Any, declared: str | None = None, timezone: str | None = None) -> None:
        self._zone = (zone_point(timezone) if timezone else None, timezone)
        self._chinese: Callable[[LonLat], LonLat] | None = None
        self._transformer: pyproj.Transformer | None = None
        self._system = _named_in_file(crs)
        if declared is not None:
            word = declared.strip().lower().replace("-", "")
            if word in _CHINESE:
                if self._system is not None and not self._system.is_geographic:
                    raise Invalid("grids.system_and_crs", field="system", system=word, crs=self._system.name)
                self._chinese, self._system = _CHINESE[word], None
            else:
                self._system = _declared(declared)
        if self._system is not None:
            self._transformer = pyproj.Transformer.from_crs(self._system, 4326, always_xy=True)

    def to_degrees(self, shape: MultiPolygon, feature: str) -> Placed:
        """The shape in WGS 84. Raises `Invalid` where it cannot lie there."""
        if self._transformer is None or self._system is None or self._system.is_geographic:
            _require_degrees(shape, feature)
            degrees = date_line.mended_crossings(shape)
            if self._transformer is not None:
                degrees = _transformed(degrees, self._transformer)
            elif self._chinese is not None:
                degrees = _point_by_point(degrees, self._chinese)
            return Placed(degrees)
        straight = _transformed(shape, self._transformer)
        if self._fits(straight):
            return Placed(straight)
        turned = _transformed(_axes_turned(shape), self._transformer)
        if self._fits(turned):
            return Placed(turned, turned=True)
        raise Invalid("grids.outside_crs", feature=feature, point=_pair(shape), crs=self._system.name)

    def _fits(self, degrees: MultiPolygon) -> bool:
        """Whether all of a shape lies where the system is defined, and not on another continent."""
        if not np.isfinite(shapely.get_coordinates(degrees)).all():
            return False
        west, south, east, north = degrees.bounds
        use = self._system.area_of_use if self._system is not None else None
        if use is not None:
            inside = use.south - _MARGIN_DEGREES <= south and north <= use.north + _MARGIN_DEGREES
            if use.west <= use.east:
                inside = inside and use.west - _MARGIN_DEGREES <= west and east <= use.east + _MARGIN_DEGREES
            else:  # the area of use holds the date line
                xs = shapely.get_coordinates(degrees)[:, 0]
                inside = inside and bool(
                    ((xs >= use.west - _MARGIN_DEGREES) | (xs <= use.east + _MARGIN_DEGREES)).all()
                )
            if not inside:
                return False
        zone = self._zone[0]
        return zone is None or haversine_metres(zone, date_line.middle([degrees])) <= _FAR_METRES

    def require_place(self, shapes: list[MultiPolygon]) -> None:
        """Raise `Invalid` where the grids lie far from the area's time zone."""
        zone, timezone = self._zone
        if zone is None:
            return
        x, y = date_line.middle(shapes)
        away = haversine_metres(zone, (x, y))
        if away <= _FAR_METRES:
            return
        if abs(x) <= 90 and haversine_metres(zone, (y, x)) <= _FAR_METRES:
            raise Invalid("grids.swapped_axes", feature="–", point=_pair(shapes[0]))
        raise Invalid("grids.far_away", kilometres=round(away / 1000), timezone=timezone, point=f"[{x:.4f}, {y:.4f}]")


def zone_point(timezone: str) -> LonLat | None:
    """Where the city of a time zone lies (tz database, zone.tab)."""
    return _zone_points().get(timezone)


def _named_in_file(crs: Any) -> pyproj.CRS | None:
    """The system of the `crs` member; None for WGS 84, which is also meant where nothing is said."""
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    named = properties.get("name") if isinstance(properties, dict) else None
    if named is None and isinstance(properties, dict) and str(crs.get("type")).upper() == "EPSG":
        named = f"EPSG:{properties.get('code')}"  # the form of 2006
    try:
        system = pyproj.CRS.from_user_input(named)
    except (pyproj.exceptions.CRSError, TypeError) as error:
        raise Invalid("grids.unknown_crs", crs=json.dumps(crs, ensure_ascii=False)[:120]) from error
    return None if system.to_epsg() == 4326 or str(named).upper().endswith("CRS84") else system


def _declared(name: str) -> pyproj.CRS | None:
    if name.strip().lower() in _WGS84:
        return None
    try:
        return pyproj.CRS.from_user_input(name)
    except pyproj.exceptions.CRSError as error:
        raise Invalid("grids.unknown_system", field="system", system=name[:60]) from error


def _transformed(shape: MultiPolygon, transformer: pyproj.Transformer) -> MultiPolygon:
    found: MultiPolygon = shapely.transform(
        shape, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))
    )
    return found


def _point_by_point(shape: MultiPolygon, convert: Callable[[LonLat], LonLat]) -> MultiPolygon:
    found: MultiPolygon = shapely.transform(shape, lambda xy: np.array([convert((x, y)) for x, y in xy.tolist()]))
    return found


def _axes_turned(shape: MultiPolygon) -> MultiPolygon:
    found: MultiPolygon = shapely.transform(shape, lambda xy: xy[:, ::-1])
    return found


def _require_degrees(found: MultiPolygon, name: str) -> None:
    west, south, east, north = found.bounds
    widest_x, widest_y = max(abs(west), abs(east)), max(abs(south), abs(north))
    if widest_y <= 90 and west >= -180 and east < 360:
        return  # some programs write 181 for what lies beyond the date line
    if widest_x <= 90 and widest_y <= 180:
        raise Invalid("grids.swapped_axes", feature=name, point=_pair(found))
    raise Invalid("grids.not_degrees", feature=name, point=_pair(found))


def _pair(found: MultiPolygon) -> str:
    x, y = shapely.get_coordinates(found)[0]
    return f"[{x:.10g}, {y:.10g}]"


@lru_cache
def _zone_points() -> dict[str, LonLat]:
    points = {}
    for line in files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            _, place, zone, *_ = line.split("\t")
            split = max(place.rfind("+"), place.rfind("-"))
            points[zone] = (_degrees(place[split:], 3), _degrees(place[:split], 2))
    return points


def _degrees(text: str, whole: int) -> float:
    """±DDMM, ±DDDMM, ±DDMMSS or ±DDDMMSS in degrees."""
    digits = text[1:]
    value = int(digits[:whole]) + int(digits[whole : whole + 2]) / 60 + int(digits[whole + 2 :] or 0) / 3600
    return -value if text[0] == "-" else value
