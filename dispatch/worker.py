"""The background program: runs the jobs of every room. Any number of them, on any host with DATABASE_URL."""

from __future__ import annotations

import asyncio
import importlib.util

import structlog

import dispatch.tables  # noqa: F401 - every table is known before the first query
from kit.db import Database
from kit.jobs import build_app
from kit.logs import configure_logging
from kit.settings import settings

ROOMS = (
    "dispatch.orders",
    "dispatch.orders.intake",
    "dispatch.planning",
    "dispatch.callbacks",
    "dispatch.assessments",
    "dispatch.accounts",
)


def register_jobs() -> None:
    """Import every room's jobs, so that they are known by name."""
    for room in ROOMS:
        if importlib.util.find_spec(f"{room}.jobs") is not None:
            importlib.import_module(f"{room}.jobs")


async def work() -> None:
    """Run jobs until stopped; SIGTERM lets the running ones end."""
    chosen = settings()
    configure_logging(chosen.log_level, as_json=chosen.log_json)
    if chosen.database_url is None:
        raise SystemExit("DATABASE_URL is not set; start the program with `grid-dispatch up`.")
    register_jobs()
    database = Database(chosen.database_url, pool_size=6)
    app = build_app(database)
    async with app.open_async():
        structlog.get_logger().info("worker.ready", jobs=sorted(app.tasks))
        await app.run_worker_async(concurrency=4, delete_jobs="successful", shutdown_graceful_timeout=5)
    await database.dispose()


if __name__ == "__main__":
    asyncio.run(work())
