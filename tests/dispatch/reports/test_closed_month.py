"""A closed month stands still: whatever happens afterwards, every number that pages show of it is the same."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import text

from dispatch.assessments import appeals
from dispatch.assessments.ledger import closing
from dispatch.assessments.months import month_of
from dispatch.assessments.service import compute, publish
from dispatch.assessments.settlement.acting import issue
from dispatch.assessments.settlement.drafting import draft
from dispatch.callbacks.models import Reached, Satisfaction
from dispatch.callbacks.service import Answer, record_attempt
from dispatch.orders.models import Order, Status
from dispatch.orders.rules import acts
from dispatch.reports.hours import PARTS
from dispatch.reports.overview import overview
from dispatch.reports.rollups.days import check, fold
from dispatch.reports.rollups.kept_work import worked
from dispatch.reports.suspicion import plot
from dispatch.technicians.models import Technician
from grids.contracts import Terms, create_contract
from grids.models import Grid
from kit.actor import SYSTEM, Role
from kit.errors import Conflict, Problem
from tests.dispatch.assessments.conftest import complete, repair, world
from tests.dispatch.orders.conftest import HERE, START, World

__all__ = ["world"]
MONTH = date(2022, 9, 1)
LATER = datetime(2022, 11, 2, 17, 0, tzinfo=UTC)


async def shown(world: World) -> bytes:
    """Everything that the manager's pages show of September, as bytes."""
    area, session = world.area, world.session
    found = await overview(session, SYSTEM, area, "2022-09")
    cards = [
        [card.subject, card.subject_id, card.name, card.orders, card.score, card.rank, card.rank_note, card.rank_change,
         card.indicators, card.deductions, card.standing]
        for card in found.cards
    ]  # fmt: skip
    hours = await worked(session, area, month_of("2022-09", area.timezone))
    spent = {
        f"{kind} {who}": [getattr(one, part) for part in PARTS]
        for kind, rows in (("technician", hours.technicians), ("grid", hours.grids))
        for who, one in rows.items()
    }
    funnel = await plot(session, SYSTEM, area, "2022-09", "repaired_on_time", "technician")
    tables = [
        [str(row) for row in await session.execute(text(query), {"month": MONTH})]
        for query in (
            "SELECT * FROM ledger_entries WHERE month = :month ORDER BY id",
            "SELECT * FROM settlement_statements WHERE month = :month ORDER BY id",
            "SELECT l.* FROM settlement_lines l JOIN settlement_statements s ON s.id = l.statement_id"
            " WHERE s.month = :month ORDER BY l.id",
        )
    ]
    return msgspec.json.encode(
        [found.run.number, cards, [[day.day, day.reported, day.completed, day.late, day.backlog] for day in found.days],
         found.voice, spent, None if funnel is None else [funnel.shape, funnel.limits], tables],
        order="sorted",
    )  # fmt: skip


async def september(world: World, draw: random.Random) -> list[Order]:
    """Work of two people: some of it late or disliked, some not called back, some open."""
    for grid, who in ((world.west, world.anna), (world.east, world.bert)):
        terms = Terms(who.id, date(2022, 1, 1), unit_points=1.5)
        await create_contract(world.session, await world.session.get_one(Grid, grid.id), terms)
    made = []
    for number in range(9):
        start = START + timedelta(
            days=draw.choice([-6, -3, -1, 0, 1, 2]), minutes=draw.randrange(0, 500), seconds=number
        )
        who = draw.choice([world.anna, world.bert])
        say = draw.choice(["satisfied", "attitude", None, None])
        made.append(await repair(world, start, who, done=draw.choice([100, 330]), say=say))
    for minutes in (5, 50, 130):
        world.set(START + timedelta(days=2, hours=10, minutes=minutes))
        made.append(await world.report(subscriber=None))
    await world.do(SYSTEM, made[-1], acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
    return made


async def something(world: World, draw: random.Random, order: Order, who: Technician) -> str:
    """One thing that somebody does afterwards, which may be refused."""
    await world.session.refresh(order)
    act = draw.choice(["call", "rework", "work", "cancel", "reassign", "inspect", "note", "new", "force"])
    match act:
        case "call":
            said = Answer(Reached.ANSWERED, False, Satisfaction.DISSATISFIED, ["attitude"])
            await record_attempt(world.session, world.agent, order.id, said)
        case "rework":
            await world.do(SYSTEM, order, acts.AssignRework(technician_id=who.id, reasons=["not_fixed"]))
        case "work":
            await work_on(world, order, who)
        case "cancel":
            await world.do(world.agent, order, acts.Cancel(reason="subscriber_wish"))
        case "reassign":
            await world.do(SYSTEM, order, acts.Reassign(technician_id=who.id, why="dispatcher"))
        case "inspect":
            inspector = world.actor(Role.INSPECTOR)
            await appeals.inspect(world.session, inspector, order.id, passed=False, findings=["no photo"])
        case "note":
            await world.do(world.agent, order, acts.Note(note="asked again"))
        case "new":
            await repair(world, world.now, who, say="attitude")
        case _:
            await world.do(SYSTEM, order, acts.ForceComplete(reason="found done"))
    return act


async def work_on(world: World, order: Order, who: Technician) -> None:
    """Do what is left to do on an order, by whoever owns it."""
    if order.status == Status.REPORTED:
        await world.do(SYSTEM, order, acts.Dispatch(technician_id=who.id, why="a_technician"))
    owner = await world.session.get_one(Technician, order.owner_id or who.id)
    for act in (acts.Accept(), acts.Depart(), acts.Arrive(), complete()):
        world.wait(minutes=20)
        await world.do(world.technician(owner), order, act, **({"point": HERE} if isinstance(act, acts.Arrive) else {}))


@pytest.mark.parametrize("seed", [31, 32, 33, 34])
async def test_a_closed_month_does_not_change_whatever_is_done_afterwards(world: World, seed: int):
    draw = random.Random(seed)
    orders = await september(world, draw)
    world.set(LATER)
    manager = world.actor(Role.MANAGER)
    await compute(world.session, SYSTEM, world.area, MONTH)
    once = await shown(world)
    await compute(world.session, SYSTEM, world.area, MONTH)
    assert b"[2," + once.removeprefix(b"[1,") == await shown(world)  # the same month twice, but for its version
    await publish(world.session, manager, world.area, MONTH)
    world.wait(days=6)  # nobody may appeal any more
    await closing.close(world.session, manager, world.area, MONTH)
    await draft(world.session, SYSTEM, world.area, MONTH)
    await issue(world.session, SYSTEM, world.area, MONTH)
    before = await shown(world)
    done: set[str] = set()
    for _ in range(45):
        world.wait(hours=draw.choice([1, 3, 9]))
        try:
            async with world.session.begin_nested():
                done.add(await something(world, draw, draw.choice(orders), draw.choice([world.anna, world.bert])))
        except Problem:  # what was refused is forgotten, also by what was read before it
            for one in (world.area, world.west, world.east, world.anna, world.bert):
                await world.session.refresh(one)
    assert len(done) >= 4, done
    await fold(world.session)
    with pytest.raises(Conflict):
        await compute(world.session, SYSTEM, world.area, MONTH)
    await compute(world.session, SYSTEM, world.area, "2022-11")
    assert await shown(world) == before
    assert (await check(world.session, world.area)).differences == []
