"""How long the price of a drop takes: 300 technicians, 3,000 visits, 200 hovers over HTTP while a plan is solved."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import numpy as np
from sqlalchemy import insert, text, update
from sqlalchemy.dialects.postgresql import Range

from citymap.travel import StraightLineTravel
from dispatch.accounts.service import create_account, create_token
from dispatch.orders.models import Order, Status, Visit, VisitStatus
from dispatch.planning.board import Board, board
from dispatch.planning.service import plan_day
from dispatch.policies.service import install_defaults
from dispatch.technicians.models import RosterPattern, Technician
from grids.models import AreaKind, ServiceArea
from grids.repository import area_by_code
from grids.service import create_area
from kit.actor import Role
from kit.db import Database
from kit.errors import Conflict
from kit.ids import uuid7
from optimizer.edits import timed_plan
from optimizer.schedule import Timetable

TECHNICIANS, VISITS, HOVERS = 300, 3000, 200
CODE, DAY, ZONE = "bench-board", date(2022, 9, 27), "America/Vancouver"
CENTRE, DEGREES = (-123.1, 49.25), 0.12


async def hovers(database: Database, site: httpx.AsyncClient) -> list[float]:
    """Seconds of each hover, a plan of the same day being solved meanwhile; the first warms nothing up."""
    area, token = await _prepared(database)
    stopped = asyncio.Event()
    planning = asyncio.create_task(_plan(database, area, stopped))
    await asyncio.sleep(8)
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
    answer = await site.get(f"/api/areas/{area.id}/board", params={"date": str(DAY)}, headers=headers)
    answer.raise_for_status()
    rows = answer.json()["rows"]
    draw = random.Random(1)
    moves = []
    for _ in range(HOVERS):
        source, target = draw.sample([row for row in rows if row["stops"]], 2)
        order = draw.choice(source["stops"])["orderId"]
        moves.append((order, target["technicianId"], draw.randint(0, len(target["stops"]))))
    seconds = []
    for order, technician, position in moves:
        body = {"orderId": order, "technicianId": technician, "position": position, "date": str(DAY)}
        began = time.perf_counter()
        priced = await site.post(f"/api/areas/{area.id}/moves/price", json=body, headers=headers)
        seconds.append(time.perf_counter() - began)
        priced.raise_for_status()
    if planning.done():
        raise RuntimeError("the plan was solved before the hovers were over")
    stopped.set()
    await asyncio.gather(planning, return_exceptions=True)
    return seconds


async def _plan(database: Database, area: ServiceArea, stopped: asyncio.Event) -> None:
    try:
        await plan_day(
            database, area, DAY, travel=StraightLineTravel(), seconds=240, allow_straight_line=True,
            cancelled=stopped.is_set,
        )  # fmt: skip
    except Conflict:
        return


async def _prepared(database: Database) -> tuple[ServiceArea, str]:
    """The area, its day on everybody's phone, and a dispatcher's token; made anew each time."""
    async with database.transaction() as session:
        area = await area_by_code(session, CODE)
        if area is None:
            area = await create_area(session, CODE, "Board", ZONE, kind=AreaKind.TRIAL)
            await install_defaults(session, area)
            area.straight_line_allowed = True
            await _people(session, area)
    await _orders(database, area)
    opening = datetime.combine(DAY, clock_time(7, 30), ZoneInfo(ZONE))
    async with database.transaction() as session:
        area = await session.get(ServiceArea, area.id)
        assert area is not None
        area.clock_real_anchor, area.clock_area_anchor, area.clock_speed = opening, opening, 0.0
    async with database.transaction() as session:
        found = await board(session, area, DAY, StraightLineTravel())
    await _visits(database, found)
    async with database.transaction() as session:
        name = f"hover-{uuid7()}"
        secret = str(uuid7())
        account = await create_account(session, name, "Hover", Role.DISPATCHER, area_ids=[area.id], password=secret)
        token, secret = await create_token(session, account, "bench")
        assert token is not None
    return area, secret


def _point(draw: random.Random) -> tuple[float, float]:
    return CENTRE[0] + draw.uniform(-DEGREES, DEGREES), CENTRE[1] + draw.uniform(-DEGREES, DEGREES) * 0.65


async def _people(session: Any, area: ServiceArea) -> None:
    draw = random.Random(2)
    people = []
    for number in range(TECHNICIANS):
        lon, lat = _point(draw)
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


async def _orders(database: Database, area: ServiceArea) -> None:
    draw = random.Random(3)
    reported = datetime.combine(DAY, clock_time(6), ZoneInfo(ZONE))
    rows = []
    for number in range(VISITS):
        lon, lat = _point(draw)
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
        await session.execute(text("SET LOCAL grid_dispatch.undo = 'on'"))
        for statement in (
            "DELETE FROM plan_moves WHERE area_id = :area",
            "DELETE FROM visits v USING orders o WHERE o.id = v.order_id AND o.area_id = :area",
            "DELETE FROM plan_runs WHERE area_id = :area",
            "DELETE FROM plans WHERE area_id = :area",
            "DELETE FROM orders WHERE area_id = :area",
        ):
            await session.execute(text(statement), {"area": area.id})
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
