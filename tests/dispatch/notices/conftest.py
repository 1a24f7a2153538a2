"""An area whose notices go to a gateway of the test's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from dispatch.notices.models import Notice, NoticeChannel
from dispatch.notices.outbox import Told, write
from dispatch.notices.sending import send_area
from dispatch.orders.models import Order
from dispatch.orders.reporting import Report, SubscriberGiven, report
from grids.models import ServiceArea
from kit.actor import SYSTEM
from kit.db import Database
from tests.dispatch.orders.conftest import HERE, build_world

PHONE = "13800000001"


@dataclass
class Outbox:
    """A committed area with one order, and hands to work with its notices."""

    database: Database
    area_id: UUID
    order_id: UUID
    anna: UUID

    async def channel(self, kind: str = "sms", **given: Any) -> UUID:
        """Add a channel."""
        async with self.database.transaction() as session:
            row = NoticeChannel(
                area_id=self.area_id, position=given.pop("position", 0), kind=kind, name=given.pop("name", kind),
                secrets=given.pop("secrets", {}), kinds=given.pop("kinds", []), config=given,
            )  # fmt: skip
            session.add(row)
            await session.flush()
            return row.id

    async def tell(self, kind: str = "done", cause: str = "1", **given: Any) -> UUID | None:
        """Write a notice about the order."""
        async with self.database.transaction() as session:
            area = await session.get_one(ServiceArea, self.area_id)
            given.setdefault("values", {"number": "1", "technician": "Anna", "finishCode": "123456"})
            told = Told(kind, cause, order_id=given.pop("order_id", self.order_id),
                        phone=given.pop("phone", PHONE), **given)  # fmt: skip
            return await write(session, area, told, area.clock.now())

    async def send(self) -> int:
        """What a worker does."""
        return await send_area(self.database, self.area_id)

    async def wait(self, **duration: float) -> datetime:
        """Let time pass in the area."""
        async with self.database.transaction() as session:
            area = await session.get_one(ServiceArea, self.area_id)
            assert area.clock_area_anchor is not None
            area.clock_area_anchor += timedelta(**duration)
            return area.clock.now()

    async def set(self, moment: datetime) -> None:
        """Set the area's clock."""
        async with self.database.transaction() as session:
            (await session.get_one(ServiceArea, self.area_id)).clock_area_anchor = moment

    async def notices(self) -> list[Notice]:
        """All notices but the one of the report, oldest first."""
        async with self.database.transaction() as session:
            query = select(Notice).where(Notice.kind != "received").order_by(Notice.id)
            return list((await session.scalars(query)).all())

    async def states(self) -> list[str]:
        """Where they stand."""
        return [row.status.value for row in await self.notices()]


@pytest.fixture
async def outbox(database: Database) -> Outbox:
    async with database.transaction() as session:
        world = await build_world(session)
        given = Report(fault_type="no_service", point=HERE, subscriber=SubscriberGiven("Li Wei", (PHONE,)))
        order: Order = await report(session, SYSTEM, world.area, given)
        await session.execute(Notice.__table__.delete())  # type: ignore[attr-defined]
        return Outbox(database, world.area.id, order.id, world.anna.id)
