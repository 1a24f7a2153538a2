"""The technician's HTTP: a batch of acts, and the controllers of the rooms within."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Request, post
from litestar.datastructures import State

from kit.actor import Actor
from kit.i18n import language_of
from mobile_api.conflicts import controllers as conflicts
from mobile_api.day import controllers as day
from mobile_api.lost import controllers as lost
from mobile_api.maps import controllers as maps
from mobile_api.offers import controllers as offers
from mobile_api.own import controllers as own
from mobile_api.photos import controllers as photos
from mobile_api.push import controllers as push
from mobile_api.schemas import SyncAnswer, SyncRequest
from mobile_api.sync import sync


class SyncController(Controller):
    """Acts made on the phone."""

    path = "/api/mobile"
    tags = ("mobile",)

    @post("/sync", operation_id="mobileSync", summary="Send acts made on the phone", status_code=200)
    async def sync(self, actor: Actor, state: State, request: Request[Any, Any, Any], data: SyncRequest) -> SyncAnswer:
        """Each act is answered `applied`, `already`, `conflict` or `rejected` with the order's current state.

        Safe to send again, in whole or in overlapping parts, on several connections. `build` is the number of the acts'
        shape; acts of an old build are taken as they are, and `update` then asks for a newer app.
        """
        language = language_of(request.headers.get("accept-language"))
        return await sync(state.database, actor, data.acts, data.phone_time, language, data.build)


ROUTES = (
    SyncController,
    *day.ROUTES,
    *photos.ROUTES,
    *offers.ROUTES,
    *push.ROUTES,
    *own.ROUTES,
    *maps.ROUTES,
    *conflicts.ROUTES,
    *lost.ROUTES,
)
