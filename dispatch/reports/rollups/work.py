"""Where the hours of days went, read from shifts and events: what `kept_work` keeps and every page may ask anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.reports.hours import Duty, Hours, Interval, Pause, by_day, outside, overlap, parts_of, union
from dispatch.reports.rollups.counting import LONGEST, is_step
from dispatch.technicians.rosters import instant
from dispatch.technicians.service import spans_on
from grids.models import ServiceArea

_JOBS = text(
    f"""
    WITH steps AS (
        SELECT e.order_id, e.sequence, e.technician_id, e.type, date_trunc('second', e.occurred_at) AS at
        FROM order_events e
        WHERE e.occurred_at >= :earliest AND e.occurred_at < :latest
          AND (CAST(:people AS uuid[]) IS NULL OR e.order_id IN (
               SELECT d.order_id FROM order_events d
               WHERE d.technician_id = ANY (:people) AND d.occurred_at >= :earliest AND d.occurred_at < :latest
                 AND d.type IN ('departed', 'arrived')))
          AND {is_step("e")}
    ), spans AS (
        SELECT order_id, technician_id, type, at AS start, lead(type) OVER mine AS next_type,
               lead(at) OVER mine AS finish
        FROM steps WINDOW mine AS (PARTITION BY order_id ORDER BY sequence)
    ), wanted AS MATERIALIZED (  -- few enough to look up their orders
        SELECT * FROM spans
        WHERE technician_id IS NOT NULL AND finish > start AND finish <= start + CAST(:longest AS interval)
          AND finish > :since AND start < :until
          AND ((type = 'departed' AND next_type = 'arrived') OR type = 'arrived')
          AND (CAST(:people AS uuid[]) IS NULL OR technician_id = ANY (:people))
    )
    SELECT w.technician_id, o.grid_id, w.type, w.start, w.finish
    FROM wanted w JOIN orders o ON o.id = w.order_id
    WHERE o.area_id = :area AND o.origin <> 'history'
    """  # noqa: S608 - constants
)


@dataclass(slots=True)
class _Jobs:
    drives: list[Interval] = field(default_factory=list)
    works: list[Interval] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Work:
    """Hours by technician, and those spent on the orders of a grid by technician and grid; a list has one a day."""

    people: dict[UUID, list[Hours]]
    places: dict[tuple[UUID, UUID], list[Hours]]


async def work_of(
    session: AsyncSession, area: ServiceArea, first: date, days: int, people: Sequence[UUID] | None = None
) -> Work:
    """The local days from `first` on, up to the area's now; of everybody, or of some.

    A shift is judged as a whole and then cut at midnight, so that days add up to months however they are grouped.
    """
    zone, now = ZoneInfo(area.timezone), area.clock.now().replace(microsecond=0)
    borders = [min(instant(first + timedelta(days=place), datetime.min.time(), zone), now) for place in range(days + 1)]
    if borders[0] >= now or (people is not None and not people):
        return Work({}, {})
    duties = await _duties(session, area, first, days, (borders[0], borders[-1], now), people)
    shifts = [duty for mine in duties.values() for duty in mine]
    since = min((duty.start for duty in shifts), default=borders[0])
    until = max((duty.end for duty in shifts), default=borders[-1])
    since, until = min(since, borders[0]), max(until, borders[-1])
    asked = {
        "area": area.id, "people": None if people is None else list(people), "since": since, "until": until,
        "earliest": since - LONGEST, "latest": min(until + LONGEST, now), "longest": LONGEST,
    }  # fmt: skip
    drives_and_works: Sequence[Any] = (await session.execute(_JOBS, asked)).all()
    jobs: dict[UUID, _Jobs] = defaultdict(_Jobs)
    places: dict[tuple[UUID, UUID], _Jobs] = defaultdict(_Jobs)
    for row in drives_and_works:
        for one in (jobs[row.technician_id], *([places[row.technician_id, row.grid_id]] if row.grid_id else [])):
            (one.drives if row.type == "departed" else one.works).append((row.start, row.finish))
    rostered = {who: union([(duty.start, duty.end) for duty in mine]) for who, mine in duties.items()}
    return Work(
        {
            who: by_day(parts_of(duties.get(who, ()), jobs[who].drives, jobs[who].works), borders)
            for who in sorted(duties.keys() | jobs.keys())
        },
        {key: by_day(_spent(mine, rostered.get(key[0], [])), borders) for key, mine in sorted(places.items())},
    )


async def _duties(
    session: AsyncSession,
    area: ServiceArea,
    first: date,
    days: int,
    span: tuple[datetime, datetime, datetime],
    people: Sequence[UUID] | None,
) -> dict[UUID, list[Duty]]:
    """The shifts that reach into the days (from, to, now), up to now, so that one over midnight is there whole."""
    since, until, now = span
    found: dict[UUID, list[Duty]] = defaultdict(list)
    one = people[0] if people is not None and len(people) == 1 else None
    wanted = None if people is None else set(people)
    before = first - timedelta(days=1)
    for who, _, shift in await spans_on(session, area.id, before, days=days + 1, technician_id=one):
        if wanted is None or who in wanted:
            end = min(shift.end, now)
            if shift.start < end and end > since and shift.start < until:
                pauses = [Pause(pause.seconds, pause.earliest, pause.latest) for pause in shift.breaks]
                found[who].append(Duty(shift.start, end, pauses))
    return found


def _spent(jobs: _Jobs, rostered: Sequence[Interval]) -> dict[str, list[Interval]]:
    """What one person spent on one grid, inside and outside of the shifts."""
    working = union(jobs.works)
    driving = outside(union(jobs.drives), working)
    return {
        "drive": overlap(driving, rostered), "work": overlap(working, rostered),
        "overtime": outside(union([*driving, *working]), rostered),
    }  # fmt: skip
