"""Photos over HTTP: whole, or in pieces from where the last one ended."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Request, Response, head, patch, put
from litestar.datastructures import State, UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.photos import store_photo
from kit.actor import Actor
from kit.http.requests import BytesFile, Struct
from kit.settings import Settings
from mobile_api.day.route import technician_of
from mobile_api.photos.pieces import About, progress, take_piece
from mobile_api.schemas import PhotoAnswer, PieceAnswer

PhotoKind = Literal["before", "after", "evidence", "signature"]
OrderId = Annotated[
    UUID | None, QueryParameter(name="orderId", description="For a photo that no act has announced yet.")
]
TakenAt = Annotated[datetime | None, QueryParameter(name="takenAt")]


class PhotoUploadForm(Struct):
    """A photo's file as a form."""

    file: UploadFile


class MobilePhotoController(Controller):
    """The files of photos."""

    path = "/api/mobile/photos/{photo_id:uuid}"
    tags = ("mobile",)

    @put(operation_id="putPhoto", summary="Send a photo's file", status_code=200)
    async def photo(
        self,
        session: AsyncSession,
        actor: Actor,
        state: State,
        photo_id: FromPath[UUID],
        data: Annotated[PhotoUploadForm, Body(media_type=RequestEncodingType.MULTI_PART)],
        order_id: OrderId = None,
        kind: Annotated[PhotoKind, QueryParameter()] = "after",
        taken_at: TakenAt = None,
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

    @head(operation_id="photoProgress", summary="How much of a photo is there", opt={"may_answer": (404,)})
    async def progress(self, session: AsyncSession, actor: Actor, photo_id: FromPath[UUID]) -> Response[None]:
        """`Upload-Offset` is where to go on, `Upload-Length` the whole; 404: begin at 0."""
        found = await progress(session, technician_of(actor), photo_id)
        headers = {"Upload-Offset": str(found.offset), "Upload-Length": str(found.total), "Cache-Control": "no-store"}
        return Response(None, headers=headers)

    @patch(
        "/pieces",
        operation_id="sendPhotoPiece",
        summary="Send a piece of a photo",
        operation_class=BytesFile,
        opt={"may_answer": (413, 415)},
    )
    async def piece(
        self,
        request: Request[Any, Any, Any],
        session: AsyncSession,
        actor: Actor,
        state: State,
        photo_id: FromPath[UUID],
        offset: Annotated[int, QueryParameter(ge=0, le=1_000_000_000, description="Where the piece begins.")],
        total: Annotated[int, QueryParameter(ge=1, le=1_000_000_000, description="Bytes of the whole file.")],
        sha256: Annotated[str, QueryParameter(description="Of the whole file, hexadecimal.")],
        order_id: OrderId = None,
        kind: Annotated[PhotoKind, QueryParameter()] = "after",
        taken_at: TakenAt = None,
        lon: Annotated[float | None, QueryParameter(ge=-180, le=180, description="Where it was taken.")] = None,
        lat: Annotated[float | None, QueryParameter(ge=-90, le=90)] = None,
        accuracy: Annotated[float | None, QueryParameter(ge=0, le=1_000_000, description="Metres.")] = None,
    ) -> PieceAnswer:
        """At most 256 KiB of bytes. Answers from where to go on, which is where the piece ended, or earlier where one
        is missing, or later where it was there already. The last piece checks the hash: a wrong one begins anew at 0.
        """
        settings: Settings = state.settings
        point = (lon, lat) if lon is not None and lat is not None else None
        about = About(total, sha256.lower(), order_id, kind, taken_at, point, accuracy)
        found = await take_piece(
            session, actor, technician_of(actor), photo_id, offset, await request.body(), about,
            max_bytes=settings.max_upload_bytes,
        )  # fmt: skip
        return PieceAnswer(id=photo_id, offset=found.offset, total=found.total, stored=found.stored)


ROUTES = (MobilePhotoController,)
