"""What somebody limited to some grids may do to an area's plans: their own part of a day, never the whole.

Reading is cut to what the actor may see; writing follows the same limits. An act on the whole day (run, stop, publish,
discard, repair, take back) asks `grids.access.require_whole_area`. A move, a pin, an undo and an applied part need
their orders and technicians inside the scope.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.planning import repository
from grids.access import is_limited
from kit.actor import Actor
from kit.errors import Forbidden


class Ordered(Protocol):
    """The part of a change that names its order."""

    @property
    def id(self) -> UUID: ...


class Moved(Protocol):
    """A change of a draft: an order, whose it becomes, and whose it was."""

    @property
    def order(self) -> Ordered: ...
    @property
    def technician_id(self) -> UUID | None: ...
    @property
    def previous(self) -> UUID | None: ...


class Visited(Protocol):
    """Whose a planned visit is."""

    @property
    def technician_id(self) -> UUID: ...


class Assigned(Protocol):
    """Whose an order is, and its planned visit."""

    @property
    def owner_id(self) -> UUID | None: ...
    @property
    def visit(self) -> Visited | None: ...


async def require_part(
    session: AsyncSession, actor: Actor, area_id: UUID, order_ids: Iterable[UUID], people: Iterable[UUID | None]
) -> None:
    """Raise `Forbidden` unless the actor may see all of these open orders and technicians (None: nobody)."""
    if not is_limited(actor):
        return
    orders, technicians = await repository.seen_by(session, actor, area_id)
    if not (set(order_ids) <= orders and set(people) - {None} <= technicians):
        raise Forbidden("planning.beyond_your_grids")


async def require_swap(
    session: AsyncSession, actor: Actor, area_id: UUID, now: Mapping[UUID, Assigned], then: Mapping[UUID, Assigned]
) -> None:
    """Raise `Forbidden` unless every order that goes to somebody else, and both people, are in the actor's scope.

    Orders that stay with their technician only get new times; they are not asked about.
    """
    going = [key for key in now if key not in then or _whose(now[key]) != _whose(then[key])]
    people = {person for key in going for side in (now, then) if key in side for person in _whose(side[key])}
    await require_part(session, actor, area_id, going, people)


def _whose(one: Assigned) -> frozenset[UUID | None]:
    return frozenset({one.owner_id, None if one.visit is None else one.visit.technician_id})


async def part_of[M: Moved](session: AsyncSession, actor: Actor, area_id: UUID, changes: list[M]) -> list[M]:
    """Those of a draft's changes whose order and technicians the actor may see."""
    if not is_limited(actor):
        return changes
    orders, technicians = await repository.seen_by(session, actor, area_id)
    return [
        change
        for change in changes
        if change.order.id in orders and {change.technician_id, change.previous} - {None} <= technicians
    ]
