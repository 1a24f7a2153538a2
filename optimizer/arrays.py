"""The problem as flat arrays, the only form compiled code reads.

Frozen stops are folded into each technician's starting state, so that a compiled route holds only what may still be
moved. A place that is free (no start or end) becomes one more location at distance 0 from everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer import objective
from optimizer.problem import Problem, Technician, TimeWindow, Visit

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

NO_LIMIT = 2**40
NO_POSITION = -2


class Arrays(NamedTuple):
    """T technicians, V movable visits, n + 1 locations. Times in seconds, lengths in metres; lists in CSR form
    (`*_at`).
    """

    durations: npt.NDArray[np.int32]
    distances: npt.NDArray[np.int32]
    # technicians
    base_location: Ints
    base_time: Ints
    base_travel: Ints
    base_distance: Ints
    base_work: Ints
    end_location: Ints
    latest_end: Ints
    overtime_from: Ints
    speed: Floats
    room: Ints  # visits that may still be added
    max_travel: Ints
    max_distance: Ints
    fixed_cost: Floats
    hour_cost: Floats
    task_cost: Floats
    km_cost: Floats
    frozen: Ints
    break_at: Ints
    break_duration: Ints
    break_window_at: Ints
    break_low: Ints
    break_high: Ints
    capacity: Ints
    base_delivery: Ints
    base_pickup: Ints
    base_peak: Ints
    # visits
    location: Ints
    service: Ints
    setup: Ints
    window_at: Ints
    window_low: Ints
    window_high: Ints
    wish_at: Ints
    wish_low: Ints
    wish_high: Ints
    due: Ints
    due_price: Floats
    published: Ints
    notified_low: Ints
    notified_high: Ints
    drop: Floats
    position: Ints
    delivery: Ints
    pickup: Ints
    static: Floats  # T × V: what the assignment costs, inf where it is forbidden
    # travel, distance, waiting, imbalance_above, imbalance, overtime, technician, wish, change, notified, risk, buffer
    weights: Floats


def index_of_movable(problem: Problem) -> list[int]:
    """The indexes of the visits nobody has begun."""
    frozen = {stop.visit_id for technician in problem.technicians for stop in technician.frozen}
    return [index for index, visit in enumerate(problem.visits) if visit.id not in frozen]


def make_arrays(problem: Problem) -> Arrays:
    """Flatten `problem`; visit v of the arrays is `index_of_movable(problem)[v]` of the problem."""
    visits = [problem.visits[index] for index in index_of_movable(problem)]
    technicians = problem.technicians
    everything = {visit.id: visit for visit in problem.visits}
    free = len(problem.durations)
    published = objective.published_by_visit(problem)
    dims = max(
        [len(t.capacity) for t in technicians] + [len(load) for v in visits for load in (v.delivery, v.pickup)] + [0]
    )
    bases = [_base(problem, technician, everything, free, dims) for technician in technicians]
    w = problem.weights
    return Arrays(
        durations=_with_free(problem.durations),
        distances=_with_free(problem.distances),
        base_location=_ints(b["location"] for b in bases),
        base_time=_ints(b["time"] for b in bases),
        base_travel=_ints(b["travel"] for b in bases),
        base_distance=_ints(b["distance"] for b in bases),
        base_work=_ints(b["work"] for b in bases),
        end_location=_ints(free if t.end_location is None else t.end_location for t in technicians),
        latest_end=_ints(t.latest_end for t in technicians),
        overtime_from=_ints(t.overtime_from for t in technicians),
        speed=_floats(t.speed_factor for t in technicians),
        room=_ints(max(0, t.max_visits - len(t.frozen)) for t in technicians),
        max_travel=_ints(NO_LIMIT if t.max_travel_seconds is None else t.max_travel_seconds for t in technicians),
        max_distance=_ints(NO_LIMIT if t.max_distance is None else t.max_distance for t in technicians),
        fixed_cost=_floats(t.fixed_cost for t in technicians),
        hour_cost=_floats(t.cost_per_hour for t in technicians),
        task_cost=_floats(t.cost_per_task_hour for t in technicians),
        km_cost=_floats(t.cost_per_km for t in technicians),
        frozen=_ints(len(t.frozen) for t in technicians),
        **_breaks(problem),
        capacity=_grid([t.capacity or (NO_LIMIT,) * dims for t in technicians], dims),
        base_delivery=_grid([b["delivery"] for b in bases], dims),
        base_pickup=_grid([b["pickup"] for b in bases], dims),
        base_peak=_grid([b["peak"] for b in bases], dims),
        location=_ints(v.location for v in visits),
        service=_ints(v.service_seconds for v in visits),
        setup=_ints(v.setup_seconds for v in visits),
        **_windows("window", [v.start_windows() for v in visits]),
        **_windows("wish", [v.preferred_windows for v in visits]),
        due=_ints(NO_LIMIT if v.due is None else v.due for v in visits),
        due_price=_floats(w.tardiness * v.due_weight for v in visits),
        published=_ints(published[v.id].start if v.id in published else NO_LIMIT for v in visits),
        notified_low=_ints(n.start if (n := _notified(published, v)) else -NO_LIMIT for v in visits),
        notified_high=_ints(n.end if (n := _notified(published, v)) else NO_LIMIT for v in visits),
        drop=_floats(sum(objective.unplanned_terms(w, v, published.get(v.id)).values()) for v in visits),
        position=_ints(_position(v) for v in visits),
        delivery=_grid([v.delivery or (0,) * dims for v in visits], dims),
        pickup=_grid([v.pickup or (0,) * dims for v in visits], dims),
        static=_static(problem, visits),
        weights=_floats(
            (
                w.travel,
                w.distance,
                w.waiting,
                w.imbalance_above,
                w.imbalance,
                w.overtime,
                w.technician_cost,
                w.missed_preference,
                w.change_time,
                w.change_notified,
                w.risk,
                w.risk_buffer,
            )
        ),
    )


def _ints(values: Any) -> Ints:
    return np.array(list(values), dtype=np.int64)


def _floats(values: Any) -> Floats:
    return np.array(list(values), dtype=np.float64)


def _grid(rows: Sequence[Sequence[int]], width: int) -> Ints:
    return np.array([list(row) for row in rows], dtype=np.int64).reshape(len(rows), width)


def _with_free(matrix: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    size = len(matrix)
    larger = np.zeros((size + 1, size + 1), dtype=np.int32)
    larger[:size, :size] = matrix
    return larger


def _notified(published: Any, visit: Visit) -> TimeWindow | None:
    stop = published.get(visit.id)
    return None if stop is None else stop.notified


def _position(visit: Visit) -> int:
    return NO_POSITION if visit.pin is None or visit.pin.position is None else visit.pin.position


def _base(problem: Problem, technician: Technician, visits: dict[str, Visit], free: int, dims: int) -> dict[str, Any]:
    """Where, when and with what behind them the technician is free."""
    place, travel, distance, work = technician.start_location, 0, 0, 0
    delivered, picked, peak = [0] * dims, [0] * dims, [0] * dims
    for fact in technician.frozen:
        visit = visits[fact.visit_id]
        seconds, metres = problem.leg(technician, place, visit.location) or (0, 0)
        travel, distance = travel + seconds, distance + metres
        work += fact.departure - fact.start
        place = visit.location
        for d in range(dims):
            delivered[d] += visit.delivery[d] if visit.delivery else 0
            picked[d] += visit.pickup[d] if visit.pickup else 0
            peak[d] = max(peak[d], picked[d] - delivered[d])
    time = technician.frozen[-1].departure if technician.frozen else technician.shift_start
    return {
        "location": free if place is None else place,
        "time": time if problem.now is None else max(time, problem.now),
        "travel": travel,
        "distance": distance,
        "work": work,
        "delivery": delivered,
        "pickup": picked,
        "peak": peak,
    }


def _windows(name: str, rows: Sequence[Sequence[TimeWindow]]) -> dict[str, Ints]:
    return {
        f"{name}_at": np.cumsum([0, *(len(row) for row in rows)]).astype(np.int64),
        f"{name}_low": _ints(window.start for row in rows for window in row),
        f"{name}_high": _ints(window.end for row in rows for window in row),
    }


def _breaks(problem: Problem) -> dict[str, Ints]:
    at, durations, rows = [0], [], []
    for technician in problem.technicians:
        due = [(technician.break_windows(i, problem.now), b.duration) for i, b in enumerate(technician.breaks)]
        for windows, duration in sorted((d for d in due if d[0]), key=lambda d: d[0][-1].end):
            durations.append(duration)
            rows.append(windows)
        at.append(len(durations))
    windows_of = _windows("break", rows)
    return {
        "break_at": _ints(at),
        "break_duration": _ints(durations),
        "break_window_at": windows_of["break_at"],
        "break_low": windows_of["break_low"],
        "break_high": windows_of["break_high"],
    }


def _static(problem: Problem, visits: list[Visit]) -> Floats:
    published = objective.published_by_visit(problem)
    static = np.full((len(problem.technicians), len(visits)), np.inf)
    for row, technician in enumerate(problem.technicians):
        for column, visit in enumerate(visits):
            if objective.may_serve(technician, visit) is None and visit.start_windows():
                terms = objective.assignment_terms(problem.weights, technician, visit, published.get(visit.id))
                static[row, column] = sum(terms.values())
    return static
