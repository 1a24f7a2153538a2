"""Importing a city: one extract becomes roads, addresses and base map, all or nothing.

The new map is written beside the old one and takes its place in one transaction; a failed or cancelled import leaves
the old map as it was. Importing the same file again changes nothing.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from shapely.geometry import box
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from citymap import repository
from citymap.models import CityMap
from citymap.osm import coast, extract, numbering, streets
from citymap.osm.extract import Extract
from citymap.osm.streets import StreetNetwork
from citymap.osrm import data as roads
from citymap.osrm.data import Cancelled, ImportCancelled, Progress
from kit.db import Database
from kit.errors import Invalid
from kit.geo import haversine_metres
from kit.ids import uuid7
from kit.postgres.blobs import put_blob
from kit.settings import settings

IMPORTER = 5
"""Raised when the same extract would be read differently: it is then imported anew instead of called unchanged."""
LEAST_COVER = 0.95

type Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class CityMapSummary:
    """What an import did. `bbox` is (west, south, east, north); `seconds` holds each phase's time."""

    map_id: UUID
    name: str
    changed: bool
    extract_sha256: str
    bbox: Box
    counts: dict[str, int]
    calibration_factor: float
    seconds: dict[str, float]


async def import_city(
    database: Database,
    area: UUID | Callable[[AsyncSession], Awaitable[UUID]],
    pbf_path: Path,
    *,
    name: str | None = None,
    must_cover: BaseGeometry | None = None,
    home: Path | None = None,
    progress: Progress = lambda phase, done: None,
    cancelled: Cancelled = lambda: False,
) -> CityMapSummary:
    """Make this extract the map of the area.

    Args:
        area: its id; or what makes a new area, called in the transaction that stores the map: without a map, no area.
        name: what the map is called; the file's name without endings otherwise.
        must_cover: the area's grids (WGS 84); the import is refused when the extract does not hold them.
        home: the host's folder for road data; the settings' home otherwise.

    Raises:
        Invalid: `extract.*` or `roads.*`, each one sentence; nothing was changed.
        ImportCancelled: the caller asked to stop; nothing was changed.
    """
    watch = _Watch()
    home = home or settings().data_home
    progress("check", 0.0)
    sha = await asyncio.to_thread(extract.check_file, pbf_path)
    key = roads.roads_key(sha)
    async with database.transaction() as session:
        current = await repository.active_map(session, area) if isinstance(area, UUID) else None
        if current and current.extract_sha256 == sha and current.roads_key == key and _importer(current) == IMPORTER:
            if name and current.name != name:
                current.name = name
            return _summary(current, await repository.map_bbox(session, current.id), changed=False, seconds={})
        known_blob = await repository.roads_blob(session, key)
    watch.lap("check")
    read = await asyncio.to_thread(extract.read, pbf_path, progress=progress, cancelled=cancelled)
    _require_cover(read, must_cover)
    watch.lap("read")
    progress("streets", 0.0)
    network = await asyncio.to_thread(_network, read)
    watch.lap("streets")
    if cancelled():
        raise ImportCancelled
    with tempfile.TemporaryDirectory(prefix="grid-dispatch-") as scratch:
        archive = Path(scratch) / "roads.tar.gz"
        if known_blob is None:
            directory = await roads.build(pbf_path, home, key, progress=progress, cancelled=cancelled)
            watch.lap("roads")
            progress("pack", 0.0)
            await asyncio.to_thread(roads.pack, directory, archive)
            watch.lap("pack")
        async with database.transaction() as session:
            blob = known_blob or await put_blob(session, archive, "application/gzip")
            area_id = area if isinstance(area, UUID) else await area(session)
            city = CityMap(
                id=uuid7(),
                area_id=area_id,
                name=name or pbf_path.name.split(".")[0],
                extract_sha256=sha,
                roads_key=key,
                roads_blob=blob,
                active=False,
                bbox=f"SRID=4326;{box(*read.bbox).wkt}",
                counts=_counts(read, network),
            )
            await repository.lock_area(session, area_id)
            previous = await repository.active_map(session, area_id)
            if previous is not None:
                city.calibration_factor = previous.calibration_factor
                city.calibration = previous.calibration
            session.add(city)
            await session.flush()
            await repository.store(session, city.id, read, network, progress=progress, cancelled=cancelled)
            await repository.activate(session, city)
    watch.lap("store")
    progress("store", 1.0)
    return _summary(city, read.bbox, changed=True, seconds=watch.laps)


async def cover(session: AsyncSession, area_id: UUID, shape: BaseGeometry) -> float | None:
    """Which share (0 to 1) of a WGS 84 shape lies on the area's map; None when the area has no map."""
    found = await session.scalar(select(CityMap.id).where(CityMap.area_id == area_id, CityMap.active))
    if found is None:
        return None
    return _share(await repository.map_bbox(session, found), shape)


def _require_cover(read: Extract, shape: BaseGeometry | None) -> None:
    if shape is None or shape.is_empty:
        return
    share = _share(read.bbox, shape)
    if share < LEAST_COVER:
        raise Invalid(
            "extract.does_not_cover",
            covered_percent=round(share * 100, 1),
            bbox=", ".join(f"{value:.3f}" for value in read.bbox),
        )


def _share(bbox: Box, shape: BaseGeometry) -> float:
    if shape.area == 0:
        return 1.0 if box(*bbox).covers(shape) else 0.0
    return float(box(*bbox).intersection(shape).area / shape.area)


def _network(read: Extract) -> StreetNetwork:
    read.features.extend(coast.sea(read))
    network = streets.build(read)
    numbering.learn(network.streets)
    return network


def _counts(read: Extract, network: StreetNetwork) -> dict[str, Any]:
    drivable = [road for road in read.roads if road.drivable]
    metres = sum(
        haversine_metres(a, b) for road in drivable for a, b in zip(road.line, road.line[1:], strict=False)
    )  # fmt: skip
    blocks = [block for street in network.streets for block in street.blocks]
    return {
        "importer": IMPORTER,
        "ways": read.ways,
        "drivableWays": read.drivable_ways,
        "drivableKilometres": round(metres / 1000),
        "turnRestrictions": read.restrictions,
        "streets": len(network.streets),
        "blocks": len(blocks),
        "numberedBlocks": sum(block.error_metres is not None for block in blocks),
        "corners": len(network.corners),
        "houses": sum(len(street.houses) for street in network.streets),
        "places": len(read.places),
        "features": len(read.features),
    }


def _importer(city: CityMap) -> int:
    return int(city.counts.get("importer", 0))


def _summary(city: CityMap, bbox: Box, *, changed: bool, seconds: dict[str, float]) -> CityMapSummary:
    counts = {key: value for key, value in city.counts.items() if key != "importer"}
    return CityMapSummary(
        city.id, city.name, changed, city.extract_sha256, bbox, counts, city.calibration_factor, seconds
    )


class _Watch:
    """How long each phase took."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, phase: str) -> None:
        now = time.monotonic()
        self.laps[phase] = round(now - self._last, 2)
        self._last = now
