"""A city's file of polygons as features: named, in WGS 84, valid, in one piece at the date line."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from shapely import MultiPolygon

from grids.polygon_files import date_line, geometry
from grids.polygon_files.formats import document
from grids.polygon_files.labels import labels
from grids.polygon_files.mending import Mended, mend
from grids.polygon_files.notes import Note
from grids.polygon_files.systems import System
from kit.errors import Invalid


@dataclass(frozen=True, slots=True)
class Feature:
    """One polygon of the file, WGS 84, valid; at the date line its longitudes may pass 180. `mended` says what was
    changed."""

    code: str
    name: str
    shape: MultiPolygon
    mended: Mended | None


@dataclass(frozen=True, slots=True)
class PolygonFile:
    """The features of a file in its order, and what a person should know about it."""

    features: list[Feature]
    notes: list[Note] = field(default_factory=list)


def read(
    source: Path | str | bytes,
    *,
    name_field: str | None = None,
    code_field: str | None = None,
    timezone: str | None = None,
    system: str | None = None,
    strict: bool = False,
    accept_mending: bool = False,
) -> PolygonFile:
    """The features of a file of polygons.

    Args:
        name_field: the property that names a grid; see `labels` for what happens without it.
        code_field: the property that tells grids apart; the name serves without it.
        timezone: where the grids should lie: it tells swapped axes from a far city.
        system: the coordinates' system where the file is silent or wrong: gcj02, bd09 or a code such as EPSG:4549.
        strict: refuse a file that says of itself that it is not whole.
        accept_mending: take rings whose mending changes much of their size.

    Raises `Invalid` with one sentence that names the feature and the remedy, `NotFound` where the file is not there.
    """
    found = document(source)
    notes = list(found.notes)
    if notes and strict:
        raise Invalid("grids.first_page", **notes[0].params)
    named, more = labels(found.features, name_field, code_field)
    notes += more
    names = [name for _, name in named]
    to_wgs84 = System(found.crs, system, timezone)
    raw = [
        geometry.polygons(feature.get("geometry"), name) for feature, name in zip(found.features, names, strict=True)
    ]
    placed = [to_wgs84.to_degrees(shape, name) for shape, name in zip(raw, names, strict=True)]
    turned = [name for name, one in zip(names, placed, strict=True) if one.turned]
    if turned:
        notes.append(Note("grids.axes_turned", {"count": len(turned), "first": turned[0]}))
    to_wgs84.require_place([one.shape for one in placed])
    shapes = date_line.unwrapped([one.shape for one in placed])
    mended = mend(shapes, names, accept=accept_mending)
    return PolygonFile(
        [Feature(code, name, *result) for (code, name), result in zip(named, mended, strict=True)], notes
    )
