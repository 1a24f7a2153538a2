"""The day that the demo opens is a good operator's: little is at risk, a few are late, not all is due at noon."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from dispatch.callbacks.repository import queue as callback_queue
from dispatch.demo.load import BUSY, CALM
from dispatch.demo.making import pause_demo
from dispatch.demo.town import CODE
from dispatch.orders.lists.queues import QUEUES
from dispatch.orders.models import OPEN, Kind, Order, Origin, Status
from dispatch.planning.models import Plan, PlanStatus, PlanStop, PlanUnplanned
from dispatch.policies.service import policy_at
from dispatch.simulation.callers import BY_WEEKDAY, draw_moments, draw_next
from grids.service import area_by_code, set_clock
from kit.actor import SYSTEM
from kit.db import Database

ZONE = ZoneInfo("Asia/Shanghai")
pytestmark = pytest.mark.slow


async def _counts(demo: Database) -> dict[str, Any]:
    async with demo.transaction() as session:
        area = await area_by_code(session, CODE)
        now = area.clock.now()
        limits = (await policy_at(session, area.id, now)).limits
        here = (Order.area_id == area.id, Order.reported_at <= now, Order.origin != Origin.HISTORY)
        found: dict[str, Any] = {
            name: await session.scalar(select(func.count()).select_from(Order).where(*here, asked(now, limits)))
            for name, asked in QUEUES.items()
        }
        orders = list((await session.execute(select(Order).where(*here))).scalars())
        found |= {
            "orders": orders,
            "now": now,
            "statuses": Counter(order.status for order in orders),
            "working": [one for one in orders if one.status in OPEN and one.status != Status.COMPLETED],
            "callbacks": await callback_queue(session, SYSTEM, area.id, after=None, limit=500),
            "stops": await session.scalar(
                select(func.count()).select_from(PlanStop).join(Plan).where(Plan.status == PlanStatus.PUBLISHED)
            ),
            "unplanned": await session.scalar(
                select(func.count()).select_from(PlanUnplanned).join(Plan).where(Plan.status == PlanStatus.PUBLISHED)
            ),
        }
    return found


async def test_the_opened_day_is_a_good_operators(demo: Database):
    found = await _counts(demo)
    working, statuses = found["working"], found["statuses"]
    assert len(working) >= 60
    assert found["at_risk"] <= 0.2 * len(working)
    assert 1 <= found["late"] <= 0.08 * len(working) + 5, "a few, and those that nobody has placed yet"
    assert sum(1 for one in working if one.appointment_start is not None) >= 0.2 * len(working)
    assert {one.kind for one in working} >= {Kind.REPAIR, Kind.INSTALL, Kind.MOVE}
    assert 3 <= statuses[Status.SUSPENDED] <= 15
    assert statuses[Status.EN_ROUTE] + statuses[Status.ON_SITE] >= 15, "people are at work"
    assert statuses[Status.COMPLETED] + statuses[Status.CLOSED] >= 20, "and have been"
    due = Counter(one.due_at.astimezone(ZONE).replace(minute=0) for one in working if one.due_at)
    assert max(due.values()) <= 0.4 * sum(due.values()), "it does not all fall due at once"
    assert len(due) >= 6
    assert found["stops"] >= 60
    assert found["unplanned"] <= 0.1 * found["stops"]


async def test_one_outage_is_one_order_with_its_reports_merged_into_it(demo: Database):
    found = await _counts(demo)
    merged = [one for one in found["orders"] if one.status == Status.MERGED]
    assert len(merged) == CALM.outage - 1
    (parent,) = {one.merged_into_id for one in merged}
    (order,) = [one for one in found["orders"] if one.id == parent]
    assert order.fault_type == "building_device"
    assert {one.network_node for one in merged} == {order.network_node}
    assert order.owner_id is not None


async def test_nobody_waits_for_a_callback_that_is_long_late(demo: Database):
    found = await _counts(demo)
    assert found["callbacks"], "today's are being made"
    late = [order for order, _ in found["callbacks"] if order.callback_due_at and order.callback_due_at < found["now"]]
    assert late == []


async def test_what_is_stored_is_what_happened(demo: Database):
    from dispatch.orders.events.verify import verify

    async with demo.transaction() as session:
        area = await area_by_code(session, CODE)
        result = await verify(session, area.id)
    assert result.orders > 150
    assert result.mismatches == []


def test_calls_come_as_in_a_real_week():
    draw, monday = Random(7), datetime(2031, 3, 10, tzinfo=ZONE)
    moment, calls = monday, list[datetime]()
    while (moment := draw_next(draw, moment, CALM.a_day)) < monday + timedelta(days=28):
        calls.append(moment)
    a_day = len(calls) / 28
    assert 0.93 * CALM.a_day < a_day < 1.07 * CALM.a_day
    hours = Counter(call.hour for call in calls)
    assert hours[10] > 3 * hours[7] > 3 * hours[3]
    days = Counter(call.weekday() for call in calls)
    assert days[0] > days[6]
    assert sum(BY_WEEKDAY) == pytest.approx(7)
    some = draw_moments(draw, monday.replace(hour=6), monday.replace(hour=12), 400)
    assert some == sorted(some)
    assert all(6 <= moment.hour < 12 for moment in some)
    assert sum(1 for moment in some if moment.hour < 8) < 60


def test_at_the_weekend_less_is_promised_and_a_storm_is_one():
    few = CALM.for_people({one.id for one in ()})
    assert few.booked == few.morning == 0
    assert CALM.outage == few.outage
    assert BUSY.night > 5 * CALM.night


async def test_the_clock_stands_while_the_demo_is_stopped_and_has_not_gone_back(demo: Database):
    async with demo.transaction() as session:
        area = await area_by_code(session, CODE)
        await set_clock(session, area.id, area.clock.now(), 60.0)
        before = area.clock.now()
    await asyncio.to_thread(pause_demo, demo.url)
    async with demo.transaction() as session:
        area = await area_by_code(session, CODE)
        assert area.clock_speed == 0
        assert area.clock.now() >= before
