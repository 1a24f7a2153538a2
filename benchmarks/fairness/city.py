"""The area of the months: Vancouver's grids, the places where its people really reported something, 60 technicians."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import dispatch.tables  # noqa: F401 - foreign keys across rooms
from dispatch.policies.models import FaultType
from dispatch.policies.service import install_defaults
from dispatch.technicians.models import Technician
from grids.importing import import_grids
from grids.models import AreaKind, ServiceArea
from grids.service import create_area, locate_many

PEOPLE = 60
ZONE = "America/Vancouver"
LATER = datetime(2022, 11, 5, 20, tzinfo=UTC)
"""When the month is judged: the days in which a fault may come back are over."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class City:
    """An area, its people, and places (lon, lat) by grid."""

    area: ServiceArea
    people: Sequence[UUID]
    places: Mapping[UUID, Sequence[Point]]
    faults: Mapping[str, FaultType]

    @property
    def grids(self) -> list[UUID]:
        """The grids where somebody reported something."""
        return list(self.places)


def points_of(data: Path) -> list[Point]:
    """Where people reported something, in the order of the file."""
    with (data / "orders_2022-09.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        return [(float(r["longitude"]), float(r["latitude"])) for r in rows if r["longitude"] and r["latitude"]]


async def make_city(session: AsyncSession, data: Path) -> City:
    """The area out of `data`, the folder of the real city."""
    area = await create_area(session, "fair", "Vancouver", ZONE, AreaKind.TRIAL)
    await install_defaults(session, area)
    await import_grids(session, area, data / "grids.geojson", "name")
    points = points_of(data)
    places: dict[UUID, list[Point]] = defaultdict(list)
    for point, grid in zip(points, await locate_many(session, area.id, points), strict=True):
        if grid is not None:
            places[grid].append(point)
    people = [
        Technician(area_id=area.id, employee_number=f"F{number:03}", name=f"Technician {number:03}")
        for number in range(PEOPLE)
    ]
    session.add_all(people)
    area.clock_real_anchor, area.clock_area_anchor, area.clock_speed = LATER, LATER, 0.0
    await session.flush()
    faults = await session.scalars(select(FaultType).where(FaultType.area_id.is_(None)))
    known = {fault.code: fault for fault in faults}
    order = sorted(places, key=lambda grid: (-len(places[grid]), str(grid)))
    return City(area, [one.id for one in people], {grid: places[grid] for grid in order}, known)
