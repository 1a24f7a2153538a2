"""A photo that comes in pieces: kept until the last one, then checked against its hash and stored as any other photo.

A piece that comes again, or overlaps what is there, changes nothing: the answer says from where to go on.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.models import Order, Photo
from dispatch.orders.photos import store_photo
from grids.service import area_now
from kit.actor import Actor
from kit.clock import real_now
from kit.errors import Conflict, Invalid, NotFound, TooLarge
from kit.geo import LonLat
from mobile_api import repository
from mobile_api.photos.models import PhotoPiece, PhotoUpload

LARGEST_PIECE = 256 * 1024
MOST_OPEN = 200
"""Photos that one technician may have on the way."""
KEPT_FOR = timedelta(days=14)
"""So long a photo may take to arrive after its last piece."""
_SHA = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class About:
    """What a piece says of its photo. `sha256` is of the file as the phone has it, hex."""

    total: int
    sha256: str
    order_id: UUID | None
    kind: str
    taken_at: datetime | None
    point: LonLat | None
    accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How many bytes are there, of how many; `stored` once it is a photo of its order."""

    offset: int
    total: int
    stored: bool


async def progress(session: AsyncSession, technician_id: UUID, photo_id: UUID) -> Progress:
    """How much of a photo is there. Raises `NotFound` for one of which nothing has come, or somebody else's."""
    photo = await session.get(Photo, photo_id)
    if photo is not None and photo.sha256 is not None and photo.technician_id == technician_id:
        upload = await session.get(PhotoUpload, photo_id)
        total = upload.total if upload is not None else 0
        return Progress(total, total, stored=True)
    upload = await session.get(PhotoUpload, photo_id)
    if upload is None or upload.technician_id != technician_id:
        raise NotFound("photo.nothing_yet", photo=str(photo_id))
    return Progress(upload.received, upload.total, stored=False)


async def take_piece(
    session: AsyncSession, actor: Actor, technician_id: UUID, photo_id: UUID, offset: int, data: bytes, about: About,
    *, max_bytes: int,
) -> Progress:  # fmt: skip
    """Keep one piece; with the last one the photo is stored.

    Raises `TooLarge` for a piece or a photo that is, `Invalid` for a hash or an offset that cannot be, `Conflict` where
    another file has the id, and what `store_photo` raises; then the photo can be sent anew from its beginning.
    """
    if len(data) > LARGEST_PIECE:
        raise TooLarge("photo.piece_too_large", limit=LARGEST_PIECE)
    if about.total > max_bytes:
        raise TooLarge("too_large", limit=max_bytes)
    if not _SHA.fullmatch(about.sha256):
        raise Invalid("photo.sha256", field="sha256")
    if offset + len(data) > about.total or not data:
        raise Invalid("photo.piece_beyond", field="offset", offset=offset, total=about.total)
    await _may_come(session, technician_id, photo_id, about)
    upload = await _upload(session, technician_id, photo_id, about)
    if upload.received == upload.total:
        return Progress(upload.total, upload.total, stored=True)
    if not offset <= upload.received < offset + len(data):  # it is there already, or one before it is missing
        return Progress(upload.received, upload.total, stored=False)
    piece = data[upload.received - offset :]
    session.add(PhotoPiece(photo_id=photo_id, offset=upload.received, data=piece))
    upload.received += len(piece)
    upload.touched_at = real_now()
    await session.flush()
    if upload.received < upload.total:
        return Progress(upload.received, upload.total, stored=False)
    content = await _content(session, photo_id)
    if hashlib.sha256(content).hexdigest() != upload.sha256:
        await _begin_anew(session, upload)
        return Progress(0, upload.total, stored=False)
    await store_photo(
        session, actor, photo_id, content, max_bytes=max_bytes, order_id=about.order_id, kind=about.kind,
        taken_at=about.taken_at, point=about.point, accuracy=about.accuracy,
    )  # fmt: skip
    await session.execute(delete(PhotoPiece).where(PhotoPiece.photo_id == photo_id))
    return Progress(upload.total, upload.total, stored=True)


async def sweep(session: AsyncSession) -> int:
    """Forget photos of which nothing more has come for two weeks. Returns how many."""
    old = delete(PhotoUpload).where(PhotoUpload.touched_at < real_now() - KEPT_FOR)
    return len((await session.execute(old.returning(PhotoUpload.id))).all())


async def _may_come(session: AsyncSession, technician_id: UUID, photo_id: UUID, about: About) -> None:
    """Raise `NotFound` unless the photo is announced by, or meant for, an order that is or was the technician's."""
    photo = await session.get(Photo, photo_id)
    if photo is not None and about.order_id is not None and photo.order_id != about.order_id:
        raise Conflict("photo.other_order", photo=str(photo_id))
    order_id = about.order_id if photo is None else photo.order_id
    order = None if order_id is None else await session.get(Order, order_id)
    if order is not None:
        now = await area_now(session, order.area_id)
        if not await repository.is_of_phone(session, technician_id, order.id, now):
            order = None
    if order is None:
        raise NotFound("photo.not_found", photo=str(photo_id))


async def _upload(session: AsyncSession, technician_id: UUID, photo_id: UUID, about: About) -> PhotoUpload:
    """The row of the photo, locked: pieces on two connections come one after the other."""
    query = select(PhotoUpload).where(PhotoUpload.id == photo_id).with_for_update()
    query = query.execution_options(populate_existing=True)
    found = (await session.execute(query)).scalar_one_or_none()
    if found is None:
        under_way = await session.scalar(
            select(func.count()).where(
                PhotoUpload.technician_id == technician_id, PhotoUpload.received < PhotoUpload.total
            )
        )
        if (under_way or 0) >= MOST_OPEN:
            raise Conflict("photo.too_many_open", limit=MOST_OPEN)
        given = {
            "id": photo_id, "technician_id": technician_id, "total": about.total, "sha256": about.sha256, "received": 0,
            "about": {"kind": about.kind, "accuracy": about.accuracy},
        }  # fmt: skip
        await session.execute(insert(PhotoUpload).values(**given).on_conflict_do_nothing())
        found = (await session.execute(query)).scalar_one()
    if found.technician_id != technician_id:
        raise NotFound("photo.not_found", photo=str(photo_id))
    if (found.sha256, found.total) != (about.sha256, about.total):
        if found.received == found.total:
            raise Conflict("photo.already", photo=str(photo_id))
        found.sha256, found.total = about.sha256, about.total
        await _begin_anew(session, found)
    return found


async def _begin_anew(session: AsyncSession, upload: PhotoUpload) -> None:
    await session.execute(delete(PhotoPiece).where(PhotoPiece.photo_id == upload.id))
    upload.received = 0
    await session.flush()


async def _content(session: AsyncSession, photo_id: UUID) -> bytes:
    query = select(PhotoPiece.data).where(PhotoPiece.photo_id == photo_id).order_by(PhotoPiece.offset)
    return b"".join((await session.execute(query)).scalars())
