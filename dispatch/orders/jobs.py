"""Background work of orders."""

from __future__ import annotations

from sqlalchemy import select

from dispatch.orders.repository import forget_finish_codes
from dispatch.orders.telling import tell_delayed
from grids.models import ServiceArea
from kit.db import Database
from kit.jobs import job


@job("orders.forget_finish_codes", cron="*/10 * * * *")
async def forget(database: Database) -> None:
    """Finish codes leave the notices to subscribers once nobody needs to read them there."""
    async with database.transaction() as session:
        await forget_finish_codes(session)


@job("orders.tell_delayed", cron="* * * * *")
async def tell_of_delays(database: Database) -> None:
    """Every minute: whose window is over and nobody there is told, once a window."""
    async with database.transaction() as session:
        areas = (await session.scalars(select(ServiceArea))).all()
    for area in areas:
        async with database.transaction() as session:
            await tell_delayed(session, area)
