"""Alerts on a limit: rules, the sweep that checks them on kept numbers, and acknowledging."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import structlog
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.models import Account, AccountStatus
from dispatch.accounts.service import actor_of
from dispatch.assessments import repository as assessments
from dispatch.assessments.models import AssessmentRun, ScoreCard
from dispatch.assessments.months import month_of
from dispatch.assessments.scoring import wilson
from dispatch.notices.outbox import Told, language_of, write
from dispatch.policies.service import indicator_versions
from dispatch.reports.overview import READERS
from dispatch.reports.rollups.days import days_of
from dispatch.reports.watching.models import Alert, AlertRule
from grids.models import ServiceArea
from grids.service import area_by_id, local_day
from kit import figures
from kit.actor import Actor, Role
from kit.errors import Conflict, Invalid, NotFound
from kit.i18n import in_language, text
from kit.ids import uuid7
from kit.live import announce

log = structlog.get_logger()
WATCHERS = (Role.MANAGER,)
SEE = (Role.MANAGER, Role.ADMINISTRATOR, Role.INSPECTOR)
OF_DAYS = ("backlog", "late_share")
"""Numbers of the days of the running month, of the area or of a grid; all else are indicators of score cards."""
MOST_RULES = 100
"""Of one account in an area."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A kept number: its value as the page shows it, what was counted, and between what it lies."""

    month: str
    name: str
    value: float
    cases: int
    evidence: dict[str, Any]


async def reading(
    session: AsyncSession, area: ServiceArea, measure: str, subject: str, subject_id: str
) -> Reading | None:
    """The number as it is kept now; None where there is no data."""
    if measure in OF_DAYS:
        return await _of_days(session, area, measure, subject, subject_id)
    query = (
        select(AssessmentRun, ScoreCard).join(ScoreCard, ScoreCard.run_id == AssessmentRun.id)
        .where(AssessmentRun.area_id == area.id, ScoreCard.subject == subject, ScoreCard.subject_id == subject_id)
        .order_by(AssessmentRun.month.desc(), AssessmentRun.number.desc()).limit(1)
    )  # fmt: skip
    row = (await session.execute(query)).first()
    number = None if row is None else row.ScoreCard.indicators.get(measure)
    if row is None or number is None or number["value"] is None:
        return None
    run, card = row.AssessmentRun, row.ScoreCard
    interval = number["interval"] or [None, None]
    evidence = {"numerator": number["numerator"], "denominator": number["denominator"], "low": interval[0],
                "high": interval[1], "version": run.number}  # fmt: skip
    return Reading(f"{run.month:%Y-%m}", card.name, float(number["value"]), int(number["denominator"]), evidence)


async def _of_days(
    session: AsyncSession, area: ServiceArea, measure: str, subject: str, subject_id: str
) -> Reading | None:
    today = local_day(area)
    span = month_of(today, area.timezone)
    grid, name = None, area.name
    if subject == "grid":
        names = {str(row.id): row.name for row in await assessments.grid_rows(session, area.id)}
        if subject_id not in names:
            return None
        grid, name = UUID(subject_id), names[subject_id]
    days = await days_of(session, area, span, today, grid, None)
    if measure == "backlog":
        if not days:
            return None
        open_now = days[-1].backlog
        return Reading(span.name, name, float(open_now), max(open_now, 1), {"numerator": open_now})
    late, done = sum(day.late for day in days), sum(day.completed for day in days)
    interval = wilson(late, done)
    if interval is None:
        return None
    evidence = {"numerator": late, "denominator": done, "low": round(interval[0], 6), "high": round(interval[1], 6)}
    return Reading(span.name, name, late / done, done, evidence)


async def rules(session: AsyncSession, actor: Actor, area_id: UUID) -> list[AlertRule]:
    """The rules about subjects that the actor may see, the newest first."""
    actor.require(*SEE)
    actor.require_area(area_id)
    query = select(AlertRule).where(AlertRule.area_id == area_id).order_by(AlertRule.id.desc()).limit(1000)
    sees = await assessments.visible_subjects(session, actor)
    return [one for one in (await session.scalars(query)).all() if sees(one.subject, one.subject_id)]


async def add_rule(session: AsyncSession, actor: Actor, area: ServiceArea, rule: AlertRule) -> AlertRule:
    """Keep a rule. Raises `Invalid` for a number that does not exist, `NotFound` for whom the actor may not see."""
    actor.require(*WATCHERS)
    actor.require_area(area.id)
    if rule.subject == "area":
        rule.subject_id = str(area.id)
    if not (await assessments.visible_subjects(session, actor))(rule.subject, rule.subject_id):
        raise NotFound("alert.no_subject")
    if (rule.subject, rule.subject_id) not in await subject_names(session, area):
        raise NotFound("alert.no_subject")
    known = {one.code for one in await indicator_versions(session, area.id)}
    of_days = rule.measure in OF_DAYS and rule.subject in ("area", "grid")
    if rule.measure not in known and not of_days:
        raise Invalid("alert.measure", field="measure")
    if actor.account_id is None:
        raise Invalid("alert.account", field="measure")
    mine = select(AlertRule.id).where(AlertRule.area_id == area.id, AlertRule.account_id == actor.account_id)
    if len((await session.scalars(mine)).all()) >= MOST_RULES:
        raise Conflict("alert.many", most=MOST_RULES)
    rule.id, rule.area_id, rule.account_id, rule.created_at = uuid7(), area.id, actor.account_id, area.clock.now()
    rule.crossed = False
    session.add(rule)
    await session.flush()
    return rule


async def subject_names(session: AsyncSession, area: ServiceArea) -> dict[tuple[str, str], str]:
    """The names of all that a limit can be about, by kind and id."""
    people = await assessments.technicians(session, area.id)
    return (
        {("area", str(area.id)): area.name}
        | {("grid", str(row.id)): row.name for row in await assessments.grid_rows(session, area.id)}
        | {("technician", str(one.id)): one.name for one in people}
        | {("team", one.team): one.team for one in people if one.team}
        | {("contractor", one.contractor): one.contractor for one in people if one.contractor}
    )


async def start_rule(session: AsyncSession, actor: Actor, rule_id: UUID) -> AlertRule:
    """Check a rule again that was stopped: the next sweep begins as if it had never crossed.

    Raises `NotFound` for one that is not the actor's own, or about what they still do not see; `Conflict` where it is
    not stopped.
    """
    actor.require(*WATCHERS)
    found = await session.get(AlertRule, rule_id, with_for_update=True, populate_existing=True)
    if found is None or (not actor.trusted and found.account_id != actor.account_id):
        raise NotFound("alert.no_rule")
    actor.require_area(found.area_id)
    if found.stopped is None:
        raise Conflict("alert.not_stopped")
    if not (await assessments.visible_subjects(session, actor))(found.subject, found.subject_id):
        raise NotFound("alert.no_subject")
    found.stopped, found.crossed, found.checked_at = None, False, None
    await session.flush()
    return found


async def remove_rule(session: AsyncSession, actor: Actor, rule_id: UUID) -> None:
    """Take a rule away; its alerts stay. Raises `NotFound` for one that is not the actor's own."""
    actor.require(*WATCHERS)
    found = await session.get(AlertRule, rule_id)
    if found is None or (not actor.trusted and found.account_id != actor.account_id):
        raise NotFound("alert.no_rule")
    await session.execute(delete(AlertRule).where(AlertRule.id == rule_id))


async def alerts(
    session: AsyncSession, actor: Actor, area_id: UUID, *, waiting: bool, before: UUID | None, limit: int
) -> list[Alert]:
    """Those about subjects that the actor may see, the newest first."""
    actor.require(*SEE)
    actor.require_area(area_id)
    sees = await assessments.visible_subjects(session, actor)
    found: list[Alert] = []
    while len(found) < limit:
        query = select(Alert).where(Alert.area_id == area_id)
        if waiting:
            query = query.where(Alert.acknowledged_at.is_(None))
        if before is not None:
            query = query.where(Alert.id < before)
        rows = (await session.scalars(query.order_by(Alert.id.desc()).limit(200))).all()
        if not rows:
            break
        found += [one for one in rows if sees(one.subject, one.subject_id)]
        before = rows[-1].id
    return found[:limit]


async def acknowledge(session: AsyncSession, actor: Actor, alert_id: UUID, words: str) -> Alert:
    """Say that it was seen. Raises `NotFound`, `Conflict` where somebody has."""
    actor.require(*WATCHERS)
    found = await session.get(Alert, alert_id, with_for_update=True, populate_existing=True)
    sees = await assessments.visible_subjects(session, actor)
    if (
        found is None
        or not (actor.trusted or actor.scope.allows_area(found.area_id))
        or not sees(found.subject, found.subject_id)
    ):
        raise NotFound("alert.none")
    if found.acknowledged_at is not None:
        raise Conflict("alert.acknowledged", current={"acknowledgedAt": found.acknowledged_at.isoformat()})
    area = await area_by_id(session, found.area_id)
    found.acknowledged_by, found.acknowledged_at = actor.account_id, area.clock.now()
    found.words = words.strip() or None
    await session.flush()
    await announce(session, area.id, "alert", found.id)
    return found


async def check_area(session: AsyncSession, area: ServiceArea) -> int:
    """Check every rule of an area; returns how many crossings were told of.

    A number without data, or from too few cases, changes nothing: it neither crosses nor comes back. A crossing is
    told of once, until the number has been back inside.
    """
    query = select(AlertRule).where(AlertRule.area_id == area.id, AlertRule.stopped.is_(None)).order_by(AlertRule.id)
    told = 0
    for rule in (await session.scalars(query.with_for_update(skip_locked=True))).all():
        told += await _check(session, area, rule)
    await session.flush()
    return told


async def _check(session: AsyncSession, area: ServiceArea, rule: AlertRule) -> int:
    account = await session.get_one(Account, rule.account_id)
    rule.stopped = await may_not(session, account, area, [(rule.subject, rule.subject_id)])
    if rule.stopped is not None:
        log.warning("alerts.rule_stopped", rule=str(rule.id), why=rule.stopped)
        cause = f"{rule.id}:{area.clock.now().isoformat()}"
        await tell_of_the_end(session, account, area, rule.name, rule.email, cause, "alerts")
        return 0
    found = await reading(session, area, rule.measure, rule.subject, rule.subject_id)
    if found is None or found.cases < rule.least_cases:
        return 0
    rule.checked_at = area.clock.now()
    beyond = found.value > rule.bound if rule.above else found.value < rule.bound
    if not beyond or rule.crossed:
        rule.crossed = beyond
        return 0
    rule.crossed = True
    alert = Alert(
        id=uuid7(), area_id=area.id, rule_id=rule.id, name=rule.name, measure=rule.measure, subject=rule.subject,
        subject_id=rule.subject_id, subject_name=found.name, month=found.month, above=rule.above, bound=rule.bound,
        value=found.value, evidence=found.evidence, at=area.clock.now(),
    )  # fmt: skip
    session.add(alert)
    await session.flush()
    if rule.email:
        alert.notice_id = await _mail(session, area, rule, alert, found)
    await announce(session, area.id, "alert", alert.id)
    return 1


async def may_not(
    session: AsyncSession, account: Account, area: ServiceArea, subjects: Iterable[tuple[str, str]] = ()
) -> str | None:
    """Why an account is told nothing any more: it may not sign in, or no longer sees one of the subjects (kind, id).

    None: it sees them all.
    """
    if account.status is not AccountStatus.ACTIVE:
        return "account"
    actor = await actor_of(session, account)
    if actor.role not in READERS or not actor.scope.allows_area(area.id):
        return "scope"
    sees = await assessments.visible_subjects(session, actor)
    return None if all(sees(subject, subject_id) for subject, subject_id in subjects) else "scope"


async def tell_of_the_end(
    session: AsyncSession, account: Account, area: ServiceArea, name: str, email: str | None, cause: str, view: str
) -> None:
    """Say by mail that something is checked or sent no longer, to whoever still works with this area's numbers.

    `cause` names this one end; `view` is the tab where it can be changed.
    """
    if email is None or await may_not(session, account, area) is not None:
        return
    link = f"/manager?{urlencode({'area': area.code, 'view': view})}"
    told = Told("watch_ended", cause, {"name": name, "link": link}, email=email)
    await write(session, area, told, area.clock.now())


async def _mail(session: AsyncSession, area: ServiceArea, rule: AlertRule, alert: Alert, found: Reading) -> UUID | None:
    language = language_of(area)
    kinds = {one.code: one for one in await indicator_versions(session, area.id)}
    kind = kinds.get(rule.measure)
    if rule.measure in OF_DAYS:
        name = text(f"alert.measure.{rule.measure}", language)
    else:
        name = rule.measure if kind is None else in_language({"en": kind.en, "zh": kind.zh}, language)
    share = rule.measure != "backlog" and (kind is None or kind.definition.get("per", 1) == 1)

    def said(value: float) -> str:
        return figures.percent(value) if share else figures.number(value, 0 if rule.measure == "backlog" else 1)

    at = {"area": area.code, "month": alert.month, "view": "alerts"}
    values = {
        "name": rule.name, "subject": found.name, "measure": name, "value": said(found.value),
        "limit": said(rule.bound), "count": str(found.evidence.get("denominator", found.evidence["numerator"])),
        "link": f"/manager?{urlencode(at)}",
    }  # fmt: skip
    now = area.clock.now()
    told = Told("alert", str(alert.id), values, email=rule.email, stale_at=now + timedelta(days=2))
    return await write(session, area, told, now)
