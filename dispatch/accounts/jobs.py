"""Background work of accounts."""

from __future__ import annotations

from datetime import timedelta

from dispatch.accounts.service import sweep
from kit.clock import real_now
from kit.db import Database
from kit.http.idempotency import forget_answers
from kit.jobs import job

ANSWERS_KEPT_FOR = timedelta(days=1)


@job("accounts.sweep", cron="17 * * * *")
async def forget(database: Database) -> None:
    """Failed sign-ins and the answers kept for repeats are forgotten after a day, sessions after their end."""
    async with database.transaction() as session:
        await sweep(session)
        await forget_answers(session, real_now() - ANSWERS_KEPT_FOR)
