"""Is a report one voice of an outage? Asked of every report as it comes, and by sweep of those that came otherwise.

A report joins the outage that covers it. Else an outage is suspected, for the first of these reasons that holds:

1. *alarm*: monitoring reports a node.
2. *same_node*, *same_building*: as many different subscribers as the policy says, within its window (§10: 3 in 30 min).
3. *improbable*: within 300 m so many reports in the window that their number is less probable than the policy says,
   given the same hours of the same weekday of the last 8 weeks (`statistics.chance_of`, the conditional test of
   Przyborowski and Wilenski 1940). The hour around the moment counts on both sides, so that a week gives six windows;
   with fewer than two weeks of history nothing is judged by it.

What an outage named already is never a reason again: a dismissed one is not proposed anew for the same reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.events.orm_mapping import lonlat
from dispatch.orders.models import Channel, Kind, Order, Origin
from dispatch.outages import repository
from dispatch.outages.children import attach
from dispatch.outages.models import Outage, OutageEvent, OutageOrder, OutageStatus, OutageWatch, Part, Why
from dispatch.outages.statistics import chance_of
from dispatch.policies.limits import Limits
from dispatch.policies.service import policy_at
from grids.models import ServiceArea
from kit.live import announce

SPAN = timedelta(hours=3)
"""So much of each earlier week is compared with: an hour and a half on both sides of the moment."""
LEAST_WEEKS = 2
_LOOK_BACK = timedelta(hours=1)
"""How far the first look at an area goes back."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Why an outage is likely, and which reports say so."""

    why: Why
    order_ids: tuple[UUID, ...]
    probability: float | None = None
    expected: float | None = None


async def look_at(session: AsyncSession, area: ServiceArea, order_ids: Iterable[UUID]) -> int:
    """Look at these reports, oldest first; returns how many an outage took in or was made of.

    Nothing may be locked before: an outage of the area holds the others back until the transaction ends.
    """
    taken = 0
    for order_id in order_ids:
        order = await session.get(Order, order_id)
        if order is not None and await _look(session, area, order):
            taken += 1
    return taken


async def watch(session: AsyncSession, area: ServiceArea) -> int:
    """Look at what was reported since the last time, by the area's clock; returns how many an outage took in."""
    now = area.clock.now()
    known = await session.get(OutageWatch, area.id)
    after = known.looked_until if known is not None else now - _LOOK_BACK
    row = insert(OutageWatch).values(area_id=area.id, looked_until=now)
    await session.execute(
        row.on_conflict_do_update(index_elements=["area_id"], set_={"looked_until": now}),
        execution_options={"populate_existing": True},
    )
    if known is not None:
        await session.refresh(known)
    return await look_at(session, area, await repository.new_reports(session, area.id, after, now))


async def _look(session: AsyncSession, area: ServiceArea, order: Order) -> bool:
    if order.kind != Kind.REPAIR or order.origin is Origin.HISTORY or await _is_named(session, order.id):
        return False
    limits = (await policy_at(session, area.id, order.reported_at)).limits
    if await _taken_in(session, area, order, limits):
        return True
    found = await suspicion(session, order, limits)
    if found is None:
        return False
    await repository.hold(session, area.id)
    if await _is_named(session, order.id) or await _taken_in(session, area, order, limits):
        return True
    again = await suspicion(session, order, limits)  # others may have named the reports while we waited
    if again is None:
        return False
    await suspect(session, area, order, again)
    return True


async def _is_named(session: AsyncSession, order_id: UUID) -> bool:
    return bool(await repository.names(session, order_id))


async def _taken_in(session: AsyncSession, area: ServiceArea, order: Order, limits: Limits) -> bool:
    """Whether a living outage takes the report in: a confirmed one mutes it, a suspected one names it."""
    lon, lat = lonlat(order.point) or (None, None)
    found = await repository.covering(
        session, area.id, order.reported_at, node=order.network_node, lon=lon, lat=lat,
        radius=limits.outage_radius_metres,
    )  # fmt: skip
    if found is None:
        return False
    await repository.hold(session, area.id)
    if await _is_named(session, order.id):  # by whom we waited for
        return True
    outage = await session.get_one(Outage, found.id, with_for_update=True, populate_existing=True)
    if outage.status is OutageStatus.CONFIRMED:
        return bool(await attach(session, area, outage, [order.id]))
    if outage.status is not OutageStatus.SUSPECTED:
        return False
    session.add(OutageOrder(outage_id=outage.id, order_id=order.id, part=Part.NAMED, at=area.clock.now()))
    outage.version += 1
    await session.flush()
    await announce(session, area.id, "outage", outage.id, version=outage.version)
    return True


async def suspicion(session: AsyncSession, order: Order, limits: Limits) -> Suspicion | None:
    """Why this report makes an outage likely, None where it does not. Four statements at most."""
    if order.channel == Channel.MONITORING and order.network_node:
        return Suspicion(Why.ALARM, (order.id,))
    window = timedelta(seconds=limits.outage_window_seconds)
    rows = await repository.around(session, order, window, limits.outage_radius_metres)
    for why, found in (
        (Why.NODE, [row for row in rows if row.same_node]),
        (Why.BUILDING, [row for row in rows if row.same_building]),
    ):
        if _voices(found) >= limits.outage_reports:
            return Suspicion(why, tuple(row.id for row in found))
    if order.point is None:
        return None
    near = [row for row in rows if row.is_near]
    return await _improbable(session, order, near, limits, window)


async def _improbable(
    session: AsyncSession, order: Order, rows: Sequence[Row[Any]], limits: Limits, window: timedelta
) -> Suspicion | None:
    voices = _voices(rows)
    if voices < limits.outage_reports:
        return None
    first = await repository.first_report(session, order.area_id)
    weeks = min(limits.outage_history_weeks, (order.reported_at - first).days // 7) if first else 0
    if weeks < LEAST_WEEKS:
        return None
    before = await repository.before(session, order, weeks, SPAN, limits.outage_radius_metres)
    windows = weeks * (SPAN / window)
    probability = chance_of(voices, before, windows)
    if probability >= limits.outage_probability:
        return None
    return Suspicion(Why.NEARBY, tuple(row.id for row in rows), probability, before / windows)


def _voices(rows: Iterable[Row[Any]]) -> int:
    return len({row.who for row in rows})


async def suspect(session: AsyncSession, area: ServiceArea, order: Order, found: Suspicion) -> Outage:
    """Propose an outage. The area's outages are held."""
    now: datetime = area.clock.now()
    firsts = [row for row in [await session.get(Order, order_id) for order_id in found.order_ids] if row is not None]
    outage = Outage(
        area_id=area.id, number=await repository.next_number(session, area.id, area.code),
        status=OutageStatus.SUSPECTED, why=found.why,
        network_node=order.network_node if found.why in (Why.NODE, Why.ALARM) else None,
        place=next((one.address for one in firsts if one.address), None),
        shape=None if found.why in (Why.NODE, Why.ALARM) else await repository.hull(session, found.order_ids),
        since=min(one.reported_at for one in firsts), suspected_at=now, probability=found.probability,
        expected_reports=found.expected,
    )  # fmt: skip
    if outage.network_node is None and outage.shape is None:  # one building by its address, without a place
        outage.network_node = order.network_node or f"@{order.address}"
    session.add(outage)
    await session.flush()
    session.add_all(
        OutageOrder(outage_id=outage.id, order_id=order_id, part=Part.NAMED, at=now) for order_id in found.order_ids
    )
    session.add(OutageEvent(outage_id=outage.id, kind="suspected", at=now, by=None, note=None,
                            data={"reports": len(found.order_ids), "why": found.why.value}))  # fmt: skip
    await session.flush()
    await announce(session, area.id, "outage", outage.id, version=outage.version)
    return outage
