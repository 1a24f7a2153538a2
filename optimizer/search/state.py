"""The routes of a search, as arrays that compiled code reads and writes.

A route is a few consecutive rows: the start, the stops, the end. Each row holds where it is, how long the way there and
the work take, and, for every set of breaks already taken, the earliest moment it can be left and the latest moment it
may be reached; beside it the costs so far that depend on times. So an insertion is refused or bounded from two
neighbouring rows, and priced exactly by walking on from there until its delay is absorbed.

:mod:`optimizer.search.propagate` fills the rows. Every thread has a state of its own.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.problem.flatten import BREAK_FROM, BREAK_TO, ROOM
from optimizer.search.arrays import Arrays

FAR = 2**50
"""A moment that never comes."""

R_PLACE, R_VISIT, R_LEG, R_WORK, R_TIME = range(5)
"""Columns of a row: place, visit (-1: start or end), seconds from the row before (-1: no road), work, and from R_TIME
on the earliest departures and then the latest arrivals, one a set of breaks. With one break a row is a cache line."""

S_TRAVEL, S_METRES, S_WORK, S_ROOM = range(4)
"""Columns of `State.sums`; S_ROOM: a leg there, the work and a leg away may take so long at most, wherever it is."""

B_PLACE, B_LEG, B_EARLY, B_EARLY_DONE, B_LATE, B_LATE_DONE = range(6)
"""Rows of `State.brief`: place, seconds from the row before (0 for who stays at home), the earliest departure and the
latest arrival with the break still to be taken or taken on the way, and the same with the break over at latest when the
way begins or ends. Where there is not one break, both are the widest of all."""


class State(NamedTuple):
    """All routes, what they cost, and where each visit is (-1: nowhere). M sets of breaks, routes of up to L visits."""

    rows: npt.NDArray[np.int64]  # T × (L + 2) × (4 + 2 M)
    cost_to: npt.NDArray[np.float64]  # T × (L + 2) × (M + 1): timed costs so far; last, the cost of the assignment
    metres: npt.NDArray[np.int64]  # T × (L + 2): from the row before; kept only where lengths matter
    brief: npt.NDArray[np.int64]  # T × 6 × (L + 2): see B_PLACE
    lengths: npt.NDArray[np.int64]  # T: how many stops
    costs: npt.NDArray[np.float64]  # T: inf where the route is not feasible
    timed: npt.NDArray[np.float64]  # T: the part of the cost that depends on times
    sums: npt.NDArray[np.int64]  # T × 4: see S_TRAVEL; frozen stops included
    loads: npt.NDArray[np.int64]  # T × D: what is delivered on the way
    monotone: npt.NDArray[np.uint8]  # T: 1 where no stop gets cheaper when it starts later
    pinned: npt.NDArray[np.uint8]  # T: 1 where a stop has its place in the order
    version: npt.NDArray[np.int64]  # T: a number that no other route and no other state of this one has had
    where: npt.NDArray[np.int32]  # V: the technician, -1 for none
    time: npt.NDArray[np.int64]  # scratch of `optimizer.search.several_breaks`: 4 × M
    cost: npt.NDArray[np.float64]
    rest: npt.NDArray[np.int64]
    least: npt.NDArray[np.float64]  # scratch of `optimizer.search.first_look`: L + 2


def empty_state(a: Arrays) -> State:
    """Room for the routes of `a`, not yet filled (:func:`optimizer.search.propagate.make_state` fills it)."""
    technicians, visits = len(a.technician), len(a.visit)
    longest = max(1, min(int(a.technician[:, ROOM].max(initial=1)), visits))
    breaks = a.technician[:, BREAK_TO] - a.technician[:, BREAK_FROM]
    masks = 1 << int(breaks.max(initial=0))
    return State(
        rows=np.zeros((technicians, longest + 2, 4 + 2 * masks), dtype=np.int64),
        cost_to=np.zeros((technicians, longest + 2, masks + 1), dtype=np.float64),
        metres=np.zeros((technicians, longest + 2), dtype=np.int64),
        brief=np.zeros((technicians, 6, longest + 2), dtype=np.int64),
        lengths=np.zeros(technicians, dtype=np.int64),
        costs=np.zeros(technicians, dtype=np.float64),
        timed=np.zeros(technicians, dtype=np.float64),
        sums=np.zeros((technicians, 4), dtype=np.int64),
        loads=np.zeros((technicians, a.capacity.shape[1]), dtype=np.int64),
        monotone=np.ones(technicians, dtype=np.uint8),
        pinned=np.zeros(technicians, dtype=np.uint8),
        version=np.arange(technicians, dtype=np.int64),
        where=np.full(visits, -1, dtype=np.int32),
        time=np.full((4, masks), FAR, dtype=np.int64),
        cost=np.zeros((4, masks), dtype=np.float64),
        rest=np.zeros(masks, dtype=np.int64),
        least=np.zeros(longest + 2, dtype=np.float64),
    )


def apart(array: Any) -> Any:
    """A copy in cache lines of its own: two threads that write into one line wait for each other at every write."""
    room = np.zeros(array.nbytes + 128, dtype=np.uint8)
    begin = -room.ctypes.data % 64
    copy = room[begin : begin + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def copy_of(s: State) -> State:
    """A copy of all routes, for another thread."""
    return State(*(apart(part) for part in s))


def take_over(target: State, source: State, technicians: npt.NDArray[np.bool_], visits: npt.NDArray[np.bool_]) -> None:
    """Copy the routes of these technicians, and who makes these visits, from `source` to `target`."""
    target.where[visits] = source.where[visits]
    for name in State._fields[: State._fields.index("where")]:
        getattr(target, name)[technicians] = getattr(source, name)[technicians]


def visits_of(s: State, t: int) -> list[int]:
    """The route of `t` as visit numbers."""
    return [int(v) for v in s.rows[t, 1 : s.lengths[t] + 1, R_VISIT]]
