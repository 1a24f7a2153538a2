"""The board over HTTP: a drag with its price, a race, its undo; pins, candidates, drafts and repairs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from dispatch.orders.models import Order
from dispatch.planning.models import Plan, PlanStatus, PlanUnplanned
from dispatch.technicians.models import Technician
from grids.models import ServiceArea
from kit.actor import Actor, Role, Scope
from kit.ids import uuid7
from kit.live import FeedEntry
from tests.dispatch.planning.by_hand import holder, other, publish_a_day, summary_of, the_board
from tests.dispatch.planning.site import client
from tests.dispatch.planning.town import DAY, EAST, WEST, Town


@pytest.fixture
async def orders(town: Town) -> list[Order]:
    """A published day in an area without roads that may be planned by straight lines."""
    async with town.database.transaction() as session:
        area = await session.get(ServiceArea, town.area_id)
        assert area is not None
        area.straight_line_allowed = True
    return await publish_a_day(town)


def moving(order: Order, to: UUID | None, position: int | None = None) -> dict[str, Any]:
    return {
        "orderId": str(order.id), "technicianId": None if to is None else str(to), "position": position,
        "date": str(DAY),
    }  # fmt: skip


async def test_a_drag_shows_its_price_is_made_at_it_and_undone(town: Town, orders: list[Order]):
    target = other(town, holder(await the_board(town), orders[0]))
    path = f"/api/areas/{town.area_id}/moves"
    async with client(town, town.dispatcher) as web:
        before = (await web.get(f"/api/areas/{town.area_id}/board", params={"date": str(DAY)})).json()
        shown = await web.post(f"{path}/price", json=moving(orders[0], target, 0))
        assert shown.status_code == 200, shown.text
        price = shown.json()
        assert price["allowed"]
        without = await web.post(path, json=moving(orders[0], target, 0))
        assert (without.status_code, without.json()["code"]) == (400, "planning.version_needed")
        made = await web.post(path, json=moving(orders[0], target, 0), headers={"If-Match": f'"{price["version"]}"'})
        assert made.status_code == 201, made.text
        assert made.json()["cost"] == price["cost"]
        assert made.json()["undoId"] == made.json()["id"]
        after = (await web.get(f"/api/areas/{town.area_id}/board", params={"date": str(DAY)})).json()
        row = next(row for row in after["rows"] if row["technicianId"] == str(target))
        told = {change["orderId"]: change["start"] for change in price["changes"]}
        assert row["stops"][0]["orderId"] == str(orders[0].id)
        assert {s["orderId"]: s["start"] for s in row["stops"] if s["orderId"] in told} == {
            s["orderId"]: told[s["orderId"]] for s in row["stops"] if s["orderId"] in told
        }
        late = await web.post(path, json=moving(orders[0], target, 0), headers={"If-Match": f'"{price["version"]}"'})
        assert late.status_code == 412
        assert late.json()["current"]["moves"][0]["kind"] == "reassign"
        undone = await web.post(f"{path}/undo", json={"date": str(DAY)})
        assert undone.status_code == 200, undone.text
        again = (await web.get(f"/api/areas/{town.area_id}/board", params={"date": str(DAY)})).json()
        assert [[s["orderId"] for s in r["stops"]] for r in again["rows"]] == [
            [s["orderId"] for s in r["stops"]] for r in before["rows"]
        ]
        mine = (await web.get(path, params={"date": str(DAY)})).json()
        assert (mine["undoId"], mine["redoId"]) == (None, made.json()["id"])
        assert (await web.post(f"{path}/redo", json={"date": str(DAY)})).status_code == 200
    async with town.database.transaction() as session:
        topics = {(entry.topic, entry.key) for entry in (await session.execute(select(FeedEntry))).scalars()}
    assert ("route", str(target)) in topics
    assert ("order", str(orders[0].id)) in topics


async def test_a_pin_is_set_refuses_and_comes_off(town: Town, orders: list[Order]):
    async with client(town, town.dispatcher) as web:
        pinned = await web.put(f"/api/orders/{orders[0].id}/pin", json={"pin": "both"})
        assert pinned.status_code == 200, pinned.text
        target = other(town, UUID(pinned.json()["technicianId"]))
        price = (await web.post(f"/api/areas/{town.area_id}/moves/price", json=moving(orders[0], target))).json()
        assert [violation["code"] for violation in price["violations"]] == ["pin_broken"]
        refused = await web.post(
            f"/api/areas/{town.area_id}/moves", json=moving(orders[0], target),
            headers={"If-Match": price["version"], "Accept-Language": "zh-CN"},
        )  # fmt: skip
        assert (refused.status_code, refused.json()["code"]) == (409, "planning.refused")
        assert "固定" in refused.json()["detail"]
        assert (await web.put(f"/api/orders/{orders[0].id}/pin", json={"pin": None})).json()["pin"] is None
        assert (await web.put(f"/api/orders/{orders[0].id}/pin", json={"pin": "nonsense"})).status_code == 400


async def test_candidates_and_why_not(town: Town, orders: list[Order]):
    new = await town.report(WEST)
    async with client(town, town.dispatcher) as web:
        found = (await web.get(f"/api/orders/{new.id}/candidates", params={"date": str(DAY), "limit": 2})).json()
        assert [item["rank"] for item in found["items"]] == [1, 2]
        best = found["items"][0]
        made = await web.post(
            f"/api/areas/{town.area_id}/moves", json=moving(new, UUID(best["technicianId"]), best["position"]),
            headers={"If-Match": best["version"]},
        )  # fmt: skip
        assert made.status_code == 201, made.text
        assert made.json()["cost"] == best["cost"]
        why = await web.get(f"/api/orders/{new.id}/candidates/{town.carl}", params={"date": str(DAY)})
        assert why.status_code == 200, why.text
        assert why.json()["feasible"]
        assert why.json()["reasons"]


async def test_a_scoped_person_sees_no_more_of_the_board_than_of_the_lists(town: Town, orders: list[Order]):
    nobodys = Actor(None, "guest", Role.DISPATCHER, Scope(areas=frozenset({town.area_id}), contractor="Other Ltd"))
    async with client(town, nobodys) as web:
        board = (await web.get(f"/api/areas/{town.area_id}/board", params={"date": str(DAY)})).json()
        assert (board["rows"], board["waiting"]) == ([], [])
        assert (await web.get(f"/api/orders/{orders[0].id}/candidates")).status_code == 404
        price = await web.post(f"/api/areas/{town.area_id}/moves/price", json=moving(orders[0], town.carl))
        assert price.status_code == 404


async def test_a_repair_is_queued_like_a_plan(town: Town, orders: list[Order]):
    urgent = await town.report(EAST)
    async with client(town, town.dispatcher) as web:
        asked = {"changes": [{"kind": "urgent", "orderId": str(urgent.id)}], "date": str(DAY)}
        run = await web.post(f"/api/areas/{town.area_id}/repairs", json=asked)
        assert (run.status_code, run.json()["status"]) == (202, "queued")
        again = await web.post(f"/api/areas/{town.area_id}/repairs", json=asked)
        assert again.status_code == 409
        lacking = await web.post(f"/api/areas/{town.area_id}/repairs", json={"changes": [{"kind": "sick"}]})
        assert lacking.status_code == 422


async def test_routes_are_read_without_their_streets_and_of_some_people_alone(town: Town, orders: list[Order]):
    path = f"/api/areas/{town.area_id}/routes"
    async with client(town, town.dispatcher) as web:
        whole = (await web.get(path, params={"date": str(DAY)})).json()["routes"]
        plain = (await web.get(path, params={"date": str(DAY), "lines": "false"})).json()["routes"]
        whom = whole[0]["technicianId"]
        alone = (await web.get(path, params={"date": str(DAY), "technicianId": whom})).json()["routes"]
    assert all(len(route["line"]["coordinates"]) > 1 for route in whole)
    assert plain == [route | {"line": None} for route in whole]
    assert alone == whole[:1]


async def test_whoever_is_named_in_a_reason_is_named_by_name(town: Town, orders: list[Order]):
    new = await town.report(EAST)
    async with town.database.transaction() as session:
        plan_id = (await session.execute(select(Plan.id).where(Plan.area_id == town.area_id))).scalar_one()
        params = {"technician": str(town.anna)}
        session.add(PlanUnplanned(plan_id=plan_id, order_id=new.id, reason="out_of_time", params=params))
        anna = (await session.execute(select(Technician.name).where(Technician.id == town.anna))).scalar_one()
    async with client(town, town.dispatcher) as web:
        plan = (await web.get(f"/api/plans/{plan_id}", headers={"Accept-Language": "zh"})).json()
    said = next(left["text"] for left in plan["unplanned"] if left["orderId"] == str(new.id))
    assert anna in said
    assert str(town.anna) not in said


async def test_the_published_plan_is_found_however_many_drafts_were_discarded_after_it(town: Town, orders: list[Order]):
    async with town.database.transaction() as session:
        published = (await session.execute(select(Plan))).scalar_one()
        for _ in range(12):
            session.add(
                Plan(
                    id=uuid7(),
                    area_id=town.area_id,
                    service_date=DAY,
                    status=PlanStatus.DISCARDED,
                    summary=summary_of(DAY),
                    seen={},
                    created_at=published.created_at,
                )
            )
    async with client(town, town.dispatcher) as http:
        path = f"/api/areas/{town.area_id}/plans?date={DAY}&limit=10"
        every = (await http.get(path)).json()["items"]
        current = (await http.get(path + "&current=true")).json()["items"]
    assert {plan["status"] for plan in every} == {"discarded"}
    assert [plan["id"] for plan in current] == [str(published.id)]
