"""What was to be expected from the orders somebody got: observed failures against expected ones.

The chance of a failure is a base rate times one effect for each of fault type, grid, hour and tier (a log-linear model
of main effects, fitted by iterative proportional fitting, Deming and Stephan 1940), each effect shrunk to 1 as if some
cases of it had been average. The interval of observed ÷ expected is Byar's approximation of the Poisson one (Breslow
and Day 1987).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

ROUNDS = 30
PRIOR_FAILURES = 5.0
"""Every effect is as if so many more failures had been observed and expected."""


@dataclass(frozen=True, slots=True)
class Case:
    """One order in somebody's hands: `factors` say what it was like, `failed` whether it went wrong."""

    who: str
    factors: tuple[str, ...]
    failed: bool


@dataclass(frozen=True, slots=True)
class Ratio:
    """Failures observed and expected, and their ratio with its interval (low, high); None where nothing is expected."""

    observed: int
    expected: float
    cases: int
    value: float | None
    interval: tuple[float, float] | None


def ratios(cases: Sequence[Case], z: float = 1.959963984540054) -> dict[str, Ratio]:
    """Observed ÷ expected of everybody who had a case."""
    if not cases:
        return {}
    failed = np.array([case.failed for case in cases], dtype=float)
    chance = np.full(len(cases), failed.mean())
    codes = []
    for place in range(len(cases[0].factors)):
        _, code = np.unique([case.factors[place] for case in cases], return_inverse=True)
        codes.append(code)
    for _ in range(ROUNDS):
        for code in codes:
            seen, due = np.bincount(code, failed), np.bincount(code, chance)
            chance = np.minimum(chance * ((seen + PRIOR_FAILURES) / (due + PRIOR_FAILURES))[code], 0.999)
    names, who = np.unique([case.who for case in cases], return_inverse=True)
    observed, expected, count = np.bincount(who, failed), np.bincount(who, chance), np.bincount(who)
    return {
        str(name): _ratio(int(observed[place]), float(expected[place]), int(count[place]), z)
        for place, name in enumerate(names)
    }


def _ratio(observed: int, expected: float, cases: int, z: float) -> Ratio:
    if expected <= 0:
        return Ratio(observed, expected, cases, None, None)
    low, high = byar(observed, z)
    return Ratio(observed, expected, cases, observed / expected, (low / expected, high / expected))


def byar(observed: int, z: float) -> tuple[float, float]:
    """The interval of a Poisson mean of which `observed` were seen."""
    above = observed + 1
    low = 0.0 if observed == 0 else observed * max(0.0, 1 - 1 / (9 * observed) - z / (3 * sqrt(observed))) ** 3
    return low, above * (1 - 1 / (9 * above) + z / (3 * sqrt(above))) ** 3
