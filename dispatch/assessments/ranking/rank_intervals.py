"""Intervals of ranks by simulation (Goldstein & Spiegelhalter 1996, "League tables and their limitations", JRSS A 159).

Every indicator's true rate is drawn from its posterior, Beta(n + k·m, d − n + k·(1 − m)) with m the area's mean and k
the cases that shrink (`domain.md` §9), points and deductions follow, and the draws are ranked as the month is. The
interval of a rank is what 95 % of the draws keep to. The seed is fixed: the same month twice is the same.

One bad order is bad in several indicators at once, and is charged for: their rates do not err apart. So it is the
orders that are drawn, each with the same weight wherever it counts (the Bayesian bootstrap, Rubin 1981, Annals of
Statistics 9): weights are Gamma(1), orders alike are drawn together, and every rate by itself keeps its Beta.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

DRAWS = 2000
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured:
    """One indicator of everybody: counts by person, and how a rate earns points (`scoring.Scale`)."""

    numerators: Sequence[float]
    denominators: Sequence[float]
    weight: float
    target: float
    baseline: float
    at_most: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """Orders that are alike: for every indicator how often such an order stands in numerator and denominator, and how
    many charges and points off it brought.
    """

    counts: tuple[tuple[int, int], ...]
    charges: int = 0
    points: float = 0.0


def rank_intervals(
    measured: Sequence[Measured],
    charges: Sequence[tuple[int, float]],
    orders: Sequence[Mapping[Kind, int]] | None = None,
    *,
    shrinkage: float,
    seed: int,
    draws: int = DRAWS,
    most_deducted: float = 30.0,
) -> list[tuple[int, int]]:
    """The 95 % interval of everybody's rank, 1 the best.

    `charges` are, by person, how many deductions stand and the points they take off together; `orders`, by person, how
    many orders there are of each kind. What no order shows (and everything, without `orders`) is drawn by itself. How
    many charges there might have been as well is Gamma-Poisson, shrunk to the mean of all by as many orders.
    """
    people = len(charges)
    if people == 0:
        return []
    rng = np.random.default_rng(seed)
    each = sum(points for _, points in charges) / max(1, sum(count for count, _ in charges))
    volume = [_volume(measured, who, None if orders is None else orders[who]) for who in range(people)]
    often = sum(count for count, _ in charges) / max(1.0, sum(volume))
    means = [_mean(one) for one in measured]
    scores = np.zeros((draws, people))
    for who in range(people):
        kinds = {} if orders is None else orders[who]
        drawn = rng.gamma(np.array(list(kinds.values()), dtype=float), size=(draws, len(kinds)))
        earned_points, weights = np.zeros(draws), 0.0
        for place, (one, mean) in enumerate(zip(measured, means, strict=True)):
            if one.denominators[who] <= 0 or mean is None:
                continue
            rate = _rate(rng, one, who, place, kinds, drawn, shrinkage, mean)
            earned_points += one.weight * earned(rate, one)
            weights += one.weight
        off = drawn @ np.array([kind.points for kind in kinds], dtype=float)
        unseen = max(0.0, charges[who][0] - sum(kind.charges * many for kind, many in kinds.items()))
        off += each * rng.gamma(unseen + shrinkage * often + 1e-9, size=draws)
        off *= volume[who] / (volume[who] + shrinkage)
        scores[:, who] = 100 * earned_points / (weights or 1.0) - np.minimum(off, most_deducted)
    order = np.argsort(-scores, axis=1, kind="stable")
    places = np.empty_like(order)
    np.put_along_axis(places, order, np.arange(1, people + 1)[None, :], axis=1)
    low = np.quantile(places, 0.025, axis=0, method="lower")
    high = np.quantile(places, 0.975, axis=0, method="higher")
    return [(int(a), int(b)) for a, b in zip(low, high, strict=True)]


def _rate(
    rng: np.random.Generator, one: Measured, who: int, place: int, kinds: Mapping[Kind, int], drawn: Floats,
    shrinkage: float, mean: float,
) -> Floats:  # fmt: skip
    """Draws of somebody's true rate of one indicator."""
    good = np.array([kind.counts[place][0] for kind in kinds], dtype=float)
    bad = np.array([kind.counts[place][1] for kind in kinds], dtype=float) - good
    many = np.array(list(kinds.values()), dtype=float)
    numerator = min(one.numerators[who], one.denominators[who])
    more_good = max(0.0, numerator - float(good @ many)) + shrinkage * mean + 1e-9
    more_bad = max(0.0, one.denominators[who] - numerator - float(bad @ many)) + shrinkage * (1 - mean) + 1e-9
    above = drawn @ good + rng.gamma(more_good, size=len(drawn))
    below = drawn @ bad + rng.gamma(more_bad, size=len(drawn))
    result: Floats = above / (above + below)
    return result


def _mean(one: Measured) -> float | None:
    cases = sum(one.denominators)
    return None if cases == 0 else min(max(sum(one.numerators) / cases, 1e-6), 1 - 1e-6)


def _volume(measured: Sequence[Measured], who: int, kinds: Mapping[Kind, int] | None) -> float:
    if kinds is not None:
        return float(sum(kinds.values()))
    return float(max((one.denominators[who] for one in measured), default=0.0))


def earned(rates: Floats, one: Measured) -> Floats:
    """`scoring.share_earned` over an array of rates: 0…1."""
    if one.at_most:
        xs = [one.target, max(one.baseline, one.target + 1e-9), max(1.0, one.baseline + 2e-9)]
        found: Any = np.interp(rates, xs, [1.0, 0.6, 0.0])
    else:
        found = np.interp(rates, [0.0, max(one.baseline, 1e-9), max(one.target, one.baseline + 1e-9)], [0.0, 0.6, 1.0])
    result: Floats = found
    return result
