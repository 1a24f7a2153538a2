"""Background work of the roll-ups. Nobody waits for it: pages count what is not folded or kept yet all the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.reports.rollups import days, kept_answers, kept_signs, kept_work
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
    await _in_every_area(database, keep_work, "reports.keep_work_failed")


@job("reports.keep_signs", cron="* * * * *")
async def keep_all_signs(database: Database) -> None:
    """Every minute: signs of months are written out, old ones again, each area by its own clock."""
    await _in_every_area(database, keep_signs, "reports.keep_signs_failed")


async def keep_work(database: Database, area_id: UUID) -> int:
    """One area, until nothing is old and every day that is over is kept; returns how many days were written out."""
    return await _keep(database, area_id, kept_work.begin, kept_work.renew, kept_work.write_out)


async def keep_signs(database: Database, area_id: UUID) -> int:
    """One area, until nothing is old and every month is kept; returns how many months were written out."""
    return await _keep(database, area_id, kept_signs.begin, kept_signs.renew, kept_signs.write_out)


async def count_anew(database: Database, area_id: UUID) -> tuple[int, int]:
    """Make days and answers of an area anew and forget what is kept of it; returns how many days of grids and answers
    there are.

    A transaction each: a call holds the answers when it counts its days, so whoever holds the days may not wait for the
    answers.
    """
    made = []
    for rebuild in (days.rebuild, kept_answers.rebuild):
        async with database.transaction() as session:
            made.append(await rebuild(session, await area_by_id(session, area_id)))
    for forget in (kept_work.forget_all, kept_signs.forget_all):
        async with database.transaction() as session:
            await forget(session, await area_by_id(session, area_id))
    return made[0], made[1]


async def _in_every_area(database: Database, keep: Callable[[Database, UUID], Awaitable[int]], failed: str) -> None:
    async with database.transaction() as session:
        areas = (await session.scalars(select(ServiceArea.id).order_by(ServiceArea.code))).all()
    for area_id in areas:
        try:
            await keep(database, area_id)
        except Problem as problem:
            log.warning(failed, area=str(area_id), code=problem.code)


async def _keep(
    database: Database,
    area_id: UUID,
    begin: Callable[[AsyncSession, ServiceArea], Awaitable[object]],
    *steps: Callable[[AsyncSession, ServiceArea], Awaitable[int]],
) -> int:
    """Begin, then each step in transactions of its own until it has nothing left to do."""
    written = 0
    async with database.transaction() as session:
        await begin(session, await area_by_id(session, area_id))
    for step in steps:
        while True:
            async with database.transaction() as session:
                done = await step(session, await area_by_id(session, area_id))
            if not done:
                break
            written += done
    return written
