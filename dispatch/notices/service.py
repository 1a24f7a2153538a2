"""What people decide about notices: texts, channels, who wants none, and what becomes of those that are stuck."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.passwords import digest, new_secret
from dispatch.notices import receipts, templates
from dispatch.notices.channels.base import BadConfiguration
from dispatch.notices.channels.gateway_data import receipts as read_receipts
from dispatch.notices.channels.opening import open_channel
from dispatch.notices.channels.sms import gateway_of
from dispatch.notices.models import Notice, NoticeChannel, NoticeOptOut, NoticeStatus, NoticeTemplate
from dispatch.notices.outbox import template_number
from dispatch.notices.repository import WORKLIST, template
from dispatch.notices.schemas import ChannelIn
from grids.access import require_whole_area
from grids.service import area_by_id
from kit.actor import Actor, Role
from kit.errors import Conflict, Invalid, NotFound

DECIDERS = (Role.AGENT, Role.DISPATCHER, Role.ADMINISTRATOR)


async def send_again(session: AsyncSession, actor: Actor, notice_id: UUID) -> Notice:
    """Send a notice again that failed or is in doubt; it goes out as a new message. Raises `Conflict` for any other."""
    row = await _stuck(session, actor, notice_id)
    area = await area_by_id(session, row.area_id)
    row.status, row.reason, row.next_at, row.stale_at = NoticeStatus.WAITING, None, area.clock.now(), None
    row.round, row.skipped_channels, row.first_tried_at = row.round + 1, [], None
    row.released_by = actor.account_id
    await session.flush()
    return row


async def put_away(session: AsyncSession, actor: Actor, notice_id: UUID) -> Notice:
    """Take a notice that failed or is in doubt off the worklist, unsent."""
    row = await _stuck(session, actor, notice_id)
    row.status, row.reason, row.released_by = NoticeStatus.DROPPED, "put_away", actor.account_id
    await session.flush()
    return row


async def _stuck(session: AsyncSession, actor: Actor, notice_id: UUID) -> Notice:
    actor.require(*DECIDERS)
    row = await session.get(Notice, notice_id, with_for_update=True, populate_existing=True)
    if row is None or not (actor.trusted or actor.scope.allows_area(row.area_id)):
        raise NotFound("notice.not_found")
    await require_whole_area(session, actor, row.area_id)
    if row.status not in WORKLIST:
        raise Conflict("notice.not_stuck", status=row.status.value, current={"status": row.status.value})
    return row


# --- texts ------------------------------------------------------------------------------------------------------------


async def add_template(
    session: AsyncSession, actor: Actor, area_id: UUID, kind: str, texts: Mapping[str, str], codes: dict[str, Any]
) -> NoticeTemplate:
    """A new version of a text. Raises `Invalid` with line and column for a placeholder that nobody fills."""
    actor.require(Role.ADMINISTRATOR)
    actor.require_area(area_id)
    await require_whole_area(session, actor, area_id)
    for language in templates.LANGUAGES:
        templates.check(kind, language, texts[language])
    number = await template_number(session, area_id, kind) + 1
    row = NoticeTemplate(area_id=area_id, kind=kind, number=number, en=texts["en"], zh=texts["zh"],
                         gateway_codes=codes, created_by=actor.account_id)  # fmt: skip
    session.add(row)
    await session.flush()
    return await template(session, area_id, kind, number)


# --- channels ---------------------------------------------------------------------------------------------------------


async def put_channel(session: AsyncSession, actor: Actor, area_id: UUID, name: str, given: ChannelIn) -> NoticeChannel:
    """Create or change a channel. Raises `Invalid` naming the setting that is missing or wrong."""
    actor.require(Role.ADMINISTRATOR)
    actor.require_area(area_id)
    await require_whole_area(session, actor, area_id)
    query = select(NoticeChannel).where(NoticeChannel.area_id == area_id, NoticeChannel.name == name)
    row = (await session.scalars(query.with_for_update())).one_or_none()
    hidden = {**(row.secrets if row else {}), **given.secrets}
    try:
        open_channel(given.kind, given.config, hidden)
    except BadConfiguration as wrong:
        raise Invalid("notice.channel_setting", field="config", setting=wrong.args[0]) from wrong
    for kind in given.kinds:
        if kind not in templates.FIELDS:
            raise Invalid("notice.kind", field="kinds", kind=kind)
    if row is None:
        row = NoticeChannel(area_id=area_id, name=name)
        session.add(row)
    row.kind, row.position, row.active, row.config = given.kind, given.position, given.active, dict(given.config)
    row.secrets, row.kinds = hidden, list(given.kinds)
    await session.flush()
    return row


async def new_receipt_key(session: AsyncSession, actor: Actor, channel_id: UUID) -> str:
    """A fresh key for a channel's receipts; the one before stops working. Raises `NotFound`."""
    actor.require(Role.ADMINISTRATOR)
    row = await session.get(NoticeChannel, channel_id, with_for_update=True)
    if row is None or not (actor.trusted or actor.scope.allows_area(row.area_id)):
        raise NotFound("notice.channel_not_found")
    await require_whole_area(session, actor, row.area_id)
    token = new_secret()
    row.receipt_token_hash = digest(token)
    await session.flush()
    return token


async def take_receipts(session: AsyncSession, token: str, body: Any) -> tuple[int, Any]:
    """Keep what a gateway brings; how many were new, and the answer it wants. Raises `NotFound` for an unknown key."""
    query = select(NoticeChannel).where(NoticeChannel.receipt_token_hash == digest(token))
    channel = (await session.scalars(query)).one_or_none()
    if channel is None:
        raise NotFound("notice.channel_not_found")
    gateway = gateway_of(channel.config) if channel.kind == "sms" else {}
    new = await receipts.take(session, channel, read_receipts(gateway, body))
    return new, gateway.get("receipt", {}).get("answer")


async def opt_out(session: AsyncSession, actor: Actor, area_id: UUID, address: str, *, out: bool) -> None:
    """Keep that an address wants no notices of an area, or wants them again."""
    actor.require(*DECIDERS)
    actor.require_area(area_id)
    await require_whole_area(session, actor, area_id)
    if out:
        row = insert(NoticeOptOut).values(area_id=area_id, address=address.strip())
        await session.execute(row.on_conflict_do_nothing())
    else:
        await session.execute(
            delete(NoticeOptOut).where(NoticeOptOut.area_id == area_id, NoticeOptOut.address == address.strip())
        )
