"""What makes a month hard to count: borders, second thoughts, and acts that meet each other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from dispatch.assessments import appeals, deadlines, repository
from dispatch.assessments.ledger import closing
from dispatch.assessments.ledger.entries import verify_ledger
from dispatch.assessments.service import compute, publish
from dispatch.callbacks.models import CallbackAttempt
from dispatch.complaints import service as complaints
from dispatch.complaints.models import Liability, Source
from dispatch.orders.rules import acts
from kit.actor import SYSTEM, Role
from kit.errors import Conflict
from tests.dispatch.assessments.conftest import complete, repair, world
from tests.dispatch.orders.conftest import HERE, START, World

__all__ = ["world"]
OCTOBER = datetime(2022, 10, 1, 7, 0, tzinfo=UTC)
MONTH = date(2022, 9, 1)


async def card_of(world: World, month: str, name: str) -> dict:
    built = (await compute(world.session, SYSTEM, world.area, month)).as_json()
    return next(card for card in built["technicians"] if card["name"] == name)


async def test_a_report_that_is_checked_in_the_next_month_counts_there_though_nothing_else_happens_to_it(world: World):
    order = await repair(world, START, world.anna)
    world.set(OCTOBER + timedelta(days=9))
    await appeals.inspect(world.session, world.actor(Role.INSPECTOR), order.id, passed=False, findings=["no photo"])
    world.set(OCTOBER + timedelta(days=70))
    counts = {}
    for month in ("2022-09", "2022-10"):
        number = (await card_of(world, month, "Anna"))["indicators"]["reports_in_order"]
        counts[month] = (number["numerator"], number["denominator"])
    assert counts == {"2022-09": (0, 0), "2022-10": (0, 1)}


async def test_an_answer_that_was_appealed_in_vain_is_not_charged_again_by_the_complaint_made_in_it(world: World):
    order = await repair(world, START, world.anna, say="not_fixed")
    call = (await world.session.scalars(select(CallbackAttempt).where(CallbackAttempt.order_id == order.id))).one()
    world.set(START + timedelta(days=1))
    await compute(world.session, SYSTEM, world.area, MONTH)
    await publish(world.session, SYSTEM, world.area, MONTH)
    (entry,) = await repository.entries(world.session, world.area.id, MONTH)
    await appeals.appeal(world.session, world.technician(), entry.id, "it worked when I left")
    await appeals.decide(world.session, world.actor(Role.INSPECTOR), entry.id, upheld=False, note="it did not")
    agent = world.agent
    found = await complaints.take(
        world.session, agent, world.area, source=Source.CALL, words="Not fixed.", order_id=order.id, call_id=call.id
    )
    await complaints.answer(world.session, agent, found.id, "We are sorry.")
    await complaints.decide(
        world.session, world.actor(Role.INSPECTOR), found.id, upheld=True, liability=Liability.TECHNICIAN,
        reason="seen", technician_id=world.anna.id,
    )  # fmt: skip
    anna = await card_of(world, "2022-09", "Anna")
    assert [(one["rule"], one["points"]) for one in anna["deductions"]] == [("complaint", -5.0)]
    assert (await verify_ledger(world.session, world.area.id)).differences == []


async def test_a_window_that_was_over_before_an_order_changed_hands_is_missed_by_who_held_it(world: World):
    world.set(START)
    order = await world.report(subscriber=None)
    await world.do(SYSTEM, order, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
    ends = START + timedelta(minutes=60), START + timedelta(minutes=90)
    for minute, act in ((5, acts.Accept()), (10, acts.Contact(window_start=ends[0], window_end=ends[1]))):
        world.set(START + timedelta(minutes=minute))
        await world.do(world.technician(), order, act)
    world.set(START + timedelta(minutes=100))
    await world.do(SYSTEM, order, acts.Reassign(technician_id=world.bert.id, why="dispatcher"))
    bert = world.technician(world.bert)
    for minute, act in ((105, acts.Accept()), (110, acts.Depart()), (130, acts.Arrive()), (160, complete())):
        world.set(START + timedelta(minutes=minute))
        await world.do(bert, order, act, point=HERE)
    world.set(OCTOBER + timedelta(days=40))
    built = (await compute(world.session, SYSTEM, world.area, "2022-09")).as_json()
    cards = {card["name"]: card for card in built["technicians"]}
    kept = {name: cards[name]["indicators"]["appointments_kept"] for name in cards}
    counts = {name: (one["numerator"], one["denominator"]) for name, one in kept.items()}
    assert counts == {"Anna": (0, 1), "Bert": (0, 0)}
    assert [one["rule"] for one in cards["Anna"]["deductions"]] == ["missed_window"]
    assert cards["Bert"]["deductions"] == []
    area = built["area"]["indicators"]["appointments_kept"]
    assert (area["numerator"], area["denominator"]) == (0, 1)


async def test_a_month_is_not_closed_while_somebody_may_still_appeal(world: World):
    await repair(world, START, world.anna, done=300)
    manager = world.actor(Role.MANAGER)
    world.set(OCTOBER + timedelta(days=40, hours=9))
    await compute(world.session, SYSTEM, world.area, MONTH)
    await publish(world.session, manager, world.area, MONTH)
    (entry,) = await repository.entries(world.session, world.area.id, MONTH)
    until = await deadlines.appeal_until(world.session, entry)
    assert until is not None
    with pytest.raises(Conflict) as refused:
        await closing.close(world.session, manager, world.area, MONTH)
    assert refused.value.code == "assessment.close_appealable"
    world.set(until)
    assert (await closing.close(world.session, manager, world.area, MONTH)).run_number == 1
