"""What a technician has to be told when their route is another one than before. Pure but for one look at what became of
orders that left it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from mobile_api.day import repository
from mobile_api.day.schemas import ChangeKind, MobileRoute, RouteStop

NOT_TOLD = ("completed", "closed")
"""An order that the technician completed themselves leaves the route without a word."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `order_id` None: it is about the day."""

    kind: ChangeKind
    order_id: UUID | None
    number: str | None
    params: dict[str, Any] = field(default_factory=dict)


def facts_of(route: MobileRoute) -> dict[str, Any]:
    """What the next route is compared with, as JSON."""
    return {
        "day": route.date.isoformat(),
        "sequence": [str(stop.order_id) for stop in route.stops],
        "orders": {str(stop.order_id): _fact(stop) for stop in (*route.stops, *route.waiting)},
    }


def _fact(stop: RouteStop) -> dict[str, Any]:
    contact = None if stop.contact is None else hashlib.sha256(msgspec.json.encode(stop.contact)).hexdigest()[:16]
    ends = [None if one is None else one.isoformat() for one in (stop.appointment_start, stop.appointment_end)]
    return {
        "number": stop.number,
        "window": ends,
        "contact": contact,
        "begun": stop.visit_status not in (None, "planned"),
    }


async def changes_between(
    session: AsyncSession, technician_id: UUID, before: dict[str, Any], after: dict[str, Any]
) -> list[Change]:
    """What was added, taken away, cancelled, moved or corrected by others; nothing on another day."""
    if before.get("day") != after["day"]:
        return []
    was: dict[str, Any] = before["orders"]
    now: dict[str, Any] = after["orders"]
    found = [Change("added", UUID(key), fact["number"]) for key, fact in now.items() if key not in was]
    gone = [UUID(key) for key in was if key not in now]
    if gone:
        found += await _gone(session, technician_id, gone, was)
    moved = [key for key in now if key in was and now[key]["window"] != was[key]["window"]]
    if moved:
        own = await repository.own_bookings(session, [UUID(key) for key in moved])
        found += [_moved(key, now[key]) for key in moved if UUID(key) not in own]
    found += [
        Change("contact_changed", UUID(key), fact["number"])
        for key, fact in now.items()
        if key in was and was[key]["contact"] not in (None, fact["contact"])
    ]
    if _reordered(before, after):
        found.append(Change("reordered", None, None, {"numbers": [now[key]["number"] for key in after["sequence"]]}))
    return found


async def _gone(session: AsyncSession, technician_id: UUID, gone: Iterable[UUID], was: dict[str, Any]) -> list[Change]:
    rows = {row.id: row for row in await repository.afterwards(session, technician_id, list(gone))}
    found = []
    for order_id in gone:
        row = rows.get(order_id)
        number = was[str(order_id)]["number"]
        if row is not None and row.status in NOT_TOLD and row.completed_by == technician_id:
            continue
        if row is not None and row.status in ("cancelled", "merged"):
            found.append(Change("cancelled", order_id, number, {"status": row.status}))
        else:
            returned = row is not None and row.mine == "return_requested"
            found.append(Change("taken_away", order_id, number, {"returned": True} if returned else {}))
    return found


def _moved(key: str, fact: dict[str, Any]) -> Change:
    start, end = fact["window"]
    return Change("window_changed", UUID(key), fact["number"], {"windowStart": start, "windowEnd": end})


def _reordered(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether the stops of both routes that have not begun follow each other otherwise."""
    both = set(before["sequence"]) & set(after["sequence"])
    both = {key for key in both if not (before["orders"][key]["begun"] or after["orders"][key]["begun"])}
    return [key for key in before["sequence"] if key in both] != [key for key in after["sequence"] if key in both]
