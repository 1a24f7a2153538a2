"""Compiled route arithmetic: what a route costs, stop by stop (`optimizer.placing` finds where a visit fits best).

A route's state after k stops is, for every set of breaks already taken, the earliest moment it can be left and the
costs so far that depend on times. States of all routes are kept, so that an insertion is priced from the stop before
it, not from the morning. The order in which states are compared (earlier first, then cheaper) makes times exact and
costs, with breaks, almost always so; the plan's final times come from :mod:`optimizer.schedule` and its judgement
from :mod:`optimizer.evaluate`.

Numba optimises whatever a function calls once more with the function itself, so the big ones (`refresh`,
`best_position`) are called from few places: compiling takes half as long.

Rows 0 to T - 1 of the state arrays belong to the technicians, row T is scratch. `a` is an `Arrays`, `s` a `State`, t
a technician, v a visit, k a place in a route, m a set of breaks as bits.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from optimizer.arrays import (
    BASE_DISTANCE,
    BASE_LOCATION,
    BASE_TIME,
    BASE_TRAVEL,
    BASE_WORK,
    BREAK_FROM,
    BREAK_TO,
    DUE,
    END_LOCATION,
    FIXED_COST,
    FROZEN,
    HOUR_COST,
    KM_COST,
    LATEST_END,
    LOCATION,
    MAX_DISTANCE,
    MAX_TRAVEL,
    NO_LIMIT,
    NO_POSITION,
    NOTIFIED_HIGH,
    NOTIFIED_LOW,
    OVERTIME_FROM,
    PLAIN,
    POSITION,
    PUBLISHED,
    ROOM,
    SERVICE,
    SETUP,
    SPEED,
    TASK_COST,
    W_ABOVE,
    W_BUFFER,
    W_CHANGE,
    W_DISTANCE,
    W_IMBALANCE,
    W_NOTIFIED,
    W_OVERTIME,
    W_RISK,
    W_TECHNICIAN,
    W_TRAVEL,
    W_WAITING,
    W_WISH,
    WINDOW_FROM,
    WINDOW_TO,
    WISH_FROM,
    WISH_TO,
    Arrays,
)

FAR = 2**50
UNREACHABLE = 2**31 - 1


class State(NamedTuple):
    """All routes (T × L, filled with -1), their lengths and costs, where each visit is, and the states after every
    stop.
    """

    routes: npt.NDArray[np.int32]  # (T + 1) × (L + 1)
    lengths: npt.NDArray[np.int64]
    costs: npt.NDArray[np.float64]
    where: npt.NDArray[np.int32]
    time: npt.NDArray[np.int64]  # (T + 1) × (L + 4) × 2^breaks
    cost: npt.NDArray[np.float64]
    rest: npt.NDArray[np.int64]  # 2^breaks: seconds still to drive, inside `cross_gap`
    sums: npt.NDArray[np.int64]  # T × (L + 1) × (travel, distance, work)
    static: npt.NDArray[np.float64]  # T × (L + 1)
    late: npt.NDArray[np.int64]  # T × (L + 1) × 2^breaks: when stop k (or the end) must be reached at the latest
    load: npt.NDArray[np.int64]  # seconds of travel and work of the whole route
    plain: npt.NDArray[np.uint8]  # 1: no visit of the route is cheaper later or earlier, pinned in place, or a load


def make_state(a: Arrays) -> State:
    """Empty routes for the problem of `a`, with their states."""
    technicians, visits = len(a.technician), len(a.visit)
    longest = max(1, min(int(a.technician[:, ROOM].max(initial=1)), visits))
    breaks = a.technician[:, BREAK_TO] - a.technician[:, BREAK_FROM]
    masks = 1 << int(breaks.max(initial=0))
    state = State(
        routes=np.full((technicians + 1, longest + 1), -1, dtype=np.int32),
        lengths=np.zeros(technicians, dtype=np.int64),
        costs=np.zeros(technicians, dtype=np.float64),
        where=np.full(visits, -1, dtype=np.int32),
        time=np.full((technicians + 1, longest + 4, masks), FAR, dtype=np.int64),
        cost=np.zeros((technicians + 1, longest + 4, masks), dtype=np.float64),
        rest=np.zeros(masks, dtype=np.int64),
        sums=np.zeros((technicians, longest + 1, 3), dtype=np.int64),
        static=np.zeros((technicians, longest + 1), dtype=np.float64),
        late=np.full((technicians, longest + 1, masks), FAR, dtype=np.int64),
        load=np.zeros(technicians, dtype=np.int64),
        plain=np.ones(technicians, dtype=np.uint8),
    )
    for technician in range(technicians):
        refresh(a, state, technician, 0)
    return state


# without numba's reference counting: it counted every array at every call, and nothing here allocates
OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}


def jit(function: Any) -> Any:
    """Compile, keeping the result beside the source."""
    return numba.njit(**OPTIONS)(function)


@jit
def travel(a, t, origin, target):  # type: ignore[no-untyped-def]
    """Seconds for technician `t`, or -1 where no road leads."""
    raw = np.int64(a.durations[origin, target])
    if raw == UNREACHABLE or a.distances[origin, target] == UNREACHABLE:
        seconds = np.int64(-1)
    elif a.rates[t, SPEED] == 1.0:
        seconds = raw
    else:
        seconds = np.int64(raw / a.rates[t, SPEED] + 0.5)
    return seconds


@jit
def work_at(a, v, origin):  # type: ignore[no-untyped-def]
    """Seconds of set-up and service at `v`, coming from `origin`."""
    work = a.visit[v, SERVICE]
    if origin != a.visit[v, LOCATION]:
        work += a.visit[v, SETUP]
    return work


@jit
def first_break(a, b, moment):  # type: ignore[no-untyped-def]
    """The first moment from `moment` on at which break `b` may start, or FAR."""
    for k in range(a.breaks[b, 1], a.breaks[b, 2]):
        if moment <= a.break_windows[k, 1]:
            return max(moment, a.break_windows[k, 0])
    return FAR


@jit
def cross_gap(a, s, t, seconds, paid, row, k, row_out, k_out):  # type: ignore[no-untyped-def]
    """Drive `seconds`, with any breaks on the way: from the states at (row, k) to those at (row_out, k_out).

    `paid` is the price of an idle second.
    """
    first = a.technician[t, BREAK_FROM]
    count = a.technician[t, BREAK_TO] - first
    masks = 1 << count
    for m in range(masks):
        s.time[row_out, k_out, m] = s.time[row, k, m]
        s.cost[row_out, k_out, m] = s.cost[row, k, m]
        s.rest[m] = seconds
    for m in range(masks):
        moment = s.time[row_out, k_out, m]
        if moment >= FAR:
            continue
        price = s.cost[row_out, k_out, m]
        left = s.rest[m]
        for b in range(count):
            if m & (1 << b):
                continue
            begin = first_break(a, first + b, moment)
            if begin >= FAR:
                continue
            forward = begin - moment
            remaining = max(0, left - forward)
            total = price + paid * max(0, forward - left)
            over = begin + a.breaks[first + b, 0]
            other = m | (1 << b)
            known = s.time[row_out, k_out, other]
            if known < FAR:
                known += s.rest[other]
            arrival = over + remaining
            if arrival < known or (arrival == known and total < s.cost[row_out, k_out, other]):
                s.time[row_out, k_out, other] = over
                s.rest[other] = remaining
                s.cost[row_out, k_out, other] = total
        s.time[row_out, k_out, m] = moment + left


@jit
def visit_price(a, v, start, departure):  # type: ignore[no-untyped-def]
    """The terms of visit `v` that depend on its times."""
    price = 0.0
    due = a.visit[v, DUE]
    if departure > due:
        price += a.due_price[v] * (departure - due)
    if a.weights[W_RISK] > 0.0 and due < NO_LIMIT:
        missed = departure - (due - a.weights[W_BUFFER])
        if missed > 0:
            price += a.weights[W_RISK] * min(missed, a.weights[W_BUFFER])
    if a.visit[v, PLAIN] == 0:
        if a.visit[v, WISH_FROM] < a.visit[v, WISH_TO]:
            kept = False
            for k in range(a.visit[v, WISH_FROM], a.visit[v, WISH_TO]):
                if a.wishes[k, 0] <= start <= a.wishes[k, 1]:
                    kept = True
            if not kept:
                price += a.weights[W_WISH]
        if a.visit[v, PUBLISHED] < NO_LIMIT:
            price += a.weights[W_CHANGE] * abs(start - a.visit[v, PUBLISHED])
            if start < a.visit[v, NOTIFIED_LOW] or start > a.visit[v, NOTIFIED_HIGH]:
                price += a.weights[W_NOTIFIED]
    return price


@jit
def wished_start(a, v, start, latest):  # type: ignore[no-untyped-def]
    """A start later than `start` that people count on, if the windows allow it: the published one, or a preferred
    one.
    """
    wish = FAR
    if a.visit[v, PUBLISHED] < NO_LIMIT and a.weights[W_CHANGE] > 0.0:
        wish = a.visit[v, PUBLISHED]
    elif a.weights[W_WISH] > 0.0:
        for k in range(a.visit[v, WISH_FROM], a.visit[v, WISH_TO]):
            if start <= a.wishes[k, 1]:
                wish = a.wishes[k, 0]
                break
        if wish - start > a.weights[W_WISH]:
            return start
    if wish <= start or wish > latest:
        return start
    for k in range(a.visit[v, WINDOW_FROM], a.visit[v, WINDOW_TO]):
        if a.windows[k, 0] <= wish <= a.windows[k, 1]:
            return wish
    return start


@jit
def step(a, s, t, seconds, work, paid, v, row, k, row_out, k_out):  # type: ignore[no-untyped-def]
    """Drive `seconds` to visit `v` and do its `work`. False where no state survives."""
    count = a.technician[t, BREAK_TO] - a.technician[t, BREAK_FROM]
    if count == 0:
        s.time[row_out, k_out, 0] = s.time[row, k, 0] + seconds
        s.cost[row_out, k_out, 0] = s.cost[row, k, 0]
    else:
        cross_gap(a, s, t, seconds, paid, row, k, row_out, k_out)
    alive = False
    latest = a.technician[t, LATEST_END] - work
    for m in range(1 << count):
        ready = s.time[row_out, k_out, m]
        start = FAR
        for w in range(a.visit[v, WINDOW_FROM], a.visit[v, WINDOW_TO]):
            if ready <= a.windows[w, 1]:
                start = max(ready, a.windows[w, 0])
                break
        if a.visit[v, PLAIN] == 0 and start <= latest:
            start = wished_start(a, v, start, latest)
        if start > latest:
            s.time[row_out, k_out, m] = FAR
            continue
        s.time[row_out, k_out, m] = start + work
        s.cost[row_out, k_out, m] += paid * (start - ready) + visit_price(a, v, start, start + work)
        alive = True
    return alive


@jit
def finish(a, s, t, origin, row, k, length, driven, trip, work, static):  # type: ignore[no-untyped-def]
    """The cost of the whole route that ends after the states at (row, k); inf where it cannot end in time.

    `driven`, `trip` and `work` are seconds, metres and seconds so far. Uses the last scratch column.
    """
    if length == 0 and a.technician[t, FROZEN] == 0:
        return 0.0
    end_place = a.technician[t, END_LOCATION]
    seconds = travel(a, t, origin, end_place)
    metres = np.int64(a.distances[origin, end_place])
    if seconds < 0:
        if length > 0:
            return np.inf
        seconds, metres = np.int64(0), np.int64(0)
    total = a.technician[t, BASE_TRAVEL] + driven + seconds
    far = a.technician[t, BASE_DISTANCE] + trip + metres
    if length > 0 and (total > a.technician[t, MAX_TRAVEL] or far > a.technician[t, MAX_DISTANCE]):
        return np.inf
    scratch, last = s.time.shape[0] - 1, s.time.shape[1] - 1
    cross_gap(a, s, t, seconds, 0.0, row, k, scratch, last)
    first = a.technician[t, BREAK_FROM]
    count = a.technician[t, BREAK_TO] - first
    best = np.inf
    for m in range(1 << count):
        end = s.time[scratch, last, m]
        if end >= FAR or (length > 0 and end > a.technician[t, LATEST_END]):
            continue
        moment = end
        for b in range(count):
            if m & (1 << b) == 0 and moment < FAR:
                begin = first_break(a, first + b, moment)
                moment = begin + a.breaks[first + b, 0] if begin < FAR else FAR
        if moment >= FAR:
            continue
        price = s.cost[scratch, last, m]
        if end > a.technician[t, OVERTIME_FROM]:
            price += a.weights[W_OVERTIME] * (end - a.technician[t, OVERTIME_FROM])
        best = min(best, price)
    if best == np.inf:
        if length > 0:
            return np.inf
        best = 0.0
    load = total + a.technician[t, BASE_WORK] + work
    own = a.rates[t, FIXED_COST] + a.rates[t, KM_COST] * far / 1000.0
    own += (a.rates[t, HOUR_COST] * total + a.rates[t, TASK_COST] * (a.technician[t, BASE_WORK] + work)) / 3600.0
    price = best + static + a.weights[W_TRAVEL] * total + a.weights[W_DISTANCE] * far + a.weights[W_TECHNICIAN] * own
    if load > a.weights[W_ABOVE]:
        price += a.weights[W_IMBALANCE] * (load - a.weights[W_ABOVE])
    return price


@jit
def fits_otherwise(a, s, t, row, length):  # type: ignore[no-untyped-def]
    """Loads and pinned positions of the whole route in `row`."""
    for k in range(length):
        fixed = a.visit[s.routes[row, k], POSITION]
        if fixed == -1:
            if k != length - 1:
                return False
        elif fixed >= 0 and fixed != k + a.technician[t, FROZEN]:
            return False
    for d in range(a.capacity.shape[1]):
        load = a.base_load[t, d, 0]
        for k in range(length):
            load += a.load[s.routes[row, k], d, 0]
        if load + a.base_load[t, d, 2] > a.capacity[t, d]:
            return False
        load += a.base_load[t, d, 1] - a.base_load[t, d, 0]
        for k in range(length):
            load += a.load[s.routes[row, k], d, 1] - a.load[s.routes[row, k], d, 0]
            if load > a.capacity[t, d]:
                return False
    return True


@jit
def place_before(a, s, t, position):  # type: ignore[no-untyped-def]
    """Where technician `t` comes from when going to the stop at `position`."""
    place = a.technician[t, BASE_LOCATION]
    if position > 0:
        place = a.visit[s.routes[t, position - 1], LOCATION]
    return place


@jit
def look_back(a, s, t):  # type: ignore[no-untyped-def]
    """From the end of route `t` to its start: when each stop must be reached at the latest.

    Exact with one break in a gap; with several, and where set-ups change, no earlier than the truth.
    """
    length = s.lengths[t]
    first = a.technician[t, BREAK_FROM]
    count = a.technician[t, BREAK_TO] - first
    masks = 1 << count
    target = a.technician[t, END_LOCATION]
    for m in range(masks):
        latest = a.technician[t, LATEST_END]
        for b in range(count):
            if m & (1 << b) == 0:
                latest = min(latest, a.break_windows[a.breaks[first + b, 2] - 1, 1])
        s.late[t, length, m] = latest
    for k in range(length - 1, -1, -1):
        v = s.routes[t, k]
        place = a.visit[v, LOCATION]
        seconds = travel(a, t, place, target)
        work = work_at(a, v, place_before(a, s, t, k))
        for m in range(masks):
            leave = s.late[t, k + 1, m] - seconds
            for more in range(m + 1, masks):
                if more & m == m:
                    leave = max(leave, latest_departure(a, s, t, k + 1, first, count, more ^ m, more, seconds))
            start = -FAR
            for w in range(a.visit[v, WINDOW_FROM], a.visit[v, WINDOW_TO]):
                if a.windows[w, 0] <= leave - work:
                    start = min(a.windows[w, 1], leave - work)
            s.late[t, k, m] = start
        target = place


@jit
def latest_departure(a, s, t, k, first, count, taken, after, seconds):  # type: ignore[no-untyped-def]
    """When to leave for stop `k`, `seconds` away, with the breaks `taken` on the way, so that it is reached in time."""
    latest = -FAR
    reach = s.late[t, k, after]
    if taken & (taken - 1) == 0:
        for b in range(count):
            if taken == 1 << b:
                length = a.breaks[first + b, 0]
                for w in range(a.breaks[first + b, 1], a.breaks[first + b, 2]):
                    if a.break_windows[w, 0] + length <= reach:
                        latest = max(latest, min(a.break_windows[w, 1], reach - length - seconds))
    else:
        latest = reach - seconds
        for b in range(count):
            if taken & (1 << b):
                latest -= a.breaks[first + b, 0]
    return latest


@jit
def in_time(a, s, t, k, seconds):  # type: ignore[no-untyped-def]
    """Whether, from the first scratch states, stop `k` of route `t`, `seconds` away, can be reached in time."""
    first = a.technician[t, BREAK_FROM]
    count = a.technician[t, BREAK_TO] - first
    masks = 1 << count
    scratch = s.time.shape[0] - 1
    for m in range(masks):
        leave = s.time[scratch, 0, m]
        if leave >= FAR:
            continue
        if leave + seconds <= s.late[t, k, m]:
            return True
        for more in range(m + 1, masks):
            if more & m == m and leave <= latest_departure(a, s, t, k, first, count, more ^ m, more, seconds):
                return True
    return False


@jit
def refresh(a, s, t, position):  # type: ignore[no-untyped-def]
    """Recompute the states of route `t` from `position` on and its cost; answers the cost (inf: not feasible)."""
    masks = 1 << (a.technician[t, BREAK_TO] - a.technician[t, BREAK_FROM])
    if position == 0:
        for m in range(masks):
            s.time[t, 0, m] = FAR
            s.cost[t, 0, m] = 0.0
        s.time[t, 0, 0] = a.technician[t, BASE_TIME]
        for part in range(3):
            s.sums[t, 0, part] = 0
        s.static[t, 0] = 0.0
    length = s.lengths[t]
    origin = place_before(a, s, t, position)
    look_back(a, s, t)
    s.plain[t] = 1 if a.capacity.shape[1] == 0 and a.weights[W_WAITING] == 0.0 else 0
    for k in range(length):
        if a.visit[s.routes[t, k], PLAIN] == 0 or a.visit[s.routes[t, k], POSITION] != NO_POSITION:
            s.plain[t] = 0
    for k in range(position, length):
        v = s.routes[t, k]
        place = a.visit[v, LOCATION]
        seconds = travel(a, t, origin, place)
        work = work_at(a, v, origin)
        paid = 0.0 if k == 0 and a.technician[t, FROZEN] == 0 else a.weights[W_WAITING]
        if seconds < 0 or not step(a, s, t, seconds, work, paid, v, t, k, t, k + 1):
            for later in range(k + 1, length + 1):
                for m in range(masks):
                    s.time[t, later, m] = FAR
            s.costs[t] = np.inf
            return np.inf
        s.sums[t, k + 1, 0] = s.sums[t, k, 0] + seconds
        s.sums[t, k + 1, 1] = s.sums[t, k, 1] + a.distances[origin, place]
        s.sums[t, k + 1, 2] = s.sums[t, k, 2] + work
        s.static[t, k + 1] = s.static[t, k] + a.static[t, v]
        origin = place
    if length > a.technician[t, ROOM] or (length > 0 and not fits_otherwise(a, s, t, t, length)):
        s.costs[t] = np.inf
        return np.inf
    sums = s.sums
    s.load[t] = a.technician[t, BASE_TRAVEL] + a.technician[t, BASE_WORK] + sums[t, length, 0] + sums[t, length, 2]
    s.load[t] += max(0, travel(a, t, origin, a.technician[t, END_LOCATION]))
    s.costs[t] = finish(
        a,
        s,
        t,
        origin,
        t,
        length,
        length,
        sums[t, length, 0],
        sums[t, length, 1],
        sums[t, length, 2],
        s.static[t, length],
    )
    return s.costs[t]
