"""A stated contact belongs to its order: it is called first, and no report changes anybody's record."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select

from dispatch.orders import subscribers
from dispatch.orders.events.verify import verify
from dispatch.orders.intake.related.duplicates import checks
from dispatch.orders.lists import listing
from dispatch.orders.models import Order, OrderEvent, Subscriber
from dispatch.orders.reporting import Report, SubscriberGiven, report
from dispatch.orders.rules import acts
from dispatch.technicians.models import Technician
from grids.models import Grid
from kit.actor import SYSTEM, Actor, Role
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from tests.dispatch.orders.conftest import HERE, World

VICTIM = SubscriberGiven("Victim", ("13800000009",), "ACC-1", ("arrears",))
ATTACK = SubscriberGiven("Attacker", ("13911111111",), "ACC-1")
WEST_POINT = (-123.15, 49.25)


async def by(world: World, actor: Actor, given: SubscriberGiven, point: tuple[float, float] = HERE) -> Order:
    return await report(
        world.session, actor, world.area, Report(fault_type="no_service", point=point, subscriber=given)
    )


async def record(world: World, order: Order) -> Subscriber:
    return await world.session.get_one(Subscriber, order.subscriber_id, populate_existing=True)


def one_grid(world: World, role: Role, grid: Grid) -> Actor:
    return world.actor(role, grids=frozenset({grid.id}))


async def test_the_desk_links_an_account_and_changes_nobody(world: World):
    first = await by(world, world.agent, VICTIM)
    second = await by(world, world.agent, ATTACK)
    assert second.subscriber_id == first.subscriber_id
    known = await record(world, first)
    assert (known.name, known.phones) == ("Victim", ["13800000009"])
    whole = await listing.unmask(world.session, world.agent, second.id)
    assert (whole.name, whole.phones) == ("Attacker", ["13911111111", "13800000009"])
    assert (await listing.unmask(world.session, world.agent, first.id)).phones == ["13800000009"]


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.GRID_LEAD, Role.DISPATCHER])
async def test_whoever_may_not_see_a_subscriber_neither_links_nor_learns_of_them(world: World, role: Role):
    victim = await by(world, world.agent, VICTIM)  # in the east
    asker = world.technician() if role is Role.TECHNICIAN else one_grid(world, role, world.west)
    unknown = SubscriberGiven("Attacker", ("13911111111",), "ACC-2")
    there, nowhere = await by(world, asker, ATTACK, WEST_POINT), await by(world, asker, unknown, WEST_POINT)
    for order in (there, nowhere):
        made = await record(world, order)
        assert made.id != victim.subscriber_id
        assert (made.name, made.account_number) == ("Attacker", None)
    asked = Report(fault_type="no_service", subscriber=ATTACK)
    found = await checks(world.session, world.area, asked, asker)
    assert (found.subscriber_id, found.arrears, found.duplicates, found.repeats) == (None, False, [], [])
    desk = await checks(world.session, world.area, asked, world.agent)
    assert (desk.subscriber_id, desk.arrears) == (victim.subscriber_id, True)


async def test_a_lead_links_the_subscriber_of_an_order_of_theirs(world: World):
    first = await by(world, world.agent, VICTIM)
    lead = one_grid(world, Role.GRID_LEAD, await world.session.get_one(Grid, first.grid_id))
    assert (await by(world, lead, ATTACK)).subscriber_id == first.subscriber_id


async def test_a_correction_changes_the_order_alone(world: World):
    first, second = await by(world, world.agent, VICTIM), await by(world, world.agent, VICTIM)
    await world.do(world.lead, second, acts.Edit(changes={"subscriber": {"name": "Son", "phones": ["13700000000"]}}))
    known = await record(world, first)
    assert (known.name, known.phones) == ("Victim", ["13800000009"])
    assert (await listing.unmask(world.session, world.agent, second.id)).phones[0] == "13700000000"


async def test_the_desk_makes_one_record_of_two_and_every_order_says_so(world: World):
    stranger = await by(world, world.technician(), ATTACK, WEST_POINT)
    known = await by(world, world.agent, VICTIM)
    gone, kept = stranger.subscriber_id, known.subscriber_id
    assert gone is not None
    assert kept is not None
    desk = world.agent
    merged, moved = await subscribers.merge(world.session, desk, gone, kept)
    assert (merged.id, moved, stranger.subscriber_id) == (kept, 1, kept)
    assert merged.phones == ["13800000009", "13911111111"]
    assert await world.session.get(Subscriber, gone) is None
    events = select(OrderEvent).where(OrderEvent.order_id == stranger.id).order_by(OrderEvent.sequence.desc())
    last = (await world.session.scalars(events)).first()
    assert last is not None
    assert (last.type, last.actor_account_id) == ("subscriber_linked", desk.account_id)
    assert last.data == {"subscriberId": str(kept), "fromSubscriberId": str(gone)}
    assert (await verify(world.session, world.area.id)).mismatches == []


async def test_the_desk_is_shown_other_records_with_a_phone_of_the_order_and_which_would_stay(world: World):
    known = await by(world, world.agent, VICTIM)
    nobody = await by(world, world.agent, SubscriberGiven("Wife", ("13822222222", "13800000009"), None))
    stranger = await by(world, world.agent, SubscriberGiven("Stranger", ("13833333333",), None))
    account = await by(world, world.agent, SubscriberGiven("Other", ("13800000009",), "ACC-2"))
    [found] = [
        one
        for one in await subscribers.with_the_same_phone(world.session, world.agent, nobody)
        if one.subscriber.id == known.subscriber_id
    ]
    assert (found.orders, found.merges, found.keeps) == (1, True, True)
    seen = {
        one.subscriber.id: (one.merges, one.keeps)
        for one in await subscribers.with_the_same_phone(world.session, world.agent, known)
    }
    assert seen == {nobody.subscriber_id: (True, False), account.subscriber_id: (False, True)}
    assert await subscribers.with_the_same_phone(world.session, world.agent, stranger) == []
    for who in (world.lead, world.technician(), one_grid(world, Role.DISPATCHER, world.west)):
        with pytest.raises(Forbidden):
            await subscribers.with_the_same_phone(world.session, who, known)


async def test_two_records_are_not_merged_by_everybody_nor_when_both_have_an_account(world: World):
    one = (await by(world, world.agent, VICTIM)).subscriber_id
    two = (await by(world, world.agent, SubscriberGiven("Other", (), "ACC-2"))).subscriber_id
    assert one is not None
    assert two is not None
    for who in (world.lead, world.technician()):
        with pytest.raises(Forbidden):
            await subscribers.merge(world.session, who, one, two)
    with pytest.raises(Forbidden, match="whole area"):
        await subscribers.merge(world.session, one_grid(world, Role.DISPATCHER, world.west), one, two)
    with pytest.raises(Conflict, match="two subscribers"):
        await subscribers.merge(world.session, world.agent, one, two)
    with pytest.raises(Invalid):
        await subscribers.merge(world.session, world.agent, one, one)
    with pytest.raises(NotFound):
        await subscribers.merge(world.session, world.agent, one, uuid4())


async def test_an_order_is_placed_in_a_grid_of_its_own_area_alone(world: World):
    order = await world.report(point=None)
    with pytest.raises(Invalid, match="not one of the area"):
        await world.do(SYSTEM, order, acts.Place(point=None, grid_id=uuid4()))
    await world.do(world.agent, order, acts.Place(point=None, grid_id=world.west.id))
    assert order.grid_id == world.west.id


async def test_a_lead_gives_work_to_people_of_their_grids_and_merges_orders_they_see(world: World):
    order, other = await world.report(point=WEST_POINT), await world.report()
    lead = one_grid(world, Role.GRID_LEAD, world.west)
    with pytest.raises(NotFound):
        await world.do(lead, order, acts.Merge(into_order_id=other.id))
    carl = Technician(area_id=world.area.id, employee_number="3", name="Carl")  # no contract of the west names him
    world.session.add(carl)
    await world.session.flush()
    with pytest.raises(Invalid, match="no technician"):
        await world.do(lead, order, acts.Dispatch(technician_id=carl.id, why="grid_lead"))
    await world.do(lead, order, acts.Dispatch(technician_id=world.anna.id, why="grid_lead"))
    assert order.owner_id == world.anna.id
