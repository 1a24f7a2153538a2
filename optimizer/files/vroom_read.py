"""Reading the problems :mod:`optimizer.files.vroom` describes: every value is checked, and what is wrong is said with
its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.files.json_reader import Node, whole, window
from optimizer.files.vroom_costs import (
    DEFAULT_HOUR_COST,
    read_tables,
    read_weights,
    scaled,
    vroom_weights,
    with_drop_prices,
)
from optimizer.files.vroom_warnings import warnings_of
from optimizer.problem import (
    ENDLESS,
    Break,
    FrozenStop,
    GridContract,
    Matrix,
    Pin,
    Problem,
    ProblemError,
    PublishedStop,
    Roads,
    Technician,
    TimeWindow,
    Visit,
    Weights,
)

HUNDREDTHS = 100
FOREVER = ENDLESS // 16
"""The end of a day whose vehicle has no `time_window`."""


@dataclass(frozen=True, slots=True)
class VroomFile:
    """A problem read from VROOM's JSON, and what its file calls things.

    `vehicles` and `jobs` hold the file's own objects by our ids, in the file's order. `lexicographic`: the file has no
    `weights`, so drops come by priority and are no part of the cost VROOM speaks of. The problem's times and costs are
    the file's times `scale`; `distances` are the file's metres by profile (none: it has
    none).
    """

    problem: Problem
    vehicles: Mapping[str, Mapping[str, Any]]
    jobs: Mapping[str, Mapping[str, Any]]
    lexicographic: bool = False
    scale: int = 1
    distances: tuple[Matrix, ...] = ()
    warnings: tuple[str, ...] = ()
    precision: int = 1
    """How many of the file's units make one of the instance it was made from."""

    def break_numbers(self, vehicle: str) -> list[Any]:
        """What the file calls a vehicle's breaks, in our order."""
        return [pause.get("id", index) for index, pause in enumerate(self.vehicles[vehicle].get("breaks") or (), 1)]


def read_problem(document: Any, weights: Weights | None = None) -> VroomFile:
    """The problem of a VROOM input; `weights` instead of the file's own.

    Raises ProblemError for what is wrong or not supported, with its place in the file.
    """
    root = Node(document, "")
    if root.array("shipments"):
        raise root.refuse(
            "shipments", "shipments (a pickup and a delivery that belong together) are not supported: give jobs"
        )
    for key in ("vehicles", "jobs"):
        if not root.has(key):
            raise root.refuse(key, f"is missing: a problem has a list of {key} (it may be empty)")
    return _Reader(root, weights).read()


def problem_from_vroom(document: Any) -> Problem:
    """The problem alone; see `read_problem`."""
    return read_problem(document).problem


class _Reader:
    def __init__(self, root: Node, weights: Weights | None) -> None:
        self.root = root
        self.vehicles, self.jobs = root.nodes("vehicles"), root.nodes("jobs")
        self.people, self.visits = _numbered(self.vehicles), _numbered(self.jobs)
        self.weighted = weights is not None or root.has("weights")
        self.given = weights
        self.priced = any(vehicle.has("costs") for vehicle in self.vehicles)
        names = root.node("skill_names") or Node({}, "")
        self.skills = {int(key): _skill(pair, names.at(key)) for key, pair in names.values.items() if key.isdecimal()}
        # VROOM counts hundredths of a second once a speed factor makes legs uneven; so do we, to agree to the second.
        uneven = not self.weighted and any(vehicle.number("speed_factor", 1.0) != 1 for vehicle in self.vehicles)
        self.scale = HUNDREDTHS if uneven else 1

    def read(self) -> VroomFile:
        self.tables = read_tables(self.root, self.vehicles, self.weighted)
        self.priced = self.priced or any(tables.costs is not None for tables in self.tables.values())
        roads, *more = (Roads(scaled(t.durations, self.scale), t.second) for t in self.tables.values())
        self.size = len(roads.durations)
        if self.given is not None:
            weights = self.given
        elif self.weighted:
            weights = read_weights(self.root.node("weights") or Node({}, ""))
        else:
            weights = vroom_weights(priced=self.priced)
        problem = Problem(
            tuple(self._technician(vehicle) for vehicle in self.vehicles),
            tuple(self._visit(job) for job in self.jobs),
            roads.durations,
            roads.distances,
            weights,
            tuple(self._published(item) for item in self.root.nodes("published")),
            self._time(self.root, "now"),
            tuple(more),
        )
        if not self.weighted:
            problem = with_drop_prices(
                problem, {self.visits[job.values["id"]] for job in self.jobs if job.has("drop_cost")}
            )
        return VroomFile(
            problem,
            dict(zip(self.people.values(), (v.values for v in self.vehicles), strict=True)),
            dict(zip(self.visits.values(), (j.values for j in self.jobs), strict=True)),
            not self.weighted,
            self.scale,
            tuple(tables.distances for tables in self.tables.values() if tables.distances is not None),
            warnings_of(self.root, self.vehicles, self.jobs, weights if self.weighted else None),
            self.root.whole("precision", 1, 1),
        )

    def _time(self, node: Node, key: str) -> int | None:
        value = node.whole(key, None)
        return None if value is None else value * self.scale

    def _seconds(self, node: Node, key: str) -> int:
        return node.whole(key, 0, 0) * self.scale

    # -- vehicles

    def _technician(self, vehicle: Node) -> Technician:
        places = [self._place(vehicle, key, "start" if key == "start_index" else "end") for key in _ENDS]
        if places == [None, None]:
            raise ProblemError(vehicle.path, "a vehicle needs start_index or end_index")
        shift = TimeWindow(0, FOREVER)
        if vehicle.has("time_window"):
            shift = window(vehicle.values["time_window"], vehicle.at("time_window"), self.scale)
        overtime = vehicle.node("overtime") or Node({}, "")
        extra = self._seconds(overtime, "seconds")
        if extra > shift.end - shift.start:
            raise overtime.refuse("seconds", "is longer than the time_window, which includes it")
        costs = vehicle.node("costs") or Node({}, "")
        hour = 0 if self.weighted or not self.priced else DEFAULT_HOUR_COST
        profile = vehicle.text("profile", "car")
        own_table = self.tables[profile].costs is not None  # in place of metres, each of which then costs 1
        speed = vehicle.number("speed_factor", 1.0, 0, 5)
        if speed <= 0:
            raise vehicle.refuse("speed_factor", "must be above 0")
        if self.scale != 1:  # VROOM's precision: two digits of 1 / speed_factor
            speed = HUNDREDTHS / max(1, int(HUNDREDTHS / speed + 0.5))
        try:
            return Technician(
                id=self.people[vehicle.values["id"]],
                name=vehicle.text("description", ""),
                shift_start=shift.start,
                shift_end=shift.end - extra,
                soft_end=self._time(overtime, "from"),
                max_overtime=extra,
                start_location=places[0],
                end_location=places[1],
                breaks=tuple(self._break(pause) for pause in vehicle.nodes("breaks")),
                skills=self._skills(vehicle) | self._levels(vehicle),
                speed_factor=speed,
                fixed_cost=costs.number("fixed", 0) * self.scale,
                cost_per_hour=0 if own_table else costs.number("per_hour", hour),
                cost_per_task_hour=costs.number("per_task_hour", 0),
                cost_per_km=(1000 if own_table else costs.number("per_km", 0)) * self.scale,
                max_visits=vehicle.whole("max_tasks", len(self.jobs), 0),
                max_travel_seconds=self._limit(vehicle, "max_travel_time", self.scale),
                max_distance=self._limit(vehicle, "max_distance", 1),
                grids=self._grids(vehicle),
                frozen=tuple(self._frozen(stop) for stop in vehicle.nodes("frozen")),
                rating=vehicle.number("rating", None),
                capacity=vehicle.wholes("capacity"),
                profile=list(self.tables).index(profile),
            )
        except ProblemError as error:
            raise _renamed(error, vehicle.path) from error

    def _limit(self, vehicle: Node, key: str, scale: int) -> int | None:
        value = vehicle.whole(key, None, 0)
        return None if value is None else value * scale

    def _place(self, node: Node, key: str, coordinates: str) -> int | None:
        node.has(coordinates)  # handed through to the answer
        place = node.whole(key, None, 0)
        if place is None:
            if node.has(coordinates):
                raise node.refuse(
                    key, f"is needed beside {coordinates}: the row of the matrices; coordinates alone are not enough"
                )
            return None
        if place >= self.size:
            raise node.refuse(key, f"{place} is not a row of the matrices, which have {self.size}")
        return place

    def _break(self, pause: Node) -> Break:
        pause.has("id")
        if pause.has("max_load"):
            raise pause.refuse("max_load", "breaks that depend on the load are not supported")
        length = self._seconds(pause, "service")
        if length == 0:
            raise pause.refuse("service", "a break lasts at least one second: leave out what takes no time")
        windows = pause.windows("time_windows", self.scale) or (TimeWindow(0, FOREVER),)
        return Break(length, windows, pause.text("description", ""))

    def _levels(self, vehicle: Node) -> dict[str, int]:
        node = vehicle.node("skill_levels")
        return {} if node is None else {name: whole(level, node.at(name), 1) for name, level in node.values.items()}

    def _grids(self, vehicle: Node) -> tuple[GridContract, ...]:
        found = []
        for index, grid in enumerate(vehicle.array("grids")):
            path = f"{vehicle.at('grids')}[{index}]"
            if not isinstance(grid, Mapping):
                found.append(GridContract(str(grid)))
                continue
            node = Node(grid, path)
            role = node.text("role", "A")
            if role not in ("A", "B"):
                raise node.refuse("role", f"{role!r} is neither A nor B")
            found.append(
                GridContract(
                    node.text("grid", ""),
                    "A" if role == "A" else "B",
                    node.number("share", 1.0, 0, 1),
                    node.number("surplus", 0.0, -1e9),
                )
            )
        return tuple(found)

    def _frozen(self, stop: Node) -> FrozenStop:
        times = [stop.whole(key, 0) * self.scale for key in ("arrival", "start", "departure")]
        return FrozenStop(self._job(stop, "job"), *times)

    # -- jobs

    def _visit(self, job: Node) -> Visit:
        if not job.has("location_index"):
            job.has("location")
            raise job.refuse("location_index", "is needed: the row of the matrices; coordinates alone are not enough")
        self._refuse_types(job)
        loads = [job.wholes(key) for key in ("delivery", "pickup")]
        if not job.has("delivery") and not job.has("pickup"):
            loads[0] = job.wholes("amount")  # VROOM's older word
        hard = "windows" if job.has("windows") else "time_windows"
        if job.has("time_windows") and not job.array("time_windows"):
            raise job.refuse("time_windows", "holds no window: leave it out where any time will do")
        drop = job.number("drop_cost", None)
        try:
            return Visit(
                id=self.visits[job.values["id"]],
                name=job.text("description", ""),
                location=self._place(job, "location_index", "location") or 0,
                service_seconds=self._seconds(job, "service"),
                setup_seconds=self._seconds(job, "setup"),
                windows=job.windows(hard, self.scale),
                preferred_windows=job.windows("preferred_windows", self.scale),
                earliest=self._time(job, "earliest"),
                due=self._time(job, "due"),
                due_weight=job.number("due_weight", 1),
                priority=job.whole("priority", 0, 0, 100),
                drop_cost=None if drop is None else drop * self.scale,
                mandatory=job.flag("mandatory"),
                skills=self._skills(job),
                required_technicians=self._who(job, "required_vehicles"),
                preferred_technicians=self._who(job, "preferred_vehicles"),
                excluded_technicians=self._who(job, "excluded_vehicles"),
                grid=job.text("grid", None),
                pin=self._pin(job.node("pin")),
                delivery=loads[0],
                pickup=loads[1],
            )
        except ProblemError as error:
            raise _renamed(error, job.path) from error

    def _refuse_types(self, job: Node) -> None:
        """Times by vehicle type are not supported; a type that no vehicle has does not matter."""
        types = {vehicle.text("type", "") for vehicle in self.vehicles}
        for key in ("service_per_type", "setup_per_type"):
            node = job.node(key)
            named = sorted(types & set(node.values)) if node is not None else []
            if node is not None and any(node.values[name] != job.get(key[:-9], 0) for name in named):
                raise job.refuse(key, "times that depend on the type of vehicle are not supported")

    def _skills(self, node: Node) -> dict[str, int]:
        skills: dict[str, int] = {}
        for value in node.wholes("skills"):
            name, level = self.skills.get(value, (str(value), 1))
            skills[name] = max(level, skills.get(name, 0))
        return skills

    def _who(self, job: Node, key: str) -> frozenset[str]:
        return frozenset(self._vehicle(item, f"{job.at(key)}[{i}]") for i, item in enumerate(job.array(key)))

    def _vehicle(self, value: Any, path: str) -> str:
        """Our id of a vehicle given by its number; a text is the id of somebody who need not be in the file."""
        if isinstance(value, str):
            return value
        name = whole(value, path)
        if name not in self.people:
            raise ProblemError(path, f"there is no vehicle {name}")
        return self.people[name]

    def _job(self, node: Node, key: str) -> str:
        value = node.whole(key, -1)
        if value not in self.visits:
            raise node.refuse(key, f"there is no job {node.get(key)}")
        return self.visits[value]

    def _pin(self, pin: Node | None) -> Pin | None:
        if pin is None:
            return None
        who = self._vehicle(pin.values["vehicle"], pin.at("vehicle")) if pin.has("vehicle") else None
        try:
            return Pin(who, self._time(pin, "start"), pin.whole("position", None))
        except ProblemError as error:
            raise error.below(pin.path) from error

    def _published(self, item: Node) -> PublishedStop:
        notified = None
        if item.has("notified"):
            notified = window(item.values["notified"], item.at("notified"), self.scale)
        who = self._vehicle(item.get("vehicle"), item.at("vehicle"))
        return PublishedStop(self._job(item, "job"), who, item.whole("start", 0) * self.scale, notified)


_ENDS = ("start_index", "end_index")
_WORDS = {
    "shift_end": "time_window",
    "service_seconds": "service",
    "setup_seconds": "setup",
    "excluded_technicians": "excluded_vehicles",
    "max_visits": "max_tasks",
    "max_travel_seconds": "max_travel_time",
    "max_overtime": "overtime.seconds",
}
"""Fields of ours by the file's keys."""


def _renamed(error: ProblemError, path: str) -> ProblemError:
    """An error of a constructor, at its place in the file; one that knows its place already stays as it is."""
    if error.path.startswith(path):
        return error
    return ProblemError(_WORDS.get(error.path, error.path), error.message).below(path)


def _numbered(nodes: list[Node]) -> dict[int, str]:
    """Our id by the file's number: `external_id` where there is one. Both must be unique."""
    numbers: dict[int, str] = {}
    known: dict[str, str] = {}
    for node in nodes:
        value = whole(node.get("id"), node.at("id"), 0, 2**64 - 1)
        name = node.text("external_id", None) or str(value)
        if value in numbers:
            raise node.refuse("id", f"{value} is the id of {known[numbers[value]]} already")
        if name in known:
            raise node.refuse("external_id", f"{name!r} is the id of {known[name]} already")
        numbers[value], known[name] = name, node.path
    return numbers


def _skill(pair: Any, path: str) -> tuple[str, int]:
    if not isinstance(pair, list | tuple) or len(pair) != 2 or not isinstance(pair[0], str):
        raise ProblemError(path, "must name a skill and its level for every number")
    return pair[0], whole(pair[1], path, 1)
