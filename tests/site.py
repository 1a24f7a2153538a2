"""The whole web program over a test database, and people who ask it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
from litestar import Litestar, Request
from litestar.testing import AsyncTestClient

from dispatch.accounts.models import AccountStatus, SignInFailure
from dispatch.accounts.service import create_account, create_token
from dispatch.app import create_app
from kit.actor import Actor, Role
from kit.clock import real_now
from kit.db import Database
from kit.http.requests import finish_answer, note_request
from kit.settings import Settings, settings

Client = AsyncTestClient[Any]
_BUILT: dict[Settings, list[Litestar]] = {}
"""Programs that were built and do not run now: building one takes as long as most tests."""


@asynccontextmanager
async def running(database: Database) -> AsyncIterator[Client]:
    """A client of the running program; a mistake of ours is a 500, as in real life.

    The program is started anew, with nothing in its state; only its routes were built before. One whose test failed is
    not used again.
    """
    idle = _BUILT.setdefault(settings(), [])
    program = idle.pop() if idle else create_app()
    program.state.given_database = database
    async with AsyncTestClient(program, raise_server_exceptions=False) as client:
        yield client
    for name in list(program.state.dict()):
        del program.state[name]
    idle.append(program)


async def bearer(database: Database, login: str, role: Role, **scope: Any) -> dict[str, str]:
    """The headers of a new account's token."""
    async with database.transaction() as session:
        account = await create_account(session, login, login.title(), role, **scope)
        account.status = AccountStatus.ACTIVE  # whoever has a token needs no password
        _, secret = await create_token(session, account, "test")
    return {"Authorization": f"Bearer {secret}"}


async def failed_before(database: Database, login: str, address: str, times: int = 20) -> None:
    """As many failed sign-ins of just now: enough that the next try waits five minutes, however slow the machine is."""
    async with database.transaction() as session:
        session.add_all(SignInFailure(login=login, address=address, at=real_now()) for _ in range(times))


def asked_by(actor: Actor | None) -> dict[str, Any]:
    """The options of an app of a few rooms: every request is `actor`'s, and answers are finished as in the whole."""

    async def before(request: Request[Any, Any, Any]) -> None:
        request.scope["user"] = actor
        await note_request(request)

    return {"before_request": before, "after_request": finish_answer}


def ok(answer: httpx.Response, status: int = 200) -> Any:
    """The body, after checking the status and showing what was answered instead."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:600]}"
    return answer.json() if answer.content else None


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """A problem (RFC 9457) with this status and code."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:600]}"
    body: dict[str, Any] = answer.json()
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert body["code"] == code
    assert "–" not in body["detail"].replace(" – ", " "), body["detail"]
    return body


def ids(values: list[dict[str, Any]]) -> set[UUID]:
    """The ids of a list."""
    return {UUID(value["id"]) for value in values}


async def listen(site: Client, path: str, headers: dict[str, str], heard: list[str]) -> int:
    """Read a stream to its end, piece by piece as no test client does; returns the status."""
    pairs = {"host": "localhost"} | headers
    scope: Any = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"", "client": ("203.0.113.9", 1),
        "server": ("localhost", 80), "state": {},
        "headers": [(name.lower().encode(), value.encode()) for name, value in pairs.items()],
    }  # fmt: skip
    status = 0
    asked = False
    over = asyncio.Event()

    async def receive() -> Any:
        nonlocal asked
        if asked:
            await over.wait()  # the client stays until it has heard all
            return {"type": "http.disconnect"}
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            said = {name.decode().lower(): value.decode() for name, value in message["headers"]}
            heard.append(f"{said.get('x-accel-buffering')} {said.get('cache-control')}")
        elif message.get("body"):
            heard.extend(message["body"].decode().split("\r\n"))
        if message["type"] == "http.response.body" and not message.get("more_body"):
            over.set()

    await site.app(scope, receive, send)
    return status
