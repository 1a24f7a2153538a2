"""Points, deductions and ranks, case by case and as properties."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.assessments.scoring import (
    Charge,
    Count,
    Scale,
    Standing,
    deduction,
    exact,
    heaviest,
    mean_of,
    points,
    ranks,
    score,
    share_earned,
    shrunk,
    wilson,
)

AT_LEAST = Scale(Fraction(20), exact(0.95), exact(0.87))
AT_MOST = Scale(Fraction(8), exact(0.05), exact(0.08), at_most=True)
counts = st.integers(0, 500).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d)))
rates = st.fractions(0, 1)


def test_an_at_least_rate_earns_nothing_at_zero_six_tenths_at_the_baseline_all_at_the_target():
    assert [share_earned(exact(rate), AT_LEAST) for rate in (0, 0.435, 0.87, 0.91, 0.95, 1)] == [
        0, Fraction(3, 10), Fraction(3, 5), Fraction(4, 5), 1, 1,
    ]  # fmt: skip


def test_an_at_most_rate_is_mirrored_and_worth_nothing_when_every_case_is_bad():
    assert [share_earned(exact(rate), AT_MOST) for rate in (0, 0.05, 0.065, 0.08, 0.54, 1)] == [
        1, 1, Fraction(4, 5), Fraction(3, 5), Fraction(3, 10), 0,
    ]  # fmt: skip


def test_without_a_baseline_it_lies_8_points_below_or_1_6_times_above_the_target():
    assert share_earned(exact(0.87), Scale(Fraction(1), exact(0.95), None)) == Fraction(3, 5)
    assert share_earned(exact(0.08), Scale(Fraction(1), exact(0.05), None, at_most=True)) == Fraction(3, 5)


def test_few_cases_are_drawn_to_the_mean_of_the_area():
    assert shrunk(Count(0, 0), Fraction(9, 10)) == Fraction(9, 10)
    assert shrunk(Count(20, 20), Fraction(1, 2)) == Fraction(3, 4)


def test_an_indicator_without_cases_has_no_value_no_points_and_no_weight():
    assert Count(0, 0).value is None
    assert points(Count(0, 0), Fraction(1), AT_LEAST) is None
    assert score([(Fraction(10), Fraction(20))]) == 50
    assert score([]) is None


def test_a_watched_indicator_earns_no_points():
    assert points(Count(1, 1), Fraction(1), Scale(Fraction(0), exact(1), None)) is None


def test_the_interval_is_wilsons():
    # 8 of 10: centre (0.8 + 3.841459/20) / 1.3841459 = 0.716740, half width 0.226578 (Wilson 1927)
    low, high = wilson(8, 10)
    assert (round(low, 6), round(high, 6)) == (0.490162, 0.943318)
    assert wilson(0, 0) is None
    assert wilson(0, 5)[0] == 0


def test_at_most_30_are_deducted_at_most_10_added_and_never_below_zero():
    full = [(Fraction(10), Fraction(10))]
    assert deduction([2] * 16) == 30
    assert score(full, deducted=deduction([5] * 9)) == 70
    assert score(full, deducted=5, bonus=25) == 105
    assert score([(Fraction(1), Fraction(10))], deducted=30) == 0


def test_one_event_is_charged_once_at_its_dearest():
    charges = [Charge("o", "e1", "dissatisfied"), Charge("o", "e1", "attitude"), Charge("o", "e2", "late")]
    assert sorted((c.event_id, c.rule) for c in heaviest(charges)) == [("e1", "attitude"), ("e2", "late")]


def test_ranks_are_dense_and_urban_and_rural_apart():
    rows = [
        Standing("a", Fraction(90), Fraction(1), 30),
        Standing("b", Fraction(90), Fraction(1), 30),
        Standing("c", Fraction(80), Fraction(1), 30),
        Standing("r", Fraction(10), Fraction(1), 30, rural=True),
    ]
    assert ranks(rows) == {"a": 1, "b": 1, "c": 2, "r": 1}


def test_ties_are_broken_by_the_4_h_rate_then_by_volume():
    rows = [
        Standing("slow", Fraction(90), Fraction(8, 10), 99),
        Standing("fast", Fraction(90), Fraction(9, 10), 20),
        Standing("busy", Fraction(90), Fraction(9, 10), 40),
        Standing("none", Fraction(90), None, 400),
    ]
    assert ranks(rows) == {"busy": 1, "fast": 2, "slow": 3, "none": 4}


def test_without_enough_data_there_is_a_score_but_no_rank():
    rows = [Standing("new", Fraction(100), Fraction(1), 19, enough=False), Standing("old", Fraction(50), None, 20)]
    assert ranks(rows) == {"new": None, "old": 1}


@given(counts, rates, st.booleans())
def test_points_lie_between_nothing_and_the_weight(count, mean, at_most):
    scale = AT_MOST if at_most else AT_LEAST
    got = points(Count(*count), mean, scale)
    assert got is None if count[1] == 0 else 0 <= got <= scale.weight


@given(rates, rates, rates, rates, st.booleans())
def test_a_better_rate_never_earns_less(one, other, target, baseline, at_most):
    scale = Scale(Fraction(10), target, baseline, at_most)
    low, high = sorted((one, other))
    worse, better = (high, low) if at_most else (low, high)
    assert share_earned(worse, scale) <= share_earned(better, scale)


@given(counts)
def test_the_interval_holds_the_rate_and_stays_inside_0_and_1(count):
    found = wilson(*count)
    if count[1] == 0:
        assert found is None
    else:
        assert 0 <= found[0] <= count[0] / count[1] + 1e-12
        assert count[0] / count[1] - 1e-12 <= found[1] <= 1


@given(st.lists(counts))
def test_the_mean_of_an_area_counts_all_cases_together(found):
    mean = mean_of(Count(*count) for count in found)
    assert mean is None or 0 <= mean <= 1


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 3), st.booleans()), max_size=12))
def test_a_higher_score_never_ranks_lower_and_no_rank_is_skipped(rows):
    standings = [
        Standing(str(n), Fraction(points_), Fraction(1), 20 + volume, enough=enough)
        for n, (points_, volume, enough) in enumerate(rows)
    ]
    found = ranks(standings)
    given_ranks = {rank for rank in found.values() if rank is not None}
    assert given_ranks == set(range(1, len(given_ranks) + 1))
    for one in standings:
        for other in standings:
            if found[one.id] and found[other.id] and one.score > other.score:
                assert found[one.id] < found[other.id]


@pytest.mark.parametrize("rate", [0.5, 0.98])
def test_a_decimal_means_its_digits(rate):
    assert exact(rate) == Fraction(str(rate))
