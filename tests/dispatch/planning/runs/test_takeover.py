"""A planning run outlives the worker that has it: another one goes on from its best plan, and never do two at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from sqlalchemy import select, text

from dispatch.planning.models import Plan, PlanRun, RunStatus
from dispatch.planning.runs import lifecycle as runs
from dispatch.planning.runs import takeover
from dispatch.planning.runs.options import SearchLimit
from dispatch.planning.runs.solver_process import solve_apart
from kit.db import libpq_url
from optimizer.evaluation.evaluate import evaluate
from optimizer.files.generated import generate_day
from optimizer.problem import StopRule
from optimizer.problem.kept import pack, unpack
from optimizer.solve import solve
from tests.databases import ROOT
from tests.dispatch.planning.runs.solvers import alive, children, gone
from tests.dispatch.planning.town import DAY, EAST, Town, spread
from tests.waiting import until

SECONDS = 12
ORDERS = 30
WAIT = 180.0


@asynccontextmanager
async def worker(town: Town) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker of this database that plans, as another host would run it; killed at the end with all it started."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dispatch.worker", "planning", cwd=ROOT, start_new_session=True,
        env={**os.environ, "DATABASE_URL": libpq_url(town.database.url)},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield started
    finally:
        kill(started)
        await started.wait()


def kill(started: asyncio.subprocess.Process) -> None:
    """No goodbye to anybody."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGKILL)


async def asked(town: Town, *, queue: bool = True) -> UUID:
    """A run that a dispatcher asked for."""
    for point in (*spread(ORDERS // 2), *spread(ORDERS // 2, EAST)):
        await town.report(point)
    area, options = await town.area(), {"seconds": SECONDS, "allowStraightLine": True}
    async with town.database.transaction() as session:
        return (await runs.request_run(session, town.dispatcher, area, DAY, options, queue=queue)).id


async def run_of(town: Town, run_id: UUID) -> PlanRun:
    async with town.database.transaction() as session:
        return await session.get_one(PlanRun, run_id)


async def kept_of(town: Town, run_id: UUID) -> bytes | None:
    async with town.database.transaction() as session:
        return await session.scalar(select(PlanRun.best).where(PlanRun.id == run_id))


async def until_kept(town: Town, run_id: UUID) -> bytes:
    """The first best plan that a run keeps."""

    async def there() -> bool:
        return await kept_of(town, run_id) is not None

    await until(there, "a plan to go on from", WAIT)
    kept = await kept_of(town, run_id)
    assert kept is not None
    return kept


async def until_done(town: Town, run_id: UUID) -> PlanRun:
    async def over() -> bool:
        run = await run_of(town, run_id)
        assert run.status in (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.DONE), (run.status, run.error)
        return run.status is RunStatus.DONE

    await until(over, "the draft", WAIT)
    return await run_of(town, run_id)


async def drafts(town: Town) -> list[Plan]:
    async with town.database.transaction() as session:
        return list(await session.scalars(select(Plan)))


def names(run: PlanRun) -> list[str]:
    return [one["worker"] for one in run.attempts]


@pytest.mark.slow
async def test_the_plan_of_a_killed_worker_arrives_from_another_one_in_the_time_that_was_left(town: Town):
    run_id = await asked(town)
    async with worker(town) as first:
        kept = unpack(await until_kept(town, run_id))
        assert sum(len(order) for order in kept.values()) == ORDERS
        async with worker(town) as second:
            solvers = children(first.pid)
            assert solvers
            kill(first)
            await gone(solvers)
            run = await until_done(town, run_id)
    assert [f"({first.pid})" in names(run)[0], f"({second.pid})" in names(run)[1], len(run.attempts)] == [True, True, 2]
    assert (run.attempts[1]["planned"], run.attempts[1]["elapsed"] > 0) == (ORDERS, True)
    (draft,) = await drafts(town)
    assert (draft.id, draft.summary.planned, draft.summary.violations) == (run.plan_id, ORDERS, [])
    assert await kept_of(town, run_id) is None


@pytest.mark.slow
async def test_a_worker_that_was_only_silent_stops_and_leaves_the_run_to_whoever_has_it(town: Town):
    run_id = await asked(town)
    async with worker(town) as first:
        await until_kept(town, run_id)
        solvers = children(first.pid)
        async with worker(town) as second:
            first.send_signal(signal.SIGSTOP)

            async def taken() -> bool:
                return len((await run_of(town, run_id)).attempts) == 2

            await until(taken, "the other worker", WAIT)
            first.send_signal(signal.SIGCONT)
            await gone(solvers)
            run = await until_done(town, run_id)
            assert f"({second.pid})" in names(run)[1]
        assert first.returncode is None
    assert [plan.id for plan in await drafts(town)] == [run.plan_id]
    assert len(run.attempts) == 2


@pytest.mark.slow
async def test_a_worker_that_is_restarted_goes_on_with_its_run(town: Town):
    run_id = await asked(town)
    async with worker(town) as before:
        await until_kept(town, run_id)
        solvers = children(before.pid)
        before.send_signal(signal.SIGTERM)
        await asyncio.wait_for(before.wait(), WAIT)
        assert not alive(solvers)
    waiting = await run_of(town, run_id)
    assert (waiting.status, len(waiting.attempts)) == (RunStatus.QUEUED, 1)
    assert await kept_of(town, run_id) is not None
    async with worker(town) as after:
        run = await until_done(town, run_id)
    assert f"({after.pid})" in names(run)[1]
    assert (await drafts(town))[0].summary.planned == ORDERS


async def test_who_goes_on_has_the_time_that_was_left_and_loses_nothing_of_the_plan():
    problem = generate_day(30, 4, 1, everything=True)
    first = solve(problem, StopRule(iterations=2000), seed=1)
    kept = pack({route.technician_id: route.visit_ids for route in first.routes} | {"gone": ["v0", "unknown"]})
    lefts: list[float] = []
    signals = runs.RunSignals(on_progress=lambda _: lefts.append(signals.left or 0.0))
    signals.go_on(kept, {"left": 1.0, "elapsed": 59.0})
    result = await solve_apart(problem, SearchLimit(60, in_process=True), 1, signals)
    assert 0 < max(lefts) <= 1.0
    assert result.evaluation.total <= evaluate(problem, first).total + 1e-6
    assert unpack(signals.take_best() or b"").keys() <= {technician.id for technician in problem.technicians}
    assert signals.elapsed > 59


async def silent(town: Town, run_id: UUID, **values: object) -> None:
    """The run's worker has not been heard of for a minute."""
    async with town.database.transaction() as session:
        run = await session.get_one(PlanRun, run_id)
        if run.status is RunStatus.QUEUED:
            takeover.take(run, None)
        for name, value in values.items():
            setattr(run, name, value)
        await session.flush()
        await session.execute(text("UPDATE plan_runs SET heartbeat_at = now() - interval '1 minute'"))


async def look(town: Town) -> list[UUID]:
    async with town.database.transaction() as session:
        return await takeover.take_up_dead(session)


async def jobs(town: Town) -> int:
    async with town.database.transaction() as session:
        query = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'planning.run' AND status = 'todo'")
        return int((await session.execute(query)).scalar_one())


async def test_of_many_that_look_one_queues_a_dead_run_again(town: Town):
    run_id = await asked(town, queue=False)
    assert await look(town) == []
    await silent(town, run_id)
    found = await asyncio.gather(*(look(town) for _ in range(5)))
    assert sorted(len(one) for one in found) == [0, 0, 0, 0, 1]
    assert await jobs(town) == 1
    assert (await run_of(town, run_id)).status is RunStatus.QUEUED


async def test_a_stopped_run_is_not_taken_over(town: Town):
    run_id = await asked(town, queue=False)
    await silent(town, run_id, cancel_asked=True, best=b"x")
    assert await look(town) == []
    assert (await run_of(town, run_id)).status is RunStatus.CANCELLED
    assert await kept_of(town, run_id) is None
    assert await jobs(town) == 0


async def test_a_run_that_nobody_works_on_is_stopped_at_once(town: Town):
    run_id = await asked(town, queue=False)
    await silent(town, run_id)
    async with town.database.transaction() as session:
        await runs.ask_to_cancel(session, town.dispatcher, run_id)
    assert (await run_of(town, run_id)).status is RunStatus.CANCELLED


async def test_a_run_that_kills_its_workers_fails_and_its_day_can_be_planned_again(town: Town):
    run_id = await asked(town, queue=False)
    for turn in range(takeover.MOST_ATTEMPTS):
        await silent(town, run_id)
        assert await look(town) == ([run_id] if turn + 1 < takeover.MOST_ATTEMPTS else [])
    run = await run_of(town, run_id)
    assert (run.status, run.error) == (RunStatus.FAILED, {"code": "planning.died"})


async def test_who_has_lost_a_run_ends_nothing_and_keeps_no_draft(town: Town):
    run_id = await asked(town, queue=False)
    with pytest.raises(runs.Cancelled):
        await _lose(town, run_id)
    run = await run_of(town, run_id)
    assert (run.status, names(run)[1], run.plan_id) == (RunStatus.RUNNING, "another", None)


async def _lose(town: Town, run_id: UUID) -> None:
    """Work on a run that another worker takes meanwhile, and keep a draft all the same."""
    async with runs.running(town.database, run_id) as signals:
        async with town.database.transaction() as session:
            other = await session.get_one(PlanRun, run_id)
            other.attempts = [*other.attempts, {**other.attempts[0], "worker": "another"}]
        await until(lambda: signals.lost, "news of it")
        assert signals.stop()
        async with town.database.transaction() as session:
            await runs.finish(session, run_id, signals, run_id, 1.0)
