"""Packing an area's tiles into one PMTiles file, and reading ranges of it."""

from __future__ import annotations

import asyncio
import math
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.basemap import LAYERS, draw, squeezed
from citymap.models import CityMap
from kit.db import Database
from kit.postgres.blobs import PIECE, put_blob
from mobile_api.day.schemas import PackView
from mobile_api.maps.models import MapPack

log = structlog.get_logger()
LARGEST = 60_000_000
DEEPEST, SHALLOWEST = 15, 12
"""Zooms: pages draw closer ones from the deepest tiles, as the console does."""
MEDIA_TYPE = "application/vnd.pmtiles"
CREDIT = "© OpenStreetMap contributors"
_UNPACKED = text(
    """
    SELECT m.id, m.name, ST_XMin(m.bbox) AS west, ST_YMin(m.bbox) AS south, ST_XMax(m.bbox) AS east,
           ST_YMax(m.bbox) AS north
    FROM city_maps m LEFT JOIN map_packs p ON p.map_id = m.id
    WHERE m.active AND p.map_id IS NULL ORDER BY m.id LIMIT 1
    """
)
_PACK = text(
    "SELECT p.sha256, p.size FROM map_packs p JOIN city_maps m ON m.id = p.map_id WHERE m.area_id = :area AND m.active"
)
_PIECES = text(
    "SELECT number, data FROM blob_pieces WHERE sha256 = :sha AND number BETWEEN :first AND :last ORDER BY 1"
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """A rectangle in degrees."""

    west: float
    south: float
    east: float
    north: float


async def pack_of(session: AsyncSession, area_id: UUID) -> PackView | None:
    """The pack of the area's map; None until it was made."""
    row = (await session.execute(_PACK, {"area": area_id})).first()
    if row is None:
        return None
    return PackView(url=f"/api/mobile/map.pmtiles?v={row.sha256[:16]}", bytes=row.size, etag=f'"{row.sha256[:32]}"')


async def read_range(session: AsyncSession, sha256: str, first: int, last: int) -> bytes:
    """Bytes `first` to `last`, both included, of a stored file."""
    values = {"sha": sha256, "first": first // PIECE, "last": last // PIECE}
    rows = (await session.execute(_PIECES, values)).all()
    joined = b"".join(bytes(row.data) for row in rows)
    begin = first - (first // PIECE) * PIECE
    return joined[begin : begin + last - first + 1]


async def read_whole(database: Database, sha256: str, size: int) -> AsyncIterator[bytes]:
    """The file, a piece at a time, each in a transaction of its own."""
    for first in range(0, size, PIECE):
        async with database.transaction() as session:
            piece = await read_range(session, sha256, first, min(size, first + PIECE) - 1)
        yield piece


async def pack_next(database: Database) -> UUID | None:
    """Pack one active map that has no pack yet. Returns which; None where all have theirs."""
    async with database.transaction() as session:
        row = (await session.execute(_UNPACKED)).first()
    if row is None:
        return None
    bounds = Bounds(row.west, row.south, row.east, row.north)
    with tempfile.TemporaryDirectory(prefix="grid-dispatch-pack-") as folder:
        path = Path(folder) / "map.pmtiles"
        for deepest in range(DEEPEST, SHALLOWEST - 1, -1):
            await write_pack(database, row.id, row.name, bounds, path, deepest)
            if path.stat().st_size <= LARGEST or deepest == SHALLOWEST:
                break
        size = path.stat().st_size
        async with database.transaction() as session:
            sha = await put_blob(session, path, MEDIA_TYPE)
            made = {"map_id": row.id, "sha256": sha, "size": size, "max_zoom": deepest}
            if await session.get(CityMap, row.id) is not None:  # an area's older map may have gone meanwhile
                await session.execute(insert(MapPack).values(**made).on_conflict_do_nothing())
    log.info("map.packed", map=str(row.id), bytes=size, max_zoom=deepest)
    found: UUID = row.id
    return found


async def write_pack(database: Database, map_id: UUID, name: str, bounds: Bounds, path: Path, deepest: int) -> None:
    """Write the tiles of a map within its bounds, from zoom 0 to `deepest`, into a file."""
    with path.open("wb") as file:
        writer: Any = Writer(file)  # type: ignore[no-untyped-call]
        for z, x, y in sorted(tiles(bounds, deepest), key=lambda one: zxy_to_tileid(*one)):
            async with database.transaction() as session:
                drawn = await draw(session, map_id, z, x, y)
            if drawn:
                writer.write_tile(zxy_to_tileid(z, x, y), await asyncio.to_thread(squeezed, drawn))
        writer.finalize(_header(bounds, deepest), _metadata(name, deepest))


def tiles(bounds: Bounds, deepest: int) -> Iterator[tuple[int, int, int]]:
    """Every tile (z, x, y) that touches the bounds."""
    for z in range(deepest + 1):
        west, north = _tile(z, bounds.west, bounds.north)
        east, south = _tile(z, bounds.east, bounds.south)
        for x in range(west, east + 1):
            for y in range(north, south + 1):
                yield z, x, y


def _tile(z: int, lon: float, lat: float) -> tuple[int, int]:
    side = 1 << z
    sine = math.sin(math.radians(max(-85.05, min(85.05, lat))))
    x = int((lon + 180) / 360 * side)
    y = int((0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)) * side)
    return max(0, min(side - 1, x)), max(0, min(side - 1, y))


def _header(bounds: Bounds, deepest: int) -> dict[str, Any]:
    def e7(degrees: float) -> int:
        return int(degrees * 10_000_000)

    return {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_zoom": 0,
        "max_zoom": deepest,
        "min_lon_e7": e7(bounds.west),
        "min_lat_e7": e7(bounds.south),
        "max_lon_e7": e7(bounds.east),
        "max_lat_e7": e7(bounds.north),
        "center_zoom": 12,
        "center_lon_e7": e7((bounds.west + bounds.east) / 2),
        "center_lat_e7": e7((bounds.south + bounds.north) / 2),
    }


def _metadata(name: str, deepest: int) -> dict[str, Any]:
    layers = [{"id": layer, "fields": {}, "minzoom": 0, "maxzoom": deepest} for layer in LAYERS]
    return {"name": name, "attribution": CREDIT, "vector_layers": layers}
