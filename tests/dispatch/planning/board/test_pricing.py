"""The price of a move: what it says before is what the judge says after, and what cannot be is refused in words."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from citymap.travel import StraightLineTravel
from dispatch.orders.rules import acts
from dispatch.planning.board.board import Board
from dispatch.planning.board.board_cache import board_for_price
from dispatch.planning.board.board_view import overview
from dispatch.planning.board.moves import make_move
from dispatch.planning.board.pricing import Move, Offer, price
from dispatch.planning.board.routes import routes
from dispatch.planning.board.schemas import BoardOut
from dispatch.planning.board.wording import Speaker
from kit.actor import SYSTEM
from kit.errors import Conflict, NotFound
from optimizer.evaluation.delta import Ledger
from optimizer.evaluation.evaluate import evaluate
from tests.dispatch.planning.by_hand import holder, other, publish_a_day, the_board
from tests.dispatch.planning.town import DAY, NINE, WEST, Town, later


def true_difference(found: Board, offer: Offer) -> float:
    """The judge's word on the whole day after the move less that before."""
    assert offer.priced is not None
    before = evaluate(found.problem, found.ledger.plan())
    edited = Ledger(found.problem, found.ledger.plan())
    edited.take(offer.priced)
    return evaluate(found.problem, edited.plan()).total - before.total


async def test_the_price_of_a_move_is_the_difference_the_judge_finds_over_the_whole_day(town: Town):
    orders = await publish_a_day(town)
    found = await the_board(town)
    for order in orders:
        target = other(town, holder(found, order))
        for position in (0, 1, None):
            offer = price(found, Move(order.id, target, position))
            assert offer.priced is not None
            assert offer.priced.price == pytest.approx(true_difference(found, offer), abs=1e-6)
    off = price(found, Move(orders[0].id, None))
    assert off.priced is not None
    assert off.priced.terms["dropped"] > 0
    assert off.priced.price == pytest.approx(true_difference(found, off), abs=1e-6)


async def test_a_price_names_every_stop_that_changes_and_no_other(town: Town):
    orders = await publish_a_day(town)
    found = await the_board(town)
    order = orders[0]
    target = other(town, holder(found, order))
    said = Speaker(found, "en").offer(price(found, Move(order.id, target, 0)))
    assert said.allowed
    assert said.version
    by_order = {change.order_id: change for change in said.changes}
    assert by_order[order.id].technician_id == target
    assert by_order[order.id].previous_technician_id == holder(found, order)
    assert sum(term.amount for term in said.terms) == pytest.approx(said.cost, abs=0.01)
    still = [o for o in orders if str(o.id) not in {str(key) for key in by_order}]
    after = {stop.visit_id: stop.start for route in price(found, Move(order.id, target, 0)).priced.routes.values()
             if route is not None for stop in route.stops}  # fmt: skip
    for untouched in still:
        if str(untouched.id) in after:
            visit = found.orders[untouched.id].visit
            assert visit is not None
            assert visit.planned_start == found.day.span.instant(after[str(untouched.id)])


async def test_the_best_position_is_the_cheapest_of_all(town: Town):
    orders = await publish_a_day(town)
    found = await the_board(town)
    target = other(town, holder(found, orders[3]))
    room = len(found.ledger.sequence(str(target)))
    every = [price(found, Move(orders[3].id, target, k)) for k in range(room + 1)]
    best = price(found, Move(orders[3].id, target))
    assert best.priced is not None
    assert best.priced.price == min(offer.priced.price for offer in every if offer.priced and offer.allowed)


async def test_a_window_that_cannot_be_met_is_refused_with_its_reason(town: Town):
    orders = await publish_a_day(town, west=6, east=8)
    window = (later(minutes=20), later(minutes=50))
    booked = await town.report(WEST, appointment_start=window[0], appointment_end=window[1])
    found = await the_board(town)
    target = holder(found, orders[-1])
    room = len(found.ledger.sequence(str(target)))
    assert room > 2
    said = Speaker(found, "en").offer(price(found, Move(booked.id, target, room)))
    assert not said.allowed
    assert "outside_window" in {violation.code for violation in said.violations}
    assert all(violation.text.endswith(".") for violation in said.violations)
    assert any(
        "时段" in v.text for v in Speaker(found, "zh").offer(price(found, Move(booked.id, target, room))).violations
    )


async def test_what_cannot_be_tried_says_why(town: Town):
    orders = await publish_a_day(town)
    nowhere = await town.report(None)
    found = await the_board(town)
    said = Speaker(found, "en").offer(price(found, Move(nowhere.id, town.anna)))
    assert (said.allowed, [v.code for v in said.violations]) == (False, ["no_place"])
    with pytest.raises(NotFound):
        price(found, Move(orders[0].id, orders[0].id))
    begun = await town.order(orders[0])
    assert begun.owner_id is not None
    await town.do(town.technician(begun.owner_id), begun, acts.Accept())
    await town.do(town.technician(begun.owner_id), begun, acts.Depart())
    with pytest.raises(Conflict):
        price(await the_board(town), Move(begun.id, town.carl))


async def test_a_board_is_kept_until_something_moves(town: Town):
    orders = await publish_a_day(town)
    first = await the_board(town)
    assert await the_board(town) is first
    version = first.version([holder(first, orders[0])], orders[0].id)
    await town.do(SYSTEM, orders[0], acts.Note(note="seen"))
    second = await the_board(town)
    assert second is not first
    assert second.version([holder(second, orders[0])], orders[0].id) == version
    await town.do(SYSTEM, orders[0], acts.Cancel(reason="subscriber_wish"))
    third = await the_board(town)
    assert orders[0].id not in third.orders
    assert third.problem.durations is first.problem.durations or third.prepared.points != first.prepared.points
    await town.set_clock(later(minutes=30))
    assert (await the_board(town)).as_of == later(minutes=30)
    assert (await the_board(town, as_of=later(minutes=29))).as_of == later(minutes=29)
    assert later(minutes=30) - first.as_of == timedelta(minutes=30)


async def test_a_look_takes_the_board_of_a_moment_ago_but_never_one_from_before_a_move(town: Town):
    orders = await publish_a_day(town)
    first = await the_board(town)

    async def look() -> Board:
        async with town.database.transaction() as session:
            return await board_for_price(town.database, session, await town.area(), DAY, StraightLineTravel(), None)

    assert await look() is first
    await town.do(SYSTEM, orders[0], acts.Note(note="seen"))
    assert await look() is first
    for _ in range(100):
        await asyncio.sleep(0.05)
        if await look() is not first:
            break
    second = await look()
    assert second is not first
    move = Move(orders[0].id, None)
    async with town.database.transaction() as session:
        await make_move(
            session, town.dispatcher, await town.area(), DAY, StraightLineTravel(), move,
            price(second, move).version, "en",
        )  # fmt: skip
    third = await look()
    assert str(orders[0].id) not in third.ledger.where


async def test_a_new_order_elsewhere_leaves_a_price_as_it_was(town: Town):
    orders = await publish_a_day(town)
    first = await the_board(town)
    version = price(first, Move(orders[0].id, town.bert, 0)).version
    await town.report((118.87, 32.08))
    second = await the_board(town)
    assert second is not first
    assert price(second, Move(orders[0].id, town.bert, 0)).version == version


async def test_late_is_late_for_the_subscriber_in_price_board_and_route_alike(town: Town):
    await town.set_clock(later(hours=-7))
    night = await town.report(WEST)
    await town.do(SYSTEM, night, acts.Dispatch(technician_id=town.anna, why="dispatcher"))
    await town.set_clock(NINE)
    promised = await town.order(night)
    assert (promised.due_at, promised.technician_due_at) == (later(hours=-2.5), later(hours=3))
    orders = await publish_a_day(town)
    first = await the_board(town)
    said = Speaker(first, "en").offer(price(first, Move(night.id, town.bert, 0)))
    change = next(change for change in said.changes if change.order_id == night.id)
    assert change.end is not None
    assert change.late_seconds == (change.end - later(hours=-2.5)).total_seconds()
    assert (change.previous_late_seconds, change.becomes_late) == (2.5 * 3600, False)
    async with town.database.transaction() as session:
        made = await make_move(
            session, town.dispatcher, await town.area(), DAY, StraightLineTravel(), Move(night.id, town.bert, 0),
            said.version, "en",
        )  # fmt: skip
        shown = await routes(session, town.dispatcher, await town.area(), DAY, None)
    drawn = {stop.order_id: stop for route in shown.routes for stop in route.stops}
    stops = {stop.order_id: stop for row in everybody(await the_board(town)).rows for stop in row.stops}
    for order in (night, *orders):
        end, due = drawn[order.id].planned_end, drawn[order.id].due_at
        assert end is not None
        assert due is not None
        assert stops[order.id].due == due
        assert stops[order.id].late_seconds == max(0, round((end - due).total_seconds()))
    assert stops[night.id].late_seconds == change.late_seconds
    assert made.offer.priced is not None


async def test_who_becomes_late_is_named_and_warned_of(town: Town):
    orders = await publish_a_day(town, west=10, east=2)
    found = await the_board(town)
    asked = price(found, Move(orders[-1].id, town.anna, 0))
    said = Speaker(found, "en").offer(asked)
    assert said.allowed
    for change in said.changes:
        due = found.orders[change.order_id].due_at
        assert change.end is not None
        assert due is not None
        assert change.late_seconds == max(0, (change.end - due).total_seconds())
        assert change.becomes_late == (change.late_seconds > 0 and change.previous_late_seconds == 0)
    late = {change.order_id for change in said.changes if change.late_seconds > change.previous_late_seconds}
    assert late
    assert {warning.order_id for warning in said.warnings if warning.code == "late"} == late


def everybody(found: Board) -> BoardOut:
    return overview(found, "en", lambda _: True, lambda _: True)
