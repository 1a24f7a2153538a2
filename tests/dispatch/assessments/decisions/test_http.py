"""Decisions and the bulletin over HTTP, on a month that was lived: proposed by rule, decided by people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dispatch.assessments.ledger.models import RulingKind
from dispatch.assessments.ledger.rulings import rule
from dispatch.policies.service import add_policy
from kit.actor import SYSTEM, Role
from kit.db import Database
from kit.ids import uuid7
from tests.dispatch.assessments.conftest import repair
from tests.dispatch.orders.conftest import START, World, build_world
from tests.site import Client, bearer, ok, refused, running

MONTH = "2022-10"
LIMITS = {
    "leastOrders": 5, "starPercent": 50, "rectificationPercent": 50, "proposalsLeastRanked": 2,
    "honourLeastAnswers": 5, "retrainingCards": 1,
}  # fmt: skip


@pytest.fixture
async def lived(database: Database) -> World:
    """A month in which everything of Anna's went well and everything of Bert's was late, and he drew a red line."""
    async with database.transaction() as session:
        world = await build_world(session)
        await add_policy(session, world.area.id, world.now + timedelta(minutes=1), LIMITS, None)
        first = START + timedelta(days=6)
        for day in range(12):
            await repair(world, first + timedelta(days=day), world.anna)
            late = await repair(world, first + timedelta(days=day, hours=1), world.bert, done=400)
        await rule(session, SYSTEM, late.id, kind=RulingKind.RED_LINE, rule="fake_completion", points=0, reason="seen")
        world.set(first + timedelta(days=30))
    return world


async def people(database: Database, world: World) -> dict[str, dict[str, str]]:
    area = {"area_ids": [world.area.id]}
    return {
        "manager": await bearer(database, "mona", Role.MANAGER, **area),
        "lead": await bearer(database, "lena", Role.GRID_LEAD, grid_ids=[world.west.id, world.east.id], **area),
        "inspector": await bearer(database, "ines", Role.INSPECTOR, **area),
        "observer": await bearer(database, "otto", Role.OBSERVER, **area),
        "anna": await bearer(database, "anna", Role.TECHNICIAN, technician_id=world.anna.id, **area),
        "stranger": await bearer(database, "sven", Role.MANAGER, area_ids=[uuid7()]),
        "contractor": await bearer(database, "carl", Role.MANAGER, contractor="Nobody", **area),
    }


async def listed(http: Client, world: World, headers: dict[str, str], **asked: str) -> dict[str, dict[str, Any]]:
    answer = await http.get(f"/api/areas/{world.area.id}/decisions", headers=headers, params=asked)
    return {f"{one['kind']} {one['name']}": one for one in ok(answer)["items"]}


async def published(http: Client, world: World, headers: dict[str, str]) -> None:
    area = f"/api/areas/{world.area.id}/assessments/{MONTH}"
    ok(await http.post(area, headers=headers), 201)
    ok(await http.post(f"{area}/publish", headers=headers), 201)


async def test_a_published_month_proposes_the_same_twice_and_only_managers_see_it(database: Database, lived: World):
    who = await people(database, lived)
    async with running(database) as http:
        assert await listed(http, lived, who["manager"]) == {}
        await published(http, lived, who["manager"])
        first = await listed(http, lived, who["manager"], month=MONTH)
        assert {one for one in first if not one.startswith("rectification")} == {
            "service_star Anna", "honour_card Anna", "yellow_card Bert",
        }  # fmt: skip
        assert "rectification Bert" in first
        star, card = first["service_star Anna"], first["yellow_card Bert"]
        assert (star["status"], star["ruleVersion"], star["versionOfMonth"]) == ("proposed", "policy 2", 1)
        assert (star["evidence"]["rankInterval"], star["evidence"]["percent"]) == ([1, 1], 50)
        assert [one["kind"] for one in star["steps"]] == ["proposed"]
        assert len(first["honour_card Anna"]["orders"]) == 12
        assert (card["evidence"]["lines"], len(card["orders"])) == (["fake_completion"], 1)
        for role in ("lead", "inspector", "observer", "anna", "contractor"):
            assert await listed(http, lived, who[role]) == {}, role
        refused(await http.get(f"/api/areas/{lived.area.id}/decisions", headers=who["stranger"]), 404, "not_found.area")
        await published(http, lived, who["manager"])
        again = await listed(http, lived, who["manager"], month=MONTH)
        kept = ("id", "evidence", "rule", "status")
        assert {name: [one[key] for key in kept] for name, one in again.items()} == {
            name: [one[key] for key in kept] for name, one in first.items()
        }
        assert {one["versionOfMonth"] for one in again.values()} == {2}


async def test_a_person_accepts_changes_or_declines_and_the_story_says_so(database: Database, lived: World):
    who = await people(database, lived)
    async with running(database) as http:
        await published(http, lived, who["manager"])
        found = await listed(http, lived, who["manager"])
        star, honour = found["service_star Anna"]["id"], found["honour_card Anna"]["id"]
        refused(await http.post(f"/api/decisions/{star}/accept", json={}, headers=who["lead"]), 403, "forbidden.role")
        refused(await http.post(f"/api/decisions/{star}/accept", json={}, headers=who["contractor"]), 404,
                "decision.none")  # fmt: skip
        stale = who["manager"] | {"If-Match": '"7"'}
        refused(await http.post(f"/api/decisions/{star}/accept", json={}, headers=stale), 409, "decision.wrong_state")
        said = {"words": "Ran the storm week."}
        held = ok(await http.post(f"/api/decisions/{star}/accept", json=said, headers=who["manager"]))
        assert (held["status"], held["decidedBy"], held["words"]) == ("accepted", "Mona", said["words"])
        step = held["steps"][-1]
        assert (step["kind"], step["by"], step["data"]["ruleVersion"]) == ("accepted", "Mona", "policy 2")
        refused(await http.post(f"/api/decisions/{star}/accept", json={}, headers=who["manager"]), 409,
                "decision.wrong_state")  # fmt: skip
        changed = {"kind": "service_star"}
        refused(await http.post(f"/api/decisions/{honour}/accept", json=changed, headers=who["manager"]), 422,
                "decision.reason")  # fmt: skip
        refused(await http.post(f"/api/decisions/{honour}/decline", json={"reason": " "}, headers=who["manager"]), 422,
                "decision.reason")  # fmt: skip
        no = {"reason": "One honour is enough."}
        ok(await http.post(f"/api/decisions/{honour}/decline", json=no, headers=who["manager"]))
        for role in ("lead", "inspector", "observer", "anna"):
            seen = await listed(http, lived, who[role])
            assert list(seen) == ["service_star Anna"], role
            words = None if role == "observer" else said["words"]
            assert (seen["service_star Anna"]["words"], seen["service_star Anna"]["steps"][-1]["words"]) == (
                words,
                words,
            )
        await published(http, lived, who["manager"])  # what was decided stays decided
        found = await listed(http, lived, who["manager"])
        assert found["honour_card Anna"]["status"] == "declined"
        back = ok(await http.post(f"/api/decisions/{star}/decline", json=no, headers=who["manager"]))
        assert (back["status"], back["steps"][-1]["kind"]) == ("declined", "revoked")
        assert await listed(http, lived, who["anna"]) == {}


async def test_a_task_has_an_owner_a_deadline_an_answer_and_somebody_who_looks(database: Database, lived: World):
    who = await people(database, lived)
    async with running(database) as http:
        await published(http, lived, who["manager"])
        task = (await listed(http, lived, who["manager"]))["rectification Bert"]["id"]
        path = f"/api/decisions/{task}"
        refused(await http.post(f"{path}/accept", json={}, headers=who["manager"]), 422, "decision.owner")
        offered = ok(await http.get(f"/api/areas/{lived.area.id}/task-owners", headers=who["manager"]))["items"]
        assert {one["name"] for one in offered} == {"Mona", "Lena", "Ines", "Carl"}
        owner = next(one["id"] for one in offered if one["name"] == "Lena")
        past = {"ownerId": owner, "dueAt": lived.now.isoformat()}
        refused(await http.post(f"{path}/accept", json=past, headers=who["manager"]), 422, "decision.due")
        held = ok(await http.post(f"{path}/accept", json={"ownerId": owner}, headers=who["manager"]))
        assert (held["owner"], held["overdue"], held["dueAt"] > lived.now.isoformat()) == ("Lena", False, True)
        words = {"words": "Drove with him for a day."}
        refused(await http.post(f"{path}/answer", json=words, headers=who["inspector"]), 403, "decision.owners_answer")
        done = ok(await http.post(f"{path}/answer", json=words, headers=who["lead"]))
        assert (done["status"], done["answer"], done["mine"]) == ("answered", words["words"], True)
        bad = {"passed": False, "words": "No plan."}
        refused(await http.post(f"{path}/check", json=bad, headers=who["inspector"]), 422, "decision.due")
        until = (lived.now + timedelta(days=9)).isoformat()
        back = ok(await http.post(f"{path}/check", json=bad | {"dueAt": until}, headers=who["inspector"]))
        assert (back["status"], back["steps"][-1]["kind"]) == ("accepted", "returned")
        ok(await http.post(f"{path}/answer", json=words, headers=who["manager"]))
        good = {"passed": True, "words": "Seen."}
        refused(await http.post(f"{path}/check", json=good, headers=who["manager"]), 403, "decision.own")
        over = ok(await http.post(f"{path}/check", json=good, headers=who["inspector"]))
        assert (over["status"], over["checkedBy"]) == ("checked", "Ines")
        assert [one["kind"] for one in over["steps"]] == [
            "proposed", "accepted", "answered", "returned", "answered", "passed",
        ]  # fmt: skip


async def test_yellow_cards_of_a_year_propose_retraining_until_one_is_taken_back(database: Database, lived: World):
    who = await people(database, lived)
    async with running(database) as http:
        await published(http, lived, who["manager"])
        card = (await listed(http, lived, who["manager"]))["yellow_card Bert"]["id"]
        ok(await http.post(f"/api/decisions/{card}/accept", json={}, headers=who["manager"]))
        found = await listed(http, lived, who["manager"])
        assert found["retraining Bert"]["status"] == "proposed"
        assert found["retraining Bert"]["evidence"] == {"cards": 1, "least": 1, "decisions": [card]}
        ok(await http.post(f"/api/decisions/{card}/decline", json={"reason": "a mistake"}, headers=who["manager"]))
        assert (await listed(http, lived, who["manager"]))["retraining Bert"]["status"] == "withdrawn"


async def test_a_bulletin_is_drafted_from_what_holds_edited_issued_and_then_fixed(database: Database, lived: World):
    who = await people(database, lived)
    path = f"/api/areas/{lived.area.id}/bulletins/{MONTH}"
    async with running(database) as http:
        refused(await http.post(f"{path}/draft", headers=who["manager"]), 404, "bulletin.unpublished")
        await published(http, lived, who["manager"])
        star = (await listed(http, lived, who["manager"]))["service_star Anna"]["id"]
        first = ok(await http.post(f"{path}/draft", headers=who["manager"]), 201)
        assert "Service star" not in first["body"]
        assert "Yellow card" not in first["body"], "nobody has decided"
        assert "24 orders were assessed" in first["body"]
        assert "1. Anna" in first["body"]
        assert "The numbers are provisional" in first["body"]
        ok(await http.post(f"/api/decisions/{star}/accept", json={}, headers=who["manager"]))
        second = ok(await http.post(f"{path}/draft", headers=who["manager"]), 201)
        assert "Service star: Anna." in second["body"]
        assert (second["number"], second["edit"]) == (1, 2)
        again = ok(await http.post(f"{path}/draft", headers=who["manager"]), 201)
        assert again["body"] == second["body"]
        assert "服务之星：Anna。" in ok(await http.post(f"{path}/draft?lang=zh", headers=who["manager"]), 201)["body"]
        assert ok(await http.get(path, headers=who["lead"])) == []
        old = who["manager"] | {"If-Match": '"1"'}
        refused(await http.put(path, json={"body": "x"}, headers=old), 409, "bulletin.edited")
        edited = ok(await http.put(path, json={"body": f"{second['body']}\nThank you."}, headers=who["manager"]))
        newest = who["manager"] | {"If-Match": f'"{edited["edit"]}"'}
        refused(await http.post(f"{path}/issue", headers=who["lead"]), 403, "forbidden.role")
        refused(await http.post(f"{path}/issue", headers=who["contractor"]), 403, "grid.whole_area")
        out = ok(await http.post(f"{path}/issue", headers=newest))
        assert (out["issuedBy"], out["issuedAt"] is None) == ("Mona", False)
        (read,) = ok(await http.get(path, headers=who["anna"]))
        assert read["body"].endswith("Thank you.")
        refused(await http.post(f"{path}/issue", headers=who["manager"]), 404, "bulletin.none")
        later = ok(await http.put(path, json={"body": "Corrected."}, headers=who["manager"]))
        assert (later["number"], later["issuedAt"]) == (2, None)
        assert [one["number"] for one in ok(await http.get(path, headers=who["lead"]))] == [1]
    for statement in (
        "UPDATE bulletins SET body = 'x' WHERE number = 1",
        "DELETE FROM bulletins WHERE number = 1",
        "UPDATE decision_events SET words = 'x'",
    ):
        with pytest.raises(DBAPIError, match="never changed or deleted"):
            async with database.transaction() as session:
                await session.execute(text(statement))
