"""The lines that a score is made of. Pure: exact fractions in, decimals of four digits out, whose sum is the score.

indicators   100 × points ÷ Σ weights each      deductions   as charged, then `cap` for what is above the most
bonus        as ruled, capped alike             red line     takes what is left
floor        brings a sum below 0 back to 0     rounding     what the score's two digits leave over, below 0.01
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from dispatch.assessments.scoring import deduction, score

DIGITS = 4
SCORE_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One line; its key (kind, rule, order, event) names what it is about within a subject's month."""

    kind: str
    rule: str
    version: str
    points: Decimal
    attribution: str = "technician"
    order_id: str | None = None
    event_id: str | None = None
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str | None, str | None]:
        """What the line is about."""
        return self.kind, self.rule, self.order_id, self.event_id


@dataclass(frozen=True, slots=True)
class Earned:
    """The points of one indicator, 0…weight, and the fraction behind them."""

    rule: str
    version: str
    points: Fraction
    weight: Fraction
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Charged:
    """One deduction: `points` are below 0."""

    rule: str
    order_id: str
    event_id: str | None
    points: Fraction
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ruled:
    """A bonus (points above 0) or a red line, as a person decided it."""

    kind: str
    rule: str
    ruling_id: str
    order_id: str
    points: int


def decimal(number: Fraction, digits: int = DIGITS) -> Decimal:
    """The fraction rounded once, half to even."""
    scaled: int = round(number * 10**digits)
    return Decimal(scaled).scaleb(-digits)


def score_lines(
    earned: Sequence[Earned],
    charges: Sequence[Charged],
    rulings: Iterable[Ruled],
    policy: str,
    most_deducted: int,
    most_bonus: int,
) -> tuple[list[Line], Fraction | None]:
    """The lines of one subject's month and the published score, which is their sum; no lines without a score.

    A subject without any case has no score, unless a red line makes it 0.
    """
    ruled = sorted(rulings, key=lambda one: (one.kind, one.order_id, one.ruling_id))
    bonuses, red = [one for one in ruled if one.kind == "bonus"], [one for one in ruled if one.kind == "red_line"]
    off = deduction((-one.points for one in charges), most_deducted)
    bonus = Fraction(sum(one.points for one in bonuses))
    exact_score = score(
        [(one.points, one.weight) for one in earned], deducted=off, bonus=bonus, most_bonus=most_bonus
    )  # fmt: skip
    if exact_score is None and not red:
        return [], None
    final = Fraction(0) if red or exact_score is None else round(exact_score, SCORE_DIGITS)
    weights = sum((one.weight for one in earned), Fraction(0))
    lines: list[Line] = []
    if weights:
        for one in earned:
            lines.append(
                Line("indicator", one.rule, one.version, decimal(100 * one.points / weights), evidence=one.evidence)
            )
        for charge in charges:
            lines.append(
                Line("deduction", charge.rule, policy, decimal(charge.points), order_id=charge.order_id,
                     event_id=charge.event_id, evidence=charge.evidence)
            )  # fmt: skip
        charged = -sum((one.points for one in charges), Fraction(0))
        _add(lines, "cap", "most_deducted", policy, charged - off)
        for one_ruled in bonuses:
            lines.append(
                Line("bonus", one_ruled.rule, policy, Decimal(one_ruled.points), order_id=one_ruled.order_id,
                     event_id=one_ruled.ruling_id, evidence={"rulingId": one_ruled.ruling_id})
            )  # fmt: skip
        _add(lines, "cap", "most_bonus", policy, min(bonus, Fraction(most_bonus)) - bonus)
    for number, line in enumerate(red):
        takes = Decimal(0) if number else -_sum(lines)
        lines.append(
            Line("red_line", line.rule, policy, takes, order_id=line.order_id, event_id=line.ruling_id,
                 evidence={"rulingId": line.ruling_id})
        )  # fmt: skip
    if not red:
        if exact_score == 0:
            _add(lines, "floor", "floor", policy, -Fraction(_sum(lines)))
        else:
            _add(lines, "rounding", "rounding", policy, final - Fraction(_sum(lines)))
    return lines, final


def _add(lines: list[Line], kind: str, rule: str, policy: str, points: Fraction) -> None:
    if points:
        lines.append(Line(kind, rule, policy, decimal(points)))


def _sum(lines: Iterable[Line]) -> Decimal:
    return sum((line.points for line in lines), Decimal(0))
