"""Why a visit is left out: found by asking, not by guessing.

Who may make it at all; whether one of them could with nothing else to do; if not, which single condition stands in
the way; if so, whether there is no room left or the room there is costs more than leaving it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from optimizer import kernels, objective
from optimizer.evaluate import evaluate
from optimizer.groups import Group, cut
from optimizer.insertion import Routes
from optimizer.plan import Plan, Unplanned
from optimizer.problem import Problem, Technician, TimeWindow, Visit
from optimizer.schedule import Timetable

LIMIT_CODES = {"too_many_visits", "too_much_travel", "too_much_distance", "over_capacity"}


def explain_unplanned(problem: Problem, routes: Routes) -> tuple[Unplanned, ...]:
    """The unplanned visits of `routes`, each with its reason code and the data of its sentence."""
    return tuple(_explain(problem, routes, visit_id) for visit_id in routes.unplanned())


def _explain(problem: Problem, routes: Routes, visit_id: str) -> Unplanned:
    number = routes.number[visit_id]
    visit = routes.visits[number]
    code, detail = _without_routes(problem, visit)
    if code is None:
        best, where = np.inf, -1
        seed = np.ones(1, dtype=np.uint64)
        for t in range(len(problem.technicians)):
            price, position = kernels.best_position(routes.arrays, routes.state, t, number, np.inf, 0.0, seed)
            if position >= 0 and price < best:
                best, where = float(price), t
        if where < 0:
            code = "all_full"
        else:
            technician = problem.technicians[where].id
            code, detail = (
                "not_worth_it",
                {"technician": technician, "cost": best, "drop": float(routes.arrays.drop[number])},
            )
    return Unplanned(visit_id, code, detail)


def _without_routes(problem: Problem, visit: Visit) -> tuple[str | None, dict[str, Any]]:
    """The reason that holds even if everybody's day were empty, or None."""
    if not problem.technicians:
        return "nobody_on_shift", {}
    if not visit.start_windows():
        return _no_window(visit)
    if problem.now is not None and visit.start_windows()[-1].end < problem.now:
        return "window_passed", {"end": visit.start_windows()[-1].end}
    able = [i for i, technician in enumerate(problem.technicians) if objective.may_serve(technician, visit) is None]
    if not able:
        return _nobody_able(problem.technicians, visit)
    small, _ = cut(problem, Group(tuple(able), (visit.id,)), {})
    if _possible(small, visit.id):
        return None, {}
    return _binding(small, visit.id)


def _no_window(visit: Visit) -> tuple[str, dict[str, Any]]:
    if replace(visit, pin=None).start_windows():
        return "pin_impossible", {}
    return "window_before_report", {"earliest": visit.earliest, "end": visit.windows[-1].end}


def _nobody_able(technicians: Sequence[Technician], visit: Visit) -> tuple[str, dict[str, Any]]:
    present = {technician.id for technician in technicians}
    pinned = visit.pin.technician_id if visit.pin is not None else None
    for wanted in (visit.required_technicians, frozenset({pinned} if pinned else ())):
        if wanted and not wanted & present:
            return "required_technician_absent", {"technicians": ", ".join(sorted(wanted))}
    skilled = [t for t in technicians if objective.may_serve(t, visit) != "missing_skill"]
    if not skilled:
        return _no_skill(technicians, visit)
    allowed = [t for t in technicians if t.id not in visit.excluded_technicians]
    if visit.required_technicians:
        allowed = [t for t in allowed if t.id in visit.required_technicians]
    if pinned:
        allowed = [t for t in allowed if t.id == pinned]
    if allowed:
        return _no_skill(allowed, visit)
    return ("pin_impossible", {}) if pinned else ("all_excluded", {})


def _no_skill(technicians: Sequence[Technician], visit: Visit) -> tuple[str, dict[str, Any]]:
    missing = [
        f"{name} {level}"
        for name, level in sorted(visit.skills.items())
        if not any(technician.skills.get(name, 0) >= level for technician in technicians)
    ]
    return "no_skill", {"skills": ", ".join(missing or [f"{n} {level}" for n, level in sorted(visit.skills.items())])}


def _alone(problem: Problem, visit_id: str) -> list[set[str]]:
    """Per technician: what a day with this visit and what is under way violates; {"time"} where no timing exists."""
    table = Timetable(problem)
    answers = []
    for technician in problem.technicians:
        route = table.route(technician.id, [visit_id])
        if route is None:
            answers.append({"time"})
            continue
        others = tuple(Unplanned(v.id, "all_full") for v in problem.visits if v.id not in route.visit_ids)
        judged = evaluate(problem, Plan((route,), others)).violations
        answers.append(
            {item.code for item in judged if item.technician_id == technician.id and item.code != "frozen_moved"}
        )
    return answers


def _possible(problem: Problem, visit_id: str) -> bool:
    return any(not codes for codes in _alone(problem, visit_id))


def _binding(problem: Problem, visit_id: str) -> tuple[str, dict[str, Any]]:
    """The one condition without which somebody could make the visit."""
    visit = next(v for v in problem.visits if v.id == visit_id)
    if not any(_road(problem, technician, visit) for technician in problem.technicians):
        return "unreachable", {}
    if all("too_many_visits" in codes for codes in _alone(problem, visit_id)):
        return "all_full", {}
    free = [replace(t, max_travel_seconds=None, max_distance=None, capacity=()) for t in problem.technicians]
    if _possible(_with(problem, visit, technicians=tuple(free)), visit_id):
        return "over_limits", {}
    if visit.pin is not None and _possible(_with(problem, replace(visit, pin=None)), visit_id):
        return "pin_impossible", {}
    if visit.earliest is not None and _possible(_with(problem, replace(visit, earliest=None)), visit_id):
        return "would_start_before_report", {"earliest": visit.earliest}
    if visit.windows and _possible(_with(problem, replace(visit, windows=())), visit_id):
        return _outside(problem, visit)
    if _possible(_with(problem, replace(visit, windows=(), earliest=None, pin=None)), visit_id):
        return _outside(problem, visit)
    return "too_long", {"seconds": visit.service_seconds + visit.setup_seconds}


def _outside(problem: Problem, visit: Visit) -> tuple[str, dict[str, Any]]:
    last: TimeWindow = visit.start_windows()[-1]
    begin = min(t.frozen[-1].departure if t.frozen else t.shift_start for t in problem.technicians)
    if problem.now is not None and begin < problem.now and last.end < problem.now + 3600:
        return "window_passed", {"end": last.end}
    return "outside_every_shift", {"start": visit.start_windows()[0].start, "end": last.end}


def _road(problem: Problem, technician: Technician, visit: Visit) -> bool:
    here = technician.start_location
    if technician.frozen:
        here = next(v.location for v in problem.visits if v.id == technician.frozen[-1].visit_id)
    there = problem.leg(technician, here, visit.location)
    return there is not None and problem.leg(technician, visit.location, technician.end_location) is not None


def _with(problem: Problem, visit: Visit, technicians: tuple[Technician, ...] | None = None) -> Problem:
    visits: Mapping[str, Visit] = {v.id: v for v in problem.visits} | {visit.id: visit}
    return replace(problem, visits=tuple(visits.values()), technicians=technicians or problem.technicians)
