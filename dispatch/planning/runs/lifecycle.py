"""The life of a planning run: one for each day and area. A run that works writes a heartbeat and its progress twice a
second; a run without a heartbeat is marked as dead.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.planning import repository
from dispatch.planning.access import PLANNERS
from dispatch.planning.day.sick_leave import back_at_work
from dispatch.planning.models import PlanRun, RunStatus
from dispatch.planning.runs.caps import require_room
from dispatch.planning.runs.options import leaves_in
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
DEAD_AFTER = timedelta(seconds=20)
"""A running run without a heartbeat for so long is dead."""
NEVER_BEGUN_AFTER = timedelta(minutes=30)
"""A queued run that no worker took."""
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
    """Somebody else has declared this run over."""
    began: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.began

    def tell(self, progress: Progress) -> None:
        """Set the newest progress; the next heartbeat writes it."""
        self.progress = {**asdict(progress), "elapsed": round(self.elapsed, 2)}
        if self.on_progress is not None:
            self.on_progress(progress)

    def stop(self) -> bool:
        """Whether to end without a draft."""
        if self.cancelled is not None and self.cancelled():
            self.cancel_asked = True
        return self.cancel_asked or self.lost

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
        if not is_dead(living):
            raise Conflict("planning.already_running", area=area.code, date=on, current={"run": str(living.id)})
        await mark_dead(session, living)
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
    """Ask a run to stop; a queued one is over at once. Raises `Conflict` when it is over already."""
    run = await _living(session, actor, run_id)
    run.cancel_asked = True
    if run.status is RunStatus.QUEUED:
        run.status, run.ended_at = RunStatus.CANCELLED, real_now()
        await _forget(session, run.options)
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


def is_dead(run: PlanRun) -> bool:
    """Whether nobody works on a living run any more."""
    patience = DEAD_AFTER if run.status is RunStatus.RUNNING else NEVER_BEGUN_AFTER
    return run.heartbeat_at is None or real_now() - run.heartbeat_at > patience


async def mark_dead(session: AsyncSession, run: PlanRun) -> None:
    """Mark a dead run as failed, so that its day can be planned again."""
    run.status, run.ended_at = RunStatus.FAILED, real_now()
    run.error = {"code": "planning.died"}
    await _forget(session, run.options)
    await session.flush()
    await announce(session, run.area_id, "plan_run", run.id)


async def mark_all_dead(session: AsyncSession) -> int:
    """Mark every run whose worker died as failed; returns how many."""
    rows = await session.execute(
        text(
            "UPDATE plan_runs SET status = 'failed', ended_at = now(), error = '{\"code\": \"planning.died\"}'"
            " WHERE (status = 'running' AND heartbeat_at < now() - CAST(:dead AS interval))"
            " OR (status = 'queued' AND heartbeat_at < now() - CAST(:never AS interval)) RETURNING id, area_id, options"
        ),
        {"dead": DEAD_AFTER, "never": NEVER_BEGUN_AFTER},
    )
    found = rows.all()
    for row in found:
        await _forget(session, row.options)
        await announce(session, row.area_id, "plan_run", row.id)
    return len(found)


async def _forget(session: AsyncSession, options: dict[str, Any]) -> None:
    """A run without a draft leaves nothing behind: the sick leave that a repair entered goes, too."""
    await back_at_work(session, leaves_in(options))


@asynccontextmanager
async def running(
    database: Database,
    run_id: UUID,
    on_progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> AsyncIterator[RunSignals]:
    """Take a queued run and write its heartbeat while the block works; whatever ends the block ends the run.

    Raises `Cancelled` when it was called off before it began. A block that raises leaves the run failed or cancelled.
    """
    async with database.transaction() as session:
        run = await session.get(PlanRun, run_id, with_for_update=True)
        if run is None or run.status is not RunStatus.QUEUED:
            raise Cancelled("planning.cancelled")
        run.status, run.heartbeat_at = RunStatus.RUNNING, real_now()
        area_id = run.area_id
        await announce(session, area_id, "plan_run", run_id)
    signals = RunSignals(on_progress, cancelled)
    heart = asyncio.create_task(_keep_beating(database, run_id, signals))
    try:
        yield signals
    except BaseException as error:
        await _stop(heart)
        await asyncio.shield(_end(database, run_id, area_id, error))
        raise
    await _stop(heart)


async def finish(session: AsyncSession, run_id: UUID, plan_id: UUID, progress: dict[str, Any]) -> None:
    """The draft is made: in the transaction that holds it. Raises `Cancelled` when the run was called off meanwhile."""
    run = await session.get(PlanRun, run_id, with_for_update=True, populate_existing=True)
    if run is None or run.status is not RunStatus.RUNNING or run.cancel_asked:
        raise Cancelled("planning.cancelled")
    run.status, run.plan_id, run.ended_at, run.progress = RunStatus.DONE, plan_id, real_now(), progress
    await announce(session, run.area_id, "plan_run", run_id)


async def _keep_beating(database: Database, run_id: UUID, signals: RunSignals) -> None:
    """Write heartbeat and progress. No change is announced: who wants the progress asks the run for it."""
    while True:
        began = time.monotonic()
        try:
            async with database.transaction() as session:
                row = (
                    await session.execute(
                        update(PlanRun)
                        .where(PlanRun.id == run_id, PlanRun.status == RunStatus.RUNNING)
                        .values(heartbeat_at=real_now(), progress=signals.progress)
                        .returning(PlanRun.cancel_asked, PlanRun.enough_asked)
                    )
                ).first()
            signals.lost = row is None
            signals.cancel_asked = signals.cancel_asked or bool(row and row.cancel_asked)
            signals.enough_asked = signals.enough_asked or bool(row and row.enough_asked)
        except OperationalError as error:
            log.warning("planning.heartbeat_missed", run=str(run_id), error=type(error).__name__)
        await asyncio.sleep(max(0.05, BEAT_SECONDS - (time.monotonic() - began)))


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _end(database: Database, run_id: UUID, area_id: UUID, error: BaseException) -> None:
    cancelled = isinstance(error, Cancelled | asyncio.CancelledError | KeyboardInterrupt)
    said: dict[str, Any] | None = None
    if isinstance(error, Problem) and not cancelled:
        said = {"code": error.code, "params": {key: str(value) for key, value in error.params.items()}}
    elif not cancelled:
        said = {"code": "planning.failed", "params": {"detail": type(error).__name__}}
    async with database.transaction() as session:
        ended = await session.scalar(
            update(PlanRun)
            .where(PlanRun.id == run_id, PlanRun.status == RunStatus.RUNNING)
            .values(
                status=RunStatus.CANCELLED if cancelled else RunStatus.FAILED,
                ended_at=real_now(),
                error=said,
            )
            .returning(PlanRun.options)
        )
        await _forget(session, ended or {})
        await announce(session, area_id, "plan_run", run_id)
