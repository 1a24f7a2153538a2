"""Outages over HTTP: the queue's proposals, two decisions, the script at intake, the story, and reliability."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import AsyncTestClient

from dispatch.outages.controllers import ROUTES
from kit.actor import Actor
from kit.db import Database
from kit.http.requests import EXCEPTION_HANDLERS, Transactions, provide_session
from tests.dispatch.orders.conftest import HERE, START, World, build_world
from tests.dispatch.outages.conftest import voices
from tests.site import asked_by


@asynccontextmanager
async def client(database: Database, actor: Actor) -> AsyncIterator[AsyncTestClient[Any]]:
    async def provide_actor() -> Actor:
        return actor

    app = Litestar(
        route_handlers=list(ROUTES),
        dependencies={"session": Provide(provide_session), "actor": Provide(provide_actor)},
        plugins=[Transactions()],
        exception_handlers=EXCEPTION_HANDLERS,
        **asked_by(actor),
    )
    app.state.database = database
    async with AsyncTestClient(app) as opened:
        yield opened


@pytest.fixture
async def town(database: Database) -> World:
    async with database.transaction() as session:
        world = await build_world(session)
        await voices(world, 3)
    return world


async def test_from_the_proposal_to_the_end_over_http(database: Database, town: World):
    area = f"/api/areas/{town.area.id}"
    later = (START + timedelta(hours=3)).isoformat()
    async with client(database, town.dispatcher) as http:
        (proposed,) = (await http.get(f"{area}/outages")).json()["items"]
        assert (proposed["status"], proposed["why"], proposed["reports"]) == ("suspected", "same_node", 3)
        assert proposed["point"] == pytest.approx([HERE[0] + 0.0002, HERE[1]])
        one = f"/api/outages/{proposed['id']}"
        assert (await http.get(f"{area}/outages/known?node=OLT-7")).json() == {"outage": None}
        stale = await http.post(f"{one}/confirm", json={"expectedEnd": later}, headers={"If-Match": '"99"'})
        assert stale.status_code == 412
        done = await http.post(f"{one}/confirm", json={"expectedEnd": proposed["proposedEnd"]})
        assert done.status_code == 200, done.text
        assert (done.json()["children"], done.json()["crewStatus"]) == (3, "reported")
        known = (await http.get(f"{area}/outages/known?node=OLT-7")).json()["outage"]
        assert known["expectedEnd"] == done.json()["expectedEnd"]
        moved = await http.post(f"{one}/expected-end", json={"expectedEnd": later, "note": "cable"})
        assert moved.json()["expectedEnd"].startswith("2022-09-27T19:00")
        over = (await http.post(f"{one}/restore", json={})).json()
        assert (over["status"], over["sampled"], over["closesAt"] is not None) == ("restored", 3, True)
        story = (await http.get(one)).json()
        assert [event["kind"] for event in story["events"]] == ["suspected", "confirmed", "moved", "restored"]
        first = next(row["orderId"] for row in story["orders"] if row["part"] == "child")
        said = await http.post(f"{one}/answers", json={"orderId": first, "answer": "still_broken"})
        assert (said.json()["children"], said.json()["stillBroken"]) == (2, 1)
        again = await http.post(f"{one}/confirm", json={"expectedEnd": later})
        assert (again.status_code, again.json()["code"]) == (409, "outage.wrong_state")
        figures = (await http.get(f"{area}/outages/reliability?from=2022-09-01&to=2022-10-01")).json()
        assert (figures["area"]["outages"], figures["area"]["saidi"]) == (0, None)  # over at the moment it began


async def test_drawing_one_by_hand_and_taking_an_order_in_and_out(database: Database, town: World):
    later = (START + timedelta(hours=3)).isoformat()
    ring = [[HERE[0] - 0.01, HERE[1] - 0.01], [HERE[0] + 0.01, HERE[1] - 0.01], [HERE[0], HERE[1] + 0.01]]
    async with database.transaction() as session:
        town.session = session
        other = await town.report(point=(HERE[0] + 0.08, HERE[1]))
    async with client(database, town.dispatcher) as http:
        body = {"since": START.isoformat(), "expectedEnd": later, "ring": ring, "customers": 40}
        made = await http.post(f"/api/areas/{town.area.id}/outages", json=body)
        assert made.status_code == 201, made.text
        outage = made.json()
        assert (outage["why"], outage["children"], outage["customers"]) == ("hand", 3, 40)
        assert outage["shape"]["type"] == "MultiPolygon"
        one = f"/api/outages/{outage['id']}"
        added = await http.post(f"{one}/orders", json={"orderIds": [str(other.id)]})
        assert added.json()["children"] == 4
        twice = await http.post(f"{one}/orders", json={"orderIds": [str(other.id)]})
        assert (twice.status_code, twice.json()["code"]) == (409, "outage.not_muted")
        out = await http.post(f"{one}/orders/{other.id}/release")
        assert out.json()["children"] == 3
        nothing = {"since": START.isoformat(), "expectedEnd": later}
        refused = await http.post(f"/api/areas/{town.area.id}/outages", json=nothing)
        assert refused.json()["code"] == "outage.where"
    assert UUID(outage["crewOrderId"])
