"""What a phone is told and may say besides its route: changes, conflicts, lost phones, calendars, guides, maps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import uuid4

import httpx
import icalendar
import pytest

from dispatch.assessments.settlement.models import SettlementLine, SettlementStatement, StatementStatus
from dispatch.callbacks.models import Reached, Satisfaction
from dispatch.callbacks.service import Answer, record_attempt
from dispatch.orders.models import Order
from dispatch.orders.rules import acts
from kit.actor import Role
from mobile_api.maps.controllers import MOST_AT_ONCE, asked_range
from tests.dispatch.planning.town import EAST, Town, later
from tests.site import bearer, ok, refused, running


@dataclass
class People:
    """The whole program, and who asks."""

    client: Any
    anna: dict[str, str]
    bert: dict[str, str]
    dispatcher: dict[str, str]
    administrator: dict[str, str]

    async def get(self, who: dict[str, str], path: str, **more: Any) -> httpx.Response:
        answer: httpx.Response = await self.client.get(path, headers=who, **more)
        return answer

    async def post(self, who: dict[str, str], path: str, body: Any = None) -> httpx.Response:
        answer: httpx.Response = await self.client.post(path, headers=who, json=body)
        return answer


@pytest.fixture
async def people(town: Town) -> AsyncIterator[People]:
    areas = [town.area_id]
    headers = [
        await bearer(town.database, "anna", Role.TECHNICIAN, area_ids=areas, technician_id=town.anna),
        await bearer(town.database, "bert", Role.TECHNICIAN, area_ids=areas, technician_id=town.bert),
        await bearer(town.database, "desk", Role.DISPATCHER, area_ids=areas),
        await bearer(town.database, "admin", Role.ADMINISTRATOR, area_ids=areas),
    ]
    async with running(town.database) as client:
        yield People(client, *headers)


async def test_changes_stay_until_they_are_acknowledged(people: People, town: Town, order: Order):
    ok(await people.get(people.anna, "/api/mobile/route"))
    more = await town.report(EAST)
    await town.do(town.dispatcher, more, acts.Dispatch(technician_id=town.anna, why="dispatcher"))
    (change,) = ok(await people.get(people.anna, "/api/mobile/route"))["changes"]
    assert (change["kind"], change["number"]) == ("added", more.number)
    (unseen,) = ok(await people.get(people.dispatcher, f"/api/areas/{town.area_id}/unseen-changes"))
    assert (unseen["id"], unseen["technicianId"]) == (change["id"], str(town.anna))
    assert ok(await people.post(people.bert, "/api/mobile/seen", {"changeIds": [change["id"]]})) == {"seen": 0}
    assert ok(await people.post(people.anna, "/api/mobile/seen", {"changeIds": [change["id"]]})) == {"seen": 1}
    assert ok(await people.post(people.anna, "/api/mobile/seen", {"changeIds": [change["id"]]})) == {"seen": 0}
    assert ok(await people.get(people.anna, "/api/mobile/route"))["changes"] == []
    assert ok(await people.get(people.dispatcher, f"/api/areas/{town.area_id}/unseen-changes")) == []


async def test_work_on_an_order_that_was_taken_away_is_a_card_until_somebody_settles_it(
    people: People, town: Town, order: Order
):
    await town.do(town.technician(town.anna), order, acts.Accept())
    await town.do(town.dispatcher, order, acts.Cancel(reason="subscriber_wish"))
    act = {"id": str(uuid4()), "orderId": str(order.id), "occurredAt": later().isoformat(), "act": {"type": "departed"}}
    (answer,) = ok(await people.post(people.anna, "/api/mobile/sync", {"acts": [act]}))["answers"]
    assert (answer["result"], answer["evidenceKept"]) == ("conflict", True)
    path = f"/api/areas/{town.area_id}/phone-conflicts"
    (card,) = ok(await people.get(people.dispatcher, path))
    assert (card["id"], card["type"], card["status"]) == (act["id"], "departed", "cancelled")
    assert card["technicianName"] == ok(await people.get(people.anna, "/api/mobile/route"))["technicianName"]
    refused(await people.get(people.anna, path), 403, "forbidden.role")
    ok(await people.post(people.dispatcher, f"/api/phone-conflicts/{act['id']}/settle"), 204)
    assert ok(await people.get(people.dispatcher, path)) == []
    refused(
        await people.post(people.dispatcher, f"/api/phone-conflicts/{act['id']}/settle"), 404,
        "mobile.conflict_not_found",
    )  # fmt: skip


async def test_a_lost_phone_gets_nothing_more_and_is_told_to_wipe_itself(people: People, town: Town, order: Order):
    ok(await people.get(people.anna, "/api/mobile/route"))
    path = f"/api/technicians/{town.anna}/phones"
    (phone,) = ok(await people.get(people.dispatcher, path))
    refused(await people.post(people.bert, f"{path}/sign-out", {}), 403, "forbidden.role")
    assert ok(await people.post(people.dispatcher, f"{path}/sign-out", {"phoneId": phone["id"]})) == {"signedOut": 1}
    for asked in ("/api/mobile/route", "/api/me"):
        told = refused(await people.get(people.anna, asked), 401, "account.lost")
        assert told["wipe"] is True
    assert "wipe" not in refused(await people.get({"Authorization": "Bearer x"}, "/api/me"), 401, "not_signed_in")
    for _ in range(2):
        ok(await people.post(people.anna, "/api/mobile/wiped", {"unsent": 3}), 204)
    ok(await people.post({}, "/api/mobile/wiped", {"unsent": 9}), 204)
    (phone,) = ok(await people.get(people.dispatcher, path))
    assert phone["signedOutAt"]
    assert (phone["unsent"], phone["wipedAt"] is not None) == (3, True)


async def test_a_phone_that_lost_what_it_kept_is_a_card_until_somebody_has_dealt_with_it(people: People, town: Town):
    path, loss = f"/api/areas/{town.area_id}/lost-stores", {"id": str(uuid4())}
    assert ok(await people.get(people.dispatcher, path)) == []
    for _ in range(2):
        ok(await people.post(people.anna, "/api/mobile/store-lost", loss), 204)
    refused(await people.post(people.dispatcher, "/api/mobile/store-lost", loss), 403, "forbidden.role")
    (card,) = ok(await people.get(people.dispatcher, path))
    assert (card["id"], card["technicianId"]) == (loss["id"], str(town.anna))
    refused(await people.get(people.anna, path), 403, "forbidden.role")
    (phone,) = ok(await people.get(people.dispatcher, f"/api/technicians/{town.anna}/phones"))
    assert phone["storeLostAt"] == card["at"]
    (other,) = ok(await people.get(people.dispatcher, f"/api/technicians/{town.bert}/phones"))
    assert other["storeLostAt"] is None
    ok(await people.post(people.dispatcher, f"/api/lost-stores/{loss['id']}/settle"), 204)
    assert ok(await people.get(people.dispatcher, path)) == []
    again = await people.post(people.dispatcher, f"/api/lost-stores/{loss['id']}/settle")
    refused(again, 404, "mobile.loss_not_found")


async def test_a_calendar_says_when_and_what_but_never_whose(people: People, town: Town, order: Order):
    made = ok(await people.post(people.anna, "/api/mobile/calendar"), 201)
    answer = await people.client.get(made["url"])
    assert answer.headers["content-type"].startswith("text/calendar")
    calendar: Any = icalendar.Calendar.from_ical(answer.content)
    events = list(calendar.walk("VEVENT"))
    assert any(str(event["uid"]).startswith("shift-") for event in events)
    assert "Li Wei" not in answer.text
    assert "1380000" not in answer.text
    again = ok(await people.post(people.anna, "/api/mobile/calendar"), 201)
    refused(await people.client.get(made["url"]), 404, "mobile.no_calendar")
    assert (await people.client.get(again["url"])).status_code == 200
    assert (await people.client.delete("/api/mobile/calendar", headers=people.anna)).status_code == 204
    refused(await people.client.get(again["url"]), 404, "mobile.no_calendar")
    assert ok(await people.get(people.anna, "/api/mobile/calendar")) == {"url": None, "since": None}


async def complete(people: People, order: Order, build: int, **given: Any) -> dict[str, Any]:
    act = {
        "type": "completed", "cause": "no_service", "action": "repaired", "photoIds": [str(uuid4())],
        "signaturePhotoId": str(uuid4()),
    } | given  # fmt: skip
    entry = {"id": str(uuid4()), "orderId": str(order.id), "occurredAt": later().isoformat(), "act": act}
    answers = ok(await people.post(people.anna, "/api/mobile/sync", {"acts": [entry], "build": build}))["answers"]
    found: dict[str, Any] = answers[0]
    return found


@pytest.fixture
async def on_site(town: Town, order: Order) -> Order:
    for act in (acts.Accept(), acts.Depart(), acts.Arrive(reason="map_wrong")):
        await town.do(town.technician(town.anna), order, act)
    return order


async def test_a_reading_outside_its_limits_needs_a_reason_from_every_build(people: People, on_site: Order):
    answer = await complete(people, on_site, 1, readings={"optical_power": -29.5})
    assert (answer["result"], answer["code"]) == ("rejected", "guide.outside")
    assert "-27" in answer["detail"]
    answer = await complete(people, on_site, 1, readings={"optical_power": "weak"})
    assert answer["code"] == "guide.no_number"
    reasons = {"optical_power": "The splitter is being replaced tonight."}
    answer = await complete(people, on_site, 1, readings={"optical_power": -29.5}, readingReasons=reasons)
    assert answer["result"] == "applied"
    assert (answer["photos"]["of"], len(answer["photos"]["awaiting"])) == (2, 2)


async def test_only_an_app_that_knows_guides_must_fill_them_in(people: People, town: Town, on_site: Order):
    guide = {
        "causes": [], "actions": [], "checklist": [{"key": "tested", "name": {"en": "Tested", "zh": "已测试"}}],
        "readings": [
            {"key": "optical_power", "name": {"en": "Power", "zh": "光功率"}, "unit": "dBm", "low": -27, "high": -8,
             "required": True}
        ],
    }  # fmt: skip
    path = f"/api/areas/{town.area_id}/guides"
    new = {"code": "no_service", "definition": guide}
    refused(await people.post(people.dispatcher, path, new), 403, "forbidden.role")
    ok(await people.post(people.administrator, path, new), 201)
    (told,) = ok(await people.get(people.anna, "/api/mobile/route"))["guides"]
    assert (told["version"], told["readings"][0]["required"]) == (2, True)
    assert (await complete(people, on_site, 2))["code"] == "guide.reading_needed"
    assert (await complete(people, on_site, 2, readings={"optical_power": -20}))["code"] == "guide.check_needed"
    assert (await complete(people, on_site, 1))["result"] == "applied"


async def test_an_unfinished_completion_of_an_order_that_was_lost_is_kept_all_the_same(
    people: People, town: Town, on_site: Order
):
    name = {"en": "Optical power", "zh": "光功率"}
    reading = {"key": "optical_power", "name": name, "unit": "dBm", "low": -27, "high": -8, "required": True}
    new = {"code": "no_service", "definition": {"readings": [reading]}}
    ok(await people.post(people.administrator, f"/api/areas/{town.area_id}/guides", new), 201)
    assert (await complete(people, on_site, 2))["code"] == "guide.reading_needed"
    await town.do(town.dispatcher, on_site, acts.Cancel(reason="subscriber_wish"))
    answer = await complete(people, on_site, 2)
    assert (answer["result"], answer["code"], answer["evidenceKept"]) == ("conflict", "mobile.taken_away", True)
    (card,) = ok(await people.get(people.dispatcher, f"/api/areas/{town.area_id}/phone-conflicts"))
    assert (card["type"], card["act"]["cause"]) == ("completed", "no_service")


async def test_a_guide_that_cannot_be_is_refused(people: People, town: Town):
    path = f"/api/areas/{town.area_id}/guides"
    name = {"en": "x", "zh": "x"}
    twice = {"checklist": [{"key": "a", "name": name}, {"key": "a", "name": name}]}
    answer = await people.post(people.administrator, path, {"code": "no_service", "definition": twice})
    refused(answer, 422, "guide.twice")
    upside = {"readings": [{"key": "a", "name": name, "unit": "V", "low": 2, "high": 1}]}
    answer = await people.post(people.administrator, path, {"code": "no_service", "definition": upside})
    refused(answer, 422, "guide.limits")
    shipped = {one["code"] for one in ok(await people.get(people.dispatcher, path))}
    assert {"*", "optical_weak", "new_line"} <= shipped


async def test_a_phone_is_told_of_what_it_has_to_load_and_of_its_shift(people: People, town: Town, order: Order):
    route = ok(await people.get(people.anna, "/api/mobile/route"))
    assert route["shift"]["start"] < route["shift"]["end"]
    assert route["understands"] == {"oldest": 1, "newest": 2}
    assert (route["consent"], route["pack"], route["offers"]) == (False, None, [])
    assert route["offlineUntil"].startswith("2022-09-27T20:00")  # four in the morning, local
    ok(await people.post(people.anna, "/api/mobile/consent", {"positions": True}))
    assert ok(await people.get(people.anna, "/api/mobile/route"))["consent"] is True


async def test_what_was_recorded_can_be_read_and_is_only_of_the_shift(people: People, town: Town):
    ok(await people.post(people.anna, "/api/mobile/consent", {"positions": True}))
    sent = [{"point": [118.75, 32.05], "occurredAt": later(hours=hours).isoformat()} for hours in (-10, -0.5, 0)]
    assert ok(await people.post(people.anna, "/api/mobile/positions", {"positions": sent}))["kept"] == 2
    mine = ok(await people.get(people.anna, "/api/mobile/positions?date=2022-09-27"))
    assert [one["occurredAt"] for one in mine["positions"]] == ["2022-09-27T00:30:00Z", "2022-09-27T01:00:00Z"]
    assert ok(await people.get(people.bert, "/api/mobile/positions"))["positions"] == []
    ok(await people.post(people.anna, "/api/mobile/consent", {"positions": False}))
    assert ok(await people.post(people.anna, "/api/mobile/positions", {"positions": sent}))["kept"] == 0


async def test_what_subscribers_said_is_told_to_who_did_the_work(people: People, town: Town, on_site: Order):
    assert (await complete(people, on_site, 1))["result"] == "applied"
    await town.set_clock(later(hours=3))
    agent = replace(town.dispatcher, role=Role.AGENT)
    answer = Answer(Reached.ANSWERED, False, Satisfaction.DISSATISFIED, ["not_fixed"], note="It is still slow.")
    async with town.database.transaction() as session:
        await record_attempt(session, agent, on_site.id, answer)
    (said,) = ok(await people.get(people.anna, "/api/mobile/callbacks"))
    assert (said["number"], said["solved"], said["satisfaction"]) == (on_site.number, False, "dissatisfied")
    assert (said["reasons"], said["note"]) == (["not_fixed"], "It is still slow.")
    assert ok(await people.get(people.anna, "/api/mobile/callbacks?month=2022-08")) == []
    assert ok(await people.get(people.bert, "/api/mobile/callbacks")) == []
    refused(await people.get(people.anna, "/api/mobile/callbacks?month=soon"), 422, "assessment.month")
    refused(await people.get(people.dispatcher, "/api/mobile/callbacks"), 403, "forbidden.role")


async def test_points_of_a_month_are_told_to_who_earned_them_once_the_statement_is_out(
    people: People, town: Town, order: Order
):
    month, path = date(2022, 9, 1), "/api/mobile/points?month=2022-09"
    nothing = {"points": "0", "amount": None, "count": 0, "issuedAt": None, "lines": []}
    async with town.database.transaction() as session:
        common = {
            "area_id": town.area_id, "month": month, "run_number": 1, "own": 0, "lent": 0, "borrowed": 0,
            "corrections": 0, "total": 0, "created_at": later(),
        }  # fmt: skip
        mine = SettlementStatement(id=uuid4(), technician_id=town.anna, name="Anna", status="draft", **common)
        session.add(mine)
        await session.flush()
        line = {
            "statement_id": mine.id, "order_id": order.id, "day": date(2022, 9, 27), "base": "1", "difficulty": "11/10",
            "distance": "1", "quality": "1", "unit_price": 20, "grid_id": None, "corrects": None,
        }  # fmt: skip
        for place, (part, why, who, points) in enumerate([
            ("own", "done", town.anna, "1.1"), ("own", "came_back", town.anna, "0"),
            ("borrowed", "done", town.anna, "1.1"), ("own", "done", town.bert, "1.1"),
        ]):  # fmt: skip
            given = {"part": part, "why": why, "technician_id": who, "points": points, "amount": 20 * float(points)}
            session.add(SettlementLine(id=uuid4(), place=place, event_id=uuid4(), **line, **given))
    assert ok(await people.get(people.anna, path)) == nothing  # a draft is nobody's news
    async with town.database.transaction() as session:
        stored = await session.get_one(SettlementStatement, mine.id)
        stored.status, stored.issued_at = StatementStatus.ISSUED, later()
    told = ok(await people.get(people.anna, path))
    assert (told["count"], float(told["points"]), float(told["amount"])) == (2, 1.1, 22)
    assert [(one["why"], one["difficulty"], one["number"]) for one in told["lines"]] == [
        ("done", "11/10", order.number), ("came_back", "11/10", order.number),
    ]  # fmt: skip
    others = ok(await people.get(people.bert, path))
    assert (others["count"], others["amount"]) == (1, None)  # whose statement it is, is told the amount
    refused(await people.get(people.anna, "/api/mobile/points?month=soon"), 422, "assessment.month")
    refused(await people.get(people.dispatcher, "/api/mobile/points"), 403, "forbidden.role")


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (None, None), ("bytes=0-99", (0, 99)), ("bytes=900-", (900, 999)), ("bytes=-10", (990, 999)),
        ("bytes=0-5000", (0, 999)), ("bytes=1000-", (1000, 1000)), ("bytes=5-2", None), ("items=0-1", None),
        ("bytes=0-1,5-6", None), ("bytes=-", None), ("bytes=-0", (1000, 1000)),
    ],
)  # fmt: skip
def test_a_range_is_read_as_the_standard_says(header: str | None, found: tuple[int, int] | None) -> None:
    assert asked_range(header, 1000) == found


def test_a_range_is_cut_to_what_one_answer_may_hold() -> None:
    assert asked_range("bytes=5-", 10 * MOST_AT_ONCE) == (5, 5 + MOST_AT_ONCE - 1)
