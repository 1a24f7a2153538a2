"""Teams and contractors in the overview: who belongs to them, and their days and subscribers' words.

An order is theirs whose technician it is: who completed it, else whose it is now. So the days of the technicians of a
team sum up to the team's, and late means late by the technicians' clock, as in their score.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository as assessments
from dispatch.assessments.months import Month
from dispatch.reports.reading import people_of
from dispatch.reports.rollups.days import Day, days_of_people
from grids.models import ServiceArea
from kit.actor import Actor

_VOICE = text(
    """
    SELECT reason, count(*) AS times
    FROM callback_attempts a JOIN orders o ON o.id = a.order_id
    CROSS JOIN LATERAL jsonb_array_elements_text(a.reasons) AS reason
    WHERE o.area_id = :area AND a.reached = 'answered' AND a.at >= :since AND a.at < :until AND a.reasons <> '[]'
      AND (SELECT e.technician_id FROM order_events e
           WHERE e.order_id = o.id AND e.type = 'completed' AND e.occurred_at <= a.at
           ORDER BY e.sequence DESC LIMIT 1) = ANY (:people)
      AND (CAST(:grids AS uuid[]) IS NULL OR o.grid_id = ANY (:grids))
    GROUP BY reason ORDER BY times DESC, reason LIMIT 20
    """
)


async def of_crew(
    session: AsyncSession, actor: Actor, area: ServiceArea, month: Month, last: date,
    *, team: str | None, contractor: str | None, grid: UUID | None,
) -> tuple[list[Day], list[tuple[str, int]]]:  # fmt: skip
    """Every day of the month up to `last`, and the words, of a team or contractor as it is today."""
    theirs = [
        one.id
        for one in await people_of(session, area.id)
        if team in (None, one.team) and contractor in (None, one.contractor)
    ]
    grids = [grid] if grid is not None else None
    if grids is None and (visible := await assessments.visible_grids(session, actor)) is not None:
        grids = sorted(visible)
    asked = {
        "area": area.id, "people": theirs, "grids": grids, "since": month.start,
        "until": min(month.end, area.clock.now()),
    }  # fmt: skip
    days = await days_of_people(session, area, month, last, theirs, grids)
    return days, [(row.reason, row.times) for row in await session.execute(_VOICE, asked)]
