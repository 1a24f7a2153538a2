"""Pulls of the whole program: answered together, from what is kept, and never to whom they are not for."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import brotli
import httpx
import msgspec
import pytest
from sqlalchemy import event, select, text

from dispatch.accounts.models import AccessToken, Unmasking
from dispatch.orders.models import Order
from dispatch.orders.rules import acts
from kit.actor import Role
from kit.clock import real_now
from kit.db import libpq_url
from kit.settings import Settings
from mobile_api.day.keeping import write_out_old
from mobile_api.day.pulls import _WHO, Pulls
from mobile_api.day.snapshots import accepted, merge_patch, tags
from tests.dispatch.planning.town import Town, later
from tests.site import bearer, running

ROUTE = "/api/mobile/route"


@dataclass
class Anna:
    """Her phone before the whole program."""

    client: Any
    headers: dict[str, str]
    statements: list[str]

    async def pull(self, etag: str | None = None, **more: str) -> httpx.Response:
        extra = {} if etag is None else {"If-None-Match": etag}
        answer: httpx.Response = await self.client.get(ROUTE, headers=self.headers | extra | more)
        return answer


@pytest.fixture
async def anna(town: Town) -> AsyncIterator[Anna]:
    headers = await bearer(town.database, "anna", Role.TECHNICIAN, area_ids=[town.area_id], technician_id=town.anna)
    counted: list[str] = []
    async with running(town.database) as client:
        engine = town.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", lambda *given: counted.append(given[2]))
        yield Anna(client, headers, counted)


async def test_an_unchanged_route_is_answered_without_the_program(anna: Anna, town: Town, order: Order):
    first = await anna.pull()
    assert first.status_code == 200
    anna.statements.clear()
    again = await anna.pull(first.headers["etag"])
    assert (again.status_code, again.content, anna.statements) == (304, b"", [])
    whole = await anna.pull()
    assert (whole.status_code, whole.json(), anna.statements) == (200, first.json(), [])
    async with town.database.transaction() as session:
        shown = (await session.execute(select(Unmasking.order_id))).scalars().all()
    assert shown == [order.id, order.id]  # two answers with names in them, and a 304 without


async def test_a_change_is_in_the_next_answer_and_only_an_act_of_others_is_told(anna: Anna, town: Town, order: Order):
    first = await anna.pull()
    await town.do(town.technician(town.anna), order, acts.Accept())
    second = await anna.pull(first.headers["etag"])
    assert second.status_code == 200
    assert second.json()["waiting"][0]["status"] == "accepted"
    assert second.json()["changes"] == []
    await town.do(town.dispatcher, order, acts.Cancel(reason="subscriber_wish"))
    third = await anna.pull(second.headers["etag"])
    assert [(one["kind"], one["number"]) for one in third.json()["changes"]] == [("cancelled", order.number)]
    assert third.json()["waiting"] == []


async def test_the_worker_writes_a_route_out_before_its_phone_asks(anna: Anna, town: Town, order: Order):
    first = await anna.pull()
    await town.do(town.technician(town.anna), order, acts.Accept())
    assert await write_out_old(town.database) == 1
    assert await write_out_old(town.database) == 0
    anna.statements.clear()
    second = await anna.pull(first.headers["etag"])
    assert (second.status_code, anna.statements) == (200, [])


async def test_many_pulls_at_once_cost_few_statements_and_each_gets_its_own(anna: Anna, town: Town, order: Order):
    bert = await bearer(town.database, "bert", Role.TECHNICIAN, area_ids=[town.area_id], technician_id=town.bert)
    await asyncio.gather(anna.pull(), anna.client.get(ROUTE, headers=bert))
    answers = await asyncio.gather(
        *(anna.client.get(ROUTE, headers=anna.headers if number % 2 else bert) for number in range(100))
    )
    names = [answer.json()["technicianName"] for answer in answers]
    assert names == [names[number % 2] for number in range(100)]
    assert len(set(names)) == 2


async def test_a_pull_that_comes_in_the_moment_the_last_one_is_answered_is_answered_too(
    anna: Anna, town: Town, order: Order
):
    """Nothing happens between the two, and no other pull comes that would wake the next statement."""
    await anna.pull()
    sent: list[Any] = []
    headers = [(name.lower().encode(), value.encode()) for name, value in anna.headers.items()]
    scope: Any = {"type": "http", "path": ROUTE, "method": "GET", "headers": headers}

    async def said(message: Any) -> None:
        sent.append(message)

    async def long_way(_scope: Any, _receive: Any, _send: Any) -> None:
        raise AssertionError("a plain pull of a kept route needs no program")

    pulls = Pulls(long_way, Settings())
    await pulls.open(town.database)
    try:
        async with asyncio.timeout(20):
            for _ in range(3):
                await pulls(scope, said, said)  # type: ignore[arg-type]
    finally:
        await pulls.close()
    assert [message["status"] for message in sent if "status" in message] == [200, 200, 200]


async def test_a_token_that_was_revoked_a_moment_ago_opens_nothing(anna: Anna, town: Town, order: Order):
    assert (await anna.pull()).status_code == 200
    async with town.database.transaction() as session:
        (await session.execute(select(AccessToken))).scalars().one().revoked_at = real_now()
    refused = await anna.pull()
    assert (refused.status_code, refused.headers["grid-dispatch-answer"]) == (401, "problem")
    assert (await anna.client.get(ROUTE)).status_code == 401


@pytest.mark.parametrize(("coding", "undo"), [("br", brotli.decompress), ("gzip", gzip.decompress), ("", bytes)])
async def test_each_phone_gets_the_coding_it_knows(anna: Anna, order: Order, coding: str, undo: Any):
    await anna.pull()
    request = anna.client.build_request("GET", ROUTE, headers=anna.headers | {"Accept-Encoding": coding or "identity"})
    answer = await anna.client.send(request, stream=True)
    raw = b"".join([piece async for piece in answer.aiter_raw()])
    assert answer.headers.get("content-encoding", "") == coding
    assert msgspec.json.decode(undo(raw))["waiting"][0]["orderId"] == str(order.id)


async def test_a_delta_turns_the_last_answer_into_the_present_one(anna: Anna, town: Town, order: Order):
    first = await anna.pull()
    await town.do(town.technician(town.anna), order, acts.Accept())
    patch = await anna.pull(first.headers["etag"], **{"A-IM": "merge-patch"})
    assert (patch.status_code, patch.headers["im"]) == (226, "merge-patch")
    whole = await anna.pull()
    assert patched(first.json(), patch.json()) == whole.json()
    assert len(patch.content) < len(whole.content) / 2


def patched(target: Any, patch: Any) -> Any:
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = patched(result.get(key), value)
    return result


def test_a_patch_replaces_lists_and_removes_what_is_gone() -> None:
    before = {"a": [1], "b": {"c": 1, "d": 2}, "e": 1}
    after = {"a": [1, 2], "b": {"c": 1}, "f": 2}
    assert merge_patch(before, after) == {"a": [1, 2], "b": {"d": None}, "e": None, "f": 2}
    assert patched(before, merge_patch(before, after)) == after


def test_tags_survive_what_a_proxy_does_to_them() -> None:
    assert tags('W/"abc-gzip", "def-br","ghi"') == {"abc", "def", "ghi"}
    assert accepted("gzip;q=0, br;q=1.0, *") == {"br", "*"}


async def test_the_day_ends_and_the_route_is_another_one(anna: Anna, town: Town, order: Order):
    first = await anna.pull()
    await town.set_clock(later(hours=24))
    second = await anna.pull(first.headers["etag"])
    assert second.json()["date"] == "2022-09-28"
    assert second.json()["changes"] == []


async def test_the_statement_of_a_pull_reads_by_indexes_alone(anna: Anna, town: Town, order: Order):
    import psycopg

    await anna.pull()
    with psycopg.connect(libpq_url(town.database.url), autocommit=True) as connection:
        connection.execute("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off")
        values = {"hashes": ["x"], "tokens": [True], "etags": [""], "now": real_now()}
        plan = "\n".join(str(row[0]) for row in connection.execute(("EXPLAIN " + _WHO).encode(), values))
        kept = connection.execute(_WHO.encode(), values, prepare=True).fetchall()
    assert kept == []
    assert "Seq Scan" not in plan, plan
    assert "pk_route_snapshots" in plan


async def test_more_phones_than_can_be_worked_on_are_told_to_come_again() -> None:
    release, both = asyncio.Event(), asyncio.Event()

    async def slow(_scope: Any, _receive: Any, send: Any) -> None:
        if program._busy == 2:
            both.set()
        await release.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    program: Any = Pulls(slow, Settings(phones_at_once=2))
    transport = httpx.ASGITransport(app=program)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver.local") as client:
        held = [asyncio.create_task(client.post("/api/mobile/sync")) for _ in range(2)]
        await both.wait()
        refused = await client.post("/api/mobile/sync")
        release.set()
        taken = await asyncio.gather(*held)
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable.busy")
    assert 2 <= int(refused.headers["retry-after"]) <= 15
    assert [answer.status_code for answer in taken] == [200, 200]
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver.local") as client:
        assert (await client.post("/api/mobile/sync")).status_code == 200


async def test_what_makes_a_route_old_is_told_with_the_change_and_only_then(town: Town, order: Order):
    async def old() -> set[Any]:
        async with town.database.transaction() as session:
            return set((await session.execute(text("SELECT technician_id FROM route_stale"))).scalars())

    async with town.database.transaction() as session:
        await session.execute(text("DELETE FROM route_stale"))
    async with town.database.transaction() as session:
        await session.execute(text("UPDATE technicians SET name = 'Anna B.' WHERE id = :id"), {"id": town.anna})
        await session.rollback()
    assert await old() == set()
    await town.do(town.dispatcher, order, acts.Reassign(technician_id=town.bert, why="dispatcher"))
    assert await old() == {town.anna, town.bert}
    async with town.database.transaction() as session:
        await session.execute(text("UPDATE fault_types SET en = 'Nothing works' WHERE code = 'no_service'"))
    assert await old() == {town.anna, town.bert, town.carl, town.dana}
