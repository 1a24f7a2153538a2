"""Compiled insertion: where in a route a visit fits best, priced from the stop before it (see `optimizer.kernels`)."""

from __future__ import annotations

import numpy as np

from optimizer.arrays import (
    BASE_LOCATION,
    BREAK_FROM,
    BREAK_TO,
    END_LOCATION,
    FIXED_COST,
    FROZEN,
    HOUR_COST,
    KM_COST,
    LATEST_END,
    LOCATION,
    NO_POSITION,
    POSITION,
    ROOM,
    SERVICE,
    TASK_COST,
    W_ABOVE,
    W_DISTANCE,
    W_IMBALANCE,
    W_TECHNICIAN,
    W_TRAVEL,
    W_WAITING,
    WINDOW_TO,
)
from optimizer.kernels import (
    FAR,
    finish,
    fits_otherwise,
    in_time,
    jit,
    place_before,
    step,
    travel,
    visit_price,
    work_at,
)


@jit
def step_in(a, s, t, v, position):  # type: ignore[no-untyped-def]
    """Go to `v` from the stop before `position`, into the first scratch states. False where it cannot be done in
    time.
    """
    origin = place_before(a, s, t, position)
    seconds = travel(a, t, origin, a.visit[v, LOCATION])
    paid = 0.0 if position == 0 and a.technician[t, FROZEN] == 0 else a.weights[W_WAITING]
    scratch = s.time.shape[0] - 1
    return seconds >= 0 and step(a, s, t, seconds, work_at(a, v, origin), paid, v, t, position, scratch, 0)


@jit
def price_after(a, s, t, v, position):  # type: ignore[no-untyped-def]
    """The cost of route `t` with `v` inserted at `position`, after `step_in`; inf where it does not fit."""
    length = s.lengths[t]
    scratch, current, other = s.time.shape[0] - 1, 0, 1
    origin = place_before(a, s, t, position)
    place = a.visit[v, LOCATION]
    waiting = a.weights[W_WAITING]
    driven = s.sums[t, position, 0] + travel(a, t, origin, place)
    trip = s.sums[t, position, 1] + a.distances[origin, place]
    work = s.sums[t, position, 2] + work_at(a, v, origin)
    origin = place
    for k in range(position, length):
        u = s.routes[t, k]
        place = a.visit[u, LOCATION]
        seconds = travel(a, t, origin, place)
        spent = work_at(a, u, origin)
        if seconds < 0 or not step(a, s, t, seconds, spent, waiting, u, scratch, current, scratch, other):
            return np.inf
        driven += seconds
        trip += a.distances[origin, place]
        work += spent
        origin = place
        current, other = other, current
    static = s.static[t, length] + a.static[t, v]
    return finish(a, s, t, origin, scratch, current, length + 1, driven, trip, work, static)


@jit
def least_added(a, s, t, v, position, origin, target, there, on, direct):  # type: ignore[no-untyped-def]
    """What `v` at `position` adds at least: everything but what it does to the times of others. After `step_in`."""
    length = s.lengths[t]
    place = a.visit[v, LOCATION]
    stays = length > 0 or a.technician[t, FROZEN] > 0
    longer = there + on - (direct if stays else 0)
    farther = np.int64(a.distances[origin, place]) + np.int64(a.distances[place, target])
    if stays:
        farther -= a.distances[origin, target]
    work = work_at(a, v, origin)
    if position < length:
        work += work_at(a, s.routes[t, position], place) - work_at(a, s.routes[t, position], origin)
    own = (
        a.rates[t, KM_COST] * farther / 1000.0
        + (a.rates[t, HOUR_COST] * longer + a.rates[t, TASK_COST] * work) / 3600.0
    )
    if not stays:
        own += a.rates[t, FIXED_COST]
    added = (
        a.static[t, v] + a.weights[W_TRAVEL] * longer + a.weights[W_DISTANCE] * farther + a.weights[W_TECHNICIAN] * own
    )
    if a.weights[W_IMBALANCE] > 0.0:
        before = s.load[t] if stays else 0
        above = a.weights[W_ABOVE]
        added += a.weights[W_IMBALANCE] * (max(0.0, before + longer + work - above) - max(0.0, before - above))
    spent = work_at(a, v, origin)
    own_price = np.inf
    for m in range(1 << (a.technician[t, BREAK_TO] - a.technician[t, BREAK_FROM])):
        leave = s.time[s.time.shape[0] - 1, 0, m]
        if leave < FAR:
            own_price = min(own_price, visit_price(a, v, leave - spent, leave))
    return added + own_price


@jit
def draw(seed):  # type: ignore[no-untyped-def]
    """A float in [0, 1) from a xorshift generator whose state is `seed[0]`."""
    x = seed[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    seed[0] = x
    return float(x >> np.uint64(11)) / 9007199254740992.0


@jit
def best_position(a, s, t, v, bound, blink, seed):  # type: ignore[no-untyped-def]
    """The cheapest place for `v` in route `t`: (added cost, position), position -1 where none costs less than `bound`.

    `blink` is the chance of overlooking a place; `seed` is an array of one uint64, the state of the generator.
    """
    length = s.lengths[t]
    best = bound
    where = -1
    fixed = a.static[t, v]
    if length >= a.technician[t, ROOM] or fixed == np.inf or fixed >= best:
        return best, where
    checked = s.plain[t] == 0 or a.visit[v, POSITION] != NO_POSITION
    plain = s.plain[t] == 1
    masks = 1 << (a.technician[t, BREAK_TO] - a.technician[t, BREAK_FROM])
    last_start = min(a.windows[a.visit[v, WINDOW_TO] - 1, 1], a.technician[t, LATEST_END] - a.visit[v, SERVICE])
    place = a.visit[v, LOCATION]
    origin = a.technician[t, BASE_LOCATION]
    for position in range(length + 1):
        if position > 0:
            origin = a.visit[s.routes[t, position - 1], LOCATION]
        earliest = s.time[t, position, 0]
        for m in range(1, masks):
            earliest = min(earliest, s.time[t, position, m])
        if earliest > last_start:
            break
        if blink > 0.0 and draw(seed) < blink:
            continue
        there = travel(a, t, origin, place)
        if there < 0 or earliest + there > last_start:
            continue
        target = a.technician[t, END_LOCATION]
        if position < length:
            target = a.visit[s.routes[t, position], LOCATION]
        on = travel(a, t, place, target)
        if on < 0:
            continue
        if not step_in(a, s, t, v, position):
            continue
        saved = position < length and target == place and origin != place
        if not saved and not in_time(a, s, t, position, on):
            continue
        direct = travel(a, t, origin, target)
        if plain and direct >= 0 and least_added(a, s, t, v, position, origin, target, there, on, direct) >= best:
            continue
        if checked:
            scratch = s.routes.shape[0] - 1
            for k in range(position):
                s.routes[scratch, k] = s.routes[t, k]
            s.routes[scratch, position] = v
            for k in range(position, length):
                s.routes[scratch, k + 1] = s.routes[t, k]
            if not fits_otherwise(a, s, t, scratch, length + 1):
                continue
        added = price_after(a, s, t, v, position) - s.costs[t]
        if added < best:
            best = added
            where = position
    return best, where


@jit
def put(s, t, v, position):  # type: ignore[no-untyped-def]
    """Insert `v` into route `t`; its states are to be refreshed from `position` on."""
    for k in range(s.lengths[t], position, -1):
        s.routes[t, k] = s.routes[t, k - 1]
    s.routes[t, position] = v
    s.lengths[t] += 1
    s.where[v] = t
