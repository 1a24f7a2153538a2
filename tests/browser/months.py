"""Two settled months before the town's day: what the manager's room is looked at with.

One is late with every third order, one signs in far from the order and shows the same photo again, one has few orders.
Every fifth order lies in somebody else's grid; every ninth is complained of, and some of these come back.
"""

from __future__ import annotations

import asyncio
import io
import random
from datetime import date, datetime, time, timedelta
from uuid import UUID

from PIL import Image
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.models import Account, AccountStatus
from dispatch.accounts.service import actor_of
from dispatch.assessments.ledger.models import RulingKind
from dispatch.assessments.ledger.rulings import rule
from dispatch.assessments.service import compute, publish
from dispatch.callbacks.models import Reached, Satisfaction
from dispatch.callbacks.service import Answer, record_attempt
from dispatch.orders.events.orm_mapping import lonlat
from dispatch.orders.models import Order
from dispatch.orders.photos import store_photo
from dispatch.orders.reporting import Placing, Report, SubscriberGiven, report
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from dispatch.outages.service import Extent, declare, restore
from dispatch.reports.watching.alerts import add_rule, check_area
from dispatch.reports.watching.models import AlertRule
from dispatch.technicians.models import Technician
from grids.models import Grid, GridContract, ServiceArea
from kit.actor import SYSTEM, Actor, Role, Scope
from kit.db import Database
from kit.geo import LonLat
from kit.ids import uuid7
from tests.browser import town

MONTHS = (date(2026, 1, 1), date(2026, 2, 1))
PEOPLE, ORDERS, FEW = 8, 26, 6
"""Technicians who worked, orders of each in a month, and of the one who is new."""
LATE, DISHONEST, NEW = 1, 2, 3
FIRMS = ("Northline", "Southline", None)
TEAMS = ("A", "B")


def build(url: str) -> None:
    """Fill the town's database."""
    asyncio.run(_build(url))


async def _build(url: str) -> None:
    database = Database(url, pool_size=2)
    try:
        async with database.transaction() as session:
            await _employ(session)
        for number, first in enumerate(MONTHS):
            async with database.transaction() as session:
                await _month(session, first, random.Random(number))
        async with database.transaction() as session:
            area = (await session.execute(select(ServiceArea))).scalar_one()
            area.clock_area_anchor = town.NOW
            await session.flush()
            await _red_line(session, MONTHS[-1])
            for first in MONTHS:
                await compute(session, SYSTEM, area, first)
                await publish(session, SYSTEM, area, first)
            await compute(session, SYSTEM, area, f"{town.NOW:%Y-%m}")
            await _watched(session, area)
    finally:
        await database.dispose()


async def _watched(session: AsyncSession, area: ServiceArea) -> None:
    """A manager watches what is open, and there is more than that."""
    manager = (await session.scalars(select(Account).where(Account.role == Role.MANAGER).limit(1))).one()
    manager.status = AccountStatus.ACTIVE
    who = await actor_of(session, manager)
    rule = AlertRule(name="Open orders", measure="backlog", subject="area", subject_id="", above=True, bound=1,
                     least_cases=1)  # fmt: skip
    await add_rule(session, who, area, rule)
    assert await check_area(session, area) == 1


async def _red_line(session: AsyncSession, first: date) -> None:
    """Who signs in far from the order is found out in the last month."""
    people = (await session.scalars(select(Technician).order_by(Technician.employee_number))).all()
    query = select(Order).where(Order.completed_by == people[DISHONEST].id, Order.completed_at >= datetime.combine(
        first, time(), town.ZONE)).order_by(Order.completed_at).limit(1)  # fmt: skip
    order = (await session.scalars(query)).one()
    await rule(session, SYSTEM, order.id, kind=RulingKind.RED_LINE, rule="false_sign_in", points=0, reason="2 km away")


async def _employ(session: AsyncSession) -> None:
    """Every third works for the house, the others for two contractors; two teams."""
    people = (await session.scalars(select(Technician).order_by(Technician.employee_number))).all()
    for number, who in enumerate(people[:PEOPLE]):
        who.contractor, who.team = FIRMS[number % len(FIRMS)], TEAMS[number % len(TEAMS)]
    for contract in (await session.scalars(select(GridContract))).all():
        contract.households = contract.households or 400


async def _outage(session: AsyncSession, area: ServiceArea, grid: Grid, point: LonLat, first: date) -> None:
    """A node that was down for two hours in the middle of the month."""
    area.clock_area_anchor = datetime.combine(first + timedelta(days=13), time(9), town.ZONE)
    for number in range(4):
        given = Report(
            fault_type="no_service", point=point, network_node=f"OLT-{first:%m}", address=f"人民路 {number // 2} 号",
            subscriber=SubscriberGiven(f"李{number}", (f"1360000{first:%m}{number:02}",)),
        )  # fmt: skip
        await report(session, SYSTEM, area, given, placing=Placing(point, "given", grid.id))
    desk = Actor(None, "desk", Role.DISPATCHER, Scope(areas=frozenset({area.id})))
    made = await declare(
        session, desk, area, Extent(f"OLT-{first:%m}", None), area.clock.now() - timedelta(minutes=5),
        expected_end=area.clock.now() + timedelta(hours=3), customers=120,
    )  # fmt: skip
    area.clock_area_anchor += timedelta(hours=2)
    await restore(session, desk, made.id)


async def _month(session: AsyncSession, first: date, dice: random.Random) -> None:
    area = (await session.execute(select(ServiceArea))).scalar_one()
    people = list((await session.scalars(select(Technician).order_by(Technician.employee_number))).all())[:PEOPLE]
    grids = {grid.id: grid for grid in (await session.scalars(select(Grid))).all()}
    contracts = (await session.scalars(select(GridContract))).all()
    own = {one.technician_a_id: grids[one.grid_id] for one in contracts}
    inside = await _points(session)
    busy = own[people[0].id] if people[0].id in own else next(iter(grids.values()))
    await _outage(session, area, busy, inside[busy.id], first)
    for number, who in enumerate(people):
        for turn in range(FEW if number == NEW else ORDERS):
            grid = own.get(who.id) or next(iter(grids.values()))
            if turn % 5 == 4:
                grid = own.get(people[(number + 1) % PEOPLE].id, grid)
            start = datetime.combine(first + timedelta(days=turn), time(8 + turn % 6), town.ZONE)
            await _order(session, area, who, number, turn, grid.id, inside[grid.id], start, dice)


async def _points(session: AsyncSession) -> dict[UUID, LonLat]:
    found = await session.execute(select(Grid.id, Grid.geom.ST_PointOnSurface().label("point")))
    return {row.id: lonlat(row.point) for row in found}  # type: ignore[misc]


async def _order(
    session: AsyncSession, area: ServiceArea, who: Technician, number: int, turn: int, grid: UUID, place: LonLat,
    start: datetime, dice: random.Random,
) -> None:  # fmt: skip
    async def at(minutes: float) -> None:
        area.clock_area_anchor = start + timedelta(minutes=minutes)  # `set_clock` never goes back
        await session.flush()

    me = Actor(None, who.name, Role.TECHNICIAN, Scope(areas=frozenset({area.id}), technician=who.id))
    late = turn % 3 == 0 if number == LATE else turn % 13 == 12 or dice.random() < 0.04
    cheats = number == DISHONEST and turn % 3 == 1
    await at(0)
    given = Report(
        fault_type=("no_service", "slow", "no_tv", "terminal")[turn % 4], point=place,
        subscriber=SubscriberGiven(f"王{number}{turn}", (f"137{start:%m}{number:02}{turn:04}",)),
    )  # fmt: skip
    order = await report(session, SYSTEM, area, given, placing=Placing(place, "given", grid))
    await _do(session, SYSTEM, order, acts.Dispatch(technician_id=who.id, why="a_technician"), place)
    await at(dice.randint(3, 20))
    await _do(session, me, order, acts.Accept(), place)
    await at(25)
    await _do(session, me, order, acts.Contact(), place)
    await at(60 + dice.randint(0, 60))
    await _do(session, me, order, acts.Depart(), place)
    await at(140)
    away = (place[0] + 0.02, place[1]) if cheats else place
    await _do(session, me, order, acts.Arrive(reason="the signal is poor" if cheats else None), away)
    end = 330 if late else 140 + dice.randint(20, 70)
    await at(end)
    photo = uuid7()
    done = acts.Complete(cause=order.fault_type, action="repaired", photo_ids=[photo], signature_photo_id=uuid7())
    await _do(session, me, order, done, place)
    colour = (7, 7, 7) if cheats else (turn * 9, number * 30, start.month * 80)
    await store_photo(session, me, photo, _photo(colour), max_bytes=1_000_000)
    await at(end + 60)
    await record_attempt(session, SYSTEM, order.id, _answer(turn, cheats))


def _answer(turn: int, cheats: bool) -> Answer:
    if cheats or turn % 9 == 8:
        note = "nobody came on time, call 13700001111"
        return Answer(Reached.ANSWERED, not cheats, Satisfaction.DISSATISFIED, ["not_on_time"], note=note)
    if turn % 7 == 6:
        return Answer(Reached.NO_ANSWER)
    return Answer(Reached.ANSWERED, True, Satisfaction("very_satisfied" if turn % 2 else "satisfied"))


def _photo(colour: tuple[int, int, int]) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(written, "JPEG", quality=95)
    return written.getvalue()


async def _do(session: AsyncSession, actor: Actor, order: Order, act: acts.ActBase, point: LonLat) -> None:
    await apply(session, actor, order.id, act, point=point)
