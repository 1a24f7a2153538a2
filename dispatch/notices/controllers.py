"""Notices over HTTP: the worklist, texts, channels, and what gateways bring back."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, get, post, put
from litestar.params import Parameter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.notices import repository, service, templates
from dispatch.notices.models import Notice, NoticeChannel, NoticeStatus
from dispatch.notices.schemas import (
    ChannelIn,
    ChannelOut,
    NoticeOut,
    OptOutIn,
    PartsOut,
    ReceiptAddress,
    ReceiptsTaken,
    TemplateIn,
    TemplateOut,
)
from dispatch.notices.wall import wall
from grids.access import require_whole_area
from kit.actor import Actor, Role
from kit.bounds import FreeForm
from kit.errors import Malformed, NotFound
from kit.http.requests import Page, decode_cursor, encode_cursor
from kit.http.throttle import count_wrong

Receipts = Annotated[list[FreeForm], msgspec.Meta(max_length=500)]
READERS = (Role.AGENT, Role.DISPATCHER, Role.GRID_LEAD, Role.MANAGER, Role.ADMINISTRATOR)
_EXAMPLE = {"number": "SH00012345", "technician": "Li Wei (1024)", "finishCode": "123456", "day": "12月30日",
            "from": "09:00", "to": "12:00", "reason": "–", "link": "https://example.com/o/" + 46 * "x",
            "name": "Late repairs", "subject": "Kitsilano", "measure": "Late share", "value": "12.5%", "limit": "10.0%",
            "count": "240", "period": "2026-02"}  # fmt: skip


def notice_out(row: Notice, channel: str | None) -> NoticeOut:
    """A notice as HTTP says it."""
    return NoticeOut(
        id=row.id, order_id=row.order_id, kind=row.kind, status=row.status.value, reason=row.reason, channel=channel,
        recipient=row.phone or row.email, tries=row.tries, created_at=row.created_at,
        next_at=row.next_at if row.status is NoticeStatus.WAITING else None, sent_at=row.sent_at,
        delivered_at=row.delivered_at,
    )  # fmt: skip


def channel_out(row: NoticeChannel) -> ChannelOut:
    """A channel as HTTP says it: without its secrets."""
    return ChannelOut(
        id=row.id, name=row.name, kind=row.kind, position=row.position, active=row.active, config=row.config,
        secrets=sorted(row.secrets), kinds=row.kinds, takes_receipts=row.receipt_token_hash is not None,
    )  # fmt: skip


def template_out(kind: str, number: int, texts: dict[str, str], codes: dict[str, Any]) -> TemplateOut:
    """A text with its size as SMS, filled with values of usual length."""
    sizes = {}
    for language in templates.LANGUAGES:
        filled = templates.fill(texts[language], _EXAMPLE)
        parts = templates.sms_parts(filled)
        sizes[language] = PartsOut(coding=parts.coding, units=parts.units, parts=parts.parts)
    return TemplateOut(kind=kind, number=number, placeholders=list(templates.FIELDS[kind]), en=texts["en"],
                       zh=texts["zh"], gateway_codes=codes, sms=sizes)  # fmt: skip


class NoticeController(Controller):
    """The area's notices, texts and channels."""

    path = "/api/areas/{area_id:uuid}"
    tags = ["notices"]  # noqa: RUF012 - Litestar reads it as is

    @get("/notices", operation_id="listNotices", summary="What subscribers were told")
    async def listed(
        self,
        area_id: UUID,
        session: AsyncSession,
        actor: Actor,
        worklist: Annotated[bool, Parameter(description="Only those that failed or are in doubt.")] = False,
        cursor: str | None = None,
        limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    ) -> Page[NoticeOut]:
        """The newest first. The worklist holds what a person sends again or puts away."""
        actor.require(*READERS)
        actor.require_area(area_id)
        await require_whole_area(session, actor, area_id)
        after = None
        if cursor:
            moment, last_id = decode_cursor(cursor, 2)
            try:
                after = (datetime.fromisoformat(moment), UUID(last_id))
            except ValueError as error:
                raise Malformed("malformed.cursor", field="cursor") from error
        rows = await repository.listed(session, area_id, worklist=worklist, after=after, limit=limit + 1)
        shown = rows[:limit]
        last = shown[-1][0] if len(rows) > limit else None
        return Page(
            items=[notice_out(row, name) for row, name in shown],
            next_cursor=encode_cursor(last.created_at.isoformat(), last.id) if last else None,
        )

    @get("/notice-templates", operation_id="listNoticeTemplates", summary="The texts in force")
    async def texts(self, area_id: UUID, session: AsyncSession, actor: Actor) -> list[TemplateOut]:
        """Of every kind of notice the text that counts, with its placeholders and its size as SMS."""
        actor.require(*READERS)
        actor.require_area(area_id)
        stored = await repository.templates_in_force(session, area_id)
        return [
            template_out(kind, row.number, {"en": row.en, "zh": row.zh}, row.gateway_codes)
            if (row := stored.get(kind))
            else template_out(kind, 0, templates.shipped()[kind], {})
            for kind in templates.FIELDS
        ]

    @post("/notice-templates/{kind:str}", operation_id="addNoticeTemplate", summary="A new version of a text")
    async def add_text(
        self, area_id: UUID, kind: str, data: TemplateIn, session: AsyncSession, actor: Actor
    ) -> TemplateOut:
        """It counts for notices written from now on. A placeholder that nobody fills is refused with its place."""
        row = await service.add_template(
            session, actor, area_id, kind, {"en": data.en, "zh": data.zh}, data.gateway_codes
        )
        return template_out(kind, row.number, {"en": row.en, "zh": row.zh}, row.gateway_codes)

    @get("/notice-channels", operation_id="listNoticeChannels", summary="The ways out")
    async def ways(self, area_id: UUID, session: AsyncSession, actor: Actor) -> list[ChannelOut]:
        """In the order in which they are tried."""
        actor.require(Role.ADMINISTRATOR)
        actor.require_area(area_id)
        await require_whole_area(session, actor, area_id)
        query = select(NoticeChannel).where(NoticeChannel.area_id == area_id)
        rows = (await session.scalars(query.order_by(NoticeChannel.position, NoticeChannel.id))).all()
        return [channel_out(row) for row in rows]

    @put("/notice-channels/{name:str}", operation_id="putNoticeChannel", summary="Set up a way out")
    async def put_way(
        self, area_id: UUID, name: str, data: ChannelIn, session: AsyncSession, actor: Actor
    ) -> ChannelOut:
        """SMS gateways that ship: generic, generic_with_query, aliyun, tencent (`config.gateway`)."""
        return channel_out(await service.put_channel(session, actor, area_id, name, data))

    @post("/notice-opt-outs", operation_id="optOutOfNotices", summary="Who wants no notices", status_code=204)
    async def opt_out(self, area_id: UUID, data: OptOutIn, session: AsyncSession, actor: Actor) -> None:
        """Nothing more is sent to the address, from the next notice on."""
        await service.opt_out(session, actor, area_id, data.address, out=data.out)


class StuckController(Controller):
    """What a person decides about one notice or channel."""

    path = "/api"
    tags = ["notices"]  # noqa: RUF012 - Litestar reads it as is

    @post("/notices/{notice_id:uuid}/again", operation_id="sendNoticeAgain", summary="Send it again", status_code=200)
    async def again(self, notice_id: UUID, session: AsyncSession, actor: Actor) -> NoticeOut:
        """It goes out as a new message; one in doubt may then arrive twice."""
        return notice_out(await service.send_again(session, actor, notice_id), None)

    @post("/notices/{notice_id:uuid}/away", operation_id="putNoticeAway", summary="Leave it unsent", status_code=200)
    async def away(self, notice_id: UUID, session: AsyncSession, actor: Actor) -> NoticeOut:
        """It leaves the worklist."""
        return notice_out(await service.put_away(session, actor, notice_id), None)

    @post("/notice-channels/{channel_id:uuid}/receipt-key", operation_id="newReceiptKey", summary="Where receipts go")
    async def receipt_key(self, channel_id: UUID, session: AsyncSession, actor: Actor) -> ReceiptAddress:
        """A new address for the gateway's receipts; the one before stops working."""
        token = await service.new_receipt_key(session, actor, channel_id)
        return ReceiptAddress(path="/api/notice-receipts/{receiptToken}", receipt_token=token)

    @post(
        "/notice-receipts/{token:str}", operation_id="bringReceipts", summary="A gateway brings receipts",
        status_code=200, opt={"may_answer": (429,)}, per_minute=600,
    )  # fmt: skip
    async def bring(
        self, token: str, data: FreeForm | Receipts, session: AsyncSession, request: Request[Any, Any, Any]
    ) -> Response[Any]:
        """One receipt or several, in the words of the channel's gateway; the answer is as it wants it."""
        try:
            new, answer = await service.take_receipts(session, token, data)
        except NotFound:  # a gateway that still has an older key must not keep out what it brings with the new one
            count_wrong(request, "keys of gateways")
            raise
        return Response(answer if answer is not None else msgspec.to_builtins(ReceiptsTaken(new=new)))


ROUTES = (NoticeController, StuckController, wall)
