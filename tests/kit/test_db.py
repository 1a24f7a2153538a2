"""The pool and its two kinds of sessions."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from kit.db import Database


async def test_a_connection_that_the_server_closed_is_replaced_before_it_is_used(database: Database):
    async with database.transaction() as session:
        pid = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    other = Database(database.url)
    async with other.transaction() as session:
        await session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    await other.dispose()
    async with database.transaction() as session:
        assert (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one() != pid


async def test_a_statement_by_itself_is_kept_though_the_block_fails(database: Database):
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE coins (value int)"))
    with pytest.raises(LookupError):
        await _pay(database.single_statements(), 1)
    with pytest.raises(LookupError):
        await _pay(database.transaction(), 2)
    async with database.transaction() as session:
        assert (await session.execute(text("SELECT value FROM coins"))).scalars().all() == [1]


async def _pay(opened: AbstractAsyncContextManager[AsyncSession], value: int) -> None:
    async with opened as session:
        await session.execute(text("INSERT INTO coins VALUES (:value)"), {"value": value})
        raise LookupError
