"""The judge and an OR-Tools model written apart from it, every time a variable, agree to the unit on small days."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from ortools.sat.python import cp_model

from optimizer.evaluation.evaluate import evaluate
from optimizer.evaluation.subproblem import timed_plan
from optimizer.problem import (
    Break,
    GridContract,
    PlacedBreak,
    Plan,
    Problem,
    PublishedStop,
    Roads,
    Route,
    Stop,
    Technician,
    TimeWindow,
    Unplanned,
    Visit,
    Weights,
)

HORIZON = 40_000


def a_day(seed: int) -> Problem:
    """Two technicians, four visits, whole numbers throughout."""
    rng = np.random.default_rng(seed)
    durations = rng.integers(0, 1500, size=(5, 5)).astype(np.int32)
    np.fill_diagonal(durations, 0)
    people = tuple(
        Technician(
            f"t{k}", 0, 12_000, int(rng.integers(5)), int(rng.integers(5)),
            soft_end=10_000, max_overtime=1500,
            breaks=(Break(900, (TimeWindow(3000, 5000),)),) if rng.random() < 0.6 else (),
            skills={"x": int(rng.integers(1, 4))} if rng.random() < 0.7 else {},
            grids=(GridContract("g"),) if rng.random() < 0.5 else (),
            max_visits=3,
        )
        for k in range(2)
    )  # fmt: skip
    visits = tuple(
        Visit(
            f"v{k}", int(rng.integers(5)), int(rng.integers(300, 2500)), setup_seconds=int(rng.choice([0, 300])),
            windows=(TimeWindow(s := int(rng.integers(0, 9000)), s + 1500),) if rng.random() < 0.4 else (),
            preferred_windows=(TimeWindow(w := int(rng.integers(0, 9000)), w + 1000),) if rng.random() < 0.4 else (),
            earliest=int(rng.integers(0, 4000)) if rng.random() < 0.3 else None,
            due=int(rng.integers(2000, 9000)) if rng.random() < 0.7 else None, due_weight=int(rng.integers(1, 4)),
            drop_cost=int(rng.integers(3000, 20_000)),
            skills={"x": int(rng.integers(1, 3))} if rng.random() < 0.4 else {},
            preferred_technicians=frozenset({"t1"}) if rng.random() < 0.3 else frozenset(),
            grid="g" if rng.random() < 0.5 else None,
        )
        for k in range(4)
    )  # fmt: skip
    told = tuple(
        PublishedStop(v.id, "t0", s := int(rng.integers(1000, 9000)), TimeWindow(s - 900, s + 900))
        for v in visits
        if rng.random() < 0.4
    )
    weights = Weights(
        waiting=int(rng.choice([0, 1])), imbalance_above=4000, change_time=1, change_notified=5000, risk=1,
        risk_buffer=600, missed_preference=700,
    )  # fmt: skip
    more: tuple[Roads, ...] = ()
    if seed % 2:  # the second one goes by bicycle
        slow = np.random.default_rng([seed, 1]).integers(0, 1500, size=(5, 5)).astype(np.int32)
        np.fill_diagonal(slow, 0)
        more, people = (Roads(slow, slow),), (people[0], replace(people[1], profile=1))
    return Problem(people, visits, durations, durations, weights, told, more_roads=more)


@dataclass
class Model:
    """The day as constraints: who goes where, in which order, and when, and what all of it costs."""

    problem: Problem
    m: cp_model.CpModel = field(default_factory=cp_model.CpModel)
    cost: list[Any] = field(default_factory=list)

    def solved(self) -> tuple[int, Plan]:
        """The least cost there is, and a plan that has it."""
        p, m = self.problem, self.m
        self.starts = [m.new_int_var(0, HORIZON, f"s{v}") for v in range(len(p.visits))]
        self.leaves = [m.new_int_var(0, HORIZON, f"l{v}") for v in range(len(p.visits))]
        self.on = {(t, v): m.new_bool_var("") for t in range(len(p.technicians)) for v in range(len(p.visits))}
        self.routes = [self._route(t) for t in range(len(p.technicians))]
        for v in range(len(p.visits)):
            self._visit(v)
        m.minimize(sum(self.cost))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        assert solver.solve(m) == cp_model.OPTIMAL
        return round(solver.objective_value), self._plan(solver)

    def above(self, amount: Any, price: int, only: Any = None) -> None:
        """`price` for every unit of `amount` above 0 (where `only` holds)."""
        if price:
            over = self.m.new_int_var(0, 10**6, "")
            constraint = self.m.add(over >= amount)
            if only is not None:
                constraint.only_enforce_if(only)
            self.cost.append(price * over)

    def _route(self, t: int) -> dict[str, Any]:
        p, m, person, w = self.problem, self.m, self.problem.technicians[t], self.problem.weights
        count = len(p.visits)
        arcs: dict[tuple[int, int], Any] = {}
        begin, end = m.new_int_var(0, HORIZON, ""), m.new_int_var(0, person.latest_end, "")
        idle = m.new_bool_var("")
        literals = [(count, count, idle)]
        places = [*(visit.location for visit in p.visits), person.start_location, person.end_location]
        pauses = {k: m.new_int_var(b.windows[0].start, b.windows[0].end, "") for k, b in enumerate(person.breaks)}
        inside: dict[int, list[Any]] = {k: [] for k in pauses}
        travel: list[Any] = []
        work: list[Any] = []
        for i in range(count + 1):
            if i < count:
                literals.append((i, i, self.on[t, i].negated()))
            for j in range(count + 1):
                if i == j:
                    continue
                used = arcs[i, j] = m.new_bool_var("")
                literals.append((i, j, used))
                target = places[j] if j < count else places[count + 1]
                seconds = int(p.roads[person.profile].durations[places[i], target])
                travel.append(seconds * used)
                left = self.leaves[i] if i < count else begin
                there = self.starts[j] if j < count else end
                rest = []
                for k, pause in pauses.items():
                    here, length = m.new_bool_var(""), person.breaks[k].duration
                    m.add_implication(here, used)
                    m.add(pause >= left).only_enforce_if(here)
                    m.add(pause + length <= there).only_enforce_if(here)
                    inside[k].append(here)
                    rest.append(length * here)
                m.add(there - left >= seconds + sum(rest)).only_enforce_if(used)
                if j < count:
                    self.above(there - left - seconds - sum(rest), int(w.waiting), used)
                    spent = p.visits[j].service_seconds
                    spent += 0 if places[i] == places[j] else p.visits[j].setup_seconds
                    m.add(self.leaves[j] == self.starts[j] + spent).only_enforce_if(used)
                    work.append(spent * used)
        m.add_circuit(literals)
        for k, pause in pauses.items():
            before, after = m.new_bool_var(""), m.new_bool_var("")
            m.add(pause + person.breaks[k].duration <= begin).only_enforce_if(before)
            m.add(pause >= end).only_enforce_if(after)
            m.add(sum(inside[k]) + before + after + idle == 1)
        m.add(sum(self.on[t, v] for v in range(count)) <= person.max_visits)
        self.cost.append(int(w.travel) * sum(travel))
        self.above(sum(travel) + sum(work) - w.imbalance_above, int(w.imbalance))
        self.above(end - person.overtime_from, int(w.overtime), idle.negated())
        return {"arcs": arcs, "begin": begin, "end": end, "pauses": pauses, "idle": idle}

    def _visit(self, v: int) -> None:
        p, m, w, visit = self.problem, self.m, self.problem.weights, self.problem.visits[v]
        told = next((stop for stop in p.published if stop.visit_id == visit.id), None)
        start, leave = self.starts[v], self.leaves[v]
        served = m.new_bool_var("")
        m.add(sum(self.on[t, v] for t in range(len(p.technicians))) == served)
        dropped = int(visit.drop_cost or 0)
        if told is not None:
            dropped += int(w.change_technician + w.change_notified)
        self.cost.append(dropped * served.negated())
        if visit.earliest is not None:
            m.add(start >= visit.earliest).only_enforce_if(served)
        for window in visit.windows:
            m.add_linear_constraint(start, window.start, window.end).only_enforce_if(served)
        for t, person in enumerate(p.technicians):
            if any(person.skills.get(name, 0) < level for name, level in visit.skills.items()):
                m.add(self.on[t, v] == 0)
            price = sum(int(w.over_skilling) * max(0, person.skills.get(n, 0) - x) for n, x in visit.skills.items())
            if visit.preferred_technicians and person.id not in visit.preferred_technicians:
                price += int(w.missed_preference)
            if visit.grid is not None and all(contract.grid != visit.grid for contract in person.grids):
                price += int(w.outside_grid)
            if told is not None and told.technician_id != person.id:
                price += int(w.change_technician)
            self.cost.append(price * self.on[t, v])
        if visit.due is not None:
            self.above(leave - visit.due, int(w.tardiness * visit.due_weight), served)
            risk = m.new_int_var(0, w.risk_buffer, "")
            missed = m.new_bool_var("")
            m.add(risk >= leave - visit.due + w.risk_buffer).only_enforce_if(served, missed.negated())
            m.add(risk == w.risk_buffer).only_enforce_if(missed)
            self.cost.append(int(w.risk) * risk)
        for wish in visit.preferred_windows:
            kept = m.new_bool_var("")
            m.add_linear_constraint(start, wish.start, wish.end).only_enforce_if(kept)
            m.add_implication(kept, served)
            self.cost.append(int(w.missed_preference) * (served - kept))
        if told is not None and told.notified is not None:
            self.above(start - told.start, int(w.change_time), served)
            self.above(told.start - start, int(w.change_time), served)
            kept = m.new_bool_var("")
            m.add_linear_constraint(start, told.notified.start, told.notified.end).only_enforce_if(kept)
            m.add_implication(kept, served)
            self.cost.append(int(w.change_notified) * (served - kept))

    def _plan(self, solver: cp_model.CpSolver) -> Plan:
        p, count = self.problem, len(self.problem.visits)
        routes, planned = [], set()
        for person, found in zip(p.technicians, self.routes, strict=True):
            if solver.boolean_value(found["idle"]):
                continue
            stops, at = [], count
            while True:
                at = next(
                    j
                    for j in range(count + 1)
                    if (at, j) in found["arcs"] and solver.boolean_value(found["arcs"][at, j])
                )
                if at == count:
                    break
                start = solver.value(self.starts[at])
                stops.append(Stop(p.visits[at].id, start, start, solver.value(self.leaves[at])))
                planned.add(p.visits[at].id)
            pauses = tuple(
                PlacedBreak(k, s := solver.value(pause), s + person.breaks[k].duration)
                for k, pause in found["pauses"].items()
            )
            routes.append(
                Route(person.id, tuple(stops), solver.value(found["begin"]), solver.value(found["end"]), pauses)
            )
        rest = tuple(Unplanned(visit.id, "all_full") for visit in p.visits if visit.id not in planned)
        return Plan(tuple(routes), rest)


def every_plan(problem: Problem) -> float:
    """The least the judge finds among all sequences, as the timetable times them."""
    ids = [visit.id for visit in problem.visits]
    marks = [*ids, "|", "||"]  # what stands after the second mark is left out
    best = float("inf")
    for order in {tuple(order) for order in permutations(marks) if order.index("|") < order.index("||")}:
        first, second = order.index("|"), order.index("||")
        if order[second + 1 :] != tuple(sorted(order[second + 1 :])) or max(first, second - first - 1) > 3:
            continue
        plan = timed_plan(problem, {"t0": order[:first], "t1": order[first + 1 : second]})
        judged = evaluate(problem, plan)
        if judged.feasible:
            best = min(best, judged.total)
    return best


@pytest.mark.parametrize("seed", range(24))
def test_the_judge_says_of_an_ortools_optimum_what_ortools_says(seed: int) -> None:
    problem = a_day(seed)
    least, plan = Model(problem).solved()
    judged = evaluate(problem, plan)
    assert judged.violations == ()
    assert judged.total == least


@pytest.mark.parametrize("seed", range(4))
def test_no_plan_is_cheaper_to_the_judge_than_the_ortools_optimum(seed: int) -> None:
    problem = a_day(seed)
    least, _ = Model(problem).solved()
    assert least <= every_plan(problem)
