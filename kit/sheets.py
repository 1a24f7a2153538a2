"""Tables for people's spreadsheets: CSV (RFC 4180) that Excel opens as it is, with no cell that it would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

MEDIA_TYPE = "text/csv"
BOM = "\ufeff"
"""Without this mark Excel takes UTF-8 for the machine's old code page, and Chinese becomes noise."""
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a cell begins with that a spreadsheet takes for a formula."""

Cell = str | int | float | None


def lines(rows: Iterable[Sequence[Cell]]) -> str:
    """Rows as CSV. A text that would run as a formula begins with an apostrophe; numbers stay numbers."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([_safe(cell) for cell in row] for row in rows)
    return written.getvalue()


def _safe(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RUNS) else cell


def local(moment: datetime | None, zone: ZoneInfo) -> str | None:
    """An instant by the clocks of a zone, to the second, as spreadsheets read it."""
    return None if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def headers(filename: str, language: str) -> dict[str, str]:
    """The headers of a file to be kept under this name (RFC 6266)."""
    return {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(filename)}",
        "Content-Language": language,
        "Cache-Control": "private, no-store",
    }
