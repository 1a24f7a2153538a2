"""Rows read by a mapping: times, places, keys."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.orders.intake.key_counter import KeyCounter
from dispatch.orders.intake.rows.coordinates import CoordinateReader
from dispatch.orders.intake.rows.dates import DateColumn
from dispatch.orders.intake.rows.import_row import Incoming, RowReader
from dispatch.orders.intake.rows.mapping import parse_mapping
from dispatch.orders.intake.rows.reading import BadRow, Row
from kit.errors import Invalid

VANCOUVER = ZoneInfo("America/Vancouver")
MAPPING = """
source = "test"
kind = "history"
[columns]
opened = "opened"
closed = "closed"
category = "what"
address = "address"
longitude = "lon"
latitude = "lat"
[fault_types.lamp]
en = "Lamp"
zh = "灯"
"""


def row(line: int = 2, **values: str) -> Row:
    return Row(line, {"opened": "2022-09-07T16:53:41-07:00", "what": "lamp", **values})


def read(found: Row, mapping: str = MAPPING, onto: date | None = None) -> Incoming | BadRow:
    reader = RowReader(parse_mapping(mapping), VANCOUVER, onto=onto)
    reader.survey(found)
    reader.settle()
    return reader.read(found, reader.base_key(found))


def good(found: Row, mapping: str = MAPPING, onto: date | None = None) -> Incoming:
    incoming = read(found, mapping, onto)
    assert isinstance(incoming, Incoming)
    return incoming


def test_offsets_are_honoured_and_local_times_are_the_areas():
    assert good(row()).opened == datetime(2022, 9, 7, 23, 53, 41, tzinfo=UTC)
    assert good(row(opened="2022-09-07 16:53")).opened == datetime(2022, 9, 7, 23, 53, tzinfo=UTC)


def test_a_close_that_is_only_a_day_is_the_end_of_that_local_day():
    incoming = good(row(closed="2022-09-07"))
    assert incoming.closed_day == date(2022, 9, 7)
    assert incoming.closed == datetime(2022, 9, 8, 6, 59, 59, tzinfo=UTC)


def test_a_row_without_an_opening_time_is_reported():
    bad = read(row(opened=" "))
    assert isinstance(bad, BadRow)
    assert bad.reason == "row.no_opening_time"


def test_laid_onto_another_day_the_local_time_of_day_is_kept():
    incoming = good(row(opened="2022-12-01T08:30:00-08:00"), onto=date(2022, 9, 27))
    assert incoming.opened.astimezone(VANCOUVER) == datetime(2022, 9, 27, 8, 30, tzinfo=VANCOUVER)


def test_the_fingerprint_of_a_replay_ignores_how_the_source_closed_it():
    replay = MAPPING.replace("history", "replay")
    open_, closed = row(), row(closed="2022-09-09")
    assert good(open_, replay).fingerprint == good(closed, replay).fingerprint
    assert good(open_).fingerprint != good(closed).fingerprint


def column(*formats: str) -> DateColumn:
    return DateColumn("opened", formats, VANCOUVER)


def surveyed(found: DateColumn, *texts: str) -> DateColumn:
    for line, text in enumerate(texts, 2):
        found.survey(line, text)
    found.settle()
    return found


def test_two_kinds_of_dates_are_refused_with_both_lines():
    with pytest.raises(Invalid) as refused:
        surveyed(column("%m/%d/%Y", "%d/%m/%Y"), "03/04/2022", "12/25/2022", "25/12/2022")
    assert refused.value.code == "import.mixed_dates"
    assert (refused.value.params["line"], refused.value.params["other_line"]) == (3, 4)


def test_a_second_kind_the_mapping_does_not_know_is_refused_with_both_lines():
    with pytest.raises(Invalid, match=r"line 2 has '12/25/2022', line 3 has '2022-12-26'"):
        surveyed(column("%m/%d/%Y"), "12/25/2022", "2022-12-26")


def test_two_kinds_that_cannot_be_confused_are_read_side_by_side():
    found = surveyed(column("iso", "%m/%d/%Y"), "2022-12-26", "12/25/2022")
    assert [found.read(text) for text in ("2022-12-26", "12/25/2022")] == [date(2022, 12, 26), date(2022, 12, 25)]


def test_the_sure_values_of_a_column_decide_how_the_doubtful_are_read():
    found = surveyed(column("%m/%d/%Y", "%d/%m/%Y"), "03/04/2022", "25/12/2022")
    assert found.read("03/04/2022") == date(2022, 4, 3)


def test_a_format_that_fits_nothing_is_refused_with_what_the_values_look_like():
    with pytest.raises(Invalid, match=r"looks like %m/%d/%Y"):
        surveyed(column("iso"), "12/25/2022")


def test_a_stray_word_among_dates_is_a_matter_of_its_row():
    found = surveyed(column("iso"), "2022-12-26", "unknown")
    assert found.read("unknown") is None


@pytest.mark.parametrize(
    "text",
    [
        "{'lon': -123.06652764208, 'lat': 49.21935148756}",
        '{"type": "Point", "coordinates": [-123.06652764208, 49.21935148756]}',
        "POINT (-123.06652764208 49.21935148756)",
        "-123.06652764208, 49.21935148756",
    ],
)
def test_geometry_columns_are_read_in_every_usual_form(text: str):
    assert CoordinateReader().geometry(text).point == (-123.06652764208, 49.21935148756)


def test_a_pair_may_be_latitude_first():
    assert CoordinateReader(pair="lat lon").geometry("(34.07, -118.26)").point == (-118.26, 34.07)


@pytest.mark.parametrize(("lon", "lat"), [("0", "0"), ("49.2", "-123.1"), ("-123.1", ""), ("west", "49"), ("nan", "1")])
def test_impossible_coordinates_are_bad_and_kept_as_given(lon: str, lat: str):
    found = CoordinateReader().columns(lon, lat)
    assert found.bad
    assert found.given == f"{lon}, {lat}"


def test_metres_of_a_national_system_become_degrees():
    point = CoordinateReader("EPSG:26910").columns("491000", "5459000").point
    assert point is not None
    assert point == pytest.approx((-123.1237, 49.2842), abs=0.001)


def test_chinese_map_systems_are_converted_at_the_edge():
    point = CoordinateReader("gcj02").columns("118.8019", "32.0554").point
    assert point is not None
    assert point == pytest.approx((118.7968, 32.0574), abs=0.001)


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=40))
def test_near_twins_never_share_a_key_and_the_same_file_gives_the_same_keys(addresses: list[str]):
    reader = RowReader(parse_mapping(MAPPING), VANCOUVER)

    def keys() -> list[str]:
        with KeyCounter() as counter:
            found = []
            for line, address in enumerate(addresses, 2):
                base = reader.base_key(row(line, address=address))
                found.append(f"{base}#{counter.meet(base)}")
            return found

    assert len(set(keys())) == len(addresses)
    assert keys() == keys()
