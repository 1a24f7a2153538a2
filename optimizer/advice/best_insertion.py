"""The best positions for one visit: with whom, where in the route, at what price, and who becomes late.

Every position has a lower bound of its cost (`bounds.place_bounds`). The most promising are priced exactly by compiled
code, until no other position can be among the best. The winners are timed by :mod:`optimizer.evaluation.timetable` and
priced by the judge. The answer is the same as that of trying every position.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.advice import bounds as bounds_of
from optimizer.advice.pricing_arrays import make_pricing_arrays, make_scratch
from optimizer.advice.route_pricing import price_places
from optimizer.evaluation.delta import Ledger, RouteDelta
from optimizer.evaluation.evaluate import evaluate
from optimizer.problem import Plan, Problem, ProblemError, Technician, Visit, objective

ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Insertion:
    """A position for a visit: `position` counts the technician's movable visits, the visit itself not included.

    `priced` has the price (the judge's difference of cost), the new times and who becomes late.
    """

    technician_id: str
    position: int
    priced: RouteDelta

    @property
    def price(self) -> float:
        return self.priced.price


class _Ranked(NamedTuple):
    """Places, the cheapest first: technicians by index, positions, prices."""

    people: npt.NDArray[np.int64]
    positions: npt.NDArray[np.int64]
    prices: npt.NDArray[np.float64]


class Inserter:
    """Finds positions in one plan. It is made once and asked often."""

    def __init__(self, problem: Problem, plan: Plan, ledger: Ledger | None = None) -> None:
        self.problem = problem
        self.ledger = Ledger(problem, plan) if ledger is None else ledger
        self.arrays = make_pricing_arrays(problem)
        self.number = {visit.id: index for index, visit in enumerate(problem.visits)}
        self.published = objective.published_by_visit(problem)
        people = problem.technicians
        orders = [[self.number[v] for v in self.ledger.sequence(person.id)] for person in people]
        longest = max((len(order) for order in orders), default=0)
        self.lengths = np.array([len(order) for order in orders], dtype=np.int64)
        self.routes = np.full((len(people), longest + 1), -1, dtype=np.int64)
        for row, order in zip(self.routes, orders, strict=True):
            row[: len(order)] = order
        self.legs = np.zeros((*self.routes.shape, 3), dtype=np.int64)
        bounds_of.measure_legs(self.arrays, self.routes, self.lengths, self.legs)
        self.scratch = make_scratch(longest)
        self.place_of = {person.id: index for index, person in enumerate(people)}
        self.levels: dict[str, npt.NDArray[np.int64]] = {}
        self.surplus: dict[str, npt.NDArray[np.float64]] = {}
        for index, person in enumerate(people):
            for name, level in person.skills.items():
                self.levels.setdefault(name, np.zeros(len(people), dtype=np.int64))[index] = level
            for contract in person.grids:
                self.surplus.setdefault(contract.grid, np.full(len(people), np.nan))[index] = contract.surplus
        self.spent = self._spent()
        self.assigned = self._assigned(orders)

    def _spent(self) -> npt.NDArray[np.float64]:
        """What every route with its visits costs now."""
        judged = evaluate(self.problem, self.ledger.plan(), unfinished=True)
        spent = dict.fromkeys((person.id for person in self.problem.technicians), 0.0)
        for technician_id, route in judged.routes.items():
            spent[technician_id] += sum(route.cost.values())
        for visit in judged.visits.values():
            if visit.technician_id is not None:
                spent[visit.technician_id] += sum(visit.cost.values())
        self.begun_cost = {
            stop.visit_id: sum(judged.visits[stop.visit_id].cost.values())
            for person in self.problem.technicians
            for stop in person.frozen
            if stop.visit_id in judged.visits
        }
        return np.array([spent[person.id] for person in self.problem.technicians])

    def _assigned(self, orders: list[list[int]]) -> npt.NDArray[np.float64]:
        """What every route's assignments cost, and its frozen visits: the part that the compiled price leaves out."""
        found = []
        for person, order in zip(self.problem.technicians, orders, strict=True):
            total = sum(self.begun_cost.get(stop.visit_id, 0.0) for stop in person.frozen)
            total += sum(self._assignment(person, self.problem.visits[v]) for v in order)
            found.append(total)
        return np.array(found)

    def _assignment(self, person: Technician, visit: Visit) -> float:
        terms = objective.assignment_terms(self.problem.weights, person, visit, self.published.get(visit.id))
        return sum(terms.values())

    def cheapest(self, visit_id: str) -> tuple[float, str] | None:
        """The cost of the best position and whose route it is in. None where there is none."""
        index = self.number[visit_id]
        ranked = self._ranked(index, self._added(self.problem.visits[index], None), 1)
        return None if not ranked.prices.size else (float(ranked.prices[0]), self._id(ranked.people[0]))

    def _id(self, technician: np.int64) -> str:
        return self.problem.technicians[int(technician)].id

    def best(self, visit_id: str, k: int = 5, only: Collection[str] | None = None) -> list[Insertion]:
        """The `k` best positions, cheapest first; at the same price the earlier technician of the problem, then the
        earlier position. `only`: these technicians and no others. Fewer, or none, where no more positions keep every
        rule.

        Raises ProblemError for a visit that is unknown or already in a route.
        """
        index = self.number.get(visit_id)
        if index is None or visit_id in self.ledger.where:
            raise ProblemError("visit", f"{visit_id!r} is no visit that waits for a place")
        added = self._added(self.problem.visits[index], only)
        many = k
        while True:
            ranked = self._ranked(index, added, many)
            found: list[Insertion] = []
            for technician, position in zip(ranked.people[:many], ranked.positions[:many], strict=True):
                technician_id = self._id(technician)
                priced = self.ledger.priced(self.ledger.placed(visit_id, technician_id, int(position)))
                if priced is not None and not priced.violations:
                    found.append(Insertion(technician_id, int(position), priced))
                    if len(found) == k:
                        return found
            if len(ranked.people) <= many:
                return found
            many *= 4  # some of the best broke a rule that only the judge knows

    def _ranked(self, visit: int, added: npt.NDArray[np.float64], many: int) -> _Ranked:
        """Places by price: the `many` best among them, for certain, the others as far as they were looked at."""
        bounds = np.empty((len(self.lengths), self.routes.shape[1]))
        spot = self.problem.visits[visit].location
        # Rows of their own: the matrix of a large day is far too large for the processor's caches.
        near = np.stack([
            (r.durations[spot], r.distances[spot], r.durations[:, spot], r.distances[:, spot])
            for r in self.problem.roads
        ]).astype(np.int64)  # fmt: skip
        bounds_of.all_bounds(self.arrays, self.routes, self.lengths, self.legs, visit, added, near, bounds)
        people, positions = np.nonzero(bounds < np.inf)
        least = bounds[people, positions]
        order = np.argsort(least, kind="stable")
        people, positions, least = people[order], positions[order], least[order]
        prices = np.full(len(people), np.inf)
        price_places(
            self.arrays, self.scratch, self.routes, self.lengths, visit, added, people, positions, least - ROUNDING,
            np.full(many, np.inf), prices,
        )  # fmt: skip
        possible = np.flatnonzero(prices < np.inf)
        ranked = possible[np.lexsort((positions[possible], people[possible], np.round(prices[possible], 6)))]
        return _Ranked(people[ranked], positions[ranked], prices[ranked])

    def _added(self, visit: Visit, only: Collection[str] | None) -> npt.NDArray[np.float64]:
        """What a place adds besides the price of the whole route; inf where the visit may not go."""
        w, told = self.problem.weights, self.published.get(visit.id)
        dropped = sum(objective.unplanned_terms(w, visit, told).values())
        added = self.assigned - self.spent - dropped + self._assignments(visit)
        if not visit.start_windows():
            added[:] = np.inf
        pinned = None if visit.pin is None else visit.pin.technician_id
        for wanted in (only, visit.required_technicians or None, None if pinned is None else {pinned}):
            if wanted is not None:
                added[~self._among(wanted)] = np.inf
        added[self._among(visit.excluded_technicians)] = np.inf
        return added

    def _assignments(self, visit: Visit) -> npt.NDArray[np.float64]:
        """`objective.assignment_terms` for everybody at once; inf where a skill is missing."""
        w, told, people = self.problem.weights, self.published.get(visit.id), len(self.place_of)
        cost = np.zeros(people)
        for name, level in visit.skills.items():
            levels = self.levels.get(name)
            if levels is None:
                return np.full(people, np.inf)
            cost += w.over_skilling * np.maximum(0, levels - level)
            cost[levels < level] = np.inf
        if visit.preferred_technicians:
            cost += w.missed_preference * ~self._among(visit.preferred_technicians)
        if visit.grid is not None:
            surplus = self.surplus.get(visit.grid)
            if surplus is None:
                cost += w.outside_grid
            else:
                cost += np.where(np.isnan(surplus), w.outside_grid, w.rolling_share * np.maximum(0, surplus))
        if told is not None:
            cost += w.change_technician * ~self._among({told.technician_id})
        return cost

    def _among(self, technicians: Collection[str]) -> npt.NDArray[np.bool_]:
        chosen = np.zeros(len(self.place_of), dtype=np.bool_)
        chosen[[self.place_of[t] for t in technicians if t in self.place_of]] = True
        return chosen


def best_insertions(problem: Problem, plan: Plan, visit_id: str, k: int = 5) -> list[Insertion]:
    """The `k` best positions for a visit that is in no route of `plan`, cheapest first; see :class:`Inserter`."""
    return Inserter(problem, plan).best(visit_id, k)
