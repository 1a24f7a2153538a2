"""Reads what a forecast of load stands on: daily reports by grid, the time an order takes, open orders, and shifts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository as assessments
from dispatch.reports.outlook.forecast import WEEKS, Expected, Week, next_week
from dispatch.technicians.service import shifts_on
from grids.models import ServiceArea
from grids.service import local_day
from kit.actor import Actor

_REPORTS = text(
    """
    SELECT o.grid_id, CAST(o.reported_at AT TIME ZONE :zone AS date) AS day, CAST(count(*) AS int) AS orders
    FROM orders o
    WHERE o.area_id = :area AND o.origin <> 'history' AND o.status <> 'merged'
      AND o.reported_at >= CAST(:first AS timestamp) AT TIME ZONE :zone
      AND o.reported_at < CAST(:today AS timestamp) AT TIME ZONE :zone
      AND (CAST(:grids AS uuid[]) IS NULL OR o.grid_id = ANY (:grids))
    GROUP BY 1, 2
    """
)
_FIRST = text("SELECT min(reported_at) AT TIME ZONE :zone FROM orders WHERE area_id = :area AND origin <> 'history'")
_TAKES = text(
    """
    WITH steps AS (
        SELECT e.order_id, e.type, e.occurred_at,
               lead(e.type) OVER mine AS next_type, lead(e.occurred_at) OVER mine AS next_at
        FROM order_events e JOIN orders o ON o.id = e.order_id
        WHERE o.area_id = :area AND o.origin <> 'history' AND o.completed_how = 'visit'
          AND o.completed_at >= CAST(:first AS timestamp) AT TIME ZONE :zone
          AND o.completed_at < CAST(:today AS timestamp) AT TIME ZONE :zone
          AND (CAST(:grids AS uuid[]) IS NULL OR o.grid_id = ANY (:grids))
        WINDOW mine AS (PARTITION BY e.order_id ORDER BY e.sequence)
    )
    SELECT CAST(sum(extract(epoch FROM next_at - occurred_at)) / count(DISTINCT order_id) AS float8) FROM steps
    WHERE next_at > occurred_at AND ((type = 'departed' AND next_type = 'arrived') OR type = 'arrived')
    """
)
_OPEN = text(
    """
    SELECT CAST(count(*) AS int) FROM orders o
    WHERE o.area_id = :area AND o.origin <> 'history'
      AND o.status IN ('reported', 'dispatched', 'accepted', 'en_route', 'on_site', 'suspended')
      AND (CAST(:grids AS uuid[]) IS NULL OR o.grid_id = ANY (:grids))
    """
)


@dataclass(frozen=True, slots=True)
class Outlook:
    """The seven days from `first` on. `seconds` is what an order took, driving included; None: nothing was finished.

    `week` is None with too short a history. `capacity` are rostered seconds by day, breaks taken out.
    """

    first: date
    week: Week | None
    seconds: float | None
    open_orders: int
    capacity: Sequence[int]
    grids: Sequence[tuple[UUID, str, Expected | None]]


async def outlook(session: AsyncSession, actor: Actor, area: ServiceArea) -> Outlook:
    """Today and the six days after it, of the grids and people that the actor may see."""
    today = local_day(area)
    seen = await assessments.visible_grids(session, actor)
    asked = {"area": area.id, "zone": area.timezone, "today": today, "first": today - timedelta(days=7 * WEEKS),
             "grids": None if seen is None else sorted(seen)}  # fmt: skip
    begun = await session.scalar(_FIRST, {"area": area.id, "zone": area.timezone})
    # A day before the first report is no day without reports.
    known = 0 if begun is None else min(7 * WEEKS, (today - begun.date()).days)
    days = [today - timedelta(days=back) for back in range(known, 0, -1)]
    whole: dict[date, int] = defaultdict(int)
    places: dict[UUID | None, dict[date, int]] = defaultdict(dict)
    for row in await session.execute(_REPORTS, asked):
        whole[row.day] += row.orders
        places[row.grid_id][row.day] = row.orders
    grids = []
    for place in await assessments.grid_rows(session, area.id):
        if seen is None or place.id in seen:
            found = next_week([places[place.id].get(day, 0) for day in days])
            grids.append((place.id, place.name, None if found is None else found.total))
    seconds = await session.scalar(_TAKES, asked)
    return Outlook(
        today, next_week([whole[day] for day in days]), seconds, int(await session.scalar(_OPEN, asked) or 0),
        await _capacity(session, actor, area, today), grids,
    )  # fmt: skip


async def _capacity(session: AsyncSession, actor: Actor, area: ServiceArea, first: date) -> list[int]:
    people = await assessments.visible_technicians(session, actor)
    found = [0] * 7
    for at in range(7):
        for shift in await shifts_on(session, area.id, first + timedelta(days=at)):
            if people is None or shift.technician_id in people:
                pauses = sum(pause.seconds for pause in shift.breaks)
                found[at] += max(0, int((shift.end - shift.start).total_seconds()) - pauses)
    return found
