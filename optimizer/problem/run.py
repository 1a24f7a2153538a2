"""One run of the solver: when it stops, how far it is, and how its plan came about.

Whoever starts a run, watches it or stores its report needs these alone; they load neither numba nor OR-Tools.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from optimizer.problem.entities import ProblemError


@dataclass(frozen=True, slots=True)
class StopRule:
    """When to stop: after `seconds` of wall time, after `iterations` of the search, or whichever comes first.

    With iterations alone the result is the same on every machine. Raises ProblemError for a rule without an end.
    """

    seconds: float | None = None
    iterations: int | None = None

    def __post_init__(self) -> None:
        if self.seconds is None and self.iterations is None:
            raise ProblemError("stop", "a stop rule needs seconds or iterations")
        if self.seconds is not None and self.seconds <= 0:
            raise ProblemError("stop.seconds", "must be above 0")
        if self.iterations is not None and self.iterations < 0:
            raise ProblemError("stop.iterations", "cannot be negative")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. `phase` is start, insert, search, ortools or done; `elapsed` is in seconds; `cost` is the
    solver's own best so far; `planned` of `visits` are in a route. `left` is how many seconds the limit leaves.
    `best` is the best plan so far as `optimizer.problem.kept` packs it, in some of the reports only.
    """

    phase: str
    elapsed: float
    cost: float
    planned: int
    visits: int
    iterations: int = 0
    left: float | None = None
    best: bytes | None = None


@dataclass(frozen=True, slots=True)
class OrToolsReport:
    """What OR-Tools did: groups solved, answers taken over, the cost of the whole plan before and after, wall seconds,
    and how many routes passed through it.
    """

    groups: int = 0
    accepted: int = 0
    cost_before: float = 0
    cost_after: float = 0
    seconds: float = 0
    routes_seen: int = 0


@dataclass(frozen=True, slots=True)
class SolveReport:
    """How a plan came about. `seconds` is wall time by phase; `cost_seed` is the cost of the first greedy plan."""

    seed: int = 0
    iterations: int = 0
    wall_seconds: float = 0
    seconds: Mapping[str, float] = field(default_factory=dict)
    cost_seed: float = 0
    cost: float = 0
    ortools: OrToolsReport = field(default_factory=OrToolsReport)
