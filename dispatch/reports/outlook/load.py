"""Reads what a forecast of load stands on: daily reports by grid, the time an order takes, open orders, and shifts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository as assessments
from dispatch.reports.outlook.forecast import WEEKS, Expected, Week, next_week
from dispatch.reports.rollups.days import load_of
from dispatch.technicians.service import spans_on
from grids.models import ServiceArea
from grids.service import local_day
from kit.actor import Actor

_FIRST = text("SELECT min(reported_at) AT TIME ZONE :zone FROM orders WHERE area_id = :area AND origin <> 'history'")
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
    """The seven days from `first` on. `seconds` is what an order took, driving and visits that failed included.

    It is None where nothing was finished.
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
    mine = None if seen is None else sorted(seen)
    begun = await session.scalar(_FIRST, {"area": area.id, "zone": area.timezone})
    # A day before the first report is no day without reports.
    known = 0 if begun is None else min(7 * WEEKS, (today - begun.date()).days)
    days = range(7 * WEEKS - known, 7 * WEEKS)
    load = await load_of(session, area, today - timedelta(days=7 * WEEKS), today, mine)
    places = {one.grid: one.reported for one in load}
    whole = [sum(reported.get(day, 0) for reported in places.values()) for day in days]
    visits, spent = sum(one.visits for one in load), sum(one.spent for one in load)
    grids = []
    for place in await assessments.grid_rows(session, area.id):
        if seen is None or place.id in seen:
            reported = places.get(place.id, {})
            found = next_week([reported.get(day, 0) for day in days])
            grids.append((place.id, place.name, None if found is None else found.total))
    return Outlook(
        today, next_week(whole), spent / visits if visits else None,
        int(await session.scalar(_OPEN, {"area": area.id, "grids": mine}) or 0),
        await _capacity(session, actor, area, today), grids,
    )  # fmt: skip


async def _capacity(session: AsyncSession, actor: Actor, area: ServiceArea, first: date) -> list[int]:
    people = await assessments.visible_technicians(session, actor)
    found = [0] * 7
    for who, day, span in await spans_on(session, area.id, first, days=7):
        if people is None or who in people:
            pauses = sum(pause.seconds for pause in span.breaks)
            found[(day - first).days] += max(0, int((span.end - span.start).total_seconds()) - pauses)
    return found
