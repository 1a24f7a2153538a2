"""VROOM's JSON in and out (its `docs/API.md`), with our additions.

Without a top-level `weights` a file means what it means to VROOM: cost is travel time (or the vehicles' `costs`),
tasks are left out only if they must be, the highest priorities last. With `weights` the cost is the plain sum of our
terms, and `drop_cost` or the weights' price by priority says what leaving a job out costs.

Additions, all optional. Ids are ours where `external_id` is given; vehicles and jobs are named by VROOM's numbers
everywhere else.

- top level: `weights` (the fields of `Weights`), `skill_names` (VROOM's number → [skill, level]), `published`
  [{job, vehicle, start, notified}], `now`
- jobs: `external_id`, `earliest`, `windows` (the hard windows before `earliest` and a pin cut them to
`time_windows`), `due`, `due_weight`, `drop_cost`, `mandatory`, `grid`, `preferred_windows`, `required_vehicles`,
`preferred_vehicles`, `excluded_vehicles`, `pin` {vehicle, start, position}
- vehicles: `external_id`, `grids` (names, or {grid, role, share, surplus}), `overtime` {from, seconds} (`time_window`
then includes the overtime), `skill_levels`, `frozen` [{job, arrival, start, departure}], `rating`
- answers: `starts_at` of a job step, `reason` and `detail` of an unassigned job, `terms` of the summary

Not supported, and refused by name: shipments, coordinates without matrices, several profiles, service or set-up by
vehicle type, `max_load` of breaks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from optimizer.evaluate import evaluate
from optimizer.plan import PlacedBreak, Plan, Route, Stop
from optimizer.problem import ENDLESS, Problem, Technician, TimeWindow, Visit
from optimizer.vroom_read import Json, plan_in, problem_from_vroom, read_plan

__all__ = ["plan_from_vroom", "plan_to_vroom", "problem_from_vroom", "problem_to_vroom", "read_plan"]


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
        "matrices": {"car": {"durations": problem.durations.tolist(), "distances": problem.distances.tolist()}},
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


def plan_to_vroom(problem: Problem, plan: Plan) -> Json:
    """`plan` as VROOM's output: `code, summary, routes, unassigned`."""
    names = _Names(problem)
    evaluation = evaluate(problem, plan)
    routes = [_route_out(problem, route, names, evaluation) for route in plan.routes if route.stops]
    cost = evaluation.total
    sums = ("setup", "service", "duration", "distance", "waiting_time", "priority")
    visits = {visit.id: visit for visit in problem.visits}
    return {
        "code": 0,
        "summary": {
            "cost": cost,
            "routes": len(routes),
            "unassigned": len(plan.unplanned),
            **{key: sum(route[key] for route in routes) for key in sums},
            "violations": [_violation_out(item, names) for item in evaluation.violations],
            "terms": {name: value for name, value in evaluation.cost.items() if value},
        },
        "unassigned": [
            {
                "id": names.jobs.get(item.visit_id, item.visit_id),
                "type": "job",
                "location_index": visits[item.visit_id].location if item.visit_id in visits else None,
                "reason": item.reason,
                "detail": dict(item.detail),
            }
            for item in plan.unplanned
        ],
        "routes": routes,
    }


def _violation_out(item: Any, names: _Names) -> Json:
    vehicle = None if item.technician_id is None else names.vehicles.get(item.technician_id, item.technician_id)
    job = None if item.visit_id is None else names.jobs.get(item.visit_id, item.visit_id)
    return _filled({"cause": item.code, "vehicle": vehicle, "job": job, **item.detail})


def _route_out(problem: Problem, route: Route, names: _Names, evaluation: Any) -> Json:
    technician = next((t for t in problem.technicians if t.id == route.technician_id), None)
    visits = {visit.id: visit for visit in problem.visits}
    place = None if technician is None else technician.start_location
    steps: list[Json] = [
        {"type": "start", "location_index": place, "arrival": route.start, "duration": 0, "distance": 0}
    ]
    events: list[tuple[int, int, Stop | PlacedBreak]] = [(stop.start, 1, stop) for stop in route.stops]
    events += [(pause.start, 0, pause) for pause in route.breaks or ()]
    driven = metres = 0
    for _, _, event in sorted(events, key=lambda item: item[:2]):
        if isinstance(event, PlacedBreak):
            number, length = event.index + 1, event.end - event.start
            steps.append({"type": "break", "id": number, "arrival": event.start, "service": length, "duration": driven})
            continue
        driven, metres = driven + event.travel_seconds, metres + event.distance
        visit = visits.get(event.visit_id)
        here = None if visit is None else visit.location
        setup = 0 if visit is None or here == place else visit.setup_seconds
        setup = min(setup, event.departure - event.start)
        steps.append(
            {
                "type": "job",
                "id": names.jobs.get(event.visit_id, event.visit_id),
                "job": names.jobs.get(event.visit_id, event.visit_id),
                "location_index": here,
                "arrival": event.arrival,
                "waiting_time": event.waiting_seconds,
                "starts_at": event.start,
                "setup": setup,
                "service": event.departure - event.start - setup,
                "duration": driven,
                "distance": metres,
                "leg_duration": event.travel_seconds,
                "leg_distance": event.distance,
            }
        )
        place = here
    end_place = None if technician is None else technician.end_location
    steps.append(
        {
            "type": "end",
            "location_index": end_place,
            "arrival": route.end,
            "duration": route.travel_seconds,
            "distance": route.distance,
        }
    )
    for step in steps:
        for key in ("setup", "service", "waiting_time"):
            step.setdefault(key, 0)
        step["violations"] = []
    detail = evaluation.routes.get(route.technician_id)
    cost = sum(detail.cost.values()) if detail is not None else 0
    cost += sum(sum(evaluation.visits[v].cost.values()) for v in route.visit_ids if v in evaluation.visits)
    return {
        "vehicle": names.vehicles.get(route.technician_id, route.technician_id),
        "cost": cost,
        "setup": sum(step["setup"] for step in steps),
        "service": sum(step["service"] for step in steps if step["type"] == "job"),
        "duration": route.travel_seconds,
        "distance": route.distance,
        "waiting_time": sum(step["waiting_time"] for step in steps),
        "priority": sum(visits[v].priority for v in route.visit_ids if v in visits),
        "steps": steps,
        "breaks_placed": route.breaks is not None,
        "violations": [],
    }


def plan_from_vroom(problem: Problem, document: Mapping[str, Any]) -> Plan:
    """The plan of a VROOM output for `problem`, whose vehicles and jobs are numbered as the input of the output was."""
    reader = _Names(problem)
    people = {number: technician for technician, number in reader.vehicles.items()}
    visits = {number: visit for visit, number in reader.jobs.items()}
    return plan_in(document, people, visits)
