"""Photos follow their completion, are read once and stripped."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from PIL import ExifTags, Image

from dispatch.orders.events.orm_mapping import lonlat
from dispatch.orders.models import Order
from dispatch.orders.photos import LONGEST_SIDE, clean, store_photo
from dispatch.orders.rules import acts
from kit.actor import SYSTEM
from kit.errors import Conflict, NotFound, TooLarge, Unsupported
from kit.postgres.blobs import get_blob
from tests.dispatch.orders.conftest import World

LIMIT = 1_000_000


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), colour: str = "red") -> bytes:
    image = Image.new("RGB", size, colour)
    exif = image.getexif()
    exif[ExifTags.Base.Make] = "SECRET-PHONE"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps.update(
        {
            ExifTags.GPS.GPSLatitudeRef: "N", ExifTags.GPS.GPSLatitude: (49.0, 15.0, 0.0),
            ExifTags.GPS.GPSLongitudeRef: "W", ExifTags.GPS.GPSLongitude: (123.0, 6.0, 0.0),
        }
    )  # fmt: skip
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2022:09:27 10:30:00"
    out = io.BytesIO()
    image.save(out, kind, exif=exif)
    return out.getvalue()


async def announced(world: World) -> tuple[Order, UUID]:
    """An order whose technician lists a photo that has not come yet."""
    order = await world.report()
    await world.do(SYSTEM, order, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
    photo_id = uuid4()
    await world.do(world.technician(), order, acts.RequestReturn(reason="other", photo_ids=[photo_id]))
    return order, photo_id


def test_a_cleaned_picture_has_no_metadata_left_and_says_where_and_when_it_was_taken():
    cleaned = clean(picture())
    assert b"SECRET-PHONE" not in cleaned.content
    assert not Image.open(io.BytesIO(cleaned.content)).getexif()
    assert cleaned.point == pytest.approx((-123.1, 49.25))
    assert cleaned.taken == datetime(2022, 9, 27, 10, 30)  # noqa: DTZ001 - cameras name no zone


def test_a_large_picture_is_made_smaller():
    assert max(Image.open(io.BytesIO(clean(picture("PNG", (4000, 100))).content)).size) == LONGEST_SIDE


@pytest.mark.parametrize("content", [b"", b"GIF89a not taken", b"%PDF-1.4", picture()[:200], b"<svg></svg>"])
def test_what_is_no_picture_is_refused(content: bytes):
    with pytest.raises(Unsupported):
        clean(content)


async def test_the_file_follows_its_announcement_and_may_come_twice(world: World):
    order, photo_id = await announced(world)
    photo, already = await store_photo(world.session, world.technician(), photo_id, picture(), max_bytes=LIMIT)
    assert not already
    assert photo.order_id == order.id
    assert lonlat(photo.point) == pytest.approx((-123.1, 49.25))
    assert photo.taken_at == datetime(2022, 9, 27, 17, 30, tzinfo=UTC)
    assert photo.sha256 is not None
    assert (await get_blob(world.session, photo.sha256))[:3] == b"\xff\xd8\xff"
    assert (await store_photo(world.session, world.technician(), photo_id, picture(), max_bytes=LIMIT))[1]
    with pytest.raises(Conflict, match="another file"):
        await store_photo(world.session, world.technician(), photo_id, picture(colour="blue"), max_bytes=LIMIT)


async def test_a_photo_of_forty_megabytes_is_refused(world: World):
    _, photo_id = await announced(world)
    with pytest.raises(TooLarge):
        await store_photo(world.session, world.technician(), photo_id, bytes(40_000_000), max_bytes=LIMIT)


async def test_a_photo_nobody_listed_is_not_found_and_one_of_a_stranger_neither(world: World):
    _, photo_id = await announced(world)
    with pytest.raises(NotFound):
        await store_photo(world.session, world.technician(), uuid4(), picture(), max_bytes=LIMIT)
    with pytest.raises(NotFound):
        await store_photo(world.session, world.technician(world.bert), photo_id, picture(), max_bytes=LIMIT)


async def test_a_photo_is_taken_after_the_order_was_closed_to_somebody_else(world: World):
    order, photo_id = await announced(world)
    await world.do(world.dispatcher, order, acts.Reassign(technician_id=world.bert.id, why="dispatcher"))
    photo, _ = await store_photo(world.session, world.technician(), photo_id, picture(), max_bytes=LIMIT)
    assert photo.received_at == world.now
