"""A month of 60 technicians whose skill is known: one dishonest, one unlucky with hard grids, one new."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np

from dispatch.assessments.ranking.case_mix import Case, ratios
from dispatch.assessments.ranking.funnel import funnel
from dispatch.assessments.ranking.honesty import Sign, by_person, flags
from dispatch.assessments.ranking.proposals import proposal
from dispatch.assessments.ranking.rank_intervals import Measured, rank_intervals

PEOPLE, DISHONEST, UNLUCKY, NEW = 60, 0, 1, 2
LEAST = 20
GRIDS, HARD = 30, range(3)
FAULTS = {"no_service": 0.8, "slow": 1.0, "cable": 1.8}
SKILL_CASES = 20
"""Skills are spread as the rule assumes: a Beta of this many cases around the mean (`domain.md` §9)."""
ON_TIME, SATISFIED = 0.9, 0.93


@dataclass(frozen=True)
class Month:
    """What one seed showed."""

    flagged: frozenset[int]
    punished: frozenset[int]
    ranked: int
    new_is_ranked: bool
    inside: float
    dispersion: float


def simulate(seed: int) -> Month:
    """Draw skills, orders and their outcomes; then judge them by what the product would see."""
    rng = np.random.default_rng(seed)
    late_skill = rng.beta(SKILL_CASES * ON_TIME, SKILL_CASES * (1 - ON_TIME), PEOPLE)
    kind_skill = rng.beta(SKILL_CASES * SATISFIED, SKILL_CASES * (1 - SATISFIED), PEOPLE)
    late_skill[UNLUCKY], kind_skill[UNLUCKY] = ON_TIME, SATISFIED
    orders = rng.integers(60, 160, PEOPLE)
    orders[NEW] = 12
    cases, signs, on_time, content = [], [], np.zeros(PEOPLE), np.zeros(PEOPLE)
    for who in range(PEOPLE):
        name = str(who)
        for number in range(orders[who]):
            hard = rng.random() < (0.8 if who == UNLUCKY else 0.08)
            grid = int(rng.choice(HARD)) if hard else int(rng.integers(len(HARD), GRIDS))
            fault, evening = str(rng.choice(list(FAULTS))), bool(rng.random() < 0.2)
            harder = FAULTS[fault] * (2.0 if hard else 0.9) * (1.3 if evening else 0.95)
            failed = bool(rng.random() < min(0.95, (1 - late_skill[who]) * harder))
            cases.append(Case(name, (fault, str(grid), str(evening)), failed))
            on_time[who] += not failed
            content[who] += rng.random() < kind_skill[who]
            cheats = who == DISHONEST
            order = f"{who}-{number}"
            signs.append(Sign(name, "far_sign_in", bool(rng.random() < (0.12 if cheats else 0.02)), order))
            signs.append(Sign(name, "photo_again", bool(rng.random() < (0.06 if cheats else 0.002)), order))
            signs.append(Sign(name, "contradicted", bool(rng.random() < (0.10 if cheats else 0.03)), order))
    ranked = [who for who in range(PEOPLE) if orders[who] >= LEAST]
    measured = [
        Measured(on_time[ranked].tolist(), orders[ranked].tolist(), 20, 0.95, 0.87),
        Measured(content[ranked].tolist(), orders[ranked].tolist(), 15, 0.97, 0.89),
    ]
    intervals = rank_intervals(measured, [(0, 0.0)] * len(ranked), shrinkage=20, seed=seed)
    mix = ratios(cases)
    # The true rank is that of the rates that would have been seen after endless months of the same orders.
    long_run = np.zeros(PEOPLE)
    for case in cases:
        harder = FAULTS[case.factors[0]] * (2.0 if int(case.factors[1]) in HARD else 0.9)
        harder *= 1.3 if case.factors[2] == "True" else 0.95
        who = int(case.who)
        long_run[who] += 1 - min(0.95, (1 - late_skill[who]) * harder)
    true = _score(long_run / orders, kind_skill)[ranked]
    places = (-true).argsort().argsort() + 1
    inside = np.mean([low <= place <= high for place, (low, high) in zip(places, intervals, strict=True)])
    seen = _score((on_time + 18) / (orders + 20), (content + 18.6) / (orders + 20))[ranked]
    shown = (-seen).argsort().argsort() + 1
    punished = {
        who
        for place, who in enumerate(ranked)
        if proposal(int(shown[place]), intervals[place], len(ranked), mix[str(who)]) == "rectification"
    }
    plot = funnel([(on_time[who], orders[who]) for who in ranked])
    assert plot is not None
    flagged = {int(name) for name in by_person(flags(signs))}
    return Month(frozenset(flagged), frozenset(punished), len(ranked), NEW in ranked, float(inside), plot.dispersion)


def _score(on_time: np.ndarray, content: np.ndarray) -> np.ndarray:
    """Points of two indicators, by the rule of `domain.md` §9 written out once more."""

    def share(rate: np.ndarray, baseline: float, target: float) -> np.ndarray:
        upper = 0.6 + 0.4 * (rate - baseline) / (target - baseline)
        return np.clip(np.where(rate < baseline, 0.6 * rate / baseline, upper), 0, 1)

    result: np.ndarray = 100 * (20 * share(on_time, 0.87, 0.95) + 15 * share(content, 0.89, 0.97)) / 35
    return result


if __name__ == "__main__":
    print("seed  dishonest flagged  honest flagged  unlucky punished  punished  ranked  new ranked  inside  dispersion")
    for seed in range(int(sys.argv[1]) if len(sys.argv) > 1 else 20):
        month = simulate(seed)
        print(
            f"{seed:>4}  {'yes' if DISHONEST in month.flagged else 'no':>17}  {len(month.flagged - {DISHONEST}):>14}"
            f"  {'yes' if UNLUCKY in month.punished else 'no':>16}  {len(month.punished):>8}  {month.ranked:>6}"
            f"  {'yes' if month.new_is_ranked else 'no':>10}  {month.inside:>6.1%}  {month.dispersion:>10.2f}"
        )
