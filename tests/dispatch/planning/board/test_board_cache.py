"""A board that is updated by what changed is the board that would be read anew."""

from __future__ import annotations

from uuid import UUID

import pytest

from dispatch.orders.rules import acts
from dispatch.planning.board import board_cache, moves
from dispatch.planning.board.board import Board
from tests.dispatch.planning.by_hand import draft, holder, move_now, other, planned, publish, publish_a_day, the_board
from tests.dispatch.planning.town import DAY, EAST, WEST, Town, later


async def anew(town: Town, as_of: Board) -> Board:
    """The board at the same moment, nothing known before."""
    board_cache._boards.clear()
    return await the_board(town, as_of=as_of.as_of)


def same(updated: Board, read: Board) -> None:
    """Both boards hold the same day, the same problem and the same routes."""
    assert updated.day == read.day
    assert updated.prepared == read.prepared
    assert (updated.problem.visits, updated.problem.technicians) == (read.problem.visits, read.problem.technicians)
    assert (updated.problem.durations == read.problem.durations).all()
    assert updated.ledger.routes == read.ledger.routes
    assert updated.ledger.where == read.ledger.where


async def test_after_moves_pins_and_undo_only_what_changed_is_read_and_the_board_is_the_same(town: Town):
    orders = await publish_a_day(town)
    first, me = await the_board(town), town.dispatcher
    target = other(town, holder(first, orders[0]))
    await move_now(town, me, orders[0], target, 0)
    moved = await the_board(town)
    await move_now(town, me, orders[1], None)
    off = await the_board(town)
    async with town.database.transaction() as session:
        pinned = UUID(off.ledger.sequence(str(town.carl))[0])
        await moves.pin_visit(session, me, await town.area(), pinned, "both")
    fixed = await the_board(town)
    async with town.database.transaction() as session:
        await moves.undo(session, me, await town.area(), DAY)
    undone = await the_board(town)
    boards = [first, moved, off, fixed, undone]
    assert len({board.revision for board in boards}) == 5
    assert all(board.day.technicians is first.day.technicians for board in boards)
    untouched = ({town.anna, town.bert, town.carl, town.dana} - {target, holder(first, orders[0])}).pop()
    assert moved.ledger.routes[str(untouched)] is first.ledger.routes[str(untouched)]
    same(undone, await anew(town, undone))


async def test_a_new_order_and_begun_work_are_read_with_the_whole_day(town: Town):
    orders = await publish_a_day(town)
    first = await the_board(town)
    new = await town.report(WEST)
    known = await the_board(town)
    assert new.id in known.orders
    same(known, await anew(town, known))
    who = holder(first, orders[0])
    for act in (acts.Accept(), acts.Depart()):
        await town.do(town.technician(who), orders[0], act)
    begun = await the_board(town)
    assert begun.orders[orders[0].id].started
    same(begun, await anew(town, begun))


async def test_another_plan_of_the_day_and_another_moment_are_seen(town: Town):
    await publish_a_day(town)
    first = await the_board(town)
    routes = {UUID(who): [UUID(v) for v in first.ledger.sequence(who)] for who in first.ledger.technicians}
    routes[town.carl].reverse()
    await publish(town, await draft(town, routes))
    turned = await the_board(town)
    assert [UUID(v) for v in turned.ledger.sequence(str(town.carl))] == routes[town.carl]
    same(turned, await anew(town, turned))
    await town.set_clock(later(minutes=10))
    later_on = await the_board(town)
    assert later_on.as_of == later(minutes=10)
    same(later_on, await anew(town, later_on))


async def test_more_changes_than_are_looked_at_read_the_whole_day(town: Town, monkeypatch: pytest.MonkeyPatch):
    orders = await publish_a_day(town)
    await the_board(town)
    monkeypatch.setattr(board_cache, "CHANGES_LOOKED_AT", 2)
    for order in orders[:3]:
        await town.do(town.dispatcher, order, acts.Note(note="the gate is locked"))
    extra = await town.report(EAST)
    seen = await the_board(town)
    assert extra.id in seen.orders
    same(seen, await anew(town, seen))


async def test_a_draft_is_priced_on_its_own_routes(town: Town):
    await publish_a_day(town)
    await town.report(EAST)
    result = await planned(town)
    board = await the_board(town, plan_id=result.plan_id)
    assert {who: list(route.visit_ids) for who, route in board.ledger.routes.items()} == {
        route.technician_id: list(route.visit_ids) for route in result.proposal.routes if route.stops
    }
