"""A small town for stories: two grids under contract, four technicians at work, a clock that stands until moved."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

from geoalchemy2 import WKTElement
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

import dispatch.tables  # noqa: F401 - foreign keys across rooms
from dispatch.orders.models import Order
from dispatch.orders.reporting import Report, SubscriberGiven, report
from dispatch.orders.service import Applied, apply
from dispatch.policies.models import FaultType
from dispatch.policies.service import install_defaults
from dispatch.technicians.models import RosterPattern, Technician, TechnicianSkill
from grids.models import AreaKind, Grid, GridContract, ServiceArea
from kit.actor import SYSTEM, Actor, Role, Scope
from kit.db import Database

DAY = date(2022, 9, 27)
NINE = datetime(2022, 9, 27, 1, 0, tzinfo=UTC)
"""09:00 on a Tuesday in Shanghai."""
WEST, EAST = (118.75, 32.05), (118.85, 32.05)


@dataclass
class Town:
    """Ids of what is there; every method has a transaction of its own."""

    database: Database
    area_id: UUID
    anna: UUID
    bert: UUID
    carl: UUID
    dana: UUID
    accounts: dict[UUID, UUID]

    async def area(self) -> ServiceArea:
        async with self.database.transaction() as session:
            return (await session.execute(select(ServiceArea).where(ServiceArea.id == self.area_id))).scalar_one()

    async def set_clock(self, moment: datetime) -> ServiceArea:
        async with self.database.transaction() as session:
            area = await session.get(ServiceArea, self.area_id)
            assert area is not None
            area.clock_area_anchor, area.clock_speed = moment, 0.0
            return area

    async def report(self, point: tuple[float, float] | None = WEST, **given: object) -> Order:
        options = {name: given.pop(name) for name in ("occurred_at",) if name in given}
        given.setdefault("fault_type", "no_service")
        given.setdefault("subscriber", SubscriberGiven("Li Wei", ("13800000001",)))
        async with self.database.transaction() as session:
            area = await session.get(ServiceArea, self.area_id)
            assert area is not None
            return await report(session, SYSTEM, area, Report(point=point, **given), **options)  # type: ignore[arg-type]

    async def do(self, actor: Actor, order: Order | UUID, act: object, **options: object) -> Applied:
        async with self.database.transaction() as session:
            order_id = order if isinstance(order, UUID) else order.id
            return await apply(session, actor, order_id, act, **options)  # type: ignore[arg-type]

    async def order(self, order: Order | UUID) -> Order:
        async with self.database.transaction() as session:
            found = await session.get(Order, order if isinstance(order, UUID) else order.id)
            assert found is not None
            return found

    def actor(self, role: Role, technician: UUID | None = None) -> Actor:
        account = self.accounts.setdefault(technician, uuid4()) if technician else uuid4()
        return Actor(account, role.value, role, Scope(areas=frozenset({self.area_id}), technician=technician))

    @property
    def dispatcher(self) -> Actor:
        return self.actor(Role.DISPATCHER)

    def technician(self, who: UUID) -> Actor:
        return self.actor(Role.TECHNICIAN, who)


async def build_town(database: Database) -> Town:
    """The town at nine in the morning, nothing reported yet."""
    async with database.transaction() as session:
        area = ServiceArea(
            code="town", name="Town", timezone="Asia/Shanghai", kind=AreaKind.TRIAL, country="CN",
            clock_real_anchor=datetime(2020, 1, 1, tzinfo=UTC), clock_area_anchor=NINE, clock_speed=0.0,
        )  # fmt: skip
        session.add(area)
        await session.flush()
        await install_defaults(session, area)
        west, east = _grid(area, "west", 118.7), _grid(area, "east", 118.8)
        session.add_all([west, east])
        people = [
            _person(area, number, name, home)
            for number, name, home in (
                ("1", "Anna", WEST),
                ("2", "Bert", WEST),
                ("3", "Carl", EAST),
                ("4", "Dana", EAST),
            )
        ]
        session.add_all(people)
        await session.flush()
        await _equip(session, people)
        anna, bert, carl, dana = (person.id for person in people)
        for grid, first, second in ((west, anna, bert), (east, carl, dana)):
            session.add(
                GridContract(
                    grid_id=grid.id, valid=Range(date(2020, 1, 1), None), technician_a_id=first, technician_b_id=second
                )
            )
    return Town(database, area.id, anna, bert, carl, dana, {})


def build_template(url: str) -> None:
    """The town in an empty database with the newest schema, for `TestCluster.template`."""

    async def build() -> None:
        database = Database(url)
        await build_town(database)
        await database.dispose()

    with ThreadPoolExecutor(1) as thread:  # fixtures may run where a loop runs already
        thread.submit(asyncio.run, build()).result()


async def open_town(database: Database) -> Town:
    """The town of a database that was cloned from the template."""
    async with database.transaction() as session:
        area_id = (await session.execute(select(ServiceArea.id))).scalar_one()
        rows = await session.execute(select(Technician.id).order_by(Technician.employee_number))
        anna, bert, carl, dana = rows.scalars()
    return Town(database, area_id, anna, bert, carl, dana, {})


def _grid(area: ServiceArea, code: str, x: float) -> Grid:
    ring = f"{x} 32.0, {x + 0.1} 32.0, {x + 0.1} 32.1, {x} 32.1, {x} 32.0"
    shape = WKTElement(f"MULTIPOLYGON((({ring})))", srid=4326)
    return Grid(area_id=area.id, code=code, name=code.title(), square_metres=1.0, geom=shape)


def _person(area: ServiceArea, number: str, name: str, home: tuple[float, float]) -> Technician:
    point = WKTElement(f"POINT({home[0]} {home[1]})", srid=4326)
    return Technician(area_id=area.id, employee_number=number, name=name, start_point=point, end_point=point)


async def _equip(session: AsyncSession, people: list[Technician]) -> None:
    """Every skill there is, and a working week with lunch."""
    skills = (await session.execute(select(FaultType.skill).where(FaultType.skill.is_not(None)).distinct())).scalars()
    names = sorted(str(skill) for skill in skills)
    for person in people:
        session.add_all([TechnicianSkill(technician_id=person.id, skill=name, level=3) for name in names])
        session.add(
            RosterPattern(
                technician_id=person.id,
                weekdays=[1, 2, 3, 4, 5, 6, 7],
                starts=time(8),
                ends=time(17),
                breaks=[{"seconds": 2700, "earliest": "11:30", "latest": "13:30"}],
                valid=Range(date(2020, 1, 1), None),
            )
        )
    await session.flush()


def spread(count: int, around: tuple[float, float] = WEST, step: float = 0.004) -> list[tuple[float, float]]:
    """Places around a point, in rows of five."""
    return [(around[0] + step * (i % 5 - 2), around[1] + step * (i // 5 - 2)) for i in range(count)]


def later(**duration: float) -> datetime:
    """A time after nine."""
    return NINE + timedelta(**duration)
