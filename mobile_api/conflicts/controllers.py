"""Conflicts over HTTP, for the console."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders import repository as orders
from kit.actor import Actor, Personal, Role
from kit.clock import real_now
from kit.errors import NotFound
from kit.http.requests import Struct
from kit.live import announce
from kit.privacy import Private
from mobile_api.conflicts import repository
from mobile_api.models import PhoneAct

READERS = (Role.DISPATCHER, Role.GRID_LEAD, Role.INSPECTOR, Role.MANAGER, Role.ADMINISTRATOR)
SETTLERS = (Role.DISPATCHER, Role.GRID_LEAD, Role.ADMINISTRATOR)


class ConflictOut(Struct):
    """Both facts: what the technician did, and where the order stands. `act` is what was sent, whole."""

    id: UUID
    order_id: UUID
    number: str
    status: str
    owner_id: UUID | None
    owner_name: str | None
    technician_id: UUID
    technician_name: str
    type: str
    occurred_at: datetime
    received_at: datetime
    act: Annotated[dict[str, Any], Private(Personal.SUBSCRIBER)]


class ConflictController(Controller):
    """Work on orders that were taken away, cancelled or closed meanwhile."""

    path = "/api"
    tags = ("orders",)

    @get("/areas/{area_id:uuid}/phone-conflicts", operation_id="listPhoneConflicts", summary="Work that came too late")
    async def find(self, session: AsyncSession, actor: Actor, area_id: FromPath[UUID]) -> list[ConflictOut]:
        """Those that nobody has settled, the oldest first, at most 200. Nothing of them was applied or lost."""
        actor.require(*READERS)
        actor.require_area(area_id)
        return [
            ConflictOut(
                id=row.id, order_id=row.order_id, number=row.number, status=row.status.value, owner_id=row.owner_id,
                owner_name=row.owner_name, technician_id=row.technician_id, technician_name=row.technician_name,
                type=row.type, occurred_at=row.occurred_at, received_at=row.received_at, act=row.body.get("act", {}),
            )
            for row in await repository.open_conflicts(session, actor, area_id)
        ]  # fmt: skip

    @post(
        "/phone-conflicts/{act_id:uuid}/settle",
        operation_id="settlePhoneConflict",
        summary="Settle one",
        status_code=204,
    )
    async def settle(self, session: AsyncSession, actor: Actor, act_id: FromPath[UUID]) -> None:
        """The card is put away; what was sent stays in the order's story."""
        actor.require(*SETTLERS)
        act = await session.get(PhoneAct, act_id)
        if act is None or act.order_id is None:
            raise NotFound("mobile.conflict_not_found")
        order = await orders.get(session, actor, act.order_id)
        if not await repository.settle(session, act_id, actor.account_id, real_now()):
            raise NotFound("mobile.conflict_not_found")
        await announce(session, order.area_id, "evidence", order.id)


ROUTES = (ConflictController,)
