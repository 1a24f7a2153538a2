"""Background work of planning: runs, dispatch of one order, and the sweep over every area's clock."""

from __future__ import annotations

from uuid import UUID

import msgspec
import structlog
from sqlalchemy import select

from dispatch.orders.models import Order
from dispatch.outages.detection import look_at
from dispatch.planning.dispatching.auto_dispatch import dispatch_new, sweep_area
from dispatch.planning.models import PlanRun, RunStatus
from dispatch.planning.runs.takeover import take_up_dead
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.db import Database
from kit.errors import Problem
from kit.jobs import PLANNING, job

log = structlog.get_logger()


@job("planning.run", queue=PLANNING, retry=1)
async def run_plan(database: Database, run_id: str) -> None:
    """Make the draft a queued run asked for. What goes wrong is written on the run; the job itself does not fail."""
    # Here, not above: the optimizer is heavy, and a worker that plans nothing need not load it.
    from citymap.osrm.client import RoadsClient
    from dispatch.planning.drafts.repairs import repair_day
    from dispatch.planning.runs.options import PlanOptions
    from dispatch.planning.runs.planning import plan_day
    from kit.settings import settings

    async with database.transaction() as session:
        run = await session.get(PlanRun, UUID(run_id))
        if run is None or run.status is not RunStatus.QUEUED:
            return
        area = await area_by_id(session, run.area_id)
    roads = RoadsClient(settings().roads_socket)
    try:
        if "repair" in run.options:
            await repair_day(database, area, run.service_date, run.id, roads=roads)
        else:
            options = msgspec.convert(run.options, PlanOptions)
            await plan_day(database, area, run.service_date, options, roads=roads, run_id=run.id)
    except Problem as problem:
        log.info("planning.ended_without_draft", run=run_id, code=problem.code)


@job("planning.dispatch_order")
async def dispatch_order(database: Database, order_id: str) -> None:
    """Give a new order its owner, unless an outage takes it in.

    Where a trial area's clock stands still, moving the clock does it instead.
    """
    async with database.transaction() as session:
        area_id = (await session.execute(select(Order.area_id).where(Order.id == UUID(order_id)))).scalar_one_or_none()
        if area_id is None:
            return
        area = await area_by_id(session, area_id)
        if area.clock.is_replay and area.clock.speed <= 0:
            return
        await look_at(session, area, [UUID(order_id)])
        await dispatch_new(session, area, [UUID(order_id)])


@job("planning.sweep", cron="* * * * *")
async def sweep_all(database: Database) -> None:
    """Every minute: what is due in every area whose clock runs, and planning runs whose worker died."""
    async with database.transaction() as session:
        await take_up_dead(session)
        areas = (await session.execute(select(ServiceArea.id).order_by(ServiceArea.code))).scalars().all()
    for area_id in areas:
        try:
            await sweep_area(database, area_id)
        except Problem as problem:
            log.warning("planning.sweep_failed", area=str(area_id), code=problem.code)
        except Exception as error:
            log.error("planning.sweep_failed", area=str(area_id), exc_info=error)
