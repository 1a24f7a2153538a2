"""CSV for spreadsheets (RFC 4180). Excel opens it directly, and no cell is run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

MEDIA_TYPE = "text/csv"
BOM = "\ufeff"
"""Without this mark Excel reads UTF-8 as the machine's old code page and shows Chinese wrong."""
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Characters that begin a formula in a spreadsheet."""

Cell = str | int | float | None


def lines(rows: Iterable[Sequence[Cell]]) -> str:
    """Rows as CSV. A text that looks like a formula gets an apostrophe in front. Numbers stay numbers."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([_safe(cell) for cell in row] for row in rows)
    return written.getvalue()


def _safe(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RUNS) else cell


def local(moment: datetime | None, zone: ZoneInfo) -> str | None:
    """An instant as local time of a zone, to the second, in a form that spreadsheets read."""
    return None if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def headers(filename: str, language: str) -> dict[str, str]:
    """The HTTP headers of a download with this file name (RFC 6266)."""
    return {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(filename)}",
        "Content-Language": language,
        "Cache-Control": "private, no-store",
    }
