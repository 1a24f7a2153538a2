"""Moves on another day than today: on any that has a published plan and is not over."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from citymap.travel import StraightLineTravel
from dispatch.orders.models import Order, Status, Visit, VisitStatus
from dispatch.planning.board import moves
from dispatch.planning.board.board import Board
from dispatch.planning.board.board_cache import load_board
from dispatch.planning.board.pricing import Move, price
from grids.models import ServiceArea
from tests.dispatch.planning.by_hand import planned, publish, publish_a_day
from tests.dispatch.planning.site import client
from tests.dispatch.planning.town import DAY, EAST, NINE, Town, spread

TOMORROW = DAY + timedelta(days=1)
MORNING = NINE + timedelta(hours=23)
"""08:00 of the next day."""


async def tomorrows(town: Town) -> list[Order]:
    """Orders booked for tomorrow, in the east, planned and published tonight."""
    booked = [
        await town.report(
            point, appointment_start=MORNING, appointment_end=MORNING + timedelta(hours=9), fault_type="no_service"
        )
        for point in spread(6, EAST)
    ]
    async with town.database.transaction() as session:
        area = await session.get_one(ServiceArea, town.area_id)
        area.straight_line_allowed = True
    await publish(town, (await planned(town, TOMORROW)).plan_id)
    return booked


async def on(town: Town, day: date) -> Board:
    async with town.database.transaction() as session:
        return await load_board(session, await town.area(), day, StraightLineTravel())


async def visits(town: Town) -> dict[UUID, tuple[UUID, object]]:
    async with town.database.transaction() as session:
        found = (await session.execute(select(Visit).where(Visit.status == VisitStatus.PLANNED))).scalars()
        return {visit.order_id: (visit.technician_id, visit.planned_start) for visit in found}


async def test_a_visit_of_tomorrows_plan_is_moved_undone_and_redone(town: Town):
    today = await publish_a_day(town)
    booked = await tomorrows(town)
    before = await visits(town)
    assert {order.id for order in (*today, *booked)} == set(before)
    found = await on(town, TOMORROW)
    holder = UUID(found.ledger.where[str(booked[0].id)])
    target = town.dana if holder != town.dana else town.carl
    offer = price(found, Move(booked[0].id, target, 0))
    assert offer.allowed
    me = town.dispatcher
    async with town.database.transaction() as session:
        made = await moves.make_move(
            session, me, await town.area(), TOMORROW, StraightLineTravel(), offer.move, offer.version, "en"
        )
    assert made.row.service_date == TOMORROW
    after = await visits(town)
    assert after[booked[0].id][0] == target
    assert {key: after[key] for key in after if key in {order.id for order in today}} == {
        key: before[key] for key in before if key in {order.id for order in today}
    }
    assert (await town.order(booked[0])).owner_id == target
    async with town.database.transaction() as session:
        await moves.undo(session, me, await town.area(), TOMORROW)
    assert await visits(town) == before
    async with town.database.transaction() as session:
        await moves.redo(session, me, await town.area(), TOMORROW)
    assert await visits(town) == after


async def test_a_waiting_order_is_given_to_tomorrow_and_taken_off_it_again(town: Town):
    await tomorrows(town)
    new = await town.report(EAST)
    found = await on(town, TOMORROW)
    for to, status in ((town.carl, Status.DISPATCHED), (None, Status.REPORTED)):
        offer = price(await on(town, TOMORROW), Move(new.id, to))
        async with town.database.transaction() as session:
            await moves.make_move(
                session, town.dispatcher, await town.area(), TOMORROW, StraightLineTravel(), offer.move, offer.version,
                "en",
            )  # fmt: skip
        assert (await town.order(new)).status == status
    assert str(new.id) not in found.ledger.where
    assert new.id not in await visits(town)


async def test_what_todays_plan_holds_is_not_moved_on_tomorrows(town: Town):
    today = await publish_a_day(town)
    await tomorrows(town)
    offer = price(await on(town, TOMORROW), Move(today[0].id, town.carl))
    assert not offer.allowed
    assert offer.reason is not None
    assert offer.reason[0] == "planned_another_day"


async def test_over_http_candidates_and_moves_of_tomorrow_agree_and_a_draft_says_to_apply_it(town: Town):
    booked = await tomorrows(town)
    path = f"/api/areas/{town.area_id}/moves"
    found = await on(town, TOMORROW)
    target = town.dana if found.ledger.where[str(booked[0].id)] != str(town.dana) else town.carl
    asked = {"orderId": str(booked[0].id), "technicianId": str(target), "position": 0}
    async with client(town, town.dispatcher) as web:
        shown = (await web.post(f"{path}/price", json={**asked, "date": str(TOMORROW)})).json()
        assert shown["allowed"], shown
        offered = await web.get(f"/api/orders/{booked[0].id}/candidates", params={"date": str(TOMORROW)})
        (same,) = [one for one in offered.json()["items"] if one["technicianId"] == str(target)]
        assert same["arrival"].startswith(str(TOMORROW))
        headers = {"If-Match": shown["version"]}
        made = await web.post(path, json={**asked, "date": str(TOMORROW)}, headers=headers)
        assert (made.status_code, made.json()["date"]) == (201, str(TOMORROW)), made.text
        plans = (await web.get(f"/api/areas/{town.area_id}/plans", params={"date": str(TOMORROW)})).json()["items"]
        draft = {**asked, "planId": plans[0]["id"], "date": str(TOMORROW)}
        refused = await web.post(path, json=draft, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (422, "planning.draft_is_fixed")
        assert "apply" in refused.json()["detail"].lower()
