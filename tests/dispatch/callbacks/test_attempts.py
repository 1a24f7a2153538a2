"""When asking has been tried enough, and what an answer means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.callbacks.attempts import Rule, Try, verdict
from dispatch.callbacks.models import Reached, Satisfaction
from dispatch.policies.clocks import period_of_day

VANCOUVER = ZoneInfo("America/Vancouver")
NINE = datetime(2022, 9, 27, 16, tzinfo=UTC)  # 09:00 in Vancouver
RULE = Rule()


def tries(*hours: float, reached: Reached = Reached.NO_ANSWER) -> list[Try]:
    times = [NINE + timedelta(hours=hour) for hour in hours]
    return [Try(at, period_of_day(at, VANCOUVER), reached) for at in times]


def test_the_period_of_the_day_is_the_areas():
    assert [period_of_day(NINE + timedelta(hours=h), VANCOUVER) for h in (0, 3, 9)] == [
        "morning",
        "afternoon",
        "evening",
    ]


def test_three_calls_in_one_morning_are_not_enough():
    assert verdict(tries(0, 1, 2), RULE) == "again"


def test_three_calls_over_two_periods_within_48_h_are():
    assert verdict(tries(0, 1, 5), RULE) == "not_reached"
    assert verdict(tries(0, 1, 49), RULE) == "again"


def test_a_late_third_call_counts_with_those_of_the_48_h_before_it():
    assert verdict(tries(0, 47, 52, 53), RULE) == "not_reached"


def test_only_wrong_numbers_make_the_subscriber_unreachable():
    assert verdict(tries(0, 1, 5, reached=Reached.WRONG_NUMBER), RULE) == "unreachable"


@pytest.mark.parametrize("satisfaction", list(Satisfaction))
@pytest.mark.parametrize("solved", [True, False])
def test_only_solved_and_satisfied_closes(satisfaction, solved):
    good = solved and satisfaction in (Satisfaction.SATISFIED, Satisfaction.VERY_SATISFIED)
    found = verdict(tries(0, reached=Reached.ANSWERED), RULE, solved=solved, satisfaction=satisfaction)
    assert found == ("satisfied" if good else "rework")


@given(
    st.lists(
        st.tuples(st.floats(0, 100), st.sampled_from([r for r in Reached if r is not Reached.ANSWERED])), min_size=1
    )
)
def test_silence_is_never_satisfied(attempts):
    made = [tries(hour, reached=reached)[0] for hour, reached in sorted(attempts, key=lambda a: a[0])]
    assert verdict(made, RULE) in ("again", "not_reached", "unreachable")
