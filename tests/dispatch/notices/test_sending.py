from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from dispatch.notices.models import Notice, NoticeAttempt, NoticeOptOut, NoticeStatus
from dispatch.notices.sending import LEASE, settle_interrupted
from dispatch.notices.service import send_again
from dispatch.orders.models import Order
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from dispatch.orders.telling import tell_delayed
from grids.models import ServiceArea
from kit.actor import SYSTEM
from kit.clock import real_now
from tests.dispatch.notices.conftest import PHONE, Outbox
from tests.dispatch.notices.gateways import Asked, gateway, takes_all

EVENING = datetime(2022, 9, 27, 22, 0, tzinfo=ZoneInfo("America/Vancouver")).astimezone(UTC)


async def test_a_notice_is_sent_once_whatever_is_repeated(outbox: Outbox):
    async with gateway(takes_all) as sms:
        await outbox.channel(url=sms.url)
        assert await outbox.tell() is not None
        assert await outbox.tell() is None
        assert (await outbox.send(), await outbox.send()) == (1, 0)
    (asked,) = sms.asked
    assert asked.json["to"] == PHONE
    (notice,) = await outbox.notices()
    assert notice.status is NoticeStatus.SENT
    assert asked.json["reference"] == notice.gateway_key


async def test_a_notice_of_an_act_that_is_rolled_back_was_never_there(outbox: Outbox):
    try:
        async with outbox.database.transaction() as session:
            await apply(session, SYSTEM, outbox.order_id, acts.Dispatch(technician_id=outbox.anna, why="a_technician"))
            raise LookupError
    except LookupError:
        pass
    assert await outbox.notices() == []


async def test_a_gateway_that_is_down_for_an_hour_delays_and_loses_nothing_and_sends_nothing_stale(outbox: Outbox):
    up = False

    async def answer(asked: Asked) -> tuple[int, Any]:
        return await takes_all(asked) if up else (503, {})

    start = datetime(2022, 9, 27, 16, 0, tzinfo=UTC)
    window = {"number": "1", "day": "Tue", "from": "10:00", "to": "12:00"}
    async with gateway(answer) as sms:
        await outbox.channel(url=sms.url)
        await outbox.tell("appointed", "1", values=window, topic="window", stale_at=start + timedelta(hours=3))
        await outbox.send()
        await outbox.tell("changed", "2", values=window, topic="window", stale_at=start + timedelta(minutes=30))
        await outbox.tell("changed", "3", values=window, topic="window", stale_at=start + timedelta(hours=3))
        await outbox.tell(
            "suspended", "4", values={"number": "1"}, topic="pause", stale_at=start + timedelta(minutes=30)
        )
        await outbox.tell("done", "5")
        for _ in range(60):
            await outbox.send()
            await outbox.wait(minutes=1)
        assert len(sms.asked) < 30, "tries come ever more rarely"
        sms.asked.clear()
        up = True
        for _ in range(60):
            await outbox.send()
            await outbox.wait(minutes=1)
    assert sorted(one.json["reference"] for one in sms.asked) == sorted(
        row.gateway_key for row in await outbox.notices() if row.status is NoticeStatus.SENT
    )
    told = [(row.kind, row.status.value, row.reason) for row in await outbox.notices()]
    assert told == [
        ("appointed", "dropped", "overtaken"), ("changed", "dropped", "overtaken"), ("changed", "sent", None),
        ("suspended", "dropped", "stale"), ("done", "sent", None),
    ]  # fmt: skip


async def test_after_a_day_of_failures_a_person_decides(outbox: Outbox):
    async def down(asked: Asked) -> tuple[int, Any]:
        return 503, {}

    async with gateway(down) as sms:
        await outbox.channel(url=sms.url)
        await outbox.tell("on_the_way")
        for _ in range(30):
            await outbox.send()
            await outbox.wait(hours=1)
    assert await outbox.states() == ["failed"]
    async with gateway(takes_all, int(sms.url.rstrip("/").rpartition(":")[2])) as again:
        async with outbox.database.transaction() as session:
            await send_again(session, SYSTEM, (await outbox.notices())[0].id)
        await outbox.send()
    assert await outbox.states() == ["sent"]
    assert again.asked[0].json["reference"].endswith("-1"), "it is a new message to the gateway"


async def test_what_one_channel_refuses_goes_by_the_next(outbox: Outbox):
    async def refuses(asked: Asked) -> tuple[int, Any]:
        return 422, {}

    async with gateway(refuses) as first, gateway(takes_all) as second:
        await outbox.channel(url=first.url, name="first")
        good = await outbox.channel(url=second.url, name="second", position=1)
        await outbox.tell()
        await outbox.send()
        await outbox.send()
    assert (len(first.asked), len(second.asked)) == (1, 1)
    (notice,) = await outbox.notices()
    assert (notice.status.value, notice.channel_id) == ("sent", good)


async def test_the_night_rests_and_a_day_has_a_limit(outbox: Outbox):
    await outbox.set(EVENING)
    async with gateway(takes_all) as sms:
        await outbox.channel(url=sms.url)
        for number in range(6):
            await outbox.tell("done", str(number))
        await outbox.tell("on_the_way", "now")
        await outbox.send()
        assert len(sms.asked) == 1, "only what cannot wait goes at night"
        await outbox.wait(hours=10)
        await outbox.send()
        assert len(sms.asked) == 5, "four on the next day"
        await outbox.wait(hours=24)
        await outbox.send()
    assert len(sms.asked) == 7
    assert set(await outbox.states()) == {"sent"}


async def test_who_wants_no_notices_or_has_no_phone_gets_none(outbox: Outbox):
    async with outbox.database.transaction() as session:
        session.add(NoticeOptOut(area_id=outbox.area_id, address=PHONE))
    await outbox.tell()
    await outbox.tell(phone=None)
    assert [(row.status.value, row.reason) for row in await outbox.notices()] == [
        ("dropped", "opted_out"), ("dropped", "no_address"),
    ]  # fmt: skip
    assert await outbox.send() == 0


async def test_an_answer_that_never_comes_is_flagged_and_not_sent_again(outbox: Outbox):
    async def silent(asked: Asked) -> None:
        return None

    async with gateway(silent) as sms:
        await outbox.channel(url=sms.url)
        await outbox.tell()
        await outbox.send()
        await outbox.wait(hours=2)
        await outbox.send()
    assert len(sms.asked) == 1
    (notice,) = await outbox.notices()
    assert (notice.status.value, notice.reason) == ("unknown", "cut_off")


async def test_where_the_gateway_tells_an_unknown_outcome_is_asked_about(outbox: Outbox):
    had: list[str] = []

    async def answer(asked: Asked) -> tuple[int, Any] | None:
        if asked.method == "GET":
            known = [{"reference": key, "id": "m1", "status": "sent"} for key in had if key == asked.query["reference"]]
            return 200, {"messages": known}
        had.append(asked.json["reference"])
        return None

    async with gateway(answer) as sms:
        await outbox.channel(url=sms.url, query_url=sms.url, gateway="generic_with_query")
        await outbox.tell()
        await outbox.send()
        assert await outbox.states() == ["sending"]
        assert await settle_interrupted(outbox.database, now=real_now() + LEASE) == 1
    assert await outbox.states() == ["sent"]
    assert [one.method for one in sms.asked] == ["POST", "GET"]
    async with outbox.database.transaction() as session:
        attempt = (await session.scalars(select(NoticeAttempt))).one()
    assert (attempt.outcome, attempt.gateway_id) == ("accepted", "m1")


async def test_the_story_of_an_order_is_told_and_what_is_no_longer_so_is_not(outbox: Outbox):
    start = datetime(2022, 9, 27, 20, 0, tzinfo=UTC)

    async def act(one: acts.ActBase) -> None:
        async with outbox.database.transaction() as session:
            await apply(session, SYSTEM, outbox.order_id, one, point=(-123.10, 49.25))

    await act(acts.Dispatch(technician_id=outbox.anna, why="a_technician"))
    await act(acts.Accept())
    await act(acts.Contact(window_start=start, window_end=start + timedelta(hours=2)))
    later = start + timedelta(hours=3)
    await act(acts.Rebook(window_start=later, window_end=later + timedelta(hours=1), by="subscriber"))
    await outbox.set(later + timedelta(hours=1, minutes=20))
    async with outbox.database.transaction() as session:
        area = await session.get_one(ServiceArea, outbox.area_id)
        assert (await tell_delayed(session, area), await tell_delayed(session, area)) == (1, 1)
    await act(acts.Depart())
    await act(acts.Arrive())
    await act(acts.Cancel(reason=await first_reason(outbox)))
    found = [(row.kind, row.status.value, row.reason) for row in await outbox.notices()]
    assert found == [
        ("dispatched", "dropped", "overtaken"), ("appointed", "dropped", "overtaken"),
        ("changed", "dropped", "overtaken"), ("delayed", "dropped", "overtaken"),
        ("on_the_way", "dropped", "overtaken"), ("cancelled", "waiting", None),
    ]  # fmt: skip
    delayed = next(row for row in await outbox.notices() if row.kind == "delayed")
    assert delayed.params["from"] == "16:00"


async def first_reason(outbox: Outbox) -> str:
    """A reason for cancelling."""
    from dispatch.policies.models import ReasonKind
    from dispatch.policies.repository import reasons

    async with outbox.database.transaction() as session:
        return (await reasons(session, outbox.area_id, ReasonKind.CANCELLATION))[0].code


async def test_what_a_dead_worker_left_is_flagged_or_sent_again_by_what_the_other_side_knows(outbox: Outbox):
    """As if killed between sending and recording: the try is written down, its end is not."""
    async with gateway(takes_all) as sms:
        channel = await outbox.channel(url=sms.url)
        await outbox.tell()
        await outbox.send()
        async with outbox.database.transaction() as session:
            await session.execute(update(Notice).values(status=NoticeStatus.SENDING, sent_at=None))
            await session.execute(update(NoticeAttempt).values(outcome=None, gateway_id=None))
        await settle_interrupted(outbox.database)
        assert await outbox.states() == ["sending"], "whoever took it may still be at work"
        await settle_interrupted(outbox.database, now=real_now() + LEASE)
        assert await outbox.states() == ["unknown"]
        assert (await outbox.send(), len(sms.asked)) == (0, 1)
    assert channel
    async with outbox.database.transaction() as session:
        assert (await session.get_one(Order, outbox.order_id)).number
