"""Kept hours: days that are over are written out once, old ones again, and pages sum them up.

What is not kept, or old, is read from the events at once, so that numbers never wait for a job.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments.months import Month
from dispatch.reports.hours import PARTS, Hours
from dispatch.reports.rollups.work import Work, work_of
from grids.models import ServiceArea
from grids.service import local_day

RUN = 31
"""So many days are written out together."""
OLD_AT_ONCE = 2000
_COLUMNS = ", ".join(PARTS)
_SUMS = ", ".join(f"CAST(sum({part}) AS integer)" for part in PARTS)
PLACE_PARTS = ("drive", "work", "overtime")
_PLACE_SUMS = ", ".join(f"CAST(sum({part}) AS integer)" for part in PLACE_PARTS)


@dataclass(frozen=True, slots=True)
class Worked:
    """The hours of a month by technician, and those spent on the orders of each grid (drive, work, overtime alone)."""

    technicians: dict[UUID, Hours]
    grids: dict[UUID, Hours]


_OLD = text(
    "SELECT DISTINCT technician_id, day FROM work_stale WHERE area_id = :area AND day >= :first AND day <= :last"
)
_READY = text("SELECT day FROM kept_days WHERE area_id = :area AND ready AND day >= :first AND day <= :last")
_NOT_OLD = """
    NOT EXISTS (SELECT FROM unnest(CAST(:old_people AS uuid[]), CAST(:old_days AS date[])) old (technician_id, day)
                WHERE old.technician_id = kept.technician_id AND old.day = kept.day)
"""
_PEOPLE = text(
    f"""
    SELECT technician_id, {_SUMS} FROM person_days kept
    WHERE area_id = :area AND day = ANY (:days) AND {_NOT_OLD} GROUP BY technician_id
    """  # noqa: S608 - constants
)
_PLACES = text(
    f"""
    SELECT grid_id, {_PLACE_SUMS} FROM person_grid_days kept
    WHERE area_id = :area AND day = ANY (:days) AND {_NOT_OLD} GROUP BY grid_id
    """  # noqa: S608 - constants
)


async def worked(session: AsyncSession, area: ServiceArea, month: Month) -> Worked:
    """The month up to the area's now, by the borders of the area's own days."""
    first, last = month.first, min(month.next_first - timedelta(days=1), local_day(area))
    span = {"area": area.id, "first": first, "last": last}
    old = {(row.technician_id, row.day) for row in await session.execute(_OLD, span)}
    kept = set((await session.execute(_READY, span)).scalars())
    people: dict[UUID, Hours] = defaultdict(Hours)
    places: dict[UUID, Hours] = defaultdict(Hours)
    if kept:
        asked = {
            "area": area.id, "days": sorted(kept), "old_people": [who for who, _ in old],
            "old_days": [day for _, day in old],
        }  # fmt: skip
        for who, *parts in await session.execute(_PEOPLE, asked):
            people[who].add(Hours(*parts))
        for grid, drive, work, overtime in await session.execute(_PLACES, asked):
            places[grid].add(Hours(drive=drive, work=work, overtime=overtime))
    whole = [first + timedelta(days=place) for place in range((last - first).days + 1)]
    for start, days in runs(day for day in whole if day not in kept):
        _sum_up(await work_of(session, area, start, days), people, places)
    missing = {(who, day) for who, day in old if day in kept}
    for start, days in runs(sorted({day for _, day in missing})):
        theirs = sorted({who for who, day in missing if start <= day < start + timedelta(days=days)})
        found = await work_of(session, area, start, days, theirs)
        _sum_up(found, people, places, {(who, (day - start).days) for who, day in missing})
    return Worked(dict(people), dict(places))


def _sum_up(
    found: Work, people: dict[UUID, Hours], places: dict[UUID, Hours], only: Set[tuple[UUID, int]] | None = None
) -> None:
    """Add all days, or `only` those of (whose, how many days after the first one)."""
    for who, days in found.people.items():
        for place, one in enumerate(days):
            if only is None or (who, place) in only:
                people[who].add(one)
    for (who, grid), days in found.places.items():
        for place, one in enumerate(days):
            if only is None or (who, place) in only:
                places[grid].add(one)


def runs(days: Iterable[date], most: int = RUN) -> list[tuple[date, int]]:
    """Days in order as stretches without a gap: the first of each and how many, at most so many."""
    found: list[tuple[date, int]] = []
    for day in days:
        if found and found[-1][1] < most and found[-1][0] + timedelta(days=found[-1][1]) == day:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((day, 1))
    return found


# --- keeping ----------------------------------------------------------------------------------------------------------

_FIRST_EVENT = text(
    "SELECT CAST(min(reported_at) AT TIME ZONE :zone AS date) FROM orders WHERE area_id = :area AND origin <> 'history'"
)
_BEGIN = text(
    """
    INSERT INTO kept_days (area_id, day, ready)
    SELECT :area, CAST(d AS date), false
    FROM generate_series(CAST(:first AS timestamp), CAST(:last AS timestamp), interval '1 day') d
    ON CONFLICT (area_id, day) DO UPDATE SET xid = excluded.xid
    WHERE NOT kept_days.ready AND kept_days.xid > excluded.xid
    """
)
"""A number from the future is another server's, from which this database was restored."""
_WAITING = text(
    """
    SELECT day FROM kept_days WHERE area_id = :area AND NOT ready
    AND xid < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) ORDER BY day
    """
)
_MADE = text("UPDATE kept_days SET ready = true WHERE area_id = :area AND day = ANY (:days)")
_TAKE = text(
    """
    DELETE FROM work_stale WHERE id IN (
        SELECT id FROM work_stale WHERE area_id = :area ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED)
    RETURNING technician_id, day
    """
)
_IS_READY = text("SELECT day FROM kept_days WHERE area_id = :area AND ready AND day = ANY (:days)")


async def begin(session: AsyncSession, area: ServiceArea) -> None:
    """Say that every day up to yesterday is going to be kept. Must be committed before `write_out`."""
    first = await session.scalar(_FIRST_EVENT, {"area": area.id, "zone": area.timezone})
    if first is not None:
        await session.execute(_BEGIN, {"area": area.id, "first": first, "last": local_day(area) - timedelta(days=1)})


async def write_out(session: AsyncSession, area: ServiceArea) -> int:
    """Write out a run of days that are waiting for it; returns how many days that were, 0 when all are kept."""
    await _alone(session, area)
    waiting = runs((await session.execute(_WAITING, {"area": area.id})).scalars())
    if not waiting:
        return 0
    first, days = waiting[0]
    await _write(session, area, first, await work_of(session, area, first, days))
    await session.execute(_MADE, {"area": area.id, "days": [first + timedelta(days=place) for place in range(days)]})
    return days


async def renew(session: AsyncSession, area: ServiceArea) -> int:
    """Write out again what is old; returns how many days of people that were. A day that is not ready needs it not."""
    await _alone(session, area)
    taken = (await session.execute(_TAKE, {"area": area.id, "most": OLD_AT_ONCE})).all()
    days = sorted({row.day for row in taken})
    ready = set((await session.execute(_IS_READY, {"area": area.id, "days": days})).scalars())
    people: dict[date, set[UUID]] = defaultdict(set)
    for row in taken:
        if row.day in ready:
            people[row.day].add(row.technician_id)
    same: dict[frozenset[UUID], list[date]] = defaultdict(list)
    for day in sorted(people):
        same[frozenset(people[day])].append(day)
    for who, theirs in same.items():
        for first, count in runs(theirs):
            await _forget(session, area, first, count, sorted(who))
            await _write(session, area, first, await work_of(session, area, first, count, sorted(who)))
    return sum(len(who) for who in people.values())


async def forget_all(session: AsyncSession, area: ServiceArea) -> None:
    """Keep nothing of an area any more; `begin` and `write_out` make it anew."""
    await _alone(session, area)
    for table in ("person_days", "person_grid_days", "kept_days", "work_stale"):
        await session.execute(text(f"DELETE FROM {table} WHERE area_id = :area"), {"area": area.id})  # noqa: S608


async def _alone(session: AsyncSession, area: ServiceArea) -> None:
    """One that writes out at a time; released with the transaction."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"kept work {area.id}"}
    )


async def _forget(session: AsyncSession, area: ServiceArea, first: date, days: int, people: Sequence[UUID]) -> None:
    asked = {"area": area.id, "first": first, "after": first + timedelta(days=days), "people": list(people)}
    for table in ("person_days", "person_grid_days"):
        query = f"DELETE FROM {table} WHERE area_id = :area AND day >= :first AND day < :after"  # noqa: S608 - ours
        await session.execute(text(f"{query} AND technician_id = ANY (:people)"), asked)


_PUT = text(
    f"""
    INSERT INTO person_days (area_id, day, technician_id, {_COLUMNS})
    SELECT :area, * FROM unnest(CAST(:days AS date[]), CAST(:people AS uuid[]),
        {", ".join(f"CAST(:{part} AS integer[])" for part in PARTS)})
    """  # noqa: S608 - constants
)
_PUT_PLACES = text(
    """
    INSERT INTO person_grid_days (area_id, day, technician_id, grid_id, drive, work, overtime)
    SELECT :area, * FROM unnest(CAST(:days AS date[]), CAST(:people AS uuid[]), CAST(:grids AS uuid[]),
        CAST(:drive AS integer[]), CAST(:work AS integer[]), CAST(:overtime AS integer[]))
    """
)


async def _write(session: AsyncSession, area: ServiceArea, first: date, found: Work) -> None:
    people = [row for row in rows_of(first, found.people) if any(row[2])]
    if people:
        asked: dict[str, Any] = {
            "area": area.id,
            "days": [row[0] for row in people],
            "people": [row[1] for row in people],
        }
        for place, part in enumerate(PARTS):
            asked[part] = [row[2][place] for row in people]
        await session.execute(_PUT, asked)
    places = [
        (day, key[0], key[1], (parts[PARTS.index("drive")], parts[PARTS.index("work")], parts[PARTS.index("overtime")]))
        for day, key, parts in rows_of(first, found.places)
        if any(parts)
    ]
    if places:
        asked = {
            "area": area.id, "days": [row[0] for row in places], "people": [row[1] for row in places],
            "grids": [row[2] for row in places],
        }  # fmt: skip
        for place, part in enumerate(PLACE_PARTS):
            asked[part] = [row[3][place] for row in places]
        await session.execute(_PUT_PLACES, asked)


def rows_of(first: date, found: dict[Any, list[Hours]]) -> list[tuple[date, Any, tuple[int, ...]]]:
    """Day, whose, and the seconds of each part."""
    return [
        (first + timedelta(days=place), key, tuple(getattr(one, part) for part in PARTS))
        for key, days in found.items()
        for place, one in enumerate(days)
    ]


# --- comparing --------------------------------------------------------------------------------------------------------

_KEPT = text(
    f"SELECT day, technician_id, {_COLUMNS} FROM person_days WHERE area_id = :area AND day = ANY (:days)"  # noqa: S608
)
_KEPT_PLACES = text(
    "SELECT day, technician_id, grid_id, drive, work, overtime FROM person_grid_days"
    " WHERE area_id = :area AND day = ANY (:days)"
)
_OLD_DAYS = text("SELECT DISTINCT technician_id, day FROM work_stale WHERE area_id = :area")


async def check(session: AsyncSession, area: ServiceArea) -> tuple[int, list[str]]:
    """Compare every kept day of everybody with the events; how many rows there are, and differences as sentences.

    What is marked old is not compared: pages do not read it.
    """
    await _alone(session, area)
    old = {(row.technician_id, row.day) for row in await session.execute(_OLD_DAYS, {"area": area.id})}
    ready = await session.execute(
        text("SELECT day FROM kept_days WHERE area_id = :area AND ready ORDER BY day"), {"area": area.id}
    )
    compared, wrong = 0, []
    for first, days in runs(ready.scalars()):
        asked = {"area": area.id, "days": [first + timedelta(days=place) for place in range(days)]}
        said = await work_of(session, area, first, days)
        pick = [PARTS.index(part) for part in PLACE_PARTS]
        for kept, told in (
            (
                {(row[0], row[1]): tuple(row[2:]) for row in await session.execute(_KEPT, asked)},
                {(day, who): parts for day, who, parts in rows_of(first, said.people) if any(parts)},
            ),
            (
                {(row[0], row[1], row[2]): tuple(row[3:]) for row in await session.execute(_KEPT_PLACES, asked)},
                {
                    (day, *key): tuple(parts[place] for place in pick)
                    for day, key, parts in rows_of(first, said.places)
                    if any(parts)
                },
            ),
        ):
            compared += len(kept)
            wrong += [
                f"{key[0]}, technician {' on grid '.join(map(str, key[1:]))}: seconds are kept as {kept.get(key)}, "
                f"the events say {told.get(key)}."
                for key in sorted(kept.keys() | told.keys())
                if kept.get(key) != told.get(key) and (key[1], key[0]) not in old
            ]
    return compared, wrong[:1000]
