"""What a rank means: the month of known skills, and each tool by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime
from math import log, sqrt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.assessments.models import ScoreCard
from dispatch.assessments.months import month_of
from dispatch.assessments.ranking.case_mix import Case, byar, ratios
from dispatch.assessments.ranking.funnel import funnel
from dispatch.assessments.ranking.honesty import Sign, Sums, binomial_tail, discoveries, fisher, flags, tail
from dispatch.assessments.ranking.proposals import proposal
from dispatch.assessments.ranking.rank_intervals import Kind, Measured, rank_intervals
from dispatch.assessments.standing import add_standing, cases_of, dense
from dispatch.policies.limits import Limits
from tests.dispatch.assessments.ranking.simulated import DISHONEST, UNLUCKY, simulate


def test_a_month_of_known_skills_flags_the_dishonest_and_spares_the_unlucky():
    months = [simulate(seed) for seed in range(20)]
    assert sum(DISHONEST in month.flagged for month in months) >= 19
    assert sum(len(month.flagged - {DISHONEST}) for month in months) <= 2
    assert sum(UNLUCKY in month.punished for month in months) <= 1
    assert not any(month.new_is_ranked for month in months)
    assert sum(month.inside for month in months) / len(months) >= 0.9


def test_ranks_of_three_orders_cannot_be_told_apart_and_those_of_thousands_can():
    few = rank_intervals([Measured([3, 2, 1], [3, 3, 3], 20, 0.95, 0.87)], [(0, 0.0)] * 3, shrinkage=20, seed=1)
    many = rank_intervals(
        [Measured([9400, 9000, 8000], [10_000] * 3, 20, 0.95, 0.87)], [(0, 0.0)] * 3, shrinkage=20, seed=1
    )
    assert few == [(1, 3)] * 3
    assert many == [(1, 1), (2, 2), (3, 3)]


def test_deductions_move_a_rank_and_the_same_seed_is_the_same_interval():
    even, charges = [Measured([90] * 9, [100] * 9, 20, 0.95, 0.87)], [(0, 0.0)] * 8 + [(12, 24.0)]
    first = rank_intervals(even, charges, shrinkage=20, seed=3)
    assert first == rank_intervals(even, charges, shrinkage=20, seed=3)
    assert [interval[0] for interval in first[:8]] == [1] * 8
    assert first[8][0] > 1


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), min_size=2, max_size=30))
def test_funnel_limits_hold_the_middle_narrow_with_cases_and_never_leave_a_rate(pairs):
    found = funnel([(min(n, d), d) for n, d in pairs])
    assert found is not None
    for cases in (1, 10, 100):
        low, high = found.limits(cases)
        assert 0 <= low <= found.centre + 1e-9
        assert found.centre - 1e-9 <= high <= 1
        assert low <= found.limits(cases * 10)[0] + 1e-9
        assert found.limits(cases * 10)[1] <= high + 1e-9


def test_people_who_differ_widen_the_funnel_and_people_alike_do_not():
    alike = funnel([(90, 100)] * 20)
    spread = funnel([(60 + 4 * (k % 10), 100) for k in range(20)])
    assert alike is not None
    assert spread is not None
    assert alike.between == 0
    assert spread.between > 0
    bare = 1.959963984540054 / (2 * sqrt(100))
    low, high = spread.limits(100)
    assert high - low > 2 * bare * sqrt(spread.centre * (1 - spread.centre))


def test_hard_grids_explain_the_failures_of_who_works_there():
    cases = []
    for who in range(20):
        for number in range(100):
            hard = number < (80 if who == 0 else 10)
            failed = number % 5 == 0 if not hard else number % 2 == 0
            cases.append(Case(str(who), ("hard" if hard else "easy",), failed))
    unlucky = ratios(cases)["0"]
    assert unlucky.observed > 2 * ratios(cases)["5"].observed * 0.9
    assert unlucky.interval is not None
    assert unlucky.interval[0] < 1 < unlucky.interval[1]


def test_byars_interval_is_close_to_the_exact_one_of_a_poisson_mean():
    assert byar(10, 1.959963984540054) == pytest.approx((4.795, 18.39), abs=0.03)
    assert byar(0, 1.959963984540054)[0] == 0


def test_a_flag_names_its_evidence_and_chance_raises_none():
    crowd = [Sign(str(n % 20), "far_sign_in", n % 47 == 0, f"o{n}") for n in range(1000)]
    assert flags(crowd) == []
    (flag,) = flags([*crowd, *(Sign("x", "far_sign_in", n < 12, f"x{n}", f"e{n}") for n in range(50))])
    assert (flag.who, flag.seen, flag.chances, len(flag.evidence)) == ("x", 12, 50, 12)
    assert flag.evidence[0].event_id == "e0"


def test_tails_are_those_of_the_binomial_and_of_fisher():
    assert binomial_tail(2, 2, 0.5) == pytest.approx(0.25)
    assert binomial_tail(1, 3, 0.1) == pytest.approx(1 - 0.9**3)
    assert fisher([0.05]) == pytest.approx(0.05)
    assert fisher([0.01, 0.02]) == pytest.approx(0.0002 * (1 - log(0.0002)))


def test_of_those_who_are_told_of_a_share_may_be_chance():
    assert discoveries({}, 0.05) == set()
    assert discoveries({"a": 0.013, "b": 0.9, "c": 0.5, "d": 0.6}, 0.05) == set()
    assert discoveries({"a": 0.012, "b": 0.9, "c": 0.5, "d": 0.6}, 0.05) == {"a"}
    # The second makes room for the first, and both for a third that alone would be chance.
    assert discoveries({"a": 0.02, "b": 0.021, "c": 0.037, "d": 0.6}, 0.05) == {"a", "b", "c"}


def test_in_months_of_honest_people_hardly_anybody_is_told_of():
    rng = np.random.default_rng(17)
    told = 0
    for _ in range(60):
        found = []
        for who in range(40):
            careless = rng.beta(1, 30)
            for kind, rate in (("far_sign_in", 0.02), ("codes_typed", 0.01), ("contradicted", careless)):
                shown = rng.random(80) < rate
                found += [Sign(str(who), kind, bool(one), f"{who}-{at}") for at, one in enumerate(shown)]
        told += len({one.who for one in flags(found)})
    assert told <= 6  # 0.05 a month is 3


def test_where_honest_people_differ_more_than_chance_a_bad_month_is_no_flag():
    def together(counts: list[tuple[int, int]]) -> Sums:
        return sum((Sums.of(seen, chances) for seen, chances in counts), Sums())

    alike = [(4, 100)] * 30
    apart = [(1, 100)] * 20 + [(10, 100)] * 10
    assert together(alike).alike == 0
    assert together(apart).alike > 0.01
    without = together([*apart, (90, 100)]) - Sums.of(90, 100)
    assert without.alike == pytest.approx(together(apart).alike)
    assert tail(14, 100, 0.04, 0.0) == binomial_tail(14, 100, 0.04) < 1e-4
    assert tail(14, 100, 0.04, together(apart).alike) > 0.01
    assert tail(60, 100, 0.04, together(apart).alike) < 1e-6
    assert sum(tail(k, 12, 0.3, 0.2) - tail(k + 1, 12, 0.3, 0.2) for k in range(12)) + tail(
        12, 12, 0.3, 0.2
    ) == pytest.approx(1)
    crowd = [
        Sign(str(who), "contradicted", n < seen, f"{who}-{n}") for who, (seen, many) in enumerate(apart)
        for n in range(many)
    ]  # fmt: skip
    assert flags([*crowd, *(Sign("x", "contradicted", n < 14, f"x{n}") for n in range(100))]) == []
    assert [one.who for one in flags([*crowd, *(Sign("x", "contradicted", n < 70, f"x{n}") for n in range(100))])] == [
        "x"
    ]


def test_an_order_that_counts_twice_widens_the_interval_as_one_order_does():
    both = [Measured([90, 80, 70, 85] * 3, [100] * 12, 10, 0.95, 0.5) for _ in range(2)]
    once = [Measured(both[0].numerators, both[0].denominators, 20, 0.95, 0.5)]
    same = [{Kind(((1, 1), (1, 1))): good, Kind(((0, 1), (0, 1))): 100 - good} for good in [90, 80, 70, 85] * 3]
    alone = [{Kind(((1, 1),)): good, Kind(((0, 1),)): 100 - good} for good in [90, 80, 70, 85] * 3]

    def width(measured, orders):
        spans = rank_intervals(measured, [(0, 0.0)] * 12, orders, shrinkage=0.01, seed=2)
        return sum(high - low for low, high in spans)

    assert width(both, same) == pytest.approx(width(once, alone), abs=4)
    assert width(both, same) > 1.15 * width(both, None)


def test_charges_are_shrunk_by_orders_and_an_order_late_and_charged_is_one_mistake():
    measured = [Measured([95] * 9 + [80], [100] * 10, 20, 0.95, 0.87)]
    charges = [(5, 10.0)] * 9 + [(20, 40.0)]
    orders = [{Kind(((1, 1),)): 95, Kind(((0, 1),), 1, 2.0): 5}] * 9 + [
        {Kind(((1, 1),)): 80, Kind(((0, 1),), 1, 2.0): 20}
    ]
    found = rank_intervals(measured, charges, orders, shrinkage=20, seed=4)
    assert found == rank_intervals(measured, charges, orders, shrinkage=20, seed=4)
    assert found[9][0] >= 9


def test_nothing_is_proposed_for_the_unranked_or_by_chance():
    bad = ratios([Case(str(n % 10), ("a",), n % 10 == 0 or n % 97 == 0) for n in range(1000)])["0"]
    assert proposal(None, None, 10, bad) is None
    assert proposal(10, (9, 10), 10, bad) == "rectification"
    assert proposal(10, (6, 10), 10, bad) is None
    assert proposal(10, (9, 10), 10, None) is None
    assert proposal(1, (1, 2), 10, None) == "service_star"


def test_a_grid_without_an_order_is_proposed_for_nothing():
    def card(place: int | None, orders: int, late: int) -> ScoreCard:
        charged = [{"points": "-5", "orderId": f"{place}-{number}"} for number in range(late)]
        return ScoreCard(
            subject="grid", subject_id=str(place), name=str(place), rural=False, orders=orders, indicators={},
            deductions=charged, score=100 - 5 * late, rank=place, standing={}, behind={},
        )  # fmt: skip

    cards = [card(None, 0, 0), card(1, 60, 0), *(card(place, 60, 6) for place in range(2, 8))]
    add_standing("grid", cards, [], [], month_of(date(2022, 9, 1), "UTC"), Limits(), ZoneInfo("UTC"))
    assert cards[1].standing["rankInterval"][1] <= 2
    assert [one.standing.get("proposal") for one in cards[:2]] == [None, "service_star"]


def test_an_interval_of_ranks_is_in_the_ranks_that_are_published_where_some_are_equal():
    """Three share the first rank, the next is second, two share the third."""
    places = [1, 1, 1, 2, 3, 3]
    assert [dense(ends, rank, places) for ends, rank in (((1, 4), 1), ((3, 5), 2), ((4, 6), 3), ((5, 6), 2))] == [
        [1, 2], [1, 3], [2, 3], [2, 3],
    ]  # fmt: skip
    alike = [1] * 7
    assert dense((1, 7), 1, alike) == [1, 1]
    apart = list(range(1, 9))
    assert dense((3, 6), 4, apart) == [3, 6]


@pytest.mark.parametrize(
    ("zone", "moment", "hour"),
    [
        ("America/Vancouver", datetime(2022, 11, 7, 3, 30, tzinfo=UTC), 19),  # winter time began on the 6th
        ("America/Vancouver", datetime(2022, 11, 5, 3, 30, tzinfo=UTC), 20),
        ("Asia/Kolkata", datetime(2022, 11, 7, 18, 45, tzinfo=UTC), 0),  # half past five ahead
        ("Asia/Shanghai", datetime(2022, 11, 7, 16, 0, tzinfo=UTC), 0),
    ],
)
def test_an_order_is_compared_with_those_of_its_hour_by_the_areas_clocks(zone: str, moment: datetime, hour: int):
    row = {
        "technician_id": "a", "kind": "repair", "technician_due_at": moment, "assigned_at": moment, "fault_type": "x",
        "grid_id": "g", "tier": "ordinary", "completed_at": moment, "reworked": False,
    }  # fmt: skip
    (case,) = cases_of([row], "technician_id", ZoneInfo(zone))
    assert case.factors == ("x", "g", str(hour // 4), "ordinary")
