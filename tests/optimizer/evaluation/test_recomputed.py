"""The judge against a second one that counts seconds on its fingers: any plan, however bad, is judged the same."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from optimizer.evaluation.evaluate import evaluate
from optimizer.problem import (
    UNREACHABLE,
    Break,
    GridContract,
    Matrix,
    Pin,
    PlacedBreak,
    Plan,
    Problem,
    Roads,
    Route,
    Stop,
    Technician,
    TimeWindow,
    Unplanned,
    Visit,
)
from optimizer.problem.objective import VIOLATIONS
from tests.optimizer.small import only

DAY = 200
WEIGHTS = only(travel=3, distance=2, waiting=5, tardiness=7, outside_grid=11, imbalance_above=40, imbalance=13,
               overtime=17, over_skilling=19, drop=23, missed_preference=29)  # fmt: skip


def a_problem(r: random.Random) -> Problem:
    size = r.randint(1, 5)
    durations, distances = _roads(r, size)
    people = tuple(_technician(r, index, size) for index in range(r.randint(1, 3)))
    visits = tuple(_visit(r, index, size) for index in range(r.randint(0, 6)))
    more: tuple[Roads, ...] = ()
    if r.random() < 0.4:
        more = (Roads(*_roads(r, size)),)
        people = tuple(replace(person, profile=r.randint(0, 1)) for person in people)
    return Problem(people, visits, durations, distances, WEIGHTS, more_roads=more)


def _roads(r: random.Random, size: int) -> tuple[Matrix, Matrix]:
    choices = [1, 5, 12, 30, UNREACHABLE]
    durations = np.array([[0 if i == j else r.choice(choices) for j in range(size)] for i in range(size)])
    return durations, np.where(durations == UNREACHABLE, durations, durations * 2)


def _windows(r: random.Random) -> tuple[TimeWindow, ...]:
    edges = sorted(r.sample(range(DAY), 4))
    return r.choice([(), (TimeWindow(*edges[:2]),), (TimeWindow(*edges[:2]), TimeWindow(*edges[2:]))])


def _technician(r: random.Random, index: int, size: int) -> Technician:
    start = r.randrange(60)
    return Technician(
        f"t{index}",
        start,
        start + r.randint(40, 120),
        r.choice([None, r.randrange(size)]),
        r.choice([None, r.randrange(size)]),
        soft_end=r.choice([None, start + 30]),
        max_overtime=r.choice([0, 20]),
        breaks=(Break(r.randint(1, 20), _windows(r) or (TimeWindow(0, DAY),)),) if r.random() < 0.4 else (),
        skills={name: r.randint(1, 3) for name in "ab" if r.random() < 0.6},
        speed_factor=r.choice([1.0, 0.5, 2.0]),
        max_visits=r.randint(1, 4),
        max_travel_seconds=r.choice([None, 30]),
        max_distance=r.choice([None, 60]),
        grids=tuple(GridContract(name) for name in "xy" if r.random() < 0.5),
        capacity=r.choice([(), (r.randint(0, 4), r.randint(2, 6))]),
    )


def _visit(r: random.Random, index: int, size: int) -> Visit:
    loads = [(r.randint(0, 3), r.randint(0, 3)) if r.random() < 0.4 else () for _ in range(2)]
    return Visit(
        f"v{index}",
        r.randrange(size),
        r.randint(0, 20),
        setup_seconds=r.choice([0, 5]),
        windows=_windows(r),
        preferred_windows=_windows(r),
        earliest=r.choice([None, r.randrange(100)]),
        due=r.choice([None, r.randrange(DAY)]),
        due_weight=r.choice([1, 2]),
        priority=r.randint(0, 2),
        skills={"a": r.randint(1, 3)} if r.random() < 0.3 else {},
        required_technicians=frozenset({"t0"}) if r.random() < 0.2 else frozenset(),
        excluded_technicians=frozenset({"t1"}) if r.random() < 0.2 else frozenset(),
        grid=r.choice([None, "x", "y"]),
        pin=r.choice([None, None, Pin("t0"), Pin(position=0), Pin(start=50)]),
        delivery=loads[0],
        pickup=loads[1],
    )


def a_plan(r: random.Random, problem: Problem) -> Plan:
    """Everybody somewhere, roughly one after the other, sometimes too hasty, too late or with a break anywhere."""
    left = list(problem.visits)
    r.shuffle(left)
    routes = []
    for technician in problem.technicians:
        mine, left = left[: r.randint(0, 3)], left[r.randint(0, 3) :] if r.random() < 0.1 else left[3:]
        moment = technician.shift_start + r.choice([0, 0, 5, -3])
        begin, stops = moment, []
        for visit in mine:
            start = moment + r.choice([0, 2, 10, 40])
            end = start + r.choice([visit.service_seconds, visit.service_seconds + visit.setup_seconds, 1])
            stops.append(Stop(visit.id, start, start, end))
            moment = end
        pause = r.randrange(DAY)
        breaks = tuple(
            PlacedBreak(index, pause, pause + r.choice([item.duration, item.duration, 1]))
            for index, item in enumerate(technician.breaks)
            if r.random() < 0.8
        )
        routes.append(Route(technician.id, tuple(stops), begin, moment + r.choice([0, 10, 40]), breaks))
    planned = {stop.visit_id for route in routes for stop in route.stops}
    rest = [visit.id for visit in problem.visits if visit.id not in planned and r.random() < 0.9]
    return Plan(tuple(routes), tuple(Unplanned(visit_id, "all_full") for visit_id in rest))


def counted(problem: Problem, plan: Plan) -> tuple[Counter[str], Counter[str]]:
    """Violations by code and costs by term, by looking at every second."""
    codes: Counter[str] = Counter()
    costs: Counter[str] = Counter()
    visits = {visit.id: visit for visit in problem.visits}
    times: Counter[str] = Counter(stop.visit_id for route in plan.routes for stop in route.stops)
    codes["served_twice"] = sum(count > 1 for count in times.values())
    listed = {item.visit_id for item in plan.unplanned}
    for visit in problem.visits:
        if not times[visit.id]:
            codes["not_accounted"] += visit.id not in listed
            costs["dropped"] += 23 * (1 + visit.priority)
    for route in plan.routes:
        if route.stops:
            technician = next(t for t in problem.technicians if t.id == route.technician_id)
            _count_route(problem, technician, route, [visits[v] for v in route.visit_ids], codes, costs)
    return +codes, +costs


def _count_route(
    problem: Problem, who: Technician, route: Route, order: list[Visit], codes: Counter[str], costs: Counter[str]
) -> None:
    paused = [second for pause in route.breaks or () for second in range(pause.start, pause.end)]
    places = [who.start_location, *(visit.location for visit in order), who.end_location]
    moments = [route.start, *(m for stop in route.stops for m in (stop.start, stop.departure)), route.end]
    road = metres = work = 0
    cut_off: set[str] = set()
    roads = problem if who.profile == 0 else problem.more_roads[who.profile - 1]
    for index in range(len(order) + 1):
        here, there = places[index], places[index + 1]
        leg = 0 if here is None or there is None else int(roads.durations[here, there])
        if leg == UNREACHABLE:
            cut_off.add(order[min(index, len(order) - 1)].id)
            leg = 0
        elif here is not None and there is not None:
            metres += int(roads.distances[here, there])
        leg = int(leg / who.speed_factor + 0.5)
        road += leg
        begin, end = moments[2 * index], moments[2 * index + 1]
        free = sum(1 for second in range(begin, end) if second not in paused) - max(0, begin - end)
        codes["travel_too_short"] += free < leg
        if index < len(order):
            costs["waiting"] += 5 * max(0, free - leg)
    codes["unreachable"] += len(cut_off)
    for index, (visit, stop) in enumerate(zip(order, route.stops, strict=True)):
        needed = visit.service_seconds + (visit.setup_seconds if places[index] != visit.location else 0)
        work += needed
        codes["work_too_short"] += len(range(stop.start, stop.departure)) < needed
        _count_visit(who, visit, stop, index, len(order), codes, costs)
    codes["too_many_visits"] += len(order) > who.max_visits
    codes["too_much_travel"] += who.max_travel_seconds is not None and road > who.max_travel_seconds
    codes["too_much_distance"] += who.max_distance is not None and metres > who.max_distance
    codes["before_shift"] += route.start < who.shift_start
    codes["after_shift"] += route.end > who.shift_end + who.max_overtime
    codes["over_capacity"] += any(
        sum((v.delivery or (0, 0))[d] for v in order[done:]) + sum((v.pickup or (0, 0))[d] for v in order[:done]) > most
        for d, most in enumerate(who.capacity)
        for done in range(len(order) + 1)
    )
    _count_breaks(who, route, codes)
    costs["travel_time"] += 3 * road
    costs["travel_distance"] += 2 * metres
    costs["imbalance"] += 13 * max(0, road + work - 40)
    regular = who.shift_end if who.soft_end is None else who.soft_end
    costs["overtime"] += 17 * max(0, route.end - regular)


def _count_visit(
    who: Technician, visit: Visit, stop: Stop, index: int, length: int, codes: Counter[str], costs: Counter[str]
) -> None:
    lacking = any(who.skills.get(name, 0) < level for name, level in visit.skills.items())
    if lacking:
        codes["missing_skill"] += 1
    elif visit.required_technicians and who.id not in visit.required_technicians:
        codes["not_required_technician"] += 1
    elif who.id in visit.excluded_technicians:
        codes["excluded_technician"] += 1
    elif visit.pin is not None and visit.pin.technician_id not in (None, who.id):
        codes["pin_broken"] += 1
    codes["before_earliest"] += visit.earliest is not None and stop.start < visit.earliest
    codes["outside_window"] += bool(visit.windows) and not any(w.start <= stop.start <= w.end for w in visit.windows)
    pin = visit.pin
    if pin is not None:
        moved = pin.start is not None and stop.start != pin.start
        codes["pin_broken"] += moved or pin.position not in (None, index, index - length)
    if visit.due is not None:
        costs["tardiness"] += 7 * int(visit.due_weight) * len(range(visit.due, stop.departure))
    wishes = visit.preferred_windows
    costs["missed_preference"] += 29 * (bool(wishes) and not any(w.start <= stop.start <= w.end for w in wishes))
    costs["outside_grid"] += 11 * (visit.grid is not None and visit.grid not in {c.grid for c in who.grids})
    costs["over_skilling"] += 19 * sum(max(0, who.skills.get(n, 0) - level) for n, level in visit.skills.items())


def _seconds_of_work(stop: Stop) -> set[int]:
    """A visit without a second of work still interrupts whatever goes on at its moments."""
    return set(range(stop.start, stop.departure)) or {stop.departure, stop.start}


def _at_its_edge(stop: Stop, pause: PlacedBreak) -> bool:
    """Whether a visit without a second of work lies where the break begins or ends, or is not all inside it."""
    return stop.departure <= stop.start and not pause.start < stop.departure <= stop.start < pause.end


def _count_breaks(who: Technician, route: Route, codes: Counter[str]) -> None:
    """At most one break here, so that no two can overlap."""
    for index, item in enumerate(who.breaks):
        allowed = {
            second
            for window in item.windows
            for second in range(window.start, window.end + 1)
            if who.shift_start <= second and second + item.duration <= who.shift_end + who.max_overtime
        }
        taken = [pause for pause in route.breaks or () if pause.index == index]
        if not allowed:
            continue
        codes["break_missing"] += not taken
        for pause in taken:
            seconds = set(range(pause.start, pause.end))
            if any(seconds & _seconds_of_work(stop) for stop in route.stops if not _at_its_edge(stop, pause)):
                codes["break_overlaps_work"] += 1
            elif pause.start not in allowed or len(seconds) != item.duration:
                codes["break_misplaced"] += 1


@given(st.integers(0, 10**9))
def test_every_plan_is_judged_as_by_counting_seconds(seed: int) -> None:
    r = random.Random(seed)
    problem = a_problem(r)
    plan = a_plan(r, problem)
    evaluation = evaluate(problem, plan)
    codes, costs = counted(problem, plan)
    assert Counter(violation.code for violation in evaluation.violations) == codes
    if not codes["served_twice"]:  # whose visit has one price, not two
        assert {term: value for term, value in evaluation.cost.items() if value} == dict(costs)


def test_the_random_plans_break_and_keep_every_rule() -> None:
    seen: Counter[str] = Counter()
    for seed in range(3000):
        r = random.Random(seed)
        problem = a_problem(r)
        evaluation = evaluate(problem, a_plan(r, problem))
        seen.update(v.code for v in evaluation.violations)
        seen["none"] += evaluation.feasible
    unheard = {"unknown_visit", "unknown_technician", "planned_and_unplanned", "unplanned_without_reason", "before_now",
               "frozen_moved"}  # fmt: skip
    assert {code for code, count in seen.items() if count} == {"none", *VIOLATIONS} - unheard
