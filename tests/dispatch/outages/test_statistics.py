"""The chance of so many reports, and when a day is beyond the usual; both against numbers computed elsewhere."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.outages.children import shared_out
from dispatch.outages.reliability import major_threshold
from dispatch.outages.statistics import chance_of


@given(st.integers(0, 12), st.integers(0, 60), st.integers(1, 60))
def test_the_chance_is_the_exact_binomial_tail(now: int, before: int, windows: int):
    total, inside = now + before, Fraction(1, 1 + windows)
    tail = sum(comb(total, k) * inside**k * (1 - inside) ** (total - k) for k in range(now, total + 1))
    assert chance_of(now, before, windows) == pytest.approx(float(tail), rel=1e-9, abs=1e-300)


def test_a_place_without_history_is_no_proof_of_a_rate_of_zero():
    assert chance_of(3, 0, 48) == pytest.approx(1 / 49**3)
    assert chance_of(3, 0, 1) == pytest.approx(1 / 8)
    assert chance_of(3, 96, 48) > 0.3  # two in each window before: three are nothing


def test_nothing_to_compare_with_is_refused():
    with pytest.raises(ValueError, match="compare"):
        chance_of(3, 0, 0)


def test_a_major_day_is_judged_only_by_enough_days():
    assert major_threshold([1.0] * 29 + [0.0] * 100) is None
    assert major_threshold([1.0] * 30) == pytest.approx(1.0)
    days = [2.718281828 ** (number % 3) for number in range(30)]  # logs 0, 1, 2 in turn: mean 1, deviation 0.8305
    assert major_threshold(days) == pytest.approx(2.718281828 ** (1 + 2.5 * 0.830455), rel=1e-4)


def test_known_customers_are_shared_out_to_the_last_one():
    shares = shared_out(100, {"a": 1, "b": 1, "c": 1})  # type: ignore[dict-item]
    assert sorted(shares.values()) == [33, 33, 34]
    assert sum(shared_out(7, {"a": 0, "b": 0}).values()) == 7  # type: ignore[dict-item]
