"""Subscriptions to Web Push over HTTP."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.params import QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from kit.actor import Actor
from kit.errors import NotSignedIn
from mobile_api.day.route import technician_of
from mobile_api.push import service
from mobile_api.schemas import PushKeyAnswer, PushRequest


def _account(actor: Actor) -> UUID:
    technician_of(actor)
    if actor.account_id is None:
        raise NotSignedIn("not_signed_in")
    return actor.account_id


class PushController(Controller):
    """Where the technician's browsers can be woken."""

    path = "/api/mobile/push"
    tags = ("mobile",)

    @get(operation_id="pushKey", summary="The key for subscribing")
    async def key(self, session: AsyncSession, actor: Actor) -> PushKeyAnswer:
        """For `pushManager.subscribe`; it stays the same for the installation."""
        _account(actor)
        return PushKeyAnswer(key=await service.public_key(session))

    @post(operation_id="subscribePush", summary="Subscribe this browser", status_code=204)
    async def subscribe(self, session: AsyncSession, actor: Actor, data: PushRequest) -> None:
        """Messages say that an offer or a change is there, and nothing about it. The last five browsers are kept."""
        await service.subscribe(session, _account(actor), data.subscription)

    @delete(operation_id="unsubscribePush", summary="Forget a browser")
    async def unsubscribe(
        self,
        session: AsyncSession,
        actor: Actor,
        endpoint: Annotated[
            str | None, QueryParameter(max_length=2000, description="Of one subscription; all without it.")
        ] = None,
    ) -> None:
        """No more messages go there."""
        await service.unsubscribe(session, _account(actor), endpoint)


ROUTES = (PushController,)
