"""How long the price of a drop takes on the city's own roads: 300 technicians, 3,000 visits, 200 hovers over HTTP while
a plan of the same day is solved; and the first price after a change, when the board is made anew.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import numpy as np
from sqlalchemy import insert, text, update
from sqlalchemy.dialects.postgresql import Range

from benchmarks.city import BenchCity
from citymap.importing import import_city
from citymap.osrm.client import RoadsClient, roads_process
from citymap.repository import active_map
from citymap.service import road_travel
from citymap.travel import OsrmTravel
from dispatch.accounts.service import create_account, create_token
from dispatch.orders.models import Order, Status, Visit, VisitStatus
from dispatch.orders.models.append_only import TRACE
from dispatch.planning.board.board import Board
from dispatch.planning.board.board_cache import load_board
from dispatch.planning.runs.options import PlanOptions
from dispatch.planning.runs.planning import plan_day
from dispatch.policies.service import install_defaults
from dispatch.technicians.models import RosterPattern, Technician
from grids.models import AreaKind, ServiceArea
from grids.repository import area_by_code
from grids.service import create_area
from kit.actor import Role
from kit.db import Database
from kit.errors import Conflict
from kit.ids import uuid7
from kit.settings import settings
from optimizer.evaluation.subproblem import timed_plan
from optimizer.evaluation.timetable import Timetable

TECHNICIANS, VISITS, HOVERS, CHANGES = 300, 3000, 200, 8
CODE, DAY = "bench-hover", date(2022, 9, 27)
FORGET = (
    f"{TRACE} WHERE area_id = :area",
    "DELETE FROM plan_moves WHERE area_id = :area",
    "DELETE FROM visits v USING orders o WHERE o.id = v.order_id AND o.area_id = :area",
    "DELETE FROM plan_runs WHERE area_id = :area",
    "DELETE FROM plans WHERE area_id = :area",
    "DELETE FROM orders WHERE area_id = :area",
)


@dataclass(frozen=True, slots=True)
class Hovers:
    """Seconds: of the first price of all, of each hover, and of each first price after a move of one's own."""

    first: float
    hovers: Sequence[float]
    after_moves: Sequence[float]
    moves: Sequence[float]


async def hovers(database: Database, url: str, site: httpx.AsyncClient, city: BenchCity) -> Hovers:
    """Price and move on a large board, a plan of the same day being solved meanwhile."""
    async with roads_process(settings().roads_socket, settings().data_home, url) as client:
        area, travel, token = await _prepared(database, city, client)
        stopped = asyncio.Event()
        planning = asyncio.create_task(_plan(database, area, travel, stopped))
        await asyncio.sleep(8)
        site.headers.update({"Authorization": f"Bearer {token}", "Accept-Language": "en"})
        found = await _hover(site, f"/api/areas/{area.id}")
        if planning.done():
            raise RuntimeError("the plan was solved before the hovers were over")
        stopped.set()
        await asyncio.gather(planning, return_exceptions=True)
    return found


async def _hover(site: httpx.AsyncClient, path: str) -> Hovers:
    answer = await site.get(f"{path}/board", params={"date": str(DAY)})
    answer.raise_for_status()
    rows = [row for row in answer.json()["rows"] if row["stops"]]
    draw = random.Random(1)

    async def timed(body: dict[str, Any], made: str = "/price", **headers: str) -> tuple[float, dict[str, Any]]:
        began = time.perf_counter()
        priced = await site.post(f"{path}/moves{made}", json=body, headers=headers)
        took = time.perf_counter() - began
        priced.raise_for_status()
        return took, priced.json()

    def drop() -> dict[str, Any]:
        source, target = draw.sample(rows, 2)
        order = draw.choice(source["stops"])["orderId"]
        position = draw.randint(0, len(target["stops"]))
        return {"orderId": order, "technicianId": target["technicianId"], "position": position, "date": str(DAY)}

    first, _ = await timed(drop())
    taken = [(await timed(drop()))[0] for _ in range(HOVERS)]
    moves: list[float] = []
    after: list[float] = []
    while len(moves) < CHANGES:
        body = drop() | {"position": None}
        _, price = await timed(body)
        if not price["allowed"]:
            continue
        took, _ = await timed(body, "", **{"If-Match": f'"{price["version"]}"', "Idempotency-Key": str(uuid7())})
        moves.append(took)
        after.append((await timed(drop() | {"position": None}))[0])
    return Hovers(first, taken, after, moves)


async def _plan(database: Database, area: ServiceArea, travel: OsrmTravel, stopped: asyncio.Event) -> None:
    try:
        await plan_day(database, area, DAY, PlanOptions(seconds=240), roads=travel, cancelled=stopped.is_set)
    except Conflict:
        return


async def _prepared(database: Database, city: BenchCity, client: RoadsClient) -> tuple[ServiceArea, OsrmTravel, str]:
    """The area on the city's roads, its day on everybody's phone, and a dispatcher's token; made anew each time."""
    zone, places = city.area.timezone, city.points()
    async with database.transaction() as session:
        area = await area_by_code(session, CODE)
        if area is None:
            area = await create_area(session, CODE, "Board", zone, kind=AreaKind.TRIAL)
            await install_defaults(session, area)
            await _people(session, area, places)
        known = await active_map(session, area.id)
    if known is None:
        await import_city(database, area.id, city.extract)
    await _orders(database, area, places)
    opening = datetime.combine(DAY, clock_time(7, 30), ZoneInfo(zone))
    async with database.transaction() as session:
        area = await session.get(ServiceArea, area.id)
        assert area is not None
        area.clock_real_anchor, area.clock_area_anchor, area.clock_speed = opening, opening, 0.0
    async with database.transaction() as session:
        travel = await road_travel(session, area.id, client)
        assert travel is not None
        found = await load_board(session, area, DAY, travel)
    await _visits(database, found)
    async with database.transaction() as session:
        name = f"hover-{uuid7()}"
        secret = str(uuid7())
        account = await create_account(session, name, "Hover", Role.DISPATCHER, area_ids=[area.id], password=secret)
        token, secret = await create_token(session, account, "bench")
        assert token is not None
    return area, travel, secret


def _point(draw: random.Random, places: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Within a few houses of a place where somebody really reported something."""
    lon, lat = draw.choice(places)
    return round(lon + draw.uniform(-6e-4, 6e-4), 6), round(lat + draw.uniform(-4e-4, 4e-4), 6)


async def _people(session: Any, area: ServiceArea, places: Sequence[tuple[float, float]]) -> None:
    draw = random.Random(2)
    people = []
    for number in range(TECHNICIANS):
        lon, lat = _point(draw, places)
        home = f"SRID=4326;POINT({lon} {lat})"
        people.append(
            Technician(
                area_id=area.id,
                employee_number=f"B{number}",
                name=f"Technician {number}",
                start_point=home,
                end_point=home,
                max_visits=14,
            )
        )
    session.add_all(people)
    await session.flush()
    for person in people:
        session.add(
            RosterPattern(
                technician_id=person.id,
                weekdays=[1, 2, 3, 4, 5, 6, 7],
                starts=clock_time(8),
                ends=clock_time(18),
                breaks=[{"seconds": 2700, "earliest": "11:30", "latest": "13:30"}],
                valid=Range(date(2020, 1, 1), None),
            )
        )


async def _orders(database: Database, area: ServiceArea, places: Sequence[tuple[float, float]]) -> None:
    draw = random.Random(3)
    reported = datetime.combine(DAY, clock_time(6), ZoneInfo(area.timezone))
    rows = []
    for number in range(VISITS):
        lon, lat = _point(draw, places)
        at = reported + timedelta(seconds=number)
        rows.append(
            {
                "id": uuid7(), "area_id": area.id, "number": f"B{number:05}", "fault_type": "no_service",
                "skill_level": 1, "service_seconds": draw.randint(15, 35) * 60, "priority": 0,
                "point": f"SRID=4326;POINT({lon} {lat})", "point_source": "given", "status": Status.REPORTED,
                "reported_at": at, "status_since": at, "due_at": at + timedelta(hours=draw.randint(4, 12)),
                "technician_due_at": at + timedelta(hours=11), "grid_due_at": at + timedelta(hours=11),
                "company_due_at": at + timedelta(hours=11), "escalated_to_lead": False, "edited_by_person": False,
            }
        )  # fmt: skip
    async with database.transaction() as session:
        for statement in FORGET:
            await session.execute(text(statement), {"area": area.id} if ":area" in statement else {})
        for begin in range(0, len(rows), 500):
            await session.execute(insert(Order), rows[begin : begin + 500])


async def _visits(database: Database, found: Board) -> None:
    """The nearest free technician takes each visit, in the order of reports; all timed as the board would."""
    problem = found.problem
    people = problem.technicians
    homes = np.array([person.start_location for person in people])
    counts = np.zeros(len(people))
    sequences: dict[str, list[str]] = {person.id: [] for person in people}
    table = Timetable(problem)
    for visit in problem.visits:
        for index in np.argsort(problem.durations[homes, visit.location] + 700 * counts)[:20]:
            order = [*sequences[people[index].id], visit.id]
            if counts[index] < 13 and table.route(people[index].id, order) is not None:
                sequences[people[index].id] = order
                counts[index] += 1
                break
    plan = timed_plan(problem, sequences)
    instant = found.day.span.instant
    rows, owners = [], []
    for route in plan.routes:
        for position, stop in enumerate(route.stops):
            rows.append(
                {
                    "id": uuid7(), "order_id": UUID(stop.visit_id), "technician_id": UUID(route.technician_id),
                    "position": position, "status": VisitStatus.PLANNED, "planned_arrival": instant(stop.arrival),
                    "planned_start": instant(stop.start), "planned_end": instant(stop.departure),
                    "travel_seconds": stop.travel_seconds,
                }
            )  # fmt: skip
            owners.append({"id": UUID(stop.visit_id), "owner_id": UUID(route.technician_id)})
    async with database.transaction() as session:
        await session.execute(insert(Visit), rows)
        await session.execute(update(Order), [{**o, "status": Status.DISPATCHED} for o in owners])
