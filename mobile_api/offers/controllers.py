"""Offers over HTTP: a dispatcher makes them, a technician answers."""

from __future__ import annotations

from uuid import UUID

from litestar import Controller, post
from litestar.datastructures import State
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders import repository as orders
from dispatch.orders.models import Status
from dispatch.technicians.service import technician_by_id
from grids.service import area_by_id
from kit.actor import Actor, Role
from kit.errors import Conflict
from kit.http.requests import Struct
from mobile_api.day.route import technician_of
from mobile_api.day.schemas import OfferPrice
from mobile_api.offers import service
from mobile_api.offers.pricing import price_for
from mobile_api.receipts import order_now
from mobile_api.schemas import OfferAnswer, OfferAnswerRequest


class OfferIn(Struct):
    """To whom."""

    technician_id: UUID


class OfferedOut(Struct):
    """The offer, with the price its technician sees; `id` null where it was offered to them already."""

    id: UUID | None
    price: OfferPrice


class OfferController(Controller):
    """What the technician says to an offer."""

    path = "/api/mobile/offers/{offer_id:uuid}"
    tags = ("mobile",)

    @post(operation_id="answerOffer", summary="Take or decline an offer", status_code=200)
    async def answer(
        self, session: AsyncSession, actor: Actor, offer_id: FromPath[UUID], data: OfferAnswerRequest
    ) -> OfferAnswer:
        """Accepting accepts the order. An answer that comes too late says so; nobody is charged for declining."""
        technician_id = technician_of(actor)
        state, order = await service.answer(session, actor, technician_id, offer_id, data.answer)
        return OfferAnswer(id=offer_id, state=state, order=order_now(order, technician_id))


class OrderOfferController(Controller):
    """What a dispatcher offers."""

    path = "/api/orders/{order_id:uuid}/offers"
    tags = ("orders",)

    @post(operation_id="offerOrder", summary="Offer an order to a technician")
    async def offer(
        self, session: AsyncSession, actor: Actor, state: State, order_id: FromPath[UUID], data: OfferIn
    ) -> OfferedOut:
        """An order without an owner, or one that its owner has not accepted; it stays where it is until it is taken."""
        actor.require(Role.DISPATCHER, Role.GRID_LEAD, Role.ADMINISTRATOR)
        order = await orders.get(session, actor, order_id, lock=True)
        technician = await technician_by_id(session, actor, data.technician_id)
        mine = order.status is Status.DISPATCHED and order.owner_id == technician.id
        if technician.area_id != order.area_id or not (order.status is Status.REPORTED or mine):
            raise Conflict("mobile.not_to_offer", number=order.number, status=order.status.value)
        area = await area_by_id(session, order.area_id)
        priced = await price_for(session, area, order.id, technician.id, state.roads)
        made = await service.make_offer(
            session, order, technician.id, priced.price, by=actor.account_id, now=area.clock.now(), ahead=priced.ahead
        )
        return OfferedOut(id=made, price=priced.price)


ROUTES = (OfferController, OrderOfferController)
