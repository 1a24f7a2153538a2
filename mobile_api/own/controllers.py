"""Consent, what was recorded, and the calendar feed over HTTP."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, post
from litestar.params import FromPath, PathParameter, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments.months import month_of
from grids.service import area_by_id, area_now, local_day
from kit.actor import Actor
from kit.bounds import moment_is_possible
from kit.errors import NotFound
from kit.http.bounds import Limited
from kit.i18n import language_of
from kit.live import announce
from mobile_api import repository
from mobile_api.day.route import technician_of
from mobile_api.own import calendar
from mobile_api.own.callbacks import said_of
from mobile_api.own.points import points_of
from mobile_api.own.positions import at_work, consent_of, decide, recorded
from mobile_api.schemas import (
    CalendarAnswer,
    ConsentAnswer,
    ConsentRequest,
    OwnPoints,
    PositionsAnswer,
    PositionsRequest,
    RecordedDay,
    SaidOfMe,
)
from mobile_api.timing import phone_clock

OLDEST_POSITION = timedelta(days=2)


async def _area_of(session: AsyncSession, technician_id: UUID) -> UUID:
    head = await repository.head(session, technician_id)
    if head is None:
        raise NotFound("mobile.technicians_only")
    area_id: UUID = head.area_id
    return area_id


class OwnController(Controller):
    """What a technician may know and decide of themselves."""

    path = "/api/mobile"
    tags = ("mobile",)

    @post("/positions", operation_id="mobilePositions", summary="Report where the phone is", status_code=200)
    async def positions(self, session: AsyncSession, actor: Actor, data: PositionsRequest) -> PositionsAnswer:
        """Positions since the last report. Kept after consent and inside a shift only; those off the globe, from the
        future or older than two days never.
        """
        technician_id = technician_of(actor)
        area_id = await _area_of(session, technician_id)
        now = await area_now(session, area_id)
        said = data.phone_time if data.phone_time is not None and data.phone_time.tzinfo is not None else None
        clock = phone_clock(now, said, timedelta(days=1))
        possible = []
        for position in [] if clock.refused else data.positions:
            lon, lat = position.point
            on_the_globe = -180 <= lon <= 180 and -90 <= lat <= 90
            if position.occurred_at.tzinfo is None or not (on_the_globe and moment_is_possible(position.occurred_at)):
                continue
            at = clock.corrected(position.occurred_at)
            if now - OLDEST_POSITION <= at <= now + timedelta(minutes=5):
                possible.append(repository.Seen((lon, lat), min(at, now), position.accuracy_metres))
        kept = await at_work(session, technician_id, area_id, possible)
        await repository.add_positions(session, technician_id, kept, now)
        if kept:
            await announce(session, area_id, "position", technician_id)
        return PositionsAnswer(kept=len(kept), refused=len(data.positions) - len(kept))

    @get("/callbacks", operation_id="saidOfMe", summary="What subscribers said of my work", opt={"may_answer": (422,)})
    async def said(
        self,
        session: AsyncSession,
        actor: Actor,
        month: Annotated[
            str | None, QueryParameter(description="Such as `2022-09`; by default the area's month.")
        ] = None,
    ) -> list[SaidOfMe]:
        """The answered calls of a month about orders that the asker had finished, the newest first, at most 200."""
        technician_id = technician_of(actor)
        area = await area_by_id(session, await _area_of(session, technician_id))
        return await said_of(session, technician_id, month_of(month or local_day(area), area.timezone))

    @get("/points", operation_id="ownPoints", summary="What my work counted for pay", opt={"may_answer": (422,)})
    async def points(
        self,
        session: AsyncSession,
        actor: Actor,
        month: Annotated[
            str | None, QueryParameter(description="Such as `2022-09`; by default the area's month.")
        ] = None,
    ) -> OwnPoints:
        """The points of a month whose statements are out, order by order, at most 500 of them."""
        technician_id = technician_of(actor)
        area = await area_by_id(session, await _area_of(session, technician_id))
        return await points_of(session, technician_id, month_of(month or local_day(area), area.timezone))

    @get("/positions", operation_id="recordedPositions", summary="What was recorded of me")
    async def recorded(
        self,
        session: AsyncSession,
        actor: Actor,
        on: Annotated[
            date | None, QueryParameter(name="date", description="A local day; by default the area's today.")
        ] = None,
    ) -> RecordedDay:
        """The positions of a day, oldest first."""
        technician_id = technician_of(actor)
        area_id = await _area_of(session, technician_id)
        day = on or local_day(await area_by_id(session, area_id))
        return await recorded(session, technician_id, area_id, day)

    @get("/consent", operation_id="getConsent", summary="Whether positions may be kept")
    async def consent(self, session: AsyncSession, actor: Actor) -> ConsentAnswer:
        """`at` null: never asked."""
        last = await consent_of(session, technician_of(actor))
        return ConsentAnswer(positions=last is not None and last.positions, at=None if last is None else last.at)

    @post("/consent", operation_id="decideConsent", summary="Allow or forbid positions", status_code=200)
    async def decide(self, session: AsyncSession, actor: Actor, data: ConsentRequest) -> ConsentAnswer:
        """From now on. What was recorded before stays, and can be read."""
        technician_id = technician_of(actor)
        await _area_of(session, technician_id)
        return await decide(session, technician_id, data.positions)

    @get("/calendar", operation_id="getCalendarFeed", summary="Is there a calendar feed")
    async def feed(self, session: AsyncSession, actor: Actor) -> CalendarAnswer:
        """Since when; its address was shown when it was made."""
        found = await calendar.feed_of(session, technician_of(actor))
        return CalendarAnswer(url=None, since=None if found is None else found.created_at)

    @post("/calendar", operation_id="makeCalendarFeed", summary="A new calendar feed", keeps_answer=False)
    async def make(self, session: AsyncSession, actor: Actor) -> CalendarAnswer:
        """An address for a calendar app, shown once; an earlier one stops working."""
        technician_id = technician_of(actor)
        await _area_of(session, technician_id)
        made, secret = await calendar.make_feed(session, technician_id)
        return CalendarAnswer(url=f"/calendar/{secret}.ics", since=made.created_at)

    @delete("/calendar", operation_id="withdrawCalendarFeed", summary="Withdraw the calendar feed")
    async def withdraw(self, session: AsyncSession, actor: Actor) -> None:
        """Its address stops working at once."""
        await calendar.withdraw(session, technician_of(actor))


class CalendarController(Controller):
    """The feed itself, for calendar apps."""

    path = "/calendar"
    tags = ("mobile",)

    @get(
        "/{file:str}",
        operation_id="readCalendarFeed",
        summary="A technician's calendar",
        media_type="text/calendar",
        operation_class=Limited,
        per_minute=60,
    )
    async def read(
        self,
        session: AsyncSession,
        request: Request[Any, Any, Any],
        file: Annotated[FromPath[str], PathParameter(description="The secret of the feed, and .ics.")],
    ) -> Response[bytes]:
        """iCalendar: shifts, leave, visits by number and fault; nobody's name or phone."""
        language = language_of(request.headers.get("accept-language"))
        body = await calendar.read(session, file.removesuffix(".ics"), language)
        headers = {"Cache-Control": "private, max-age=900", "X-Robots-Tag": "noindex"}
        return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)


ROUTES = (OwnController, CalendarController)
