"""The place worklist: open orders that are not on the map, with the reason and all that is known; placed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.events.orm_mapping import lonlat
from dispatch.orders.intake.placing.places import PROBLEMS, find_place
from dispatch.orders.models import ACTIVE, Order, Status
from dispatch.orders.repository import visible
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.actor import Actor, Role
from kit.errors import Invalid, Problem
from kit.geo import LonLat

UNSTARTED = (Status.REPORTED, *ACTIVE)
MOST = 500
"""So many orders may be placed by one request."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order on the worklist. `given` are coordinates as the source wrote them, `candidates` what its address may
    mean (label, point, confidence, error in metres)."""

    order: Order
    point: LonLat | None
    given: str | None
    category: str | None
    candidates: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where somebody says some orders are: at a point (lon, lat), at an address, or in a grid, point unknown."""

    order_ids: Sequence[UUID]
    point: LonLat | None = None
    address: str | None = None
    grid_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of one order: its grid and what is still open, or why it could not be placed."""

    order_id: UUID
    grid_id: UUID | None = None
    place_problem: str | None = None
    refused: Problem | None = None


async def waiting(
    session: AsyncSession,
    actor: Actor,
    area: ServiceArea,
    *,
    reason: str | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[Waiting]:
    """Unfinished orders with a place problem, longest waiting first. Two statements, whatever the limit.

    What the area's clock has not reached yet is not shown. Raises `Invalid` for a reason that does not exist.
    """
    if reason is not None and reason not in PROBLEMS:
        raise Invalid("place.reason", field="reason", reason=reason, known=", ".join(PROBLEMS))
    query = select(Order).where(
        Order.area_id == area.id,
        Order.place_problem.is_not(None),
        Order.status.in_(UNSTARTED),
        Order.reported_at <= area.clock.now(),
        visible(actor),
    )
    if reason is not None:
        query = query.where(Order.place_problem == reason)
    if after is not None:
        query = query.where(tuple_(Order.reported_at, Order.id) > after)
    orders = (await session.scalars(query.order_by(Order.reported_at, Order.id).limit(limit))).all()
    reports = await _reports(session, [order.id for order in orders])
    found = []
    for order in orders:
        data = reports.get(order.id, {})
        found.append(
            Waiting(
                order, lonlat(order.point), data.get("given"), data.get("category"), list(data.get("candidates") or [])
            )
        )
    return found


async def _reports(session: AsyncSession, order_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """The data of each order's newest report."""
    query = text(
        "SELECT DISTINCT ON (order_id) order_id, data FROM order_events"
        " WHERE order_id = ANY(:ids) AND type = 'reported' ORDER BY order_id, sequence DESC"
    )
    return {row.order_id: row.data for row in await session.execute(query, {"ids": list(order_ids)})}


async def place_all(
    session: AsyncSession, actor: Actor, area_id: UUID, placements: Sequence[Placement]
) -> list[Placed]:
    """Place many orders; each on its own, so that one that cannot be placed does not hold up the others.

    Raises `Invalid` when too many are named, or a placement says nothing or contradicts itself.
    """
    actor.require(Role.AGENT, Role.DISPATCHER, Role.GRID_LEAD, Role.ADMINISTRATOR)
    actor.require_area(area_id)
    if sum(len(placement.order_ids) for placement in placements) > MOST:
        raise Invalid("place.too_many", field="placements", most=MOST)
    for number, placement in enumerate(placements):
        said = [placement.point is not None, bool(placement.address), placement.grid_id is not None]
        if sum(said) != 1:
            raise Invalid("place.one_of", field=f"placements[{number}]")
    area = await area_by_id(session, area_id)
    placed: list[Placed] = []
    for placement in placements:
        act = await _act(session, area, placement)
        for order_id in placement.order_ids:
            placed.append(await _place_one(session, actor, area, order_id, act))
    return placed


async def _act(session: AsyncSession, area: ServiceArea, placement: Placement) -> acts.Place | Problem:
    if placement.point is not None:
        return acts.Place(point=placement.point, source="placed")
    if placement.grid_id is not None:
        return acts.Place(point=None, source="placed", grid_id=placement.grid_id)
    found = await find_place(session, area, placement.address, None)
    if found.point is None:
        return Invalid("place.address_unknown", field="address", address=placement.address)
    source: Literal["geocoded"] = "geocoded"
    return acts.Place(point=found.point, source=source, address=placement.address)


async def _place_one(
    session: AsyncSession, actor: Actor, area: ServiceArea, order_id: UUID, act: acts.Place | Problem
) -> Placed:
    if isinstance(act, Problem):
        return Placed(order_id, refused=act)
    try:
        async with session.begin_nested():
            order = await session.get(Order, order_id)
            if order is not None and order.area_id != area.id:
                raise Invalid("place.other_area", field="orderIds")
            if act.point is None and order is not None:
                # Only the grid became known: the reason it waits on the worklist is the same as before.
                act = acts.Place(
                    point=None, source=act.source, grid_id=act.grid_id, problem=order.place_problem, address=act.address
                )
            done = await apply(session, actor, order_id, act)
    except Problem as problem:
        return Placed(order_id, refused=problem)
    return Placed(order_id, done.order.grid_id, done.order.place_problem)
