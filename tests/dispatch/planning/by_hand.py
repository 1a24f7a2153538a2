"""A day planned by hand and published, without the search: turn by turn to the two technicians of each grid."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from citymap.travel import StraightLineTravel
from dispatch.orders.models import Order
from dispatch.planning import repository
from dispatch.planning.board.board import Board, board
from dispatch.planning.day.snapshot import fingerprint
from dispatch.planning.drafts.applying import publish_plan
from dispatch.planning.models import Plan, PlanStatus
from kit.ids import uuid7
from optimizer.evaluation.subproblem import timed_plan
from tests.dispatch.planning.town import DAY, EAST, Town, spread


async def the_board(town: Town, **options: Any) -> Board:
    """The working day as the board sees it."""
    async with town.database.transaction() as session:
        return await board(session, await town.area(), DAY, StraightLineTravel(), **options)


async def draft(town: Town, routes: dict[UUID, list[UUID]]) -> UUID:
    """A stored draft with these routes, each timed; every other open order is left out."""
    found = await the_board(town)
    planned = timed_plan(found.problem, {str(who): [str(order) for order in orders] for who, orders in routes.items()})
    span, area = found.day.span, await town.area()
    plan = Plan(
        id=uuid7(), area_id=area.id, service_date=DAY, status=PlanStatus.DRAFT, fingerprint=fingerprint(found.day.seen),
        summary={"travel": {"source": "straight_line"}}, seen=found.day.seen, created_at=area.clock.now(),
    )  # fmt: skip
    rows = [
        {
            "plan_id": plan.id, "order_id": UUID(stop.visit_id), "technician_id": UUID(route.technician_id),
            "position": position, "arrival": span.instant(stop.arrival), "start": span.instant(stop.start),
            "departure": span.instant(stop.departure), "travel_seconds": stop.travel_seconds,
            "travel_metres": stop.distance,
        }
        for route in planned.routes
        for position, stop in enumerate(route.stops)
    ]  # fmt: skip
    async with town.database.transaction() as session:
        session.add(plan)
        await session.flush()
        await repository.add_stops(session, rows, [])
    return plan.id


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


def holder(found: Board, order: Order) -> UUID:
    """Whose route an order is on."""
    return UUID(found.ledger.where[str(order.id)])


def other(town: Town, than: UUID) -> UUID:
    """Somebody else, of the other grid."""
    return town.carl if than in (town.anna, town.bert) else town.anna
