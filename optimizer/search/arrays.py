"""The problem as flat arrays, the only form compiled code reads.

Frozen stops are folded into each technician's starting state, so that a compiled route holds only what may still be
moved. A place that is free (no start or end) becomes one more location at distance 0 from everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.problem import ENDLESS, UNREACHABLE, Problem, PublishedStop, Technician, TimeWindow, Visit, objective

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

NO_LIMIT = ENDLESS
NO_POSITION = -2


# Columns. Few wide arrays instead of many narrow ones: compiled functions pay for every array they are handed.
(
    BASE_LOCATION,  # where the technician is free
    BASE_TIME,  # and since when
    BASE_TRAVEL,
    BASE_DISTANCE,
    BASE_WORK,
    END_LOCATION,
    LATEST_END,
    OVERTIME_FROM,
    ROOM,  # visits that may still be added
    MAX_TRAVEL,
    MAX_DISTANCE,
    FROZEN,
    BREAK_FROM,  # rows of `breaks`
    BREAK_TO,
    PROFILE,
    TECHNICIAN_COLUMNS,
) = range(16)
SPEED, FIXED_COST, HOUR_COST, TASK_COST, KM_COST = range(5)
P_SECOND, P_METRE, P_WORK, P_USED = range(4)
F_METRES, F_PICKUPS = range(2)
(
    LOCATION,
    SERVICE,
    SETUP,
    WINDOW_FROM,  # rows of `windows`
    WINDOW_TO,
    WISH_FROM,  # rows of `wishes`
    WISH_TO,
    DUE,
    PUBLISHED,
    NOTIFIED_LOW,
    NOTIFIED_HIGH,
    POSITION,
    PLAIN,  # 1: later is never cheaper
    LOW,  # the first window
    HIGH,
    LAST_HIGH,  # the end of the last window
    VISIT_COLUMNS,
) = range(17)
(
    W_TRAVEL,
    W_DISTANCE,
    W_WAITING,
    W_ABOVE,
    W_IMBALANCE,
    W_OVERTIME,
    W_TECHNICIAN,
    W_WISH,
    W_CHANGE,
    W_NOTIFIED,
    W_RISK,
    W_BUFFER,
) = range(12)


class Arrays(NamedTuple):
    """T technicians, V movable visits, P profiles, n + 1 locations, D load dimensions. Times in seconds, lengths in
    metres.

    `durations` (P × from × to) is UNREACHABLE wherever either matrix is. `into` (P × to × from) is its transpose, so
    that both ways of a visit are one row in the cache.
    """

    durations: npt.NDArray[np.int32]
    into: npt.NDArray[np.int32]
    distances: npt.NDArray[np.int32]
    technician: Ints  # T × TECHNICIAN_COLUMNS
    rates: Floats  # T × (speed and own costs)
    visit: Ints  # V × VISIT_COLUMNS
    due_price: Floats
    drop: Floats
    static: Floats  # T × V: what the assignment costs, inf where it is forbidden
    assigned: Floats  # V × T: the same, a visit's row together
    prices: Floats  # T × (a second on the road, a metre, a second of work, a used technician)
    flags: Ints  # whether lengths matter, whether anything is picked up
    kinds: Ints  # T: technicians of the same kind are the same but for their names
    windows: Ints  # (low, high)
    wishes: Ints  # (low, high)
    breaks: Ints  # (duration, from row, to row of break_windows)
    break_windows: Ints  # (low, high)
    capacity: Ints  # T × D
    base_load: Ints  # T × D × (delivered, picked up, peak) by frozen stops
    load: Ints  # V × D × (delivery, pickup)
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
    windows, window_at = _windows([v.start_windows() for v in visits])
    wishes, wish_at = _windows([v.preferred_windows for v in visits])
    breaks, break_windows, break_at = _breaks(problem)
    rows = [
        [
            *(base[name] for name in ("location", "time", "travel", "distance", "work")),
            free if t.end_location is None else t.end_location,
            t.latest_end,
            t.overtime_from,
            max(0, t.max_visits - len(t.frozen)),
            NO_LIMIT if t.max_travel_seconds is None else t.max_travel_seconds,
            NO_LIMIT if t.max_distance is None else t.max_distance,
            len(t.frozen),
            *break_at[k : k + 2],
            t.profile,
        ]
        for k, (t, base) in enumerate(zip(technicians, bases, strict=True))
    ]
    cells = [
        [
            v.location,
            v.service_seconds,
            v.setup_seconds,
            *window_at[k : k + 2],
            *wish_at[k : k + 2],
            NO_LIMIT if v.due is None else v.due,
            *_published(published.get(v.id)),
            _position(v),
            int(not v.preferred_windows and v.id not in published),
            *_ends(v.start_windows()),
        ]
        for k, v in enumerate(visits)
    ]
    w = problem.weights
    rates = [(t.speed_factor, t.fixed_cost, t.cost_per_hour, t.cost_per_task_hour, t.cost_per_km) for t in technicians]
    nothing = (0,) * dims
    distances = _with_free([roads.distances for roads in problem.roads])
    durations = _with_free([roads.durations for roads in problem.roads])
    durations[distances == UNREACHABLE] = UNREACHABLE
    static = _static(problem, visits)
    table = _table(rows, TECHNICIAN_COLUMNS)
    prices = _floats(
        price
        for _, fixed, hour, task, km in rates
        for price in (
            w.travel + w.technician_cost * hour / 3600,
            w.distance + w.technician_cost * km / 1000,
            w.technician_cost * task / 3600,
            w.technician_cost * fixed,
        )
    ).reshape(len(technicians), 4)
    capacity = _table([t.capacity or (NO_LIMIT,) * dims for t in technicians], dims)
    base_load = np.array([base["load"] for base in bases], dtype=np.int64).reshape(len(bases), dims, 3)
    return Arrays(
        durations=durations,
        into=np.ascontiguousarray(durations.transpose(0, 2, 1)),
        distances=distances,
        technician=table,
        rates=np.array(rates, dtype=np.float64).reshape(len(technicians), 5),
        prices=prices,
        flags=np.array(
            [
                int(prices[:, 1].any() or (table[:, MAX_DISTANCE] < NO_LIMIT).any()),
                int(any(any(v.pickup) for v in visits) or base_load[:, :, 1].any()),
            ],
            dtype=np.int64,
        ),
        kinds=_kinds(problem, static, table, base_load),
        visit=_table(cells, VISIT_COLUMNS),
        due_price=_floats(w.tardiness * v.due_weight for v in visits),
        drop=_floats(sum(objective.unplanned_terms(w, v, published.get(v.id)).values()) for v in visits),
        static=static,
        assigned=np.ascontiguousarray(static.T),
        windows=windows,
        wishes=wishes,
        breaks=breaks,
        break_windows=break_windows,
        capacity=capacity,
        base_load=base_load,
        load=np.array(
            [list(zip(v.delivery or nothing, v.pickup or nothing, strict=True)) for v in visits], dtype=np.int64
        ).reshape(len(visits), dims, 2),
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


def _floats(values: Iterable[float]) -> Floats:
    return np.array(list(values), dtype=np.float64)


def _table(rows: Sequence[Sequence[int]], width: int) -> Ints:
    return np.array([list(row) for row in rows], dtype=np.int64).reshape(len(rows), width)


def _with_free(matrices: Sequence[npt.NDArray[np.int32]]) -> npt.NDArray[np.int32]:
    """The matrices behind each other, each with the place that is at distance 0 from everything."""
    size = len(matrices[0])
    larger = np.zeros((len(matrices), size + 1, size + 1), dtype=np.int32)
    for layer, matrix in zip(larger, matrices, strict=True):
        layer[:size, :size] = matrix
    return larger


def _published(stop: PublishedStop | None) -> tuple[int, int, int]:
    """Start, and the first and last second of the window that was told."""
    if stop is None:
        return (NO_LIMIT, -NO_LIMIT, NO_LIMIT)
    told = stop.notified
    return (stop.start, -NO_LIMIT, NO_LIMIT) if told is None else (stop.start, told.start, told.end)


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
        "load": list(zip(delivered, picked, peak, strict=True)),
    }


def _windows(rows: Sequence[Sequence[TimeWindow]]) -> tuple[Ints, list[int]]:
    """All windows below each other, and where those of each row begin (and the last end)."""
    at = [0, *(int(n) for n in np.cumsum([len(row) for row in rows]))]
    return _table([(window.start, window.end) for row in rows for window in row], 2), at


def _breaks(problem: Problem) -> tuple[Ints, Ints, list[int]]:
    at, durations, rows = [0], [], []
    for technician in problem.technicians:
        due = [(technician.break_windows(i, problem.now), b.duration) for i, b in enumerate(technician.breaks)]
        for windows, duration in sorted((d for d in due if d[0]), key=lambda d: d[0][-1].end):
            durations.append(duration)
            rows.append(windows)
        at.append(len(durations))
    table, row_at = _windows(rows)
    return _table([(d, row_at[k], row_at[k + 1]) for k, d in enumerate(durations)], 3), table, at


def _ends(windows: Sequence[TimeWindow]) -> tuple[int, int, int]:
    """The first window and the end of the last; where there is none, one that never comes."""
    if not windows:
        return (NO_LIMIT, -NO_LIMIT, -NO_LIMIT)
    return (windows[0].start, windows[0].end, windows[-1].end)


def _static(problem: Problem, visits: list[Visit]) -> Floats:
    """What an assignment costs; asked once for all visits that differ in nothing that matters to it."""
    published = objective.published_by_visit(problem)
    static = np.full((len(problem.technicians), len(visits)), np.inf)
    alike: dict[Any, list[int]] = {}
    for column, visit in enumerate(visits):
        if visit.start_windows():
            told = published.get(visit.id)
            key = (
                tuple(visit.skills.items()),
                visit.grid,
                visit.required_technicians,
                visit.preferred_technicians,
                visit.excluded_technicians,
                None if visit.pin is None else visit.pin.technician_id,
                None if told is None else told.technician_id,
            )
            alike.setdefault(key, []).append(column)
    for columns in alike.values():
        visit = visits[columns[0]]
        for row, technician in enumerate(problem.technicians):
            if objective.may_serve(technician, visit) is None:
                terms = objective.assignment_terms(problem.weights, technician, visit, published.get(visit.id))
                static[row, columns] = sum(terms.values())
    return static


def _kinds(problem: Problem, static: Floats, table: Ints, base_load: npt.NDArray[np.int64]) -> Ints:
    seen: dict[Any, int] = {}
    kinds = []
    for row, t in enumerate(problem.technicians):
        cells = np.delete(table[row], [BREAK_FROM, BREAK_TO])
        rates = (t.speed_factor, t.fixed_cost, t.cost_per_hour, t.cost_per_task_hour, t.cost_per_km, t.capacity)
        key = (cells.tobytes(), static[row].tobytes(), rates, t.breaks, t.shift_start, base_load[row].tobytes())
        kinds.append(seen.setdefault(key, len(seen)))
    return np.array(kinds, dtype=np.int64)
