"""The technician's HTTP: today's route, a batch of acts, photos that follow, where the phone is."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Request, Response, get, post, put
from litestar.datastructures import State, UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, HeaderParameter, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.photos import store_photo
from grids.service import area_now
from kit.actor import Actor
from kit.bounds import moment_is_possible
from kit.errors import NotFound
from kit.http import Struct
from kit.i18n import language_of
from kit.live import announce
from kit.settings import Settings
from mobile_api import repository
from mobile_api.route import etag_of, record_shown, technician_of, todays_route
from mobile_api.schemas import (
    MobileRoute,
    PhotoAnswer,
    PositionsAnswer,
    PositionsRequest,
    SyncAnswer,
    SyncRequest,
)
from mobile_api.sync import sync
from mobile_api.timing import phone_clock

OLDEST_POSITION = timedelta(days=2)


class PhotoUpload(Struct):
    """A photo's file as a form."""

    file: UploadFile


class MobileController(Controller):
    """Everything a technician's phone asks for."""

    path = "/api/mobile"
    tags = ("mobile",)

    @get("/route", operation_id="mobileRoute", summary="Today's route", opt={"may_answer": (304, 404)})
    async def route(
        self,
        session: AsyncSession,
        actor: Actor,
        if_none_match: Annotated[str | None, HeaderParameter(name="If-None-Match")] = None,
    ) -> Response[MobileRoute | None]:
        """Stops in their order with times, addresses, contacts and what to bring, then what is owned without a visit.

        Send the `ETag` of the last answer as `If-None-Match`; 304 says that nothing changed.
        """
        found = await todays_route(session, actor)
        etag = etag_of(found)
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        if if_none_match is not None and etag in if_none_match:
            return Response(None, status_code=304, headers=headers)
        await record_shown(session, actor, found)
        return Response(found, headers=headers)

    @post("/sync", operation_id="mobileSync", summary="Send acts made on the phone", status_code=200)
    async def sync(self, actor: Actor, state: State, request: Request[Any, Any, Any], data: SyncRequest) -> SyncAnswer:
        """Each act is answered `applied`, `already`, `conflict` or `rejected` with the order's current state.

        Safe to send again, in whole or in overlapping parts, on several connections.
        """
        language = language_of(request.headers.get("accept-language"))
        return await sync(state.database, actor, data.acts, data.phone_time, language)

    @put("/photos/{photo_id:uuid}", operation_id="putPhoto", summary="Send a photo's file", status_code=200)
    async def photo(
        self,
        session: AsyncSession,
        actor: Actor,
        state: State,
        photo_id: FromPath[UUID],
        data: Annotated[PhotoUpload, Body(media_type=RequestEncodingType.MULTI_PART)],
        order_id: Annotated[
            UUID | None, QueryParameter(name="orderId", description="For a photo that no act has announced yet.")
        ] = None,
        kind: Annotated[Literal["before", "after", "evidence", "signature"], QueryParameter()] = "after",
        taken_at: Annotated[datetime | None, QueryParameter(name="takenAt")] = None,
    ) -> PhotoAnswer:
        """The file of a photo whose id a completion or request lists, or of an order's photo; it may come before or
        after the act, also once the order is completed. The same file again answers `already`.
        """
        technician_of(actor)
        settings: Settings = state.settings
        content = await data.file.read()
        stored, already = await store_photo(
            session,
            actor,
            photo_id,
            content,
            max_bytes=settings.max_upload_bytes,
            order_id=order_id,
            kind=kind,
            taken_at=taken_at,
        )
        return PhotoAnswer(id=stored.id, order_id=stored.order_id, sha256=stored.sha256 or "", already=already)

    @post("/positions", operation_id="mobilePositions", summary="Report where the phone is", status_code=200)
    async def positions(self, session: AsyncSession, actor: Actor, data: PositionsRequest) -> PositionsAnswer:
        """Positions since the last report. Those off the globe, from the future or older than two days are not kept."""
        technician_id = technician_of(actor)
        head = await repository.head(session, technician_id)
        if head is None:
            raise NotFound("mobile.technicians_only")
        now = await area_now(session, head.area_id)
        said = data.phone_time if data.phone_time is not None and data.phone_time.tzinfo is not None else None
        clock = phone_clock(now, said, timedelta(days=1))
        kept = []
        for position in [] if clock.refused else data.positions:
            lon, lat = position.point
            on_the_globe = -180 <= lon <= 180 and -90 <= lat <= 90
            if position.occurred_at.tzinfo is None or not (on_the_globe and moment_is_possible(position.occurred_at)):
                continue
            at = clock.corrected(position.occurred_at)
            if now - OLDEST_POSITION <= at <= now + timedelta(minutes=5):
                kept.append(repository.Seen((lon, lat), min(at, now), position.accuracy_metres))
        await repository.add_positions(session, technician_id, kept, now)
        if kept:
            await announce(session, head.area_id, "position", technician_id)
        return PositionsAnswer(kept=len(kept), refused=len(data.positions) - len(kept))


ROUTES = (MobileController,)
