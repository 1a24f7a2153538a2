"""The problem: who works when, which visits are waiting, how far apart locations are, and what costs how much.

Every time is a whole number of seconds after an origin the caller chooses (it may be negative). Lengths are in metres.
A location is a zero-based index into the matrices. Costs have the unit that the weights give them; with the default
weights one unit is one second of travel. Constructors check what they are given and raise :class:`ProblemError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import reduce

import numpy as np
import numpy.typing as npt

from optimizer.problem.entities import ProblemError, Technician, TimeWindow, Visit, require

Matrix = npt.NDArray[np.int32]

UNREACHABLE = 2**31 - 1
"""Matrix entry of a pair without a road between them."""

NO_ROAD = 10**7
"""Seconds that stand for a missing road where legs are only compared or weighed: more than any day has."""

MAX_MATRIX_VALUE = 2**30 - 1
"""Larger entries (below UNREACHABLE) are refused: sums of a route must stay exact."""


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """How far apart the locations are for one kind of vehicle: `durations` (seconds) and `distances` (metres), both n ×
    n int32, UNREACHABLE where no road leads.
    """

    durations: Matrix
    distances: Matrix

    def __post_init__(self) -> None:
        for name in ("durations", "distances"):
            object.__setattr__(self, name, _checked_matrix(getattr(self, name), name))
        require(self.durations.shape == self.distances.shape, "distances", "has not the shape of the durations")

    def among(self, places: Sequence[int] | npt.NDArray[np.int64]) -> Roads:
        """The roads between these locations only, numbered in this order. Not checked again: they are part of checked
        ones.
        """
        corner, small = np.ix_(places, places), object.__new__(Roads)
        for name in ("durations", "distances"):
            object.__setattr__(small, name, np.ascontiguousarray(getattr(self, name)[corner]))
        return small


@dataclass(frozen=True, slots=True)
class PublishedStop:
    """What was told about a visit: its technician and start in the published plan, and the window its subscriber was
    told, if any.
    """

    visit_id: str
    technician_id: str
    start: int
    notified: TimeWindow | None = None


@dataclass(frozen=True, slots=True)
class Weights:
    """The cost of each term (`optimizer.problem.objective` has their sentences). The comments say the units."""

    travel: float = 1  # a second on the road
    distance: float = 0  # a metre on the road
    waiting: float = 0  # a second idle before a visit
    tardiness: float = 1  # times the visit's due_weight, a second late
    missed_preference: float = 900  # a visit outside its preferred windows; again for a technician not preferred
    outside_grid: float = 1200  # a visit by somebody without a contract for its grid
    imbalance_above: int = 24_300  # seconds of travel and work one person may have free of charge
    imbalance: float = 1  # a second above that
    overtime: float = 3  # a second after the soft end
    over_skilling: float = 60  # a level above what the visit asks for
    technician_cost: float = 1  # a unit of the technicians' own costs
    drop: float = 100_000  # an unplanned visit without own drop cost, times (1 + priority)
    mandatory: float = 100_000_000  # an unplanned mandatory visit
    change_technician: float = 3600  # a published visit given to somebody else, or dropped
    change_time: float = 0.5  # a second of moving a published start
    change_notified: float = 1_000_000  # a start outside the window the subscriber was told
    risk: float = 0  # a second by which the buffer before the due time is missed
    risk_buffer: int = 1800  # seconds a visit should be finished before its due time
    rolling_share: float = 0  # a visit of surplus, for each further visit in that grid

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            require(np.isfinite(value) and value >= 0, item.name, f"a weight is a number of at least 0, not {value}")


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A day to be planned.

    `durations` (seconds) and `distances` (metres) are the roads of technicians with profile 0, `more_roads` those of
    the profiles 1, 2, …; `roads` holds all of them. Nothing that is not frozen departs or starts before `now` (None:
    no such limit).
    """

    technicians: tuple[Technician, ...]
    visits: tuple[Visit, ...]
    durations: Matrix
    distances: Matrix
    weights: Weights = field(default_factory=Weights)
    published: tuple[PublishedStop, ...] = ()
    now: int | None = None
    more_roads: tuple[Roads, ...] = ()
    roads: tuple[Roads, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        first = Roads(self.durations, self.distances)
        derived = {"durations": first.durations, "distances": first.distances, "roads": (first, *self.more_roads)}
        for name, value in derived.items():
            object.__setattr__(self, name, value)
        for index, roads in enumerate(self.more_roads):
            sizes = f"has {len(roads.durations)} locations, the first roads have {len(self.durations)}"
            require(roads.durations.shape == self.durations.shape, f"more_roads[{index}]", sizes)
        self._check_technicians(len(self.durations))
        self._check_visits(len(self.durations))
        visit_ids = {visit.id for visit in self.visits}
        for index, published in enumerate(self.published):
            require(published.visit_id in visit_ids, f"published[{index}]", f"no visit {published.visit_id!r}")
        require(
            len({p.visit_id for p in self.published}) == len(self.published),
            "published",
            "one visit is published twice",
        )

    def leg(self, technician: Technician, origin: int | None, target: int | None) -> tuple[int, int] | None:
        """Seconds and metres for this technician from one location to another.

        None where no road leads. (0, 0) where one of the two is free (None).
        """
        if origin is None or target is None:
            return (0, 0)
        roads = self.roads[technician.profile]
        seconds, metres = int(roads.durations[origin, target]), int(roads.distances[origin, target])
        if UNREACHABLE in (seconds, metres):
            return None
        return (technician.travel(seconds), metres)

    def least_durations(self) -> Matrix:
        """Seconds between the locations on whichever roads are shortest, without speed factors."""
        return reduce(np.minimum, (roads.durations for roads in self.roads))

    def part(
        self,
        technicians: tuple[Technician, ...],
        visits: tuple[Visit, ...],
        published: tuple[PublishedStop, ...],
    ) -> Problem:
        """The problem of some technicians and visits, on the same roads. Not checked again: they are part of a checked
        one.
        """
        small = object.__new__(Problem)
        given = {"technicians": technicians, "visits": visits, "published": published}
        for item in fields(self):
            object.__setattr__(small, item.name, given.get(item.name, getattr(self, item.name)))
        return small

    def _check_technicians(self, size: int) -> None:
        seen: set[str] = set()
        frozen: set[str] = set()
        visit_ids = {visit.id for visit in self.visits}
        for index, technician in enumerate(self.technicians):
            path = f"technicians[{index}]"
            require(technician.id not in seen, f"{path}.id", f"two technicians have the id {technician.id!r}")
            seen.add(technician.id)
            for name in ("start_location", "end_location"):
                place = getattr(technician, name)
                require(
                    place is None or 0 <= place < size,
                    f"{path}.{name}",
                    f"{place} is not an index of the {size} locations",
                )
            profile, known = technician.profile, len(self.roads)
            require(profile < known, f"{path}.profile", f"{profile} is not an index of the {known} roads")
            for stop in technician.frozen:
                require(stop.visit_id in visit_ids, f"{path}.frozen", f"no visit {stop.visit_id!r}")
                require(
                    stop.visit_id not in frozen,
                    f"{path}.frozen",
                    f"visit {stop.visit_id!r} is frozen on two technicians",
                )
                frozen.add(stop.visit_id)

    def _check_visits(self, size: int) -> None:
        dimensions = {len(load) for v in self.visits for load in (v.delivery, v.pickup) if load}
        dimensions |= {len(t.capacity) for t in self.technicians if t.capacity}
        require(len(dimensions) <= 1, "visits", "loads and capacities must have the same number of dimensions")
        seen: set[str] = set()
        for index, visit in enumerate(self.visits):
            path = f"visits[{index}]"
            require(visit.id not in seen, f"{path}.id", f"two visits have the id {visit.id!r}")
            seen.add(visit.id)
            require(
                0 <= visit.location < size,
                f"{path}.location",
                f"{visit.location} is not an index of the {size} locations",
            )


def _checked_matrix(values: Matrix, name: str) -> Matrix:
    matrix = np.asarray(values)
    require(matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1], name, f"must be square, not {matrix.shape}")
    require(np.issubdtype(matrix.dtype, np.integer), name, f"must hold whole numbers, not {matrix.dtype}")
    wrong = (matrix < 0) | ((matrix > MAX_MATRIX_VALUE) & (matrix != UNREACHABLE))
    if wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        raise ProblemError(f"{name}[{row}][{column}]", f"{int(matrix[row, column])} is negative or too large")
    checked = (
        np.array(matrix, dtype=np.int32, order="C", copy=True)
        if matrix.dtype != np.int32
        else np.ascontiguousarray(matrix)
    )
    return checked
