"""A month over the real city with technicians whose skill is known, judged by the product's own ledger and ranking."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.fairness.city import City, make_city
from benchmarks.fairness.judging import write
from benchmarks.fairness.lives import Rules, begin
from benchmarks.fairness.month import FIRST
from benchmarks.fairness.skills import DISHONEST, UNLUCKY
from benchmarks.fairness.table import months, verdict
from dispatch.callbacks.models import Reached, Satisfaction
from dispatch.callbacks.service import Answer, record_attempt
from dispatch.orders.events.verify import verify
from dispatch.orders.models import OrderEvent
from dispatch.orders.reporting import Report, report
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from dispatch.policies.service import calendars_for, policy_at
from kit.actor import SYSTEM, Actor, Role, Scope

pytestmark = [pytest.mark.realdata, pytest.mark.slow, pytest.mark.usefixtures("database")]


@pytest.fixture
async def city(session: AsyncSession, realdata: Path) -> City:
    return await make_city(session, realdata / "vancouver")


async def test_three_months_flag_the_dishonest_spare_the_unlucky_and_hold_true_skill(session, city):
    found = await months(session, city, (1, 2, 3))
    assert [said for said, fine in verdict(found) if not fine] == []
    assert all(DISHONEST in month.flagged for month in found)
    assert all(UNLUCKY not in month.flagged | month.proposed for month in found)


async def test_the_written_month_is_what_its_events_say(session, city):
    _, written = await write(session, city, 1)
    checked = await verify(session, city.area.id)
    assert (checked.orders, checked.events) == (len(written.orders), len(written.events))
    assert checked.mismatches == []


async def test_a_written_order_has_the_events_of_one_that_was_lived_through_the_product(session, city):
    who, grid = city.people[5], city.grids[5]
    place, fault = city.places[grid][0], city.faults["no_service"]
    given = FIRST + timedelta(days=3, hours=9)
    steps = [(1, acts.Accept()), (9, acts.Contact()), (40, acts.Depart()), (55, acts.Arrive())]
    photo = uuid4()
    done = acts.Complete(cause="no_service", action="repaired", photo_ids=[photo], signature_photo_id=photo)

    limits = (await policy_at(session, city.area.id, FIRST)).limits
    rules = Rules(limits, await calendars_for(session, city.area.id, FIRST))
    life = begin(rules, city.area.id, "W1", fault, place, grid, given)
    life.give(who, given)
    life.accept(who, given + timedelta(minutes=1))
    for minute, act in [*steps[1:], (100, done)]:
        life.act(act, given + timedelta(minutes=minute), who, "technician", point=place)
    life.call_back(uuid4(), given + timedelta(minutes=200), solved=True, good=True, reasons=[])
    life.act(acts.Close(outcome="satisfied"), given + timedelta(minutes=200), who, "agent")

    def at(moment: datetime) -> None:
        city.area.clock_area_anchor = moment

    at(given)
    agent = Actor(uuid4(), "agent", Role.AGENT, Scope(areas=frozenset({city.area.id})))
    mine = Actor(uuid4(), "t", Role.TECHNICIAN, Scope(areas=frozenset({city.area.id}), technician=who))
    order = await report(session, agent, city.area, Report(fault_type="no_service", point=place))
    await apply(session, SYSTEM, order.id, acts.Dispatch(technician_id=who, why="a_technician"))
    for minute, act in [*steps, (100, done)]:
        at(given + timedelta(minutes=minute))
        await apply(session, mine, order.id, act, point=place)
    at(given + timedelta(minutes=200))
    await record_attempt(session, agent, order.id, Answer(Reached.ANSWERED, True, Satisfaction.SATISFIED))

    query = select(OrderEvent).where(OrderEvent.order_id == order.id).order_by(OrderEvent.sequence)
    lived = (await session.scalars(query)).all()
    assert [event["type"] for event in life.events] == [event.type for event in lived]
    own = {"attemptId", "photoIds", "signaturePhotoId", "finishCodeHash"}
    for event, other in zip(life.events, lived, strict=True):
        told, written = ({k: v for k, v in one.items() if k not in own} for one in (other.data, event["data"]))
        assert json.loads(json.dumps(written)) == json.loads(json.dumps(told)), other.type
        assert (event["technician_id"], event["occurred_at"]) == (other.technician_id, other.occurred_at)
