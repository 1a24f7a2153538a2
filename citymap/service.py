"""What other rooms ask the city map for: travel times of an area, and its map's identity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from citymap import repository
from citymap.calibration import Calibration
from citymap.models import CityMap
from citymap.osrm.client import RoadData, RoadsClient
from citymap.travel import OsrmTravel, StraightLineTravel, TravelSource
from kit.errors import Invalid, NotFound
from kit.settings import settings

CREDIT = "© OpenStreetMap contributors"
"""Shown wherever the map or a route made from it is shown (ODbL)."""


@dataclass(frozen=True, slots=True)
class MapInfo:
    """What an area's map is made of. `bbox` is (west, south, east, north)."""

    id: UUID
    name: str
    imported_at: datetime
    extract_sha256: str
    bbox: tuple[float, float, float, float]
    counts: dict[str, Any]
    calibration_factor: float
    calibration: dict[str, Any] | None


async def road_travel(session: AsyncSession, area_id: UUID, client: RoadsClient) -> OsrmTravel | None:
    """Travel times on the area's own roads; None for an area without a map."""
    city = await repository.active_map(session, area_id)
    if city is None:
        return None
    return OsrmTravel(
        client,
        RoadData(city.roads_key, city.roads_blob),
        factor=city.calibration_factor,
        radius_metres=settings().snapping_radius_metres,
    )


async def travel_source(
    session: AsyncSession, area_id: UUID, client: RoadsClient, *, allow_straight_line: bool = False
) -> TravelSource:
    """Travel times of an area; a straight line only where there are no roads and it was asked for.

    Raises:
        Invalid: `roads.none`, the area has no map and straight lines were not allowed.
    """
    travel = await road_travel(session, area_id, client)
    if travel is not None:
        return travel
    if not allow_straight_line:
        raise Invalid("roads.none", area=str(area_id))
    return StraightLineTravel()


async def map_info(session: AsyncSession, area_id: UUID) -> MapInfo:
    """The area's map. Raises `NotFound` (`map.none`) where there is none."""
    city = await require_map(session, area_id)
    return MapInfo(
        city.id,
        city.name,
        city.imported_at,
        city.extract_sha256,
        await repository.map_bbox(session, city.id),
        {key: value for key, value in city.counts.items() if key != "importer"},
        city.calibration_factor,
        city.calibration,
    )


async def require_map(session: AsyncSession, area_id: UUID) -> CityMap:
    """The area's active map row. Raises `NotFound` (`map.none`) where there is none."""
    city = await repository.active_map(session, area_id)
    if city is None:
        raise NotFound("map.none", area=str(area_id))
    return city


async def calibrate(session: AsyncSession, area_id: UUID, calibration: Calibration) -> None:
    """Use this factor for the area from now on; a later import of its map keeps it. Raises `NotFound` (`map.none`)."""
    city = await require_map(session, area_id)
    city.calibration_factor = calibration.factor
    city.calibration = {
        "trips": calibration.trips,
        "medianRatio": calibration.median_ratio,
        "spread": calibration.spread,
    }
    await session.flush()
