"""From counts to points, score and rank (`domain.md` §6 and §9). Pure: exact fractions inside, rounded once at the end.

A rate is `numerator / denominator`. Two counts of one indicator earn between 0 and 1 of its weight:

    at least (target t, baseline b < t)      at most (target t, baseline b > t)
      rate 0      0.0                          rate ≥ 1    0.0
      rate b      0.6                          rate b      0.6
      rate ≥ t    1.0                          rate ≤ t    1.0

linear between those points. For "at most" indicators zero performance means that every case is a bad one: a rate of 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

BASELINE_SHARE = Fraction(3, 5)
SHRINKAGE = 20
"""How many cases at the area's mean are mixed into a subject's own (`domain.md` §9)."""
MOST_DEDUCTED = 30
MOST_BONUS = 10
Z95 = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""

DEDUCTIONS: dict[str, int] = {
    "missed_window": 1,
    "late": 2,
    "dissatisfied": 3,
    "attitude": 5,
    "complaint": 5,
    "hotline": 10,
}
"""Points an entry takes off, by its rule, unless the area's policy says otherwise."""


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted of one subject for one indicator."""

    numerator: int
    denominator: int

    @property
    def value(self) -> Fraction | None:
        """The raw rate; None for an empty denominator, shown as “–”."""
        return Fraction(self.numerator, self.denominator) if self.denominator else None


@dataclass(frozen=True, slots=True)
class Scale:
    """How a rate turns into points: `baseline` and `target` are rates (0.95, not 95)."""

    weight: Fraction
    target: Fraction | None
    baseline: Fraction | None
    at_most: bool = False

    @property
    def scored(self) -> bool:
        """Watched indicators have no target or no weight."""
        return self.weight > 0 and self.target is not None


def exact(number: float | str | None) -> Fraction | None:
    """The fraction a person meant by 0.98: its decimal digits, not the nearest binary number."""
    return None if number is None else Fraction(str(number))


def default_baseline(target: Fraction, at_most: bool) -> Fraction:
    """The shipped baseline: 8 points of percentage below the target, for "at most" ones 1.6 times it."""
    return target * Fraction(8, 5) if at_most else max(Fraction(0), target - Fraction(8, 100))


def wilson(numerator: int, denominator: int, z: float = Z95) -> tuple[float, float] | None:
    """Wilson's score interval of a proportion (Wilson 1927, eq. 5); None without cases.

    Returns (low, high), both in 0…1. Counts above the denominator (rates per 10 000) are cut at 1.
    """
    if denominator <= 0:
        return None
    share = min(numerator / denominator, 1.0)
    spread = z * z / denominator
    centre = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / denominator + spread / (4 * denominator)) / (1 + spread)
    return max(0.0, centre - half), min(1.0, centre + half)


def shrunk(count: Count, mean: Fraction, cases: int = SHRINKAGE) -> Fraction:
    """The rate that points use: (n + 20·m) / (d + 20), m the area's mean."""
    return (count.numerator + cases * mean) / (count.denominator + cases)


def share_earned(rate: Fraction, scale: Scale) -> Fraction:
    """The part of the weight a rate earns, 0…1 (see the module's table). A baseline above 1 is itself the worst."""
    if scale.target is None:
        return Fraction(0)
    target = scale.target
    baseline = scale.baseline if scale.baseline is not None else default_baseline(target, scale.at_most)
    if scale.at_most:
        worst = baseline if baseline > 1 else Fraction(1)
        return _between(worst - rate, worst - baseline, worst - target)
    return _between(rate, baseline, target)


def _between(rate: Fraction, baseline: Fraction, target: Fraction) -> Fraction:
    """0 at 0, 0.6 at the baseline, 1 at the target, where more is better. A baseline at the target leaves one line."""
    if rate >= target:
        return Fraction(1)
    if rate <= 0:
        return Fraction(0)
    if rate <= baseline:
        return BASELINE_SHARE * rate / baseline
    floor = max(baseline, Fraction(0))
    return BASELINE_SHARE + (1 - BASELINE_SHARE) * (rate - floor) / (target - floor)


def points(count: Count, mean: Fraction | None, scale: Scale, cases: int = SHRINKAGE) -> Fraction | None:
    """The points of one indicator, 0…weight; None where it has no cases or is only watched."""
    if not scale.scored or count.denominator == 0 or mean is None:
        return None
    return scale.weight * share_earned(shrunk(count, mean, cases), scale)


def mean_of(counts: Iterable[Count]) -> Fraction | None:
    """The area's mean: all cases together."""
    numerator = denominator = 0
    for count in counts:
        numerator += count.numerator
        denominator += count.denominator
    return Count(numerator, denominator).value


def score(
    earned: Iterable[tuple[Fraction, Fraction]],
    *,
    deducted: Fraction | int = 0,
    bonus: Fraction | int = 0,
    most_bonus: int = MOST_BONUS,
) -> Fraction | None:
    """The month's score out of 100, None when no indicator had cases.

    `earned` are (points, weight) of the indicators with cases: those without leave the weight base, so the score is
    100 × Σ points ÷ Σ weights, less what is deducted (`deduction` has cut it), plus at most 10, and never below 0.
    """
    total = weights = Fraction(0)
    for got, weight in earned:
        total += got
        weights += weight
    if weights == 0:
        return None
    left: Fraction = 100 * total / weights - Fraction(deducted) + min(Fraction(bonus), Fraction(most_bonus))
    return left if left > 0 else Fraction(0)


@dataclass(frozen=True, slots=True)
class Charge:
    """One entry that takes points off: its rule, and the event it is about."""

    order_id: str
    event_id: str
    rule: str


def heaviest(charges: Iterable[Charge], rates: Mapping[str, int] = DEDUCTIONS) -> list[Charge]:
    """One event is charged once: of several rules about it the dearest stands, of equals the first by name."""
    kept: dict[tuple[str, str], Charge] = {}
    for charge in sorted(charges, key=lambda c: (c.order_id, c.event_id, -rates[c.rule], c.rule)):
        kept.setdefault((charge.order_id, charge.event_id), charge)
    return list(kept.values())


def deduction(points_off: Iterable[Fraction | int], most: int = MOST_DEDUCTED) -> Fraction:
    """What the standing entries of a month take off together, at most 30."""
    return min(sum((Fraction(one) for one in points_off), Fraction(0)), Fraction(most))


@dataclass(frozen=True, slots=True)
class Standing:
    """What ranks a subject: its score (rounded as published), 4 h rate, volume, and whether it has enough data."""

    id: str
    score: Fraction | None
    on_time: Fraction | None
    volume: int
    rural: bool = False
    enough: bool = True


def ranks(standings: Sequence[Standing]) -> dict[str, int | None]:
    """Dense ranks from 1, urban and rural apart; ties by 4 h rate, then volume; None without enough data or score."""
    found: dict[str, int | None] = {standing.id: None for standing in standings}
    for rural in (False, True):
        group = [s for s in standings if s.rural == rural and s.enough and s.score is not None]
        keys = sorted({_key(s) for s in group}, reverse=True)
        place = {key: number for number, key in enumerate(keys, start=1)}
        for standing in group:
            found[standing.id] = place[_key(standing)]
    return found


def _key(standing: Standing) -> tuple[Fraction, Fraction, int]:
    on_time = standing.on_time if standing.on_time is not None else Fraction(-1)
    return standing.score or Fraction(0), on_time, standing.volume
