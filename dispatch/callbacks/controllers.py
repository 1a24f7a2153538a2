"""Callbacks over HTTP: the queue, one attempt, and the subscriber's own link."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.params import Parameter
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.callbacks import repository, service
from dispatch.callbacks.desk.controllers import DeskController
from dispatch.callbacks.models import Reached
from dispatch.callbacks.schemas import (
    AttemptIn,
    AttemptOut,
    CalledOut,
    QueueItem,
    ReasonChoice,
    SurveyIn,
    SurveyOut,
    SurveyThanks,
    attempt_out,
)
from dispatch.orders import repository as orders
from dispatch.policies.models import ReasonKind
from dispatch.policies.repository import reasons
from grids.service import area_now
from kit.actor import Actor, Role
from kit.clock import real_now
from kit.errors import Malformed
from kit.http.requests import Page, decode_cursor, encode_cursor
from kit.i18n import in_language, language_of

READERS = (
    Role.AGENT,
    Role.DISPATCHER,
    Role.GRID_LEAD,
    Role.INSPECTOR,
    Role.MANAGER,
    Role.OBSERVER,
    Role.ADMINISTRATOR,
)


def _position(cursor: str) -> tuple[datetime, UUID]:
    since, order_id = decode_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(since), UUID(order_id)
    except ValueError as error:
        raise Malformed("malformed.cursor", field="cursor") from error


class CallbackController(Controller):
    """The queue and the attempts."""

    path = "/api"
    tags = ["callbacks"]  # noqa: RUF012 - Litestar reads it as is

    @get("/areas/{area_id:uuid}/callbacks", operation_id="listCallbacks", summary="Who is to be asked")
    async def queue(
        self,
        area_id: UUID,
        session: AsyncSession,
        actor: Actor,
        grid: Annotated[UUID | None, Parameter(description="Only this grid's orders.")] = None,
        cursor: str | None = None,
        limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    ) -> Page[QueueItem]:
        """Completed (also remotely solved) and cancelled orders due a callback, the longest waiting first."""
        actor.require(*READERS)
        actor.require_area(area_id)
        now = await area_now(session, area_id)
        after = _position(cursor) if cursor else None
        rows = await repository.queue(session, actor, area_id, after=after, limit=limit + 1, grid_id=grid)
        shown = rows[:limit]
        tried = await repository.attempts_of(session, [order.id for order, _ in shown])
        items = [
            QueueItem(
                order_id=order.id,
                number=order.number,
                status=order.status.value,
                kind=order.kind.value,
                level=order.level.value,
                tier=order.tier.value,
                grid=code,
                fault_type=order.fault_type,
                cause=order.cause,
                since=order.status_since,
                due=order.callback_due_at,
                overdue=order.callback_due_at is not None and order.callback_due_at < now,
                round=order.reworks,
                attempts=[attempt_out(a) for a in tried[order.id] if a.round == order.reworks],
            )
            for order, code in shown
        ]
        more = len(rows) > limit
        last = shown[-1][0] if shown else None
        return Page(items=items, next_cursor=encode_cursor(last.status_since, last.id) if more and last else None)

    @get("/orders/{order_id:uuid}/callbacks", operation_id="listAttempts", summary="The calls about an order")
    async def tried(self, order_id: UUID, session: AsyncSession, actor: Actor) -> Page[AttemptOut]:
        """Every attempt to ask its subscriber, the first first."""
        actor.require(*READERS)
        order = await orders.get(session, actor, order_id)
        return Page(items=[attempt_out(one) for one in (await repository.attempts_of(session, [order.id]))[order.id]])

    @post("/orders/{order_id:uuid}/callbacks", operation_id="recordCallback", summary="Write down an attempt")
    async def record(self, order_id: UUID, data: AttemptIn, session: AsyncSession, actor: Actor) -> CalledOut:
        """One attempt. A satisfied answer closes the order, any other sends it out again; silence asks again."""
        answer = service.Answer(data.reached, data.solved, data.satisfaction, data.reasons, data.note, data.more())
        called = await service.record_attempt(session, actor, order_id, answer, data.occurred_at)
        return CalledOut(
            attempt=attempt_out(called.attempt),
            order_id=order_id,
            status=called.order.status.value,
            verdict=called.verdict,
            survey_token=called.survey_token,
            rework_technician_id=called.rework_technician_id,
        )


class SurveyController(Controller):
    """The subscriber's link; nobody signs in, the link itself is the key."""

    path = "/api/survey/{token:str}"
    tags = ["survey"]  # noqa: RUF012 - Litestar reads it as is

    @get(operation_id="openSurvey", summary="What the link is about", opt={"may_answer": (429,)})
    async def show(self, token: str, session: AsyncSession, request: Request[Any, Any, Any]) -> SurveyOut:
        """The order behind a link, without anybody's name. Unknown, used and expired links look alike: 404."""
        link, order, _area = await service.survey(session, token)
        link.opened_at = link.opened_at or real_now()
        language = language_of(request.headers.get("accept-language"))
        known = await reasons(session, order.area_id, ReasonKind.DISSATISFACTION)
        return SurveyOut(
            number=order.number,
            kind=order.kind.value,
            completed_at=order.completed_at,
            expires_at=link.expires_at,
            reasons=[
                ReasonChoice(code=one.code, text=in_language({"en": one.en, "zh": one.zh}, language))
                for one in known
                if one.active
            ],
        )

    @post(operation_id="answerSurvey", summary="Answer", opt={"may_answer": (429,)})
    async def answer(self, token: str, data: SurveyIn, session: AsyncSession) -> SurveyThanks:
        """Keep the subscriber's answer; the link works once."""
        answer = service.Answer(Reached.ANSWERED, data.solved, data.satisfaction, data.reasons, data.note)
        attempt = await service.answer_survey(session, token, answer)
        return SurveyThanks(received_at=attempt.at)


ROUTES = (CallbackController, SurveyController, DeskController)
