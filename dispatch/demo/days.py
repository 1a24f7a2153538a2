"""Playing scripts on an area's clock: days gone by for the score cards, and today up to the middle of the morning."""

from __future__ import annotations

import random
from collections.abc import Sequence
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
from dispatch.orders.rows import lonlat
from dispatch.orders.service import Placing, Provenance, apply, report
from dispatch.technicians.service import shifts_on
from grids.models import ServiceArea
from grids.service import area_by_id, contracts_on
from kit.actor import SYSTEM, Actor, Role, Scope
from kit.clock import real_now
from kit.db import Database
from kit.errors import Conflict
from kit.ids import uuid7

AGENT = Actor(account_id=None, name="demo agent", role=Role.AGENT, scope=Scope(areas=None), trusted=True)
NOW = time(10, 40)
"""Where the demo's day stands when it is opened."""
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
    """Who works on a day, by the grids they have under contract."""
    shifts = {shift.technician_id: shift for shift in await shifts_on(session, town.area.id, day)}
    everybody = {key: Person(key, shift.start, shift.end, shift.start) for key, shift in shifts.items()}
    found: dict[UUID, list[Person]] = {}
    for grid_id, contract in (await contracts_on(session, town.area.id, day)).items():
        keys = (contract.technician_a_id, contract.technician_b_id)
        found[grid_id] = [everybody[key] for key in keys if key in everybody] or list(everybody.values())[:2]
    return found


def past_day(town: Town, day: date, people: dict[UUID, list[Person]], count: int) -> list[Script]:
    """A day's scripts, worked and called back whole."""
    draw = town.draw(day)
    scripts = []
    for moment in sorted(town.at(day, time(8)) + timedelta(minutes=draw.uniform(0, 520)) for _ in range(count)):
        script, person = _new(town, draw, people, moment)
        work(script, person, draw, calm=True)
        call_back(script, draw, max(script.steps[-1].at + timedelta(minutes=40), town.at(day, time(9, 30))))
        scripts.append(script)
    return scripts


def morning(town: Town, day: date, people: dict[UUID, list[Person]], count: int) -> list[Script]:
    """Scripts of a living day: most reported before work begins, the rest while it goes on, some gone astray."""
    draw = town.draw(day)
    opening = town.at(day, time(8))
    early = [opening - timedelta(minutes=draw.uniform(0, 840)) for _ in range(int(count * 0.72))]
    late = [opening + timedelta(minutes=draw.uniform(0, 160)) for _ in range(count - len(early))]
    scripts = []
    for number, moment in enumerate(sorted(early + late)):
        script, person = _new(town, draw, people, moment)
        fate = draw.random()
        if fate < 0.03:
            script.steps.append(Step(moment + timedelta(minutes=15), acts.Cancel(reason="solved_itself")))
        elif fate < 0.06:
            script.steps.append(Step(moment + timedelta(minutes=6), acts.SolveRemotely(action="reconfigured")))
            call_back(script, draw, max(moment + timedelta(minutes=70), town.at(day, time(9))))
        elif number >= count - 8:
            pass  # just in: nobody has looked at it yet
        else:
            work(script, person, draw, calm=False)
            if draw.random() < 0.5 and isinstance(script.steps[-1].act, acts.Complete):
                call_back(script, draw, script.steps[-1].at + timedelta(minutes=25))
        scripts.append(script)
    return scripts


async def play(database: Database, town: Town, scripts: Sequence[Script], until: datetime) -> None:
    """Play everything up to `until` in order of time, moving the area's clock along; a local day is a transaction."""
    orders: dict[int, UUID] = {}
    stopped: set[int] = set()
    for _, entries in groupby(in_order(scripts, until), key=lambda entry: entry[0].astimezone(town.zone).date()):
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


def _new(town: Town, draw: random.Random, people: dict[UUID, list[Person]], moment: datetime) -> tuple[Script, Person]:
    grid_id = draw.choice(sorted(town.houses))
    house = town.house(draw, grid_id)
    able = people[grid_id]
    person = min(able, key=lambda one: (one.free_at > one.end - timedelta(minutes=40), one.free_at, str(one.id)))
    script = Script(moment, draw_report(draw, house.address, house.point), grid_id, person.id)
    return script, person


def _stand_at(area: ServiceArea, moment: datetime) -> None:
    area.clock_real_anchor, area.clock_area_anchor, area.clock_speed = real_now(), moment, 0.0
