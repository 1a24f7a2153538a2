"""The optimizer in a process of its own, awaited: progress comes back, a wish to stop ends the child."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from dispatch.planning.runs.lifecycle import Cancelled, Progress, RunSignals
from dispatch.planning.runs.options import SearchLimit
from kit.errors import Invalid, Unavailable
from kit.settings import settings
from optimizer.disruptions import Disruption
from optimizer.problem import Plan, Problem, ProblemError, StopRule
from optimizer.problem import Progress as SolverProgress

log = structlog.get_logger()

if TYPE_CHECKING:
    from optimizer.child import Task
    from optimizer.replan import Budget, Repairs
    from optimizer.solve import SolveResult

# The optimizer's front doors are loaded in the functions: numba and OR-Tools take a second that the web process and
# most commands need not spend.


async def solve_apart(problem: Problem, limit: SearchLimit, seed: int, signals: RunSignals) -> SolveResult:
    """Solve a problem; the first time from the plan that another worker kept, in the time that it had left.

    Raises `Invalid` when the optimizer finds it impossible, else like `_apart`.
    """
    from optimizer.child import SolveTask

    kept, signals.kept = signals.kept, None
    begun = 0.0
    if kept is not None and limit.seconds is not None and signals.left is not None:
        # Whoever waits has waited for this worker to read the day, too; half of the time is left to a slow machine.
        left = min(limit.seconds, max(1.0, signals.left / 2, signals.left - signals.since_taken))
        begun, limit = 1 - left / limit.seconds, replace(limit, seconds=left)
    stop = StopRule(limit.seconds, limit.iterations)
    workers = 1 if limit.in_process else settings().plan_workers
    try:
        return await _apart(SolveTask(problem, stop, seed, workers, None, kept, begun), limit, signals)
    except ProblemError as error:
        log.error("planning.impossible_problem", exc_info=error)
        raise Invalid("planning.failed") from error


async def replan_apart(
    problem: Problem,
    published: Plan,
    changes: Sequence[Disruption],
    budget: Budget,
    limit: SearchLimit,
    signals: RunSignals,
) -> Repairs:
    """Repair a published day. Raises `ProblemError` for a change that names nothing of that day, else like `_apart`."""
    from optimizer.child import RepairTask

    stop = StopRule(limit.seconds, limit.iterations)
    return await _apart(RepairTask(problem, published, tuple(changes), budget, stop), limit, signals)


async def _apart[Answer](task: Task[Answer], limit: SearchLimit, signals: RunSignals) -> Answer:
    """A task in a child process. `signals.tell` is called from another thread, at least once a second. Once it is
    `signals.enough`, the best answer so far is finished and given.

    Raises `Cancelled` within two seconds of the wish, also when the awaiting task itself is cancelled; `Unavailable`
    when the child dies. The child is gone by then in every case.
    """
    from optimizer import child

    dropped = asyncio.Event()

    def stop() -> bool:
        return dropped.is_set() or signals.stop()

    def tell(progress: SolverProgress) -> None:
        signals.left = progress.left
        signals.best = progress.best or signals.best
        signals.tell(
            Progress(
                progress.phase,
                progress.elapsed,
                progress.cost,
                progress.planned,
                progress.visits,
                progress.iterations,
            )
        )

    if limit.in_process:
        return await asyncio.to_thread(task.run, tell, signals.enough)
    work = asyncio.create_task(asyncio.to_thread(child.run_task, task, tell, stop, signals.enough))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        dropped.set()
        await asyncio.gather(work, return_exceptions=True)
        raise
    except child.SolveCancelled as error:
        raise Cancelled("planning.cancelled") from error
    except child.SolveFailed as error:
        log.error("planning.child_failed", exc_info=error)
        raise Unavailable("planning.failed") from error
