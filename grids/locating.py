"""Whose grid a point is, asked of PostgreSQL directly: the rule for points, and what is answered for one or for many.

These functions take a psycopg connection and load no table classes, so that a command which asks one question starts at
once and a request pays for one statement. `service.locate` and `service.locate_many` ask them inside a session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from kit.clock import AreaClock, local_date
from kit.errors import NotFound
from kit.geo import LonLat

if TYPE_CHECKING:
    from psycopg import AsyncConnection
    from psycopg.types.range import Range

SNAP_DEGREES = 1e-9
"""A tenth of a millimetre. Neighbours whose common border has different vertices leave hairlines of rounding between
them; a point in such a hairline belongs to the neighbour that wins by the rule for border points."""

_GRID_OF_POINT = """
    LEFT JOIN LATERAL (
        SELECT g.id FROM grids g
        WHERE g.area_id = area.id AND g.archived_at IS NULL AND ST_Covers(g.geom, point.geom)
        ORDER BY g.priority DESC, g.square_metres, g.code LIMIT 1
    ) AS inside ON true
    LEFT JOIN LATERAL (
        SELECT g.id FROM grids g
        WHERE inside.id IS NULL
          AND g.area_id = area.id AND g.archived_at IS NULL AND ST_DWithin(g.geom, point.geom, %(snap)s)
        ORDER BY g.priority DESC, g.square_metres, g.code LIMIT 1
    ) AS beside ON true
"""
"""The rule, behind `area` (its id) and `point` (a geometry): higher priority, then smaller grid, then code."""

_MANY = f"""
    SELECT coalesce(inside.id, beside.id)
    FROM unnest(%(lons)s::float8[], %(lats)s::float8[]) WITH ORDINALITY AS p(lon, lat, n)
    CROSS JOIN (SELECT %(area)s::uuid AS id) AS area
    CROSS JOIN LATERAL (SELECT ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326) AS geom) AS point
    {_GRID_OF_POINT}
    ORDER BY p.n
"""  # noqa: S608 - our own text, no input in it

_ONE = f"""
    SELECT area.name, area.timezone, area.clock_real_anchor, area.clock_area_anchor, area.clock_speed,
           g.id, g.code, g.name,
           c.id, c.grid_id, c.valid, c.technician_a_id, c.technician_b_id, c.contractor, c.households, c.quota,
           c.unit_points, c.version, a.name, b.name
    FROM service_areas AS area
    CROSS JOIN (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) AS geom) AS point
    {_GRID_OF_POINT}
    LEFT JOIN grids g ON g.id = coalesce(inside.id, beside.id)
    LEFT JOIN grid_contracts c ON c.grid_id = g.id
    LEFT JOIN technicians a ON a.id = c.technician_a_id
    LEFT JOIN technicians b ON b.id = c.technician_b_id
"""  # noqa: S608 - our own text, no input in it
"""One row for every contract of the grid: which of them is today's depends on the area's clock (`kit.clock`). The
people's table belongs to the room above and is asked by name, for contracts show who they name."""

_BY_ID = _ONE + " WHERE area.id = %(area)s"
_BY_CODE = _ONE + " WHERE area.code = %(area)s"


@dataclass(frozen=True, slots=True)
class LocatedGrid:
    """The grid a point lies in, by its names."""

    id: UUID
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class LocatedContract:
    """The contract of the day, with the columns of its table."""

    id: UUID
    grid_id: UUID
    valid: Range[date]
    technician_a_id: UUID
    technician_b_id: UUID | None
    contractor: str | None
    households: int | None
    quota: int | None
    unit_points: float
    version: int


@dataclass(frozen=True, slots=True)
class Located:
    """Where a point lies: its grid and the contract of the day; both None where no grid covers it."""

    grid: LocatedGrid | None = None
    contract: LocatedContract | None = None
    people: Mapping[UUID, str] = field(default_factory=dict)
    """The names of the people whom the contract names."""
    area_name: str = ""


async def locate(
    connection: AsyncConnection[Any], area_id: UUID, lon: float, lat: float, on: date | None = None
) -> Located:
    """The one grid a WGS 84 point belongs to and its contract on a local day (default: the area's today)."""
    return await _one(connection, _BY_ID, area_id, lon, lat, on) or Located()


async def locate_in(connection: AsyncConnection[Any], area_code: str, lon: float, lat: float) -> Located:
    """The same in the area of a code, today. Raises `NotFound` where there is no such area."""
    found = await _one(connection, _BY_CODE, area_code, lon, lat, None)
    if found is None:
        raise NotFound("not_found.area", area=area_code)
    return found


async def locate_many(
    connection: AsyncConnection[Any], area_id: UUID, points: Sequence[LonLat | None]
) -> list[UUID | None]:
    """The grid ids of many WGS 84 points in their order, by one statement; None for a point in no grid."""
    finite = [point if point and isfinite(point[0]) and isfinite(point[1]) else None for point in points]
    asked = {
        "lons": [float(point[0]) if point else None for point in finite],
        "lats": [float(point[1]) if point else None for point in finite],
        "area": area_id,
        "snap": SNAP_DEGREES,
    }
    rows = await (await connection.execute(_MANY, asked)).fetchall()
    return [row[0] for row in rows]


async def _one(
    connection: AsyncConnection[Any], statement: str, area: UUID | str, lon: float, lat: float, on: date | None
) -> Located | None:
    asked = {"area": area, "lon": lon, "lat": lat, "snap": SNAP_DEGREES}
    rows = await (await connection.execute(statement, asked)).fetchall()
    if not rows:
        return None
    area_name, timezone, real_anchor, area_anchor, speed, *grid = rows[0][:8]
    if grid[0] is None:
        return Located(area_name=area_name)
    if on is None:
        on = local_date(AreaClock(real_anchor, area_anchor, speed).now(), ZoneInfo(timezone))
    for row in rows:
        contract, (name_a, name_b) = row[8:18], row[18:]
        if contract[0] is not None and on in contract[2]:
            found = LocatedContract(*contract)
            people = {found.technician_a_id: name_a}
            if found.technician_b_id is not None:
                people[found.technician_b_id] = name_b
            return Located(LocatedGrid(*grid), found, people, area_name)
    return Located(LocatedGrid(*grid), area_name=area_name)
