"""One call and what follows from it; the link for those who were not reached, and its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.passwords import digest, new_secret
from dispatch.callbacks import repository
from dispatch.callbacks.attempts import GOOD, Rule, Try, Verdict, verdict
from dispatch.callbacks.desk import repository as desk
from dispatch.callbacks.desk.taking import check_free_for
from dispatch.callbacks.desk.timing import next_try
from dispatch.callbacks.models import CallbackAttempt, Reached, Satisfaction, SurveyLink
from dispatch.complaints.models import Source
from dispatch.complaints.service import take
from dispatch.orders import repository as orders
from dispatch.orders.models import Order, Origin, Status
from dispatch.orders.rules.acts import AssignRework, Close, Note, RecordCallback
from dispatch.orders.service import apply
from dispatch.policies.clocks import period_of_day
from dispatch.policies.limits import Limits
from dispatch.policies.models import ReasonKind
from dispatch.policies.service import policy_at, reason
from grids.models import ServiceArea
from grids.service import area_by_id, local_day
from kit.actor import SYSTEM, Actor, Role
from kit.clock import real_now
from kit.errors import Conflict, Invalid, NotFound
from kit.i18n import text
from kit.ids import uuid7
from kit.live import announce

SURVEY_LASTS = timedelta(days=7)
"""Links are for the subscriber's phone, so they run out on real time, in trial areas too."""
CALLERS = (Role.AGENT,)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of one attempt."""

    reached: Reached
    solved: bool | None = None
    satisfaction: Satisfaction | None = None
    reasons: Sequence[str] = ()
    note: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    """What else the script asked: onTime, attitude, tidy, wishes, wantsComplaint."""


@dataclass(frozen=True, slots=True)
class Called:
    """The result of an attempt. `survey_token` is shown only here, so that it can be sent to the subscriber."""

    attempt: CallbackAttempt
    order: Order
    verdict: Verdict
    survey_token: str | None = None
    rework_technician_id: UUID | None = None


async def record_attempt(
    session: AsyncSession, actor: Actor, order_id: UUID, answer: Answer, occurred_at: datetime | None = None
) -> Called:
    """Store one callback attempt and do what follows from it: close, send out again, or ask again later.

    Raises `NotFound`, `Forbidden`, `Conflict` when the order waits for no callback, `Invalid` for an answer that
    cannot be (no reason for dissatisfaction, an answer nobody gave, a time that lies ahead).
    """
    actor.require(*CALLERS)
    order = await orders.get(session, actor, order_id, lock=True)
    area = await area_by_id(session, order.area_id)
    now = area.clock.now()
    at = occurred_at or now
    limits = (await policy_at(session, area.id, order.completed_at or order.cancelled_at or at)).limits
    _check_time(order, at, now, limits)
    if order.origin is Origin.HISTORY or order.status not in (Status.COMPLETED, Status.CANCELLED):
        raise Conflict("callback.not_due", number=order.number, status=order.status.value, current=_current(order))
    if order.status is Status.CANCELLED and await repository.is_settled(session, order.id):
        raise Conflict("callback.settled", number=order.number, current=_current(order))
    await _check_answer(session, area.id, answer)
    entry = await check_free_for(session, actor, order.id, order.number)
    more = dict(answer.more)
    if entry is not None and entry.held_since is not None and entry.holder_id == actor.account_id:
        more["seconds"] = round((real_now() - entry.held_since).total_seconds(), 1)

    earlier = (await repository.attempts_of(session, [order.id]))[order.id]
    attempt = _attempt(order, area, len(earlier) + 1, answer, at, actor.account_id, more)
    session.add(attempt)
    await session.flush()
    await apply(session, actor, order.id, _act(attempt, answer), occurred_at=at)
    if answer.more.get("wantsComplaint") and actor.account_id is not None:
        words = (answer.note or "").strip() or text("complaint.from_call", "zh" if area.country == "CN" else "en")
        await take(session, actor, area, source=Source.CALL, words=words, order_id=order.id, call_id=attempt.id)
    tries = [Try(a.at, a.period, a.reached) for a in [*earlier, attempt] if a.round == attempt.round]
    found = verdict(tries, rule_of(limits), solved=answer.solved, satisfaction=answer.satisfaction)
    return await _follow(session, actor, area, order, attempt, answer, found)


async def _follow(
    session: AsyncSession,
    actor: Actor,
    area: ServiceArea,
    order: Order,
    attempt: CallbackAttempt,
    answer: Answer,
    found: Verdict,
) -> Called:
    """Apply the result of an attempt. A cancelled order stays cancelled, whatever the answer."""
    token = technician = None
    at = attempt.at
    if found in ("not_reached", "unreachable"):
        token = await _send_survey(session, order)
    if found == "again":
        await desk.try_again(session, order.id, next_try(at, ZoneInfo(area.timezone)))
    elif order.status is Status.CANCELLED:
        await desk.leave(session, order.id, at, "answered" if answer.reached is Reached.ANSWERED else found)
    if order.status is Status.COMPLETED and found != "again":
        if found == "rework":
            technician = await repository.who_redoes(session, order, at, local_day(area, at))
            if technician is None:
                raise Conflict("callback.nobody", number=order.number)
            act = AssignRework(technician_id=technician, reasons=list(answer.reasons))
            order = (await apply(session, actor.in_their_name(), order.id, act, occurred_at=at)).order
        else:
            outcome = found if found in ("satisfied", "unreachable") else "not_reached"
            order = (await apply(session, actor, order.id, Close(outcome=outcome), occurred_at=at)).order
    await announce(session, area.id, "callback", order.id)
    return Called(attempt, order, found, token, technician)


def rule_of(limits: Limits) -> Rule:
    """How often to try, as the policy says."""
    return Rule(limits.callback_attempts, limits.callback_periods, timedelta(seconds=limits.callback_window_seconds))


def _check_time(order: Order, at: datetime, now: datetime, limits: Limits) -> None:
    if at.tzinfo is None:
        raise Invalid("callback.time", field="occurredAt", detail="–")
    since = order.completed_at or order.cancelled_at
    if at > now + timedelta(seconds=limits.clock_skew_seconds) or (since is not None and at < since):
        raise Invalid("callback.time", field="occurredAt", detail=at.isoformat())


async def _check_answer(session: AsyncSession, area_id: UUID, answer: Answer) -> None:
    """Check the answer: complete or none at all, and with a known reason when it is not satisfied. Raises `Invalid`."""
    if answer.reached is not Reached.ANSWERED:
        if answer.solved is not None or answer.satisfaction is not None or answer.reasons:
            raise Invalid("callback.silence", field="satisfaction")
        return
    if answer.solved is None or answer.satisfaction is None:
        raise Invalid("callback.incomplete", field="solved" if answer.solved is None else "satisfaction")
    if not (answer.solved and answer.satisfaction in GOOD) and not answer.reasons:
        raise Invalid("callback.reason", field="reasons")
    for code in answer.reasons:
        await reason(session, area_id, ReasonKind.DISSATISFACTION, code)


def _attempt(
    order: Order,
    area: ServiceArea,
    number: int,
    answer: Answer,
    at: datetime,
    agent_id: UUID | None,
    answers: dict[str, Any] | None = None,
) -> CallbackAttempt:
    return CallbackAttempt(
        id=uuid7(),
        order_id=order.id,
        number=number,
        round=order.reworks,
        agent_id=agent_id,
        at=at,
        period=period_of_day(at, ZoneInfo(area.timezone)),
        reached=answer.reached,
        solved=answer.solved,
        satisfaction=answer.satisfaction,
        reasons=list(answer.reasons),
        answers=answers or {},
        note=answer.note,
    )


def _act(attempt: CallbackAttempt, answer: Answer) -> RecordCallback:
    answered = answer.reached is Reached.ANSWERED
    return RecordCallback(
        attempt_id=attempt.id,
        reached=answered,
        solved=answer.solved,
        satisfied=bool(answer.solved and answer.satisfaction in GOOD) if answered else None,
        reasons=list(answer.reasons),
        note=answer.note,
    )


def _current(order: Order) -> dict[str, Any]:
    return {"status": order.status.value, "version": order.version}


# --- the link for those who were not reached --------------------------------------------------------------------------


async def _send_survey(session: AsyncSession, order: Order) -> str:
    """A fresh link for an order; an older one of it stops working. The notice is written as the order closes."""
    token = new_secret()
    link = await repository.survey_of(session, order.id)
    if link is None:
        link = SurveyLink(order_id=order.id, token_hash="", expires_at=real_now(), sent_at=real_now())
        session.add(link)
    link.token_hash, link.expires_at, link.sent_at = digest(token), real_now() + SURVEY_LASTS, real_now()
    link.opened_at = link.answered_at = None
    await session.flush()
    return token


async def survey(session: AsyncSession, token: str) -> tuple[SurveyLink, Order, ServiceArea]:
    """The order behind a link. Raises `NotFound` for a link that is unknown, used up or has run out: all look alike."""
    link = await repository.survey_by_hash(session, digest(token))
    if link is None or link.answered_at is not None or link.expires_at <= real_now():
        raise NotFound("survey.gone")
    order = await orders.get(session, SYSTEM, link.order_id, lock=True)
    return link, order, await area_by_id(session, order.area_id)


async def answer_survey(session: AsyncSession, token: str, answer: Answer) -> CallbackAttempt:
    """Keep what a subscriber answered through the link; the answer counts, the order stays closed as not reached.

    Whoever is not satisfied leaves a note on the order for the agents, who open a new one where the fault persists.
    """
    link, order, area = await survey(session, token)
    link.answered_at = real_now()
    return await _keep_answer(session, order, area, answer)


async def answer_by_link(session: AsyncSession, order: Order, area: ServiceArea, answer: Answer) -> None:
    """Keep what a subscriber answered on their own page. Before anybody called it counts as the call."""
    if order.status is Status.COMPLETED:
        await record_attempt(session, SYSTEM, order.id, answer)
    else:
        await _keep_answer(session, order, area, answer)


async def _keep_answer(session: AsyncSession, order: Order, area: ServiceArea, answer: Answer) -> CallbackAttempt:
    await _check_answer(session, area.id, answer)
    now = area.clock.now()
    number = len((await repository.attempts_of(session, [order.id]))[order.id]) + 1
    attempt = _attempt(order, area, number, answer, now, None, {"channel": "survey"})
    session.add(attempt)
    evidence = {"survey": str(attempt.id), "solved": answer.solved, "reasons": list(answer.reasons)}
    await session.flush()
    await apply(session, SYSTEM, order.id, Note(evidence=evidence), occurred_at=now)
    return attempt
