"""Background jobs in the same PostgreSQL (Procrastinate).

A job is queued by name, in the transaction that needs it: it exists only when that transaction commits.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status
from sqlalchemy.ext.asyncio import AsyncSession

from kit.db import Database, raw_connection
from kit.postgres.url import libpq_url

JobFunction = Callable[..., Awaitable[Any]]

LOOP = "default"
"""The queue of what keeps promises: dispatch, sweeps, messages. Its jobs are short."""
PLANNING = "planning"
"""The queue of planning runs and repairs, which may take an hour."""
FILES = "files"
"""The queue of imports."""
QUEUES = {LOOP: 4, PLANNING: 2, FILES: 1}
"""Every queue, and how many of its jobs one worker program runs side by side. No queue waits for another."""


@dataclass(frozen=True, slots=True)
class Job:
    """A registered job: its name, its function `(database, **ids)`, and for a sweep its cron line."""

    name: str
    function: JobFunction
    queue: str
    cron: str | None
    retry: int


STALLED_SECONDS = 30.0
"""A worker says every ten seconds that it lives. Silent for so long, it is dead, and its jobs are somebody else's."""
_registry: dict[str, Job] = {}
_deferring = procrastinate.App(connector=procrastinate.PsycopgConnector())


def job(
    name: str, *, queue: str = LOOP, cron: str | None = None, retry: int = 3
) -> Callable[[JobFunction], JobFunction]:
    """Register `async def f(database, **ids)` under a stable name. Its arguments are ids, never people's data."""

    def register(function: JobFunction) -> JobFunction:
        if name in _registry:
            raise ValueError(f"the job {name!r} is registered twice")
        _registry[name] = Job(name, function, queue, cron, retry)
        return function

    return register


async def defer(
    session: AsyncSession, name: str, *, queueing_lock: str | None = None, lock: str | None = None,
    queue: str = LOOP, **ids: str | int | bool | None,
) -> bool:  # fmt: skip
    """Queue a job in the session's transaction. Returns False when a job with this `queueing_lock` already waits."""
    try:
        async with session.begin_nested():
            # Asked for inside: the session sends its SAVEPOINT only when the connection is used within the block.
            connection = await raw_connection(session)
            await _deferring.configure_task(
                name, connection=connection, queueing_lock=queueing_lock, lock=lock, queue=queue
            ).defer_async(**ids)
    except AlreadyEnqueued:
        return False
    return True


def build_app(database: Database) -> procrastinate.App:
    """The worker's Procrastinate app, with every registered job. Import the rooms first: that registers the jobs."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=libpq_url(database.url)))
    for entry in _registry.values():
        _bind(app, entry, database)
    return app


def _bind(app: procrastinate.App, entry: Job, database: Database) -> None:
    if entry.cron is not None:

        async def sweep(timestamp: int) -> None:
            await entry.function(database)

        task = app.task(name=entry.name, queue=entry.queue, queueing_lock=entry.name, pass_context=False)(sweep)
        app.periodic(cron=entry.cron)(task)
        return

    async def run(**ids: Any) -> None:
        await entry.function(database, **ids)

    app.task(name=entry.name, queue=entry.queue, retry=procrastinate.RetryStrategy(max_attempts=entry.retry, wait=2))(
        run
    )


async def take_up_stalled(app: procrastinate.App) -> int:
    """Queue the jobs again whose worker died in the middle of them; returns how many. Every job may run twice.

    Without this a killed worker's job would hold its lock for ever. A job that has outlived as many workers as it has
    tries has killed them, by all appearances: it fails.
    """
    found = 0
    for stalled in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        found += 1
        most = _registry[stalled.task_name].retry if stalled.task_name in _registry else 1
        if stalled.attempts + 1 >= most:
            await app.job_manager.finish_job(stalled, Status.FAILED, delete_job=False)
        else:
            await app.job_manager.retry_job(stalled)
    return found
