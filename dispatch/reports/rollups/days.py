"""Days by grid: read, fold, make anew, compare with the events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments.months import Month
from dispatch.reports.rollups.counting import ADDED
from grids.models import ServiceArea

AT_ONCE = 50_000
"""So many changes are folded in one transaction."""


_NAMES = ", ".join(ADDED)


@dataclass(frozen=True, slots=True)
class Day:
    """One local day: orders reported, completions, late ones among them, and what is open at its end."""

    day: date
    reported: int
    completed: int
    late: int
    backlog: int


_READ = text(
    """
    WITH counted AS (
        SELECT day, grid_id, reported, completed, late, opened FROM grid_days WHERE area_id = :area AND day <= :last
        UNION ALL
        SELECT day, grid_id, reported, completed, late, opened FROM grid_day_changes
        WHERE area_id = :area AND day <= :last
        UNION ALL
        -- what a replay has in store for the rest of the day is not reported yet
        SELECT CAST(o.reported_at AT TIME ZONE :zone AS date), o.grid_id, -1, 0, 0, -1 FROM orders o
        WHERE o.area_id = :area AND o.origin <> 'history' AND o.status = 'reported' AND o.reported_at > :until
          AND o.reported_at < CAST(CAST(:last AS date) + 1 AS timestamp) AT TIME ZONE :zone
    ), mine AS (
        SELECT greatest(day, CAST(:first AS date) - 1) AS day, sum(reported) AS reported, sum(completed) AS completed,
               sum(late) AS late, sum(opened) AS opened
        FROM counted
        WHERE (CAST(:grid AS uuid) IS NULL OR grid_id = :grid)
          AND (CAST(:grids AS uuid[]) IS NULL OR grid_id = ANY (:grids))
        GROUP BY 1
    ), shown AS (
        SELECT CAST(d AS date) AS day
        FROM generate_series(CAST(:first AS timestamp) - interval '1 day', CAST(:last AS timestamp), interval '1 day') d
    )
    SELECT day, CAST(coalesce(reported, 0) AS integer), CAST(coalesce(completed, 0) AS integer),
           CAST(coalesce(late, 0) AS integer), CAST(coalesce(sum(opened) OVER (ORDER BY day), 0) AS integer)
    FROM shown LEFT JOIN mine USING (day) ORDER BY day OFFSET 1
    """
)
"""The day before the first one is that of all the days before, for what was open when the month began."""


async def days_of(
    session: AsyncSession, area: ServiceArea, month: Month, last: date, grid: UUID | None, grids: Sequence[UUID] | None
) -> list[Day]:
    """Every day of the month up to `last`: of the area, of one grid, or of some."""
    asked = {
        "area": area.id, "first": month.first, "last": last, "grid": grid, "zone": area.timezone,
        "grids": None if grids is None else list(grids), "until": min(month.end, area.clock.now()),
    }  # fmt: skip
    return [Day(*row) for row in await session.execute(_READ, asked)]


_OF_PEOPLE = text(
    """
    WITH mine AS (
        SELECT o.id FROM orders o
        WHERE o.area_id = :area AND o.origin <> 'history'
          AND coalesce(o.completed_by, o.owner_id, o.rework_of_technician_id) = ANY (:people)
          AND o.reported_at <= :until AND (CAST(:grids AS uuid[]) IS NULL OR o.grid_id = ANY (:grids))
          -- what was closed before the month is in no day of it, and no longer open when it begins
          AND NOT (o.status = 'closed' AND greatest(o.closed_at, o.reported_at)
                   < CAST(:since AS timestamptz) - interval '2 days')
    ), turned AS (
        SELECT CAST(t.at AT TIME ZONE :zone AS date) AS day, t.reported, 0 AS completed, 0 AS late, t.opened
        FROM order_turns(ARRAY(SELECT id FROM mine), 2147483647) t
        UNION ALL
        SELECT CAST(e.at AT TIME ZONE :zone AS date), 0, 1, CAST(coalesce(e.at > due.at, false) AS integer), 0
        FROM (SELECT e.order_id, e.sequence,
                     coalesce(CAST(e.data ->> 'effectiveAt' AS timestamptz), e.occurred_at) AS at
              FROM order_events e JOIN orders o ON o.id = e.order_id
              WHERE e.technician_id = ANY (:people) AND e.type = 'completed' AND o.area_id = :area
                AND (CAST(:grids AS uuid[]) IS NULL OR o.grid_id = ANY (:grids))
                AND e.occurred_at >= CAST(:since AS timestamptz) - interval '2 days'
                AND e.occurred_at < CAST(:until AS timestamptz) + interval '2 days') e
        LEFT JOIN LATERAL (
            SELECT CAST(d.data -> 'clocks' ->> 'technicianDueAt' AS timestamptz) AS at FROM order_events d
            WHERE d.order_id = e.order_id AND d.sequence <= e.sequence AND d.data -> 'clocks' ? 'technicianDueAt'
            ORDER BY d.sequence DESC LIMIT 1) due ON true
        WHERE e.at >= :since AND e.at < :until
    ), mine_by_day AS (
        SELECT greatest(day, CAST(:first AS date) - 1) AS day, sum(reported) AS reported, sum(completed) AS completed,
               sum(late) AS late, sum(opened) AS opened
        FROM turned WHERE day <= :last GROUP BY 1
    ), shown AS (
        SELECT CAST(d AS date) AS day
        FROM generate_series(CAST(:first AS timestamp) - interval '1 day', CAST(:last AS timestamp), interval '1 day') d
    )
    SELECT day, CAST(coalesce(reported, 0) AS integer), CAST(coalesce(completed, 0) AS integer),
           CAST(coalesce(late, 0) AS integer), CAST(coalesce(sum(opened) OVER (ORDER BY day), 0) AS integer)
    FROM shown LEFT JOIN mine_by_day USING (day) ORDER BY day OFFSET 1
    """
)


async def days_of_people(
    session: AsyncSession, area: ServiceArea, month: Month, last: date, people: Sequence[UUID],
    grids: Sequence[UUID] | None = None,
) -> list[Day]:  # fmt: skip
    """The same of technicians: the orders that are theirs, and what they completed, late by their own clock.

    So the days of the technicians of a team sum up to the team's.
    """
    asked = {
        "area": area.id, "first": month.first, "last": last, "people": list(people), "zone": area.timezone,
        "since": month.start, "until": min(month.end, area.clock.now()),
        "grids": None if grids is None else list(grids),
    }  # fmt: skip
    return [Day(*row) for row in await session.execute(_OF_PEOPLE, asked)]


_LOAD = text(
    """
    WITH counted AS (
        SELECT day, grid_id, reported, visits, spent FROM grid_days
        WHERE area_id = :area AND day >= :first AND day < :after
        UNION ALL
        SELECT day, grid_id, reported, visits, spent FROM grid_day_changes
        WHERE area_id = :area AND day >= :first AND day < :after
        UNION ALL
        SELECT CAST(o.reported_at AT TIME ZONE :zone AS date), o.grid_id, -1, 0, 0 FROM orders o
        WHERE o.area_id = :area AND o.origin <> 'history' AND o.status = 'merged'
          AND o.reported_at >= CAST(:first AS timestamp) AT TIME ZONE :zone
          AND o.reported_at < CAST(:after AS timestamp) AT TIME ZONE :zone
    )
    SELECT grid_id, array_agg(day - CAST(:first AS date)) AS days, array_agg(CAST(reported AS integer)) AS reported,
           CAST(sum(visits) AS integer) AS visits, CAST(sum(spent) AS bigint) AS spent
    FROM (SELECT grid_id, day, sum(reported) AS reported, sum(visits) AS visits, sum(spent) AS spent FROM counted
          WHERE CAST(:grids AS uuid[]) IS NULL OR grid_id = ANY (:grids) GROUP BY grid_id, day) day
    GROUP BY grid_id
    """
)


@dataclass(frozen=True, slots=True)
class Load:
    """What some days brought one grid: by place of the day the orders that were reported and not merged into others
    (days without any may be left out), orders that a visit completed for the first time, and the seconds that the
    visits took.
    """

    grid: UUID | None
    reported: dict[int, int]
    visits: int
    spent: int


async def load_of(
    session: AsyncSession, area: ServiceArea, first: date, after: date, grids: Sequence[UUID] | None
) -> list[Load]:
    """The local days from `first` (place 0) on and before `after`, of these grids or of all that have any."""
    asked = {
        "area": area.id, "first": first, "after": after, "zone": area.timezone,
        "grids": None if grids is None else list(grids),
    }  # fmt: skip
    return [
        Load(row.grid_id, dict(zip(row.days, row.reported, strict=True)), row.visits, row.spent)
        for row in await session.execute(_LOAD, asked)
    ]


_FOLD = text(
    """
    WITH taken AS (
        DELETE FROM grid_day_changes WHERE id IN (
            SELECT id FROM grid_day_changes ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED)
        RETURNING area_id, grid_id, day, reported, completed, late, opened, visits, spent
    ), kept AS (
        INSERT INTO grid_days AS d (area_id, grid_id, day, reported, completed, late, opened, visits, spent)
        SELECT area_id, grid_id, day, sum(reported), sum(completed), sum(late), sum(opened), sum(visits), sum(spent)
        FROM taken
        GROUP BY area_id, grid_id, day ORDER BY area_id, day, grid_id
        ON CONFLICT (area_id, day, grid_id) DO UPDATE SET
            reported = d.reported + excluded.reported, completed = d.completed + excluded.completed,
            late = d.late + excluded.late, opened = d.opened + excluded.opened, visits = d.visits + excluded.visits,
            spent = d.spent + excluded.spent
    )
    SELECT count(*) FROM taken
    """
)


async def fold(session: AsyncSession) -> int:
    """Fold what was added into the days, in one statement: it is in one or the other, never in both. Returns how many
    changes there were.
    """
    return int(await session.scalar(_FOLD, {"most": AT_ONCE}) or 0)


_SAID = """
SELECT o.area_id, o.grid_id, CAST(t.at AT TIME ZONE :zone AS date) AS day, CAST(sum(t.reported) AS integer) AS reported,
       CAST(sum(t.completed) AS integer) AS completed, CAST(sum(t.late) AS integer) AS late,
       CAST(sum(t.opened) AS integer) AS opened, CAST(sum(t.visits) AS integer) AS visits,
       CAST(sum(t.spent) AS integer) AS spent
FROM order_turns(ARRAY(SELECT id FROM orders WHERE area_id = :area AND origin <> 'history'), 2147483647) t
JOIN orders o ON o.id = t.order_id
GROUP BY o.area_id, o.grid_id, 3
"""


async def rebuild(session: AsyncSession, area: ServiceArea) -> int:
    """Make all days of an area anew from its events; returns how many rows there are. Acts wait meanwhile."""
    # Whoever has counted an event holds this table until its end, and nobody counts one until ours.
    await session.execute(text("LOCK TABLE grid_day_changes IN SHARE MODE"))
    for table in ("grid_day_changes", "grid_days"):
        await session.execute(text(f"DELETE FROM {table} WHERE area_id = :area"), {"area": area.id})  # noqa: S608 - ours
    made = await session.execute(
        text(f"INSERT INTO grid_days (area_id, grid_id, day, {_NAMES}) {_SAID}"),
        {"area": area.id, "zone": area.timezone},
    )
    return int(getattr(made, "rowcount", 0))


def _of(table: str) -> str:
    return ", ".join(f"{table}.{one}" for one in ADDED)


_DIFFERENT = text(  # what has no grid is compared under the area's own id
    f"""
    WITH said AS ({_SAID}), kept AS (
        SELECT grid_id, day, {", ".join(f"CAST(sum({one}) AS integer) AS {one}" for one in ADDED)}
        FROM (SELECT grid_id, day, {_NAMES} FROM grid_days WHERE area_id = :area
              UNION ALL
              SELECT grid_id, day, {_NAMES} FROM grid_day_changes WHERE area_id = :area) added
        GROUP BY grid_id, day HAVING {" OR ".join(f"sum({one}) <> 0" for one in ADDED)}
    )
    SELECT coalesce(s.day, k.day) AS day, coalesce(s.grid_id, k.grid_id) AS grid_id,
           jsonb_build_array({_of("s")}) AS said, jsonb_build_array({_of("k")}) AS kept
    FROM (SELECT * FROM said WHERE {" OR ".join(f"{one} <> 0" for one in ADDED)}) s
    FULL JOIN kept k ON k.day = s.day
         AND coalesce(k.grid_id, CAST(:area AS uuid)) = coalesce(s.grid_id, CAST(:area AS uuid))
    WHERE ({_of("s")}) IS DISTINCT FROM ({_of("k")})
    ORDER BY 1, 2 LIMIT 1000
    """  # noqa: S608 - constants
)


@dataclass(frozen=True, slots=True)
class DaysCheck:
    """How many rows were compared with the events, and every difference as a sentence."""

    rows: int
    differences: list[str]


async def check(session: AsyncSession, area: ServiceArea) -> DaysCheck:
    """Compare the days with what the events of the area say."""
    asked: dict[str, Any] = {"area": area.id, "zone": area.timezone}
    rows = await session.scalar(text("SELECT count(*) FROM grid_days WHERE area_id = :area"), {"area": area.id})
    wrong = [
        f"{row.day}, grid {row.grid_id or '–'}: {_NAMES} are kept as {row.kept}, the events say {row.said}."
        for row in await session.execute(_DIFFERENT, asked)
    ]
    return DaysCheck(int(rows or 0), wrong)
