"""Coordinates as other systems write them: columns, pairs, Python dicts, WKT, GeoJSON; and which cannot be true.

Everything leaves here as `(lon, lat)` in WGS 84 degrees.
"""

from __future__ import annotations

import ast
import json
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from kit.errors import Invalid
from kit.geo import LonLat, bd09_to_wgs84, gcj02_to_wgs84
from kit.i18n import Said

_NULL_ISLAND = 1e-6
_WKT = re.compile(r"^\s*(?:SRID=\d+;)?\s*POINT\s*Z?\s*\(\s*(\S+)\s+(\S+?)(?:\s+\S+)?\s*\)\s*$", re.IGNORECASE)
_LON = ("lon", "lng", "long", "longitude", "x")
_LAT = ("lat", "latitude", "y")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the coordinates of a row say: a point, nothing at all, or something that cannot be (`bad`)."""

    point: LonLat | None = None
    given: str | None = None
    """As written, kept for the person who has to place the order."""

    @property
    def bad(self) -> bool:
        """Something was written, and it is no place on earth."""
        return self.point is None and self.given is not None


NOTHING = Reading()


class CoordinateReader:
    """Reads a row's coordinates in one system: `wgs84`, `gcj02`, `bd09`, or a code that PROJ knows (`EPSG:26910`).

    Raises `Invalid` (`mapping.invalid`) for a system nobody knows.
    """

    def __init__(self, system: str = "wgs84", pair: str = "lon lat") -> None:
        self._lat_first = pair == "lat lon"
        self._degrees = True
        self._convert: Callable[[LonLat], LonLat] | None = None
        if system.lower() == "gcj02":
            self._convert = gcj02_to_wgs84
        elif system.lower() == "bd09":
            self._convert = bd09_to_wgs84
        elif system.lower() not in ("wgs84", "epsg:4326", "crs84"):
            try:
                crs = CRS.from_user_input(system)
                transformer = Transformer.from_crs(crs, 4326, always_xy=True)
            except ProjError as error:
                raise Invalid(
                    "mapping.invalid", field="mapping", detail=Said("mapping.why_system", {"system": system[:60]})
                ) from error
            self._degrees = bool(crs.is_geographic)
            self._convert = lambda point: transformer.transform(*point)

    def columns(self, longitude: str | None, latitude: str | None) -> Reading:
        """From two columns. One without the other is bad."""
        longitude, latitude = (longitude or "").strip(), (latitude or "").strip()
        if not longitude and not latitude:
            return NOTHING
        return self._reading(number_of(longitude), number_of(latitude), f"{longitude}, {latitude}")

    def geometry(self, text: str | None) -> Reading:
        """From one column: a Python or JSON dict, GeoJSON, WKT or EWKT, or a pair like `(34.07, -118.26)`."""
        text = (text or "").strip()
        if not text or text.lower() in ("none", "null", "nan", "{}"):
            return NOTHING
        lon, lat = self._parts(text)
        return self._reading(lon, lat, text[:200])

    def geojson(self, geometry: Any) -> Reading:
        """From a feature's geometry: a point, or the middle of anything else's first ring or line."""
        if not isinstance(geometry, dict) or not geometry.get("coordinates"):
            return NOTHING
        lon, lat = _from_dict(geometry)
        return self._reading(lon, lat, json.dumps(geometry)[:200])

    def _parts(self, text: str) -> tuple[float | None, float | None]:
        if text[0] == "{":
            try:
                found = json.loads(text)
            except (ValueError, RecursionError):
                try:
                    found = ast.literal_eval(text)
                except (ValueError, SyntaxError, MemoryError, RecursionError):
                    return None, None
            return _from_dict(found) if isinstance(found, dict) else (None, None)
        wkt = _WKT.match(text)
        if wkt:
            return number_of(wkt[1]), number_of(wkt[2])
        pieces = [piece for piece in re.split(r"[,;\s]+", text.strip("()[] ")) if piece]
        if len(pieces) != 2:
            return None, None
        first, second = number_of(pieces[0]), number_of(pieces[1])
        return (second, first) if self._lat_first else (first, second)

    def _reading(self, lon: float | None, lat: float | None, given: str) -> Reading:
        if lon is None or lat is None or (abs(lon) < _NULL_ISLAND and abs(lat) < _NULL_ISLAND):
            return Reading(None, given)
        if self._degrees and not (abs(lon) <= 180 and abs(lat) <= 90):
            return Reading(None, given)
        point = self._convert((lon, lat)) if self._convert else (lon, lat)
        if not (math.isfinite(point[0]) and math.isfinite(point[1]) and abs(point[0]) <= 180 and abs(point[1]) <= 90):
            return Reading(None, given)
        return Reading(point, given)


def number_of(text: object) -> float | None:
    """A number as people write it, with a point or a comma, in digits of any width; None for anything else."""
    if isinstance(text, bool) or text is None:
        return None
    if isinstance(text, str) and not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if isinstance(text, str) and "," in text and "." not in text:
        text = text.replace(",", ".")
    try:
        value = float(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None


def _mean(positions: list[Any] | tuple[Any, ...]) -> tuple[float | None, float | None]:
    """The middle of a list of positions; nothing where one of them is none."""
    pairs = [
        (number_of(position[0]), number_of(position[1]))
        for position in positions
        if isinstance(position, list | tuple) and len(position) >= 2
    ]
    lons, lats = [lon for lon, _ in pairs if lon is not None], [lat for _, lat in pairs if lat is not None]
    if len(lons) != len(positions) or len(lats) != len(positions):
        return None, None
    return sum(lons) / len(lons), sum(lats) / len(lats)


def _from_dict(found: dict[Any, Any]) -> tuple[float | None, float | None]:
    if "coordinates" in found:
        numbers = found["coordinates"]
        while isinstance(numbers, list | tuple) and numbers and isinstance(numbers[0], list | tuple):
            if isinstance(numbers[0][0] if numbers[0] else None, int | float):
                return _mean(numbers)
            numbers = numbers[0]
        if isinstance(numbers, list | tuple) and len(numbers) >= 2:
            return number_of(numbers[0]), number_of(numbers[1])
        return None, None
    words = {str(key).lower(): value for key, value in found.items()}
    lon = next((words[name] for name in _LON if name in words), None)
    lat = next((words[name] for name in _LAT if name in words), None)
    return number_of(lon), number_of(lat)
