"""Live updates: a table of changes, written in the transaction of the change, and a NOTIFY that wakes the listeners.

Transactions do not commit in the order of their ids, so "id greater than" would skip rows. Each row stores its
transaction number. A cursor moves only past transactions that are older than every running one, so no row can appear
behind it. A committed change is still sent at once, so a long transaction delays nobody; it may be sent twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
import structlog
from sqlalchemy import BigInteger, DateTime, Identity, Index, Text, Uuid, func, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, Database
from kit.errors import Malformed
from kit.postgres.url import libpq_url

CHANNEL = "grid_dispatch_feed"
log = structlog.get_logger()


class FeedEntry(Base):
    """One change: area, kind of thing (`topic`) and its key. It has no subscriber's data: pages fetch the thing."""

    __tablename__ = "feed"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    xid: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
    area_id: Mapped[UUID] = mapped_column(Uuid)
    topic: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    version: Mapped[int | None] = mapped_column(BigInteger)
    """The thing's own version after the change, where it has one: a page that holds it already need not fetch."""
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (Index("ix_feed_cursor", "area_id", "xid", "id"),)


_ANNOUNCE = text(
    "INSERT INTO feed (area_id, topic, key, version) VALUES (:area, :topic, :key, :version)"
    " RETURNING pg_notify(:channel, :woken)"
)
"""Both in one statement: every act of everybody announces."""
_ANNOUNCE_ALL = text(
    "INSERT INTO feed (area_id, topic, key, version) SELECT * FROM unnest(CAST(:areas AS uuid[]),"
    " CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:versions AS bigint[]))"
    " RETURNING pg_notify(:channel, CAST(area_id AS text))"
)
_TOGETHER = "announced_together"
"""Key of `session.info`: what waits for the end of `announcing`."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change as a page receives it. After an interruption the page sends `cursor` back."""

    id: int
    cursor: str
    settled: bool
    """Whether `cursor` is behind it. If not, an older transaction still runs, and the change is told again later."""
    area_id: UUID
    topic: str
    key: str
    version: int | None
    """The thing's version after the change; None where only fetching it tells."""


async def announce(
    session: AsyncSession, area_id: UUID, topic: str, key: object, *, version: int | None = None
) -> None:
    """Record that a thing changed and wake the listeners when (and only if) this transaction commits.

    `version` is the thing's own after the change. Leave it out where what changed is not part of the version.
    """
    waiting: list[tuple[UUID, str, str, int | None]] | None = session.info.get(_TOGETHER)
    if waiting is not None:
        waiting.append((area_id, topic, str(key), version))
        return
    entry = {"area": area_id, "topic": topic, "key": str(key), "version": version, "channel": CHANNEL}
    await session.execute(_ANNOUNCE, entry | {"woken": str(area_id)})


@asynccontextmanager
async def announcing(session: AsyncSession) -> AsyncIterator[None]:
    """What is announced within the block is written by one statement at its end; nothing of it where the block raises.

    Not around a savepoint: what was announced before one is undone would stay.
    """
    waiting: list[tuple[UUID, str, str, int | None]] = []
    session.info[_TOGETHER] = waiting
    try:
        yield
    finally:
        del session.info[_TOGETHER]
    if waiting:
        areas, topics, keys, versions = map(list, zip(*waiting, strict=True))
        given = {"areas": areas, "topics": topics, "keys": keys, "versions": versions}
        await session.execute(_ANNOUNCE_ALL, given | {"channel": CHANNEL})


async def newest_cursor(session: AsyncSession, area_id: UUID) -> str:
    """The cursor from which a page that has just loaded begins to watch."""
    row = (
        await session.execute(
            text(
                "SELECT xid, id FROM feed WHERE area_id = :area"
                " AND xid < (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint ORDER BY xid DESC, id DESC LIMIT 1"
            ),
            {"area": area_id},
        )
    ).first()
    return f"{row.xid}.{row.id}" if row else "0.0"


def read_cursor(cursor: str) -> tuple[int, int]:
    """The transaction and the entry of a cursor (`123.45`). Raises `Malformed` for one we did not give out."""
    xid, dot, last = cursor.partition(".")
    parts = (xid, last)
    if not dot or not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in parts):
        raise Malformed("malformed.cursor", field="cursor")
    return int(xid), int(last)


async def changes_since(
    session: AsyncSession, area_id: UUID, cursor: str, limit: int = 500, told: Collection[int] = ()
) -> list[Change]:
    """The committed changes after `cursor`, oldest first, without the unsettled ones that were `told` already.

    A cursor of another server (after a restore) begins anew. Raises `Malformed` for one we did not give out.
    """
    xid, last = read_cursor(cursor)
    rows = await session.execute(
        _SINCE,
        {"area": area_id, "xid": xid, "last": last, "limit": limit, "told": list(told)},
    )
    found: list[Change] = []
    for row in rows:
        if row.settled:
            cursor = f"{row.xid}.{row.id}"
        found.append(Change(row.id, cursor, row.settled, area_id, row.topic, row.key, row.version))
    return found


_SINCE = text(
    """
    WITH settled AS (SELECT (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint AS xmin),
    start AS (
        SELECT CASE WHEN CAST(:xid AS bigint) < xmin THEN CAST(:xid AS bigint) ELSE 0 END AS xid,
               CASE WHEN CAST(:xid AS bigint) < xmin THEN CAST(:last AS bigint) ELSE 0 END AS id
        FROM settled
    )
    SELECT f.xid, f.id, f.topic, f.key, f.version, f.xid < settled.xmin AS settled FROM feed f, settled, start
    WHERE f.area_id = :area AND (f.xid, f.id) > (start.xid, start.id)
      AND (f.xid < settled.xmin OR f.id <> ALL(CAST(:told AS bigint[])))
    ORDER BY f.xid, f.id LIMIT :limit
    """
)


class Listener:
    """One LISTEN per process, which reconnects; it wakes whoever waits for an area."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._waiting: dict[UUID, set[asyncio.Event]] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin listening in the background."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop listening."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def watch(self, area_id: UUID, cursor: str, *, idle_seconds: float = 15) -> AsyncIterator[Change | None]:
        """Every change of an area after `cursor`. Yields None after `idle_seconds` without a change."""
        woken = asyncio.Event()
        told: set[int] = set()
        self._waiting.setdefault(area_id, set()).add(woken)
        try:
            while True:
                woken.clear()
                async with self.database.transaction() as session:
                    changes = await changes_since(session, area_id, cursor, told=told)
                for change in changes:
                    cursor = change.cursor
                    if change.id not in told:
                        yield change
                told.difference_update(change.id for change in changes if change.settled)
                told.update(change.id for change in changes if not change.settled)
                if changes:
                    continue
                try:
                    await asyncio.wait_for(woken.wait(), idle_seconds)
                except TimeoutError:
                    yield None
        finally:
            self._waiting[area_id].discard(woken)

    async def _run(self) -> None:
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(libpq_url(self.database.url), autocommit=True)
                async with connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self._wake_all()
                    async for notification in connection.notifies():
                        for event in self._waiting.get(UUID(notification.payload), ()):
                            event.set()
            except (psycopg.Error, OSError) as error:
                log.warning("live.listener_lost", error=type(error).__name__)
                await asyncio.sleep(1)

    def _wake_all(self) -> None:
        for events in self._waiting.values():
            for event in events:
                event.set()
