from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import func, select

from dispatch.notices.channels.gateway_data import Receipt
from dispatch.notices.models import NoticeAttempt, NoticeChannel, NoticeReceipt
from dispatch.notices.receipts import take
from tests.dispatch.notices.conftest import Outbox
from tests.dispatch.notices.gateways import Asked, gateway, takes_all


async def bring(outbox: Outbox, channel_id: object, *receipts: Receipt) -> int:
    async with outbox.database.transaction() as session:
        return await take(session, await session.get_one(NoticeChannel, channel_id), receipts)


async def test_a_receipt_may_come_twice_late_or_for_nothing_known(outbox: Outbox):
    async with gateway(takes_all) as sms:
        channel = await outbox.channel(url=sms.url)
        await outbox.tell()
        await outbox.send()
    async with outbox.database.transaction() as session:
        named = (await session.scalars(select(NoticeAttempt.gateway_id))).one() or ""
    lost, there = Receipt(named, "", False, "X"), Receipt(named, "", True, None)
    stranger = Receipt("nobody", f"{uuid4().hex}-0", True, None)
    assert await bring(outbox, channel, lost, lost, stranger) == 2
    assert await outbox.states() == ["failed"]
    assert await bring(outbox, channel, there, there) == 1
    assert await outbox.states() == ["delivered"]
    assert await bring(outbox, channel, there, lost, stranger) == 0
    assert await outbox.states() == ["delivered"]
    async with outbox.database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(NoticeReceipt)) == 3


@pytest.mark.parametrize("by", ["id", "key"])
async def test_a_receipt_that_comes_before_our_own_record_counts(outbox: Outbox, by: str):
    channel: object = None

    async def hurries(asked: Asked) -> tuple[int, object]:
        key = asked.json["reference"]
        assert (
            await bring(outbox, channel, Receipt("m1" if by == "id" else "", key if by == "key" else "", True, None))
            == 1
        )
        return 200, {"id": "m1"}

    async with gateway(hurries) as sms:
        channel = await outbox.channel(url=sms.url)
        await outbox.tell()
        await outbox.send()
    assert await outbox.states() == ["delivered"]


async def test_a_receipt_settles_what_was_in_doubt(outbox: Outbox):
    async def silent(asked: Asked) -> None:
        return None

    async with gateway(silent) as sms:
        channel = await outbox.channel(url=sms.url)
        await outbox.tell()
        await outbox.send()
    (notice,) = await outbox.notices()
    assert notice.status.value == "unknown"
    await bring(outbox, channel, Receipt("m9", notice.gateway_key, True, None))
    assert await outbox.states() == ["delivered"]
