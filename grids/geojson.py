"""Reading a city's GeoJSON file of polygons: converts its coordinates to WGS 84 and repairs invalid rings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from kit.errors import Invalid, NotFound
from kit.geo import LonLat, haversine_metres

_FAR_METRES = 5_000_000
"""No part of a time zone lies farther than this from the city that names it (Asia/Shanghai: 4,000 km to Kashgar)."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One polygon of the file, WGS 84, valid. `mended` says what was wrong with its rings."""

    code: str
    name: str
    shape: MultiPolygon
    mended: str | None


def read(
    source: Path | str | bytes, *, name_field: str, code_field: str | None = None, timezone: str | None = None
) -> list[Feature]:
    """The features of a FeatureCollection in the order of the file; without `code_field` the name is the code.

    `timezone` is where the grids should lie: it tells swapped axes from a far city. Raises `Invalid` with one sentence
    that names the feature and the remedy, `NotFound` where the file is not there.
    """
    document = _document(source)
    raw: list[dict[str, Any]] = document["features"]
    _require_field(raw, name_field)
    if code_field is not None:
        _require_field(raw, code_field)
    convert = _converter(document.get("crs"))
    named = [_labels(number, feature, name_field, code_field) for number, feature in enumerate(raw, 1)]
    _refuse_duplicates(named, code_field)
    shapes = [_polygons(feature.get("geometry"), name) for feature, (_, name) in zip(raw, named, strict=True)]
    if convert is not None:
        shapes = [convert(found, name) for found, (_, name) in zip(shapes, named, strict=True)]
    else:
        for found, (_, name) in zip(shapes, named, strict=True):
            _require_degrees(found, name)
    _require_place(shapes, timezone)
    return [Feature(code, name, *_mend(found, name)) for found, (code, name) in zip(shapes, named, strict=True)]


def zone_point(timezone: str) -> LonLat | None:
    """Where the city of a time zone lies (tz database, zone.tab)."""
    return _zone_points().get(timezone)


# --- the file ---------------------------------------------------------------------------------------------------------


def content(source: Path | str | bytes) -> bytes:
    """The bytes of a file or of an upload."""
    if isinstance(source, bytes):
        return source
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise NotFound("grids.no_file", path=str(source)) from error


def _document(source: Path | str | bytes) -> dict[str, Any]:
    try:
        document = json.loads(content(source).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Invalid("grids.not_json", detail=str(error).splitlines()[0][:160]) from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not features or not all(isinstance(found, dict) for found in features):
        raise Invalid("grids.not_geojson")
    return dict(document)


def _properties(feature: dict[str, Any]) -> dict[str, Any]:
    found = feature.get("properties")
    return found if isinstance(found, dict) else {}


def _require_field(raw: list[dict[str, Any]], field: str) -> None:
    fields = Counter(key for feature in raw for key in _properties(feature))
    if field not in fields:
        raise Invalid("grids.no_such_field", field=field, wanted=field, fields=", ".join(fields) or "–")


def _labels(number: int, feature: dict[str, Any], name_field: str, code_field: str | None) -> tuple[str, str]:
    properties = _properties(feature)
    name = _text(properties.get(name_field))
    code = name if code_field is None else _text(properties.get(code_field))
    if not code:
        raise Invalid("grids.no_code", field=code_field or name_field, feature=name or f"#{number}", number=number)
    return code, name or code


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else " ".join(str(value).split())


def _refuse_duplicates(named: list[tuple[str, str]], code_field: str | None) -> None:
    twice = [code for code, count in Counter(code for code, _ in named).items() if count > 1]
    if twice:
        names = "; ".join(f"{code}: {', '.join(name for c, name in named if c == code)}" for code in twice[:5])
        raise Invalid("grids.duplicate_codes", field=code_field, codes=names)


# --- coordinates ------------------------------------------------------------------------------------------------------


def _polygons(geometry: Any, name: str) -> MultiPolygon:
    try:
        found = shapely.force_2d(shape(geometry))
    except (TypeError, ValueError, AttributeError, KeyError, IndexError, shapely.errors.ShapelyError) as error:
        detail = "geometry is null" if geometry is None else str(error)
        raise Invalid("grids.bad_geometry", feature=name, detail=detail) from error
    polygons = list(_only_polygons(found))
    if not polygons or found.geom_type not in ("Polygon", "MultiPolygon", "GeometryCollection"):
        raise Invalid("grids.no_polygon", feature=name, kind=found.geom_type)
    if not np.isfinite(shapely.get_coordinates(polygons)).all():
        raise Invalid("grids.bad_geometry", feature=name, detail="a coordinate is not a number")
    return MultiPolygon(polygons)


def _only_polygons(found: BaseGeometry) -> Iterable[Polygon]:
    for part in getattr(found, "geoms", [found]):
        if part.geom_type == "Polygon":
            if not part.is_empty:
                yield part
        elif hasattr(part, "geoms"):
            yield from _only_polygons(part)


def _converter(crs: Any) -> Callable[[MultiPolygon, str], MultiPolygon] | None:
    """From the system that the file names to WGS 84; None where that is what it is written in."""
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
    if system.to_epsg() == 4326 or str(named).upper().endswith("CRS84"):
        return None
    transformer = pyproj.Transformer.from_crs(system, 4326, always_xy=True)

    def convert(found: MultiPolygon, name: str) -> MultiPolygon:
        degrees: MultiPolygon = shapely.transform(
            found, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))
        )
        if not np.isfinite(shapely.get_coordinates(degrees)).all():
            raise Invalid("grids.outside_crs", feature=name, crs=system.name)
        return degrees

    return convert


def _require_degrees(found: MultiPolygon, name: str) -> None:
    west, south, east, north = found.bounds
    widest_x, widest_y = max(abs(west), abs(east)), max(abs(south), abs(north))
    if widest_x <= 180 and widest_y <= 90:
        return
    if widest_x <= 90 and widest_y <= 180:
        raise Invalid("grids.swapped_axes", feature=name, point=_pair(found))
    raise Invalid("grids.not_degrees", feature=name, point=_pair(found))


def _require_place(shapes: list[MultiPolygon], timezone: str | None) -> None:
    zone = zone_point(timezone) if timezone else None
    bounds = shapely.total_bounds(shapes)
    if zone is None or not all(isfinite(value) for value in bounds):
        return
    x, y = float(bounds[0] + bounds[2]) / 2, float(bounds[1] + bounds[3]) / 2
    away = haversine_metres(zone, (x, y))
    if away <= _FAR_METRES:
        return
    if abs(x) <= 90 and haversine_metres(zone, (y, x)) <= _FAR_METRES:
        raise Invalid("grids.swapped_axes", feature="–", point=_pair(shapes[0]))
    raise Invalid("grids.far_away", kilometres=round(away / 1000), timezone=timezone, point=f"[{x:.4f}, {y:.4f}]")


def _pair(found: MultiPolygon) -> str:
    x, y = shapely.get_coordinates(found)[0]
    return f"[{x:.10g}, {y:.10g}]"


def _mend(found: MultiPolygon, name: str) -> tuple[MultiPolygon, str | None]:
    """A valid shape with its polygons only, and what was wrong before."""
    if found.is_valid and found.area > 0:
        return shapely.normalize(found), None
    reason = shapely.is_valid_reason(found)
    valid = shapely.make_valid(found, method="structure", keep_collapsed=False)
    polygons = [part for part in _only_polygons(valid) if part.area > 0]
    if not polygons:
        raise Invalid("grids.beyond_mending", feature=name, detail=reason)
    return shapely.normalize(MultiPolygon(polygons)), reason


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
