"""The worker's part: routes are written out a moment after something in them changed, before their phones ask."""

from __future__ import annotations

import asyncio
from uuid import UUID

import psycopg
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kit.db import Database, libpq_url
from kit.errors import Problem
from mobile_api.day import snapshots
from mobile_api.day.staleness import CHANNEL

log = structlog.get_logger()
TOGETHER_SECONDS = 1.0
"""Changes of one moment (a plan that is published) are waited for: a route is written out once for all of them."""
LOOK_SECONDS = 30.0
"""What was missed while the listening connection was away is found so soon."""
SIDE_BY_SIDE = 2
_OLD = text(
    """
    SELECT DISTINCT d.technician_id FROM route_stale d JOIN technicians t ON t.id = d.technician_id
    WHERE t.status = 'active' AND EXISTS (SELECT FROM route_snapshots s WHERE s.technician_id = d.technician_id)
    LIMIT 5000
    """
)
_NOBODYS = text(
    """
    DELETE FROM route_stale d WHERE NOT EXISTS (
        SELECT FROM route_snapshots s JOIN technicians t ON t.id = s.technician_id
        WHERE s.technician_id = d.technician_id AND t.status = 'active')
    """
)


async def write_out_old(database: Database) -> int:
    """Write out every route that is old and was asked for before; returns how many. Nobody else's is kept for them."""
    async with database.transaction() as session:
        await session.execute(_NOBODYS)
        people = list((await session.execute(_OLD)).scalars())
    limit = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(technician_id: UUID) -> int:
        async with limit:
            try:
                async with database.transaction() as session:
                    await snapshots.render(session, technician_id)
                return 1
            except Problem as problem:
                log.info("routes.not_written", technician=str(technician_id), code=problem.code)
            except DBAPIError as error:
                log.warning("routes.not_written", technician=str(technician_id), error=type(error.orig).__name__)
            return 0

    return sum(await asyncio.gather(*(one(person) for person in people)))


async def keep_routes(database: Database) -> None:
    """Until cancelled: listen, wait a moment, write out."""
    while True:
        try:
            connection = await psycopg.AsyncConnection.connect(libpq_url(database.url), autocommit=True)
            async with connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                while True:
                    await write_out_old(database)
                    await _woken(connection)
        except (psycopg.Error, OSError, DBAPIError) as error:
            log.warning("routes.listener_lost", error=type(error).__name__)
            await asyncio.sleep(TOGETHER_SECONDS)


async def _woken(connection: psycopg.AsyncConnection[object]) -> None:
    """A change was told of, and the moment after it has passed; or it is time to look anyway."""
    async for _ in connection.notifies(timeout=LOOK_SECONDS, stop_after=1):
        await asyncio.sleep(TOGETHER_SECONDS)
