"""What a subscriber's link shows and does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.travel import TravelSource
from dispatch.callbacks import service as callbacks
from dispatch.callbacks.models import CallbackAttempt, Reached, Satisfaction
from dispatch.notices import links
from dispatch.orders import photos
from dispatch.orders import repository as orders
from dispatch.orders.models import Order, Status
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from dispatch.outages.models import Outage, OutageStatus
from dispatch.outages.service import still_broken as contradict
from dispatch.planning.board.board_cache import load_board
from dispatch.planning.day.timed_stops import timed_stops
from dispatch.policies.service import policy_at
from dispatch.subscriber_page.windows import Fit, book, fitting
from dispatch.technicians.models import Position, Technician
from grids.models import ServiceArea
from grids.service import area_by_id, local_day
from kit.actor import SYSTEM
from kit.errors import Conflict, NotFound, Problem
from kit.ids import uuid7

MAY_CHANGE = (Status.REPORTED, Status.DISPATCHED, Status.ACCEPTED)
MAY_CANCEL = (*MAY_CHANGE, Status.SUSPENDED)
MAY_REBOOK = (Status.DISPATCHED, Status.ACCEPTED)
WAITS_FOR_RATING = (Status.COMPLETED, Status.CLOSED)
CANCELLED_BECAUSE = "subscriber_wish"
POSITION_HOLDS = timedelta(minutes=15)
"""An older position says nothing about when somebody arrives."""
LEAST_BAND = timedelta(minutes=5)
MOST_PHOTOS = 5


@dataclass(slots=True)
class Shown:
    """What the page shows."""

    order: Order
    area: ServiceArea
    technician: Technician | None = None
    estimate: tuple[datetime, datetime] | None = None
    """Between which times they arrive, while they are on the way and their position is known."""
    windows: list[Fit] = field(default_factory=list)
    may_rate: bool = False
    outage: Outage | None = None
    """The outage that the order belongs to."""
    may_contradict: bool = False
    """The outage is said to be over, and they may say that it is not."""


async def open_link(session: AsyncSession, token: str, *, lock: bool = False) -> tuple[Order, ServiceArea]:
    """The order of a link. Raises `NotFound`, the same for whatever is wrong with it."""
    order_id = await links.order_of(session, token)
    if order_id is None:
        raise NotFound("page.gone")
    order = await orders.get(session, SYSTEM, order_id, lock=lock)
    area = await area_by_id(session, order.area_id)
    now = area.clock.now()
    ended = order.closed_at or (order.cancelled_at if order.status is Status.CANCELLED else None)
    limits = (await policy_at(session, area.id, now)).limits
    if ended is not None and ended + timedelta(seconds=limits.subscriber_link_seconds) <= now:
        raise NotFound("page.gone")
    return order, area


async def shown(session: AsyncSession, token: str, travel: TravelSource | None, *, windows: bool) -> Shown:
    """What the page of a link shows; with `windows` the ones that fit, which takes the day's board."""
    order, area = await open_link(session, token)
    page = Shown(order, area)
    if order.owner_id is not None and order.status not in (Status.CANCELLED, Status.MERGED):
        page.technician = await session.get(Technician, order.owner_id)
    if order.status is Status.EN_ROUTE:
        page.estimate = await _estimate(session, area, order, travel)
    if windows and order.status in MAY_REBOOK:
        try:
            page.windows = await fitting(session, area, order, travel)
        except Problem:  # no roads, no roster: nothing can be offered, and the page says so
            page.windows = []
    page.may_rate = await _may_rate(session, order)
    if order.outage_id is not None:
        page.outage = await session.get_one(Outage, order.outage_id)
        page.may_contradict = order.status is Status.MERGED and page.outage.status is OutageStatus.RESTORED
    return page


async def _estimate(
    session: AsyncSession, area: ServiceArea, order: Order, travel: TravelSource | None
) -> tuple[datetime, datetime] | None:
    """Between which times the technician arrives, by where they are now and what is left of their route."""
    now = area.clock.now()
    newest = select(func.max(Position.occurred_at)).where(Position.technician_id == order.owner_id)
    seen = await session.scalar(newest)
    if seen is None or not now - POSITION_HOLDS <= seen <= now + POSITION_HOLDS:
        return None
    try:
        board = await load_board(session, area, local_day(area), travel)
    except Problem:
        return None
    route = board.ledger.routes.get(str(order.owner_id))
    stop = next((one for one in timed_stops(board.day.span, route) if one.order_id == order.id), None)
    if stop is None:
        return None
    left = max(stop.arrival, now) - now
    band = max(LEAST_BAND, left / 4)
    return max(now, now + left - band / 2), now + left + band


async def _may_rate(session: AsyncSession, order: Order) -> bool:
    """Whether an answer counts: the work is done and nobody has answered for it yet."""
    if order.status not in WAITS_FOR_RATING or order.satisfied is not None:
        return False
    answered = select(CallbackAttempt.id).where(
        CallbackAttempt.order_id == order.id, CallbackAttempt.round == order.reworks,
        CallbackAttempt.reached == Reached.ANSWERED,
    )  # fmt: skip
    return (await session.execute(answered.limit(1))).first() is None


# --- what they may do -------------------------------------------------------------------------------------------------


async def cancel(session: AsyncSession, token: str) -> None:
    """Cancel the order, by its subscriber's wish. Raises `Conflict` once somebody is on the way."""
    order, _ = await open_link(session, token, lock=True)
    if order.status not in MAY_CANCEL:
        raise Conflict("page.too_late")
    await apply(session, SYSTEM, order.id, acts.Cancel(reason=CANCELLED_BECAUSE))


async def still_broken(session: AsyncSession, token: str) -> None:
    """Say that an outage that is over is not over here. Raises `Conflict` where the order is no part of one."""
    order, _ = await open_link(session, token)
    await contradict(session, order)


async def note(session: AsyncSession, token: str, words: str) -> None:
    """Leave a note on the order. Raises `Conflict` for an empty one or an order that is over."""
    order, _ = await open_link(session, token, lock=True)
    if not words.strip() or order.status in (Status.CLOSED, Status.CANCELLED, Status.MERGED):
        raise Conflict("page.note")
    await apply(session, SYSTEM, order.id, acts.Note(note=words.strip()[:1000], evidence={"from": "subscriber"}))


async def photo(session: AsyncSession, token: str, content: bytes, most: int) -> UUID:
    """Attach a picture. Raises what `store_photo` raises, `Conflict` for one too many."""
    order, _ = await open_link(session, token, lock=True)
    mine = [one for one in await orders.photos(session, order.id) if one.kind == "subscriber"]
    if order.status not in (*MAY_CANCEL, Status.EN_ROUTE, Status.ON_SITE) or len(mine) >= MOST_PHOTOS:
        raise Conflict("page.photos", most=MOST_PHOTOS)
    photo_id = uuid7()
    await apply(session, SYSTEM, order.id, acts.Attach(photo_id=photo_id, kind="subscriber"))
    await session.flush()
    await photos.store_photo(session, SYSTEM, photo_id, content, max_bytes=most, order_id=order.id, kind="subscriber")
    return photo_id


async def rebook(session: AsyncSession, token: str, start: datetime, travel: TravelSource | None) -> Fit:
    """Take another window. Raises `Conflict` where it is taken meanwhile, or too late for a change."""
    order, area = await open_link(session, token)
    if order.status not in MAY_REBOOK:
        raise Conflict("page.too_late")
    return await book(session, area, order, start, travel)


async def rate(session: AsyncSession, token: str, *, solved: bool, satisfaction: Satisfaction, words: str) -> None:
    """Keep the subscriber's answer. It counts as their call back: satisfied closes, anything else is gone after."""
    order, area = await open_link(session, token, lock=True)
    if not await _may_rate(session, order):
        raise Conflict("page.rated")
    good = solved and satisfaction in (Satisfaction.VERY_SATISFIED, Satisfaction.SATISFIED)
    answer = callbacks.Answer(
        Reached.ANSWERED, solved, satisfaction, () if good else ("other",), words.strip()[:1000] or None
    )
    await callbacks.answer_by_link(session, order, area, answer)
