"""The database: the base class of all tables, the map of types, and the only code that commits."""

from __future__ import annotations

import enum
import select
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from sqlalchemy import BigInteger, Date, DateTime, Enum, MetaData, Text, Uuid, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from kit.ids import uuid7
from kit.postgres.url import driver_url as driver_url
from kit.postgres.url import libpq_url as libpq_url

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


WAIT_SECONDS = 5
"""How long a request waits for a connection before it is told to come again; in a storm a longer queue helps nobody."""


class Base(DeclarativeBase):
    """The base of all tables. Enums are stored as text with a check, times as timestamptz, dicts and lists as jsonb."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as is
        UUID: Uuid(),
        str: Text(),
        datetime: DateTime(timezone=True),
        date: Date(),
        int: BigInteger(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
        list[str]: JSONB(),
        enum.Enum: Enum(
            enum.Enum,
            native_enum=False,
            length=40,
            create_constraint=True,
            values_callable=lambda cls: [str(member.value) for member in cls],
        ),
    }


class HasId:
    """A table whose key is a UUIDv7 that the program makes."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)


class Database:
    """One PostgreSQL, with its pool. Only this class commits: see `transaction()` and `single_statements()`."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = driver_url(url)
        self.engine: AsyncEngine = create_async_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=10,
            pool_recycle=1800,
            pool_timeout=WAIT_SECONDS,
            json_deserializer=msgspec.json.decode,
            hide_parameters=True,  # an error's text goes to the log, a subscriber's name does not
        )
        event.listen(self.engine.sync_engine, "checkout", _refuse_a_dead_connection)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False, autoflush=True)
        self._single = async_sessionmaker(
            self.engine.execution_options(isolation_level="AUTOCOMMIT"), expire_on_commit=False, autoflush=True
        )

    def session(self, **info: Any) -> AsyncSession:
        """A session for `transaction`. It takes a connection when it is first used; `info` is kept on it."""
        return self._sessions(info=info)

    @asynccontextmanager
    async def transaction(self, opened: AsyncSession | None = None) -> AsyncIterator[AsyncSession]:
        """An open session: committed when the block ends, rolled back when it raises, and closed."""
        async with opened or self._sessions() as session:
            try:
                yield session
            except BaseException:
                await _roll_back(session)
                raise
            await session.commit()

    @asynccontextmanager
    async def single_statements(self) -> AsyncIterator[AsyncSession]:
        """A session without a transaction: every statement is kept by itself, and nothing is sent around it.

        For one short question. What must be kept together needs `transaction()`.
        """
        async with self._single() as session:
            yield session
            await session.commit()  # writes what was changed on objects; the statements are kept already

    async def dispose(self) -> None:
        """Close every pooled connection."""
        await self.engine.dispose()


async def _roll_back(session: AsyncSession) -> None:
    """Undo what a session did. A connection that is gone has undone it by itself; the caller's own error is told."""
    try:
        await session.rollback()
    except DBAPIError:
        await session.invalidate()


def _refuse_a_dead_connection(connection: Any, _record: Any, _proxy: Any) -> None:
    """Let the pool open another connection in place of one that the server has closed.

    A server that stops says so on every open connection: there is something to read although nothing was asked. To look
    costs no round trip, which a ping would before every transaction.
    """
    poll = select.poll()
    poll.register(connection.driver_connection.fileno(), select.POLLIN | select.POLLHUP)
    if poll.poll(0):
        raise DisconnectionError("the server has closed this connection")


async def raw_connection(session: AsyncSession) -> psycopg.AsyncConnection[Any]:
    """The psycopg connection under a session, in the session's own transaction (for COPY, jobs, NOTIFY)."""
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    assert isinstance(driver, psycopg.AsyncConnection)  # noqa: S101 - tells mypy and us which driver is configured
    return driver
