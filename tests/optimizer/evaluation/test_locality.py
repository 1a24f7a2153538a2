"""Locations numbered so that neighbours lie together: another order of the same day, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.evaluation.evaluate import evaluate
from optimizer.evaluation.locality import by_locality, locality_order
from optimizer.files.generated import generate_day
from optimizer.problem import UNREACHABLE, Roads, StopRule
from optimizer.solve import solve


def test_a_plan_costs_the_same_on_the_renumbered_day():
    problem = generate_day(60, 6, 3)
    plan = solve(problem, StopRule(iterations=200), seed=1)
    assert evaluate(by_locality(problem), plan).cost == evaluate(problem, plan).cost
    assert evaluate(problem, plan).feasible


def test_the_plan_names_people_and_unplanned_visits_in_the_order_they_were_given():
    problem = generate_day(60, 4, 3)
    plan = solve(problem, StopRule(iterations=200), seed=1)
    people, visits = ([one.id for one in some] for some in (problem.technicians, problem.visits))
    assert [people.index(route.technician_id) for route in plan.routes] == list(range(4))
    left_out = [visits.index(one.visit_id) for one in plan.unplanned]
    assert len(left_out) > 1
    assert left_out == sorted(left_out)


def test_every_leg_keeps_its_seconds_and_metres():
    problem = generate_day(40, 5, 1)
    own = tuple(replace(one, profile=k % 2) for k, one in enumerate(problem.technicians))
    more = (Roads(problem.durations.T * 2, problem.distances + 9),)
    problem = replace(problem, technicians=own, more_roads=more)
    other = by_locality(problem)
    people = {one.id: one for one in other.technicians}
    visits = {one.id: one for one in other.visits}
    assert list(people) != [one.id for one in problem.technicians]
    for was in problem.technicians:
        now = people[was.id]
        for visit in problem.visits:
            assert problem.leg(was, was.start_location, visit.location) == other.leg(
                now, now.start_location, visits[visit.id].location
            )


def test_neighbours_in_a_row_of_streets_get_neighbouring_numbers():
    shuffled = np.random.default_rng(1).permutation(100)
    durations = np.abs(shuffled[:, None] - shuffled[None, :]).astype(np.int32)
    order = locality_order(durations)
    assert sorted(order) == list(range(100))
    assert np.abs(np.diff(shuffled[order])).mean() < 4


def test_places_that_no_road_joins_are_numbered_all_the_same():
    durations = np.full((20, 20), UNREACHABLE, dtype=np.int32)
    np.fill_diagonal(durations, 0)
    assert sorted(locality_order(durations)) == list(range(20))
    assert len(locality_order(durations[:0, :0])) == 0
