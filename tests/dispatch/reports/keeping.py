"""Hours of days and signs of months written out, whoever else works on the same server."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from dispatch.reports.rollups.jobs import keep_signs, keep_work
from kit.db import Database
from tests.waiting import until

_WAITS = text("SELECT count(*) FROM kept_days WHERE area_id = :area AND NOT ready")
_MONTH_WAITS = text("SELECT count(*) FROM kept_sign_months WHERE area_id = :area AND NOT ready")


async def keep_all(database: Database, area_id: UUID) -> int:
    """Keep work until every day that is over is kept; returns how many days were written out.

    A day waits until the transactions are over that began before it was to be kept, those of other tests too.
    """
    written = 0

    async def nothing_waits() -> bool:
        nonlocal written
        written += await keep_work(database, area_id)
        async with database.transaction() as session:
            return bool((await session.execute(_WAITS, {"area": area_id})).scalar_one() == 0)

    await until(nothing_waits, "a day that is kept")
    return written


async def keep_all_signs(database: Database, area_id: UUID) -> int:
    """The same of the signs of months; returns how many months were written out."""
    written = 0

    async def nothing_waits() -> bool:
        nonlocal written
        written += await keep_signs(database, area_id)
        async with database.transaction() as session:
            return bool((await session.execute(_MONTH_WAITS, {"area": area_id})).scalar_one() == 0)

    await until(nothing_waits, "a month that is kept")
    return written
