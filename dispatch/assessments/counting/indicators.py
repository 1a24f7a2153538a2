"""Counting of indicators. Pure.

In: rows of facts and the definition of an indicator. Out: counts for each subject, with the orders behind them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any, Literal

from dispatch.assessments.scoring import SHRINKAGE, Count, Scale, exact, points, wilson
from dispatch.policies.definitions import Condition, Definition, Row, holds

SubjectKind = Literal["technician", "team", "contractor", "grid", "area"]
SUBJECT_FACT: dict[SubjectKind, str] = {
    "technician": "technician_id",
    "team": "team",
    "contractor": "contractor",
    "grid": "grid_id",
    "area": "area_id",
}
"""Which column of a row says whose it is."""
DUE_FACT: dict[SubjectKind, str] = {
    "technician": "technician_due_at",
    "team": "technician_due_at",
    "contractor": "technician_due_at",
    "grid": "grid_due_at",
    "area": "company_due_at",
}
"""Each audience has its own assessment clock: what waits for parts pauses the technician's alone (§5.4)."""
PEOPLE: tuple[SubjectKind, ...] = ("technician", "team", "contractor")
"""Subjects that are judged by what their people did: a team by its own, a contractor (代维) by whom it employs."""
VALUE_DIGITS, POINT_DIGITS, SCORE_DIGITS = 6, 4, 2


@dataclass(frozen=True, slots=True)
class Rule:
    """An indicator as it counts in one month."""

    code: str
    en: str
    zh: str
    definition: Definition
    scale: Scale
    version: str = ""
    """The first month it counts in, as a date."""


@dataclass(slots=True)
class Tally:
    """What was counted of one subject. `counted` and `others` name the orders, one entry for each case."""

    numerator: int = 0
    denominator: int = 0
    counted: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    asked: int = 0
    answered: int = 0

    @property
    def count(self) -> Count:
        """The bare fraction."""
        return Count(self.numerator, self.denominator)


@dataclass(slots=True)
class Judged:
    """A row as an indicator sees it, whoever it belongs to."""

    row: Row
    asked: bool
    answered: bool
    case: tuple[int, int, bool] | None
    """What it adds to numerator and denominator, and whether it meets the numerator; None where it is no case."""
    excused: bool
    """No case of people."""


Known = dict[tuple[int, str | None], list[Judged]]
"""Rows that were judged already, by definition and due time."""


def tally(
    definition: Definition,
    rows: Iterable[Row],
    start: datetime,
    end: datetime,
    subject: SubjectKind,
    known: Known | None = None,
) -> dict[str, Tally]:
    """The counts of one indicator by subject id, over the rows whose month fact lies in [start, end).

    `due_at` of every row is set to the due time of this subject's audience. With `known`, kinds of subjects that are
    due alike share the judging of the rows.
    """
    found: dict[str, Tally] = {}
    people = subject in PEOPLE
    whose_fact = SUBJECT_FACT[subject]
    due_fact = DUE_FACT[subject] if _asks_when_due(definition) else None
    known = {} if known is None else known
    key = (id(definition), due_fact)
    if key not in known:
        known[key] = _judged(definition, rows, start, end, due_fact)
    for one in known[key]:
        whose = one.row.get(whose_fact)
        if whose is None:
            continue
        if one.asked:
            mine = found.setdefault(str(whose), Tally())
            mine.asked += 1
            mine.answered += one.answered
        if one.case is not None and not (people and one.excused):
            _count(one.row, one.case, found.setdefault(str(whose), Tally()))
    return {whose: one for whose, one in found.items() if one.denominator or one.asked}


def _judged(
    definition: Definition, rows: Iterable[Row], start: datetime, end: datetime, due_fact: str | None
) -> list[Judged]:
    """The rows that are asked about or a case."""
    found = []
    for row in rows:
        if due_fact is not None and due_fact in row:
            row["due_at"] = row[due_fact]
        asked = bool(definition.asked) and _within(row.get("completed_at"), start, end) and _all(definition.asked, row)
        in_month = _within(row.get(definition.month), start, end)
        if not asked and not in_month:
            continue
        counts = _all(definition.denominator, row)
        case = None
        if in_month and counts and not any(holds(condition, row) for condition in definition.exclude):
            case = _case(definition, row)
        if asked or case is not None:
            excused = case is not None and any(holds(condition, row) for condition in definition.excuse)
            found.append(Judged(row, asked, asked and counts, case, excused))
    return found


def _case(definition: Definition, row: Row) -> tuple[int, int, bool] | None:
    over = row.get(definition.numerator_sum) if definition.numerator_sum else 1
    under = row.get(definition.denominator_sum) if definition.denominator_sum else 1
    if over is None or under is None:
        return None  # a number that is not known is not zero
    return int(over), int(under), _all(definition.numerator, row)


def _count(row: Row, case: tuple[int, int, bool], mine: Tally) -> None:
    over, under, meets = case
    mine.denominator += under
    mine.numerator += over if meets else 0
    if under and row.get("order_id") is not None:
        (mine.counted if meets and over else mine.others).append(str(row["order_id"]))


def _asks_when_due(definition: Definition) -> bool:
    """Whether anything of it hangs on the due time, which every audience has of its own."""

    def asks(condition: Condition) -> bool:
        named = (condition.fact, condition.than, condition.from_, condition.to)
        return "due_at" in named or any(asks(inner) for inner in condition.any_)

    parts = (
        definition.numerator, definition.denominator, definition.exclude, definition.excuse, definition.asked,
    )  # fmt: skip
    return definition.month == "due_at" or any(asks(condition) for part in parts for condition in part)


def _all(conditions: Sequence[Condition], row: Row) -> bool:
    for condition in conditions:  # noqa: SIM110 - asked of every row and part of an indicator: no generator
        if not holds(condition, row):
            return False
    return True


def _within(moment: Any, start: datetime, end: datetime) -> bool:
    return isinstance(moment, datetime) and start <= moment < end


def published(
    rule: Rule, mine: Tally, mean: Fraction | None, provisional: bool, shrinkage: int = SHRINKAGE
) -> dict[str, Any]:
    """An indicator of one subject as it is stored and shown: raw fraction, points, interval, and what to beware of."""
    value = mine.count.value
    earned = points(mine.count, mean, rule.scale, shrinkage)
    cases = rule.definition.numerator_sum is None and rule.definition.denominator_sum is None
    interval = wilson(mine.numerator, mine.denominator) if cases else None  # seconds and households are no trials
    few = rule.definition.least_answered
    return {
        "numerator": mine.numerator,
        "denominator": mine.denominator,
        "value": None if value is None else rounded(value * rule.definition.per, VALUE_DIGITS),
        "points": None if earned is None else rounded(earned, POINT_DIGITS),
        "interval": None
        if interval is None
        else [round(bound * rule.definition.per, VALUE_DIGITS) for bound in interval],
        "weight": float(rule.scale.weight),
        "mean": None if mean is None else rounded(mean * rule.definition.per, VALUE_DIGITS),
        "provisional": provisional and rule.definition.settle_days > 0,
        "fewAnswers": few is not None and mine.asked > 0 and Fraction(mine.answered, mine.asked) < (exact(few) or 0),
    }


def rounded(number: Fraction, digits: int) -> float:
    """A published number: the exact fraction rounded once, half to even."""
    return float(round(number, digits))
