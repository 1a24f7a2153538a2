"""The board over HTTP: routes, what a move would cost, making it, taking it back; who may help."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, get, post, put
from litestar.datastructures import State
from litestar.params import FromPath, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders import repository as orders_repository
from dispatch.planning import models, repository
from dispatch.planning.access import PLANNERS, READERS, Sees, planner_of, seen_by, spoken, travel_of
from dispatch.planning.board import moves
from dispatch.planning.board.assignments import from_json
from dispatch.planning.board.board import Board
from dispatch.planning.board.board_cache import board_for_price, load_board, make_ready
from dispatch.planning.board.board_view import overview
from dispatch.planning.board.candidates import candidates, why_not
from dispatch.planning.board.pricing import Move, price
from dispatch.planning.board.routes import routes
from dispatch.planning.board.schemas import (
    BoardOut,
    CandidatesOut,
    DayIn,
    MoveIn,
    MoveOut,
    MovesOut,
    PinIn,
    PinOut,
    PriceOut,
    RoutesOut,
    WhyOut,
)
from dispatch.planning.board.wording import Speaker
from dispatch.technicians.service import technician_by_id
from grids.models import ServiceArea
from grids.service import area_by_id, local_day
from kit.actor import Actor, Role
from kit.errors import Invalid, Malformed, NotFound


async def may_move(session: AsyncSession, actor: Actor, area_id: UUID, data: MoveIn) -> ServiceArea:
    """The area of a move. Raises `NotFound` for what the actor may not see."""
    actor.require(*PLANNERS)
    actor.require_area(area_id)
    order = await orders_repository.get(session, actor, data.order_id)
    if order.area_id != area_id:
        raise NotFound("order.not_found", order=str(data.order_id))
    if data.technician_id is not None:
        await technician_by_id(session, actor, data.technician_id)
    if data.plan_id is not None:
        plan = await repository.plan(session, actor, data.plan_id)
        if plan.area_id != area_id:
            raise NotFound("planning.no_plan", plan=str(data.plan_id))
    return await area_by_id(session, area_id)


def move_out(row: models.Move, number: str | None, own: Sequence[models.Move], price_shown: PriceOut | None) -> MoveOut:
    """A move as HTTP says it; `own` are the asker's, newest first."""
    undoable, redoable = moves.to_undo(own), moves.to_redo(own)
    return MoveOut(
        id=row.id,
        kind=row.kind,
        date=row.service_date,
        order_id=row.order_id,
        number=number,
        at=row.at,
        cost=round(row.cost, 3),
        price=price_shown,
        undone_at=row.undone_at,
        undo_id=None if undoable is None else undoable.id,
        redo_id=None if redoable is None else redoable.id,
    )


async def one_move_out(session: AsyncSession, actor: Actor, area: ServiceArea, row: models.Move) -> MoveOut:
    """A move that was taken back or made again."""
    own = await moves.own_moves(session, actor, area.id, row.service_date)
    numbers = await repository.numbers_of(session, [row])
    return move_out(row, numbers.get(row.order_id), own, None)


async def moves_out(session: AsyncSession, own: Sequence[models.Move]) -> MovesOut:
    """One's moves of a day."""
    numbers = await repository.numbers_of(session, own)
    items = [move_out(row, numbers.get(row.order_id), own, None) for row in own]
    undoable, redoable = moves.to_undo(own), moves.to_redo(own)
    return MovesOut(
        items=items,
        undo_id=None if undoable is None else undoable.id,
        redo_id=None if redoable is None else redoable.id,
    )


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
        area = await may_move(session, actor, area_id, data)
        on, travel = data.date or local_day(area), await travel_of(session, state, area)
        loaded = await board_for_price(state.database, session, area, on, travel, data.plan_id)
        offer = price(loaded, Move(data.order_id, data.technician_id, data.position))
        return Speaker(loaded, spoken(request)).offer(offer)

    @get("/board", operation_id="getBoard", summary="Everybody's day as it is timed now")
    async def board(
        self,
        session: AsyncSession,
        actor: Actor,
        state: State,
        request: Request[Any, Any, Any],
        area_id: FromPath[UUID],
        on: Annotated[date | None, QueryParameter(name="date", description="A local day; the area's today.")] = None,
        plan_id: Annotated[UUID | None, QueryParameter(name="planId", description="A draft instead.")] = None,
    ) -> BoardOut:
        """Shifts, breaks, stops with their slack, rules that are broken, and what waits for a route."""
        actor.require(*READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        if plan_id is not None:
            await repository.plan(session, actor, plan_id)
        travel = await travel_of(session, state, area)
        loaded = await load_board(session, area, on or local_day(area), travel, plan_id=plan_id)
        orders, people = await seen_by(session, actor, area_id)
        return await asyncio.to_thread(overview, loaded, spoken(request), orders, people)

    @post("/moves", operation_id="makeMove", summary="Drop an order here", status_code=201)
    async def move(
        self,
        session: AsyncSession,
        actor: Actor,
        state: State,
        request: Request[Any, Any, Any],
        area_id: FromPath[UUID],
        data: MoveIn,
    ) -> MoveOut:
        """Assign, reassign, reorder or take off the plan, at the price that was shown: `If-Match` holds its `version`.

        On any day that is not over. 422 for a draft: apply what you want of it first.
        412 where what it relied on has changed (`current` shows the routes and what happened), 409 where a hard rule
        forbids it (`current` holds the violations), 403 where the order or a technician is outside the caller's grids.
        Undo takes it back.
        """
        area, on = await self._asked_of_the_day(session, actor, area_id, data)
        version = request.headers.get("if-match", "").strip().removeprefix("W/").strip('"')
        if not version:
            raise Malformed("planning.version_needed", field="If-Match")
        move = Move(data.order_id, data.technician_id, data.position)
        travel = await travel_of(session, state, area)
        made = await moves.make_move(session, actor, area, on, travel, move, version, spoken(request))
        own = await moves.own_moves(session, actor, area.id, on)
        number = made.board.orders[data.order_id].number
        return move_out(made.row, number, own, Speaker(made.board, spoken(request)).offer(made.offer))

    async def _asked_of_the_day(
        self, session: AsyncSession, actor: Actor, area_id: UUID, data: MoveIn
    ) -> tuple[ServiceArea, date]:
        if data.plan_id is not None:
            raise Invalid("planning.draft_is_fixed", field="planId")
        area = await may_move(session, actor, area_id, data)
        return area, data.date or local_day(area)

    @get("/moves", operation_id="listMoves", summary="One's own moves of a day")
    async def many(
        self,
        session: AsyncSession,
        actor: Actor,
        area_id: FromPath[UUID],
        on: Annotated[date | None, QueryParameter(name="date", description="A local day; the area's today.")] = None,
    ) -> MovesOut:
        """Newest first, with those that undo and redo would take."""
        area, day = await planner_of(session, actor, area_id, on)
        own = await moves.own_moves(session, actor, area.id, day)
        return await moves_out(session, own)

    @post("/moves/undo", operation_id="undoMove", summary="Take back one's newest move", status_code=200)
    async def undo(self, session: AsyncSession, actor: Actor, area_id: FromPath[UUID], data: DayIn) -> MoveOut:
        """Owners and visits as they were, and who was reported sick by a repair is at work again.

        412 naming the orders that moved since; 404 where there is nothing.
        """
        area, day = await planner_of(session, actor, area_id, data.date)
        row = await moves.undo(session, actor, area, day)
        return await one_move_out(session, actor, area, row)

    @post("/moves/redo", operation_id="redoMove", summary="Make again the move taken back last", status_code=200)
    async def redo(self, session: AsyncSession, actor: Actor, area_id: FromPath[UUID], data: DayIn) -> MoveOut:
        """As it was made. 412 naming the orders that moved since; 404 where there is nothing."""
        area, day = await planner_of(session, actor, area_id, data.date)
        row = await moves.redo(session, actor, area, day)
        return await one_move_out(session, actor, area, row)


class PlacesController(Controller):
    """Who may help with an order, and what people fix about its visit."""

    path = "/api/orders/{order_id:uuid}"
    tags = ("board",)

    @get("/candidates", operation_id="listCandidates", summary="Who may help, the cheapest first")
    async def candidates(
        self,
        session: AsyncSession,
        actor: Actor,
        state: State,
        request: Request[Any, Any, Any],
        order_id: FromPath[UUID],
        on: Annotated[date | None, QueryParameter(name="date", description="A local day; the area's today.")] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=50)] = 8,
    ) -> CandidatesOut:
        """The best place with each technician: arrival, price by term, reasons; without any, what would help."""
        loaded, people = await self._board(session, actor, state, order_id, on)
        answer = await asyncio.to_thread(candidates, loaded, order_id, limit, spoken(request))
        answer.items = [item for item in answer.items if people(item.technician_id)]
        return answer

    @get("/candidates/{technician_id:uuid}", operation_id="explainCandidate", summary="Why not this technician?")
    async def why_not(
        self,
        session: AsyncSession,
        actor: Actor,
        state: State,
        request: Request[Any, Any, Any],
        order_id: FromPath[UUID],
        technician_id: FromPath[UUID],
        on: Annotated[date | None, QueryParameter(name="date", description="A local day; the area's today.")] = None,
    ) -> WhyOut:
        """The order forced on them, the routes arranged anew, its price by term; or what stands in the way."""
        loaded, _ = await self._board(session, actor, state, order_id, on)
        await technician_by_id(session, actor, technician_id)
        return await asyncio.to_thread(why_not, loaded, order_id, technician_id, spoken(request))

    async def _board(
        self, session: AsyncSession, actor: Actor, state: State, order_id: UUID, on: date | None
    ) -> tuple[Board, Sees]:
        actor.require(*READERS)
        order = await orders_repository.get(session, actor, order_id)
        area = await area_by_id(session, order.area_id)
        loaded = await load_board(session, area, on or local_day(area), await travel_of(session, state, area))
        return loaded, (await seen_by(session, actor, area.id))[1]

    @put("/pin", operation_id="pinVisit", summary="Fix who, when, both, or the place in the route")
    async def pin(self, session: AsyncSession, actor: Actor, order_id: FromPath[UUID], data: PinIn) -> PinOut:
        """Planning and prices keep to it until it is taken off (null), which undo does too. 409 without a visit."""
        actor.require(*PLANNERS)
        order = await orders_repository.get(session, actor, order_id)
        area = await area_by_id(session, order.area_id)
        row = await moves.pin_visit(session, actor, area, order_id, data.pin)
        visit = from_json(row.after)[order_id].visit
        assert visit is not None  # noqa: S101 - only a planned visit is pinned
        return PinOut(order_id=order_id, technician_id=visit.technician_id, pin=data.pin, move_id=row.id)


class RouteController(Controller):
    """Who goes where today."""

    path = "/api/areas/{area_id:uuid}"
    tags = ("plans",)

    @get("/routes", operation_id="listRoutes", summary="Every technician's current route")
    async def routes(
        self,
        session: AsyncSession,
        actor: Actor,
        state: State,
        area_id: FromPath[UUID],
        on: Annotated[date | None, QueryParameter(name="date", description="A local day; the area's today.")] = None,
        technician_id: Annotated[
            list[UUID] | None, QueryParameter(name="technicianId", description="Only these people's.")
        ] = None,
        lines: Annotated[bool, QueryParameter(description="Without them the answer is a tenth as large.")] = True,
    ) -> RoutesOut:
        """Stops with their times in order, and the streets between them as a GeoJSON LineString."""
        actor.require(*READERS, Role.TECHNICIAN)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        travel = await travel_of(session, state, area)
        if actor.role in PLANNERS:
            make_ready(state.database, area.id, on or local_day(area), travel)
        return await routes(session, actor, area, on or local_day(area), travel if lines else None, technician_id)


ROUTES = (BoardController, PlacesController, RouteController)
