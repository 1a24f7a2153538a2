"""A day planned by the optimizer in a process of its own: told about, ended early, called off, killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from citymap.travel import StraightLineTravel
from dispatch.orders.rules import acts
from dispatch.planning.drafts.repairs import repair_day, request_repair
from dispatch.planning.drafts.schemas import RepairIn
from dispatch.planning.models import Plan, PlanRun, RunStatus
from dispatch.planning.plan_summary import ChangeBudget, RepairChange
from dispatch.planning.runs import lifecycle as runs
from dispatch.planning.runs.options import SearchLimit
from dispatch.planning.runs.planning import PlanResult
from kit.errors import Conflict, Unavailable
from kit.live import FeedEntry
from tests.databases import ROOT
from tests.dispatch.planning.by_hand import planned, publish_a_day
from tests.dispatch.planning.runs.solvers import alive, children, gone
from tests.dispatch.planning.town import DAY, Town, spread


async def apart(town: Town, **options: Any) -> PlanResult:
    """The day planned by a child process."""
    return await planned(town, in_process=False, **options)


async def queued(town: Town, seconds: float = 600) -> UUID:
    """A planning run for a worker to take up."""
    async with town.database.transaction() as session:
        area, asked = await town.area(), {"seconds": seconds}
        return (await runs.request_run(session, town.dispatcher, area, DAY, asked, queue=False)).id


async def run_of(town: Town, run_id: UUID) -> PlanRun:
    async with town.database.transaction() as session:
        return await session.get_one(PlanRun, run_id)


async def drafts(town: Town) -> int:
    async with town.database.transaction() as session:
        return (await session.execute(select(func.count()).select_from(Plan))).scalar_one()


async def rows_of(town: Town, run_id: UUID) -> int:
    """How often a run was announced."""
    query = select(func.count()).select_from(FeedEntry).where(FeedEntry.key == str(run_id))
    async with town.database.transaction() as session:
        return (await session.execute(query)).scalar_one()


async def until(town: Town, run_id: UUID, *phases: str) -> None:
    """Wait until the run itself tells one of these phases."""
    for _ in range(1200):
        if (await run_of(town, run_id)).progress.get("phase") in phases:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"the run never came to {phases}")


SOLVING = ("start", "insert", "search", "ortools")


async def test_a_run_tells_its_phases_in_order_and_is_announced_only_when_it_begins_and_ends(town: Town):
    for point in spread(20):
        await town.report(point)
    phases: list[str] = []
    run_id = await queued(town)
    await apart(town, run_id=run_id, on_progress=lambda progress: phases.append(progress.phase))
    order = ("roads", "start", "insert", "search", "ortools", "done")
    assert phases == sorted(phases, key=order.index)
    assert {"roads", "insert", "ortools", "done"} <= set(phases)
    assert (await run_of(town, run_id)).progress["phase"] == "done"
    assert await rows_of(town, run_id) == 3  # queued, begun, done


async def test_cancelling_ends_the_child_and_leaves_no_draft(town: Town):
    for point in spread(20):
        await town.report(point)
    run_id = await queued(town)
    planning = asyncio.create_task(apart(town, seconds=600, iterations=None, run_id=run_id))
    await until(town, run_id, *SOLVING)
    (solver,) = children(os.getpid())
    async with town.database.transaction() as session:
        await runs.ask_to_cancel(session, town.dispatcher, run_id)
    with pytest.raises(runs.Cancelled):
        await planning
    assert not alive([solver])
    assert await drafts(town) == 0
    assert (await run_of(town, run_id)).status is RunStatus.CANCELLED


async def test_a_dispatcher_who_has_waited_enough_gets_the_best_plan_so_far_as_the_draft(town: Town):
    for point in spread(20):
        await town.report(point)
    run_id = await queued(town)
    planning = asyncio.create_task(apart(town, seconds=3600, iterations=None, run_id=run_id))
    await until(town, run_id, *SOLVING)
    async with town.database.transaction() as session:
        await runs.ask_for_best(session, town.dispatcher, run_id)
    result = await asyncio.wait_for(planning, 300)
    assert result.summary.planned == 20
    found = await run_of(town, run_id)
    assert (found.status, found.plan_id) == (RunStatus.DONE, result.plan_id)
    async with town.database.transaction() as session:
        with pytest.raises(Conflict):
            await runs.ask_for_best(session, town.dispatcher, run_id)


async def test_a_worker_killed_mid_plan_takes_its_solver_along_and_leaves_nothing_half_made(town: Town):
    for point in spread(10):
        await town.report(point)
    run_id = await queued(town)
    url = town.database.engine.url.render_as_string(hide_password=False)
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.dispatch.planning.runs.doomed_worker", url, str(run_id), cwd=ROOT
    )
    await until(town, run_id, *SOLVING)
    solvers = children(worker.pid)
    assert solvers
    worker.send_signal(signal.SIGKILL)
    await worker.wait()
    await gone(solvers)
    assert await drafts(town) == 0
    async with town.database.transaction() as session:
        await session.execute(text("UPDATE plan_runs SET heartbeat_at = heartbeat_at - interval '1 minute'"))
    assert (await planned(town)).summary.planned == 10
    async with town.database.transaction() as session:
        statuses = (await session.execute(select(PlanRun.status).order_by(PlanRun.id))).scalars().all()
    assert statuses == [RunStatus.FAILED, RunStatus.DONE]


async def test_an_order_cancelled_while_the_day_is_solved_is_not_in_the_draft(town: Town):
    orders = [await town.report(point) for point in spread(5)]
    told: list[str] = []
    searching = asyncio.Event()
    loop = asyncio.get_running_loop()

    def watch(progress: runs.Progress) -> None:
        told.append(progress.phase)
        if progress.phase == "search":
            loop.call_soon_threadsafe(searching.set)

    planning = asyncio.create_task(apart(town, seconds=3, iterations=None, on_progress=watch))
    await asyncio.wait_for(searching.wait(), 300)
    await town.do(town.dispatcher, orders[2], acts.Cancel(reason="subscriber_wish"))
    result = await planning
    assert result.summary.orders == 4
    assert told.count("roads") == 2


# --- repairs ----------------------------------------------------------------------------------------------------------


async def repairing(town: Town) -> tuple[UUID, asyncio.Task[list[UUID]]]:
    """A published day whose repair is being searched, by a child process."""
    await publish_a_day(town)
    changes = [RepairChange(kind="sick", technician_id=town.anna)]
    asked = RepairIn(changes=changes, budget=ChangeBudget(people=4, visits=12), seconds=120)
    area = await town.area()
    async with town.database.transaction() as session:
        run = await request_repair(session, town.dispatcher, area, DAY, asked)
    limit = SearchLimit(iterations=1_000_000_000)  # without seconds: only a wish ends it
    repair = asyncio.create_task(repair_day(town.database, area, DAY, run.id, roads=StraightLineTravel(), limit=limit))
    await until(town, run.id, "search")
    return run.id, repair


async def test_a_repair_that_is_called_off_ends_its_child_and_leaves_no_draft(town: Town):
    run_id, repair = await repairing(town)
    (solver,) = children(os.getpid())
    before = await drafts(town)
    async with town.database.transaction() as session:
        await runs.ask_to_cancel(session, town.dispatcher, run_id)
    with pytest.raises(runs.Cancelled):
        await repair
    assert not alive([solver])
    assert await drafts(town) == before
    assert (await run_of(town, run_id)).status is RunStatus.CANCELLED


async def test_of_a_repair_the_best_so_far_is_enough_when_the_dispatcher_says_so(town: Town):
    run_id, repair = await repairing(town)
    async with town.database.transaction() as session:
        await runs.ask_for_best(session, town.dispatcher, run_id)
    best, *_ = await asyncio.wait_for(repair, 300)
    found = await run_of(town, run_id)
    assert (found.status, found.plan_id) == (RunStatus.DONE, best)


async def test_a_repair_whose_child_is_killed_fails_and_the_worker_lives_on(town: Town):
    run_id, repair = await repairing(town)
    (solver,) = children(os.getpid())
    os.kill(solver, signal.SIGKILL)
    with pytest.raises(Unavailable, match="ended with an error"):
        await repair
    found = await run_of(town, run_id)
    assert found.error is not None
    assert (found.status, found.error["code"]) == (RunStatus.FAILED, "planning.failed")
    assert (await planned(town)).summary.planned > 0
