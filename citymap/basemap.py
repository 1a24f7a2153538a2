"""The base map as vector tiles: one statement makes a tile, simplified for its zoom."""

from __future__ import annotations

import gzip
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from citymap import repository
from kit.errors import NotFound

LAYERS = ("water", "green", "rail", "roads", "buildings", "places", "names")
"""The layers of a tile in drawing order. Every feature has `kind`; named ones `name`, `name_zh`, `name_en`.

`names` holds one point for each named green: a polygon is cut by the tiles' edges, and each piece would be named again.
"""
_EXTENT = 4096
_BUFFER = 64
_MAX_ZOOM = 22
_ONE_TILE = text(
    "WITH bounds AS (SELECT ST_TileEnvelope(:z, :x, :y) AS box, "
    "ST_TileEnvelope(:z, :x, :y, margin => CAST(:margin AS float8)) AS wide), "
    "clipped AS (SELECT f.layer, f.kind, nullif(f.name, '') AS name, nullif(f.name_zh, '') AS name_zh, "
    "nullif(f.name_en, '') AS name_en, CASE WHEN f.oneway THEN true END AS oneway, "
    "ST_AsMVTGeom(CASE WHEN :z < 15 AND ST_Dimension(f.shape) > 0 THEN "
    "ST_Simplify(f.shape, CAST(:tolerance AS float8), true) ELSE f.shape END, b.box, :extent, :buffer) AS geom "
    "FROM map_features f, bounds b WHERE f.map_id = :map AND f.min_zoom <= :z AND f.shape && b.wide "
    "AND (f.layer <> 'buildings' OR :z >= 14) "
    "AND (ST_Dimension(f.shape) < 2 OR ST_Area(f.shape) > CAST(:speck AS float8)) ORDER BY f.layer, f.id), "
    "named AS (SELECT 'names' AS layer, f.kind, f.name, nullif(f.name_zh, '') AS name_zh, "
    "nullif(f.name_en, '') AS name_en, NULL::bool AS oneway, "
    "ST_AsMVTGeom(ST_PointOnSurface(f.shape), b.box, :extent, 0) AS geom "
    "FROM map_features f, bounds b WHERE f.map_id = :map AND f.min_zoom <= :z AND f.shape && b.box AND :z >= 12 "
    "AND f.layer = 'green' AND f.name <> '' AND ST_Dimension(f.shape) = 2 ORDER BY f.id) "
    "SELECT coalesce(string_agg(ST_AsMVT_Layer, ''::bytea), ''::bytea) FROM ("
    "SELECT ST_AsMVT(part, part.layer, :extent, 'geom') AS ST_AsMVT_Layer FROM ("
    "SELECT * FROM clipped WHERE geom IS NOT NULL UNION ALL SELECT * FROM named WHERE geom IS NOT NULL"
    ") AS part GROUP BY part.layer) AS layers"
)
_WORLD_METRES = 40_075_016.685578488


async def tile(session: AsyncSession, area_id: UUID, z: int, x: int, y: int) -> bytes:
    """A Mapbox vector tile (not compressed); empty where the city has nothing.

    Raises:
        NotFound: `tile.outside` for coordinates that no tile has, `map.none` for an area without a map.
    """
    if not 0 <= z <= _MAX_ZOOM or not 0 <= x < 2**z or not 0 <= y < 2**z:
        raise NotFound("tile.outside", z=z, x=x, y=y)
    city = await repository.active_map(session, area_id)
    if city is None:
        raise NotFound("map.none", area=str(area_id))
    return await draw(session, city.id, z, x, y)


async def draw(session: AsyncSession, map_id: UUID, z: int, x: int, y: int) -> bytes:
    """The tile of a known map; the coordinates are trusted."""
    pixel = _WORLD_METRES / 2**z / 256
    drawn = await session.scalar(
        _ONE_TILE,
        {
            "map": map_id, "z": z, "x": x, "y": y, "extent": _EXTENT, "buffer": _BUFFER, "margin": _BUFFER / _EXTENT,
            "tolerance": pixel / 2, "speck": (2 * pixel) ** 2 if z < 15 else 0.0,
        },
    )  # fmt: skip
    return bytes(drawn or b"")


def squeezed(drawn: bytes) -> bytes:
    """A tile as it goes over the wire; the same tile gives the same bytes."""
    return gzip.compress(drawn, compresslevel=6, mtime=0)
