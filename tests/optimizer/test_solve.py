"""The solver as a whole: feasible on whatever day, the same for the same seed, never worse than where it began."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.evaluation.evaluate import evaluate
from optimizer.evaluation.subproblem import judge
from optimizer.files.generated import generate_day
from optimizer.improve import routing_model
from optimizer.improve.decompose import Group, Neighbourhood, group_problem
from optimizer.improve.routing_model import improve
from optimizer.problem import (
    UNREACHABLE,
    Break,
    FrozenStop,
    GridContract,
    Pin,
    Plan,
    Problem,
    ProblemError,
    Progress,
    PublishedStop,
    StopRule,
    Technician,
    TimeWindow,
    Visit,
    Weights,
)
from optimizer.problem.objective import REASONS
from optimizer.search.construct import SMALL, Routes
from optimizer.solve import OR_TOOLS_SECONDS, solve
from tests.optimizer.random_days import random_problem

HOUR = 3600
IDS = ("t0", "t1", "t2")


@st.composite
def windows(draw: Any, low: int, high: int) -> tuple[TimeWindow, ...]:
    moments = sorted(draw(st.lists(st.integers(low, high), min_size=0, max_size=4, unique=True)))
    return tuple(TimeWindow(a, b) for a, b in zip(moments[::2], moments[1::2], strict=False))


@st.composite
def technicians(draw: Any, number: int, places: int) -> Technician:
    start = draw(st.integers(0, 3 * HOUR))
    breaks = []
    for begin in draw(st.lists(st.sampled_from([3 * HOUR, 5 * HOUR, 6 * HOUR]), max_size=2, unique=True)):
        breaks.append(Break(draw(st.sampled_from([600, 2700])), (TimeWindow(begin, begin + 1800),)))
    place = st.one_of(st.none(), st.integers(0, places - 1))
    return Technician(
        IDS[number],
        start,
        start + draw(st.integers(HOUR, 8 * HOUR)),
        draw(place),
        draw(place),
        soft_end=draw(st.one_of(st.none(), st.just(start + 2 * HOUR))),
        max_overtime=draw(st.sampled_from([0, 1800])),
        breaks=tuple(breaks),
        skills=draw(st.dictionaries(st.sampled_from(["x", "y"]), st.integers(1, 2))),
        speed_factor=draw(st.sampled_from([1.0, 0.8, 1.3])),
        cost_per_hour=draw(st.sampled_from([0, 36])),
        max_visits=draw(st.integers(0, 6)),
        max_travel_seconds=draw(st.one_of(st.none(), st.integers(0, 6000))),
        grids=tuple(GridContract(g) for g in draw(st.sets(st.sampled_from(["g", "h"])))),
        capacity=(draw(st.integers(0, 4)),),
    )


@st.composite
def visits(draw: Any, number: int, places: int) -> Visit:
    pins = st.builds(Pin, st.sampled_from(IDS), st.one_of(st.none(), st.integers(0, 8 * HOUR)))
    firsts = st.builds(Pin, st.none(), st.none(), st.sampled_from([0, 1, -1]))
    return Visit(
        f"v{number}",
        draw(st.integers(0, places - 1)),
        draw(st.integers(0, 5000)),
        setup_seconds=draw(st.sampled_from([0, 300])),
        windows=draw(windows(0, 9 * HOUR)),
        preferred_windows=draw(windows(0, 9 * HOUR)),
        earliest=draw(st.one_of(st.none(), st.integers(0, 7 * HOUR))),
        due=draw(st.one_of(st.none(), st.integers(0, 9 * HOUR))),
        due_weight=draw(st.integers(0, 5)),
        priority=draw(st.integers(0, 3)),
        skills=draw(st.dictionaries(st.sampled_from(["x", "y"]), st.integers(1, 2), max_size=1)),
        required_technicians=draw(st.sampled_from([frozenset(), frozenset({"t1"}), frozenset({"absent"})])),
        preferred_technicians=draw(st.sampled_from([frozenset(), frozenset({"t0"})])),
        grid=draw(st.sampled_from([None, "g", "h"])),
        pin=draw(st.one_of(st.none(), st.none(), st.none(), pins, firsts)),
        delivery=(draw(st.integers(0, 2)),),
        pickup=(draw(st.integers(0, 2)),),
    )


@st.composite
def problems(draw: Any) -> Problem:
    places = draw(st.integers(1, 5))
    size = st.integers(0, 2500)
    matrix = np.array(draw(st.lists(size, min_size=places**2, max_size=places**2)), dtype=np.int32).reshape(
        places, places
    )
    np.fill_diagonal(matrix, 0)
    if places > 2 and draw(st.booleans()):
        matrix[0, 1] = UNREACHABLE
    people = [draw(technicians(k, places)) for k in range(draw(st.integers(0, 3)))]
    todo = [draw(visits(k, places)) for k in range(draw(st.integers(0, 8)))]
    now = draw(st.sampled_from([None, None, 2 * HOUR]))
    if people and todo and draw(st.booleans()):
        begin = draw(st.integers(0, 2 * HOUR))
        people[0] = replace(people[0], frozen=(FrozenStop("v0", begin, begin, begin + draw(st.integers(0, HOUR))),))
    published = []
    if people and len(todo) > 1:
        told = draw(st.one_of(st.none(), st.just(TimeWindow(HOUR, 3 * HOUR))))
        published = [PublishedStop("v1", people[-1].id, draw(st.integers(0, 8 * HOUR)), told)]
    weights = Weights(waiting=draw(st.sampled_from([0, 1])), risk=draw(st.sampled_from([0, 1])))
    return Problem(tuple(people), tuple(todo), matrix, matrix, weights, tuple(published), now)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(problems())
def test_whatever_the_day_the_plan_is_feasible_and_accounts_for_everything(problem: Problem) -> None:
    plan = solve(problem, StopRule(iterations=30), seed=3)
    evaluation = evaluate(problem, plan)
    assert evaluation.violations == ()
    assert plan.planned_count + len(plan.unplanned) == len(problem.visits)
    assert all(item.reason in REASONS for item in plan.unplanned)
    for route in plan.routes:
        frozen = {stop.visit_id for t in problem.technicians for stop in t.frozen}
        for stop in route.stops:
            visit = next(v for v in problem.visits if v.id == stop.visit_id)
            assert stop.visit_id in frozen or visit.earliest is None or stop.start >= visit.earliest


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(problems())
def test_the_evaluator_finds_a_place_for_breaks_nobody_placed(problem: Problem) -> None:
    plan = solve(problem, StopRule(iterations=5), seed=3)
    bare = replace(plan, routes=tuple(replace(route, breaks=None) for route in plan.routes))
    assert evaluate(problem, bare).violations == ()


def test_a_run_that_ends_by_iterations_ends_though_or_tools_tries_breaks_for_hours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(routing_model, "GROUP_SECONDS", 1)
    problem = random_problem(1)
    plan = solve(problem, StopRule(iterations=2000), seed=1)
    assert evaluate(problem, plan).violations == ()


@pytest.mark.parametrize("workers", [1, 2])
def test_the_same_seed_gives_the_same_plan(workers: int) -> None:
    problem = generate_day(40, 6, 7)
    first = solve(problem, StopRule(iterations=60), seed=5, workers=workers)
    again = solve(problem, StopRule(iterations=60), seed=5, workers=workers)
    assert first == again


def test_a_run_of_a_few_seconds_over_a_large_day_does_without_or_tools() -> None:
    large, small = generate_day(SMALL + 30, 20, 2), generate_day(SMALL // 2, 12, 2)
    short = solve(large, StopRule(seconds=2), seed=1).report
    assert short is not None
    assert short.ortools.groups == 0
    assert short.ortools.cost_before == short.ortools.cost_after == short.cost
    assert short.iterations > 0
    for day, seconds in ((small, 2.0), (large, OR_TOOLS_SECONDS)):
        report = solve(day, StopRule(seconds=seconds), seed=1, enough=lambda: True).report
        assert report is not None
        assert report.ortools.groups > 0


def test_every_route_passes_through_or_tools() -> None:
    problem = generate_day(60, 12, 2)
    plan = solve(problem, StopRule(iterations=20), seed=1)
    assert plan.report is not None
    finish = plan.report.ortools
    assert finish.routes_seen >= sum(1 for route in plan.routes if route.stops)
    assert finish.cost_after <= finish.cost_before
    assert finish.groups >= 3


def test_the_compiled_price_is_the_judges_price() -> None:
    for seed in range(3):
        problem = generate_day(50, 6, seed)
        routes = Routes(problem)
        routes.insert_missing()
        evaluation = judge(problem, routes.sequences())
        assert evaluation is not None
        assert evaluation.feasible
        assert evaluation.total == pytest.approx(routes.cost, rel=1e-9)


def test_or_tools_counts_as_the_judge_does() -> None:
    problem = generate_day(30, 4, 1)
    routes = Routes(problem)
    routes.insert_missing()
    small, before = group_problem(problem, Group((0, 1, 2, 3), tuple(routes.unplanned())), routes.sequences())
    result = improve(small, before, seconds=None)
    assert result.sequences is not None
    evaluation, start = judge(small, result.sequences), judge(small, before)
    assert evaluation is not None
    assert start is not None
    assert evaluation.feasible
    assert evaluation.total < start.total
    assert result.objective in (evaluation.total, evaluation.total * 100)


def test_groups_hold_every_route_exactly_once() -> None:
    problem = generate_day(80, 17, 4)
    routes = Routes(problem)
    routes.insert_missing()
    groups = Neighbourhood(problem, routes.sequences()).partition(routes.unplanned(), 1)
    members = [index for group in groups for index in group.technicians]
    assert len(members) == len(set(members))
    busy = {i for i, t in enumerate(problem.technicians) if routes.sequences()[t.id]}
    assert busy <= set(members)
    assert all(len(group.technicians) <= 5 for group in groups)


def test_a_good_initial_plan_is_never_made_worse() -> None:
    problem = generate_day(40, 6, 9)
    good = solve(problem, StopRule(iterations=500), seed=1)
    again = solve(problem, StopRule(iterations=0), seed=2, initial=good)
    assert evaluate(problem, again).total <= evaluate(problem, good).total


def test_a_broken_initial_plan_is_repaired() -> None:
    problem = generate_day(20, 3, 9)
    plan = solve(problem, StopRule(iterations=50), seed=1)
    route = max(plan.routes, key=lambda r: len(r.stops))
    broken = replace(plan, routes=(replace(route, stops=route.stops * 2),))
    assert evaluate(problem, solve(problem, StopRule(iterations=20), initial=broken)).feasible


def test_progress_names_phases_and_its_best_cost_never_rises() -> None:
    seen: list[Progress] = []
    problem = generate_day(40, 6, 3)
    plan = solve(problem, StopRule(iterations=40), progress=seen.append)
    phases = list(dict.fromkeys(item.phase for item in seen))
    assert phases[0] == "insert"
    assert phases[-1] == "done"
    costs = [item.cost for item in seen if item.phase != "done"]
    assert costs == sorted(costs, reverse=True)
    assert (seen[-1].planned, seen[-1].visits) == (plan.planned_count, 40)


def test_a_day_without_people_or_without_visits_has_a_plan() -> None:
    problem = generate_day(3, 2, 1)
    assert solve(replace(problem, technicians=()), StopRule(iterations=5)).planned_count == 0
    assert solve(replace(problem, visits=()), StopRule(seconds=1)).routes == ()


def test_a_stop_rule_needs_an_end() -> None:
    with pytest.raises(ProblemError, match="seconds or iterations"):
        StopRule()


def test_a_plan_names_a_technician_once() -> None:
    plan = solve(generate_day(5, 2, 1), StopRule(iterations=5))
    with pytest.raises(ProblemError, match="two routes"):
        Plan(plan.routes + plan.routes)


def test_solving_leaves_other_threads_running() -> None:
    beats = 0
    over = threading.Event()

    def beat() -> None:
        nonlocal beats
        while not over.wait(0.05):
            beats += 1

    thread = threading.Thread(target=beat)
    thread.start()
    begin = time.monotonic()
    solve(generate_day(60, 8, 1), StopRule(iterations=3000), progress=None)
    spent = time.monotonic() - begin
    over.set()
    thread.join()
    assert spent > 0
    assert beats > 0


@pytest.mark.parametrize("missing", ["visits", "technicians"])
def test_a_day_without_visits_or_people_is_planned_at_once_however_much_time_there_is(missing: str):
    nothing: dict[str, Any] = {missing: ()}
    problem = replace(generate_day(6, 2, 1), **nothing)
    plan = solve(problem, StopRule(seconds=60), seed=1, workers=2)
    assert plan.routes == ()
    assert len(plan.unplanned) == len(problem.visits)
    assert plan.report is not None
    assert plan.report.ortools.groups == 0
