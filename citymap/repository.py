"""All SQL of the city map but the address search: maps, what is stored of an import, tiles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.models import CityMap, MapCorner
from citymap.osm.extract import Extract, line_wkb, point_wkb
from citymap.osm.names import has_han, pinyin_key, street_name
from citymap.osm.streets import Street, StreetNetwork
from citymap.osrm.data import Cancelled, ImportCancelled, Progress
from kit.db import raw_connection
from kit.geo import haversine_metres
from kit.postgres.blobs import Blob
from kit.postgres.statistics import analyze

_FEATURE_COLUMNS = "layer, kind, name, name_zh, name_en, min_zoom, oneway"
_CHECK_EVERY = 5000


async def active_map(session: AsyncSession, area_id: UUID) -> CityMap | None:
    """The map an area uses now."""
    found: CityMap | None = await session.scalar(select(CityMap).where(CityMap.area_id == area_id, CityMap.active))
    return found


async def map_bbox(session: AsyncSession, map_id: UUID) -> tuple[float, float, float, float]:
    """West, south, east, north."""
    row = (
        await session.execute(
            select(*(getattr(func, name)(CityMap.bbox) for name in ("ST_XMin", "ST_YMin", "ST_XMax", "ST_YMax"))).where(
                CityMap.id == map_id
            )
        )
    ).one()
    return row[0], row[1], row[2], row[3]


async def roads_blob(session: AsyncSession, roads_key: str) -> str | None:
    """The stored road data of this key, if any map has it."""
    found: str | None = await session.scalar(select(CityMap.roads_blob).where(CityMap.roads_key == roads_key).limit(1))
    return found


async def lock_area(session: AsyncSession, area_id: UUID) -> None:
    """Two imports for one area take turns. (The table belongs to a room above; only its key is used.)"""
    await session.execute(text("SELECT id FROM service_areas WHERE id = :id FOR UPDATE"), {"id": area_id})


async def activate(session: AsyncSession, city: CityMap) -> None:
    """Make this map the area's; the one before it goes, with its road data when nobody else uses them."""
    previous = (
        await session.execute(
            select(CityMap.id, CityMap.roads_blob).where(CityMap.area_id == city.area_id, CityMap.id != city.id)
        )
    ).all()
    await session.execute(delete(CityMap).where(CityMap.id.in_([row.id for row in previous])))
    city.active = True
    await session.flush()
    blobs = {row.roads_blob for row in previous}
    still_used = select(CityMap.roads_blob)
    await session.execute(delete(Blob).where(Blob.sha256.in_(blobs), Blob.sha256.not_in(still_used)))


async def store(
    session: AsyncSession,
    map_id: UUID,
    read: Extract,
    network: StreetNetwork,
    *,
    progress: Progress,
    cancelled: Cancelled,
) -> None:
    """Write everything an import found, by COPY, in the session's transaction."""
    tables: list[tuple[str, str, Iterable[Sequence[Any]]]] = [
        ("map_streets", "id, label, name_zh, name_en, length_metres, point", _streets(network)),
        ("map_places", "id, label, kind, point", _places(read)),
        ("map_names", "id, name, core, direction, kind, pinyin, likeness, street_id, place_id", _names(read, network)),
        ("map_blocks", "id, street_id, number_from, number_to, error_metres, line", _blocks(network)),
        ("map_houses", "id, street_id, number, suffix, name, point", _houses(network)),
        (MapCorner.__tablename__, "id, first_id, second_id, point", _corners(network)),
    ]
    for step, (table, columns, rows) in enumerate(tables):
        progress("store", step / (len(tables) + 2))
        await _copy(session, f"{table} (map_id, {columns})", ((map_id, *row) for row in rows), cancelled)
    progress("store", len(tables) / (len(tables) + 2))
    await session.execute(text("CREATE TEMPORARY TABLE staged_features (LIKE map_features) ON COMMIT DROP"))
    await session.execute(text("ALTER TABLE staged_features ALTER shape TYPE geometry"))
    await _copy(
        session, f"staged_features (map_id, id, {_FEATURE_COLUMNS}, shape)",
        (
            (map_id, index, item.layer, item.kind, item.names.name, item.names.zh, item.names.en, item.min_zoom,
             item.oneway, item.wkb)
            for index, item in enumerate(read.features)
        ),
        cancelled,
    )  # fmt: skip
    await session.execute(
        text(
            f"INSERT INTO map_features (map_id, id, {_FEATURE_COLUMNS}, shape) "  # noqa: S608 - a constant
            f"SELECT map_id, id, {_FEATURE_COLUMNS}, shape FROM (SELECT map_id, id, {_FEATURE_COLUMNS}, "
            "ST_MakeValid(ST_Transform(ST_SetSRID(shape, 4326), 3857)) AS shape FROM staged_features) AS moved "
            "WHERE NOT ST_IsEmpty(shape)"
        )
    )
    await analyze(
        session, "map_streets", "map_places", "map_names", "map_blocks", "map_houses", "map_corners", "map_features"
    )


async def _copy(
    session: AsyncSession, target: str, rows: Iterable[Sequence[Any]], cancelled: Cancelled
) -> None:  # fmt: skip
    connection = await raw_connection(session)
    async with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN".encode()) as copy:
        for count, row in enumerate(rows):
            if count % _CHECK_EVERY == 0 and cancelled():
                raise ImportCancelled
            await copy.write_row(row)


def _streets(network: StreetNetwork) -> Iterable[Sequence[Any]]:
    for street in network.streets:
        yield street.id, street.label, street.zh, street.en, round(_extent(street)), point_wkb(street.middle)


def _extent(street: Street) -> float:
    """How far the ends of a street lie apart, in metres: what "somewhere on this street" can be wrong by."""
    points = [point for block in street.blocks for point in (block.line[0], block.line[-1])]
    if not points:
        return 0.0
    west, east = min(lon for lon, _ in points), max(lon for lon, _ in points)
    south, north = min(lat for _, lat in points), max(lat for _, lat in points)
    return haversine_metres((west, south), (east, north))


def _places(read: Extract) -> Iterable[Sequence[Any]]:
    for index, place in enumerate(read.places):
        yield index, place.names.name, place.kind, point_wkb(place.point)


def _names(read: Extract, network: StreetNetwork) -> Iterable[Sequence[Any]]:
    number = 0
    for street in network.streets:
        for alias in street.aliases:
            key = street_name(alias)
            if key.core:
                pinyin, likeness = _keys(alias, key.core)
                yield number, alias, key.core, key.direction, key.kind, pinyin, likeness, street.id, None
                number += 1
    for index, place in enumerate(read.places):
        for alias in place.names.all():
            key = street_name(alias)
            if key.core:
                # A place keeps its words together: "Stanley Park" is not a Park named Stanley.
                whole = " ".join(part for part in (key.core, key.kind) if part)
                yield number, alias, whole, key.direction, "", *_keys(alias, whole), None, index
                number += 1


def _keys(alias: str, core: str) -> tuple[str, str]:
    """The pinyin of a name, and the text its likeness is measured by."""
    pinyin = pinyin_key(alias)
    return pinyin, f"{core} {pinyin}" if has_han(core) else core


def _blocks(network: StreetNetwork) -> Iterable[Sequence[Any]]:
    number = 0
    for street in network.streets:
        for block in street.blocks:
            yield (
                number, street.id, block.number_from, block.number_to, block.error_metres, line_wkb(block.line),
            )  # fmt: skip
            number += 1


def _houses(network: StreetNetwork) -> Iterable[Sequence[Any]]:
    number = 0
    for street in network.streets:
        for house in street.houses:
            yield number, street.id, house.number, house.suffix, house.names.name, point_wkb(house.point)
            number += 1


def _corners(network: StreetNetwork) -> Iterable[Sequence[Any]]:
    for index, corner in enumerate(network.corners):
        yield index, corner.first, corner.second, point_wkb(corner.point)
