"""What a change of a plan costs. Only the routes that the change touches are timed and judged again.

The price of a change is `evaluate(changed).total - evaluate(plan).total`, by term. Routes and visits are judged
independently of each other, so the difference over the touched routes is the difference over the whole plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from optimizer.evaluation.evaluate import Evaluation, Violation, evaluate
from optimizer.evaluation.subproblem import cut, forced_route, plan_of
from optimizer.evaluation.timetable import Timetable
from optimizer.problem import Plan, Problem, ProblemError, Route, objective

SMALLEST = 1e-6
"""Differences of cost below this are rounding of sums, not money."""


@dataclass(frozen=True, slots=True)
class RouteDelta:
    """A change of some routes and its price. `routes` are the touched routes after it (None: nothing left to do).

    `terms` is the difference of cost by term, without zeros. `violations` are those the change adds or makes worse.
    `before` and `after` evaluate the touched routes and the visits they hold or held.
    """

    routes: Mapping[str, Route | None]
    terms: Mapping[str, float]
    violations: tuple[Violation, ...]
    before: Evaluation
    after: Evaluation

    @property
    def price(self) -> float:
        return sum(self.terms.values())

    @property
    def travel_seconds(self) -> int:
        """Seconds on the road that the change adds (negative: saves)."""
        return _sum(self.after, "travel_seconds") - _sum(self.before, "travel_seconds")

    @property
    def distance(self) -> int:
        """Metres that the change adds (negative: saves)."""
        return _sum(self.after, "distance") - _sum(self.before, "distance")

    def late(self) -> dict[str, tuple[int, int]]:
        """Visits that the change makes later than due, or later still: seconds before and after."""
        found = {}
        for visit_id, detail in self.after.visits.items():
            was = self.before.visits[visit_id].late_seconds if visit_id in self.before.visits else 0
            if detail.late_seconds > was:
                found[visit_id] = (was, detail.late_seconds)
        return found


def _sum(evaluation: Evaluation, name: str) -> int:
    return sum(getattr(route, name) for route in evaluation.routes.values())


class Ledger:
    """A plan whose changes are priced and made. A sequence holds movable visits of a technician; frozen ones stay."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        self.table = Timetable(problem)
        self.technicians = {technician.id: technician for technician in problem.technicians}
        self.visits = {visit.id: visit for visit in problem.visits}
        self.begun = {
            technician.id: {stop.visit_id for stop in technician.frozen} for technician in problem.technicians
        }
        self.routes: dict[str, Route] = {}
        self.where: dict[str, str] = {}
        for route in plan.routes:
            if route.technician_id in self.technicians:
                self.keep(route.technician_id, route)
        self._published = objective.published_by_visit(problem)

    def keep(self, technician_id: str, route: Route | None) -> None:
        """Make `route` the route of a technician, without checking it."""
        known = self.routes.pop(technician_id, None)
        for visit_id in () if known is None else known.visit_ids:
            if self.where.get(visit_id) == technician_id:
                del self.where[visit_id]
        if route is not None:
            self.routes[technician_id] = route
            self.where.update(dict.fromkeys(route.visit_ids, technician_id))

    def sequence(self, technician_id: str) -> tuple[str, ...]:
        """The movable visits of a technician, in their order."""
        route = self.routes.get(technician_id)
        begun = self.begun[technician_id]
        return () if route is None else tuple(v for v in route.visit_ids if v not in begun)

    def plan(self) -> Plan:
        """The plan as it stands. A visit in no route is unplanned with the reason NOT_ASKED."""
        ordered = (self.routes.get(technician.id) for technician in self.problem.technicians)
        return plan_of(self.problem, (route for route in ordered if route is not None))

    def take(self, priced: RouteDelta) -> None:
        """Make a priced change part of the plan."""
        for technician_id in priced.routes:
            self.keep(technician_id, None)
        for technician_id, route in priced.routes.items():
            self.keep(technician_id, route)

    def without(self, visit_id: str) -> dict[str, tuple[str, ...]]:
        """The change that takes a visit out of its route; empty where it is in none."""
        holder = self.where.get(visit_id)
        if holder is None:
            return {}
        return {holder: tuple(v for v in self.sequence(holder) if v != visit_id)}

    def placed(self, visit_id: str, technician_id: str, position: int) -> dict[str, tuple[str, ...]]:
        """The change that puts a visit at `position` among a technician's movable visits (itself not counted)."""
        changed = self.without(visit_id)
        rest = changed.get(technician_id, self.sequence(technician_id))
        changed[technician_id] = (*rest[:position], visit_id, *rest[position:])
        return changed

    def priced(self, sequences: Mapping[str, Sequence[str]], *, force: bool = False) -> RouteDelta | None:
        """Price a change, given as the new sequences of the technicians it touches.

        A visit that moves must be in the old and in the new sequence of touched technicians. None where a route has no
        feasible timing. With `force` such a route gets the best timing there is, and `violations` say what it breaks.
        Raises ProblemError for an unknown technician, and for a visit that is unknown, begun, or held by a technician
        who is not touched.
        """
        self._check(sequences)
        routes: dict[str, Route | None] = {}
        for technician_id, order in sequences.items():
            route = None
            if order or self.begun[technician_id]:
                route = self.table.route(technician_id, order)
                if route is None:
                    if not force:
                        return None
                    route = forced_route(self.table, technician_id, order)
            routes[technician_id] = route
        part = self._part(sequences)
        before = self._judged(part, [self.routes[t] for t in sequences if t in self.routes])
        after = self._judged(part, [route for route in routes.values() if route is not None])
        terms = {
            term: after.cost[term] - before.cost[term]
            for term in after.cost
            if abs(after.cost[term] - before.cost[term]) > SMALLEST
        }
        return RouteDelta(routes, terms, _worse(before.violations, after.violations), before, after)

    @staticmethod
    def _judged(part: Problem, routes: Sequence[Route]) -> Evaluation:
        return evaluate(part, plan_of(part, routes), unfinished=True)

    def _check(self, sequences: Mapping[str, Sequence[str]]) -> None:
        given: set[str] = set()
        for technician_id, order in sequences.items():
            if technician_id not in self.technicians:
                raise ProblemError("technician", f"there is no technician {technician_id!r}")
            for visit_id in order:
                holder = self.where.get(visit_id)
                if visit_id not in self.visits:
                    raise ProblemError("visit", f"there is no visit {visit_id!r}")
                if visit_id in given or (holder is not None and holder not in sequences):
                    raise ProblemError("visit", f"visit {visit_id!r} would be in two routes")
                if holder is not None and visit_id in self.begun[holder]:
                    raise ProblemError("visit", f"visit {visit_id!r} has begun")
                given.add(visit_id)

    def _part(self, sequences: Mapping[str, Sequence[str]]) -> Problem:
        """The problem of the touched technicians and the visits they hold or held, on the same roads."""
        wanted = {visit_id for order in sequences.values() for visit_id in order}
        for technician_id in sequences:
            wanted.update(self.begun[technician_id])
            if technician_id in self.routes:
                wanted.update(self.routes[technician_id].visit_ids)
        trips = tuple(self.visits[visit_id] for visit_id in sorted(wanted))
        told = tuple(self._published[trip.id] for trip in trips if trip.id in self._published)
        return self.problem.part(tuple(self.technicians[t] for t in sequences), trips, told)

    def cut(self, technician_ids: Iterable[str], visit_ids: Iterable[str]) -> Problem:
        """The problem of some technicians and visits alone, their places renumbered; visits in the order of ids."""
        people = [self.technicians[technician_id] for technician_id in technician_ids]
        return cut(self.problem, people, [self.visits[visit_id] for visit_id in sorted(visit_ids)])


def _worse(before: Iterable[Violation], after: Iterable[Violation]) -> tuple[Violation, ...]:
    """The violations of `after` that `before` did not have, or had to a lesser degree."""
    known = {(v.code, v.technician_id, v.visit_id): _degree(v) for v in before}
    return tuple(
        v for v in after if (key := (v.code, v.technician_id, v.visit_id)) not in known or _degree(v) > known[key]
    )


def _degree(violation: Violation) -> float:
    value = violation.detail.get("seconds", violation.detail.get("metres", 0))
    return float(value)
