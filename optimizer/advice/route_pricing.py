"""Compiled: what a whole route costs, exactly, for many routes at once.

This is a second form of :mod:`optimizer.evaluation.timetable` (every assignment of breaks to legs, then later starts
where they pay) and of the sums of :mod:`optimizer.problem.objective`. With it ten thousand places for a visit are
compared. The few that win are timed and judged again by those two.

`a` is a `PricingArrays`, `x` a `Scratch`; t a technician, v a visit, both by their index in the problem.
"""

from __future__ import annotations

import numpy as np

from optimizer.problem import ENDLESS, UNREACHABLE
from optimizer.problem.flatten import (
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
    NO_POSITION,
    NOTIFIED_HIGH,
    NOTIFIED_LOW,
    OVERTIME_FROM,
    POSITION,
    PROFILE,
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
)
from optimizer.search.compiled import jit, pace


@jit
def leg_seconds(a, t, raw, metres):  # type: ignore[no-untyped-def]
    """Seconds of technician `t` for a leg of `raw` seconds and `metres`; -1 where no road leads."""
    if raw == UNREACHABLE or metres == UNREACHABLE:
        return np.int64(-1)
    return pace(a.rates[t, SPEED], raw)


@jit
def drive(a, t, origin, target):  # type: ignore[no-untyped-def]
    """Seconds for technician `t`, 0 where one end is free, -1 where no road leads."""
    if origin < 0 or target < 0:
        return np.int64(0)
    profile = a.technician[t, PROFILE]
    return leg_seconds(a, t, a.durations[profile, origin, target], a.distances[profile, origin, target])


@jit
def leg_metres(a, t, origin, target):  # type: ignore[no-untyped-def]
    """Metres for technician `t` between two places, 0 where one end is free."""
    if origin < 0 or target < 0:
        return np.int64(0)
    return np.int64(a.distances[a.technician[t, PROFILE], origin, target])


@jit
def work_of(a, v, origin):  # type: ignore[no-untyped-def]
    """Seconds of set-up and service at `v`, coming from `origin`."""
    return a.visit[v, SERVICE] + (a.visit[v, SETUP] if origin != a.visit[v, LOCATION] else 0)


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
    """The cost terms of `v` that depend on its start and departure."""
    price = 0.0
    due = a.visit[v, DUE]
    if due < ENDLESS:
        price += a.due_price[v] * max(0, departure - due)
        missed = departure - (due - a.weights[W_BUFFER])
        price += a.weights[W_RISK] * min(max(0.0, missed), a.weights[W_BUFFER])
    if a.visit[v, WISH_FROM] < a.visit[v, WISH_TO]:
        kept = False
        for row in range(a.visit[v, WISH_FROM], a.visit[v, WISH_TO]):
            if a.wishes[row, 0] <= start <= a.wishes[row, 1]:
                kept = True
        if not kept:
            price += a.weights[W_WISH]
    if a.visit[v, PUBLISHED] < ENDLESS:
        price += a.weights[W_CHANGE] * abs(start - a.visit[v, PUBLISHED])
        if start < a.visit[v, NOTIFIED_LOW] or start > a.visit[v, NOTIFIED_HIGH]:
            price += a.weights[W_NOTIFIED]
    return price


@jit
def least_timing(a, v, start, departure):  # type: ignore[no-untyped-def]
    """A lower bound of `timing` for any start not before this one."""
    price = 0.0
    due = a.visit[v, DUE]
    if due < ENDLESS:
        price += a.due_price[v] * max(0, departure - due)
        missed = departure - (due - a.weights[W_BUFFER])
        price += a.weights[W_RISK] * min(max(0.0, missed), a.weights[W_BUFFER])
    if a.visit[v, PUBLISHED] < ENDLESS and start > a.visit[v, PUBLISHED]:
        price += a.weights[W_CHANGE] * (start - a.visit[v, PUBLISHED])
        if start > a.visit[v, NOTIFIED_HIGH]:
            price += a.weights[W_NOTIFIED]
    return price


@jit
def fixed_part(a, t, driven, metres, work):  # type: ignore[no-untyped-def]
    """The cost terms of a route that do not depend on its times."""
    price = a.weights[W_TRAVEL] * driven + a.weights[W_DISTANCE] * metres
    price += a.weights[W_IMBALANCE] * max(0.0, driven + work - a.weights[W_ABOVE])
    own = a.rates[t, FIXED_COST] + a.rates[t, KM_COST] * metres / 1000.0
    own += (a.rates[t, HOUR_COST] * driven + a.rates[t, TASK_COST] * work) / 3600.0
    return price + a.weights[W_TECHNICIAN] * own


@jit
def keeps_limits(a, t, order, length):  # type: ignore[no-untyped-def]
    """Whether a whole route keeps its number of visits, its loads and its pinned positions."""
    if length > a.technician[t, ROOM]:
        return False
    for k in range(length):
        position = a.visit[order[k], POSITION]
        if position != NO_POSITION and position != k + a.technician[t, FROZEN] and position != k - length:
            return False
    for d in range(a.capacity.shape[1]):
        load = a.base_load[t, d, 0]
        for k in range(length):
            load += a.load[order[k], d, 0]
        if load > a.capacity[t, d] or load + a.base_load[t, d, 2] > a.capacity[t, d]:
            return False
        load += a.base_load[t, d, 1] - a.base_load[t, d, 0]
        for k in range(length):
            load += a.load[order[k], d, 1] - a.load[order[k], d, 0]
            if load > a.capacity[t, d]:
                return False
    return True


@jit
def as_early(a, t, x, length, gaps, starts, ready):  # type: ignore[no-untyped-def]
    """Time every stop as early as possible, with break i on leg `gaps[i]`. Fills `starts` and `ready`.

    Answers (cost, end, sum of starts); the cost is inf where no such timing exists.
    """
    low = a.technician[t, BREAK_FROM]
    count = a.technician[t, BREAK_TO] - low
    moment = a.technician[t, BASE_TIME]
    waited, price, total = np.int64(0), 0.0, np.int64(0)
    for k in range(length + 2):
        left = x.legs[k] if k <= length else np.int64(0)
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
            if arrived > a.technician[t, LATEST_END]:
                return np.inf, np.int64(0), np.int64(0)
            end = arrived
        if k >= length:
            moment = arrived
            continue
        v = x.order[k]
        ready[k] = arrived
        start = first(a.windows, a.visit[v, WINDOW_FROM], a.visit[v, WINDOW_TO], max(arrived, x.floors[k]))
        if start >= ENDLESS:
            return np.inf, np.int64(0), np.int64(0)
        if k > 0 or a.technician[t, FROZEN] > 0:
            waited += start - moment - x.legs[k] - paused
        starts[k] = start
        total += start
        moment = start + x.works[k]
        price += timing(a, v, start, moment)
    price += a.weights[W_WAITING] * waited
    price += a.weights[W_OVERTIME] * max(0, end - a.technician[t, OVERTIME_FROM])
    return price, end, total


@jit
def try_later(a, t, x, length, k, wish, price):  # type: ignore[no-untyped-def]
    """Start stop `k` at `wish` if that is cheaper. Answers the cost after that."""
    if wish <= x.starts[k]:
        return price
    before, x.floors[k] = x.floors[k], wish
    other, _, _ = as_early(a, t, x, length, x.best_gaps, x.other_starts, x.other_ready)
    if other < price:
        for i in range(length):
            x.starts[i] = x.other_starts[i]
            x.ready[i] = x.other_ready[i]
        return other
    x.floors[k] = before
    return price


@jit
def timed_cost(a, t, x, length):  # type: ignore[no-untyped-def]
    """The timed cost of a route under the best assignment of breaks to legs; inf where none keeps the limits."""
    wishes = False
    for k in range(length):
        wishes = wishes or wish_of(a, x.order[k]) > -ENDLESS
    price = drafted_cost(a, t, x, length, False)
    return min(price, drafted_cost(a, t, x, length, True)) if wishes else price


@jit
def wish_of(a, v):  # type: ignore[no-untyped-def]
    """The wished start of `v`: as published, else its first preferred window; -ENDLESS where there is none."""
    wish = np.int64(-ENDLESS)
    if a.visit[v, PUBLISHED] < ENDLESS:
        wish = a.visit[v, PUBLISHED]
    elif a.visit[v, WISH_FROM] < a.visit[v, WISH_TO]:
        wish = a.wishes[a.visit[v, WISH_FROM], 0]
    return wish


@jit
def drafted_cost(a, t, x, length, wished):  # type: ignore[no-untyped-def]
    """The same for one kind of floors: none, or (`wished`) no stop before its wished start."""
    low = a.technician[t, BREAK_FROM]
    count = a.technician[t, BREAK_TO] - low
    for k in range(length):
        x.floors[k] = wish_of(a, x.order[k]) if wished else np.int64(-ENDLESS)
    for b in range(count):
        x.gaps[b] = 0
    price, end, total = np.inf, np.int64(0), np.int64(0)
    while True:
        one, its_end, its_total = as_early(a, t, x, length, x.gaps, x.other_starts, x.ready)
        better = one < price
        if one == price and one < np.inf:
            better = its_end < end or (its_end == end and its_total < total)
        if better:
            price, end, total = one, its_end, its_total
            for b in range(count):
                x.best_gaps[b] = x.gaps[b]
        b = count - 1
        while b >= 0:
            x.gaps[b] += 1
            if x.gaps[b] < length + 2:
                break
            x.gaps[b] = 0
            b -= 1
        if b < 0:
            break
    if price == np.inf:
        return price
    later = a.weights[W_WAITING] > 0.0 and a.technician[t, FROZEN] == 0
    for k in range(length):
        v = x.order[k]
        later = later or a.visit[v, PUBLISHED] < ENDLESS or a.visit[v, WISH_FROM] < a.visit[v, WISH_TO]
    if not later:
        return price
    as_early(a, t, x, length, x.best_gaps, x.starts, x.ready)
    for k in range(length - 1, -1, -1):
        v = x.order[k]
        for row in range(a.visit[v, WISH_FROM], a.visit[v, WISH_TO]):
            wish = a.wishes[row, 0]
            price = try_later(a, t, x, length, k, wish, price)
        if a.visit[v, PUBLISHED] < ENDLESS:
            wish = a.visit[v, PUBLISHED]
            price = try_later(a, t, x, length, k, wish, price)
            wish = a.visit[v, NOTIFIED_LOW]
            price = try_later(a, t, x, length, k, wish, price)
    if a.weights[W_WAITING] > 0.0 and a.technician[t, FROZEN] == 0:
        for _ in range(length):
            idle = np.int64(0)
            for k in range(1, length):
                if x.starts[k] > x.ready[k]:
                    idle = x.starts[k] - x.ready[k]
                    break
            if idle == 0:
                break
            before = price
            wish = x.starts[0] + idle
            price = try_later(a, t, x, length, 0, wish, price)
            if price == before:
                break
    return price


@jit
def lay(a, t, x, route, length, v, position):  # type: ignore[no-untyped-def]
    """Write route `t` with `v` at `position` into the scratch. Answers its seconds on the road (-1: no road leads),
    metres and seconds of work.
    """
    place = a.technician[t, BASE_LOCATION]
    driven, metres, work = a.technician[t, BASE_TRAVEL], a.technician[t, BASE_DISTANCE], a.technician[t, BASE_WORK]
    for k in range(length + 2):
        if k <= length:
            u = v if k == position else route[k if k < position else k - 1]
            target = a.visit[u, LOCATION]
            x.order[k] = u
            x.works[k] = work_of(a, u, place)
            work += x.works[k]
        else:
            target = a.technician[t, END_LOCATION]
        seconds = drive(a, t, place, target)
        if seconds < 0:
            return np.int64(-1), metres, work
        x.legs[k] = seconds
        driven += seconds
        metres += leg_metres(a, t, place, target)
        place = target
    return driven, metres, work


@jit
def place_price(a, t, x, route, length, v, position):  # type: ignore[no-untyped-def]
    """The cost of route `t` with `v` at `position`, assignments not included; inf where it is not feasible."""
    driven, metres, work = lay(a, t, x, route, length, v, position)
    if driven < 0 or driven > a.technician[t, MAX_TRAVEL] or metres > a.technician[t, MAX_DISTANCE]:
        return np.inf
    if not keeps_limits(a, t, x.order, length + 1):
        return np.inf
    return fixed_part(a, t, driven, metres, work) + timed_cost(a, t, x, length + 1)


@jit
def price_places(a, x, routes, lengths, v, added, people, positions, bounds, best, prices):  # type: ignore[no-untyped-def]
    """Price these places into `prices`. A place whose bound is above the worst of the `best` prices stays inf."""
    many = len(best)
    for i in range(len(people)):
        prices[i] = np.inf
        if bounds[i] > best[many - 1]:
            continue
        t = people[i]
        price = added[t] + place_price(a, t, x, routes[t], lengths[t], v, positions[i])
        prices[i] = price
        k = many - 1
        if price < best[k]:
            while k > 0 and best[k - 1] > price:
                best[k] = best[k - 1]
                k -= 1
            best[k] = price
