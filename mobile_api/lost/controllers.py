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
from kit.http import Struct, credentials
from mobile_api.lost import service
from mobile_api.schemas import WipedRequest

MAY = (Role.DISPATCHER, Role.GRID_LEAD, Role.ADMINISTRATOR)


class PhoneOut(Struct):
    """A sign-in of a technician. `unsent` is how many acts and photos it had not sent when it wiped itself."""

    id: UUID
    since: datetime
    used_at: datetime | None
    signed_out_at: datetime | None
    wiped_at: datetime | None
    unsent: int | None


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


ROUTES = (TechnicianPhonesController, WipedController)
