"""The problem: who works when, which visits wait, how far apart things are, and what counts.

Every time is an integer number of seconds after an origin the caller chooses (it may be negative), every length is in
metres, every location is a zero-based index into the matrices. Costs have the unit the weights give them; with
the default weights one unit is one second of travel. Constructors check what they are given and raise
:class:`ProblemError`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import reduce
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.int32]

UNREACHABLE = 2**31 - 1
"""Matrix entry of a pair without a road between them."""

ENDLESS = 2**40
"""A moment later (negated: earlier) than any other."""

MAX_MATRIX_VALUE = 2**30 - 1
"""Larger entries (below UNREACHABLE) are refused: sums of a route must stay exact."""


class ProblemError(ValueError):
    """Something in the input is wrong. `path` says where (`visits[3].windows[0]`), `message` what and in words."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message

    def below(self, parent: str) -> ProblemError:
        """The same error seen from the object that holds the faulty one."""
        return ProblemError(f"{parent}.{self.path}" if self.path else parent, self.message)

    def __reduce__(self) -> tuple[type[ProblemError], tuple[str, str]]:
        return (ProblemError, (self.path, self.message))


def _require(condition: bool, path: str, message: str) -> None:
    if not condition:
        raise ProblemError(path, message)


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """A closed interval of allowed *start* times, in seconds."""

    start: int
    end: int

    def __post_init__(self) -> None:
        _require(self.start <= self.end, "", f"the window ends ({self.end}) before it starts ({self.start})")

    def __contains__(self, moment: int) -> bool:
        return self.start <= moment <= self.end


def _check_windows(windows: tuple[TimeWindow, ...], path: str) -> None:
    for index, (before, after) in enumerate(pairwise(windows), start=1):
        _require(
            before.end < after.start, f"{path}[{index}]", "windows must be in ascending order and must not overlap"
        )


@dataclass(frozen=True, slots=True)
class Break:
    """A pause of `duration` seconds whose start lies in one of `windows`.

    It may be taken anywhere, also on the way, but never while a visit is worked on. It is due only on a day with
    visits, and only if one of its windows touches the shift.
    """

    duration: int
    windows: tuple[TimeWindow, ...]
    id: str = ""

    def __post_init__(self) -> None:
        _require(self.duration > 0, "duration", "a break lasts at least one second")
        _require(bool(self.windows), "windows", "a break needs at least one window for its start")
        _check_windows(self.windows, "windows")


@dataclass(frozen=True, slots=True)
class GridContract:
    """A technician's share in a grid. `surplus` is by how many visits they are above their agreed share of the last
    weeks.
    """

    grid: str
    role: Literal["A", "B"] = "A"
    share: float = 1.0
    surplus: float = 0.0

    def __post_init__(self) -> None:
        _require(bool(self.grid), "grid", "a contract names its grid")
        _require(self.role in ("A", "B"), "role", f"{self.role!r} is neither A nor B")
        _require(0 <= self.share <= 1, "share", f"a share lies between 0 and 1, not {self.share}")


@dataclass(frozen=True, slots=True)
class FrozenStop:
    """A visit that is done or under way: it opens the route, unmoved. Its times are facts or the best estimate."""

    visit_id: str
    arrival: int
    start: int
    departure: int

    def __post_init__(self) -> None:
        _require(
            self.arrival <= self.start <= self.departure, "start", "arrival, start and departure must follow each other"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """How far apart the places are for one kind of vehicle: `durations` (seconds) and `distances` (metres), n × n
    int32, UNREACHABLE where no road leads.
    """

    durations: Matrix
    distances: Matrix

    def __post_init__(self) -> None:
        for name in ("durations", "distances"):
            object.__setattr__(self, name, _checked_matrix(getattr(self, name), name))
        _require(self.durations.shape == self.distances.shape, "distances", "has not the shape of the durations")

    def among(self, places: Sequence[int] | npt.NDArray[np.int64]) -> Roads:
        """The roads among these places alone, which are numbered anew in this order; unchecked: they are part of
        checked ones.
        """
        corner, small = np.ix_(places, places), object.__new__(Roads)
        for name in ("durations", "distances"):
            object.__setattr__(small, name, np.ascontiguousarray(getattr(self, name)[corner]))
        return small


@dataclass(frozen=True, slots=True)
class Technician:
    """One person's working day.

    The day begins no earlier than `shift_start` at `start_location` (None: wherever the first visit is) and ends at
    `end_location` (None: wherever the last visit is) no later than `shift_end + max_overtime`. Work after `soft_end`
    (None: `shift_end`) is overtime. `profile` says which of the problem's `roads` they drive on; a travel time is
    its matrix's divided by `speed_factor`. `cost_per_hour` counts travel, `cost_per_task_hour` set-up and service.
    """

    id: str
    shift_start: int
    shift_end: int
    start_location: int | None
    end_location: int | None = None
    soft_end: int | None = None
    max_overtime: int = 0
    breaks: tuple[Break, ...] = ()
    skills: Mapping[str, int] = field(default_factory=dict)
    speed_factor: float = 1.0
    fixed_cost: float = 0
    cost_per_hour: float = 0
    cost_per_task_hour: float = 0
    cost_per_km: float = 0
    max_visits: int = 12
    max_travel_seconds: int | None = None
    max_distance: int | None = None
    grids: tuple[GridContract, ...] = ()
    frozen: tuple[FrozenStop, ...] = ()
    rating: float | None = None
    capacity: tuple[int, ...] = ()
    name: str = ""
    profile: int = 0

    def __post_init__(self) -> None:
        _require(bool(self.id), "id", "a technician needs an id")
        _require(
            self.shift_start <= self.shift_end,
            "shift_end",
            f"the shift ends ({self.shift_end}) before it starts ({self.shift_start})",
        )
        _require(self.max_overtime >= 0, "max_overtime", "overtime cannot be negative")
        _require(0 < self.speed_factor <= 5, "speed_factor", f"must be above 0 and at most 5, not {self.speed_factor}")
        _require(self.max_visits >= 0, "max_visits", "cannot be negative")
        _require(self.profile >= 0, "profile", "counts from 0")
        for name in ("max_travel_seconds", "max_distance"):
            value = getattr(self, name)
            _require(value is None or value >= 0, name, "cannot be negative")
        for name in ("fixed_cost", "cost_per_hour", "cost_per_task_hour", "cost_per_km"):
            _require(getattr(self, name) >= 0, name, "cannot be negative")
        _check_levels(self.skills)
        _require(len({c.grid for c in self.grids}) == len(self.grids), "grids", "one grid is named twice")
        _require(all(c >= 0 for c in self.capacity), "capacity", "cannot be negative")
        ids = [stop.visit_id for stop in self.frozen]
        _require(len(set(ids)) == len(ids), "frozen", "one visit is frozen twice")
        for index, (before, after) in enumerate(pairwise(self.frozen), start=1):
            _require(
                before.departure <= after.start, f"frozen[{index}].start", "starts before the stop before it is left"
            )

    @property
    def latest_end(self) -> int:
        """The hard end of the day."""
        return self.shift_end + self.max_overtime

    @property
    def overtime_from(self) -> int:
        return self.shift_end if self.soft_end is None else self.soft_end

    def break_windows(self, index: int, now: int | None = None) -> tuple[TimeWindow, ...]:
        """When break `index` may start: within the shift, after `now` and after the work under way.

        Empty where the break does not apply (any more).
        """
        pause = self.breaks[index]
        low, high = self.shift_start, self.latest_end - pause.duration
        if now is not None:
            low = max(low, now)
        if self.frozen:
            low = max(low, self.frozen[-1].departure)
        return tuple(
            TimeWindow(max(w.start, low), min(w.end, high))
            for w in pause.windows
            if max(w.start, low) <= min(w.end, high)
        )

    def travel(self, matrix_seconds: int) -> int:
        """This person's seconds for a leg of `matrix_seconds` (rounded half up)."""
        return matrix_seconds if self.speed_factor == 1.0 else int(matrix_seconds / self.speed_factor + 0.5)


def _check_levels(skills: Mapping[str, int]) -> None:
    for name, level in skills.items():
        _require(bool(name), "skills", "a skill needs a name")
        _require(level >= 1, f"skills[{name}]", f"a level is at least 1, not {level}")


@dataclass(frozen=True, slots=True)
class Pin:
    """What a person has fixed: the technician, the second of the start, the place in the route (0 first, -1 last), or
    several.
    """

    technician_id: str | None = None
    start: int | None = None
    position: int | None = None

    def __post_init__(self) -> None:
        fixed = (self.technician_id, self.start, self.position)
        _require(any(value is not None for value in fixed), "", "a pin fixes a technician, a start or a position")
        _require(self.position is None or self.position >= -1, "position", "counts from 0; -1 is the last")


@dataclass(frozen=True, slots=True)
class Visit:
    """One trip to one place.

    Work starts inside one of the hard `windows` (none: any time), never before `earliest` (the report). It takes
    `setup_seconds`, saved where the place before is the same location, and `service_seconds`. Late is what ends after
    `due`: `due_weight` a second. `drop_cost` is the price of leaving it out (None: the weights' price by priority);
    `mandatory` makes that price prohibitive. `delivery` and `pickup` are loads in the dimensions of
    `Technician.capacity`.
    """

    id: str
    location: int
    service_seconds: int
    setup_seconds: int = 0
    windows: tuple[TimeWindow, ...] = ()
    preferred_windows: tuple[TimeWindow, ...] = ()
    earliest: int | None = None
    due: int | None = None
    due_weight: float = 1
    priority: int = 0
    drop_cost: float | None = None
    mandatory: bool = False
    skills: Mapping[str, int] = field(default_factory=dict)
    required_technicians: frozenset[str] = frozenset()
    preferred_technicians: frozenset[str] = frozenset()
    excluded_technicians: frozenset[str] = frozenset()
    grid: str | None = None
    pin: Pin | None = None
    delivery: tuple[int, ...] = ()
    pickup: tuple[int, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        _require(bool(self.id), "id", "a visit needs an id")
        _require(self.service_seconds >= 0, "service_seconds", "cannot be negative")
        _require(self.setup_seconds >= 0, "setup_seconds", "cannot be negative")
        _require(self.due_weight >= 0, "due_weight", "cannot be negative")
        _require(0 <= self.priority <= 100, "priority", f"lies between 0 and 100, not {self.priority}")
        _require(self.drop_cost is None or self.drop_cost >= 0, "drop_cost", "cannot be negative")
        _check_windows(self.windows, "windows")
        _check_windows(self.preferred_windows, "preferred_windows")
        _check_levels(self.skills)
        both = self.required_technicians & self.excluded_technicians
        _require(not both, "excluded_technicians", f"{', '.join(sorted(both))} is required and excluded")
        _require(all(a >= 0 for a in self.delivery + self.pickup), "delivery", "loads cannot be negative")

    def start_windows(self) -> tuple[TimeWindow, ...]:
        """The hard windows cut to `earliest` and the pinned start; may be empty. No window and no limit: one endless
        window.
        """
        windows = self.windows or (TimeWindow(-ENDLESS, ENDLESS),)
        low = -ENDLESS if self.earliest is None else self.earliest
        high = ENDLESS
        if self.pin is not None and self.pin.start is not None:
            low, high = max(low, self.pin.start), min(high, self.pin.start)
        return tuple(
            TimeWindow(max(w.start, low), min(w.end, high)) for w in windows if max(w.start, low) <= min(w.end, high)
        )


@dataclass(frozen=True, slots=True)
class PublishedStop:
    """Where a visit stands in the plan people already hold, and the window its subscriber was told, if any."""

    visit_id: str
    technician_id: str
    start: int
    notified: TimeWindow | None = None


@dataclass(frozen=True, slots=True)
class Weights:
    """The price of each term (`optimizer.objective` says each in a sentence). Units are in the names' comments."""

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
            _require(np.isfinite(value) and value >= 0, item.name, f"a weight is a number of at least 0, not {value}")


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
            _require(roads.durations.shape == self.durations.shape, f"more_roads[{index}]", sizes)
        self._check_technicians(len(self.durations))
        self._check_visits(len(self.durations))
        visit_ids = {visit.id for visit in self.visits}
        for index, published in enumerate(self.published):
            _require(published.visit_id in visit_ids, f"published[{index}]", f"no visit {published.visit_id!r}")
        _require(
            len({p.visit_id for p in self.published}) == len(self.published),
            "published",
            "one visit is published twice",
        )

    def leg(self, technician: Technician, origin: int | None, target: int | None) -> tuple[int, int] | None:
        """Seconds and metres for this technician from one location to another.

        None: there is no road. (0, 0): one of the two ends is free (None).
        """
        if origin is None or target is None:
            return (0, 0)
        roads = self.roads[technician.profile]
        seconds, metres = int(roads.durations[origin, target]), int(roads.distances[origin, target])
        if UNREACHABLE in (seconds, metres):
            return None
        return (technician.travel(seconds), metres)

    def least_durations(self) -> Matrix:
        """Seconds between the places on whichever roads are shortest, by the matrices."""
        return reduce(np.minimum, (roads.durations for roads in self.roads))

    def part(
        self,
        technicians: tuple[Technician, ...],
        visits: tuple[Visit, ...],
        published: tuple[PublishedStop, ...],
    ) -> Problem:
        """Some of the technicians and visits on the same roads, unchecked: they were checked with the whole."""
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
            _require(technician.id not in seen, f"{path}.id", f"two technicians have the id {technician.id!r}")
            seen.add(technician.id)
            for name in ("start_location", "end_location"):
                place = getattr(technician, name)
                _require(
                    place is None or 0 <= place < size,
                    f"{path}.{name}",
                    f"{place} is not an index of the {size} locations",
                )
            profile, known = technician.profile, len(self.roads)
            _require(profile < known, f"{path}.profile", f"{profile} is not an index of the {known} roads")
            for stop in technician.frozen:
                _require(stop.visit_id in visit_ids, f"{path}.frozen", f"no visit {stop.visit_id!r}")
                _require(
                    stop.visit_id not in frozen,
                    f"{path}.frozen",
                    f"visit {stop.visit_id!r} is frozen on two technicians",
                )
                frozen.add(stop.visit_id)

    def _check_visits(self, size: int) -> None:
        dimensions = {len(load) for v in self.visits for load in (v.delivery, v.pickup) if load}
        dimensions |= {len(t.capacity) for t in self.technicians if t.capacity}
        _require(len(dimensions) <= 1, "visits", "loads and capacities must have the same number of dimensions")
        seen: set[str] = set()
        for index, visit in enumerate(self.visits):
            path = f"visits[{index}]"
            _require(visit.id not in seen, f"{path}.id", f"two visits have the id {visit.id!r}")
            seen.add(visit.id)
            _require(
                0 <= visit.location < size,
                f"{path}.location",
                f"{visit.location} is not an index of the {size} locations",
            )


def _checked_matrix(values: Matrix, name: str) -> Matrix:
    matrix = np.asarray(values)
    _require(matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1], name, f"must be square, not {matrix.shape}")
    _require(np.issubdtype(matrix.dtype, np.integer), name, f"must hold whole numbers, not {matrix.dtype}")
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
