"""Many report at once: they are one outage, whoever comes first, and nobody is left outside it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.models import Order, Status
from dispatch.outages import repository, service
from dispatch.outages.detection import look_at
from dispatch.outages.models import Outage, OutageOrder, OutageStatus
from grids.models import ServiceArea
from kit.db import Database
from tests.dispatch.orders.conftest import World, build_world

pytestmark = pytest.mark.slow
REPORTS, CONFIRMED_AFTER = 1_000, 500


async def many(database: Database) -> tuple[World, list[UUID]]:
    """A thousand reports of as many subscribers of one node, within a minute, none looked at yet."""
    async with database.transaction() as session:
        world = await build_world(session)
        await world.report(network_node="OLT-9")
        own = ("id", "number", "subscriber_id", "contact_phones", "reported_at")
        names = ", ".join(one.name for one in Order.__table__.columns if one.name not in own)
        await session.execute(
            text(
                f"INSERT INTO orders (id, number, contact_phones, reported_at, {names})"
                f" SELECT gen_random_uuid(), 'N' || n, jsonb_build_array('139' || (10000000 + n)),"
                f" reported_at + n * interval '50 milliseconds', {names} FROM orders, generate_series(1, :others) n"
            ),
            {"others": REPORTS - 1},
        )
        ids = list((await session.scalars(select(Order.id).order_by(Order.reported_at, Order.id))).all())
    return world, ids


async def look(database: Database, world: World, ids: list[UUID]) -> None:
    """Everybody looks at their own report, as many at once as there are connections."""
    at_once = asyncio.Semaphore(8)

    async def one(order_id: UUID) -> None:
        async with at_once, database.transaction() as session:
            await look_at(session, await session.get_one(ServiceArea, world.area.id), [order_id])

    await asyncio.gather(*map(one, ids))


async def test_a_thousand_reports_at_once_join_one_outage(database: Database):
    world, ids = await many(database)
    await look(database, world, ids[:CONFIRMED_AFTER])
    async with database.transaction() as session:
        outage = (await session.scalars(select(Outage))).one()
        assert outage.status is OutageStatus.SUSPECTED
        named = select(func.count()).select_from(OutageOrder).where(OutageOrder.outage_id == outage.id)
        assert await session.scalar(named) == CONFIRMED_AFTER
        await service.confirm(
            session, world.dispatcher, outage.id, service.Extent(), expected_end=world.now + timedelta(hours=3)
        )
    await look(database, world, ids[CONFIRMED_AFTER:])
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Outage)) == 1
        muted = select(func.count()).select_from(Order).where(Order.status == Status.MERGED, Order.id.in_(ids))
        assert await session.scalar(muted) == REPORTS


async def test_a_report_that_somebody_names_while_we_wait_for_the_outage_is_named_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    world, ids = await many(database)
    await look(database, world, ids[:20])
    hold, waited = repository.hold, 0

    async def wait_for_another(session: AsyncSession, area_id: UUID) -> None:
        nonlocal waited
        waited += 1
        if waited == 1:
            await look(database, world, [ids[20]])
        await hold(session, area_id)

    monkeypatch.setattr(repository, "hold", wait_for_another)
    await look(database, world, [ids[20]])
    assert waited == 2
    async with database.transaction() as session:
        named = select(func.count()).select_from(OutageOrder).where(OutageOrder.order_id == ids[20])
        assert await session.scalar(named) == 1
