"""Storing photos: detect the type by content, read the metadata, re-encode the picture without it."""

from __future__ import annotations

import asyncio
import hashlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders import repository
from dispatch.orders.events.orm_mapping import geometry
from dispatch.orders.models import Photo
from dispatch.orders.rules.states import LonLat
from grids.service import area_by_id
from kit.actor import Actor
from kit.errors import Conflict, NotFound, TooLarge, Unsupported
from kit.live import announce
from kit.postgres.blobs import put_blob

LONGEST_SIDE = 2048
"""In pixels. Enough to read a label, small enough to load on a phone."""
MOST_PIXELS = 50_000_000
"""A larger picture is refused before it is decoded."""
KINDS = ("JPEG", "PNG", "WEBP")
MEDIA_TYPE = "image/jpeg"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A picture without metadata, and what the metadata said: point (lon, lat) and local time without a zone."""

    content: bytes
    point: LonLat | None
    taken: datetime | None


def clean(content: bytes) -> Cleaned:
    """Decode a JPEG, PNG or WebP and encode it again as JPEG. Raises `Unsupported` for anything else."""
    try:
        with Image.open(io.BytesIO(content), formats=KINDS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Unsupported("photo.too_many_pixels", megapixels=MOST_PIXELS // 1_000_000)
            exif = image.getexif()
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Unsupported("photo.not_an_image") from error
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    upright.info.clear()
    written = io.BytesIO()
    upright.save(written, "JPEG", quality=85, optimize=True)
    return Cleaned(written.getvalue(), _position(exif), _taken(exif))


def _position(exif: Image.Exif) -> LonLat | None:
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    try:
        lat = _degrees(gps[ExifTags.GPS.GPSLatitude]) * (-1 if gps.get(ExifTags.GPS.GPSLatitudeRef) == "S" else 1)
        lon = _degrees(gps[ExifTags.GPS.GPSLongitude]) * (-1 if gps.get(ExifTags.GPS.GPSLongitudeRef) == "W" else 1)
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return (lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 and (lon, lat) != (0.0, 0.0) else None


def _degrees(parts: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    return degrees + minutes / 60 + seconds / 3600


def _taken(exif: Image.Exif) -> datetime | None:
    written = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
    try:
        return datetime.strptime(str(written), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - the camera names no zone
    except ValueError:
        return None


async def store_photo(
    session: AsyncSession,
    actor: Actor,
    photo_id: UUID,
    content: bytes,
    *,
    max_bytes: int,
    order_id: UUID | None = None,
    kind: str = "after",
    taken_at: datetime | None = None,
    point: LonLat | None = None,
    accuracy: float | None = None,
) -> tuple[Photo, bool]:
    """Keep the file of a photo; `(photo, already)`, where sending the same file again is `already`.

    A photo is announced by a completion or request, or belongs to `order_id`. `accuracy` is how far from `point` it may
    have been taken (metres). Raises `TooLarge` above `max_bytes`,
    `Unsupported` for what is no picture, `NotFound` for one that no order of the actor lists, `Conflict` where another
    file came before.
    """
    if len(content) > max_bytes:
        raise TooLarge("too_large", limit=max_bytes)
    known = (await session.scalars(select(Photo).where(Photo.id == photo_id).with_for_update())).one_or_none()
    if known is None and order_id is None:
        raise NotFound("photo.not_found", photo=str(photo_id))
    if known is not None and order_id is not None and known.order_id != order_id:
        raise Conflict("photo.other_order", photo=str(photo_id))
    # Who once worked the order may still send what was taken there, even after it moved on.
    order = await repository.get_for_act(session, actor, known.order_id if known else order_id)  # type: ignore[arg-type]
    sent = hashlib.sha256(content).hexdigest()
    if known is not None and known.sha256 is not None:
        # What was sent is compared, not what was made of it: another version of the program encodes otherwise.
        if known.sent_sha256 != sent:
            raise Conflict("photo.already", photo=str(photo_id))
        return known, True
    cleaned = await asyncio.to_thread(clean, content)
    sha = await put_blob(session, cleaned.content, MEDIA_TYPE)
    area = await area_by_id(session, order.area_id)
    if known is None:
        known = Photo(id=photo_id, order_id=order.id, technician_id=actor.scope.technician, kind=kind)
        session.add(known)
    taken = cleaned.taken.replace(tzinfo=ZoneInfo(area.timezone)).astimezone(UTC) if cleaned.taken else None
    known.sha256 = sha
    known.sent_sha256 = sent
    known.taken_at = taken_at or taken
    known.point = geometry(point or cleaned.point)
    known.accuracy_metres = accuracy if point else None
    known.received_at = area.clock.now()
    await session.flush()
    await announce(session, order.area_id, "order", order.id)
    return known, False
