"""The one walk that keeps moments, dates, numbers, texts and depth inside their limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.bounds import EARLIEST, LATEST, MAX_DEPTH, Apart, check, check_parameter, moment_is_possible
from kit.errors import Malformed


class Inner(msgspec.Struct, rename="camel"):
    ends_at: datetime | None = None
    notes: list[str] = []


class Outer(msgspec.Struct, rename="camel"):
    inner: Inner
    free: dict[str, Any] = {}


def refused(value: object) -> tuple[str, str | None]:
    with pytest.raises(Malformed) as caught:
        check(value, "data")
    return caught.value.code, caught.value.field


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_is_taken_exactly_when_it_lies_between_1970_and_2099(moment: datetime) -> None:
    assert moment_is_possible(moment) == (1970 <= moment.year < 2100)


def test_the_first_moment_is_taken_and_the_last_is_not() -> None:
    check([EARLIEST, LATEST - timedelta(microseconds=1)], "data")
    assert refused(LATEST) == ("malformed.moment", "data")
    assert refused(EARLIEST - timedelta(microseconds=1)) == ("malformed.moment", "data")


def test_an_offset_that_leads_out_of_all_years_is_refused_not_computed() -> None:
    late = datetime.max.replace(tzinfo=timezone(timedelta(hours=-12)))
    early = datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))
    assert refused(late)[0] == refused(early)[0] == "malformed.moment"


def test_the_field_is_named_as_the_caller_wrote_it() -> None:
    assert refused(Outer(Inner(ends_at=LATEST))) == ("malformed.moment", "data.inner.endsAt")
    assert refused(Outer(Inner(notes=["fine", "a\x00b"]))) == ("malformed.nul", "data.inner.notes[1]")
    assert refused(Outer(Inner(), {"a": [{"b": "\ud800"}]})) == ("malformed.characters", "data.free.a[0].b")


@pytest.mark.parametrize("day", [date(9999, 12, 31), date(1, 1, 1), date(1970, 1, 1), date(2099, 12, 31)])
def test_a_date_at_the_edge_of_time_is_refused(day: date) -> None:
    assert refused(day) == ("malformed.date", "data")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 2**53, -(2**60)])
def test_what_is_no_number_anybody_can_keep_is_refused(number: float) -> None:
    assert refused(number) == ("malformed.number", "data")


def test_objects_of_free_form_are_kept_small_and_flat() -> None:
    deep: Any = "leaf"
    for _ in range(MAX_DEPTH + 1):
        deep = [deep]
    assert refused({"a": deep})[0] == "malformed.depth"
    assert refused({str(n): n for n in range(201)})[0] == "malformed.entries"
    assert refused({"a": "x" * 4001}) == ("malformed.long", "data.a")
    check({"a": "x" * 4000, "b": [1, 2.5, None, True]}, "data")


def test_a_dataclass_is_walked_too() -> None:
    @dataclass
    class Filters:
        since: datetime

    assert refused(Filters(LATEST)) == ("malformed.moment", "data.since")


def test_entries_that_are_answered_one_by_one_are_left_to_who_answers_them() -> None:
    class Batch(msgspec.Struct, Apart):
        times: list[datetime]

    check(Batch([LATEST]), "data")


def test_a_text_in_an_address_is_short() -> None:
    check_parameter("x" * 500, "q")
    with pytest.raises(Malformed) as caught:
        check_parameter("x" * 501, "q")
    assert caught.value.code == "malformed.long"
