"""Sending what waits, each notice once as far as its gateway allows.

A notice is taken and the try written down (transaction one), the gateway is asked with no transaction open, and the
answer is kept (transaction two). Only waiting notices are ever taken, so a batch that runs again sends nothing twice.
Between the two transactions a worker may die: `settle_interrupted` asks the gateway what became of the message, sends
again where a repeat does no harm, and flags it for a person where nobody can know.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.notices import repository
from dispatch.notices.channels.base import BadConfiguration, Channel, Outgoing, Result
from dispatch.notices.channels.opening import open_channel
from dispatch.notices.links import token_for
from dispatch.notices.models import Notice, NoticeAttempt, NoticeChannel, NoticeStatus, NoticeTemplate
from dispatch.notices.receipts import apply_early
from dispatch.notices.templates import ANY_TIME, FIELDS, STAFF, fill, harmless
from dispatch.notices.timing import day_of, pause, quiet_until
from dispatch.policies.limits import Limits
from dispatch.policies.service import policy_at
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.clock import real_now
from kit.db import Database
from kit.settings import settings

log = structlog.get_logger()
BATCH = 20
LEASE = timedelta(minutes=2)
"""Longer than any channel may take: who is silent so long after taking a notice is dead."""
Opening = Callable[[NoticeChannel], Channel]


@dataclass(frozen=True, slots=True)
class Taken:
    """A notice on its way out."""

    notice_id: UUID
    attempt_id: UUID
    channel: Channel
    out: Outgoing


def opened(row: NoticeChannel) -> Channel:
    """The adapter of a stored channel. Raises `BadConfiguration`."""
    return open_channel(row.kind, row.config, row.secrets)


async def send_area(database: Database, area_id: UUID, opening: Opening = opened) -> int:
    """Send everything of an area that is due; returns how many tries were made."""
    tried = 0
    while True:
        async with database.transaction() as session:
            taken, looked = await _take(session, area_id, opening)
        results = await asyncio.gather(*(one.channel.send(one.out) for one in taken), return_exceptions=True)
        for one, result in zip(taken, results, strict=True):
            if isinstance(result, BaseException):
                # An adapter that raises has a mistake of ours; what it had sent by then nobody knows.
                log.error("notice.channel_raised", notice=str(one.notice_id), exc_info=result)
                result = Result("unknown", detail="our_error")
            async with database.transaction() as session:
                await record(session, one.notice_id, one.attempt_id, result, one.channel)
        tried += len(taken)
        if looked < BATCH:
            return tried


async def _take(session: AsyncSession, area_id: UUID, opening: Opening) -> tuple[list[Taken], int]:
    """Take what may go now, and put off or drop what may not. One worker at a time looks at an area."""
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(func.hashtextextended(f"notices {area_id}", 0)))):
        return [], 0
    area = await area_by_id(session, area_id)
    now, zone = area.clock.now(), ZoneInfo(area.timezone)
    rows = await repository.due(session, area_id, now, BATCH)
    if not rows:
        return [], 0
    limits = (await policy_at(session, area_id, now)).limits
    channels = await repository.channels(session, area_id)
    today = day_of(now, zone)
    used = await repository.used_today(session, {row.order_id for row in rows if row.order_id}, *today)
    taken: list[Taken] = []
    for row in rows:
        if row.stale_at is not None and row.stale_at <= now:
            row.status, row.reason = NoticeStatus.DROPPED, "stale"
            continue
        if later := _later(row, now, zone, limits, used):
            row.next_at = later
            continue
        found = _choose(row, channels, opening)
        if found is None:
            row.status, row.reason = NoticeStatus.FAILED, row.reason or "no_channel"
            continue
        stored, channel = found
        row.status, row.claimed_at, row.channel_id = NoticeStatus.SENDING, real_now(), stored.id
        row.tries += 1
        row.first_tried_at = row.first_tried_at or now
        attempt = NoticeAttempt(notice_id=row.id, channel_id=stored.id, number=row.tries, started_at=real_now())
        session.add(attempt)
        await session.flush()
        if row.order_id:
            used[row.order_id] = used.get(row.order_id, 0) + 1
        taken.append(Taken(row.id, attempt.id, channel, await outgoing(session, area, row, attempt, channel)))
    return taken, len(rows)


def _later(row: Notice, now: datetime, zone: ZoneInfo, limits: Limits, used: dict[UUID, int]) -> datetime | None:
    """When a notice may go that may not go now."""
    if row.kind not in ANY_TIME:
        quiet = quiet_until(now, zone, limits.notice_quiet_starts, limits.notice_quiet_ends)
        if quiet is not None:
            return quiet
    if row.order_id and used.get(row.order_id, 0) >= limits.notices_a_day:
        tomorrow = day_of(now, zone)[1].astimezone(UTC)
        return quiet_until(tomorrow, zone, limits.notice_quiet_starts, limits.notice_quiet_ends) or tomorrow
    return None


def _choose(row: Notice, channels: Sequence[NoticeChannel], opening: Opening) -> tuple[NoticeChannel, Channel] | None:
    """The first channel that has not refused the notice, takes its kind and reaches its recipient."""
    for stored in channels:
        if str(stored.id) in row.skipped_channels or (stored.kinds and row.kind not in stored.kinds):
            continue
        try:
            channel = opening(stored)
        except BadConfiguration as wrong:
            log.warning("notice.channel_misconfigured", channel=str(stored.id), setting=wrong.args[0])
            continue
        if row.kind in STAFF and (channel.public or channel.silent):
            continue  # a group reads along; the log alone is read by nobody, and nothing shows what it was given
        if channel.reaches(row.phone, row.email):
            return stored, channel
    return None


async def outgoing(
    session: AsyncSession, area: ServiceArea, row: Notice, attempt: NoticeAttempt, channel: Channel
) -> Outgoing:
    """A notice as a channel gets it. Where others read along, codes and links stay out."""
    template = await repository.template(session, row.area_id, row.kind, row.template_number)
    values = await values_of(session, row)
    if channel.public:
        values = {name: value for name, value in values.items() if name not in ("finishCode", "link")}
    return Outgoing(
        key=row.gateway_key, kind=row.kind, language=row.language, at=attempt.started_at, phone=row.phone,
        email=row.email, text=words_of(template, row.language, values), values=values, codes=template.gateway_codes,
    )  # fmt: skip


async def values_of(session: AsyncSession, row: Notice) -> dict[str, str]:
    """The values of a notice, harmless, in the order of its kind's placeholders; the link as it works now."""
    values = {name: harmless(str(row.params[name])) for name in FIELDS[row.kind] if row.params.get(name) is not None}
    if "link" in FIELDS[row.kind] and row.order_id is not None:
        values["link"] = link_to(await token_for(session, row.order_id))
    if row.kind in STAFF and row.params.get("link") is not None:
        values["link"] = f"{settings().public_url.rstrip('/')}{row.params['link']}"
    return values


def words_of(template: NoticeTemplate, language: str, values: dict[str, str]) -> str:
    """The text of a notice in its language."""
    return fill(template.zh if language == "zh" else template.en, values)


def link_to(token: str) -> str:
    """The address of a subscriber's page."""
    return f"{settings().public_url.rstrip('/')}/o/{token}"


async def record(session: AsyncSession, notice_id: UUID, attempt_id: UUID, result: Result, channel: Channel) -> None:
    """Keep what became of a try. What was settled meanwhile stays as it is."""
    row = await session.get(Notice, notice_id, with_for_update=True, populate_existing=True)
    attempt = await session.get(NoticeAttempt, attempt_id)
    if row is None or attempt is None:
        return
    if attempt.outcome is None or attempt.outcome == "unknown":
        attempt.outcome, attempt.detail = result.outcome, result.detail
        attempt.gateway_id = result.gateway_id or attempt.gateway_id
    if row.status is NoticeStatus.SENDING:
        area = await area_by_id(session, row.area_id)
        await _follow(session, area, row, attempt, result, channel)
    await session.flush()


async def _follow(
    session: AsyncSession, area: ServiceArea, row: Notice, attempt: NoticeAttempt, result: Result, channel: Channel
) -> None:
    now = area.clock.now()
    match result.outcome:
        case "accepted":
            row.status, row.sent_at, row.reason = NoticeStatus.SENT, now, None
            await session.flush()
            await apply_early(session, row, attempt, now)
        case "refused":
            row.skipped_channels = [*row.skipped_channels, str(attempt.channel_id)]
            row.status, row.reason, row.next_at = NoticeStatus.WAITING, result.detail or "refused", now
        case "retry":
            await _again(session, area, row, result, now)
        case "unknown" if channel.repeats_safely:
            await _again(session, area, row, result, now)
        case "unknown" if channel.can_tell and real_now() - attempt.started_at < LEASE:
            row.claimed_at = attempt.started_at  # asked about when the lease is over
        case _:
            row.status, row.reason = NoticeStatus.UNKNOWN, result.detail or "unknown"


async def _again(session: AsyncSession, area: ServiceArea, row: Notice, result: Result, now: datetime) -> None:
    limits = (await policy_at(session, area.id, now)).limits
    row.reason = result.detail
    if row.first_tried_at and now - row.first_tried_at >= timedelta(seconds=limits.notice_retry_seconds):
        row.status = NoticeStatus.FAILED
        return
    row.status, row.next_at = NoticeStatus.WAITING, now + pause(row.tries)


async def settle_interrupted(database: Database, opening: Opening = opened, *, now: datetime | None = None) -> int:
    """Find out about notices whose worker died between sending and recording; returns how many were looked at."""
    before = (now or real_now()) - LEASE
    async with database.transaction() as session:
        open_ones = await repository.interrupted(session, before, BATCH)
        asked: list[Taken] = []
        for row, attempt, stored in open_ones:
            try:
                channel = opening(stored)
            except BadConfiguration:
                row.status, row.reason = NoticeStatus.UNKNOWN, "no_channel"
                continue
            area = await area_by_id(session, row.area_id)
            asked.append(Taken(row.id, attempt.id, channel, await outgoing(session, area, row, attempt, channel)))
    for one in asked:
        if one.channel.can_tell:
            result = await one.channel.ask(one.out)
        else:
            result = Result("retry" if one.channel.repeats_safely else "unknown", detail="interrupted")
        async with database.transaction() as session:
            await record(session, one.notice_id, one.attempt_id, result, one.channel)
    return len(open_ones)
