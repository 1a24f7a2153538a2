"""Live streams: few for each account, and none that outlives the right to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest

from dispatch.accounts import service
from dispatch.accounts.models import Account
from dispatch.live import controllers
from grids.models import ServiceArea
from grids.service import create_area
from kit.actor import Role
from kit.db import Database
from kit.errors import TooMany
from kit.http.streams import Streams
from kit.live import announce
from tests.site import Client, bearer, listen, refused, running


def test_one_account_holds_so_many_streams_and_gets_its_places_back():
    seconds = [0.0]
    streams = Streams(2, clock=lambda: seconds[0])
    ann, bob = uuid4(), uuid4()
    first, _ = streams.take(ann), streams.take(ann)
    with pytest.raises(TooMany):
        streams.take(ann)
    streams.take(bob)
    streams.give_back(ann, first)
    third = streams.take(ann)
    seconds[0] = 50.0
    streams.beat(third)
    seconds[0] = 70.0  # the second one never gave a sign of life: its client left before it began
    streams.take(ann)
    with pytest.raises(TooMany):
        streams.take(ann)


@pytest.fixture
async def area(database: Database) -> ServiceArea:
    async with database.transaction() as session:
        return await create_area(session, "a", "A", "UTC")


@pytest.fixture
async def site(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    monkeypatch.setattr(controllers, "HEARTBEAT_SECONDS", 0.3)
    async with running(database) as client:
        yield client


async def until(come: Callable[[], bool]) -> None:
    """Wait for something to come, half a minute at most."""
    for _ in range(600):
        if come():
            return
        await asyncio.sleep(0.05)
    pytest.fail("it never came")


async def test_a_stream_ends_when_its_reader_may_not_read_any_more(site: Client, database: Database, area: ServiceArea):
    async def disable(account: Account) -> None:
        async with database.transaction() as session:
            await service.disable(session, await session.get_one(Account, account.id))

    async def move_away(account: Account) -> None:
        async with database.transaction() as session:
            (await session.get_one(Account, account.id)).area_ids = []

    async def send_to_the_field(account: Account) -> None:
        async with database.transaction() as session:
            (await session.get_one(Account, account.id)).role = Role.TECHNICIAN

    path = f"/api/areas/{area.id}/changes"
    for number, lose in enumerate((disable, move_away, send_to_the_field)):
        headers = await bearer(database, f"ann{number}", Role.OBSERVER, area_ids=[area.id])
        async with database.transaction() as session:
            account = await service.repository.by_login(session, f"ann{number}")
            assert account is not None
        heard: list[str] = []
        reading = asyncio.create_task(listen(site, path, headers, heard))
        await until(lambda: ": still here" in heard)  # noqa: B023 - asked within the same turn
        assert heard[0] == "no no-store"
        await lose(account)
        busy = asyncio.create_task(keep_busy(database, area))  # changes are no way round the question
        assert await asyncio.wait_for(reading, 20) == 200
        busy.cancel()
        after = await listen(site, path, headers, [])
        assert after in (401, 403, 404)


async def keep_busy(database: Database, area: ServiceArea) -> None:
    while True:
        async with database.transaction() as session:
            await announce(session, area.id, "order", uuid4())
        await asyncio.sleep(0.05)


async def test_one_stream_too_many_is_refused_and_somebody_elses_is_not(
    site: Client, database: Database, area: ServiceArea
):
    path = f"/api/areas/{area.id}/changes"
    ann = await bearer(database, "ann", Role.OBSERVER, area_ids=[area.id])
    bob = await bearer(database, "bob", Role.OBSERVER, area_ids=[area.id])
    site.app.state.streams.limit = 2
    heard: list[list[str]] = [[], [], []]
    tasks: list[asyncio.Task[Any]] = [asyncio.create_task(listen(site, path, ann, heard[n])) for n in (0, 1)]
    await until(lambda: all(heard[:2]))
    answer = refused(await site.get(path, headers=ann), 429, "live.too_many")
    assert "2" in answer["detail"]
    tasks.append(asyncio.create_task(listen(site, path, bob, heard[2])))
    await until(lambda: bool(heard[2]))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
