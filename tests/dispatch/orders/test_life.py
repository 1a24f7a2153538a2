"""The life of an order (`domain.md` §4), told act by act."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from dispatch.notices.models import Notice
from dispatch.orders import repository
from dispatch.orders.events.orm_mapping import record_of, state_of
from dispatch.orders.models import Level, Order, OrderEvent, Status, Visit, VisitStatus
from dispatch.orders.reporting import SubscriberGiven
from dispatch.orders.rules import acts
from dispatch.orders.rules.states import fold
from dispatch.orders.service import reopen, resume_due
from kit.actor import SYSTEM
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from tests.dispatch.orders.conftest import HERE, World

FAR = (-123.15, 49.25)


def complete(**changes: object) -> acts.Complete:
    given: dict[str, object] = {
        "cause": "no_service", "action": "repaired", "photo_ids": [uuid4()], "signature_photo_id": uuid4(),
    }  # fmt: skip
    return acts.Complete(**{**given, **changes})  # type: ignore[arg-type]


async def dispatched(world: World, **given: object) -> Order:
    order = await world.report(**given)
    await world.do(SYSTEM, order, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
    return order


async def accepted(world: World, **given: object) -> Order:
    order = await dispatched(world, **given)
    await world.do(world.technician(), order, acts.Accept())
    return order


async def on_site(world: World, **given: object) -> Order:
    order = await accepted(world, **given)
    await world.do(world.technician(), order, acts.Contact())
    await world.do(world.technician(), order, acts.Depart())
    world.wait(minutes=20)
    await world.do(world.technician(), order, acts.Arrive(), point=HERE)
    return order


async def completed(world: World, **given: object) -> Order:
    order = await on_site(world, **given)
    world.wait(minutes=40)
    await world.do(world.technician(), order, complete())
    return order


async def answer(world: World, order: Order, *, reached: bool = True, satisfied: bool | None = None) -> None:
    call = acts.RecordCallback(attempt_id=uuid4(), reached=reached, solved=satisfied, satisfied=satisfied)
    await world.do(world.agent, order, call)


async def rebuilt(world: World, order: Order) -> None:
    """What is stored is what the events say."""
    events = await repository.events(world.session, order.id)
    assert fold(record_of(event) for event in events) == state_of(order)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))


async def test_a_report_is_owned_by_whoever_took_it_and_lies_on_the_grid_of_its_point(world: World):
    order = await world.report()
    assert order.status == Status.REPORTED
    assert order.number == "VAN-000001"
    assert order.grid_id in (world.west.id, world.east.id)
    assert order.first_contact_account_id is not None
    assert order.service_seconds == 2700


async def test_a_report_without_a_place_is_kept_with_the_reason(world: World):
    assert (await world.report(point=None)).place_problem == "no_address"
    assert (await world.report(point=None, address="12 Nowhere")).place_problem == "address_not_found"
    assert (await world.report(point=(0.0, 0.0))).place_problem == "outside_grids"


async def test_an_order_lives_from_report_to_archive(world: World):
    order = await completed(world)
    visit = (await world.session.scalars(select(Visit).where(Visit.order_id == order.id))).one()
    assert visit.status == VisitStatus.DONE
    assert order.completed_by == world.anna.id
    await answer(world, order, satisfied=True)
    await world.do(world.agent, order, acts.Close(outcome="satisfied"))
    assert order.status == Status.CLOSED
    await rebuilt(world, order)


async def test_the_finish_code_is_in_the_subscribers_message_alone(world: World):
    order = await on_site(world)
    message = (await world.session.scalars(select(Notice).where(Notice.kind == "dispatched"))).one()
    code = message.params["finishCode"]
    events = await repository.events(world.session, order.id)
    assert all(code not in str(event.data) for event in events)
    with pytest.raises(Invalid, match="not the finish code"):
        await world.do(world.technician(), order, complete(signature_photo_id=None, finish_code="x"))
    await world.do(world.technician(), order, complete(signature_photo_id=None, finish_code=code))
    assert order.status == Status.COMPLETED
    events = await repository.events(world.session, order.id)
    assert all(code not in str(event.data) for event in events)


async def test_completion_before_arrival_is_refused(world: World):
    order = await accepted(world)
    with pytest.raises(Conflict) as refused:
        await world.do(world.technician(), order, complete())
    assert refused.value.code == "order.wrong_state"
    assert refused.value.current["status"] == "accepted"


@pytest.mark.parametrize(
    ("lacking", "code"),
    [
        ({"action": " "}, "order.text_needed"),
        ({"photo_ids": []}, "order.photos_needed"),
        ({"signature_photo_id": None}, "order.signature_needed"),
        ({"subscriber_asked": False}, "order.subscriber_not_asked"),
        ({"cause": "nonsense"}, "fault_type.unknown"),
    ],
)
async def test_a_completion_that_lacks_something_is_refused(world: World, lacking: dict[str, object], code: str):
    order = await on_site(world)
    with pytest.raises(Invalid) as refused:
        await world.do(world.technician(), order, complete(**lacking))
    assert refused.value.code == code


async def test_check_in_takes_a_position_near_the_order_or_a_reason(world: World):
    order = await accepted(world)
    await world.do(world.technician(), order, acts.Depart())
    with pytest.raises(Invalid, match="from the order"):
        await world.do(world.technician(), order, acts.Arrive(), point=FAR)
    with pytest.raises(Invalid, match="no position"):
        await world.do(world.technician(), order, acts.Arrive())
    await world.do(world.technician(), order, acts.Arrive(reason="met_elsewhere"), point=FAR)
    assert order.status == Status.ON_SITE


async def test_a_technician_works_their_own_orders_only(world: World):
    order = await dispatched(world)
    with pytest.raises(NotFound):
        await world.do(world.technician(world.bert), order, acts.Accept())
    with pytest.raises(Forbidden):
        await world.do(world.dispatcher, order, acts.Accept())


async def test_an_order_reassigned_meanwhile_says_so_and_keeps_the_evidence(world: World):
    order = await accepted(world)
    await world.do(world.dispatcher, order, acts.Reassign(technician_id=world.bert.id, why="dispatcher"))
    with pytest.raises(Conflict) as refused:
        await world.do(world.technician(), order, acts.Depart())
    assert refused.value.code == "order.not_yours"
    note = acts.Note(evidence={"refused": "departed"})
    assert (await world.do(world.technician(), order, note)).event.technician_id == world.anna.id
    await rebuilt(world, order)


async def test_reassigning_resets_no_clock(world: World):
    order = await accepted(world)
    before = (order.dispatched_at, order.clock_started_at, order.due_at, order.technician_due_at)
    world.wait(hours=1)
    await world.do(world.dispatcher, order, acts.Reassign(technician_id=world.bert.id, why="dispatcher"))
    assert order.status == Status.DISPATCHED
    world.wait(minutes=5)
    await world.do(world.technician(world.bert), order, acts.Accept())
    assert (order.dispatched_at, order.clock_started_at, order.due_at, order.technician_due_at) == before
    await rebuilt(world, order)


async def test_the_clock_starts_no_later_than_thirty_minutes_after_dispatch(world: World):
    order = await dispatched(world)
    dispatch = world.now
    assert order.due_at == dispatch + timedelta(hours=4, minutes=30)
    world.wait(minutes=30)
    assert order.accept_due_at == world.now
    await world.do(SYSTEM, order, acts.Reassign(technician_id=world.bert.id, why="not_accepted"))
    world.wait(minutes=20)
    await world.do(world.technician(world.bert), order, acts.Accept())
    assert order.clock_started_at == dispatch + timedelta(minutes=30)
    assert order.due_at == dispatch + timedelta(hours=4, minutes=30)


async def test_the_clocks_of_the_night_the_hour_is_lived_twice(world: World):
    world.set(datetime.fromisoformat("2022-11-05T20:30-07:00"))
    normal = await accepted(world)
    assert normal.technician_due_at == datetime.fromisoformat("2022-11-06T12:00-08:00")
    assert normal.due_at == datetime.fromisoformat("2022-11-06T00:30-07:00")
    assert normal.contact_due_at == datetime.fromisoformat("2022-11-06T10:00-08:00")
    world.set(datetime.fromisoformat("2022-11-06T00:30-07:00"))
    urgent = await accepted(world, level=Level.URGENT)
    assert urgent.due_at == urgent.technician_due_at == datetime.fromisoformat("2022-11-06T03:30-08:00")


async def test_an_approved_suspension_counts_from_its_request_and_pauses_whom_its_reason_says(world: World):
    order = await on_site(world)
    due = order.due_at
    assert due is not None
    request = acts.RequestSuspension(reason="material_cable", resume_at=world.now + timedelta(hours=3))
    await world.do(world.technician(), order, request)
    asked = world.now
    world.wait(minutes=25)
    await world.do(world.dispatcher, order, acts.Decide(approved=True))
    assert order.status == Status.SUSPENDED
    assert order.suspension_reason == "material_cable"
    assert await resume_due(world.session, world.area) == []
    world.set(asked + timedelta(hours=3, minutes=1))
    assert await resume_due(world.session, world.area) == [order.id]
    assert order.status == Status.ACCEPTED
    assert order.technician_due_at == due + timedelta(hours=3)
    assert order.grid_due_at == order.company_due_at == order.due_at == due
    visits = (await world.session.scalars(select(Visit).where(Visit.order_id == order.id))).all()
    assert [visit.status for visit in visits] == [VisitStatus.BROKEN_OFF]
    await rebuilt(world, order)


async def test_a_refused_suspension_subtracts_nothing(world: World):
    order = await accepted(world)
    due = order.technician_due_at
    await world.do(
        world.technician(), order, acts.RequestSuspension(reason="weather", resume_at=world.now + timedelta(hours=2))
    )
    with pytest.raises(Conflict, match="already awaits"):
        await world.do(world.technician(), order, acts.RequestReturn(reason="other"))
    world.wait(minutes=10)
    await world.do(world.dispatcher, order, acts.Decide(approved=False))
    assert (order.status, order.technician_due_at) == (Status.ACCEPTED, due)
    with pytest.raises(Conflict, match="No request"):
        await world.do(world.dispatcher, order, acts.Decide(approved=True))


async def test_after_two_bounces_the_grid_lead_must_take_or_assign_it(world: World):
    order = await world.report()
    for bounce in (1, 2):
        await world.do(SYSTEM, order, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
        await world.do(world.technician(), order, acts.RequestReturn(reason="being_renovated"))
        await world.do(world.dispatcher, order, acts.Decide(approved=True))
        assert (order.status, order.owner_id, order.bounces) == (Status.REPORTED, None, bounce)
    assert order.escalated_to_lead
    dispatch = acts.Dispatch(technician_id=world.anna.id, why="dispatcher")
    with pytest.raises(Conflict, match="grid lead must"):
        await world.do(world.dispatcher, order, dispatch)
    await world.do(world.lead, order, acts.Dispatch(technician_id=world.bert.id, why="grid_lead"))
    assert not order.escalated_to_lead
    await world.do(world.technician(world.bert), order, acts.RequestReturn(reason="other"))
    with pytest.raises(Conflict, match="grid lead's to decide"):
        await world.do(world.dispatcher, order, acts.Decide(approved=True))
    await world.do(world.lead, order, acts.Decide(approved=False))
    await rebuilt(world, order)


async def test_an_order_returned_for_its_address_joins_the_place_worklist(world: World):
    order = await accepted(world)
    await world.do(world.technician(), order, acts.RequestReturn(reason="wrong_address"))
    await world.do(world.dispatcher, order, acts.Decide(approved=True))
    assert order.place_problem == "address_unsure"
    await world.do(world.dispatcher, order, acts.Place(point=FAR, address="1 Other Street"))
    assert (order.place_problem, order.grid_id, order.address) == (None, world.west.id, "1 Other Street")
    await rebuilt(world, order)


async def test_dissatisfaction_sends_it_out_again_on_the_first_technicians_record(world: World):
    order = await completed(world)
    rework = acts.AssignRework(technician_id=world.bert.id, reasons=["not_fixed"])
    with pytest.raises(Conflict, match="only after a callback"):
        await world.do(world.agent, order, rework)
    await answer(world, order, satisfied=False)
    world.wait(minutes=10)
    await world.do(world.agent, order, rework)
    assert (order.status, order.reworks, order.rework_of_technician_id) == (Status.DISPATCHED, 1, world.anna.id)
    assert order.owner_id == world.bert.id
    await world.do(world.technician(world.bert), order, acts.Accept())
    assert order.due_at == world.now + timedelta(hours=4)
    await rebuilt(world, order)


async def test_a_later_window_of_the_subscriber_is_the_new_due_time_and_ours_is_not(world: World):
    order = await accepted(world)
    due = order.due_at
    tomorrow = world.now + timedelta(days=1)
    window = {"window_start": tomorrow, "window_end": tomorrow + timedelta(hours=2)}
    await world.do(world.dispatcher, order, acts.Rebook(**window, by="us"))
    assert (order.due_at, order.appointment_changed_by) == (due, "us")
    applied = await world.do(world.technician(), order, acts.Rebook(**window, by="subscriber"))
    assert order.due_at == order.technician_due_at == tomorrow + timedelta(hours=2)
    assert applied.event.data["rebased"] is True
    await rebuilt(world, order)


async def test_nobody_home_ends_the_visit_and_the_order_can_be_rebooked(world: World):
    order = await on_site(world)
    await world.do(world.technician(), order, acts.NobodyHome(photo_ids=[uuid4()]))
    assert order.status == Status.ACCEPTED
    tomorrow = world.now + timedelta(days=1)
    rebook = acts.Rebook(window_start=tomorrow, window_end=tomorrow + timedelta(hours=2), by="subscriber")
    await world.do(world.technician(), order, rebook)
    await world.do(world.technician(), order, acts.Depart())
    visits = (await world.session.scalars(select(Visit).where(Visit.order_id == order.id).order_by(Visit.id))).all()
    assert [visit.status for visit in visits] == [VisitStatus.BROKEN_OFF, VisitStatus.EN_ROUTE]
    await rebuilt(world, order)


async def test_merging_chases_the_parent_once(world: World):
    parent, child = await accepted(world), await world.report()
    await world.do(world.dispatcher, child, acts.Merge(into_order_id=parent.id))
    assert (child.status, child.merged_into_id, parent.chases) == (Status.MERGED, parent.id, 1)
    with pytest.raises(Invalid):
        await world.do(world.dispatcher, parent, acts.Merge(into_order_id=parent.id))
    await rebuilt(world, parent)
    await rebuilt(world, child)


async def test_everybody_whose_order_was_merged_is_told_when_it_is_over(world: World):
    parent = await on_site(world)
    between = await world.report(subscriber=SubscriberGiven("Wu Fang", ("13900000001",)))
    far = await world.report(subscriber=SubscriberGiven("Zhou Jie", ("13900000002",)))
    await world.do(world.dispatcher, far, acts.Merge(into_order_id=between.id))
    await world.do(world.dispatcher, between, acts.Merge(into_order_id=parent.id))
    await world.do(world.technician(), parent, complete())
    told = select(Notice.order_id).where(Notice.kind == "over")
    assert (await world.session.scalars(told)).all() == []
    await answer(world, parent, satisfied=True)
    await world.do(world.agent, parent, acts.Close(outcome="satisfied"))
    assert set(await world.session.scalars(told)) == {between.id, far.id}


async def test_an_order_of_nobody_known_tells_those_who_were_merged_into_it_and_nobody_else(world: World):
    parent = await on_site(world, subscriber=None)
    known, unknown = await world.report(), await world.report(subscriber=None)
    for child in (known, unknown):
        await world.do(world.dispatcher, child, acts.Merge(into_order_id=parent.id))
    await world.do(world.technician(), parent, complete())
    await answer(world, parent, satisfied=True)
    await world.do(world.agent, parent, acts.Close(outcome="satisfied"))
    told = select(Notice.order_id).where(Notice.kind == "over")
    assert (await world.session.scalars(told)).all() == [known.id]


async def test_a_cancelled_order_is_still_called_back(world: World):
    order = await dispatched(world)
    await world.do(world.agent, order, acts.Cancel(reason="subscriber_wish"))
    assert order.callback_due_at == world.now + timedelta(days=1)
    await answer(world, order, satisfied=True)
    assert (order.status, order.callback_attempts) == (Status.CANCELLED, 1)
    await rebuilt(world, order)


async def test_force_completing_is_the_dispatchers_and_earns_nobody_credit(world: World):
    order = await accepted(world)
    with pytest.raises(Forbidden):
        await world.do(world.lead, order, acts.ForceComplete(reason="system outage"))
    await world.do(world.dispatcher, order, acts.ForceComplete(reason="system outage"))
    assert (order.completed_how, order.completed_by) == ("forced", None)


async def test_silence_is_never_satisfaction(world: World):
    order = await completed(world)
    with pytest.raises(Conflict, match="attempts are left"):
        await world.do(world.agent, order, acts.Close(outcome="not_reached"))
    for _ in range(3):
        await answer(world, order, reached=False)
    with pytest.raises(Conflict, match="cannot be closed as satisfied"):
        await world.do(world.agent, order, acts.Close(outcome="satisfied"))
    with pytest.raises(Conflict, match="different periods"):
        await world.do(world.agent, order, acts.Close(outcome="not_reached"))
    world.wait(hours=6)
    await answer(world, order, reached=False)
    await world.do(world.agent, order, acts.Close(outcome="not_reached"))
    assert (order.status, order.satisfied) == (Status.CLOSED, None)
    await rebuilt(world, order)


async def test_an_unreachable_subscriber_is_called_three_times_over_two_periods_before_it_is_closed(world: World):
    order = await accepted(world)
    for hours in (0, 4, 1):
        world.wait(hours=hours)
        await world.do(world.technician(), order, acts.Contact(reached=False))
    with pytest.raises(Invalid, match="24 hours"):
        await world.do(
            world.technician(), order,
            acts.RequestSuspension(reason="unreachable", resume_at=world.now + timedelta(hours=30)),
        )  # fmt: skip
    kinds = list(await world.session.scalars(select(Notice.kind).order_by(Notice.id)))
    assert kinds == ["received", "dispatched", "unreachable"]
    await world.do(
        world.technician(), order,
        acts.RequestSuspension(reason="unreachable", resume_at=world.now + timedelta(hours=20)),
    )  # fmt: skip
    await world.do(world.dispatcher, order, acts.Decide(approved=True))
    await world.do(world.agent, order, acts.Close(outcome="unreachable"))
    assert order.status == Status.CLOSED
    await rebuilt(world, order)


async def test_reopening_the_same_cause_is_a_rework_and_another_cause_a_repeat(world: World):
    order = await completed(world)
    with pytest.raises(Conflict, match="not closed"):
        await reopen(world.session, world.agent, order.id)
    await answer(world, order, satisfied=True)
    await world.do(world.agent, order, acts.Close(outcome="satisfied"))
    world.wait(days=3)
    again = await reopen(world.session, world.agent, order.id)
    assert (again.reopens_id, again.rework_of_technician_id, again.repeat_of_id) == (order.id, world.anna.id, None)
    other = await reopen(world.session, world.agent, order.id, fault_type="slow")
    assert (other.reopens_id, other.rework_of_technician_id, other.repeat_of_id) == (order.id, None, order.id)
    world.wait(days=40)
    late = await reopen(world.session, world.agent, order.id)
    assert late.rework_of_technician_id is None
    await rebuilt(world, again)


async def test_the_same_client_id_is_applied_once_and_refused_for_another_body(world: World):
    order = await dispatched(world)
    client_id = uuid4()
    first = await world.do(world.technician(), order, acts.Accept(), client_id=client_id, occurred_at=world.now)
    again = await world.do(world.technician(), order, acts.Accept(), client_id=client_id, occurred_at=world.now)
    assert (first.already, again.already) == (False, True)
    assert again.event.id == first.event.id
    with pytest.raises(Conflict, match="another act"):
        await world.do(world.technician(), order, acts.Depart(), client_id=client_id)
    assert len((await world.session.scalars(select(OrderEvent).where(OrderEvent.order_id == order.id))).all()) == 3


async def test_a_phone_clock_three_hours_off_is_stored_and_the_receipt_counts(world: World):
    order = await dispatched(world)
    ahead = world.now + timedelta(hours=3)
    applied = await world.do(world.technician(), order, acts.Accept(), occurred_at=ahead)
    assert (applied.event.occurred_at, applied.event.received_at) == (ahead, world.now)
    assert order.accepted_at == world.now
    with pytest.raises(Invalid, match="Set the phone's clock"):
        await world.do(world.technician(), order, acts.Depart(), occurred_at=world.now - timedelta(days=365))
    await rebuilt(world, order)


async def test_a_reopened_order_is_judged_by_the_cause_found_at_completion(world: World):
    order = await completed(world)
    await answer(world, order, satisfied=True)
    await world.do(world.agent, order, acts.Close(outcome="satisfied"))
    for reported_as, found, rework in (("no_service", "slow", None), ("slow", "no_service", world.anna.id)):
        again = await reopen(world.session, world.agent, order.id, fault_type=reported_as)
        await world.do(SYSTEM, again, acts.Dispatch(technician_id=world.bert.id, why="a_technician"))
        bert = world.technician(world.bert)
        for act in (acts.Accept(), acts.Depart(), acts.Arrive(), complete(cause=found)):
            await world.do(bert, again, act, point=HERE)
        assert again.rework_of_technician_id == rework
        assert again.repeat_of_id == (None if rework else order.id)
        await rebuilt(world, again)
