"""Who may help, why not somebody else, and the whole board in one answer."""

from __future__ import annotations

from uuid import UUID

import pytest

from dispatch.planning.board.board_view import overview
from dispatch.planning.board.candidates import candidates, why_not
from dispatch.planning.board.pricing import Move, price
from kit.errors import NotFound
from tests.dispatch.planning.by_hand import holder, other, publish_a_day, the_board
from tests.dispatch.planning.town import EAST, WEST, Town, later


def anybody(_: UUID) -> bool:
    return True


async def test_candidates_are_ranked_by_the_price_the_board_would_show(town: Town):
    await publish_a_day(town)
    new = await town.report(WEST)
    found = await the_board(town)
    answer = candidates(found, new.id, 8, "en")
    assert {item.technician_id for item in answer.items} == {town.anna, town.bert, town.carl, town.dana}
    assert [item.cost for item in answer.items] == sorted(item.cost for item in answer.items)
    for item in answer.items:
        offer = price(found, Move(new.id, item.technician_id))
        assert offer.priced is not None
        assert (item.cost, item.position) == (round(offer.priced.price, 3), offer.move.position)
        assert item.reasons
        assert item.version == offer.version
    assert answer.items[0].technician_id in (town.anna, town.bert)
    assert "包片" in candidates(found, new.id, 1, "zh").items[0].reasons[0]


async def test_who_holds_the_order_is_among_the_candidates(town: Town):
    orders = await publish_a_day(town)
    found = await the_board(town)
    answer = candidates(found, orders[0].id, 8, "en")
    (mine,) = [item for item in answer.items if item.holder]
    assert mine.technician_id == holder(found, orders[0])


async def test_where_nobody_can_the_reason_and_what_would_help_are_said(town: Town):
    await publish_a_day(town)
    new = await town.report(WEST, appointment_start=later(hours=9), appointment_end=later(hours=10))
    found = await the_board(town)
    answer = candidates(found, new.id, 8, "en")
    assert answer.items == []
    assert answer.reason == "outside_every_shift"
    assert answer.text
    assert {edit.kind for edit in answer.edits} >= {"overtime"}
    assert any(person in answer.edits[0].text for person in ("Anna", "Bert", "Carl", "Dana"))


async def test_why_not_somebody_else_is_answered_with_its_price(town: Town):
    orders = await publish_a_day(town)
    found = await the_board(town)
    target = other(town, holder(found, orders[0]))
    answer = why_not(found, orders[0].id, target, "en")
    assert answer.feasible
    assert sum(term.amount for term in answer.terms) == pytest.approx(answer.cost, abs=0.01)
    simple = price(found, Move(orders[0].id, target))
    assert simple.priced is not None
    assert answer.cost <= round(simple.priced.price, 3)
    assert any("contract" in reason for reason in answer.reasons)
    with pytest.raises(NotFound):
        why_not(found, orders[0].id, orders[0].id, "en")


async def test_the_board_shows_everybody_at_work_and_what_waits(town: Town):
    orders = await publish_a_day(town)
    nowhere, waits = await town.report(None), await town.report(EAST)
    found = await the_board(town)
    whole = overview(found, "en", anybody, anybody)
    assert [row.name for row in whole.rows] == ["Anna", "Bert", "Carl", "Dana"]
    assert sum(len(row.stops) for row in whole.rows) == len(orders)
    assert {item.order_id: item.reason for item in whole.waiting} == {nowhere.id: "no_place", waits.id: None}
    for row in whole.rows:
        assert [stop.start for stop in row.stops] == sorted(stop.start for stop in row.stops)
        assert len(row.breaks) == 1
        assert all(stop.told_start == stop.start for stop in row.stops)
    mine = overview(found, "en", {orders[0].id}.__contains__, {town.anna}.__contains__)
    assert ([row.name for row in mine.rows], mine.waiting) == (["Anna"], [])
    assert [stop.order_id for stop in mine.rows[0].stops] == [orders[0].id]
