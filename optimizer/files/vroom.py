"""VROOM's JSON in and out (its `docs/API.md`), with our additions; `docs/vroom.md` lists them all.

Without a top-level `weights` a file means what it means to VROOM: cost is travel time (or the vehicles' `costs`),
tasks are left out only if they must be, the highest priorities last. With `weights` the cost is the plain sum of our
terms, and `drop_cost` or the weights' price by priority says what leaving a job out costs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from optimizer.evaluation.evaluate import Evaluation
from optimizer.files.json_reader import Json
from optimizer.files.vroom_plan import read_plan
from optimizer.files.vroom_read import VroomFile, problem_from_vroom, read_problem
from optimizer.files.vroom_write import answer
from optimizer.problem import ENDLESS, Plan, Problem, Technician, TimeWindow, Visit

__all__ = [
    "VroomFile",
    "plan_from_vroom",
    "plan_to_vroom",
    "problem_from_vroom",
    "problem_to_vroom",
    "read_plan",
    "read_problem",
]


class _Names:
    """Our ids and skills as VROOM's numbers."""

    def __init__(self, problem: Problem) -> None:
        self.vehicles = {technician.id: number for number, technician in enumerate(problem.technicians, start=1)}
        self.jobs = {visit.id: number for number, visit in enumerate(problem.visits, start=1)}
        levels = {(name, level) for visit in problem.visits for name, level in visit.skills.items()}
        self.skills = {pair: number for number, pair in enumerate(sorted(levels), start=1)}

    def held(self, skills: Mapping[str, int]) -> list[int]:
        return [number for (name, level), number in self.skills.items() if skills.get(name, 0) >= level]

    def people(self, ids: frozenset[str]) -> list[int | str]:
        """Numbers of those who are vehicles, ids of those who are not."""
        return [self.vehicles.get(technician, technician) for technician in sorted(ids)]


def problem_to_vroom(problem: Problem) -> Json:
    """`problem` as VROOM's input with our additions; reading it back evaluates identically."""
    names = _Names(problem)
    horizon = max([t.latest_end for t in problem.technicians], default=0)
    document: Json = {
        "vehicles": [_vehicle_out(technician, names) for technician in problem.technicians],
        "jobs": [_job_out(visit, names, horizon) for visit in problem.visits],
        "matrices": {
            _profile(index): {"durations": roads.durations.tolist(), "distances": roads.distances.tolist()}
            for index, roads in enumerate(problem.roads)
        },
        "weights": asdict(problem.weights),
        "skill_names": {str(number): list(pair) for pair, number in names.skills.items()},
    }
    if problem.published:
        document["published"] = [
            _filled(
                {
                    "job": names.jobs[stop.visit_id],
                    "vehicle": names.vehicles.get(stop.technician_id, stop.technician_id),
                    "start": stop.start,
                    "notified": None if stop.notified is None else [stop.notified.start, stop.notified.end],
                }
            )
            for stop in problem.published
        ]
    if problem.now is not None:
        document["now"] = problem.now
    return document


def _profile(index: int) -> str:
    """A name for the roads of this number; VROOM takes `car` where a vehicle names none."""
    return f"profile {index}" if index else "car"


def _filled(values: Json) -> Json:
    """Without what is None, empty or false."""
    return {key: value for key, value in values.items() if value is not None and value is not False and value != []}


def _pairs(windows: Sequence[TimeWindow]) -> list[list[int]]:
    return [[window.start, window.end] for window in windows]


def _vehicle_out(technician: Technician, names: _Names) -> Json:
    costs = {
        "fixed": technician.fixed_cost,
        "per_hour": technician.cost_per_hour,
        "per_task_hour": technician.cost_per_task_hour,
        "per_km": technician.cost_per_km,
    }
    overtime = _filled({"from": technician.soft_end, "seconds": technician.max_overtime or None})
    return _filled(
        {
            "id": names.vehicles[technician.id],
            "external_id": technician.id,
            "description": technician.name or None,
            "profile": _profile(technician.profile) if technician.profile else None,
            "start_index": technician.start_location,
            "end_index": technician.end_location,
            "time_window": [technician.shift_start, technician.latest_end],
            "overtime": overtime or None,
            "skills": names.held(technician.skills),
            "skill_levels": dict(technician.skills) or None,
            "breaks": [
                {"id": number, "description": b.id, "service": b.duration, "time_windows": _pairs(b.windows)}
                for number, b in enumerate(technician.breaks, start=1)
            ],
            "speed_factor": None if technician.speed_factor == 1 else technician.speed_factor,
            "costs": costs if any(costs.values()) else None,
            "max_tasks": technician.max_visits,
            "max_travel_time": technician.max_travel_seconds,
            "max_distance": technician.max_distance,
            "capacity": list(technician.capacity),
            "grids": [asdict(contract) for contract in technician.grids],
            "frozen": [
                {"job": names.jobs[s.visit_id], "arrival": s.arrival, "start": s.start, "departure": s.departure}
                for s in technician.frozen
            ],
            "rating": technician.rating,
        }
    )


def _job_out(visit: Visit, names: _Names, horizon: int) -> Json:
    cut = [[0 if w.start == -ENDLESS else w.start, min(w.end, max(horizon, w.start))] for w in visit.start_windows()]
    limited = bool(visit.windows) or visit.earliest is not None or visit.pin is not None
    pin = visit.pin
    job = _filled(
        {
            "id": names.jobs[visit.id],
            "external_id": visit.id,
            "description": visit.name or None,
            "location_index": visit.location,
            "service": visit.service_seconds,
            "setup": visit.setup_seconds,
            "time_windows": (cut or _pairs(visit.windows)) if limited else None,
            "earliest": visit.earliest,
            "skills": sorted(names.skills[pair] for pair in visit.skills.items()),
            "priority": visit.priority,
            "delivery": list(visit.delivery),
            "pickup": list(visit.pickup),
            "due": visit.due,
            "due_weight": visit.due_weight,
            "drop_cost": visit.drop_cost,
            "mandatory": visit.mandatory,
            "grid": visit.grid,
            "preferred_windows": _pairs(visit.preferred_windows),
            "required_vehicles": names.people(visit.required_technicians),
            "preferred_vehicles": names.people(visit.preferred_technicians),
            "excluded_vehicles": names.people(visit.excluded_technicians),
            "pin": None
            if pin is None
            else {
                "vehicle": names.vehicles.get(pin.technician_id, pin.technician_id) if pin.technician_id else None,
                "start": pin.start,
                "position": pin.position,
            },
        }
    )
    return job | {"windows": _pairs(visit.windows)} if limited else job


def plan_to_vroom(source: VroomFile | Problem, plan: Plan, evaluation: Evaluation | None = None) -> Json:
    """`plan` as VROOM's output, for a file that was read or for the file `problem_to_vroom` makes of a problem."""
    return answer(source if isinstance(source, VroomFile) else _own_file(source), plan, evaluation)


def plan_from_vroom(source: VroomFile | Problem, document: Any) -> Plan:
    """The plan of a VROOM output that answers `source`."""
    return read_plan(source if isinstance(source, VroomFile) else _own_file(source), document)


def _own_file(problem: Problem) -> VroomFile:
    names = _Names(problem)
    horizon = max([t.latest_end for t in problem.technicians], default=0)
    return VroomFile(
        problem,
        {technician.id: _vehicle_out(technician, names) for technician in problem.technicians},
        {visit.id: _job_out(visit, names, horizon) for visit in problem.visits},
        distances=tuple(roads.distances for roads in problem.roads),
    )
