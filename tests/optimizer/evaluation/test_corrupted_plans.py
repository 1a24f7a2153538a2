"""A good plan, corrupted in one way at a time: the judge names exactly that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from optimizer.evaluation.evaluate import evaluate
from optimizer.evaluation.timetable import Timetable
from optimizer.problem import (
    NOT_ASKED,
    UNREACHABLE,
    Break,
    FrozenStop,
    Pin,
    PlacedBreak,
    Plan,
    Problem,
    Route,
    Stop,
    Technician,
    TimeWindow,
    Unplanned,
    Visit,
)
from optimizer.problem.objective import VIOLATIONS
from tests.optimizer.small import HOUR, line, only

MORNING = TimeWindow(9 * HOUR, 10 * HOUR)
LUNCH = Break(HOUR, (TimeWindow(12 * HOUR, 13 * HOUR),))


def a_day() -> Problem:
    """Places 10 minutes apart on a line, the last one (6) without a road. Anna has begun; Ben has not; time 0 is
    midnight.
    """
    durations = line(0, 600, 1200, 1800, 2400, 3000, 3600)
    durations[6, :6] = durations[:6, 6] = UNREACHABLE
    anna = Technician(
        "anna",
        8 * HOUR,
        16 * HOUR,
        0,
        0,
        breaks=(LUNCH,),
        skills={"fibre": 2},
        max_visits=4,
        max_travel_seconds=4 * HOUR,
        frozen=(FrozenStop("begun", 8 * HOUR + 600, 8 * HOUR + 600, 8 * HOUR + 2400),),
        capacity=(3,),
    )
    ben = Technician("ben", 8 * HOUR, 16 * HOUR, 5, 5, breaks=(LUNCH,), max_visits=3, max_distance=20_000)
    visits = (
        Visit("begun", 1, 1800),
        Visit("appointment", 2, 1800, windows=(MORNING,), delivery=(1,)),
        Visit("splice", 3, 1800, skills={"fibre": 2}, delivery=(1,)),
        Visit("after lunch", 4, 1800, earliest=13 * HOUR, pin=Pin("anna")),
        Visit("bens", 5, 1800, required_technicians=frozenset({"ben"}), excluded_technicians=frozenset({"anna"})),
        Visit("bens own", 4, 1800, earliest=10 * HOUR),
        Visit("heavy", 3, 1800, delivery=(3,)),
        Visit("island", 6, 1800),
        Visit("spare", 2, 1800),
        Visit("spare too", 3, 1800),
    )
    return Problem((anna, ben), visits, durations, durations, only(travel=1, drop=1))


PROBLEM = a_day()
TABLE = Timetable(PROBLEM)


def route(technician: str, *visits: str) -> Route:
    found = TABLE.route(technician, visits)
    assert found is not None
    return found


def plan_of(*routes: Route) -> Plan:
    planned = {visit_id for item in routes for visit_id in item.visit_ids}
    return Plan(routes, tuple(Unplanned(v.id, "all_full") for v in PROBLEM.visits if v.id not in planned))


ANNA = route("anna", "appointment", "splice", "after lunch")
BEN = route("ben", "bens", "bens own")
GOOD = plan_of(ANNA, BEN)


def changed(item: Route, index: int, **times: int) -> Route:
    stops = list(item.stops)
    stops[index] = replace(stops[index], **times)  # type: ignore[arg-type]
    return replace(item, stops=tuple(stops))


def moved(item: Route, index: int, start: int) -> Route:
    stop = item.stops[index]
    return changed(item, index, arrival=start, start=start, departure=start + stop.departure - stop.start)


def appended(item: Route, visit_id: str, place: int) -> Route:
    """`item` with one more visit at its end, which `Timetable` would refuse."""
    last = item.stops[-1]
    start = last.departure + 1800
    stop = Stop(visit_id, start, start, start + 1800)
    home = 0 if item.technician_id == "anna" else 5
    back = 0 if place == 6 else int(PROBLEM.durations[place, home])
    return replace(item, stops=(*item.stops, stop), end=stop.departure + back)


def without(unplanned: str) -> tuple[Unplanned, ...]:
    return tuple(item for item in GOOD.unplanned if item.visit_id != unplanned)


CORRUPTIONS: dict[str, Callable[[], Plan]] = {
    "unknown_visit": lambda: replace(GOOD, unplanned=(*GOOD.unplanned, Unplanned("ghost", "all_full"))),
    "unknown_technician": lambda: replace(GOOD, routes=(*GOOD.routes, Route("ghost", (), 0, 0))),
    "served_twice": lambda: replace(GOOD, unplanned=(*GOOD.unplanned, GOOD.unplanned[0])),
    "not_accounted": lambda: replace(GOOD, unplanned=without("island")),
    "planned_and_unplanned": lambda: replace(GOOD, unplanned=(*GOOD.unplanned, Unplanned("splice", "all_full"))),
    "unplanned_without_reason": lambda: replace(GOOD, unplanned=(*without("island"), Unplanned("island", ""))),
    "before_earliest": lambda: plan_of(ANNA, moved(BEN, 1, 10 * HOUR - 1)),
    "outside_window": lambda: plan_of(moved(ANNA, 1, 9 * HOUR - 1), BEN),
    "missing_skill": lambda: plan_of(route("anna", "appointment", "after lunch"), route("ben", "bens", "splice")),
    "not_required_technician": lambda: plan_of(ANNA, BEN),
    "excluded_technician": lambda: plan_of(ANNA, BEN),
    "before_shift": lambda: plan_of(ANNA, replace(BEN, start=8 * HOUR - 60)),
    "after_shift": lambda: plan_of(ANNA, replace(BEN, end=16 * HOUR + 60)),
    "before_now": lambda: GOOD,
    "break_missing": lambda: plan_of(ANNA, replace(BEN, breaks=())),
    "break_misplaced": lambda: plan_of(ANNA, replace(BEN, breaks=(PlacedBreak(0, 14 * HOUR, 15 * HOUR),))),
    "break_overlaps_work": lambda: plan_of(
        ANNA, replace(moved(BEN, 1, 12 * HOUR + 1800), breaks=(PlacedBreak(0, 12 * HOUR, 13 * HOUR),), end=15 * HOUR)
    ),
    "travel_too_short": lambda: plan_of(moved(ANNA, 2, ANNA.stops[1].departure + 599), BEN),
    "work_too_short": lambda: plan_of(ANNA, changed(BEN, 1, departure=BEN.stops[1].departure - 1)),
    "too_many_visits": lambda: plan_of(ANNA, route("ben", "bens", "bens own", "spare", "spare too")),
    "too_much_travel": lambda: GOOD,
    "too_much_distance": lambda: GOOD,
    "over_capacity": lambda: plan_of(route("anna", "appointment", "heavy", "after lunch"), BEN),
    "unreachable": lambda: plan_of(ANNA, appended(BEN, "island", 6)),
    "frozen_moved": lambda: plan_of(
        changed(ANNA, 0, arrival=8 * HOUR + 601, start=8 * HOUR + 601, departure=8 * HOUR + 2401), BEN
    ),
    "pin_broken": lambda: plan_of(route("anna", "appointment", "splice"), route("ben", "bens", "after lunch")),
}

STRICTER: dict[str, Problem] = {
    "before_now": replace(PROBLEM, now=BEN.start + 1),
    "too_much_travel": replace(
        PROBLEM, technicians=(replace(PROBLEM.technicians[0], max_travel_seconds=4799), PROBLEM.technicians[1])
    ),
    "too_much_distance": replace(
        PROBLEM, technicians=(PROBLEM.technicians[0], replace(PROBLEM.technicians[1], max_distance=1199))
    ),
    "not_required_technician": replace(
        PROBLEM,
        visits=tuple(
            replace(v, required_technicians=frozenset({"carl"}) if v.id == "splice" else v.required_technicians)
            for v in PROBLEM.visits
        ),
    ),
    "excluded_technician": replace(
        PROBLEM,
        visits=tuple(
            replace(v, excluded_technicians=frozenset({"anna"}) if v.id == "splice" else v.excluded_technicians)
            for v in PROBLEM.visits
        ),
    ),
}


def test_the_good_plan_has_no_violation() -> None:
    assert evaluate(PROBLEM, GOOD).violations == ()


@pytest.mark.parametrize("code", CORRUPTIONS)
def test_a_corrupted_plan_yields_exactly_its_violation(code: str) -> None:
    violations = evaluate(STRICTER.get(code, PROBLEM), CORRUPTIONS[code]()).violations
    assert [item.code for item in violations] == [code]


def test_a_reason_nobody_has_looked_for_is_enough_in_an_unfinished_plan_only() -> None:
    left_out = {item.visit_id for item in GOOD.unplanned}
    assert left_out
    plan = replace(GOOD, unplanned=tuple(Unplanned(visit_id, NOT_ASKED) for visit_id in left_out))
    assert evaluate(PROBLEM, plan, unfinished=True).violations == ()
    assert {item.code for item in evaluate(PROBLEM, plan).violations} == {"unplanned_without_reason"}
    unknown = replace(GOOD, unplanned=tuple(Unplanned(visit_id, "because") for visit_id in left_out))
    assert {item.code for item in evaluate(PROBLEM, unknown, unfinished=True).violations} == {
        "unplanned_without_reason"
    }


def test_every_violation_has_a_corruption_and_a_sentence() -> None:
    assert set(CORRUPTIONS) == set(VIOLATIONS)
    for code, text in VIOLATIONS.items():
        assert text.say("zh"), code
        assert text.say("en").endswith("."), code
