"""Whether a day still stands as a plan saw it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.planning import repository
from dispatch.planning.day.snapshot import Day, moved
from kit.errors import Conflict

MOST_NAMED = 20


async def refuse_if_moved(
    session: AsyncSession,
    seen: Mapping[str, str],
    day: Day,
    order_ids: Iterable[str],
    technician_ids: Iterable[str] = (),
) -> None:
    """Raise `Conflict` naming the orders and technicians that are not what they were when a plan had `seen` them."""
    orders, people = moved(seen, day.seen, order_ids), moved(seen, day.seen, technician_ids)
    if orders or people:
        names = await repository.numbers(session, orders) if orders else []
        names += [person.name for person in day.technicians if str(person.id) in people]
        raise Conflict(
            "planning.moved", orders=", ".join(names[:MOST_NAMED]), current={"orders": names, "orderIds": orders}
        )
