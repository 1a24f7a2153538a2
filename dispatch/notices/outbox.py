"""Writing a notice, in the transaction that causes it. The worker sends it when that transaction has committed."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.notices.models import Notice, NoticeOptOut, NoticeStatus, NoticeTemplate
from dispatch.notices.templates import FIELDS, shipped
from grids.models import ServiceArea
from kit.ids import uuid7


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be said. `cause` names what happened, once for ever: an event's id, a due time."""

    kind: str
    cause: str
    values: Mapping[str, Any] = field(default_factory=dict)
    order_id: UUID | None = None
    phone: str | None = None
    email: str | None = None
    topic: str | None = None
    stale_at: datetime | None = None


async def write(session: AsyncSession, area: ServiceArea, told: Told, at: datetime) -> UUID | None:
    """Write a notice for sending from `at` (area time) on; its id, or None where the same was written before.

    A waiting notice of the same order and topic is overtaken by it.
    """
    assert told.kind in FIELDS, told.kind  # noqa: S101 - a kind without a text is a mistake of ours
    recipient = told.phone or told.email or ""
    whose = hashlib.sha256(recipient.encode()).hexdigest()[:16]
    new_id = uuid7()
    reason = None if recipient else "no_address"
    unwanted = select(NoticeOptOut.at).where(NoticeOptOut.area_id == area.id, NoticeOptOut.address == recipient)
    if recipient and await session.scalar(unwanted):
        reason = "opted_out"
    row = insert(Notice).values(
        id=new_id, area_id=area.id, order_id=told.order_id, kind=told.kind, topic=told.topic, phone=told.phone,
        key=f"{told.kind}:{told.order_id or '-'}:{told.cause}:{whose}", language=language_of(area),
        email=told.email, template_number=await template_number(session, area.id, told.kind),
        params=dict(told.values), created_at=at, next_at=at, stale_at=told.stale_at, tries=0, reason=reason,
        status=NoticeStatus.DROPPED if reason else NoticeStatus.WAITING,
    )  # fmt: skip
    written = await session.scalar(row.on_conflict_do_nothing(index_elements=["key"]).returning(Notice.id))
    if written is None:
        return None
    if told.topic and told.order_id:
        await overtake(session, told.order_id, {told.topic}, but=new_id)
    return new_id


async def overtake(session: AsyncSession, order_id: UUID, topics: Collection[str], but: UUID | None = None) -> None:
    """Drop the waiting notices of an order on these topics: what they say is no longer so."""
    dropped = update(Notice).where(
        Notice.order_id == order_id, Notice.topic.in_(topics), Notice.status == NoticeStatus.WAITING
    )
    if but is not None:
        dropped = dropped.where(Notice.id != but)
    await session.execute(dropped.values(status=NoticeStatus.DROPPED, reason="overtaken"))


async def template_number(session: AsyncSession, area_id: UUID, kind: str) -> int:
    """The newest version of an area's text; the shipped text becomes version 1 when it is first needed."""
    newest = select(func.max(NoticeTemplate.number)).where(
        NoticeTemplate.area_id == area_id, NoticeTemplate.kind == kind
    )
    number = await session.scalar(newest)
    if number is None:
        first = insert(NoticeTemplate).values(
            id=uuid7(), area_id=area_id, kind=kind, number=1, gateway_codes={}, **shipped()[kind]
        )
        await session.execute(first.on_conflict_do_nothing())
        number = await session.scalar(newest)
    return int(number or 1)


def language_of(area: ServiceArea) -> str:
    """The language of an area's subscribers: Chinese in China, else English."""
    return "zh" if area.country in ("CN", "HK", "MO", "TW") else "en"
