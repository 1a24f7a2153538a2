"""A month's score cards as a table for a spreadsheet: a row for each that was scored, in the asked language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dispatch.assessments.service import AssessmentResult
from dispatch.policies.models import Indicator
from kit.i18n import in_language, text
from kit.spreadsheets.sheets import BOM, Cell, lines

COLUMNS = ("subject", "rank", "change", "name", "rural", "orders", "score", "deductions")
PARTS = ("value", "counted", "of", "points")


def sheet(result: AssessmentResult, indicators: Sequence[Indicator], language: str) -> str:
    """The cards the result holds, ranked ones first, each indicator in four columns, the weightiest first."""
    built = result.as_json()
    shown = sorted(indicators, key=lambda one: (-one.weight, one.code))
    heading: list[Cell] = [text(f"assessment.column.{name}", language) for name in COLUMNS]
    for one in shown:
        name = in_language({"en": one.en, "zh": one.zh}, language)
        heading += [text(f"assessment.part.{part}", language, indicator=name) for part in PARTS]
    rows: list[list[Cell]] = [heading]
    for subject in ("technician", "team", "contractor", "grid"):
        rows += [_row(subject, card, shown, language) for card in built[f"{subject}s"]]
    if built["area"] is not None:
        rows.append(_row("area", built["area"], shown, language))
    return BOM + lines(rows)


def _row(subject: str, card: dict[str, Any], shown: Sequence[Indicator], language: str) -> list[Cell]:
    row: list[Cell] = [
        text(f"assessment.subject.{subject}", language),
        card["rank"],
        card["rankChange"],
        card["name"],
        text("assessment.rural", language) if card["rural"] else None,
        card["orders"],
        card["score"],
        sum(entry["points"] for entry in card["deductions"]),
    ]
    for one in shown:
        number = card["indicators"].get(one.code)
        if number is None:
            row += [None] * len(PARTS)
            continue
        value = number["value"]
        if value is not None and one.definition.get("per", 1) == 1:
            value = f"{value * 100:.2f}%"
        row += [value, number["numerator"], number["denominator"], number["points"]]
    return row
