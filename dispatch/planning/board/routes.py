"""Every technician's current route of a day: stops from the visits, lines from the streets."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from geoalchemy2.functions import ST_X, ST_Y
from sqlalchemy import and_, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.travel import TravelSource
from dispatch.orders.enums import LIVING_VISITS
from dispatch.orders.models import Order, Visit, VisitStatus
from dispatch.orders.repository import visible
from dispatch.planning import repository
from dispatch.planning.board.schemas import LineString, RoutesOut, RouteStopOut, TechnicianRoute
from dispatch.planning.day.repository import point_of
from dispatch.planning.day.snapshot import local_day
from dispatch.planning.statuses import OVER
from dispatch.technicians.models import Technician
from grids.models import ServiceArea
from kit.actor import Actor, Personal
from kit.errors import Unavailable
from kit.geo import LonLat

LINES_KEPT = 4000
LINE_SECONDS = 900
"""A line is drawn anew after a quarter of an hour, in case the city's map was imported again."""
AT_ONCE = 8

_lines: OrderedDict[tuple[UUID, tuple[LonLat, ...]], tuple[float, LineString]] = OrderedDict()


async def routes(
    session: AsyncSession,
    actor: Actor,
    area: ServiceArea,
    on: date,
    travel: TravelSource | None,
    technician_ids: Sequence[UUID] | None = None,
) -> RoutesOut:
    """The routes of a local day as far as the actor may see their orders; `technician_ids` leaves the others out.

    Without `travel` no lines are drawn. Three statements, whatever is on them.
    """
    rows = await _visits(session, actor, area, on, technician_ids)
    homes = await _homes(session, {row.technician_id for row in rows})
    plan = await repository.published_plan(session, area.id, on)
    by_person: dict[UUID, list[Row[Any]]] = {}
    for row in rows:
        by_person.setdefault(row.technician_id, []).append(row)
    gate = asyncio.Semaphore(AT_ONCE)

    async def drawn(technician_id: UUID, stops: Sequence[Row[Any]]) -> TechnicianRoute:
        home = homes[technician_id]
        start, end = point_of(home.start_lon, home.start_lat), point_of(home.end_lon, home.end_lat)
        if not actor.sees(Personal.STAFF):  # or the line would begin at somebody's home
            start = end = None
        places = [start, *(point_of(row.lon, row.lat) for row in stops), end]
        line = None
        if travel is not None:
            async with gate:
                line = await _line(area.id, travel, tuple(place for place in places if place is not None))
        return TechnicianRoute(
            technician_id=technician_id,
            name=home.name,
            start_point=start,
            end_point=end,
            stops=[_stop(row) for row in stops],
            line=line,
        )

    people = sorted(by_person, key=lambda person: (homes[person].name, person))
    found = await asyncio.gather(*(drawn(person, by_person[person]) for person in people))
    source = None if plan is None else plan.travel_source
    return RoutesOut(
        date=on,
        plan_id=None if plan is None else plan.id,
        routes=list(found),
        straight_line=source not in (None, "osrm"),
    )


async def _visits(
    session: AsyncSession, actor: Actor, area: ServiceArea, on: date, technician_ids: Sequence[UUID] | None
) -> Sequence[Row[Any]]:
    start, end = local_day(on, area.timezone)
    alive, over = Visit.status.in_(LIVING_VISITS), Visit.status.in_(OVER)
    of_the_day = or_(
        and_(alive, Visit.planned_start >= start, Visit.planned_start < end),
        and_(alive, Visit.planned_start.is_(None), Visit.departed_at >= start, Visit.departed_at < end),
        and_(over, Visit.ended_at >= start, Visit.ended_at < end),
    )
    query = (
        select(
            Visit.technician_id, Visit.status.label("visit_status"), Visit.position, Visit.planned_arrival,
            Visit.planned_start, Visit.planned_end, Visit.travel_seconds, Visit.arrived_at, Visit.ended_at, Visit.pin,
            Order.id, Order.number, Order.status, Order.level, Order.fault_type, Order.address,
            ST_X(Order.point).label("lon"), ST_Y(Order.point).label("lat"), Order.due_at,
        )
        .join(Order, Order.id == Visit.order_id)
        .where(Order.area_id == area.id, of_the_day, visible(actor))
    )  # fmt: skip
    if technician_ids is not None:
        query = query.where(Visit.technician_id.in_(technician_ids))
    rows: Sequence[Any] = (await session.execute(query)).all()
    return sorted(rows, key=_when)


def _when(row: Row[Any]) -> tuple[int, Any, int]:
    """Work done first, in the order it was done; then what is under way; then what is planned."""
    if row.ended_at is not None:
        return (0, row.ended_at, 0)
    if row.visit_status is not VisitStatus.PLANNED:
        return (1, row.arrived_at or row.planned_arrival or row.ended_at or _FAR, row.position or 0)
    return (2, row.planned_arrival or _FAR, row.position or 0)


_FAR = local_day(date(9000, 1, 1), "UTC")[0]


async def _homes(session: AsyncSession, people: set[UUID]) -> dict[UUID, Row[Any]]:
    query = select(
        Technician.id, Technician.name,
        ST_X(Technician.start_point).label("start_lon"), ST_Y(Technician.start_point).label("start_lat"),
        ST_X(Technician.end_point).label("end_lon"), ST_Y(Technician.end_point).label("end_lat"),
    ).where(Technician.id.in_(people))  # fmt: skip
    return {row.id: row for row in (await session.execute(query)).all()}


def _stop(row: Row[Any]) -> RouteStopOut:
    return RouteStopOut(
        order_id=row.id,
        number=row.number,
        status=row.status.value,
        visit_status=row.visit_status.value,
        level=row.level.value,
        fault_type=row.fault_type,
        position=row.position,
        point=point_of(row.lon, row.lat),
        address=row.address,
        planned_arrival=row.planned_arrival,
        planned_start=row.planned_start,
        planned_end=row.planned_end,
        travel_seconds=row.travel_seconds,
        arrived_at=row.arrived_at,
        ended_at=row.ended_at,
        due_at=row.due_at,
        pin=row.pin.value if row.pin else None,
    )


async def _line(area_id: UUID, travel: TravelSource, points: tuple[LonLat, ...]) -> LineString | None:
    """The streets through the points; remembered by content. None where the roads do not answer."""
    if len(points) < 2:
        return None
    key = (area_id, points)
    known = _lines.get(key)
    if known is not None and time.monotonic() - known[0] < LINE_SECONDS:
        _lines.move_to_end(key)
        return known[1]
    try:
        shape = await travel.route(points)
    except Unavailable:
        return None
    coordinates: list[list[float]] = []
    for leg in shape.legs:
        for lon, lat in leg.line:
            if not coordinates or coordinates[-1] != [lon, lat]:
                coordinates.append([lon, lat])
    line = LineString(coordinates=coordinates)
    _lines[key] = (time.monotonic(), line)
    while len(_lines) > LINES_KEPT:
        _lines.popitem(last=False)
    return line
