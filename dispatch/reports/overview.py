"""The overview of a month: cards with their months before, days by the area's clock, what subscribers complained of.

Every rate is a card's own numerator ÷ denominator. A number without cases is None, which pages write as “–”, never 0 %.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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
class Day:
    """One local day: orders reported, completed, completed late, and open at its end."""

    day: date
    reported: int
    completed: int
    late: int
    backlog: int


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the page shows of a month."""

    run: AssessmentRun
    indicators: Sequence[Indicator]
    cards: Sequence[ScoreCard]
    past: dict[tuple[str, str], list[Past]]
    days: Sequence[Day]
    voice: Sequence[tuple[str, int]]


_DAYS = text(
    """
    WITH day AS (
        SELECT CAST(d AS date) AS day, CAST(d AS timestamp) AT TIME ZONE :zone AS start,
               (CAST(d AS timestamp) + interval '1 day') AT TIME ZONE :zone AS finish
        FROM generate_series(CAST(:first AS timestamp), CAST(:last AS timestamp), interval '1 day') d
    ), mine AS (
        SELECT o.reported_at, o.completed_at, coalesce(o.completed_at, o.cancelled_at, o.closed_at) AS ended_at,
               CASE WHEN CAST(:technician AS uuid) IS NULL THEN coalesce(o.company_due_at, o.due_at)
                    ELSE o.technician_due_at END AS due_at
        FROM orders o
        WHERE o.area_id = :area AND o.origin <> 'history' AND o.status <> 'merged' AND o.reported_at < :until
          AND (CAST(:grid AS uuid) IS NULL OR o.grid_id = :grid)
          AND (CAST(:technician AS uuid) IS NULL
               OR coalesce(o.completed_by, o.owner_id, o.rework_of_technician_id) = :technician)
          AND (CAST(:grids AS uuid[]) IS NULL OR o.grid_id = ANY (:grids))
          AND (coalesce(o.completed_at, o.cancelled_at, o.closed_at) IS NULL
               OR coalesce(o.completed_at, o.cancelled_at, o.closed_at) >= :since)
    )
    SELECT day.day,
           count(*) FILTER (WHERE mine.reported_at >= day.start AND mine.reported_at < day.finish) AS reported,
           count(*) FILTER (WHERE mine.completed_at >= day.start AND mine.completed_at < day.finish) AS completed,
           count(*) FILTER (WHERE mine.completed_at >= day.start AND mine.completed_at < day.finish
                            AND mine.completed_at > mine.due_at) AS late,
           count(*) FILTER (WHERE mine.reported_at < day.finish
                            AND (mine.ended_at IS NULL OR mine.ended_at >= day.finish)) AS backlog
    FROM day LEFT JOIN mine ON mine.reported_at < day.finish AND (mine.ended_at IS NULL OR mine.ended_at >= day.start)
    GROUP BY day.day ORDER BY day.day
    """
)
_VOICE = text(
    """
    SELECT reason, count(*) AS times
    FROM callback_attempts a JOIN orders o ON o.id = a.order_id
    CROSS JOIN LATERAL jsonb_array_elements_text(a.reasons) AS reason
    WHERE o.area_id = :area AND a.reached = 'answered' AND a.at >= :since AND a.at < :until
      AND (CAST(:grid AS uuid) IS NULL OR o.grid_id = :grid)
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
        "area": area.id, "grid": grid, "technician": technician, "grids": grids, "zone": area.timezone,
        "since": span.start, "until": min(span.end, area.clock.now()),
        "first": datetime.combine(span.first, datetime.min.time()),
        "last": datetime.combine(_last_day(area, span), datetime.min.time()),
    }  # fmt: skip
    days = [Day(*row) for row in await session.execute(_DAYS, asked)]
    voice = [(row.reason, row.times) for row in await session.execute(_VOICE, asked)]
    return Overview(
        run=found.run, indicators=await indicator_versions(session, area.id, span.first), cards=found.cards,
        past=await _past(session, actor, area, span, seen), days=days, voice=voice,
    )  # fmt: skip


def _last_day(area: ServiceArea, span: Month) -> date:
    """The month's last day, or today where it runs on."""
    last = span.next_first - timedelta(days=1)
    now = area.clock.now()
    return last if now >= span.end else span.first + timedelta(days=(now - span.start).days)


async def _past(
    session: AsyncSession, actor: Actor, area: ServiceArea, span: Month, seen: set[tuple[str, str]]
) -> dict[tuple[str, str], list[Past]]:
    """The months before, oldest first, each in its newest version."""
    found: dict[tuple[str, str], list[Past]] = defaultdict(list)
    months: list[Month] = []
    for _ in range(MONTHS_BACK):
        span = month_of(span.previous_first, area.timezone)
        months.insert(0, span)
    for one in months:
        run = await assessments.latest_run(session, area.id, one.first)
        if run is None:
            continue
        for card in await assessments.cards(session, run.id, actor):
            key = (card.subject, card.subject_id)
            if key in seen:
                found[key].append(Past(one.name, card.score, {c: n["value"] for c, n in card.indicators.items()}))
    return found


def rate(numbers: dict[str, Any]) -> float | None:
    """The value of an indicator; None without cases."""
    value = numbers["value"]
    return None if value is None else float(value)
