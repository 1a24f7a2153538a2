"""The best places for a visit are those that trying every place through the judge finds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.advice.best_insertion import Inserter, best_insertions
from optimizer.evaluation.delta import Ledger
from optimizer.evaluation.evaluate import evaluate
from optimizer.evaluation.timetable import Timetable
from optimizer.problem import Plan, Problem, ProblemError, Unplanned
from tests.optimizer.random_days import random_plan, random_problem
from tests.optimizer.small import on_line, only, person, visit

Found = list[tuple[float, str, int]]


def every_place(problem: Problem, plan: Plan, visit_id: str) -> Found:
    """The price of every place that breaks no rule, cheapest first, through `evaluate` of the whole plan alone."""
    table = Timetable(problem)
    before = evaluate(problem, plan, unfinished=True).total
    routes = {route.technician_id: route for route in plan.routes}
    found = []
    for number, technician in enumerate(problem.technicians):
        begun = {stop.visit_id for stop in technician.frozen}
        old = routes.get(technician.id)
        order = [v for v in (old.visit_ids if old is not None else ()) if v not in begun]
        for position in range(len(order) + 1):
            route = table.route(technician.id, [*order[:position], visit_id, *order[position:]])
            if route is None:
                continue
            rest = tuple(item for item in plan.unplanned if item.visit_id != visit_id)
            judged = evaluate(problem, Plan(tuple((routes | {technician.id: route}).values()), rest), unfinished=True)
            if judged.feasible:
                found.append((round(judged.total - before, 5), number, technician.id, position))
    return [(price, who, position) for price, _, who, position in sorted(found)]


def compared(seed: int) -> int:
    problem = random_problem(seed)
    plan = random_plan(problem, seed)
    if not evaluate(problem, plan, unfinished=True).feasible:
        return 0
    inserter = Inserter(problem, plan)
    places = 0
    for item in plan.unplanned:
        expected = every_place(problem, plan, item.visit_id)
        for k in (1, 3, 1000):
            found = [(round(p.price, 5), p.technician_id, p.position) for p in inserter.best(item.visit_id, k)]
            assert [place[0] for place in found] == pytest.approx([place[0] for place in expected[:k]], abs=1e-4)
            assert len(set(found)) == len(found)
            assert {place[1:] for place in found} <= {place[1:] for place in expected}
        places += len(expected)
    return places


@pytest.mark.parametrize("block", range(8))
def test_inserting_equals_trying_every_place_on_two_hundred_days_with_every_feature(block: int) -> None:
    assert sum(compared(seed) for seed in range(block * 25, block * 25 + 25)) > 200


def test_a_place_tells_the_new_times_and_who_becomes_late() -> None:
    visits = [visit("first", 1, due=100, service_seconds=50), visit("urgent", 2, service_seconds=30)]
    problem = on_line([0, 10, 20], [person("a", 0)], visits, only(travel=1, tardiness=1))
    plan = Ledger(problem, Plan())
    plan.keep("a", plan.table.route("a", ["first"]))
    ahead, behind = sorted(best_insertions(problem, plan.plan(), "urgent", 2), key=lambda place: place.position)
    assert (ahead.position, behind.position) == (0, 1)
    route = ahead.priced.routes["a"]
    assert route is not None
    assert [(stop.visit_id, stop.start) for stop in route.stops] == [("urgent", 20), ("first", 60)]
    assert ahead.priced.late() == {"first": (0, 10)}
    assert behind.priced.late() == {}
    assert behind.priced.terms == {"travel_time": 20, "dropped": -1000}


def test_what_is_planned_or_unknown_has_no_place_to_look_for() -> None:
    problem = on_line([0, 10], [person("a")], [visit("v", 1)], only(travel=1))
    ledger = Ledger(problem, Plan(unplanned=(Unplanned("v", "all_full"),)))
    ledger.keep("a", ledger.table.route("a", ["v"]))
    for name in ("v", "ghost"):
        with pytest.raises(ProblemError):
            best_insertions(problem, ledger.plan(), name)


def test_where_nobody_may_go_there_is_no_place() -> None:
    problem = on_line([0, 10], [person("a")], [visit("v", 1, skills={"fibre": 1})], only(travel=1))
    assert best_insertions(problem, Plan(), "v") == []
    skilled = replace(problem, technicians=(person("a", skills={"fibre": 1}),))
    assert [place.technician_id for place in best_insertions(skilled, Plan(), "v")] == ["a"]
