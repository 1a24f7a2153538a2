"""Each constraint alone: what the solver may not do, it does not do, and says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.evaluation.evaluate import evaluate
from optimizer.problem import (
    UNREACHABLE,
    Break,
    FrozenStop,
    GridContract,
    Pin,
    Plan,
    Problem,
    PublishedStop,
    StopRule,
    TimeWindow,
)
from optimizer.solve import solve
from tests.optimizer.small import HOUR, line, on_line, only, person, visit

TRAVEL = only(travel=1)


def solved(problem: Problem, iterations: int = 150) -> Plan:
    plan = solve(problem, StopRule(iterations=iterations), seed=1)
    assert evaluate(problem, plan).violations == ()
    return plan


def starts(plan: Plan) -> dict[str, int]:
    return {stop.visit_id: stop.start for route in plan.routes for stop in route.stops}


def who(plan: Plan) -> dict[str, str]:
    return {stop.visit_id: route.technician_id for route in plan.routes for stop in route.stops}


def reasons(plan: Plan) -> dict[str, str]:
    return {item.visit_id: item.reason for item in plan.unplanned}


def test_no_visit_starts_before_its_report() -> None:
    plan = solved(on_line([0, 10], [person("a")], [visit("v", 1, earliest=5000)], TRAVEL))
    assert starts(plan) == {"v": 5000}


def test_a_visit_starts_in_one_of_its_windows() -> None:
    windows = (TimeWindow(5, 8), TimeWindow(700, 800))
    plan = solved(on_line([0, 10], [person("a")], [visit("v", 1, windows=windows)], TRAVEL))
    assert starts(plan) == {"v": 700}


def test_a_skill_needs_its_level() -> None:
    people = [person("novice", skills={"fibre": 1}), person("master", 1, skills={"fibre": 3})]
    plan = solved(on_line([0, 500], people, [visit("v", 0, skills={"fibre": 2}, drop_cost=5000)], TRAVEL))
    assert who(plan) == {"v": "master"}


def test_overtime_is_priced_and_ends_somewhere() -> None:
    worker = person("a", shift_end=100, max_overtime=50)
    problem = on_line([0], [worker], [visit("v", 0, service_seconds=140)], only(overtime=2))
    assert evaluate(problem, solved(problem)).cost["overtime"] == 80
    longer = replace(problem, visits=(visit("v", 0, service_seconds=151),))
    assert reasons(solved(longer)) == {"v": "too_long"}


def test_nobody_makes_more_visits_than_allowed() -> None:
    plan = solved(on_line([0], [person("a", max_visits=2)], [visit(f"v{i}", 0) for i in range(3)], TRAVEL))
    assert plan.planned_count == 2
    assert set(reasons(plan).values()) == {"all_full"}


def test_the_load_of_the_day_fits_the_vehicle() -> None:
    visits = [visit("big", 0, delivery=(3,), drop_cost=900), visit("small", 0, delivery=(2,))]
    plan = solved(on_line([0], [person("a", capacity=(4,))], visits, TRAVEL))
    assert reasons(plan) == {"big": "all_full"}


def test_what_is_brought_back_takes_the_place_of_what_was_delivered() -> None:
    visits = [visit("pick up", 0, pickup=(3,)), visit("deliver", 0, delivery=(3,))]
    plan = solved(on_line([0], [person("a", capacity=(4,))], visits, TRAVEL))
    assert plan.routes[0].visit_ids == ("deliver", "pick up")


def test_a_distance_limit_holds() -> None:
    plan = solved(on_line([0, 60], [person("a", max_distance=100)], [visit("v", 1)], TRAVEL))
    assert reasons(plan) == {"v": "over_limits"}


def test_who_is_excluded_stays_away_and_who_is_required_comes() -> None:
    people = [person("near"), person("far", 1)]
    visits = [
        visit("without near", 0, excluded_technicians=frozenset({"near"})),
        visit("with far", 0, required_technicians=frozenset({"far"})),
    ]
    assert set(who(solved(on_line([0, 100], people, visits, TRAVEL))).values()) == {"far"}


def test_who_is_preferred_comes_if_that_is_cheap_enough() -> None:
    people = [person("near"), person("far", 1)]
    visits = [visit("v", 0, preferred_technicians=frozenset({"far"}))]
    weights = only(travel=1, missed_preference=300)
    assert who(solved(on_line([0, 100], people, visits, weights))) == {"v": "far"}
    assert who(solved(on_line([0, 200], people, visits, weights))) == {"v": "near"}


def test_a_preferred_window_is_waited_for() -> None:
    visits = [visit("v", 0, preferred_windows=(TimeWindow(3000, 4000),))]
    problem = on_line([0], [person("a")], visits, only(missed_preference=10))
    assert starts(solved(problem)) == {"v": 3000}


def test_set_up_is_saved_at_the_same_place() -> None:
    visits = [visit(f"v{i}", 1, service_seconds=100, setup_seconds=30) for i in range(3)]
    plan = solved(on_line([0, 10], [person("a", shift_end=10 + 30 + 300 + 10)], visits, TRAVEL))
    assert plan.planned_count == 3
    assert plan.routes[0].end == 350


def test_a_slow_driver_needs_longer() -> None:
    plan = solved(on_line([0, 100], [person("a", speed_factor=0.8)], [visit("v", 1)], TRAVEL))
    assert plan.routes[0].travel_seconds == 250


def test_where_no_road_leads_nobody_goes() -> None:
    apart = line(0, 10)
    apart[0, 1] = UNREACHABLE
    problem = Problem((person("a"),), (visit("v", 1), visit("w", 0)), apart, apart, TRAVEL)
    assert reasons(solved(problem)) == {"v": "unreachable"}


def test_pins_hold_the_person_the_time_and_the_place_in_the_route() -> None:
    visits = [
        visit("first", 2, pin=Pin(position=0)),
        visit("last", 1, pin=Pin(position=-1)),
        visit("at 500", 1, pin=Pin(start=500)),
        visit("a's", 2, pin=Pin("a")),
    ]
    plan = solved(on_line([0, 10, 20], [person("a"), person("b", max_visits=0)], visits, TRAVEL))
    route = plan.routes[0]
    assert (route.visit_ids[0], route.visit_ids[-1]) == ("first", "last")
    assert starts(plan)["at 500"] == 500
    assert who(plan)["a's"] == "a"


def test_a_frozen_prefix_never_moves() -> None:
    facts = (FrozenStop("done", 100, 100, 400), FrozenStop("under way", 410, 410, 900))
    visits = [visit("done", 1), visit("under way", 2), *(visit(f"v{i}", 1 + i % 2) for i in range(4))]
    problem = on_line([0, 10, 20], [person("a", frozen=facts), person("b")], visits, TRAVEL, now=600)
    plan = solved(problem)
    route = plan.route_of("a")
    assert route is not None
    assert [(s.visit_id, s.start, s.departure) for s in route.stops[:2]] == [
        ("done", 100, 400),
        ("under way", 410, 900),
    ]
    assert all(stop.start >= 600 for r in plan.routes for stop in r.stops if stop.visit_id.startswith("v"))
    assert plan.planned_count == 6


def test_somebody_with_frozen_work_alone_goes_home() -> None:
    facts = (FrozenStop("done", 100, 100, 400),)
    plan = solved(on_line([0, 10], [person("a", frozen=facts)], [visit("done", 1)], TRAVEL))
    assert plan.routes[0].end == 410


def test_nothing_new_starts_in_the_past() -> None:
    plan = solved(on_line([0, 10], [person("a")], [visit("v", 1)], TRAVEL, now=5000))
    assert (plan.routes[0].start, starts(plan)) == (5000, {"v": 5010})


def test_a_published_visit_keeps_its_person_and_time_if_change_is_dear() -> None:
    people = [person("near"), person("far", 1)]
    published = (PublishedStop("v", "far", 2000),)
    problem = on_line(
        [0, 100], people, [visit("v", 0)], only(travel=1, change_technician=500, change_time=1), published=published
    )
    plan = solved(problem)
    assert (who(plan), starts(plan)) == ({"v": "far"}, {"v": 2000})
    assert who(solved(replace(problem, published=()))) == {"v": "near"}


@pytest.mark.parametrize("length", [10, 60])
def test_a_break_is_taken_between_visits_or_on_the_way(length: int) -> None:
    pause = Break(length * 60, (TimeWindow(4 * HOUR, 5 * HOUR - 60),))
    visits = [visit(f"v{i}", 1 + i % 2, service_seconds=5400, drop_cost=10**6) for i in range(4)]
    plan = solved(on_line([0, 1200, 2400], [person("a", shift_end=9 * HOUR, breaks=(pause,))], visits, TRAVEL))
    route = plan.routes[0]
    assert plan.planned_count == 4
    assert route.breaks is not None
    (placed,) = route.breaks
    assert placed.end - placed.start == length * 60
    assert all(placed.end <= stop.start or placed.start >= stop.departure for stop in route.stops)


def test_two_breaks_with_two_windows_each_are_placed() -> None:
    breaks = (
        Break(900, (TimeWindow(HOUR, HOUR), TimeWindow(2 * HOUR, 3 * HOUR))),
        Break(1800, (TimeWindow(4 * HOUR, 5 * HOUR), TimeWindow(7 * HOUR, 8 * HOUR))),
    )
    visits = [visit(f"v{i}", 0, service_seconds=HOUR) for i in range(7)]
    plan = solved(on_line([0], [person("a", shift_end=8 * HOUR + 2700, breaks=breaks)], visits, TRAVEL))
    assert plan.planned_count == 7


def test_home_before_lunch_is_lunch_at_home() -> None:
    pause = Break(1800, (TimeWindow(4 * HOUR, 5 * HOUR),))
    plan = solved(on_line([0], [person("a", shift_end=8 * HOUR, breaks=(pause,))], [visit("v", 0)], only(overtime=1)))
    assert plan.routes[0].end == 0


def test_a_mandatory_visit_goes_before_everything_else() -> None:
    visits = [visit("dear", 0, drop_cost=10**6), visit("must", 0, mandatory=True, drop_cost=1)]
    plan = solved(on_line([0], [person("a", max_visits=1)], visits, only(mandatory=10**8)))
    assert reasons(plan) == {"dear": "all_full"}


def test_a_person_above_their_share_leaves_the_visit_to_the_other() -> None:
    people = [
        person("above", grids=(GridContract("g", "A", 0.5, surplus=3),)),
        person("below", 1, grids=(GridContract("g", "B", 0.5),)),
    ]
    problem = on_line([0, 10], people, [visit("v", 0, grid="g")], only(travel=1, rolling_share=10))
    assert who(solved(problem)) == {"v": "below"}
