"""Orders and rules over HTTP: what each role sees, pages, versions, and the errors people get."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event as sa_event
from sqlalchemy import select

from dispatch.accounts.models import Unmasking
from dispatch.orders.models import Order
from kit.actor import Actor, Role, Scope
from kit.db import Database
from tests.dispatch.orders.conftest import HERE, START
from tests.dispatch.orders.test_photos import picture
from tests.dispatch.orders.web import client

Shared = tuple[Database, UUID, UUID, UUID]
REPORT: dict[str, Any] = {
    "faultType": "no_service",
    "point": list(HERE),
    "subscriber": {"name": "王小明", "phones": ["13812345678"]},
    "accessNotes": "gate code 1234",
}


def actor(role: Role, area_id: UUID, technician: UUID | None = None, **scope: Any) -> Actor:
    return Actor(uuid4(), role.value, role, Scope(areas=frozenset({area_id}), technician=technician, **scope))


async def report(shared: Shared, **changes: Any) -> dict[str, Any]:
    database, area_id, *_ = shared
    async with client(database, actor(Role.AGENT, area_id)) as web:
        answer = await web.post(f"/api/areas/{area_id}/orders", json={**REPORT, **changes})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    assert answer.headers["etag"] == f'"{body["version"]}"'
    return body


async def act(shared: Shared, who: Actor, order_id: str, body: dict[str, Any], **headers: str) -> Any:
    async with client(shared[0], who) as web:
        return await web.post(f"/api/orders/{order_id}/acts", json=body, headers=headers)


async def test_a_reported_order_comes_back_with_its_place_its_wait_and_a_masked_subscriber(shared: Shared):
    body = await report(shared)
    assert body["number"] == "VAN-000001"
    assert body["point"] == list(HERE)
    assert body["grid"]["code"] in ("west", "east")
    assert body["subscriber"]["name"] == "王**"
    assert body["subscriber"]["phones"] == ["138****5678"]
    assert body["waitingOn"] == {
        "role": "dispatcher", "reason": "dispatch",
        "since": "2022-09-27T16:00:00Z", "due": "2022-09-27T16:05:00Z",
    }  # fmt: skip


async def test_a_report_that_names_nobody_is_refused_with_the_field(shared: Shared):
    database, area_id, *_ = shared
    async with client(database, actor(Role.AGENT, area_id)) as web:
        answer = await web.post(f"/api/areas/{area_id}/orders", json={**REPORT, "subscriber": None})
        assert (answer.status_code, answer.json()["code"]) == (422, "order.contact_needed")
        answer = await web.post(f"/api/areas/{area_id}/orders", json={**REPORT, "faultType": "unheard of"})
        assert (answer.status_code, answer.json()["field"]) == (422, "faultType")
        answer = await web.post(f"/api/areas/{uuid4()}/orders", json=REPORT)
        assert answer.status_code == 404


async def test_an_act_over_http_is_one_body_with_its_envelope(shared: Shared):
    _, area_id, anna, _ = shared
    order = await report(shared)
    dispatcher = actor(Role.DISPATCHER, area_id)
    body = {"type": "dispatched", "technicianId": str(anna), "why": "dispatcher"}
    stale = await act(shared, dispatcher, order["id"], body, **{"If-Match": '"7"'})
    assert (stale.status_code, stale.json()["current"]["version"]) == (412, 1)
    done = await act(shared, dispatcher, order["id"], body, **{"If-Match": '"1"'})
    assert done.status_code == 200, done.text
    assert done.json()["order"]["owner"]["name"] == "Anna"
    assert "finishCodeHash" not in done.json()["event"]["data"]
    technician = actor(Role.TECHNICIAN, area_id, anna)
    accept = {"type": "accepted", "clientId": str(uuid4()), "occurredAt": START.isoformat(), "point": list(HERE)}
    first = await act(shared, technician, order["id"], accept)
    again = await act(shared, technician, order["id"], accept)
    assert (first.json()["already"], again.json()["already"]) == (False, True)
    assert first.json()["event"]["point"] == list(HERE)
    early = await act(shared, technician, order["id"], {"type": "arrived"})
    assert (early.status_code, early.json()["code"]) == (409, "order.wrong_state")
    assert early.json()["current"]["status"] == "accepted"


@pytest.mark.parametrize("body", [{"type": "teleported"}, {"type": "called_back"}, {}, {"type": "dispatched"}])
async def test_a_body_that_is_no_act_is_malformed(shared: Shared, body: dict[str, Any]):
    order = await report(shared)
    answer = await act(shared, actor(Role.AGENT, shared[1]), order["id"], body)
    assert answer.status_code == 400


async def test_everybody_sees_only_their_own(shared: Shared):
    database, area_id, anna, bert = shared
    order = await report(shared)
    grid = UUID(order["grid"]["id"])
    give = {"type": "dispatched", "technicianId": str(anna), "why": "dispatcher"}
    await act(shared, actor(Role.DISPATCHER, area_id), order["id"], give)
    seeing = {
        actor(Role.TECHNICIAN, area_id, anna): 1,
        actor(Role.TECHNICIAN, area_id, bert): 0,
        actor(Role.GRID_LEAD, area_id, grids=frozenset({grid})): 1,
        actor(Role.GRID_LEAD, area_id, grids=frozenset({uuid4()})): 0,
        actor(Role.DISPATCHER, area_id, contractor="Acme"): 0,
        actor(Role.OBSERVER, area_id): 1,
    }
    for who, count in seeing.items():
        async with client(database, who) as web:
            page = await web.get(f"/api/areas/{area_id}/orders")
            assert len(page.json()["items"]) == count, who.role
            one = await web.get(f"/api/orders/{order['id']}")
            assert one.status_code == (200 if count else 404)
    async with client(database, actor(Role.DISPATCHER, uuid4())) as web:
        assert (await web.get(f"/api/areas/{area_id}/orders")).status_code == 404
        assert (await web.get(f"/api/orders/{order['id']}")).status_code == 404


async def test_a_contractors_people_see_the_grids_under_their_contract_today(shared: Shared):
    from sqlalchemy.dialects.postgresql import Range

    from grids.models import GridContract

    database, area_id, anna, _ = shared
    order = await report(shared)
    day = START.date()
    async with database.transaction() as session:
        session.add(
            GridContract(grid_id=UUID(order["grid"]["id"]), technician_a_id=anna, contractor="Acme",
                         valid=Range(day, day + timedelta(days=1)))
        )  # fmt: skip
    async with client(database, actor(Role.DISPATCHER, area_id, contractor="Acme")) as web:
        assert len((await web.get(f"/api/areas/{area_id}/orders")).json()["items"]) == 1


async def test_a_look_at_a_phone_number_is_recorded_and_not_everybodys(shared: Shared):
    database, area_id, *_ = shared
    order = await report(shared)
    agent = actor(Role.AGENT, area_id)
    async with client(database, agent) as web:
        whole = await web.get(f"/api/orders/{order['id']}/subscriber")
    assert whole.json()["phones"] == ["13812345678"]
    async with client(database, actor(Role.OBSERVER, area_id)) as web:
        assert (await web.get(f"/api/orders/{order['id']}/subscriber")).status_code == 403
        assert (await web.get(f"/api/orders/{order['id']}")).json()["accessNotes"] is None
    async with database.transaction() as session:
        rows = (await session.scalars(select(Unmasking))).all()
    assert [(row.account_id, str(row.order_id)) for row in rows] == [(agent.account_id, order["id"])]


async def test_pages_follow_each_other_with_the_same_number_of_statements(shared: Shared):
    database, area_id, *_ = shared
    for minutes in range(5):
        await report(shared, occurredAt=(START - timedelta(minutes=minutes)).isoformat(), address=f"{minutes} Main St")
    statements: list[str] = []
    sa_event.listen(
        database.engine.sync_engine, "before_cursor_execute", lambda *event: statements.append(str(event[2]))
    )
    counts = []
    async with client(database, actor(Role.DISPATCHER, area_id)) as web:
        seen: list[str] = []
        cursor = None
        while True:
            statements.clear()
            parameters = {"limit": 2, **({"cursor": cursor} if cursor else {})}
            page = (await web.get(f"/api/areas/{area_id}/orders", params=parameters)).json()
            counts.append(len(statements))
            seen += [item["number"] for item in page["items"]]
            cursor = page["nextCursor"]
            if cursor is None:
                break
        assert seen == [f"VAN-{number:06d}" for number in range(1, 6)]
        statements.clear()
        await web.get(f"/api/areas/{area_id}/orders", params={"limit": 200})
        assert len(set(counts)) == 1
        assert len(statements) == counts[0]
        assert (await web.get(f"/api/areas/{area_id}/orders", params={"cursor": "rubbish"})).status_code == 400
        assert (await web.get(f"/api/areas/{area_id}/orders", params={"limit": 1001})).status_code == 400


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"status": "reported"}, 2), ({"status": "open"}, 2), ({"status": "closed,merged"}, 0),
        ({"grid": "nowhere"}, 0),
        ({"waitingOn": "dispatcher"}, 2), ({"waitingOn": "agent"}, 0), ({"place": "any"}, 1), ({"place": "none"}, 1),
        ({"place": "no_address"}, 1), ({"q": "van-000002"}, 1), ({"q": "main"}, 1), ({"q": "%"}, 0),
        ({"from": "2022-09-27T16:00:00Z"}, 2), ({"to": "2022-09-27T16:00:00Z"}, 0),
    ],
)  # fmt: skip
async def test_a_list_is_cut_down_by_its_filters(shared: Shared, filters: dict[str, str], count: int):
    database, area_id, *_ = shared
    await report(shared, address="5 Main Street")
    await report(shared, point=None)
    async with client(database, actor(Role.DISPATCHER, area_id)) as web:
        page = await web.get(f"/api/areas/{area_id}/orders", params=filters)
        assert len(page.json()["items"]) == count
        wrong = await web.get(f"/api/areas/{area_id}/orders", params={"status": "lost"})
        assert (wrong.status_code, wrong.json()["field"]) == (422, "status")


async def test_a_photo_goes_up_and_comes_down_and_a_huge_one_is_413(shared: Shared):
    database, area_id, *_ = shared
    order = await report(shared)
    address, jpeg = f"/api/orders/{order['id']}/photos/{uuid4()}", {"Content-Type": "image/jpeg"}
    async with client(database, actor(Role.AGENT, area_id)) as web:
        huge = await web.put(address, content=bytes(40_000_000), headers=jpeg)
        assert (huge.status_code, huge.json()["title"]) == (413, "That is larger than the 1,000,000 bytes allowed.")
        foreign = await web.put(address, content=b"GIF89a", headers=jpeg)
        assert (foreign.status_code, foreign.json()["code"]) == (415, "photo.not_an_image")
        stored = await web.put(address, content=picture(), headers=jpeg)
        assert stored.status_code == 200, stored.text
        down = await web.get(f"/api/photos/{stored.json()['id']}")
        assert down.headers["content-type"] == "image/jpeg"
        assert down.content[:3] == b"\xff\xd8\xff"
        (listed,) = (await web.get(f"/api/orders/{order['id']}/photos")).json()
        assert listed["sha256"] == stored.json()["sha256"]


async def test_requests_wait_in_a_worklist_until_they_are_decided(shared: Shared):
    database, area_id, anna, _ = shared
    order = await report(shared)
    dispatcher, technician = actor(Role.DISPATCHER, area_id), actor(Role.TECHNICIAN, area_id, anna)
    await act(shared, dispatcher, order["id"], {"type": "dispatched", "technicianId": str(anna), "why": "dispatcher"})
    await act(shared, technician, order["id"], {"type": "return_requested", "reason": "line_not_built"})
    async with client(database, dispatcher) as web:
        (waiting,) = (await web.get(f"/api/areas/{area_id}/worklists/requests")).json()["items"]
    assert (waiting["kind"], waiting["technician"]["name"], waiting["due"]) == (
        "return",
        "Anna",
        "2022-09-27T16:30:00Z",
    )
    await act(shared, dispatcher, order["id"], {"type": "request_decided", "approved": True})
    async with client(database, dispatcher) as web:
        assert (await web.get(f"/api/areas/{area_id}/worklists/requests")).json()["items"] == []
        events = (await web.get(f"/api/orders/{order['id']}/events")).json()["items"]
    assert [entry["type"] for entry in events] == ["reported", "dispatched", "return_requested", "request_decided"]


async def test_administrators_say_how_plans_are_weighed_and_every_weight_has_its_sentence(shared: Shared):
    database, area_id, *_ = shared
    path, dearer = f"/api/areas/{area_id}/plan-policies", {"code": "sla_first", "weights": {"overtime": 5}}
    async with client(database, actor(Role.DISPATCHER, area_id)) as web:
        assert (await web.post(path, json=dearer)).status_code == 403
    async with client(database, actor(Role.ADMINISTRATOR, area_id)) as web:
        added = await web.post(path, json=dearer, headers={"If-Match": '"0"'})
        assert (added.status_code, added.headers["etag"]) == (201, '"1"'), added.text
        assert (await web.post(path, json=dearer, headers={"If-Match": '"0"'})).status_code == 412
        wrong = await web.post(path, json={"code": "sla_first", "weights": {"traffic": 5}})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "plan_policy.weight")
        found = {row["code"]: row for row in (await web.get(path, headers={"accept-language": "zh"})).json()}
        assert [(code, row["number"]) for code, row in found.items()] == [
            ("balanced", 0), ("sla_first", 1), ("shortest_drive", 0), ("keep_the_plan", 0),
        ]  # fmt: skip
        overtime = next(weight for weight in found["sla_first"]["weights"] if weight["name"] == "overtime")
        assert overtime == {"name": "overtime", "value": 5, "text": "下班后每加班一秒。"}
        versions = (await web.get(path, params={"versions": True})).json()
        assert [row["number"] for row in versions if row["code"] == "sla_first"] == [0, 1]


async def test_administrators_change_rules_from_a_day_to_come_and_nobody_else_does(shared: Shared):
    database, area_id, *_ = shared
    month = {"validFrom": "2022-10-01T07:00:00Z", "limits": {"repairSeconds": 10800}}
    async with client(database, actor(Role.DISPATCHER, area_id)) as web:
        assert (await web.post(f"/api/areas/{area_id}/policies", json=month)).status_code == 403
    async with client(database, actor(Role.ADMINISTRATOR, area_id)) as web:
        added = await web.post(f"/api/areas/{area_id}/policies", json=month)
        assert added.status_code == 201, added.text
        past = await web.post(f"/api/areas/{area_id}/policies", json={**month, "validFrom": "2022-09-01T07:00:00Z"})
        assert (past.status_code, past.json()["code"]) == (422, "policy.past")
        wrong = await web.post(
            f"/api/areas/{area_id}/policies", json={"validFrom": "2022-11-01T07:00:00Z", "limits": {"repair": 1}}
        )
        assert (wrong.status_code, wrong.json()["code"]) == (422, "policy.limits")
        versions = (await web.get(f"/api/areas/{area_id}/policies")).json()
        assert [(row["number"], row["limits"]["repairSeconds"], row["inForce"]) for row in versions] == [
            (1, 14400, True),
            (2, 10800, False),
        ]
        indicator = {
            "code": "on_site_two_hours", "validFrom": "2022-09-01", "en": "On site within 2 h", "zh": "两小时到场率",
            "definition": {
                "of": "orders", "month": "completed_at", "denominator": [{"fact": "arrived_at", "op": "known"}],
                "numerator": [{"from": "reported_at", "to": "arrived_at", "op": "<=", "seconds": 7200}],
            },
            "weight": 5, "target": 0.9,
        }  # fmt: skip
        added = await web.post(f"/api/areas/{area_id}/indicators", json=indicator)
        assert added.status_code == 201, added.text
        year = {"daysOff": ["2022-09-28"], "opens": "08:00", "closes": "18:00"}
        put = await web.put(f"/api/areas/{area_id}/calendars/service/2022", json=year, headers={"If-Match": '"1"'})
        assert (put.status_code, put.json()["version"]) == (200, 2), put.text
        stale = await web.put(f"/api/areas/{area_id}/calendars/service/2022", json=year, headers={"If-Match": '"1"'})
        assert stale.status_code == 412
        reasons = (await web.get(f"/api/areas/{area_id}/reasons", params={"kind": "suspension"})).json()
        assert len(reasons) == 13
        own = {"kind": "suspension", "code": "weather", "en": "Storm", "zh": "暴风", "pauses": ["technician"]}
        assert (await web.post(f"/api/areas/{area_id}/reasons", json=own)).status_code == 201
        reasons = (await web.get(f"/api/areas/{area_id}/reasons", params={"kind": "suspension"})).json()
        assert [row["en"] for row in reasons if row["code"] == "weather"] == ["Storm"]
        assert len((await web.get(f"/api/areas/{area_id}/fault-types")).json()) == 16


async def test_nothing_of_the_subscriber_is_in_an_event_that_others_see(shared: Shared):
    database, area_id, *_ = shared
    order = await report(shared)
    edit = {"type": "edited", "changes": {"subscriber": {"phones": ["13900000000"]}, "address": "1 New Street"}}
    answer = await act(shared, actor(Role.AGENT, area_id), order["id"], edit)
    assert answer.status_code == 200, answer.text
    assert answer.json()["order"]["address"] == "1 New Street"
    async with client(database, actor(Role.MANAGER, area_id)) as web:
        told = (await web.get(f"/api/orders/{order['id']}/events")).json()["items"]
        assert "139" not in str([(one["reason"], one["data"]) for one in told])  # an id may have these digits
    async with client(database, actor(Role.AGENT, area_id)) as web:
        assert "13900000000" not in (await web.get(f"/api/orders/{order['id']}/events")).text
    async with database.transaction() as session:
        assert (await session.scalars(select(Order.edited_by_person))).one()


async def test_a_time_without_an_offset_is_malformed(shared: Shared):
    database, area_id, *_ = shared
    order = await report(shared)
    chased = {"type": "chased", "occurredAt": "2022-09-27T09:00"}
    answer = await act(shared, actor(Role.AGENT, area_id), order["id"], chased)
    assert answer.status_code == 400, answer.text
    async with client(database, actor(Role.AGENT, area_id)) as web:
        naive = await web.post(f"/api/areas/{area_id}/orders", json={**REPORT, "occurredAt": "2022-09-27T09:00"})
        assert naive.status_code == 400
        assert (await web.get(f"/api/areas/{area_id}/orders", params={"from": "2022-09-27"})).status_code == 400


async def test_a_report_is_dated_back_a_week_at_most(shared: Shared):
    database, area_id, *_ = shared
    async with client(database, actor(Role.AGENT, area_id)) as web:
        for back, status in (
            (timedelta(days=7), 201),
            (timedelta(days=7, seconds=1), 422),
            (timedelta(days=9000), 422),
        ):
            body = {**REPORT, "occurredAt": (START - back).isoformat()}
            answer = await web.post(f"/api/areas/{area_id}/orders", json=body)
            assert answer.status_code == status, answer.text
        assert answer.json()["code"] == "order.too_old"
        assert answer.json()["field"] == "occurredAt"
