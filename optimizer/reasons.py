"""Why a visit is left out: found by asking, not by guessing.

Who may make it at all; whether one of them could with nothing else to do; if not, which single condition stands in
the way; if so, whether there is no room left or the room there is costs more than leaving it out. Asked of all
unplanned visits at once, because each question is one set of arrays for the compiled code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from optimizer import kernels, objective, placing
from optimizer.arrays import ROOM
from optimizer.insertion import Routes
from optimizer.plan import Unplanned
from optimizer.problem import Problem, Technician, TimeWindow, Visit

Reason = tuple[str, dict[str, Any]]


def explain_unplanned(problem: Problem, routes: Routes) -> tuple[Unplanned, ...]:
    """The unplanned visits of `routes`, each with its reason code and the data of its sentence."""
    missing = [routes.visits[routes.number[visit_id]] for visit_id in routes.unplanned()]
    found: dict[str, Reason] = {}
    open_ones: list[Visit] = []
    alone = kernels.make_state(routes.arrays)
    for visit in missing:
        reason = _without_routes(problem, visit) or _too_dear(problem, routes, visit)
        if reason is None and np.isfinite(_cheapest(routes, alone, visit)[0]):
            reason = ("all_full", {})
        if reason is None:
            open_ones.append(visit)
        else:
            found[visit.id] = reason
    found |= _binding(problem, routes, open_ones)
    return tuple(Unplanned(visit.id, *found[visit.id]) for visit in missing)


def _cheapest(routes: Routes, state: kernels.State, visit: Visit) -> tuple[float, int]:
    """What the visit adds where it adds least in these routes, and whose route that is; (inf, -1) where it fits
    nowhere.
    """
    people = len(routes.problem.technicians)
    prices, positions = np.full(people + 1, np.inf), np.full(people, -1, dtype=np.int64)
    number = routes.number[visit.id]
    placing.price_everywhere(routes.arrays, state, number, prices[:people], positions, np.ones(1, dtype=np.uint64))
    where = int(np.argmin(prices))
    return (float(prices[where]), where) if where < people and np.isfinite(prices[where]) else (np.inf, -1)


def _too_dear(problem: Problem, routes: Routes, visit: Visit) -> Reason | None:
    price, where = _cheapest(routes, routes.state, visit)
    if where < 0:
        return None
    drop = float(routes.arrays.drop[routes.number[visit.id]])
    return "not_worth_it", {"technician": problem.technicians[where].id, "cost": price, "drop": drop}


def _without_routes(problem: Problem, visit: Visit) -> Reason | None:
    """The reason that shows without looking at anybody's day, if there is one."""
    if not problem.technicians:
        return "nobody_on_shift", {}
    if not visit.start_windows():
        return _no_window(visit)
    if problem.now is not None and visit.start_windows()[-1].end < problem.now:
        return "window_passed", {"end": visit.start_windows()[-1].end}
    if any(objective.may_serve(technician, visit) is None for technician in problem.technicians):
        return None
    return _nobody_able(problem.technicians, visit)


def _no_window(visit: Visit) -> Reason:
    if replace(visit, pin=None).start_windows():
        return "pin_impossible", {}
    return "window_before_report", {"earliest": visit.earliest, "end": visit.windows[-1].end}


def _nobody_able(technicians: Sequence[Technician], visit: Visit) -> Reason:
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


def _no_skill(technicians: Sequence[Technician], visit: Visit) -> Reason:
    missing = [
        f"{name} {level}"
        for name, level in sorted(visit.skills.items())
        if not any(technician.skills.get(name, 0) >= level for technician in technicians)
    ]
    return "no_skill", {"skills": ", ".join(missing or [f"{n} {level}" for n, level in sorted(visit.skills.items())])}


def _binding(problem: Problem, routes: Routes, visits: list[Visit]) -> dict[str, Reason]:
    """For visits nobody can make on an empty day: the one condition without which somebody could."""
    found: dict[str, Reason] = {}
    for visit in visits:
        able = [t for t, person in enumerate(problem.technicians) if objective.may_serve(person, visit) is None]
        if not any(_road(problem, problem.technicians[t], visit) for t in able):
            found[visit.id] = ("unreachable", {})
        elif all(routes.arrays.technician[t, ROOM] == 0 for t in able):
            found[visit.id] = ("all_full", {})
    free = tuple(replace(t, max_travel_seconds=None, max_distance=None, capacity=()) for t in problem.technicians)
    questions: list[tuple[Callable[[Visit], Visit], tuple[Technician, ...], Callable[[Visit], Reason]]] = [
        (lambda v: v, free, lambda _: ("over_limits", {})),
        (lambda v: replace(v, pin=None), problem.technicians, lambda _: ("pin_impossible", {})),
        (
            lambda v: replace(v, earliest=None),
            problem.technicians,
            lambda v: ("would_start_before_report", {"earliest": v.earliest}),
        ),
        (lambda v: replace(v, windows=()), problem.technicians, lambda v: _outside(problem, v)),
        (lambda v: replace(v, windows=(), earliest=None), problem.technicians, lambda v: _outside(problem, v)),
    ]
    for relaxed, technicians, answer in questions:
        unclear = [visit for visit in visits if visit.id not in found]
        changed = [visit for visit in unclear if relaxed(visit) != visit or technicians is free]
        for visit_id in _possible(problem, technicians, [relaxed(visit) for visit in changed]):
            found[visit_id] = answer(next(visit for visit in changed if visit.id == visit_id))
    for visit in visits:
        found.setdefault(visit.id, ("too_long", {"seconds": visit.service_seconds + visit.setup_seconds}))
    return found


def _possible(problem: Problem, technicians: tuple[Technician, ...], visits: Iterable[Visit]) -> list[str]:
    """Which of these visits somebody could make, with nothing else to do than what is under way."""
    asked = tuple(visits)
    if not asked:
        return []
    begun = {stop.visit_id for technician in technicians for stop in technician.frozen}
    others = tuple(visit for visit in problem.visits if visit.id in begun)
    known = {visit.id for visit in (*others, *asked)}
    published = tuple(stop for stop in problem.published if stop.visit_id in known)
    routes = Routes(replace(problem, technicians=technicians, visits=(*others, *asked), published=published))
    return [visit.id for visit in asked if np.isfinite(_cheapest(routes, routes.state, visit)[0])]


def _outside(problem: Problem, visit: Visit) -> Reason:
    windows: tuple[TimeWindow, ...] = visit.start_windows()
    begin = min(t.frozen[-1].departure if t.frozen else t.shift_start for t in problem.technicians)
    if problem.now is not None and begin < problem.now and windows[-1].end < problem.now + 3600:
        return "window_passed", {"end": windows[-1].end}
    return "outside_every_shift", {"start": windows[0].start, "end": windows[-1].end}


def _road(problem: Problem, technician: Technician, visit: Visit) -> bool:
    here = technician.start_location
    if technician.frozen:
        here = next(v.location for v in problem.visits if v.id == technician.frozen[-1].visit_id)
    there = problem.leg(technician, here, visit.location)
    return there is not None and problem.leg(technician, visit.location, technician.end_location) is not None
