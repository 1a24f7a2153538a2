"""A day repaired after something happened: drafts within the budget, between which a person chooses."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from citymap.travel import StraightLineTravel
from dispatch.planning import repository
from dispatch.planning.day.loading import load_day
from dispatch.planning.drafts.applying import publish_plan
from dispatch.planning.drafts.diff import changes
from dispatch.planning.drafts.repairs import repair_day, request_repair
from dispatch.planning.drafts.schemas import RepairIn
from dispatch.planning.jobs import run_plan
from dispatch.planning.models import Plan, PlanRun, PlanStatus, RunStatus
from dispatch.planning.plan_summary import ChangeBudget, RepairChange
from grids.models import ServiceArea
from kit.errors import Invalid
from tests.dispatch.planning.by_hand import SHORT, holder, publish_a_day, the_board
from tests.dispatch.planning.town import DAY, WEST, Town


async def repaired(town: Town, asked: RepairIn) -> list[Plan]:
    area = await town.area()
    async with town.database.transaction() as session:
        run = await request_repair(session, town.dispatcher, area, DAY, asked)
        run_id = run.id
    drafts = await repair_day(town.database, area, DAY, run_id, roads=StraightLineTravel(), limit=SHORT)
    async with town.database.transaction() as session:
        run = (await session.execute(select(PlanRun).where(PlanRun.id == run_id))).scalar_one()
        assert (run.status, run.plan_id) == (RunStatus.DONE, drafts[0])
        return [(await session.execute(select(Plan).where(Plan.id == plan_id))).scalar_one() for plan_id in drafts]


async def stops_of(town: Town, plan: Plan) -> dict[UUID, UUID]:
    async with town.database.transaction() as session:
        return {stop.order_id: stop.technician_id for stop in await repository.stops_of(session, plan.id)}


async def test_a_sick_technicians_day_is_given_to_others_and_published_like_any_draft(town: Town):
    orders = await publish_a_day(town)
    mine = [order for order in orders if holder(await the_board(town), order) == town.anna]
    asked = RepairIn(
        changes=[RepairChange(kind="sick", technician_id=town.anna)], budget=ChangeBudget(people=2, visits=6), seconds=4
    )
    plans = await repaired(town, asked)
    best = plans[0]
    held = await stops_of(town, best)
    assert town.anna not in held.values()
    assert {order.id for order in mine} <= held.keys()
    frontier = best.summary.frontier
    assert {point.plan_id for point in frontier} == {plan.id for plan in plans}
    assert [point.recommended for point in frontier].count(True) == 1
    assert all(point.people <= 2 and point.visits <= 6 and point.windows == 0 for point in frontier)
    async with town.database.transaction() as session:
        await publish_plan(session, town.dispatcher, best.id)
    for order in mine:
        assert (await town.order(order)).owner_id == held[order.id]


async def test_an_urgent_order_touches_one_route_where_only_one_may_be_touched(town: Town):
    await publish_a_day(town)
    urgent = await town.report(WEST)
    asked = RepairIn(
        changes=[RepairChange(kind="urgent", order_id=urgent.id)], budget=ChangeBudget(people=1, visits=3), seconds=2
    )
    (best, *_) = await repaired(town, asked)
    assert best.status is PlanStatus.DRAFT
    async with town.database.transaction() as session:
        day = await load_day(session, await town.area(), DAY)
        found = changes(day, await repository.stops_of(session, best.id))
    kinds = {change.order.id: change for change in found}
    assert kinds[urgent.id].kind == "new"
    moved = [c for c in found if c.kind in ("moved", "dropped")]
    assert moved == []
    people = {c.technician_id for c in found if c.kind in ("earlier", "later", "new")}
    assert len(people) == 1


async def test_a_change_names_what_it_is_about(town: Town):
    area = await town.area()
    for change in (RepairChange(kind="sick"), RepairChange(kind="overrun", order_id=UUID(int=1))):
        with pytest.raises(Invalid):
            async with town.database.transaction() as session:
                await request_repair(session, town.dispatcher, area, DAY, RepairIn(changes=[change]))


async def test_the_worker_takes_up_a_repair_and_writes_what_goes_wrong_on_the_run(town: Town):
    async with town.database.transaction() as session:
        area = await session.get(ServiceArea, town.area_id)
        assert area is not None
        area.straight_line_allowed = True
    orders = await publish_a_day(town)
    outcomes = []
    gone, ghost = (
        RepairChange(kind="cancelled", order_id=orders[0].id),
        RepairChange(kind="urgent", order_id=UUID(int=5)),
    )
    for change in (gone, ghost):
        async with town.database.transaction() as session:
            run = await request_repair(session, town.dispatcher, area, DAY, RepairIn(changes=[change], seconds=2))
        await run_plan(town.database, str(run.id))
        async with town.database.transaction() as session:
            done = (await session.execute(select(PlanRun).where(PlanRun.id == run.id))).scalar_one()
            outcomes.append((done.status, (done.error or {}).get("code")))
            if done.plan_id is not None:
                held = {stop.order_id for stop in await repository.stops_of(session, done.plan_id)}
                assert orders[0].id not in held
                assert len(held) == len(orders) - 1
    assert outcomes == [(RunStatus.DONE, None), (RunStatus.FAILED, "planning.repair_unknown")]
