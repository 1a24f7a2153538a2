"""`make volume`: a million archived orders and ten thousand open ones; every list is paged by cursor, with as many
statements for 200 rows as for 10, and answers in time. Exit 1 where one does not.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

os.environ["GRID_DISPATCH_HOME"] = str(Path(__file__).resolve().parent.parent / ".data" / "volume")
os.environ.pop("DATABASE_URL", None)

from litestar.testing import AsyncTestClient
from sqlalchemy import event, text

from dispatch import migrate
from dispatch.accounts.service import create_account, create_token
from dispatch.app import create_app
from dispatch.orders.reporting import Report, report
from dispatch.policies.service import install_defaults
from grids.models import AreaKind
from grids.repository import area_by_code
from grids.service import create_area
from kit.actor import SYSTEM, Role
from kit.db import Database
from kit.postgres.embedded import EmbeddedPostgres
from kit.settings import settings

ARCHIVED, OPEN = 1_000_000, 10_000
REPEATS = 30
LIMIT_SECONDS = 0.3
LISTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("orders", {}), ("orders", {"status": "reported"}), ("orders", {"status": "closed"}), ("orders", {"q": "Elm"}),
    ("orders", {"q": "人民"}), ("orders", {"q": "王明"}),
    ("orders", {"waitingOn": "dispatcher"}), ("orders", {"place": "any"}), ("callbacks", {}),
    ("worklists/places", {}), ("worklists/requests", {}), ("imports", {}), ("technicians", {}),
)  # fmt: skip


CHANGED = ("id", "number", "status", "closed_at", "outcome", "origin", "reported_at", "address", "place_problem")
_OTHER_COLUMNS = """
SELECT column_name FROM information_schema.columns WHERE table_name = 'orders' AND column_name <> ALL(:changed)
"""
_COPIES = """
INSERT INTO orders (id, number, status, closed_at, outcome, origin, reported_at, address, place_problem, {kept})
SELECT gen_random_uuid(), :prefix || lpad((row_number() OVER ())::text, 7, '0'), {status}, {closed_at}, {outcome},
       {origin}, reported_at - g * interval '7 minutes',
       (g * 7) || ' ' || (ARRAY['Oak','Elm','Fir','Ash','King','Queen'])[1 + g % 6] || ' Street', {place_problem},
       {kept}
FROM orders, generate_series(1, :times) g WHERE number LIKE 'VOLUME%'
"""


async def fill(database: Database) -> UUID:
    """The area with its orders, made once by multiplying a few real ones in SQL."""
    async with database.transaction() as session:
        known = await area_by_code(session, "volume")
        if known is not None:
            return known.id
        area = await create_area(session, "volume", "Volume", "Asia/Shanghai", AreaKind.TRIAL)
        await install_defaults(session, area)
        for number in range(100):
            await report(session, SYSTEM, area, Report(fault_type="slow", address=f"{number} Main Street"))
    print(f"making {ARCHIVED + OPEN:,} orders…", flush=True)
    async with database.transaction() as session:
        names = await session.execute(text(_OTHER_COLUMNS), {"changed": list(CHANGED)})
        kept = ", ".join(str(row[0]) for row in names)
        for closed, count in ((True, ARCHIVED), (False, OPEN)):
            statement = _COPIES.format(
                kept=kept,
                status="'closed'" if closed else "'reported'",
                closed_at="now()" if closed else "NULL",
                outcome="'archived'" if closed else "NULL",
                origin="'history'" if closed else "origin",
                place_problem="NULL" if closed else "place_problem",
            )
            await session.execute(text(statement), {"prefix": "C" if closed else "R", "times": count // 100})
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("VACUUM ANALYZE orders"))
    async with database.transaction() as session:
        known = await area_by_code(session, "volume")
        assert known is not None
        return known.id


class Statements:
    """Counts what is sent to the database."""

    def __init__(self, database: Database) -> None:
        self.count = 0
        event.listen(database.engine.sync_engine, "before_cursor_execute", self._one)

    def _one(self, *_: Any) -> None:
        self.count += 1


@asynccontextmanager
async def signed_in(database: Database, area_id: UUID) -> AsyncIterator[Any]:
    """A dispatcher's and an agent's HTTP, as one administrator-free pair of tokens."""
    async with database.transaction() as session:
        tokens = []
        for role in (Role.DISPATCHER, Role.AGENT):
            login = f"volume-{role.value}-{time.time_ns()}"
            account = await create_account(session, login, login, role, area_ids=[area_id], password="not-used-here")
            tokens.append((await create_token(session, account, "volume", lasts=timedelta(hours=2)))[1])
    async with AsyncTestClient(app=create_app(database=database)) as client:

        async def ask(path: str, **params: Any) -> Any:
            token = tokens[1] if path == "callbacks" else tokens[0]
            answer = await client.get(
                f"/api/areas/{area_id}/{path}", params=params, headers={"Authorization": f"Bearer {token}"}
            )
            answer.raise_for_status()
            return answer.json()

        yield ask


async def measure() -> int:
    """Print a line a list; the number of lists that are too slow or send more statements for more rows."""
    wrong = 0
    with EmbeddedPostgres(settings().data_home).use() as url:
        if not migrate.is_current(url):
            migrate.upgrade(url)
        database = Database(url)
        area_id = await fill(database)
        statements = Statements(database)
        async with signed_in(database, area_id) as ask:
            for path, params in LISTS:
                counts = []
                for limit in (10, 200):
                    await ask(path, **params, limit=limit)
                    statements.count = 0
                    await ask(path, **params, limit=limit)
                    counts.append(statements.count)
                seconds, cursor = [], None
                for _ in range(REPEATS):
                    began = time.perf_counter()
                    page = await ask(path, **params, limit=200, **({"cursor": cursor} if cursor else {}))
                    seconds.append(time.perf_counter() - began)
                    cursor = page["nextCursor"] if path != "technicians" else None
                p95 = statistics.quantiles(seconds, n=20)[-1]
                fine = counts[0] == counts[1] and p95 < LIMIT_SECONDS
                wrong += not fine
                shown = " ".join(f"{key}={value}" for key, value in params.items())
                print(
                    f"{'ok ' if fine else 'NO '} {path:18} {shown:22} statements {counts[0]}/{counts[1]}"
                    f"  p50 {statistics.median(seconds) * 1000:6.1f} ms  p95 {p95 * 1000:6.1f} ms",
                    flush=True,
                )
        await database.dispose()
    return wrong


if __name__ == "__main__":
    sys.exit(1 if asyncio.run(measure()) else 0)
