"""A plan: who makes which visit when, when the breaks are, and what is left out and why.

Units are those of :mod:`optimizer.problem.problem`. A plan may come from the optimizer or from a person. The
constructors check its form only; :func:`optimizer.evaluation.evaluate.evaluate` says whether it is feasible.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from optimizer.problem.entities import ProblemError
from optimizer.problem.run import SolveReport


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit in a route: `arrival`, then the `start` of work (set-up first), then `departure`.

    `travel_seconds` and `distance` are those of the leg that leads here.
    """

    visit_id: str
    arrival: int
    start: int
    departure: int
    travel_seconds: int = 0
    distance: int = 0
    waiting_seconds: int = 0


@dataclass(frozen=True, slots=True)
class PlacedBreak:
    """Break number `index` of the technician, from `start` to `end`."""

    index: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Route:
    """One technician's day. It leaves the start location at `start` and reaches the end location (or leaves the last
    visit) at `end`.

    `breaks` is None where nobody has placed them; the evaluator then places them itself. `return_seconds` and
    `return_distance` are those of the leg to the end location.
    """

    technician_id: str
    stops: tuple[Stop, ...]
    start: int
    end: int
    breaks: tuple[PlacedBreak, ...] | None = None
    return_seconds: int = 0
    return_distance: int = 0

    @property
    def travel_seconds(self) -> int:
        return sum(stop.travel_seconds for stop in self.stops) + self.return_seconds

    @property
    def distance(self) -> int:
        return sum(stop.distance for stop in self.stops) + self.return_distance

    @property
    def visit_ids(self) -> tuple[str, ...]:
        return tuple(stop.visit_id for stop in self.stops)


NOT_ASKED = "not_asked"
"""The reason of an unplanned visit while nobody has looked for one. A finished plan has real reasons only."""


@dataclass(frozen=True, slots=True)
class Unplanned:
    """A visit nobody makes. `reason` is a code of `optimizer.problem.objective.REASONS` (in a part of a plan also
    NOT_ASKED), `detail` the data its sentence needs.
    """

    visit_id: str
    reason: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """Routes (at most one per technician; idle technicians need none) and the visits that are left out. `report` does
    not count in comparisons.
    """

    routes: tuple[Route, ...] = ()
    unplanned: tuple[Unplanned, ...] = ()
    report: SolveReport | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for index, route in enumerate(self.routes):
            if route.technician_id in seen:
                raise ProblemError(f"routes[{index}]", f"technician {route.technician_id!r} has two routes")
            seen.add(route.technician_id)

    @property
    def planned_count(self) -> int:
        return sum(len(route.stops) for route in self.routes)

    @property
    def travel_seconds(self) -> int:
        return sum(route.travel_seconds for route in self.routes)

    def route_of(self, technician_id: str) -> Route | None:
        return next((route for route in self.routes if route.technician_id == technician_id), None)
