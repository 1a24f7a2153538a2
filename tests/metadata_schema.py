"""The schema straight from the models, for the days before the first migration exists."""

from __future__ import annotations

import asyncio
import os
import sys

import procrastinate

from dispatch.tables import metadata
from kit.db import Database, libpq_url


async def main(url: str) -> None:
    database = Database(url)
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await database.dispose()
    jobs = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=libpq_url(url)))
    async with jobs.open_async():
        await jobs.schema_manager.apply_schema_async()


if __name__ == "__main__":
    asyncio.run(main(os.environ["DATABASE_URL"]))
    sys.exit(0)
