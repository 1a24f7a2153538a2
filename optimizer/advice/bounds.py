"""Compiled: lower bounds of the cost of an insertion, so that most positions need no exact price (see
`optimizer.advice.route_pricing`).

`a` is a `PricingArrays`; t a technician, v a visit, both by their index in the problem.
"""

from __future__ import annotations

import numpy as np

from optimizer.advice.route_pricing import drive, first, fixed_part, least_timing, leg_metres, leg_seconds, work_of
from optimizer.problem import ENDLESS
from optimizer.problem.flatten import (
    BASE_DISTANCE,
    BASE_LOCATION,
    BASE_TIME,
    BASE_TRAVEL,
    BASE_WORK,
    END_LOCATION,
    FROZEN,
    LATEST_END,
    LOCATION,
    OVERTIME_FROM,
    PROFILE,
    ROOM,
    SERVICE,
    SETUP,
    W_OVERTIME,
    WINDOW_FROM,
    WINDOW_TO,
)
from optimizer.search.compiled import jit


@jit
def measure_legs(a, routes, lengths, legs):  # type: ignore[no-untyped-def]
    """Fill `legs`: T × (stops + 1) × (seconds to the stop or home, metres, seconds of work there)."""
    for t in range(len(lengths)):
        place = a.technician[t, BASE_LOCATION]
        for k in range(lengths[t] + 1):
            target = a.technician[t, END_LOCATION]
            if k < lengths[t]:
                target = a.visit[routes[t, k], LOCATION]
                legs[t, k, 2] = work_of(a, routes[t, k], place)
            legs[t, k, 0] = drive(a, t, place, target)
            legs[t, k, 1] = leg_metres(a, t, place, target) if legs[t, k, 0] >= 0 else 0
            place = target


@jit
def place_bounds(a, t, route, length, legs, v, near, bounds):  # type: ignore[no-untyped-def]
    """Fill `bounds`: for every position a lower bound of `place_price`, inf where that is certainly inf.

    `near` has, by place, seconds and metres from the visit and to it on the technician's roads.
    """
    driven, metres, work = a.technician[t, BASE_TRAVEL], a.technician[t, BASE_DISTANCE], a.technician[t, BASE_WORK]
    stays = length > 0 or a.technician[t, FROZEN] > 0
    for k in range(length + 1):
        if stays:
            driven += max(np.int64(0), legs[k, 0])
            metres += legs[k, 1]
        if k < length:
            work += legs[k, 2]
    spot, service, setup = a.visit[v, LOCATION], a.visit[v, SERVICE], a.visit[v, SETUP]
    place, moment, price = a.technician[t, BASE_LOCATION], a.technician[t, BASE_TIME], 0.0
    for position in range(length + 1):
        bounds[position] = np.inf
        there = np.int64(0) if place < 0 else leg_seconds(a, t, near[2, place], near[3, place])
        start = first(a.windows, a.visit[v, WINDOW_FROM], a.visit[v, WINDOW_TO], moment + max(np.int64(0), there))
        target = a.visit[route[position], LOCATION] if position < length else a.technician[t, END_LOCATION]
        on = np.int64(0) if target < 0 else leg_seconds(a, t, near[0, target], near[1, target])
        if length < a.technician[t, ROOM] and there >= 0 and on >= 0 and start < ENDLESS:
            own = service + (setup if place != spot else 0)
            leave = start + own
            total = price + least_timing(a, v, start, leave)
            all_work = work + own
            leg = on
            for k in range(position, length):
                u = route[k]
                spent = legs[k, 2] if k > position else work_of(a, u, spot)
                if k == position:
                    all_work += spent - legs[k, 2]
                begin = first(a.windows, a.visit[u, WINDOW_FROM], a.visit[u, WINDOW_TO], leave + leg)
                if leg < 0 or begin >= ENDLESS:
                    leave = np.int64(ENDLESS)
                    break
                leave = begin + spent
                total += least_timing(a, u, begin, leave)
                leg = legs[k + 1, 0]
            if leg >= 0 and leave < ENDLESS and leave + leg <= a.technician[t, LATEST_END]:
                more = driven + there + on - (max(np.int64(0), legs[position, 0]) if stays else 0)
                route_metres = metres - (legs[position, 1] if stays else 0)
                route_metres += (near[3, place] if place >= 0 else 0) + (near[1, target] if target >= 0 else 0)
                total += a.weights[W_OVERTIME] * max(0, leave + leg - a.technician[t, OVERTIME_FROM])
                bounds[position] = total + fixed_part(a, t, more, route_metres, all_work)
        if position < length:
            u = route[position]
            ready = moment + max(np.int64(0), legs[position, 0])
            begin = first(a.windows, a.visit[u, WINDOW_FROM], a.visit[u, WINDOW_TO], ready)
            if begin >= ENDLESS:
                for later in range(position + 1, length + 1):
                    bounds[later] = np.inf
                return
            moment = begin + legs[position, 2]
            price += least_timing(a, u, begin, moment)
            place = target


@jit
def all_bounds(a, routes, lengths, legs, v, added, near, bounds):  # type: ignore[no-untyped-def]
    """Fill `bounds` for every position of every route: the lower bound plus `added` (inf where `v` may not go).

    `near` is that of `place_bounds`, one for each profile.
    """
    for t in range(len(lengths)):
        for position in range(bounds.shape[1]):
            bounds[t, position] = np.inf
        if added[t] < np.inf:
            place_bounds(a, t, routes[t], lengths[t], legs[t], v, near[a.technician[t, PROFILE]], bounds[t])
            for position in range(lengths[t] + 1):
                bounds[t, position] += added[t]
