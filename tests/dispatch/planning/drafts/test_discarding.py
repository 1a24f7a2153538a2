"""A published plan is taken back: the day stands again as before it, but for what somebody has acted on since."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from citymap.travel import StraightLineTravel
from dispatch.orders.events.verify import verify
from dispatch.orders.models import Order, Status, Visit, VisitStatus
from dispatch.orders.rules import acts
from dispatch.planning.board import moves
from dispatch.planning.drafts.applying import apply_part, publish_plan
from dispatch.planning.drafts.discarding import TakenBack, discard_plan
from dispatch.planning.models import Plan, PlanStatus
from dispatch.technicians.models import Technician, TechnicianStatus
from kit.actor import SYSTEM
from kit.errors import Conflict, NotFound
from tests.dispatch.planning.by_hand import draft, move_now, planned_visits, publish_a_day, the_board
from tests.dispatch.planning.town import DAY, EAST, WEST, Town, spread


async def take_back(town: Town, plan_id: UUID) -> TakenBack:
    async with town.database.transaction() as session:
        return await discard_plan(session, town.dispatcher, plan_id)


async def publish(town: Town, routes: dict[UUID, list[UUID]]) -> UUID:
    plan_id = await draft(town, routes)
    async with town.database.transaction() as session:
        await publish_plan(session, town.dispatcher, plan_id)
    return plan_id


async def the_published(town: Town) -> Plan | None:
    async with town.database.transaction() as session:
        return (await session.execute(select(Plan).where(Plan.status == PlanStatus.PUBLISHED))).scalar_one_or_none()


async def owners(town: Town, orders: list[Order]) -> dict[str, tuple[Status, UUID | None]]:
    return {order.number: ((found := await town.order(order)).status, found.owner_id) for order in orders}


async def dispatched_day(town: Town) -> list[Order]:
    """Three orders of Anna's, owned but not planned, and one that nobody has."""
    orders = [await town.report(point) for point in spread(4)]
    for order in orders[:3]:
        await town.do(SYSTEM, order, acts.Dispatch(technician_id=town.anna, why="a_technician"))
    return orders


def ids(orders: list[Order]) -> list[UUID]:
    return [order.id for order in orders]


async def test_owners_and_visits_go_back_to_what_they_were(town: Town):
    orders = await dispatched_day(town)
    before = await owners(town, orders)
    plan_id = await publish(town, {town.bert: ids(orders)})
    assert {owner for _, owner in (await owners(town, orders)).values()} == {town.bert}
    done = await take_back(town, plan_id)
    assert (done.withdrawn, done.returned, done.left) == (4, 4, ())
    assert await owners(town, orders) == before
    assert await planned_visits(town) == {}
    async with town.database.transaction() as session:
        statuses = set((await session.execute(select(Visit.status))).scalars())
        assert statuses == {VisitStatus.CANCELLED}
        assert (await verify(session, town.area_id)).mismatches == []
    with pytest.raises(Conflict):
        await take_back(town, plan_id)


async def test_what_somebody_acted_on_since_stays_and_is_named(town: Town):
    orders = await dispatched_day(town)
    plan_id = await publish(town, {town.bert: ids(orders)})
    accepted, noted, _, new = orders
    await town.do(town.technician(town.bert), accepted, acts.Accept())
    await town.do(SYSTEM, noted, acts.Note(note="the dog bites"))
    done = await take_back(town, plan_id)
    assert [number for _, number in done.left] == [accepted.number]
    assert (await owners(town, orders))[accepted.number] == (Status.ACCEPTED, town.bert)
    assert (await owners(town, orders))[noted.number] == (Status.DISPATCHED, town.anna)
    assert (await owners(town, orders))[new.number] == (Status.REPORTED, None)
    assert set(await planned_visits(town)) == {accepted.id}


async def test_work_begun_or_done_is_never_called_back(town: Town):
    orders = await dispatched_day(town)
    plan_id = await publish(town, {town.bert: ids(orders)})
    for act in (acts.Accept(), acts.Depart()):
        await town.do(town.technician(town.bert), orders[0], act)
    await town.do(town.dispatcher, orders[1], acts.ForceComplete(reason="done on the phone"))
    done = await take_back(town, plan_id)
    assert [number for _, number in done.left] == [orders[0].number]
    assert (await town.order(orders[0])).status == Status.EN_ROUTE
    assert (await town.order(orders[1])).status == Status.COMPLETED


async def test_the_plan_before_is_the_days_plan_again_with_its_visits(town: Town):
    orders = await publish_a_day(town)
    first = await the_published(town)
    before, owned = await planned_visits(town), await owners(town, orders)
    late = await town.report(EAST)
    found = await the_board(town)
    routes = {UUID(t): [UUID(v) for v in found.ledger.sequence(t)] for t in found.ledger.technicians}
    routes[town.bert] = [*routes.pop(town.anna), *routes[town.bert][:-1]]
    routes[town.carl].append(late.id)
    second = await publish(town, routes)
    assert await planned_visits(town) != before
    done = await take_back(town, second)
    assert await planned_visits(town) == before
    assert await owners(town, orders) == owned
    assert (await town.order(late)).status == Status.REPORTED
    assert done.left == ()
    published = await the_published(town)
    assert first is not None
    assert published is not None
    assert published.id == first.id
    await take_back(town, first.id)
    assert await planned_visits(town) == {}
    assert {status for status, _ in (await owners(town, orders)).values()} == {Status.REPORTED}


async def test_a_visit_that_only_moved_in_time_is_nobodys_act_and_one_moved_by_hand_is(town: Town):
    orders = await dispatched_day(town)
    plan_id = await publish(town, {town.bert: ids(orders)})
    extra = await town.report(WEST)
    await move_now(town, town.dispatcher, extra, town.bert, 0)
    await move_now(town, town.dispatcher, orders[3], town.bert, 1)
    done = await take_back(town, plan_id)
    assert sorted(number for _, number in done.left) == sorted([extra.number, orders[3].number])
    assert set(await planned_visits(town)) == {extra.id, orders[3].id}
    assert {owner for _, owner in (await owners(town, orders[:3])).values()} == {town.anna}


async def test_who_left_the_company_gets_nothing_back(town: Town):
    orders = await dispatched_day(town)
    plan_id = await publish(town, {town.bert: ids(orders)})
    async with town.database.transaction() as session:
        anna = await session.get_one(Technician, town.anna)
        anna.status = TechnicianStatus.LEFT
    done = await take_back(town, plan_id)
    assert [number for _, number in done.left] == sorted(order.number for order in orders[:3])
    assert (await town.order(orders[3])).owner_id is None


async def test_a_part_that_was_applied_is_taken_back_with_its_plan_and_not_redone(town: Town):
    orders = await publish_a_day(town)
    before, owned = await planned_visits(town), await owners(town, orders)
    found = await the_board(town)
    routes = {UUID(t): [UUID(v) for v in found.ledger.sequence(t)] for t in found.ledger.technicians}
    routes[town.bert] = [*routes.pop(town.anna), *routes[town.bert]]
    plan_id, me = await draft(town, routes), town.dispatcher
    async with town.database.transaction() as session:
        await apply_part(session, me, await town.area(), plan_id, StraightLineTravel(), (town.bert,), (), "en")
    assert await planned_visits(town) != before
    await take_back(town, plan_id)
    assert await planned_visits(town) == before
    assert await owners(town, orders) == owned
    for again in (moves.undo, moves.redo):
        with pytest.raises(NotFound):
            async with town.database.transaction() as session:
                await again(session, me, await town.area(), DAY)


async def test_an_empty_draft_is_put_aside_and_changes_nothing(town: Town):
    await publish_a_day(town)
    before: dict[UUID, Any] = await planned_visits(town)
    published = await the_published(town)
    done = await take_back(town, await draft(town, {}))
    assert (done.withdrawn, done.returned, done.left, done.at_work_again) == (0, 0, (), ())
    assert await planned_visits(town) == before
    still = await the_published(town)
    assert published is not None
    assert still is not None
    assert still.id == published.id
