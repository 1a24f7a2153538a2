"""Sickness that a repair is told of: in the calendar until the repair is undone, and never longer than that day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from citymap.travel import StraightLineTravel
from dispatch.planning.board import moves
from dispatch.planning.board.candidates import candidates
from dispatch.planning.dispatching.auto_dispatch import dispatch_new
from dispatch.planning.drafts.applying import apply_part, publish_plan
from dispatch.planning.drafts.discarding import discard_plan
from dispatch.planning.drafts.repairs import repair_day, request_repair
from dispatch.planning.drafts.schemas import RepairIn
from dispatch.planning.models import Plan, PlanRun, PlanStatus, RunStatus
from dispatch.planning.plan_summary import ChangeBudget, RepairChange
from dispatch.planning.runs import lifecycle as runs
from dispatch.technicians.models import Leave, Technician
from dispatch.technicians.service import add_leave, shifts_on
from kit.actor import Actor, Role, Scope
from kit.errors import Conflict, Invalid, NotFound
from tests.dispatch.planning.by_hand import SHORT, planned_visits, publish_a_day, the_board
from tests.dispatch.planning.town import DAY, NINE, WEST, Town, later

MIDNIGHT = NINE + timedelta(hours=15)


def sick(who: UUID, at: datetime | None = None) -> RepairIn:
    changes = [RepairChange(kind="sick", technician_id=who, at=at)]
    return RepairIn(changes=changes, budget=ChangeBudget(people=4, visits=12), seconds=2)


async def reported(town: Town, asked: RepairIn, on: date = DAY) -> PlanRun:
    async with town.database.transaction() as session:
        return await request_repair(session, town.dispatcher, await town.area(), on, asked)


async def repaired(town: Town, asked: RepairIn) -> list[UUID]:
    run = await reported(town, asked)
    return await repair_day(town.database, await town.area(), DAY, run.id, roads=StraightLineTravel(), limit=SHORT)


async def away(town: Town) -> list[tuple[UUID, datetime | None, datetime | None, str]]:
    async with town.database.transaction() as session:
        found = (await session.execute(select(Leave).order_by(Leave.period))).scalars()
        return [(leave.technician_id, leave.period.lower, leave.period.upper, leave.kind) for leave in found]


async def discard(town: Town, plan_id: UUID) -> tuple[str, ...]:
    async with town.database.transaction() as session:
        return (await discard_plan(session, town.dispatcher, plan_id)).at_work_again


async def test_who_is_sick_is_on_leave_and_nobody_picks_them_that_day(town: Town):
    await publish_a_day(town)
    await reported(town, sick(town.anna))
    assert await away(town) == [(town.anna, NINE, MIDNIGHT, "sick")]
    found = await the_board(town)
    assert not found.works(town.anna)
    new = await town.report(WEST)
    offered = candidates(await the_board(town), new.id, 10, "en")
    assert offered.items
    assert town.anna not in {item.technician_id for item in offered.items}
    async with town.database.transaction() as session:
        area = await town.area()
        await dispatch_new(session, area, [new.id])
        today, tomorrow = [
            {s.technician_id for s in await shifts_on(session, area.id, DAY + timedelta(days=days)) if s.end > NINE}
            for days in (0, 1)
        ]
        assert town.anna not in today
        assert town.anna in tomorrow
    assert (await town.order(new)).owner_id == town.bert


async def test_from_a_later_hour_on_the_work_before_it_stays(town: Town):
    await publish_a_day(town)
    held = (await the_board(town)).ledger.sequence(str(town.anna))
    best, *_ = await repaired(town, sick(town.anna, later(hours=1)))
    assert await away(town) == [(town.anna, later(hours=1), MIDNIGHT, "sick")]
    async with town.database.transaction() as session:
        await publish_plan(session, town.dispatcher, best)
    kept = (await the_board(town)).ledger.sequence(str(town.anna))
    assert kept == held[: len(kept)]
    assert 0 < len(kept) < len(held)
    visits = await planned_visits(town)
    assert all(visits[UUID(visit_id)][4] <= later(hours=1) for visit_id in kept)  # type: ignore[operator]


async def test_the_last_draft_put_aside_puts_the_sickness_aside_with_it(town: Town):
    await publish_a_day(town)
    drafts = await repaired(town, sick(town.anna))
    assert drafts
    for plan_id in drafts[:-1]:
        assert await discard(town, plan_id) == ()
        assert len(await away(town)) == 1
    assert await discard(town, drafts[-1]) == ("Anna",)
    assert await away(town) == []


async def test_a_repair_that_was_published_keeps_it_until_it_is_taken_back(town: Town):
    orders = await publish_a_day(town)
    before = await planned_visits(town)
    best, *others = await repaired(town, sick(town.anna))
    async with town.database.transaction() as session:
        await publish_plan(session, town.dispatcher, best)
    for plan_id in others:
        assert await discard(town, plan_id) == ()
    assert len(await away(town)) == 1
    assert town.anna not in {visit[0] for visit in (await planned_visits(town)).values()}
    assert await discard(town, best) == ("Anna",)
    assert await away(town) == []
    assert await planned_visits(town) == before
    assert set(before) == {order.id for order in orders}


async def test_undo_brings_them_back_and_redo_sends_them_home_again(town: Town):
    await publish_a_day(town)
    before, me = await planned_visits(town), town.dispatcher
    best, *_ = await repaired(town, sick(town.anna))
    async with town.database.transaction() as session:
        await apply_part(session, me, await town.area(), best, StraightLineTravel(), (town.anna,), (), "en")
    async with town.database.transaction() as session:
        await moves.undo(session, me, await town.area(), DAY)
    assert await away(town) == []
    assert await planned_visits(town) == before
    async with town.database.transaction() as session:
        await moves.redo(session, me, await town.area(), DAY)
    assert await away(town) == [(town.anna, NINE, MIDNIGHT, "sick")]
    async with town.database.transaction() as session:
        await moves.undo(session, me, await town.area(), DAY)
    assert await away(town) == []


async def test_a_repair_called_off_or_failed_leaves_nothing_in_the_calendar(town: Town):
    await publish_a_day(town)
    run = await reported(town, sick(town.anna))
    async with town.database.transaction() as session:
        await runs.ask_to_cancel(session, town.dispatcher, run.id)
    assert await away(town) == []
    asked = sick(town.anna)
    asked.changes.append(RepairChange(kind="urgent", order_id=UUID(int=7)))
    with pytest.raises(Invalid):
        await repaired(town, asked)
    assert await away(town) == []
    async with town.database.transaction() as session:
        states = (await session.execute(select(PlanRun.status).order_by(PlanRun.id))).scalars().all()
    assert states == [RunStatus.CANCELLED, RunStatus.FAILED]


async def test_leave_that_was_there_before_stays_when_the_repair_goes(town: Town):
    await publish_a_day(town)
    async with town.database.transaction() as session:
        anna = await session.get_one(Technician, town.anna)
        await add_leave(session, anna, later(hours=2), later(hours=3), kind="course")
    run = await reported(town, sick(town.anna))
    assert [entry[1:] for entry in await away(town)] == [
        (NINE, later(hours=2), "sick"),
        (later(hours=2), later(hours=3), "course"),
        (later(hours=3), MIDNIGHT, "sick"),
    ]
    async with town.database.transaction() as session:
        await runs.ask_to_cancel(session, town.dispatcher, run.id)
    assert await away(town) == [(town.anna, later(hours=2), later(hours=3), "course")]


async def test_nobody_reports_somebody_sick_whom_they_may_not_see(town: Town):
    lead = Actor(None, "lead", Role.GRID_LEAD, Scope(areas=frozenset({town.area_id}), grids=frozenset()))
    with pytest.raises(NotFound):
        async with town.database.transaction() as session:
            await request_repair(session, lead, await town.area(), DAY, sick(town.anna))
    assert await away(town) == []


async def test_a_refused_repair_enters_nothing(town: Town):
    await publish_a_day(town)
    await reported(town, sick(town.anna))
    with pytest.raises(Conflict):
        await reported(town, sick(town.bert))
    assert [entry[0] for entry in await away(town)] == [town.anna]


async def test_a_repair_applied_and_superseded_since_keeps_the_sickness(town: Town):
    await publish_a_day(town)
    best, *others = await repaired(town, sick(town.anna))
    async with town.database.transaction() as session:
        await publish_plan(session, town.dispatcher, best)
        (await session.get_one(Plan, best)).status = PlanStatus.SUPERSEDED
    for plan_id in others:
        await discard(town, plan_id)
    assert len(await away(town)) == 1
