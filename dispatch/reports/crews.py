"""Teams and contractors in the overview: who belongs to them, and their days and subscribers' words.

An order is theirs whose technician it is: who completed it, else whose it is now. So the days of the technicians of a
team sum up to the team's, and late means late by the technicians' clock, as in their score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository as assessments
from dispatch.assessments.months import month_of
from dispatch.reports.overview import Overview
from dispatch.reports.rollups.days import days_of_people
from grids.models import ServiceArea
from kit.actor import Actor
from kit.errors import NotFound


@dataclass(frozen=True, slots=True)
class Crew:
    """Of which team a technician is, and by whom employed; None: the house."""

    team: str | None
    contractor: str | None


_VOICE = text(
    """
    SELECT reason, count(*) AS times
    FROM callback_attempts a JOIN orders o ON o.id = a.order_id
    CROSS JOIN LATERAL jsonb_array_elements_text(a.reasons) AS reason
    WHERE o.area_id = :area AND a.reached = 'answered' AND a.at >= :since AND a.at < :until
      AND (SELECT e.technician_id FROM order_events e
           WHERE e.order_id = o.id AND e.type = 'completed' AND e.occurred_at <= a.at
           ORDER BY e.sequence DESC LIMIT 1) = ANY (:people)
      AND (CAST(:grids AS uuid[]) IS NULL OR o.grid_id = ANY (:grids))
    GROUP BY reason ORDER BY times DESC, reason LIMIT 20
    """
)


async def crews(session: AsyncSession, area_id: UUID) -> dict[str, Crew]:
    """By technician's id."""
    return {str(one.id): Crew(one.team, one.contractor) for one in await assessments.technicians(session, area_id)}


async def of_crew(
    session: AsyncSession, actor: Actor, area: ServiceArea, found: Overview, people: Mapping[str, Crew],
    *, team: str | None, contractor: str | None, grid: UUID | None,
) -> Overview:  # fmt: skip
    """The overview with the days and words of a team or contractor. Raises `NotFound` for one the actor may not see."""
    seen = {(card.subject, card.subject_id) for card in found.cards}
    for kind, one in (("team", team), ("contractor", contractor)):
        if one is not None and (kind, one) not in seen:
            raise NotFound("assessment.no_number", subject=kind, indicator="score")
    theirs = [
        UUID(who) for who, crew in people.items() if team in (None, crew.team) and contractor in (None, crew.contractor)
    ]
    grids = [grid] if grid is not None else None
    if grids is None and (visible := await assessments.visible_grids(session, actor)) is not None:
        grids = sorted(visible)
    span = month_of(found.run.month, area.timezone)
    asked = {
        "area": area.id, "zone": area.timezone, "people": theirs, "grids": grids, "since": span.start,
        "until": min(span.end, area.clock.now()),
    }  # fmt: skip
    last = found.days[-1].day if found.days else span.first
    days = await days_of_people(session, area, span, last, theirs, grids) if found.days else []
    voice = [(row.reason, row.times) for row in await session.execute(_VOICE, asked)]
    return replace(found, days=days, voice=voice)
