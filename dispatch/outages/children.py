"""What an outage does to its orders: muting, telling, letting go, closing. The outage is locked by the caller."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from dispatch.orders.telling import tell, window_words
from dispatch.outages import repository
from dispatch.outages.models import Outage, OutageCustomers, OutageOrder, Part
from grids.models import ServiceArea
from grids.service import local_day
from kit.actor import SYSTEM
from kit.errors import Conflict
from kit.live import announce


async def attach(session: AsyncSession, area: ServiceArea, outage: Outage, order_ids: Sequence[UUID]) -> list[UUID]:
    """Mute these orders under a confirmed outage and tell their subscribers. Who is on the way already stays."""
    now = area.clock.now()
    known = {order.id for order in await repository.concerned(session, outage.id)}
    joined = []
    for order_id in order_ids:
        try:
            async with session.begin_nested():
                act = acts.JoinOutage(outage_id=outage.id, outage_number=outage.number)
                await apply(session, SYSTEM, order_id, act)
        except Conflict:  # somebody left for it, or it ended, while we looked
            continue
        row = insert(OutageOrder).values(outage_id=outage.id, order_id=order_id, part=Part.CHILD, at=now, sampled=False)
        await session.execute(
            row.on_conflict_do_update(index_elements=["outage_id", "order_id"], set_={"part": Part.CHILD, "at": now})
        )
        joined.append(order_id)
    await count_customers(session, area, outage)
    outage.version += 1
    await session.flush()
    if outage.expected_end is not None:
        for order in await repository.concerned(session, outage.id):
            if order.id in joined and order.id not in known:
                words = end_words(area, outage.expected_end)
                await tell(session, order, "outage_known", now, f"outage-{outage.id}", **words)
    await announce(session, area.id, "outage", outage.id, version=outage.version)
    return joined


async def release(
    session: AsyncSession, outage: Outage, row: OutageOrder, because: str, at: datetime | None = None
) -> None:
    """Make a muted order one of its own again."""
    act = acts.LeaveOutage(outage_number=outage.number, because=because)  # type: ignore[arg-type]
    await apply(session, SYSTEM, row.order_id, act, occurred_at=at)
    row.part = Part.RELEASED


async def tell_all(session: AsyncSession, area: ServiceArea, outage: Outage, kind: str, cause: str) -> int:
    """Tell everybody concerned, each phone once; returns how many."""
    now = area.clock.now()
    told = await repository.concerned(session, outage.id)
    words: dict[str, Any] = (
        end_words(area, outage.expected_end) if kind != "outage_over" and outage.expected_end else {}
    )
    for order in told:
        await tell(session, order, kind, now, f"outage-{outage.id}-{cause}", **words)
    return len(told)


def end_words(area: ServiceArea, end: datetime) -> dict[str, Any]:
    """The expected end in the area's words: day and time of day."""
    words = window_words(area, end, end)
    return {"day": words["day"], "to": words["to"]}


async def count_customers(
    session: AsyncSession, area: ServiceArea, outage: Outage, total: int | None = None
) -> dict[UUID, int]:
    """Write down how many customers of each grid are interrupted: estimated, never fewer than before.

    `total` is what a person knows: it is shared out among the grids as the estimates are, largest remainders first.
    """
    shares = await repository.estimated_customers(session, outage.id, local_day(area, outage.since))
    if total is not None and shares:
        shares = shared_out(total, shares)
    for grid_id, customers in shares.items():
        row = insert(OutageCustomers).values(outage_id=outage.id, grid_id=grid_id, customers=customers)
        newest = customers if total is not None else func.greatest(OutageCustomers.customers, customers)
        await session.execute(
            row.on_conflict_do_update(index_elements=["outage_id", "grid_id"], set_={"customers": newest})
        )
    return shares


def shared_out(total: int, shares: dict[UUID, int]) -> dict[UUID, int]:
    """Whole numbers that add up to `total`, in the proportion of `shares` (largest remainder)."""
    whole = sum(shares.values()) or len(shares)
    exact = {grid: total * ((share if sum(shares.values()) else 1) / whole) for grid, share in shares.items()}
    given = {grid: int(part) for grid, part in exact.items()}
    left = total - sum(given.values())
    for grid in sorted(exact, key=lambda one: (given[one] - exact[one], str(one)))[:left]:
        given[grid] += 1
    return given
