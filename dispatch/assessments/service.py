"""The assessment of a month (考核): compute it, publish it, and list the orders behind each number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository
from dispatch.assessments.gathering import Facts, gather
from dispatch.assessments.indicators import SCORE_DIGITS, Rule, SubjectKind, Tally, published, rounded, tally
from dispatch.assessments.models import AssessmentRun, ScoreCard
from dispatch.assessments.months import Month, month_of
from dispatch.assessments.scoring import (
    DEDUCTIONS,
    Charge,
    Scale,
    Standing,
    deduction,
    exact,
    heaviest,
    mean_of,
    ranks,
    score,
)
from dispatch.policies.definitions import Row, read_definition
from dispatch.policies.limits import Limits
from dispatch.policies.service import indicator_versions, policy_at
from grids.access import require_whole_area
from grids.models import ServiceArea
from kit.actor import Actor, Role
from kit.errors import Conflict, NotFound
from kit.ids import uuid7
from kit.live import announce

COMPUTERS = (Role.MANAGER, Role.ADMINISTRATOR, Role.INSPECTOR)
READERS = (
    Role.MANAGER, Role.ADMINISTRATOR, Role.INSPECTOR, Role.GRID_LEAD, Role.DISPATCHER, Role.OBSERVER, Role.TECHNICIAN,
)  # fmt: skip
ON_TIME = "repaired_on_time"
"""The indicator that breaks ties."""


@dataclass(frozen=True, slots=True)
class AssessmentResult:
    """A run and its cards. `as_json` is the answer of `grid-dispatch assess`."""

    run: AssessmentRun
    cards: Sequence[ScoreCard]

    def as_json(self) -> dict[str, Any]:
        """Technicians, teams and grids with their indicators, score and rank; ranked ones first."""
        by: dict[str, list[dict[str, Any]]] = {"technician": [], "team": [], "grid": [], "area": []}
        for card in sorted(self.cards, key=lambda c: (c.rural, c.rank is None, c.rank or 0, c.name)):
            by[card.subject].append(card_json(card))
        return {
            "runId": str(self.run.id),
            "month": f"{self.run.month:%Y-%m}",
            "number": self.run.number,
            "provisional": self.run.provisional,
            "publishedAt": None if self.run.published_at is None else self.run.published_at.isoformat(),
            "technicians": by["technician"],
            "teams": by["team"],
            "grids": by["grid"],
            "area": by["area"][0] if by["area"] else None,
        }

    def lines(self) -> list[str]:
        """The month on one screen: who was ranked, and how many were not."""
        people = [card for card in self.cards if card.subject == "technician"]
        ranked = sorted((card for card in people if card.rank is not None), key=lambda c: (c.rural, c.rank or 0))
        version = f"{self.run.month:%Y-%m}, version {self.run.number}" + (
            ", provisional" if self.run.provisional else ""
        )
        shown = [
            f"{card.rank:>4}  {card.name}: {card.score:.2f} from {card.orders} orders"
            + (" (rural)" if card.rural else "")
            for card in ranked[:15]
        ]
        return [
            f"{version}: {len(ranked)} technicians ranked, {len(people) - len(ranked)} without enough data.",
            *shown,
            *([f"      … and {len(ranked) - 15} more."] if len(ranked) > 15 else []),
        ]


def card_json(card: ScoreCard) -> dict[str, Any]:
    """One card as JSON."""
    return {
        "id": card.subject_id, "name": card.name, "rural": card.rural, "orders": card.orders,
        "indicators": card.indicators, "deductions": card.deductions, "score": card.score, "rank": card.rank,
        "rankNote": card.rank_note, "rankChange": card.rank_change,
    }  # fmt: skip


# --- computing --------------------------------------------------------------------------------------------------------


async def compute(
    session: AsyncSession, actor: Actor, area: ServiceArea, month: str | date, *, cause: str = "requested"
) -> AssessmentResult:
    """Count, score and rank a month as it is known at the area's now, and keep it as the month's next version.

    Raises `Invalid` for a month that is none or has not begun, `Forbidden`.
    """
    actor.require(*COMPUTERS)
    actor.require_area(area.id)
    await require_whole_area(session, actor, area.id)
    span = month_of(month, area.timezone)
    now = area.clock.now()
    if now < span.start:
        raise Conflict("assessment.not_begun", month=span.name)
    await repository.lock_month(session, area.id, span.first)
    facts = await gather(session, area, span, now)
    rules = await _rules(session, area.id, span)
    # Weights and thresholds change with a month, as indicators do: what is in force when it begins.
    limits = (await policy_at(session, area.id, span.start)).limits
    charges = await _charges(session, area, span, facts, limits)
    settle = max((rule.definition.settle_days for rule in rules), default=0)
    number = await repository.next_number(session, area.id, span.first)
    run = AssessmentRun(
        id=uuid7(), area_id=area.id, month=span.first, number=number,
        provisional=now < span.end + timedelta(days=settle), published_at=None, cause=cause,
        created_by=actor.account_id, created_at=now,
    )  # fmt: skip
    session.add(run)
    await session.flush()
    before = await _ranks_before(session, area.id, span)
    cards: list[ScoreCard] = []
    for subject, people in _subjects(facts, area, span):
        cards.extend(_cards(subject, people, rules, facts, span, run, charges, before, limits))
    session.add_all(cards)
    await session.flush()
    await announce(session, area.id, "assessment", span.name)
    return AssessmentResult(run, cards)


async def _rules(session: AsyncSession, area_id: UUID, month: Month) -> list[Rule]:
    return [
        Rule(
            row.code,
            row.en,
            row.zh,
            read_definition(row.definition),
            Scale(exact(row.weight) or Fraction(0), exact(row.target), exact(row.baseline), row.at_most),
        )
        for row in await indicator_versions(session, area_id, month.first)
    ]


@dataclass(frozen=True, slots=True)
class _Subject:
    id: str
    name: str
    rural: bool = False
    households: int | None = None


def _subjects(facts: Facts, area: ServiceArea, month: Month) -> list[tuple[SubjectKind, list[_Subject]]]:
    """Everybody and everything with a card. Technicians and teams are rural where most of their month's orders are."""
    rural: dict[tuple[str, str], list[bool]] = {}
    for row in facts.assignments:
        if not month.start <= row["assigned_at"] < month.end:
            continue
        for kind in ("technician_id", "team"):
            rural.setdefault((kind, str(row[kind])), []).append(bool(row["rural"]))
    lives = {key: sum(found) * 2 > len(found) for key, found in rural.items()}
    people = [_Subject(str(t.id), t.name, lives.get(("technician_id", str(t.id)), False)) for t in facts.technicians]
    teams = sorted({t.team for t in facts.technicians if t.team})
    grids = [_Subject(str(g.id), g.name, g.rural, facts.households.get(str(g.id))) for g in facts.grids]
    return [
        ("technician", people),
        ("team", [_Subject(team, team, lives.get(("team", team), False)) for team in teams]),
        ("grid", grids),
        ("area", [_Subject(str(area.id), area.name)]),
    ]


def _cards(
    subject: SubjectKind,
    people: Sequence[_Subject],
    rules: Sequence[Rule],
    facts: Facts,
    month: Month,
    run: AssessmentRun,
    charges: Mapping[str, list[dict[str, Any]]],
    before: Mapping[tuple[str, str], int],
    limits: Limits,
) -> list[ScoreCard]:
    counted: dict[str, dict[str, Tally]] = {}
    means: dict[str, Fraction | None] = {}
    mine = [rule for rule in rules if subject in rule.definition.subjects]
    for rule in mine:
        counted[rule.code] = tally(rule.definition, facts.of(rule.definition.of), month.start, month.end, subject)
        means[rule.code] = mean_of(one.count for one in counted[rule.code].values())
    scores: dict[str, Fraction | None] = {}
    standings, cards = [], []
    for one in people:
        found = {rule.code: counted[rule.code].get(one.id, Tally()) for rule in mine}
        shown = {
            rule.code: published(rule, found[rule.code], means[rule.code], run.provisional, limits.shrinkage_cases)
            for rule in mine
        }
        deductions = charges.get(one.id, []) if subject == "technician" else []
        off = deduction((-(exact(entry["points"]) or Fraction(0)) for entry in deductions), limits.most_deducted)
        earned = [
            (exact(shown[rule.code]["points"]) or Fraction(0), rule.scale.weight)
            for rule in mine
            if shown[rule.code]["points"] is not None
        ]
        exact_score = score(earned, deducted=off, most_bonus=limits.most_bonus)
        scores[one.id] = None if exact_score is None else round(exact_score, SCORE_DIGITS)
        scored = [found[rule.code] for rule in mine if rule.scale.scored]
        orders = {order for one_tally in scored for order in (*one_tally.counted, *one_tally.others)}
        enough, note = _enough(subject, one, len(orders), limits)
        on_time = found[ON_TIME].count.value if ON_TIME in found else None
        standings.append(Standing(one.id, scores[one.id], on_time, len(orders), one.rural, enough))
        cards.append(
            ScoreCard(
                id=uuid7(), run_id=run.id, subject=subject, subject_id=one.id, name=one.name, rural=one.rural,
                orders=len(orders), indicators=shown, deductions=deductions,
                score=None if exact_score is None else rounded(exact_score, SCORE_DIGITS), rank=None, rank_note=note,
                rank_change=None,
                behind={
                    code: {"counted": one_tally.counted, "others": one_tally.others}
                    for code, one_tally in found.items()
                    if one_tally.counted or one_tally.others
                },
            )
        )  # fmt: skip
    places = ranks(standings) if subject != "area" else {}
    for card in cards:
        card.rank = places.get(card.subject_id)
        old = before.get((subject, card.subject_id))
        card.rank_change = None if card.rank is None or old is None else old - card.rank
    return cards


def _enough(subject: SubjectKind, one: _Subject, orders: int, limits: Limits) -> tuple[bool, str | None]:
    """Whether a subject is ranked; if not, the code of the reason."""
    if subject == "grid":
        enough = one.households is not None and one.households >= limits.least_subscribers
    else:
        enough = orders >= limits.least_orders
    return enough, None if enough else "not_enough_data"


async def _charges(
    session: AsyncSession, area: ServiceArea, month: Month, facts: Facts, limits: Limits
) -> dict[str, list[dict[str, Any]]]:
    """The month's entries by technician, kept with their appeals; those made void take nothing off."""
    wanted = []
    rows = dict(_failures(facts, month))
    rates = {rule: int(getattr(limits, f"deduct_{rule}")) for rule in DEDUCTIONS}
    for charge in heaviest(rows, rates):
        row = rows[charge]
        wanted.append(
            {
                "order_id": UUID(charge.order_id), "technician_id": UUID(row["technician_id"]), "rule": charge.rule,
                "points": -float(rates[charge.rule]), "event_id": UUID(charge.event_id),
                "policy_number": row["policy_number"], "created_at": area.clock.now(),
            }
        )  # fmt: skip
    await repository.keep_entries(session, area.id, month.first, wanted)
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in await repository.entries(session, area.id, month.first):
        if entry.appeal_status != "upheld":
            found.setdefault(str(entry.technician_id), []).append(
                {"entryId": str(entry.id), "orderId": str(entry.order_id), "rule": entry.rule, "points": entry.points}
            )
    return found


def _failures(facts: Facts, month: Month) -> list[tuple[Charge, Row]]:
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


async def _ranks_before(session: AsyncSession, area_id: UUID, month: Month) -> dict[tuple[str, str], int]:
    """The ranks of the month before: as published, or else as last computed."""
    run = await repository.latest_run(session, area_id, month.previous_first, published=True)
    run = run or await repository.latest_run(session, area_id, month.previous_first)
    if run is None:
        return {}
    cards = await repository.cards(session, run.id)
    return {(card.subject, card.subject_id): card.rank for card in cards if card.rank is not None}


# --- reading and publishing -------------------------------------------------------------------------------------------


async def read(
    session: AsyncSession, actor: Actor, area: ServiceArea, month: str | date, number: int | None = None
) -> AssessmentResult:
    """The newest version of a month, or one by its number, cut down to what the actor may see.

    Technicians see published versions only. Raises `NotFound` where nothing was computed.
    """
    actor.require(*READERS)
    actor.require_area(area.id)
    span = month_of(month, area.timezone)
    if number is not None:
        run = await repository.run_number(session, area.id, span.first, number)
    else:
        only = not actor.trusted and actor.role is Role.TECHNICIAN
        run = await repository.latest_run(session, area.id, span.first, published=only)
    if run is None or (not actor.trusted and actor.role is Role.TECHNICIAN and run.published_at is None):
        raise NotFound("assessment.none", month=span.name)
    return AssessmentResult(run, await repository.cards(session, run.id, actor))


async def publish(session: AsyncSession, actor: Actor, area: ServiceArea, month: str | date) -> AssessmentRun:
    """Make the newest version the month's ranking. Raises `NotFound`, `Forbidden`, `Conflict` when it is out."""
    actor.require(Role.MANAGER)
    actor.require_area(area.id)
    await require_whole_area(session, actor, area.id)
    span = month_of(month, area.timezone)
    await repository.lock_month(session, area.id, span.first)
    run = await repository.latest_run(session, area.id, span.first)
    if run is None:
        raise NotFound("assessment.none", month=span.name)
    if run.published_at is not None:
        raise Conflict("assessment.published", month=span.name, number=run.number)
    run.published_at = area.clock.now()
    await session.flush()
    await announce(session, area.id, "assessment", span.name)
    return run


async def orders_behind(
    session: AsyncSession, actor: Actor, run: AssessmentRun, subject: str, subject_id: str, indicator: str
) -> tuple[list[UUID], list[UUID]]:
    """The orders of a number: those its numerator counted, and the denominator's others; one entry for each case.

    Raises `NotFound` for a card the actor may not see or an indicator it does not have.
    """
    allowed = {(card.subject, card.subject_id) for card in await repository.cards(session, run.id, actor, subject)}
    card = await repository.card(session, run.id, subject, subject_id)
    if card is None or (subject, subject_id) not in allowed or indicator not in card.indicators:
        raise NotFound("assessment.no_number", subject=subject, indicator=indicator)
    behind = card.behind.get(indicator, {"counted": [], "others": []})
    return [UUID(one) for one in behind["counted"]], [UUID(one) for one in behind["others"]]
