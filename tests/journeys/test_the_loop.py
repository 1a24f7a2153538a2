"""One fault's whole life on 27 September 2022, through the API alone, as everybody in the town sees it.

Reported at nine, repaired, called back dissatisfied, repaired again, satisfied, closed, assessed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from litestar.testing import AsyncTestClient

from kit.actor import Role
from kit.db import Database, libpq_url
from tests.dispatch.cli.program import program, told
from tests.dispatch.planning.town import NINE
from tests.journeys.people import REPORT, Settled, act, batch, completion, picture, results, settle
from tests.site import ok, refused, running

HAPPY = {"reached": "answered", "solved": True, "satisfaction": "very_satisfied"}
UNHAPPY = {"reached": "answered", "solved": False, "satisfaction": "dissatisfied", "reasons": ["not_fixed"]}


class Story:
    """The people of the town at the running program, and the time it is."""

    def __init__(self, web: AsyncTestClient[Any], settled: Settled) -> None:
        self.web, self.settled, self.area = web, settled, settled.area
        self.minutes = 0.0

    async def get(self, who: Role | UUID, path: str, **params: Any) -> Any:
        return ok(await self.web.get(path, params=params, headers=self.headers(who)))

    async def post(self, who: Role | UUID, path: str, body: Any = None, status: int = 201) -> Any:
        return ok(await self.web.post(path, json=body, headers=self.headers(who)), status)

    def headers(self, who: Role | UUID) -> dict[str, str]:
        return self.settled.desk[who] if isinstance(who, Role) else self.settled.phones[who]

    async def clock(self, minutes: float) -> Any:
        """Bring the town to so many minutes after nine."""
        self.minutes = minutes
        now = (NINE + timedelta(minutes=minutes)).isoformat()
        return await self.post(Role.MANAGER, f"{self.area}/clock", {"now": now, "speed": 0}, 200)

    async def sync(self, who: UUID, *acts: dict[str, Any]) -> list[str]:
        now = NINE + timedelta(minutes=self.minutes)
        answer = await self.web.post("/api/mobile/sync", json=batch(now, *acts), headers=self.headers(who))
        return results(answer)

    async def seen(self, order: str, who: Role | UUID = Role.DISPATCHER) -> dict[str, Any]:
        found: dict[str, Any] = await self.get(who, f"/api/orders/{order}")
        return found

    async def on_phone(self, who: UUID) -> dict[str, dict[str, Any]]:
        route = await self.get(who, "/api/mobile/route")
        return {stop["orderId"]: stop for stop in [*route["stops"], *route["waiting"]]}


@pytest.fixture
async def story(database: Database) -> AsyncIterator[Story]:
    settled = await settle(database)
    async with running(database) as web:
        yield Story(web, settled)


async def repair(story: Story, order: str, who: UUID, start: float) -> list[UUID]:
    """Accept, call and book, drive, arrive, mend: each half hour the phone syncs, and everybody sees it."""
    photos = [uuid4(), uuid4()]
    steps: list[tuple[float, str, list[dict[str, Any]]]] = [
        (5, "accepted", [act(order, start + 3, "accepted")]),
        (10, "accepted", [act(order, start + 8, "contacted", **window(start + 40, start + 100))]),
        (40, "en_route", [act(order, start + 30, "departed")]),
        (60, "on_site", [act(order, start + 45, "arrived")]),
        (100, "completed", [act(order, start + 95, "completed", **completion(*photos))]),
    ]
    for minutes, status, acts in steps:
        await story.clock(start + minutes)
        assert await story.sync(who, *acts) == ["applied"]
        for watcher in (Role.DISPATCHER, Role.MANAGER, Role.AGENT, who):
            assert (await story.seen(order, watcher))["status"] == status
        stop = (await story.on_phone(who)).get(order)
        assert (stop["status"] if stop else "completed") == status
        assert await story.sync(who, *acts) == ["already"]
    return photos


def window(start: float, end: float) -> dict[str, str]:
    return {
        "windowStart": (NINE + timedelta(minutes=start)).isoformat(),
        "windowEnd": (NINE + timedelta(minutes=end)).isoformat(),
    }


async def test_a_fault_walks_the_whole_loop_and_everybody_sees_every_step(story: Story, database: Database):
    town, area = story.settled.town, story.area
    watched = (await story.get(Role.DISPATCHER, f"{area}/changes/list"))["cursor"]

    # 09:00: reported, and located by its point alone.
    reported = await story.post(Role.AGENT, f"{area}/orders", REPORT)
    order = reported["id"]
    assert (reported["status"], reported["grid"]["code"]) == ("reported", "west")
    assert (reported["waitingOn"]["role"], reported["waitingOn"]["reason"]) == ("dispatcher", "dispatch")
    assert reported["subscriber"]["name"] != "Wang Xiaoming"
    assert await story.on_phone(town.anna) == {}

    # 09:01: the grid's A technician is given it; nobody else sees it on a phone.
    assert (await story.clock(1))["dispatched"] == 1
    given = await story.seen(order)
    assert (given["status"], given["owner"]["name"]) == ("dispatched", "Anna")
    stop = (await story.on_phone(town.anna))[order]
    assert stop["contact"] == {"name": "Wang Xiaoming", "phones": ["13812345678"], "flags": []}
    assert await story.on_phone(town.bert) == {}
    refused(await story.web.get(f"/api/orders/{order}", headers=story.headers(town.carl)), 404, "order.not_found")

    # 09:06 to 10:41: repaired. The clock runs from the acceptance at 09:04.
    photos = await repair(story, order, town.anna, 1)
    done = await story.seen(order)
    assert done["dueAt"] == "2022-09-27T05:04:00Z"
    assert (done["completedAt"], done["cause"]) == ("2022-09-27T02:36:00Z", "no_service")
    assert (done["waitingOn"]["role"], done["waitingOn"]["reason"]) == ("agent", "call_back")

    # The photos' files come once there is a signal.
    listed = await story.get(Role.MANAGER, f"/api/orders/{order}/photos")
    assert {photo["id"]: photo["sha256"] for photo in listed} == {str(photo): None for photo in photos}
    refused(await story.web.get(f"/api/photos/{photos[0]}", headers=story.headers(Role.AGENT)), 404, "photo.not_yet")
    for photo in photos:
        files = {"file": ("p.jpg", picture(), "image/jpeg")}
        ok(await story.web.put(f"/api/mobile/photos/{photo}", files=files, headers=story.headers(town.anna)))
    for role in (Role.MANAGER, Role.OBSERVER):
        refusal = await story.web.get(f"/api/photos/{photos[0]}", headers=story.headers(role))
        refused(refusal, 403, "photo.not_for_you")
    shown = await story.web.get(f"/api/photos/{photos[0]}", headers=story.headers(Role.AGENT))
    assert (shown.status_code, shown.content[:2]) == (200, b"\xff\xd8")

    # 11:00: called back dissatisfied, it goes out again with four hours of its own.
    await story.clock(120)
    (waiting,) = (await story.get(Role.AGENT, f"{area}/callbacks"))["items"]
    assert (waiting["orderId"], waiting["status"], waiting["round"]) == (order, "completed", 0)
    called = await story.post(Role.AGENT, f"/api/orders/{order}/callbacks", UNHAPPY)
    assert (called["verdict"], called["status"]) == ("rework", "dispatched")
    again = UUID(called["reworkTechnicianId"])
    back = await story.seen(order)
    assert (back["reworks"], back["owner"]["id"], back["completedAt"]) == (1, str(again), None)
    assert back["reworkOfTechnicianId"] == str(town.anna)
    assert (await story.get(Role.AGENT, f"{area}/callbacks"))["items"] == []

    # 11:05 to 12:40: repaired again; 13:30: satisfied, and closed by that alone.
    await repair(story, order, again, 120)
    await story.clock(270)
    (waiting,) = (await story.get(Role.AGENT, f"{area}/callbacks"))["items"]
    assert waiting["round"] == 1
    called = await story.post(Role.AGENT, f"/api/orders/{order}/callbacks", HAPPY)
    assert (called["verdict"], called["status"]) == ("satisfied", "closed")
    for who in (Role.AGENT, Role.DISPATCHER, Role.MANAGER, again):
        closed = await story.seen(order, who)
        assert (closed["status"], closed["outcome"], closed["waitingOn"]) == ("closed", "satisfied", None)
    assert await story.on_phone(again) == {}
    refused(
        await story.web.post(f"/api/orders/{order}/acts", json={"type": "chased"}, headers=story.headers(Role.AGENT)),
        409, "order.wrong_state",
    )  # fmt: skip

    # What happened, and who was told.
    events = (await story.get(Role.DISPATCHER, f"/api/orders/{order}/events"))["items"]
    work = ["accepted", "contacted", "departed", "arrived", "completed"]
    told_by = [event["type"] for event in events]
    assert [kind for kind in told_by if kind != "attached"] == [
        "reported", "dispatched", *work, "called_back", "rework_dispatched", *work, "called_back", "closed",
    ]  # fmt: skip
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    changes = (await story.get(Role.DISPATCHER, f"{area}/changes/list", cursor=watched))["items"]
    assert sum((change["topic"], change["key"]) == ("order", order) for change in changes) >= len(work) * 2

    await assess(story, again)
    await verify(story, database, order)


async def assess(story: Story, again: UUID) -> None:
    """The month: both repairs in time, the first one's answer bad, the order closed by a callback."""
    await story.post(Role.MANAGER, f"{story.area}/assessments/2022-09")
    month = await story.get(Role.MANAGER, f"{story.area}/assessments/2022-09")
    cards = {card["id"]: card["indicators"] for card in month["technicians"]}
    answered: dict[str, list[int]] = {}
    for who, good in ((story.settled.town.anna, 0), (again, 1)):
        numbers = answered.setdefault(str(who), [0, 0])
        numbers[0] += good
        numbers[1] += 1
    for who, (good, every) in answered.items():
        in_time, satisfied = cards[who]["repaired_on_time"], cards[who]["satisfaction"]
        assert (in_time["numerator"], in_time["denominator"]) == (every, every)
        assert (satisfied["numerator"], satisfied["denominator"]) == (good, every)
    (west,) = [card for card in month["grids"] if card["name"] == "West"]
    coverage = west["indicators"]["callback_coverage"]
    assert (coverage["numerator"], coverage["denominator"]) == (1, 1)
    assert {card["rankNote"] for card in month["technicians"]} == {"not_enough_data"}


async def verify(story: Story, database: Database, order: str) -> None:
    """What is stored is what happened, until somebody writes into the table by hand: then that order is named."""
    clean = told(await program(database.url, "verify", "town", "--json"))
    assert (clean["orders"], clean["mismatches"]) == (1, [])
    number = (await story.seen(order))["number"]
    with psycopg.connect(libpq_url(database.url)) as by_hand:
        by_hand.execute("UPDATE orders SET status = 'completed', closed_at = NULL WHERE id = %s", [order])
    found = await program(database.url, "verify", "town")
    assert found.exit_code == 1
    assert f"Order {number}: status is stored as completed, its events say closed." in found.stdout
