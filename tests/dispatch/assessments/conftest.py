"""A month told act by act: the world of the orders' tests, and whole orders in one line each."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from dispatch.callbacks.models import Reached, Satisfaction
from dispatch.callbacks.service import Answer, record_attempt
from dispatch.orders.models import Order
from dispatch.orders.rules import acts
from dispatch.technicians.models import Technician
from kit.actor import SYSTEM
from tests.dispatch.orders.conftest import HERE, World, build_world


@pytest.fixture
async def world(session) -> World:
    return await build_world(session)


def complete() -> acts.Complete:
    return acts.Complete(cause="no_service", action="repaired", photo_ids=[uuid4()], signature_photo_id=uuid4())


async def repair(
    world: World,
    start: datetime,
    who: Technician,
    *,
    accept: int = 10,
    contact: int = 30,
    arrive: int = 60,
    done: int = 120,
    say: str | None = "satisfied",
    window: tuple[int, int] | None = None,
) -> Order:
    """One repair: minutes after its report (and dispatch) at which each act happens; the callback an hour after."""
    world.set(start)
    order = await world.report(subscriber=None)
    await world.do(SYSTEM, order, acts.Dispatch(technician_id=who.id, why="a_technician"))
    await work(world, order, start, who, accept=accept, contact=contact, arrive=arrive, done=done, window=window)
    if say is not None:
        world.set(start + timedelta(minutes=done + 60))
        await call(world, order, say)
    return order


async def work(
    world: World,
    order: Order,
    start: datetime,
    who: Technician,
    *,
    accept: int,
    contact: int,
    arrive: int,
    done: int,
    window: tuple[int, int] | None = None,
) -> None:
    """From acceptance to completion."""
    ends = [start + timedelta(minutes=minute) for minute in window] if window else [None, None]
    steps: list[tuple[int, acts.ActBase]] = [
        (accept, acts.Accept()),
        (contact, acts.Contact(window_start=ends[0], window_end=ends[1])),
        (arrive - 15, acts.Depart()),
        (arrive, acts.Arrive()),
        (done, complete()),
    ]
    for minute, act in steps:
        world.set(start + timedelta(minutes=minute))
        await world.do(world.technician(who), order, act, point=HERE)


async def call(world: World, order: Order, say: str) -> None:
    """The subscriber's answer, or `silence`."""
    if say == "silence":
        answer = Answer(Reached.NO_ANSWER)
    elif say in ("satisfied", "very_satisfied"):
        answer = Answer(Reached.ANSWERED, True, Satisfaction(say))
    else:
        answer = Answer(Reached.ANSWERED, True, Satisfaction.DISSATISFIED, [say])
    await record_attempt(world.session, world.agent, order.id, answer)
