"""Rosters on real time: patterns, dated shifts, leave, pauses, the nights the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dispatch.technicians.rosters import Dated, Pattern, check_breaks, spans_on
from kit.errors import Invalid

VANCOUVER = ZoneInfo("America/Vancouver")
LUNCH = {"seconds": 2700, "earliest": "11:30", "latest": "13:30"}
DAYS = frozenset(range(1, 8))


def pattern(starts: str = "08:00", ends: str = "16:00", breaks: Any = (LUNCH,), **values: Any) -> Pattern:
    return Pattern(values.pop("weekdays", DAYS), time.fromisoformat(starts), time.fromisoformat(ends), breaks, **values)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=VANCOUVER).astimezone(UTC)  # type: ignore[misc, arg-type]


def test_a_pattern_works_on_its_weekdays_within_its_validity():
    monday = date(2022, 9, 26)
    only = pattern(weekdays=frozenset({1}), valid_from=date(2022, 9, 20), valid_until=date(2022, 10, 3))
    worked = [day for n in range(-7, 15) if spans_on(day := monday + timedelta(n), VANCOUVER, [only], [], [])]
    assert worked == [monday]


def test_the_day_the_clocks_go_back_a_night_shift_is_an_hour_longer():
    (night,) = spans_on(date(2022, 11, 5), VANCOUVER, [pattern("22:00", "06:00", ())], [], [])
    assert (night.start, night.end - night.start) == (local(2022, 11, 5, 22), timedelta(hours=9))
    (day,) = spans_on(date(2022, 11, 6), VANCOUVER, [pattern()], [], [])
    assert (day.start, day.end) == (datetime(2022, 11, 6, 16, tzinfo=UTC), datetime(2022, 11, 7, 0, tzinfo=UTC))


def test_a_pause_lies_in_its_local_window_also_after_midnight():
    meal = {"seconds": 1800, "earliest": "01:00", "latest": "03:00"}
    (night,) = spans_on(date(2022, 9, 27), VANCOUVER, [pattern("22:00", "06:00", (meal,))], [], [])
    assert [(p.seconds, p.earliest, p.latest) for p in night.breaks] == [
        (1800, local(2022, 9, 28, 1), local(2022, 9, 28, 3))
    ]


def test_a_dated_shift_replaces_the_pattern_of_its_day():
    single = Dated(local(2022, 9, 27, 12), local(2022, 9, 27, 20), [LUNCH])
    (span,) = spans_on(date(2022, 9, 27), VANCOUVER, [pattern()], [single], [])
    assert (span.start, span.end) == (single.start, single.end)
    assert [(p.earliest, p.latest) for p in span.breaks] == [(local(2022, 9, 27, 12), local(2022, 9, 27, 13, 30))]
    (other,) = spans_on(date(2022, 9, 28), VANCOUVER, [pattern()], [single], [])
    assert other.start == local(2022, 9, 28, 8)


def test_leave_cuts_a_shift_and_a_pause_that_no_longer_fits_falls_away():
    morning = (local(2022, 9, 27, 0), local(2022, 9, 27, 13))
    (span,) = spans_on(date(2022, 9, 27), VANCOUVER, [pattern()], [], [morning])
    assert (span.start, span.end, span.breaks) == (local(2022, 9, 27, 13), local(2022, 9, 27, 16), ())


def test_leave_in_the_middle_leaves_two_stretches():
    visit = (local(2022, 9, 27, 10), local(2022, 9, 27, 11))
    first, second = spans_on(date(2022, 9, 27), VANCOUVER, [pattern()], [], [visit])
    assert (first.end, second.start) == visit
    assert (first.breaks, [p.seconds for p in second.breaks]) == ((), [2700])


def test_leave_over_the_whole_day_leaves_nothing():
    assert spans_on(date(2022, 9, 27), VANCOUVER, [pattern()], [], [(local(2022, 9, 1), local(2022, 10, 1))]) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"seconds": 0, "earliest": "11:30", "latest": "13:30"},
        {"seconds": 9000, "earliest": "11:30", "latest": "13:30"},
        {"seconds": 60, "earliest": "noon", "latest": "13:30"},
        {"seconds": 60},
    ],
)
def test_a_pause_that_does_not_fit_its_window_is_refused(wrong: dict[str, Any]):
    with pytest.raises(Invalid, match="window"):
        check_breaks([wrong])
