"""Background work of the roll-ups. Nobody waits for it: pages count what is not folded or kept yet all the same."""

from __future__ import annotations

from uuid import UUID

import structlog
from sqlalchemy import select

from dispatch.reports.rollups import kept_signs, kept_work
from dispatch.reports.rollups.days import AT_ONCE, fold
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.db import Database
from kit.errors import Problem
from kit.jobs import job

log = structlog.get_logger()


@job("reports.fold_days", cron="* * * * *")
async def fold_days(database: Database) -> None:
    """Every minute: what events added goes into the rows that are read, a transaction a batch."""
    while True:
        async with database.transaction() as session:
            if await fold(session) < AT_ONCE:
                return


@job("reports.keep_work", cron="* * * * *")
async def keep_all_work(database: Database) -> None:
    """Every minute: hours of days that are over are written out, old ones again, each area by its own clock."""
    async with database.transaction() as session:
        areas = (await session.scalars(select(ServiceArea.id).order_by(ServiceArea.code))).all()
    for area_id in areas:
        try:
            await keep_work(database, area_id)
        except Problem as problem:
            log.warning("reports.keep_work_failed", area=str(area_id), code=problem.code)


async def keep_work(database: Database, area_id: UUID) -> int:
    """One area, until nothing is old and every day that is over is kept; returns how many days were written out."""
    written = 0
    async with database.transaction() as session:
        await kept_work.begin(session, await area_by_id(session, area_id))
    for step in (kept_work.renew, kept_work.write_out):
        while True:
            async with database.transaction() as session:
                done = await step(session, await area_by_id(session, area_id))
            if not done:
                break
            written += done
    return written


@job("reports.keep_signs", cron="* * * * *")
async def keep_all_signs(database: Database) -> None:
    """Every minute: signs of months are written out, old ones again, each area by its own clock."""
    async with database.transaction() as session:
        areas = (await session.scalars(select(ServiceArea.id).order_by(ServiceArea.code))).all()
    for area_id in areas:
        try:
            await keep_signs(database, area_id)
        except Problem as problem:
            log.warning("reports.keep_signs_failed", area=str(area_id), code=problem.code)


async def keep_signs(database: Database, area_id: UUID) -> int:
    """One area, until nothing is old and every month is kept; returns how many months were written out."""
    written = 0
    async with database.transaction() as session:
        await kept_signs.begin(session, await area_by_id(session, area_id))
    for step in (kept_signs.renew, kept_signs.write_out):
        while True:
            async with database.transaction() as session:
                done = await step(session, await area_by_id(session, area_id))
            if not done:
                break
            written += done
    return written
