"""What keeping the roll-ups costs those who write: the same acts with the triggers and without, in turns, undone."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import event, text

from benchmarks.manager.year import NOW
from dispatch.orders.reporting import Report, report
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from grids.service import area_by_id
from kit.actor import SYSTEM
from kit.db import Database

TURNS, AT_ONCE = 6, 25
_OURS = """
SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND (t.tgname LIKE 'count\\_%' OR t.tgname LIKE 'work\\_stale\\_%'
                              OR t.tgname LIKE 'signs\\_stale\\_%' OR t.tgname LIKE 'keep\\_answer%')
"""
_ACTS: Sequence[tuple[str, float]] = (
    ("report", 3.0), ("dispatch", 2.9), ("accept", 2.8), ("depart", 2.0), ("arrive", 1.5),
    ("complete", 0.5),
)  # fmt: skip


class _Undone(Exception):
    pass


async def print_costs(database: Database, area_id: UUID) -> None:
    """Print the time of each act of an order and of the statement that writes its event, with triggers and without."""
    found: dict[tuple[str, bool], list[float]] = defaultdict(list)
    written: dict[tuple[str, bool], list[float]] = defaultdict(list)
    for turn in range(TURNS + 1):
        for kept in (True, False):
            for name, seconds, statement in await _turn(database, area_id, kept):
                if turn:  # the first one warms up
                    found[name, kept].append(seconds)
                    written[name, kept].append(statement)
    for name, _ in _ACTS:
        with_, without = statistics.median(found[name, True]), statistics.median(found[name, False])
        its, bare = statistics.median(written[name, True]), statistics.median(written[name, False])
        print(
            f"roll-ups at {name:8} {with_ * 1000:6.2f} ms with, {without * 1000:6.2f} without"
            f" ({with_ / without:4.2f} ×); its event's statement {its * 1000:5.2f} with, {bare * 1000:5.2f} without",
            flush=True,
        )


async def _turn(database: Database, area_id: UUID, kept: bool) -> list[tuple[str, float, float]]:
    """Some orders as far as the arrival: act, seconds, seconds of the statement that writes its event."""
    found: list[tuple[str, float, float]] = []
    try:
        async with database.transaction() as session:
            if not kept:
                for table, trigger in (await session.execute(text(_OURS))).all():
                    await session.execute(text(f'ALTER TABLE {table} DISABLE TRIGGER "{trigger}"'))
            people = text("SELECT id FROM technicians ORDER BY employee_number LIMIT :many")
            who = list((await session.execute(people, {"many": AT_ONCE})).scalars())
            area = await area_by_id(session, area_id)
            for number in range(AT_ONCE):
                order_id: UUID | None = None
                for name, ago in _ACTS:
                    at = NOW - timedelta(hours=ago, seconds=number)
                    async with _told(database) as spent:
                        began = time.perf_counter()
                        if order_id is None:
                            given = Report(fault_type="slow", point=(120.01, 30.01))
                            order_id = (await report(session, SYSTEM, area, given, occurred_at=at)).id
                        else:
                            await apply(session, SYSTEM, order_id, _act(name, who[number]), occurred_at=at)
                        found.append((name, time.perf_counter() - began, sum(spent)))
            raise _Undone
    except _Undone:
        return found


def _act(name: str, who: UUID) -> acts.ActBase:
    made: dict[str, acts.ActBase] = {
        "dispatch": acts.Dispatch(technician_id=who, why="a_technician"), "accept": acts.Accept(),
        "depart": acts.Depart(), "arrive": acts.Arrive(reason="no_position"),
        "complete": acts.Complete(cause="slow", action="repaired", photo_ids=[uuid4()], signature_photo_id=uuid4()),
    }  # fmt: skip
    return made[name]


@asynccontextmanager
async def _told(database: Database) -> AsyncIterator[list[float]]:
    """The seconds of each statement that writes events while it is open."""
    spent: list[float] = []
    began = [0.0]

    def before(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        began[0] = time.perf_counter()

    def after(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "INSERT INTO order_events" in statement:
            spent.append(time.perf_counter() - began[0])

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield spent
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)
