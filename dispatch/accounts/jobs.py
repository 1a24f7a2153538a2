"""Background work of accounts."""

from __future__ import annotations

from dispatch.accounts.service import sweep
from kit.db import Database
from kit.jobs import job


@job("accounts.sweep", cron="17 * * * *")
async def forget(database: Database) -> None:
    """Failed sign-ins are forgotten after a day, sessions after their end."""
    async with database.transaction() as session:
        await sweep(session)
