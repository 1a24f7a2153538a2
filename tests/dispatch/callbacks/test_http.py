"""Callbacks over HTTP: the queue page by page, an attempt, the subscriber's own link."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from dispatch.orders.rules import acts
from kit.actor import Role
from kit.db import Database
from tests.dispatch.assessments.conftest import repair
from tests.dispatch.assessments.web import client
from tests.dispatch.orders.conftest import START, World, build_world


@pytest.fixture
async def lived(database: Database) -> World:
    """Five completed orders and a cancelled one, nobody called back yet."""
    async with database.transaction() as session:
        world = await build_world(session)
        for number in range(5):
            await repair(world, START + timedelta(hours=number * 3), world.anna, say=None)
        order = await world.report()
        await world.do(world.agent, order, acts.Cancel(reason="subscriber_wish"))
        world.wait(minutes=10)
    return world


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements sent meanwhile."""
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        sent.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield sent
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def test_the_queue_comes_page_by_page_oldest_first_with_as_many_statements_at_any_size(
    lived: World, database: Database
):
    path = f"/api/areas/{lived.area.id}/callbacks"
    async with client(database, lived.agent) as web:
        await web.get(path)
        with counted(database) as few:
            first = (await web.get(path, params={"limit": 2})).json()
        with counted(database) as many:
            whole = (await web.get(path, params={"limit": 200})).json()
        assert len(few) == len(many)
        second = (await web.get(path, params={"limit": 200, "cursor": first["nextCursor"]})).json()
    numbers = [item["number"] for item in whole["items"]]
    assert numbers == [f"VAN-{number:06d}" for number in range(1, 7)]
    assert [item["number"] for item in first["items"] + second["items"]] == numbers
    assert whole["nextCursor"] is None
    assert {"orderId", "status", "since", "due", "overdue", "round", "attempts"} <= set(whole["items"][0])
    assert "name" not in whole["items"][0]


async def test_an_attempt_that_is_answered_closes_and_one_that_is_not_asks_again(lived: World, database: Database):
    async with client(database, lived.agent) as web:
        items = (await web.get(f"/api/areas/{lived.area.id}/callbacks")).json()["items"]
        path = f"/api/orders/{items[0]['orderId']}/callbacks"
        again = (await web.post(path, json={"reached": "no_answer"})).json()
        assert (again["verdict"], again["status"]) == ("again", "completed")
        happy = {"reached": "answered", "solved": True, "satisfaction": "very_satisfied"}
        closed = await web.post(path, json=happy)
        assert (closed.status_code, closed.json()["verdict"], closed.json()["status"]) == (201, "satisfied", "closed")
        assert (await web.post(path, json=happy)).status_code == 409
        assert (await web.post(path, json={"reached": "smoke"})).status_code == 400
        half = await web.post(
            f"/api/orders/{items[1]['orderId']}/callbacks", json={"reached": "answered", "solved": True}
        )
        assert (half.status_code, half.json()["code"]) == (422, "callback.incomplete")
    async with client(database, lived.technician()) as web:
        assert (await web.get(f"/api/areas/{lived.area.id}/callbacks")).status_code == 403


async def test_a_subscriber_answers_by_link_without_signing_in_and_sees_no_name(lived: World, database: Database):
    async with client(database, lived.agent) as web:
        items = (await web.get(f"/api/areas/{lived.area.id}/callbacks")).json()["items"]
        path = f"/api/orders/{items[0]['orderId']}/callbacks"
        base = lived.now
        for hours in (-9, -8, -1):  # noon and evening
            answer = await web.post(
                path, json={"reached": "no_answer", "occurredAt": (base + timedelta(hours=hours)).isoformat()}
            )
            assert answer.status_code == 201, answer.text
        token = answer.json()["surveyToken"]
        assert answer.json()["verdict"] == "not_reached"
    async with client(database, None) as web:
        seen = (await web.get(f"/api/survey/{token}", headers={"accept-language": "zh-CN"})).json()
        assert set(seen) == {"number", "kind", "completedAt", "expiresAt", "reasons"}
        assert {"code": "attitude", "text": "服务态度"} in seen["reasons"]
        unhappy = {"solved": False, "satisfaction": "dissatisfied", "reasons": ["not_fixed"]}
        assert (await web.post(f"/api/survey/{token}", json=unhappy)).status_code == 201
        gone = await web.post(f"/api/survey/{token}", json=unhappy)
        assert (gone.status_code, gone.json()["code"]) == (404, "survey.gone")
        assert (await web.get("/api/survey/guess")).status_code == 404


def test_roles_that_read_the_queue_are_not_technicians():
    from dispatch.callbacks.controllers import READERS

    assert Role.TECHNICIAN not in READERS
