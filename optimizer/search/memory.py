"""What a thread of the search remembers: the routes as they were before a step, which of them differ from the best,
prices of visits in routes that have not changed since, and how often a visit was left out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.search.arrays import Arrays
from optimizer.search.compiled import inline
from optimizer.search.state import R_VISIT, State, apart, copy_of

RULES = (10.0, 10.0, 10.0, 12.0, 0.02, 0.1)
MEAN_REMOVED, LONGEST_STRING, MOST_ABSENT, MOST_ROUTES, BLINK, MISSING = range(6)
"""The parameters of a step: visits removed on average, the longest string, unplanned visits tried, routes tried for
each, the probability that a position is skipped, the probability that an unplanned visit is the centre."""

STEPS, INSERTIONS, SAVED, ABSENT, CENTRES, CHANGED, MISSED, VERSIONS = range(8)
"""Columns of `Memory.counter`: steps and insertions made, how much of `saved`, `absent`, `centres`, `changed` and
`missing` is in use, and the last version given to a route."""

SLOTS = 64
"""A power of two: for so many routes a visit's price is remembered, route t in slot t % SLOTS."""


class Memory(NamedTuple):
    """What one thread works on, what a step may have to undo, and the best routes so far."""

    kept: State  # routes as they were before this step
    touched: npt.NDArray[np.int64]  # the step in which a route was last saved
    saved: npt.NDArray[np.int64]  # the routes saved in this step
    best: npt.NDArray[np.int32]  # T × L: the best routes, of this thread's technicians
    best_lengths: npt.NDArray[np.int64]
    changed: npt.NDArray[np.int64]  # routes that differ from the best ones
    is_changed: npt.NDArray[np.uint8]
    absent: npt.NDArray[np.int64]  # visits out of a route in this step
    removed: npt.NDArray[np.int64]  # per visit: the step that last took it out of a route
    absences: npt.NDArray[np.float64]  # per visit: how many steps left it out
    keys: npt.NDArray[np.float64]  # what `absent` is sorted by
    tried: npt.NDArray[np.int64]  # per route: the insertion that last looked at it
    tried_kind: npt.NDArray[np.int64]  # per kind: the insertion that last looked at somebody idle of it
    idle: npt.NDArray[np.int64]  # per kind: where in `members` the last idle one was found
    members: npt.NDArray[np.int64]  # technicians, one kind after the other
    member_from: npt.NDArray[np.int64]
    choice: npt.NDArray[np.int64]  # routes to be looked at
    my_route: npt.NDArray[np.uint8]  # 1: this thread's
    my_visit: npt.NDArray[np.uint8]
    centres: npt.NDArray[np.int64]  # this thread's visits
    missing: npt.NDArray[np.int64]  # unplanned visits when this call began
    counter: npt.NDArray[np.int64]
    priced: npt.NDArray[np.float64]  # V × SLOTS × (version of the route, price, position; -1: none costs less)
    rules: npt.NDArray[np.float64]


def make_memory(
    a: Arrays, s: State, best: npt.NDArray[np.int32], best_lengths: npt.NDArray[np.int64], number: int = 0
) -> Memory:
    """The memory of thread `number`, of all routes and visits until `share_out` says otherwise."""
    technicians, visits = len(s.lengths), len(a.visit)
    members = np.argsort(a.kinds, kind="stable")
    kinds = int(a.kinds.max(initial=-1)) + 1
    memory = Memory(
        kept=copy_of(s)._replace(where=np.zeros(0, dtype=np.int32)),
        touched=np.full(technicians, -1, dtype=np.int64),
        saved=np.zeros(technicians, dtype=np.int64),
        best=best,
        best_lengths=best_lengths,
        changed=np.zeros(technicians, dtype=np.int64),
        is_changed=np.zeros(technicians, dtype=np.uint8),
        absent=np.zeros(visits, dtype=np.int64),
        removed=np.zeros(visits, dtype=np.int64),
        absences=np.zeros(visits, dtype=np.float64),
        keys=np.zeros(visits, dtype=np.float64),
        tried=np.full(technicians, -1, dtype=np.int64),
        tried_kind=np.full(kinds, -1, dtype=np.int64),
        idle=np.zeros(kinds, dtype=np.int64),
        members=members.astype(np.int64),
        member_from=np.searchsorted(a.kinds[members], np.arange(kinds + 1)).astype(np.int64),
        choice=np.zeros(technicians, dtype=np.int64),
        my_route=np.ones(technicians, dtype=np.uint8),
        my_visit=np.ones(visits, dtype=np.uint8),
        centres=np.arange(visits, dtype=np.int64),
        missing=np.zeros(visits, dtype=np.int64),
        counter=np.zeros(8, dtype=np.int64),
        priced=np.full((visits, SLOTS, 3), -1.0),
        rules=np.array(RULES),
    )
    memory.counter[CENTRES] = visits
    memory.counter[VERSIONS] = max((1 + number) << 40, int(s.version.max(initial=0)))
    return Memory(memory.kept, *(apart(part) for part in memory[1:]))


@inline
def settle(s, m):  # type: ignore[no-untyped-def]
    """The routes that this step changed stay as they are: what is remembered of their prices is of no use any more."""
    for k in range(m.counter[SAVED]):
        m.counter[VERSIONS] += 1
        s.version[m.saved[k]] = m.counter[VERSIONS]


@inline
def copy_route(source, target, t):  # type: ignore[no-untyped-def]
    """Copy route `t` with all its arrays."""
    width, states = source.rows.shape[2], source.cost_to.shape[2]
    length = source.lengths[t]
    target.lengths[t] = length
    for k in range(length + 2):
        for c in range(width):
            target.rows[t, k, c] = source.rows[t, k, c]
        for c in range(states):
            target.cost_to[t, k, c] = source.cost_to[t, k, c]
        target.metres[t, k] = source.metres[t, k]
        for c in range(6):
            target.brief[t, c, k] = source.brief[t, c, k]
    target.costs[t] = source.costs[t]
    target.timed[t] = source.timed[t]
    for c in range(4):
        target.sums[t, c] = source.sums[t, c]
    for c in range(source.loads.shape[1]):
        target.loads[t, c] = source.loads[t, c]
    target.monotone[t] = source.monotone[t]
    target.pinned[t] = source.pinned[t]


@inline
def save(s, m, t):  # type: ignore[no-untyped-def]
    """Keep a copy of route `t` as it was before this step."""
    if m.touched[t] != m.counter[STEPS]:
        m.touched[t] = m.counter[STEPS]
        m.saved[m.counter[SAVED]] = t
        m.counter[SAVED] += 1
        copy_route(s, m.kept, t)


@inline
def undo(s, m):  # type: ignore[no-untyped-def]
    """Restore the routes as they were before this step."""
    for i in range(m.counter[ABSENT]):
        s.where[m.absent[i]] = -1
    for k in range(m.counter[SAVED]):
        t = m.saved[k]
        copy_route(m.kept, s, t)
        for j in range(1, s.lengths[t] + 1):
            s.where[s.rows[t, j, R_VISIT]] = t


def forget_prices(m: Memory) -> None:
    """What is remembered of prices is of no use any more: the price of a second has changed."""
    m.priced[:] = -1.0


def begin_step(s: State, m: Memory, absent: npt.NDArray[np.int64]) -> None:
    """Begin a step in which these visits are out of a route and nothing is saved yet; `recreate` inserts them."""
    settle(s, m)
    m.counter[STEPS] += 1
    m.counter[SAVED] = 0
    m.counter[ABSENT] = len(absent)
    m.absent[: len(absent)] = absent


def share_out(m: Memory, routes: npt.NDArray[np.uint8], visits: npt.NDArray[np.uint8]) -> None:
    """Let this thread work on the marked technicians and visits only."""
    m.my_route[:] = routes
    m.my_visit[:] = visits
    mine = np.flatnonzero(visits)
    m.centres[: len(mine)] = mine
    m.counter[CENTRES] = len(mine)
