"""Compiled insertion against brute force through the judge."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import numpy as np
import pytest

from optimizer.evaluation.evaluate import evaluate
from optimizer.evaluation.subproblem import feasible_plan
from optimizer.files.generated import generate_day
from optimizer.problem import Problem, Visit, Weights
from optimizer.search.construct import Routes
from optimizer.search.insertion_cost import best_position
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
