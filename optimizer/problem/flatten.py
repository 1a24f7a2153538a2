"""A problem as flat arrays: the rows that both compiled parts read, the search and the pricing of whole routes.

Columns have names; a row of `technician` or `visit` is read as `row[LATEST_END]`. Times are in seconds, lengths in
metres, NO_LIMIT stands for a limit that is not there. Frozen stops are not visits any more: they are folded into the
row of their technician, who is free where and when the last of them ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.problem import objective
from optimizer.problem.entities import ENDLESS, Technician, TimeWindow, Visit
from optimizer.problem.problem import Problem, PublishedStop

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

NO_LIMIT = ENDLESS
NO_POSITION = -2

# Few wide arrays instead of many narrow ones: compiled functions pay for every array they are handed.
(
    BASE_LOCATION,  # where the technician is free
    BASE_TIME,  # and since when
    BASE_TRAVEL,  # seconds, metres and work of the frozen stops
    BASE_DISTANCE,
    BASE_WORK,
    END_LOCATION,
    LATEST_END,
    OVERTIME_FROM,
    ROOM,  # visits that may still be added
    MAX_TRAVEL,
    MAX_DISTANCE,
    FROZEN,  # how many stops are frozen
    BREAK_FROM,  # rows of `breaks`
    BREAK_TO,
    PROFILE,
    TECHNICIAN_COLUMNS,
) = range(16)
SPEED, FIXED_COST, HOUR_COST, TASK_COST, KM_COST = range(5)
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
    MONOTONE,  # 1: a later start is never cheaper
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


class Flat(NamedTuple):
    """T technicians, V visits, D load dimensions."""

    technician: Ints  # T × TECHNICIAN_COLUMNS
    rates: Floats  # T × (speed factor and own costs)
    visit: Ints  # V × VISIT_COLUMNS
    due_price: Floats  # V: a second after the due time
    windows: Ints  # (low, high)
    wishes: Ints  # (low, high)
    breaks: Ints  # (duration, from row, to row of break_windows), per technician by last start
    break_windows: Ints  # (low, high)
    capacity: Ints  # T × D
    base_load: Ints  # T × D × (delivered, picked up, peak) by frozen stops
    load: Ints  # V × D × (delivery, pickup)
    weights: Floats


def flatten(problem: Problem, visits: Sequence[Visit], nowhere: int) -> Flat:
    """The rows of everybody and of these visits. `nowhere` is the location of a start or end that is free."""
    technicians = problem.technicians
    published = objective.published_by_visit(problem)
    dims = max([len(t.capacity) for t in technicians] + [len(x) for v in visits for x in (v.delivery, v.pickup)] + [0])
    start_windows = [visit.start_windows() for visit in visits]
    windows, window_at = _windows(start_windows)
    wishes, wish_at = _windows([visit.preferred_windows for visit in visits])
    breaks, break_windows, break_at = _breaks(problem)
    by_id = {visit.id: visit for visit in problem.visits}
    bases = [_base(problem, technician, by_id, nowhere, dims) for technician in technicians]
    people = [
        [
            *base.cells,
            nowhere if t.end_location is None else t.end_location,
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
    rows = [
        [
            v.location,
            v.service_seconds,
            v.setup_seconds,
            *window_at[k : k + 2],
            *wish_at[k : k + 2],
            NO_LIMIT if v.due is None else v.due,
            *_published(published.get(v.id)),
            NO_POSITION if v.pin is None or v.pin.position is None else v.pin.position,
            int(not v.preferred_windows and v.id not in published),
            *_ends(start_windows[k]),
        ]
        for k, v in enumerate(visits)
    ]
    rates = [(t.speed_factor, t.fixed_cost, t.cost_per_hour, t.cost_per_task_hour, t.cost_per_km) for t in technicians]
    nothing = (0,) * dims
    loads = [list(zip(v.delivery or nothing, v.pickup or nothing, strict=True)) for v in visits]
    w = problem.weights
    return Flat(
        technician=_table(people, TECHNICIAN_COLUMNS),
        rates=np.array(rates, dtype=np.float64).reshape(len(technicians), 5),
        visit=_table(rows, VISIT_COLUMNS),
        due_price=floats(w.tardiness * v.due_weight for v in visits),
        windows=windows,
        wishes=wishes,
        breaks=breaks,
        break_windows=break_windows,
        capacity=_table([t.capacity or (NO_LIMIT,) * dims for t in technicians], dims),
        base_load=np.array([base.load for base in bases], dtype=np.int64).reshape(len(bases), dims, 3),
        load=np.array(loads, dtype=np.int64).reshape(len(visits), dims, 2),
        weights=floats(
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


def floats(values: Iterable[float]) -> Floats:
    """The values as one array."""
    return np.array(list(values), dtype=np.float64)


def _table(rows: Sequence[Sequence[int]], width: int) -> Ints:
    return np.array([list(row) for row in rows], dtype=np.int64).reshape(len(rows), width)


def _windows(groups: Iterable[Sequence[TimeWindow]]) -> tuple[Ints, list[int]]:
    """All windows below each other, and where those of each group begin (and the last end)."""
    flat: list[tuple[int, int]] = []
    at = [0]
    for group in groups:
        flat += [(window.start, window.end) for window in group]
        at.append(len(flat))
    return _table(flat, 2), at


def _breaks(problem: Problem) -> tuple[Ints, Ints, list[int]]:
    """All breaks, their windows, and where the breaks of each technician begin (and the last end)."""
    durations: list[int] = []
    rows: list[tuple[TimeWindow, ...]] = []
    at = [0]
    for technician in problem.technicians:
        due = [(technician.break_windows(i, problem.now), b.duration) for i, b in enumerate(technician.breaks)]
        for windows, duration in sorted((d for d in due if d[0]), key=lambda d: d[0][-1].end):
            durations.append(duration)
            rows.append(windows)
        at.append(len(durations))
    table, row_at = _windows(rows)
    return _table([(d, row_at[k], row_at[k + 1]) for k, d in enumerate(durations)], 3), table, at


class _Base(NamedTuple):
    """Where and since when a technician is free, and what the frozen stops took."""

    cells: tuple[int, int, int, int, int]  # BASE_LOCATION … BASE_WORK
    load: list[tuple[int, int, int]]


def _base(problem: Problem, technician: Technician, visits: Mapping[str, Visit], nowhere: int, dims: int) -> _Base:
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
    time = time if problem.now is None else max(time, problem.now)
    cells = (nowhere if place is None else place, time, travel, distance, work)
    return _Base(cells, list(zip(delivered, picked, peak, strict=True)))


def _published(stop: PublishedStop | None) -> tuple[int, int, int]:
    """Start, and the first and last second of the window that was told."""
    if stop is None:
        return (NO_LIMIT, -NO_LIMIT, NO_LIMIT)
    told = stop.notified
    return (stop.start, -NO_LIMIT, NO_LIMIT) if told is None else (stop.start, told.start, told.end)


def _ends(windows: Sequence[TimeWindow]) -> tuple[int, int, int]:
    """The first window and the end of the last; where there is none, one that never comes."""
    if not windows:
        return (NO_LIMIT, -NO_LIMIT, -NO_LIMIT)
    return (windows[0].start, windows[0].end, windows[-1].end)
