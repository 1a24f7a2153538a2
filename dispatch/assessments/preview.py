"""A month under other rules, before anything is published: who would move, and which lines of the score move them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import service
from dispatch.assessments.cards import Scored
from dispatch.assessments.months import month_of
from dispatch.assessments.scoring import Scale, exact
from dispatch.policies.limits import limits_from_json, limits_to_json
from grids.access import require_whole_area
from grids.models import ServiceArea
from kit.actor import Actor, Role
from kit.errors import Conflict, Invalid

PREVIEWERS = (Role.MANAGER, Role.ADMINISTRATOR, Role.INSPECTOR)
REASONS = 3
"""So many lines are named for each who moves."""


@dataclass(frozen=True, slots=True)
class IndicatorChange:
    """Another weight, target or baseline of an indicator; None leaves it. A weight of 0 takes it out."""

    code: str
    weight: float | None = None
    target: float | None = None
    baseline: float | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody's score and rank before and after, and the lines that moved most: (rule, points)."""

    subject: str
    id: str
    name: str
    score: tuple[float | None, float | None]
    rank: tuple[int | None, int | None]
    why: Sequence[tuple[str, Decimal]]


async def preview(
    session: AsyncSession,
    actor: Actor,
    area: ServiceArea,
    month: str,
    limits: Mapping[str, Any],
    indicators: Sequence[IndicatorChange],
) -> tuple[int, list[Move]]:
    """How many cards were compared, and everybody whose score or rank would be another, most moved first.

    `limits` replaces fields of the month's policy (`deductLate`, `shrinkageCases`, …). Nothing is stored.
    Raises `Invalid` for rules that cannot be, `Conflict` for a month not begun, `Forbidden`.
    """
    actor.require(*PREVIEWERS)
    actor.require_area(area.id)
    await require_whole_area(session, actor, area.id)
    span = month_of(month, area.timezone)
    if area.clock.now() < span.start:
        raise Conflict("assessment.not_begun", month=span.name)
    basis = await service.basis_of(session, area, span)
    changed = {change.code: change for change in indicators}
    unknown = changed.keys() - {rule.code for rule in basis.rules}
    if unknown:
        raise Invalid("preview.indicator", field="indicators", indicator=sorted(unknown)[0])
    rules = []
    for rule in basis.rules:
        change = changed.get(rule.code)
        scale = rule.scale
        if change is not None:
            scale = Scale(
                scale.weight if change.weight is None else Fraction(str(change.weight)),
                scale.target if change.target is None else exact(change.target),
                scale.baseline if change.baseline is None else exact(change.baseline),
                scale.at_most,
            )
        rules.append(replace(rule, scale=scale))
    other = limits_from_json(limits_to_json(basis.limits) | dict(limits))
    before = service.evaluate(basis)
    after = service.evaluate(replace(basis, rules=rules, limits=other))
    moves = [move for old, new in zip(before, after, strict=True) if (move := _move(old, new)) is not None]
    moves.sort(key=lambda move: (-abs((move.score[1] or 0) - (move.score[0] or 0)), move.subject, move.name))
    return len(before), moves


def _move(old: Scored, new: Scored) -> Move | None:
    if (old.card.score, old.card.rank) == (new.card.score, new.card.rank):
        return None
    lines: dict[str, Decimal] = {}
    for line in new.lines:
        lines[line.rule] = lines.get(line.rule, Decimal(0)) + line.points
    for line in old.lines:
        lines[line.rule] = lines.get(line.rule, Decimal(0)) - line.points
    why = sorted(((rule, points) for rule, points in lines.items() if points), key=lambda one: (-abs(one[1]), one[0]))
    card = new.card
    return Move(
        card.subject,
        card.subject_id,
        card.name,
        (old.card.score, card.score),
        (old.card.rank, card.rank),
        why[:REASONS],
    )
