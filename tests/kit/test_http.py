"""What every address shares: a repeat is answered as the first time, and no answer promises what was not kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import Controller, Litestar, post
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from kit.actor import Actor, Role, Scope
from kit.db import Database
from kit.errors import Invalid
from kit.http.idempotency import IdempotencyKey
from kit.http.requests import EXCEPTION_HANDLERS, Authentication, Transactions, provide_session
from tests.journeys.people import REPORT, Settled, settle
from tests.site import ok, refused, running

both_have_one = asyncio.Barrier(2)


class Till(Controller):
    """A room of one table, for what no real room does on purpose."""

    path = "/till"

    @post("/coins")
    async def put(self, session: AsyncSession, data: dict[str, Any]) -> dict[str, Any]:
        """One coin more."""
        await session.execute(text("INSERT INTO coins (value) VALUES (:value)"), {"value": data["value"]})
        count = (await session.execute(text("SELECT count(*) FROM coins"))).scalar_one()
        if data.get("then") == "refuse":
            raise Invalid("blob.not_found", field="value", sha="a coin")
        return {"coins": count}

    @post("/deadlocks")
    async def meet(self, session: AsyncSession, data: dict[str, Any]) -> None:
        """Take two rows, one after the other; the second one when the other request has its first one too."""
        for row in data["rows"]:
            await session.execute(text("UPDATE coins SET value = value WHERE value = :row"), {"row": row})
            if row == data["rows"][0]:
                await both_have_one.wait()


@pytest.fixture
async def till(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with database.transaction() as session:
        await session.execute(
            text("CREATE TABLE coins (value int, CONSTRAINT once UNIQUE (value) DEFERRABLE INITIALLY DEFERRED)")
        )
    somebody = Actor(uuid4(), "somebody", Role.AGENT, Scope())

    async def authenticate(_session: AsyncSession, bearer: str | None, _cookie: str | None) -> Any:
        return (somebody, None) if bearer else None

    app = Litestar(
        [Till], dependencies={"session": Provide(provide_session)}, exception_handlers=EXCEPTION_HANDLERS,
        middleware=[DefineMiddleware(Authentication)], plugins=[Transactions()],
    )  # fmt: skip
    app.state.database, app.state.authenticate = database, authenticate
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": "Bearer x"}
    async with httpx.AsyncClient(transport=transport, base_url="http://till", headers=headers) as client:
        yield client


async def coins(database: Database) -> int:
    async with database.transaction() as session:
        return int((await session.execute(text("SELECT count(*) FROM coins"))).scalar_one())


async def test_a_commit_that_fails_is_an_error_answer(till: httpx.AsyncClient, database: Database):
    assert ok(await till.post("/till/coins", json={"value": 1}), 201)["coins"] == 1
    refused(await till.post("/till/coins", json={"value": 1}), 409, "conflict.constraint")
    assert await coins(database) == 1


async def test_a_key_of_a_failed_commit_may_be_used_again(till: httpx.AsyncClient, database: Database):
    ok(await till.post("/till/coins", json={"value": 1}), 201)
    for status in (409, 409):
        answer = await till.post("/till/coins", json={"value": 1}, headers={"Idempotency-Key": "a"})
        assert answer.status_code == status
    async with database.transaction() as session:
        assert (await session.execute(select(IdempotencyKey))).first() is None
    refusal = {"value": 2, "then": "refuse"}
    refused(await till.post("/till/coins", json=refusal, headers={"Idempotency-Key": "b"}), 422, "blob.not_found")
    assert await coins(database) == 1


async def test_the_answer_is_kept_in_the_transaction_of_what_was_done(till: httpx.AsyncClient, database: Database):
    ok(await till.post("/till/coins", json={"value": 1}, headers={"Idempotency-Key": "a"}), 201)
    async with database.transaction() as session:
        kept = (
            await session.execute(text("SELECT k.xmin::text = c.xmin::text, k.status FROM idempotency_keys k, coins c"))
        ).one()
    assert tuple(kept) == (True, 201)


async def test_a_request_that_arrives_while_its_twin_is_still_at_work_gets_its_answer(
    till: httpx.AsyncClient, database: Database
):
    send = [till.post("/till/coins", json={"value": 7}, headers={"Idempotency-Key": "a"}) for _ in range(5)]
    answers = await asyncio.gather(*send)
    assert [ok(answer, 201)["coins"] for answer in answers] == [1] * 5
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 4
    assert await coins(database) == 1


async def test_a_deadlock_asks_to_send_the_request_again(till: httpx.AsyncClient):
    for value in (1, 2):
        ok(await till.post("/till/coins", json={"value": value}), 201)
    answers = await asyncio.gather(
        till.post("/till/deadlocks", json={"rows": [1, 2]}), till.post("/till/deadlocks", json={"rows": [2, 1]})
    )
    lost, won = sorted(answers, key=lambda answer: -answer.status_code)
    assert won.status_code == 201
    refused(lost, 409, "conflict.retry")


# -- the real program --------------------------------------------------------------------------------------------------


@pytest.fixture
async def settled(database: Database) -> Settled:
    return await settle(database)


async def test_a_report_sent_twice_is_one_order_and_both_answers_are_the_same(settled: Settled, database: Database):
    key = {"Idempotency-Key": str(uuid4())}
    agent, dispatcher = (settled.desk[role] for role in (Role.AGENT, Role.DISPATCHER))
    path = f"{settled.area}/orders"
    async with running(database) as web:
        first = await web.post(path, json=REPORT, headers=agent | key)
        again = await web.post(path, json=REPORT, headers=agent | key)
        assert first.headers.get("content-encoding") == "gzip"  # what is repeated is the answer, not its packing
        assert ok(again, 201) == ok(first, 201)
        assert again.headers["idempotency-replayed"] == "true"
        refused(
            await web.post(path, json=REPORT | {"description": "no light"}, headers=agent | key),
            409, "conflict.repeat",
        )  # fmt: skip
        ok(await web.post(path, json=REPORT, headers=dispatcher | key), 201)  # somebody else's key is their own
        orders = ok(await web.get(path, headers=dispatcher))["items"]
    assert len(orders) == 2
