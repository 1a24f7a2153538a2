"""What urgent work costs a technician's day: the board's own price, cut down to what they need to know."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.osrm.client import RoadsClient
from dispatch.planning.access import roads_of
from dispatch.planning.board.board_cache import load_board
from dispatch.planning.board.pricing import Move, price
from dispatch.planning.board.wording import Speaker
from grids.models import ServiceArea
from grids.service import local_day
from kit.errors import Problem
from mobile_api.day.schemas import LaterVisit, OfferPrice

log = structlog.get_logger()
UNKNOWN = OfferPrice(minutes=0, later_visits=[], known=False)


@dataclass(frozen=True, slots=True)
class Priced:
    """A price, and the orders that come before the work at the place that has this price."""

    price: OfferPrice
    ahead: tuple[UUID, ...] = ()


async def price_for(
    session: AsyncSession, area: ServiceArea, order_id: UUID, technician_id: UUID, roads: RoadsClient | None
) -> Priced:
    """The cheapest place in the technician's route: minutes more on the road, and who is visited later for it.

    Not `known` where the board cannot say it: no roads, no shift, or the order has no place.
    """
    try:
        travel = await roads_of(session, area, roads)
        board = await load_board(session, area, local_day(area), travel)
        offer = await asyncio.to_thread(price, board, Move(order_id, technician_id))
    except Problem as problem:
        log.info("offer.no_price", order=str(order_id), code=problem.code)
        return Priced(UNKNOWN)
    if offer.priced is None:
        return Priced(UNKNOWN)
    speaker = Speaker(board, "en")
    later = []
    for stop in speaker.changes(offer.priced, speaker.late(offer.priced)):
        if stop.order_id == order_id or stop.start is None or stop.previous_start is None:
            continue
        minutes = round((stop.start - stop.previous_start).total_seconds() / 60)
        if minutes > 0:
            later.append(LaterVisit(number=stop.number, minutes=minutes, after_window=stop.becomes_late))
    sequence = offer.sequences[str(technician_id)]
    ahead = sequence[: sequence.index(str(order_id))]
    known = OfferPrice(minutes=max(0, -(-offer.priced.travel_seconds // 60)), later_visits=later)
    return Priced(known, tuple(UUID(one) for one in ahead))
