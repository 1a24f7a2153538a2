"""Signs of dishonest reports with their evidence, and the funnel of an indicator: what stands beside a ranking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository as assessments
from dispatch.assessments import service as assessing
from dispatch.assessments.months import month_of
from dispatch.assessments.ranking.funnel import Z95, Z998, Funnel, funnel
from dispatch.assessments.ranking.honesty import Flag, flags_by_count
from dispatch.assessments.repository import Numbered
from dispatch.policies.service import indicator_versions
from dispatch.reports.reading import people_of
from dispatch.reports.rollups.kept_signs import signs_of
from grids.models import ServiceArea
from kit.actor import Actor, Role
from kit.errors import Invalid, NotFound

FLAG_READERS = (Role.MANAGER, Role.ADMINISTRATOR, Role.INSPECTOR)
"""Who may see what points at somebody: those who look into it."""
STEPS = 24
"""So many points draw each line of a funnel."""


async def flags_of(
    session: AsyncSession, actor: Actor, area: ServiceArea, month: str, technician: UUID | None = None
) -> tuple[list[Flag], dict[UUID, str], dict[str, str]]:
    """The flags of a month that the actor may see, the numbers of the orders in evidence, and everybody's name.

    Everybody is held against everybody else of the area, whoever asks.
    """
    actor.require(*FLAG_READERS)
    seen_in = await signs_of(session, area, month_of(month, area.timezone))
    found = flags_by_count(seen_in.chances, seen_in.shown)
    seen = await assessments.visible_technicians(session, actor)
    mine = [
        one
        for one in found
        if (seen is None or UUID(one.who) in seen) and (technician is None or one.who == str(technician))
    ]
    numbers = await assessments.numbers_of(session, {UUID(sign.order_id) for one in mine for sign in one.evidence})
    names = {str(one.id): one.name for one in await people_of(session, area.id)}
    return mine, numbers, names


@dataclass(frozen=True, slots=True)
class Plot:
    """A funnel, the cards that are drawn in it with their z-scores, and its limits: (cases, 95 %, 99.8 %)."""

    shape: Funnel
    cards: Sequence[tuple[Numbered, float]]
    limits: Sequence[tuple[float, tuple[float, float], tuple[float, float]]]


async def plot(
    session: AsyncSession, actor: Actor, area: ServiceArea, month: str, indicator: str, subject: str
) -> Plot | None:
    """The funnel of an indicator over everybody with cases; None where nobody has one.

    Raises `NotFound` where nothing was computed, `Invalid` for an indicator or subject that has no shares.
    """
    run = await assessing.version_of(session, actor, area, month)
    if subject not in ("technician", "team", "contractor", "grid"):
        raise NotFound("assessment.no_number", subject=subject, indicator=indicator)
    everybody = await assessments.numbers_of_cards(session, run.id, subject, indicator)
    counts = [card.number for card in everybody if card.number is not None]
    per = {one.code: one.definition.get("per", 1) for one in await indicator_versions(session, area.id, run.month)}
    if not counts or per.get(indicator, 1) > 1 or any(one["numerator"] > one["denominator"] for one in counts):
        raise Invalid("report.no_funnel", field="indicator", indicator=indicator)
    shape = funnel([(one["numerator"], one["denominator"]) for one in counts])
    if shape is None:
        return None
    sees = await assessments.visible_subjects(session, actor)
    cases = [one["denominator"] for one in counts if one["denominator"] > 0]
    least, most = max(1.0, min(cases) * 0.8), max(cases) * 1.1
    ends = [least * (most / least) ** (step / (STEPS - 1)) for step in range(STEPS)]
    mine = [
        (card, shape.z_score(card.number["numerator"], card.number["denominator"]))
        for card in everybody
        if card.number is not None and card.number["denominator"] > 0 and sees(subject, card.subject_id)
    ]
    return Plot(shape, mine, [(at, shape.limits(at, Z95), shape.limits(at, Z998)) for at in ends])
