"""Spreadsheet files (.xlsx, .xls, .xlsb, .ods) as rows of text: real dates, numbers as they were typed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import python_calamine

from kit.errors import Invalid

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_EXACT = 10**15
"""A spreadsheet keeps fifteen digits; the rest of a longer number is lost."""


def is_workbook(start: bytes) -> bool:
    """Whether a file begins as a spreadsheet's: a ZIP archive, or an old Office file."""
    return start.startswith((_ZIP, _OLE))


def workbook_rows(path: Path, sheet: str | None = None) -> Iterator[tuple[int, list[str]]]:
    """(row number from 1, cells as text) of one sheet, by default the first; blank rows are left out.

    Raises `Invalid` (`workbook.*`) for a file that is no workbook, is locked, or has no such sheet.
    """
    try:
        book = python_calamine.load_workbook(str(path))
    except python_calamine.PasswordError as error:
        raise Invalid("workbook.locked", field="file", file=path.name) from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise Invalid("workbook.unreadable", field="file", file=path.name) from error
    with book:
        names = book.sheet_names
        if not names or (sheet is not None and sheet not in names):
            raise Invalid("workbook.no_sheet", field="file", sheet=sheet or "–", sheets=", ".join(names) or "–")
        try:
            found = book.get_sheet_by_name(sheet or names[0])
            first = found.start[0] if found.start is not None else 0
            for number, cells in enumerate(found.to_python(skip_empty_area=True), first + 1):
                texts = [_text(cell) for cell in cells]
                if any(texts):
                    yield number, texts
        except python_calamine.CalamineError as error:
            raise Invalid("workbook.unreadable", field="file", file=path.name) from error


def _text(cell: Any) -> str:
    """A cell as people see it: whole numbers without a point, dates as 2022-09-27 14:05:00, what is empty as ''."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        if float(cell).is_integer():
            return str(int(cell)) if abs(cell) < _EXACT else f"{cell:.14E}"
        return repr(float(cell))
    if isinstance(cell, datetime):
        moment = _whole_second(cell)
        return moment.date().isoformat() if moment.time() == time() else moment.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat()
    return str(cell).strip()


def _whole_second(moment: datetime) -> datetime:
    """A spreadsheet's day number is a little beside the second that was typed."""
    near = (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    return near if abs(near - moment) < timedelta(milliseconds=2) else moment
