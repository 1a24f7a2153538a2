"""A problem as the arrays that the compiled timetable (:mod:`optimizer.advice.route_pricing`) reads.

Other than `arrays` of the search, nothing is folded or rounded here: the terms are those of the judge, one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.problem import ENDLESS, Problem, Technician, TimeWindow, Visit, objective

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

(
    T_PLACE,  # where the technician is free (-1: anywhere)
    T_TIME,  # and since when
    T_END,  # -1: anywhere
    T_LATEST,
    T_OVERTIME,
    T_ROOM,
    T_TRAVEL,  # limits
    T_DISTANCE,
    T_BEGUN,  # so many frozen stops go before
    T_BREAKS,  # rows of `breaks`
    T_BREAKS_TO,
    T_PROFILE,
    T_WIDTH,
) = range(13)
T_SPEED, T_FIXED, T_HOUR, T_TASK, T_KM = range(5)
(
    V_PLACE,
    V_SERVICE,
    V_SETUP,
    V_WINDOWS,
    V_WINDOWS_TO,
    V_WISHES,
    V_WISHES_TO,
    V_DUE,
    V_TOLD,
    V_LOW,
    V_HIGH,
    V_POSITION,
    V_WIDTH,
) = range(13)
(
    W_TRAVEL,
    W_DISTANCE,
    W_WAITING,
    W_ABOVE,
    W_IMBALANCE,
    W_OVERTIME,
    W_OWN,
    W_WISH,
    W_CHANGE,
    W_NOTIFIED,
    W_RISK,
    W_BUFFER,
) = range(12)
NONE = -9
MOST_BREAKS = 4


class Table(NamedTuple):
    """A problem as arrays. Times in seconds, lengths in metres."""

    durations: npt.NDArray[np.int32]  # P × from × to
    distances: npt.NDArray[np.int32]
    technician: Ints  # T × T_WIDTH
    rates: Floats  # T × 5
    begun: Ints  # T × (seconds driven, metres, seconds of work) of frozen stops
    visit: Ints  # V × V_WIDTH
    late: Floats  # V: price of a second after the due time
    windows: Ints
    wishes: Ints
    breaks: Ints  # (duration, from row, to row of break_windows), per technician by last start
    break_windows: Ints
    capacity: Ints  # T × D
    carried: Ints  # T × D × (delivered, picked up, peak) by frozen stops
    load: Ints  # V × D × (delivery, pickup)
    weights: Floats


def make_table(problem: Problem) -> Table:
    """Flatten `problem`."""
    people, visits = problem.technicians, problem.visits
    by_id = {visit.id: visit for visit in visits}
    published = objective.published_by_visit(problem)
    w = problem.weights
    dims = max([len(t.capacity) for t in people] + [len(x) for v in visits for x in (v.delivery, v.pickup)] + [0])
    windows, window_at = _rows([v.start_windows() for v in visits])
    wishes, wish_at = _rows([v.preferred_windows for v in visits])
    breaks, break_windows, break_at = _breaks(problem)
    cells, behind, carried = [], [], []
    for k, person in enumerate(people):
        place, time, driven, load = _begun(problem, person, by_id, dims)
        behind.append(driven)
        carried.append(load)
        cells.append(
            (
                -1 if place is None else place,
                time,
                -1 if person.end_location is None else person.end_location,
                person.latest_end,
                person.overtime_from,
                max(0, person.max_visits - len(person.frozen)),
                ENDLESS if person.max_travel_seconds is None else person.max_travel_seconds,
                ENDLESS if person.max_distance is None else person.max_distance,
                len(person.frozen),
                *break_at[k : k + 2],
                person.profile,
            )
        )
    rows = []
    for k, visit in enumerate(visits):
        told = published.get(visit.id)
        window = None if told is None else told.notified
        position = None if visit.pin is None else visit.pin.position
        rows.append(
            (
                visit.location,
                visit.service_seconds,
                visit.setup_seconds,
                *window_at[k : k + 2],
                *wish_at[k : k + 2],
                ENDLESS if visit.due is None else visit.due,
                ENDLESS if told is None else told.start,
                -ENDLESS if window is None else window.start,
                ENDLESS if window is None else window.end,
                NONE if position is None else position,
            )
        )
    nothing = (0,) * dims
    return Table(
        _behind_each_other([roads.durations for roads in problem.roads]),
        _behind_each_other([roads.distances for roads in problem.roads]),
        _ints(cells, T_WIDTH),
        np.array(
            [(t.speed_factor, t.fixed_cost, t.cost_per_hour, t.cost_per_task_hour, t.cost_per_km) for t in people],
            dtype=np.float64,
        ).reshape(len(people), 5),
        _ints(behind, 3),
        _ints(rows, V_WIDTH),
        np.array([w.tardiness * v.due_weight for v in visits], dtype=np.float64),
        windows,
        wishes,
        breaks,
        break_windows,
        _ints([t.capacity or (ENDLESS,) * dims for t in people], dims),
        np.array(carried, dtype=np.int64).reshape(len(people), dims, 3),
        np.array(
            [list(zip(v.delivery or nothing, v.pickup or nothing, strict=True)) for v in visits], dtype=np.int64
        ).reshape(len(visits), dims, 2),
        np.array(
            (w.travel, w.distance, w.waiting, w.imbalance_above, w.imbalance, w.overtime, w.technician_cost,
             w.missed_preference, w.change_time, w.change_notified, w.risk, w.risk_buffer),
            dtype=np.float64,
        ),
    )  # fmt: skip


def _behind_each_other(matrices: Sequence[npt.NDArray[np.int32]]) -> npt.NDArray[np.int32]:
    """P × n × n; a single one, the common case, is not copied."""
    return matrices[0].reshape(1, *matrices[0].shape) if len(matrices) == 1 else np.stack(matrices)


def _ints(rows: Sequence[Sequence[int]], width: int) -> Ints:
    return np.array([list(row) for row in rows], dtype=np.int64).reshape(len(rows), width)


def _rows(groups: Iterable[Sequence[TimeWindow]]) -> tuple[Ints, list[int]]:
    """All windows below each other, and where those of each group begin (and the last end)."""
    flat: list[tuple[int, int]] = []
    at = [0]
    for group in groups:
        flat += [(window.start, window.end) for window in group]
        at.append(len(flat))
    return _ints(flat, 2), at


def _breaks(problem: Problem) -> tuple[Ints, Ints, list[int]]:
    durations: list[int] = []
    rows: list[tuple[TimeWindow, ...]] = []
    at = [0]
    for person in problem.technicians:
        due = [(person.break_windows(i, problem.now), pause.duration) for i, pause in enumerate(person.breaks)]
        for windows, duration in sorted((d for d in due if d[0]), key=lambda d: d[0][-1].end):
            durations.append(duration)
            rows.append(windows)
        at.append(len(durations))
    table, row_at = _rows(rows)
    return _ints([(d, row_at[k], row_at[k + 1]) for k, d in enumerate(durations)], 3), table, at


def _begun(
    problem: Problem, person: Technician, visits: dict[str, Visit], dims: int
) -> tuple[int | None, int, tuple[int, int, int], list[tuple[int, int, int]]]:
    """Where and since when the technician is free, and what lies behind them."""
    place, seconds, metres, work = person.start_location, 0, 0, 0
    delivered, picked, peak = [0] * dims, [0] * dims, [0] * dims
    for fact in person.frozen:
        visit = visits[fact.visit_id]
        leg = problem.leg(person, place, visit.location) or (0, 0)
        seconds, metres, work = seconds + leg[0], metres + leg[1], work + fact.departure - fact.start
        place = visit.location
        for d in range(dims):
            delivered[d] += visit.delivery[d] if visit.delivery else 0
            picked[d] += visit.pickup[d] if visit.pickup else 0
            peak[d] = max(peak[d], picked[d] - delivered[d])
    time = person.frozen[-1].departure if person.frozen else person.shift_start
    time = time if problem.now is None else max(time, problem.now)
    return place, time, (seconds, metres, work), list(zip(delivered, picked, peak, strict=True))
