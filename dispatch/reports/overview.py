"""The overview of a month: cards, days by the area's clock, what subscribers complained of.

`front_page` has the numbers of who was chosen alone (`ranked` has the rows of everybody); `overview` is the whole month
for files.

Every rate is a card's own numerator ÷ denominator. A number without cases is None, which pages write as “–”, never 0 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import service as assessing
from dispatch.assessments.models import AssessmentRun, ScoreCard
from dispatch.assessments.months import Month, month_of
from dispatch.policies.models import Indicator
from dispatch.policies.service import indicator_versions
from dispatch.reports.crews import of_crew
from dispatch.reports.ranked import SCORE, Row, counts, front, visible_grids
from dispatch.reports.rollups.days import Day, days_of, days_of_people
from grids.models import ServiceArea
from kit.actor import Actor, Role
from kit.errors import Invalid, NotFound

READERS = (Role.MANAGER, Role.ADMINISTRATOR, Role.INSPECTOR, Role.GRID_LEAD, Role.DISPATCHER, Role.OBSERVER)


@dataclass(frozen=True, slots=True)
class Overview:
    """All that is known of a month."""

    run: AssessmentRun
    indicators: Sequence[Indicator]
    cards: Sequence[ScoreCard]
    days: Sequence[Day]
    voice: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class FrontPage:
    """What the page of a month begins with: the area's row and those chosen, and how many there are of each kind."""

    run: AssessmentRun
    indicators: Sequence[Indicator]
    rows: Sequence[Row]
    counts: dict[str, int]
    days: Sequence[Day]
    voice: Sequence[tuple[str, int]]


_VOICE = text(
    """
    SELECT reason, count(*) AS times
    FROM callback_attempts a JOIN orders o ON o.id = a.order_id
    CROSS JOIN LATERAL jsonb_array_elements_text(a.reasons) AS reason
    WHERE o.area_id = :area AND a.reached = 'answered' AND a.at >= :since AND a.at < :until AND a.reasons <> '[]'
      AND (CAST(:grid AS uuid) IS NULL OR o.grid_id = :grid)
      AND (CAST(:technician AS uuid) IS NULL OR a.order_id IN (
           SELECT e.order_id FROM order_events e WHERE e.technician_id = :technician AND e.type = 'completed'))
      AND (CAST(:technician AS uuid) IS NULL OR (
           SELECT e.technician_id FROM order_events e
           WHERE e.order_id = o.id AND e.type = 'completed' AND e.occurred_at <= a.at
           ORDER BY e.sequence DESC LIMIT 1) = :technician)
      AND (CAST(:grids AS uuid[]) IS NULL OR o.grid_id = ANY (:grids))
    GROUP BY reason ORDER BY times DESC, reason LIMIT 20
    """
)


async def overview(
    session: AsyncSession,
    actor: Actor,
    area: ServiceArea,
    month: str,
    *,
    grid: UUID | None = None,
    technician: UUID | None = None,
) -> Overview:
    """The month as it was last computed, cut down to what the actor may see; days and words by grid and technician.

    Raises `NotFound` where nothing was computed, or for a grid or technician that the actor may not see.
    """
    actor.require(*READERS)
    found = await assessing.read(session, actor, area, month)
    seen = {(card.subject, card.subject_id) for card in found.cards}
    for kind, one in (("grid", grid), ("technician", technician)):
        if one is not None and (kind, str(one)) not in seen:
            raise NotFound("assessment.no_number", subject=kind, indicator="score")
    days, voice = await _days_and_words(session, actor, area, found.run, grid=grid, technician=technician)
    indicators = await indicator_versions(session, area.id, found.run.month)
    return Overview(run=found.run, indicators=indicators, cards=found.cards, days=days, voice=voice)


async def front_page(
    session: AsyncSession,
    actor: Actor,
    area: ServiceArea,
    month: str,
    *,
    grid: UUID | None = None,
    technician: UUID | None = None,
    team: str | None = None,
    contractor: str | None = None,
) -> FrontPage:
    """The same without everybody's numbers; days and words also of a team or contractor.

    Raises `NotFound` where nothing was computed, or for who or what the actor may not see.
    """
    actor.require(*READERS)
    run = await assessing.version_of(session, actor, area, month)
    chosen = {
        "grid": None if grid is None else str(grid), "contractor": contractor, "team": team,
        "technician": None if technician is None else str(technician),
    }  # fmt: skip
    rows, missing = await front(session, actor, run, chosen)
    if missing is not None:
        raise NotFound("assessment.no_number", subject=missing[0], indicator="score")
    days, voice = await _days_and_words(
        session, actor, area, run, grid=grid, technician=technician, team=team, contractor=contractor
    )
    return FrontPage(
        run=run, indicators=await indicator_versions(session, area.id, run.month), rows=rows,
        counts=await counts(session, actor, run), days=days, voice=voice,
    )  # fmt: skip


async def _days_and_words(
    session: AsyncSession,
    actor: Actor,
    area: ServiceArea,
    run: AssessmentRun,
    *,
    grid: UUID | None,
    technician: UUID | None,
    team: str | None = None,
    contractor: str | None = None,
) -> tuple[list[Day], list[tuple[str, int]]]:
    span = month_of(run.month, area.timezone)
    last = _last_day(area, span)
    if technician is None and (team is not None or contractor is not None):
        return await of_crew(session, actor, area, span, last, team=team, contractor=contractor, grid=grid)
    grids = await visible_grids(session, actor, run)
    asked = {
        "area": area.id, "grid": grid, "technician": technician, "grids": grids, "since": span.start,
        "until": min(span.end, area.clock.now()),
    }  # fmt: skip
    if technician is not None:
        within = grids if grid is None else [grid]
        days = await days_of_people(session, area, span, last, [technician], within)
    else:
        days = await days_of(session, area, span, last, grid, grids)
    return days, [(row.reason, row.times) for row in await session.execute(_VOICE, asked)]


async def at_most(session: AsyncSession, area: ServiceArea, run: AssessmentRun, measures: Sequence[str] | None) -> bool:
    """Whether more of the first measure is worse. Raises `Invalid` for one that the month does not have."""
    known = {one.code: one.at_most for one in await indicator_versions(session, area.id, run.month)} | {SCORE: False}
    for one in measures or ():
        if one not in known:
            raise Invalid("report.no_indicator", field="measure", indicator=one)
    return known[measures[0]] if measures else False


def _last_day(area: ServiceArea, span: Month) -> date:
    """The month's last day, or today where it runs on."""
    last = span.next_first - timedelta(days=1)
    now = area.clock.now()
    return last if now >= span.end else span.first + timedelta(days=(now - span.start).days)


def rate(numbers: dict[str, Any]) -> float | None:
    """The value of an indicator; None without cases."""
    value = numbers["value"]
    return None if value is None else float(value)
