"""Which worker has a planning run, and what becomes of one that nobody works on any more.

Whoever takes a run up is written into it, and writes a heartbeat. A worker whose heartbeat could not be written for
`LEASE_SECONDS` stops by itself; a second later the others count it as dead, and one of them goes on from the best plan
that was kept. So no two work on one run, whether a worker was killed, its host was unplugged, or only its network was.
"""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog
from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.planning.day.sick_leave import back_at_work
from dispatch.planning.models import PlanRun, RunStatus
from dispatch.planning.runs.options import leaves_in
from kit.clock import real_now
from kit.jobs import PLANNING, defer
from kit.live import announce

log = structlog.get_logger()

DEAD_AFTER = timedelta(seconds=8)
"""A running run without a heartbeat for so long has lost its worker. The database's clock measures it."""
LEASE_SECONDS = DEAD_AFTER.total_seconds() - 1
"""How long after its last heartbeat a worker may work on."""
NEVER_BEGUN_AFTER = timedelta(minutes=30)
"""A queued run that no worker took."""
MOST_ATTEMPTS = 4
"""A run that has outlived so many workers has killed them, by all appearances."""

_silent = func.clock_timestamp() - PlanRun.heartbeat_at
DEAD = or_(
    PlanRun.heartbeat_at.is_(None),
    and_(PlanRun.status == RunStatus.RUNNING, _silent > DEAD_AFTER),
    and_(PlanRun.status == RunStatus.QUEUED, _silent > NEVER_BEGUN_AFTER),
)
"""Of a living run: nobody works on it any more."""


class Attempt(msgspec.Struct, kw_only=True, frozen=True):
    """A worker that took a run up: its host and process, when, how many seconds had been worked before, and how many
    visits the plan had from which it went on.
    """

    worker: str
    at: str
    elapsed: float = 0.0
    planned: int = 0


def this_worker() -> str:
    """The name of this process among all workers."""
    return f"{socket.gethostname()} ({os.getpid()})"


def take(run: PlanRun, kept: bytes | None) -> int:
    """This process takes up a queued run, which the caller has locked; answers its turn."""
    told = run.progress if kept is not None else {}
    attempt = Attempt(
        worker=this_worker(), at=real_now().isoformat(), elapsed=told.get("elapsed") or 0.0,
        planned=told.get("planned") or 0,
    )  # fmt: skip
    if run.attempts:
        log.warning("planning.run_taken_over", run=str(run.id), before=run.attempts[-1]["worker"], now=attempt.worker)
    run.status, run.heartbeat_at = RunStatus.RUNNING, func.clock_timestamp()
    run.attempts = [*run.attempts, msgspec.to_builtins(attempt)]
    return len(run.attempts)


async def pass_on(session: AsyncSession, run: PlanRun) -> None:
    """Queue a run again, for whichever worker is free; the caller has locked it."""
    run.status, run.heartbeat_at = RunStatus.QUEUED, func.clock_timestamp()
    await session.flush()
    await defer(session, "planning.run", queue=PLANNING, run_id=str(run.id))
    await announce(session, run.area_id, "plan_run", run.id)


async def is_dead(session: AsyncSession, run: PlanRun) -> bool:
    """Whether nobody works on a living run any more."""
    return bool(await session.scalar(select(PlanRun.id).where(PlanRun.id == run.id, DEAD)))


async def mark_dead(session: AsyncSession, run: PlanRun) -> None:
    """Mark a dead run as failed, so that its day can be planned again."""
    await close(session, run, RunStatus.FAILED, {"code": "planning.died"})


async def close(session: AsyncSession, run: PlanRun, status: RunStatus, error: dict[str, Any] | None = None) -> None:
    """End a run without a draft; the caller has locked it."""
    run.status, run.ended_at, run.error, run.best = status, real_now(), error, None
    await forget(session, run.options)
    await session.flush()
    await announce(session, run.area_id, "plan_run", run.id)


async def take_up_dead(session: AsyncSession) -> list[UUID]:
    """Queue every run again whose worker died in the middle of it; answers which.

    One that somebody asked to stop is stopped; one that never began, or has outlived too many workers, fails.
    """
    query = select(PlanRun).where(PlanRun.status.in_((RunStatus.QUEUED, RunStatus.RUNNING)), DEAD)
    found = []
    for run in (await session.scalars(query.with_for_update(skip_locked=True))).all():
        if run.cancel_asked:
            await close(session, run, RunStatus.CANCELLED)
        elif run.status is RunStatus.QUEUED or len(run.attempts) >= MOST_ATTEMPTS:
            await mark_dead(session, run)
        else:
            log.warning(
                "planning.worker_silent", run=str(run.id), worker=run.attempts[-1]["worker"] if run.attempts else ""
            )
            await pass_on(session, run)
            found.append(run.id)
    return found


async def forget(session: AsyncSession, options: dict[str, Any]) -> None:
    """A run without a draft leaves nothing behind: the sick leave that a repair entered goes, too."""
    await back_at_work(session, leaves_in(options))
