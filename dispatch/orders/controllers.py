"""Orders over HTTP: reporting, lists, acts, events, requests, photos."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post, put
from litestar.datastructures import State
from litestar.di import Provide
from litestar.params import Body, Parameter, QueryParameter
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.exports import log_export
from dispatch.notices.controllers import notice_out
from dispatch.notices.repository import of_order
from dispatch.notices.schemas import NoticeOut
from dispatch.orders import repository, subscribers
from dispatch.orders.intake.placing.places import find_place
from dispatch.orders.lists import listing
from dispatch.orders.lists.exporting import sheet, words_of
from dispatch.orders.lists.listing import Filters, event_out, list_orders, list_requests, one_order, photo_out
from dispatch.orders.models import Channel, Order
from dispatch.orders.photos import MEDIA_TYPE, store_photo
from dispatch.orders.reporting import Placing, Provenance, Report, SubscriberGiven, report
from dispatch.orders.rules import finish_codes
from dispatch.orders.schemas import (
    ActIn,
    ActOut,
    EventOut,
    OrderOut,
    OrderPhotoOut,
    ReopenIn,
    ReportIn,
    RequestOut,
    StoredPhotoOut,
    SubscriberMergedOut,
    SubscriberMergeIn,
    SubscriberOut,
    act_of,
)
from dispatch.orders.service import apply, reopen
from dispatch.policies.limits import Limits
from dispatch.policies.service import policy_at
from grids.service import area_by_id, area_now, local_day
from kit.actor import Actor, Personal, Role
from kit.errors import Forbidden, Invalid, Malformed, NotFound
from kit.http.problems import on_problem
from kit.http.requests import CSV_ANSWER, ImageFile, Page, SheetLanguage, decode_cursor, encode_cursor, expected_version
from kit.i18n import language_of, text
from kit.postgres.blobs import get_blob
from kit.spreadsheets import sheets

WITHOUT_CONTACT = (Channel.MONITORING, Channel.TECHNICIAN)
"""Channels without a subscriber who speaks: their reports need no contact."""
UPLOADERS = (Role.AGENT, Role.DISPATCHER, Role.GRID_LEAD, Role.TECHNICIAN, Role.INSPECTOR)


async def _rules(session: AsyncSession, area_id: UUID) -> tuple[datetime, Limits]:
    now = await area_now(session, area_id)
    return now, (await policy_at(session, area_id, now)).limits


async def _after_change(session: AsyncSession, actor: Actor, order: Order) -> OrderOut:
    """The changed order in one statement: the session already holds its area and the policies."""
    now, limits = await _rules(session, order.area_id)
    return await listing.after_change(session, actor, order.id, now, limits)


def _last_row(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    moment, row = decode_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(moment), UUID(row)
    except ValueError as error:
        raise Malformed("malformed.cursor", field="cursor") from error


def _tagged(order: OrderOut, status: int = 200) -> Response[OrderOut]:
    return Response(order, status_code=status, headers={"ETag": f'"{order.version}"'})


def asked_filters(
    status: Annotated[
        str | None, Parameter(description="Statuses, comma separated; `open` and `active` are groups.")
    ] = None,
    grid: Annotated[str | None, Parameter(description="A grid's id or code.")] = None,
    owner: Annotated[UUID | None, Parameter(description="A technician's id.")] = None,
    waiting_on: Annotated[str | None, QueryParameter(name="waitingOn", description="The role it waits on.")] = None,
    place: Annotated[str | None, Parameter(description="A place problem, `any` or `none`.")] = None,
    q: Annotated[
        str | None,
        Parameter(
            description="A number, a phone's last four digits, a part of an address or name, also in pinyin.",
            max_length=200,
        ),
    ] = None,
    since: Annotated[datetime | None, QueryParameter(name="from", description="Reported at or after.")] = None,
    until: Annotated[datetime | None, QueryParameter(name="to", description="Reported before.")] = None,
    fault_type: Annotated[str | None, QueryParameter(name="faultType", description="A fault type's code.")] = None,
    tier: Annotated[str | None, Parameter(description="ordinary, vip or group.")] = None,
    queue: Annotated[
        str | None,
        Parameter(
            description="A queue of the console: open, unassigned, at_risk, late, urgent, bounced; or `all`: what is "
            "open, and what was reported between `from` and `to`."
        ),
    ] = None,
) -> Filters:
    """What a list of orders is cut down to."""
    for name, moment in (("from", since), ("to", until)):
        if moment is not None and moment.tzinfo is None:
            raise Malformed("malformed.offset", field=name)
    return Filters(
        status=status, grid=grid, owner=owner, waiting_on=waiting_on, place=place, q=q, since=since, until=until,
        fault_type=fault_type, tier=tier, queue=queue,
    )  # fmt: skip


class AreaOrdersController(Controller):
    """The orders of an area."""

    path = "/api/areas/{area_id:uuid}"
    tags = ["orders"]  # noqa: RUF012 - Litestar reads it as is
    dependencies = {"filters": Provide(asked_filters, sync_to_thread=False)}  # noqa: RUF012 - Litestar reads it as is

    @get("/orders", operation_id="listOrders", summary="Orders, the newest report first")
    async def orders(
        self,
        area_id: UUID,
        session: AsyncSession,
        actor: Actor,
        filters: Filters,
        cursor: str | None = None,
        limit: Annotated[int, Parameter(ge=1, le=1000)] = 50,
    ) -> Page[OrderOut]:
        """Only what the caller may see; subscribers masked. A constant number of statements, whatever the limit."""
        actor.require_area(area_id)
        now, limits = await _rules(session, area_id)
        rows = await list_orders(
            session, actor, area_id, filters, now=now, limits=limits, after=_last_row(cursor), limit=limit + 1
        )
        shown = rows[:limit]
        more = len(rows) > limit
        return Page(items=shown, next_cursor=encode_cursor(shown[-1].reported_at, shown[-1].id) if more else None)

    @get(
        "/orders.csv",
        operation_id="exportOrders",
        summary="Orders as a spreadsheet",
        media_type=sheets.MEDIA_TYPE,
        responses={200: CSV_ANSWER},
    )
    async def export(
        self,
        area_id: UUID,
        session: AsyncSession,
        actor: Actor,
        state: State,
        request: Request[Any, Any, Any],
        filters: Filters,
        lang: SheetLanguage = None,
    ) -> Stream:
        """What the list shows under the same filters, all of it and no more: CSV in UTF-8 that Excel opens, the newest
        report first, times by the area's clocks, names in the asked language. Streamed, whatever its size.
        """
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        now, limits = await _rules(session, area_id)
        language = language_of(lang or request.headers.get("accept-language"))
        words = await words_of(session, area, language)
        # A filter that cannot be is a problem of its own, not the end of a table.
        await list_orders(session, actor, area_id, filters, now=now, limits=limits, after=None, limit=1)
        await log_export(session, actor, area, "orders", "csv", filters.named())
        name = text("order.sheet", language, area=area.code, day=local_day(area, now))
        return Stream(
            sheet(state.database, actor, area_id, filters, now=now, limits=limits, words=words),
            media_type=f"{sheets.MEDIA_TYPE}; charset=utf-8",
            headers=sheets.headers(f"{name}.csv", language),
        )

    @post("/orders", operation_id="reportOrder", summary="Take a report")
    async def report(self, area_id: UUID, data: ReportIn, session: AsyncSession, actor: Actor) -> Response[OrderOut]:
        """Kept whatever is missing: a report without a place waits on the place worklist with the reason."""
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        who = data.subscriber
        given = SubscriberGiven(who.name, tuple(who.phones), who.account_number, tuple(who.flags)) if who else None
        named = given is not None and (given.name or given.phones or given.account_number)
        if not named and data.channel not in WITHOUT_CONTACT:
            raise Invalid("order.contact_needed", field="subscriber")
        kept = ("occurred_at", "repeat_of_id", "subscriber")
        fields = {name: getattr(data, name) for name in ReportIn.__struct_fields__ if name not in kept}
        if data.repeat_of_id is not None:
            earlier = await repository.get(session, actor, data.repeat_of_id)
            if earlier.area_id != area_id:
                raise NotFound("order.not_found", order=str(data.repeat_of_id))
        place = await find_place(session, area, data.address, data.point)
        order = await report(
            session,
            actor,
            area,
            Report(**fields, subscriber=given),
            placing=Placing(place.point, place.source, place.grid_id, place.problem),
            provenance=Provenance(repeat_of_id=data.repeat_of_id),
            occurred_at=data.occurred_at,
        )
        return _tagged(await _after_change(session, actor, order), 201)

    @get("/worklists/requests", operation_id="listRequests", summary="Suspensions and returns to decide")
    async def requests(
        self,
        area_id: UUID,
        session: AsyncSession,
        actor: Actor,
        cursor: str | None = None,
        limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    ) -> Page[RequestOut]:
        """The oldest first; decide one with the act `request_decided` on its order."""
        actor.require_area(area_id)
        now, limits = await _rules(session, area_id)
        rows = await list_requests(
            session, actor, area_id, now=now, limits=limits, after=_last_row(cursor), limit=limit + 1
        )
        shown = list(rows[:limit])
        more = len(rows) > limit
        return Page(items=shown, next_cursor=encode_cursor(shown[-1].requested_at, shown[-1].id) if more else None)


class OrderController(Controller):
    """One order."""

    path = "/api/orders/{order_id:uuid}"
    tags = ["orders"]  # noqa: RUF012 - Litestar reads it as is

    @get("/", operation_id="getOrder", summary="An order")
    async def one(self, order_id: UUID, session: AsyncSession, actor: Actor) -> Response[OrderOut]:
        """Everything about it but the subscriber's full name and number; the ETag is its version."""
        order = await repository.get(session, actor, order_id)
        now, limits = await _rules(session, order.area_id)
        return _tagged(await one_order(session, actor, order_id, now, limits))

    @get("/subscriber", operation_id="getOrderSubscriber", summary="Whom to call, unmasked")
    async def subscriber(self, order_id: UUID, session: AsyncSession, actor: Actor) -> SubscriberOut:
        """For those who must call now: the contact that the order states, then the record's phones. Each look is
        recorded."""
        return await listing.unmask(session, actor, order_id)

    @get("/events", operation_id="listOrderEvents", summary="What happened to it")
    async def events(
        self,
        order_id: UUID,
        session: AsyncSession,
        actor: Actor,
        cursor: str | None = None,
        limit: Annotated[int, Parameter(ge=1, le=200)] = 200,
    ) -> Page[EventOut]:
        """Every event in its order; they are never changed or deleted."""
        await repository.get(session, actor, order_id)
        try:
            after = int(decode_cursor(cursor, 1)[0]) if cursor else 0
        except ValueError as error:
            raise Malformed("malformed.cursor", field="cursor") from error
        rows = await repository.events(session, order_id, after, limit + 1)
        items = [event_out(event) for event in rows[:limit]]
        return Page(items=items, next_cursor=encode_cursor(items[-1].sequence) if len(rows) > limit else None)

    @post("/acts", operation_id="actOnOrder", summary="Do something to it", status_code=200)
    async def act(
        self,
        order_id: UUID,
        data: Annotated[ActIn, Body(description="One act by its `type`, with when and where it happened.")],
        request: Request[Any, Any, Any],
        session: AsyncSession,
        actor: Actor,
    ) -> Response[ActOut]:
        """One act by its `type`. `If-Match` holds the version looked at: somebody else's change answers 412.

        An act the present status does not allow answers 409 with the current state; the same `clientId` again
        answers as it did the first time, `already` true.
        """
        act = act_of(data)
        try:
            if finish_codes.is_proof(act):
                await finish_codes.lock(session, order_id)
            applied = await apply(
                session,
                actor,
                order_id,
                act,
                occurred_at=data.occurred_at,
                client_id=data.client_id,
                point=data.point,
                expected_version=expected_version(request),
            )
        except finish_codes.WrongFinishCode as wrong:
            # Answered, not raised: the count is kept with the transaction, and nothing else was written.
            await finish_codes.count_wrong(session, await repository.get(session, actor, order_id))
            return on_problem(request, wrong)
        order = await _after_change(session, actor, applied.order)
        answer = ActOut(order=order, event=event_out(applied.event), already=applied.already)
        return Response(answer, headers={"ETag": f'"{order.version}"'})

    @post("/reopenings", operation_id="reopenOrder", summary="The subscriber of a closed order reports again")
    async def reopen(self, order_id: UUID, data: ReopenIn, session: AsyncSession, actor: Actor) -> Response[OrderOut]:
        """A new, linked order: the same cause within 30 days is a rework, another cause a flagged repeat."""
        order = await reopen(session, actor, order_id, fault_type=data.fault_type, description=data.description)
        return _tagged(await _after_change(session, actor, order), 201)

    @get("/notices", operation_id="listOrderNotices", summary="What the subscriber was told")
    async def notices(self, order_id: UUID, session: AsyncSession, actor: Actor) -> list[NoticeOut]:
        """Oldest first: sent, delivered, failed, and by which channel."""
        await repository.get(session, actor, order_id)
        return [notice_out(row, channel) for row, channel in await of_order(session, order_id)]

    @get("/photos", operation_id="listOrderPhotos", summary="Its photos")
    async def photos(self, order_id: UUID, session: AsyncSession, actor: Actor) -> list[OrderPhotoOut]:
        """Also those whose file has not arrived yet."""
        await repository.get(session, actor, order_id)
        return [photo_out(photo) for photo in await repository.photos(session, order_id)]

    @put(
        "/photos/{photo_id:uuid}",
        operation_id="putOrderPhoto",
        summary="Send a photo's file",
        operation_class=ImageFile,
        opt={"may_answer": (413, 415)},  # it reads the body itself
    )
    async def put_photo(
        self, order_id: UUID, photo_id: UUID, request: Request[Any, Any, Any], session: AsyncSession, actor: Actor
    ) -> StoredPhotoOut:
        """The body is the JPEG, PNG or WebP itself; safe to send twice."""
        actor.require(*UPLOADERS)
        photo, already = await store_photo(
            session,
            actor,
            photo_id,
            await request.body(),
            max_bytes=request.app.state.settings.max_upload_bytes,
            order_id=order_id,
        )
        return StoredPhotoOut(id=photo.id, order_id=photo.order_id, sha256=photo.sha256 or "", already=already)


class PhotoController(Controller):
    """A photo's file."""

    path = "/api/photos"
    tags = ["orders"]  # noqa: RUF012 - Litestar reads it as is

    @get("/{photo_id:uuid}", operation_id="getPhoto", summary="A photo", media_type="image/jpeg")
    async def one(self, photo_id: UUID, session: AsyncSession, actor: Actor) -> Response[bytes]:
        """The picture, without what the camera wrote into it; 404 with `photo.not_yet` until its file has come.

        Not for observers and managers: signatures and rooms are the subscriber's.
        """
        if not actor.sees(Personal.SUBSCRIBER):
            raise Forbidden("photo.not_for_you")
        photo, _ = await repository.photo(session, actor, photo_id)
        if photo.sha256 is None:
            raise NotFound("photo.not_yet", photo=str(photo_id))
        return Response(
            await get_blob(session, photo.sha256),
            media_type=MEDIA_TYPE,
            headers={"Cache-Control": "private, max-age=86400, immutable"},
        )


class SubscriberController(Controller):
    """The records of subscribers."""

    path = "/api/subscribers/{subscriber_id:uuid}"
    tags = ["orders"]  # noqa: RUF012 - Litestar reads it as is

    @post("/merge", operation_id="mergeSubscribers", summary="Two records are one subscriber", status_code=200)
    async def merge(
        self, subscriber_id: UUID, data: SubscriberMergeIn, session: AsyncSession, actor: Actor
    ) -> SubscriberMergedOut:
        """Orders, phones and flags go over to the other record, and this one is gone; each order gets an event.

        For agents and dispatchers of the whole area. 409 where both records have an account number.
        """
        kept, orders = await subscribers.merge(session, actor, subscriber_id, data.into_subscriber_id)
        return SubscriberMergedOut(subscriber_id=kept.id, orders=orders)


ROUTES = (AreaOrdersController, OrderController, PhotoController, SubscriberController)
