"""Urgent work offered with its price, and the browsers that are woken for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidSignature
from sqlalchemy import select, text

from citymap.travel import StraightLineTravel
from dispatch.orders.models import Level, Order, Status
from dispatch.orders.rules import acts
from dispatch.planning.board import board_cache
from dispatch.planning.board.placing import place_after
from grids.service import area_by_id, local_day
from kit.actor import SYSTEM
from kit.errors import Invalid
from kit.settings import Settings, settings
from mobile_api import jobs
from mobile_api.day.schemas import OfferPrice
from mobile_api.offers.models import PhoneOffer
from mobile_api.offers.service import expire, make_offer
from mobile_api.push import service as push
from mobile_api.push.models import PushSubscription
from tests.dispatch.planning.town import EAST, WEST, Town, later, spread
from tests.mobile_api.push_service import BrowserKeys, PushService, listening
from tests.mobile_api.test_phones import People, people
from tests.site import ok, refused

__all__ = ["people"]


async def offered(town: Town, order: Order, price: OfferPrice | None = None, **more: Any) -> Any:
    async with town.database.transaction() as session:
        mine = await session.get_one(Order, order.id)
        given = price or OfferPrice(minutes=11, later_visits=[])
        return await make_offer(
            session, mine, town.anna, given, by=more.get("by"), now=later(), ahead=more.get("ahead", ())
        )


async def test_an_urgent_order_is_offered_once_with_the_price_of_the_board(people: People, town: Town):
    board_cache._boards.clear()
    async with town.database.transaction() as session:
        await session.execute(text("UPDATE service_areas SET straight_line_allowed = true"))
    planned = [await town.report(point) for point in spread(3)]
    for one in planned:
        await town.do(town.dispatcher, one, acts.Dispatch(technician_id=town.anna, why="dispatcher"))
    urgent = await town.report(EAST, level=Level.URGENT)
    await town.do(town.dispatcher, urgent, acts.Dispatch(technician_id=town.anna, why="dispatcher"))
    await jobs.offers(town.database)
    async with town.database.transaction() as session:
        queued = (await session.execute(text("SELECT task_name, args FROM procrastinate_jobs"))).all()
    (job,) = [row for row in queued if row.task_name == "mobile.offer"]
    await jobs.offer(town.database, **job.args)
    await jobs.offer(town.database, **job.args)
    (offer,) = ok(await people.get(people.anna, "/api/mobile/route"))["offers"]
    assert (offer["number"], offer["level"]) == (urgent.number, "urgent")
    assert offer["price"]["known"] is True
    assert offer["price"]["minutes"] > 0
    assert "contact" not in offer
    taken = ok(await people.post(people.anna, f"/api/mobile/offers/{offer['id']}", {"answer": "accept"}))
    assert (taken["state"], taken["order"]["status"]) == ("accepted", "accepted")
    again = ok(await people.post(people.anna, f"/api/mobile/offers/{offer['id']}", {"answer": "accept"}))
    assert again["state"] == "accepted"
    assert ok(await people.get(people.anna, "/api/mobile/route"))["offers"] == []


async def planned_day(town: Town) -> list[Order]:
    """Three orders that Anna visits one after the other."""
    board_cache._boards.clear()
    async with town.database.transaction() as session:
        await session.execute(text("UPDATE service_areas SET straight_line_allowed = true"))
    given = [await town.report(point) for point in spread(3)]
    for ahead, one in enumerate(given):
        await town.do(town.dispatcher, one, acts.Dispatch(technician_id=town.anna, why="dispatcher"))
        async with town.database.transaction() as session:
            area = await area_by_id(session, town.area_id)
            before = [order.id for order in given[:ahead]]
            travel = StraightLineTravel()
            await place_after(session, SYSTEM, area, local_day(area), travel, one.id, town.anna, before)
    return given


async def place_what_was_taken(town: Town) -> None:
    async with town.database.transaction() as session:
        queued = (await session.execute(text("SELECT task_name, args FROM procrastinate_jobs"))).all()
    (args,) = [row.args for row in queued if row.task_name == "mobile.place_offer"]
    for _ in range(2):  # a job may run twice
        await jobs.place_offer(town.database, **args)


async def stops(people: People) -> list[str]:
    return [stop["number"] for stop in ok(await people.get(people.anna, "/api/mobile/route"))["stops"]]


@pytest.mark.parametrize("place", [0, 1, 2, 3])
async def test_what_was_taken_is_visited_where_the_offer_put_it(people: People, town: Town, place: int):
    given = await planned_day(town)
    assert await stops(people) == [order.number for order in given]
    urgent = await town.report(EAST, level=Level.URGENT)
    await town.do(town.dispatcher, urgent, acts.Dispatch(technician_id=town.anna, why="dispatcher"))
    price = OfferPrice(minutes=11, later_visits=[])
    offer = await offered(town, urgent, price, ahead=[order.id for order in given[:place]])
    assert urgent.number not in await stops(people)
    ok(await people.post(people.anna, f"/api/mobile/offers/{offer}", {"answer": "accept"}))
    await place_what_was_taken(town)
    expected = [order.number for order in given]
    expected.insert(place, urgent.number)
    assert await stops(people) == expected


async def test_a_visit_ahead_that_was_made_or_given_away_meanwhile_is_passed_over(people: People, town: Town):
    given = await planned_day(town)
    urgent = await town.report(EAST, level=Level.URGENT)
    await town.do(town.dispatcher, urgent, acts.Dispatch(technician_id=town.anna, why="dispatcher"))
    offer = await offered(town, urgent, OfferPrice(minutes=11, later_visits=[]), ahead=[given[0].id, given[1].id])
    ok(await people.post(people.anna, f"/api/mobile/offers/{offer}", {"answer": "accept"}))
    await town.do(town.dispatcher, given[1], acts.Cancel(reason="subscriber_wish"))
    await place_what_was_taken(town)
    assert await stops(people) == [given[0].number, urgent.number, given[2].number]


async def test_who_declines_passes_the_order_on_and_nobody_is_charged(people: People, town: Town, order: Order):
    offer = await offered(town, order)
    refused(
        await people.post(people.bert, f"/api/mobile/offers/{offer}", {"answer": "accept"}),
        404,
        "mobile.offer_not_found",
    )
    answer = ok(await people.post(people.anna, f"/api/mobile/offers/{offer}", {"answer": "decline"}))
    assert (answer["state"], answer["order"]["mine"]) == ("declined", False)
    now = await town.order(order)
    assert now.owner_id not in (None, town.anna) or now.status is Status.REPORTED


async def test_an_offer_that_was_overtaken_says_so(people: People, town: Town, order: Order):
    offer = await offered(town, order)
    await town.do(town.dispatcher, order, acts.Reassign(technician_id=town.bert, why="dispatcher"))
    assert ok(await people.get(people.anna, "/api/mobile/route"))["offers"] == []
    answer = ok(await people.post(people.anna, f"/api/mobile/offers/{offer}", {"answer": "accept"}))
    assert answer["state"] == "gone"


async def test_a_dispatcher_offers_an_order_that_nobody_has(people: People, town: Town):
    waiting = await town.report(WEST)
    path = f"/api/orders/{waiting.id}/offers"
    body = {"technicianId": str(town.anna)}
    refused(await people.post(people.anna, path, body), 403, "forbidden.role")
    made = ok(await people.post(people.dispatcher, path, body), 201)
    answer = ok(await people.post(people.anna, f"/api/mobile/offers/{made['id']}", {"answer": "accept"}))
    assert answer["state"] == "accepted"
    now = await town.order(waiting)
    assert (now.owner_id, now.status) == (town.anna, Status.ACCEPTED)
    refused(await people.post(people.dispatcher, path, body), 409, "mobile.not_to_offer")


async def test_an_offer_ends_by_itself(town: Town, order: Order):
    await offered(town, order, by=uuid4())
    async with town.database.transaction() as session:
        assert await expire(session, town.area_id, later(hours=1)) == 1
        assert await expire(session, town.area_id, later(hours=1)) == 0
        assert (await session.execute(select(PhoneOffer.state))).scalar_one() == "expired"


# --- push -------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def push_service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PushService]:
    async with listening() as service:
        chosen = Settings(push_hosts=f"push.example.org,127.0.0.1:{service.port}", home=settings().home)
        monkeypatch.setattr(push, "settings", lambda: chosen)
        yield service


async def test_a_browser_is_woken_by_a_message_that_only_it_can_read(
    people: People, town: Town, order: Order, monkeypatch: pytest.MonkeyPatch
):
    async with push_service(monkeypatch) as service:
        browser = BrowserKeys()
        body = {"subscription": {"endpoint": service.endpoint, "keys": browser.given}}
        ok(await people.post(people.anna, "/api/mobile/push", body), 204)
        offer = await offered(town, order)
        async with town.database.transaction() as session:
            queued = (await session.execute(text("SELECT task_name, args FROM procrastinate_jobs"))).all()
        (job,) = [row.args for row in queued if row.task_name == "mobile.push"]
        await jobs.push(town.database, **job)
        key = ok(await people.get(people.anna, "/api/mobile/push"))["key"]
        (sent,) = service.sent
        assert browser.read(sent.body) == {"kind": "offer", "id": str(offer)}
        told = sent.signed_by(key)
        assert told["aud"] == f"http://127.0.0.1:{service.port}"
        with pytest.raises(InvalidSignature):
            sent.signed_by(BrowserKeys().given["p256dh"])
        service.status = 410
        assert await push.send(town.database, town.anna, {"kind": "changes"}) == 0
        async with town.database.transaction() as session:
            assert (await session.execute(select(PushSubscription))).all() == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example.org/x", "https://push.example.org:8443/x", "https://push.example.org.evil.org/x",
        "https://169.254.169.254/latest", "https://user@push.example.org/x", "https://[::1]/x", "ftp://x", "https://[",
    ],
)  # fmt: skip
def test_only_known_push_services_are_called(endpoint: str) -> None:
    with pytest.raises(Invalid):
        push.check_endpoint(endpoint, ("push.example.org",))
    push.check_endpoint("https://eu.push.example.org/x", ("push.example.org",))
