"""A draft beside the day as it is worked by: all of it, some of it, none of it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from citymap.travel import StraightLineTravel
from dispatch.orders.models import Order, OrderEvent, Visit
from dispatch.orders.rules import acts
from dispatch.planning import repository
from dispatch.planning.board import moves
from dispatch.planning.day.loading import load_day
from dispatch.planning.drafts.applying import Applied, apply_part
from dispatch.planning.drafts.diff import Change, changes
from dispatch.planning.models import Plan, PlanStatus
from kit.db import Database
from kit.errors import Conflict, Invalid
from tests.databases import TestCluster
from tests.dispatch.planning.by_hand import draft, planned_visits, publish, publish_a_day, the_board
from tests.dispatch.planning.town import DAY, EAST, Town, open_town


async def differences(town: Town, plan_id: UUID) -> dict[UUID, Change]:
    async with town.database.transaction() as session:
        day = await load_day(session, await town.area(), DAY)
        return {c.order.id: c for c in changes(day, await repository.stops_of(session, plan_id))}


async def apply(
    town: Town,
    plan_id: UUID,
    *,
    people: tuple[UUID, ...] = (),
    orders: tuple[Order, ...] = (),
    leave_moved: bool = False,
) -> Applied:
    async with town.database.transaction() as session:
        return await apply_part(
            session, town.dispatcher, await town.area(), plan_id, StraightLineTravel(), people,
            [order.id for order in orders], "en", leave_moved,
        )  # fmt: skip


async def routes_now(town: Town) -> dict[UUID, list[UUID]]:
    found = await the_board(town)
    return {UUID(t): [UUID(v) for v in found.ledger.sequence(t)] for t in found.ledger.technicians}


async def another_day(town: Town) -> tuple[list[Order], Order, UUID]:
    """A published day; a draft that gives Anna's first order to Bert, turns Carl's route round, drops Dana's last
    order and takes in a new one.
    """
    orders = await publish_a_day(town)
    now = await routes_now(town)
    new = await town.report(EAST)
    then = {
        town.anna: now[town.anna][1:],
        town.bert: [now[town.anna][0], *now[town.bert]],
        town.carl: [*reversed(now[town.carl])],
        town.dana: [new.id, *now[town.dana][:-1]],
    }
    return orders, new, await draft(town, then)


async def test_a_draft_is_told_as_what_it_changes(town: Town):
    await publish_a_day(town)
    now = await routes_now(town)
    new = await town.report(EAST)
    then = {**now, town.bert: [now[town.anna][0], *now[town.bert]], town.anna: now[town.anna][1:]}
    then[town.dana] = [new.id, *now[town.dana][:-1]]
    plan_id = await draft(town, then)
    found = await differences(town, plan_id)
    kinds = {order_id: change.kind for order_id, change in found.items()}
    assert kinds[now[town.anna][0]] == "moved"
    assert (found[now[town.anna][0]].previous, found[now[town.anna][0]].technician_id) == (town.anna, town.bert)
    assert kinds[new.id] == "new"
    assert kinds[now[town.dana][-1]] == "dropped"
    assert {kinds[order_id] for order_id in now[town.carl]} == {"same"}
    assert {kinds[order_id] for order_id in now[town.bert]} <= {"later", "same"}
    first = found[now[town.bert][0]]
    assert first.to is not None
    assert first.previous_start is not None
    assert (first.kind == "later") == (first.to.start - first.previous_start >= timedelta(minutes=1))


async def test_one_technicians_part_is_applied_and_the_rest_stays(town: Town):
    _, _, plan_id = await another_day(town)
    before = await routes_now(town)
    done = await apply(town, plan_id, people=(town.carl,))
    after = await routes_now(town)
    assert after[town.carl] == [*reversed(before[town.carl])]
    assert {t: r for t, r in after.items() if t != town.carl} == {t: r for t, r in before.items() if t != town.carl}
    assert done.plan.status is PlanStatus.PUBLISHED
    assert done.left > 0
    async with town.database.transaction() as session:
        statuses = (await session.execute(select(Plan.status).order_by(Plan.id))).scalars().all()
    assert statuses == [PlanStatus.SUPERSEDED, PlanStatus.PUBLISHED]


async def test_one_orders_part_moves_that_order_alone(town: Town):
    _, new, plan_id = await another_day(town)
    before = await routes_now(town)
    done = await apply(town, plan_id, orders=(new,))
    after = await routes_now(town)
    assert (done.outcome.dispatched, done.outcome.reassigned) == (1, 0)
    assert after[town.dana] == [new.id, *before[town.dana]]
    assert (await town.order(new)).owner_id == town.dana
    assert {t: r for t, r in after.items() if t != town.dana} == {t: r for t, r in before.items() if t != town.dana}


async def test_what_was_applied_can_be_undone(town: Town):
    _, _, plan_id = await another_day(town)
    before = await planned_visits(town)
    me = town.dispatcher
    async with town.database.transaction() as session:
        await apply_part(
            session, me, await town.area(), plan_id, StraightLineTravel(), (town.anna, town.bert), (), "en"
        )
    changed = await planned_visits(town)
    assert changed != before
    async with town.database.transaction() as session:
        await moves.undo(session, me, await town.area(), DAY)
    assert await planned_visits(town) == before


async def test_nothing_chosen_or_moved_since_is_refused(town: Town):
    orders, _, plan_id = await another_day(town)
    with pytest.raises(Invalid):
        await apply(town, plan_id)
    now = await routes_now(town)
    await town.do(town.dispatcher, now[town.anna][0], acts.Cancel(reason="subscriber_wish"))
    with pytest.raises((Conflict, Invalid)):
        await apply(town, plan_id, orders=(next(o for o in orders if o.id == now[town.anna][0]),))


async def test_what_still_holds_of_a_draft_is_applied_and_what_moved_since_is_left(town: Town):
    _, new, plan_id = await another_day(town)
    now = await routes_now(town)
    await town.do(
        town.dispatcher, now[town.anna][0], acts.Reassign(technician_id=town.dana, why="other", note="she asked for it")
    )
    everybody = (town.anna, town.bert, town.carl, town.dana)
    with pytest.raises(Conflict):
        await apply(town, plan_id, people=everybody)
    done = await apply(town, plan_id, people=everybody, leave_moved=True)
    after = await routes_now(town)
    assert after[town.carl] == [*reversed(now[town.carl])]
    assert after[town.dana] == [new.id, *now[town.dana][:-1]]
    assert now[town.anna][0] not in after[town.bert]
    assert done.plan.status is PlanStatus.PUBLISHED


async def test_a_draft_of_which_nothing_holds_is_refused_however_it_is_asked_for(town: Town):
    _, _, plan_id = await another_day(town)
    now = await routes_now(town)
    for order in {*now[town.carl]}:
        await town.do(
            town.dispatcher, order, acts.Reassign(technician_id=town.dana, why="other", note="she asked for it")
        )
    with pytest.raises(Conflict):
        await apply(town, plan_id, people=(town.carl,), leave_moved=True)


async def outcome(town: Town) -> tuple[dict[UUID, tuple[object, ...]], list[tuple[object, ...]]]:
    """The visits on phones, and what every order's events say of owners."""
    async with town.database.transaction() as session:
        rows = await session.execute(
            select(OrderEvent).where(OrderEvent.type.in_(("dispatched", "reassigned", "recalled")))
        )
        events = [
            (e.order_id, e.sequence, e.type, e.technician_id, e.reason, e.actor_role, e.data.get("note"))
            for e in rows.scalars()
        ]
    return await planned_visits(town), sorted(events, key=str)


async def test_a_draft_does_the_same_whole_or_applied_in_all_its_parts(town: Town, cluster: TestCluster):
    _, _, plan_id = await another_day(town)
    # One story, told to its end in two databases: what differs is only how the draft is applied.
    source = town.database.engine.url.database
    assert source is not None
    await town.database.dispose()
    copy = cluster.clone(source)
    try:
        other_town = await open_town(Database(cluster.url(copy)))
        await publish(town, plan_id)
        done = await apply(other_town, plan_id, people=(town.anna, town.bert, town.carl, town.dana))
        assert done.left == 0
        visits, events = await outcome(town)
        assert (visits, events) == await outcome(other_town)
        assert {event[4] for event in events} == {"plan"}
        await other_town.database.dispose()
    finally:
        cluster.drop(copy)


async def test_publishing_renumbers_the_work_under_way_and_leaves_its_owner_and_times(town: Town):
    orders = await publish_a_day(town)
    board = await the_board(town)
    begun = next(order for order in orders if board.ledger.sequence(str(town.anna))[0] == str(order.id))
    await town.do(town.technician(town.anna), begun, acts.Accept())
    await town.do(town.technician(town.anna), begun, acts.Depart())
    now = await routes_now(town)
    plan_id = await draft(town, {**now, town.anna: [*reversed(now[town.anna])]})
    async with town.database.transaction() as session:
        visit = (await session.execute(select(Visit).where(Visit.order_id == begun.id))).scalar_one()
        visit.position = 5
        before = (visit.technician_id, visit.status, visit.planned_start, visit.planned_end)
    await publish(town, plan_id)
    async with town.database.transaction() as session:
        visit = (await session.execute(select(Visit).where(Visit.order_id == begun.id))).scalar_one()
    assert (visit.technician_id, visit.status, visit.planned_start, visit.planned_end) == before
    assert (visit.position, visit.plan_id) == (0, plan_id)
    assert (await routes_now(town))[town.anna] == [*reversed(now[town.anna])]


async def test_work_that_ended_since_the_draft_gets_no_visit_from_it(town: Town):
    orders = await publish_a_day(town)
    board = await the_board(town)
    begun = next(order for order in orders if board.ledger.sequence(str(town.anna))[0] == str(order.id))
    await town.do(town.technician(town.anna), begun, acts.Accept())
    await town.do(town.technician(town.anna), begun, acts.Depart())
    now = await routes_now(town)
    plan_id = await draft(town, now)
    await town.do(town.dispatcher, begun, acts.ForceComplete(reason="done on the phone"))
    await publish(town, plan_id)
    assert begun.id not in await planned_visits(town)
