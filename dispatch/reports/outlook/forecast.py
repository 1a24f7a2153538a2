"""What a week will bring, from the weeks before. Pure.

A day is expected to bring the mean of the same weekday over the last weeks: the seasonal mean, which stands between
the seasonal naive and the mean method of Hyndman and Athanasopoulos, "Forecasting: Principles and Practice", 3rd
edition, 2021, section 5.2. Counts spread more than Poisson's, so their variance is φ × mean with Pearson's estimate of
φ, never below 1 (McCullagh and Nelder, "Generalized Linear Models", 2nd edition, 1989, section 6.2.3); the interval
adds the error of a mean of k weeks: mean ± 1.96 √(φ · mean · (1 + 1/k)). A trend, holidays and storms are not in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

WEEKS = 8
LEAST_WEEKS = 3
"""With fewer nothing is said."""
_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Expected:
    """How many are expected, and between which numbers 95 of 100 such days (or weeks) lie."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Week:
    """The seven days after the history, their sum, and how much more than Poisson's counts they spread."""

    days: Sequence[Expected]
    total: Expected
    dispersion: float


def next_week(history: Sequence[int]) -> Week | None:
    """The week after a history of daily counts, oldest first, its last day yesterday; None where it is too short.

    Whole weeks count, at most the last `WEEKS`.
    """
    weeks = min(len(history) // 7, WEEKS)
    if weeks < LEAST_WEEKS:
        return None
    used = history[len(history) - 7 * weeks :]
    means = [sum(used[day::7]) / weeks for day in range(7)]
    spread = sum((count - means[at % 7]) ** 2 / means[at % 7] for at, count in enumerate(used) if means[at % 7] > 0)
    free = (weeks - 1) * sum(one > 0 for one in means)
    dispersion = max(1.0, spread / free) if free else 1.0
    days = [_around(one, dispersion * one * (1 + 1 / weeks)) for one in means]
    whole = sum(means)
    return Week(days, _around(whole, dispersion * whole * (1 + 1 / weeks)), dispersion)


def _around(middle: float, variance: float) -> Expected:
    reach = _Z95 * sqrt(variance)
    return Expected(middle, max(0.0, middle - reach), middle + reach)
