"""All SQL of notices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.notices.models import Notice, NoticeAttempt, NoticeChannel, NoticeStatus, NoticeTemplate
from kit.ids import uuid7

WORKLIST = (NoticeStatus.FAILED, NoticeStatus.UNKNOWN)


async def due(session: AsyncSession, area_id: UUID, now: datetime, limit: int) -> Sequence[Notice]:
    """Waiting notices whose time has come, oldest first, locked."""
    query = (
        select(Notice)
        .where(Notice.area_id == area_id, Notice.status == NoticeStatus.WAITING, Notice.next_at <= now)
        .order_by(Notice.next_at, Notice.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(query)).all()


async def areas_with_due(session: AsyncSession) -> Sequence[UUID]:
    """Areas in which notices wait; whether their time has come their own clock says."""
    return (await session.scalars(select(Notice.area_id).where(Notice.status == NoticeStatus.WAITING).distinct())).all()


async def used_today(session: AsyncSession, order_ids: set[UUID], start: datetime, end: datetime) -> dict[UUID, int]:
    """How many notices of each order went out in this time, those under way and the doubtful ones included."""
    sent = Notice.sent_at.is_not(None) & (Notice.sent_at >= start) & (Notice.sent_at < end)
    perhaps = Notice.status.in_([NoticeStatus.SENDING, NoticeStatus.UNKNOWN]) & (Notice.created_at >= start)
    query = (
        select(Notice.order_id, func.count())
        .where(Notice.order_id.in_(order_ids), or_(sent, perhaps))
        .group_by(Notice.order_id)
    )
    return {order_id: count for order_id, count in (await session.execute(query)).all() if order_id is not None}


async def channels(session: AsyncSession, area_id: UUID) -> Sequence[NoticeChannel]:
    """An area's active channels by position. An area that was given none writes to the log."""
    query = select(NoticeChannel).where(NoticeChannel.area_id == area_id)
    found = (await session.scalars(query.order_by(NoticeChannel.position, NoticeChannel.id))).all()
    if not found:
        first = insert(NoticeChannel).values(
            id=uuid7(),
            area_id=area_id,
            position=0,
            kind="log",
            name="log",
            config={},
            secrets={},
            kinds=[],
            active=True,
        )
        await session.execute(first.on_conflict_do_nothing())
        found = (await session.scalars(query)).all()
    return [channel for channel in found if channel.active]


async def template(session: AsyncSession, area_id: UUID, kind: str, number: int) -> NoticeTemplate:
    """One version of a text."""
    query = select(NoticeTemplate).filter_by(area_id=area_id, kind=kind, number=number)
    return (await session.scalars(query)).one()


async def templates_in_force(session: AsyncSession, area_id: UUID) -> dict[str, NoticeTemplate]:
    """The newest stored version of each kind that has one."""
    query = select(NoticeTemplate).where(NoticeTemplate.area_id == area_id).order_by(NoticeTemplate.number)
    return {row.kind: row for row in (await session.scalars(query)).all()}


async def interrupted(
    session: AsyncSession, before: datetime, limit: int
) -> list[tuple[Notice, NoticeAttempt, NoticeChannel]]:
    """Notices taken before a moment (real time) about which nothing was written since, with their last try."""
    query = (
        select(Notice, NoticeAttempt, NoticeChannel)
        .join(NoticeAttempt, (NoticeAttempt.notice_id == Notice.id) & (NoticeAttempt.number == Notice.tries))
        .join(NoticeChannel, NoticeChannel.id == NoticeAttempt.channel_id)
        .where(Notice.status == NoticeStatus.SENDING, Notice.claimed_at <= before)
        .order_by(Notice.claimed_at, NoticeAttempt.id.desc())
        .limit(limit)
        .with_for_update(of=Notice, skip_locked=True)
    )
    return [(row, attempt, channel) for row, attempt, channel in (await session.execute(query)).all()]


async def of_order(session: AsyncSession, order_id: UUID) -> Sequence[tuple[Notice, str | None]]:
    """The notices of an order, oldest first, each with the name of the channel that it went by."""
    query = (
        select(Notice, NoticeChannel.name)
        .outerjoin(NoticeChannel, NoticeChannel.id == Notice.channel_id)
        .where(Notice.order_id == order_id)
        .order_by(Notice.created_at, Notice.id)
    )
    return [(row, name) for row, name in (await session.execute(query)).all()]


async def listed(
    session: AsyncSession, area_id: UUID, *, worklist: bool, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[tuple[Notice, str | None]]:
    """An area's notices, newest first; `worklist`: only those about which a person decides."""
    query = (
        select(Notice, NoticeChannel.name)
        .outerjoin(NoticeChannel, NoticeChannel.id == Notice.channel_id)
        .where(Notice.area_id == area_id)
        .order_by(Notice.created_at.desc(), Notice.id.desc())
        .limit(limit)
    )
    if worklist:
        query = query.where(Notice.status.in_(WORKLIST))
    if after is not None:
        query = query.where(tuple_(Notice.created_at, Notice.id) < after)
    return [(row, name) for row, name in (await session.execute(query)).all()]
