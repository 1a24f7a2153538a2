"""The month over HTTP: an administrator's own indicator, cards, the orders behind a number, entries and appeals."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import text

from kit.actor import Role
from kit.db import Database
from kit.spreadsheets.sheets import BOM
from tests.dispatch.assessments.conftest import repair
from tests.dispatch.assessments.test_definitions import ON_SITE_2H
from tests.dispatch.assessments.web import client
from tests.dispatch.orders.conftest import START, World, build_world


@pytest.fixture
async def lived(database: Database) -> World:
    """A committed world with three repairs, one of them late, at the end of the month."""
    async with database.transaction() as session:
        world = await build_world(session)
        await repair(world, START, world.anna)
        await repair(world, START + timedelta(days=1), world.anna, arrive=130, done=150)
        await repair(world, START + timedelta(days=2), world.anna, done=300)
        world.set(START + timedelta(days=3))
    return world


async def test_an_administrator_adds_on_site_within_2_h_by_the_api_alone_and_it_computes(
    lived: World, database: Database
):
    area = f"/api/areas/{lived.area.id}"
    body = {
        "code": "on_site_2h", "validFrom": "2022-09-01", "en": "On site within 2 h", "zh": "2小时到场率",
        "definition": ON_SITE_2H, "atMost": False, "baseline": 0.8, "target": 0.9, "weight": 10,
    }  # fmt: skip
    async with client(database, lived.actor(Role.ADMINISTRATOR)) as web:
        added = await web.post(f"{area}/indicators", json=body)
        assert added.status_code == 201, added.text
        wrong = await web.post(f"{area}/indicators", json=body | {"code": "x", "definition": {"of": "stars"}})
        assert wrong.status_code == 422
        month = await web.post(f"{area}/assessments/2022-09")
        assert month.status_code == 201, month.text
    anna = next(card for card in month.json()["technicians"] if card["name"] == "Anna")
    number = anna["indicators"]["on_site_2h"]
    assert (number["numerator"], number["denominator"], number["value"]) == (2, 3, 0.666667)
    assert set(number) >= {"numerator", "denominator", "value", "points", "interval"}
    assert set(anna) >= {"id", "name", "indicators", "score", "rank"}


async def test_every_number_opens_to_its_orders_page_by_page(lived: World, database: Database):
    area = f"/api/areas/{lived.area.id}/assessments/2022-09"
    async with client(database, lived.actor(Role.MANAGER)) as web:
        assert (await web.get(area)).status_code == 404
        await web.post(area)
        behind = f"{area}/technician/{lived.anna.id}/repaired_on_time"
        seen, cursor = [], None
        while True:
            page = (await web.get(behind, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
            seen += page["items"]
            cursor = page["nextCursor"]
            if cursor is None:
                break
        assert [case["counted"] for case in seen] == [True, True, False]
        assert [case["number"] for case in seen][2] == "VAN-000003"
        assert (await web.get(f"{area}/technician/{lived.anna.id}/moon")).status_code == 404
        assert (await web.get(behind, params={"cursor": "x"})).status_code == 400


async def test_publish_appeal_decide_and_read_both_versions(lived: World, database: Database):
    area = f"/api/areas/{lived.area.id}/assessments/2022-09"
    async with client(database, lived.actor(Role.MANAGER)) as web:
        await web.post(area)
        assert (await web.post(f"{area}/publish")).status_code == 201
        assert (await web.post(f"{area}/publish")).status_code == 409
        (entry,) = (await web.get(f"{area}/entries")).json()["items"]
        assert (await web.get(f"{area}/entries?appealed=true")).json()["items"] == []
    async with client(database, lived.technician()) as web:
        assert [card["name"] for card in (await web.get(area)).json()["technicians"]] == ["Anna"]
        appeal = await web.post(f"/api/assessment-entries/{entry['id']}/appeal", json={"note": "road closed"})
        assert appeal.json()["appealStatus"] == "open"
        assert (await web.post(area)).status_code == 403
    async with client(database, lived.technician(lived.bert)) as web:
        assert (await web.get(f"{area}/entries")).json()["items"] == []
    async with client(database, lived.actor(Role.INSPECTOR)) as web:
        appealed = (await web.get(f"{area}/entries?appealed=true&limit=1")).json()
        assert ([one["id"] for one in appealed["items"]], appealed["nextCursor"]) == ([entry["id"]], None)
        decided = await web.post(
            f"/api/assessment-entries/{entry['id']}/decision", json={"upheld": True, "note": "seen"}
        )
        assert decided.json()["appealStatus"] == "upheld"
        newest, first = (await web.get(area)).json(), (await web.get(area, params={"version": 1})).json()
        versions = (await web.get(f"/api/areas/{lived.area.id}/assessments")).json()
    assert [(one["number"], one["publishedAt"] is None) for one in versions] == [(2, True), (1, False)]
    assert (newest["number"], first["number"]) == (2, 1)
    assert newest["technicians"][0]["deductions"] == []
    assert first["technicians"][0]["deductions"][0]["rule"] == "late"


async def test_another_area_is_not_there(lived: World, database: Database):
    stranger = lived.actor(Role.MANAGER)
    other = type(stranger)(stranger.account_id, "m", Role.MANAGER, type(stranger.scope)(areas=frozenset()))
    async with client(database, other) as web:
        assert (await web.get(f"/api/areas/{lived.area.id}/assessments/2022-09")).status_code == 404
        assert (await web.get(f"/api/areas/{lived.area.id}/callbacks")).status_code == 404


async def test_a_month_is_a_spreadsheet_of_the_cards_one_may_see(lived: World, database: Database):
    area = f"/api/areas/{lived.area.id}/assessments/2022-09"
    async with client(database, lived.actor(Role.MANAGER)) as web:
        assert (await web.get(f"{area}/scores.csv")).status_code == 404
        assert (await web.post(area)).status_code == 201
        answer = await web.get(f"{area}/scores.csv", params={"lang": "zh"})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
        (anna,) = [row for row in rows(answer.text) if row["名称"] == "Anna"]
        assert (anna["考核对象"], anna["工单数"]) == ("装维人员", "3")
        on_time = "修障及时率"
        assert (anna[f"{on_time}（计入）"], anna[f"{on_time}（总数）"]) == ("2", "3")
        assert anna[f"{on_time}（数值）"] == "66.67%"
        card = next(card for card in (await web.get(area)).json()["technicians"] if card["name"] == "Anna")
        assert float(anna["得分"]) == card["score"]
        assert float(anna["扣分"]) == sum(entry["points"] for entry in card["deductions"]) < 0
        body = {"code": "on_site_2h", "validFrom": "2022-09-01", "en": "On site of 1000", "zh": "千单到场",
                "definition": ON_SITE_2H | {"per": 1000}, "atMost": False, "baseline": 0.8, "target": 0.9,
                "weight": 0}  # fmt: skip
        async with client(database, lived.actor(Role.ADMINISTRATOR)) as office:
            assert (await office.post(f"/api/areas/{lived.area.id}/indicators", json=body)).status_code == 201
        await web.post(area)
        (anna,) = [row for row in rows((await web.get(f"{area}/scores.csv")).text) if row["Name"] == "Anna"]
        assert float(anna["On site of 1000"]) == pytest.approx(666.667, abs=0.001)  # and no share of 100
        strange = rows((await web.get(f"{area}/scores.csv", headers={"Accept-Language": "qps"})).text)
        assert all(heading.startswith("⟦") for heading in strange[0])
    async with client(database, lived.actor(Role.TECHNICIAN, lived.anna)) as web:
        assert (await web.get(f"{area}/scores.csv")).status_code == 404  # not published
    async with client(database, lived.actor(Role.AGENT)) as web:
        assert (await web.get(f"{area}/scores.csv")).status_code == 403
    async with database.transaction() as session:  # what was refused is not in the log
        log = (await session.execute(text("SELECT report, format, asked FROM report_exports"))).all()
    assert [tuple(row) for row in log] == [("scores", "csv", f"2022-09 version {version}") for version in (1, 2, 2)]


def rows(content: str) -> list[dict[str, str]]:
    assert content.startswith(BOM)
    return list(csv.DictReader(io.StringIO(content.removeprefix(BOM), newline="")))
