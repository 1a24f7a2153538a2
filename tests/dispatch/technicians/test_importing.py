"""Technicians from a spreadsheet."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.technicians.importing import import_technicians
from dispatch.technicians.service import shifts_on
from grids.importing import import_grids
from grids.models import ServiceArea
from grids.service import create_area
from kit.errors import Invalid
from tests.grids.test_importing import EAST, WEST, collection

HEADING = "employee_number,name,skills,weekdays,shift_start,shift_end,break,start_lon,start_lat\n"
ANN = "7,Ann,fibre:2@2027-12-31;tv,1-5,8:00,16:00,45 11:30-13:30,-123.15,49.25\n"
TUESDAY = date(2022, 9, 27)


@pytest.fixture
async def area(session: AsyncSession) -> ServiceArea:
    area = await create_area(session, "v", "V", "America/Vancouver")
    await import_grids(session, area, collection(WEST, EAST), "name")
    return area


async def test_a_row_is_a_person_with_shift_break_skills_and_start(session: AsyncSession, area: ServiceArea):
    result = await import_technicians(session, area, (HEADING + ANN).encode())
    assert (result.created, result.rejected) == (1, [])
    (shift,) = await shifts_on(session, area.id, TUESDAY)
    assert (shift.name, dict(shift.skills), shift.start_point) == ("Ann", {"fibre": 2, "tv": 1}, (-123.15, 49.25))
    assert (shift.start, shift.end) == (datetime(2022, 9, 27, 15, tzinfo=UTC), datetime(2022, 9, 27, 23, tzinfo=UTC))
    assert [pause.seconds for pause in shift.breaks] == [2700]


async def test_the_same_file_again_changes_nothing_and_a_new_one_edits(session: AsyncSession, area: ServiceArea):
    await import_technicians(session, area, (HEADING + ANN).encode())
    again = await import_technicians(session, area, (HEADING + ANN).encode())
    assert (again.created, again.updated, again.unchanged) == (0, 0, 1)
    edited = ANN.replace("8:00,16:00", "10:00,18:00").replace(";tv", "")
    assert (await import_technicians(session, area, (HEADING + edited).encode())).updated == 1
    (shift,) = await shifts_on(session, area.id, TUESDAY)
    assert (shift.start, dict(shift.skills)) == (datetime(2022, 9, 27, 17, tzinfo=UTC), {"fibre": 2})


async def test_a_new_roster_begins_on_its_first_day(session: AsyncSession, area: ServiceArea):
    await import_technicians(session, area, (HEADING + ANN).encode())
    heading = HEADING.strip() + ",from\n"
    edited = ANN.strip().replace("8:00,16:00", "10:00,18:00") + ",2022-09-28\n"
    await import_technicians(session, area, (heading + edited).encode())
    before, after = [(await shifts_on(session, area.id, day))[0].start.hour for day in (TUESDAY, date(2022, 9, 28))]
    assert (before, after) == (15, 17)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_chinese_files_are_read_as_spreadsheets_write_them(
    session: AsyncSession, area: ServiceArea, encoding: str
):
    data = "employee_number,name,weekdays,shift_start,shift_end\n001,王伟,周一-周五,08:00,16:00\n".encode(encoding)
    assert (await import_technicians(session, area, data)).created == 1
    assert (await shifts_on(session, area.id, TUESDAY))[0].name == "王伟"


async def test_somebody_without_a_shift_is_one_clear_sentence_and_the_others_stay(
    session: AsyncSession, area: ServiceArea
):
    result = await import_technicians(session, area, (HEADING + ANN + "8,Bob,tv,,,,,,\n").encode())
    assert result.created == 1
    assert [(found.line, "has no shift" in found.reason, "weekdays" in found.reason) for found in result.rejected] == [
        (3, True, True)
    ]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("8,Bob,,1-5,08:00,,,,\n", "together"),
        ("8,Bob,,1-9,08:00,16:00,,,\n", "weekdays"),
        ("8,Bob,,1-5,8 o'clock,16:00,,,\n", "shift_start"),
        ("8,Bob,,1-5,08:00,16:00,lunch,,\n", "break"),
        ("8,Bob,,1-5,08:00,16:00,300 11:30-13:30,,\n", "window"),
        ("8,Bob,fibre:x,1-5,08:00,16:00,,,\n", "skills"),
        ("8,Bob,,1-5,08:00,16:00,,49.25,-123.15\n", "swapped"),
        ("8,Bob,,1-5,08:00,16:00,,0,0\n", "100 km"),
        ("8,Bob,,1-5,08:00,16:00,,-123.1,\n", "only one"),
        ("8,,,1-5,08:00,16:00,,,\n", "name is empty"),
        ("7,Ann again,,1-5,08:00,16:00,,,\n", "line 2"),
    ],
)
async def test_a_row_that_cannot_be_is_left_out_with_its_line_and_reason(
    session: AsyncSession, area: ServiceArea, row: str, told: str
):
    result = await import_technicians(session, area, (HEADING + ANN + row).encode())
    assert (result.created, len(result.rejected)) == (1, 1)
    assert result.rejected[0].line == 3
    assert told in result.rejected[0].reason


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "employee_number, name"),
        (b"number;name\n1;x\n", "employee_number"),
        (b"employee_number,name\n" + b",\n" * 10_000, "no rows"),
        (b"\xff\xfe\x00\xff\xff", "GB18030"),
    ],
)
async def test_a_file_that_cannot_be_read_is_one_sentence(
    session: AsyncSession, area: ServiceArea, data: bytes, told: str
):
    with pytest.raises(Invalid) as caught:
        await import_technicians(session, area, data)
    assert told in caught.value.sentence()
