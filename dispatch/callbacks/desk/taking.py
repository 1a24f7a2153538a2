"""Taking a call, keeping it, handing it on. A call is one agent's for a while, and free again when that has passed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.models import Account, AccountStatus
from dispatch.callbacks.desk import repository
from dispatch.callbacks.desk.models import CallbackEntry
from dispatch.callbacks.desk.timing import opens_at
from dispatch.orders import repository as orders
from dispatch.policies.service import policy_at
from grids.service import area_by_id
from kit.actor import Actor, Role
from kit.clock import real_now
from kit.errors import Conflict, Invalid
from kit.live import announce


@dataclass(frozen=True, slots=True)
class Taken:
    """The agent's call; without one, `opens_at` says from when on the desk may call, None where nothing is due."""

    entry: CallbackEntry | None
    opens_at: datetime | None = None


async def take_next(session: AsyncSession, actor: Actor, area_id: UUID) -> Taken:
    """The next call: the one that the agent holds already, else the first that is due and free.

    Two agents never get the same order, nor two orders of one subscriber. Raises `Forbidden`, `NotFound`.
    """
    me = _agent(actor)
    actor.require_area(area_id)
    real = real_now()
    mine = await repository.held_by(session, area_id, me, real)
    area = await area_by_id(session, area_id)
    now = area.clock.now()
    limits = (await policy_at(session, area_id, now)).limits
    until = real + timedelta(seconds=limits.callback_hold_seconds)
    if mine is not None:
        mine.held_until = until
        return Taken(mine)
    opens = opens_at(now, ZoneInfo(area.timezone), limits.calls_start, limits.calls_end)
    if opens is not None:
        return Taken(None, opens)
    busy: set[UUID] = set()
    while (found := await repository.first_free(session, actor, area_id, now, real, busy)) is not None:
        if found.subscriber_id is None or await repository.subscriber_is_free(session, found.subscriber_id, real):
            found.holder_id, found.held_since, found.held_until = me, real, until
            await session.flush()
            await announce(session, area_id, "callback", found.order_id)
            return Taken(found)
        busy.add(found.subscriber_id)
    return Taken(None)


async def current(session: AsyncSession, actor: Actor, area_id: UUID) -> CallbackEntry | None:
    """The call that the agent holds, as after a reload of the page."""
    me = _agent(actor)
    actor.require_area(area_id)
    return await repository.held_by(session, area_id, me, real_now())


async def keep_draft(session: AsyncSession, actor: Actor, order_id: UUID, draft: dict[str, Any]) -> CallbackEntry:
    """Keep what was answered so far; the call is held on. Raises `Conflict` where somebody else holds it."""
    entry = await _own(session, actor, order_id)
    limits = (await policy_at(session, entry.area_id, (await area_by_id(session, entry.area_id)).clock.now())).limits
    entry.draft = draft
    entry.held_until = real_now() + timedelta(seconds=limits.callback_hold_seconds)
    await session.flush()
    return entry


async def hand_over(session: AsyncSession, actor: Actor, order_id: UUID, to: UUID | None) -> None:
    """Give the call to another agent, or back to the queue (`to` None); the answers so far go with it.

    Raises `Conflict` where somebody else holds it, `Invalid` for whoever is no agent of the area.
    """
    entry = await _own(session, actor, order_id)
    if to is None:
        await repository.release(session, order_id)
    else:
        account = await session.get(Account, to)
        areas = account.area_ids if account else []
        fits = account is not None and account.role is Role.AGENT and account.status is not AccountStatus.DISABLED
        if not fits or (areas is not None and entry.area_id not in areas):
            raise Invalid("callback.no_agent", field="toAccountId")
        limits = (
            await policy_at(session, entry.area_id, (await area_by_id(session, entry.area_id)).clock.now())
        ).limits
        entry.holder_id, entry.held_since = to, real_now()
        entry.held_until = real_now() + timedelta(seconds=limits.callback_handover_seconds)
        await session.flush()
    await announce(session, entry.area_id, "callback", order_id)


async def check_free_for(session: AsyncSession, actor: Actor, order_id: UUID, number: str) -> CallbackEntry | None:
    """The queue's row of an order, locked. Raises `Conflict` while another agent is at this call."""
    entry = await repository.entry(session, order_id, lock=True)
    until = entry.held_until if entry else None
    if entry is not None and until is not None and until > real_now() and entry.holder_id != actor.account_id:
        raise Conflict("callback.taken", number=number, current={"heldUntil": until.isoformat()})
    return entry


async def _own(session: AsyncSession, actor: Actor, order_id: UUID) -> CallbackEntry:
    me = _agent(actor)
    order = await orders.get(session, actor, order_id)
    entry = await check_free_for(session, actor, order_id, order.number)
    if entry is None or entry.left_at is not None:
        raise Conflict("callback.not_due", number=order.number, status=order.status.value, current=None)
    if entry.holder_id != me:
        raise Conflict("callback.not_yours", number=order.number, current=None)
    return entry


def _agent(actor: Actor) -> UUID:
    actor.require(Role.AGENT)
    if actor.account_id is None:
        raise Conflict("callback.nobody_in_person", current=None)
    return actor.account_id
