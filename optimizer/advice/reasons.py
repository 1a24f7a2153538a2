"""Why a visit is left out.

The questions are asked in this order. Who may make it at all? Could one of them, on an empty day? If not: which single
condition prevents it? If so: is there no room left, does the room cost more than leaving the visit out, or was there no
time to plan it? Costs are those of :mod:`optimizer.advice.best_insertion`, so those of the judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from optimizer.advice.best_insertion import Inserter
from optimizer.evaluation.subproblem import timed_plan
from optimizer.problem import NOT_ASKED, Plan, Problem, Technician, TimeWindow, Unplanned, Visit, objective

Reason = tuple[str, dict[str, Any]]


def with_reasons(problem: Problem, plan: Plan) -> Plan:
    """The same plan with a reason for each unplanned visit that has the reason NOT_ASKED."""
    missing = [item.visit_id for item in plan.unplanned if item.reason == NOT_ASKED]
    if not missing:
        return plan
    found = reasons_of(problem, plan, missing)
    asked = (Unplanned(i.visit_id, *found[i.visit_id]) if i.visit_id in found else i for i in plan.unplanned)
    return replace(plan, unplanned=tuple(asked))


def reasons_of(problem: Problem, plan: Plan, visit_ids: Sequence[str]) -> dict[str, Reason]:
    """The reason code and the data of its sentence, for each of these visits. None may be in a route of `plan`."""
    visits = {visit.id: visit for visit in problem.visits}
    here, alone = Inserter(problem, plan), Inserter(problem, timed_plan(problem, {}))
    found: dict[str, Reason] = {}
    unclear: list[Visit] = []
    for visit_id in visit_ids:
        visit = visits[visit_id]
        reason = _without_routes(problem, visit) or _there_is_room(problem, here, visit)
        if reason is None and alone.cheapest(visit_id) is not None:
            reason = ("all_full", {})
        if reason is None:
            unclear.append(visit)
        else:
            found[visit_id] = reason
    return found | _binding(problem, unclear)


def _there_is_room(problem: Problem, here: Inserter, visit: Visit) -> Reason | None:
    cheapest = here.cheapest(visit.id)
    if cheapest is None:
        return None
    price, technician = cheapest
    if price < 0:
        return "out_of_time", {"technician": technician}
    told = here.published.get(visit.id)
    drop = sum(objective.unplanned_terms(problem.weights, visit, told).values())
    return "not_worth_it", {"technician": technician, "cost": price + drop, "drop": drop}


def _without_routes(problem: Problem, visit: Visit) -> Reason | None:
    """The reason that shows without looking at any route, if there is one."""
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


def _binding(problem: Problem, visits: list[Visit]) -> dict[str, Reason]:
    """For visits nobody can make on an empty day: the one condition without which somebody could."""
    found: dict[str, Reason] = {}
    for visit in visits:
        able = [person for person in problem.technicians if objective.may_serve(person, visit) is None]
        if not any(_road(problem, person, visit) for person in able):
            found[visit.id] = ("unreachable", {})
        elif all(person.max_visits <= len(person.frozen) for person in able):
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
    """Which of these visits somebody could make on an empty day, work under way aside."""
    asked = tuple(visits)
    if not asked:
        return []
    begun = {stop.visit_id for technician in technicians for stop in technician.frozen}
    others = tuple(visit for visit in problem.visits if visit.id in begun)
    known = {visit.id for visit in (*others, *asked)}
    published = tuple(stop for stop in problem.published if stop.visit_id in known)
    small = replace(problem, technicians=technicians, visits=(*others, *asked), published=published)
    inserter = Inserter(small, timed_plan(small, {}))
    return [visit.id for visit in asked if inserter.cheapest(visit.id) is not None]


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
