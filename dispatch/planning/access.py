"""Who may read and who may plan, and what every answer of planning needs to know of the asker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.datastructures import State
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.osrm.client import RoadsClient
from citymap.service import road_travel
from citymap.travel import StraightLineTravel, TravelSource
from dispatch.planning import repository
from grids.models import ServiceArea
from grids.service import area_by_id, local_day
from kit.actor import Actor, Role
from kit.i18n import language_of

READERS = (
    Role.AGENT,
    Role.DISPATCHER,
    Role.GRID_LEAD,
    Role.INSPECTOR,
    Role.MANAGER,
    Role.OBSERVER,
    Role.ADMINISTRATOR,
)
PLANNERS = (Role.DISPATCHER, Role.GRID_LEAD, Role.ADMINISTRATOR)

Sees = Callable[[UUID], bool]


def spoken(request: Request[Any, Any, Any]) -> str:
    """The language of the answer."""
    return language_of(request.headers.get("accept-language"))


def doer_of(actor: Actor) -> Actor:
    """In whose name a plan changes owners: whoever publishes it or takes it back."""
    return actor.in_their_name()


async def planner_of(session: AsyncSession, actor: Actor, area_id: UUID, on: date | None) -> tuple[ServiceArea, date]:
    """The area of one who may plan it, and the day meant: the area's today if none is named."""
    actor.require(*PLANNERS)
    actor.require_area(area_id)
    area = await area_by_id(session, area_id)
    return area, on or local_day(area)


async def roads_of(
    session: AsyncSession,
    area: ServiceArea,
    roads: RoadsClient | TravelSource | None,
    allow_straight_line: bool = False,
) -> TravelSource | None:
    """The travel times of the city's own map; a straight line where there is none and that is allowed. Travel times
    that are given are taken as they are.
    """
    if roads is not None and not isinstance(roads, RoadsClient):
        return roads
    found = None if roads is None else await road_travel(session, area.id, roads)
    if found is None and (allow_straight_line or area.straight_line_allowed):
        return StraightLineTravel()
    return found


async def travel_of(session: AsyncSession, state: State, area: ServiceArea) -> TravelSource | None:
    """`roads_of` for a request."""
    return await roads_of(session, area, state.roads)


async def seen_by(session: AsyncSession, actor: Actor, area_id: UUID) -> tuple[Sees, Sees]:
    """Which orders and which technicians of an area the actor may see."""
    if actor.trusted or (actor.scope.grids is None and actor.scope.contractor is None):
        return (lambda _: True), (lambda _: True)
    orders, people = await repository.seen_by(session, actor, area_id)
    return orders.__contains__, people.__contains__
