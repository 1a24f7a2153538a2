"""A place in the route for work that somebody has taken, at the price that they were told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from citymap.travel import TravelSource
from dispatch.planning import repository
from dispatch.planning.board.assignments import apply_assignments, assignments_of, current_assignments
from dispatch.planning.board.board_cache import load_board
from dispatch.planning.board.moves import settled, tell
from dispatch.planning.board.pricing import Move
from grids.models import ServiceArea
from kit.actor import Actor


async def place_after(
    session: AsyncSession,
    actor: Actor,
    area: ServiceArea,
    on: date,
    travel: TravelSource | None,
    order_id: UUID,
    technician_id: UUID,
    ahead: Sequence[UUID],
) -> bool:
    """Plan an owned order's visit behind the last visit of `ahead` that is still to be made, else as the next one.

    Where that place would break a rule by now, the cheapest one that breaks none. False where there is none, or the
    order has a place already. Raises like `price`.
    """
    await repository.lock_area(session, area.id)
    as_of = area.clock.now()
    ledger = (await load_board(session, area, on, travel, as_of=as_of)).ledger
    if str(order_id) in ledger.where:
        return False
    route, before = ledger.sequence(str(technician_id)), {str(one) for one in ahead}
    position = max((index + 1 for index, one in enumerate(route) if one in before), default=0)
    for move in (Move(order_id, technician_id, position), Move(order_id, technician_id)):
        board, offer, orders = await settled(session, area, on, travel, move, as_of)
        if offer.allowed and offer.priced is not None:
            break
    else:
        return False
    current = await current_assignments(session, orders)
    published = await repository.published_plan(session, area.id, on)
    plan_id = None if published is None else published.id
    after = assignments_of(board, current, offer.priced.routes, [], plan_id)
    done = await apply_assignments(session, actor, area, after, why="dispatcher", note="offer taken")
    await tell(session, area.id, done.technicians)
    return True
