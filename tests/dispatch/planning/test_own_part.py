"""Two leads, each with one of the town's two grids: what one may do to a day, and that the other's stays as it was."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from citymap.travel import StraightLineTravel
from dispatch.orders.models import Order, OrderEvent, Visit
from dispatch.planning.board import moves
from dispatch.planning.drafts.applying import apply_part, publish_plan
from dispatch.planning.drafts.discarding import discard_plan
from dispatch.planning.drafts.repairs import request_repair
from dispatch.planning.drafts.schemas import RepairIn
from dispatch.planning.models import Plan, PlanRun, PlanStatus
from dispatch.planning.plan_summary import RepairChange
from dispatch.planning.runs import lifecycle
from grids.models import Grid
from kit.actor import Actor, Role, Scope
from kit.errors import Forbidden, Invalid
from tests.dispatch.planning.by_hand import draft
from tests.dispatch.planning.town import DAY, EAST, Town, spread

BEYOND, WHOLE = "outside your grids", "whole area"


async def lead(town: Town, *codes: str) -> Actor:
    async with town.database.transaction() as session:
        query = select(Grid.id).where(Grid.area_id == town.area_id, Grid.code.in_(codes))
        grids = frozenset(await session.scalars(query))
    return Actor(uuid4(), "lead", Role.GRID_LEAD, Scope(areas=frozenset({town.area_id}), grids=grids))


async def state(town: Town) -> str:
    """All orders, visits, events, plans and runs, as one text to compare."""
    async with town.database.transaction() as session:
        rows = [
            (await session.execute(query)).all()
            for query in (
                select(Order.id, Order.owner_id, Order.status, Order.version).order_by(Order.id),
                select(Visit.id, Visit.technician_id, Visit.status, Visit.planned_start, Visit.pin).order_by(Visit.id),
                select(OrderEvent.id).order_by(OrderEvent.id),
                select(Plan.id, Plan.status, Plan.version).order_by(Plan.id),
                select(PlanRun.id, PlanRun.status, PlanRun.cancel_asked, PlanRun.enough_asked).order_by(PlanRun.id),
            )
        ]
    return repr(rows)


async def a_day(town: Town) -> tuple[list[UUID], list[UUID], UUID]:
    """Two orders in the west and two in the east, and a draft that gives them to Anna and to Carl."""
    west = [(await town.report(point)).id for point in spread(2)]
    east = [(await town.report(point)).id for point in spread(2, EAST)]
    return west, east, await draft(town, {town.anna: west, town.carl: east})


async def test_a_lead_of_one_grid_is_refused_what_is_the_whole_days(town: Town):
    _, _, plan_id = await a_day(town)
    west, area = await lead(town, "west"), await town.area()
    async with town.database.transaction() as session:
        run = await lifecycle.request_run(session, town.dispatcher, area, DAY, {"seconds": 1}, queue=False)
    before = await state(town)
    sick = RepairIn(changes=[RepairChange(kind="sick", technician_id=town.anna)])
    for attempt in (
        lambda s: lifecycle.request_run(s, west, area, DAY, {"seconds": 1}, queue=False),
        lambda s: lifecycle.ask_to_cancel(s, west, run.id),
        lambda s: lifecycle.ask_for_best(s, west, run.id),
        lambda s: publish_plan(s, west, plan_id),
        lambda s: discard_plan(s, west, plan_id),
        lambda s: request_repair(s, west, area, DAY, sick),
    ):
        with pytest.raises(Forbidden, match=WHOLE):
            async with town.database.transaction() as session:
                await attempt(session)
    assert await state(town) == before


async def test_a_lead_of_every_grid_publishes_and_the_events_bear_the_lead(town: Town):
    west, east, plan_id = await a_day(town)
    both = await lead(town, "west", "east")
    async with town.database.transaction() as session:
        await publish_plan(session, both, plan_id)
    async with town.database.transaction() as session:
        events = (await session.scalars(select(OrderEvent).where(OrderEvent.type == "dispatched"))).all()
    assert {event.order_id for event in events} == {*west, *east}
    assert {(event.actor_account_id, event.actor_role) for event in events} == {(both.account_id, "grid_lead")}
    async with town.database.transaction() as session:
        await discard_plan(session, both, plan_id)
    async with town.database.transaction() as session:
        back = (await session.scalars(select(OrderEvent).where(OrderEvent.type == "recalled"))).all()
    assert {event.actor_account_id for event in back} == {both.account_id}


async def test_a_part_is_cut_to_the_leads_own_orders_and_people(town: Town):
    west, east, plan_id = await a_day(town)
    one, area, travel = await lead(town, "west"), await town.area(), StraightLineTravel()
    before = await state(town)
    with pytest.raises(Invalid):
        async with town.database.transaction() as session:
            await apply_part(session, one, area, plan_id, travel, [town.carl], east, "en")
    assert await state(town) == before
    async with town.database.transaction() as session:
        done = await apply_part(session, one, area, plan_id, travel, [town.anna, town.carl], [], "en")
    assert (done.outcome.dispatched, done.plan.status) == (2, PlanStatus.PUBLISHED)
    assert [(await town.order(key)).owner_id for key in (*west, *east)] == [town.anna, town.anna, None, None]


async def test_pins_and_undoing_stop_at_the_grids(town: Town):
    west, east, plan_id = await a_day(town)
    async with town.database.transaction() as session:
        await publish_plan(session, town.dispatcher, plan_id)
    one, area = await lead(town, "west"), await town.area()
    before = await state(town)
    with pytest.raises(Forbidden, match=BEYOND):
        async with town.database.transaction() as session:
            await moves.pin_visit(session, one, area, east[0], "technician")
    assert await state(town) == before
    wide = Actor(one.account_id, "lead", Role.GRID_LEAD, (await lead(town, "west", "east")).scope)
    async with town.database.transaction() as session:
        await moves.pin_visit(session, wide, area, west[0], "technician")
    async with town.database.transaction() as session:  # a pin gives nobody anything: it is undone by the narrow lead
        assert (await moves.undo(session, one, area, DAY)).undone_at is not None
