"""Repairs of a published day: what happened is repaired, the budget holds, and the frontier is one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.advice.best_insertion import Inserter
from optimizer.disruptions import Cancelled, NoShow, Overrun, Sick, Urgent, after_disruptions
from optimizer.evaluation.delta import Ledger
from optimizer.evaluation.evaluate import evaluate
from optimizer.evaluation.subproblem import timed_plan
from optimizer.files.generated import generate_day
from optimizer.problem import FrozenStop, Plan, Problem, ProblemError, PublishedStop, TimeWindow
from optimizer.replan import Budget, Repairs, churn, replan
from tests.optimizer.small import on_line, only, person, visit


def a_day(seed: int = 1, visits: int = 36, technicians: int = 5) -> tuple[Problem, Plan]:
    """A day planned by inserting one visit after the other; the last three wait."""
    problem = generate_day(visits, technicians, seed)
    plan = timed_plan(problem, {})
    for item in problem.visits[:-3]:
        places = Inserter(problem, plan).best(item.id, 1)
        if places and places[0].price < 0:
            ledger = Ledger(problem, plan)
            ledger.take(places[0].priced)
            plan = ledger.plan()
    return problem, plan


PROBLEM, PUBLISHED = a_day()


def checked(repairs: Repairs, budget: Budget) -> None:
    """What holds for every repair whatever."""
    assert repairs.frontier
    for repair in repairs.frontier:
        judged = evaluate(repairs.problem, repair.plan)
        assert judged.feasible
        assert judged.total == repair.evaluation.total
        assert repair.churn.within(budget)
        assert not any(other.beats(repair) for other in repairs.frontier)
        assert repair.late_seconds == sum(visit.late_seconds for visit in judged.visits.values())
        assert all(item.reason for item in repair.plan.unplanned)


def test_a_sick_technicians_visits_go_to_others_within_the_budget() -> None:
    sick = PUBLISHED.routes[0]
    for people in (1, 2, 4):
        budget = Budget(people=people, visits=12)
        repairs = replan(PROBLEM, PUBLISHED, [Sick(sick.technician_id)], budget, seconds=3)
        checked(repairs, budget)
        for repair in repairs.frontier:
            assert repair.plan.route_of(sick.technician_id) is None
            assert len(repair.churn.people) <= people
    assert repairs.best.plan.planned_count >= PUBLISHED.planned_count - len(sick.stops)


def test_more_people_make_it_no_later() -> None:
    sick = PUBLISHED.routes[0]
    few = replan(PROBLEM, PUBLISHED, [Sick(sick.technician_id)], Budget(1, 3), seconds=2)
    many = replan(PROBLEM, PUBLISHED, [Sick(sick.technician_id)], Budget(4, 30), seconds=4)
    assert min(r.dropped for r in many.frontier) <= min(r.dropped for r in few.frontier)


def test_the_frontier_offers_less_disturbance_for_more_left_out() -> None:
    sick = PUBLISHED.routes[0]
    repairs = replan(PROBLEM, PUBLISHED, [Sick(sick.technician_id)], Budget(4, 30), seconds=6)
    checked(repairs, Budget(4, 30))
    assert len(repairs.frontier) > 1
    assert repairs.frontier[0].churn.people == ()
    people = [len(repair.churn.people) for repair in repairs.frontier]
    assert people == sorted(people)
    assert repairs.frontier[0].dropped > repairs.frontier[-1].dropped


def test_an_urgent_visit_disturbs_no_more_people_than_allowed() -> None:
    urgent = PROBLEM.visits[-1].id
    budget = Budget(people=1, visits=4)
    repairs = replan(PROBLEM, PUBLISHED, [Urgent(urgent)], budget, seconds=2)
    checked(repairs, budget)
    assert any(urgent in route.visit_ids for route in repairs.best.plan.routes)
    none = replan(PROBLEM, PUBLISHED, [Urgent(urgent)], Budget(people=0, visits=0), seconds=1)
    assert none.frontier[0].churn.people == ()
    assert urgent in {item.visit_id for item in none.frontier[0].plan.unplanned}


def test_work_that_takes_longer_pushes_what_comes_after_it() -> None:
    facts = (FrozenStop("begun", 0, 0, 100),)
    visits = [visit("begun", 0), visit("next", 1, service_seconds=50, due=400), visit("last", 1, due=460)]
    people = [person("a", frozen=facts), person("b", 1)]
    problem = on_line([0, 10], people, visits, only(travel=1, tardiness=10, change_technician=1), now=50)
    published = timed_plan(problem, {"a": ["next", "last"]})
    repairs = replan(problem, published, [Overrun("begun", 600)], Budget(2, 4), seconds=2)
    checked(repairs, Budget(2, 4))
    assert repairs.problem.technicians[0].frozen[0].departure == 700
    assert repairs.best.late_seconds == 0
    calm = replan(problem, published, [Overrun("begun", 600)], Budget(0, 0), seconds=1).best
    assert calm.late_seconds > 0
    assert calm.churn.people == ()


def test_what_is_cancelled_or_missed_leaves_the_day_and_nobody_else_is_disturbed() -> None:
    gone = PUBLISHED.routes[0].visit_ids[0]
    for change in (Cancelled(gone), NoShow(gone)):
        repairs = replan(PROBLEM, PUBLISHED, [change], Budget(0, 0), seconds=1)
        checked(repairs, Budget(0, 0))
        assert gone not in {v.id for v in repairs.problem.visits}
        assert repairs.best.plan.planned_count == PUBLISHED.planned_count - 1


def test_a_told_window_is_kept_where_the_budget_says_so() -> None:
    told = tuple(
        PublishedStop(stop.visit_id, route.technician_id, stop.start, TimeWindow(stop.start - 600, stop.start + 600))
        for route in PUBLISHED.routes
        for stop in route.stops
    )
    problem = replace(PROBLEM, published=told)
    sick = PUBLISHED.routes[1].technician_id
    repairs = replan(problem, PUBLISHED, [Sick(sick)], Budget(people=4, visits=30, windows=0), seconds=3)
    checked(repairs, Budget(people=4, visits=30, windows=0))
    for repair in repairs.frontier:
        assert repair.churn.windows == ()


def test_somebody_who_leaves_at_noon_ends_what_can_be_ended_by_then() -> None:
    someone = PUBLISHED.routes[0]
    noon = someone.stops[len(someone.stops) // 2].departure + 3600
    repairs = replan(PROBLEM, PUBLISHED, [Sick(someone.technician_id, noon)], Budget(4, 30), seconds=2)
    for repair in repairs.frontier:
        route = repair.plan.route_of(someone.technician_id)
        assert route is None or route.end <= noon


def test_nothing_happened_changes_nothing() -> None:
    repairs = replan(PROBLEM, PUBLISHED, [], Budget(0, 0), seconds=1)
    assert repairs.best.churn == churn(PROBLEM, PUBLISHED, PUBLISHED)
    assert repairs.best.churn.people == ()


@pytest.mark.parametrize("change", [Sick("ghost"), Urgent("ghost"), Overrun("ghost", 1), NoShow("ghost")])
def test_what_is_not_there_cannot_happen(change) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ProblemError):
        after_disruptions(PROBLEM, PUBLISHED, [change])
