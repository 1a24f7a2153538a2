"""The little language in which an indicator is written as data, so that a new one needs the API alone. Pure.

    {"of": "assignments", "month": "arrived_at",
     "denominator": [{"fact": "arrived_at", "op": "known"}],
     "numerator":   [{"from": "reported_at", "to": "arrived_at", "op": "<=", "seconds": 7200}]}

`of` names what is counted: `orders`, `assignments` (one order in one technician's hands, from being given it to
handing it on), `windows` (one promised appointment window), or `subjects` (one technician or grid in the month).
`month` names the fact whose time decides the month. A row in the denominator meets all its conditions; one in the
numerator meets those of the numerator as well. `exclude`: rows meeting any of these are left out; `excuse`: left out
of technicians' numbers only, because the failing is not theirs. `numeratorSum` / `denominatorSum` add a number fact up
instead of counting rows. A condition about something that is not known does not hold (`op` `unknown` asks for it).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from kit.errors import Invalid
from kit.explaining import explained
from kit.i18n import Said

Of = Literal["orders", "assignments", "windows", "subjects"]
Op = Literal["=", "!=", "<", "<=", ">", ">=", "in", "not in", "has", "known", "unknown"]

TIME, NUMBER, TEXT, FLAG, SET = "time", "number", "text", "flag", "set"

ORDER_FACTS: dict[str, str] = {
    "kind": TEXT, "channel": TEXT, "level": TEXT, "tier": TEXT, "fault_type": TEXT, "cause": TEXT, "rural": FLAG,
    "reported_at": TIME, "chases": NUMBER, "bounces": NUMBER, "reworks": NUMBER,
}  # fmt: skip
"""Known of every order, whatever is counted."""

FACTS: dict[str, dict[str, str]] = {
    "orders": ORDER_FACTS | {
        "dispatched_at": TIME, "accepted_at": TIME, "contacted_at": TIME, "arrived_at": TIME, "completed_at": TIME,
        "cancelled_at": TIME, "closed_at": TIME, "ended_at": TIME, "first_callback_at": TIME, "month_end": TIME,
        "open_at_month_end": FLAG, "completed_how": TEXT, "outcome": TEXT, "callback_attempts": NUMBER,
    },
    "assignments": ORDER_FACTS | {
        "assigned_at": TIME, "assigned_why": TEXT, "round": NUMBER, "number": NUMBER,
        "accept_from_at": TIME, "accepted_at": TIME, "contact_from_at": TIME, "contacted_at": TIME, "departed_at": TIME,
        "arrived_at": TIME, "completed_at": TIME, "completed_how": TEXT, "clock_started_at": TIME, "due_at": TIME,
        "remaining_seconds": NUMBER, "ended_at": TIME, "held_until": TIME, "ended_why": TEXT, "visits": NUMBER,
        "nobody_home": NUMBER, "policy_number": NUMBER,
        "return_reason": TEXT, "return_attribution": TEXT, "reworked": FLAG, "repeats": NUMBER,
        "satisfaction": TEXT, "solved": FLAG, "answered_at": TIME, "attribution": TEXT,
        "inspected_at": TIME, "inspection_passed": FLAG, "travel_seconds": NUMBER, "work_seconds": NUMBER,
        "busy_seconds": NUMBER, "excused": SET,
    },
    "windows": ORDER_FACTS | {
        "start": TIME, "end": TIME, "arrived_at": TIME, "due_at": TIME, "changed_by": TEXT, "kept": FLAG,
        "excused": SET,
    },
    "subjects": {
        "month_end": TIME, "households": NUMBER, "faults": NUMBER, "complaints": NUMBER, "rostered_seconds": NUMBER,
        "busy_seconds": NUMBER,
    },
}  # fmt: skip
"""What may be asked of each kind of row, and of which sort it is."""

LIMITS = ("accept", "contact", "complete", "on_site", "callback")
"""Seconds that the policy in force at the order sets, level considered; `{"limit": "contact"}` names one."""

_OPS: dict[str, frozenset[str]] = {
    TIME: frozenset({"known", "unknown", "<", "<=", ">", ">="}),
    NUMBER: frozenset({"=", "!=", "<", "<=", ">", ">=", "in", "not in", "known", "unknown"}),
    TEXT: frozenset({"=", "!=", "in", "not in", "known", "unknown"}),
    FLAG: frozenset({"=", "!=", "known", "unknown"}),
    SET: frozenset({"has"}),
}


_NAMES = {"from_": "from", "any_": "any"}
Subject = Literal["technician", "team", "contractor", "grid", "area"]


class Condition(msgspec.Struct, rename=_NAMES, forbid_unknown_fields=True, omit_defaults=True):
    """One question about a row: a fact against a value or another fact (`than`), a span of time, or any of several."""

    fact: str | None = None
    op: Op | None = None
    value: str | int | float | bool | list[str | int | float] | None = None
    than: str | None = None
    from_: str | None = None
    to: str | None = None
    seconds: int | None = None
    limit: str | None = None
    any_: list[Condition] = []


class Definition(msgspec.Struct, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """An indicator's formula. `per` scales the shown value (10 000 subscribers); `settle_days` make it provisional."""

    of: Of
    month: str
    numerator: list[Condition]
    denominator: list[Condition] = []
    exclude: list[Condition] = []
    excuse: list[Condition] = []
    numerator_sum: str | None = None
    denominator_sum: str | None = None
    per: int = 1
    settle_days: int = 0
    subjects: list[Subject] = msgspec.field(
        default_factory=lambda: ["technician", "team", "contractor", "grid", "area"]
    )
    least_answered: float | None = None
    """Flag the number where answered rows are a smaller share of the rows that meet `asked`."""
    asked: list[Condition] = []


def read_definition(raw: Any, field: str = "definition") -> Definition:
    """The checked definition. Raises `Invalid` naming the place of what is wrong."""
    try:
        definition = msgspec.convert(raw, Definition)
    except msgspec.ValidationError as error:
        raise Invalid("indicator.unreadable", field=field, detail=explained(error)) from error
    facts = FACTS[definition.of]
    if facts.get(definition.month) != TIME:
        _refuse(field, "month", "indicator.not_a_time", name=definition.month, of=definition.of)
    for name in ("numerator_sum", "denominator_sum"):
        fact = getattr(definition, name)
        if fact is not None and facts.get(fact) != NUMBER:
            _refuse(field, name, "indicator.not_a_number", name=fact, of=definition.of)
    if definition.per < 1 or definition.settle_days < 0:
        _refuse(field, "per", "indicator.least")
    for name in ("numerator", "denominator", "exclude", "excuse", "asked"):
        for position, condition in enumerate(getattr(definition, name)):
            _check(condition, facts, definition.of, f"{field}.{name}[{position}]")
    return definition


def _check(condition: Condition, facts: dict[str, str], of: str, where: str) -> None:
    if condition.any_:
        for position, inner in enumerate(condition.any_):
            _check(inner, facts, of, f"{where}.any[{position}]")
        return
    if condition.from_ is not None or condition.to is not None:
        _check_span(condition, facts, of, where)
        return
    sort = facts.get(condition.fact or "")
    if sort is None:
        _refuse(where, "fact", "indicator.no_fact", name=condition.fact, of=of, known=", ".join(sorted(facts)))
    if condition.op is None or condition.op not in _OPS[sort or TEXT]:
        _refuse(where, "op", "indicator.no_operator", operator=condition.op, name=condition.fact)
    if condition.op in ("known", "unknown"):
        return
    if sort == TIME:
        if facts.get(condition.than or "") != TIME:
            _refuse(where, "than", "indicator.time_than")
        return
    if condition.than is not None:
        if facts.get(condition.than) != sort:
            _refuse(where, "than", "indicator.other_sort", other=condition.than, name=condition.fact)
        return
    _check_value(condition, sort or TEXT, where)


def _check_span(condition: Condition, facts: dict[str, str], of: str, where: str) -> None:
    for name in (condition.from_, condition.to):
        if facts.get(name or "") != TIME:
            _refuse(where, "from/to", "indicator.not_a_time", name=name, of=of)
    if condition.op not in ("<", "<=", ">", ">="):
        _refuse(where, "op", "indicator.span_operator")
    if (condition.seconds is None) == (condition.limit is None):
        _refuse(where, "seconds", "indicator.span_length")
    if condition.limit is not None and condition.limit not in LIMITS:
        _refuse(where, "limit", "indicator.no_limit", name=condition.limit, known=", ".join(LIMITS))


def _check_value(condition: Condition, sort: str, where: str) -> None:
    value = condition.value
    if condition.op in ("in", "not in"):
        if not isinstance(value, list):
            _refuse(where, "value", "indicator.list")
        return
    fits = {
        NUMBER: isinstance(value, int | float) and not isinstance(value, bool),
        FLAG: isinstance(value, bool),
        TEXT: isinstance(value, str),
        SET: isinstance(value, str),
    }[sort]
    if not fits:
        _refuse(
            where,
            "value",
            "indicator.wrong_value",
            value=value,
            name=condition.fact,
            sort=Said(f"indicator.sort.{sort}"),
        )


def _refuse(where: str, part: str, code: str, **params: Any) -> None:
    raise Invalid("indicator.unreadable", field=f"{where}.{part}", detail=Said(code, params))


Row = dict[str, Any]


def holds(condition: Condition, row: Row) -> bool:
    """Whether a row of facts meets a condition. What is not known meets none but `unknown`."""
    if condition.any_:
        return any(holds(inner, row) for inner in condition.any_)
    if condition.from_ is not None:
        return _span_holds(condition, row)
    have = row.get(condition.fact or "")
    if condition.op == "unknown":
        return have is None
    if have is None:
        return False
    if condition.op == "known":
        return True
    want = row.get(condition.than) if condition.than is not None else condition.value
    if want is None:
        return False
    return _compare(have, condition.op or "=", want)


def _span_holds(condition: Condition, row: Row) -> bool:
    start, end = row.get(condition.from_ or ""), row.get(condition.to or "")
    limit = row["limits"].get(condition.limit) if condition.limit else condition.seconds
    if not isinstance(start, datetime) or not isinstance(end, datetime) or limit is None:
        return False
    return _compare((end - start).total_seconds(), condition.op or "<=", limit)


def _compare(have: Any, op: str, want: Any) -> bool:
    match op:
        case "=":
            return bool(have == want)
        case "!=":
            return bool(have != want)
        case "<":
            return bool(have < want)
        case "<=":
            return bool(have <= want)
        case ">":
            return bool(have > want)
        case ">=":
            return bool(have >= want)
        case "in":
            return have in want
        case "not in":
            return have not in want
        case _:
            return want in have
