"""What a console must bear besides a good day: an area with nothing in it, one with far too much, and every role.

Made in the running product's database by the product's own services, seen only by accounts of their own.
"""

from __future__ import annotations

import json

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.service import create_account
from dispatch.orders.models import Level, Tier
from dispatch.orders.reporting import Placing, Report, SubscriberGiven, report
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from dispatch.planning.dispatching.auto_dispatch import dispatch_new
from dispatch.policies.service import install_defaults
from dispatch.technicians.generate import generate
from dispatch.technicians.models import Technician
from grids.importing import import_grids
from grids.models import AreaKind, Grid, ServiceArea
from grids.service import area_by_id, create_area, set_clock
from kit.actor import SYSTEM, Role
from kit.db import Database
from tests.browser.town import MORNING, NOW, PASSWORD

NEWCOMER, CROWDED = "newcomer", "crowded"
"""Who sees the empty area, and who sees the one with too much."""
LOOKERS = (Role.AGENT, Role.GRID_LEAD, Role.INSPECTOR, Role.MANAGER, Role.OBSERVER)
MANY = 205
"""More than one page of any worklist holds."""
_LONG_PLACE = (
    "滨江新区长江北路东段二十七弄幸福里老旧小区综合改造一期工程第十二栋三单元地下一层配电间旁（从菜市场后门进，"
    "绕过停车场）",
    "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch Road 1284, Building C, Staircase 4, Floor 17, "
    "Apartment 1704, ring twice at the porter's lodge",
)
_LONG_NAMES = ("欧阳司徒上官慕容·阿卜杜拉提夫江", "Wolfeschlegelsteinhausenbergerdorff-Montgomery, Hubert Blaine")


async def make(database: Database) -> None:
    """The areas and the accounts; made once, so it is done twice without harm."""
    async with database.transaction() as session:
        if await session.scalar(select(ServiceArea.id).where(ServiceArea.code == "empty")):
            return
        town = (await session.execute(select(ServiceArea).where(ServiceArea.code == "town"))).scalar_one()
        grids = list((await session.execute(select(Grid.id).where(Grid.area_id == town.id).limit(3))).scalars())
        for role in (Role.GRID_LEAD, Role.OBSERVER):
            await create_account(
                session, role.value, "Sam Example", role, password=PASSWORD, area_ids=[town.id],
                grid_ids=grids if role is Role.GRID_LEAD else None,
            )  # fmt: skip
        empty = await create_area(session, "empty", "New town", "Asia/Shanghai")
        await install_defaults(session, empty)
        await create_account(session, NEWCOMER, "Nobody Yet", Role.DISPATCHER, password=PASSWORD, area_ids=[empty.id])
    await _crowd(database)


async def _crowd(database: Database) -> None:
    async with database.transaction() as session:
        area = await create_area(
            session,
            "crowd",
            "Upper and Lower Riverside with the Islands and the Old Port",
            "Asia/Shanghai",
            AreaKind.TRIAL,
        )
        await install_defaults(session, area)
        await create_account(session, CROWDED, _LONG_NAMES[1], Role.DISPATCHER, password=PASSWORD, area_ids=[area.id])
        squares = [_square(number) for number in range(6)]
        collection = json.dumps({"type": "FeatureCollection", "features": squares}).encode()
        await import_grids(session, area, collection, "name", "code")
        await generate(session, area, 2, 1)
        people = select(Technician).where(Technician.area_id == area.id).order_by(Technician.employee_number)
        for number, technician in enumerate((await session.execute(people)).scalars()):
            technician.name = _LONG_NAMES[number % 2] if number % 3 == 0 else technician.name
        await set_clock(session, area.id, MORNING, 0)
    async with database.transaction() as session:
        area = await area_by_id(session, area.id)
        await _too_many(session, area)
    async with database.transaction() as session:
        area = await area_by_id(session, area.id)
        await dispatch_new(session, area)
        await set_clock(session, area.id, NOW, 1.0)


async def _too_many(session: AsyncSession, area: ServiceArea) -> None:
    """As many orders without a place, as many to call back, and a few that bear every sign there is."""
    grids = (await session.execute(select(Grid).where(Grid.area_id == area.id).order_by(Grid.code))).scalars().all()
    for number in range(MANY):
        given = Report(fault_type="slow", address=_LONG_PLACE[number % 2], subscriber=_subscriber(number))
        await report(session, SYSTEM, area, given, placing=Placing(problem="address_not_found"))
    for number in range(MANY):
        given = Report(fault_type="no_tv", address=_LONG_PLACE[number % 2], subscriber=_subscriber(1000 + number))
        order = await report(session, SYSTEM, area, given, placing=Placing(problem="address_not_found"))
        await apply(session, SYSTEM, order.id, acts.SolveRemotely(action="repaired"))
    for number in range(30):
        point = (121.005 + 0.02 * (number % 6), 31.005 + 0.0003 * number)
        given = Report(
            fault_type="no_service", level=Level.URGENT, tier=(Tier.VIP, Tier.GROUP)[number % 2],
            address=_LONG_PLACE[number % 2], point=point, subscriber=_subscriber(2000 + number),
            description="The whole stairwell says that it began with the thunderstorm. " * 6,
        )  # fmt: skip
        placing = Placing(point, "given", grids[number % 6].id)
        order = await report(session, SYSTEM, area, given, placing=placing)
        for _ in range(3):
            await apply(session, SYSTEM, order.id, acts.Chase())


def _subscriber(number: int) -> SubscriberGiven:
    return SubscriberGiven(_LONG_NAMES[number % 2], (f"1370000{number:04d}",))


def _square(number: int) -> dict[str, object]:
    west, south, side = 121.0 + 0.02 * number, 31.0, 0.02
    ring = [[west, south], [west + side, south], [west + side, south + side], [west, south + side], [west, south]]
    name = (
        f"滨江新区第{number + 1}商业综合体与周边老旧小区联合服务网格（含城中村）",
        f"{number + 1} Lower Riverside Industrial Estate and Adjoining Residential Quarter",
    )[number % 2]
    return {
        "type": "Feature",
        "properties": {"name": name, "code": f"G{number + 1}"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
