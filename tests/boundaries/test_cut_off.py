"""Requests that end before their time: a client that goes away, a value that is refused while the rest is prepared."""

from __future__ import annotations

import asyncio
import gc
import json
from typing import Any

import pytest
from litestar import Litestar
from sqlalchemy import text

from dispatch.app import create_app
from kit.actor import Role
from kit.db import Database
from tests.journeys.people import REPORT, settle
from tests.site import bearer

OPEN = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND state LIKE 'idle in transaction%'"
)


async def _ask(app: Litestar, method: str, address: str, headers: dict[str, str], sent: list[bytes]) -> None:
    """One request, whose client sends these parts and goes away without the last one."""
    path, _, query = address.partition("?")
    parts = [{"type": "http.request", "body": part, "more_body": True} for part in sent]

    async def receive() -> Any:
        return parts.pop(0) if parts else {"type": "http.disconnect"}

    async def send(_message: Any) -> None:
        """The server drops what nobody reads."""

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "", "state": {},
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
    }  # fmt: skip
    await app(scope, receive, send)  # type: ignore[arg-type]


async def _nothing_is_left(database: Database) -> None:
    for _ in range(3):
        gc.collect()
        await asyncio.sleep(0.05)
    async with database.transaction() as session:
        assert (await session.execute(OPEN)).scalar_one() == 0
    assert "checked out connections: 0" in database.engine.pool.status().lower()


async def test_requests_cut_off_at_any_moment_leave_no_transaction_and_no_line(
    database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    settled = await settle(database)
    said: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: said.append(context))
    headers = await bearer(database, "admin", Role.ADMINISTRATOR)
    body = json.dumps(REPORT).encode()
    app = create_app(database=database)
    async with app.lifespan():
        capfd.readouterr()
        for number in range(25):
            key = {**headers, "content-type": "application/json", "idempotency-key": f"cut off {number}"}
            asked = [
                asyncio.create_task(_ask(app, "GET", f"{settled.area}/orders?owner=x", headers, [])),
                asyncio.create_task(_ask(app, "GET", f"{settled.area}/orders", headers, [])),
                asyncio.create_task(_ask(app, "POST", f"{settled.area}/orders", key, [body[:20]])),
                asyncio.create_task(_ask(app, "POST", f"{settled.area}/orders", key, [body])),
            ]
            await asyncio.sleep(0.002 * number)
            for task in asked:
                task.cancel()
            ended = await asyncio.gather(*asked, return_exceptions=True)
            assert [error for error in ended if not isinstance(error, asyncio.CancelledError | None)] == []
        await _nothing_is_left(database)
    assert said == []
    written = capfd.readouterr()
    assert (written.out, written.err) == ("", "")
