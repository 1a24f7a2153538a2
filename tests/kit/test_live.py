"""The feed: whoever watches misses nothing, however late an older transaction commits."""

from __future__ import annotations

import asyncio
import contextlib
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession

from kit.db import Database, libpq_url
from kit.live import CHANNEL, Listener, announce, announcing, changes_since, newest_cursor
from tests.waiting import until

AREA = uuid4()


async def keys(database: Database, cursor: str, area: UUID = AREA, limit: int = 500) -> tuple[list[str], str]:
    """What a reader sees after a cursor, and the cursor it goes on from."""
    async with database.transaction() as session:
        found = await changes_since(session, area, cursor, limit)
    return [change.key for change in found], found[-1].cursor if found else cursor


async def all_settled(database: Database) -> bool:
    """Whether no older transaction runs, in whatever database of the server."""
    async with database.transaction() as session:
        return all(change.settled for change in await changes_since(session, AREA, "0.0"))


async def test_a_change_committed_late_by_an_older_transaction_is_not_skipped(database: Database):
    async with AsyncSession(database.engine) as slow:
        await announce(slow, AREA, "order", "older")
        async with database.transaction() as quick:
            await announce(quick, AREA, "order", "younger")
        async with database.transaction() as session:
            fresh = await newest_cursor(session, AREA)
        # The younger change is told at once, but the cursor stays before the older one, which nobody sees yet.
        seen, cursor = await keys(database, "0.0")
        assert (seen, cursor) == (["younger"], "0.0")
        await slow.commit()
    assert await keys(database, cursor) == (["older", "younger"], (await keys(database, fresh))[1])


async def test_a_row_written_late_by_a_transaction_that_began_early_is_not_skipped_either(database: Database):
    async with AsyncSession(database.engine) as slow:
        await slow.execute(text("SELECT pg_current_xact_id()"))
        async with database.transaction() as quick:
            await announce(quick, AREA, "order", "first written")
        await announce(slow, AREA, "order", "last written")
        assert await keys(database, "0.0") == (["first written"], "0.0")
        await slow.commit()
    seen, _ = await keys(database, "0.0")
    assert sorted(seen) == ["first written", "last written"]


async def test_one_long_transaction_makes_no_watcher_wait_and_nothing_is_told_twice_on_a_stream(database: Database):
    listener = Listener(database)
    await listener.start()
    seen: list[str] = []
    enough = asyncio.Event()

    async def watch() -> None:
        async for change in listener.watch(AREA, "0.0", idle_seconds=0.1):
            if change is not None:
                seen.append(change.key)
                if change.key == "last":
                    return
            if len(seen) == 2:
                enough.set()

    watching = asyncio.create_task(watch())
    async with AsyncSession(database.engine) as slow:
        await announce(slow, AREA, "order", "of the long one")
        for key in ("first", "second"):
            async with database.transaction() as quick:
                await announce(quick, AREA, "order", key)
        await asyncio.wait_for(enough.wait(), 20)
        await slow.commit()
    async with database.transaction() as session:
        await announce(session, AREA, "order", "last")
    await asyncio.wait_for(watching, 20)
    await listener.stop()
    assert seen == ["first", "second", "of the long one", "last"]


async def test_reading_page_by_page_sees_every_change_once_and_in_order(database: Database):
    expected = []
    for number in range(7):
        async with database.transaction() as session:
            for part in ("a", "b"):
                expected.append(f"{number}{part}")
                await announce(session, AREA, "order", expected[-1])
    await until(lambda: all_settled(database), "every older transaction of this server ends")
    seen: list[str] = []
    cursor = "0.0"
    while True:
        page, cursor = await keys(database, cursor, limit=3)
        if not page:
            break
        seen += page
    assert seen == expected
    async with database.transaction() as session:
        assert await newest_cursor(session, AREA) == cursor


async def test_a_transaction_that_is_rolled_back_announces_nothing(database: Database):
    async with AsyncSession(database.engine) as session:
        await announce(session, AREA, "order", "never")
        await session.rollback()
    assert await keys(database, "0.0") == ([], "0.0")


async def test_what_is_announced_together_is_one_statement_and_wakes_every_area(database: Database):
    counted: list[str] = []
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *given: counted.append(given[2]))
    other = uuid4()
    with psycopg.connect(libpq_url(database.url), autocommit=True) as listening:
        listening.execute(f"LISTEN {CHANNEL}")
        async with database.transaction() as session, announcing(session):
            for number in range(9):
                await announce(session, AREA, "order", f"{number}", version=number or None)
            await announce(session, other, "order", "elsewhere")
        woken = {one.payload for one in listening.notifies(timeout=20, stop_after=2)}
    assert (len(counted), woken) == (1, {str(AREA), str(other)})
    async with database.transaction() as session:
        found = await changes_since(session, AREA, "0.0")
    assert [(one.key, one.version) for one in found] == [(f"{n}", n or None) for n in range(9)]


async def test_a_block_of_announcements_that_raises_announces_nothing(database: Database):
    async with database.transaction() as session:
        with contextlib.suppress(ValueError):
            async with announcing(session):
                await announce(session, AREA, "order", "never")
                raise ValueError
        await announce(session, AREA, "order", "afterwards")
    assert (await keys(database, "0.0"))[0] == ["afterwards"]


async def test_another_areas_changes_are_not_seen(database: Database):
    async with database.transaction() as session:
        await announce(session, uuid4(), "order", "elsewhere")
    assert await keys(database, "0.0") == ([], "0.0")


async def test_a_change_says_the_version_of_what_changed_where_it_has_one(database: Database):
    async with database.transaction() as session:
        await announce(session, AREA, "order", "one", version=7)
        await announce(session, AREA, "route", "two")
    async with database.transaction() as session:
        found = await changes_since(session, AREA, "0.0")
    assert [(change.key, change.version) for change in found] == [("one", 7), ("two", None)]
