"""A day planned by hand and published, without the search: turn by turn to the two technicians of each grid; and moves
made on it.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from citymap.travel import StraightLineTravel
from dispatch.orders.models import Order, Visit, VisitStatus
from dispatch.planning.board import moves
from dispatch.planning.board.board import Board
from dispatch.planning.board.board_cache import load_board
from dispatch.planning.board.pricing import Move, price
from dispatch.planning.day.loading import TravelFacts
from dispatch.planning.drafts.applying import publish_plan
from dispatch.planning.plan_summary import OrToolsUsed, PlanSummary, PolicyUsed, TravelUsed
from dispatch.planning.runs.drafts_store import store_draft
from dispatch.planning.runs.lifecycle import OnProgress
from dispatch.planning.runs.options import PlanOptions, SearchLimit
from dispatch.planning.runs.planning import PlanResult, plan_day
from dispatch.planning.runs.summary import Solved
from dispatch.policies.plan_policies import plan_policy
from kit.actor import Actor
from optimizer.evaluation.evaluate import evaluate
from optimizer.evaluation.subproblem import timed_plan
from tests.dispatch.planning.town import DAY, EAST, Town, spread

SEARCHED = 150
"""Iterations after which a search of these small days has found what there is to find."""
SHORT = SearchLimit(iterations=SEARCHED, in_process=True)


async def planned(
    town: Town,
    on: date = DAY,
    *,
    run_id: UUID | None = None,
    on_progress: OnProgress | None = None,
    **options: Any,
) -> PlanResult:
    """The day planned by a short search in this process: the same plan on every machine. `options` of `PlanOptions`."""
    asked = {"seconds": None, "iterations": SEARCHED, "in_process": True, "allow_straight_line": True, **options}
    return await plan_day(
        town.database, await town.area(), on, PlanOptions(**asked), roads=StraightLineTravel(), run_id=run_id,
        on_progress=on_progress,
    )  # fmt: skip


async def publish(town: Town, plan_id: UUID) -> None:
    """The dispatcher publishes a draft."""
    async with town.database.transaction() as session:
        await publish_plan(session, town.dispatcher, plan_id)


def summary_of(on: date) -> PlanSummary:
    """The summary of an empty plan."""
    return PlanSummary(
        date=on, policy=PolicyUsed(code="balanced", number=0), orders=0, planned=0, technicians=0, unplanned=[],
        violations=[], cost={}, ortools=OrToolsUsed(groups=0, cost_before=0, cost_after=0, seconds=0),
        travel=TravelUsed(source="straight_line", fallback_pairs=0, unreachable_pairs=0), travel_seconds=0,
        wall_seconds=0,
    )  # fmt: skip


async def the_board(town: Town, **options: Any) -> Board:
    """The working day as the board sees it."""
    async with town.database.transaction() as session:
        return await load_board(session, await town.area(), DAY, StraightLineTravel(), **options)


async def draft(town: Town, routes: dict[UUID, list[UUID]]) -> UUID:
    """A stored draft with these routes, each timed; every other open order is left out."""
    board, area = await the_board(town), await town.area()
    plan = timed_plan(board.problem, {str(who): [str(order) for order in orders] for who, orders in routes.items()})
    async with town.database.transaction() as session:
        policy = await plan_policy(session, area.id)
        facts = TravelFacts("straight_line", 0, 0)
        judged = evaluate(board.problem, plan)
        solved = Solved(board.day, board.prepared, board.problem, plan, judged, facts, policy)
        # Nothing is said of broken rules: some stories publish what no search would propose.
        stored = await store_draft(session, area, solved, summary_of(DAY), None)
    return stored.id


async def publish_a_day(town: Town, west: int = 6, east: int = 6) -> list[Order]:
    """Orders in both grids, on everybody's phone."""
    orders = [await town.report(point) for point in (*spread(west), *spread(east, EAST))]
    routes: dict[UUID, list[UUID]] = {}
    for index, order in enumerate(orders):
        pair = (town.anna, town.bert) if index < west else (town.carl, town.dana)
        routes.setdefault(pair[index % 2], []).append(order.id)
    plan_id = await draft(town, routes)
    async with town.database.transaction() as session:
        await publish_plan(session, town.dispatcher, plan_id)
    return orders


def holder(board: Board, order: Order) -> UUID:
    """Whose route an order is on."""
    return UUID(board.ledger.where[str(order.id)])


def other(town: Town, than: UUID) -> UUID:
    """Somebody else, of the other grid."""
    return town.carl if than in (town.anna, town.bert) else town.anna


async def planned_visits(town: Town) -> dict[UUID, tuple[object, ...]]:
    """Every planned visit as people hold it."""
    async with town.database.transaction() as session:
        visits = (await session.execute(select(Visit).where(Visit.status == VisitStatus.PLANNED))).scalars()
        return {
            v.order_id: (v.technician_id, v.position, v.planned_arrival, v.planned_start, v.planned_end, v.pin)
            for v in visits
        }


async def make_move(town: Town, actor: Actor, move: Move, version: str) -> moves.Made:
    async with town.database.transaction() as session:
        return await moves.make_move(session, actor, await town.area(), DAY, StraightLineTravel(), move, version, "en")


async def move_now(town: Town, actor: Actor, order: Order, to: UUID | None, position: int | None = None) -> moves.Made:
    move = Move(order.id, to, position)
    return await make_move(town, actor, move, price(await the_board(town), move).version)
