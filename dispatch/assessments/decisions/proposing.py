"""What a published month proposes: the rules, pure, and keeping what they say. A person decides each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository
from dispatch.assessments.decisions.models import HOLDS, Decision, DecisionEvent, DecisionKind, DecisionStatus
from dispatch.assessments.ledger.models import Ruling, RulingKind
from dispatch.assessments.ledger.rulings import standing_rulings
from dispatch.assessments.models import AssessmentRun, ScoreCard
from dispatch.assessments.months import month_of
from dispatch.policies.limits import Limits
from dispatch.policies.service import policy_at
from grids.models import ServiceArea
from kit.ids import uuid7
from kit.live import announce

SATISFACTION = "satisfaction"
_FACTS = ("observed", "expected", "ratio", "ratioInterval", "rankInterval", "ranked")


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a rule says of one subject, with what it says it from."""

    kind: DecisionKind
    subject: str
    subject_id: str
    name: str
    rule: str
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        """One of a kind for a subject in a month."""
        return self.kind.value, self.subject, self.subject_id


def proposals(
    cards: Iterable[ScoreCard], behind: Mapping[str, Sequence[str]], rulings: Sequence[Ruling], limits: Limits
) -> list[Proposed]:
    """What the cards of a month and its red lines propose, in a fixed order. Pure.

    `behind` has the satisfied orders of technicians whom nobody was dissatisfied with (`spotless`), by their id.
    """
    cards = list(cards)
    names = {card.subject_id: card.name for card in cards if card.subject == "technician"}
    red: dict[str, list[Ruling]] = defaultdict(list)
    for one in rulings:
        if one.kind is RulingKind.RED_LINE:
            red[str(one.technician_id)].append(one)
    found = []
    for card in cards:
        person = card.subject == "technician"
        numbers = {"rank": card.rank, "score": card.score, "orders_counted": card.orders} | {
            name: card.standing[name] for name in _FACTS if card.standing.get(name) is not None
        }
        entries = [entry["entryId"] for entry in card.deductions]
        charged = [entry["orderId"] for entry in card.deductions]
        said = card.standing.get("proposal")
        if said == "service_star" and person and card.subject_id not in red:
            found.append(
                _of(card, DecisionKind.SERVICE_STAR, "best_ranks", {**numbers, "percent": limits.star_percent})
            )
        if said == "rectification":
            shown = {**numbers, "percent": limits.rectification_percent, "entries": entries, "orders": charged}
            found.append(_of(card, DecisionKind.RECTIFICATION, "last_ranks", shown))
        if person and card.subject_id in behind and card.subject_id not in red:
            orders = list(behind[card.subject_id])
            shown = {"answers": len(orders), "least": limits.honour_least_answers, "orders": orders}
            found.append(_of(card, DecisionKind.HONOUR_CARD, "all_satisfied", shown))
    for technician_id, drawn in red.items():
        shown = {
            "lines": sorted({one.rule for one in drawn}),
            "rulings": sorted(str(one.id) for one in drawn),
            "orders": sorted({str(one.order_id) for one in drawn}),
        }
        name = names.get(technician_id, "–")
        kind = DecisionKind.YELLOW_CARD
        found.append(Proposed(kind, "technician", technician_id, name, "red_line", shown))
    return sorted(found, key=lambda one: one.key)


def _of(card: ScoreCard, kind: DecisionKind, rule: str, evidence: dict[str, Any]) -> Proposed:
    return Proposed(kind, card.subject, card.subject_id, card.name, rule, evidence)


def spotless(card: ScoreCard, limits: Limits) -> bool:
    """Whether nobody was dissatisfied with a ranked technician, nothing was charged, and enough people answered."""
    number = card.indicators.get(SATISFACTION)
    if card.subject != "technician" or card.rank is None or card.deductions or number is None:
        return False
    answers = int(number["denominator"])
    return answers >= limits.honour_least_answers and int(number["numerator"]) == answers


async def propose(session: AsyncSession, area: ServiceArea, run: AssessmentRun) -> None:
    """Keep what a version that is being published proposes.

    What was decided stays as it is; an undecided proposal gets the new numbers, or is withdrawn where they no longer
    say so. The same version again changes nothing.
    """
    policy = await policy_at(session, area.id, month_of(run.month, area.timezone).start)
    cards = await repository.cards(session, run.id)
    behind: dict[str, list[str]] = {}
    for card in cards:
        if spotless(card, policy.limits):
            orders = await repository.behind(session, run.id, card.subject, card.subject_id, SATISFACTION)
            behind[card.subject_id] = [] if orders is None else list(orders["counted"])
    rulings = await standing_rulings(session, area.id, run.month)
    said = proposals(cards, behind, rulings, policy.limits)
    await keep(session, area, run.month, run.number, f"policy {policy.number}", said)


async def keep(
    session: AsyncSession, area: ServiceArea, month: date, run_number: int, rule_version: str, said: Sequence[Proposed]
) -> None:
    """Make the month's undecided proposals these, but for those that follow from decisions."""
    query = select(Decision).where(Decision.area_id == area.id, Decision.month == month).with_for_update()
    known = {
        (one.proposed_kind, one.subject, one.subject_id): one
        for one in (await session.scalars(query.execution_options(populate_existing=True))).all()
    }
    for one in said:
        old = known.pop(one.key, None)
        if old is None:
            await add(session, area, month, run_number, rule_version, one)
        elif old.status in (DecisionStatus.PROPOSED, DecisionStatus.WITHDRAWN):
            if (old.evidence, old.rule_version, old.run_number, old.status) == (
                one.evidence, rule_version, run_number, DecisionStatus.PROPOSED,
            ):  # fmt: skip
                continue
            old.evidence, old.name, old.rule_version, old.run_number = one.evidence, one.name, rule_version, run_number
            old.status = DecisionStatus.PROPOSED
            await note(session, area, old, "proposed", data={"ruleVersion": rule_version, "version": run_number})
    for old in known.values():
        if old.status is DecisionStatus.PROPOSED and old.proposed_kind is not DecisionKind.RETRAINING:
            old.status = DecisionStatus.WITHDRAWN
            await note(session, area, old, "withdrawn", data={"version": run_number})


async def add(
    session: AsyncSession, area: ServiceArea, month: date, run_number: int, rule_version: str, one: Proposed
) -> Decision:
    """Keep one proposal that nobody has made for this subject and month."""
    found = Decision(
        id=uuid7(), area_id=area.id, month=month, run_number=run_number, proposed_kind=one.kind, kind=one.kind,
        subject=one.subject, subject_id=one.subject_id, name=one.name, rule=one.rule, rule_version=rule_version,
        evidence=one.evidence, status=DecisionStatus.PROPOSED, created_at=area.clock.now(), version=0,
    )  # fmt: skip
    session.add(found)
    await session.flush()
    await note(session, area, found, "proposed", data={"ruleVersion": rule_version, "version": run_number})
    return found


async def note(
    session: AsyncSession,
    area: ServiceArea,
    one: Decision,
    kind: str,
    *,
    by: UUID | None = None,
    words: str | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Write a step into the story of a decision, and tell the pages."""
    one.version += 1
    session.add(DecisionEvent(decision_id=one.id, kind=kind, at=area.clock.now(), by=by, words=words, data=data or {}))
    await session.flush()
    await announce(session, area.id, "decision", one.id, version=one.version)


async def retraining(session: AsyncSession, area: ServiceArea, card: Decision) -> None:
    """Propose retraining where the yellow card that was just accepted is the third (by policy) within twelve months."""
    policy = await policy_at(session, area.id, month_of(card.month, area.timezone).start)
    first = date(card.month.year - 1, card.month.month, 1)
    query = select(Decision).where(
        Decision.area_id == area.id, Decision.subject == card.subject, Decision.subject_id == card.subject_id,
        Decision.kind == DecisionKind.YELLOW_CARD, Decision.status.in_(HOLDS),
        Decision.month > first, Decision.month <= card.month,
    ).order_by(Decision.month)  # fmt: skip
    cards = (await session.scalars(query)).all()
    if len(cards) < policy.limits.retraining_cards:
        return
    one = Proposed(
        DecisionKind.RETRAINING, card.subject, card.subject_id, card.name, "cards_in_a_year",
        {"cards": len(cards), "least": policy.limits.retraining_cards, "decisions": [str(each.id) for each in cards]},
    )  # fmt: skip
    old = await _retraining_of(session, card)
    if old is None:
        await add(session, area, card.month, card.run_number, f"policy {policy.number}", one)
    elif old.status is DecisionStatus.WITHDRAWN:
        old.status, old.evidence = DecisionStatus.PROPOSED, one.evidence
        await note(session, area, old, "proposed", data={"ruleVersion": old.rule_version, "version": card.run_number})


async def no_retraining(session: AsyncSession, area: ServiceArea, card: Decision) -> None:
    """Withdraw undecided proposals of retraining that name a yellow card which was taken back."""
    query = select(Decision).where(
        Decision.area_id == area.id, Decision.proposed_kind == DecisionKind.RETRAINING,
        Decision.subject == card.subject, Decision.subject_id == card.subject_id,
        Decision.status == DecisionStatus.PROPOSED,
    )  # fmt: skip
    for old in (await session.scalars(query.with_for_update())).all():
        if str(card.id) in old.evidence["decisions"]:
            old.status = DecisionStatus.WITHDRAWN
            await note(session, area, old, "withdrawn", data={"version": card.run_number})


async def _retraining_of(session: AsyncSession, card: Decision) -> Decision | None:
    query = select(Decision).where(
        Decision.area_id == card.area_id, Decision.month == card.month,
        Decision.proposed_kind == DecisionKind.RETRAINING, Decision.subject == card.subject,
        Decision.subject_id == card.subject_id,
    )  # fmt: skip
    return (await session.scalars(query.with_for_update())).one_or_none()
