from __future__ import annotations

import asyncio
import io
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from geoalchemy2 import WKTElement
from PIL import Image
from sqlalchemy import delete, select

from dispatch.callbacks.models import CallbackAttempt
from dispatch.notices.links import revoke, token_for
from dispatch.orders.models import Order, OrderEvent, Photo, Status, Visit
from dispatch.orders.rules import acts
from dispatch.outages import service as outages
from dispatch.subscriber_page import controllers
from dispatch.technicians.models import Position, RosterPattern
from kit.actor import Role
from kit.http.throttle import WRONG_LINKS
from tests.dispatch.planning.town import WEST, Town
from tests.site import listen, running
from tests.waiting import until

ZH = {"Accept-Language": "zh-CN"}


async def link(town: Town, order: Order) -> str:
    """The address of an order's page."""
    async with town.database.transaction() as session:
        return f"/o/{await token_for(session, order.id)}"


async def accepted(town: Town, **given: Any) -> Order:
    """An order that Anna has taken on."""
    order = await town.report(**given)
    await town.do(town.dispatcher, order, acts.Dispatch(technician_id=town.anna, why="a_technician"))
    await town.do(town.technician(town.anna), order, acts.Accept())
    return await town.order(order)


async def test_the_page_reads_without_javascript_in_the_browsers_language_and_names_nobody_else(town: Town):
    order = await accepted(town, address="1 Secret Road", description="private words")
    async with running(town.database) as web:
        english = await web.get(await link(town, order))
        chinese = await web.get(await link(town, order), headers=ZH)
    assert english.status_code == 200
    assert order.number in english.text
    assert "The technician has taken it on" in english.text
    assert "Anna, employee number 1" in english.text
    assert "装维人员已接单" in chinese.text
    assert 'lang="zh-CN"' in chinese.text
    assert "<script" not in english.text
    assert len(english.content) <= 40_000
    for private in ("Li Wei", "13800000001", "Secret Road", "private words", str(order.id)):
        assert private not in english.text
    assert english.headers["cache-control"] == "no-store"


async def test_a_guessed_altered_foreign_revoked_or_expired_link_says_nothing_and_guessing_ends_in_waiting(town: Town):
    order, foreign = await accepted(town), await town.report()
    good, other = await link(town, order), await link(town, foreign)
    mixed = f"{other[:26]}{good[26:]}"
    altered = f"{good[:-2]}{'A' if good[-2] != 'A' else 'B'}{good[-1]}"
    async with town.database.transaction() as session:
        await revoke(session, foreign.id)
    await town.do(town.dispatcher, order, acts.Cancel(reason="other"))
    async with running(town.database) as web:
        assert (await web.get(good)).status_code == 200
        await town.set_clock((await town.area()).clock.now() + timedelta(days=7, minutes=1))
        texts = set()
        for address in (good, other, mixed, altered, "/o/guess", f"/o/{'A' * 46}"):
            answer = await web.get(address)
            assert answer.status_code == 404, address
            texts.add(answer.text)
        assert len(texts) == 1, "all look alike"
        tries = [(await web.get(f"/o/{number}")).status_code for number in range(WRONG_LINKS)]
        assert tries[-1] == 429
        fresh = await link(town, await town.report())
        assert (await web.get(fresh)).status_code == 429, "who guesses waits, whatever they try next"


async def test_notes_photos_and_cancelling_reach_the_order_and_a_reload_repeats_nothing(town: Town):
    order = await accepted(town)
    picture = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(picture, "JPEG")
    async with running(town.database) as web:
        address = await link(town, order)
        noted = await web.post(address, data={"do": "note", "words": "<b>second door</b>"}, follow_redirects=False)
        assert (noted.status_code, noted.headers["location"]) == (303, f"{address}?done=1")
        sent = await web.post(
            address, data={"do": "photo"}, files={"photo": ("a.jpg", picture.getvalue(), "image/jpeg")}
        )
        assert sent.status_code == 200, sent.text
        bad = await web.post(address, data={"do": "photo"}, files={"photo": ("a.jpg", b"<svg>", "image/jpeg")})
        assert bad.status_code == 415
        assert (await web.post(address, data={"do": "nonsense"})).status_code == 409
        assert (await web.post(address, data={"do": "cancel"})).status_code == 200
        late = await web.post(address, data={"do": "cancel"}, headers=ZH)
        assert late.status_code == 409
        assert "请致电客服" in late.text
    async with town.database.transaction() as session:
        events = (await session.scalars(select(OrderEvent).where(OrderEvent.order_id == order.id))).all()
        assert [e.data.get("note") for e in events if e.type == "noted"] == ["<b>second door</b>"]
        assert [one.sha256 is not None for one in (await session.scalars(select(Photo))).all()] == [True]
    assert (await town.order(order)).status is Status.CANCELLED


async def test_a_rating_counts_as_the_call_back_once(town: Town):
    order = await town.report()
    await town.do(town.actor(Role.AGENT), order, acts.SolveRemotely(action="restart"))
    rating = {"do": "rate", "solved": "yes", "satisfaction": "satisfied", "words": "fine"}
    async with running(town.database) as web:
        address = await link(town, order)
        assert "Were we good?" in (await web.get(address)).text
        assert (await web.post(address, data=rating)).status_code == 200
        assert (await web.post(address, data=rating)).status_code == 409
        assert "Were we good?" not in (await web.get(address)).text
    after = await town.order(order)
    assert (after.status, after.satisfied) == (Status.CLOSED, True)
    async with town.database.transaction() as session:
        assert len((await session.scalars(select(CallbackAttempt))).all()) == 1


async def test_a_window_that_fits_is_booked_and_held(town: Town):
    order = await accepted(town)
    async with running(town.database) as web:
        address = await link(town, order)
        shown = await web.get(f"{address}?times=1")
        starts = re.findall(r'name="start" value="([^"]+)"', shown.text)
        assert starts, shown.text
        assert all("T18:00" not in start for start in starts), "nobody is at work in the evening"
        booked = await web.post(address, data={"do": "window", "start": starts[-1]})
        assert booked.status_code == 200, booked.text
    after = await town.order(order)
    assert after.appointment_start is not None
    assert after.appointment_start.isoformat() != starts[0]
    assert after.appointment_changed_by == "subscriber"
    async with town.database.transaction() as session:
        visit = (await session.scalars(select(Visit).where(Visit.order_id == order.id))).one()
    assert visit.planned_start is not None
    assert after.appointment_end is not None
    assert after.appointment_start <= visit.planned_start <= after.appointment_end


async def test_of_two_links_that_race_for_one_window_one_gets_it(town: Town):
    async with town.database.transaction() as session:
        await session.execute(delete(RosterPattern).where(RosterPattern.technician_id != town.anna))
    orders = [await accepted(town, service_seconds=4 * 3600) for _ in range(2)]
    async with running(town.database) as web:
        links = [await link(town, order) for order in orders]
        offered = [re.findall(r'name="start" value="([^"]+)"', (await web.get(f"{one}?times=1")).text) for one in links]
        start = next(one for one in offered[0] if one in offered[1] and "28T12:00" in one)
        answers = await asyncio.gather(*(web.post(one, data={"do": "window", "start": start}) for one in links))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert "taken meanwhile" in lost.text
    windows = [(await town.order(order)).appointment_start for order in orders]
    assert len([one for one in windows if one is not None]) == 1


async def test_who_is_on_the_way_arrives_in_a_band_by_where_they_are_and_else_nobody_pretends_to_know(town: Town):
    order = await accepted(town)
    await town.do(town.technician(town.anna), order, acts.Depart())
    async with running(town.database) as web:
        address = await link(town, order)
        assert "We cannot say just now" in (await web.get(address)).text
        await seen(town, town.anna, (WEST[0] + 0.03, WEST[1]))
        text = (await web.get(address)).text
    found = re.search(r"Arrives probably</dt><dd>(\d\d:\d\d)–(\d\d:\d\d)", text)
    assert found, text
    assert "09:00" <= found.group(1) < found.group(2) <= "10:00"
    assert '<noscript><meta http-equiv="refresh"' in text
    assert "As of</dt><dd>09:00" in text


async def seen(town: Town, technician: UUID, point: tuple[float, float]) -> None:
    """Somebody's phone says where it is."""
    now = (await town.area()).clock.now()
    async with town.database.transaction() as session:
        where = WKTElement(f"POINT({point[0]} {point[1]})", srid=4326)
        session.add(Position(technician_id=technician, point=where, occurred_at=now))


async def test_a_part_of_an_outage_reads_what_is_known_and_says_when_it_is_not_over(town: Town):
    orders = [await town.report(network_node="OLT-1") for _ in range(2)]
    area = await town.area()
    now = area.clock.now()
    async with town.database.transaction() as session:
        outage = await outages.declare(
            session, town.dispatcher, await session.merge(area), outages.Extent("OLT-1"), now - timedelta(hours=1),
            expected_end=now + timedelta(hours=2),
        )  # fmt: skip
    address = await link(town, orders[0])
    async with running(town.database) as web:
        text = (await web.get(address)).text
        assert "We are working on it" in text
        assert "Expected end" in text
        assert "still_broken" not in text
        early = await web.post(address, data={"do": "still_broken"})
        assert early.status_code == 409
        async with town.database.transaction() as session:
            await outages.restore(session, town.dispatcher, outage.id)
        assert "仍无法使用" in (await web.get(address, headers=ZH)).text
        said = await web.post(address, data={"do": "still_broken"}, follow_redirects=False)
        assert said.status_code == 303
    assert (await town.order(orders[0])).status == "reported"
    assert (await town.order(orders[1])).status == "merged"


async def test_the_stream_tells_the_estimate_as_it_becomes_known_and_ends_when_the_order_moves_on(town: Town):
    order = await accepted(town)
    await town.do(town.technician(town.anna), order, acts.Depart())
    heard: list[str] = []
    async with running(town.database) as web:
        address = await link(town, order)
        reading = asyncio.create_task(listen(web, f"{address}/live", {}, heard))
        await until(lambda: any("We cannot say just now" in one for one in heard), "what is not known was said")
        await seen(town, town.anna, (WEST[0] + 0.03, WEST[1]))
        await town.do(town.dispatcher, order, acts.Note(note="the bell is broken"))
        await until(
            lambda: any(re.search(r"probably</dt><dd>\d\d:\d\d–\d\d:\d\d", one) for one in heard), "an estimate"
        )
        await town.do(town.technician(town.anna), order, acts.Arrive(reason="no signal"))
        assert await asyncio.wait_for(reading, 60) == 200
        assert heard[heard.index("event: moved") + 1] == "data: on_site"
        for private in ("Li Wei", "13800000001", "bell is broken", str(order.id), str(town.anna)):
            assert private not in "".join(heard)


async def test_a_stream_ends_when_its_link_is_revoked_and_a_wrong_link_has_none(town: Town, monkeypatch: Any):
    monkeypatch.setattr(controllers, "LOOK_SECONDS", 0.1)
    order = await accepted(town)
    heard: list[str] = []
    async with running(town.database) as web:
        reading = asyncio.create_task(listen(web, f"{await link(town, order)}/live", {}, heard))
        await until(lambda: "event: standing" in heard, "the first answer")
        async with town.database.transaction() as session:
            await revoke(session, order.id)
        assert await asyncio.wait_for(reading, 60) == 200
        assert "event: gone" in heard
        assert (await web.get("/o/guess/live")).status_code == 404
        web.app.state.streams.limit = 0
        web.app.state.streams.limit = 0
        assert (await web.get(f"{await link(town, await accepted(town))}/live")).status_code == 429
