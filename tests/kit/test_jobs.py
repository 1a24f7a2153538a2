"""Jobs are queued in the transaction that needs them."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.worker import register_jobs
from kit.db import Database
from kit.jobs import QUEUES, build_app, defer, take_up_stalled


async def test_a_job_that_waits_already_is_not_queued_again_and_the_transaction_lives_on(session: AsyncSession):
    assert await defer(session, "test.nothing", queueing_lock="once")
    assert not await defer(session, "test.nothing", queueing_lock="once")
    assert await session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 1


async def _stalled_job(database: Database, attempts: int) -> int:
    """A job in the hands of a worker that has said nothing for a minute."""
    async with database.transaction() as session:
        await defer(session, "planning.sweep", lock="a lock")
        worker = await session.scalar(
            text("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute') RETURNING id")
        )
        found = await session.scalar(
            text(
                "UPDATE procrastinate_jobs SET status = 'doing', worker_id = :worker, attempts = :attempts RETURNING id"
            ),
            {"worker": worker, "attempts": attempts},
        )
    return int(found or 0)


@pytest.mark.parametrize(("attempts", "status"), [(0, "todo"), (1, "todo"), (2, "failed")])
async def test_a_dead_workers_job_is_queued_again_as_often_as_it_has_tries(
    database: Database, attempts: int, status: str
):
    register_jobs()
    job = await _stalled_job(database, attempts)
    app = build_app(database)
    async with app.open_async():
        assert await take_up_stalled(app) == 1
        assert await take_up_stalled(app) == 0
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT status FROM procrastinate_jobs WHERE id = :id"), {"id": job}) == status


async def test_every_job_has_a_queue_that_a_worker_runs(database: Database):
    register_jobs()
    assert {task.queue for task in build_app(database).tasks.values()} - {"builtin"} <= set(QUEUES)
