"""Which windows an order truly fits, priced by the optimizer on the day as it stands, and booking one.

A window fits where the order, promised for it, has a place in somebody's route that breaks no rule. Booking rebooks the
order and puts it in that place, in one transaction and one area at a time: of two links that race for the last place
one gets it, and the other is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from citymap.travel import TravelSource
from dispatch.orders.models import Order
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from dispatch.planning import repository
from dispatch.planning.board.board import Board
from dispatch.planning.board.board_cache import load_board
from dispatch.planning.board.moves import make_move
from dispatch.planning.board.pricing import Move, price
from grids.models import ServiceArea
from grids.service import local_day
from kit.actor import SYSTEM
from kit.errors import Conflict
from optimizer.advice.best_insertion import Inserter
from optimizer.evaluation.delta import Ledger
from optimizer.problem import TimeWindow

STARTS = (8, 10, 12, 14, 16, 18)
HOURS = 2
DAYS = 2
"""Today and so many days in all are looked at."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A window that fits, with whom, and what it costs the day."""

    start: datetime
    end: datetime
    technician_id: UUID
    price: float


def slots(area: ServiceArea, on: date, after: datetime) -> list[tuple[datetime, datetime]]:
    """The windows of a local day that begin after a moment."""
    zone = ZoneInfo(area.timezone)
    starts = [datetime.combine(on, time(hour), zone) for hour in STARTS]
    return [(start, start + timedelta(hours=HOURS)) for start in starts if start > after]


def fits_on(board: Board, order_id: UUID, wanted: Sequence[tuple[datetime, datetime]]) -> list[Fit]:
    """Those windows in which the order has a place on this day. Heavy: call in a thread."""
    order, visit_id = board.orders.get(order_id), str(order_id)
    if order is None or order.started or visit_id not in board.ledger.visits:
        return []
    without = board.ledger.plan()
    edit = board.ledger.without(visit_id)
    priced = board.ledger.priced(edit, force=True) if edit else None
    if priced is not None:
        ledger = Ledger(board.problem, without)
        ledger.take(priced)
        without = ledger.plan()
    found = []
    for start, end in wanted:
        window = TimeWindow(board.day.span.seconds(start), board.day.span.seconds(end))
        visits = tuple(
            replace(visit, windows=(window,), pin=None) if visit.id == visit_id else visit
            for visit in board.problem.visits
        )
        places = Inserter(replace(board.problem, visits=visits), without).best(visit_id, 1)
        if places:
            found.append(Fit(start, end, UUID(places[0].technician_id), places[0].price))
    return found


async def fitting(session: AsyncSession, area: ServiceArea, order: Order, travel: TravelSource | None) -> list[Fit]:
    """The windows of today and tomorrow that fit an order, by time."""
    found: list[Fit] = []
    today, now = local_day(area), area.clock.now()
    for on in (today + timedelta(days=ahead) for ahead in range(DAYS)):
        board = await load_board(session, area, on, travel)
        found += await asyncio.to_thread(fits_on, board, order.id, slots(area, on, now))
    return [fit for fit in found if (fit.start, fit.end) != (order.appointment_start, order.appointment_end)]


async def book(
    session: AsyncSession, area: ServiceArea, order: Order, start: datetime, travel: TravelSource | None
) -> Fit:
    """Rebook an order to a window and hold its place. Raises `Conflict` where the window fits no longer."""
    await repository.lock_area(session, area.id)
    on = local_day(area, start)
    board = await load_board(session, area, on, travel)
    wanted = [slot for slot in slots(area, on, area.clock.now()) if slot[0] == start]
    fits = await asyncio.to_thread(fits_on, board, order.id, wanted)
    if not fits:
        raise Conflict("page.window_taken")
    (fit,) = fits
    rebook = acts.Rebook(window_start=fit.start, window_end=fit.end, by="subscriber")
    await apply(session, SYSTEM, order.id, rebook)
    board = await load_board(session, area, on, travel)
    offer = price(board, Move(order.id, fit.technician_id, None))
    if not offer.allowed:
        raise Conflict("page.window_taken")
    await make_move(session, SYSTEM, area, on, travel, offer.move, offer.version, "en")
    return fit
