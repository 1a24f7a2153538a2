"""Lost phones over HTTP: for the console, and for the phone itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.technicians.service import technician_by_id
from kit.actor import Actor, Role
from kit.http.requests import Struct, credentials
from mobile_api.day.route import technician_of
from mobile_api.lost import service
from mobile_api.schemas import StoreLostRequest, WipedRequest

MAY = (Role.DISPATCHER, Role.GRID_LEAD, Role.ADMINISTRATOR)


class PhoneOut(Struct):
    """A sign-in of a technician. `unsent` is how many acts and photos it had not sent when it wiped itself;
    `store_lost_at` when it last told that its browser had thrown away what it kept.
    """

    id: UUID
    since: datetime
    used_at: datetime | None
    signed_out_at: datetime | None
    wiped_at: datetime | None
    unsent: int | None
    store_lost_at: datetime | None


class SignOutIn(Struct):
    """One of the phones, or all of them (null)."""

    phone_id: UUID | None = None


class SignOutAnswer(Struct):
    """How many were signed out."""

    signed_out: int


class TechnicianPhonesController(Controller):
    """The phones of a technician, for those who look after them."""

    path = "/api/technicians/{technician_id:uuid}/phones"
    tags = ("technicians",)

    @get(operation_id="listPhones", summary="Where a technician is signed in")
    async def find(self, session: AsyncSession, actor: Actor, technician_id: FromPath[UUID]) -> list[PhoneOut]:
        """Those signed in and those signed out as lost, the newest first."""
        actor.require(*MAY)
        technician = await technician_by_id(session, actor, technician_id)
        return [
            PhoneOut(
                id=phone.id, since=phone.since, used_at=phone.used_at, signed_out_at=phone.signed_out_at,
                wiped_at=phone.wiped_at, unsent=phone.unsent,
                store_lost_at=phone.store_lost_at,
            )
            for phone in await service.phones_of(session, technician.id)
        ]  # fmt: skip

    @post("/sign-out", operation_id="signPhoneOut", summary="Sign a lost phone out", status_code=200)
    async def sign_out(
        self, session: AsyncSession, actor: Actor, technician_id: FromPath[UUID], data: SignOutIn
    ) -> SignOutAnswer:
        """It gets nothing more from this moment, and wipes itself when it next asks. A phone that never asks again
        keeps what is on it.
        """
        actor.require(*MAY)
        technician = await technician_by_id(session, actor, technician_id)
        return SignOutAnswer(signed_out=await service.sign_out(session, technician.id, data.phone_id))


class WipedController(Controller):
    """What a phone says once it has wiped itself."""

    path = "/api/mobile/wiped"
    tags = ("mobile",)

    @post(operation_id="phoneWiped", summary="The phone has wiped itself", status_code=204, per_minute=120)
    async def wiped(self, session: AsyncSession, request: Request[Any, Any, Any], data: WipedRequest) -> None:
        """Shown with the cookie or token that was signed out; how much had not been sent. Any other is not kept."""
        bearer, cookie = credentials(request)
        await service.was_wiped(session, bearer or cookie, data.unsent)


class StoreLostController(Controller):
    """What a phone says that finds its store empty."""

    path = "/api/mobile/store-lost"
    tags = ("mobile",)

    @post(operation_id="phoneStoreLost", summary="The phone has lost what it kept", status_code=204)
    async def lost(
        self, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any], data: StoreLostRequest
    ) -> None:
        """What had not been sent by then is gone, and the dispatcher is told. The same id again counts once."""
        technician_id = technician_of(actor)
        bearer, cookie = credentials(request)
        await service.store_lost(session, actor, technician_id, data.id, bearer or cookie)


class LossOut(Struct):
    """A phone that lost what it kept, and perhaps work that was not sent."""

    id: UUID
    technician_id: UUID
    technician_name: str
    at: datetime


class LossController(Controller):
    """Phones that lost what they kept, for the console."""

    path = "/api"
    tags = ("technicians",)

    @get("/areas/{area_id:uuid}/lost-stores", operation_id="listLostStores", summary="Phones that lost what they kept")
    async def find(self, session: AsyncSession, actor: Actor, area_id: FromPath[UUID]) -> list[LossOut]:
        """Those that nobody has dealt with, the oldest first, at most 200."""
        actor.require(*MAY)
        actor.require_area(area_id)
        return [
            LossOut(id=one.id, technician_id=one.technician_id, technician_name=one.technician_name, at=one.at)
            for one in await service.losses(session, actor, area_id)
        ]

    @post("/lost-stores/{loss_id:uuid}/settle", operation_id="settleLostStore", summary="Settle one", status_code=204)
    async def settle(self, session: AsyncSession, actor: Actor, loss_id: FromPath[UUID]) -> None:
        """The card is put away; the technician's phones still show when it was."""
        actor.require(*MAY)
        await service.settle_loss(session, actor, loss_id)


ROUTES = (TechnicianPhonesController, WipedController, StoreLostController, LossController)
