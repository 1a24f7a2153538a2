"""Ten days solved by hand, in each of which always taking the best place next goes wrong."""

from __future__ import annotations

import pytest

from optimizer.evaluation.evaluate import evaluate
from optimizer.problem import Break, GridContract, Problem, StopRule, TimeWindow, Visit
from optimizer.solve import solve
from tests.optimizer.small import HOUR, greedy_cost, on_line, only, person, visit


def comes_out(problem: Problem, expected: float, greedy: float) -> None:
    assert greedy_cost(problem) == greedy
    plan = solve(problem, StopRule(iterations=400), seed=1)
    evaluation = evaluate(problem, plan)
    assert evaluation.violations == ()
    assert evaluation.total == expected


def test_the_expert_is_kept_for_the_visit_only_they_can_make() -> None:
    """Expert at 0, colleague at 20, one visit each. The dear plain visit at 1 goes to the expert first (2), the
    expert's own is lost (1000): 1002. Right: colleague 2 × 19 = 38, expert 2 × 2 = 4, together 42."""
    problem = on_line(
        [0, 20, 1, 2],
        [person("expert", 0, skills={"fibre": 1}, max_visits=1), person("colleague", 1, max_visits=1)],
        [visit("plain", 2, drop_cost=2000), visit("fibre", 3, skills={"fibre": 1})],
        only(travel=1),
    )
    comes_out(problem, 42, 1002)


def test_two_short_visits_are_worth_more_than_one_long() -> None:
    """90 s of shift. The dearest (60 s, worth 100) leaves no room for either of the others (40 s, worth 80 each): 160
    lost. Right: both others, 80 s, and 100 lost."""
    problem = on_line(
        [0],
        [person("a", shift_end=90)],
        [
            visit("long", 0, service_seconds=60, drop_cost=100),
            visit("short", 0, service_seconds=40, drop_cost=80),
            visit("brief", 0, service_seconds=40, drop_cost=80),
        ],
        only(travel=1),
    )
    comes_out(problem, 100, 160)


def test_a_far_visit_does_not_take_the_place_of_a_near_one() -> None:
    """Two visits at most. The far one (worth 100) costs 2 × 45 = 90 of road and goes in first; one near one (worth
    95) is lost: 185. Right: both near ones without a second of road, and 100 lost."""
    problem = on_line(
        [0, 45],
        [person("a", max_visits=2)],
        [visit("far", 1, drop_cost=100), visit("near", 0, drop_cost=95), visit("by", 0, drop_cost=95)],
        only(travel=1),
    )
    comes_out(problem, 100, 185)


def test_the_nearer_person_is_not_always_the_right_one() -> None:
    """People at 0 and 10, one visit each; visits at 4 and -3. Nearest first: 4 to the one at 0 (8), -3 to the one at
    10 (26): 34. Right: 4 to the one at 10 (12), -3 to the one at 0 (6): 18."""
    problem = on_line(
        [0, 10, 4, -3],
        [person("a", 0, max_visits=1), person("b", 1, max_visits=1)],
        [visit("middle", 2), visit("left", 3)],
        only(travel=1),
    )
    comes_out(problem, 18, 34)


def test_work_is_packed_without_overtime() -> None:
    """Six hours each before overtime; visits of 3, 2, 2, 3, 2 hours in this order: 3+2 and 2+3, the last one is an
    hour over for either: 3600. Right: 3+3 and 2+2+2, no overtime."""
    hours = [3, 2, 2, 3, 2]
    problem = on_line(
        [0],
        [person(name, soft_end=6 * HOUR) for name in "ab"],
        [visit(f"v{i}", 0, service_seconds=h * HOUR, drop_cost=10**6) for i, h in enumerate(hours)],
        only(overtime=1),
    )
    comes_out(problem, 0, 3600)


def test_an_open_day_ends_at_the_far_side() -> None:
    """From 0, ending anywhere. +5 and -4 alone are best as -4, +5 (13); -20 then costs 25 more behind them: 38.
    Right: +5, -4, -20 with 5 + 9 + 16 = 30."""
    problem = on_line(
        [0, 5, -4, -20],
        [person("a", end_location=None)],
        [visit("right", 1), visit("left", 2), visit("far", 3)],
        only(travel=1),
    )
    comes_out(problem, 30, 38)


def test_lateness_is_shared_by_its_price() -> None:
    """One place, minutes of work / due / price a minute late: A 10/10/2, B 10/20/3, C 20/20/20. A, B are in time; C
    goes before both: A is 20 late (40), B 20 late (60): 100. Right: C, B, A: B 10 late (30), A 30 late (60): 90
    minutes' price."""

    def late(name: str, work: int, due: int, weight: int) -> Visit:
        return visit(name, 0, service_seconds=work * 60, due=due * 60, due_weight=weight, drop_cost=10**6)

    visits = [late("A", 10, 10, 2), late("B", 10, 20, 3), late("C", 20, 20, 20)]
    problem = on_line([0], [person("a")], visits, only(tardiness=1))
    comes_out(problem, 90 * 60, 100 * 60)


def test_the_contract_holder_is_kept_for_their_grid() -> None:
    """Holder of grid g at 0, another at 20, one visit each. The dear one without a grid at 1 goes to the holder (2),
    the one in g at 2 to the other (36 and 500 for being outside): 538. Right: 2 × 19 + 2 × 2 = 42."""
    problem = on_line(
        [0, 20, 1, 2],
        [person("holder", 0, max_visits=1, grids=(GridContract("g"),)), person("other", 1, max_visits=1)],
        [visit("any", 2, drop_cost=2000), visit("in g", 3, grid="g")],
        only(travel=1, outside_grid=500),
    )
    comes_out(problem, 42, 538)


def test_the_hours_before_and_after_lunch_are_filled() -> None:
    """Four hours, an hour's lunch at its exact time, four hours. The two dearest (3 h, worth 30 and 29) take a half
    each, no 2 h visit (worth 20) fits any more: 40 lost. Right: both 2 h before lunch, one 3 h after it: 29 lost."""
    problem = on_line(
        [0],
        [person("a", shift_end=9 * HOUR, breaks=(Break(HOUR, (TimeWindow(4 * HOUR, 4 * HOUR),)),))],
        [
            visit("A", 0, service_seconds=3 * HOUR, drop_cost=30),
            visit("B", 0, service_seconds=3 * HOUR, drop_cost=29),
            visit("C", 0, service_seconds=2 * HOUR, drop_cost=20),
            visit("D", 0, service_seconds=2 * HOUR, drop_cost=20),
        ],
        only(travel=1),
    )
    comes_out(problem, 29, 40)


def test_a_travel_limit_is_spent_where_it_serves_most() -> None:
    """100 s of road allowed. +40 (worth 500) takes 80 of them, -30 and -50 (worth 400 each) do not fit: 80 + 800 = 880.
    Right: both of those in one tour of 100 s: 100 + 500 = 600."""
    problem = on_line(
        [0, 40, -30, -50],
        [person("a", max_travel_seconds=100)],
        [visit("east", 1, drop_cost=500), visit("west", 2, drop_cost=400), visit("far west", 3, drop_cost=400)],
        only(travel=1),
    )
    comes_out(problem, 600, 880)


@pytest.mark.parametrize("seed", range(5))
def test_the_seed_does_not_matter_on_a_small_day(seed: int) -> None:
    """People at 0 and 30, visits at 5, 10, 20, 25: 2 × 10 + 2 × 10 = 40."""
    problem = on_line(
        [0, 30, 5, 10, 20, 25],
        [person("a", 0), person("b", 1)],
        [visit(f"v{i}", 2 + i) for i in range(4)],
        only(travel=1),
    )
    assert evaluate(problem, solve(problem, StopRule(iterations=200), seed)).total == 40
