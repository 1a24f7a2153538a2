"""The life of a planning run: one for each day and area. A run that works writes a heartbeat and its progress twice a
second; `takeover` says what becomes of one without a heartbeat.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.planning import repository
from dispatch.planning.access import PLANNERS
from dispatch.planning.models import PlanRun, RunStatus
from dispatch.planning.runs import takeover
from dispatch.planning.runs.caps import require_room
from grids.access import require_whole_area
from grids.models import ServiceArea
from kit.actor import Actor
from kit.clock import real_now
from kit.db import Database
from kit.errors import Conflict, Invalid, Problem
from kit.jobs import PLANNING, defer
from kit.live import announce

log = structlog.get_logger()

BEAT_SECONDS = 0.5
MOST_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is: `phase` is roads, insert, search, ortools or done; `cost` is the optimizer's own best so far."""

    phase: str
    elapsed: float
    cost: float = 0.0
    planned: int = 0
    visits: int = 0
    iterations: int = 0


OnProgress = Callable[[Progress], None]
"""Called at least once a second."""
IsCancelled = Callable[[], bool]


class Cancelled(Conflict):
    """Somebody asked to stop; nothing was kept."""


@dataclass(slots=True)
class RunSignals:
    """What passes between a run and those who watch it: progress goes out, wishes to stop come in."""

    on_progress: OnProgress | None = None
    cancelled: IsCancelled | None = None
    progress: dict[str, Any] = field(default_factory=dict)
    cancel_asked: bool = False
    enough_asked: bool = False
    lost: bool = False
    """Somebody else has declared this run over, or has it."""
    turn: int = 1
    """How many workers have had this run, this one included."""
    kept: bytes | None = None
    """The best plan of the worker before, from which this one goes on."""
    left: float | None = None
    """Seconds that the search has left; None: not told yet, or without a limit."""
    best: bytes | None = None
    """The best plan so far; the next heartbeat writes it."""
    taken: float = field(default_factory=time.monotonic)
    began: float = field(default_factory=time.monotonic)
    heard_at: float = field(default_factory=time.monotonic)
    """When the last heartbeat set out that was written."""

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.began

    @property
    def since_taken(self) -> float:
        """Seconds since this worker took the run."""
        return time.monotonic() - self.taken

    def tell(self, progress: Progress) -> None:
        """Set the newest progress; the next heartbeat writes it."""
        self.progress = {**asdict(progress), "elapsed": round(self.elapsed, 2), "left": self.left}
        if self.on_progress is not None:
            self.on_progress(progress)

    def go_on(self, kept: bytes, progress: dict[str, Any]) -> None:
        """Begin where another worker was: its best plan, its progress, the time it had left."""
        self.kept, self.progress, self.left = kept, progress, progress.get("left")
        self.began -= progress.get("elapsed") or 0.0

    def take_best(self) -> bytes | None:
        """The best plan so far where it is not written yet."""
        best, self.best = self.best, None
        return best

    def stop(self) -> bool:
        """Whether to end without a draft."""
        if self.cancelled is not None and self.cancelled():
            self.cancel_asked = True
        return self.cancel_asked or self.lost or self.silent

    @property
    def silent(self) -> bool:
        """Whether no heartbeat could be written for so long that others may take the run."""
        return time.monotonic() - self.heard_at > takeover.LEASE_SECONDS

    def holds(self, run: PlanRun) -> bool:
        """Whether a run, as the database has it, is this worker's."""
        return run.status is RunStatus.RUNNING and len(run.attempts) == self.turn

    def enough(self) -> bool:
        """Whether to end with the best so far."""
        return self.enough_asked


async def request_run(
    session: AsyncSession, actor: Actor, area: ServiceArea, on: date, options: dict[str, Any], *, queue: bool
) -> PlanRun:
    """A new run, queued for a worker or about to be run by the caller. Raises `Conflict` where one of the day lives,
    `TooMany` for a queued one where the person or the area has enough.
    """
    actor.require(*PLANNERS)
    await require_whole_area(session, actor, area.id)
    seconds = options.get("seconds")
    if seconds is not None and not 1 <= seconds <= MOST_SECONDS:
        raise Invalid("planning.seconds", field="seconds", seconds=seconds)
    living = await repository.living_run(session, area.id, on)
    if living is not None:
        if not await takeover.is_dead(session, living):
            raise Conflict("planning.already_running", area=area.code, date=on, current={"run": str(living.id)})
        await takeover.mark_dead(session, living)
    if queue:
        await require_room(session, actor, area)
    run = PlanRun(
        area_id=area.id,
        service_date=on,
        status=RunStatus.QUEUED,
        options=options,
        progress={},
        created_by=actor.account_id,
        created_at=real_now(),
        heartbeat_at=real_now(),
    )
    session.add(run)
    try:
        async with session.begin_nested():
            await session.flush()
    except IntegrityError as error:
        raise Conflict("planning.already_running", area=area.code, date=on) from error
    if queue:
        await defer(session, "planning.run", queue=PLANNING, run_id=str(run.id))
    await announce(session, area.id, "plan_run", run.id)
    return run


async def ask_to_cancel(session: AsyncSession, actor: Actor, run_id: UUID) -> PlanRun:
    """Ask a run to stop; one that nobody works on is over at once. Raises `Conflict` when it is over already."""
    run = await _living(session, actor, run_id)
    run.cancel_asked = True
    if run.status is RunStatus.QUEUED or await takeover.is_dead(session, run):
        await takeover.close(session, run, RunStatus.CANCELLED)
    else:
        await announce(session, run.area_id, "plan_run", run.id)
    return run


async def ask_for_best(session: AsyncSession, actor: Actor, run_id: UUID) -> PlanRun:
    """Ask a run to finish the best plan it has, whatever is left of its time. Raises `Conflict` when it is over."""
    run = await _living(session, actor, run_id)
    run.enough_asked = True
    await announce(session, run.area_id, "plan_run", run.id)
    return run


async def _living(session: AsyncSession, actor: Actor, run_id: UUID) -> PlanRun:
    actor.require(*PLANNERS)
    run = await repository.run(session, actor, run_id, lock=True)
    await require_whole_area(session, actor, run.area_id)
    if run.status not in (RunStatus.QUEUED, RunStatus.RUNNING):
        raise Conflict("planning.run_over", status=run.status.value)
    return run


@asynccontextmanager
async def running(
    database: Database,
    run_id: UUID,
    on_progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
    *,
    passed_on: bool = False,
) -> AsyncIterator[RunSignals]:
    """Take a queued run and write its heartbeat while the block works; whatever ends the block ends the run.

    `passed_on`: where this worker is told to end, another one goes on. Raises `Cancelled` when the run was called off
    before it began. A block that raises leaves the run failed or cancelled, unless somebody else has it by then.
    """
    async with database.transaction() as session:
        run = await session.get(PlanRun, run_id, with_for_update=True)
        if run is None or run.status is not RunStatus.QUEUED:
            raise Cancelled("planning.cancelled")
        kept = await session.scalar(select(PlanRun.best).where(PlanRun.id == run_id))
        signals = RunSignals(on_progress, cancelled, turn=takeover.take(run, kept), enough_asked=run.enough_asked)
        if kept is not None:
            signals.go_on(kept, run.progress)
        await announce(session, run.area_id, "plan_run", run_id)
    heart = asyncio.create_task(_keep_beating(database, run_id, signals))
    try:
        yield signals
    except BaseException as error:
        await _stop(heart)
        await asyncio.shield(_end(database, run_id, signals, error, passed_on=passed_on))
        raise
    await _stop(heart)


async def finish(session: AsyncSession, run_id: UUID, signals: RunSignals, plan_id: UUID, cost: float) -> None:
    """The draft is made: in the transaction that holds it. Raises `Cancelled` when the run was called off meanwhile, or
    somebody else has it.
    """
    run = await session.get(PlanRun, run_id, with_for_update=True, populate_existing=True)
    if run is None or not signals.holds(run) or run.cancel_asked:
        raise Cancelled("planning.cancelled")
    run.status, run.plan_id, run.ended_at, run.best = RunStatus.DONE, plan_id, real_now(), None
    run.progress = {"phase": "done", "elapsed": signals.elapsed, "cost": cost}
    await announce(session, run.area_id, "plan_run", run_id)


async def _keep_beating(database: Database, run_id: UUID, signals: RunSignals) -> None:
    """Write heartbeat, progress and the best plan so far. No change is announced: who wants the progress asks the run
    for it.
    """
    while True:
        began, best = time.monotonic(), signals.take_best()
        values: dict[str, Any] = {"heartbeat_at": func.clock_timestamp(), "progress": signals.progress}
        try:
            async with database.transaction() as session:
                row = (
                    await session.execute(
                        update(PlanRun)
                        .where(
                            PlanRun.id == run_id,
                            PlanRun.status == RunStatus.RUNNING,
                            func.jsonb_array_length(PlanRun.attempts) == signals.turn,
                        )
                        .values(values if best is None else values | {"best": best})
                        .returning(PlanRun.cancel_asked, PlanRun.enough_asked)
                    )
                ).first()
            signals.lost = row is None
            signals.heard_at = began
            signals.cancel_asked = signals.cancel_asked or bool(row and row.cancel_asked)
            signals.enough_asked = signals.enough_asked or bool(row and row.enough_asked)
        except OperationalError as error:
            log.warning("planning.heartbeat_missed", run=str(run_id), error=type(error).__name__)
        await asyncio.sleep(max(0.05, BEAT_SECONDS - (time.monotonic() - began)))


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _end(database: Database, run_id: UUID, signals: RunSignals, error: BaseException, *, passed_on: bool) -> None:
    """Write why a run ended without a draft. Whoever has lost it leaves it to the next worker."""
    async with database.transaction() as session:
        run = await session.get(PlanRun, run_id, with_for_update=True)
        if run is None or not signals.holds(run) or signals.silent:
            return
        if run.cancel_asked or signals.cancel_asked:
            await takeover.close(session, run, RunStatus.CANCELLED)
        elif isinstance(error, asyncio.CancelledError) and passed_on:
            await takeover.pass_on(session, run)
        elif isinstance(error, Cancelled | asyncio.CancelledError | KeyboardInterrupt):
            await takeover.close(session, run, RunStatus.CANCELLED)
        elif isinstance(error, Problem):
            params = {key: str(value) for key, value in error.params.items()}
            await takeover.close(session, run, RunStatus.FAILED, {"code": error.code, "params": params})
        else:
            said = {"code": "planning.failed", "params": {"detail": type(error).__name__}}
            await takeover.close(session, run, RunStatus.FAILED, said)
