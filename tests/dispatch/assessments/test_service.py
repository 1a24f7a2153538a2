"""What changes a month and what must not: policies, new indicators, history, appeals, versions, and who may look."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from dispatch.assessments import appeals, deadlines, repository
from dispatch.assessments.service import compute, orders_behind, publish, read
from dispatch.orders.models import Origin
from dispatch.orders.rules import acts
from dispatch.orders.service import Provenance
from dispatch.policies.calendars import Calendar
from dispatch.policies.models import Indicator
from dispatch.policies.service import add_indicator, add_policy
from grids.contracts import Terms, create_contract
from kit.actor import SYSTEM, Role
from kit.errors import Conflict, Forbidden, Invalid, NotFound
from tests.dispatch.assessments.conftest import call, repair
from tests.dispatch.assessments.test_definitions import ON_SITE_2H
from tests.dispatch.orders.conftest import START, World

OCTOBER = datetime(2022, 10, 1, 7, 0, tzinfo=UTC)
"""Midnight in Vancouver."""


async def numbers(world: World, month: str, who: str = "Anna") -> dict[str, tuple[int, int]]:
    built = (await compute(world.session, SYSTEM, world.area, month)).as_json()
    card = next(card for card in built["technicians"] if card["name"] == who)
    return {code: (n["numerator"], n["denominator"]) for code, n in card["indicators"].items()}


async def test_changing_4_h_to_3_h_from_next_month_leaves_last_month_as_it_was(world: World):
    await repair(world, START, world.anna, done=220)
    before = await numbers(world, "2022-09")
    await add_policy(world.session, world.area.id, OCTOBER, {"repairSeconds": 10_800}, None)
    await repair(world, OCTOBER + timedelta(days=3, hours=9), world.anna, done=220)
    world.set(OCTOBER + timedelta(days=20))
    assert await numbers(world, "2022-09") == before
    assert before["repaired_on_time"] == (1, 1)
    assert (await numbers(world, "2022-10"))["repaired_on_time"] == (0, 1)


async def test_a_limit_of_acceptance_is_the_one_in_force_when_the_order_was_given(world: World):
    await repair(world, START, world.anna, accept=20)
    await add_policy(world.session, world.area.id, OCTOBER, {"acceptReassignSeconds": 900}, None)
    await repair(world, OCTOBER + timedelta(hours=9), world.anna, accept=20)
    world.set(OCTOBER + timedelta(days=20))
    assert (await numbers(world, "2022-09"))["acceptance_on_time"] == (1, 1)
    assert (await numbers(world, "2022-10"))["acceptance_on_time"] == (0, 1)


async def test_what_a_late_order_costs_is_data_and_counts_from_the_next_month(world: World):
    await repair(world, START, world.anna, done=300)
    await add_policy(world.session, world.area.id, OCTOBER, {"deductLate": 0, "leastOrders": 1}, None)
    await repair(world, OCTOBER + timedelta(days=1, hours=9), world.anna, done=300)
    world.set(OCTOBER + timedelta(days=40))
    for month, points, rank in (("2022-09", -2.0, None), ("2022-10", 0.0, 1)):
        built = (await compute(world.session, SYSTEM, world.area, month)).as_json()
        anna = next(card for card in built["technicians"] if card["name"] == "Anna")
        assert [entry["points"] for entry in anna["deductions"]] == [points]
        assert anna["rank"] == rank


async def test_on_site_within_2_h_is_added_as_data_and_computes(world: World):
    await repair(world, START, world.anna, arrive=110, done=150)
    await repair(world, START + timedelta(days=1), world.anna, arrive=130, done=150)
    row = Indicator(
        code="on_site_2h", valid_from=date(2022, 9, 1), en="On site within 2 h", zh="2小时到场率",
        definition=ON_SITE_2H, target=0.9, baseline=0.8, weight=10, at_most=False, active=True,
    )  # fmt: skip
    await add_indicator(world.session, world.area.id, row)
    world.set(OCTOBER)
    assert (await numbers(world, "2022-09"))["on_site_2h"] == (1, 2)


async def test_not_accepting_is_the_first_technicians_failure_and_the_second_starts_his_own(world: World):
    order = await world.report(subscriber=None)
    await world.do(SYSTEM, order, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
    world.wait(minutes=30)
    await world.do(SYSTEM, order, acts.Reassign(technician_id=world.bert.id, why="not_accepted"))
    world.wait(minutes=5)
    await world.do(world.technician(world.bert), order, acts.Accept())
    world.set(OCTOBER)
    assert (await numbers(world, "2022-09"))["acceptance_on_time"] == (0, 1)
    assert (await numbers(world, "2022-09", "Bert"))["acceptance_on_time"] == (1, 1)


async def test_an_order_moved_by_the_plan_before_its_answer_was_due_is_nobodys_case(world: World):
    order = await world.report(subscriber=None)
    await world.do(SYSTEM, order, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
    world.wait(minutes=5)
    await world.do(SYSTEM, order, acts.Reassign(technician_id=world.bert.id, why="plan"))
    world.set(OCTOBER)
    assert (await numbers(world, "2022-09"))["acceptance_on_time"] == (0, 0)
    assert (await numbers(world, "2022-09", "Bert"))["acceptance_on_time"] == (0, 1)


async def test_a_window_we_moved_is_missed_and_one_the_subscriber_moved_is_excused(world: World):
    order = await world.report(subscriber=None)
    await world.do(SYSTEM, order, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
    who = world.technician()
    await world.do(who, order, acts.Accept())
    now = world.now

    def window(first: int, last: int) -> dict[str, datetime]:
        return {"window_start": now + timedelta(hours=first), "window_end": now + timedelta(hours=last)}

    await world.do(who, order, acts.Contact(**window(2, 3)))
    await world.do(world.dispatcher, order, acts.Rebook(by="us", **window(4, 5)))
    await world.do(world.dispatcher, order, acts.Rebook(by="subscriber", **window(6, 7)))
    await world.do(who, order, acts.Depart())
    world.set(now + timedelta(hours=6, minutes=30))
    await world.do(who, order, acts.Arrive(reason="no_position"))
    world.set(OCTOBER)
    assert (await numbers(world, "2022-09"))["appointments_kept"] == (1, 2)
    built = (await compute(world.session, SYSTEM, world.area, "2022-09")).as_json()
    assert next(c for c in built["technicians"] if c["name"] == "Anna")["deductions"] == []


async def test_a_return_for_the_wrong_grid_is_without_penalty(world: World):
    for reason, expected in (("wrong_grid", (0, 0)), ("line_not_built", (1, 1))):
        order = await world.report(subscriber=None)
        await world.do(SYSTEM, order, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
        await world.do(world.technician(), order, acts.RequestReturn(reason=reason))
        await world.do(world.dispatcher, order, acts.Decide(approved=True))
        assert (await numbers(world, "2022-09"))["returned_orders"] == expected


async def test_dissatisfaction_that_is_not_the_technicians_counts_for_the_grid_alone(world: World):
    order = await repair(world, START, world.anna, say="hard_to_report")
    world.set(OCTOBER)
    built = (await compute(world.session, SYSTEM, world.area, "2022-09")).as_json()
    anna = next(card for card in built["technicians"] if card["name"] == "Anna")
    grid = next(card for card in built["grids"] if card["id"] == str(order.grid_id))
    assert anna["indicators"]["satisfaction"]["denominator"] == 0
    assert (grid["indicators"]["satisfaction"]["numerator"], grid["indicators"]["satisfaction"]["denominator"]) == (
        0,
        1,
    )
    assert anna["deductions"] == []


async def test_a_grid_with_enough_subscribers_is_ranked_where_there_were_orders_and_a_quiet_one_is_not(world: World):
    for grid in (world.west, world.east):
        terms = Terms(world.anna.id, START.date().replace(day=1), households=200)
        await create_contract(world.session, grid, terms)
    order = await repair(world, START, world.anna)
    world.set(OCTOBER)
    built = (await compute(world.session, SYSTEM, world.area, "2022-09")).as_json()
    grids = {card["id"]: card for card in built["grids"]}
    busy = grids.pop(str(order.grid_id))
    assert (busy["orders"], busy["rank"], busy["rankNote"]) == (1, 1, None)
    quiet = grids[str(({world.west.id, world.east.id} - {order.grid_id}).pop())]
    assert (quiet["orders"], quiet["rank"], quiet["rankNote"]) == (0, None, "not_enough_data")


async def test_a_repeat_within_30_days_with_the_same_cause_spoils_the_first_fix(world: World):
    first = await repair(world, START, world.anna)
    world.set(START + timedelta(days=5))
    await world.report(subscriber=None, provenance=Provenance(repeat_of_id=first.id))
    world.set(OCTOBER)
    found = await numbers(world, "2022-09")
    assert found["first_time_fix"] == (0, 1)
    assert found["repeat_faults"] == (1, 1)


async def test_history_is_never_scored(world: World):
    old = Provenance(origin=Origin.HISTORY, closed_at=START + timedelta(hours=2), completed_at=START)
    await world.report(provenance=old)
    built = (await compute(world.session, SYSTEM, world.area, "2022-09")).as_json()
    assert built["area"]["orders"] == 0


async def test_a_month_is_provisional_until_30_days_have_passed(world: World):
    world.set(OCTOBER + timedelta(days=29))
    assert (await compute(world.session, SYSTEM, world.area, "2022-09")).run.provisional
    world.set(OCTOBER + timedelta(days=30))
    result = await compute(world.session, SYSTEM, world.area, "2022-09")
    assert (result.run.provisional, result.run.number) == (False, 2)


async def test_a_month_that_is_none_or_has_not_begun_is_refused(world: World):
    with pytest.raises(Invalid):
        await compute(world.session, SYSTEM, world.area, "2022-13")
    with pytest.raises(Conflict):
        await compute(world.session, SYSTEM, world.area, "2022-11")


async def test_an_inspectors_finding_counts_and_only_for_completed_work(world: World):
    order = await repair(world, START, world.anna)
    inspector = world.actor(Role.INSPECTOR)
    with pytest.raises(Invalid):
        await appeals.inspect(world.session, inspector, order.id, passed=False, findings=[])
    await appeals.inspect(world.session, inspector, order.id, passed=False, findings=["no photo"])
    assert (await numbers(world, "2022-09"))["reports_in_order"] == (0, 1)
    await appeals.inspect(world.session, inspector, order.id, passed=True, findings=[])
    assert (await numbers(world, "2022-09"))["reports_in_order"] == (1, 1)
    with pytest.raises(Conflict):
        await appeals.inspect(world.session, inspector, (await world.report()).id, passed=True, findings=[])


async def test_an_upheld_appeal_voids_the_entry_and_both_versions_stay(world: World):
    order = await repair(world, START, world.anna, done=300)
    world.set(OCTOBER)
    first = await compute(world.session, SYSTEM, world.area, "2022-09")
    await publish(world.session, world.actor(Role.MANAGER), world.area, "2022-09")
    (entry,) = await repository.entries(world.session, world.area.id, date(2022, 9, 1))
    assert (entry.rule, entry.points, entry.order_id) == ("late", -2.0, order.id)
    with pytest.raises(NotFound):
        await appeals.appeal(world.session, world.technician(world.bert), entry.id, "not mine")
    await appeals.appeal(world.session, world.technician(), entry.id, "the street was closed, see photo")
    with pytest.raises(Forbidden):
        await appeals.decide(world.session, world.lead, entry.id, upheld=True, note="")
    await appeals.decide(world.session, world.actor(Role.INSPECTOR), entry.id, upheld=True, note="true")
    second = await read(world.session, SYSTEM, world.area, "2022-09")
    assert (first.run.number, second.run.number) == (1, 2)
    old, new = (
        next(card for card in result.as_json()["technicians"] if card["name"] == "Anna") for result in (first, second)
    )
    assert old["indicators"]["repaired_on_time"]["denominator"] == 1
    assert new["indicators"]["repaired_on_time"]["denominator"] == 0
    assert (len(old["deductions"]), new["deductions"]) == (1, [])
    assert (await read(world.session, SYSTEM, world.area, "2022-09", 1)).run.id == first.run.id
    kept = await orders_behind(world.session, SYSTEM, first.run, "technician", str(world.anna.id), "repaired_on_time")
    assert kept == ([], [order.id])


async def test_an_appeal_comes_within_three_working_days_of_publication(world: World):
    await repair(world, START, world.anna, done=300)
    world.set(OCTOBER + timedelta(hours=9))  # a Saturday: the third working day is Wednesday the 5th
    await compute(world.session, SYSTEM, world.area, "2022-09")
    await publish(world.session, world.actor(Role.MANAGER), world.area, "2022-09")
    (entry,) = await repository.entries(world.session, world.area.id, date(2022, 9, 1))
    assert await deadlines.appeal_until(world.session, entry) == datetime(2022, 10, 6, 7, tzinfo=UTC)
    world.set(datetime(2022, 10, 6, 7, tzinfo=UTC))
    with pytest.raises(Conflict):
        await appeals.appeal(world.session, world.technician(), entry.id, "late")


def test_working_days_leave_out_the_days_off():
    from zoneinfo import ZoneInfo

    office = Calendar(ZoneInfo("Asia/Shanghai"))
    friday = datetime(2023, 2, 3, 4, tzinfo=UTC)
    assert deadlines.end_of_working_day(office, friday, 1) == datetime(2023, 2, 6, 16, tzinfo=UTC)


async def test_technicians_see_their_own_card_of_what_was_published(world: World):
    await repair(world, START, world.anna)
    world.set(OCTOBER)
    await compute(world.session, SYSTEM, world.area, "2022-09")
    with pytest.raises(NotFound):
        await read(world.session, world.technician(), world.area, "2022-09")
    await publish(world.session, world.actor(Role.MANAGER), world.area, "2022-09")
    with pytest.raises(Conflict):
        await publish(world.session, world.actor(Role.MANAGER), world.area, "2022-09")
    seen = await read(world.session, world.technician(), world.area, "2022-09")
    assert [card.name for card in seen.cards] == ["Anna"]
    with pytest.raises(NotFound):
        await orders_behind(
            world.session, world.technician(), seen.run, "technician", str(world.bert.id), "satisfaction"
        )
    with pytest.raises(Forbidden):
        await read(world.session, world.agent, world.area, "2022-09")


async def test_the_rank_says_how_far_it_moved_since_the_month_before(world: World):
    from dispatch.assessments.models import AssessmentRun, ScoreCard

    world.set(OCTOBER)
    run = AssessmentRun(
        area_id=world.area.id, month=date(2022, 8, 1), number=1, provisional=False, published_at=None,
        created_by=None, created_at=OCTOBER,
    )  # fmt: skip
    world.session.add(run)
    await world.session.flush()
    world.session.add(
        ScoreCard(
            run_id=run.id, subject="technician", subject_id=str(world.anna.id), name="Anna", orders=30, indicators={},
            deductions=[], score=50.0, rank=3, behind={}, standing={}, rates={},
        )
    )  # fmt: skip
    for number in range(20):
        order = await world.report(subscriber=None, occurred_at=START + timedelta(minutes=number))
        await world.do(
            SYSTEM, order, acts.Dispatch(technician_id=world.anna.id, why="a_technician"),
            occurred_at=START + timedelta(minutes=number),
        )  # fmt: skip
    built = (await compute(world.session, SYSTEM, world.area, "2022-09")).as_json()
    anna = next(card for card in built["technicians"] if card["name"] == "Anna")
    assert (anna["rank"], anna["rankChange"]) == (1, 2)


async def test_a_silent_subscriber_is_called_back_but_never_satisfied(world: World):
    order = await repair(world, START, world.anna, say=None)
    for minutes in (180, 200, 480):
        world.set(START + timedelta(minutes=minutes))
        await call(world, order, "silence")
    world.set(OCTOBER)
    found = await numbers(world, "2022-09")
    assert found["callback_coverage"] == (1, 1)
    assert found["satisfaction"] == (0, 0)


async def test_who_accepted_in_time_without_a_signal_has_not_failed_to_accept(world: World):
    """Accepted at 09:04 in a basement, given to somebody else at 09:31, told at 10:00."""
    world.set(START)
    order = await world.report(subscriber=None)
    await world.do(SYSTEM, order, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
    world.set(START + timedelta(minutes=31))
    await world.do(SYSTEM, order, acts.Reassign(technician_id=world.bert.id, why="not_accepted"))
    before = await numbers(world, "2022-09")
    world.set(START + timedelta(hours=1))
    evidence = {"technicianId": str(world.anna.id), "act": {"type": "accepted"}}
    told = START + timedelta(minutes=4)
    await world.do(world.technician().in_their_name(), order, acts.Note(evidence=evidence), occurred_at=told)
    assert before["acceptance_on_time"] == (0, 1)
    assert (await numbers(world, "2022-09"))["acceptance_on_time"] == (1, 1)


async def test_who_arrived_in_time_without_a_signal_has_kept_the_window(world: World):
    """Promised 09:30 to 10:30, there at 10:00 in a basement, given to somebody else at 11:00, told at noon."""
    world.set(START)
    order = await world.report(subscriber=None)
    await world.do(SYSTEM, order, acts.Dispatch(technician_id=world.anna.id, why="a_technician"))
    anna = world.technician().in_their_name()
    await world.do(anna, order, acts.Accept())
    window = {"window_start": START + timedelta(minutes=30), "window_end": START + timedelta(minutes=90)}
    await world.do(anna, order, acts.Contact(**window))
    world.set(START + timedelta(hours=2))
    await world.do(SYSTEM, order, acts.Reassign(technician_id=world.bert.id, why="dispatcher"))
    before = await numbers(world, "2022-09")
    world.set(START + timedelta(hours=3))
    evidence = {"technicianId": str(world.anna.id), "act": {"type": "arrived"}}
    for late in (95, 60):  # after the window it changes nothing
        told = START + timedelta(minutes=late)
        assert (await numbers(world, "2022-09"))["appointments_kept"] == before["appointments_kept"] == (0, 1)
        await world.do(anna, order, acts.Note(evidence=evidence), occurred_at=told)
    assert (await numbers(world, "2022-09"))["appointments_kept"] == (1, 1)
