"""Background work of complaints."""

from __future__ import annotations

from sqlalchemy import select

from dispatch.complaints.supervising import warn_due
from grids.models import ServiceArea
from kit.db import Database
from kit.jobs import job


@job("complaints.warn", cron="*/5 * * * *")
async def warn_of_due_times(database: Database) -> None:
    """Every five minutes: who must hear of a due time that is near or past hears of it, upward, once."""
    async with database.transaction() as session:
        areas = (await session.scalars(select(ServiceArea))).all()
    for area in areas:
        async with database.transaction() as session:
            await warn_due(session, area)
