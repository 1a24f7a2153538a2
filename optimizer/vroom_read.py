"""Reading what :mod:`optimizer.vroom_json` describes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from optimizer.plan import PlacedBreak, Plan, Route, Stop, Unplanned
from optimizer.problem import (
    ENDLESS,
    UNREACHABLE,
    Break,
    FrozenStop,
    GridContract,
    Matrix,
    Pin,
    Problem,
    ProblemError,
    PublishedStop,
    Technician,
    TimeWindow,
    Visit,
    Weights,
)

Json = dict[str, Any]
REFUSED_VEHICLE_KEYS = ("type", "speed_factors")
REFUSED_JOB_KEYS = ("service_per_type", "setup_per_type")
DEFAULT_HOUR_COST = 3600


def problem_from_vroom(document: Mapping[str, Any]) -> Problem:
    """The problem of a VROOM input. Raises ProblemError for what is wrong or not supported."""
    if document.get("shipments"):
        raise ProblemError("shipments", "shipments (a pickup and a delivery that belong together) are not supported")
    vehicles, jobs = _list(document, "vehicles"), _list(document, "jobs")
    durations, distances = _matrices(document, vehicles)
    people = {_number(v, f"vehicles[{i}]"): str(v.get("external_id", v["id"])) for i, v in enumerate(vehicles)}
    visits = {_number(j, f"jobs[{i}]"): str(j.get("external_id", j["id"])) for i, j in enumerate(jobs)}
    weighted = "weights" in document
    skills = {int(number): (str(n), int(level)) for number, (n, level) in document.get("skill_names", {}).items()}
    priced = any(vehicle.get("costs") for vehicle in vehicles)
    reader = _Reader(people, visits, skills, weighted, priced, len(jobs))
    weights = _weights(document["weights"]) if weighted else _vroom_weights(priced)
    price = 0 if weighted else _drop_price(durations, vehicles, len(jobs) + len(vehicles))
    return Problem(
        tuple(reader.technician(vehicle, f"vehicles[{i}]") for i, vehicle in enumerate(vehicles)),
        tuple(reader.visit(job, f"jobs[{i}]", price) for i, job in enumerate(jobs)),
        durations,
        distances,
        weights,
        tuple(
            PublishedStop(
                visits[item["job"]],
                people.get(item["vehicle"], str(item["vehicle"])),
                item["start"],
                TimeWindow(*item["notified"]) if item.get("notified") else None,
            )
            for item in document.get("published", ())
        ),
        document.get("now"),
    )


def _list(document: Mapping[str, Any], key: str) -> list[Json]:
    value = document.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ProblemError(key, "must be a list of objects")
    return value


def _number(item: Json, path: str) -> int:
    if not isinstance(item.get("id"), int):
        raise ProblemError(f"{path}.id", "an id is a whole number")
    return int(item["id"])


def _matrices(document: Mapping[str, Any], vehicles: list[Json]) -> tuple[Matrix, Matrix]:
    profiles = {vehicle.get("profile", "car") for vehicle in vehicles}
    if len(profiles) > 1:
        raise ProblemError("vehicles", f"several profiles ({', '.join(sorted(profiles))}) are not supported")
    profile = next(iter(profiles), "car")
    matrices = document.get("matrices", {})
    if "matrix" in document:  # VROOM's older form
        matrices = {profile: {"durations": document["matrix"]}}
    if profile not in matrices or "durations" not in matrices.get(profile, {}):
        raise ProblemError(
            "matrices", f"travel times of profile {profile!r} are needed: coordinates alone are not enough"
        )
    durations = _matrix(matrices[profile]["durations"], f"matrices.{profile}.durations")
    if "distances" in matrices[profile]:
        return durations, _matrix(matrices[profile]["distances"], f"matrices.{profile}.distances")
    return durations, np.where(durations == UNREACHABLE, UNREACHABLE, 0).astype(np.int32)


def _matrix(rows: Any, path: str) -> Matrix:
    try:
        values = np.array(rows, dtype=np.int64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ProblemError(path, f"is not a table of whole numbers ({error})") from error
    if values.ndim != 2 or values.shape[0] != values.shape[1]:
        raise ProblemError(path, f"must be square, not {values.shape}")
    if (values > UNREACHABLE).any():
        values[values > UNREACHABLE] = UNREACHABLE
    return np.ascontiguousarray(values.astype(np.int32))


def _weights(values: Mapping[str, Any]) -> Weights:
    """The weights of a file; `imbalance` may also be {above, per_second}. Unnamed ones are zero."""
    known = {item.name for item in fields(Weights)}
    given = dict(values)
    if isinstance(given.get("imbalance"), Mapping):
        nested = given.pop("imbalance")
        given |= {"imbalance_above": nested.get("above", 0), "imbalance": nested.get("per_second", 0)}
    for name in given:
        if name not in known:
            raise ProblemError(f"weights.{name}", f"there is no such weight; known are {', '.join(sorted(known))}")
    empty: dict[str, Any] = dict.fromkeys(known, 0)
    return Weights(**(empty | given))


def _vroom_weights(priced: bool) -> Weights:
    empty: dict[str, Any] = {item.name: 0 for item in fields(Weights)}
    return Weights(**(empty | {"travel": 0 if priced else 1, "technician_cost": 1, "imbalance_above": ENDLESS}))


def _drop_price(durations: Matrix, vehicles: list[Json], tasks: int) -> int:
    """More than any plan can cost, so that leaving one job out is never cheaper than a way to do it."""
    longest = int(durations[durations != UNREACHABLE].max(initial=1))
    dearest = max([v.get("costs", {}).get("per_hour", DEFAULT_HOUR_COST) for v in vehicles], default=1) / 3600
    fixed = sum(v.get("costs", {}).get("fixed", 0) for v in vehicles)
    return int(longest * max(1, dearest) * (tasks + len(vehicles)) + fixed) + 1


class _Reader:
    def __init__(
        self,
        people: dict[int, str],
        visits: dict[int, str],
        skills: dict[int, tuple[str, int]],
        weighted: bool,
        priced: bool,
        jobs: int,
    ) -> None:
        self.people, self.visits, self.skills = people, visits, skills
        self.weighted, self.priced, self.jobs = weighted, priced, jobs

    def technician(self, vehicle: Json, path: str) -> Technician:
        for key in REFUSED_VEHICLE_KEYS:
            if key in vehicle:
                raise ProblemError(f"{path}.{key}", "is not supported")
        if vehicle.get("start_index") is None and vehicle.get("end_index") is None:
            raise ProblemError(path, "a vehicle needs start_index or end_index")
        begin, end = vehicle.get("time_window", (0, ENDLESS // 4))
        overtime = vehicle.get("overtime", {})
        extra = int(overtime.get("seconds", 0))
        costs = vehicle.get("costs", {})
        hour = 0 if self.weighted or not self.priced else DEFAULT_HOUR_COST
        try:
            return Technician(
                id=str(vehicle.get("external_id", vehicle["id"])),
                name=str(vehicle.get("description", "")),
                shift_start=begin,
                shift_end=end - extra,
                soft_end=overtime.get("from"),
                max_overtime=extra,
                start_location=vehicle.get("start_index"),
                end_location=vehicle.get("end_index"),
                breaks=tuple(self._break(item, f"breaks[{i}]") for i, item in enumerate(vehicle.get("breaks", ()))),
                skills=vehicle.get("skill_levels") or self._skills(vehicle.get("skills", ())),
                speed_factor=vehicle.get("speed_factor", 1.0),
                fixed_cost=costs.get("fixed", 0),
                cost_per_hour=costs.get("per_hour", hour),
                cost_per_task_hour=costs.get("per_task_hour", 0),
                cost_per_km=costs.get("per_km", 0),
                max_visits=vehicle.get("max_tasks", self.jobs),
                max_travel_seconds=vehicle.get("max_travel_time"),
                max_distance=vehicle.get("max_distance"),
                grids=tuple(
                    GridContract(**grid) if isinstance(grid, dict) else GridContract(str(grid))
                    for grid in vehicle.get("grids", ())
                ),
                frozen=tuple(
                    FrozenStop(self.visits[f["job"]], f["arrival"], f["start"], f["departure"])
                    for f in vehicle.get("frozen", ())
                ),
                rating=vehicle.get("rating"),
                capacity=tuple(vehicle.get("capacity", ())),
            )
        except ProblemError as error:
            raise error.below(path) from error

    def _break(self, item: Json, path: str) -> Break:
        if "max_load" in item:
            raise ProblemError(f"{path}.max_load", "is not supported")
        windows = _windows(item.get("time_windows", [[0, ENDLESS // 4]]), f"{path}.time_windows")
        return Break(item.get("service", 0), windows, str(item.get("description", item.get("id", ""))))

    def _skills(self, numbers: Sequence[int]) -> dict[str, int]:
        skills: dict[str, int] = {}
        for number in numbers:
            name, level = self.skills.get(number, (str(number), 1))
            skills[name] = max(level, skills.get(name, 0))
        return skills

    def _who(self, items: Sequence[Any]) -> frozenset[str]:
        return frozenset(self.people.get(item, str(item)) for item in items)

    def visit(self, job: Json, path: str, price: int) -> Visit:
        for key in REFUSED_JOB_KEYS:
            if key in job:
                raise ProblemError(f"{path}.{key}", "is not supported")
        if not isinstance(job.get("location_index"), int):
            raise ProblemError(f"{path}.location_index", "is needed: coordinates alone are not enough")
        priority = job.get("priority", 0)
        drop = job.get("drop_cost")
        if drop is None and not self.weighted:  # priorities first, then the number of jobs, then the cost
            drop = price * (1 + priority * (self.jobs + 1))
        raw = job.get("windows", job.get("time_windows", []))
        pin = job.get("pin")
        try:
            return Visit(
                id=str(job.get("external_id", job["id"])),
                name=str(job.get("description", "")),
                location=job["location_index"],
                service_seconds=job.get("service", 0),
                setup_seconds=job.get("setup", 0),
                windows=_windows(raw, "time_windows"),
                preferred_windows=_windows(job.get("preferred_windows", []), "preferred_windows"),
                earliest=job.get("earliest"),
                due=job.get("due"),
                due_weight=job.get("due_weight", 1),
                priority=priority,
                drop_cost=drop,
                mandatory=job.get("mandatory", False),
                skills=self._skills(job.get("skills", ())),
                required_technicians=self._who(job.get("required_vehicles", ())),
                preferred_technicians=self._who(job.get("preferred_vehicles", ())),
                excluded_technicians=self._who(job.get("excluded_vehicles", ())),
                grid=job.get("grid"),
                pin=None if pin is None else self._pin(pin),
                delivery=tuple(job.get("delivery") or job.get("amount") or ()),
                pickup=tuple(job.get("pickup", ())),
            )
        except ProblemError as error:
            raise error.below(path) from error

    def _pin(self, pin: Json) -> Pin:
        vehicle = pin.get("vehicle")
        who = None if vehicle is None else self.people.get(vehicle, str(vehicle))
        return Pin(who, pin.get("start"), pin.get("position"))


def _windows(pairs: Any, path: str) -> tuple[TimeWindow, ...]:
    windows = []
    for index, pair in enumerate(pairs):
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise ProblemError(f"{path}[{index}]", "a time window is [start, end]")
        try:
            windows.append(TimeWindow(*pair))
        except ProblemError as error:
            raise error.below(f"{path}[{index}]") from error
    return tuple(windows)


def read_plan(inputs: Mapping[str, Any], document: Mapping[str, Any]) -> Plan:
    """The plan of a VROOM output, with the numbers of the VROOM input it answers."""
    people = {v["id"]: str(v.get("external_id", v["id"])) for v in inputs.get("vehicles", ())}
    visits = {j["id"]: str(j.get("external_id", j["id"])) for j in inputs.get("jobs", ())}
    return plan_in(document, people, visits)


def plan_in(document: Mapping[str, Any], people: Mapping[int, str], visits: Mapping[int, str]) -> Plan:
    if document.get("code", 0) != 0:
        raise ProblemError("code", f"the answer reports an error: {document.get('error', document['code'])}")
    routes = tuple(_route_in(route, people, visits) for route in document.get("routes", ()))
    unplanned = tuple(
        Unplanned(visits.get(item["id"], str(item["id"])), item.get("reason", "all_full"), item.get("detail", {}))
        for item in document.get("unassigned", ())
    )
    return Plan(routes, unplanned)


def _route_in(route: Json, people: Mapping[int, str], visits: Mapping[int, str]) -> Route:
    steps = route["steps"]
    stops: list[Stop] = []
    breaks: list[PlacedBreak] = []
    driven = metres = 0
    for step in steps:
        if step["type"] == "break":
            begin = step["arrival"] + step.get("waiting_time", 0)
            breaks.append(PlacedBreak(step.get("id", 1) - 1, begin, begin + step.get("service", 0)))
        elif step["type"] == "job":
            begin = step.get("starts_at", step["arrival"] + step.get("waiting_time", 0))
            length = step.get("setup", 0) + step.get("service", 0)
            leg = step.get("leg_duration", step.get("duration", 0) - driven)
            far = step.get("leg_distance", step.get("distance", 0) - metres)
            job = step.get("id", step.get("job"))
            stops.append(
                Stop(
                    visits.get(job, str(job)),
                    step["arrival"],
                    begin,
                    begin + length,
                    leg,
                    far,
                    step.get("waiting_time", 0),
                )
            )
        driven, metres = step.get("duration", driven), step.get("distance", metres)
    first, last = steps[0], steps[-1]
    begin = first["arrival"] if first["type"] == "start" else stops[0].start
    end = last["arrival"] if last["type"] == "end" else stops[-1].departure
    back = last.get("duration", 0) - sum(stop.travel_seconds for stop in stops) if last["type"] == "end" else 0
    far = last.get("distance", 0) - sum(stop.distance for stop in stops) if last["type"] == "end" else 0
    placed = tuple(breaks) if route.get("breaks_placed", True) else None
    who = people.get(route["vehicle"], str(route["vehicle"]))
    return Route(who, tuple(stops), begin, end, placed, back, far)
