"""Compiled: label propagation for routes with two or more breaks. `optimizer.search.propagate` is its faster form for
none or one; the arithmetic is the same.

A state is a set of breaks already taken, as bits of `m`. States stand in the scratch rows 0 to 2 of a `State`.
"""

from __future__ import annotations

import numpy as np

from optimizer.problem.flatten import BREAK_FROM, BREAK_TO, LATEST_END, OVERTIME_FROM, W_OVERTIME
from optimizer.search.compiled import jit
from optimizer.search.costs import begin_work, break_until, first_break, idle_price, latest_start, visit_price
from optimizer.search.state import FAR, R_LEG, R_TIME, R_VISIT, R_WORK


@jit
def take(s, t, k, slot):  # type: ignore[no-untyped-def]
    """Copy the states of row `k` into scratch row `slot`."""
    for m in range(s.cost_to.shape[2] - 1):
        s.time[slot, m] = s.rows[t, k, R_TIME + m]
        s.cost[slot, m] = s.cost_to[t, k, m]


@jit
def cross_gap(a, s, t, seconds, idle, source, target):  # type: ignore[no-untyped-def]
    """Drive `seconds`, with any breaks on the way, from one scratch row to another. An idle second costs `idle`."""
    first = a.technician[t, BREAK_FROM]
    count = a.technician[t, BREAK_TO] - first
    masks = 1 << count
    for m in range(masks):
        s.time[target, m] = s.time[source, m]
        s.cost[target, m] = s.cost[source, m]
        s.rest[m] = seconds
    for m in range(masks):
        moment = s.time[target, m]
        if moment >= FAR:
            continue
        price = s.cost[target, m]
        left = s.rest[m]
        for b in range(count):
            if m & (1 << b):
                continue
            begin = first_break(a, first + b, moment)
            if begin >= FAR:
                continue
            forward = begin - moment
            remaining = max(0, left - forward)
            total = price + idle * max(0, forward - left)
            over = begin + a.breaks[first + b, 0]
            other = m | (1 << b)
            known = s.time[target, other]
            if known < FAR:
                known += s.rest[other]
            arrival = over + remaining
            if arrival < known or (arrival == known and total < s.cost[target, other]):
                s.time[target, other] = over
                s.rest[other] = remaining
                s.cost[target, other] = total
        s.time[target, m] = moment + left


@jit
def step(a, s, t, seconds, work, idle, v, source, target):  # type: ignore[no-untyped-def]
    """Drive `seconds` to visit `v` and do its `work`. False where no state survives."""
    cross_gap(a, s, t, seconds, idle, source, target)
    alive = False
    latest = a.technician[t, LATEST_END] - work
    for m in range(1 << (a.technician[t, BREAK_TO] - a.technician[t, BREAK_FROM])):
        ready = s.time[target, m]
        start = begin_work(a, v, ready, latest) if ready < FAR else FAR
        if start >= FAR:
            s.time[target, m] = FAR
            continue
        s.time[target, m] = start + work
        s.cost[target, m] += idle * (start - ready) + visit_price(a, v, start, start + work)
        alive = True
    return alive


@jit
def end_many(a, s, t, seconds, source, bound):  # type: ignore[no-untyped-def]
    """The timed cost of a route that ends `seconds` after the states of scratch row `source`. Uses row 2."""
    cross_gap(a, s, t, seconds, 0.0, source, 2)
    first = a.technician[t, BREAK_FROM]
    count = a.technician[t, BREAK_TO] - first
    best = np.inf
    for m in range(1 << count):
        end = s.time[2, m]
        if end >= FAR or (bound and end > a.technician[t, LATEST_END]):
            continue
        moment = end
        for b in range(count):
            if m & (1 << b) == 0 and moment < FAR:
                begin = first_break(a, first + b, moment)
                moment = begin + a.breaks[first + b, 0] if begin < FAR else FAR
        if moment < FAR:
            best = min(best, s.cost[2, m] + a.weights[W_OVERTIME] * max(0, end - a.technician[t, OVERTIME_FROM]))
    return best


@jit
def forward_pass_many(a, s, t, row):  # type: ignore[no-untyped-def]
    """Fill the earliest departures from row `row` on. Answers the timed cost of the route (inf: not feasible)."""
    length = s.lengths[t]
    take(s, t, row - 1, 0)
    for k in range(row, length + 1):
        leg = s.rows[t, k, R_LEG]
        if leg < 0 or not step(
            a, s, t, leg, s.rows[t, k, R_WORK], idle_price(a, t, k), s.rows[t, k, R_VISIT], (k - row) % 2,
            (k - row + 1) % 2,
        ):  # fmt: skip
            return np.inf
        for m in range(s.cost_to.shape[2] - 1):
            s.rows[t, k, R_TIME + m] = s.time[(k - row + 1) % 2, m]
            s.cost_to[t, k, m] = s.cost[(k - row + 1) % 2, m]
    return end_many(a, s, t, max(0, s.rows[t, length + 1, R_LEG]), (length + 1 - row) % 2, length > 0)


@jit
def timed_many(a, s, t, v, position, there, work, on, next_work):  # type: ignore[no-untyped-def]
    """The timed cost of route `t` with `v` at `position`; inf where it does not fit."""
    length = s.lengths[t]
    take(s, t, position, 0)
    if not step(a, s, t, there, work, idle_price(a, t, position + 1), v, 0, 1):
        return np.inf
    source = 1
    leg = on
    for k in range(position + 1, length + 1):
        spent = next_work if k == position + 1 else s.rows[t, k, R_WORK]
        if not step(a, s, t, leg, spent, idle_price(a, t, k + 1), s.rows[t, k, R_VISIT], source, 1 - source):
            return np.inf
        source = 1 - source
        leg = s.rows[t, k + 1, R_LEG]
    return end_many(a, s, t, leg, source, True)


@jit
def backward_pass_many(a, s, t):  # type: ignore[no-untyped-def]
    """Fill the latest arrivals of all rows. They are exact with one break in a leg; with several they may be too late,
    never too early.
    """
    length = s.lengths[t]
    first = a.technician[t, BREAK_FROM]
    count = a.technician[t, BREAK_TO] - first
    masks = 1 << count
    late = R_TIME + s.cost_to.shape[2] - 1
    for m in range(masks):
        latest = a.technician[t, LATEST_END]
        for b in range(count):
            if m & (1 << b) == 0:
                latest = min(latest, a.break_windows[a.breaks[first + b, 2] - 1, 1])
        s.rows[t, length + 1, late + m] = latest
    for k in range(length, 0, -1):
        seconds = s.rows[t, k + 1, R_LEG]
        for m in range(masks):
            leave = s.rows[t, k + 1, late + m] - seconds
            for more in range(m + 1, masks):
                if more & m == m:
                    leave = max(leave, leave_many(a, s, t, k + 1, more ^ m, more, seconds))
            s.rows[t, k, late + m] = latest_start(a, s.rows[t, k, R_VISIT], leave - s.rows[t, k, R_WORK])


@jit
def leave_many(a, s, t, k, taken, after, seconds):  # type: ignore[no-untyped-def]
    """The latest departure for row `k`, `seconds` away, with the breaks `taken` on the way."""
    first = a.technician[t, BREAK_FROM]
    count = a.technician[t, BREAK_TO] - first
    reach = s.rows[t, k, R_TIME + s.cost_to.shape[2] - 1 + after]
    if taken & (taken - 1) == 0:
        for b in range(count):
            if taken == 1 << b:
                return break_until(a, first + b, reach, seconds)
    latest = reach - seconds
    for b in range(count):
        if taken & (1 << b):
            latest -= a.breaks[first + b, 0]
    return latest
