"""Files of orders as strangers export them: what is read, what is refused in its row, and what is proposed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from dispatch.orders.events.verify import verify
from dispatch.orders.intake.importing import import_orders
from dispatch.orders.intake.placing.shared_points import street_of
from dispatch.orders.intake.results import ImportResult
from dispatch.orders.intake.rows.dates import DateColumn, parse
from dispatch.orders.intake.rows.mapping import load_mapping, parse_mapping
from dispatch.policies.service import install_defaults
from grids.models import ServiceArea
from grids.service import create_area
from kit.db import Database
from kit.errors import Invalid
from kit.i18n import text as sentence
from tests.dispatch.orders.intake.conftest import add_square
from tests.foreign_words import foreign_words
from tests.workbook_writer import Cell, write_workbook

MAPPING = """
source = "crm"
kind = "history"
[columns]
opened = "opened"
closed = "closed"
status = "state"
category = "what"
address = "address"
longitude = "lon"
latitude = "lat"
channel = "caller"
subscriber_account = "account"
subscriber_phone = "phone"
[key]
id = "id"
[statuses]
open = ["Open"]
[fault_types.lamp]
en = "Lamp"
zh = "灯"
"""
EXCEL_TIME = datetime(2022, 9, 27, 14, 5)  # noqa: DTZ001 - as a spreadsheet keeps it
COLUMNS = ("id", "opened", "closed", "state", "what", "address", "lon", "lat", "caller", "account", "phone")


def local(*parts: int) -> datetime:
    """A time without a zone, as a file gives it."""
    return datetime(*parts)  # type: ignore[arg-type,misc]  # noqa: DTZ001


def cells(number: int, **values: str) -> dict[str, str]:
    place = {"lon": f"10.05{number:02}", "lat": "50.05", "address": f"{number} Main Street"}
    return {"id": f"T-{number}", "opened": "2022-09-27 14:05", "what": "lamp", "state": "Open", **place, **values}


def written(path: Path, rows: Sequence[dict[str, str]], delimiter: str = ",", first: str = "") -> Path:
    lines = [delimiter.join(COLUMNS), *(delimiter.join(row.get(c, "") for c in COLUMNS) for row in rows)]
    path.write_text(first + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def take(database: Database, area: ServiceArea, tmp_path: Path):
    """Imports rows into the town's area."""

    async def run(
        rows: Sequence[dict[str, str]], mapping: str = MAPPING, delimiter: str = ",", first: str = ""
    ) -> ImportResult:
        path = written(tmp_path / "orders.csv", rows, delimiter, first)
        return await import_orders(database, area, path, parse_mapping(mapping))

    return run


# --- how the file is written ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", ["\t", ";", "|", ","])
async def test_the_delimiter_is_found_where_the_mapping_says_nothing(take, delimiter: str):
    result = await take([cells(1), cells(2)], delimiter=delimiter)
    assert (result.created, result.in_grid) == (2, 2)


async def test_a_wrong_delimiter_in_the_mapping_is_told_with_the_right_one(take):
    with pytest.raises(Invalid) as refused:
        await take([cells(1)], MAPPING.replace("[columns]", '[file]\ndelimiter = ","\n[columns]'), delimiter="\t")
    assert 'delimiter = "\\t"' in refused.value.sentence()
    assert "tab" in refused.value.sentence("zh")


async def test_the_line_that_excel_writes_first_is_obeyed_and_decimal_commas_are_read(take):
    rows = [cells(1, lon="10,0501", lat="50,05"), cells(2, lon="10,0502", lat="50,05")]
    result = await take(rows, delimiter=";", first="sep=;\n")
    assert (result.created, result.in_grid) == (2, 2)


async def test_a_page_that_a_server_answered_is_named(take, database: Database, area: ServiceArea, tmp_path: Path):
    path = tmp_path / "orders.csv"
    path.write_text("<!DOCTYPE html><html><title>Sign in</title></html>", encoding="utf-8")
    with pytest.raises(Invalid, match="web page"):
        await import_orders(database, area, path, parse_mapping(MAPPING))


async def test_a_workbook_is_read_with_real_dates_and_numbers_as_typed(
    database: Database, area: ServiceArea, tmp_path: Path
):
    """The second sheet, by its name; a telephone is a number there, a date a day number."""
    rows: list[list[Cell]] = [
        ["id", "opened", "closed", "state", "what", "address", "lon", "lat", "caller", "account", "phone"],
        ["T-1", EXCEL_TIME, None, "Open", "lamp", "1 Main Street", 10.05, 50.05, "", "01", 13800138000],
        ["T-2", "2022-09-27 14:06", None, "Open", "lamp", "2 Main Street", 10.06, 50.05, "", 124, 1.2345678901e20],
        [None] * 11,
        ["T-3", date(2022, 9, 27), None, "Open", "lamp", "3 Main Street", 10.07, 50.05, "", 125, "13800138001"],
    ]  # fmt: skip
    book = write_workbook(tmp_path / "orders.xlsx", {"Notes": [["nothing"]], "Orders": rows})
    mapping = parse_mapping(MAPPING.replace("[columns]", '[file]\nsheet = "Orders"\n[columns]'))
    result = await import_orders(database, area, book, mapping)
    assert (result.created, result.in_grid) == (2, 2)
    assert [(row.line, row.reason) for row in result.rejected] == [(3, "row.eaten_number")]
    async with database.transaction() as session:
        stored = (await session.execute(text("SELECT reported_at, contact_phones FROM orders ORDER BY number"))).all()
    assert stored[0] == (datetime(2022, 9, 27, 12, 5, tzinfo=UTC), ["13800138000"])
    with pytest.raises(Invalid, match="it has: Notes, Orders"):
        await import_orders(
            database, area, book, parse_mapping(MAPPING.replace("[columns]", '[file]\nsheet = "Day"\n[columns]'))
        )


def test_a_file_that_only_looks_like_a_workbook_is_refused_in_our_words(tmp_path: Path):
    from kit.spreadsheets.workbooks import workbook_rows

    broken = tmp_path / "orders.xlsx"
    broken.write_bytes(b"PK\x03\x04" + bytes(200))
    with pytest.raises(Invalid) as refused:
        list(workbook_rows(broken))
    assert refused.value.code == "workbook.unreadable"
    assert not foreign_words(refused.value.sentence())


# --- numbers and times ------------------------------------------------------------------------------------------------


async def test_what_a_spreadsheet_ate_is_refused_in_its_row(take):
    rows = [
        cells(1, phone="1.38E+10"),
        cells(2, account="6,2E+18"),
        cells(3, id="1E+05"),
        cells(4, phone="13800138000"),
    ]
    result = await take(rows)
    assert result.created == 1
    assert [(row.line, row.reason) for row in result.rejected] == [(n, "row.eaten_number") for n in (2, 3, 4)]
    assert "the other digits are lost" in result.rejected[0].detail


async def test_digits_of_any_width_are_digits(take, database: Database):
    result = await take([cells(1, phone="１３８００１３８００２", lon="１０．０５", opened="２０２２-09-27 14:05")])
    assert result.in_grid == 1
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT contact_phones FROM orders")) == ["13800138002"]


async def test_year_first_times_may_be_mixed_and_others_are_proposed_in_their_rows(take):
    texts = [
        "2022-09-27 14:05",
        "2022年9月27日 14:07",
        "2022/9/27 14:09",
        "2022.9.27",
        "44831.586",
        "2022-9-27 下午2:10",
    ]
    result = await take([cells(n, opened=opened) for n, opened in enumerate(texts)])
    assert result.created == 4
    assert [row.detail.split("looks like ")[1].split(":")[0] for row in result.rejected][:1] == ["excel"]
    assert "%Y-%m-%d %p%I:%M" in result.rejected[1].detail
    allowed = MAPPING.replace("[key]", '[dates]\nformats = ["iso", "excel", "%Y-%m-%d %p%I:%M"]\n[key]')
    again = await take([cells(n, opened=opened) for n, opened in enumerate(texts)], allowed)
    assert (again.created, again.unchanged, again.rejected_rows) == (2, 4, 0)


@pytest.mark.parametrize(
    ("written", "pattern", "meant"),
    [
        ("44831.586", "excel", local(2022, 9, 27, 14, 3, 50)),
        ("2022-9-27 下午2:10", "%Y-%m-%d %p%I:%M", local(2022, 9, 27, 14, 10)),
        ("2022-9-27 上午12:10", "%Y-%m-%d %p%I:%M", local(2022, 9, 27, 0, 10)),
        ("1709625600000", "epoch_ms", datetime(2024, 3, 5, 8, tzinfo=UTC)),
        ("1709625600", "epoch", datetime(2024, 3, 5, 8, tzinfo=UTC)),
        ("2024/03/05 08:10:00+00", "iso", datetime(2024, 3, 5, 8, 10, tzinfo=UTC)),
        ("2024-03-05 24:00:00", "iso", local(2024, 3, 6)),
        ("2024/03/05 08:10:00+00", "%Y/%m/%d %H:%M:%S+00", datetime(2024, 3, 5, 8, 10, tzinfo=UTC)),
        ("2024/03/05 08:10:00+0530", "%Y/%m/%d %H:%M:%S+0530", datetime(2024, 3, 5, 2, 40, tzinfo=UTC)),
        ("20240305T081000Z", "%Y%m%dT%H%M%SZ", datetime(2024, 3, 5, 8, 10, tzinfo=UTC)),
        ("1709625600000", "%Y%m%d%H%M%S", None),
        ("2000123123595", "%Y%m%d%H%M%S", None),
        ("1709625600000", "iso", None),
        ("2024-03-05 25:00:00", "iso", None),
        ("2024-13-05", "iso", None),
    ],
)
def test_a_format_means_one_moment(written: str, pattern: str, meant: datetime | None):
    found = parse(written, pattern)
    if meant is None or meant.tzinfo is None:
        assert found == meant
    else:
        assert isinstance(found, datetime)
        assert found.astimezone(UTC) == meant


async def test_portals_words_for_nothing_are_nothing_and_their_milliseconds_are_proposed(take):
    rows = [cells(n, closed=word) for n, word in enumerate(["NULL", "N/A", "null", "-", "--", ""], 1)]
    result = await take([*rows, cells(9, opened="1709625600000")])
    assert result.created == 6
    (milliseconds,) = result.rejected
    assert "looks like epoch_ms" in milliseconds.detail
    own = MAPPING.replace("[columns]", '[file]\nempty = ["offen"]\n[columns]')
    other = await take([cells(20, closed="offen"), cells(21, closed="NULL")], own)
    assert (other.created, [row.line for row in other.rejected]) == (1, [3])


async def test_a_time_is_put_together_of_two_columns(database: Database, area: ServiceArea, tmp_path: Path):
    path = tmp_path / "two.csv"
    path.write_text("id,day,hour,what\n1,2024-03-05,08:10,lamp\n", encoding="utf-8")
    mapping = """
source = "two"
kind = "history"
[columns]
opened = ["day", "hour"]
category = "what"
[key]
id = "id"
[fault_types.lamp]
en = "Lamp"
zh = "灯"
"""
    assert (await import_orders(database, area, path, parse_mapping(mapping))).created == 1
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT reported_at FROM orders")) == datetime(2024, 3, 5, 7, 10, tzinfo=UTC)
    with pytest.raises(Invalid) as refused:
        parse_mapping(mapping.replace('["day", "hour"]', "7"))
    assert "columns.opened is of the type integer" in refused.value.sentence()
    assert not foreign_words(refused.value.sentence())


async def test_an_impossible_year_is_refused_in_its_row(take):
    years = ["3020", "0202", "2099", "1900", "2022"]
    result = await take([cells(n, opened=f"{year}-03-05 08:10") for n, year in enumerate(years)])
    assert (result.created, [row.line for row in result.rejected]) == (1, [2, 3, 4, 5])
    assert result.rejected[2].reason == "row.ahead"


def survey(texts: Sequence[str]) -> list[datetime]:
    column = DateColumn(["opened"], ["iso"], ZoneInfo("Europe/Berlin"))
    for line, written in enumerate(texts, 2):
        column.survey(line, written)
    column.settle()
    return [found for line, written in enumerate(texts, 2) if isinstance(found := column.read(written, line), datetime)]


def test_an_hour_that_the_clocks_repeat_is_the_second_one_where_the_rows_before_say_so():
    night = [f"2022-10-30 {clock}" for clock in ("01:50", "02:10", "02:50", "02:10", "02:30", "03:10")]
    found = survey(night)
    assert [f"{moment:%H:%M}" for moment in found] == ["23:50", "00:10", "00:50", "01:10", "01:30", "02:10"]
    newest_first = survey(list(reversed(night)))
    assert [f"{moment:%H:%M}" for moment in newest_first] == ["02:10", "00:30", "00:10", "00:50", "00:10", "23:50"]


def test_a_close_before_its_opening_in_the_repeated_hour_is_the_second_one():
    column = DateColumn(["closed"], ["iso"], ZoneInfo("Europe/Berlin"))
    opened = datetime(2022, 10, 30, 0, 50, tzinfo=UTC)
    assert column.read("2022-10-30 02:10", 2, not_before=opened) == datetime(2022, 10, 30, 1, 10, tzinfo=UTC)


# --- rows and places --------------------------------------------------------------------------------------------------


async def test_a_row_that_says_the_same_again_is_counted_and_another_caller_is_a_chase(
    take, database: Database, area: ServiceArea
):
    rows = [
        cells(1, caller="web"), cells(1, caller=""), cells(1, caller="web"),
        cells(2, caller="phone"), cells(2, caller="phone", address="7 Quay Street"),
    ]  # fmt: skip
    result = await take(rows)
    assert (result.rows, result.created, result.repeated_rows, result.rejected_rows) == (5, 2, 2, 1)
    assert [(row.line, row.reason) for row in result.rejected] == [(6, "row.doubled_key")]
    async with database.transaction() as session:
        assert list((await session.execute(text("SELECT chases FROM orders ORDER BY number"))).scalars()) == [1, 0]
        assert (await verify(session, area.id)).mismatches == []
    again = await take(rows)
    assert (again.created, again.unchanged, again.repeated_rows) == (0, 2, 2)
    assert any("say again what an earlier row" in line for line in again.lines())


FALLBACK = {"lon": "10.0601", "lat": "50.0601"}


def at_city_hall(numbers: Sequence[int]) -> list[dict[str, str]]:
    names = ("Elm Row", "Mill Lane", "Quay Street", "Park Road", "Hill Street", "Dock Street", "Oak Road", "Ferry Lane")
    return [cells(n, address=f"{n} {names[n % len(names)]}", **FALLBACK) for n in numbers]


async def test_one_point_for_many_addresses_is_no_place_and_a_tower_block_is_one(take, database: Database):
    tower = [cells(20 + n, address=f"Tower House flat {n * 17}", lon="10.07", lat="50.07") for n in range(6)]
    street = [cells(30 + n, address=f"中山东路{n}号", lon="10.08", lat="50.08") for n in range(6)]
    result = await take([*at_city_hall(range(8)), *tower, *street])
    assert (result.shared_points, result.unlocated, result.in_grid) == (8, 8, 12)
    async with database.transaction() as session:
        found = await session.execute(
            text("SELECT place_problem, count(*) FROM orders GROUP BY 1 ORDER BY 1 NULLS FIRST")
        )
        assert [tuple(row) for row in found] == [(None, 12), ("shared_point", 8)]
        given = await session.scalar(
            text("SELECT data->>'given' FROM order_events WHERE data->>'placeProblem' = 'shared_point' LIMIT 1")
        )
    assert given == "10.0601, 50.0601"


async def test_a_shared_point_is_counted_over_the_earlier_files_of_its_source(take):
    assert (await take(at_city_hall(range(3)))).shared_points == 0
    later = await take(at_city_hall([3]))
    assert (later.shared_points, later.unlocated) == (1, 1)
    elsewhere = await take(at_city_hall([4]), MAPPING.replace('"crm"', '"other"'))
    assert elsewhere.shared_points == 0


def test_an_address_without_its_numbers():
    assert street_of("Dock Street & 3rd Avenue 14") == street_of("avenue, 2 dock street")
    assert street_of("Tower House flat 3") == street_of("Tower House flat 17")
    assert street_of("阳光小区３栋201室") == street_of("阳光小区5栋102室")
    assert street_of("Elm Row") != street_of("Mill Lane")


async def test_a_file_outside_every_grid_is_told_which_system_would_fit(take):
    """Web Mercator metres, and UTM metres read as Gauss-Kruger's."""
    mercator = [cells(n, lon=f"{1_118_000 + n}", lat=f"{6_454_000 + n}") for n in range(8)]
    result = await take(mercator)
    assert result.mostly_outside
    assert "EPSG:3857 (web Mercator)" in result.fitting_systems
    assert any("coordinate system may be wrong" in line and "EPSG:3857" in line for line in result.lines())


async def test_a_file_of_another_town_fits_no_system(take):
    result = await take([cells(n, lon=f"24.9{n}", lat="60.17") for n in range(8)])
    assert (result.mostly_outside, result.fitting_systems) == (True, [])
    assert any("is it the file of this area?" in line for line in result.lines())


# --- the files beside the checkout ------------------------------------------------------------------------------------


TOWNS = {"us": ("America/New_York", -71.2, 42.2, 0.4), "cn": ("Asia/Shanghai", 118.6, 31.9, 0.4)}


async def shared_case(database: Database, file: Path, mapping: str) -> ImportResult:
    code = "cn" if "crm" in file.name else "us"
    zone, west, south, size = TOWNS[code]
    async with database.transaction() as session:
        area = await create_area(session, code, code, zone)
        await install_defaults(session, area)
        await add_square(session, area, "G", west, south, size)
    return await import_orders(database, area, file, parse_mapping(mapping))


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("file", "mapping", "created", "lines"),
    [
        ("one_point_for_many.csv", "one_point_for_many.toml", 14, []),
        ("tabs.tsv", "one_point_for_many.toml", 14, []),
        ("crm_excel.csv", "crm_excel.toml", 4, [3, 5, 8]),
        ("twice.csv", "twice.toml", 2, [6]),
        ("excel_sep.csv", "one_point_for_many.toml", 2, []),
        ("portal_times.csv", "one_point_for_many.toml", 2, [2]),
        ("day_and_hour.csv", "one_point_for_many.toml", 1, []),
    ],
)
async def test_the_shared_cases_are_answered_as_they_should(
    database: Database, realdata: Path, file: str, mapping: str, created: int, lines: list[int]
):
    folder = realdata / "cases"
    words = (folder / mapping).read_text(encoding="utf-8")
    if file == "excel_sep.csv":
        words = words.replace('["iso"]', '["%d.%m.%Y %H:%M"]')
    if file == "day_and_hour.csv":
        words = words.replace('opened = "opened"', 'opened = ["day", "hour"]').replace('closed = "closed"\n', "")
    if file == "excel_sep.csv":
        words = words.replace('closed = "closed"\n', "")
    result = await shared_case(database, folder / file, words)
    assert result.created == created
    assert [row.line for row in result.rejected] == lines
    assert not [line for line in result.lines() if foreign_words(line)]
    if file in ("one_point_for_many.csv", "tabs.tsv"):
        assert (result.shared_points, result.in_grid) == (9, 5)


def test_every_reason_of_a_row_is_a_sentence_in_both_languages():
    for reason in ("row.date_format", "row.eaten_number", "row.ahead", "row.no_properties", "import.delimiter"):
        for language in ("en", "zh"):
            assert sentence(reason, language, column="c", value="v")
    assert load_mapping("vancouver").file.delimiter is None
