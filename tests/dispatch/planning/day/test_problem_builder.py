"""From a day to a problem, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest

from dispatch.planning.day.problem_builder import Prepared, prepare, with_unreachable
from dispatch.planning.day.snapshot import Day, DayBreak, DayOrder, DaySpan, DayTechnician, LivingVisit, day_span, moved
from optimizer.problem import UNREACHABLE, TimeWindow, Weights
from optimizer.problem.objective import POLICIES

DATE = date(2026, 3, 2)
MORNING = datetime(2026, 3, 2, 0, tzinfo=UTC)
TEN = MORNING + timedelta(hours=10)
TODAY = day_span(DATE, "UTC", TEN)
TOMORROW = day_span(DATE, "UTC", MORNING - timedelta(hours=3))
ANNA = DayTechnician(
    UUID(int=1),
    "Anna",
    (MORNING + timedelta(hours=8), MORNING + timedelta(hours=17)),
    breaks=(DayBreak(2700, MORNING + timedelta(hours=11, minutes=30), MORNING + timedelta(hours=13, minutes=30)),),
    skills={"fibre": 2},
    start=(116.40, 39.90),
    end=(116.40, 39.90),
    grids={"g1": "A"},
)
ORDER = DayOrder(
    UUID(int=100), "x-1", "reported", None, (116.41, 39.91), "g1", MORNING + timedelta(hours=9), 3600, skill="fibre"
)


def prepared(*orders: DayOrder, people: tuple[DayTechnician, ...] = (ANNA,), span: DaySpan = TODAY) -> Prepared:
    return prepare(Day(span, orders, people))


def test_today_is_cut_at_now_and_tomorrow_is_whole():
    assert prepared(ORDER).technicians[0].shift_start == 10 * 3600
    assert prepared(ORDER, span=TOMORROW).technicians[0].shift_start == 8 * 3600


def test_a_day_that_is_over_is_planned_in_hindsight_with_the_orders_reported_by_its_end():
    span = day_span(DATE, "UTC", MORNING + timedelta(days=9))
    assert span.now is None
    assert span.visible_until == MORNING + timedelta(days=1)


def test_no_visit_starts_before_its_order_was_reported():
    assert prepared(ORDER, span=TOMORROW).visits[0].earliest == 9 * 3600


def test_one_place_is_one_location_however_often_it_is_named():
    twin = replace(ORDER, id=UUID(int=101), number="x-2")
    day = prepared(ORDER, twin)
    assert len(day.points) == 2
    assert day.visits[0].location == day.visits[1].location


def test_an_order_without_a_place_is_left_out_and_says_so():
    day = prepared(replace(ORDER, point=None))
    assert [(out.order_id, out.reason) for out in day.left_out] == [(ORDER.id, "no_place")]
    assert not day.visits


def test_orders_booked_for_another_day_or_suspended_beyond_it_are_left_out():
    booked = replace(ORDER, appointment=(TEN + timedelta(days=1), TEN + timedelta(days=1, hours=2)))
    suspended = replace(ORDER, id=UUID(int=101), status="suspended", suspended_until=TEN + timedelta(days=1))
    assert [out.reason for out in prepared(booked, suspended).left_out] == ["booked_another_day", "suspended"]


def test_a_day_to_come_leaves_alone_what_is_planned_before_it():
    yesterday_evening = TOMORROW.visible_until + timedelta(hours=1)
    order = replace(
        ORDER, status="accepted", owner_id=ANNA.id, visit=LivingVisit(ANNA.id, "planned", yesterday_evening)
    )
    assert [out.reason for out in prepared(order, span=TOMORROW).left_out] == ["planned_another_day"]
    assert not prepared(order, span=TODAY).left_out


def test_an_order_suspended_into_the_day_waits_for_its_resume_time():
    order = replace(ORDER, status="suspended", suspended_until=MORNING + timedelta(hours=14))
    assert prepared(order).visits[0].earliest == 14 * 3600


def test_an_appointment_is_a_hard_window_until_it_is_over():
    order = replace(ORDER, appointment=(TEN + timedelta(hours=1), TEN + timedelta(hours=3)))
    assert prepared(order).visits[0].windows == (TimeWindow(11 * 3600, 13 * 3600),)
    missed = replace(ORDER, appointment=(TEN - timedelta(hours=2), TEN - timedelta(hours=1)))
    assert prepared(missed).visits[0].windows == ()


@pytest.mark.parametrize("weights", POLICIES.values(), ids=POLICIES)
def test_being_late_all_day_never_costs_more_than_leaving_an_order_out(weights: Weights):
    order = replace(ORDER, reported_at=MORNING - timedelta(days=30), urgent=True)
    day = prepared(order)
    apart = np.zeros((len(day.points), len(day.points)), dtype=np.int32)
    visit = day.problem(apart, apart, weights).visits[0]
    assert visit.due == 10 * 3600
    assert visit.drop_cost is not None
    assert visit.drop_cost > weights.tardiness * visit.due_weight * 86_400


def test_started_work_opens_the_route_and_is_never_offered_again():
    begun = replace(ORDER, status="on_site", owner_id=ANNA.id, arrived_at=TEN - timedelta(minutes=30))
    technician = prepared(begun).technicians[0]
    assert [(stop.arrival, stop.departure) for stop in technician.frozen] == [(34_200, 37_800)]


def test_somebody_on_the_way_arrives_when_the_plan_said_and_not_in_the_past():
    visit = LivingVisit(ANNA.id, "en_route", TEN, 600, TEN - timedelta(minutes=30))
    begun = replace(ORDER, status="en_route", owner_id=ANNA.id, departed_at=TEN - timedelta(minutes=30), visit=visit)
    (stop,) = prepared(begun).technicians[0].frozen
    assert (stop.arrival, stop.departure) == (36_000, 39_600)


def test_work_under_way_after_the_shift_keeps_its_technician_but_takes_nothing_more():
    late = day_span(DATE, "UTC", MORNING + timedelta(hours=18))
    begun = replace(ORDER, status="on_site", owner_id=ANNA.id, arrived_at=MORNING + timedelta(hours=17))
    technician = prepared(begun, span=late).technicians[0]
    assert technician.max_visits == 1


def test_visits_made_today_count_against_the_load_cap():
    assert prepared(ORDER, people=(replace(ANNA, done=5),)).technicians[0].max_visits == 7


def test_the_break_lies_inside_its_window():
    assert prepared(ORDER).technicians[0].breaks[0].windows == (TimeWindow(41_400, 45_900),)


def test_a_published_visit_is_told_to_the_optimizer_and_a_pinned_one_binds_it():
    visit = LivingVisit(ANNA.id, "planned", TEN + timedelta(hours=1), pin="technician")
    day = prepared(replace(ORDER, status="accepted", owner_id=ANNA.id, visit=visit))
    assert day.published[0].start == 11 * 3600
    assert day.visits[0].pin is not None
    assert day.visits[0].preferred_technicians == {str(ANNA.id)}


def test_accepting_moves_nothing_but_starting_does():
    owned = replace(ORDER, status="dispatched", owner_id=ANNA.id)
    before = Day(TODAY, (owned,), (ANNA,)).seen
    accepted = Day(TODAY, (replace(owned, status="accepted"),), (ANNA,)).seen
    started = Day(TODAY, (replace(owned, status="en_route"),), (ANNA,)).seen
    assert moved(before, accepted, [str(ORDER.id)]) == []
    assert moved(before, started, [str(ORDER.id)]) == [str(ORDER.id)]


def test_a_day_with_a_change_of_the_clocks_has_23_hours():
    span = day_span(date(2026, 3, 8), "America/Vancouver", datetime(2026, 3, 1, tzinfo=UTC))
    assert span.seconds(span.end) == 23 * 3600


def test_pairs_without_a_road_carry_the_optimizers_mark():
    marked = with_unreachable(np.zeros((2, 2), dtype=np.int32), frozenset({(0, 1)}))
    assert marked.tolist() == [[0, UNREACHABLE], [0, 0]]
