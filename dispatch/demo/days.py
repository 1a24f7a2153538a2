"""Playing scripts on an area's clock: days gone by for the score cards, and today up to the middle of the morning."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from citymap.demo_city import DemoPlace
from dispatch.callbacks.service import Answer, record_attempt
from dispatch.demo.scripts import Person, Script, Step, call_back, draw_report, in_order, work
from dispatch.orders import acts
from dispatch.orders.models import Order, Origin, Status
from dispatch.orders.orm_mapping import lonlat
from dispatch.orders.service import Placing, Provenance, Report, apply, report
from dispatch.planning.models import Plan, PlanStatus, PlanStop
from dispatch.technicians.service import shifts_on
from grids.models import ServiceArea
from grids.service import area_by_id, locate_many
from kit.actor import SYSTEM, Actor, Role, Scope
from kit.clock import local_date, real_now
from kit.db import Database
from kit.errors import Conflict
from kit.ids import uuid7

AGENT = Actor(account_id=None, name="demo agent", role=Role.AGENT, scope=Scope(areas=None), trusted=True)
NOW = time(10, 40)
"""Where the demo's day stands when it is opened."""
OPENING = time(7, 50)
"""When the dispatcher plans the day."""
UNFINISHED = (Status.DISPATCHED, Status.ACCEPTED, Status.EN_ROUTE, Status.ON_SITE)


class Town:
    """The demo's houses by grid, and draws of its own."""

    def __init__(self, area: ServiceArea, houses: dict[UUID, list[DemoPlace]], seed: int) -> None:
        self.area = area
        self.houses = houses
        self.seed = seed
        self.zone = ZoneInfo(area.timezone)

    def house(self, draw: random.Random, grid_id: UUID) -> DemoPlace:
        """Some house of a grid."""
        return draw.choice(self.houses[grid_id])

    def at(self, day: date, clock: time) -> datetime:
        """A local time of day as an instant."""
        return datetime.combine(day, clock, self.zone)

    def draw(self, day: date) -> random.Random:
        """The draws of one day."""
        return random.Random(f"{self.seed}:{day.isoformat()}")  # noqa: S311 - a demo wants repeatable draws


async def people_on(session: AsyncSession, town: Town, day: date) -> dict[UUID, list[Person]]:
    """Who works on a day, by the grid their day starts in."""
    shifts = await shifts_on(session, town.area.id, day)
    grids = await locate_many(session, town.area.id, [shift.start_point for shift in shifts])
    found: dict[UUID, list[Person]] = {}
    for shift, grid_id in zip(shifts, grids, strict=True):
        if grid_id is not None:
            person = Person(shift.technician_id, shift.start, shift.end, shift.start)
            found.setdefault(grid_id, []).append(person)
    everybody = [person for people in found.values() for person in people]
    return {grid_id: found.get(grid_id) or everybody[:2] for grid_id in town.houses}


def past_day(town: Town, day: date, people: dict[UUID, list[Person]], count: int) -> list[Script]:
    """A day's scripts, worked and called back whole."""
    draw = town.draw(day)
    scripts = []
    for moment in sorted(town.at(day, time(8)) + timedelta(minutes=draw.uniform(0, 520)) for _ in range(count)):
        script = _new(town, draw, moment)
        work(script, _free(people[script.grid_id][:2]), draw, calm=True)
        call_back(script, draw, max(script.steps[-1].at + timedelta(minutes=40), town.at(day, time(9, 30))))
        scripts.append(script)
    return scripts


def overnight(town: Town, day: date, count: int) -> list[Script]:
    """What is reported before work begins; some is solved on the call or withdrawn."""
    draw = town.draw(day)
    opening = town.at(day, OPENING)
    scripts = []
    for moment in sorted(opening - timedelta(minutes=draw.uniform(5, 800)) for _ in range(count)):
        script = _new(town, draw, moment)
        fate = draw.random()
        if fate < 0.03:
            script.steps.append(Step(moment + timedelta(minutes=4), acts.Cancel(reason="solved_itself")))
        elif fate < 0.07:
            script.steps.append(Step(moment + timedelta(minutes=4), acts.SolveRemotely(action="reconfigured")))
        scripts.append(script)
    return scripts


async def workday(session: AsyncSession, town: Town, day: date, late: int) -> list[Script]:
    """How the published plan is worked, and what else comes in meanwhile."""
    draw = town.draw(day + timedelta(days=1))
    people = await people_on(session, town, day)
    everybody = {person.id: person for able in people.values() for person in able}
    query = (
        select(PlanStop.technician_id, Order)
        .join(Plan, Plan.id == PlanStop.plan_id).join(Order, Order.id == PlanStop.order_id)
        .where(Plan.area_id == town.area.id, Plan.service_date == day, Plan.status == PlanStatus.PUBLISHED)
        .order_by(PlanStop.technician_id, PlanStop.position)
    )  # fmt: skip
    scripts: list[Script] = []
    for technician_id, order in (await session.execute(query)).tuples():
        report_again = Report(fault_type=order.fault_type, point=lonlat(order.point))
        script = Script(order.reported_at, report_again, order.grid_id or UUID(int=0), order_id=order.id)
        if technician_id in everybody:
            work(script, everybody[technician_id], draw, calm=False)
            if isinstance(script.steps[-1].act, acts.Complete) and draw.random() < 0.6:
                call_back(script, draw, script.steps[-1].at + timedelta(minutes=21))
        scripts.append(script)
    known = [script.order_id for script in scripts if script.order_id]
    opening = town.at(day, OPENING)
    for number, moment in enumerate(sorted(opening + timedelta(minutes=draw.uniform(2, 168)) for _ in range(late))):
        script = _new(town, draw, moment)
        if number < 3 and known:
            merge = acts.Merge(into_order_id=known[-1 - number])
            script.steps.append(Step(moment + timedelta(minutes=3), merge))
        elif number < late - 9:
            dispatch = acts.Dispatch(technician_id=_free(people[script.grid_id]).id, why="a_technician")
            script.steps.append(Step(moment + timedelta(minutes=2), dispatch))
            if number < late - 22:
                owner = dispatch.technician_id
                script.steps.append(Step(moment + timedelta(minutes=draw.uniform(4, 14)), acts.Accept(), owner))
        scripts.append(script)
    return scripts


async def settle(database: Database, town: Town, day: date) -> None:
    """After the newest plan: those at work accept what it gave them; a few orders wait for parts or for a decision."""
    draw = town.draw(day - timedelta(days=1))
    async with database.transaction() as session:
        area = await area_by_id(session, town.area.id)
        now = area.clock.now()
        at_work = {shift.technician_id for shift in await shifts_on(session, town.area.id, day) if shift.start <= now}
        query = select(Order).where(Order.area_id == town.area.id, Order.status == Status.DISPATCHED)
        for order in (await session.execute(query.order_by(Order.number))).scalars().all():
            if order.owner_id in at_work and draw.random() < 0.85:
                await _done(session, order.id, Step(now, acts.Accept(), order.owner_id))
        query = select(Order).where(Order.area_id == town.area.id, Order.status == Status.ACCEPTED)
        accepted = (await session.execute(query.order_by(Order.number))).scalars().all()
        for report_ in unplaced(draw):
            await report(session, AGENT, area, report_, provenance=Provenance(origin=Origin.REPLAY))
        tomorrow = town.at(day + timedelta(days=1), time(9))
        parts = acts.RequestSuspension(reason="material_terminal", resume_at=tomorrow)
        asked: list[Sequence[acts.ActBase]] = [
            *([parts, acts.Decide(approved=True)] for _ in range(4)),
            *([parts] for _ in range(2)),
            *([acts.RequestReturn(reason="wrong_grid")] for _ in range(2)),
        ]
        for order, steps in zip(draw.sample(accepted, min(len(asked), len(accepted))), asked, strict=False):
            for act in steps:
                await _done(session, order.id, Step(now, act, order.owner_id))


def unplaced(draw: random.Random) -> list[Report]:
    """Reports that nobody can put on the map from their words alone: they wait on the place worklist."""
    vague = ("临江大厦后面那栋", "老菜市场对面", "Behind the old market", "3号楼 2单元 401", None)
    return [replace(draw_report(draw, address or "", (0, 0)), address=address, point=None) for address in vague]


async def play(database: Database, town: Town, scripts: Sequence[Script], until: datetime) -> None:
    """Play everything up to `until` in order of time, moving the area's clock along; a local day is a transaction."""
    orders = {number: script.order_id for number, script in enumerate(scripts) if script.order_id is not None}
    stopped: set[int] = set()
    for _, entries in groupby(in_order(scripts, until), key=lambda entry: local_date(entry[0], town.zone)):
        async with database.transaction() as session:
            area = await area_by_id(session, town.area.id)
            for when, number, step in entries:
                if number in stopped:
                    continue
                _stand_at(area, when)
                if step is None:
                    orders[number] = await _report(session, area, scripts[number])
                elif not await _done(session, orders[number], step):
                    stopped.add(number)  # it went another way than written, as orders do
            _stand_at(area, max(area.clock.now(), when))
    async with database.transaction() as session:
        town.area = await area_by_id(session, town.area.id)
        _stand_at(town.area, until)


async def finish(database: Database, town: Town) -> None:
    """Let everybody finish what was left open in the evening, so that a new day does not begin with it."""
    async with database.transaction() as session:
        area = town.area = await area_by_id(session, town.area.id)
        start = area.clock.now()
        query = select(Order).where(Order.area_id == area.id, Order.status.in_(UNFINISHED), Order.owner_id.is_not(None))
        orders = (await session.execute(query.order_by(Order.reported_at))).scalars().all()
        for number, order in enumerate(orders):
            _stand_at(area, start + timedelta(seconds=4 * number))
            await _finish_one(session, order)


async def _finish_one(session: AsyncSession, order: Order) -> None:
    point = lonlat(order.point)
    rest: dict[Status, list[acts.ActBase]] = {
        Status.DISPATCHED: [acts.Accept(), acts.Contact(), acts.Depart(), acts.Arrive()],
        Status.ACCEPTED: [acts.Depart(), acts.Arrive()],
        Status.EN_ROUTE: [acts.Arrive()],
        Status.ON_SITE: [],
    }
    done = acts.Complete(cause=order.fault_type, action="repaired", photo_ids=[uuid7()], signature_photo_id=uuid7())
    for act in [*rest[order.status], done]:
        if not await _done(session, order.id, Step(order.reported_at, act, order.owner_id, point)):
            return


async def _report(session: AsyncSession, area: ServiceArea, script: Script) -> UUID:
    placing = Placing(script.report.point, "given", script.grid_id)
    provenance = Provenance(origin=Origin.REPLAY)
    return (await report(session, AGENT, area, script.report, placing=placing, provenance=provenance)).id


async def _done(session: AsyncSession, order_id: UUID, step: Step) -> bool:
    try:
        async with session.begin_nested():
            await _do(session, order_id, step)
    except Conflict:
        return False
    return True


async def _do(session: AsyncSession, order_id: UUID, step: Step) -> None:
    if isinstance(step.act, Answer):
        await record_attempt(session, AGENT, order_id, step.act)
    else:
        await apply(session, SYSTEM, order_id, step.act, technician_id=step.technician_id, point=step.point)


def _new(town: Town, draw: random.Random, moment: datetime) -> Script:
    grid_id = draw.choice(sorted(town.houses))
    house = town.house(draw, grid_id)
    return Script(moment, draw_report(draw, house.address, house.point), grid_id)


def _free(able: Sequence[Person]) -> Person:
    """Who is free first and has time left today."""
    return min(able, key=lambda one: (one.free_at > one.end - timedelta(minutes=40), one.free_at, str(one.id)))


def _stand_at(area: ServiceArea, moment: datetime) -> None:
    area.clock_real_anchor, area.clock_area_anchor, area.clock_speed = real_now(), moment, 0.0
