"""Why here and not there: the price is the judge's, and the smallest relaxation is enough while half of it is not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from optimizer.advice.best_insertion import best_insertions
from optimizer.advice.explain import RELAXATIONS, Relaxation, explain, say
from optimizer.evaluation.delta import Ledger
from optimizer.evaluation.evaluate import evaluate
from optimizer.problem import Pin, Plan, Problem, ProblemError, TimeWindow
from tests.optimizer.random_days import random_plan, random_problem
from tests.optimizer.small import on_line, only, person, visit


def halved(relaxation: Relaxation) -> Relaxation | None:
    """Half the change, rounded down; None where half of it is nothing."""
    half = (relaxation.amount or 0) // 2
    return replace(relaxation, amount=half) if half else None


def planned(problem: Problem, **orders: list[str]) -> Plan:
    ledger = Ledger(problem, Plan())
    for technician, order in orders.items():
        ledger.keep(technician, ledger.table.route(technician, order))
    return ledger.plan()


def succeeds(problem: Problem, plan: Plan, relaxation: Relaxation) -> bool:
    """Whether `insert` finds a place once the relaxation is made (for a matter of price: one that is worth it)."""
    places = best_insertions(relaxation.applied(problem), plan, relaxation.visit_id, 1)
    return bool(places) and (relaxation.kind != "worth" or places[0].price < 0)


def test_why_not_somebody_else_is_the_price_of_doing_it() -> None:
    found = 0
    for seed in range(40):
        problem = random_problem(seed)
        plan = random_plan(problem, seed)
        before = evaluate(problem, plan, unfinished=True)
        for route in plan.routes:
            begun = {s.visit_id for t in problem.technicians for s in t.frozen}
            moved = next((v for v in route.visit_ids if v not in begun), None)
            if moved is None:
                continue
            for technician in problem.technicians:
                answer = explain(problem, plan, moved, technician.id)
                if not answer.feasible or answer.priced is None:
                    assert answer.violations
                    continue
                found += 1
                ledger = Ledger(problem, plan)
                ledger.take(answer.priced)
                after = evaluate(problem, ledger.plan(), unfinished=True)
                assert after.feasible
                assert ledger.where[moved] == technician.id
                assert answer.priced.price == pytest.approx(after.total - before.total, abs=1e-4)
                for term, value in answer.priced.terms.items():
                    assert value == pytest.approx(after.cost[term] - before.cost[term], abs=1e-4)
    assert found > 50


def test_the_routes_are_arranged_anew_around_a_visit_that_is_forced_on_somebody() -> None:
    visits = [visit("here", 1), visit("near b", 2), visit("far", 3)]
    people = [person("a", 0, max_visits=5), person("b", 0, max_visits=2)]
    problem = on_line([0, 10, 1000, 1010], people, visits, only(travel=1))
    plan = planned(problem, a=["here", "far"], b=["near b"])
    answer = explain(problem, plan, "far", "b")
    assert answer.priced is not None
    routes = {t: None if r is None else r.visit_ids for t, r in answer.priced.routes.items()}
    assert sorted(routes["b"] or ()) == ["far", "near b"]
    assert answer.priced.price == -1980


def test_a_relaxation_makes_it_fit_and_half_of_it_does_not() -> None:
    kinds: Counter[str] = Counter()
    for seed in range(60):
        problem = random_problem(seed)
        plan = random_plan(problem, seed)
        if not evaluate(problem, plan, unfinished=True).feasible:
            continue
        for item in plan.unplanned:
            answer = explain(problem, plan, item.visit_id)
            assert answer.reason is not None
            if answer.reason[0] == "out_of_time":
                continue
            for relaxation in answer.relaxations:
                kinds[relaxation.kind] += 1
                assert succeeds(problem, plan, relaxation), (seed, relaxation)
                half = halved(relaxation)
                assert half is None or not succeeds(problem, plan, half), (seed, relaxation)
    assert len(kinds) >= 4, kinds


@pytest.mark.parametrize(
    ("technician", "subject", "expected"),
    [
        (person("a", shift_end=1000), visit("v", 1, service_seconds=1100), Relaxation("overtime", "v", "a", 2)),
        (
            person("a", skills={"fibre": 1}),
            visit("v", 1, skills={"fibre": 3}),
            Relaxation("skill", "v", "a", 2, (("skill", "fibre"),)),
        ),
        (
            person("a", shift_start=1000),
            visit("v", 1, windows=(TimeWindow(0, 900),)),
            Relaxation("later_window", "v", None, 2),
        ),
        (person("a", max_visits=0), visit("v", 1), Relaxation("one_more_visit", "v", "a", 1)),
        (person("a", max_travel_seconds=0), visit("v", 1), Relaxation("travel_limit", "v", "a", 1)),
        (person("a", max_distance=0), visit("v", 1), Relaxation("distance_limit", "v", "a", 1)),
        (person("a"), visit("v", 1, pin=Pin("b")), Relaxation("no_pin", "v")),
        (person("a"), visit("v", 1, required_technicians=frozenset({"b"})), Relaxation("anybody", "v")),
        (person("a"), visit("v", 1, excluded_technicians=frozenset({"a"})), Relaxation("not_excluded", "v", "a")),
        (person("a"), visit("v", 1, drop_cost=5), Relaxation("worth", "v", None, 16)),
    ],
    ids=lambda value: value.kind if isinstance(value, Relaxation) else "",
)
def test_the_smallest_relaxation_of_a_small_day(technician, subject, expected) -> None:  # type: ignore[no-untyped-def]
    problem = on_line([0, 10], [technician], [subject], only(travel=1))
    (relaxation,) = explain(problem, Plan(), "v").relaxations[:1]
    assert relaxation == expected
    assert succeeds(problem, Plan(), relaxation)
    half = halved(relaxation)
    assert half is None or not succeeds(problem, Plan(), half)
    assert "…" not in say(relaxation, "en")
    assert say(relaxation, "zh")


def test_every_relaxation_has_its_sentences() -> None:
    for kind, text in RELAXATIONS.items():
        assert text.en.endswith("."), kind
        assert text.zh, kind


def test_nobody_asks_about_what_is_not_there_or_has_begun() -> None:
    problem = on_line([0, 10], [person("a")], [visit("v", 1)], only(travel=1))
    with pytest.raises(ProblemError):
        explain(problem, Plan(), "ghost")
    with pytest.raises(ProblemError):
        explain(problem, Plan(), "v", "ghost")
