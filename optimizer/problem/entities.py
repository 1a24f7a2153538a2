"""What a problem is made of: technicians with their shifts, breaks, skills and contracts; visits with their windows,
preferences and pins.

Units and errors are those of :mod:`optimizer.problem.problem`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

ENDLESS = 2**40
"""A moment later (negated: earlier) than any other."""


class ProblemError(ValueError):
    """Something in the input is wrong. `path` says where (`visits[3].windows[0]`), `message` says what."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message

    def below(self, parent: str) -> ProblemError:
        """The same error seen from the object that holds the faulty one."""
        return ProblemError(f"{parent}.{self.path}" if self.path else parent, self.message)

    def __reduce__(self) -> tuple[type[ProblemError], tuple[str, str]]:
        return (ProblemError, (self.path, self.message))


def require(condition: bool, path: str, message: str) -> None:
    if not condition:
        raise ProblemError(path, message)


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """A closed interval of allowed *start* times, in seconds."""

    start: int
    end: int

    def __post_init__(self) -> None:
        require(self.start <= self.end, "", f"the window ends ({self.end}) before it starts ({self.start})")

    def __contains__(self, moment: int) -> bool:
        return self.start <= moment <= self.end


def _check_windows(windows: tuple[TimeWindow, ...], path: str) -> None:
    for index, (before, after) in enumerate(pairwise(windows), start=1):
        require(before.end < after.start, f"{path}[{index}]", "windows must be in ascending order and must not overlap")


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
        require(self.duration > 0, "duration", "a break lasts at least one second")
        require(bool(self.windows), "windows", "a break needs at least one window for its start")
        _check_windows(self.windows, "windows")


@dataclass(frozen=True, slots=True)
class GridContract:
    """A technician's share in a grid. `surplus` is the number of visits above their agreed share in the last weeks."""

    grid: str
    role: Literal["A", "B"] = "A"
    share: float = 1.0
    surplus: float = 0.0

    def __post_init__(self) -> None:
        require(bool(self.grid), "grid", "a contract names its grid")
        require(self.role in ("A", "B"), "role", f"{self.role!r} is neither A nor B")
        require(0 <= self.share <= 1, "share", f"a share lies between 0 and 1, not {self.share}")


@dataclass(frozen=True, slots=True)
class FrozenStop:
    """A visit that is done or under way. It comes first in the route and does not move. Its times are facts or the best
    estimate.
    """

    visit_id: str
    arrival: int
    start: int
    departure: int

    def __post_init__(self) -> None:
        require(
            self.arrival <= self.start <= self.departure, "start", "arrival, start and departure must follow each other"
        )


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
        require(bool(self.id), "id", "a technician needs an id")
        require(
            self.shift_start <= self.shift_end,
            "shift_end",
            f"the shift ends ({self.shift_end}) before it starts ({self.shift_start})",
        )
        require(self.max_overtime >= 0, "max_overtime", "overtime cannot be negative")
        require(0 < self.speed_factor <= 5, "speed_factor", f"must be above 0 and at most 5, not {self.speed_factor}")
        require(self.max_visits >= 0, "max_visits", "cannot be negative")
        require(self.profile >= 0, "profile", "counts from 0")
        for name in ("max_travel_seconds", "max_distance"):
            value = getattr(self, name)
            require(value is None or value >= 0, name, "cannot be negative")
        for name in ("fixed_cost", "cost_per_hour", "cost_per_task_hour", "cost_per_km"):
            require(getattr(self, name) >= 0, name, "cannot be negative")
        check_levels(self.skills)
        require(len({c.grid for c in self.grids}) == len(self.grids), "grids", "one grid is named twice")
        require(all(c >= 0 for c in self.capacity), "capacity", "cannot be negative")
        ids = [stop.visit_id for stop in self.frozen]
        require(len(set(ids)) == len(ids), "frozen", "one visit is frozen twice")
        for index, (before, after) in enumerate(pairwise(self.frozen), start=1):
            require(
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
        """When break `index` may start: within the shift, after `now`, and after the work under way.

        Empty where the break is not due any more.
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
        """This technician's seconds for a leg of `matrix_seconds`, rounded half up."""
        return matrix_seconds if self.speed_factor == 1.0 else int(matrix_seconds / self.speed_factor + 0.5)


def check_levels(skills: Mapping[str, int]) -> None:
    for name, level in skills.items():
        require(bool(name), "skills", "a skill needs a name")
        require(level >= 1, f"skills[{name}]", f"a level is at least 1, not {level}")


@dataclass(frozen=True, slots=True)
class Pin:
    """What a dispatcher has fixed: the technician, the second of the start, the position in the route (0 first, -1
    last), or several of them.
    """

    technician_id: str | None = None
    start: int | None = None
    position: int | None = None

    def __post_init__(self) -> None:
        fixed = (self.technician_id, self.start, self.position)
        require(any(value is not None for value in fixed), "", "a pin fixes a technician, a start or a position")
        require(self.position is None or self.position >= -1, "position", "counts from 0; -1 is the last")


@dataclass(frozen=True, slots=True)
class Visit:
    """One trip to one place.

    Work starts inside one of the hard `windows` (none: any time) and never before `earliest`, the report. It takes
    `setup_seconds` and `service_seconds`; the set-up is saved where the stop before is at the same location. A visit
    that ends after `due` is late; a second costs `due_weight`. `drop_cost` is the cost of leaving the visit out (None:
    by the weights and the priority), and `mandatory` makes that cost prohibitive. `delivery` and `pickup` are loads in
    the dimensions of `Technician.capacity`.
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
        require(bool(self.id), "id", "a visit needs an id")
        require(self.service_seconds >= 0, "service_seconds", "cannot be negative")
        require(self.setup_seconds >= 0, "setup_seconds", "cannot be negative")
        require(self.due_weight >= 0, "due_weight", "cannot be negative")
        require(0 <= self.priority <= 100, "priority", f"lies between 0 and 100, not {self.priority}")
        require(self.drop_cost is None or self.drop_cost >= 0, "drop_cost", "cannot be negative")
        _check_windows(self.windows, "windows")
        _check_windows(self.preferred_windows, "preferred_windows")
        check_levels(self.skills)
        both = self.required_technicians & self.excluded_technicians
        require(not both, "excluded_technicians", f"{', '.join(sorted(both))} is required and excluded")
        require(all(a >= 0 for a in self.delivery + self.pickup), "delivery", "loads cannot be negative")

    def start_windows(self) -> tuple[TimeWindow, ...]:
        """The hard windows, cut to `earliest` and the pinned start. May be empty. Without any limit: one endless
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
