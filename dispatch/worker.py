"""The background program: runs the jobs of every room. Any number of them, on any host with DATABASE_URL.

`up` starts one for the loop and one for what takes long, so that neither a long plan nor a large file, whatever it does
to its process, holds up an order.
"""

from __future__ import annotations

import asyncio
import importlib.util
import signal
import sys
from collections.abc import Sequence

import procrastinate
import structlog
from sqlalchemy.exc import DBAPIError

import dispatch.tables  # noqa: F401 - every table is known before the first query
from dispatch.planning.runs.takeover import take_up_dead
from kit.db import Database
from kit.jobs import LOOP, PLANNING, QUEUES, STALLED_SECONDS, build_app, take_up_stalled
from kit.processes.logs import configure_logging
from kit.settings import settings
from mobile_api.day.keeping import keep_routes

LOOK_SECONDS = 1.0
"""How often a worker that plans looks for runs that lost theirs."""
ROOMS = (
    "dispatch.notices",
    "dispatch.orders",
    "dispatch.orders.intake",
    "dispatch.planning",
    "dispatch.complaints",
    "dispatch.callbacks",
    "dispatch.assessments",
    "dispatch.reports.rollups",
    "dispatch.reports.watching",
    "dispatch.accounts",
    "mobile_api",
)


def register_jobs() -> None:
    """Import every room's jobs, so that they are known by name."""
    for room in ROOMS:
        if importlib.util.find_spec(f"{room}.jobs") is not None:
            importlib.import_module(f"{room}.jobs")


async def work(queues: Sequence[str]) -> None:
    """Run the jobs of these queues until stopped, each queue with workers of its own; SIGTERM lets running ones end."""
    chosen = settings()
    configure_logging(chosen.log_level, as_json=chosen.log_json)
    if chosen.database_url is None:
        raise SystemExit("DATABASE_URL is not set; start the program with `grid-dispatch up`.")
    register_jobs()
    database = Database(chosen.database_url, pool_size=2 + sum(QUEUES[queue] for queue in queues))
    app = build_app(database)
    stop = asyncio.Event()
    warm: asyncio.Task[object] | None = None
    """Loads the optimizer meanwhile: a run whose worker has died need not wait for that."""
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    async with app.open_async():
        workers = [
            asyncio.create_task(
                app.run_worker_async(
                    queues=[queue],
                    name=queue,
                    concurrency=QUEUES[queue],
                    delete_jobs="successful",
                    shutdown_graceful_timeout=5,
                    install_signal_handlers=False,
                )
            )
            for queue in queues
        ]
        workers.append(asyncio.create_task(_look_after_the_stalled(app)))
        if PLANNING in queues:
            workers.append(asyncio.create_task(_look_after_planning_runs(database)))
            warm = asyncio.create_task(asyncio.to_thread(importlib.import_module, "optimizer.child"))
        if LOOP in queues:
            workers.append(asyncio.create_task(keep_routes(database)))
        structlog.get_logger().info("worker.ready", queues=list(queues), jobs=sorted(app.tasks))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait([*workers, stopped], return_when=asyncio.FIRST_COMPLETED)
        for task in (*workers, stopped):
            task.cancel()
        if warm is not None:
            await warm
        ended = await asyncio.gather(*workers, return_exceptions=True)
    await database.dispose()
    for result in ended:
        if isinstance(result, Exception):
            raise result


async def _look_after_the_stalled(app: procrastinate.App) -> None:
    """Until cancelled: what dead workers left behind is taken up, also where this one takes their place."""
    while True:
        try:
            found = await take_up_stalled(app)
        except procrastinate.exceptions.ConnectorException as error:
            structlog.get_logger().warning("worker.stalled_unknown", error=type(error).__name__)
        else:
            if found:
                structlog.get_logger().warning("worker.took_up_stalled_jobs", jobs=found)
        await asyncio.sleep(STALLED_SECONDS / 2)


async def _look_after_planning_runs(database: Database) -> None:
    """Until cancelled: a planning run whose worker stopped answering is queued again."""
    while True:
        try:
            async with database.transaction() as session:
                await take_up_dead(session)
        except DBAPIError as error:
            structlog.get_logger().warning("worker.dead_runs_unknown", error=type(error).__name__)
        await asyncio.sleep(LOOK_SECONDS)


def main(arguments: Sequence[str]) -> None:
    """`python -m dispatch.worker [QUEUE ...]`: all queues where none is named."""
    unknown = set(arguments) - set(QUEUES)
    if unknown:
        raise SystemExit(f"There is no queue {', '.join(sorted(unknown))}; there are {', '.join(QUEUES)}.")
    asyncio.run(work(arguments or list(QUEUES)))


if __name__ == "__main__":
    main(sys.argv[1:])
