"""Moves on the board: what is stored costs what was shown; who comes too late sees what changed; all can be undone."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from dispatch.orders.models import OrderEvent, Status
from dispatch.orders.rules import acts
from dispatch.planning.board import moves
from dispatch.planning.board.board import Board
from dispatch.planning.board.pricing import Move, price
from dispatch.planning.day.problem_builder import route_order
from dispatch.planning.dispatching.auto_dispatch import dispatch_new
from dispatch.planning.models import Move as StoredMove
from kit.actor import Actor
from kit.errors import Conflict, NotFound, Stale
from optimizer.evaluation.evaluate import evaluate
from optimizer.evaluation.subproblem import timed_plan
from tests.dispatch.planning.by_hand import holder, make_move, move_now, other, planned_visits, publish_a_day, the_board
from tests.dispatch.planning.town import DAY, WEST, Town, later


async def undo(town: Town, actor: Actor) -> StoredMove:
    async with town.database.transaction() as session:
        return await moves.undo(session, actor, await town.area(), DAY)


async def redo(town: Town, actor: Actor) -> StoredMove:
    async with town.database.transaction() as session:
        return await moves.redo(session, actor, await town.area(), DAY)


def stored_sequences(found: Board) -> dict[str, list[str]]:
    routes: dict[str, list[str]] = {}
    held = [order for order in found.day.orders if order.visit is not None and order.visit.status == "planned"]
    for order in sorted(held, key=route_order):
        assert order.visit is not None
        routes.setdefault(str(order.visit.technician_id), []).append(str(order.id))
    return routes


async def test_what_is_stored_differs_from_what_was_by_the_price_that_was_shown(town: Town):
    orders = await publish_a_day(town)
    before = await the_board(town)
    order = orders[0]
    move = Move(order.id, other(town, holder(before, order)), 1)
    offer = price(before, move)
    assert offer.priced is not None
    made = await make_move(town, town.dispatcher, move, offer.version)
    after = await the_board(town)
    judged = evaluate(before.problem, timed_plan(before.problem, stored_sequences(after))).total
    stored = evaluate(before.problem, before.ledger.plan()).total + offer.priced.price
    assert judged == pytest.approx(stored, abs=1e-6)
    assert made.row.cost == pytest.approx(offer.priced.price)
    for route in offer.priced.routes.values():
        for stop in () if route is None else route.stops:
            visit = after.orders[UUID(stop.visit_id)].visit
            assert visit is not None
            assert visit.planned_start == before.day.span.instant(stop.start)
            assert str(visit.technician_id) == route.technician_id


async def test_a_move_goes_through_the_acts_of_the_order(town: Town):
    orders = await publish_a_day(town)
    first = await the_board(town)
    target = other(town, holder(first, orders[0]))
    made = await move_now(town, town.dispatcher, orders[0], target)
    assert made.row.kind == "reassign"
    assert (await town.order(orders[0])).owner_id == target
    new = await town.report(WEST)
    assigned = await move_now(town, town.dispatcher, new, target)
    assert assigned.row.kind == "assign"
    off = await move_now(town, town.dispatcher, orders[1], None)
    assert off.row.kind == "unassign"
    taken_back = await town.order(orders[1])
    assert (taken_back.status, taken_back.owner_id) == (Status.REPORTED, None)
    async with town.database.transaction() as session:
        assert await dispatch_new(session, await town.area()) == []
        events = (await session.execute(select(OrderEvent.type).where(OrderEvent.order_id == new.id))).scalars().all()
    assert events == ["reported", "dispatched"]
    kinds = await move_now(town, town.dispatcher, orders[0], target, 0)
    assert kinds.row.kind == "reorder"


async def test_of_two_dispatchers_the_second_is_told_what_changed(town: Town):
    orders = await publish_a_day(town)
    found = await the_board(town)
    target = other(town, holder(found, orders[0]))
    hers, his = Move(orders[0].id, target, 0), Move(orders[1].id, target, 0)
    seen_by_her, seen_by_him = price(found, hers).version, price(found, his).version
    await make_move(town, town.dispatcher, hers, seen_by_her)
    with pytest.raises(Stale) as refused:
        await make_move(town, town.dispatcher, his, seen_by_him)
    assert refused.value.current["price"]["version"] != seen_by_him
    assert any(change["number"] == orders[0].number for change in refused.value.current["changes"])
    again = refused.value.current["price"]["version"]
    await make_move(town, town.dispatcher, his, again)


async def test_a_move_elsewhere_does_not_make_a_price_stale(town: Town):
    orders = await publish_a_day(town)
    found = await the_board(town)
    west = [order for order in orders if holder(found, order) == town.anna]
    east = [order for order in orders if holder(found, order) == town.carl]
    move = Move(west[0].id, town.bert, 0)
    version = price(found, move).version
    await move_now(town, town.dispatcher, east[0], town.dana)
    await make_move(town, town.dispatcher, move, version)


async def test_what_breaks_a_hard_rule_is_refused_and_nothing_is_changed(town: Town):
    orders = await publish_a_day(town)
    window = (later(minutes=20), later(minutes=50))
    booked = await town.report(WEST, appointment_start=window[0], appointment_end=window[1])
    before = await planned_visits(town)
    target = holder(await the_board(town), orders[-1])
    with pytest.raises(Conflict, match="appointment"):
        await move_now(town, town.dispatcher, booked, target, 9)
    assert await planned_visits(town) == before


async def test_moves_are_taken_back_and_made_again_one_by_one(town: Town):
    orders = await publish_a_day(town)
    me = town.dispatcher
    states = [await planned_visits(town)]
    first = await the_board(town)
    for order in orders[:2]:
        await move_now(town, me, order, other(town, holder(first, order)))
        states.append(await planned_visits(town))
    await move_now(town, me, orders[2], None)
    states.append(await planned_visits(town))
    for expected in reversed(states[:-1]):
        await undo(town, me)
        assert await planned_visits(town) == expected
    assert (await town.order(orders[2])).owner_id == holder(first, orders[2])
    with pytest.raises(NotFound):
        await undo(town, me)
    for expected in states[1:]:
        await redo(town, me)
        assert await planned_visits(town) == expected
    with pytest.raises(NotFound):
        await redo(town, me)
    await undo(town, me)
    await move_now(town, me, orders[3], other(town, holder(first, orders[3])))
    with pytest.raises(NotFound):
        await redo(town, me)


async def test_nobody_undoes_what_another_did_or_what_has_moved_since(town: Town):
    orders = await publish_a_day(town)
    me, you = town.dispatcher, town.dispatcher
    found = await the_board(town)
    target = other(town, holder(found, orders[0]))
    await move_now(town, me, orders[0], target)
    with pytest.raises(NotFound):
        await undo(town, you)
    await move_now(town, you, orders[0], target, 0)
    before = await planned_visits(town)
    with pytest.raises(Stale):
        await undo(town, me)
    assert await planned_visits(town) == before


async def test_begun_work_stays_where_it_is(town: Town):
    orders = await publish_a_day(town)
    found = await the_board(town)
    who = holder(found, orders[0])
    move = Move(orders[0].id, other(town, who))
    version = price(found, move).version
    await town.do(town.technician(who), orders[0], acts.Accept())
    await town.do(town.technician(who), orders[0], acts.Depart())
    with pytest.raises(Conflict):
        await make_move(town, town.dispatcher, move, version)


@pytest.mark.parametrize("pin", ["technician", "time", "both", "sequence"])
async def test_a_pin_is_kept_by_prices_and_plans_until_it_is_taken_off(town: Town, pin: str):
    await publish_a_day(town)
    found = await the_board(town)
    route = found.ledger.routes[str(town.anna)].stops
    pinned, neighbour = UUID(route[1].visit_id), UUID(route[0].visit_id)
    me = town.dispatcher
    async with town.database.transaction() as session:
        await moves.pin_visit(session, me, await town.area(), pinned, pin)
    found = await the_board(town)
    visit = found.ledger.visits[str(pinned)]
    assert visit.pin is not None
    away = price(found, Move(pinned, town.bert, 0))
    assert away.allowed == (pin == "time" and away.priced is not None and not away.priced.violations)
    assert (pin in ("technician", "both", "sequence")) == (visit.pin.technician_id == str(town.anna))
    behind = price(found, Move(neighbour, town.bert, 0))
    assert behind.priced is not None
    moved_up = {v.code for v in behind.priced.violations}
    assert ("pin_broken" in moved_up) == (pin == "sequence")
    if pin in ("time", "both"):
        again = behind.priced.routes[str(town.anna)]
        assert again is not None
        assert again.stops[0].start == route[1].start
    await undo(town, me)
    assert (await the_board(town)).ledger.visits[str(pinned)].pin is None
