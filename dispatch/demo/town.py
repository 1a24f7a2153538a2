"""The demo's town: its houses by grid, its people by day, and the two moments at which its day begins."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from citymap.demo_city import DemoPlace
from dispatch.demo.scripts import Person
from dispatch.technicians.service import shifts_on
from grids.models import ServiceArea
from grids.service import locate_many

CODE = "demo"
"""The code of the demo's service area."""
NOW = time(10, 40)
"""Where the demo's day stands when it is opened."""
OPENING = time(7, 50)
"""When the dispatcher plans the day."""


class Town:
    """The demo's houses by grid, and draws of its own."""

    def __init__(self, area: ServiceArea, houses: dict[UUID, list[DemoPlace]], seed: int) -> None:
        self.area = area
        self.houses = houses
        self.seed = seed
        self.zone = ZoneInfo(area.timezone)

    def house(self, draw: random.Random, grid_id: UUID) -> DemoPlace:
        """Some house of a grid."""
        return draw.choice(self.houses[grid_id])

    def at(self, day: date, clock: time) -> datetime:
        """A local time of day as an instant."""
        return datetime.combine(day, clock, self.zone)

    def draw(self, day: date) -> random.Random:
        """The draws of one day."""
        return random.Random(f"{self.seed}:{day.isoformat()}")  # noqa: S311 - a demo wants repeatable draws


async def people_on(session: AsyncSession, town: Town, day: date) -> dict[UUID, list[Person]]:
    """Who works on a day, by the grid their day starts in."""
    shifts = await shifts_on(session, town.area.id, day)
    grids = await locate_many(session, town.area.id, [shift.start_point for shift in shifts])
    found: dict[UUID, list[Person]] = {}
    for shift, grid_id in zip(shifts, grids, strict=True):
        if grid_id is not None:
            person = Person(shift.technician_id, shift.start, shift.end, shift.start)
            found.setdefault(grid_id, []).append(person)
    everybody = [person for people in found.values() for person in people]
    return {grid_id: found.get(grid_id) or everybody[:2] for grid_id in town.houses}


async def houses_by_grid(
    session: AsyncSession, area: ServiceArea, places: Sequence[DemoPlace]
) -> dict[UUID, list[DemoPlace]]:
    """The houses in which somebody may report, by the grid they lie in."""
    found: dict[UUID, list[DemoPlace]] = {}
    grids = await locate_many(session, area.id, [place.point for place in places])
    for place, grid_id in zip(places, grids, strict=True):
        if grid_id is not None:
            found.setdefault(grid_id, []).append(place)
    return found
