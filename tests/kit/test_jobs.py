"""Jobs are queued in the transaction that needs them."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from kit.jobs import defer


async def test_a_job_that_waits_already_is_not_queued_again_and_the_transaction_lives_on(session: AsyncSession):
    assert await defer(session, "test.nothing", queueing_lock="once")
    assert not await defer(session, "test.nothing", queueing_lock="once")
    assert await session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 1
