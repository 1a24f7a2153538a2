"""Photos in pieces: resumed where they ended, checked as a whole, of the technician's own orders alone."""

from __future__ import annotations

import hashlib
import io
import random
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from PIL import Image

from dispatch.orders.models import Order, Photo
from mobile_api.photos.pieces import LARGEST_PIECE
from tests.dispatch.planning.town import EAST, Town, later

PIECE = 20_000


def large_picture() -> bytes:
    written = io.BytesIO()
    noise = random.Random(1).randbytes(200 * 150 * 3)
    Image.frombytes("RGB", (200, 150), noise).save(written, "PNG")
    return written.getvalue()


class Sending:
    """A photo on its way."""

    def __init__(self, client: httpx.AsyncClient, order_id: UUID, content: bytes) -> None:
        self.client, self.order_id, self.content, self.id = client, order_id, content, uuid4()
        self.sha = hashlib.sha256(content).hexdigest()

    async def send(self, offset: int, data: bytes | None = None, **about: Any) -> httpx.Response:
        piece = self.content[offset : offset + PIECE] if data is None else data
        asked = {
            "offset": offset, "total": len(self.content), "sha256": self.sha, "orderId": str(self.order_id),
            "lon": 118.75, "lat": 32.05, "accuracy": 12.5, "takenAt": later().isoformat(),
        } | about  # fmt: skip
        return await self.client.patch(
            f"/api/mobile/photos/{self.id}/pieces", params=asked, content=piece,
            headers={"content-type": "application/octet-stream"},
        )  # fmt: skip

    async def progress(self) -> httpx.Response:
        return await self.client.head(f"/api/mobile/photos/{self.id}")

    async def rest(self, offset: int) -> httpx.Response:
        answer = None
        while offset < len(self.content):
            answer = await self.send(offset)
            offset = answer.json()["offset"]
        assert answer is not None
        return answer


@pytest.fixture
def sending(phone: SimpleNamespace, order: Order) -> Sending:
    return Sending(phone.anna, order.id, large_picture())


async def test_a_photo_goes_on_where_it_was_cut(sending: Sending, town: Town, order: Order):
    assert (await sending.progress()).status_code == 404
    first = await sending.send(0)
    assert first.json() == {"id": str(sending.id), "offset": PIECE, "total": len(sending.content), "stored": False}
    there = await sending.progress()
    assert (there.status_code, there.headers["upload-offset"]) == (200, str(PIECE))
    last = await sending.rest(PIECE)
    assert last.json()["stored"] is True
    done = await sending.progress()
    assert done.headers["upload-offset"] == done.headers["upload-length"] == str(len(sending.content))
    async with town.database.transaction() as session:
        photo = await session.get_one(Photo, sending.id)
        assert (photo.order_id, photo.technician_id) == (order.id, town.anna)
        assert photo.sha256 is not None
        assert (photo.point is not None, photo.accuracy_metres) == (True, 12.5)
        assert photo.taken_at == later()


async def test_a_piece_that_comes_again_or_too_early_changes_nothing(sending: Sending):
    await sending.send(0)
    again, early = await sending.send(0), await sending.send(3 * PIECE)
    assert (again.json()["offset"], early.json()["offset"]) == (PIECE, PIECE)
    overlapping = await sending.send(PIECE // 2)
    assert overlapping.json()["offset"] == PIECE // 2 + PIECE
    assert (await sending.rest(PIECE // 2 + PIECE)).json()["stored"] is True
    assert (await sending.send(0)).json() == (await sending.send(PIECE)).json()  # all of it is there


async def test_a_photo_that_arrived_broken_begins_anew(sending: Sending):
    offset = (await sending.send(0, b"x" * PIECE)).json()["offset"]
    while offset:
        answer = (await sending.send(offset)).json()
        offset = answer["offset"]
    assert answer["stored"] is False
    assert (await sending.rest(0)).json()["stored"] is True


async def test_what_cannot_be_a_piece_is_refused(sending: Sending, phone: SimpleNamespace, order: Order):
    large = await sending.send(0, b"x" * (LARGEST_PIECE + 1), total=10 * LARGEST_PIECE)
    assert (large.status_code, large.json()["code"]) == (413, "photo.piece_too_large")
    beyond = await sending.send(len(sending.content) - 5)
    assert beyond.json()["offset"] == 0
    outside = await sending.send(len(sending.content) - 5, b"123456")
    assert (outside.status_code, outside.json()["code"]) == (422, "photo.piece_beyond")
    assert (await sending.send(0, sha256="abc")).json()["code"] == "photo.sha256"
    no_picture = Sending(phone.anna, order.id, b"not a picture at all")
    assert (await no_picture.send(0)).status_code == 415


async def test_nobody_sends_or_sees_photos_of_others_orders(
    sending: Sending, phone: SimpleNamespace, town: Town, order: Order
):
    await sending.send(0)
    other = Sending(phone.bert, order.id, sending.content)
    assert (await other.send(0)).status_code == 404
    other.id = sending.id
    assert (await other.progress()).status_code == 404
    elsewhere = await town.report(EAST)
    moved = Sending(phone.anna, elsewhere.id, sending.content)
    assert (await moved.send(0)).status_code == 404
