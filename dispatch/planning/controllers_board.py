"""The board over HTTP: what a move would cost, making it, taking it back; who may help; drafts; repairs."""

from typing import Any
from uuid import UUID

from litestar import Controller, Request, post
from litestar.datastructures import State
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.service import road_travel
from citymap.travel import StraightLineTravel, TravelSource
from dispatch.orders import repository as orders_repository
from dispatch.planning import repository
from dispatch.planning.board import Board, board
from dispatch.planning.pricing import Move, Speaker, price
from dispatch.planning.publishing import PLANNERS
from dispatch.planning.schemas_board import MoveIn, PriceOut
from dispatch.technicians.service import technician_by_id
from grids.models import ServiceArea
from grids.service import area_by_id, local_day
from kit.actor import Actor
from kit.errors import NotFound
from kit.i18n import language_of


def spoken(request: Request[Any, Any, Any]) -> str:
    """The language of the answer."""
    return language_of(request.headers.get("accept-language"))


async def travel_of(session: AsyncSession, state: State, area: ServiceArea) -> TravelSource | None:
    """The area's roads; a straight line where it has none and that is allowed."""
    travel: TravelSource | None = await road_travel(session, area.id, state.roads)
    if travel is None and area.straight_line_allowed:
        travel = StraightLineTravel()
    return travel


async def asked(session: AsyncSession, actor: Actor, state: State, area_id: UUID, data: MoveIn) -> tuple[Board, Move]:
    """The board and the move a request is about. Raises `NotFound` for what the actor may not see."""
    actor.require(*PLANNERS)
    actor.require_area(area_id)
    area = await area_by_id(session, area_id)
    order = await orders_repository.get(session, actor, data.order_id)
    if order.area_id != area_id:
        raise NotFound("order.not_found", order=str(data.order_id))
    if data.technician_id is not None:
        await technician_by_id(session, actor, data.technician_id)
    if data.plan_id is not None:
        plan = await repository.plan(session, actor, data.plan_id)
        if plan.area_id != area_id:
            raise NotFound("planning.no_plan", plan=str(data.plan_id))
    found = await board(
        session, area, data.date or local_day(area), await travel_of(session, state, area), plan_id=data.plan_id
    )
    return found, Move(data.order_id, data.technician_id, data.position)


class BoardController(Controller):
    """The working day of an area: prices and moves."""

    path = "/api/areas/{area_id:uuid}"
    tags = ("board",)

    @post("/moves/price", operation_id="priceMove", summary="What dropping an order here would cost", status_code=200)
    async def price(
        self,
        session: AsyncSession,
        actor: Actor,
        state: State,
        request: Request[Any, Any, Any],
        area_id: FromPath[UUID],
        data: MoveIn,
    ) -> PriceOut:
        """New times of every changed stop, who becomes late, extra driving, cost by term, rules broken.

        Nothing is changed. Send `version` as `If-Match` with the move itself.
        """
        found, move = await asked(session, actor, state, area_id, data)
        return Speaker(found, spoken(request)).offer(price(found, move))


ROUTES = (BoardController,)
