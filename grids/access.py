"""Who may act on a whole area: nobody who sees only a part of it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from grids.models import Grid
from kit.actor import Actor
from kit.errors import Forbidden


def is_limited(actor: Actor) -> bool:
    """Whether the actor may see only a part of an area: some grids. A contractor's people have their firm's grids."""
    return not actor.trusted and (actor.scope.grids is not None or actor.scope.contractor is not None)


async def require_whole_area(session: AsyncSession, actor: Actor, area_id: UUID) -> None:
    """Raise `Forbidden` unless the actor's scope covers every grid of the area that is in use today."""
    if not is_limited(actor):
        return
    outside = Grid.id.not_in(actor.scope.grids or ())
    beyond = select(Grid.id).where(Grid.area_id == area_id, Grid.archived_at.is_(None), outside).limit(1)
    if (await session.execute(beyond)).first() is not None:
        raise Forbidden("grid.whole_area")
