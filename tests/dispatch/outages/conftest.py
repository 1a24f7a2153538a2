"""Reports around one node, as a small town makes them."""

from __future__ import annotations

from uuid import UUID

import pytest

from dispatch.orders.models import Order
from dispatch.orders.reporting import SubscriberGiven
from dispatch.outages.detection import look_at
from tests.dispatch.orders.conftest import HERE, World, build_world

__all__ = ["HERE", "World", "voice", "voices"]


@pytest.fixture
async def world(session) -> World:
    return await build_world(session)


async def voice(world: World, number: int, **given) -> Order:
    """One report of its own subscriber, looked at as the worker does."""
    given.setdefault("network_node", "OLT-7")
    given.setdefault("point", (HERE[0] + number * 0.0001, HERE[1]))
    given.setdefault("subscriber", SubscriberGiven(f"Voice {number}", (f"1380000{number:04d}",)))
    order = await world.report(**given)
    await look_at(world.session, world.area, [order.id])
    await world.session.refresh(order)
    return order


async def voices(world: World, count: int = 3, **given) -> list[Order]:
    return [await voice(world, number, **given) for number in range(1, count + 1)]


def ids(orders: list[Order]) -> set[UUID]:
    return {order.id for order in orders}
