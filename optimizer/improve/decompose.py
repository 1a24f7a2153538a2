"""Decomposition: cut a day into groups of neighbouring technicians that OR-Tools can improve, as POPMUSIC does.

The problem has no coordinates, only roads. The distance of two technicians is the travel time between the medoids of
their routes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from optimizer.evaluation.subproblem import cut
from optimizer.problem import NO_ROAD, UNREACHABLE, Problem, objective

GROUP_SIZE = 5
EXTRA_VISITS = 10
Sequences = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Group:
    """Technicians (by index) and the unplanned visits (by id) offered to them."""

    technicians: tuple[int, ...]
    extra: tuple[str, ...]


class Neighbourhood:
    """How near technicians and visits are to each other, for the routes as they stand."""

    def __init__(self, problem: Problem, sequences: Mapping[str, Sequence[str]]) -> None:
        self.problem = problem
        self.location = {visit.id: visit.location for visit in problem.visits}
        self.busy = [bool(sequences.get(technician.id)) for technician in problem.technicians]
        least = problem.least_durations()
        both = np.minimum(least, least.T).astype(np.float64)
        both[both >= UNREACHABLE] = NO_ROAD
        self.minutes = both
        self.middle = [self._middle(index, sequences) for index in range(len(problem.technicians))]
        known = [0 if place is None else place for place in self.middle]
        self.between: npt.NDArray[np.float64] = both[np.ix_(known, known)] if known else np.zeros((0, 0))

    def _middle(self, index: int, sequences: Mapping[str, Sequence[str]]) -> int | None:
        technician = self.problem.technicians[index]
        places = [self.location[visit_id] for visit_id in sequences.get(technician.id, ())]
        if not places:
            return technician.start_location
        return places[int(self.minutes[np.ix_(places, places)].sum(axis=1).argmin())]

    def partition(self, unplanned: Sequence[str], seed: int) -> list[Group]:
        """Groups that hold every technician with a route exactly once. Idle technicians join where they are near."""
        rng = np.random.default_rng(seed)
        left = set(range(len(self.problem.technicians)))
        groups: list[tuple[int, ...]] = []
        busy = {index for index in left if self.busy[index]}
        while busy:
            # begin at the rim, so that nobody far out is left over at the end
            members = sorted(busy)
            rim = self.between[np.ix_(members, members)].sum(axis=1) * rng.uniform(0.8, 1.2, len(members))
            centre = members[int(rim.argmax())]
            near = sorted(left, key=lambda other: (self.between[centre, other], other))
            chosen = tuple(dict.fromkeys([centre, *near]))[:GROUP_SIZE]
            left.difference_update(chosen)
            busy.difference_update(chosen)
            groups.append(chosen)
        return [Group(chosen, self._nearest(chosen, unplanned)) for chosen in groups]

    def around(self, visit_id: str, unplanned: Sequence[str], seed: int) -> Group | None:
        """The group of the nearest technicians who may make an unplanned visit; None where nobody may."""
        visit = next(visit for visit in self.problem.visits if visit.id == visit_id)
        able = [
            index
            for index, technician in enumerate(self.problem.technicians)
            if objective.may_serve(technician, visit) is None
        ]
        if not able:
            return None
        rng = np.random.default_rng(seed)
        near = {index: self._to_visit(index, visit_id) * rng.uniform(0.8, 1.2) for index in able}
        chosen = tuple(sorted(able, key=lambda index: (near[index], index))[:GROUP_SIZE])
        return Group(chosen, tuple(dict.fromkeys([visit_id, *self._nearest(chosen, unplanned)]))[:EXTRA_VISITS])

    def anywhere(self, unplanned: Sequence[str], seed: int) -> Group:
        """A random technician and the nearest others."""
        rng = np.random.default_rng(seed)
        centre = int(rng.integers(len(self.problem.technicians)))
        near = self.between[centre] * rng.uniform(0.6, 1.4, len(self.between))
        near[centre] = -1
        chosen = tuple(int(index) for index in np.argsort(near, kind="stable")[:GROUP_SIZE])
        return Group(chosen, self._nearest(chosen, unplanned))

    def _to_visit(self, index: int, visit_id: str) -> float:
        middle = self.middle[index]
        return 0.0 if middle is None else float(self.minutes[middle, self.location[visit_id]])

    def _nearest(self, chosen: Sequence[int], unplanned: Sequence[str]) -> tuple[str, ...]:
        distance = {visit_id: min(self._to_visit(index, visit_id) for index in chosen) for visit_id in unplanned}
        return tuple(sorted(unplanned, key=lambda visit_id: (distance[visit_id], visit_id))[:EXTRA_VISITS])


def group_problem(problem: Problem, group: Group, sequences: Mapping[str, Sequence[str]]) -> tuple[Problem, Sequences]:
    """The problem of one group, with small matrices, and the group's routes."""
    technicians = [problem.technicians[index] for index in group.technicians]
    routes = {technician.id: list(sequences.get(technician.id, ())) for technician in technicians}
    wanted = {visit_id for route in routes.values() for visit_id in route} | set(group.extra)
    wanted |= {stop.visit_id for technician in technicians for stop in technician.frozen}
    return cut(problem, technicians, [visit for visit in problem.visits if visit.id in wanted]), routes
