"""The score cards of a month out of its facts: counts, points, score, rank, and the lines of the score. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from dispatch.assessments.counting.gathering import Facts
from dispatch.assessments.counting.indicators import (
    SCORE_DIGITS,
    Known,
    Rule,
    SubjectKind,
    Tally,
    published,
    rounded,
    tally,
)
from dispatch.assessments.ledger.lines import Charged, Earned, Line, Ruled, score_lines
from dispatch.assessments.models import AssessmentRun, ScoreCard
from dispatch.assessments.months import Month
from dispatch.assessments.scoring import DEDUCTIONS, Charge, Standing, exact, mean_of, ranks
from dispatch.policies.definitions import Row
from dispatch.policies.limits import Limits
from grids.models import ServiceArea
from kit.ids import uuid7

ON_TIME = "repaired_on_time"
"""The indicator that breaks ties."""


@dataclass(frozen=True, slots=True)
class Subject:
    id: str
    name: str
    rural: bool = False
    households: int | None = None


def subjects(facts: Facts, area: ServiceArea, month: Month) -> list[tuple[SubjectKind, list[Subject]]]:
    """Everybody and everything with a card. People and firms are rural where most of their month's orders are."""
    rural: dict[tuple[str, str], list[bool]] = {}
    for row in facts.assignments:
        if not month.start <= row["assigned_at"] < month.end:
            continue
        for kind in ("technician_id", "team", "contractor"):
            rural.setdefault((kind, str(row[kind])), []).append(bool(row["rural"]))
    lives = {key: sum(found) * 2 > len(found) for key, found in rural.items()}
    people = [Subject(str(t.id), t.name, lives.get(("technician_id", str(t.id)), False)) for t in facts.technicians]
    teams = sorted({t.team for t in facts.technicians if t.team})
    firms = sorted({t.contractor for t in facts.technicians if t.contractor})
    grids = [Subject(str(g.id), g.name, g.rural, facts.households.get(str(g.id))) for g in facts.grids]
    return [
        ("technician", people),
        ("team", [Subject(team, team, lives.get(("team", team), False)) for team in teams]),
        ("contractor", [Subject(firm, firm, lives.get(("contractor", firm), False)) for firm in firms]),
        ("grid", grids),
        ("area", [Subject(str(area.id), area.name)]),
    ]


@dataclass(frozen=True, slots=True)
class Given:
    """What a month is judged by, and what people ruled in it. Charges are shown as `DeductionOut`."""

    rules: Sequence[Rule]
    limits: Limits
    policy: str
    charges: Mapping[str, list[dict[str, Any]]]
    evidence: Mapping[str, dict[str, Any]]
    """Of the entry that charges, by its id: what was due and when it was done."""
    rulings: Mapping[str, list[Ruled]]
    before: Mapping[tuple[str, str], int]
    judged: Known = field(default_factory=dict)
    """Rows as the indicators see them, which subjects of all kinds share."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A card, and the lines whose sum is its score."""

    card: ScoreCard
    lines: Sequence[Line]


def make_cards(
    subject: SubjectKind, people: Sequence[Subject], given: Given, facts: Facts, month: Month, run: AssessmentRun
) -> list[Scored]:
    """The cards of everybody of one kind, ranked among themselves."""
    rules, limits = given.rules, given.limits
    counted: dict[str, dict[str, Tally]] = {}
    means: dict[str, Fraction | None] = {}
    mine = [rule for rule in rules if subject in rule.definition.subjects]
    for rule in mine:
        counted[rule.code] = tally(
            rule.definition, facts.of(rule.definition.of), month.start, month.end, subject, given.judged
        )
        means[rule.code] = mean_of(one.count for one in counted[rule.code].values())
    scores: dict[str, Fraction | None] = {}
    standings, made = [], []
    for one in people:
        found = {rule.code: counted[rule.code].get(one.id, Tally()) for rule in mine}
        shown = {
            rule.code: published(rule, found[rule.code], means[rule.code], run.provisional, limits.shrinkage_cases)
            for rule in mine
        }
        lines, exact_score = _lines(subject, one, mine, shown, given)
        scores[one.id] = exact_score
        scored = [found[rule.code] for rule in mine if rule.scale.scored]
        orders = {order for one_tally in scored for order in (*one_tally.counted, *one_tally.others)}
        enough, note = _enough(subject, one, len(orders), limits)
        on_time = found[ON_TIME].count.value if ON_TIME in found else None
        standings.append(Standing(one.id, scores[one.id], on_time, len(orders), one.rural, enough))
        card = ScoreCard(
            id=uuid7(), run_id=run.id, subject=subject, subject_id=one.id, name=one.name, rural=one.rural,
            orders=len(orders), indicators=shown, rates={code: number["value"] for code, number in shown.items()},
            deductions=given.charges.get(one.id, []) if subject == "technician" else [],
            score=None if exact_score is None else rounded(exact_score, SCORE_DIGITS), rank=None, rank_note=note,
            rank_change=None, standing={},
            behind={
                code: {"counted": one_tally.counted, "others": one_tally.others}
                for code, one_tally in found.items()
                if one_tally.counted or one_tally.others
            },
        )  # fmt: skip
        made.append(Scored(card, lines))
    places = ranks(standings) if subject != "area" else {}
    for one_made in made:
        card = one_made.card
        card.rank = places.get(card.subject_id)
        old = given.before.get((subject, card.subject_id))
        card.rank_change = None if card.rank is None or old is None else old - card.rank
    return made


def _lines(
    subject: SubjectKind, one: Subject, mine: Sequence[Rule], shown: Mapping[str, dict[str, Any]], given: Given
) -> tuple[list[Line], Fraction | None]:
    """The lines of a subject's score, and the score as it is published: their sum."""
    limits = given.limits
    earned = [
        Earned(rule.code, rule.version, exact(shown[rule.code]["points"]) or Fraction(0), rule.scale.weight,
               {key: shown[rule.code][key] for key in ("numerator", "denominator", "value", "mean", "weight")})
        for rule in mine
        if shown[rule.code]["points"] is not None
    ]  # fmt: skip
    personal = subject == "technician"
    charges = [
        Charged(entry["rule"], entry["orderId"], entry["eventId"], exact(entry["points"]) or Fraction(0),
                given.evidence.get(entry["entryId"], {}))
        for entry in (given.charges.get(one.id, []) if personal else [])
    ]  # fmt: skip
    ruled = given.rulings.get(one.id, []) if personal else []
    return score_lines(earned, charges, ruled, given.policy, limits.most_deducted, limits.most_bonus)


def _enough(subject: SubjectKind, one: Subject, orders: int, limits: Limits) -> tuple[bool, str | None]:
    """Whether a subject is ranked; if not, the code of the reason."""
    if subject == "grid":
        # Where nothing happened nothing can be compared: the best score of all would be its prize for that.
        enough = orders > 0 and one.households is not None and one.households >= limits.least_subscribers
    else:
        enough = orders >= limits.least_orders
    return enough, None if enough else "not_enough_data"


def failures(facts: Facts, month: Month) -> list[tuple[Charge, Row]]:
    """What the rules charge a technician for: late work, missed windows, dissatisfaction that is his to answer for."""
    found: list[tuple[Charge, Row]] = []
    for row in facts.assignments:
        late = row["completed_at"] and row["technician_due_at"] and row["completed_at"] > row["technician_due_at"]
        if late and month.start <= row["completed_at"] < month.end:
            found.append((Charge(row["order_id"], row["complete_event"], "late"), row))
        answered = row["answered_at"]
        if (
            answered
            and month.start <= answered < month.end
            and row["satisfaction"] in ("dissatisfied", "very_dissatisfied")
        ):
            if "attitude" in row["answer_reasons"]:
                found.append((Charge(row["order_id"], row["answer_event"], "attitude"), row))
            if row["attribution"] == "technician":
                found.append((Charge(row["order_id"], row["answer_event"], "dissatisfied"), row))
    for row in facts.windows:
        ours = row["changed_by"] not in (None, "technician")  # moved at the desk: a miss, but not the technician's
        if row["kept"] or ours or row["technician_id"] is None or not month.start <= row["due_at"] < month.end:
            continue
        found.append((Charge(row["order_id"], row["event_id"], "missed_window"), row))
    return found


def charge_rates(limits: Limits) -> dict[str, int]:
    """What each rule takes off, in points above 0."""
    return {rule: int(getattr(limits, f"deduct_{rule}")) for rule in DEDUCTIONS}


_EVIDENCE = {
    "late": ("completed_at", "technician_due_at"),
    "missed_window": ("due_at", "changed_by"),
    "dissatisfied": ("answered_at", "answer_reasons"),
    "attitude": ("answered_at", "answer_reasons"),
    "complaint": ("decided_at",),
    "hotline": ("decided_at",),
}


def evidence_of(rule: str, row: Row) -> dict[str, Any]:
    """The facts that show a charge: moments and codes, nothing about a person."""
    found = {}
    for name in _EVIDENCE.get(rule, ()):
        value = row.get(name)
        found[name] = value.isoformat() if isinstance(value, datetime) else value
    return found
