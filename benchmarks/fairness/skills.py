"""Who can do what: skills drawn from a seed, what makes an order hard, and the score that skill alone would earn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.fairness.city import PEOPLE

DISHONEST, UNLUCKY, NEW = 0, 1, 2
HARD_GRIDS = 3
"""So many of the grids have a bad network and bad streets."""
SKILL_CASES = 20
"""Skills are spread as the rules assume: a Beta of so many cases around the mean (`shrinkage_cases`)."""
MEAN: Mapping[str, float] = {"late": 0.06, "slow_to_accept": 0.025, "slow_to_call": 0.025, "bad": 0.05, "back": 0.04}
"""How often somebody average fails on an average order: too late, disliked or not solved, the fault comes back."""
FAULTS: Mapping[str, float] = {"no_service": 0.9, "slow": 0.9, "optical_weak": 1.6}
"""How much harder a fault is than the average."""
HARDER_LATE, HARDER_BAD = 2.0, 1.5
"""What a hard grid does to lateness, and to what is disliked or comes back."""
EASIER = 0.9
CHEATS = 0.08
"""So many more of the dishonest one's orders were never repaired, though reported so."""


@dataclass(frozen=True, slots=True)
class Skills:
    """Chances of failing by kind, for each person."""

    chances: Mapping[str, np.ndarray]
    orders: np.ndarray
    """How many orders everybody gets."""


def draw(rng: np.random.Generator) -> Skills:
    """Everybody's skill and load. The unlucky one is exactly average, the new one has come on the last days."""
    chances = {}
    for kind, mean in MEAN.items():
        chances[kind] = rng.beta(SKILL_CASES * mean, SKILL_CASES * (1 - mean), PEOPLE)
        chances[kind][UNLUCKY] = mean
    chances["bad"][DISHONEST] += CHEATS
    orders = rng.integers(60, 150, PEOPLE)
    orders[NEW] = 12
    return Skills(chances, orders)


def hardness(kind: str, fault: str, *, hard: bool) -> float:
    """How much likelier a failure is on such an order than on the average one."""
    if kind == "late":
        return FAULTS[fault] * (HARDER_LATE if hard else EASIER)
    if kind in ("bad", "back"):
        return HARDER_BAD if hard else 1.0
    return 1.0


def likely(chance: float, kind: str, fault: str, *, hard: bool) -> float:
    """The chance that somebody fails on an order."""
    return min(0.95, chance * hardness(kind, fault, hard=hard))


@dataclass(frozen=True, slots=True)
class Points:
    """How an indicator earns, as the area's data has it."""

    weight: float
    target: float
    baseline: float
    at_most: bool


def true_scores(
    skills: Skills, mix: Sequence[tuple[str, bool]], scales: Mapping[str, Points], deductions: Mapping[str, float],
    most: float,
) -> np.ndarray:  # fmt: skip
    """What everybody's skill would earn on the orders that all got together (`mix`: fault and whether the grid is
    hard), after endless months. The rule of the ranking written out once more, without its code.
    """
    faults, hard = [fault for fault, _ in mix], np.array([one for _, one in mix])
    often: dict[str, np.ndarray] = {}
    for kind, chance in skills.chances.items():
        factor = np.array([hardness(kind, fault, hard=bool(one)) for fault, one in zip(faults, hard, strict=True)])
        often[kind] = np.minimum(0.95, chance[:, None] * factor[None, :]).mean(axis=1)
    rates = {
        "acceptance_on_time": 1 - often["slow_to_accept"],
        "contact_on_time": 1 - often["slow_to_call"],
        "repaired_on_time": 1 - often["late"],
        "first_time_fix": (1 - often["bad"]) * (1 - often["back"]),
        "repeat_faults": often["back"],
        "satisfaction": 1 - often["bad"],
        "returned_orders": np.zeros(PEOPLE),
    }
    total = sum(scales[code].weight * _share(rate, scales[code]) for code, rate in rates.items())
    weights = sum(scales[code].weight for code in rates)
    off = skills.orders * (often["late"] * deductions["late"] + often["bad"] * deductions["dissatisfied"])
    result: np.ndarray = 100 * total / weights - np.minimum(off, most)
    return result


def _share(rate: np.ndarray, scale: Points) -> np.ndarray:
    """0 at the worst, 0.6 at the baseline, 1 at the target, straight in between."""
    if scale.at_most:
        found: np.ndarray = np.interp(rate, [scale.target, scale.baseline, 1.0], [1.0, 0.6, 0.0])
    else:
        found = np.interp(rate, [0.0, scale.baseline, scale.target], [0.0, 0.6, 1.0])
    return found
