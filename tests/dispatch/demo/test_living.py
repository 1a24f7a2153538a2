"""The demo lives over HTTP as its clock goes, and what a person does meanwhile holds."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from citymap.osrm.client import roads_process
from dispatch.accounts.trials import trial_logins
from dispatch.app import create_app
from dispatch.demo.town import CODE
from dispatch.simulation.client import Client, Refused, Site
from dispatch.simulation.journal import Journal
from dispatch.simulation.living import HANDS_OFF_MINUTES, House, Living
from dispatch.simulation.world import Logins, World, minutes
from grids.service import area_by_code
from kit.db import Database
from kit.settings import settings
from tests.dispatch.demo.conftest import SEED

pytestmark = pytest.mark.slow
PEOPLE = 4
STEP = minutes(3)


@dataclass
class Watched:
    """The living town, moved by the test in steps of its clock, and a dispatcher who watches."""

    living: Living
    desk: Client
    area_id: str

    def goes_on(self, enough: Callable[[], bool], most_hours: float) -> bool:
        """Let the clock run until something is so; False where it is not within that many of its hours."""
        world = self.living.world
        end = world.now + timedelta(hours=most_hours)
        while world.now < end:
            world.advance(world.now + STEP)
            self.living.look()
            self.living.turn()
            self.living.act()
            if enough():
                return True
        return False

    def events(self, order_id: str) -> list[dict[str, Any]]:
        return list(self.desk.every(f"/api/orders/{order_id}/events"))

    def orders(self, **filters: str) -> list[dict[str, Any]]:
        return list(self.desk.every(f"/api/areas/{self.area_id}/orders", **filters))

    def order(self, order_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.desk.get(f"/api/orders/{order_id}")
        return found


@pytest.fixture
async def watched(demo: Database) -> AsyncIterator[Watched]:
    """The demo at 10:40 with the four busiest people at work, each with a phone; the others stand still."""
    async with demo.transaction() as session:
        area = await area_by_code(session, CODE)
        tokens = await trial_logins(session, area.id)
    async with roads_process(settings().roads_socket, settings().data_home, demo.url):
        app = create_app(msgspec.structs.replace(settings(), database_url=demo.url))
        with TestClient(app, raise_server_exceptions=False) as http:
            site = Site("", http)
            desk = site.as_(tokens["dispatcher"])
            path = f"/api/areas/{area.id}/orders"
            out = {order["owner"]["id"] for order in desk.every(path, status="en_route,on_site")}
            owners = [order["owner"]["id"] for order in desk.every(path, status="accepted")]
            load = Counter(owner for owner in owners if owner in out)
            phones = {person: tokens["technicians"][person] for person, _ in load.most_common(PEOPLE)}
            logins = Logins(**(tokens | {"technicians": phones}))
            world = World(site, desk.get(f"/api/areas/{area.id}"), logins, SEED, Journal(None))
            somewhere = next(one for one in desk.every(f"/api/areas/{area.id}/orders") if one["point"])
            living = Living(world, [House(somewhere["address"], tuple(somewhere["point"]))], a_day=220)
            await asyncio.to_thread(living.look)
            yield Watched(living, desk, str(area.id))


async def test_an_order_goes_through_its_life_and_new_ones_come_in(watched: Watched):
    known = {order["id"] for order in watched.orders()}
    mine = set(watched.living.world.logins.technicians)
    held = {one["id"] for one in watched.orders(status="accepted") if one["owner"]["id"] in mine}

    def closed() -> bool:
        return any(watched.order(order_id)["status"] == "closed" for order_id in done())

    def done() -> set[str]:
        return held - {one["id"] for one in watched.orders(status="accepted,en_route,on_site,suspended,dispatched")}

    assert await asyncio.to_thread(watched.goes_on, closed, 6)
    (first, *_) = [one for one in (watched.order(order_id) for order_id in done()) if one["status"] == "closed"]
    happened = [event["type"] for event in watched.events(first["id"])]
    for one, other in zip(
        ("accepted", "departed", "arrived", "completed", "called_back"),
        ("departed", "arrived", "completed", "called_back", "closed"), strict=True,
    ):  # fmt: skip
        assert happened.index(one) < happened.index(other), happened
    fresh = [one for one in watched.orders() if one["id"] not in known]
    assert len(fresh) >= 3
    assert any(one["owner"] for one in fresh)


async def test_a_cancelled_visit_is_left_and_the_next_one_is_begun(watched: Watched):
    mine = set(watched.living.world.logins.technicians)

    def on_the_way() -> list[dict[str, Any]]:
        return [one for one in watched.orders(status="en_route") if one["owner"]["id"] in mine]

    assert await asyncio.to_thread(watched.goes_on, lambda: bool(on_the_way()), 2)
    order = on_the_way()[0]
    body = {"type": "cancelled", "reason": "subscriber_wish"}
    await asyncio.to_thread(watched.desk.post, f"/api/orders/{order['id']}/acts", body)
    begun = watched.living.world.now

    def another() -> bool:
        later = watched.orders(owner=order["owner"]["id"], status="en_route,on_site")
        return any(one["departedAt"] and one["departedAt"] > begun.isoformat()[:19] for one in later)

    assert await asyncio.to_thread(watched.goes_on, another, 3)
    assert watched.order(order["id"])["status"] == "cancelled"
    types = [event["type"] for event in watched.events(order["id"])]
    assert not {"arrived", "completed"} & set(types[types.index("cancelled") :])


async def test_a_phone_in_a_persons_hand_is_left_alone(watched: Watched):
    world = watched.living.world
    person = next(iter(watched.living.technicians.values()))
    assert await asyncio.to_thread(watched.goes_on, lambda: person.joined, 1)
    phone = world.phone(person.id)
    route = phone.get("/api/mobile/route")
    stops = [*route["stops"], *route["waiting"]]
    order = next(one for one in reversed(stops) if one["status"] == "accepted")
    sent = {
        "id": world.new_id(), "orderId": order["orderId"], "occurredAt": world.now.isoformat(),
        "act": {"type": "departed"},
    }  # fmt: skip
    answer = phone.post("/api/mobile/sync", {"phoneTime": world.now.isoformat(), "acts": [sent]})["answers"][0]
    assert answer["result"] == "applied", answer
    seen = await asyncio.to_thread(watched.goes_on, lambda: person.hands_off_until is not None, 3)
    state = {name: getattr(person, name) for name in ("doing", "left_behind", "given_up", "offline_until", "shift_end")}
    assert seen, f"the living technician sees that somebody else set out with {order['orderId']}: {state}, {world.now}"
    since = person.hands_off_until - minutes(HANDS_OFF_MINUTES)  # type: ignore[operator]

    def over() -> bool:
        return world.now >= person.hands_off_until - STEP  # type: ignore[operator]

    assert await asyncio.to_thread(watched.goes_on, over, 2)
    acted = [
        event
        for stop in stops
        for event in watched.events(stop["orderId"])
        if event["technicianId"] == person.id and event["occurredAt"] > since.isoformat()[:19]
        and event["type"] in ("accepted", "departed", "arrived", "completed")
    ]  # fmt: skip
    assert acted == []


async def test_an_order_that_a_person_took_off_a_route_is_not_put_on_one_again(watched: Watched):
    area = f"/api/areas/{watched.area_id}"
    dispatcher = watched.living.dispatcher
    await asyncio.to_thread(dispatcher.place, watched.living.world.now)
    board = watched.desk.get(f"{area}/board")
    stop = next(stop for row in board["rows"] for stop in row["stops"] if stop["state"] == "planned")
    price = watched.desk.post(f"{area}/moves/price", {"orderId": stop["orderId"], "technicianId": None})
    watched.desk.post(f"{area}/moves", {"orderId": stop["orderId"], "technicianId": None}, if_match=price["version"])
    await asyncio.to_thread(dispatcher.place, watched.living.world.now)
    after = watched.desk.get(f"{area}/board")
    assert stop["orderId"] in {one["orderId"] for one in after["waiting"]}


async def test_what_fails_is_left_and_life_goes_on_but_without_a_token_nobody_lives(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
):
    living, done = watched.living, list[str]()
    now = living.world.now

    def fails(_now: Any) -> None:
        raise ValueError("a slip")

    living.world.agenda.at(now, fails)
    living.world.agenda.at(now, lambda _now: done.append("next"))
    living.act()
    assert done == ["next"]

    def nobody(_now: Any) -> None:
        raise Refused(401, {"code": "unauthorised"})

    living.world.agenda.at(now, nobody)
    with pytest.raises(Refused):
        living.act()


def test_who_is_started_again_sends_no_act_under_an_id_that_was_used_before():
    area = {"id": "a", "timezone": "Asia/Shanghai"}
    logins = Logins(administrator="", dispatcher="", agent="", grid_lead="", technicians={})
    used = list[str]()
    for hour in (10, 11, 10):
        world = World(Site("http://127.0.0.1"), area, logins, SEED, Journal(None))
        world.draw_ids_from(datetime(2031, 3, 11, hour, tzinfo=UTC))
        used.append(world.new_id())
        world.site.close()
    assert used[0] == used[2], "the same run again is the same"
    assert used[0] != used[1]
