"""The optimizer in a process of its own, awaited: progress comes back, a wish to stop ends the child."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from dispatch.planning.runs.lifecycle import Cancelled, IsCancelled, Progress
from kit.errors import Invalid, Unavailable
from kit.settings import settings
from optimizer.problem import Plan, Problem, ProblemError, StopRule
from optimizer.problem import Progress as SolverProgress


async def solve_apart(
    problem: Problem,
    seconds: float,
    seed: int,
    tell: Callable[[Progress], None],
    asked_to_stop: IsCancelled,
    enough: Callable[[], bool],
) -> Plan:
    """Solve in a child process. `tell` is called from another thread, at least once a second. Once it is `enough`, the
    best plan so far is finished and answered.

    Raises `Cancelled` within two seconds of the wish, also when the awaiting task itself is cancelled; `Unavailable`
    when the child dies, `Invalid` when it finds the problem impossible. The child is gone by then in every case.
    """
    # Loaded here: numba and OR-Tools take a second that the web process and most commands need not spend.
    from optimizer import child

    dropped = asyncio.Event()

    def stop() -> bool:
        return dropped.is_set() or asked_to_stop()

    def pass_on(progress: SolverProgress) -> None:
        tell(
            Progress(
                progress.phase,
                progress.elapsed,
                progress.cost,
                progress.planned,
                progress.visits,
                progress.iterations,
            )
        )

    work = asyncio.create_task(
        asyncio.to_thread(
            child.run_in_child,
            problem,
            StopRule(seconds=seconds),
            seed=seed,
            workers=settings().plan_workers,
            on_progress=pass_on,
            cancelled=stop,
            enough=enough,
        )
    )
    try:
        result = await asyncio.shield(work)
    except asyncio.CancelledError:
        dropped.set()
        await asyncio.gather(work, return_exceptions=True)
        raise
    except child.SolveCancelled as error:
        raise Cancelled("planning.cancelled") from error
    except ProblemError as error:
        raise Invalid("planning.failed", detail=str(error)) from error
    except child.SolveFailed as error:
        raise Unavailable("planning.failed", detail=str(error)) from error
    return result.plan
