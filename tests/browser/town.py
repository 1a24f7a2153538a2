"""The day that the pages are tried on: the fictional city with a published plan, work under way and things to decide.

Built once through the product's own services and kept as a template database.
"""

from __future__ import annotations

import asyncio
import io
import json
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from PIL import Image
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.demo_city import DemoCity, write_demo_city
from citymap.importing import import_city
from citymap.osrm.client import roads_process
from dispatch.accounts.models import Account
from dispatch.accounts.service import create_account, set_password
from dispatch.assessments.service import compute
from dispatch.orders.events.orm_mapping import lonlat
from dispatch.orders.models import Level, Order, Status
from dispatch.orders.photos import store_photo
from dispatch.orders.reporting import Placing, Report, SubscriberGiven, report
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from dispatch.planning.dispatching.auto_dispatch import dispatch_new, sweep
from dispatch.planning.drafts.applying import publish_plan
from dispatch.planning.runs.options import PlanOptions
from dispatch.planning.runs.planning import plan_day
from dispatch.policies.service import install_defaults
from dispatch.technicians.generate import generate
from grids.importing import import_grids
from grids.models import AreaKind, ServiceArea
from grids.service import area_by_id, create_area, locate_many, set_clock
from kit.actor import SYSTEM, Role
from kit.db import Database
from kit.ids import uuid7
from tests.road_cache import CACHE

ZONE = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2026, 3, 10, 7, 30, tzinfo=ZONE)
NOW = datetime(2026, 3, 10, 9, 5, tzinfo=ZONE)
PASSWORD = "a long enough password"
TECHNICIAN = "technician"
DESKS = (Role.DISPATCHER, Role.AGENT, Role.MANAGER, Role.INSPECTOR)
PLACED, UNPLACED = 40, 3
GIVEN_NAMES = "明红军丽强芳伟娜勇静"
TWINS = (38, 39)
"""Two orders of one subscriber."""
ON_ONE_NODE = (20, 21, 22)
"""Reports that look like an outage."""


def build(url: str) -> None:
    """Fill a database that has the schema."""
    asyncio.run(_build(url))


async def _build(url: str) -> None:
    database = Database(url, pool_size=4)
    try:
        with tempfile.TemporaryDirectory(prefix="grid-dispatch-pages-") as folder:
            city = await asyncio.to_thread(write_demo_city, Path(folder) / "town.osm.pbf", 1)
            async with database.transaction() as session:
                area = await create_area(session, "town", "Linjiang", city.timezone, AreaKind.TRIAL)
                await install_defaults(session, area)
            await import_city(database, area.id, city.path, name="Linjiang", home=CACHE)
            async with database.transaction() as session:
                area = await area_by_id(session, area.id)
                await import_grids(session, area, json.dumps(city.grids).encode(), "name", "code")
                await generate(session, area, 1, 1)
                await set_clock(session, area.id, MORNING, 0)
            await _people(database, area.id)
            await _report(database, area.id, city)
            async with roads_process(Path(folder) / "roads.sock", CACHE, url) as roads:
                async with database.transaction() as session:
                    area = await area_by_id(session, area.id)
                    await dispatch_new(session, area)
                planned = await plan_day(database, area, MORNING.date(), PlanOptions(seconds=2), roads=roads)
            async with database.transaction() as session:
                await publish_plan(session, SYSTEM, planned.plan_id)
            await _work(database, area.id)
            async with database.transaction() as session:
                await set_clock(session, area.id, NOW, 0)
            async with database.transaction() as session:
                await compute(session, SYSTEM, await area_by_id(session, area.id), "2026-03")
    finally:
        await database.dispose()


async def _people(database: Database, area_id: UUID) -> None:
    async with database.transaction() as session:
        for role in DESKS:
            await create_account(session, role.value, "Sam Example", role, password=PASSWORD, area_ids=[area_id])


def subscriber(number: int) -> SubscriberGiven:
    """Who reported the order of this number, counted from 0: 王小明 first, his phone ends in 5678."""
    name = "王李张赵"[number // 10] + "小" + GIVEN_NAMES[number % 10]
    return SubscriberGiven(name, (f"1381234{5678 + number}",))


async def _report(database: Database, area_id: UUID, city: DemoCity) -> None:
    places = city.places[:: len(city.places) // PLACED][:PLACED]
    async with database.transaction() as session:
        area = await area_by_id(session, area_id)
        grids = await locate_many(session, area_id, [place.point for place in places])
        for number, (place, grid_id) in enumerate(zip(places, grids, strict=True)):
            given = Report(
                fault_type=("no_service", "slow", "no_tv", "terminal")[number % 4],
                level=Level.URGENT if number % 9 == 0 else Level.NORMAL,
                address=place.address,
                point=place.point,
                subscriber=subscriber(min(number, TWINS[0])),
                network_node="OLT-7" if number in ON_ONE_NODE else None,
            )
            await report(session, SYSTEM, area, given, placing=Placing(place.point, "given", grid_id))
        for number in range(UNPLACED):
            given = Report(
                fault_type="slow",
                address=f"the house behind the {number + 1}. bridge",
                subscriber=SubscriberGiven("Li Lei", (f"1391234567{number}",)),
            )
            await report(session, SYSTEM, area, given, placing=Placing(problem="address_not_found"))


async def _work(database: Database, area_id: UUID) -> None:
    """One suspension and one return asked for, one order completed, most accepted; every sixth was not looked at."""
    async with database.transaction() as session:
        query = select(Order).where(Order.area_id == area_id, Order.status == Status.DISPATCHED)
        orders = list((await session.execute(query.order_by(Order.number))).scalars())
        await _at(session, area_id, 30)
        for order in (one for at, one in enumerate(orders) if at < 6 or at % 6):
            await _do(session, order, acts.Accept())
        await _at(session, area_id, 40)
        await _do(session, orders[0], acts.Contact())
        resume = NOW + timedelta(hours=20)
        wish = acts.RequestSuspension(reason="material_cable", resume_at=resume, note="no cable left")
        await _do(session, orders[0], wish)
        for order in orders[1:3]:
            await _do(session, order, acts.Contact())
            await _do(session, order, acts.Depart())
        await _at(session, area_id, 60)
        await _do(session, orders[1], acts.Arrive())
        await _do(session, orders[2], acts.Arrive())
        before, after = uuid7(), uuid7()
        done = acts.Complete(cause="slow", action="repaired", photo_ids=[before, after], signature_photo_id=uuid7())
        await _do(session, orders[1], done)
        for photo_id, colour in ((before, "firebrick"), (after, "seagreen")):
            await store_photo(session, SYSTEM, photo_id, _photo(colour), max_bytes=1_000_000, order_id=orders[1].id)
        wish = acts.RequestReturn(reason="no_conditions", note="no power in the house")
        await _do(session, orders[5], wish)
        whose = select(Account).where(Account.technician_id == orders[3].owner_id)
        account = (await session.execute(whose)).scalar_one()
        account.login = TECHNICIAN
        await set_password(session, account, PASSWORD)


def _photo(colour: str) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(written, "JPEG")
    return written.getvalue()


async def _at(session: AsyncSession, area_id: UUID, minutes: int) -> None:
    await set_clock(session, area_id, MORNING + timedelta(minutes=minutes), 0)


async def _do(session: AsyncSession, order: Order, act: acts.ActBase) -> None:
    await apply(session, SYSTEM, order.id, act, point=lonlat(order.point), technician_id=order.owner_id)


async def set_going(database: Database) -> ServiceArea:
    """Let the clock of a fresh copy run from nine o'clock on; what had fallen due by then is done."""
    async with database.transaction() as session:
        area_id = (await session.execute(select(ServiceArea.id))).scalar_one()
        area = await set_clock(session, area_id, NOW, 1.0)
        await sweep(session, area)
        return area
