"""Compiled: what a stop, a leg and a route cost (`optimizer.search.insertion_cost` finds where a visit fits best).

We keep only the earliest state of a row, and the cheaper one at a tie. Times are therefore exact. With breaks, a later
but cheaper state can be lost, so a cost is sometimes a little too high. The final plan is timed again by
:mod:`optimizer.evaluation.timetable` and priced again by :mod:`optimizer.evaluation.evaluate`.

With one break, the common case, the two states are plain numbers; more are the task of
`optimizer.search.several_breaks`.
`a` is an `Arrays`, `s` a `State`, t a technician, v a visit, k a row of a route (0: the start), b a break (-1: none).
"""

from __future__ import annotations

import numpy as np

from optimizer.problem.flatten import (
    DUE,
    FROZEN,
    HIGH,
    LATEST_END,
    LOW,
    MONOTONE,
    NO_LIMIT,
    NO_POSITION,
    NOTIFIED_HIGH,
    NOTIFIED_LOW,
    OVERTIME_FROM,
    POSITION,
    PUBLISHED,
    SPEED,
    W_ABOVE,
    W_BUFFER,
    W_CHANGE,
    W_IMBALANCE,
    W_NOTIFIED,
    W_OVERTIME,
    W_RISK,
    W_WAITING,
    W_WISH,
    WINDOW_FROM,
    WINDOW_TO,
    WISH_FROM,
    WISH_TO,
)
from optimizer.search.arrays import F_PICKUPS, P_DAY, P_GAP, P_METRE, P_PER_VISIT, P_SECOND, P_USED, P_WORK
from optimizer.search.compiled import inline, jit, pace
from optimizer.search.state import FAR, R_VISIT


@inline
def paced(a, t, raw):  # type: ignore[no-untyped-def]
    """Seconds technician `t` needs for `raw` ones."""
    return pace(a.rates[t, SPEED], raw)


@inline
def first_break(a, b, moment):  # type: ignore[no-untyped-def]
    """The first moment from `moment` on at which break `b` may start, or FAR."""
    for k in range(a.breaks[b, 1], a.breaks[b, 2]):
        if moment <= a.break_windows[k, 1]:
            return max(moment, a.break_windows[k, 0])
    return FAR


@inline
def break_until(a, b, reach, seconds):  # type: ignore[no-untyped-def]
    """The latest departure with which break `b` and a leg of `seconds` are over at `reach`, or -FAR."""
    latest = -FAR
    length = a.breaks[b, 0]
    for w in range(a.breaks[b, 1], a.breaks[b, 2]):
        if a.break_windows[w, 0] + length <= reach:
            latest = max(latest, min(a.break_windows[w, 1], reach - length - seconds))
    return latest


@inline
def drive(a, b, t0, c0, t1, c1, seconds, idle):  # type: ignore[no-untyped-def]
    """The two states (break `b` not taken, break taken) after a leg of `seconds`. An idle second costs `idle`."""
    r0 = t0 + seconds
    if b < 0:
        return r0, c0, FAR, 0.0
    r1 = t1 + seconds
    if t0 < FAR:
        begin = first_break(a, b, t0)
        if begin < FAR:
            ahead = begin - t0
            arrival = begin + a.breaks[b, 0] + max(0, seconds - ahead)
            price = c0 + idle * max(0, ahead - seconds)
            if arrival < r1 or (arrival == r1 and price < c1):
                r1 = arrival
                c1 = price
    return r0, c0, r1, c1


@inline
def visit_price(a, v, start, departure):  # type: ignore[no-untyped-def]
    """The cost terms of visit `v` that depend on its start and departure."""
    price = 0.0
    due = a.visit[v, DUE]
    if departure > due:
        price += a.due_price[v] * (departure - due)
    if a.weights[W_RISK] > 0.0 and due < NO_LIMIT:
        missed = departure - (due - a.weights[W_BUFFER])
        if missed > 0:
            price += a.weights[W_RISK] * min(missed, a.weights[W_BUFFER])
    if a.visit[v, MONOTONE] == 0:
        price += wish_price(a, v, start)
    return price


@jit
def wish_price(a, v, start):  # type: ignore[no-untyped-def]
    """The cost of a start outside the preferred windows, or away from the published time."""
    price = 0.0
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
    """The published or preferred start of `v` where it is later than `start` and allowed; else `start`."""
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


@inline
def begin_work(a, v, ready, latest):  # type: ignore[no-untyped-def]
    """The start of work on `v` for a technician who is `ready` there and must start by `latest`, or FAR."""
    start = FAR
    if ready <= a.visit[v, HIGH]:
        start = max(ready, a.visit[v, LOW])
    else:
        for w in range(a.visit[v, WINDOW_FROM] + 1, a.visit[v, WINDOW_TO]):
            if ready <= a.windows[w, 1]:
                start = max(ready, a.windows[w, 0])
                break
    if a.visit[v, MONOTONE] == 0 and start <= latest:
        start = wished_start(a, v, start, latest)
    return start if start <= latest else FAR


@inline
def latest_start(a, v, limit):  # type: ignore[no-untyped-def]
    """The last allowed start of `v` that is not after `limit`, or -FAR."""
    start = -FAR
    if limit >= a.visit[v, LOW]:
        start = min(limit, a.visit[v, HIGH])
        if limit > start:
            for w in range(a.visit[v, WINDOW_FROM] + 1, a.visit[v, WINDOW_TO]):
                if a.windows[w, 0] <= limit:
                    start = min(a.windows[w, 1], limit)
    return start


@inline
def end_price(a, t, b, end0, c0, end1, c1, bound):  # type: ignore[no-untyped-def]
    """The timed cost of a route that ends in these states; inf where it ends too late. `bound`: it has visits."""
    best = np.inf
    latest = a.technician[t, LATEST_END] if bound else FAR - 1
    from_ = a.technician[t, OVERTIME_FROM]
    if end0 <= latest and (b < 0 or first_break(a, b, end0) < FAR):
        best = c0 + a.weights[W_OVERTIME] * max(0, end0 - from_)
    if b >= 0 and end1 <= latest:
        best = min(best, c1 + a.weights[W_OVERTIME] * max(0, end1 - from_))
    return best


@inline
def gap_price(a, t, load):  # type: ignore[no-untyped-def]
    """What the rest of a day costs whose driving and work take `load` seconds, where it is too short for a visit.

    Nothing at both ends, most in the middle. With a price for every second taken, a rest of a visit's length is so
    worth a visit, and a shorter one less than its share of it: two halves on two days become one whole on one.
    """
    rest = a.prices[t, P_DAY] - load
    return a.prices[t, P_GAP] * max(0.0, rest * (1.0 - rest * a.prices[t, P_PER_VISIT]))


@inline
def used_price(a, t, timed, static, driven, metres, work):  # type: ignore[no-untyped-def]
    """The cost of a route with visits, from its parts."""
    price = timed + static + a.prices[t, P_USED] + a.prices[t, P_SECOND] * driven + a.prices[t, P_METRE] * metres
    price += a.prices[t, P_WORK] * work
    price += gap_price(a, t, driven + work)
    if driven + work > a.weights[W_ABOVE]:
        price += a.weights[W_IMBALANCE] * (driven + work - a.weights[W_ABOVE])
    return price


@inline
def idle_price(a, t, k):  # type: ignore[no-untyped-def]
    """The cost of an idle second on the way to row `k`; 0 before the first visit: one leaves home later instead."""
    return 0.0 if k == 1 and a.technician[t, FROZEN] == 0 else a.weights[W_WAITING]


@jit
def fits_otherwise(a, s, t, v, position):  # type: ignore[no-untyped-def]
    """Whether route `t` with `v` at `position` (`v` -1: as it is) keeps its loads and pinned positions."""
    length = s.lengths[t] + (1 if v >= 0 else 0)
    for k in range(length):
        fixed = a.visit[stop_of(s, t, v, position, k), POSITION]
        if fixed == NO_POSITION:
            continue
        if fixed == -1:
            if k != length - 1:
                return False
        elif fixed != k + a.technician[t, FROZEN]:
            return False
    for d in range(a.capacity.shape[1] if a.flags[F_PICKUPS] else 0):
        load = a.base_load[t, d, 0]
        for k in range(length):
            load += a.load[stop_of(s, t, v, position, k), d, 0]
        if load + a.base_load[t, d, 2] > a.capacity[t, d]:
            return False
        load += a.base_load[t, d, 1] - a.base_load[t, d, 0]
        for k in range(length):
            u = stop_of(s, t, v, position, k)
            load += a.load[u, d, 1] - a.load[u, d, 0]
            if load > a.capacity[t, d]:
                return False
    return True


@inline
def stop_of(s, t, v, position, k):  # type: ignore[no-untyped-def]
    """Stop `k` of route `t` with `v` (-1: nothing) inserted at `position`."""
    if v >= 0 and k >= position:
        return v if k == position else s.rows[t, k, R_VISIT]
    return s.rows[t, k + 1, R_VISIT]
