"""Statements on the database: drafted, issued, disputed and settled; what is out never changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from dispatch.assessments.ledger import closing, rulings
from dispatch.assessments.ledger.models import RulingKind
from dispatch.assessments.service import compute, publish
from dispatch.assessments.settlement.acting import dispute, issue, lines_of, settle, statements_of
from dispatch.assessments.settlement.checking import verify_statements
from dispatch.assessments.settlement.drafting import draft
from dispatch.assessments.settlement.models import SettlementStatement
from dispatch.assessments.settlement.points import POINTS, money, rounded
from dispatch.callbacks.models import Reached, Satisfaction
from dispatch.callbacks.service import Answer, record_attempt
from dispatch.orders.rules import acts
from dispatch.orders.service import reopen
from grids.contracts import Terms, create_contract
from grids.models import Grid
from kit.actor import SYSTEM, Role
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from tests.dispatch.assessments.conftest import complete, repair, work, world
from tests.dispatch.orders.conftest import HERE, START, World

__all__ = ["world"]
MONTH = date(2022, 9, 1)
OCTOBER = datetime(2022, 10, 1, 7, 0, tzinfo=UTC)
LATER = OCTOBER + timedelta(days=31)


async def contracted(world: World) -> None:
    """West is Anna's at 2.50 a point; east is Bert's at 1.00. Orders lie in the east."""
    for grid, who, price in ((world.west, world.anna, 2.5), (world.east, world.bert, 1.0)):
        terms = Terms(who.id, date(2022, 1, 1), unit_points=price)
        await create_contract(world.session, await world.session.get_one(Grid, grid.id), terms)


async def published(world: World) -> None:
    await compute(world.session, SYSTEM, world.area, MONTH)
    await publish(world.session, SYSTEM, world.area, MONTH)


async def test_own_work_and_lent_work_stand_on_statements_that_add_up(world: World):
    await contracted(world)
    await repair(world, START, world.anna)
    await repair(world, START + timedelta(days=1), world.bert)
    world.set(LATER)
    await published(world)
    east, west = await draft(world.session, SYSTEM, world.area, MONTH)
    if east.name != "East":
        east, west = west, east
    (lent,) = [line for line in await lines_of(world.session, west.id) if line.part == "lent"]
    own, borrowed = await lines_of(world.session, east.id)
    assert {own.part, borrowed.part} == {"own", "borrowed"}
    assert (west.total, west.lent, west.own) == (lent.amount, lent.amount, 0)
    assert lent.unit_price == Decimal("1.0")
    assert east.borrowed == lent.amount
    kinds = await world.session.execute(
        text("SELECT service_seconds, difficulty FROM fault_types WHERE code = 'no_service'")
    )
    seconds, difficulty = kinds.one()
    scores = await world.session.execute(
        text("SELECT score FROM score_cards WHERE subject = 'technician' AND subject_id = :who"),
        {"who": str(world.anna.id)},
    )
    quality = min(1.2, max(0.6, 0.6 + (scores.scalar_one() - 60) * 0.015))
    assert float(lent.points) == pytest.approx(seconds / 900 * difficulty * quality, abs=1e-4)
    checked = await verify_statements(world.session, world.area.id)
    assert (checked.statements, checked.differences) == (2, [])
    again = await draft(world.session, SYSTEM, world.area, MONTH)
    assert sorted(one.total for one in again) == sorted((east.total, west.total))
    await world.session.execute(text("UPDATE settlement_lines SET amount = amount + 1 WHERE part = 'lent'"))
    found = (await verify_statements(world.session, world.area.id)).differences
    assert [difference.split(" says ")[0] for difference in found[:1]] == ["2022-09: the statement of West"]


async def test_a_rework_within_the_month_pays_who_redoes_it_alone(world: World):
    await contracted(world)
    order = await repair(world, START, world.anna, say=None)
    world.set(START + timedelta(minutes=200))
    await record_attempt(
        world.session, world.agent, order.id,
        Answer(Reached.ANSWERED, False, Satisfaction.DISSATISFIED, ["not_fixed"]),
    )  # fmt: skip
    world.set(START + timedelta(minutes=210))
    if order.owner_id != world.bert.id:
        await world.do(world.dispatcher, order, acts.Reassign(technician_id=world.bert.id, why="other"))
    await work(world, order, START + timedelta(minutes=220), world.bert, accept=5, contact=10, arrive=40, done=80)
    world.set(LATER)
    await published(world)
    found = await draft(world.session, SYSTEM, world.area, MONTH)
    lines = [line for one in found for line in await lines_of(world.session, one.id) if line.part != "borrowed"]
    paid = {(line.technician_id, line.why): line.amount for line in lines}
    assert paid[world.anna.id, "came_back"] == 0
    assert paid[world.bert.id, "redone"] > 0
    assert len(paid) == 2


async def test_what_is_out_never_changes_and_what_comes_back_later_is_a_line_of_the_next_month(world: World):
    await contracted(world)
    order = await repair(world, OCTOBER - timedelta(hours=5), world.bert, say=None)
    world.set(LATER)
    await published(world)
    manager = world.actor(Role.MANAGER)
    with pytest.raises(Conflict, match="is not closed"):
        await issue(world.session, manager, world.area, MONTH)
    await closing.close(world.session, manager, world.area, MONTH)
    (one,) = await issue(world.session, manager, world.area, MONTH)
    total = one.total
    assert total > 0
    with pytest.raises(Conflict, match="never change"):
        await draft(world.session, manager, world.area, MONTH)
    await record_attempt(
        world.session, world.agent, order.id,
        Answer(Reached.ANSWERED, False, Satisfaction.DISSATISFIED, ["not_fixed"]),
    )  # fmt: skip
    world.set(LATER + timedelta(days=1))
    await compute(world.session, SYSTEM, world.area, "2022-10")
    for _ in range(2):
        (next_one,) = await draft(world.session, manager, world.area, "2022-10")
        (line,) = await lines_of(world.session, next_one.id)
        assert (line.part, line.amount, line.corrects) == ("correction", -total, MONTH)
        assert next_one.total == -total
    assert [row.total for row in await statements_of(world.session, manager, world.area.id, MONTH)] == [total]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE settlement_lines SET amount = 0",
        "DELETE FROM settlement_lines",
        "UPDATE settlement_statements SET own = own + 1, total = total + 1",
        "UPDATE settlement_statements SET status = 'draft'",
        "DELETE FROM settlement_statements",
    ],
)
async def test_the_database_refuses_to_change_what_is_out(world: World, statement: str):
    await contracted(world)
    await repair(world, START, world.bert)
    world.set(LATER)
    await published(world)
    await closing.close(world.session, SYSTEM, world.area, MONTH)
    await issue(world.session, SYSTEM, world.area, MONTH)
    with pytest.raises(DBAPIError, match=r"(is|are) never changed"):
        await world.session.execute(text(statement))


async def test_a_dispute_needs_a_reason_and_is_settled_by_a_judgement(world: World):
    await contracted(world)
    await repair(world, START, world.bert)
    world.set(LATER)
    await published(world)
    manager = world.actor(Role.MANAGER)
    (one,) = await draft(world.session, manager, world.area, MONTH)
    with pytest.raises(Conflict, match="Only a statement"):
        await settle(world.session, manager, one.id, "")
    await closing.close(world.session, manager, world.area, MONTH)
    (one,) = await issue(world.session, manager, world.area, MONTH)
    lead = world.actor(Role.GRID_LEAD, grids=frozenset({world.east.id}))
    for refused, reason in ((Invalid, " "),):
        with pytest.raises(refused):
            await dispute(world.session, lead, one.id, reason)
    await dispute(world.session, lead, one.id, "an order is missing")
    with pytest.raises(Invalid):
        await settle(world.session, manager, one.id, " ")
    with pytest.raises(Forbidden):
        await settle(world.session, lead, one.id, "no")
    settled = await settle(world.session, manager, one.id, "it is in next month's")
    assert (settled.status, settled.judgement) == ("settled", "it is in next month's")
    with pytest.raises(Conflict):
        await settle(world.session, manager, one.id, "again")


async def test_leads_see_their_grids_and_contractors_theirs(world: World):
    await contracted(world)
    await repair(world, START, world.anna)
    await repair(world, START + timedelta(days=1), world.bert)
    world.set(LATER)
    await published(world)
    await draft(world.session, SYSTEM, world.area, MONTH)
    west = world.actor(Role.GRID_LEAD, grids=frozenset({world.west.id}))
    assert [one.name for one in await statements_of(world.session, west, world.area.id, MONTH)] == ["West"]
    foreign = world.actor(Role.MANAGER, contractor="Another firm")
    assert list(await statements_of(world.session, foreign, world.area.id, MONTH)) == []
    (east,) = await world.session.scalars(select(SettlementStatement).where(SettlementStatement.name == "East"))
    with pytest.raises(NotFound):
        await dispute(world.session, west, east.id, "not mine")
    with pytest.raises(Forbidden):
        await draft(world.session, west, world.area, MONTH)


async def test_a_reopened_months_new_score_is_corrected_in_the_next_month_and_only_once(world: World):
    await contracted(world)
    order = await repair(world, START, world.bert)
    world.set(LATER)
    await published(world)
    manager, inspector = world.actor(Role.MANAGER), world.actor(Role.INSPECTOR)
    await closing.close(world.session, manager, world.area, MONTH)
    (one,) = await issue(world.session, manager, world.area, MONTH)
    (line,) = await lines_of(world.session, one.id)
    assert Fraction(line.quality) > Fraction(6, 10)
    await closing.reopen(world.session, manager, world.area, MONTH, "he was not there")
    await rulings.rule(
        world.session, inspector, order.id, kind=RulingKind.RED_LINE, rule="false_sign_in", points=0, reason="x"
    )
    await published(world)
    await compute(world.session, SYSTEM, world.area, "2022-10")
    (corrected,) = await draft(world.session, manager, world.area, "2022-10")
    wanted = money(rounded(Fraction(line.base) * Fraction(line.difficulty) * Fraction(6, 10), POINTS), line.unit_price)
    assert corrected.corrections == wanted - line.amount < 0
    world.set(LATER + timedelta(days=40))
    await compute(world.session, SYSTEM, world.area, "2022-10")
    await publish(world.session, SYSTEM, world.area, "2022-10")
    await closing.close(world.session, manager, world.area, "2022-10")
    await issue(world.session, manager, world.area, "2022-10")
    await compute(world.session, SYSTEM, world.area, "2022-11")
    assert list(await draft(world.session, manager, world.area, "2022-11")) == []


async def test_a_reopened_order_with_the_same_cause_is_a_rework_and_pays_who_redoes_it_alone(world: World):
    await contracted(world)
    order = await repair(world, START, world.anna)
    world.set(START + timedelta(days=2))
    again = await reopen(world.session, world.agent, order.id)
    await world.do(SYSTEM, again, acts.Dispatch(technician_id=world.bert.id, why="a_technician"))
    await work(world, again, START + timedelta(days=2), world.bert, accept=5, contact=10, arrive=40, done=80)
    world.set(LATER)
    await published(world)
    found = await draft(world.session, SYSTEM, world.area, MONTH)
    lines = [line for one in found for line in await lines_of(world.session, one.id) if line.part != "borrowed"]
    paid = {(line.technician_id, line.why): line.amount for line in lines}
    assert paid.keys() == {(world.anna.id, "came_back"), (world.bert.id, "redone")}
    assert paid[world.anna.id, "came_back"] == 0 < paid[world.bert.id, "redone"]


async def test_what_is_reopened_after_its_month_was_out_is_taken_back_in_the_next(world: World):
    await contracted(world)
    order = await repair(world, OCTOBER - timedelta(days=2), world.bert)
    world.set(LATER)
    await published(world)
    manager = world.actor(Role.MANAGER)
    await closing.close(world.session, manager, world.area, MONTH)
    (one,) = await issue(world.session, manager, world.area, MONTH)
    world.set(OCTOBER + timedelta(days=10))  # a trial area's clock stands where it is put
    again = await reopen(world.session, world.agent, order.id)
    await world.do(SYSTEM, again, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
    await work(world, again, world.now, world.anna, accept=5, contact=10, arrive=40, done=80)
    world.set(LATER)
    await compute(world.session, SYSTEM, world.area, "2022-10")
    found = await draft(world.session, manager, world.area, "2022-10")
    lines = [line for each in found for line in await lines_of(world.session, each.id) if line.part != "borrowed"]
    paid = {(line.part, line.technician_id): line.amount for line in lines}
    assert paid["correction", world.bert.id] == -one.total < 0
    assert paid["lent", world.anna.id] > 0


async def test_work_that_a_phone_tells_of_after_its_month_was_out_is_paid_in_the_next_and_only_once(world: World):
    await contracted(world)
    await repair(world, START, world.bert)
    start = START + timedelta(days=1)
    world.set(start)
    order = await world.report(subscriber=None)
    await world.do(SYSTEM, order, acts.Dispatch(technician_id=world.bert.id, why="a_technician"))
    bert = world.technician(world.bert)
    for minute, act in ((5, acts.Accept()), (20, acts.Depart()), (40, acts.Arrive())):
        world.set(start + timedelta(minutes=minute))
        await world.do(bert, order, act, point=HERE)
    world.set(LATER)
    await published(world)
    manager = world.actor(Role.MANAGER)
    await closing.close(world.session, manager, world.area, MONTH)
    (one,) = await issue(world.session, manager, world.area, MONTH)
    assert len(await lines_of(world.session, one.id)) == 1
    world.set(LATER + timedelta(days=1))
    await world.do(bert, order, complete(), occurred_at=start + timedelta(minutes=90), point=HERE)
    await compute(world.session, SYSTEM, world.area, "2022-10")
    for _ in range(2):
        (next_one,) = await draft(world.session, manager, world.area, "2022-10")
        (line,) = await lines_of(world.session, next_one.id)
        assert (line.part, line.order_id, line.corrects) == ("correction", order.id, MONTH)
        assert line.amount > 0
        assert line.amount == next_one.total
    world.set(LATER + timedelta(days=40))
    await compute(world.session, SYSTEM, world.area, "2022-10")
    await publish(world.session, SYSTEM, world.area, "2022-10")
    await closing.close(world.session, manager, world.area, "2022-10")
    await issue(world.session, manager, world.area, "2022-10")
    await compute(world.session, SYSTEM, world.area, "2022-11")
    assert list(await draft(world.session, manager, world.area, "2022-11")) == []


async def test_a_firm_that_lost_a_grid_still_sees_what_it_earned_there(world: World):
    """Its people's scope has today's grids alone."""
    for grid, who in ((world.west, world.anna), (world.east, world.bert)):
        terms = Terms(who.id, date(2022, 1, 1), contractor="Northline", last_day=date(2022, 9, 30))
        await create_contract(world.session, await world.session.get_one(Grid, grid.id), terms)
    await repair(world, START, world.bert)
    world.set(LATER)
    await published(world)
    await draft(world.session, SYSTEM, world.area, MONTH)
    for firm, seen in (("Northline", ["East"]), ("Southline", [])):
        actor = world.actor(Role.MANAGER, contractor=firm, grids=frozenset())
        assert [one.name for one in await statements_of(world.session, actor, world.area.id, MONTH)] == seen
