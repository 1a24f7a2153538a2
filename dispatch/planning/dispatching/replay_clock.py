"""Moving a trial area's clock: what falls due on the way is done at its own time and in order.

The clock stops at every instant at which something happens by itself (an order reported then comes to light, an
acceptance runs out, a suspension ends), the sweep runs there, and at last the clock stands at the time asked for. A few
dozen instants share a transaction: an interrupted move leaves the clock at one of them, and moving it again goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.planning import repository
from dispatch.planning.day.snapshot import local_day
from dispatch.planning.dispatching import repository as duty_repository
from dispatch.planning.dispatching.auto_dispatch import Swept, sweep
from grids.access import require_whole_area
from grids.models import AreaKind, ServiceArea
from grids.service import area_by_id, set_clock
from grids.service import local_day as today_of
from kit.actor import SYSTEM, Actor, Role
from kit.clock import real_now
from kit.db import Database
from kit.errors import Conflict, Invalid
from kit.jobs import defer
from kit.live import announce

MOMENTS_PER_TRANSACTION = 50
MOST_DAYS = 400
SEND = "notices.send"

_NEWEST_EVENT = text(
    """
    SELECT max(e.occurred_at) FROM order_events e JOIN orders o ON o.id = e.order_id
    WHERE o.area_id = :area AND o.origin <> 'history' AND o.reported_at <= :now
      AND e.type NOT IN ('reported', 'archived', 'placed', 'edited')
    """
)
"""What was decided in the area. Reports of a file are no such thing: they come to light when the clock reaches them."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Where the clock stands now, and what happened on the way."""

    now: datetime
    speed: float
    swept: Swept
    moments: int


async def advance_clock(database: Database, actor: Actor, area_id: UUID, to: datetime, speed: float = 0.0) -> Moved:
    """Bring a trial area to `to` (aware) and let it run on at `speed` (0 stands still until moved).

    Raises `Conflict` in an ordinary area or when the clock would go back, `Invalid` for a naive or absurdly far time.
    """
    actor.require(Role.ADMINISTRATOR, Role.DISPATCHER, Role.MANAGER)
    actor.require_area(area_id)
    if to.tzinfo is None:
        raise Invalid("clock.naive", field="now")
    async with database.transaction() as session:
        await require_whole_area(session, actor, area_id)
    swept, moments, first = Swept(), 0, True
    while True:
        async with database.transaction() as session:
            area, step, count, arrived = await _some_moments(session, area_id, to, speed, first)
            swept, moments, first = swept + step, moments + count, False
            if arrived:
                # What fell due is sent now: by the worker's own beat an hour of the area may be long over.
                await defer(session, SEND, queueing_lock=SEND, timestamp=int(real_now().timestamp()))
                await announce(session, area_id, "clock", area_id)
                return Moved(area.clock.now(), speed, swept, moments)


async def begin_past_day(database: Database, area: ServiceArea, day: date) -> datetime | None:
    """Bring a trial area to the first instant of a day that is past for it; returns where its clock stands then.

    None, and nothing is changed, where the day is not past or the area is an ordinary one. Raises `Conflict` where the
    clock would go back behind what was decided; nothing is written then.
    """
    if area.kind is not AreaKind.TRIAL or day >= today_of(area):
        return None
    start, _ = local_day(day, area.timezone)
    if area.clock.is_replay:
        now = area.clock.now()
        raise Conflict("clock.backwards", area=area.code, now=now.isoformat(), wanted=start.isoformat())
    return (await advance_clock(database, SYSTEM, area.id, start)).now


async def _some_moments(
    session: AsyncSession, area_id: UUID, to: datetime, speed: float, first: bool
) -> tuple[ServiceArea, Swept, int, bool]:
    await repository.lock_area(session, area_id)
    area = await area_by_id(session, area_id)
    await session.refresh(area)
    if not area.clock.is_replay:
        newest = (await session.execute(_NEWEST_EVENT, {"area": area_id, "now": to})).scalar_one()
        area = await set_clock(session, area_id, to, speed, newest_event=newest)
        return area, await sweep(session, area), 1, True
    current = area.clock.now(real_now())
    if to < current and not first:
        return area, Swept(), 0, True  # another mover was quicker and went further
    if to - current > timedelta(days=MOST_DAYS):
        raise Conflict("clock.too_far", area=area.code, days=MOST_DAYS)
    swept = Swept()
    for count in range(MOMENTS_PER_TRANSACTION):
        due = await duty_repository.next_due(session, area_id, current)
        if due is None or due >= to:
            area = await set_clock(session, area_id, to, speed)
            return area, swept + await sweep(session, area), count + 1, True
        # Standing still, every decision of this moment bears its own time to the microsecond.
        area = await set_clock(session, area_id, due, 0)
        swept = swept + await sweep(session, area, since=current)
        current = due
    return area, swept, MOMENTS_PER_TRANSACTION, False
