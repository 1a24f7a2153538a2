"""The calibration factor of an area: real driving time divided by the road engine's free-flow time."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kit.errors import Invalid

LEAST_TRIPS = 30
_PLAUSIBLE = (0.2, 5.0)
"""A ratio outside is not plain driving: a detour, waiting or a lost signal."""


@dataclass(frozen=True, slots=True)
class Trip:
    """A driven trip: how long it really took and what the roads say, both in seconds."""

    real_seconds: float
    road_seconds: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """`factor` multiplies road times. `median_ratio` is real/road, before applying it (`fit`) or after (`report`).

    `spread` is half the distance between the 16th and the 84th percentile, as a share of the median: one sigma, if the
    ratios were normal.
    """

    factor: float
    trips: int
    median_ratio: float
    spread: float


def fit(trips: Iterable[Trip]) -> Calibration:
    """The factor at which half of the trips take longer than said and half shorter. Raises `Invalid` for too few."""
    ratios = _ratios(trips)
    median, spread = _median_and_spread(ratios)
    return Calibration(round(median, 4), len(ratios), median, spread)


def report(trips: Iterable[Trip], factor: float) -> Calibration:
    """How well a factor fits trips it was not fitted on: the median ratio should be near 1."""
    ratios = [ratio / factor for ratio in _ratios(trips)]
    return Calibration(factor, len(ratios), *_median_and_spread(ratios))


def _ratios(trips: Iterable[Trip]) -> list[float]:
    ratios = [trip.real_seconds / trip.road_seconds for trip in trips if trip.road_seconds > 0]
    ratios = [ratio for ratio in ratios if _PLAUSIBLE[0] <= ratio <= _PLAUSIBLE[1]]
    if len(ratios) < LEAST_TRIPS:
        raise Invalid("calibration.too_few", count=len(ratios), needed=LEAST_TRIPS)
    return ratios


def _median_and_spread(ratios: Sequence[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(ratios, n=100)
    median = statistics.median(ratios)
    return median, (cuts[83] - cuts[15]) / 2 / median
