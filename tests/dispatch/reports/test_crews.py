"""Teams and contractors: cards, ranking and days of their people, over HTTP against plain statements."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy import text

from dispatch.assessments.service import compute
from kit.actor import SYSTEM, Role
from kit.db import Database
from tests.dispatch.assessments.conftest import repair
from tests.dispatch.orders.conftest import START, World, build_world
from tests.site import bearer, ok, refused, running

OCTOBER = datetime(2022, 10, 1, 7, 0, tzinfo=UTC)
MONTH = "2022-09"


@pytest.fixture
async def town(database: Database) -> World:
    """Anna works for Northline in team A, Bert for Southline in team B; Anna is late once and complained of."""
    async with database.transaction() as session:
        world = await build_world(session)
        world.anna.contractor, world.anna.team = "Northline", "A"
        world.bert.contractor, world.bert.team = "Southline", "B"
        await repair(world, START, world.anna, done=300)
        await repair(world, START + timedelta(hours=6), world.anna, say="attitude")
        await repair(world, START + timedelta(days=1), world.bert)
        await repair(world, OCTOBER - timedelta(minutes=150), world.bert, done=120)
        world.set(OCTOBER + timedelta(days=40))
        await compute(session, SYSTEM, world.area, MONTH)
    return world


async def everybody(http: AsyncTestClient[Any], town: World, headers: dict[str, str]) -> dict[tuple[str, str], Any]:
    """The rows of all kinds with every number, by kind and name."""
    path = f"/api/areas/{town.area.id}/reports/{MONTH}/ranked"
    found = {}
    for kind in ("area", "contractor", "team", "grid", "technician"):
        for one in ok(await http.get(path, params={"subject": kind}, headers=headers))["items"]:
            found[kind, one["name"]] = one
    return found


async def test_a_contractors_numbers_are_those_of_its_people(database: Database, town: World):
    boss = await bearer(database, "mona", Role.MANAGER, area_ids=[town.area.id])
    async with running(database) as http:
        by = await everybody(http, town, boss)
        assert {name for kind, name in by if kind == "contractor"} == {"Northline", "Southline"}
        for firm, who in (("Northline", "Anna"), ("Southline", "Bert")):
            assert by["technician", who]["contractor"] == firm
            mine, theirs = by["contractor", firm]["numbers"], by["technician", who]["numbers"]
            assert {code: (one["numerator"], one["denominator"]) for code, one in mine.items() if code in theirs} == {
                code: (one["numerator"], one["denominator"]) for code, one in theirs.items() if code in mine
            }
        async with database.transaction() as session:
            plain = await session.execute(
                text(
                    "SELECT t.contractor, count(*) FILTER (WHERE d.occurred_at - a.occurred_at <= interval '4 hours'),"
                    " count(*) FROM order_events d JOIN technicians t ON t.id = d.technician_id"
                    " JOIN order_events a ON a.order_id = d.order_id AND a.type = 'accepted'"
                    " WHERE d.type = 'completed' GROUP BY 1"
                )
            )
            for firm, in_time, done in plain:
                number = by["contractor", firm]["numbers"]["repaired_on_time"]
                assert (number["numerator"], number["denominator"]) == (in_time, done)
        lines = ok(
            await http.get(
                f"/api/areas/{town.area.id}/ledger/{MONTH}",
                params={"subject": "contractor", "subjectId": "Northline"}, headers=boss,
            )
        )["items"]  # fmt: skip
        score = by["contractor", "Northline"]["score"]
        assert sum(float(one["points"]) for one in lines) == pytest.approx(score, abs=0.005)


async def test_days_and_words_of_a_contractor_are_those_of_its_people(database: Database, town: World):
    boss = await bearer(database, "mona", Role.MANAGER, area_ids=[town.area.id])
    path = f"/api/areas/{town.area.id}/reports/{MONTH}"
    async with running(database) as http:
        whole = ok(await http.get(path, headers=boss))
        parts = [
            ok(await http.get(path, params={"contractor": one}, headers=boss)) for one in ("Northline", "Southline")
        ]
        person = ok(await http.get(path, params={"technician": str(town.anna.id)}, headers=boss))
        assert parts[0]["days"] == person["days"]
        assert (parts[0]["voice"], parts[1]["voice"]) == (person["voice"], [])
        for key in ("reported", "completed", "backlog"):
            sums = [sum(part["days"][at][key] for part in parts) for at in range(len(whole["days"]))]
            assert sums == [day[key] for day in whole["days"]]
        team = ok(await http.get(path, params={"team": "A"}, headers=boss))
        assert team["days"] == person["days"]
        refused(await http.get(path, params={"team": "Z"}, headers=boss), 404, "assessment.no_number")


async def test_a_contractor_sees_its_own_card_alone(database: Database, town: World):
    firm = await bearer(database, "nora", Role.MANAGER, area_ids=[town.area.id], contractor="Northline")
    path = f"/api/areas/{town.area.id}/reports/{MONTH}"
    async with running(database) as http:
        found = ok(await http.get(path, headers=firm))
        assert [one["name"] for one in found["subjects"]] == ["Northline"]
        assert {name for _, name in await everybody(http, town, firm)} == {"Anna", "Northline"}
        assert {kind: many for kind, many in found["counts"].items() if many} == {"technician": 1, "contractor": 1}
        refused(await http.get(path, params={"contractor": "Southline"}, headers=firm), 404, "assessment.no_number")
        sheet = await http.get(f"/api/areas/{town.area.id}/assessments/{MONTH}/scores.csv", headers=firm)
        assert "Southline" not in sheet.text
