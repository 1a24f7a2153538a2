"""A small area with two grids, two technicians, and people of every role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from geoalchemy2 import WKTElement
from sqlalchemy.ext.asyncio import AsyncSession

import dispatch.tables  # noqa: F401 - foreign keys across rooms
from dispatch.orders.models import Level, Order, Tier
from dispatch.orders.reporting import Report, SubscriberGiven, report
from dispatch.orders.service import Applied, apply
from dispatch.policies.service import install_defaults
from dispatch.technicians.models import Technician
from grids.contracts import Terms, create_contract
from grids.models import AreaKind, Grid, ServiceArea
from kit.actor import SYSTEM, Actor, Role, Scope
from kit.db import Database

START = datetime(2022, 9, 27, 16, 0, tzinfo=UTC)
"""09:00 on a Tuesday in Vancouver."""
HERE = (-123.10, 49.25)


@dataclass
class World:
    """The area, its people, and a clock that stands still until moved."""

    session: AsyncSession
    area: ServiceArea
    west: Grid
    east: Grid
    anna: Technician
    bert: Technician

    @property
    def now(self) -> datetime:
        return self.area.clock.now()

    def wait(self, **duration: float) -> datetime:
        """Let time pass."""
        assert self.area.clock_area_anchor is not None
        self.area.clock_area_anchor += timedelta(**duration)
        return self.now

    def set(self, moment: datetime) -> None:
        self.area.clock_area_anchor = moment

    def actor(self, role: Role, technician: Technician | None = None, **scope: Any) -> Actor:
        limits = Scope(areas=frozenset({self.area.id}), technician=technician.id if technician else None, **scope)
        return Actor(uuid4(), role.value, role, limits)

    @property
    def agent(self) -> Actor:
        return self.actor(Role.AGENT)

    @property
    def dispatcher(self) -> Actor:
        return self.actor(Role.DISPATCHER)

    @property
    def lead(self) -> Actor:
        return self.actor(Role.GRID_LEAD, grids=frozenset({self.west.id, self.east.id}))

    def technician(self, who: Technician | None = None) -> Actor:
        return self.actor(Role.TECHNICIAN, who or self.anna)

    async def report(self, **given: Any) -> Order:
        options = {name: given.pop(name) for name in ("occurred_at", "client_id", "provenance") if name in given}
        given.setdefault("fault_type", "no_service")
        given.setdefault("point", HERE)
        given.setdefault("subscriber", SubscriberGiven("Li Wei", ("13800000001",)))
        return await report(self.session, self.agent, self.area, Report(**given), **options)

    async def do(self, actor: Actor, order: Order | UUID, act: Any, **options: Any) -> Applied:
        order_id = order.id if isinstance(order, Order) else order
        return await apply(self.session, actor, order_id, act, **options)


async def build_world(session: AsyncSession) -> World:
    area = ServiceArea(
        code="van", name="Vancouver", timezone="America/Vancouver", kind=AreaKind.TRIAL, country="CA",
        clock_real_anchor=datetime(2020, 1, 1, tzinfo=UTC), clock_area_anchor=START, clock_speed=0.0,
    )  # fmt: skip
    session.add(area)
    await session.flush()
    grids = []
    for code, x in (("west", -123.2), ("east", -123.1)):
        ring = f"{x} 49.2, {x + 0.1} 49.2, {x + 0.1} 49.3, {x} 49.3, {x} 49.2"
        shape = WKTElement(f"MULTIPOLYGON((({ring})))", srid=4326)
        grids.append(Grid(area_id=area.id, code=code, name=code.title(), square_metres=1.0, geom=shape))
    people = [
        Technician(area_id=area.id, employee_number=number, name=name)
        for number, name in (("1", "Anna"), ("2", "Bert"))
    ]
    session.add_all([*grids, *people])
    await session.flush()
    for grid in grids:  # a lead's people are those whom a contract names
        terms = Terms(people[0].id, date(2020, 1, 1), people[1].id, last_day=date(2020, 12, 31))
        await create_contract(session, grid, terms)
    await install_defaults(session, area)
    return World(session, area, grids[0], grids[1], people[0], people[1])


@pytest.fixture
async def world(session: AsyncSession) -> World:
    return await build_world(session)


@pytest.fixture
async def shared(database: Database) -> tuple[Database, UUID, UUID, UUID]:
    """A committed world: `(database, area, anna, bert)`."""
    async with database.transaction() as session:
        built = await build_world(session)
        ids = (built.area.id, built.anna.id, built.bert.id)
    return (database, *ids)


__all__ = ["HERE", "START", "SYSTEM", "Level", "Tier", "World"]
