"""What gateways say afterwards. A receipt may come twice, before our own record of it, or name nothing known."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.notices.channels.gateway_data import Receipt
from dispatch.notices.models import Notice, NoticeAttempt, NoticeChannel, NoticeReceipt, NoticeStatus
from grids.service import area_by_id
from kit.ids import uuid7


async def take(session: AsyncSession, channel: NoticeChannel, receipts: Iterable[Receipt]) -> int:
    """Keep receipts and apply those that name a notice; returns how many were new."""
    new = 0
    for receipt in receipts:
        row = insert(NoticeReceipt).values(
            id=uuid7(), channel_id=channel.id, gateway_id=receipt.gateway_id, our_key=receipt.our_key,
            delivered=receipt.delivered, detail=receipt.detail,
        )  # fmt: skip
        if await session.scalar(row.on_conflict_do_nothing().returning(NoticeReceipt.id)) is None:
            continue
        new += 1
        notice = await _meant(session, channel.id, receipt)
        if notice is not None:
            area = await area_by_id(session, notice.area_id)
            _apply(notice, receipt.delivered, receipt.detail, area.clock.now())
    await session.flush()
    return new


async def _meant(session: AsyncSession, channel_id: UUID, receipt: Receipt) -> Notice | None:
    """The notice a receipt is about, locked."""
    found = None
    if receipt.gateway_id:
        by_id = select(NoticeAttempt.notice_id).where(
            NoticeAttempt.channel_id == channel_id, NoticeAttempt.gateway_id == receipt.gateway_id
        )
        found = await session.scalar(by_id.limit(1))
    if found is None and receipt.our_key:
        try:
            named = UUID(hex=receipt.our_key.partition("-")[0])
        except ValueError:
            return None
        attempted = select(NoticeAttempt.notice_id).where(
            NoticeAttempt.notice_id == named, NoticeAttempt.channel_id == channel_id
        )
        found = await session.scalar(attempted.limit(1))
    if found is None:
        return None
    return await session.get(Notice, found, with_for_update=True, populate_existing=True)


async def apply_early(session: AsyncSession, notice: Notice, attempt: NoticeAttempt, now: datetime) -> None:
    """Apply the receipts that came before the message's own record."""
    names = [NoticeReceipt.our_key == notice.gateway_key]
    if attempt.gateway_id:
        names.append(NoticeReceipt.gateway_id == attempt.gateway_id)
    early = select(NoticeReceipt).where(NoticeReceipt.channel_id == attempt.channel_id, or_(*names))
    for receipt in (await session.scalars(early.order_by(NoticeReceipt.delivered))).all():
        _apply(notice, receipt.delivered, receipt.detail, now)


def _apply(notice: Notice, delivered: bool, detail: str | None, now: datetime) -> None:
    """Delivered is the last word, whatever order receipts come in; any receipt proves that the gateway had it."""
    if notice.status is NoticeStatus.DELIVERED:
        return
    if delivered:
        notice.status, notice.delivered_at, notice.reason = NoticeStatus.DELIVERED, now, None
        notice.sent_at = notice.sent_at or now
    elif notice.status in (NoticeStatus.SENT, NoticeStatus.UNKNOWN, NoticeStatus.SENDING):
        notice.status, notice.reason = NoticeStatus.FAILED, detail or "not_delivered"
        notice.sent_at = notice.sent_at or now
