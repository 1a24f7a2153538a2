"""Alerts and kept views over HTTP."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, delete, get, post, put
from litestar.params import Parameter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments.decisions.deciding import names_of
from dispatch.notices.models import Notice
from dispatch.reports.overview import READERS
from dispatch.reports.watching import alerts, views
from dispatch.reports.watching.models import Alert, AlertRule, SavedView
from dispatch.reports.watching.schemas import (
    AcknowledgeIn,
    AlertOut,
    AlertRuleIn,
    AlertRuleOut,
    DeliveryOut,
    ViewIn,
    ViewOut,
)
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.actor import Actor
from kit.http.requests import Page, encode_cursor, id_in_cursor


async def _rules(
    session: AsyncSession, actor: Actor, area: ServiceArea, rows: Sequence[AlertRule]
) -> list[AlertRuleOut]:
    names = await names_of(session, [one.account_id for one in rows])
    subjects = await alerts.subject_names(session, area) if rows else {}
    return [
        AlertRuleOut(
            id=one.id, name=one.name, measure=one.measure, subject=one.subject, subject_id=one.subject_id,
            subject_name=subjects.get((one.subject, one.subject_id)), above=one.above, bound=one.bound,
            least_cases=one.least_cases,
            email=one.email if one.account_id == actor.account_id else None, crossed=one.crossed, stopped=one.stopped,
            checked_at=one.checked_at, owner=names.get(one.account_id), mine=one.account_id == actor.account_id,
        )
        for one in rows
    ]  # fmt: skip


async def _alerts(session: AsyncSession, rows: Sequence[Alert]) -> list[AlertOut]:
    names = await names_of(session, [one.acknowledged_by for one in rows])
    asked = Notice.id.in_([one.notice_id for one in rows if one.notice_id])
    query = select(Notice.id, Notice.status, Notice.reason).where(asked)
    mails = {row.id: (row.status.value, row.reason) for row in await session.execute(query)}
    nothing = (None, None)
    return [
        AlertOut(
            id=one.id, name=one.name, measure=one.measure, subject=one.subject, subject_id=one.subject_id,
            subject_name=one.subject_name, month=one.month, above=one.above, bound=one.bound, value=one.value,
            evidence=one.evidence, at=one.at, mail=mails.get(one.notice_id, nothing)[0] if one.notice_id else None,
            mail_reason=mails.get(one.notice_id, nothing)[1] if one.notice_id else None,
            acknowledged_by=names.get(one.acknowledged_by) if one.acknowledged_by else None,
            acknowledged_at=one.acknowledged_at, words=one.words,
        )
        for one in rows
    ]  # fmt: skip


async def _views(session: AsyncSession, actor: Actor, rows: Sequence[SavedView]) -> list[ViewOut]:
    names = await names_of(session, [one.account_id for one in rows])
    mine = {one.id for one in rows if one.account_id == actor.account_id}
    sent = await views.deliveries(session, list(mine))
    return [
        ViewOut(
            id=one.id, name=one.name, query=one.query, shared=one.shared, owner=names.get(one.account_id),
            mine=one.id in mine, rhythm=one.rhythm if one.id in mine else None,
            on_day=one.on_day if one.id in mine else None, hour=one.hour if one.id in mine else None,
            email=one.email if one.id in mine else None, paused=one.id in mine and one.paused,
            stopped=one.stopped if one.id in mine else None, next_at=one.next_at if one.id in mine else None,
            deliveries=[
                DeliveryOut(due_at=each.due_at, period=each.period, status=status, reason=reason)
                for each, status, reason in sent.get(one.id, [])
            ],
        )
        for one in rows
    ]  # fmt: skip


def _given(data: ViewIn) -> SavedView:
    return SavedView(
        name=data.name, query=data.query.removeprefix("?"), shared=data.shared, rhythm=data.rhythm,
        on_day=data.on_day, hour=data.hour, email=data.email, paused=data.paused,
    )  # fmt: skip


class WatchingController(Controller):
    """What managers watch in an area, and how they come back to it."""

    path = "/api/areas/{area_id:uuid}"
    tags = ["reports"]  # noqa: RUF012 - Litestar reads it as is

    @get("/alert-rules", operation_id="listAlertRules", summary="Limits that are watched")
    async def rules(self, area_id: UUID, session: AsyncSession, actor: Actor) -> list[AlertRuleOut]:
        """Those about what the reader may see, the newest first."""
        actor.require(*alerts.SEE)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        return await _rules(session, actor, area, await alerts.rules(session, actor, area_id))

    @post("/alert-rules", operation_id="addAlertRule", summary="Watch a limit")
    async def add_rule(self, area_id: UUID, data: AlertRuleIn, session: AsyncSession, actor: Actor) -> AlertRuleOut:
        """It is told of once for each crossing, in the room and by mail where an address is given."""
        actor.require(*alerts.WATCHERS)
        actor.require_area(area_id)
        rule = AlertRule(
            name=data.name, measure=data.measure, subject=data.subject, subject_id=data.subject_id, above=data.above,
            bound=data.bound, least_cases=data.least_cases, email=data.email,
        )  # fmt: skip
        area = await area_by_id(session, area_id)
        return (await _rules(session, actor, area, [await alerts.add_rule(session, actor, area, rule)]))[0]

    @get("/alerts", operation_id="listAlerts", summary="Limits that were crossed")
    async def alerts(
        self, area_id: UUID, session: AsyncSession, actor: Actor,
        waiting: Annotated[bool, Parameter(description="Only those that nobody has acknowledged.")] = False,
        cursor: str | None = None, limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    ) -> Page[AlertOut]:  # fmt: skip
        """With value, limit, count and interval, the newest first."""
        actor.require(*alerts.SEE)
        actor.require_area(area_id)
        rows = await alerts.alerts(
            session, actor, area_id, waiting=waiting, before=id_in_cursor(cursor), limit=limit + 1
        )
        shown = rows[:limit]
        more = encode_cursor(shown[-1].id) if len(rows) > limit else None
        return Page(items=await _alerts(session, shown), next_cursor=more)

    @get("/views", operation_id="listViews", summary="Kept views")
    async def views(self, area_id: UUID, session: AsyncSession, actor: Actor) -> list[ViewOut]:
        """One's own, and those that colleagues of the same scope share, by name."""
        actor.require(*READERS)
        actor.require_area(area_id)
        return await _views(session, actor, await views.views(session, actor, area_id))

    @post("/views", operation_id="addView", summary="Keep a view")
    async def add_view(self, area_id: UUID, data: ViewIn, session: AsyncSession, actor: Actor) -> ViewOut:
        """Under a name of one's own; with a rhythm it is also sent by mail."""
        actor.require(*READERS)
        actor.require_area(area_id)
        found = await views.save(session, actor, await area_by_id(session, area_id), _given(data))
        return (await _views(session, actor, [found]))[0]

    @put("/views/{view_id:uuid}", operation_id="changeView", summary="Change a view or its schedule")
    async def change_view(
        self, area_id: UUID, view_id: UUID, data: ViewIn, session: AsyncSession, actor: Actor
    ) -> ViewOut:
        """One's own alone; `paused` holds its mails back."""
        actor.require(*READERS)
        actor.require_area(area_id)
        found = await views.save(session, actor, await area_by_id(session, area_id), _given(data), view_id)
        return (await _views(session, actor, [found]))[0]


class WatchedController(Controller):
    """One rule, alert or view."""

    path = "/api"
    tags = ["reports"]  # noqa: RUF012 - Litestar reads it as is

    @delete("/alert-rules/{rule_id:uuid}", operation_id="removeAlertRule", summary="Watch a limit no longer")
    async def remove_rule(self, rule_id: UUID, session: AsyncSession, actor: Actor) -> None:
        """One's own alone; the alerts it told of stay."""
        actor.require(*alerts.WATCHERS)
        await alerts.remove_rule(session, actor, rule_id)

    @post("/alert-rules/{rule_id:uuid}/start", operation_id="startAlertRule", summary="Watch a stopped limit again",
          status_code=200)  # fmt: skip
    async def start_rule(self, rule_id: UUID, session: AsyncSession, actor: Actor) -> AlertRuleOut:
        """One's own alone, where its owner sees again what it is about."""
        actor.require(*alerts.WATCHERS)
        rule = await alerts.start_rule(session, actor, rule_id)
        return (await _rules(session, actor, await area_by_id(session, rule.area_id), [rule]))[0]

    @post("/alerts/{alert_id:uuid}/acknowledge", operation_id="acknowledgeAlert", summary="Say that an alert was seen",
          status_code=200)  # fmt: skip
    async def acknowledge(self, alert_id: UUID, data: AcknowledgeIn, session: AsyncSession, actor: Actor) -> AlertOut:
        """By one person, once."""
        actor.require(*alerts.WATCHERS)
        return (await _alerts(session, [await alerts.acknowledge(session, actor, alert_id, data.words)]))[0]

    @delete("/views/{view_id:uuid}", operation_id="removeView", summary="Delete a view")
    async def remove_view(self, view_id: UUID, session: AsyncSession, actor: Actor) -> None:
        """One's own, with its schedule."""
        actor.require(*READERS)
        await views.remove(session, actor, view_id)


ROUTES: tuple[Any, ...] = (WatchingController, WatchedController)
