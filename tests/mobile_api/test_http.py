"""The phone's addresses as a phone uses them."""

from __future__ import annotations

import io
from types import SimpleNamespace
from uuid import uuid4

from PIL import Image
from sqlalchemy import event, select, text

from dispatch.accounts.models import Unmasking
from dispatch.orders.models import Order
from dispatch.orders.rules import acts
from dispatch.technicians.models import Position
from tests.dispatch.planning.town import WEST, Town, later, spread


def picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(written, "JPEG")
    return written.getvalue()


async def test_the_route_says_where_to_go_whom_to_call_and_what_to_bring(
    phone: SimpleNamespace, town: Town, order: Order
):
    answer = await phone.anna.get("/api/mobile/route")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    (stop,) = body["waiting"]
    assert stop["contact"] == {"name": "Li Wei", "phones": ["13800000001"], "flags": []}
    assert stop["bring"]
    assert stop["point"] == list(WEST)
    assert (body["date"], body["straightLine"], body["credit"]) == ("2022-09-27", False, "© OpenStreetMap contributors")


async def test_every_pull_of_names_and_phones_is_recorded_but_an_unchanged_route_is_not_sent_again(
    phone: SimpleNamespace, town: Town, order: Order
):
    first = await phone.anna.get("/api/mobile/route")
    again = await phone.anna.get("/api/mobile/route", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    async with town.database.transaction() as session:
        shown = (await session.execute(select(Unmasking.order_id))).scalars().all()
    assert shown == [order.id]
    await town.do(town.technician(town.anna), order, acts.Accept())
    changed = await phone.anna.get("/api/mobile/route", headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200


async def test_nobody_sees_anybody_elses_route(phone: SimpleNamespace, order: Order):
    body = (await phone.bert.get("/api/mobile/route")).json()
    assert (body["stops"], body["waiting"]) == ([], [])
    assert (await phone.dispatcher.get("/api/mobile/route")).status_code == 403


async def test_a_route_takes_the_same_number_of_statements_whatever_is_on_it(
    phone: SimpleNamespace, town: Town, order: Order
):
    counted: list[str] = []
    event.listen(town.database.engine.sync_engine, "before_cursor_execute", lambda *given: counted.append(given[2]))

    async def statements_after(points: list[tuple[float, float]]) -> int:
        for point in points:
            other = await town.report(point)
            await town.do(town.dispatcher, other, acts.Dispatch(technician_id=town.anna, why="dispatcher"))
        counted.clear()
        body = (await phone.anna.get("/api/mobile/route")).json()
        assert len(body["waiting"]) > len(points)
        return len(counted)

    await statements_after([])
    few = await statements_after(spread(2))
    assert await statements_after(spread(9)) == few
    counted.clear()
    answer = await phone.anna.get("/api/mobile/route")
    assert len(counted) == 2  # the route, and whom it names
    counted.clear()
    assert (
        await phone.anna.get("/api/mobile/route", headers={"if-none-match": answer.headers["etag"]})
    ).status_code == 304
    assert len(counted) == 1


async def test_a_sync_over_http_answers_each_act(phone: SimpleNamespace, town: Town, order: Order):
    common = {"orderId": str(order.id), "occurredAt": later(minutes=1).isoformat()}
    sent = {
        "phoneTime": later(minutes=2).isoformat(),
        "acts": [{"id": str(uuid4()), **common, "act": {"type": kind}} for kind in ("accepted", "arrived")],
    }
    await town.set_clock(later(minutes=2))
    answer = await phone.anna.post("/api/mobile/sync", json=sent, headers={"accept-language": "zh-CN"})
    assert answer.status_code == 200, answer.text
    first, second = answer.json()["answers"]
    assert (first["result"], second["result"], second["code"]) == ("applied", "conflict", "order.wrong_state")
    assert order.number in second["detail"]


async def test_the_file_of_a_photo_may_follow_and_come_twice(phone: SimpleNamespace, town: Town, order: Order):
    photo = uuid4()
    files = {"file": ("p.jpg", picture(), "image/jpeg")}
    first = await phone.anna.put(f"/api/mobile/photos/{photo}", params={"orderId": str(order.id)}, files=files)
    assert first.status_code == 200, first.text
    again = await phone.anna.put(f"/api/mobile/photos/{photo}", files=files)
    assert (first.json()["already"], again.json()["already"]) == (False, True)
    refused = await phone.bert.put(f"/api/mobile/photos/{photo}", files=files)
    assert refused.status_code == 404
    no_picture = {"file": ("p.jpg", b"not a picture", "image/jpeg")}
    answer = await phone.anna.put(f"/api/mobile/photos/{uuid4()}", params={"orderId": str(order.id)}, files=no_picture)
    assert answer.status_code == 415


async def test_positions_are_kept_unless_they_cannot_be(phone: SimpleNamespace, town: Town):
    sent = [
        {"point": list(WEST), "occurredAt": later(minutes=-5).isoformat(), "accuracyMetres": 8},
        {"point": [0, 95], "occurredAt": later(minutes=-4).isoformat()},
        {"point": list(WEST), "occurredAt": later(days=300).isoformat()},
    ]
    before = await phone.anna.post("/api/mobile/positions", json={"positions": sent})
    assert before.json() == {"kept": 0, "refused": 3}  # nobody consented
    assert (await phone.anna.post("/api/mobile/consent", json={"positions": True})).json()["positions"] is True
    answer = await phone.anna.post("/api/mobile/positions", json={"positions": sent})
    assert answer.json() == {"kept": 1, "refused": 2}
    async with town.database.transaction() as session:
        kept = (await session.execute(select(Position))).scalar_one()
    assert kept.technician_id == town.anna


async def test_positions_sent_again_late_and_by_a_wrong_clock_are_kept_once_and_the_newest_counts(
    phone: SimpleNamespace, town: Town
):
    def seen(minutes: float, lon: float) -> dict[str, object]:
        return {"point": [lon, WEST[1]], "occurredAt": later(minutes=minutes).isoformat()}

    assert (await phone.anna.post("/api/mobile/consent", json={"positions": True})).status_code < 300
    new = [seen(-3, WEST[0]), seen(-2, WEST[0] + 0.001), seen(-1, WEST[0] + 0.002)]
    late = [seen(-30 - n, WEST[0] - 0.001 * n) for n in range(3)]
    for sent in (new, new, late, new + late):
        answer = await phone.anna.post("/api/mobile/positions", json={"positions": sent})
        assert answer.status_code == 200
    wrong = {"positions": [seen(0, WEST[0])], "phoneTime": "2003-01-01T00:00:00+00:00"}
    assert (await phone.anna.post("/api/mobile/positions", json=wrong)).json() == {"kept": 0, "refused": 1}
    async with town.database.transaction() as session:
        times = list((await session.scalars(select(Position.occurred_at))).all())
    assert len(times) == 6
    assert max(times) == later(minutes=-1)


async def test_the_clock_is_moved_over_http_and_does_what_falls_due(phone: SimpleNamespace, town: Town):
    await town.report(WEST)
    answer = await phone.dispatcher.post(
        f"/api/areas/{town.area_id}/clock", json={"now": later(minutes=35).isoformat(), "speed": 0}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["dispatched"] == 1
    back = await phone.dispatcher.post(f"/api/areas/{town.area_id}/clock", json={"now": later().isoformat()})
    assert back.status_code == 409


async def test_a_planning_run_is_queued_seen_and_cancelled_over_http(phone: SimpleNamespace, town: Town, order: Order):
    ask = {"date": "2022-09-27", "seconds": 5}
    unknown = await phone.dispatcher.post(f"/api/areas/{town.area_id}/plan-runs", json=ask | {"policy": "fastest"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "plan_policy.unknown")
    started = await phone.dispatcher.post(f"/api/areas/{town.area_id}/plan-runs", json=ask | {"policy": "sla_first"})
    assert started.status_code == 202, started.text
    run = started.json()
    assert run["status"] == "queued"
    second = await phone.dispatcher.post(f"/api/areas/{town.area_id}/plan-runs", json={"date": "2022-09-27"})
    assert (second.status_code, second.json()["code"]) == (409, "planning.already_running")
    async with town.database.transaction() as session:
        queued = (await session.execute(text("SELECT task_name, args FROM procrastinate_jobs"))).all()
    assert [(row.task_name, row.args) for row in queued] == [("planning.run", {"run_id": run["id"]})]
    cancelled = await phone.dispatcher.post(f"/api/plan-runs/{run['id']}/cancel")
    assert cancelled.json()["status"] == "cancelled"
    assert (
        await phone.anna.post(f"/api/areas/{town.area_id}/plan-runs", json={"date": "2022-09-27"})
    ).status_code == 403


async def test_routes_of_a_day_without_a_plan_are_empty(phone: SimpleNamespace, town: Town):
    answer = await phone.dispatcher.get(f"/api/areas/{town.area_id}/routes")
    assert answer.status_code == 200, answer.text
    assert answer.json()["routes"] == []
