"""The forecast as sheets of a workbook: the rows of the page, with real numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from dispatch.reports.exporting import Sheet
from dispatch.reports.outlook.forecast import Expected
from dispatch.reports.outlook.load import Outlook
from kit.i18n import text
from kit.spreadsheets.sheets import Cell

DAYS = ("day", "expected_orders", "from", "to", "load_hours", "load_hours_low", "load_hours_high", "capacity_hours")
GRIDS = ("grid", "expected_orders", "from", "to")
_HOUR = 3600


def outlook_sheets(found: Outlook, language: str) -> list[Sheet]:
    """The seven days with their sum, and the week of every grid. Cells are empty where nothing can be said."""
    days: list[list[Cell]] = [_heading(DAYS, language)]
    takes = found.seconds
    each = found.week.days if found.week else [None] * 7
    for at, (one, capacity) in enumerate(zip(each, found.capacity, strict=True)):
        days.append([(found.first + timedelta(days=at)).isoformat(), *_row(one, takes), capacity / _HOUR])
    total = found.week.total if found.week else None
    days.append([text("report.sum", language), *_row(total, takes), sum(found.capacity) / _HOUR])
    grids: list[list[Cell]] = [_heading(GRIDS, language)]
    grids += [[name, *_row(one, None)[:3]] for _, name, one in found.grids]
    return [
        (text("report.sheet.outlook", language), days, ["", *["0.0"] * 7]),
        (text("report.sheet.outlook_grids", language), grids, ["", *["0.0"] * 3]),
    ]


def _row(one: Expected | None, takes: float | None) -> list[Cell]:
    if one is None:
        return [None] * 6
    load: list[Cell] = [None] * 3
    if takes is not None:
        load = [part * takes / _HOUR for part in (one.mean, one.low, one.high)]
    return [one.mean, one.low, one.high, *load]


def _heading(columns: Sequence[str], language: str) -> list[Cell]:
    return [text(f"report.column.{name}", language) for name in columns]
