"""Background work of notices."""

from __future__ import annotations

import structlog

from dispatch.notices import repository
from dispatch.notices.sending import send_area, settle_interrupted
from kit.db import Database
from kit.jobs import job

log = structlog.get_logger()


@job("notices.send", cron="* * * * * */10")
async def send(database: Database) -> None:
    """Every ten seconds: what waits is sent, what a dead worker left is settled. A failing area holds up no other."""
    await settle_interrupted(database)
    async with database.transaction() as session:
        areas = await repository.areas_with_due(session)
    for area_id in areas:
        try:
            await send_area(database, area_id)
        except Exception as error:
            log.error("notices.area_failed", area=str(area_id), exc_info=error)
