"""The statements of a month as a file: one sheet of statements, one of all their lines, with real numbers."""

from __future__ import annotations

from fractions import Fraction

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository as assessments
from dispatch.assessments.months import month_of
from dispatch.assessments.settlement.acting import READERS, lines_of, statements_of
from dispatch.reports.exporting import Sheet
from dispatch.reports.reading import people_of
from grids.models import ServiceArea
from kit.actor import Actor
from kit.i18n import text
from kit.spreadsheets.sheets import Cell

STATEMENTS = ("name", "contractor", "own", "lent", "corrections", "total", "borrowed", "status")
LINES = (
    "statement", "part", "order", "day", "technician", "grid", "base", "difficulty", "distance", "quality", "points",
    "unit_price", "amount", "corrects",
)  # fmt: skip


async def sheets_of(session: AsyncSession, actor: Actor, area: ServiceArea, month: str, language: str) -> list[Sheet]:
    """What of a month's statements the actor may see. Raises `Forbidden`, `Invalid`."""
    actor.require(*READERS)
    found = await statements_of(session, actor, area.id, month_of(month, area.timezone).first)
    people = {one.id: one.name for one in await people_of(session, area.id)}
    places = {one.id: one.name for one in await assessments.grid_rows(session, area.id)}
    rows: list[list[Cell]] = [[text(f"report.column.{name}", language) for name in STATEMENTS]]
    lines: list[list[Cell]] = [[text(f"report.column.{name}", language) for name in LINES]]
    for one in found:
        amounts: list[Cell] = [
            float(getattr(one, name)) for name in ("own", "lent", "corrections", "total", "borrowed")
        ]
        rows.append([one.name, one.contractor, *amounts, text(f"report.statement.{one.status.value}", language)])
        listed = await lines_of(session, one.id)
        numbers = await assessments.numbers_of(session, {line.order_id for line in listed})
        for line in listed:
            lines.append(
                [
                    one.name, text(f"report.part.{line.part}", language), numbers.get(line.order_id),
                    line.day.isoformat(), people[line.technician_id],
                    None if line.grid_id is None else places.get(line.grid_id),
                    *(float(Fraction(factor)) for factor in (line.base, line.difficulty, line.distance, line.quality)),
                    float(line.points), float(line.unit_price), float(line.amount),
                    None if line.corrects is None else f"{line.corrects:%Y-%m}",
                ]
            )  # fmt: skip
    money = "#,##0.00"
    return [
        (text("report.sheet.statements", language), rows, ["", "", *[money] * 5, ""]),
        (text("report.sheet.lines", language), lines, [*[""] * 6, *["0.00"] * 4, "0.0000", money, money, ""]),
    ]
