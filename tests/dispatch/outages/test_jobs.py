"""The job that looks at a report as it comes."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from dispatch.orders.reporting import Report, SubscriberGiven, report
from dispatch.outages.models import Outage
from dispatch.planning.jobs import dispatch_order
from kit.actor import SYSTEM
from kit.db import Database
from tests.dispatch.orders.conftest import build_world


async def test_the_job_of_a_report_suspects_the_outage_before_it_looks_for_an_owner(database: Database):
    async with database.transaction() as session:
        world = await build_world(session)
        world.area.clock_real_anchor = datetime.now(UTC)
        world.area.clock_speed = 1.0
        await session.flush()
        orders = [
            await report(
                session, SYSTEM, world.area,
                Report(fault_type="no_service", network_node="OLT-1", address="somewhere",
                       subscriber=SubscriberGiven(f"V{number}", (f"13900000{number:03d}",))),
            )
            for number in range(3)
        ]  # fmt: skip
    for order in orders:
        await dispatch_order(database, str(order.id))
    async with database.transaction() as session:
        (outage,) = (await session.scalars(select(Outage))).all()
        assert (outage.status, outage.network_node) == ("suspected", "OLT-1")
