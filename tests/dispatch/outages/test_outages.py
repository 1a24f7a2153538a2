"""An outage from its first voice to its end: suspected, confirmed, its children muted, everybody told once, closed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text

from dispatch.notices.models import Notice
from dispatch.orders.events.verify import verify
from dispatch.orders.models import Order, OrderEvent, Origin, Status
from dispatch.orders.reporting import Provenance, Report, SubscriberGiven, report
from dispatch.orders.rules import acts
from dispatch.outages import repository, service
from dispatch.outages.detection import look_at, watch
from dispatch.outages.models import Answer, Outage, OutageOrder, OutageStatus, Part, Why
from dispatch.outages.reliability import reliability
from dispatch.outages.service import Extent
from dispatch.planning.dispatching.auto_dispatch import dispatch_new
from grids.models import GridContract
from kit.actor import SYSTEM, Role
from kit.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from tests.dispatch.outages.conftest import HERE, World, ids, voice, voices

RING = [(HERE[0] - 0.01, HERE[1] - 0.01), (HERE[0] + 0.01, HERE[1] - 0.01), (HERE[0] + 0.01, HERE[1] + 0.01),
        (HERE[0] - 0.01, HERE[1] + 0.01)]  # fmt: skip


async def all_outages(world: World) -> list[Outage]:
    return list((await world.session.scalars(select(Outage).order_by(Outage.number))).all())


async def confirmed(world: World, count: int = 3, **terms) -> tuple[Outage, list[Order]]:
    orders = await voices(world, count)
    (found,) = await all_outages(world)
    terms.setdefault("expected_end", world.now + timedelta(hours=3))
    outage = await service.confirm(world.session, world.dispatcher, found.id, Extent(), **terms)
    return outage, orders


async def told(world: World, kind: str) -> int:
    return int(await world.session.scalar(select(func.count()).where(Notice.kind == kind)) or 0)


# --- suspecting -------------------------------------------------------------------------------------------------------


async def test_three_subscribers_on_one_node_within_half_an_hour_make_an_outage_likely(world: World):
    await voices(world, 2)
    assert await all_outages(world) == []
    world.wait(minutes=29)
    await voice(world, 3)
    (outage,) = await all_outages(world)
    assert (outage.status, outage.why, outage.network_node) == (OutageStatus.SUSPECTED, Why.NODE, "OLT-7")
    assert len(await repository.orders_with(world.session, outage.id, Part.NAMED)) == 3


async def test_one_who_reports_three_times_is_one_voice_and_late_ones_do_not_add_up(world: World):
    who = SubscriberGiven("Li Wei", ("13800000001",))
    for number in range(3):
        await voice(world, number, subscriber=who)
    world.wait(minutes=31)
    await voice(world, 5)
    await voice(world, 6)
    assert await all_outages(world) == []


async def test_a_building_counts_by_place_or_address_without_a_node(world: World):
    for number in range(3):
        await voice(world, number, network_node=None, point=(HERE[0] + number * 0.00005, HERE[1]))
    (outage,) = await all_outages(world)
    assert outage.why is Why.BUILDING
    assert outage.shape is not None
    for number in range(10, 13):
        await voice(world, number, network_node=None, point=None, address="1 Nowhere Street")
    assert [one.why for one in await all_outages(world)] == [Why.BUILDING, Why.BUILDING]


async def test_what_monitoring_reports_of_a_node_is_an_alarm_at_once(world: World):
    await voice(world, 1, channel="monitoring", subscriber=None)
    assert [one.why for one in await all_outages(world)] == [Why.ALARM]


async def _history(world: World, weeks: int, each: int) -> None:
    for week in range(1, weeks + 1):
        for number in range(each):
            at = world.now - timedelta(weeks=week, minutes=number)
            given = Report(fault_type="no_service", point=(HERE[0] + number * 0.0001, HERE[1]))
            closed = Provenance(origin=Origin.HISTORY, closed_at=at + timedelta(hours=1))
            await report(world.session, SYSTEM, world.area, given, provenance=closed, occurred_at=at)


@pytest.mark.parametrize(("each", "likely"), [(1, True), (30, False)])
async def test_reports_near_each_other_count_by_how_improbable_they_are_there(world: World, each: int, likely: bool):
    await _history(world, 8, each)
    for number in range(5):
        await voice(world, number, network_node=None, point=(HERE[0] + number * 0.0006, HERE[1]))
    found = await all_outages(world)
    assert [one.why for one in found] == ([Why.NEARBY] if likely else [])
    if likely:
        assert found[0].probability is not None
        assert found[0].probability < 0.001
        assert found[0].expected_reports == pytest.approx(each / 6)


async def test_without_weeks_of_history_nothing_near_is_judged(world: World):
    for number in range(5):
        await voice(world, number, network_node=None, point=(HERE[0] + number * 0.0006, HERE[1]))
    assert await all_outages(world) == []


async def test_a_suspected_one_gathers_more_voices_and_a_dismissed_one_is_not_proposed_again(world: World):
    orders = await voices(world, 4)
    (outage,) = await all_outages(world)
    assert len(await repository.orders_with(world.session, outage.id, Part.NAMED)) == 4
    await service.dismiss(world.session, world.dispatcher, outage.id, "a drill")
    assert await look_at(world.session, world.area, [one.id for one in orders]) == 0
    await voice(world, 5)
    await voice(world, 6)
    assert len(await all_outages(world)) == 1
    await voice(world, 7)  # three new ones: something new
    assert len(await all_outages(world)) == 2


async def test_the_sweep_finds_what_came_otherwise_once(world: World):
    for number in range(3):
        await world.report(network_node="OLT-9", subscriber=SubscriberGiven(f"V{number}", (f"139{number:08d}",)))
    assert await watch(world.session, world.area) > 0
    assert len(await all_outages(world)) == 1
    assert await watch(world.session, world.area) == 0


async def test_the_sweep_of_a_standing_clock_finds_what_comes_at_the_moment_of_its_last_look(world: World):
    await watch(world.session, world.area)
    for number in range(3):
        await world.report(network_node="OLT-9", subscriber=SubscriberGiven(f"V{number}", (f"139{number:08d}",)))
    assert await watch(world.session, world.area) > 0
    assert len(await all_outages(world)) == 1


# --- confirmed --------------------------------------------------------------------------------------------------------


async def test_confirming_mutes_the_children_sends_one_crew_and_tells_each_phone_once(world: World):
    orders = await voices(world, 4)
    same_phone = await voice(world, 9, subscriber=SubscriberGiven("Flat mate", ("13800000001",)))
    given = await dispatch_new(world.session, world.area, [orders[0].id])
    assert len(given) <= 1
    (found,) = await all_outages(world)
    outage = await service.confirm(
        world.session, world.dispatcher, found.id, Extent(), expected_end=world.now + timedelta(hours=2),
        note="amplifier", version=found.version,
    )  # fmt: skip
    for order in [*orders, same_phone]:
        await world.session.refresh(order)
        assert (order.status, order.outage_id) == (Status.MERGED, outage.id)
    crew = (await repository.orders_with(world.session, outage.id, Part.CREW))[0]
    repairing = await world.session.get_one(Order, crew.order_id)
    assert (repairing.level, repairing.network_node, repairing.subscriber_id) == ("urgent", "OLT-7", None)
    assert await dispatch_new(world.session, world.area, [one.id for one in orders]) == []
    assert await told(world, "outage_known") == 4
    assert (await verify(world.session, world.area.id)).mismatches == []


async def test_who_is_on_the_way_already_stays(world: World):
    orders = await voices(world, 3)
    await world.do(world.dispatcher, orders[0], acts.Dispatch(technician_id=world.anna.id, why="dispatcher"))
    await world.do(world.technician(), orders[0], acts.Accept())
    await world.do(world.technician(), orders[0], acts.Depart())
    (found,) = await all_outages(world)
    await service.confirm(
        world.session, world.dispatcher, found.id, Extent(), expected_end=world.now + timedelta(hours=2)
    )
    await world.session.refresh(orders[0])
    assert orders[0].status == Status.EN_ROUTE


async def test_a_new_report_from_the_node_or_area_joins_at_intake_and_the_script_has_the_expected_end(world: World):
    outage, _ = await confirmed(world)
    new = await voice(world, 20)
    assert (new.status, new.outage_id) == (Status.MERGED, outage.id)
    known = await service.known_at(world.session, world.area, node="OLT-7", point=None)
    assert known is not None
    assert known.script == {"day": "Tue 27 Sep", "to": "12:00"}
    assert await service.known_at(world.session, world.area, node="OLT-8", point=None) is None
    assert await told(world, "outage_known") == 4


async def test_an_area_drawn_by_hand_takes_in_what_lies_in_it(world: World):
    inside = await world.report(network_node=None)
    outside = await world.report(point=(HERE[0] + 0.05, HERE[1]), network_node=None)
    outage = await service.declare(
        world.session, world.dispatcher, world.area, Extent(ring=RING), world.now - timedelta(minutes=5),
        expected_end=world.now + timedelta(hours=1),
    )  # fmt: skip
    await world.session.refresh(inside)
    await world.session.refresh(outside)
    assert (inside.outage_id, outside.outage_id) == (outage.id, None)
    assert await service.known_at(world.session, world.area, node=None, point=HERE) is not None


@pytest.mark.parametrize("ring", [RING[:2], [RING[0], RING[2], RING[1], RING[3]], [(200.0, 1.0), *RING]])
async def test_a_ring_that_is_no_area_is_refused(world: World, ring: list[tuple[float, float]]):
    with pytest.raises(Invalid) as refused:
        await service.declare(
            world.session, world.dispatcher, world.area, Extent(ring=ring), world.now,
            expected_end=world.now + timedelta(hours=1),
        )  # fmt: skip
    assert refused.value.code == "outage.ring"


async def test_a_moved_end_is_told_once_and_an_impossible_one_refused(world: World):
    outage, _ = await confirmed(world)
    later = world.now + timedelta(hours=6)
    for _ in range(2):
        await service.move_end(world.session, world.dispatcher, outage.id, later, "a second cable")
    assert await told(world, "outage_moved") == 3
    with pytest.raises(Invalid):
        await service.move_end(world.session, world.dispatcher, outage.id, world.now, None)


async def test_the_technicians_clock_stands_and_the_subscribers_does_not(world: World):
    orders = await voices(world, 3)
    order = orders[0]
    await world.do(world.dispatcher, order, acts.Dispatch(technician_id=world.anna.id, why="dispatcher"))
    await world.do(world.technician(), order, acts.Accept())
    due, own, company = order.due_at, order.technician_due_at, order.company_due_at
    assert own is not None
    (found,) = await all_outages(world)
    outage = await service.confirm(
        world.session, world.dispatcher, found.id, Extent(), expected_end=world.now + timedelta(hours=2)
    )
    world.wait(hours=2)
    await service.take_out(world.session, world.dispatcher, outage.id, order.id)
    await world.session.refresh(order)
    assert (order.status, order.owner_id, order.reported_at) == (Status.REPORTED, None, orders[0].reported_at)
    assert (order.due_at, order.company_due_at) == (due, company)
    assert order.technician_due_at == own + timedelta(hours=2)
    await world.do(world.dispatcher, order, acts.Dispatch(technician_id=world.bert.id, why="dispatcher"))
    await world.do(world.technician(world.bert), order, acts.Accept())
    assert (order.due_at, order.technician_due_at) == (due, own + timedelta(hours=2))


# --- over -------------------------------------------------------------------------------------------------------------


async def test_over_everybody_is_told_a_sample_is_called_and_a_day_later_it_closes(world: World):
    outage, orders = await confirmed(world, 8)
    world.wait(hours=1)
    await service.restore(world.session, world.dispatcher, outage.id)
    children = await repository.orders_with(world.session, outage.id, Part.CHILD)
    drawn = [row.order_id for row in children if row.sampled]
    assert len(drawn) == 5  # 20 % of eight would be two
    assert set(drawn) == set(sorted(ids(orders), key=lambda one: service.lot(outage.number, one))[:5])
    assert await told(world, "outage_over") == 8
    await service.answer(world.session, world.agent, outage.id, drawn[0], Answer.WORKS)
    await service.answer(world.session, world.agent, outage.id, drawn[1], Answer.STILL_BROKEN)
    broken = await world.session.get_one(Order, drawn[1], populate_existing=True)
    assert (broken.status, broken.outage_id) == (Status.REPORTED, None)
    world.wait(hours=23)
    assert await service.follow_up(world.session, world.area) == 0
    world.wait(hours=1)
    assert await service.follow_up(world.session, world.area) == 1
    await world.session.refresh(outage)
    assert outage.status is OutageStatus.CLOSED
    ended = await world.session.scalar(select(func.count()).where(Order.outcome == "outage", Order.status == "closed"))
    assert ended == 7
    assert (await verify(world.session, world.area.id)).mismatches == []


async def test_a_crew_that_is_done_restores_it_by_itself(world: World):
    outage, _ = await confirmed(world)
    crew = (await repository.orders_with(world.session, outage.id, Part.CREW))[0].order_id
    world.wait(minutes=30)
    await world.do(world.dispatcher, crew, acts.Dispatch(technician_id=world.anna.id, why="dispatcher"))
    await world.do(world.dispatcher, crew, acts.ForceComplete(reason="repaired"))
    at = world.now
    world.wait(minutes=5)
    assert await service.follow_up(world.session, world.area) == 1
    await world.session.refresh(outage)
    assert (outage.status, outage.restored_at) == (OutageStatus.RESTORED, at)


async def test_decisions_are_refused_in_the_wrong_state_version_role_and_scope(world: World):
    outage, _ = await confirmed(world)
    with pytest.raises(Conflict):
        await service.dismiss(world.session, world.dispatcher, outage.id, None)
    with pytest.raises(Stale):
        await service.restore(world.session, world.dispatcher, outage.id, version=outage.version - 1)
    with pytest.raises(Forbidden):
        await service.restore(world.session, world.agent, outage.id)
    stranger = world.actor(Role.GRID_LEAD, grids=frozenset())
    with pytest.raises(NotFound):
        await service.restore(world.session, stranger, outage.id)
    await voice(world, 30, point=(HERE[0] - 0.05, HERE[1]))  # in the western grid
    half = world.actor(Role.GRID_LEAD, grids=frozenset({world.west.id}))
    with pytest.raises(Forbidden):
        await service.restore(world.session, half, outage.id)


# --- reliability ------------------------------------------------------------------------------------------------------

_IN_PLAIN_SQL = """
SELECT sum(c.customers * extract(epoch FROM t.restored_at - t.since) / 60) AS minutes, sum(c.customers) AS interrupted,
       (SELECT sum(households) FROM grid_contracts WHERE valid @> DATE '2022-09-27') AS served
FROM outages t JOIN outage_customers c ON c.outage_id = t.id
WHERE t.restored_at - t.since > interval '5 minutes' AND (t.since AT TIME ZONE 'America/Vancouver')::date = '2022-09-27'
"""


async def test_reliability_equals_a_recomputation_in_plain_sql(world: World):
    contracts = (await world.session.scalars(select(GridContract))).all()
    for contract in contracts:
        contract.households = 400
        contract.valid = type(contract.valid)(date(2020, 1, 1), None)
    await world.session.flush()
    outage, _ = await confirmed(world, 5, customers=120)
    world.wait(minutes=90)
    await service.restore(world.session, world.dispatcher, outage.id)
    short = await service.declare(
        world.session, world.dispatcher, world.area, Extent(ring=RING), world.now,
        expected_end=world.now + timedelta(hours=1),
    )  # fmt: skip
    world.wait(minutes=4)
    await service.restore(world.session, world.dispatcher, short.id)
    found = await reliability(world.session, world.area, date(2022, 9, 27), date(2022, 9, 28))
    plain = (await world.session.execute(text(_IN_PLAIN_SQL))).one()
    assert (found.area.interrupted, found.area.served) == (plain.interrupted, plain.served) == (120, 800)
    assert found.area.minutes == pytest.approx(float(plain.minutes)) == pytest.approx(120 * 90)
    assert found.area.saidi == pytest.approx(13.5)
    assert found.area.saifi == pytest.approx(0.15)
    assert found.area.caidi == pytest.approx(90)
    assert found.threshold is None
    assert found.major_days == []
    assert sum(one.minutes for one in found.grids) == pytest.approx(found.area.minutes)
    # a drawn area interrupts the households it covers, not only who called
    homes = await repository.customers(world.session, [short.id])
    assert 0 < homes[short.id] < 400


async def test_no_event_of_an_outage_names_a_person(world: World):
    await confirmed(world)
    events = (await world.session.scalars(select(OrderEvent).where(OrderEvent.type == "outage_joined"))).all()
    assert len(events) == 3
    assert all(set(event.data) == {"outageId", "outageNumber"} for event in events)
    assert await world.session.scalar(select(func.count()).select_from(OutageOrder)) == 4
