"""The overview as a file: XLSX with real numbers and formats, or CSV."""

from __future__ import annotations

import io
from collections.abc import Sequence

import xlsxwriter

from dispatch.reports.overview import Overview
from kit.i18n import in_language, text
from kit.spreadsheets.sheets import BOM, Cell, lines

FIXED = ("subject", "name", "rural", "orders", "score", "rank", "rank_from", "rank_to", "observed", "expected")
DAYS = ("day", "reported", "completed", "late", "backlog")


def tables(found: Overview, language: str) -> list[tuple[str, list[list[Cell]], list[str]]]:
    """The sheets: title, rows with their heading, and the format of each column. Empty cells mean no data."""
    kinds = sorted(found.indicators, key=lambda one: (-one.weight, one.code))
    heading: list[Cell] = [text(f"report.column.{name}", language) for name in FIXED]
    formats = ["", "", "", "0", "0.00", "0", "0", "0", "0", "0.0"]
    for one in kinds:
        name = in_language({"en": one.en, "zh": one.zh}, language)
        heading += [name, text("report.column.counted", language, indicator=name)]
        heading.append(text("report.column.of", language, indicator=name))
        formats += ["0.0" if one.definition.get("per", 1) > 1 else "0.0%", "0", "0"]
    rows: list[list[Cell]] = [heading]
    for card in found.cards:
        low, high = card.standing.get("rankInterval", (None, None))
        row: list[Cell] = [
            text(f"assessment.subject.{card.subject}", language), card.name,
            text("assessment.rural", language) if card.rural else None, card.orders, card.score, card.rank, low, high,
            card.standing.get("observed"), card.standing.get("expected"),
        ]  # fmt: skip
        for one in kinds:
            number = card.indicators.get(one.code)
            row += [None] * 3 if number is None else [number["value"], number["numerator"], number["denominator"]]
        rows.append(row)
    days: list[list[Cell]] = [[text(f"report.column.{name}", language) for name in DAYS]]
    days += [[day.day.isoformat(), day.reported, day.completed, day.late, day.backlog] for day in found.days]
    return [
        (text("report.sheet.scores", language), rows, formats),
        (text("report.sheet.days", language), days, ["", "0", "0", "0", "0"]),
    ]


Sheet = tuple[str, list[list[Cell]], list[str]]
"""Title, rows with their heading, and the format of each column."""


def workbook(found: Overview, language: str) -> bytes:
    """The overview as an XLSX file."""
    return book_of(tables(found, language))


def book_of(sheets: Sequence[Sheet]) -> bytes:
    """An XLSX file. Texts are never run as formulas."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True, "text_wrap": True})
    for title, rows, formats in sheets:
        sheet = book.add_worksheet(title)
        styles = [book.add_format({"num_format": one}) if one else None for one in formats]
        sheet.write_row(0, 0, rows[0], bold)
        for place, row in enumerate(rows[1:], start=1):
            for column, cell in enumerate(row):
                if cell is not None:
                    sheet.write(place, column, cell, styles[column])
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, max(1, len(rows) - 1), len(rows[0]) - 1)
        sheet.autofit()
    book.close()
    return written.getvalue()


def csv(found: Overview, language: str) -> str:
    """The score sheet as CSV in UTF-8 that Excel opens."""
    rows: Sequence[Sequence[Cell]] = tables(found, language)[0][1]
    return BOM + lines(rows)
