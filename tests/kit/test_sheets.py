"""Spreadsheets: what a cell may hold, and what opens in Excel."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from kit.spreadsheets.sheets import headers, lines, local


@pytest.mark.parametrize(
    "text", ["=1+1", "+86 138", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x"]
)
def test_a_text_that_would_run_as_a_formula_does_not(text: str):
    (row,) = csv.reader(io.StringIO(lines([[text]]), newline=""))
    assert row == [f"'{text}"]


def test_numbers_stay_numbers_and_nothing_stays_empty():
    assert lines([[-123.1, 0, None, "a,b", 'say "x"']]) == '-123.1,0,,"a,b","say ""x"""\r\n'


def test_a_time_is_told_by_the_clocks_of_the_zone():
    assert local(datetime(2022, 9, 27, 16, 0, 5, tzinfo=UTC), ZoneInfo("Asia/Shanghai")) == "2022-09-28 00:00:05"
    assert local(None, ZoneInfo("Asia/Shanghai")) is None


def test_a_file_keeps_its_chinese_name():
    assert headers("工单.csv", "zh")["Content-Disposition"] == "attachment; filename*=UTF-8''%E5%B7%A5%E5%8D%95.csv"
