"""The queues in SQL, by the table of cases that the page is held to as well (`queue_cases.json`)."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from dispatch.orders.enums import Level, Origin, Status, VisitStatus
from dispatch.orders.lists.queues import QUEUES
from dispatch.orders.models import Order, Visit
from dispatch.orders.rules.waiting import waiting_on
from dispatch.policies.limits import Limits
from tests.dispatch.orders.conftest import World

TABLE = json.loads((Path(__file__).parent / "queue_cases.json").read_text(encoding="utf-8"))
NOW = datetime.fromisoformat(TABLE["now"])
LIMITS = Limits()


def instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


async def order_of(world: World, case: dict[str, Any]) -> Order:
    order, told, visit = await world.report(), case["order"], case["visit"]
    order.origin = Origin.HISTORY  # closed without an answer is history's alone
    order.status, order.level = Status(told["status"]), Level(told["level"])
    order.owner_id = world.anna.id if told["owner"] else None
    order.status_since, order.due_at = datetime.fromisoformat(told["statusSince"]), instant(told["dueAt"])
    order.callback_due_at = instant(told["callbackDueAt"])
    order.bounces, order.escalated_to_lead = told["bounces"], told["escalatedToLead"]
    order.closed_at = NOW if order.status is Status.CLOSED else None
    if visit:
        ended = instant(visit["endedAt"])
        world.session.add(
            Visit(
                order_id=order.id, technician_id=world.anna.id, planned_end=instant(visit["plannedEnd"]),
                status=VisitStatus.BROKEN_OFF if ended else VisitStatus.PLANNED, ended_at=ended,
            )
        )  # fmt: skip
    return order


async def test_an_order_is_in_the_queues_that_the_table_says(world: World):
    cases = {(await order_of(world, case)).id: case for case in TABLE["cases"]}
    await world.session.flush()
    assert list(QUEUES) == TABLE["queues"]
    found: dict[str, list[str]] = {case["name"]: [] for case in TABLE["cases"]}
    for name, condition in QUEUES.items():
        query = select(Order.id).where(Order.area_id == world.area.id, condition(NOW, LIMITS))
        for order_id in await world.session.scalars(query):
            found[cases[order_id]["name"]].append(name)
    assert found == {case["name"]: case["queues"] for case in TABLE["cases"]}


async def test_the_table_tells_the_page_the_due_time_that_the_server_tells(world: World):
    """The page takes a report's due time from `waitingOn`, where the server's SQL computes it."""
    reported = [case for case in TABLE["cases"] if case["order"]["status"] == "reported"]
    assert len(reported) > 3
    for case in reported:
        waits = waiting_on(await order_of(world, case), NOW, LIMITS)
        assert waits is not None
        assert waits.due == instant(case["order"]["waitingOn"]["due"]), case["name"]
