"""The background work of intake."""

from __future__ import annotations

from uuid import UUID

from dispatch.orders.intake.uploads import JOB, carry_out, queue_the_forgotten
from kit.db import Database
from kit.jobs import FILES, job


@job(JOB, queue=FILES)
async def take_file(database: Database, run_id: str) -> None:
    """Bring in an uploaded file."""
    await carry_out(database, UUID(run_id))


@job("orders.imports_sweep", cron="* * * * *")
async def take_forgotten_files(database: Database) -> None:
    """Every minute: no upload stays "running" because its job is gone."""
    async with database.transaction() as session:
        await queue_the_forgotten(session)
