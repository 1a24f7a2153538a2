"""Kept signs of dishonest reports: each technician's month is written out once, an old one again.

What is not kept, or old, is read from the events at once, so that a page never waits for a job.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments.months import Month, month_of
from dispatch.assessments.ranking.signs import Signs, signs, signs_from
from dispatch.policies.service import policy_at
from grids.models import ServiceArea
from grids.service import local_day

OLD_AT_ONCE = 2000

_READY = text("SELECT radius FROM kept_sign_months WHERE area_id = :area AND month = :month AND ready")
_OLD = text("SELECT DISTINCT technician_id FROM signs_stale WHERE area_id = :area AND month = :month")
_KEPT = text(
    """
    SELECT technician_id, kind, chances, NULL AS order_id, NULL AS event_id, NULL AS detail FROM sign_counts
    WHERE area_id = :area AND month = :month AND technician_id <> ALL (:old)
    UNION ALL
    SELECT technician_id, kind, NULL, order_id, event_id, detail FROM signs_seen
    WHERE area_id = :area AND month = :month AND technician_id <> ALL (:old)
    ORDER BY 1, 2, 4, 5
    """
)


async def signs_of(session: AsyncSession, area: ServiceArea, month: Month) -> Signs:
    """The signs of a month, as `signs` reads them of its events."""
    radius = await _radius(session, area, month)
    asked = {"area": area.id, "month": month.first}
    if await session.scalar(_READY, asked) != radius:
        return await signs(session, area.id, month.start, month.end, radius)
    old = list((await session.execute(_OLD, asked)).scalars())
    found = signs_from(await session.execute(_KEPT, asked | {"old": old}))
    if old:
        now = await signs(session, area.id, month.start, month.end, radius, old)
        found = Signs(found.chances | now.chances, [*found.shown, *now.shown])
    return found


async def _radius(session: AsyncSession, area: ServiceArea, month: Month) -> float:
    """How near a sign-in must be: what is in force when the month begins."""
    return float((await policy_at(session, area.id, month.start)).limits.arrival_radius_metres)


# --- keeping ----------------------------------------------------------------------------------------------------------

_FIRST = text("SELECT min(reported_at) FROM orders WHERE area_id = :area AND origin <> 'history'")
_BEGIN = text(
    """
    INSERT INTO kept_sign_months AS k (area_id, month, ready, radius)
    SELECT :area, wanted.month, false, wanted.radius
    FROM unnest(CAST(:months AS date[]), CAST(:radii AS double precision[])) wanted (month, radius)
    ON CONFLICT (area_id, month) DO UPDATE SET ready = false, radius = excluded.radius, xid = excluded.xid
    WHERE k.radius <> excluded.radius OR (NOT k.ready AND k.xid > excluded.xid)
    """
)
"""A number from the future is another server's, from which this database was restored."""
_WAITING = text(
    """
    SELECT month, radius FROM kept_sign_months WHERE area_id = :area AND NOT ready
    AND xid < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) ORDER BY month DESC LIMIT 1
    """
)
_MADE = text("UPDATE kept_sign_months SET ready = true WHERE area_id = :area AND month = :month")
_TAKE = text(
    """
    DELETE FROM signs_stale WHERE id IN (
        SELECT id FROM signs_stale WHERE area_id = :area ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED)
    RETURNING technician_id, month
    """
)
_READY_MONTHS = text("SELECT month, radius FROM kept_sign_months WHERE area_id = :area AND ready ORDER BY month")


async def begin(session: AsyncSession, area: ServiceArea) -> None:
    """Say that every month up to the running one is going to be kept. Must be committed before `write_out`."""
    first = await session.scalar(_FIRST, {"area": area.id})
    if first is None:
        return
    month, last = month_of(first.astimezone(ZoneInfo(area.timezone)).date(), area.timezone), local_day(area)
    months, radii = [], []
    while month.first <= last:
        months.append(month.first)
        radii.append(await _radius(session, area, month))
        month = month_of(month.next_first, area.timezone)
    await session.execute(_BEGIN, {"area": area.id, "months": months, "radii": radii})


async def write_out(session: AsyncSession, area: ServiceArea) -> int:
    """Write out the newest month that is waiting for it; returns how many that were, 0 when all are kept."""
    await _alone(session, area)
    waiting = (await session.execute(_WAITING, {"area": area.id})).one_or_none()
    if waiting is None:
        return 0
    # What becomes old from here on stays so: it may not be in what is read next.
    await _forget(session, area, waiting.month, ("signs_stale", "sign_counts", "signs_seen"))
    await _write(session, area, waiting.month, waiting.radius)
    await session.execute(_MADE, {"area": area.id, "month": waiting.month})
    return 1


async def renew(session: AsyncSession, area: ServiceArea) -> int:
    """Write out again what is old; returns how many months of people that were. One that is not ready needs it not."""
    await _alone(session, area)
    people: dict[date, set[UUID]] = defaultdict(set)
    for row in await session.execute(_TAKE, {"area": area.id, "most": OLD_AT_ONCE}):
        people[row.month].add(row.technician_id)
    written = 0
    for month, radius in (await session.execute(_READY_MONTHS, {"area": area.id})).all():
        if theirs := sorted(people.get(month, ())):
            await _forget(session, area, month, ("sign_counts", "signs_seen"), theirs)
            await _write(session, area, month, radius, theirs)
            written += len(theirs)
    return written


async def forget_all(session: AsyncSession, area: ServiceArea) -> None:
    """Keep nothing of an area any more; `begin` and `write_out` make it anew."""
    await _alone(session, area)
    for table in ("sign_counts", "signs_seen", "kept_sign_months", "signs_stale"):
        await session.execute(text(f"DELETE FROM {table} WHERE area_id = :area"), {"area": area.id})  # noqa: S608 - ours


async def _alone(session: AsyncSession, area: ServiceArea) -> None:
    """One that writes out at a time; released with the transaction."""
    key = f"kept signs {area.id}"
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})


async def _forget(
    session: AsyncSession, area: ServiceArea, month: date, tables: Sequence[str], people: Sequence[UUID] | None = None
) -> None:
    asked = {"area": area.id, "month": month, "people": None if people is None else list(people)}
    for table in tables:
        query = f"DELETE FROM {table} WHERE area_id = :area AND month = :month"  # noqa: S608 - ours
        await session.execute(
            text(f"{query} AND (CAST(:people AS uuid[]) IS NULL OR technician_id = ANY (:people))"), asked
        )


_PUT_COUNTS = text(
    """
    INSERT INTO sign_counts (area_id, month, technician_id, kind, chances)
    SELECT :area, :month, * FROM unnest(CAST(:people AS uuid[]), CAST(:kinds AS text[]), CAST(:chances AS integer[]))
    """
)
_PUT_SEEN = text(
    """
    INSERT INTO signs_seen (area_id, month, technician_id, kind, order_id, event_id, detail)
    SELECT :area, :month, * FROM unnest(CAST(:people AS uuid[]), CAST(:kinds AS text[]), CAST(:orders AS uuid[]),
        CAST(:events AS uuid[]), CAST(:details AS text[]))
    """
)


async def _write(
    session: AsyncSession, area: ServiceArea, first: date, radius: float, people: Sequence[UUID] | None = None
) -> None:
    month = month_of(first, area.timezone)
    found = await signs(session, area.id, month.start, month.end, radius, people)
    named = {"area": area.id, "month": first}
    if found.chances:
        counted = {
            "people": [UUID(who) for who, _ in found.chances], "kinds": [kind for _, kind in found.chances],
            "chances": list(found.chances.values()),
        }  # fmt: skip
        await session.execute(_PUT_COUNTS, named | counted)
    if found.shown:
        seen = {
            "people": [UUID(one.who) for one in found.shown], "kinds": [one.kind for one in found.shown],
            "orders": [UUID(one.order_id) for one in found.shown],
            "events": [None if one.event_id is None else UUID(one.event_id) for one in found.shown],
            "details": [one.detail for one in found.shown],
        }  # fmt: skip
        await session.execute(_PUT_SEEN, named | seen)


# --- comparing --------------------------------------------------------------------------------------------------------


async def check(session: AsyncSession, area: ServiceArea) -> tuple[int, list[str]]:
    """Compare every kept month of everybody with the events; how many rows there are, and differences as sentences.

    What is marked old is not compared: pages do not read it.
    """
    await _alone(session, area)
    compared, wrong = 0, []
    for first, radius in (await session.execute(_READY_MONTHS, {"area": area.id})).all():
        month, asked = month_of(first, area.timezone), {"area": area.id, "month": first}
        old = list((await session.execute(_OLD, asked)).scalars())
        kept = _by_person(signs_from(await session.execute(_KEPT, asked | {"old": old})))
        said = _by_person(await signs(session, area.id, month.start, month.end, radius))
        compared += len(kept)
        wrong += [
            f"{month.name}, technician {who}, {kind}: signs are kept as {_short(kept.get((who, kind)))}, "
            f"the events say {_short(said.get((who, kind)))}."
            for who, kind in sorted(kept.keys() | said.keys())
            if kept.get((who, kind)) != said.get((who, kind)) and UUID(who) not in old
        ]
    return compared, wrong[:1000]


Evidence = tuple[int, frozenset[tuple[str, str | None, str | None]]]
"""The chances of one kind, and what was seen: order, event and measure."""


def _by_person(found: Signs) -> dict[tuple[str, str], Evidence]:
    seen: dict[tuple[str, str], set[tuple[str, str | None, str | None]]] = defaultdict(set)
    for one in found.shown:
        seen[one.who, one.kind].add((one.order_id, one.event_id, one.detail))
    return {
        key: (found.chances.get(key, 0), frozenset(seen.get(key, ())))
        for key in found.chances.keys() | seen.keys()
    }  # fmt: skip


def _short(one: Evidence | None) -> str:
    return "–" if one is None else f"{len(one[1])} of {one[0]} in orders {sorted(order for order, _, _ in one[1])}"
