"""The route over HTTP, acknowledged changes, and who has not seen theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, HeaderParameter
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.planning.access import READERS, seen_by
from kit.actor import Actor
from kit.errors import NotFound
from kit.http.requests import Struct
from mobile_api import repository as phones
from mobile_api.day import seen
from mobile_api.day.route import technician_of
from mobile_api.day.schemas import MobileRoute
from mobile_api.day.snapshots import answer_to, current, record_shown
from mobile_api.schemas import SeenAnswer, SeenRequest

MOST_UNSEEN = 500


class UnseenOut(Struct):
    """A change that its technician has not acknowledged."""

    id: UUID
    technician_id: UUID
    technician_name: str
    order_id: UUID | None
    number: str | None
    kind: str
    at: datetime


class DayController(Controller):
    """The technician's day."""

    path = "/api/mobile"
    tags = ("mobile",)

    @get("/route", operation_id="mobileRoute", summary="Today's route", opt={"may_answer": (304, 404)})
    async def route(
        self,
        session: AsyncSession,
        actor: Actor,
        request: Request[Any, Any, Any],
        if_none_match: Annotated[str | None, HeaderParameter(name="If-None-Match")] = None,
        accept_delta: Annotated[
            str | None,
            HeaderParameter(name="A-IM", description="`merge-patch`: a 226 may answer with what changed since."),
        ] = None,
    ) -> Response[MobileRoute | None]:
        """Stops in their order with times, addresses, contacts and what to bring, then what is owned without a visit.

        Send the `ETag` of the last answer as `If-None-Match`; 304 says that nothing changed. With `A-IM: merge-patch`
        as well, 226 is a JSON Merge Patch (RFC 7396) that turns that last answer into the present one.
        """
        kept = await current(session, technician_of(actor))
        answer = answer_to(kept, if_none_match, accept_delta, request.headers.get("accept-encoding"))
        if answer.shows:
            await record_shown(session, actor.account_id, kept)
        return Response(answer.body, status_code=answer.status, headers=answer.headers)  # type: ignore[arg-type]

    @post("/seen", operation_id="mobileSeen", summary="Acknowledge changes", status_code=200)
    async def seen(self, session: AsyncSession, actor: Actor, data: SeenRequest) -> SeenAnswer:
        """They leave the route's `changes`; the dispatcher no longer sees them as unseen. Safe to send again."""
        technician_id = technician_of(actor)
        head = await phones.head(session, technician_id)
        if head is None:
            raise NotFound("mobile.technicians_only")
        return SeenAnswer(seen=await seen.acknowledge(session, technician_id, head.area_id, data.change_ids))


class UnseenController(Controller):
    """For the console: who has not seen what changed for them."""

    path = "/api/areas/{area_id:uuid}/unseen-changes"
    tags = ("planning",)

    @get(operation_id="listUnseenChanges", summary="Who has not seen their changes")
    async def unseen(self, session: AsyncSession, actor: Actor, area_id: FromPath[UUID]) -> list[UnseenOut]:
        """At most 500, oldest first; of the technicians that the asker may see."""
        actor.require(*READERS)
        actor.require_area(area_id)
        _, sees = await seen_by(session, actor, area_id)
        rows = await seen.unseen(session, area_id, None, MOST_UNSEEN)
        return [
            UnseenOut(
                id=row.id, technician_id=row.technician_id, technician_name=row.name, order_id=row.order_id,
                number=row.number, kind=row.kind, at=row.at,
            )
            for row in rows
            if sees(row.technician_id)
        ]  # fmt: skip


ROUTES = (DayController, UnseenController)
