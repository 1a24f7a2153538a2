"""The schema straight from the models, for the days before the first migration exists."""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
from pathlib import Path

import procrastinate

from kit.db import Base, Database, libpq_url

ROOT = Path(__file__).resolve().parent.parent


async def main(url: str) -> None:
    for path in sorted([*ROOT.glob("kit/*.py"), *ROOT.glob("*/models.py"), *ROOT.glob("dispatch/*/models.py")]):
        if "Base" in path.read_text(encoding="utf-8"):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    database = Database(url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await database.dispose()
    jobs = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=libpq_url(url)))
    async with jobs.open_async():
        await jobs.schema_manager.apply_schema_async()


if __name__ == "__main__":
    asyncio.run(main(os.environ["DATABASE_URL"]))
    sys.exit(0)
