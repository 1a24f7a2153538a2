"""A whole file outside every grid: the coordinate system may be wrong, and here is which one would fit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import shapely
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_crs_info
from pyproj.enums import PJType
from shapely.geometry.base import BaseGeometry

from dispatch.orders.intake.results import Counts
from dispatch.orders.intake.rows.coordinates import CoordinateReader
from dispatch.orders.intake.rows.import_row import RowReader
from dispatch.orders.intake.rows.reading import Row, Source
from kit.errors import Invalid

_LOOKED_AT = 100
_LEAST = 5
"""Fewer rows say nothing about a file."""
_FITS = 0.8
_SHOWN = 3
_MOST_TRIED = 300


def mostly_outside(counts: Counts) -> bool:
    """Whether more than half of the rows with coordinates lie outside every grid, or nowhere on earth."""
    outside = counts.outside_grids + counts.bad_coordinates
    given = counts.located - counts.geocoded + counts.bad_coordinates
    return given >= _LEAST and outside > given / 2


def fitting_systems(source: Source, reader: RowReader, outline: BaseGeometry) -> list[str]:
    """The systems in which most coordinates of the file would lie in the grids (their outline, WGS 84), best first."""
    rows = list(islice((row for row in source.rows() if isinstance(row, Row) and reader.point_of(row)), _LOOKED_AT))
    if not rows:
        return []
    shapely.prepare(outline)
    found: list[tuple[float, str, str]] = []
    told = reader.mapping.place.system.lower()
    for system, name in _candidates(outline):
        if system.lower() == told:
            continue
        try:
            reading = CoordinateReader(system, reader.mapping.place.pair)
        except Invalid:
            continue  # a system that PROJ lists and cannot convert
        points = [point for row in rows if (point := reader.place_in(row, reading).point) is not None]
        inside = sum(map(bool, shapely.contains_xy(outline, points))) if points else 0
        if inside >= _FITS * len(rows):
            found.append((-inside / len(rows), system, name))
    best: dict[str, str] = {}
    for _, system, name in sorted(found, key=lambda one: one[0]):
        best.setdefault(name, system)
    return [f"{system} ({name})" if name else system for name, system in list(best.items())[:_SHOWN]]


def _candidates(outline: BaseGeometry) -> Iterator[tuple[str, str]]:
    """Code and name of the systems that are used there."""
    yield "wgs84", "longitude and latitude"
    yield "gcj02", ""
    yield "bd09", "Baidu"
    yield "EPSG:3857", "web Mercator"
    known = query_crs_info(
        "EPSG", pj_types=[PJType.PROJECTED_CRS], area_of_interest=AreaOfInterest(*outline.bounds), contains=True
    )
    for info in known[:_MOST_TRIED]:
        if not info.deprecated and info.code != "3857":
            yield f"EPSG:{info.code}", info.name
