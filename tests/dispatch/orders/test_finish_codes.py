"""A finish code cannot be guessed: wrong ones are counted, over HTTP and from phones, though the act is refused."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from dispatch.notices.models import Notice
from dispatch.orders.models import FinishCodeTry
from dispatch.orders.reporting import Report, report
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from grids.models import ServiceArea
from kit.actor import SYSTEM, Actor, Role, Scope
from kit.db import Database
from mobile_api.schemas import PhoneActIn
from mobile_api.sync import sync
from tests.dispatch.orders.conftest import HERE
from tests.dispatch.orders.test_http import act

Shared = tuple[Database, UUID, UUID, UUID]


async def on_site(shared: Shared) -> tuple[str, Actor, str, str]:
    """An order at which Anna works, Anna, its finish code, and a wrong one."""
    database, area_id, anna, _ = shared
    phone = Actor(uuid4(), "Anna", Role.TECHNICIAN, Scope(areas=frozenset({area_id}), technician=anna))
    async with database.transaction() as session:
        area = await session.get_one(ServiceArea, area_id)
        order = await report(session, SYSTEM, area, Report(fault_type="no_service", point=HERE))
        await apply(session, SYSTEM, order.id, acts.Dispatch(technician_id=anna, why="a_technician"))
        for step in (acts.Accept(), acts.Depart(), acts.Arrive()):
            await apply(session, phone, order.id, step, point=HERE)
        message = (
            await session.scalars(select(Notice).where(Notice.order_id == order.id, Notice.kind == "dispatched"))
        ).one()
    code = str(message.params["finishCode"])
    return str(order.id), phone, code, "000000" if code != "000000" else "000001"


def completion(code: str) -> dict[str, Any]:
    photos = {"photoIds": [str(uuid4())], "cause": "no_service", "action": "new plug"}
    return {"type": "completed", "finishCode": code, **photos}


async def tries(database: Database) -> list[int]:
    async with database.transaction() as session:
        return list(await session.scalars(select(FinishCodeTry.tries)))


async def test_after_five_wrong_codes_the_right_one_is_not_taken_either(shared: Shared):
    order_id, phone, code, wrong = await on_site(shared)
    for _ in range(5):
        answer = await act(shared, phone, order_id, completion(wrong))
        assert (answer.status_code, answer.json()["code"]) == (422, "order.finish_code")
    assert await tries(shared[0]) == [5]
    answer = await act(shared, phone, order_id, completion(code))
    assert (answer.status_code, answer.json()["code"]) == (422, "order.finish_code_tries")
    assert "5 times" in answer.json()["detail"]
    signed = {**completion(code), "signaturePhotoId": str(uuid4())}
    assert (await act(shared, phone, order_id, signed)).status_code == 200


async def test_wrong_codes_from_a_phone_count_too_and_the_right_one_is_taken_while_there_are_tries(shared: Shared):
    order_id, phone, code, wrong = await on_site(shared)
    async with shared[0].transaction() as session:
        now = (await session.get_one(ServiceArea, shared[1])).clock.now()
    sent = [PhoneActIn(id=uuid4(), order_id=UUID(order_id), occurred_at=now, act=completion(wrong)) for _ in range(4)]
    answered = await sync(shared[0], phone, sent, now)
    assert [one.code for one in answered.answers] == ["order.finish_code"] * 4
    assert await tries(shared[0]) == [4]
    assert (await act(shared, phone, order_id, completion(code))).status_code == 200
