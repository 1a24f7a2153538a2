"""All SQL of imports and of the place worklist. Orders of a file go in by COPY, a batch in one transaction."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg import sql
from sqlalchemy import insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.intake.models import ImportRejection, ImportRun, ImportStatus
from dispatch.orders.models import Order, OrderEvent, Subscriber
from dispatch.orders.models.search_text import person_words
from dispatch.orders.rules.states import EventRecord
from dispatch.policies.models import FaultType
from grids.models import Grid
from kit.actor import Actor
from kit.db import raw_connection
from kit.geo import LonLat
from kit.ids import uuid7
from kit.postgres.statistics import analyze


@dataclass(frozen=True, slots=True)
class Known:
    """An order that a key of the file already names."""

    id: UUID
    key: str
    fingerprint: str | None
    status: str
    origin: str
    events: int
    edited: bool
    label: str | None
    import_id: UUID | None
    located: bool
    point_source: str | None
    grid_id: UUID | None
    version: int
    own_events: bool
    """Whether every event it has was written by an import."""


async def lock_area(session: AsyncSession, area_id: UUID) -> None:
    """Two imports into one area take turns, batch by batch."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"import {area_id}"}
    )


async def plan_anew(session: AsyncSession) -> None:
    """For this transaction, plan every statement for the tables as they are now: a plan kept from when a table was
    still empty reads it from end to end once it has grown."""
    await session.execute(text("SET LOCAL plan_cache_mode = 'force_custom_plan'"))


async def known_orders(session: AsyncSession, area_id: UUID, keys: Sequence[str]) -> dict[str, Known]:
    """The orders these keys already name."""
    rows = await session.execute(
        text(
            "SELECT id, source_key, source_fingerprint, status, origin, events, edited_by_person, source_label,"
            " import_id, point IS NOT NULL AS located, point_source, grid_id, version,"
            " NOT EXISTS (SELECT FROM order_events e WHERE e.order_id = orders.id AND e.actor_role <> 'import')"
            " AS own_events"
            " FROM orders WHERE area_id = :area AND source_key = ANY(:keys)"
        ),
        {"area": area_id, "keys": list(keys)},
    )
    return {
        row.source_key: Known(
            row.id, row.source_key, row.source_fingerprint, row.status, row.origin, row.events, row.edited_by_person,
            row.source_label, row.import_id, row.located, row.point_source, row.grid_id, row.version,
            row.own_events,
        )
        for row in rows
    }  # fmt: skip


async def addresses_on(
    session: AsyncSession, area_id: UUID, source: str, points: Sequence[LonLat]
) -> dict[LonLat, list[str]]:
    """The addresses that orders of a source have on exactly these points (lon, lat), at most a hundred a point."""
    if not points:
        return {}
    rows = await session.execute(
        text(
            "SELECT p.n, found.address FROM unnest(CAST(:lons AS float8[]), CAST(:lats AS float8[]))"
            " WITH ORDINALITY AS p(lon, lat, n) CROSS JOIN LATERAL ("
            " SELECT DISTINCT o.address FROM orders o WHERE o.area_id = :area AND o.address IS NOT NULL"
            " AND o.point && ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326)"
            " AND ST_X(o.point) = p.lon AND ST_Y(o.point) = p.lat"
            " AND starts_with(o.source_key, :source) LIMIT 100) AS found"
        ),
        {
            "lons": [lon for lon, _ in points], "lats": [lat for _, lat in points], "area": area_id,
            "source": f"{source}:",
        },
    )  # fmt: skip
    found: dict[LonLat, list[str]] = {}
    for row in rows:
        found.setdefault(points[row.n - 1], []).append(row.address)
    return found


async def grid_labels(session: AsyncSession, area_id: UUID) -> dict[UUID, tuple[str, str]]:
    """Code and name of every living grid."""
    rows = await session.execute(
        select(Grid.id, Grid.code, Grid.name).where(Grid.area_id == area_id, Grid.archived_at.is_(None))
    )
    return {row.id: (row.code, row.name) for row in rows}


async def add_fault_types(session: AsyncSession, area_id: UUID, rows: Iterable[Mapping[str, Any]]) -> None:
    """Fault types of a mapping that the area does not have yet, so that every order's type has its words."""
    values = [{"id": uuid7(), "area_id": area_id, **row} for row in rows]
    await session.execute(
        upsert(FaultType).on_conflict_do_nothing(index_elements=["area_id", "code"]), values
    )  # fmt: skip


async def copy_rows(session: AsyncSession, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert many rows in the session's own transaction by COPY.

    PostgreSQL looks up each foreign key of each row by a small statement. Under `plan_anew` it would plan it for every
    row, which takes longer than storing the row. Here it plans it once, for an index.
    """
    connection = await raw_connection(session)
    await connection.execute(
        "SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)"
    )
    await connection.execute("DISCARD PLANS")
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            await copy.write_row(row)
    await connection.execute(
        "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'on', true)"
    )


def as_ewkb(point: LonLat | None) -> str | None:
    """A WGS 84 point as COPY takes it."""
    return None if point is None else struct.pack("<BIIdd", 1, 0x20000001, 4326, *point).hex()


def as_json(value: Any) -> str:
    """JSON text for a jsonb column."""
    return msgspec.json.encode(value).decode()


async def subscribers(
    session: AsyncSession, area_id: UUID, wanted: Sequence[tuple[str | None, str | None, str | None]]
) -> dict[tuple[str | None, str | None], UUID]:
    """Subscriber ids for (account, name, phone) triples, by (account, phone); unknown ones are made.

    An account number decides; without one, a phone of a subscriber who has no account number.
    """
    accounts = sorted({account for account, _, _ in wanted if account})
    phones = sorted({phone for account, _, phone in wanted if phone and not account})
    if not accounts and not phones:
        return {}
    by_account: dict[str, UUID] = {}
    by_phone: dict[str, UUID] = {}
    if accounts:
        rows = await session.execute(
            select(Subscriber.id, Subscriber.account_number).where(
                Subscriber.area_id == area_id, Subscriber.account_number.in_(accounts)
            )
        )
        by_account = {str(row.account_number): row.id for row in rows}
    if phones:
        rows = await session.execute(
            text(
                "SELECT id, phones FROM subscribers WHERE area_id = :area AND phones ?| CAST(:phones AS text[])"
                " AND account_number IS NULL"
            ),
            {"area": area_id, "phones": phones},
        )
        by_phone = {phone: row.id for row in rows for phone in row.phones}
    new: list[tuple[Any, ...]] = []
    for account, name, phone in wanted:
        if account and account not in by_account:
            by_account[account] = uuid7()
            own = [phone] if phone else []
            words = person_words(name, own)
            new.append((by_account[account], area_id, account, name, as_json(own), "ordinary", "[]", words))
        elif not account and phone and phone not in by_phone:
            by_phone[phone] = uuid7()
            words = person_words(name, [phone])
            new.append((by_phone[phone], area_id, None, name, as_json([phone]), "ordinary", "[]", words))
    if new:
        columns = ("id", "area_id", "account_number", "name", "phones", "tier", "flags", "search")
        await copy_rows(session, "subscribers", columns, new)
    return {
        (account, phone): by_account[account] if account else by_phone[phone or ""]
        for account, _, phone in wanted
        if account or phone
    }


# --- runs -------------------------------------------------------------------------------------------------------------


async def unfinished_run(
    session: AsyncSession, area_id: UUID, sha256: str, settings: Mapping[str, Any]
) -> ImportRun | None:
    """A run of the same file in the same way that was killed."""
    query = (
        select(ImportRun)
        .where(
            ImportRun.area_id == area_id,
            ImportRun.sha256 == sha256,
            ImportRun.status == ImportStatus.RUNNING,
            ImportRun.mapping == dict(settings),
        )
        .order_by(ImportRun.id)
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def runs_without_a_job(session: AsyncSession, job: str) -> Sequence[ImportRun]:
    """Uploaded files still to be taken that no job will take. A file from the command line has no blob."""
    waiting = text(
        "EXISTS (SELECT FROM blobs WHERE blobs.sha256 = import_runs.sha256) AND NOT EXISTS (SELECT FROM"
        " procrastinate_jobs AS j WHERE j.task_name = :job AND j.status IN ('todo', 'doing')"
        " AND j.args->>'run_id' = import_runs.id::text)"
    )
    query = select(ImportRun).where(ImportRun.status == ImportStatus.RUNNING, waiting)
    return (await session.execute(query, {"job": job})).scalars().all()


async def locked_run(session: AsyncSession, run_id: UUID) -> ImportRun | None:
    """A run, locked."""
    query = select(ImportRun).where(ImportRun.id == run_id).with_for_update().execution_options(populate_existing=True)
    return (await session.execute(query)).scalar_one_or_none()


async def run_seen_by(session: AsyncSession, actor: Actor, run_id: UUID) -> ImportRun | None:
    """A run of an area the actor may see."""
    query = select(ImportRun).where(ImportRun.id == run_id)
    if not actor.trusted and actor.scope.areas is not None:
        query = query.where(ImportRun.area_id.in_(actor.scope.areas))
    return (await session.execute(query)).scalar_one_or_none()


async def runs(
    session: AsyncSession, area_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[ImportRun]:
    """The runs of an area, newest first."""
    query = select(ImportRun).where(ImportRun.area_id == area_id)
    if before is not None:
        query = query.where(text("(started_at, id) < (:at, :id)").bindparams(at=before[0], id=before[1]))
    query = query.order_by(ImportRun.started_at.desc(), ImportRun.id.desc()).limit(limit)
    return (await session.execute(query)).scalars().all()


async def save_counts(
    session: AsyncSession,
    run_id: UUID,
    counts: Mapping[str, Any],
    status: ImportStatus,
    ended_at: datetime | None = None,
) -> None:
    """How far a run has come."""
    await session.execute(
        update(ImportRun).where(ImportRun.id == run_id).values(counts=dict(counts), status=status, ended_at=ended_at)
    )


async def add_rejections(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows that were not taken, each with its line and reason."""
    if rows:
        await session.execute(insert(ImportRejection), [dict(row) for row in rows])


async def rejections(
    session: AsyncSession, run_id: UUID, after: tuple[int, int], limit: int, kind: str | None = None
) -> Sequence[ImportRejection]:
    """Rejections and conflicts of a run in the order of the file, after (line, id)."""
    query = select(ImportRejection).where(
        ImportRejection.import_id == run_id,
        text("(line, id) > (:line, :after)").bindparams(line=after[0], after=after[1]),
    )
    if kind is not None:
        query = query.where(ImportRejection.kind == kind)
    query = query.order_by(ImportRejection.line, ImportRejection.id).limit(limit)
    return (await session.execute(query)).scalars().all()


async def worked_on(session: AsyncSession, run_id: UUID) -> int:
    """How many orders of a run somebody has worked on since."""
    return int((await session.execute(text("SELECT import_worked_on(:run)"), {"run": run_id})).scalar_one())


async def remove_orders(session: AsyncSession, run_id: UUID, by: UUID | None) -> int:
    """Delete the orders of a run with their events; each leaves a row in `removed_orders`.

    The database does it in a function of its own, since nobody else may delete events.
    """
    removed = await session.execute(text("SELECT undo_import(:run, :by)"), {"run": run_id, "by": by})
    return int(removed.scalar_one())


async def event_records(session: AsyncSession, order_ids: Sequence[UUID]) -> dict[UUID, list[EventRecord]]:
    """The events of orders, oldest first, as `states.fold` reads them."""
    rows = await session.execute(
        select(OrderEvent.order_id, OrderEvent.type, OrderEvent.occurred_at, OrderEvent.technician_id, OrderEvent.data)
        .where(OrderEvent.order_id.in_(order_ids))
        .order_by(OrderEvent.order_id, OrderEvent.sequence)
    )
    found: dict[UUID, list[EventRecord]] = {order_id: [] for order_id in order_ids}
    for row in rows:
        found[row.order_id].append(
            EventRecord(
                type=row.type, occurred_at=row.occurred_at, technician_id=row.technician_id, data=row.data
            )
        )  # fmt: skip
    return found


async def update_orders(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Set columns of many orders, each named by its `id`."""
    await session.execute(update(Order), [dict(row) for row in rows])


async def refresh_statistics(session: AsyncSession) -> None:
    """After many rows at once the planner must hear of them, or it reads whole tables."""
    await analyze(session, "orders", "order_events")


_MOMENTS = """
    related AS (
        SELECT 'address' AS tie, address AS key, p.* FROM orders p
        JOIN (SELECT DISTINCT area_id, address FROM orders WHERE import_id = :run) AS mine USING (area_id, address)
        UNION ALL
        SELECT 'subscriber', subscriber_id::text, p.* FROM orders p
        JOIN (SELECT DISTINCT area_id, subscriber_id FROM orders WHERE import_id = :run) AS mine
        USING (area_id, subscriber_id)
    ),
    asked AS (SELECT id, tie, key, fault_type AS cause, reported_at AS at FROM related WHERE import_id = :run),
    earlier AS (
        SELECT id, tie, key, coalesce(cause, fault_type) AS cause, reported_at, completed_at,
               coalesce(completed_at, closed_at, cancelled_at, 'infinity') AS ended_at
        FROM related WHERE status <> 'merged'
    )
"""
"""Orders at an address or subscriber of the run. Both questions below go once through them in the order of time:
asking for each order by itself would take the square of the orders at one busy address."""

_REPEATS = f"""
    WITH {_MOMENTS},
    moments AS (
        SELECT id, tie, key, cause, at, 1 AS turn, false AS done FROM asked
        UNION ALL  -- what is done at once does not come before what was reported in the same second
        SELECT id, tie, key, cause, completed_at, CASE WHEN reported_at < completed_at THEN 0 ELSE 2 END, true
        FROM earlier WHERE completed_at IS NOT NULL
    ),
    numbered AS (
        SELECT *, count(*) FILTER (WHERE done) OVER (PARTITION BY tie, key, cause ORDER BY at, turn, id) AS number
        FROM moments
    ),
    after AS (
        SELECT id, done, at, first_value(id) OVER last AS first, first_value(at) OVER last AS first_done_at
        FROM numbered WHERE number > 0
        WINDOW last AS (PARTITION BY tie, key, cause, number ORDER BY at, turn, id)
    )
    UPDATE orders SET repeat_of_id = found.first FROM (
        SELECT DISTINCT ON (id) id, first FROM after
        WHERE NOT done AND first_done_at > at - make_interval(days => :days)
        ORDER BY id, first_done_at DESC
    ) AS found
    WHERE orders.id = found.id
"""  # noqa: S608 - our own text, no input in it

_DUPLICATES = f"""
    WITH {_MOMENTS},
    moments AS (
        SELECT id, tie, key, cause, at, NULL::timestamptz AS until, true AS asked FROM asked
        UNION ALL
        SELECT id, tie, key, cause, reported_at, least(ended_at, reported_at + make_interval(days => :days)), false
        FROM earlier
    ),
    covered AS (
        SELECT id, asked, at, max(until) OVER (
            PARTITION BY tie, key, cause ORDER BY at
            RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP
        ) AS until
        FROM moments
    )
    SELECT count(DISTINCT id) FROM covered WHERE asked AND until > at
"""  # noqa: S608 - our own text, no input in it


async def mark_repeats(session: AsyncSession, run_id: UUID, days: int) -> int:
    """Point every order of a run to the last one with the same cause at the same subscriber or address, if that was
    done no more than `days` before; returns how many there are."""
    marked = await session.execute(text(_REPEATS), {"run": run_id, "days": days})
    return int(marked.rowcount)  # type: ignore[attr-defined]


async def count_duplicates(session: AsyncSession, run_id: UUID, days: int) -> int:
    """How many orders of a run were reported while one with the same cause at the same subscriber or address, not
    older than `days`, was still open."""
    return int(await session.scalar(text(_DUPLICATES), {"run": run_id, "days": days}) or 0)
