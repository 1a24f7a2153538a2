"""Background work of assessment: reports whose photos never came."""

from __future__ import annotations

import structlog
from sqlalchemy import select

from dispatch.assessments.missing_files import mark_missing
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.db import Database
from kit.errors import Problem
from kit.jobs import job

log = structlog.get_logger()


@job("assessments.missing_files", cron="23 * * * *")
async def mark_all(database: Database) -> None:
    """Every hour: completion reports whose files are overdue, each area by its own clock and in its own transaction."""
    async with database.transaction() as session:
        areas = (await session.scalars(select(ServiceArea.id).order_by(ServiceArea.code))).all()
    for area_id in areas:
        try:
            async with database.transaction() as session:
                await mark_missing(session, await area_by_id(session, area_id))
        except Problem as problem:
            log.warning("assessments.missing_files_failed", area=str(area_id), code=problem.code)
