"""The way of a route pull past everything that an unchanged day does not need.

Who asks and what they have is one statement: the sign-in (so that one which was ended a moment ago opens nothing), the
person, and their kept route. Pulls that come while a statement is under way are answered together by the next one, so a
thousand phones at eight o'clock cost a few statements. Whatever is not plain (an old route, nobody signed in, another
method) goes the long way through the program.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from litestar import Request
from litestar.types import ASGIApp, Receive, Scope, Send
from psycopg import AsyncConnection
from psycopg.errors import OperationalError
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from dispatch.accounts.passwords import digest
from kit.db import Database, libpq_url
from kit.errors import Unavailable
from kit.http.problems import on_problem
from kit.http.requests import SESSION_COOKIE
from kit.settings import Settings
from mobile_api.day.snapshots import FRESH, Kept, answer_to, tags

PATH = "/api/mobile/route"
MOST_TOGETHER = 200
"""Pulls of one statement."""
MOST_WAITING = 2000
NOTED_AFTER_SECONDS = 1.0
TOUCH_EVERY = timedelta(minutes=1)
"""How exactly the use of a sign-in is noted; the same as for every other request."""
log = structlog.get_logger()

_WHO = f"""
SELECT k.n, found.sign_in, found.account_id, found.used_at, s.etag, s.body_br, s.body_gz, s.previous_etag, s.delta_br,
       s.shown
FROM unnest(%(hashes)s::text[], %(tokens)s::bool[], %(etags)s::text[]) WITH ORDINALITY AS k(hash, token, etag, n)
JOIN LATERAL (
    SELECT b.id AS sign_in, b.account_id, b.used_at FROM browser_sessions b
    WHERE NOT k.token AND b.token_hash = k.hash AND b.expires_at > %(now)s AND b.wiped_at IS NULL
    UNION ALL
    SELECT t.id, t.account_id, t.used_at FROM access_tokens t
    WHERE k.token AND t.token_hash = k.hash AND t.expires_at > %(now)s AND t.revoked_at IS NULL
) AS found ON true
JOIN accounts a ON a.id = found.account_id AND a.status = 'active' AND a.role = 'technician'
JOIN LATERAL (
    SELECT s.etag, s.previous_etag, CASE WHEN s.etag = k.etag THEN NULL ELSE s.shown END AS shown,
           CASE WHEN s.etag = k.etag THEN NULL ELSE s.body_br END AS body_br,
           CASE WHEN s.etag = k.etag THEN NULL ELSE s.body_gz END AS body_gz,
           CASE WHEN s.previous_etag = k.etag THEN s.delta_br END AS delta_br
    FROM route_snapshots s WHERE s.technician_id = a.technician_id AND {FRESH}
) AS s ON true
"""  # noqa: S608 - our own text
_USED = """
UPDATE {table} AS u SET used_at = %(now)s {more} WHERE u.id = ANY(%(ids)s::uuid[])
"""
_SHOWN = """
INSERT INTO unmaskings (id, account_id, order_id)
SELECT gen_random_uuid(), x.account, x.orders
FROM unnest(%(accounts)s::uuid[], %(orders)s::uuid[]) AS x(account, orders)
"""


@dataclass(slots=True, eq=False)
class Pull:
    """One phone that asks."""

    hash: str
    token: bool
    if_none_match: str
    accept_delta: str
    encodings: str
    answer: asyncio.Future[Any]


class Pulls:
    """An ASGI application around the program: it answers plain pulls itself."""

    def __init__(self, inner: ASGIApp, settings: Settings) -> None:
        self._inner = inner
        self._settings = settings
        self._waiting: deque[Pull] = deque()
        self._draining: asyncio.Task[None] | None = None
        self._pool: AsyncConnectionPool | None = None
        self._used: dict[bool, set[UUID]] = {True: set(), False: set()}
        self._noting: asyncio.Task[None] | None = None
        self._busy = 0

    async def open(self, database: Database) -> None:
        """Connections of its own: a storm of pulls takes none from everybody else."""
        self._pool = AsyncConnectionPool(
            libpq_url(database.url), min_size=1, max_size=2, timeout=5, open=False, kwargs={"autocommit": True},
            name="pulls", configure=_by_indexes,
        )  # fmt: skip
        await self._pool.open()
        self._noting = asyncio.create_task(self._note_use())

    async def close(self) -> None:
        """Give the connections back."""
        if self._noting is not None:
            self._noting.cancel()
            await asyncio.gather(self._noting, return_exceptions=True)
            await self._write_use()
        if self._pool is not None:
            pool, self._pool = self._pool, None
            await pool.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a plain pull, or pass the request on; where too many phones ask at once, tell one to come again."""
        if str(scope["type"]) != "http" or not scope["path"].startswith("/api/mobile/"):
            await self._inner(scope, receive, send)
            return
        if self._too_many():
            await _refuse(scope, receive, send)
            return
        self._busy += 1
        try:
            await self._work(scope, receive, send)
        finally:
            self._busy -= 1

    def _too_many(self) -> bool:
        """Plain pulls that only wait for the next statement cost next to nothing, so many more of them may."""
        waiting = len(self._waiting)
        return self._busy - waiting >= self._settings.phones_at_once or waiting >= MOST_WAITING

    async def _work(self, scope: Scope, receive: Receive, send: Send) -> None:
        pull = self._plain(scope)
        if pull is not None:
            self._waiting.append(pull)
            self._wake()
            kept = await pull.answer
            if kept is not None:
                await _send(kept, pull, send)
                return
        await self._inner(scope, receive, send)

    def _plain(self, scope: Scope) -> Pull | None:
        """The pull, where the request is one that can be answered by what is kept."""
        if scope["path"] != PATH or scope.get("method") != "GET" or self._pool is None:
            return None
        found = {"if-none-match": "", "a-im": "", "accept-encoding": "", "authorization": "", "cookie": ""}
        for name, value in scope["headers"]:
            key = name.decode("latin-1").lower()
            if key in found:
                found[key] = value.decode("latin-1")
        bearer = found["authorization"]
        token = bearer[:7].lower() == "bearer "
        secret = bearer[7:].strip() if token else _cookie(found["cookie"])
        if not secret:
            return None
        answer = asyncio.get_running_loop().create_future()
        return Pull(digest(secret), token, found["if-none-match"], found["a-im"], found["accept-encoding"], answer)

    def _wake(self) -> None:
        """One statement is under way at a time; who comes meanwhile is in the next one."""
        if self._draining is None:
            self._draining = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        try:
            await self._answer_all()
        finally:
            self._draining = None  # in the same step as the last look: who comes now begins another one

    async def _answer_all(self) -> None:
        while self._waiting:
            asked = [self._waiting.popleft() for _ in range(min(MOST_TOGETHER, len(self._waiting)))]
            try:
                answers = await self._look(asked)
            except (OperationalError, PoolTimeout, OSError) as error:
                log.warning("pulls.database", error=type(error).__name__)
                answers = {}  # the long way says it properly
            except Exception as error:
                log.error("pulls.failed", exc_info=error)
                answers = {}
            for number, pull in enumerate(asked, start=1):
                if not pull.answer.done():
                    pull.answer.set_result(answers.get(number))

    async def _look(self, asked: list[Pull]) -> dict[int, Kept]:
        """What is kept for each, by its place in the list; whom they were shown is written down before."""
        assert self._pool is not None  # noqa: S101 - nothing waits before it is open
        now = datetime.now(UTC)
        values = {
            "hashes": [pull.hash for pull in asked],
            "tokens": [pull.token for pull in asked],
            "etags": [_first_tag(pull.if_none_match) for pull in asked],
            "now": now,
        }
        found: dict[int, Kept] = {}
        shown: list[tuple[UUID, UUID]] = []
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_WHO.encode(), values, prepare=True)
            for number, sign_in, account, used_at, etag, br, gz, previous, delta, orders in await cursor.fetchall():
                kept = Kept(etag, br, gz, previous, delta, orders or [])
                pull = asked[number - 1]
                if br is None and answer_to(kept, pull.if_none_match, None, None).status != 304:
                    continue
                found[number] = kept
                if used_at is None or now - used_at > TOUCH_EVERY:
                    self._used[pull.token].add(sign_in)
                if br is not None:
                    shown += [(account, order) for order in kept.shown]
            if shown:
                accounts, orders = zip(*shown, strict=True)
                await connection.execute(_SHOWN.encode(), {"accounts": list(accounts), "orders": list(orders)})
        return found

    async def _note_use(self) -> None:
        """Write down which sign-ins were used, together and behind the answers: nobody waits for that."""
        while True:
            await asyncio.sleep(NOTED_AFTER_SECONDS)
            try:
                await self._write_use()
            except (OperationalError, PoolTimeout, OSError) as error:
                log.warning("pulls.database", error=type(error).__name__)

    async def _write_use(self) -> None:
        used, self._used = self._used, {True: set(), False: set()}
        now = datetime.now(UTC)
        if self._pool is None or not (used[True] or used[False]):
            return
        async with self._pool.connection() as connection:
            if used[True]:
                statement = _USED.format(table="access_tokens", more="")
                await connection.execute(statement.encode(), {"now": now, "ids": list(used[True])})
            if used[False]:
                statement = _USED.format(table="browser_sessions", more=", expires_at = %(until)s")
                until = now + timedelta(hours=self._settings.session_hours)
                given = {"now": now, "ids": list(used[False]), "until": until}
                await connection.execute(statement.encode(), given)


async def _by_indexes(connection: AsyncConnection) -> None:
    """The statement is planned once, not for every pull: that took longer than running it. Nothing of it is a scan."""
    await connection.execute("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off")


async def _send(kept: Kept, pull: Pull, send: Send) -> None:
    answer = answer_to(kept, pull.if_none_match, pull.accept_delta, pull.encodings)
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
    body = answer.body or b""
    if answer.status != 304:
        headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    request: Request[Any, Any, Any] = Request(scope)
    answer = on_problem(request, Unavailable("unavailable.busy")).to_asgi_response(None, request)
    await answer(scope, receive, send)


def _first_tag(if_none_match: str) -> str:
    return next(iter(tags(if_none_match)), "")


def _cookie(header: str) -> str:
    return next(_values(header), "")


def _values(header: str) -> Iterator[str]:
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == SESSION_COOKIE:
            yield value.strip('"')
