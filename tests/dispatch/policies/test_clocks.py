"""The clocks of `domain.md` §5, to the second, on both sides of the hour that is lived twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.policies.calendars import Calendar, Calendars, YearRules, office_days_off
from dispatch.policies.clocks import (
    accept_due,
    after_pause,
    completion_due,
    contact_due,
    is_night,
    morning_after,
    on_site_due,
    rest_until,
)
from dispatch.policies.limits import Limits

LIMITS = Limits()


@dataclass
class Promise:
    kind: str = "repair"
    level: str = "normal"
    tier: str = "ordinary"


URGENT = Promise(level="urgent")
NORMAL = Promise()


def calendars(
    zone: str, years: dict[int, YearRules] | None = None, service_off: frozenset[date] = frozenset()
) -> Calendars:
    timezone = ZoneInfo(zone)
    service = {day.year: YearRules(service_off) for day in service_off}
    return Calendars(Calendar(timezone, service, weekends_off=False), Calendar(timezone, years or {}))


VANCOUVER = calendars("America/Vancouver")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_four_hours_are_four_real_hours_in_the_night_the_clocks_go_back():
    accepted = at("2022-11-06T00:30-07:00")
    due = completion_due(URGENT, accepted - timedelta(minutes=10), accepted, LIMITS, VANCOUVER)
    assert due.customer == due.assessment == at("2022-11-06T03:30-08:00")


def test_a_normal_order_dispatched_in_the_evening_is_assessed_from_the_next_morning():
    moment = at("2022-11-05T20:30-07:00")
    due = completion_due(NORMAL, moment, moment, LIMITS, VANCOUVER)
    assert due.assessment == at("2022-11-06T12:00-08:00")
    assert due.customer == at("2022-11-06T00:30-07:00")


def test_at_two_in_the_night_the_morning_is_the_same_days():
    assert morning_after(at("2022-09-27T02:00-07:00"), LIMITS, VANCOUVER) == at("2022-09-27T08:00-07:00")


def test_the_night_begins_at_twenty_and_is_over_at_eight():
    assert not is_night(at("2022-09-27T19:59:59-07:00"), LIMITS, VANCOUVER)
    assert is_night(at("2022-09-27T20:00-07:00"), LIMITS, VANCOUVER)
    assert is_night(at("2022-09-28T07:59:59-07:00"), LIMITS, VANCOUVER)
    assert not is_night(at("2022-09-28T08:00-07:00"), LIMITS, VANCOUVER)


def test_an_order_that_rests_waits_for_the_next_service_day():
    resting = calendars("America/Vancouver", service_off=frozenset({date(2022, 9, 28), date(2022, 9, 29)}))
    assert rest_until(NORMAL, at("2022-09-27T21:00-07:00"), LIMITS, resting) == at("2022-09-30T08:00-07:00")
    assert rest_until(NORMAL, at("2022-09-28T02:00-07:00"), LIMITS, resting) == at("2022-09-30T08:00-07:00")


@pytest.mark.parametrize("order", [URGENT, Promise(tier="vip"), Promise(tier="group")])
def test_urgent_orders_and_top_tiers_run_at_night(order: Promise):
    moment = at("2022-09-27T02:00-07:00")
    assert completion_due(order, moment, moment, LIMITS, VANCOUVER).assessment == moment + timedelta(hours=4)
    assert accept_due(order, moment, LIMITS, VANCOUVER) == moment + timedelta(minutes=30)


def test_the_acceptance_alarm_of_a_night_order_rests_till_morning():
    assert accept_due(NORMAL, at("2022-09-27T02:00-07:00"), LIMITS, VANCOUVER) == at("2022-09-27T08:30-07:00")
    assert contact_due(NORMAL, at("2022-09-27T02:00-07:00"), at("2022-09-27T02:10-07:00"), LIMITS, VANCOUVER) == at(
        "2022-09-27T10:00-07:00"
    )


def test_slow_acceptance_gains_nothing():
    dispatched = at("2022-09-27T09:00-07:00")
    slow = completion_due(NORMAL, dispatched, dispatched + timedelta(hours=3), LIMITS, VANCOUVER)
    assert slow.clock_started_at == dispatched + timedelta(minutes=30)
    assert slow.customer == slow.assessment == dispatched + timedelta(hours=4, minutes=30)


def test_an_urgent_order_is_on_site_within_four_hours_of_the_report_and_before_it_is_due():
    reported = at("2022-09-27T09:00-07:00")
    assert on_site_due(URGENT, reported, None, LIMITS) == reported + timedelta(hours=4)
    assert on_site_due(URGENT, reported, None, LIMITS, rural=True) == reported + timedelta(hours=6)
    assert on_site_due(URGENT, reported, reported + timedelta(hours=3), LIMITS) == reported + timedelta(hours=3)
    assert on_site_due(NORMAL, reported, None, LIMITS) is None


def test_a_later_window_of_the_subscriber_is_the_new_due_time_and_an_earlier_one_is_not():
    moment = at("2022-09-27T09:00-07:00")
    later = completion_due(NORMAL, moment, moment, LIMITS, VANCOUVER, window_end=at("2022-09-28T12:00-07:00"))
    assert later.customer == later.assessment == at("2022-09-28T12:00-07:00")
    earlier = completion_due(NORMAL, moment, moment, LIMITS, VANCOUVER, window_end=at("2022-09-27T11:00-07:00"))
    assert earlier.customer == moment + timedelta(hours=4)


def test_a_pause_before_the_clock_starts_moves_nothing_and_one_after_it_moves_the_rest():
    starts, due = at("2022-09-28T08:00-07:00"), at("2022-09-28T12:00-07:00")
    evening = at("2022-09-27T21:00-07:00")
    assert after_pause(due, starts, evening, evening + timedelta(hours=2), "always", VANCOUVER) == due
    assert after_pause(due, starts, evening, at("2022-09-28T09:00-07:00"), "always", VANCOUVER) == at(
        "2022-09-28T13:00-07:00"
    )
    late = at("2022-09-28T13:00-07:00")
    assert after_pause(due, starts, late, late + timedelta(hours=5), "always", VANCOUVER) == due


def shanghai() -> Calendars:
    days, source = office_days_off("CN", 2023)
    assert source == "chinese_calendar"
    return calendars("Asia/Shanghai", {2023: YearRules(frozenset(date.fromisoformat(day) for day in days))})


def test_a_working_hours_promise_runs_over_the_spring_festival_and_its_make_up_workdays():
    # Friday the 20th 15:00-18:00 is 3 h; 21st-27th are off; Saturday 28th and Sunday 29th are worked for them.
    office = shanghai().office
    assert office.add_open_seconds(at("2023-01-20T15:00+08:00"), 16 * 3600) == at("2023-01-29T13:00+08:00")
    assert office.open_seconds_between(at("2023-01-20T15:00+08:00"), at("2023-01-29T13:00+08:00")) == 16 * 3600
    assert office.add_open_seconds(at("2023-01-20T15:00+08:00"), 3 * 3600) == at("2023-01-20T18:00+08:00")


def test_a_working_hours_order_that_was_paused_keeps_the_open_hours_it_had_left():
    both = shanghai()
    due = at("2023-01-29T13:00+08:00")
    moved = after_pause(due, at("2023-01-20T09:00+08:00"), at("2023-01-20T17:00+08:00"),
                        at("2023-01-28T10:00+08:00"), "working_hours", both)  # fmt: skip
    # 1 h of the 20th, 9 h of the 28th and 4 h of the 29th were left: 8 h of the 28th, 6 h of the 29th.
    assert moved == at("2023-01-29T15:00+08:00")


def test_a_year_no_package_knows_has_its_weekends_off_and_says_so():
    days, source = office_days_off("CN", 2050)
    assert source == "weekends"
    assert date(2050, 1, 1).isoformat() in days
    assert date(2050, 1, 3).isoformat() not in days


def test_a_country_nobody_knows_has_its_weekends_off():
    days, source = office_days_off(None, 2023)
    assert source == "weekends"
    assert len(days) == 105


@given(
    st.integers(0, 700 * 24 * 3600).map(lambda seconds: at("2022-01-01T00:00Z") + timedelta(seconds=seconds)),
    st.integers(0, 40 * 3600),
)
def test_open_seconds_added_are_the_open_seconds_between(start: datetime, seconds: int):
    office = shanghai().office
    assert office.open_seconds_between(start, office.add_open_seconds(start, seconds)) == seconds


@given(
    st.integers(0, 180 * 24 * 3600).map(lambda seconds: at("2022-10-01T00:00Z") + timedelta(seconds=seconds)),
    st.integers(0, 7200),
)
def test_due_times_never_lie_before_the_promise_and_repeat_to_the_second(dispatched: datetime, wait: int):
    accepted = dispatched + timedelta(seconds=wait)
    first = completion_due(NORMAL, dispatched, accepted, LIMITS, VANCOUVER)
    assert first == completion_due(NORMAL, dispatched, accepted, LIMITS, VANCOUVER)
    assert first.customer - first.clock_started_at == timedelta(hours=4)
    assert first.assessment >= first.customer - timedelta(minutes=30)
    assert first.clock_started_at <= dispatched + timedelta(minutes=30)
