"""The overview of a month: cards with their months before, days by the area's clock, what subscribers complained of.

Every rate is a card's own numerator ÷ denominator. A number without cases is None, which pages write as “–”, never 0 %.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository as assessments
from dispatch.assessments import service as assessing
from dispatch.assessments.models import AssessmentRun, ScoreCard
from dispatch.assessments.months import Month, month_of
from dispatch.policies.models import Indicator
from dispatch.policies.service import indicator_versions
from dispatch.reports.rollups.days import Day, days_of, days_of_people
from grids.models import ServiceArea
from kit.actor import Actor, Role
from kit.errors import NotFound

READERS = (Role.MANAGER, Role.ADMINISTRATOR, Role.INSPECTOR, Role.GRID_LEAD, Role.DISPATCHER, Role.OBSERVER)
MONTHS_BACK = 5


@dataclass(frozen=True, slots=True)
class Past:
    """A month before: its score and its rates by indicator; None where there was none."""

    month: str
    score: float | None
    values: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the page shows of a month."""

    run: AssessmentRun
    indicators: Sequence[Indicator]
    cards: Sequence[ScoreCard]
    past: dict[tuple[str, str], list[Past]]
    days: Sequence[Day]
    voice: Sequence[tuple[str, int]]


_VOICE = text(
    """
    SELECT reason, count(*) AS times
    FROM callback_attempts a JOIN orders o ON o.id = a.order_id
    CROSS JOIN LATERAL jsonb_array_elements_text(a.reasons) AS reason
    WHERE o.area_id = :area AND a.reached = 'answered' AND a.at >= :since AND a.at < :until
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
    span = month_of(month, area.timezone)
    seen = {(card.subject, card.subject_id) for card in found.cards}
    for kind, one in (("grid", grid), ("technician", technician)):
        if one is not None and (kind, str(one)) not in seen:
            raise NotFound("assessment.no_number", subject=kind, indicator="score")
    grids = None
    if not actor.trusted and (actor.scope.grids is not None or actor.scope.contractor is not None):
        grids = [UUID(id_) for kind, id_ in seen if kind == "grid"]
    asked = {
        "area": area.id, "grid": grid, "technician": technician, "grids": grids, "since": span.start,
        "until": min(span.end, area.clock.now()),
    }  # fmt: skip
    last = _last_day(area, span)
    if technician is not None:
        days = await days_of_people(session, area, span, last, [technician])
    else:
        days = await days_of(session, area, span, last, grid, grids)
    voice = [(row.reason, row.times) for row in await session.execute(_VOICE, asked)]
    return Overview(
        run=found.run, indicators=await indicator_versions(session, area.id, span.first), cards=found.cards,
        past=await _past(session, area, span, seen), days=days, voice=voice,
    )  # fmt: skip


def _last_day(area: ServiceArea, span: Month) -> date:
    """The month's last day, or today where it runs on."""
    last = span.next_first - timedelta(days=1)
    now = area.clock.now()
    return last if now >= span.end else span.first + timedelta(days=(now - span.start).days)


async def _past(
    session: AsyncSession, area: ServiceArea, span: Month, seen: set[tuple[str, str]]
) -> dict[tuple[str, str], list[Past]]:
    """The months before, oldest first, each in its newest version."""
    found: dict[tuple[str, str], list[Past]] = defaultdict(list)
    months: list[date] = []
    for _ in range(MONTHS_BACK):
        months.append(month_of(months[-1] if months else span.first, area.timezone).previous_first)
    for row in await assessments.scores_of_months(session, area.id, months):
        key = (row.subject, row.subject_id)
        if key in seen:
            found[key].append(Past(f"{row.month:%Y-%m}", row.score, row.rates))
    return found


def rate(numbers: dict[str, Any]) -> float | None:
    """The value of an indicator; None without cases."""
    value = numbers["value"]
    return None if value is None else float(value)
