"""Background work: limits are checked, views that are due are sent."""

from __future__ import annotations

import structlog
from sqlalchemy import select

from dispatch.reports.watching.alerts import check_area
from dispatch.reports.watching.views import send_due
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.db import Database
from kit.errors import Problem
from kit.jobs import job

log = structlog.get_logger()


@job("reports.watch", cron="*/5 * * * *")
async def watch(database: Database) -> None:
    """Every five minutes, each area by its own clock; one that fails holds up no other, and nothing fails silently."""
    async with database.transaction() as session:
        areas = (await session.scalars(select(ServiceArea.id).order_by(ServiceArea.code))).all()
    for area_id in areas:
        for step in (check_area, send_due):
            try:
                async with database.transaction() as session:
                    await step(session, await area_by_id(session, area_id))
            except Problem as problem:
                log.error("reports.watch_failed", area=str(area_id), step=step.__name__, code=problem.code)
