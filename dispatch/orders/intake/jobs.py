"""The background work of intake."""

from __future__ import annotations

from uuid import UUID

from dispatch.orders.intake.uploads import JOB, carry_out
from kit.db import Database
from kit.jobs import job


@job(JOB)
async def take_file(database: Database, run_id: str) -> None:
    """Bring in an uploaded file."""
    await carry_out(database, UUID(run_id))
