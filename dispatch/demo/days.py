"""Playing scripts on an area's clock: days gone by for the score cards, and today up to the middle of the morning."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.callbacks.models import Reached, Satisfaction
from dispatch.callbacks.service import Answer, record_attempt
from dispatch.demo.load import Load, free_first, morning, new_script
from dispatch.demo.scripts import Person, Planned, Script, Step, call_back, draw_report, in_order, work
from dispatch.demo.town import OPENING, Town, people_on
from dispatch.orders.events.orm_mapping import lonlat
from dispatch.orders.models import Order, Origin, Status
from dispatch.orders.rules import acts
from dispatch.orders.service import Placing, Provenance, Report, apply, report
from dispatch.planning.models import Plan, PlanStatus, PlanStop
from dispatch.simulation.callers import BY_WEEKDAY, draw_moments
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.actor import SYSTEM, Actor, Role, Scope
from kit.clock import local_date, real_now
from kit.db import Database
from kit.errors import Conflict
from kit.ids import uuid7

AGENT = Actor(account_id=None, name="demo agent", role=Role.AGENT, scope=Scope(areas=None), trusted=True)
UNFINISHED = (Status.DISPATCHED, Status.ACCEPTED, Status.EN_ROUTE, Status.ON_SITE)
STILL_TO_CALL = 0.08
"""How many of a day's callbacks are left for the next day."""


def past_day(town: Town, day: date, people: dict[UUID, list[Person]], count: int) -> list[Script]:
    """A day's scripts, worked and called back whole; `count` orders on an average day."""
    draw = town.draw(day)
    scripts = []
    count = round(count * BY_WEEKDAY[day.weekday()])
    for moment in draw_moments(draw, town.at(day, time(7, 30)), town.at(day, time(17)), count):
        script = new_script(town, draw, moment)
        work(script, free_first(people[script.grid_id][:2]), draw, calm=True)
        call_back(script, draw, max(script.steps[-1].at + timedelta(minutes=40), town.at(day, time(9, 30))), town.zone)
        scripts.append(script)
    return scripts


async def workday(session: AsyncSession, town: Town, day: date, load: Load) -> list[Script]:
    """How the published plan is worked, and what else comes in meanwhile."""
    draw = town.draw(day + timedelta(days=1))
    people = await people_on(session, town, day)
    everybody = {person.id: person for able in people.values() for person in able}
    query = (
        select(PlanStop, Order)
        .join(Plan, Plan.id == PlanStop.plan_id).join(Order, Order.id == PlanStop.order_id)
        .where(Plan.area_id == town.area.id, Plan.service_date == day, Plan.status == PlanStatus.PUBLISHED)
        .order_by(PlanStop.technician_id, PlanStop.position)
    )  # fmt: skip
    scripts: list[Script] = []
    for stop, order in (await session.execute(query)).all():
        report_again = Report(fault_type=order.fault_type, point=lonlat(order.point))
        script = Script(order.reported_at, report_again, order.grid_id or UUID(int=0), order_id=order.id)
        person = everybody.get(stop.technician_id)
        if person is not None:
            planned = Planned(
                town.at(day, OPENING), stop.arrival, stop.start, stop.travel_seconds, order.service_seconds,
                order.status is Status.ACCEPTED, order.contacted_at is not None,
            )  # fmt: skip
            work(script, person, draw, calm=False, planned=planned)
            if isinstance(script.steps[-1].act, acts.Complete) and draw.random() < 0.6:
                call_back(script, draw, script.steps[-1].at + timedelta(minutes=21), town.zone)
        scripts.append(script)
    return [*scripts, *morning(town, draw, day, load, people)]


async def settle(database: Database, town: Town, day: date) -> None:
    """After the newest plan: nearly all of it is accepted; a few orders wait for parts or for a decision."""
    draw = town.draw(day - timedelta(days=1))
    async with database.transaction() as session:
        area = await area_by_id(session, town.area.id)
        now = area.clock.now()
        query = select(Order).where(Order.area_id == town.area.id, Order.status == Status.DISPATCHED)
        for order in (await session.execute(query.order_by(Order.number))).scalars().all():
            if draw.random() < 0.95:
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
    stopped: set[int] = set()
    for _, entries in groupby(in_order(scripts, until), key=lambda entry: local_date(entry[0], town.zone)):
        async with database.transaction() as session:
            area = await area_by_id(session, town.area.id)
            for when, number, step in entries:
                if number in stopped:
                    continue
                _stand_at(area, when)
                script = scripts[number]
                if step is None:
                    script.order_id = await _report(session, area, script)
                elif not await _done(session, script.order_id, _merged(step, script)):
                    stopped.add(number)  # it went another way than written, as orders do
            _stand_at(area, max(area.clock.now(), when))
    async with database.transaction() as session:
        town.area = await area_by_id(session, town.area.id)
        _stand_at(town.area, until)


def _merged(step: Step, script: Script) -> Step:
    """A merge with the order that it goes into, which has its id only once it is reported."""
    if script.merged_into is None or script.merged_into.order_id is None or not isinstance(step.act, acts.Merge):
        return step
    return replace(step, act=acts.Merge(into_order_id=script.merged_into.order_id))


async def finish(database: Database, town: Town, day: date) -> None:
    """Let everybody finish what was left open in the evening, and nearly everybody be called back."""
    draw = town.draw(day)
    async with database.transaction() as session:
        area = town.area = await area_by_id(session, town.area.id)
        start = area.clock.now()
        here = Order.area_id == area.id
        query = select(Order).where(here, Order.status.in_(UNFINISHED), Order.owner_id.is_not(None))
        orders = (await session.execute(query.order_by(Order.reported_at))).scalars().all()
        for number, order in enumerate(orders):
            _stand_at(area, start + timedelta(seconds=4 * number))
            await _finish_one(session, order)
        query = select(Order).where(here, Order.status == Status.REPORTED, Order.reported_at <= start)
        for order in (await session.execute(query)).scalars().all():
            await _done(session, order.id, Step(start, acts.Cancel(reason="solved_itself")))
        query = select(Order).where(here, Order.status == Status.COMPLETED, Order.origin != Origin.HISTORY)
        content = Answer(Reached.ANSWERED, True, Satisfaction.SATISFIED)
        for order in (await session.execute(query.order_by(Order.number))).scalars().all():
            if draw.random() >= STILL_TO_CALL:
                await _done(session, order.id, Step(start, content))


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


async def _done(session: AsyncSession, order_id: UUID | None, step: Step) -> bool:
    if order_id is None:
        return False
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


def _stand_at(area: ServiceArea, moment: datetime) -> None:
    area.clock_real_anchor, area.clock_area_anchor, area.clock_speed = real_now(), moment, 0.0
