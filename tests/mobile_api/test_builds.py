"""What phones of three versions of the app send in the morning is taken by the newest server, as it was meant."""

from __future__ import annotations

import asyncio
from collections import Counter
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

import mobile_api.sync
from dispatch.orders.models import Order, OrderEvent, Status
from mobile_api.models import PhoneAct
from tests.dispatch.planning.town import WEST, Town, later

VISIT = ("accepted", "contacted", "departed", "arrived", "completed")
COMPLETED: dict[str, Any] = {"type": "completed", "cause": "no_service", "action": "repaired"}


def act_of(kind: str, more: dict[str, Any]) -> dict[str, Any]:
    if kind == "completed":
        return COMPLETED | {"photoIds": [str(uuid4())], "signaturePhotoId": str(uuid4())} | more
    return {"type": kind, "reached": True} if kind == "contacted" else {"type": kind}


def online_form(order: Order) -> dict[str, Any]:
    """The first page, an online form: no sequence, no clock of the phone, no number of its shape."""
    acts = [
        {"id": str(uuid4()), "orderId": str(order.id), "occurredAt": later(minutes=5 * at).isoformat(),
         "act": act_of(kind, {}), "point": list(WEST)}
        for at, kind in enumerate(VISIT)
    ]  # fmt: skip
    return {"acts": acts}


def first_outbox(order: Order) -> dict[str, Any]:
    """Build 1: acts made offline, with their sequence and what the phone's clock says; nothing of guides."""
    sent = online_form(order)
    for at, act in enumerate(sent["acts"]):
        act["sequence"] = at + 1
    return sent | {"phoneTime": later(hours=2).isoformat(), "build": 1}


def with_guides(order: Order) -> dict[str, Any]:
    """Build 2: completions hold readings and a checklist, and say that the subscriber was asked."""
    sent = first_outbox(order)
    sent["acts"][-1]["act"] |= {
        "readings": {"optical_power": -19.5},
        "checklist": ["tested", "tidy"],
        "subscriberAsked": True,
    }
    return sent | {"build": 2}


BUILDS = (online_form, first_outbox, with_guides)


@pytest.fixture(autouse=True)
async def afternoon(town: Town, order: Order) -> None:
    await town.set_clock(later(hours=2))


@pytest.mark.parametrize("build", BUILDS)
async def test_a_day_of_each_build_is_taken_by_the_newest_server(
    phone: SimpleNamespace, town: Town, order: Order, build: Any
):
    answer = await phone.anna.post("/api/mobile/sync", json=build(order))
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert [one["result"] for one in said["answers"]] == ["applied"] * len(VISIT), said
    assert said["update"] is False
    found = await town.order(order)
    assert (found.status, found.completed_at) == (Status.COMPLETED, later(minutes=20))
    async with town.database.transaction() as session:
        query = select(OrderEvent.type).where(OrderEvent.order_id == order.id, OrderEvent.client_id.is_not(None))
        assert tuple((await session.execute(query.order_by(OrderEvent.sequence))).scalars()) == VISIT


@pytest.mark.parametrize("build", BUILDS[:2])
async def test_an_app_that_is_too_old_is_told_to_update_after_its_acts_were_taken(
    phone: SimpleNamespace, town: Town, order: Order, build: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(mobile_api.sync, "OLDEST_BUILD", 2)
    said = (await phone.anna.post("/api/mobile/sync", json=build(order))).json()
    assert said["update"] is True
    assert {one["result"] for one in said["answers"]} == {"applied"}
    assert (await town.order(order)).status == Status.COMPLETED


async def test_twenty_requests_with_the_same_act_at_once_are_one_act_and_twenty_equal_answers(
    phone: SimpleNamespace, town: Town, order: Order
):
    sent = first_outbox(order)
    sent["acts"] = sent["acts"][:1]
    answers = await asyncio.gather(*(phone.anna.post("/api/mobile/sync", json=sent) for _ in range(20)))
    said = [answer.json()["answers"][0] for answer in answers]
    assert Counter(one["result"] for one in said) == {"applied": 1, "already": 19}
    assert len({(one["id"], one["order"]["status"], one["order"]["version"], one["code"]) for one in said}) == 1
    async with town.database.transaction() as session:
        (row,) = (await session.execute(select(PhoneAct).where(PhoneAct.order_id == order.id))).scalars()
        events = select(OrderEvent.id).where(OrderEvent.client_id == UUID(sent["acts"][0]["id"]))
        assert len((await session.execute(events)).all()) == 1
    assert row.result == "applied"
