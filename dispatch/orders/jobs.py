"""Background work of orders."""

from __future__ import annotations

from dispatch.orders.repository import forget_finish_codes
from kit.db import Database
from kit.jobs import job


@job("orders.forget_finish_codes", cron="*/10 * * * *")
async def forget(database: Database) -> None:
    """Finish codes leave the messages to subscribers once nobody needs to read them there."""
    async with database.transaction() as session:
        await forget_finish_codes(session)
