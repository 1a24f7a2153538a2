"""Offering work, and taking the answer.

Urgent work is dispatched to its technician at once, and offered with its price while they have not accepted it. A
dispatcher may offer any open order to somebody. Whoever declines does not lose points for it: the order goes to the
next one who can, or back into the dispatcher's queue. What is taken gets the place in the route that was priced: by
the worker, a moment later, since the board is too heavy for a phone to wait for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.models import Order, Status
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from dispatch.planning.dispatching.auto_dispatch import pass_on
from grids.service import area_by_id
from kit.actor import SYSTEM, Actor
from kit.errors import Conflict, Forbidden, NotFound
from kit.geo import lonlat_of
from kit.ids import uuid7
from kit.jobs import defer
from kit.live import announce
from mobile_api.day.schemas import FaultTypeView, OfferPrice, OfferView
from mobile_api.offers.models import PhoneOffer
from mobile_api.push import service as push

HOLDS_FOR = timedelta(minutes=15)
State = Literal["accepted", "declined", "expired", "gone"]
_OPEN = text(
    """
    SELECT p.id, p.order_id, p.price, p.offered_at, p.expires_at, o.number, o.level, o.fault_type, o.address,
           ST_X(o.point) AS lon, ST_Y(o.point) AS lat, coalesce(o.technician_due_at, o.due_at) AS due_at,
           f.en, f.zh
    FROM phone_offers p JOIN orders o ON o.id = p.order_id
    LEFT JOIN LATERAL (
        SELECT f.en, f.zh FROM fault_types f WHERE f.code = o.fault_type
          AND (f.area_id = o.area_id OR f.area_id IS NULL) ORDER BY f.area_id NULLS LAST LIMIT 1
    ) AS f ON true
    WHERE p.technician_id = :technician AND p.state = 'open'
      AND (o.status = 'reported' OR (o.status = 'dispatched' AND o.owner_id = p.technician_id))
    ORDER BY p.expires_at, p.id
    """
)


async def open_offers(session: AsyncSession, technician_id: UUID) -> list[OfferView]:
    """What is offered to a technician and can still be taken; the phone drops what has expired by its own clock."""
    rows = (await session.execute(_OPEN, {"technician": technician_id})).all()
    return [_view(row) for row in rows]


async def make_offer(
    session: AsyncSession,
    order: Order,
    technician_id: UUID,
    price: OfferPrice,
    *,
    by: UUID | None,
    now: datetime,
    ahead: Sequence[UUID] = (),
) -> UUID | None:
    """Offer an order; its technician's browsers are woken. None where it is offered to them already.

    `ahead` are the orders that come before it at the place that has this price.
    """
    expires = now + HOLDS_FOR
    if order.accept_due_at is not None and order.owner_id == technician_id:
        expires = max(order.accept_due_at, now + timedelta(minutes=1))
    given = {
        "id": uuid7(), "order_id": order.id, "technician_id": technician_id, "state": "open", "offered_by": by,
        "price": msgspec.to_builtins(price), "ahead": [str(one) for one in ahead], "offered_at": now,
        "expires_at": expires,
    }  # fmt: skip
    made = await session.execute(insert(PhoneOffer).values(**given).on_conflict_do_nothing().returning(PhoneOffer.id))
    offer_id: UUID | None = made.scalar_one_or_none()
    if offer_id is not None:
        await push.wake(session, technician_id, "offer", offer_id)
        await announce(session, order.area_id, "offer", order.id)
    return offer_id


async def answer(
    session: AsyncSession, actor: Actor, technician_id: UUID, offer_id: UUID, said: Literal["accept", "decline"]
) -> tuple[State, Order]:
    """Take or decline an offer. The same answer again is answered the same. Raises `NotFound` for another's offer."""
    query = select(PhoneOffer).where(PhoneOffer.id == offer_id, PhoneOffer.technician_id == technician_id)
    offer = (await session.execute(query.with_for_update())).scalar_one_or_none()
    if offer is None:
        raise NotFound("mobile.offer_not_found")
    order = await session.get_one(Order, offer.order_id)
    now = (await area_by_id(session, order.area_id)).clock.now()
    if offer.state == "open":
        offer.state = await _settle(session, actor, offer, order, said, now)
        offer.answered_at = now
        await session.flush()
        if offer.state == "accepted" and offer.price.get("known"):
            await defer(session, "mobile.place_offer", queueing_lock=f"place offer {offer.id}", offer_id=str(offer.id))
        await announce(session, order.area_id, "offer", order.id)
    order = await session.get_one(Order, offer.order_id, populate_existing=True)
    state: State = offer.state  # type: ignore[assignment]
    return state, order


async def expire(session: AsyncSession, area_id: UUID, now: datetime) -> int:
    """Close the offers of an area that nobody took in time. Returns how many."""
    done = await session.execute(
        text(
            "UPDATE phone_offers p SET state = 'expired', answered_at = :now FROM orders o WHERE o.id = p.order_id"
            " AND o.area_id = :area AND p.state = 'open' AND p.expires_at <= :now RETURNING p.id"
        ),
        {"area": area_id, "now": now},
    )
    return len(done.all())


async def _settle(
    session: AsyncSession, actor: Actor, offer: PhoneOffer, order: Order, said: str, now: datetime
) -> State:
    owned = order.status is Status.DISPATCHED and order.owner_id == offer.technician_id
    if not owned and (order.status is not Status.REPORTED or offer.offered_by is None):
        return "gone"
    if not owned and now > offer.expires_at:
        return "expired"
    try:
        async with session.begin_nested():
            if said == "decline":
                if owned:
                    await pass_on(session, order.id, "declined")
                return "declined"
            if not owned:
                given = acts.Dispatch(technician_id=offer.technician_id, why="offer")
                await apply(session, SYSTEM, order.id, given)
            await apply(session, actor, order.id, acts.Accept(), technician_id=offer.technician_id)
            return "accepted"
    except (Conflict, Forbidden, NotFound):  # somebody was quicker
        return "gone"


def _view(row: Row[Any]) -> OfferView:
    return OfferView(
        id=row.id,
        order_id=row.order_id,
        number=row.number,
        level=row.level,
        fault_type=FaultTypeView(code=row.fault_type, en=row.en or row.fault_type, zh=row.zh or row.fault_type),
        address=row.address,
        point=lonlat_of(row.lon, row.lat),
        due_at=row.due_at,
        price=msgspec.convert(row.price, OfferPrice),
        offered_at=row.offered_at,
        expires_at=row.expires_at,
    )
