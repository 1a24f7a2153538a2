"""Overdue warnings (超时预警) at 50, 80 and 100 % of a clock.

A sweep reads the orders whose clock runs, records each warning once and announces it. `domain.md` §5.5 says who hears.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.models import Order, OrderAlarm, Origin, Status
from dispatch.orders.rules.pauses import Pause, technician_pauses
from dispatch.policies.calendars import Calendars
from dispatch.policies.clocks import own_seconds
from dispatch.policies.limits import Limits, Running
from dispatch.policies.service import calendars_for, policy_at
from grids.models import ServiceArea
from kit.actor import Role
from kit.live import announce

AUDIENCE = (Role.TECHNICIAN, Role.GRID_LEAD, Role.DISPATCHER)
"""Who is warned at the first, second and third threshold. A manager is also warned at the last one."""


def thresholds_passed(
    start: datetime,
    due: datetime,
    now: datetime,
    limits: Limits,
    calendars: Calendars,
    runs: Running = "always",
    pauses: Sequence[Pause] = (),
) -> list[int]:
    """The warning percents of the clock's own time from `start` to `due` that are used by `now`. Pure.

    Closed hours and pauses use nothing, so no warning falls into them or at their end.
    """
    whole = own_seconds(start, due, runs, calendars, pauses)
    if whole <= 0:
        return list(limits.warning_percents) if now >= due else []
    share = own_seconds(start, min(now, due), runs, calendars, pauses) / whole * 100
    if now >= due:
        share = max(share, 100.0)
    return [percent for percent in limits.warning_percents if share >= percent]


async def warn_due(session: AsyncSession, area: ServiceArea) -> int:
    """Record and announce every warning that has become due since the last sweep. Returns their number."""
    now = area.clock.now()
    limits = (await policy_at(session, area.id, now)).limits
    wanted: list[dict[str, object]] = []
    running = await _running(session, area.id, now, limits)
    calendars = await calendars_for(session, area.id, now)
    pauses = await technician_pauses(session, area.id, [order.id for order in running])
    for order in running:
        if order.status == Status.DISPATCHED and order.accept_due_at is not None:
            # The morning's due time minus its length is where a night order's alarm begins.
            starts = order.accept_due_at - timedelta(seconds=limits.accept_reassign_seconds)
            if now >= starts + timedelta(seconds=limits.accept_alarm_seconds):
                wanted.append(_row(order, "accept", order.accept_due_at, 50, Role.DISPATCHER, now))
        if order.assessment_starts_at is None or order.technician_due_at is None:
            continue
        due = order.technician_due_at
        passed = thresholds_passed(
            order.assessment_starts_at, due, now, limits, calendars, limits.promise_runs(str(order.kind)),
            pauses.get(order.id, ()),
        )  # fmt: skip
        for position, percent in enumerate(passed):
            wanted.append(_row(order, "complete", due, percent, AUDIENCE[min(position, 2)], now))
            if percent == max(limits.warning_percents):
                wanted.append(_row(order, "complete_manager", due, percent, Role.MANAGER, now))
    given = 0
    for start in range(0, len(wanted), 1000):
        rows = await session.execute(
            insert(OrderAlarm)
            .on_conflict_do_nothing()
            .returning(OrderAlarm.order_id, OrderAlarm.clock, OrderAlarm.percent, OrderAlarm.role),
            wanted[start : start + 1000],
        )
        for row in rows:
            given += 1
            await announce(session, area.id, "alarm", row.order_id)
    return given


def _row(order: Order, clock: str, due: datetime, percent: int, role: Role, now: datetime) -> dict[str, object]:
    return {"order_id": order.id, "clock": clock, "due_at": due, "percent": percent, "role": role.value, "at": now}


async def _running(session: AsyncSession, area_id: UUID, now: datetime, limits: Limits) -> Sequence[Order]:
    """The orders whose clock runs. Suspended, merged and history orders never warn."""
    query = select(Order).where(
        Order.area_id == area_id,
        Order.status.in_((Status.DISPATCHED, Status.ACCEPTED, Status.EN_ROUTE, Status.ON_SITE)),
        Order.origin != Origin.HISTORY,
        or_(
            Order.assessment_starts_at <= now,
            Order.accept_due_at <= now + timedelta(seconds=limits.accept_reassign_seconds),
        ),
    )
    return (await session.scalars(query.order_by(Order.id))).all()
