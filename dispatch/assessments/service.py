"""The assessment of a month (考核): compute it, publish it, and list the orders behind each number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository
from dispatch.assessments.cards import Given, Scored, charge_rates, evidence_of, failures, make_cards, subjects
from dispatch.assessments.counting.gathering import Facts, gather
from dispatch.assessments.counting.indicators import Rule
from dispatch.assessments.decisions.proposing import propose
from dispatch.assessments.ledger.closing import require_open
from dispatch.assessments.ledger.entries import write
from dispatch.assessments.ledger.lines import Ruled
from dispatch.assessments.ledger.rulings import ruled
from dispatch.assessments.models import AssessmentEntry, AssessmentRun, ScoreCard
from dispatch.assessments.months import Month, month_of
from dispatch.assessments.scoring import Charge, Scale, exact, heaviest
from dispatch.assessments.standing import add_standing
from dispatch.complaints import repository as complaints
from dispatch.complaints.models import Source
from dispatch.policies.definitions import Row, read_definition
from dispatch.policies.limits import Limits
from dispatch.policies.service import indicator_versions, policy_at
from grids.access import require_whole_area
from grids.models import ServiceArea
from kit.actor import Actor, Role
from kit.errors import Conflict, NotFound
from kit.ids import uuid7
from kit.live import announce
from kit.processes.memory import uncollected

COMPUTERS = (Role.MANAGER, Role.ADMINISTRATOR, Role.INSPECTOR)
READERS = (
    Role.MANAGER, Role.ADMINISTRATOR, Role.INSPECTOR, Role.GRID_LEAD, Role.DISPATCHER, Role.OBSERVER, Role.TECHNICIAN,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AssessmentResult:
    """A run and its cards. `as_json` is the answer of `grid-dispatch assess`."""

    run: AssessmentRun
    cards: Sequence[ScoreCard]

    def as_json(self) -> dict[str, Any]:
        """Technicians, teams, contractors and grids with their indicators, score and rank; ranked ones first."""
        by: dict[str, list[dict[str, Any]]] = {
            "technician": [], "team": [], "contractor": [], "grid": [], "area": [],
        }  # fmt: skip
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
            "contractors": by["contractor"],
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

    Raises `Invalid` for a month that is none, `Conflict` for one that has not begun or is closed, `Forbidden`.
    """
    actor.require(*COMPUTERS)
    actor.require_area(area.id)
    await require_whole_area(session, actor, area.id)
    span = month_of(month, area.timezone)
    now = area.clock.now()
    if now < span.start:
        raise Conflict("assessment.not_begun", month=span.name)
    await repository.lock_month(session, area.id, span.first)
    await require_open(session, area.id, span.first)
    with uncollected():
        return await _compute(session, actor, area, span, now, cause)


async def _compute(
    session: AsyncSession, actor: Actor, area: ServiceArea, span: Month, now: datetime, cause: str
) -> AssessmentResult:
    basis = await basis_of(session, area, span)
    await _keep_charges(session, area, span, basis)
    number = await repository.next_number(session, area.id, span.first)
    run = AssessmentRun(
        id=uuid7(), area_id=area.id, month=span.first, number=number,
        provisional=_provisional(basis.rules, span, now), published_at=None, cause=cause,
        created_by=actor.account_id, created_at=now,
    )  # fmt: skip
    session.add(run)
    await session.flush()
    scored = evaluate(basis, run, await repository.entries(session, area.id, span.first))
    session.add_all(one.card for one in scored)
    await session.flush()
    lines = {(one.card.subject, one.card.subject_id): one.lines for one in scored}
    await write(session, area.id, span.first, number, now, lines)
    await announce(session, area.id, "assessment", span.name)
    return AssessmentResult(run, [one.card for one in scored])


@dataclass(frozen=True, slots=True)
class Basis:
    """What a month is judged from: facts and rules. Another `rules` or `limits` is the month under other rules."""

    area: ServiceArea
    month: Month
    facts: Facts
    rules: Sequence[Rule]
    limits: Limits
    policy: str
    failures: Mapping[Charge, Row]
    rulings: Mapping[str, list[Ruled]]
    before: Mapping[tuple[str, str], int]
    void: frozenset[tuple[str, str]]
    """(rule, event) of the charges that an appeal made void."""


async def basis_of(session: AsyncSession, area: ServiceArea, month: Month) -> Basis:
    """Read all that a month is judged from, as it is known at the area's now."""
    facts = await gather(session, area, month, area.clock.now())
    # Weights and thresholds change with a month, as indicators do: what is in force when it begins.
    policy = await policy_at(session, area.id, month.start)
    return Basis(
        area=area, month=month, facts=facts, rules=await _rules(session, area.id, month), limits=policy.limits,
        policy=f"policy {policy.number}",
        failures={**dict(failures(facts, month)), **await _complaints(session, area, month, policy.number)},
        rulings=await ruled(session, area.id, month.first), before=await _ranks_before(session, area.id, month),
        void=await repository.upheld(session, area.id),
    )  # fmt: skip


def evaluate(
    basis: Basis, run: AssessmentRun | None = None, entries: Sequence[AssessmentEntry] | None = None
) -> list[Scored]:
    """The cards of a month with their lines. Without a run nothing is stored, and charges are what the rules say."""
    month, facts = basis.month, basis.facts
    run = run or AssessmentRun(id=uuid7(), provisional=True)
    charges, evidence = _shown(_charges_of(basis) if entries is None else entries, basis.failures)
    given = Given(basis.rules, basis.limits, basis.policy, charges, evidence, basis.rulings, basis.before)
    zone = ZoneInfo(basis.area.timezone)
    found: list[Scored] = []
    for subject, people in subjects(facts, basis.area, month):
        made = make_cards(subject, people, given, facts, month, run)
        add_standing(subject, [one.card for one in made], basis.rules, facts.assignments, month, basis.limits, zone)
        found.extend(made)
    return found


def _provisional(rules: Sequence[Rule], month: Month, now: datetime) -> bool:
    settle = max((rule.definition.settle_days for rule in rules), default=0)
    return now < month.end + timedelta(days=settle)


async def _rules(session: AsyncSession, area_id: UUID, month: Month) -> list[Rule]:
    return [
        Rule(
            row.code,
            row.en,
            row.zh,
            read_definition(row.definition),
            Scale(exact(row.weight) or Fraction(0), exact(row.target), exact(row.baseline), row.at_most),
            row.valid_from.isoformat(),
        )
        for row in await indicator_versions(session, area_id, month.first)
    ]


async def _complaints(session: AsyncSession, area: ServiceArea, month: Month, policy_number: int) -> dict[Charge, Row]:
    """Complaints that were upheld against a technician in the month; one made in a call is about that call's answer."""
    found: dict[Charge, Row] = {}
    for row in await complaints.upheld_against(session, area.id, month.start, month.end):
        rule = "hotline" if row.source in (Source.HOTLINE, Source.REGULATOR) else "complaint"
        charge = Charge(str(row.order_id), str(row.call_id or row.id), rule)
        found[charge] = {
            "technician_id": str(row.technician_id), "policy_number": policy_number, "decided_at": row.decided_at,
        }  # fmt: skip
    return found


def _charges_of(basis: Basis) -> list[AssessmentEntry]:
    """What the rules charge, one event once, without what an appeal made void; nothing of it is stored."""
    rates = charge_rates(basis.limits)
    return [
        AssessmentEntry(
            id=uuid7(), area_id=basis.area.id, month=basis.month.first, order_id=UUID(charge.order_id),
            technician_id=UUID(basis.failures[charge]["technician_id"]), rule=charge.rule,
            points=-float(rates[charge.rule]), event_id=UUID(charge.event_id),
            policy_number=basis.failures[charge]["policy_number"], appeal_status=None, stands=True,
        )
        for charge in heaviest(basis.failures, rates)
        if (charge.rule, charge.event_id) not in basis.void
    ]  # fmt: skip


async def _keep_charges(session: AsyncSession, area: ServiceArea, month: Month, basis: Basis) -> None:
    """The month's charges as entries that can be appealed against."""
    rates = charge_rates(basis.limits)
    wanted = [
        {
            "order_id": UUID(charge.order_id), "technician_id": UUID(basis.failures[charge]["technician_id"]),
            "rule": charge.rule, "points": -float(rates[charge.rule]), "event_id": UUID(charge.event_id),
            "policy_number": basis.failures[charge]["policy_number"], "created_at": area.clock.now(),
        }
        for charge in heaviest(basis.failures, rates)
    ]  # fmt: skip
    await repository.keep_entries(session, area.id, month.first, wanted)


def _shown(
    entries: Sequence[AssessmentEntry], rows: Mapping[Charge, Row]
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, dict[str, Any]]]:
    """The standing entries by technician as a card shows them, and by entry the facts that show it."""
    found: dict[str, list[dict[str, Any]]] = {}
    shown: dict[str, dict[str, Any]] = {}
    for entry in entries:
        if entry.appeal_status == "upheld" or not entry.stands:
            continue
        found.setdefault(str(entry.technician_id), []).append(
            {"entryId": str(entry.id), "orderId": str(entry.order_id), "rule": entry.rule, "points": entry.points,
             "eventId": None if entry.event_id is None else str(entry.event_id)}
        )  # fmt: skip
        row = rows.get(Charge(str(entry.order_id), str(entry.event_id), entry.rule), {})
        shown[str(entry.id)] = evidence_of(entry.rule, row)
    return found, shown


async def _ranks_before(session: AsyncSession, area_id: UUID, month: Month) -> dict[tuple[str, str], int]:
    """The ranks of the month before: as published, or else as last computed."""
    run = await repository.latest_run(session, area_id, month.previous_first, published=True)
    run = run or await repository.latest_run(session, area_id, month.previous_first)
    if run is None:
        return {}
    cards = await repository.cards(session, run.id)
    return {(card.subject, card.subject_id): card.rank for card in cards if card.rank is not None}


# --- reading and publishing -------------------------------------------------------------------------------------------


async def version_of(
    session: AsyncSession, actor: Actor, area: ServiceArea, month: str | date, number: int | None = None
) -> AssessmentRun:
    """The newest version of a month that the actor may see, or one by its number.

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
    return run


async def read(
    session: AsyncSession, actor: Actor, area: ServiceArea, month: str | date, number: int | None = None
) -> AssessmentResult:
    """The same version with all its cards that the actor may see."""
    run = await version_of(session, actor, area, month, number)
    return AssessmentResult(run, await repository.cards(session, run.id, actor))


async def publish(session: AsyncSession, actor: Actor, area: ServiceArea, month: str | date) -> AssessmentRun:
    """Make the newest version the month's ranking, and keep what it proposes.

    Raises `NotFound`, `Forbidden`, `Conflict` when it is out.
    """
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
    await propose(session, area, run)
    await announce(session, area.id, "assessment", span.name)
    return run


async def orders_behind(
    session: AsyncSession, actor: Actor, run: AssessmentRun, subject: str, subject_id: str, indicator: str
) -> tuple[list[UUID], list[UUID]]:
    """The orders of a number: those its numerator counted, and the denominator's others; one entry for each case.

    Raises `NotFound` for a card the actor may not see or an indicator it does not have.
    """
    sees = await repository.visible_subjects(session, actor)
    behind = None
    if sees(subject, subject_id):
        behind = await repository.behind(session, run.id, subject, subject_id, indicator)
    if behind is None:
        raise NotFound("assessment.no_number", subject=subject, indicator=indicator)
    return [UUID(one) for one in behind["counted"]], [UUID(one) for one in behind["others"]]
