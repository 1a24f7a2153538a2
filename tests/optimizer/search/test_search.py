"""The compiled search: its prices are those of the whole route, its bookkeeping survives any number of steps, and with
every constraint alone and in pairs it agrees with the judge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from optimizer.evaluation.evaluate import evaluate
from optimizer.evaluation.subproblem import feasible_plan, judge
from optimizer.files.generated import generate_day
from optimizer.files.vroom import problem_from_vroom
from optimizer.problem import UNREACHABLE, Break, FrozenStop, Pin, Problem, PublishedStop, Roads, StopRule, TimeWindow
from optimizer.problem.flatten import BASE_TRAVEL, BASE_WORK, BREAK_FROM, BREAK_TO, ROOM
from optimizer.search.anneal import SHARE_CHARGED, Search
from optimizer.search.arrays import P_DAY, P_GAP, P_PER_VISIT
from optimizer.search.construct import SMALL, Routes
from optimizer.search.costs import gap_price
from optimizer.search.insertion_cost import best_position
from optimizer.search.memory import LONGEST_STRING, MEAN_REMOVED, RULES, SLOTS
from optimizer.search.propagate import assign
from optimizer.search.state import copy_of, visits_of
from optimizer.solve import solve
from tests.optimizer.random_days import random_problem

HOUR = 3600


def search(problem: Problem, steps: int = 300, workers: int = 1, seed: int = 1) -> Routes:
    routes = Routes(problem)
    routes.insert_missing()
    Search(routes, seed, workers).run(None, steps, lambda _steps, _cost: None)
    return routes


def heat(problem: Problem) -> float:
    """The scale of the temperature after the greedy start."""
    routes = Routes(problem)
    routes.insert_missing()
    return Search(routes, 1)._scale()


def test_what_is_left_out_raises_the_temperature_but_no_single_drop_takes_it_over() -> None:
    crowded = generate_day(60, 4, 3)
    free = replace(crowded, visits=tuple(replace(visit, drop_cost=0) for visit in crowded.visits))
    full = search(crowded, 0)
    planned = int(full.state.lengths.sum())
    assert planned < len(crowded.visits)
    typical = float(full.state.costs.sum()) / planned
    assert heat(free) < heat(crowded) <= 10 * typical
    dear = replace(crowded, visits=tuple(replace(visit, mandatory=True) for visit in crowded.visits))
    mandatory = search(dear, 0)
    cost = float(mandatory.state.costs.sum()) / int(mandatory.state.lengths.sum())
    assert heat(dear) == pytest.approx(10 * cost)


def test_a_visit_that_nobody_may_make_leaves_the_temperature_as_it_was() -> None:
    day = generate_day(40, 8, 3)
    assert heat(day) > 0
    impossible = replace(day.visits[0], id="impossible", skills={"unknown": 3}, drop_cost=10**9)
    assert heat(replace(day, visits=(*day.visits, impossible))) == pytest.approx(heat(day))


def test_a_rest_of_a_day_that_is_too_short_for_a_visit_is_charged_and_a_longer_one_is_not() -> None:
    arrays = Routes(generate_day(20, 1, 3)).arrays
    day = float(arrays.prices[0, P_DAY])
    arrays.prices[0, [P_GAP, P_PER_VISIT]] = 2.0, 1 / 1800.0
    price = {rest: gap_price(arrays, 0, day - rest) for rest in (-60, 0, 600, 900, 1200, 1800, 7200)}
    assert price == {-60: 0, 0: 0, 600: pytest.approx(800), 900: 900, 1200: pytest.approx(800), 1800: 0, 7200: 0}
    # One whole on one day is better than two halves on two.
    assert price[1800] + price[0] < 2 * price[900]


def test_the_charge_of_a_second_is_in_every_price_and_leaves_with_it() -> None:
    routes = search(generate_day(150, 10, 3), 2_000)
    s = routes.state
    true = routes.cost
    charging = Search(routes, 1)
    charging._set_charge(8.0)
    charged = float(charging._charged().sum())
    assert charged > 8.0 * float(s.sums[s.lengths > 0][:, [0, 2]].sum())  # the gaps on top of driving and work
    assert routes.cost - charged == pytest.approx(true)
    charging._set_charge(0.0)
    assert routes.cost == pytest.approx(true)


def test_somebody_at_work_is_charged_with_and_without_visits_to_come() -> None:
    day = generate_day(150, 10, 3)
    stop = FrozenStop(day.visits[0].id, 8 * HOUR, 8 * HOUR, 11 * HOUR)
    people = (replace(day.technicians[0], frozen=(stop,)), *day.technicians[1:])
    routes = search(replace(day, technicians=people, now=8 * HOUR + 1800), 2_000)
    a, s = routes.arrays, routes.state
    charging = Search(routes, 1)
    # The frozen stop is in the sums and no visit that is still to plan.
    seconds = float(s.sums[s.lengths > 0][:, [0, 2]].sum()) - float(a.technician[0, [BASE_TRAVEL, BASE_WORK]].sum())
    assert charging._visit_seconds() == pytest.approx(seconds / int(s.lengths.sum()))
    order = np.array(visits_of(s, 0))
    assert len(order) > 0
    true = routes.cost
    charging._set_charge(8.0)
    assign(a, s, 0, np.zeros(0, dtype=np.int64))
    emptied = routes.cost - float(charging._charged().sum())
    charging._set_charge(0.0)
    assert routes.cost == pytest.approx(emptied)
    assign(a, s, 0, order)
    assert routes.cost == pytest.approx(true)


@pytest.mark.parametrize(
    ("seed", "charge"), [*((seed, 0.0) for seed in range(25)), *((seed, 5.0) for seed in range(10))]
)
def test_the_best_place_costs_what_the_longer_route_costs_more(seed: int, charge: float) -> None:
    problem = random_problem(seed)
    if seed % 2:  # where no set-up can be saved, positions are refused by what lies around them
        problem = replace(problem, visits=tuple(replace(visit, setup_seconds=0) for visit in problem.visits))
    routes = search(problem, 50)
    a, s = routes.arrays, routes.state
    Search(routes, 1)._set_charge(charge)
    draws = np.ones(1, dtype=np.uint64)
    for t in range(len(routes.problem.technicians)):
        order = visits_of(s, t)
        before = float(s.costs[t])
        for v in [v for v in range(len(routes.visits)) if s.where[v] != t]:
            found, position = best_position(a, s, t, v, np.inf, 0.0, draws)
            trial = copy_of(s)
            every = []
            for k in range(len(order) + 1):
                longer = np.array([*order[:k], v, *order[k:]], dtype=np.int64)
                fits = len(longer) <= a.technician[t, ROOM] and np.isfinite(a.static[t, v])
                every.append(assign(a, trial, t, longer) - before if fits else np.inf)
            assert (position >= 0) == bool(np.isfinite(min(every)))
            if position >= 0:
                assert found == pytest.approx(every[position], abs=1e-6)
                if a.technician[t, BREAK_FROM] == a.technician[t, BREAK_TO]:  # with breaks nearly always
                    assert found == pytest.approx(min(every), abs=1e-6)
                    shortcut = a.static[t, v] > found  # a stop on the way may save more than it takes: not looked for
                    assert shortcut or best_position(a, s, t, v, found + 0.01, 0.0, draws)[1] >= 0
                assert best_position(a, s, t, v, found - 0.01, 0.0, draws)[1] == -1


def test_times_counted_from_1970_are_planned_as_those_counted_from_midnight() -> None:
    def plan(midnight: int) -> list[list[int]]:
        jobs = [
            {"id": n, "location_index": n, "service": 600, "time_windows": [[midnight + 3600, midnight + 7 * 3600]]}
            for n in range(1, 9)
        ]
        person = {"id": 1, "start_index": 0, "end_index": 0, "time_window": [midnight, midnight + 8 * 3600]}
        roads = [[abs(i - j) * 300 for j in range(9)] for i in range(9)]
        problem = problem_from_vroom({"vehicles": [person], "jobs": jobs, "matrices": {"car": {"durations": roads}}})
        routes = search(problem, 500)
        assert routes.unplanned() == []
        return [visits_of(routes.state, 0)]

    assert plan(1_764_460_800) == plan(0)


@pytest.mark.parametrize("workers", [1, 2])
def test_after_any_number_of_steps_every_route_costs_what_it_would_if_made_anew(workers: int) -> None:
    problem = generate_day(120, 14, 3)
    routes = search(problem, 4000, workers)
    anew = Routes(problem)
    anew.load(routes.sequences())
    assert routes.sequences() == anew.sequences()
    assert routes.cost == pytest.approx(anew.cost)
    judged = judge(problem, routes.sequences())
    assert judged is not None
    assert judged.feasible
    assert judged.total <= routes.cost + 1e-6


def test_threads_neither_lose_nor_double_a_visit_and_repeat_themselves() -> None:
    problem = generate_day(150, 16, 5)
    first, again = search(problem, 12_000, 2), search(problem, 12_000, 2)
    assert first.sequences() == again.sequences()
    planned = [visit_id for order in first.sequences().values() for visit_id in order]
    assert len(planned) == len(set(planned))
    assert len(planned) + len(first.unplanned()) == 150


def test_a_visit_only_somebody_far_away_can_make_is_made() -> None:
    day = generate_day(60, 8, 2, everything=False)
    people = tuple(replace(t, skills={"rare": 1} if k == 7 else {}) for k, t in enumerate(day.technicians))
    visits = tuple(replace(v, skills={"rare": 1} if k == 0 else {}, windows=()) for k, v in enumerate(day.visits))
    assert "v0" not in search(replace(day, technicians=people, visits=visits), 500).unplanned()


def of_people(**changes: object) -> Callable[[Problem], Problem]:
    return lambda day: replace(day, technicians=tuple(replace(t, **changes) for t in day.technicians))  # type: ignore[arg-type]


def of_some_visits(**changes: object) -> Callable[[Problem], Problem]:
    return lambda day: replace(
        day,
        visits=tuple(replace(v, **changes) if k % 3 == 0 else v for k, v in enumerate(day.visits)),  # type: ignore[arg-type]
    )


def _loads(day: Problem) -> Problem:
    visits = tuple(replace(v, delivery=(k % 3,), pickup=(k % 2,)) for k, v in enumerate(day.visits))
    return of_people(capacity=(5,))(replace(day, visits=visits))


def _begun(day: Problem) -> Problem:
    stop = FrozenStop("v1", 8 * HOUR, 8 * HOUR, 9 * HOUR)
    people = (replace(day.technicians[0], frozen=(stop,)), *day.technicians[1:])
    return replace(day, technicians=people, now=8 * HOUR + 1800)


def _published(day: Problem) -> Problem:
    told = [PublishedStop(v.id, "t1", 10 * HOUR, TimeWindow(9 * HOUR, 12 * HOUR)) for v in day.visits[2:8]]
    return replace(day, published=tuple(told))


def _other_roads(day: Problem) -> Problem:
    """Every second technician goes by bicycle: not the way back, and some roads not at all."""
    durations, distances = day.durations.T * 3 // 2, day.distances * 2
    durations[3, 5:9] = UNREACHABLE
    people = tuple(replace(t, profile=k % 2) for k, t in enumerate(day.technicians))
    return replace(day, technicians=people, more_roads=(Roads(durations, distances),))


LUNCH = Break(2700, (TimeWindow(11 * HOUR + 1800, 12 * HOUR + 2700),))
TEA = Break(600, (TimeWindow(10 * HOUR, 10 * HOUR + 1200), TimeWindow(15 * HOUR, 16 * HOUR)))
CONSTRAINTS: dict[str, Callable[[Problem], Problem]] = {
    "lunch": of_people(breaks=(LUNCH,)),
    "two breaks": of_people(breaks=(LUNCH, TEA)),
    "few visits": of_people(max_visits=3),
    "little travel": of_people(max_travel_seconds=5000),
    "short ways": of_people(max_distance=40_000),
    "slow": of_people(speed_factor=0.7),
    "overtime": of_people(max_overtime=1800, soft_end=14 * HOUR),
    "open end": of_people(end_location=None),
    "paid people": of_people(cost_per_hour=30, cost_per_km=1, fixed_cost=50),
    "set-up": of_some_visits(setup_seconds=600, location=0),
    "due": of_some_visits(due=11 * HOUR, due_weight=3),
    "reported late": of_some_visits(earliest=13 * HOUR),
    "two windows": of_some_visits(windows=(TimeWindow(8 * HOUR, 9 * HOUR), TimeWindow(13 * HOUR, 14 * HOUR))),
    "wishes": of_some_visits(preferred_windows=(TimeWindow(14 * HOUR, 15 * HOUR),)),
    "pinned people": of_some_visits(pin=Pin("t2")),
    "pinned first": lambda day: replace(day, visits=(replace(day.visits[0], pin=Pin(position=0)), *day.visits[1:])),
    "loads": _loads,
    "work under way": _begun,
    "published": _published,
    "other roads": _other_roads,
    "waiting": lambda day: replace(day, weights=replace(day.weights, waiting=1, risk=1)),
}
DAY = generate_day(24, 4, 11, everything=False)


@pytest.mark.parametrize("names", [(n,) for n in CONSTRAINTS] + list(combinations(CONSTRAINTS, 2)), ids="+".join)
def test_with_every_constraint_alone_and_in_pairs_the_search_and_the_judge_agree(names: tuple[str, ...]) -> None:
    day = DAY
    for name in names:
        day = CONSTRAINTS[name](day)
    routes = search(day, 150)
    judged = judge(day, routes.sequences())
    assert judged is not None
    assert judged.violations == ()
    careful = {"lunch", "two breaks", "wishes", "published", "waiting", "work under way"} & set(names)
    if careful:  # the timetable may do better than the first time that fits
        assert judged.total <= routes.cost + 1e-6
    else:
        assert judged.total == pytest.approx(routes.cost)


def test_solving_twice_with_two_workers_gives_one_plan() -> None:
    day = _other_roads(generate_day(80, 10, 4))
    first, again = (solve(day, StopRule(iterations=6_000), seed=2, workers=2) for _ in range(2))
    assert first == again
    assert evaluate(day, first).feasible


def shadow_price(problem: Problem) -> float:
    """What a second on the road is charged after the first plan."""
    routes = Routes(problem)
    routes.insert_missing()
    return Search(routes, 1)._shadow_price()


def test_a_second_on_the_road_has_a_shadow_price_only_where_somebody_is_left_out() -> None:
    crowded = generate_day(150, 10, 3)
    assert shadow_price(crowded) > 0
    assert shadow_price(generate_day(SMALL, 4, 3)) == 0
    assert shadow_price(generate_day(150, 40, 3)) == 0
    impossible = replace(crowded.visits[0], id="impossible", skills={"unknown": 3}, drop_cost=10**9)
    roomy = generate_day(150, 40, 3)
    assert shadow_price(replace(roomy, visits=(*roomy.visits, impossible))) == 0


def test_one_mandatory_visit_that_does_not_fit_does_not_price_the_day() -> None:
    day = generate_day(150, 10, 3)
    long_one = replace(day.visits[0], id="long", service_seconds=12 * HOUR, skills={}, windows=())
    usual = shadow_price(replace(day, visits=(*day.visits, long_one)))
    assert shadow_price(replace(day, visits=(*day.visits, replace(long_one, mandatory=True)))) == pytest.approx(
        usual, rel=0.05
    )


def test_the_shadow_price_is_what_a_visit_left_out_costs_for_each_second_that_a_planned_one_takes() -> None:
    day = generate_day(150, 10, 3)
    crowded = replace(day, visits=tuple(replace(visit, skills={}) for visit in day.visits))
    routes = Routes(crowded)
    routes.insert_missing()
    plan = feasible_plan(crowded, routes.sequences())
    assert plan is not None
    evaluation = evaluate(crowded, plan, unfinished=True)
    left_out = [visit for visit in crowded.visits if visit.id in routes.unplanned()]
    assert len(left_out) >= 4
    usual = float(np.median(routes.arrays.drop))
    drops = [float(routes.arrays.drop[routes.number[visit.id]]) for visit in left_out]
    drop = sum(min(one, usual) for one in drops) / len(left_out)
    seconds = sum(route.travel_seconds + route.work_seconds for route in evaluation.routes.values())
    each = seconds / (150 - len(left_out))
    assert shadow_price(crowded) == pytest.approx(SHARE_CHARGED * drop / each)


@pytest.mark.parametrize("workers", [1, 2])
def test_what_the_shadow_price_added_is_gone_from_the_answer(workers: int) -> None:
    crowded = generate_day(150, 11, 3)
    prices = Routes(crowded).arrays.prices
    told: list[float] = []
    routes = Routes(crowded)
    routes.insert_missing()
    Search(routes, 1, workers).run(None, 20_000, lambda _steps, cost: told.append(cost))
    assert np.allclose(routes.arrays.prices[:, : P_GAP + 1], prices[:, : P_GAP + 1])
    judged = judge(crowded, routes.sequences())
    assert judged is not None
    assert judged.feasible
    assert judged.total == pytest.approx(routes.cost)
    assert told[-1] == pytest.approx(routes.cost)


def test_a_search_that_is_stopped_while_it_is_led_answers_the_best_by_the_true_cost() -> None:
    crowded = generate_day(150, 11, 3)
    routes = Routes(crowded)
    routes.insert_missing()
    start = routes.cost
    rounds = iter(range(100))
    Search(routes, 1).run(None, 1_000_000, lambda _steps, _cost: None, enough=lambda: next(rounds) >= 2)
    judged = judge(crowded, routes.sequences())
    assert judged is not None
    assert judged.total == pytest.approx(routes.cost)
    assert routes.cost <= start


def test_days_with_more_work_than_people_lose_less_with_the_shadow_price(monkeypatch: pytest.MonkeyPatch) -> None:
    days = [generate_day(300, 24, seed) for seed in (1, 2, 3)]
    led = sum(search(day, 20_000).cost for day in days)
    monkeypatch.setattr(Search, "_shadow_price", lambda _search: 0.0)
    assert led < 0.99 * sum(search(day, 20_000).cost for day in days)


def strings(problem: Problem) -> tuple[float, float]:
    """The longest string and the visits removed on average, in the first round on a first plan."""
    routes = Routes(problem)
    routes.insert_missing()
    one = Search(routes, 1)
    one.run(None, 1, lambda _steps, _cost: None)
    rules = one.shares[0].memory.rules
    return float(rules[LONGEST_STRING]), float(rules[MEAN_REMOVED])


def test_while_visits_are_left_out_a_step_removes_strings_of_a_quarter_of_a_route() -> None:
    usual = (RULES[LONGEST_STRING], RULES[MEAN_REMOVED])
    assert strings(generate_day(150, 13, 3)) == (3.0, 5.0)
    assert strings(generate_day(150, 40, 3)) == usual
    assert strings(generate_day(SMALL, 4, 3)) == usual
    impossible = replace(generate_day(150, 40, 3).visits[0], id="impossible", skills={"unknown": 3})
    roomy = generate_day(150, 40, 3)
    assert strings(replace(roomy, visits=(*roomy.visits, impossible))) == usual


def test_once_all_visits_are_planned_strings_are_as_long_as_on_a_usual_day() -> None:
    routes = Routes(generate_day(150, 25, 3))
    routes.insert_missing()
    routes.load({technician: order[:-1] for technician, order in routes.sequences().items()})
    one = Search(routes, 1)
    assert len(routes.unplanned()) >= 10
    one.run(None, 20_000, lambda _steps, _cost: None)
    assert not routes.unplanned()
    assert one.shares[0].memory.rules[LONGEST_STRING] == RULES[LONGEST_STRING]


def test_a_version_of_a_route_is_given_once_however_often_visits_are_inserted() -> None:
    day = generate_day(150, 80, 3)
    routes = Routes(day)
    seen: set[int] = {int(version) for version in routes.state.version}
    for begin in range(0, 150, 75):
        before = routes.state.version.copy()
        routes.insert_in_order(np.arange(begin, begin + 75))
        given = [int(version) for version in routes.state.version[routes.state.version != before]]
        assert given
        assert not seen.intersection(given)
        assert len(set(given)) == len(given)
        seen.update(given)


def test_a_remembered_price_is_the_price_of_the_route_as_it_is() -> None:
    routes = Routes(generate_day(60, 12, 3))
    routes.insert_missing()
    assert not routes.unplanned()  # else prices are forgotten at the end, with what was charged
    search = Search(routes, 1)
    search.run(None, 3000, lambda _steps, _cost: None)
    share, draws = search.shares[0], np.ones(1, dtype=np.uint64)
    compared = 0
    for v, slots in enumerate(share.memory.priced):
        for t, version in enumerate(share.state.version):
            known, price, position = slots[t % SLOTS]
            if known == version and share.state.where[v] != t:
                found, where = best_position(share.arrays, share.state, t, v, price + 1.0, 0.0, draws)
                assert found >= price - 1e-6 if position < 0 else (found, where) == (pytest.approx(price), position)
                compared += 1
    assert compared > 20
