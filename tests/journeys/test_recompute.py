"""The product's numbers and those recomputed from a journal by a script that shares no code with it are the same."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range

from dispatch.assessments.service import compute
from dispatch.callbacks.models import Reached, Satisfaction
from dispatch.callbacks.service import Answer, record_attempt
from dispatch.orders.models import Level, Order, Status, Tier
from dispatch.orders.rules import acts
from dispatch.orders.service import Provenance
from dispatch.technicians.models import RosterPattern, Technician
from kit.actor import SYSTEM
from kit.errors import Problem
from tests.dispatch.assessments.conftest import complete, repair
from tests.dispatch.orders.conftest import HERE, START, World, build_world

SCRIPT = Path(__file__).with_name("recompute.py")


def load() -> Any:
    spec = importlib.util.spec_from_file_location("recompute", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
async def world(session) -> World:
    return await build_world(session)


async def journal_of(world: World) -> list[dict[str, Any]]:
    """The journal a simulation would have written of what happened in this world."""
    session = world.session
    grids = (await session.execute(text("SELECT id, code, name, rural FROM grids"))).all()
    people = (await session.execute(text("SELECT id, name, team FROM technicians"))).all()
    codes = {grid.id: grid.code for grid in grids}
    lines: list[dict[str, Any]] = [
        {
            "type": "setup", "area": str(world.area.id), "timezone": world.area.timezone,
            "technicians": [{"id": str(one.id), "name": one.name, "team": one.team} for one in people],
            "grids": [
                {"id": str(g.id), "code": g.code, "name": g.name, "rural": g.rural, "households": None} for g in grids
            ],
        }
    ]  # fmt: skip
    orders = {order.id: order for order in (await session.execute(text("SELECT * FROM orders"))).all()}
    events = await session.execute(text("SELECT * FROM order_events ORDER BY order_id, sequence"))
    for event in events.all():
        order = orders[event.order_id]
        at = event.data.get("effectiveAt") or event.occurred_at.isoformat()
        line = {"type": event.type, "order": str(event.order_id), "at": at}
        if event.type == "reported":
            line |= {
                "number": order.number, "kind": order.kind, "faultType": order.fault_type, "level": order.level,
                "tier": order.tier, "grid": codes.get(order.grid_id), "origin": order.origin,
                "repeatOf": str(order.repeat_of_id) if order.repeat_of_id else None,
                "reopens": str(order.reopens_id) if order.reopens_id else None,
                "subscriber": str(order.subscriber_id) if order.subscriber_id else None,
            }  # fmt: skip
        if event.type == "called_back" or (event.type == "closed" and order.completed_at is not None):
            continue
        desk = event.type == "rebooked" and event.actor_role != "technician"
        line |= {"technician": str(event.technician_id) if event.technician_id and not desk else None}
        names = ("why", "reason", "approved", "windowStart", "windowEnd", "by", "reached", "cause", "appointmentStart",
                 "appointmentEnd")  # fmt: skip
        lines.append(line | {name: event.data[name] for name in names if event.data.get(name) is not None})
    for one in (await session.execute(text("SELECT * FROM callback_attempts"))).all():
        lines.append(
            {
                "type": "called_back", "order": str(one.order_id), "at": one.at.isoformat(), "round": one.round,
                "reached": one.reached, "solved": one.solved, "satisfaction": one.satisfaction, "reasons": one.reasons,
            }
        )  # fmt: skip
    lines.append({"type": "ended", "at": world.now.isoformat()})
    return lines


def test_the_script_imports_nothing_but_the_standard_library():
    found = [line.split()[1] for line in SCRIPT.read_text().splitlines() if line.startswith(("import ", "from "))]
    assert {name.split(".")[0] for name in found} <= set(sys.stdlib_module_names)


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


async def test_a_plain_month_recomputed_from_its_journal_is_the_same(world: World, tmp_path: Path):
    for day in range(3):
        await repair(world, START + timedelta(days=day), world.anna, window=(60, 120), done=120 + day * 100)
    built = (await compute(world.session, SYSTEM, world.area, "2022-09")).as_json()
    journal, published = tmp_path / "truth.jsonl", tmp_path / "assess.json"
    journal.write_text("\n".join(json.dumps(line) for line in await journal_of(world)), encoding="utf-8")
    published.write_text(json.dumps(built), encoding="utf-8")
    command = [sys.executable, "-I", str(SCRIPT), str(journal), "--month", "2022-09", "--compare", str(published)]
    done = await asyncio.to_thread(run, command)
    assert done.returncode == 0, done.stdout + done.stderr
    built["technicians"][0]["indicators"]["repaired_on_time"]["numerator"] += 1
    published.write_text(json.dumps(built), encoding="utf-8")
    done = await asyncio.to_thread(run, command)
    assert done.returncode == 1
    assert "repaired_on_time.numerator" in done.stdout


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_any_month_recomputed_from_its_journal_is_the_same(world: World, seed: int):
    await live_at_random(world, random.Random(seed))
    built = (await compute(world.session, SYSTEM, world.area, "2022-09")).as_json()
    script = load()
    lines = await journal_of(world)
    ours = script.recompute(lines, "2022-09")
    for cards in (built["technicians"], built["grids"], [built["area"]]):
        for card in cards:
            card["indicators"].pop("utilisation", None)
    assert script.differences(ours, built) == []
    counted = {code: number["denominator"] for code, number in built["area"]["indicators"].items()}
    assert counted["repaired_on_time"] > 5
    assert counted["appointments_kept"] > 5
    assert counted["satisfaction"] > 2


async def live_at_random(world: World, draw: random.Random) -> None:
    """A week of orders to which anything that is allowed happens at any time of day."""
    world.session.add(Technician(area_id=world.area.id, employee_number="3", name="Carl", team="south", senior=True))
    await world.session.flush()
    people = [row.id for row in (await world.session.execute(text("SELECT id FROM technicians ORDER BY id"))).all()]
    moment = START - timedelta(days=8)
    world.set(moment)
    orders: list[Order] = []
    for step in range(420):
        moment += timedelta(minutes=draw.choice([1, 3, 7, 12, 25, 60, 90]))
        world.set(moment)
        if len(orders) < 22 and step % 8 == 0:
            kin = draw.choice([None, None, draw.choice(orders).id]) if orders else None
            orders.append(
                await world.report(
                    subscriber=None, level=draw.choice([Level.NORMAL, Level.NORMAL, Level.URGENT]),
                    tier=draw.choice([Tier.ORDINARY, Tier.ORDINARY, Tier.VIP]),
                    fault_type=draw.choice(["no_service", "no_service", "new_line"]),
                    provenance=Provenance(repeat_of_id=kin),
                    **window(draw, moment, 0.2, ("appointment_start", "appointment_end")),
                )
            )  # fmt: skip
            continue
        order = draw.choice(orders)
        try:
            async with world.session.begin_nested():
                await something(world, draw, order, people)
        except Problem:
            await world.session.refresh(order)


def window(draw: random.Random, now, share: float, names: tuple[str, str]) -> dict[str, Any]:
    if draw.random() > share:
        return {}
    start = now + timedelta(minutes=draw.choice([10, 60, 240]))
    return {names[0]: start, names[1]: start + timedelta(minutes=draw.choice([60, 120, 600]))}


async def something(world: World, draw: random.Random, order: Order, people: list[Any]) -> None:
    """One act that the order's status may allow."""
    someone = draw.choice(people)
    named = ("window_start", "window_end")
    owner = await world.session.get(Technician, order.owner_id) if order.owner_id else None
    tech = world.technician(owner) if owner else None
    later = world.now + timedelta(minutes=draw.choice([20, 300]))

    async def do(actor: Any, act: Any, **options: Any) -> None:
        await world.do(actor, order, act, **options)

    if order.pending_request:
        return await do(world.lead if draw.random() < 0.5 else SYSTEM, acts.Decide(approved=draw.random() < 0.7))
    desk = draw.random()
    if desk < 0.04 and order.status not in (Status.COMPLETED, Status.CLOSED):
        return await do(world.agent, acts.Cancel(reason="subscriber_wish"))
    if desk < 0.12 and order.status in (Status.DISPATCHED, Status.ACCEPTED, Status.EN_ROUTE):
        why = draw.choice(["plan", "not_accepted", "dispatcher"])
        return await do(SYSTEM, acts.Reassign(technician_id=someone, why=why))
    if desk < 0.18:
        wish = window(draw, world.now, 1, named)
        return await do(world.dispatcher, acts.Rebook(by=draw.choice(["us", "subscriber"]), **wish))
    match order.status:
        case Status.REPORTED if draw.random() < 0.1:
            await do(world.agent, acts.SolveRemotely(action="restarted"))
        case Status.REPORTED:
            await do(SYSTEM, acts.Dispatch(technician_id=someone, why="plan"))
        case Status.DISPATCHED if draw.random() < 0.1:
            await do(tech, acts.RequestReturn(reason=draw.choice(["wrong_grid", "other", "not_home"])))
        case Status.DISPATCHED:
            await do(tech, acts.Accept())
        case Status.ACCEPTED if draw.random() < 0.4:
            await do(tech, acts.Contact(reached=draw.random() < 0.8, **window(draw, world.now, 0.4, named)))
        case Status.ACCEPTED:
            await do(tech, acts.Depart())
        case Status.EN_ROUTE:
            await do(tech, acts.Arrive(), point=HERE)
        case Status.ON_SITE if draw.random() < 0.2:
            await do(tech, acts.NobodyHome())
        case Status.ON_SITE if draw.random() < 0.3:
            reason = draw.choice(["material_cable", "weather", "other"])
            await do(tech, acts.RequestSuspension(reason=reason, resume_at=later))
        case Status.ON_SITE:
            await do(tech, complete())
        case Status.SUSPENDED:
            await do(world.dispatcher, acts.Resume())
        case Status.COMPLETED | Status.CANCELLED:
            await record_attempt(world.session, world.agent, order.id, saying(draw))
        case _:
            pass


def saying(draw: random.Random) -> Answer:
    """What a subscriber might say."""
    roll = draw.random()
    if roll < 0.4:
        return Answer(Reached.NO_ANSWER)
    if roll < 0.7:
        return Answer(Reached.ANSWERED, True, Satisfaction.SATISFIED)
    reason = draw.choice(["attitude", "hard_to_report", "not_on_time"])
    return Answer(Reached.ANSWERED, roll < 0.9, Satisfaction.DISSATISFIED, [reason])


async def test_rostered_time_is_counted_up_to_now_without_breaks(world: World):
    from datetime import time

    world.session.add(
        RosterPattern(
            technician_id=world.anna.id, weekdays=[1, 2, 3, 4, 5], starts=time(9), ends=time(17),
            breaks=[{"seconds": 3600, "earliest": "12:00", "latest": "14:00"}], valid=Range(None, None),
        )
    )  # fmt: skip
    await repair(world, START, world.anna, arrive=60, done=120)
    world.set(START + timedelta(hours=8))  # Tuesday the 27th, 17:00
    built = (await compute(world.session, SYSTEM, world.area, "2022-09")).as_json()
    anna = next(card for card in built["technicians"] if card["name"] == "Anna")
    number = anna["indicators"]["utilisation"]
    assert (number["numerator"], number["denominator"]) == ((15 + 60) * 60, 19 * 7 * 3600)
