"""Reads where the hours of a month went: shifts from the rosters, drives and work from the orders' events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments.months import Month
from dispatch.reports.hours import Duty, Hours, Interval, Pause, hours_of, overlap, seconds, union, without
from dispatch.technicians.service import shifts_on
from grids.models import ServiceArea

_JOBS = text(
    """
    WITH steps AS (
        SELECT e.order_id, e.sequence, e.technician_id, e.type, e.occurred_at, o.grid_id
        FROM order_events e JOIN orders o ON o.id = e.order_id
        WHERE o.area_id = :area AND o.origin <> 'history' AND e.occurred_at >= :since AND e.occurred_at < :until
          AND (e.type IN ('departed', 'arrived', 'nobody_home', 'completed', 'force_completed', 'solved_remotely',
                          'cancelled', 'merged', 'recalled', 'reassigned', 'rework_dispatched', 'rebooked')
               OR (e.type IN ('suspension_requested', 'return_requested') AND EXISTS (
                   SELECT FROM order_events d WHERE d.order_id = e.order_id AND d.type = 'request_decided'
                   AND d.sequence > e.sequence AND d.data ->> 'approved' = 'true')))
    ), spans AS (
        SELECT technician_id, grid_id, type, occurred_at AS start,
               lead(type) OVER mine AS next_type, lead(occurred_at) OVER mine AS finish
        FROM steps WINDOW mine AS (PARTITION BY order_id ORDER BY sequence)
    )
    SELECT technician_id, grid_id, type, start, finish FROM spans
    WHERE technician_id IS NOT NULL AND finish > start
      AND ((type = 'departed' AND next_type = 'arrived') OR type = 'arrived')
    """
)
LONGEST = timedelta(days=2)
"""A job that began so long before the month is none of it."""


@dataclass(slots=True)
class _Jobs:
    drives: list[Interval] = field(default_factory=list)
    works: list[Interval] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Worked:
    """The hours of a month by technician, and those spent on the orders of each grid (drive, work, overtime alone)."""

    technicians: dict[UUID, Hours]
    grids: dict[UUID, Hours]


async def worked(session: AsyncSession, area: ServiceArea, month: Month) -> Worked:
    """The month up to the area's now, by the borders of the area's own days."""
    until = min(month.end, area.clock.now())
    rows: Sequence[Any] = (
        await session.execute(_JOBS, {"area": area.id, "since": month.start - LONGEST, "until": until})
    ).all()
    whole = [(month.start, until)]
    duties: dict[UUID, list[Duty]] = defaultdict(list)
    for shift in await shifts_on(session, area.id, month.first - timedelta(days=1), days=month.days + 1):
        start, end = max(shift.start, month.start), min(shift.end, until)
        if start < end:
            pauses = [Pause(one.seconds, one.earliest, one.latest) for one in shift.breaks]
            duties[shift.technician_id].append(Duty(start, end, pauses))
    people: dict[UUID, _Jobs] = defaultdict(_Jobs)
    places: dict[tuple[UUID, UUID], _Jobs] = defaultdict(_Jobs)
    for row in rows:
        for jobs in (people[row.technician_id], *([places[row.grid_id, row.technician_id]] if row.grid_id else [])):
            (jobs.drives if row.type == "departed" else jobs.works).append((row.start, row.finish))
    technicians = {
        who: hours_of(duties[who], overlap(union(people[who].drives), whole), overlap(union(people[who].works), whole))
        for who in duties.keys() | people.keys()
    }
    grids: dict[UUID, Hours] = defaultdict(Hours)
    for (grid, who), jobs in places.items():
        grids[grid].add(_spent(jobs, duties[who], whole))
    return Worked(technicians, dict(grids))


def _spent(jobs: _Jobs, duties: Sequence[Duty], whole: Sequence[Interval]) -> Hours:
    """What one person spent on one grid, inside and outside of the shifts."""
    rostered = union([(duty.start, duty.end) for duty in duties])
    working = overlap(union(jobs.works), whole)
    driving = without(overlap(union(jobs.drives), whole), working)
    return Hours(
        drive=seconds(overlap(driving, rostered)), work=seconds(overlap(working, rostered)),
        overtime=seconds(without([*driving, *working], rostered)),
    )  # fmt: skip


def in_order(found: dict[UUID, Hours], names: dict[UUID, str]) -> list[tuple[UUID, str, Hours]]:
    """The hours of those who have a name, the busiest first."""
    rows = [(one, names[one], hours) for one, hours in found.items() if one in names]
    return sorted(rows, key=lambda row: (-(row[2].drive + row[2].work + row[2].overtime), row[1]))
