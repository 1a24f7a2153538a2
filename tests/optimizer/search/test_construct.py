"""Compiled insertion against brute force through the judge."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optimizer.evaluation.evaluate import evaluate
from optimizer.evaluation.subproblem import feasible_plan, judge
from optimizer.files.generated import generate_day
from optimizer.problem import Pin, Problem, Visit, Weights
from optimizer.search.construct import Routes
from optimizer.search.insertion_cost import best_position
from optimizer.search.regret import REGRET, YIELD
from tests.optimizer.small import on_line, person
from tests.optimizer.small import visit as a_visit


def price_of(problem: Problem, technician: str, order: list[str]) -> float:
    """The judge's price of a day in which only this route exists, inf where it is not possible."""
    plan = feasible_plan(problem, {technician: order})
    if plan is None:
        return np.inf
    evaluation = evaluate(problem, plan, unfinished=True)
    return evaluation.total if evaluation.feasible else np.inf


def a_day(seed: int, *, breaks: bool) -> Problem:
    day = generate_day(36, 4, seed)
    visits = tuple(replace(visit, delivery=(index % 3,)) for index, visit in enumerate(day.visits))
    people = tuple(replace(t, capacity=(6,), breaks=t.breaks if breaks else ()) for t in day.technicians)
    return replace(day, visits=visits, technicians=people)


def prices(day: Problem) -> list[tuple[float, float]]:
    """For every visit and every half-empty route: the added price found by the search, and by trying every place."""
    full = Routes(day)
    full.insert_missing()
    generator = np.ones(1, dtype=np.uint64)
    pairs = []
    for t, technician in enumerate(day.technicians):
        order = full.sequences()[technician.id][::2]
        routes = Routes(day)
        routes.load({technician.id: order})
        before = price_of(day, technician.id, order)
        for number, visit in enumerate(routes.visits):
            if visit.id not in order:
                every = [[*order[:k], visit.id, *order[k:]] for k in range(len(order) + 1)]
                least = min(price_of(day, technician.id, one) for one in every)
                found, position = best_position(routes.arrays, routes.state, t, number, np.inf, 0.0, generator)
                assert (position >= 0) == bool(np.isfinite(least))
                if position >= 0:
                    pairs.append((found, least - before + float(routes.arrays.drop[number])))
    assert len(pairs) > 20
    return pairs


@pytest.mark.parametrize("seed", range(3))
def test_the_best_place_is_the_best_of_all_places(seed: int) -> None:
    for found, exact in prices(a_day(seed, breaks=False)):
        assert found == pytest.approx(exact)


@pytest.mark.parametrize("seed", range(3))
def test_with_a_break_the_search_is_never_too_hopeful_and_seldom_too_careful(seed: int) -> None:
    pairs = prices(a_day(seed, breaks=True))
    assert all(found >= exact - 1e-6 for found, exact in pairs)
    assert sum(found > exact + 1e-6 for found, exact in pairs) <= len(pairs) // 10


def shortest_day(places: list[int], visits: list[Visit]) -> int:
    """The least seconds in which somebody at place 0 can make all visits and be back, by trying every order."""
    shortest = 10**9
    for order in itertools.permutations(visits):
        at, seconds = 0, 0
        for one in order:
            seconds += abs(places[one.location] - places[at]) + one.service_seconds
            seconds += 0 if one.location == at else one.setup_seconds
            at = one.location
        shortest = min(shortest, seconds + places[at])
    return shortest


@pytest.mark.parametrize("seed", range(40))
def test_a_day_that_just_fits_is_planned_whole_where_set_up_is_saved_at_its_start(seed: int) -> None:
    """Five visits, some of them where the route starts; the shift is as long as the best order needs."""
    draw = random.Random(seed)
    places = [0, *(draw.choice([0, 0, draw.randint(1, 60)]) for _ in range(5))]
    visits = [
        a_visit(f"v{n}", n if places[n] else 0, service_seconds=draw.choice([0, 30, 60]),
              setup_seconds=draw.choice([0, 60, 120]))
        for n in range(1, 6)
    ]  # fmt: skip
    day = on_line(places, [person("p", shift_end=shortest_day(places, visits))], visits, Weights())
    routes = Routes(day)
    routes.insert_missing()
    assert routes.planned == 5


def plan_cost(problem: Problem, order: int | None) -> float:
    """The cost of the first plan: in the order of how hard visits are to place, or by regret or yield."""
    routes = Routes(problem)
    if order is None:
        routes.insert_in_order(routes.hardest_first())
    else:
        routes.insert_by(order)
    judged = judge(problem, routes.sequences())
    assert judged is not None
    assert judged.feasible
    assert judged.total == pytest.approx(routes.cost)
    return routes.cost


def test_regret_leaves_room_for_those_who_have_no_other_route() -> None:
    """A visit that only one may make waits for the other, who could go anywhere: two technicians, one visit each."""
    people = [person("both", skills={"fibre": 1}, max_visits=1), person("plain", max_visits=1)]
    visits = [a_visit("any", 1), a_visit("fibre", 2, skills={"fibre": 1}, drop_cost=10**6)]
    day = on_line([0, 1, 50], people, visits, Weights())
    routes = Routes(day)
    routes.insert_by(REGRET)
    assert routes.sequences() == {"both": ["fibre"], "plain": ["any"]}


def test_yield_fills_a_short_day_with_what_saves_most_for_its_time() -> None:
    """An hour of time: one visit of an hour saves less than six of ten minutes."""
    long_one = a_visit("long", 1, service_seconds=3600, drop_cost=5000)
    short = [a_visit(f"s{n}", 1, service_seconds=590, drop_cost=2000) for n in range(6)]
    day = on_line([0, 1], [person("p", shift_end=3700)], [long_one, *short], Weights())
    routes = Routes(day)
    routes.insert_by(YIELD)
    assert sorted(routes.sequences()["p"]) == [f"s{n}" for n in range(6)]


@pytest.mark.parametrize(("technicians", "order"), [(30, REGRET), (22, YIELD)])
def test_the_first_plan_is_cheaper_than_by_hardest_first(technicians: int, order: int) -> None:
    """Regret where the day holds nearly everything, yield where it does not."""
    days = [generate_day(300, technicians, seed) for seed in (1, 2, 3)]
    assert sum(plan_cost(day, order) for day in days) < 0.9 * sum(plan_cost(day, None) for day in days)


def test_what_is_pinned_keeps_its_technician_and_its_position_in_a_plan_by_regret() -> None:
    day = generate_day(40, 5, 2)
    pins = {"v10": Pin("t1", position=0), "v4": Pin("t2")}
    free: dict[str, Any] = {"skills": {}, "windows": (), "earliest": None, "due": None}
    visits = tuple(replace(v, pin=pins[v.id], **free) if v.id in pins else v for v in day.visits)
    routes = Routes(replace(day, visits=visits))
    routes.insert_missing()
    assert routes.sequences()["t1"][0] == "v10"
    assert "v4" in routes.sequences()["t2"]
