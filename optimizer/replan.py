"""Repairs a published day after disruptions, within a budget of changes.

The smallest repair inserts the visits that lost their technician, and urgent ones, where that is cheapest. In each
further repair more people around the disruption get new routes from :func:`optimizer.solve.solve`. Whether a repair
keeps the budget is checked by comparing the plans. The answer is the frontier: no repair in it is beaten by another one
in lateness, visits left out and people disturbed at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.advice.best_insertion import Inserter
from optimizer.advice.reasons import with_reasons
from optimizer.disruptions import Disruption, Urgent, after_disruptions
from optimizer.evaluation.delta import Ledger
from optimizer.evaluation.evaluate import Evaluation, evaluate
from optimizer.evaluation.subproblem import timed_plan
from optimizer.problem import (
    NO_ROAD,
    NOT_ASKED,
    UNREACHABLE,
    Plan,
    Problem,
    ProblemError,
    Progress,
    StopRule,
    Unplanned,
    objective,
)

NOTICED = 300
"""Seconds by which a visit must move before anybody minds."""
STEPS = (2, 4, 8, 16)
"""How many people take part in the repairs after the smallest."""
ITERATIONS = 4000
PLACES_TRIED = 6
DEARER = (1.0, 16.0)
"""By how much changes are made dearer for the search, until its answer keeps to the budget."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The most a repair may change: `people` whose route changes, `visits` that go to somebody else or move by more
    than five minutes, and `windows` told to subscribers that are not kept. What the event itself moves (a sick
    technician's visits, those behind work that takes longer) does not count.
    """

    people: int = 5
    visits: int = 20
    windows: int = 0

    def __post_init__(self) -> None:
        for name in ("people", "visits", "windows"):
            if getattr(self, name) < 0:
                raise ProblemError(f"budget.{name}", "cannot be negative")


@dataclass(frozen=True, slots=True)
class Churn:
    """What a repair changes: `people` with another route, `visits` that move, and told `windows` that are not kept."""

    people: tuple[str, ...]
    visits: tuple[str, ...]
    windows: tuple[str, ...]

    def within(self, budget: Budget) -> bool:
        return (
            len(self.people) <= budget.people
            and len(self.visits) <= budget.visits
            and len(self.windows) <= budget.windows
        )


@dataclass(frozen=True, slots=True)
class Repair:
    """One plan of the frontier, its evaluation and its churn. `late_seconds` is the sum over visits, `dropped` the cost
    of the visits left out.
    """

    plan: Plan
    evaluation: Evaluation
    churn: Churn
    late_seconds: int
    dropped: float

    @property
    def cost(self) -> float:
        return self.evaluation.total

    @property
    def rank(self) -> tuple[float, float, int, int]:
        return (self.dropped, self.late_seconds, len(self.churn.people), len(self.churn.visits))

    def beats(self, other: Repair) -> bool:
        """At least as good in everything and better in something."""
        mine, theirs = self.rank, other.rank
        return mine != theirs and all(a <= b for a, b in zip(mine, theirs, strict=True))


@dataclass(frozen=True, slots=True)
class Repairs:
    """The repaired problem, and the frontier: the fewest people first. `best` is the cheapest by the judge."""

    problem: Problem
    frontier: tuple[Repair, ...]

    @property
    def best(self) -> Repair:
        return min(self.frontier, key=lambda repair: (repair.cost, len(repair.churn.people)))


def replan(
    problem: Problem,
    published: Plan,
    changes: Sequence[Disruption],
    budget: Budget,
    *,
    seconds: float | None = 8,
    iterations: int | None = None,
    seed: int = 0,
    progress: Callable[[Progress], None] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Repairs:
    """Repair `published` after `changes`, within `budget`, in at most `seconds` of wall time (compiling not counted).

    With `iterations` of each search and no seconds the answer is the same on every machine. Once `stopped` says so,
    the repairs found so far are answered.

    `problem` knows every visit, urgent ones too. A visit that the budget does not allow to move is left out, with its
    reason. Raises ProblemError for a disruption that names something unknown.
    """
    begin = time.monotonic()
    changed = after_disruptions(problem, published, changes)
    day = _Day(changed, published, [c.visit_id for c in changes if isinstance(c, Urgent)], budget)

    def tell(phase: str, repairs: Sequence[Repair]) -> None:
        if progress is not None and repairs:
            best = min(repairs, key=lambda repair: repair.cost)
            elapsed = time.monotonic() - begin
            progress(Progress(phase, elapsed, best.cost, best.plan.planned_count, len(changed.visits)))

    least = day.smallest(budget.people)
    found = [least]
    tell("search", found)

    def left() -> float:
        limit = float("inf") if seconds is None else seconds
        return 0.0 if stopped() else limit - (time.monotonic() - begin)

    for step in STEPS:
        if left() < 0.5 or step // 2 >= budget.people:
            break
        rule = StopRule(None if seconds is None else left() / 3, iterations or ITERATIONS)
        wider = day.wider(least, min(step, budget.people), rule, seed, stopped)
        if wider is not None:
            found.append(wider)
        tell("search", found)
    for fewer in (0, 1, *STEPS):
        if fewer < len(least.churn.people) and left() > 0.5:
            found.append(day.smallest(fewer))
    frontier = [repair for repair in found if not any(other.beats(repair) for other in found)]
    unique = {repair.rank: repair for repair in reversed(frontier)}
    ordered = sorted(unique.values(), key=lambda repair: (len(repair.churn.people), len(repair.churn.visits)))
    return Repairs(changed, tuple(replace(repair, plan=with_reasons(changed, repair.plan)) for repair in ordered))


# --- repairs ----------------------------------------------------------------------------------------------------------


class _Day:
    """The day after the disruptions, the rest of the published routes, and the visits that lost their technician."""

    def __init__(self, problem: Problem, published: Plan, urgent: Sequence[str], budget: Budget) -> None:
        self.problem, self.budget = problem, budget
        self.ledger = Ledger(problem, Plan())
        self.left = timed_plan(problem, self._kept(published))
        placed = {visit_id for route in self.left.routes for visit_id in route.visit_ids}
        known = {stop.visit_id for stop in problem.published}
        self.homeless = [v.id for v in problem.visits if v.id not in placed and (v.id in known or v.id in urgent)]
        self.location = {visit.id: visit.location for visit in problem.visits}
        starts = {stop.visit_id: stop.start for route in self.left.routes for stop in route.stops}
        self.shaken = [
            stop.visit_id
            for stop in problem.published
            if stop.visit_id in starts and abs(starts[stop.visit_id] - stop.start) > NOTICED
        ]

    def _kept(self, published: Plan) -> dict[str, list[str]]:
        """The published sequences of those still there, without the visits that can no longer be made."""
        kept: dict[str, list[str]] = {}
        for technician in self.problem.technicians:
            begun = self.ledger.begun[technician.id]
            route = published.route_of(technician.id)
            order = [
                v for v in (() if route is None else route.visit_ids) if v in self.ledger.visits and v not in begun
            ]
            order = order[: max(0, technician.max_visits - len(technician.frozen))]
            while order and self.ledger.table.route(technician.id, order) is None:
                order.pop(self._in_the_way(technician.id, order))
            kept[technician.id] = order
        return kept

    def _in_the_way(self, technician_id: str, order: list[str]) -> int:
        """The index of the last visit without which the others can be made; the last of all where there is none."""
        for index in reversed(range(len(order))):
            if self.ledger.table.route(technician_id, [*order[:index], *order[index + 1 :]]) is not None:
                return index
        return len(order) - 1

    def judged(self, plan: Plan) -> Repair:
        """The plan as a repair: its evaluation and its churn."""
        found = evaluate(self.problem, plan, unfinished=True)
        late = sum(visit.late_seconds for visit in found.visits.values())
        return Repair(plan, found, churn(self.problem, self.left, plan), late, found.cost["dropped"])

    def smallest(self, people: int) -> Repair:
        """Insert the visits that lost their technician at their cheapest positions, the dearest to leave out first,
        within the budget and with at most `people` disturbed.
        """
        budget = replace(self.budget, people=people)
        told = objective.published_by_visit(self.problem)
        weights, visits = self.problem.weights, self.ledger.visits
        price = {v: sum(objective.unplanned_terms(weights, visits[v], told.get(v)).values()) for v in self.homeless}
        current = self.judged(self.left)
        for visit_id in sorted(self.homeless, key=lambda v: (-price[v], v)):
            ledger = Ledger(self.problem, current.plan)
            # Once so many people are disturbed, only they may be disturbed again.
            only = set(current.churn.people) if len(current.churn.people) >= people else None
            for place in Inserter(self.problem, current.plan, ledger).best(visit_id, PLACES_TRIED, only=only):
                trial = Ledger(self.problem, current.plan)
                trial.take(place.priced)
                tried = self.judged(trial.plan())
                if place.price < 0 and tried.churn.within(budget):
                    current = tried
                    break
        return current

    def wider(
        self, least: Repair, people: int, stop: StopRule, seed: int, stopped: Callable[[], bool]
    ) -> Repair | None:
        """The repair in which `people` near the disruption get new routes; None where the budget forbids it."""
        from optimizer.solve import solve  # OR-Tools and the search are loaded only where they are asked

        group = self._around(least, people)
        ledger = Ledger(self.problem, least.plan)
        waiting = [v for v in self.homeless if v not in ledger.where]
        mine = {visit_id for t in group for visit_id in (*ledger.sequence(t), *ledger.begun[t])} | set(waiting)
        if not group or not mine:
            return None
        for dearer in DEARER:
            part = ledger.cut(group, mine)
            w = part.weights
            change = max(w.change_time, 0.25) * dearer
            stay = replace(w, change_technician=w.change_technician * dearer, change_time=change)
            initial = Plan(
                tuple(ledger.routes[t] for t in group if t in ledger.routes),
                tuple(Unplanned(v, NOT_ASKED) for v in waiting),
            )
            seconds = None if stop.seconds is None else max(0.3, min(stop.seconds / len(DEARER), 4.0))
            answer = solve(
                replace(part, weights=stay), replace(stop, seconds=seconds), seed, 1, initial, enough=stopped
            )
            edit = {}
            for technician_id in group:
                route, begun = answer.route_of(technician_id), ledger.begun[technician_id]
                edit[technician_id] = [v for v in (() if route is None else route.visit_ids) if v not in begun]
            priced = ledger.priced(edit)
            if priced is None or priced.violations:
                continue
            trial = Ledger(self.problem, least.plan)
            trial.take(priced)
            tried = self.judged(trial.plan())
            if tried.churn.within(self.budget):
                return tried
        return None

    def _around(self, least: Repair, people: int) -> list[str]:
        """Who gets a new route: those whom the smallest repair disturbs, then those nearest to the disruption."""
        chosen = dict.fromkeys(least.churn.people)
        present = [t for t in self.problem.technicians if t.max_visits > len(t.frozen)]
        centres = [self.location[visit_id] for visit_id in (*self.homeless, *self.shaken)]
        near: list[tuple[float, str]] = []
        for technician in present:
            route = least.plan.route_of(technician.id)
            places = [self.location[v] for v in (() if route is None else route.visit_ids)]
            if technician.start_location is not None:
                places.append(technician.start_location)
            if places and centres:
                durations = self.problem.roads[technician.profile].durations
                both = durations[np.ix_(places, centres)].astype(np.float64)
                both[both >= UNREACHABLE] = NO_ROAD
                near.append((float(both.min()), technician.id))
        for _, technician_id in sorted(near):
            if len(chosen) >= people:
                break
            chosen.setdefault(technician_id)
        return [t.id for t in self.problem.technicians if t.id in chosen]


# --- what changes -----------------------------------------------------------------------------------------------------


def churn(problem: Problem, left: Plan, plan: Plan) -> Churn:
    """What `plan` changes compared with `left`, the rest of the published day. Counted are people with another sequence
    or other times, visits that go to somebody else, are left out or move by more than five minutes, and told windows
    that are not kept.
    """
    before = {stop.visit_id: (route.technician_id, stop.start) for route in left.routes for stop in route.stops}
    after = {stop.visit_id: (route.technician_id, stop.start) for route in plan.routes for stop in route.stops}
    moved: list[str] = []
    people: set[str] = set()
    for visit_id, (technician_id, start) in before.items():
        now = after.get(visit_id)
        if now is None or now[0] != technician_id or abs(now[1] - start) > NOTICED:
            moved.append(visit_id)
            people |= {technician_id} if now is None else {technician_id, now[0]}
    for technician in problem.technicians:
        old, new = left.route_of(technician.id), plan.route_of(technician.id)
        if (() if old is None else old.visit_ids) != (() if new is None else new.visit_ids):
            people.add(technician.id)
    broken = []
    for stop in problem.published:
        if stop.notified is not None and stop.visit_id in before:
            kept = before[stop.visit_id][1] in stop.notified
            now = after.get(stop.visit_id)
            if kept and (now is None or now[1] not in stop.notified):
                broken.append(stop.visit_id)
    return Churn(tuple(sorted(people)), tuple(sorted(moved)), tuple(sorted(broken)))
