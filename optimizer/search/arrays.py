"""The problem as the search reads it: the shared rows of :mod:`optimizer.problem.flatten`, and prices added up ahead.

A route of the search holds only what may still be moved. A place that is free (no start or end) becomes one more
location at distance 0 from everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.problem import UNREACHABLE, Problem, Visit, objective
from optimizer.problem.flatten import (
    BASE_TIME,
    BASE_TRAVEL,
    BASE_WORK,
    BREAK_FROM,
    BREAK_TO,
    LATEST_END,
    MAX_DISTANCE,
    NO_LIMIT,
    Floats,
    Ints,
    flatten,
    floats,
)

P_SECOND, P_METRE, P_WORK, P_USED, P_GAP, P_PER_VISIT, P_DAY = range(7)
"""Columns of `Arrays.prices`: a second on the road, a metre, a second of work, a used technician; a second of a gap too
short for a visit, and how many visits a second of it has room for; the seconds of driving and work that the day has
room for, frozen stops included."""
F_METRES, F_PICKUPS, F_SETUPS = range(3)
"""Of `Arrays.flags`."""


class Arrays(NamedTuple):
    """T technicians, V movable visits, P profiles, n + 1 locations. Times in seconds, lengths in metres.

    `durations` (P × from × to) is UNREACHABLE wherever either matrix is. `into` (P × to × from) is its transpose: both
    directions of a visit are then one row in the cache.
    """

    durations: npt.NDArray[np.int32]
    into: npt.NDArray[np.int32]
    distances: npt.NDArray[np.int32]
    technician: Ints  # from here to `weights`: as in `flatten.Flat`
    rates: Floats
    visit: Ints
    due_price: Floats
    windows: Ints
    wishes: Ints
    breaks: Ints
    break_windows: Ints
    capacity: Ints
    base_load: Ints
    load: Ints
    weights: Floats
    drop: Floats  # V: what leaving a visit out costs
    static: Floats  # T × V: what the assignment costs, inf where it is forbidden
    assigned: Floats  # V × T: the same, a visit's row together
    prices: Floats  # T × 7: see P_SECOND
    flags: Ints  # whether lengths matter, anything is picked up, a set-up can be saved
    kinds: Ints  # T: technicians of the same kind are the same but for their names


def index_of_movable(problem: Problem) -> list[int]:
    """The indexes of the visits that are not frozen."""
    frozen = {stop.visit_id for technician in problem.technicians for stop in technician.frozen}
    return [index for index, visit in enumerate(problem.visits) if visit.id not in frozen]


def make_arrays(problem: Problem) -> Arrays:
    """Flatten `problem`; visit v of the arrays is `index_of_movable(problem)[v]` of the problem."""
    visits = [problem.visits[index] for index in index_of_movable(problem)]
    technicians = problem.technicians
    published = objective.published_by_visit(problem)
    flat = flatten(problem, visits, nowhere=len(problem.durations))
    w = problem.weights
    distances = _with_free([roads.distances for roads in problem.roads])
    durations = _with_free([roads.durations for roads in problem.roads])
    durations[distances == UNREACHABLE] = UNREACHABLE
    static = _static(problem, visits)
    prices = floats(
        price
        for (_, fixed, hour, task, km), row in zip(flat.rates, flat.technician, strict=True)
        for price in (
            w.travel + w.technician_cost * hour / 3600,
            w.distance + w.technician_cost * km / 1000,
            w.technician_cost * task / 3600,
            w.technician_cost * fixed,
            0.0,
            1.0,
            row[LATEST_END]
            - row[BASE_TIME]
            + row[BASE_TRAVEL]
            + row[BASE_WORK]
            - flat.breaks[row[BREAK_FROM] : row[BREAK_TO], 0].sum(),
        )
    ).reshape(len(technicians), 7)
    return Arrays(
        durations,
        np.ascontiguousarray(durations.transpose(0, 2, 1)),
        distances,
        *flat,
        drop=floats(sum(objective.unplanned_terms(w, v, published.get(v.id)).values()) for v in visits),
        static=static,
        assigned=np.ascontiguousarray(static.T),
        prices=prices,
        flags=np.array(
            [
                int(prices[:, P_METRE].any() or (flat.technician[:, MAX_DISTANCE] < NO_LIMIT).any()),
                int(any(any(v.pickup) for v in visits) or flat.base_load[:, :, 1].any()),
                int(any(v.setup_seconds for v in visits)),
            ],
            dtype=np.int64,
        ),
        kinds=_kinds(problem, static, flat.technician, flat.base_load),
    )


def _with_free(matrices: Sequence[npt.NDArray[np.int32]]) -> npt.NDArray[np.int32]:
    """The matrices behind each other, each with the place that is at distance 0 from everything."""
    size = len(matrices[0])
    larger = np.zeros((len(matrices), size + 1, size + 1), dtype=np.int32)
    for layer, matrix in zip(larger, matrices, strict=True):
        layer[:size, :size] = matrix
    return larger


def _static(problem: Problem, visits: list[Visit]) -> Floats:
    """The cost of every assignment. Computed once for all visits that are alike in what matters to it."""
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
