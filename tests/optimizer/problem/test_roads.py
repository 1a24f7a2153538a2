"""Technicians with roads of their own: the van, the bicycle and the river between them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.advice.explain import explain
from optimizer.disruptions import Sick
from optimizer.evaluation.delta import Ledger
from optimizer.evaluation.evaluate import evaluate
from optimizer.evaluation.subproblem import judge
from optimizer.improve.decompose import Group, Neighbourhood, group_problem
from optimizer.improve.routing_model import improve
from optimizer.problem import UNREACHABLE, Plan, Problem, Roads, StopRule
from optimizer.replan import Budget, replan
from optimizer.search.anneal import Search
from optimizer.search.arrays import make_arrays
from optimizer.search.construct import Routes
from optimizer.solve import solve
from tests.optimizer.random_days import random_plan, random_problem
from tests.optimizer.small import line, only, person, visit


def by_bicycle(metres: int = 1) -> Roads:
    """Three times as slow, and over the river, behind place 2, not at all."""
    durations = line(0, 10, 20, 30) * 3
    durations[:3, 3] = durations[3, :3] = UNREACHABLE
    return Roads(durations, line(0, 10, 20, 30) * metres)


def a_day(**more: object) -> Problem:
    """A van and a bicycle at place 0, a visit on this side of the river and one beyond it."""
    people = (person("bicycle", profile=1), person("van", max_visits=1))
    visits = (visit("here", 1), visit("beyond", 3))
    roads = line(0, 10, 20, 30)
    return replace(
        Problem(people, visits, roads, roads, only(travel=1, distance=1), more_roads=(by_bicycle(),)),
        **more,  # type: ignore[arg-type]
    )


def test_everybody_is_timed_and_judged_on_their_own_roads() -> None:
    problem = a_day()
    bicycle, van = problem.technicians
    assert (problem.leg(bicycle, 0, 1), problem.leg(van, 0, 1)) == ((30, 10), (10, 10))
    assert (problem.leg(bicycle, 0, 3), problem.leg(van, 0, 3)) == (None, (30, 30))
    judged = judge(problem, {"bicycle": ["here"], "van": ["beyond"]})
    assert judged is not None
    assert judged.feasible
    assert (judged.routes["bicycle"].travel_seconds, judged.routes["van"].travel_seconds) == (60, 60)
    assert judge(problem, {"bicycle": ["beyond"]}) is None


def test_who_can_reach_a_visit_makes_it() -> None:
    plan = solve(a_day(), StopRule(iterations=200))
    assert {route.technician_id: route.visit_ids for route in plan.routes} == {
        "bicycle": ("here",),
        "van": ("beyond",),
    }


def test_ortools_finishes_everybody_on_their_own_roads() -> None:
    visits = (visit("here", 1), visit("there", 2), visit("beyond", 3))
    problem = a_day(visits=visits, technicians=(person("bicycle", profile=1), person("van")))
    found = improve(problem, {"bicycle": ["there", "here"], "van": ["beyond"]}, seconds=None).sequences
    assert found is not None
    assert found["bicycle"] == []
    judged = judge(problem, found)
    assert judged is not None
    assert judged.total == 120


def test_nobody_is_taken_for_somebody_on_other_roads() -> None:
    same = a_day(technicians=(person("a"), person("b"), person("c", profile=1)))
    assert make_arrays(same).kinds.tolist() == [0, 0, 1]


def test_neighbours_are_near_by_whichever_road_is_shortest() -> None:
    far = np.where(np.eye(4, dtype=bool), 0, 900)
    problem = a_day(durations=far, technicians=(person("van"),))
    near = Neighbourhood(problem, {"van": ["here"]}).minutes
    assert near.tolist() == np.minimum(far, by_bicycle().durations).tolist()
    routes = Routes(problem)
    routes.insert_missing()
    assert Search(routes, 1).near.tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize("seed", range(20))
def test_a_group_cut_out_of_the_day_costs_what_it_costs_there(seed: int) -> None:
    problem = random_problem(seed)
    ledger = Ledger(problem, random_plan(problem, seed))
    sequences = {person.id: list(ledger.sequence(person.id)) for person in problem.technicians}
    small, routes = group_problem(problem, Group((1, 2), ()), sequences)
    inside, whole = judge(small, routes), judge(problem, sequences)
    assert inside is not None
    assert whole is not None
    for technician_id, detail in inside.routes.items():
        assert detail == whole.routes[technician_id]


def test_forcing_a_visit_where_no_road_leads_says_so() -> None:
    problem = a_day()
    plan = solve(problem, StopRule(iterations=50))
    answer = explain(problem, plan, "beyond", "bicycle")
    assert not answer.feasible
    assert [violation.code for violation in answer.violations] == ["unreachable"]


def test_a_repair_goes_to_whoever_has_a_road() -> None:
    people = (person("bicycle", profile=1), person("van"), person("other"))
    problem = a_day(technicians=people)
    ledger = Ledger(problem, Plan())
    ledger.keep("van", ledger.table.route("van", ["beyond"]))
    ledger.keep("bicycle", ledger.table.route("bicycle", ["here"]))
    repairs = replan(problem, ledger.plan(), [Sick("van", None)], Budget(), seconds=2)
    route = repairs.best.plan.route_of("other")
    assert route is not None
    assert "beyond" in route.visit_ids
    assert evaluate(repairs.problem, repairs.best.plan).feasible
