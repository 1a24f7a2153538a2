"""Compiled: forward and backward propagation of a route after it has changed.

Forward: the earliest departure from every row and the cost up to there. Backward: the latest arrival at every row with
which the rest can still be worked. See `optimizer.search.state` for the rows, `optimizer.search.costs` for the names.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from optimizer.problem import UNREACHABLE
from optimizer.problem.flatten import (
    BASE_DISTANCE,
    BASE_LOCATION,
    BASE_TIME,
    BASE_TRAVEL,
    BASE_WORK,
    BREAK_FROM,
    BREAK_TO,
    END_LOCATION,
    FROZEN,
    LATEST_END,
    LOCATION,
    MAX_DISTANCE,
    MAX_TRAVEL,
    MONOTONE,
    NO_POSITION,
    POSITION,
    PROFILE,
    ROOM,
    SERVICE,
    SETUP,
    W_WAITING,
)
from optimizer.search.arrays import F_METRES, F_PICKUPS, Arrays
from optimizer.search.compiled import inline, jit
from optimizer.search.costs import (
    begin_work,
    break_until,
    drive,
    end_price,
    fits_otherwise,
    idle_price,
    latest_start,
    paced,
    used_price,
    visit_price,
)
from optimizer.search.first_look import write_brief
from optimizer.search.several_breaks import backward_pass_many, forward_pass_many
from optimizer.search.state import (
    FAR,
    R_LEG,
    R_PLACE,
    R_TIME,
    R_VISIT,
    R_WORK,
    S_METRES,
    S_TRAVEL,
    S_WORK,
    State,
    empty_state,
)


@inline
def update_leg(a, s, t, k):  # type: ignore[no-untyped-def]
    """Recompute row `k`: its location, the travel time from row `k` - 1, and the service time.

    Call it after a stop was inserted or removed before row `k`.
    """
    v = s.rows[t, k, R_VISIT]
    origin = s.rows[t, k - 1, R_PLACE]
    last = k > s.lengths[t]
    place = a.technician[t, END_LOCATION] if last else a.visit[v, LOCATION]
    profile = a.technician[t, PROFILE]
    raw = a.durations[profile, origin, place]
    s.rows[t, k, R_PLACE] = place
    s.rows[t, k, R_LEG] = paced(a, t, raw) if raw != UNREACHABLE else -1
    if last:
        s.rows[t, k, R_VISIT] = -1
        s.rows[t, k, R_WORK] = 0
        s.cost_to[t, k, s.cost_to.shape[2] - 1] = 0.0
    else:
        s.rows[t, k, R_WORK] = a.visit[v, SERVICE] + (a.visit[v, SETUP] if origin != place else 0)
        s.cost_to[t, k, s.cost_to.shape[2] - 1] = a.assigned[v, t]
    if a.flags[F_METRES]:
        s.metres[t, k] = a.distances[profile, origin, place] if raw != UNREACHABLE else 0


@inline
def reset(a, s, t):  # type: ignore[no-untyped-def]
    """The first row of route `t`: where and when its technician is free."""
    masks = s.cost_to.shape[2] - 1
    s.rows[t, 0, R_PLACE] = a.technician[t, BASE_LOCATION]
    s.rows[t, 0, R_VISIT] = -1
    for m in range(masks):
        s.rows[t, 0, R_TIME + m] = FAR
        s.cost_to[t, 0, m] = 0.0
    s.rows[t, 0, R_TIME] = a.technician[t, BASE_TIME]


@inline
def sum_up(a, s, t):  # type: ignore[no-untyped-def]
    """Sum up route `t`. Answers whether it keeps its limits, and what its assignments cost."""
    length = s.lengths[t]
    last = s.cost_to.shape[2] - 1
    driven, metres, work = a.technician[t, BASE_TRAVEL], a.technician[t, BASE_DISTANCE], a.technician[t, BASE_WORK]
    static = 0.0
    monotone = 1 if a.weights[W_WAITING] == 0.0 else 0
    pinned = 0
    reached = True
    for k in range(1, length + 2):
        leg = s.rows[t, k, R_LEG]
        if leg < 0:
            reached = reached and length == 0
            leg = 0
        driven += leg
        work += s.rows[t, k, R_WORK]
        static += s.cost_to[t, k, last]
        if k <= length:
            v = s.rows[t, k, R_VISIT]
            monotone &= a.visit[v, MONOTONE]
            if a.visit[v, POSITION] != NO_POSITION:
                pinned = 1
    if a.flags[F_METRES]:
        for k in range(1, length + 2):
            metres += s.metres[t, k]
    s.sums[t, S_TRAVEL] = driven
    s.sums[t, S_METRES] = metres
    s.sums[t, S_WORK] = work
    s.monotone[t] = monotone
    s.pinned[t] = pinned
    for d in range(a.capacity.shape[1]):
        load = a.base_load[t, d, 0]
        for k in range(1, length + 1):
            load += a.load[s.rows[t, k, R_VISIT], d, 0]
        s.loads[t, d] = load
        reached = reached and (length == 0 or load + a.base_load[t, d, 2] <= a.capacity[t, d])
    if length > 0:
        reached = reached and driven <= a.technician[t, MAX_TRAVEL] and metres <= a.technician[t, MAX_DISTANCE]
        reached = reached and length <= a.technician[t, ROOM]
    return reached, static


@inline
def forward_pass(a, s, t, b, row):  # type: ignore[no-untyped-def]
    """Fill the earliest departures from row `row` on. Answers the timed cost of the route (inf: not feasible)."""
    length = s.lengths[t]
    two = b >= 0
    t0, c0 = s.rows[t, row - 1, R_TIME], s.cost_to[t, row - 1, 0]
    t1, c1 = FAR, 0.0
    if two:
        t1, c1 = s.rows[t, row - 1, R_TIME + 1], s.cost_to[t, row - 1, 1]
    for k in range(row, length + 1):
        v = s.rows[t, k, R_VISIT]
        leg = s.rows[t, k, R_LEG]
        work = s.rows[t, k, R_WORK]
        idle = idle_price(a, t, k)
        latest = a.technician[t, LATEST_END] - work
        r0, c0, r1, c1 = drive(a, b, t0, c0, t1, c1, leg, idle)
        t0, t1 = FAR, FAR
        if r0 < FAR:
            start = begin_work(a, v, r0, latest)
            if start < FAR:
                t0 = start + work
                c0 += idle * (start - r0) + visit_price(a, v, start, t0)
        if r1 < FAR:
            start = begin_work(a, v, r1, latest)
            if start < FAR:
                t1 = start + work
                c1 += idle * (start - r1) + visit_price(a, v, start, t1)
        if leg < 0 or (t0 >= FAR and t1 >= FAR):
            return np.inf
        s.rows[t, k, R_TIME] = t0
        s.cost_to[t, k, 0] = c0
        if two:
            s.rows[t, k, R_TIME + 1] = t1
            s.cost_to[t, k, 1] = c1
    e0, c0, e1, c1 = drive(a, b, t0, c0, t1, c1, max(0, s.rows[t, length + 1, R_LEG]), 0.0)
    return end_price(a, t, b, e0, c0, e1, c1, length > 0)


@inline
def backward_pass(a, s, t, b):  # type: ignore[no-untyped-def]
    """Fill the latest arrivals of all rows, for a break that is still to be taken and for one that is over."""
    length = s.lengths[t]
    late = R_TIME + s.cost_to.shape[2] - 1
    done = a.technician[t, LATEST_END]
    open_ = done
    if b >= 0:
        open_ = min(done, a.break_windows[a.breaks[b, 2] - 1, 1])
        s.rows[t, length + 1, late + 1] = done
    s.rows[t, length + 1, late] = open_
    for k in range(length, 0, -1):
        v = s.rows[t, k, R_VISIT]
        leg = s.rows[t, k + 1, R_LEG]
        work = s.rows[t, k, R_WORK]
        leave = open_ - leg
        if b >= 0:
            leave = max(leave, break_until(a, b, done, leg))
            done = latest_start(a, v, done - leg - work)
            s.rows[t, k, late + 1] = done
        open_ = latest_start(a, v, leave - work)
        s.rows[t, k, late] = open_


@inline
def recompute(a, s, t, row):  # type: ignore[no-untyped-def]
    """`propagate`, but for what a first look needs."""
    length = s.lengths[t]
    count = a.technician[t, BREAK_TO] - a.technician[t, BREAK_FROM]
    b = a.technician[t, BREAK_FROM] if count > 0 else -1
    reached, static = sum_up(a, s, t)
    s.costs[t] = np.inf
    timed = forward_pass_many(a, s, t, row) if count > 1 else forward_pass(a, s, t, b, row)
    if length == 0 and timed == np.inf:
        timed = 0.0  # whoever has only frozen stops ends when they end
    if not reached or timed == np.inf:
        return np.inf
    special = s.pinned[t] == 1 or a.flags[F_PICKUPS] == 1
    if special and length > 0 and not fits_otherwise(a, s, t, -1, 0):
        return np.inf
    if count > 1:
        backward_pass_many(a, s, t)
    else:
        backward_pass(a, s, t, b)
    s.timed[t] = timed
    if length == 0 and a.technician[t, FROZEN] == 0:
        s.timed[t] = 0.0
        s.sums[t, S_TRAVEL] = 0
        s.sums[t, S_METRES] = 0
        s.sums[t, S_WORK] = 0
        s.costs[t] = 0.0
    else:
        s.costs[t] = used_price(a, t, timed, static, s.sums[t, S_TRAVEL], s.sums[t, S_METRES], s.sums[t, S_WORK])
    return s.costs[t]


@jit
def propagate(a, s, t, row):  # type: ignore[no-untyped-def]
    """Recompute route `t` from row `row` on; rows before it have not changed. Answers its cost (inf: not feasible)."""
    cost = recompute(a, s, t, row)
    write_brief(a, s, t)
    return cost


@jit
def refresh(a, s, t, position):  # type: ignore[no-untyped-def]
    """Recompute route `t` from the stop at `position` on, of which only the visits are known; answers its cost."""
    if position == 0:
        reset(a, s, t)
    for k in range(position + 1, s.lengths[t] + 2):
        update_leg(a, s, t, k)
    return propagate(a, s, t, position + 1)


@inline
def insert(a, s, t, v, position):  # type: ignore[no-untyped-def]
    """Insert `v` into route `t`. Call `propagate` from row `position` + 1 on afterwards."""
    width, states = s.rows.shape[2], s.cost_to.shape[2]
    for k in range(s.lengths[t] + 1, position, -1):
        for c in range(width):
            s.rows[t, k + 1, c] = s.rows[t, k, c]
        for c in range(states):
            s.cost_to[t, k + 1, c] = s.cost_to[t, k, c]
        s.metres[t, k + 1] = s.metres[t, k]
    s.lengths[t] += 1
    s.where[v] = t
    s.rows[t, position + 1, R_VISIT] = v
    update_leg(a, s, t, position + 1)
    update_leg(a, s, t, position + 2)


def make_state(a: Arrays) -> State:
    """Empty routes for the problem of `a`."""
    state = empty_state(a)
    for technician in range(len(a.technician)):
        assign(a, state, technician, np.zeros(0, dtype=np.int64))
    return state


def assign(a: Arrays, s: State, t: int, order: npt.NDArray[np.int64]) -> float:
    """Make `order` the route of `t`, whose visits become free; answers its cost, inf where it cannot be worked."""
    s.where[s.where == t] = -1
    s.rows[t, 1 : len(order) + 1, R_VISIT] = order
    s.lengths[t] = len(order)
    s.where[order] = t
    return float(refresh(a, s, t, 0))
