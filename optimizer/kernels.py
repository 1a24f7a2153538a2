"""Compiled route arithmetic: what a route costs, and where a visit fits best.

A route's state after k stops is, for every set of breaks already taken, the earliest moment it can be left and the
costs so far that depend on times. States of all routes are kept, so that an insertion is priced from the stop before
it, not from the morning. The order in which states are compared (earlier first, then cheaper) makes times exact and
costs, with breaks, almost always so; the plan's final times come from :mod:`optimizer.schedule` and its judgement
from :mod:`optimizer.evaluate`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from optimizer.arrays import Arrays

FAR = 2**50
UNREACHABLE = 2**31 - 1


class State(NamedTuple):
    """All routes (T × L, filled with -1), their lengths and costs, where each visit is, and the states after every
    stop.
    """

    routes: npt.NDArray[np.int32]
    lengths: npt.NDArray[np.int64]
    costs: npt.NDArray[np.float64]
    where: npt.NDArray[np.int32]
    time: npt.NDArray[np.int64]  # T × (L + 1) × 2^breaks
    cost: npt.NDArray[np.float64]
    sums: npt.NDArray[np.int64]  # T × (L + 1) × (travel, distance, work)
    static: npt.NDArray[np.float64]  # T × (L + 1)
    scratch_time: npt.NDArray[np.int64]  # 4 × 2^breaks
    scratch_cost: npt.NDArray[np.float64]
    scratch_route: npt.NDArray[np.int32]


def make_state(a: Arrays) -> State:
    """Empty routes for the problem of `a`, with their states."""
    technicians, visits = len(a.room), len(a.location)
    longest = max(1, min(int(a.room.max(initial=1)), visits))
    masks = 1 << int(np.diff(a.break_at).max(initial=0))
    state = State(
        routes=np.full((technicians, longest), -1, dtype=np.int32),
        lengths=np.zeros(technicians, dtype=np.int64),
        costs=np.zeros(technicians, dtype=np.float64),
        where=np.full(visits, -1, dtype=np.int32),
        time=np.full((technicians, longest + 1, masks), FAR, dtype=np.int64),
        cost=np.zeros((technicians, longest + 1, masks), dtype=np.float64),
        sums=np.zeros((technicians, longest + 1, 3), dtype=np.int64),
        static=np.zeros((technicians, longest + 1), dtype=np.float64),
        scratch_time=np.full((4, masks), FAR, dtype=np.int64),
        scratch_cost=np.zeros((4, masks), dtype=np.float64),
        scratch_route=np.full(longest + 1, -1, dtype=np.int32),
    )
    for technician in range(technicians):
        refresh(a, state, technician)
    return state


def _jit(function: Any) -> Any:
    return numba.njit(cache=True, nogil=True, fastmath=False)(function)


@_jit
def travel(a, t, origin, target):  # type: ignore[no-untyped-def]
    """Seconds for technician `t`, or -1 where no road leads."""
    seconds = a.durations[origin, target]
    if seconds == UNREACHABLE or a.distances[origin, target] == UNREACHABLE:
        return -1
    if a.speed[t] == 1.0:
        return np.int64(seconds)
    return np.int64(seconds / a.speed[t] + 0.5)


@_jit
def first_break(a, b, moment):  # type: ignore[no-untyped-def]
    """The first moment from `moment` on at which break `b` may start, or FAR."""
    for k in range(a.break_window_at[b], a.break_window_at[b + 1]):
        if moment <= a.break_high[k]:
            return max(moment, a.break_low[k])
    return FAR


@_jit
def cross_gap(a, t, seconds, paid, time, cost, out_time, out_cost, rest):  # type: ignore[no-untyped-def]
    """Drive `seconds`, with any breaks on the way: from states (time, cost) to (out_time, out_cost) at the next place.

    `rest` receives the seconds still to drive after the last break; `paid` is the price of an idle second.
    """
    first = a.break_at[t]
    count = a.break_at[t + 1] - first
    masks = 1 << count
    for m in range(masks):
        out_time[m] = time[m]
        out_cost[m] = cost[m]
        rest[m] = seconds
    for m in range(masks):
        if out_time[m] >= FAR:
            continue
        for b in range(count):
            if m & (1 << b):
                continue
            begin = first_break(a, first + b, out_time[m])
            if begin >= FAR:
                continue
            forward = begin - out_time[m]
            remaining = max(0, rest[m] - forward)
            price = out_cost[m] + paid * max(0, forward - rest[m])
            over = begin + a.break_duration[first + b]
            other = m | (1 << b)
            arrival = over + remaining
            known = out_time[other] + rest[other] if out_time[other] < FAR else FAR
            if arrival < known or (arrival == known and price < out_cost[other]):
                out_time[other] = over
                rest[other] = remaining
                out_cost[other] = price
    for m in range(masks):
        if out_time[m] < FAR:
            out_time[m] += rest[m]


@_jit
def visit_price(a, v, start, departure):  # type: ignore[no-untyped-def]
    """The terms of visit `v` that depend on its times."""
    w = a.weights
    price = 0.0
    if departure > a.due[v]:
        price += a.due_price[v] * (departure - a.due[v])
    if w[10] > 0.0 and a.due[v] < FAR >> 10:
        missed = departure - (a.due[v] - w[11])
        if missed > 0:
            price += w[10] * min(missed, w[11])
    if a.wish_at[v] < a.wish_at[v + 1]:
        kept = False
        for k in range(a.wish_at[v], a.wish_at[v + 1]):
            if a.wish_low[k] <= start <= a.wish_high[k]:
                kept = True
        if not kept:
            price += w[7]
    if a.published[v] < FAR >> 10:
        price += w[8] * abs(start - a.published[v])
        if start < a.notified_low[v] or start > a.notified_high[v]:
            price += w[9]
    return price


@_jit
def step(a, t, first, origin, v, time, cost, out_time, out_cost, rest):  # type: ignore[no-untyped-def]
    """Go from `origin` to visit `v` and do it. False where no state survives."""
    seconds = travel(a, t, origin, a.location[v])
    if seconds < 0:
        return False
    paid = 0.0 if first and a.frozen[t] == 0 else a.weights[2]
    cross_gap(a, t, seconds, paid, time, cost, out_time, out_cost, rest)
    work = a.service[v]
    if origin != a.location[v]:
        work += a.setup[v]
    alive = False
    for m in range(1 << (a.break_at[t + 1] - a.break_at[t])):
        ready = out_time[m]
        if ready >= FAR:
            continue
        start = FAR
        for k in range(a.window_at[v], a.window_at[v + 1]):
            if ready <= a.window_high[k]:
                start = max(ready, a.window_low[k])
                break
        if start + work > a.latest_end[t]:
            out_time[m] = FAR
            continue
        out_time[m] = start + work
        out_cost[m] += paid * (start - ready) + visit_price(a, v, start, start + work)
        alive = True
    return alive


@_jit
def finish(a, t, origin, time, cost, trip, length, driven, work, static, out_time, out_cost, rest):  # type: ignore[no-untyped-def]
    """The cost of the whole route that ends after these states, inf where it cannot end in time.

    `trip` is the distance, `driven` the travel so far.
    """
    if length == 0 and a.frozen[t] == 0:
        return 0.0
    seconds = travel(a, t, origin, a.end_location[t])
    metres = a.distances[origin, a.end_location[t]]
    if seconds < 0:
        if length > 0:
            return np.inf
        seconds = 0
        metres = 0
    total = a.base_travel[t] + driven + seconds
    far = a.base_distance[t] + trip + metres
    if length > 0 and (total > a.max_travel[t] or far > a.max_distance[t]):
        return np.inf
    cross_gap(a, t, seconds, 0.0, time, cost, out_time, out_cost, rest)
    first = a.break_at[t]
    count = a.break_at[t + 1] - first
    best = np.inf
    for m in range(1 << count):
        end = out_time[m]
        if end >= FAR or (length > 0 and end > a.latest_end[t]):
            continue
        moment = end
        for b in range(count):
            if m & (1 << b) == 0 and moment < FAR:
                begin = first_break(a, first + b, moment)
                moment = begin + a.break_duration[first + b] if begin < FAR else FAR
        if moment >= FAR:
            continue
        price = out_cost[m]
        if end > a.overtime_from[t]:
            price += a.weights[5] * (end - a.overtime_from[t])
        best = min(best, price)
    if best == np.inf:
        if length > 0:
            return np.inf
        best = 0.0
    w = a.weights
    load = total + a.base_work[t] + work
    own = a.fixed_cost[t] + a.km_cost[t] * far / 1000.0
    own += (a.hour_cost[t] * total + a.task_cost[t] * (a.base_work[t] + work)) / 3600.0
    price = best + static + w[0] * total + w[1] * far + w[6] * own
    if load > w[3]:
        price += w[4] * (load - w[3])
    return price


@_jit
def fits_otherwise(a, t, route, length):  # type: ignore[no-untyped-def]
    """Loads and pinned positions of a whole route."""
    for k in range(length):
        fixed = a.position[route[k]]
        if fixed == -1:
            if k != length - 1:
                return False
        elif fixed >= 0 and fixed != k + a.frozen[t]:
            return False
    for d in range(a.capacity.shape[1]):
        load = a.base_delivery[t, d]
        for k in range(length):
            load += a.delivery[route[k], d]
        if load + a.base_peak[t, d] > a.capacity[t, d]:
            return False
        load += a.base_pickup[t, d] - a.base_delivery[t, d]
        for k in range(length):
            load += a.pickup[route[k], d] - a.delivery[route[k], d]
            if load > a.capacity[t, d]:
                return False
    return True


@_jit
def refresh_from(a, s, t, position):  # type: ignore[no-untyped-def]
    """Recompute the states of route `t` from `position` on and its cost; answers the cost (inf: not feasible)."""
    masks = 1 << (a.break_at[t + 1] - a.break_at[t])
    if position == 0:
        for m in range(masks):
            s.time[t, 0, m] = FAR
            s.cost[t, 0, m] = 0.0
        s.time[t, 0, 0] = a.base_time[t]
        s.sums[t, 0, :] = 0
        s.static[t, 0] = 0.0
    length = s.lengths[t]
    origin = a.base_location[t] if position == 0 else a.location[s.routes[t, position - 1]]
    for k in range(position, length):
        v = s.routes[t, k]
        if not step(
            a, t, k == 0, origin, v, s.time[t, k], s.cost[t, k], s.time[t, k + 1], s.cost[t, k + 1], s.scratch_time[3]
        ):
            for later in range(k + 1, length + 1):
                for m in range(masks):
                    s.time[t, later, m] = FAR
            s.costs[t] = np.inf
            return np.inf
        s.sums[t, k + 1, 0] = s.sums[t, k, 0] + travel(a, t, origin, a.location[v])
        s.sums[t, k + 1, 1] = s.sums[t, k, 1] + a.distances[origin, a.location[v]]
        s.sums[t, k + 1, 2] = s.sums[t, k, 2] + a.service[v] + (a.setup[v] if origin != a.location[v] else 0)
        s.static[t, k + 1] = s.static[t, k] + a.static[t, v]
        origin = a.location[v]
    s.costs[t] = finish(
        a,
        t,
        origin,
        s.time[t, length],
        s.cost[t, length],
        s.sums[t, length, 1],
        length,
        s.sums[t, length, 0],
        s.sums[t, length, 2],
        s.static[t, length],
        s.scratch_time[2],
        s.scratch_cost[2],
        s.scratch_time[3],
    )
    if length > a.room[t] or not fits_otherwise(a, t, s.routes[t], length):
        s.costs[t] = np.inf
    return s.costs[t]


@_jit
def refresh(a, s, t):  # type: ignore[no-untyped-def]
    return refresh_from(a, s, t, 0)


@_jit
def price_at(a, s, t, v, position):  # type: ignore[no-untyped-def]
    """The cost of route `t` with `v` inserted at `position`, inf where it does not fit."""
    length = s.lengths[t]
    origin = a.base_location[t] if position == 0 else a.location[s.routes[t, position - 1]]
    target = a.location[v]
    current, other = 0, 1
    if not step(
        a,
        t,
        position == 0,
        origin,
        v,
        s.time[t, position],
        s.cost[t, position],
        s.scratch_time[0],
        s.scratch_cost[0],
        s.scratch_time[3],
    ):
        return np.inf
    driven = s.sums[t, position, 0] + travel(a, t, origin, target)
    trip = s.sums[t, position, 1] + a.distances[origin, target]
    work = s.sums[t, position, 2] + a.service[v] + (a.setup[v] if origin != target else 0)
    origin = target
    for k in range(position, length):
        u = s.routes[t, k]
        target = a.location[u]
        if not step(
            a,
            t,
            False,
            origin,
            u,
            s.scratch_time[current],
            s.scratch_cost[current],
            s.scratch_time[other],
            s.scratch_cost[other],
            s.scratch_time[3],
        ):
            return np.inf
        driven += travel(a, t, origin, target)
        trip += a.distances[origin, target]
        work += a.service[u] + (a.setup[u] if origin != target else 0)
        origin = target
        current, other = other, current
    return finish(
        a,
        t,
        origin,
        s.scratch_time[current],
        s.scratch_cost[current],
        trip,
        length + 1,
        driven,
        work,
        s.static[t, length] + a.static[t, v],
        s.scratch_time[2],
        s.scratch_cost[2],
        s.scratch_time[3],
    )


@_jit
def best_position(a, s, t, v, bound, blink, seed):  # type: ignore[no-untyped-def]
    """The cheapest place for `v` in route `t`: (added cost, position), position -1 where none costs less than `bound`.

    `blink` is the chance of overlooking a place; `seed` is an array of one uint64, the state of the generator.
    """
    length = s.lengths[t]
    best = bound
    where = -1
    if length >= a.room[t] or a.static[t, v] == np.inf:
        return best, where
    checked = a.capacity.shape[1] > 0
    for k in range(length):
        checked = checked or a.position[s.routes[t, k]] != -2
    checked = checked or a.position[v] != -2
    plain = a.wish_at[v] == a.wish_at[v + 1] and a.published[v] >= FAR >> 10
    plain = plain and a.weights[1] == 0.0 and a.weights[2] == 0.0
    last_low = a.window_high[a.window_at[v + 1] - 1]
    place = a.location[v]
    for position in range(length + 1):
        earliest = FAR
        for m in range(1 << (a.break_at[t + 1] - a.break_at[t])):
            earliest = min(earliest, s.time[t, position, m])
        if earliest > last_low:
            break
        if blink > 0.0 and draw(seed) < blink:
            continue
        origin = a.base_location[t] if position == 0 else a.location[s.routes[t, position - 1]]
        target = a.end_location[t] if position == length else a.location[s.routes[t, position]]
        there, on = travel(a, t, origin, place), travel(a, t, place, target)
        if there < 0 or on < 0:
            continue
        direct = travel(a, t, origin, target)
        if plain and direct >= 0 and length > 0:
            least = a.weights[0] * (there + on - direct) + a.static[t, v]
            if least >= best:
                continue
        if checked:
            for k in range(position):
                s.scratch_route[k] = s.routes[t, k]
            s.scratch_route[position] = v
            for k in range(position, length):
                s.scratch_route[k + 1] = s.routes[t, k]
            if not fits_otherwise(a, t, s.scratch_route, length + 1):
                continue
        added = price_at(a, s, t, v, position) - s.costs[t]
        if added < best:
            best = added
            where = position
    return best, where


@_jit
def draw(seed):  # type: ignore[no-untyped-def]
    """A float in [0, 1) from a xorshift generator whose state is `seed[0]`."""
    x = seed[0]
    x ^= (x << np.uint64(13)) & np.uint64(0xFFFFFFFFFFFFFFFF)
    x ^= x >> np.uint64(7)
    x ^= (x << np.uint64(17)) & np.uint64(0xFFFFFFFFFFFFFFFF)
    seed[0] = x
    return float(x >> np.uint64(11)) / 9007199254740992.0


@_jit
def put(a, s, t, v, position):  # type: ignore[no-untyped-def]
    """Insert `v` into route `t` and bring its states up to date."""
    for k in range(s.lengths[t], position, -1):
        s.routes[t, k] = s.routes[t, k - 1]
    s.routes[t, position] = v
    s.lengths[t] += 1
    s.where[v] = t
    return refresh_from(a, s, t, position)


@_jit
def insert_all(a, s, order, ranking):  # type: ignore[no-untyped-def]
    """Give every visit of `order`, one after the other, its cheapest place of all routes, if that costs less than
    leaving it.

    `ranking` (V × T) says in which order a visit tries the technicians.
    """
    seed = np.ones(1, dtype=np.uint64)
    placed = 0
    for v in order:
        best, route, where = a.drop[v], -1, -1
        for t in ranking[v]:
            price, position = best_position(a, s, t, v, best, 0.0, seed)
            if position >= 0:
                best, route, where = price, t, position
        if route >= 0:
            put(a, s, route, v, where)
            placed += 1
    return placed
