"""A worker that takes up a planning run; the test that starts it kills it. `python -m … URL RUN_ID`."""

from __future__ import annotations

import asyncio
import sys
from uuid import UUID

from sqlalchemy import select

import dispatch.tables  # noqa: F401 - foreign keys across rooms
from citymap.travel import StraightLineTravel
from dispatch.planning.models import PlanRun
from dispatch.planning.runs.options import PlanOptions
from dispatch.planning.runs.planning import plan_day
from grids.models import ServiceArea
from kit.db import Database


async def main(url: str, run_id: str) -> None:
    database = Database(url)
    async with database.transaction() as session:
        area = (await session.execute(select(ServiceArea))).scalar_one()
        run = await session.get(PlanRun, UUID(run_id))
        assert run is not None
    await plan_day(
        database, area, run.service_date, PlanOptions(seconds=120, allow_straight_line=True),
        roads=StraightLineTravel(), run_id=run.id,
    )  # fmt: skip


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
