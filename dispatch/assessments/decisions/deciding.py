"""What people do with a proposal: accept, change or decline it; answer a task, and look at what was done."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, false, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from dispatch.accounts.models import Account
from dispatch.assessments import repository
from dispatch.assessments.decisions.models import (
    HOLDS,
    TASKS,
    Decision,
    DecisionEvent,
    DecisionKind,
    DecisionStatus,
)
from dispatch.assessments.decisions.proposing import no_retraining, note, retraining
from dispatch.complaints import repository as complaints
from dispatch.complaints.clocks import working_days_after
from dispatch.policies.service import calendars_for, policy_at
from grids.access import require_whole_area
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.actor import Actor, Role
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from kit.http.requests import id_in_cursor

READERS = (
    Role.MANAGER, Role.ADMINISTRATOR, Role.INSPECTOR, Role.GRID_LEAD, Role.DISPATCHER, Role.OBSERVER, Role.TECHNICIAN,
)  # fmt: skip
SEE_UNDECIDED = (Role.MANAGER, Role.ADMINISTRATOR)
ANSWERERS = (Role.DISPATCHER, Role.GRID_LEAD, Role.INSPECTOR, Role.MANAGER)
CHECKERS = (Role.INSPECTOR, Role.MANAGER)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which decisions are asked for."""

    month: date | None = None
    subject: str | None = None
    subject_id: str | None = None
    status: DecisionStatus | None = None


async def _visible(session: AsyncSession, actor: Actor) -> ColumnElement[bool]:
    """What the actor may see: their subjects, and of these only what holds unless they decide."""
    if actor.trusted:
        return true()
    people = await repository.visible_technicians(session, actor)
    grids = await repository.visible_grids(session, actor)
    if actor.scope.technician is not None:
        grids = set()
    parts: list[ColumnElement[bool]] = []
    if people is None and grids is None:
        parts.append(true())
    else:
        for kind, seen in (("technician", people), ("grid", grids)):
            mine = true() if seen is None else Decision.subject_id.in_([str(one) for one in seen])
            parts.append(and_(Decision.subject == kind, mine))
        if actor.scope.contractor is not None:
            parts.append(and_(Decision.subject == "contractor", Decision.subject_id == actor.scope.contractor))
    whose = or_(false(), *parts)
    if actor.role in SEE_UNDECIDED:
        return whose
    owned = false() if actor.account_id is None else Decision.owner_id == actor.account_id
    return and_(or_(whose, owned), Decision.status.in_(HOLDS))


async def decisions(
    session: AsyncSession, actor: Actor, area_id: UUID, asked: Asked, *, cursor: str | None, limit: int
) -> Sequence[Decision]:
    """Those of an area that the actor may see, the newest first. Raises `Forbidden`, `Malformed` for a wrong cursor."""
    actor.require(*READERS)
    actor.require_area(area_id)
    query = select(Decision).where(Decision.area_id == area_id, await _visible(session, actor))
    if asked.month is not None:
        query = query.where(Decision.month == asked.month)
    if asked.subject is not None:
        query = query.where(Decision.subject == asked.subject)
    if asked.subject_id is not None:
        query = query.where(Decision.subject_id == asked.subject_id)
    if asked.status is not None:
        query = query.where(Decision.status == asked.status)
    if (before := id_in_cursor(cursor)) is not None:
        query = query.where(Decision.id < before)
    return (await session.scalars(query.order_by(Decision.id.desc()).limit(limit))).all()


async def stories(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[DecisionEvent]]:
    """Every step of some decisions, oldest first."""
    found: dict[UUID, list[DecisionEvent]] = {one: [] for one in ids}
    query = select(DecisionEvent).where(DecisionEvent.decision_id.in_(ids)).order_by(DecisionEvent.id)
    for step in await session.scalars(query):
        found[step.decision_id].append(step)
    return found


async def names_of(session: AsyncSession, ids: Collection[UUID | None]) -> dict[UUID, str]:
    """The names of accounts."""
    rows = await session.execute(select(Account.id, Account.name).where(Account.id.in_([one for one in ids if one])))
    return {row.id: row.name for row in rows}


async def owners(session: AsyncSession, area_id: UUID) -> list[Account]:
    """Who may own a task of the area, by name."""
    return [one for one in await complaints.owners(session, area_id) if one.role in ANSWERERS]


async def accept(
    session: AsyncSession, actor: Actor, decision_id: UUID, *, kind: DecisionKind | None = None,
    words: str | None = None, reason: str | None = None, owner_id: UUID | None = None, due_at: datetime | None = None,
    version: int | None = None,
) -> Decision:  # fmt: skip
    """Make a proposal hold, as it is or as another kind; a task gets its owner and a due time.

    Raises `NotFound`, `Forbidden`, `Conflict` for what is decided already, `Invalid` without a reason for a change, for
    a kind that does not fit, an owner who does not work here, or a due time that has passed.
    """
    one, area = await _held(session, actor, decision_id, (Role.MANAGER,), version, DecisionStatus.PROPOSED, whole=True)
    now = area.clock.now()
    made = kind or one.kind
    if made is not one.kind and not _said(reason):
        raise Invalid("decision.reason", field="reason")
    if one.subject != "technician" and made is not DecisionKind.RECTIFICATION:
        raise Invalid("decision.kind", field="kind")
    data: dict[str, Any] = {"ruleVersion": one.rule_version, "version": one.run_number, "kind": made.value}
    if made in TASKS:
        if owner_id is None or owner_id not in {one.id for one in await owners(session, area.id)}:
            raise Invalid("decision.owner", field="ownerId")
        if due_at is not None and due_at <= now:
            raise Invalid("decision.due", field="dueAt")
        if due_at is None:
            limits = (await policy_at(session, area.id, now)).limits
            office = (await calendars_for(session, area.id, now)).office
            due_at = working_days_after(now, limits.rectification_working_days, office)
        one.owner_id, one.due_at = owner_id, due_at
        data |= {"ownerId": str(owner_id), "dueAt": due_at.isoformat()}
    one.kind, one.words, one.reason = made, _said(words), _said(reason)
    one.status, one.decided_by, one.decided_at = DecisionStatus.ACCEPTED, actor.account_id, now
    await note(session, area, one, "accepted", by=actor.account_id, words=one.reason or one.words, data=data)
    if made is DecisionKind.YELLOW_CARD:
        await retraining(session, area, one)
    return one


async def decline(
    session: AsyncSession, actor: Actor, decision_id: UUID, reason: str, version: int | None = None
) -> Decision:
    """Refuse a proposal, or take back what was accepted, with a reason. Raises as `accept`."""
    states = (DecisionStatus.PROPOSED, *HOLDS)
    one, area = await _held(session, actor, decision_id, (Role.MANAGER,), version, *states, whole=True)
    if not _said(reason):
        raise Invalid("decision.reason", field="reason")
    step = "declined" if one.status is DecisionStatus.PROPOSED else "revoked"
    one.status, one.reason = DecisionStatus.DECLINED, _said(reason)
    one.decided_by, one.decided_at = actor.account_id, area.clock.now()
    data = {"ruleVersion": one.rule_version, "version": one.run_number}
    await note(session, area, one, step, by=actor.account_id, words=one.reason, data=data)
    if step == "revoked" and one.kind is DecisionKind.YELLOW_CARD:
        await no_retraining(session, area, one)
    return one


async def answer(
    session: AsyncSession, actor: Actor, decision_id: UUID, words: str, version: int | None = None
) -> Decision:
    """What was done, by the owner or a manager. Raises `Conflict` where none waits, `Forbidden`, `Invalid`."""
    one, area = await _held(session, actor, decision_id, ANSWERERS, version, DecisionStatus.ACCEPTED)
    if one.owner_id is None:
        raise _wrong_state(one)
    if not actor.trusted and one.owner_id != actor.account_id and actor.role is not Role.MANAGER:
        raise Forbidden("decision.owners_answer")
    if not _said(words):
        raise Invalid("decision.words", field="words")
    one.status, one.answer = DecisionStatus.ANSWERED, _said(words)
    one.answered_by, one.answered_at = actor.account_id, area.clock.now()
    await note(session, area, one, "answered", by=actor.account_id, words=one.answer)
    return one


async def check(
    session: AsyncSession, actor: Actor, decision_id: UUID, *, passed: bool, words: str,
    due_at: datetime | None = None, version: int | None = None,
) -> Decision:  # fmt: skip
    """Look at what was done: it is in order, or goes back with a new due time. Nobody checks their own answer."""
    one, area = await _held(session, actor, decision_id, CHECKERS, version, DecisionStatus.ANSWERED, whole=True)
    if not actor.trusted and actor.account_id in (one.owner_id, one.answered_by):
        raise Forbidden("decision.own")
    now = area.clock.now()
    if not _said(words):
        raise Invalid("decision.words", field="words")
    if not passed and (due_at is None or due_at <= now):
        raise Invalid("decision.due", field="dueAt")
    one.judgement, one.checked_by, one.checked_at = _said(words), actor.account_id, now
    one.status = DecisionStatus.CHECKED if passed else DecisionStatus.ACCEPTED
    if not passed:
        one.due_at = due_at
    data = {} if passed or due_at is None else {"dueAt": due_at.isoformat()}
    step = "passed" if passed else "returned"
    await note(session, area, one, step, by=actor.account_id, words=one.judgement, data=data)
    return one


def _said(words: str | None) -> str | None:
    return (words or "").strip() or None


def _wrong_state(one: Decision) -> Conflict:
    return Conflict("decision.wrong_state", current={"status": one.status.value}, name=one.name)


async def _held(
    session: AsyncSession, actor: Actor, decision_id: UUID, roles: Sequence[Role], version: int | None,
    *states: DecisionStatus, whole: bool = False,
) -> tuple[Decision, ServiceArea]:  # fmt: skip
    actor.require(*roles)
    query = select(Decision).where(Decision.id == decision_id).with_for_update()
    if not actor.trusted:
        query = query.where(await _visible(session, actor))
    one = (await session.scalars(query.execution_options(populate_existing=True))).one_or_none()
    if one is None or not (actor.trusted or actor.scope.allows_area(one.area_id)):
        raise NotFound("decision.none")
    if whole:
        await require_whole_area(session, actor, one.area_id)
    if one.status not in states or (version is not None and version != one.version):
        raise _wrong_state(one)
    return one, await area_by_id(session, one.area_id)
