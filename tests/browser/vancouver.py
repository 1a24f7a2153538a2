"""The heavy trial day: all located orders of Vancouver's file laid on 2022-09-27, 132 technicians, eleven o'clock.

Built once through the product's own services and kept as a template database.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.importing import import_city
from citymap.osrm.client import RoadsClient, roads_process
from dispatch.accounts.service import create_account
from dispatch.orders.events.orm_mapping import lonlat
from dispatch.orders.intake.importing import import_orders
from dispatch.orders.intake.rows.mapping import load_mapping
from dispatch.orders.models import Order, Status, Visit, VisitStatus
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from dispatch.planning.dispatching.auto_dispatch import dispatch_new
from dispatch.planning.drafts.applying import publish_plan
from dispatch.planning.runs.options import PlanOptions
from dispatch.planning.runs.planning import plan_day
from dispatch.policies.service import install_defaults
from dispatch.technicians.generate import generate
from grids.importing import import_grids
from grids.models import AreaKind
from grids.service import area_by_id, create_area, set_clock
from kit.actor import SYSTEM, Role
from kit.db import Database
from tests.browser.town import PASSWORD
from tests.road_cache import CACHE, made

ZONE = ZoneInfo("America/Vancouver")
OPENING = datetime(2022, 9, 27, 7, 50, tzinfo=ZONE)
NOW = datetime(2022, 9, 27, 11, 0, tzinfo=ZONE)
PEOPLE_PER_GRID = 6
DESKS = {"dispatcher": Role.DISPATCHER, "neighbour": Role.DISPATCHER, "manager": Role.MANAGER}
ASKING, UNDER_WAY, ACCEPTED = 4, 24, 60
"""So many of the first visits: a suspension is asked for, somebody is at work, it is accepted at least."""
REASON = "waiting for a part"


def build(url: str, folder: Path) -> None:
    """Fill a database that has the schema from the folder of the real city."""
    made(folder / "roads.osm.pbf")
    asyncio.run(_build(url, folder))


async def _build(url: str, folder: Path) -> None:
    database = Database(url, pool_size=4)
    try:
        async with database.transaction() as session:
            area = await create_area(session, "vancouver", "Vancouver", str(ZONE), AreaKind.TRIAL)
            await install_defaults(session, area)
            for login, role in DESKS.items():
                await create_account(session, login, login.title(), role, password=PASSWORD, area_ids=[area.id])
        await import_city(database, area.id, folder / "roads.osm.pbf", name="Vancouver", home=CACHE)
        async with database.transaction() as session:
            area = await area_by_id(session, area.id)
            await import_grids(session, area, folder / "grids.geojson", "name", "mapid")
            await generate(session, area, PEOPLE_PER_GRID, 1)
        await import_orders(
            database, area, folder / "orders_2022-09.csv", load_mapping("vancouver"), onto=OPENING.date()
        )
        with tempfile.TemporaryDirectory(prefix="grid-dispatch-pages-") as run:
            async with roads_process(Path(run) / "roads.sock", CACHE, url) as roads:
                await _plan(database, area.id, roads, OPENING, seconds=2)
                await _work(database, area.id)
                await _plan(database, area.id, roads, NOW, seconds=6)
    finally:
        await database.dispose()


async def _plan(database: Database, area_id: UUID, roads: RoadsClient, at: datetime, seconds: float) -> None:
    """What was reported until then is given out, planned and published; the clock stays there."""
    async with database.transaction() as session:
        area = await set_clock(session, area_id, at, 0)
        await dispatch_new(session, area)
    planned = await plan_day(database, area, at.date(), PlanOptions(seconds=seconds), roads=roads)
    async with database.transaction() as session:
        await publish_plan(session, SYSTEM, planned.plan_id)


async def _work(database: Database, area_id: UUID) -> None:
    """What the first of them did meanwhile."""
    async with database.transaction() as session:
        first = await _first_visits(session, area_id)
        await _do(session, area_id, timedelta(minutes=20), first[:ACCEPTED], acts.Accept())
        await _do(session, area_id, timedelta(minutes=140), first[:ASKING], acts.Contact())
        wish = acts.RequestSuspension(reason="material_cable", resume_at=NOW + timedelta(hours=20), note=REASON)
        await _do(session, area_id, timedelta(minutes=150), first[:ASKING], wish)
        at_work = first[ASKING : ASKING + UNDER_WAY]
        await _do(session, area_id, timedelta(minutes=160), at_work, acts.Contact(), acts.Depart())
        await _do(session, area_id, timedelta(minutes=170), at_work[::2], acts.Arrive())


async def _first_visits(session: AsyncSession, area_id: UUID) -> Sequence[Order]:
    query = (
        select(Order)
        .join(Visit, Visit.order_id == Order.id)
        .where(Order.area_id == area_id, Order.status == Status.DISPATCHED)
        .where(Visit.status == VisitStatus.PLANNED, Visit.position == 0)
        .order_by(Visit.planned_start, Order.number)
        .limit(ACCEPTED)
    )
    return (await session.execute(query)).scalars().all()


async def _do(
    session: AsyncSession, area_id: UUID, after: timedelta, orders: Sequence[Order], *what: acts.ActBase
) -> None:
    await set_clock(session, area_id, OPENING + after, 0)
    for order in orders:
        for act in what:
            await apply(session, SYSTEM, order.id, act, point=lonlat(order.point), technician_id=order.owner_id)
