"""Intervals of ranks by simulation (Goldstein & Spiegelhalter 1996, "League tables and their limitations", JRSS A 159).

Every indicator's true rate is drawn from its posterior, Beta(n + k·m, d − n + k·(1 − m)) with m the area's mean and k
the cases that shrink (`domain.md` §9), points and deductions follow, and the draws are ranked as the month is. The
interval of a rank is what 95 % of the draws keep to. The seed is fixed: the same month twice is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def rank_intervals(
    measured: Sequence[Measured],
    charges: Sequence[tuple[int, float]],
    *,
    shrinkage: float,
    seed: int,
    draws: int = DRAWS,
    most_deducted: float = 30.0,
) -> list[tuple[int, int]]:
    """The 95 % interval of everybody's rank, 1 the best.

    `charges` are, by person, how many deductions stand and the points they take off together. How many there might have
    been as well is Gamma-Poisson with the mean of all as prior.
    """
    people = len(charges)
    if people == 0:
        return []
    rng = np.random.default_rng(seed)
    total, weights = np.zeros((draws, people)), np.zeros(people)
    for one in measured:
        numerators = np.asarray(one.numerators, dtype=float)
        denominators = np.asarray(one.denominators, dtype=float)
        cases = denominators.sum()
        if cases == 0:
            continue
        mean = min(max(numerators.sum() / cases, 1e-6), 1 - 1e-6)
        good = np.minimum(numerators, denominators)
        drawn = rng.beta(
            good + shrinkage * mean + 1e-9, denominators - good + shrinkage * (1 - mean) + 1e-9, (draws, people)
        )
        has = denominators > 0
        total += np.where(has, one.weight * earned(drawn, one), 0.0)
        weights += np.where(has, one.weight, 0.0)
    counts = np.array([count for count, _ in charges], dtype=float)
    taken = np.array([points for _, points in charges])
    each = taken.sum() / counts.sum() if counts.sum() else 0.0
    often = rng.gamma(counts + counts.mean() + 1e-9, 0.5, (draws, people))
    scores = 100 * total / np.where(weights > 0, weights, 1.0) - np.minimum(often * each, most_deducted)
    order = np.argsort(-scores, axis=1, kind="stable")
    places = np.empty_like(order)
    np.put_along_axis(places, order, np.arange(1, people + 1)[None, :], axis=1)
    low = np.quantile(places, 0.025, axis=0, method="lower")
    high = np.quantile(places, 0.975, axis=0, method="higher")
    return [(int(a), int(b)) for a, b in zip(low, high, strict=True)]


def earned(rates: Floats, one: Measured) -> Floats:
    """`scoring.share_earned` over an array of rates: 0…1."""
    if one.at_most:
        xs = [one.target, max(one.baseline, one.target + 1e-9), max(1.0, one.baseline + 2e-9)]
        found: Any = np.interp(rates, xs, [1.0, 0.6, 0.0])
    else:
        found = np.interp(rates, [0.0, max(one.baseline, 1e-9), max(one.target, one.baseline + 1e-9)], [0.0, 0.6, 1.0])
    result: Floats = found
    return result
