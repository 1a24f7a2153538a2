"""A day planned, published, planned again; what stands in the way."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import Range

from dispatch.orders.models import Order, OrderEvent, Status, Visit, VisitStatus
from dispatch.orders.rules import acts
from dispatch.planning.day.policy import policy_of_day
from dispatch.planning.dispatching.auto_dispatch import dispatch_new
from dispatch.planning.drafts.discarding import discard_plan
from dispatch.planning.models import Plan, PlanRun, PlanStatus, PlanStop, PlanUnplanned, RunStatus
from dispatch.planning.plan_summary import PolicyUsed, TravelUsed, UnplannedOrder
from dispatch.planning.runs import lifecycle as runs
from dispatch.planning.runs.planning import plan_day
from dispatch.policies.plan_policies import add_plan_policy
from dispatch.technicians.models import Leave
from kit.actor import SYSTEM
from kit.errors import Conflict, Invalid
from optimizer.evaluation.evaluate import evaluate
from optimizer.files.vroom import plan_to_vroom, problem_to_vroom, read_plan, read_problem
from tests.dispatch.planning.by_hand import planned, publish
from tests.dispatch.planning.town import DAY, EAST, WEST, Town, later, spread


async def count(town: Town, thing: type) -> int:
    async with town.database.transaction() as session:
        return (await session.execute(select(func.count()).select_from(thing))).scalar_one()


async def test_a_day_is_planned_without_violation_and_every_order_is_accounted_for(town: Town):
    for point in (*spread(12), *spread(8, EAST)):
        await town.report(point)
    nowhere = await town.report(None)
    result = await planned(town)
    summary = result.summary
    assert summary.violations == []
    assert (summary.orders, summary.planned) == (21, 20)
    assert summary.unplanned == [UnplannedOrder(order=nowhere.number, reason="no_place")]
    assert summary.travel == TravelUsed(source="straight_line", fallback_pairs=22 * 21, unreachable_pairs=0)
    assert summary.ortools.groups >= 1
    assert evaluate(result.problem, result.proposal).feasible
    async with town.database.transaction() as session:
        stops = (await session.execute(select(PlanStop))).scalars().all()
        assert len(stops) == 20
        late = text(
            "SELECT coalesce(sum(greatest(0, round(extract(epoch FROM s.departure"
            " - coalesce(o.due_at, o.reported_at + interval '4 hours'))))), 0), count(*) FILTER (WHERE"
            " o.owner_id <> s.technician_id) FROM plan_stops s JOIN orders o ON o.id = s.order_id"
        )
        assert tuple((await session.execute(late)).one()) == (summary.late_seconds, summary.moves)
        assert all(stop.start >= later(hours=0) for stop in stops)
        assert (await session.execute(select(PlanUnplanned.reason))).scalars().all() == ["no_place"]
        run = (await session.execute(select(PlanRun))).scalar_one()
    assert (run.status, run.plan_id) == (RunStatus.DONE, result.plan_id)


async def test_publishing_dispatches_by_events_and_puts_visits_on_phones(town: Town):
    orders = [await town.report(point) for point in spread(6)]
    result = await planned(town)
    await publish(town, result.plan_id)
    async with town.database.transaction() as session:
        visits = (await session.execute(select(Visit))).scalars().all()
        events = (await session.execute(select(OrderEvent).where(OrderEvent.type == "dispatched"))).scalars().all()
    assert {visit.order_id for visit in visits} == {order.id for order in orders}
    assert {event.data["why"] for event in events} == {"plan"}
    for visit in visits:
        assert (await town.order(visit.order_id)).owner_id == visit.technician_id


async def test_reassigning_by_a_plan_resets_no_clock(town: Town):
    order = await town.report(WEST)
    await town.do(SYSTEM, order, acts.Dispatch(technician_id=town.dana, why="dispatcher"))
    await town.do(town.technician(town.dana), order, acts.Accept())
    before = await town.order(order)
    async with town.database.transaction() as session:
        session.add(Leave(technician_id=town.dana, period=Range(later(hours=-2), later(hours=10))))
    await town.set_clock(later(hours=1))
    await publish(town, (await planned(town)).plan_id)
    after = await town.order(order)
    assert after.owner_id != town.dana
    assert (after.clock_started_at, after.due_at) == (before.clock_started_at, before.due_at)


async def test_planning_again_supersedes_and_never_moves_started_work(town: Town):
    orders = [await town.report(point) for point in spread(10)]
    first = await planned(town)
    await publish(town, first.plan_id)
    begun = await town.order(orders[0])
    assert begun.owner_id is not None
    owner = town.technician(begun.owner_id)
    await town.do(owner, begun, acts.Accept())
    await town.do(owner, begun, acts.Depart())
    await town.set_clock(later(minutes=30))
    await town.do(owner, begun, acts.Arrive(reason="test"))
    for point in spread(4, EAST):
        await town.report(point)
    second = await planned(town)
    assert second.summary.violations == []
    route = second.proposal.route_of(str(begun.owner_id))
    assert route is not None
    assert route.stops[0].visit_id == str(begun.id)
    await publish(town, second.plan_id)
    async with town.database.transaction() as session:
        plans = (await session.execute(select(Plan.status).order_by(Plan.created_at))).scalars().all()
        visit = (await session.execute(select(Visit).where(Visit.order_id == begun.id))).scalar_one()
    assert plans == [PlanStatus.SUPERSEDED, PlanStatus.PUBLISHED]
    assert (visit.status, visit.technician_id) == (VisitStatus.ON_SITE, begun.owner_id)
    assert (await town.order(begun)).status is Status.ON_SITE


async def test_publishing_refuses_and_names_what_moved_since_the_draft(town: Town):
    orders = [await town.report(point) for point in spread(4)]
    result = await planned(town)
    await town.do(town.dispatcher, orders[1], acts.Cancel(reason="subscriber_wish"))
    with pytest.raises(Conflict) as refused:
        await publish(town, result.plan_id)
    assert refused.value.current["orders"] == [orders[1].number]
    assert await count(town, Visit) == 0
    assert (await town.order(orders[0])).status is Status.REPORTED


async def test_a_technician_on_leave_since_the_draft_is_named(town: Town):
    await town.report(WEST)
    result = await planned(town)
    async with town.database.transaction() as session:
        owner = (await session.execute(select(PlanStop.technician_id))).scalar_one()
        session.add(Leave(technician_id=owner, period=Range(later(hours=-2), later(hours=10))))
    with pytest.raises(Conflict):
        await publish(town, result.plan_id)


async def test_accepting_between_draft_and_publication_moves_nothing(town: Town):
    order = await town.report(WEST)
    async with town.database.transaction() as session:
        await dispatch_new(session, await session.merge(await town.area()))
    result = await planned(town)
    owner = (await town.order(order)).owner_id
    assert owner is not None
    await town.do(town.technician(owner), order, acts.Accept())
    await publish(town, result.plan_id)
    assert (await town.order(order)).status is Status.ACCEPTED


async def test_an_owned_order_may_stay_unplanned_and_keeps_its_owner(town: Town):
    order = await town.report(None)
    await town.do(SYSTEM, order, acts.Dispatch(technician_id=town.anna, why="dispatcher"))
    other = await town.report(WEST)
    await publish(town, (await planned(town)).plan_id)
    assert (await town.order(order)).owner_id == town.anna
    assert (await town.order(other)).status is Status.DISPATCHED


async def test_a_published_or_discarded_plan_is_no_draft_any_more(town: Town):
    await town.report(WEST)
    result = await planned(town)
    async with town.database.transaction() as session:
        await discard_plan(session, town.dispatcher, result.plan_id)
    with pytest.raises(Conflict, match="draft"):
        await publish(town, result.plan_id)


async def test_a_day_without_orders_and_a_day_without_people_each_say_so(town: Town):
    with pytest.raises(Invalid, match="no open orders"):
        await planned(town)
    await town.report(WEST)
    async with town.database.transaction() as session:
        await session.execute(text("DELETE FROM roster_patterns"))
    with pytest.raises(Invalid, match="Nobody is at work"):
        await planned(town)
    assert await count(town, Plan) == 0


async def test_a_city_without_roads_says_how_to_get_them(town: Town):
    await town.report(WEST)
    with pytest.raises(Invalid, match="city import"):
        await plan_day(town.database, await town.area(), DAY)
    with pytest.raises(Invalid, match="--allow-straight-line"):
        await planned(town, allow_straight_line=False)


async def test_no_visit_starts_before_its_report_on_a_day_planned_in_hindsight(town: Town):
    for hour in range(5):
        await town.set_clock(later(hours=hour))
        await town.report(spread(5)[hour])
    await town.set_clock(later(days=3))
    result = await planned(town)
    async with town.database.transaction() as session:
        rows = (await session.execute(select(PlanStop.start, Order.reported_at).join(Order))).all()
    assert len(rows) == 5
    assert all(start >= reported for start, reported in rows)
    assert result.summary.violations == []


async def test_past_days_of_an_ordinary_area_are_refused(town: Town):
    await town.report(WEST)
    async with town.database.transaction() as session:
        await session.execute(
            text("UPDATE service_areas SET kind = 'ordinary', clock_real_anchor = NULL, clock_area_anchor = NULL")
        )
    with pytest.raises(Conflict, match="trial areas only"):
        await planned(town)


async def test_a_second_run_of_the_same_day_is_refused_while_the_first_lives(town: Town):
    await town.report(WEST)
    async with town.database.transaction() as session:
        await runs.request_run(session, town.dispatcher, await town.area(), DAY, {"seconds": 5}, queue=True)
    with pytest.raises(Conflict, match="being made already"):
        await planned(town)


async def test_who_asks_anew_for_the_day_of_a_dead_run_gets_a_run_of_their_own(town: Town):
    await town.report(WEST)
    async with town.database.transaction() as session:
        run = await runs.request_run(session, town.dispatcher, await town.area(), DAY, {"seconds": 5}, queue=False)
        run.status = RunStatus.RUNNING
        run.heartbeat_at = run.created_at - timedelta(minutes=5)
    result = await planned(town)
    assert result.summary.planned == 1
    async with town.database.transaction() as session:
        found = await session.get(PlanRun, run.id)
        assert found is not None
        assert (found.status, found.error) == (RunStatus.FAILED, {"code": "planning.died"})


async def test_a_plan_takes_no_order_from_whoever_waits_for_the_answer_to_a_request(town: Town):
    asked, other = await town.report(EAST), await town.report(EAST)
    for order in (asked, other):
        await town.do(town.dispatcher, order, acts.Dispatch(technician_id=town.anna, why="dispatcher"))
        await town.do(town.technician(town.anna), order, acts.Accept())
    wish = acts.RequestSuspension(reason="material_cable", resume_at=later(hours=20), note="no cable left")
    await town.do(town.technician(town.anna), asked, acts.Contact())
    await town.do(town.technician(town.anna), asked, wish)
    result = await planned(town)
    who = {stop.visit_id: route.technician_id for route in result.proposal.routes for stop in route.stops}
    assert who[str(asked.id)] == str(town.anna)
    assert who[str(other.id)] in {str(town.carl), str(town.dana)}


async def test_a_day_to_come_takes_what_is_booked_for_it(town: Town):
    tomorrow = DAY + timedelta(days=1)
    window = (later(days=1, hours=1), later(days=1, hours=3))
    booked = await town.report(WEST, appointment_start=window[0], appointment_end=window[1])
    today = await planned(town)
    assert today.summary.unplanned == [UnplannedOrder(order=booked.number, reason="booked_another_day")]
    result = await planned(town, tomorrow)
    (stop,) = [stop for route in result.proposal.routes for stop in route.stops]
    start = await _start(town, result.plan_id)
    assert stop.visit_id == str(booked.id)
    assert window[0] <= start <= window[1]


async def _start(town: Town, plan_id: UUID):
    async with town.database.transaction() as session:
        return (await session.execute(select(PlanStop.start).where(PlanStop.plan_id == plan_id))).scalar_one()


async def test_a_plan_is_weighed_by_the_policy_it_is_asked_for_and_says_so(town: Town):
    for point in spread(4):
        await town.report(point)
    ordinary = await planned(town)
    assert ordinary.summary.policy == PolicyUsed(code="balanced", number=0)
    async with town.database.transaction() as session:
        await add_plan_policy(session, town.area_id, "shortest_drive", {"travel": 50})
    short = await planned(town, policy="shortest_drive")
    assert short.summary.policy == PolicyUsed(code="shortest_drive", number=1)
    assert short.problem.weights.travel == 50
    assert short.summary.cost["travel_time"] == 50 * short.summary.travel_seconds
    with pytest.raises(Invalid) as refused:
        await planned(town, policy="fastest")
    assert refused.value.code == "plan_policy.unknown"
    await publish(town, short.plan_id)
    async with town.database.transaction() as session:
        assert (await policy_of_day(session, town.area_id, DAY)).number == 1
        assert (await policy_of_day(session, town.area_id, DAY, ordinary.plan_id)).code == "balanced"
        await add_plan_policy(session, town.area_id, "shortest_drive", {}, active=False)
        assert (await policy_of_day(session, town.area_id, DAY)).code == "balanced"


async def test_a_planned_day_written_to_a_file_costs_there_what_the_plan_says(town: Town):
    for point in (*spread(9), *spread(5, EAST)):
        await town.report(point)
    await publish(town, (await planned(town)).plan_id)
    await town.report(WEST)
    again = await planned(town)
    inputs = json.loads(json.dumps(problem_to_vroom(again.problem)))
    outputs = json.loads(json.dumps(plan_to_vroom(again.problem, again.proposal)))
    file = read_problem(inputs)
    assert file.warnings == ()
    evaluation = evaluate(file.problem, read_plan(file, outputs))
    assert evaluation.violations == ()
    said = {term: value for term, value in again.summary.cost.items() if value}
    assert {term: round(value, 3) for term, value in evaluation.cost.items() if value} == said
    assert outputs["summary"]["cost"] == pytest.approx(sum(said.values()), abs=0.01)
    assert outputs["summary"]["duration"] == again.summary.travel_seconds
    assert len(outputs["unassigned"]) == again.summary.orders - again.summary.planned
