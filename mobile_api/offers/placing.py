"""Work that was taken gets the place in the route that its offer named."""

from __future__ import annotations

from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.osrm.client import RoadsClient
from citymap.travel import TravelSource
from dispatch.orders.models import Order, Status
from dispatch.planning.access import roads_of
from dispatch.planning.board.placing import place_after
from grids.service import area_by_id, local_day
from kit.actor import SYSTEM
from kit.errors import Problem
from mobile_api.offers.models import PhoneOffer

log = structlog.get_logger()


async def place(session: AsyncSession, offer_id: UUID, roads: RoadsClient | TravelSource | None) -> bool:
    """Plan the visit of an accepted offer behind the visits that it was priced behind.

    False where that is no longer to be done: its technician has not got it any more, has set off, or a planner has
    given it a place meanwhile. It then stays among the work that waits in their route.
    """
    offer = await session.get(PhoneOffer, offer_id, with_for_update=True)
    if offer is None or offer.state != "accepted":
        return False
    order = await session.get_one(Order, offer.order_id)
    if order.owner_id != offer.technician_id or order.status is not Status.ACCEPTED:
        return False
    area = await area_by_id(session, order.area_id)
    ahead = [UUID(one) for one in offer.ahead]
    try:
        travel = await roads_of(session, area, roads)
        async with session.begin_nested():
            return await place_after(
                session, SYSTEM, area, local_day(area), travel, order.id, offer.technician_id, ahead
            )
    except Problem as problem:
        log.info("offer.not_placed", order=str(order.id), code=problem.code)
        return False
