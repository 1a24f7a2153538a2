"""Two things every room above needs: a part of a problem as a problem of its own, and sequences of visits as a plan.

A sequence is the movable visits of one technician, in order; the frozen ones go before it. What these plans leave out
has the reason `NOT_ASKED`: they are parts, or not finished. :mod:`optimizer.advice.reasons` finds the reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from optimizer.evaluation.evaluate import Evaluation, evaluate
from optimizer.evaluation.timetable import Timetable, first_start
from optimizer.problem import (
    ENDLESS,
    NOT_ASKED,
    UNREACHABLE,
    Matrix,
    Plan,
    Problem,
    ProblemError,
    Roads,
    Route,
    Technician,
    Unplanned,
    Visit,
)

A_DAY = 86_400


# --- a part of a problem ----------------------------------------------------------------------------------------------


def renumbered(
    problem: Problem,
    places: Sequence[int] | npt.NDArray[np.int64],
    technicians: Iterable[Technician],
    visits: Iterable[Visit],
) -> Problem:
    """The problem of these technicians and visits. Its locations are `places`, numbered in that order.

    `places` must hold every location that the technicians and visits use.
    """
    number: dict[int | None, int] = {int(place): index for index, place in enumerate(places)}
    chosen = tuple(replace(visit, location=number[visit.location]) for visit in visits)
    known = {visit.id for visit in chosen}
    roads, *more = (roads.among(places) for roads in problem.roads)
    return Problem(
        tuple(
            replace(t, start_location=number.get(t.start_location), end_location=number.get(t.end_location))
            for t in technicians
        ),
        chosen,
        roads.durations,
        roads.distances,
        problem.weights,
        tuple(stop for stop in problem.published if stop.visit_id in known),
        problem.now,
        tuple(more),
    )


def cut(problem: Problem, technicians: Sequence[Technician], visits: Sequence[Visit]) -> Problem:
    """The problem of these technicians and visits alone, in the order given, with matrices of their places only."""
    ends = {place for t in technicians for place in (t.start_location, t.end_location) if place is not None}
    return renumbered(problem, sorted({visit.location for visit in visits} | ends), technicians, visits)


# --- sequences of visits as a plan ------------------------------------------------------------------------------------


def plan_of(problem: Problem, routes: Iterable[Route]) -> Plan:
    """The plan of these routes. What is in none of them is unplanned, and nobody has asked why."""
    made = tuple(routes)
    planned = {visit_id for route in made for visit_id in route.visit_ids}
    return Plan(made, tuple(Unplanned(visit.id, NOT_ASKED) for visit in problem.visits if visit.id not in planned))


def feasible_plan(problem: Problem, sequences: Mapping[str, Sequence[str]]) -> Plan | None:
    """The plan of these sequences, each route at its best times. None where a route has no feasible timing."""
    routes: list[Route] = []
    for _, _, route in _routes(Timetable(problem), sequences):
        if route is None:
            return None
        routes.append(route)
    return plan_of(problem, routes)


def timed_plan(problem: Problem, sequences: Mapping[str, Sequence[str]]) -> Plan:
    """The plan of these sequences. A route without a feasible timing is timed as :func:`forced_route` does."""
    table = Timetable(problem)
    routes = _routes(table, sequences)
    return plan_of(problem, (route or forced_route(table, who, order) for who, order, route in routes))


def judge(problem: Problem, sequences: Mapping[str, Sequence[str]]) -> Evaluation | None:
    """The evaluation of these sequences at their best times. None where a route has no feasible timing."""
    plan = feasible_plan(problem, sequences)
    return None if plan is None else evaluate(problem, plan, unfinished=True)


def _routes(
    table: Timetable, sequences: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, Sequence[str], Route | None]]:
    """Everybody with something to do, their sequence, and its route (None: no feasible timing)."""
    for technician in table.problem.technicians:
        order = sequences.get(technician.id, ())
        if order or technician.frozen:
            yield technician.id, order, table.route(technician.id, order)


# --- times for a route that breaks rules ------------------------------------------------------------------------------


def forced_route(table: Timetable, technician_id: str, order: Sequence[str]) -> Route:
    """Time this order even if no feasible timing exists.

    Rules are relaxed in this order until a timing is found: 1. shift end, travel and distance limits, missing roads;
    2. the windows of visits that are reached too late; 3. all windows; 4. breaks.
    """
    technician = table.technicians[technician_id]
    held = {*order, *(stop.visit_id for stop in technician.frozen)}
    part = cut(table.problem, [technician], [table.visits[visit_id] for visit_id in sorted(held)])
    (person,) = part.technicians
    free = replace(person, max_overtime=person.max_overtime + A_DAY, max_travel_seconds=None, max_distance=None)
    part = replace(
        part,
        technicians=(free,),
        durations=_open(part.durations),
        distances=_open(part.distances),
        more_roads=tuple(Roads(_open(roads.durations), _open(roads.distances)) for roads in part.more_roads),
    )
    missed = _missed(part, free, order)
    for released, breaks in ((set(), free.breaks), (missed, free.breaks), (set(order), free.breaks), (missed, ())):
        visits = tuple(_released(visit) if visit.id in released else visit for visit in part.visits)
        relaxed = replace(part, technicians=(replace(free, breaks=breaks),), visits=visits)
        route = Timetable(relaxed).route(technician_id, order)
        if route is not None:
            return route if breaks == person.breaks else replace(route, breaks=None)
    raise ProblemError("technician", f"no timing at all for {technician_id!r}")  # pragma: no cover


def _open(matrix: Matrix) -> Matrix:
    """The matrix with missing roads taking no time."""
    return np.where(matrix == UNREACHABLE, 0, matrix).astype(np.int32)


def _released(visit: Visit) -> Visit:
    return replace(visit, windows=(), pin=None)


def _missed(problem: Problem, technician: Technician, order: Sequence[str]) -> set[str]:
    """The visits whose windows are over when the technician gets there, everything before being as early as it can."""
    visits = {visit.id: visit for visit in problem.visits}
    place, moment = technician.start_location, technician.shift_start
    if technician.frozen:
        place, moment = visits[technician.frozen[-1].visit_id].location, technician.frozen[-1].departure
    if problem.now is not None:
        moment = max(moment, problem.now)
    missed = set()
    for visit_id in order:
        visit = visits[visit_id]
        ready = moment + (problem.leg(technician, place, visit.location) or (0, 0))[0]
        start = first_start(visit.start_windows(), ready)
        if start is None:
            missed.add(visit_id)
            start = max(ready, -ENDLESS if visit.earliest is None else visit.earliest)
        moment = start + visit.service_seconds + (0 if place == visit.location else visit.setup_seconds)
        place = visit.location
    return missed
