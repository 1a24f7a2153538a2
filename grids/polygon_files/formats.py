"""What a file of polygons is: GeoJSON in its several forms is read, other formats are named with the way out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grids.polygon_files.notes import Note
from kit.errors import Invalid, NotFound

_GEOMETRIES = ("Polygon", "MultiPolygon", "GeometryCollection", "Point", "MultiPoint", "LineString", "MultiLineString")
_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Document:
    """The features of a file as they stand in it, its `crs` member, and what is worth telling."""

    features: list[dict[str, Any]]
    crs: Any = None
    notes: list[Note] = field(default_factory=list)


def content(source: Path | str | bytes) -> bytes:
    """The bytes of a file or of an upload. Raises `NotFound`."""
    if isinstance(source, bytes):
        return source
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise NotFound("grids.no_file", path=str(source)) from error


def document(source: Path | str | bytes) -> Document:
    """A FeatureCollection, one Feature, one geometry, or one Feature a line.

    Raises `Invalid` (`grids.*`) that names the format found and the command which converts it.
    """
    data = content(source)
    _refuse_other_formats(data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Invalid("grids.not_utf8", line=line, byte=f"0x{data[error.start]:02X}") from error
    if not text.strip(" \t\r\n\x00"):
        raise Invalid("grids.empty")
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise Invalid("grids.too_deep") from error
    except json.JSONDecodeError as error:
        lines = _feature_a_line(text)
        if lines is None:
            broken_off = not text[error.pos :].strip()
            raise Invalid(
                "grids.breaks_off" if broken_off else "grids.not_json", line=error.lineno, column=error.colno
            ) from error
        return Document(lines)
    except ValueError as error:  # a number of thousands of digits
        raise Invalid("grids.not_json", line=1, column=1) from error
    return _from_json(found)


def _from_json(found: Any) -> Document:
    if not isinstance(found, dict):
        raise Invalid("grids.not_geojson")
    kind, crs = found.get("type"), found.get("crs")
    if kind == "Feature":
        return Document([found], crs)
    if kind in _GEOMETRIES:
        return Document([{"type": "Feature", "properties": {}, "geometry": found}], crs)
    if kind == "Topology":
        raise Invalid("grids.is_topojson")
    features = found.get("features")
    if "rings" in found or (isinstance(features, list) and any(_is_esri(feature) for feature in features[:5])):
        raise Invalid("grids.is_esri_json")
    if "error" in found or "errors" in found:
        raise Invalid("grids.is_error_answer", said=_said(found))
    if kind is not None and kind != "FeatureCollection":
        raise Invalid("grids.unknown_type", kind=str(kind)[:_SHOWN])
    if not isinstance(features, list):
        raise Invalid("grids.not_geojson")
    if not features:
        raise Invalid("grids.no_features")
    for number, feature in enumerate(features, 1):
        if not isinstance(feature, dict):
            raise Invalid("grids.not_a_feature", number=number)
    return Document(features, crs, _cut_off(found, len(features)))


def _is_esri(feature: Any) -> bool:
    return isinstance(feature, dict) and "type" not in feature and "attributes" in feature


def _said(found: dict[str, Any]) -> str:
    error = found.get("error") or found.get("errors")
    if isinstance(error, list):
        error = error[0] if error else ""
    if isinstance(error, dict):
        parts = [error.get("code"), error.get("message") or error.get("title") or error.get("detail")]
        error = " ".join(str(part) for part in parts if part is not None)
    return " ".join(str(error).split())[:_SHOWN] or "–"


def _cut_off(found: dict[str, Any], here: int) -> list[Note]:
    """A server that sends its features by pages says so; the other pages are not in this file."""
    properties = found.get("properties")
    inner = properties if isinstance(properties, dict) else {}
    matched = found.get("numberMatched", found.get("totalFeatures"))
    more = isinstance(matched, int) and not isinstance(matched, bool) and matched > here
    links = found.get("links")
    following = isinstance(links, list) and any(isinstance(link, dict) and link.get("rel") == "next" for link in links)
    if found.get("exceededTransferLimit") is True or inner.get("exceededTransferLimit") is True or more or following:
        return [Note("grids.first_page", {"here": here, "all": matched if more else "?"})]
    return []


def _feature_a_line(text: str) -> list[dict[str, Any]] | None:
    """The features of a file with one a line (also with the record separators of RFC 8142); None for another file."""
    features = []
    for line in text.splitlines():
        bare = line.strip(" \t\x1e\ufeff")
        if not bare:
            continue
        try:
            found = json.loads(bare)
        except (ValueError, RecursionError):
            return None
        if not isinstance(found, dict) or found.get("type") != "Feature":
            return None
        features.append(found)
    return features or None


def _refuse_other_formats(data: bytes) -> None:
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise Invalid("grids.is_zip")
    if start.startswith(b"\x00\x00\x27\x0a"):
        raise Invalid("grids.is_shapefile")
    if start.startswith(b"SQLite format 3"):
        raise Invalid("grids.is_geopackage")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Invalid("grids.not_utf8", line=1, byte=f"0x{start[0]:02X}")
    if start.startswith(b"<"):
        lower = start.lower()
        if b"<kml" in lower:
            raise Invalid("grids.is_kml")
        if b"opengis.net/gml" in lower or b"featurecollection" in lower:
            raise Invalid("grids.is_gml")
        raise Invalid("grids.is_page")
