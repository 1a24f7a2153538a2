"""What the database itself refuses, what happens at the same moment, and what `verify` finds."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from dispatch.orders.events.verify import verify
from dispatch.orders.intake.models import ImportRun
from dispatch.orders.intake.repository import remove_orders
from dispatch.orders.models import Order, OrderEvent, Origin, RemovedOrder, Status
from dispatch.orders.models.append_only import TRACE
from dispatch.orders.reporting import Placing, Provenance, Report, report
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from grids.models import Grid, ServiceArea
from kit.actor import SYSTEM, Actor, Role, Scope
from kit.db import Database
from kit.errors import Conflict, Problem
from tests.databases import somebody_waits
from tests.dispatch.orders.conftest import START, World

CLOSED = "UPDATE orders SET status = 'closed', closed_at = now(), outcome = :outcome WHERE id = :id"


@pytest.mark.parametrize("outcome", [None, "satisfied", "not_reached", "unreachable", "archived"])
async def test_the_database_refuses_closed_without_an_answer_or_exhausted_attempts(world: World, outcome: str | None):
    order = await world.report()
    with pytest.raises(IntegrityError, match="closed_needs_an_answer"):
        await world.session.execute(text(CLOSED), {"outcome": outcome, "id": order.id})


async def test_the_database_refuses_a_grid_of_another_area(world: World):
    order = await world.report()
    other = ServiceArea(code="other", name="Other", timezone="UTC")
    world.session.add(other)
    await world.session.flush()
    grid = Grid(area_id=other.id, code="far", name="Far", square_metres=1.0, geom=world.west.geom)
    world.session.add(grid)
    await world.session.flush()
    with pytest.raises(IntegrityError, match="fk_orders_grid_of_the_area"):
        await world.session.execute(
            text("UPDATE orders SET grid_id = :grid WHERE id = :id"), {"grid": grid.id, "id": order.id}
        )


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [("satisfied = true, callback_attempts = 1", "satisfied"), ("callback_attempts = 3", "not_reached")],
)
async def test_the_database_allows_closed_with_one(world: World, answers: str, outcome: str):
    order = await world.report()
    await world.session.execute(text(f"UPDATE orders SET {answers} WHERE id = :id"), {"id": order.id})
    await world.session.execute(text(CLOSED), {"outcome": outcome, "id": order.id})


@pytest.mark.parametrize(
    "statement", ["UPDATE order_events SET type = 'noted'", "DELETE FROM order_events", "TRUNCATE order_events"]
)
async def test_events_are_append_only(world: World, statement: str):
    await world.report()
    with pytest.raises(IntegrityError, match="never changed or deleted"):
        await world.session.execute(text(statement))


async def test_orders_with_events_go_only_when_an_import_is_undone_and_leave_a_trace(world: World):
    order = await world.report()
    with pytest.raises(IntegrityError, match="never changed or deleted"):
        async with world.session.begin_nested():
            await world.session.execute(text("DELETE FROM orders"))
    run = ImportRun(area_id=order.area_id, filename="x.csv", sha256="x", mapping={}, counts={})
    world.session.add(run)
    await world.session.flush()
    order.import_id, who, order_id = run.id, uuid4(), order.id
    await world.session.flush()
    with pytest.raises(IntegrityError, match="people have worked on orders of this import"):
        async with world.session.begin_nested():
            await remove_orders(world.session, run.id, who)
    await world.session.execute(text("ALTER TABLE order_events DISABLE TRIGGER USER"))  # as the owner alone can
    await world.session.execute(text("UPDATE order_events SET actor_role = 'import'"))
    await world.session.execute(text("ALTER TABLE order_events ENABLE TRIGGER USER"))
    assert await remove_orders(world.session, run.id, who) == 1
    assert (await world.session.execute(select(OrderEvent))).first() is None
    trace = (await world.session.execute(select(RemovedOrder))).scalar_one()
    assert (trace.order_id, trace.import_id, trace.removed_by, trace.events) == (order_id, run.id, who, 1)
    for statement in ("DELETE FROM removed_orders", "UPDATE removed_orders SET events = 0", "TRUNCATE removed_orders"):
        with pytest.raises(IntegrityError, match="never changed or deleted"):
            async with world.session.begin_nested():
                await world.session.execute(text(statement))


def technician(area_id: UUID, technician_id: UUID) -> Actor:
    scope = Scope(areas=frozenset({area_id}), technician=technician_id)
    return Actor(uuid4(), "technician", Role.TECHNICIAN, scope)


async def held_up_the_other(database: Database, first: asyncio.Event) -> None:
    """Whoever comes first goes on only when the other one waits for it."""
    if not first.is_set():
        first.set()
        await somebody_waits(database)


async def test_two_people_at_once_are_one_after_the_other(shared: tuple[Database, UUID, UUID, UUID]):
    database, area_id, anna, bert = shared
    async with database.transaction() as session:
        area = await session.get_one(ServiceArea, area_id)
        order_id = (await report(session, SYSTEM, area, Report(fault_type="slow"))).id
        await apply(session, SYSTEM, order_id, acts.Dispatch(technician_id=anna, why="a_technician"))

    first = asyncio.Event()

    async def act(actor: Actor, wanted: acts.ActBase) -> str:
        try:
            async with database.transaction() as session:
                await apply(session, actor, order_id, wanted)
                await held_up_the_other(database, first)
        except Problem as error:
            return error.code
        return "applied"

    answers = await asyncio.gather(
        act(technician(area_id, anna), acts.Accept()),
        act(SYSTEM, acts.Reassign(technician_id=bert, why="dispatcher")),
    )
    assert answers in (["applied", "applied"], ["order.not_yours", "applied"])
    async with database.transaction() as session:
        order = await session.get_one(Order, order_id)
        assert (order.owner_id, order.status) == (bert, Status.DISPATCHED)
        assert (await verify(session, area_id)).mismatches == []


async def test_overlapping_batches_on_two_connections_apply_an_act_once(shared: tuple[Database, UUID, UUID, UUID]):
    database, area_id, anna, _ = shared
    async with database.transaction() as session:
        area = await session.get_one(ServiceArea, area_id)
        order_id = (await report(session, SYSTEM, area, Report(fault_type="slow"))).id
        await apply(session, SYSTEM, order_id, acts.Dispatch(technician_id=anna, why="a_technician"))
    client_id, first = uuid4(), asyncio.Event()

    async def send() -> bool:
        async with database.transaction() as session:
            applied = await apply(
                session, technician(area_id, anna), order_id, acts.Accept(), client_id=client_id, occurred_at=START
            )
            await held_up_the_other(database, first)
            return applied.already

    assert sorted(await asyncio.gather(send(), send())) == [False, True]
    async with database.transaction() as session:
        with pytest.raises(Conflict):
            await apply(session, technician(area_id, anna), order_id, acts.Accept())


async def test_verify_names_an_order_whose_status_was_changed_by_hand(world: World):
    orders = [await world.report() for _ in range(3)]
    await world.do(SYSTEM, orders[0], acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
    clean = await verify(world.session, world.area.id)
    assert (clean.orders, clean.events, clean.mismatches) == (3, 4, [])
    await world.session.execute(text("UPDATE orders SET status = 'on_site' WHERE id = :id"), {"id": orders[1].id})
    (found,) = (await verify(world.session, world.area.id)).mismatches
    assert (found.order, found.field, found.stored, found.rebuilt) == (
        orders[1].number,
        "status",
        "on_site",
        "reported",
    )


async def test_verify_names_an_order_without_events_and_a_point_moved_by_hand(world: World):
    order, bare = await world.report(), await world.report()
    await world.session.execute(text(f"{TRACE} WHERE id = :id"), {"id": bare.id})  # as the tables' owner alone can
    await world.session.execute(text("DELETE FROM order_events WHERE order_id = :id"), {"id": bare.id})
    moved = "UPDATE orders SET point = ST_SetSRID(ST_MakePoint(-123.11, 49.25), 4326) WHERE id = :id"
    await world.session.execute(text(moved), {"id": order.id})
    found = {(mismatch.order, mismatch.field) for mismatch in (await verify(world.session, world.area.id)).mismatches}
    assert found == {(order.number, "point"), (bare.number, "events")}


async def test_history_is_closed_from_its_two_events(world: World):
    order = await report(
        world.session,
        SYSTEM,
        world.area,
        Report(fault_type="slow"),
        placing=Placing(problem="no_address"),
        provenance=Provenance(origin=Origin.HISTORY, source_key="k1", closed_at=START),
        occurred_at=START.replace(day=1),
    )
    assert (order.status, order.outcome, order.closed_at) == (Status.CLOSED, "archived", START)
    assert (await verify(world.session, world.area.id)).mismatches == []
