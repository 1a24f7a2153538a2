"""The timetable and the judge's sums, compiled: what a whole route costs, to the unit, for many routes at once.

It does what :mod:`optimizer.evaluation.timetable` does (every assignment of breaks to gaps, then later starts where
they pay) and
adds up what :mod:`optimizer.problem.objective` adds up, so that ten thousand places for a visit can be compared
exactly; the
few that win are timed and judged again by those two. `bound` is a price no timing can undercut: everything as early as
it can be, as if nobody took a break.

`a` is an `exact_table.Table`; t a technician, v a visit, both by their index in the problem.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from optimizer.advice.pricing_arrays import (
    NONE,
    T_BEGUN,
    T_BREAKS,
    T_BREAKS_TO,
    T_DISTANCE,
    T_END,
    T_FIXED,
    T_HOUR,
    T_KM,
    T_LATEST,
    T_OVERTIME,
    T_PLACE,
    T_PROFILE,
    T_ROOM,
    T_SPEED,
    T_TASK,
    T_TIME,
    T_TRAVEL,
    V_DUE,
    V_HIGH,
    V_LOW,
    V_PLACE,
    V_POSITION,
    V_SERVICE,
    V_SETUP,
    V_TOLD,
    V_WINDOWS,
    V_WINDOWS_TO,
    V_WISHES,
    V_WISHES_TO,
    W_ABOVE,
    W_BUFFER,
    W_CHANGE,
    W_DISTANCE,
    W_IMBALANCE,
    W_NOTIFIED,
    W_OVERTIME,
    W_OWN,
    W_RISK,
    W_TRAVEL,
    W_WAITING,
    W_WISH,
)
from optimizer.problem import ENDLESS, UNREACHABLE

# without numba's reference counting: it would count every array at every call, and nothing here allocates
OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}


def jit(function: Any) -> Any:
    """Compile, keeping the result beside the source."""
    return numba.njit(**OPTIONS)(function)


@jit
def drive(a, t, origin, target):  # type: ignore[no-untyped-def]
    """Seconds for technician `t`, 0 where one end is free, -1 where no road leads."""
    seconds = np.int64(0)
    if origin >= 0 and target >= 0:
        profile = a.technician[t, T_PROFILE]
        raw = np.int64(a.durations[profile, origin, target])
        if raw == UNREACHABLE or a.distances[profile, origin, target] == UNREACHABLE:
            seconds = np.int64(-1)
        elif a.rates[t, T_SPEED] == 1.0:
            seconds = raw
        else:
            seconds = np.int64(raw / a.rates[t, T_SPEED] + 0.5)
    return seconds


@jit
def metres(a, t, origin, target):  # type: ignore[no-untyped-def]
    """Metres for technician `t` between two places, 0 where one end is free."""
    if origin < 0 or target < 0:
        return np.int64(0)
    return np.int64(a.distances[a.technician[t, T_PROFILE], origin, target])


@jit
def work_of(a, v, origin):  # type: ignore[no-untyped-def]
    """Seconds of set-up and service at `v`, coming from `origin`."""
    return a.visit[v, V_SERVICE] + (a.visit[v, V_SETUP] if origin != a.visit[v, V_PLACE] else 0)


@jit
def first(table, low, high, moment):  # type: ignore[no-untyped-def]
    """The first allowed second not before `moment` in rows low … high - 1, or ENDLESS."""
    found = np.int64(ENDLESS)
    for row in range(low, high):
        if moment <= table[row, 1]:
            found = max(moment, table[row, 0])
            break
    return found


@jit
def timing(a, v, start, departure):  # type: ignore[no-untyped-def]
    """The terms of `v` that depend on its times."""
    price = 0.0
    due = a.visit[v, V_DUE]
    if due < ENDLESS:
        price += a.late[v] * max(0, departure - due)
        missed = departure - (due - a.weights[W_BUFFER])
        price += a.weights[W_RISK] * min(max(0.0, missed), a.weights[W_BUFFER])
    if a.visit[v, V_WISHES] < a.visit[v, V_WISHES_TO]:
        kept = False
        for row in range(a.visit[v, V_WISHES], a.visit[v, V_WISHES_TO]):
            if a.wishes[row, 0] <= start <= a.wishes[row, 1]:
                kept = True
        if not kept:
            price += a.weights[W_WISH]
    if a.visit[v, V_TOLD] < ENDLESS:
        price += a.weights[W_CHANGE] * abs(start - a.visit[v, V_TOLD])
        if start < a.visit[v, V_LOW] or start > a.visit[v, V_HIGH]:
            price += a.weights[W_NOTIFIED]
    return price


@jit
def least_timing(a, v, start, departure):  # type: ignore[no-untyped-def]
    """What `timing` is at least for any start not before this one."""
    price = 0.0
    due = a.visit[v, V_DUE]
    if due < ENDLESS:
        price += a.late[v] * max(0, departure - due)
        missed = departure - (due - a.weights[W_BUFFER])
        price += a.weights[W_RISK] * min(max(0.0, missed), a.weights[W_BUFFER])
    if a.visit[v, V_TOLD] < ENDLESS and start > a.visit[v, V_TOLD]:
        price += a.weights[W_CHANGE] * (start - a.visit[v, V_TOLD])
        if start > a.visit[v, V_HIGH]:
            price += a.weights[W_NOTIFIED]
    return price


@jit
def fixed_part(a, t, driven, far, work):  # type: ignore[no-untyped-def]
    """The terms of a route that do not depend on its times."""
    price = a.weights[W_TRAVEL] * driven + a.weights[W_DISTANCE] * far
    price += a.weights[W_IMBALANCE] * max(0.0, driven + work - a.weights[W_ABOVE])
    own = a.rates[t, T_FIXED] + a.rates[t, T_KM] * far / 1000.0
    own += (a.rates[t, T_HOUR] * driven + a.rates[t, T_TASK] * work) / 3600.0
    return price + a.weights[W_OWN] * own


@jit
def keeps_limits(a, t, order, length):  # type: ignore[no-untyped-def]
    """Number of visits, loads and pinned places of a whole route."""
    if length > a.technician[t, T_ROOM]:
        return False
    for k in range(length):
        position = a.visit[order[k], V_POSITION]
        if position != NONE and position != k + a.technician[t, T_BEGUN] and position != k - length:
            return False
    for d in range(a.capacity.shape[1]):
        load = a.carried[t, d, 0]
        for k in range(length):
            load += a.load[order[k], d, 0]
        if load > a.capacity[t, d] or load + a.carried[t, d, 2] > a.capacity[t, d]:
            return False
        load += a.carried[t, d, 1] - a.carried[t, d, 0]
        for k in range(length):
            load += a.load[order[k], d, 1] - a.load[order[k], d, 0]
            if load > a.capacity[t, d]:
                return False
    return True


@jit
def as_early(a, t, order, length, works, legs, gaps, floors, starts, ready):  # type: ignore[no-untyped-def]
    """Everything as early as possible with break i in gap `gaps[i]`: (cost, end, sum of starts), cost inf if it
    cannot be. `starts` and `ready` are filled.
    """
    low = a.technician[t, T_BREAKS]
    count = a.technician[t, T_BREAKS_TO] - low
    moment = a.technician[t, T_TIME]
    waited, price, total = np.int64(0), 0.0, np.int64(0)
    for k in range(length + 2):
        left = legs[k] if k <= length else np.int64(0)
        arrived, paused = moment, np.int64(0)
        for b in range(count):
            if gaps[b] == k:
                begin = first(a.break_windows, a.breaks[low + b, 1], a.breaks[low + b, 2], arrived)
                if begin >= ENDLESS:
                    return np.inf, np.int64(0), np.int64(0)
                left = max(np.int64(0), left - (begin - arrived))
                arrived = begin + a.breaks[low + b, 0]
                paused += a.breaks[low + b, 0]
        arrived += left
        if k == length:
            if arrived > a.technician[t, T_LATEST]:
                return np.inf, np.int64(0), np.int64(0)
            end = arrived
        if k >= length:
            moment = arrived
            continue
        v = order[k]
        ready[k] = arrived
        start = first(a.windows, a.visit[v, V_WINDOWS], a.visit[v, V_WINDOWS_TO], max(arrived, floors[k]))
        if start >= ENDLESS:
            return np.inf, np.int64(0), np.int64(0)
        if k > 0 or a.technician[t, T_BEGUN] > 0:
            waited += start - moment - legs[k] - paused
        starts[k] = start
        total += start
        moment = start + works[k]
        price += timing(a, v, start, moment)
    price += a.weights[W_WAITING] * waited
    price += a.weights[W_OVERTIME] * max(0, end - a.technician[t, T_OVERTIME])
    return price, end, total


@jit
def try_later(a, t, order, length, works, legs, gaps, floors, starts, ready, spare, k, wish, price):  # type: ignore[no-untyped-def]
    """Start stop `k` at `wish` if that is cheaper; answers the price."""
    if wish <= starts[0, k]:
        return price
    before, floors[k] = floors[k], wish
    other, _, _ = as_early(a, t, order, length, works, legs, gaps, floors, spare, ready[1])
    if other < price:
        for i in range(length):
            starts[0, i] = spare[i]
            ready[0, i] = ready[1, i]
        return other
    floors[k] = before
    return price


@jit
def timed_cost(a, t, order, length, works, legs, scratch):  # type: ignore[no-untyped-def]
    """What the times of a route cost under the best assignment of breaks to gaps; inf where none keeps the limits."""
    wishes = False
    for k in range(length):
        wishes = wishes or wish_of(a, order[k]) > -ENDLESS
    price = drafted_cost(a, t, order, length, works, legs, scratch, False)
    return min(price, drafted_cost(a, t, order, length, works, legs, scratch, True)) if wishes else price


@jit
def wish_of(a, v):  # type: ignore[no-untyped-def]
    """When people would like `v` to start: as published, else its first preferred window; -ENDLESS without a wish."""
    wish = np.int64(-ENDLESS)
    if a.visit[v, V_TOLD] < ENDLESS:
        wish = a.visit[v, V_TOLD]
    elif a.visit[v, V_WISHES] < a.visit[v, V_WISHES_TO]:
        wish = a.wishes[a.visit[v, V_WISHES], 0]
    return wish


@jit
def drafted_cost(a, t, order, length, works, legs, scratch, wished):  # type: ignore[no-untyped-def]
    """The same, every stop beginning as early as it can or (`wished`) not before people would like it."""
    low = a.technician[t, T_BREAKS]
    count = a.technician[t, T_BREAKS_TO] - low
    gaps, best_gaps, floors, spare = scratch[0], scratch[1], scratch[2], scratch[3]
    starts, ready = scratch[4:5], scratch[5:7]
    for k in range(length):
        floors[k] = wish_of(a, order[k]) if wished else np.int64(-ENDLESS)
    for b in range(count):
        gaps[b] = 0
    price, end, total = np.inf, np.int64(0), np.int64(0)
    while True:
        one, its_end, its_total = as_early(a, t, order, length, works, legs, gaps, floors, spare, ready[0])
        better = one < price
        if one == price and one < np.inf:
            better = its_end < end or (its_end == end and its_total < total)
        if better:
            price, end, total = one, its_end, its_total
            for b in range(count):
                best_gaps[b] = gaps[b]
        b = count - 1
        while b >= 0:
            gaps[b] += 1
            if gaps[b] < length + 2:
                break
            gaps[b] = 0
            b -= 1
        if b < 0:
            break
    if price == np.inf:
        return price
    later = a.weights[W_WAITING] > 0.0 and a.technician[t, T_BEGUN] == 0
    for k in range(length):
        v = order[k]
        later = later or a.visit[v, V_TOLD] < ENDLESS or a.visit[v, V_WISHES] < a.visit[v, V_WISHES_TO]
    if not later:
        return price
    as_early(a, t, order, length, works, legs, best_gaps, floors, starts[0], ready[0])
    for k in range(length - 1, -1, -1):
        v = order[k]
        for row in range(a.visit[v, V_WISHES], a.visit[v, V_WISHES_TO]):
            wish = a.wishes[row, 0]
            price = try_later(a, t, order, length, works, legs, best_gaps, floors, starts, ready, spare, k, wish, price)
        if a.visit[v, V_TOLD] < ENDLESS:
            wish = a.visit[v, V_TOLD]
            price = try_later(a, t, order, length, works, legs, best_gaps, floors, starts, ready, spare, k, wish, price)
            wish = a.visit[v, V_LOW]
            price = try_later(a, t, order, length, works, legs, best_gaps, floors, starts, ready, spare, k, wish, price)
    if a.weights[W_WAITING] > 0.0 and a.technician[t, T_BEGUN] == 0:
        for _ in range(length):
            idle = np.int64(0)
            for k in range(1, length):
                if starts[0, k] > ready[0, k]:
                    idle = starts[0, k] - ready[0, k]
                    break
            if idle == 0:
                break
            before = price
            wish = starts[0, 0] + idle
            price = try_later(a, t, order, length, works, legs, best_gaps, floors, starts, ready, spare, 0, wish, price)
            if price == before:
                break
    return price


@jit
def lay(a, t, route, length, v, position, order, works, legs):  # type: ignore[no-untyped-def]
    """Write route `t` with `v` at `position` into `order`, with its works and legs: (seconds, metres, work) of it all,
    seconds -1 where no road leads.
    """
    place = a.technician[t, T_PLACE]
    driven, far, work = a.begun[t, 0], a.begun[t, 1], a.begun[t, 2]
    for k in range(length + 2):
        if k <= length:
            u = v if k == position else route[k if k < position else k - 1]
            target = a.visit[u, V_PLACE]
            order[k] = u
            works[k] = work_of(a, u, place)
            work += works[k]
        else:
            target = a.technician[t, T_END]
        seconds = drive(a, t, place, target)
        if seconds < 0:
            return np.int64(-1), far, work
        legs[k] = seconds
        driven += seconds
        far += metres(a, t, place, target)
        place = target
    return driven, far, work


@jit
def place_price(a, t, route, length, v, position, order, works, legs, scratch):  # type: ignore[no-untyped-def]
    """The cost of route `t` with `v` at `position` but for what its assignments cost; inf where it cannot be."""
    driven, far, work = lay(a, t, route, length, v, position, order, works, legs)
    if driven < 0 or driven > a.technician[t, T_TRAVEL] or far > a.technician[t, T_DISTANCE]:
        return np.inf
    if not keeps_limits(a, t, order, length + 1):
        return np.inf
    return fixed_part(a, t, driven, far, work) + timed_cost(a, t, order, length + 1, works, legs, scratch)


@jit
def price_places(a, routes, lengths, v, added, people, positions, bounds, best, prices, scratch):  # type: ignore[no-untyped-def]
    """Price these places, all whose bound is not above the worst of the `best` prices so far; the others stay inf."""
    order, works, legs = scratch[7], scratch[8], scratch[9]
    many = len(best)
    for i in range(len(people)):
        prices[i] = np.inf
        if bounds[i] > best[many - 1]:
            continue
        t = people[i]
        price = added[t] + place_price(a, t, routes[t], lengths[t], v, positions[i], order, works, legs, scratch)
        prices[i] = price
        k = many - 1
        if price < best[k]:
            while k > 0 and best[k - 1] > price:
                best[k] = best[k - 1]
                k -= 1
            best[k] = price
