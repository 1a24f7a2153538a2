"""Compiled: a first look at all positions of a route at once, for :mod:`optimizer.search.insertion_cost`.

Of what a position adds all but the delay of the later stops follows from the two rows around it, and most positions are
refused for that alone. So these numbers of a route lie together (`State.brief`), and the look takes all positions
before it decides about any: the processor need not guess a branch for each, and waits for many legs at a time.
"""

from __future__ import annotations

import numpy as np

from optimizer.problem.flatten import (
    BREAK_FROM,
    BREAK_TO,
    DUE,
    FROZEN,
    LAST_HIGH,
    LATEST_END,
    LOCATION,
    LOW,
    PROFILE,
    SERVICE,
    SPEED,
    W_ABOVE,
    W_IMBALANCE,
)
from optimizer.search.arrays import F_METRES, F_SETUPS, P_DAY, P_GAP, P_METRE, P_PER_VISIT, P_SECOND, P_USED, P_WORK
from optimizer.search.compiled import inline, pace
from optimizer.search.costs import gap_price
from optimizer.search.state import (
    B_EARLY,
    B_EARLY_DONE,
    B_LATE,
    B_LATE_DONE,
    B_LEG,
    B_PLACE,
    FAR,
    R_LEG,
    R_PLACE,
    R_TIME,
    S_ROOM,
    S_TRAVEL,
    S_WORK,
)


@inline
def write_brief(a, s, t):  # type: ignore[no-untyped-def]
    """Write down what a first look at route `t` needs, from its rows."""
    length = s.lengths[t]
    count = a.technician[t, BREAK_TO] - a.technician[t, BREAK_FROM]
    late = R_TIME + s.cost_to.shape[2] - 1
    pause = a.breaks[a.technician[t, BREAK_FROM], 0] if count == 1 else 0
    stays = 1 if length > 0 or a.technician[t, FROZEN] > 0 else 0
    room, left, left_done = -FAR, FAR, FAR
    for k in range(length + 2):
        early, latest = s.rows[t, k, R_TIME], s.rows[t, k, late]
        early_done, latest_done = early, latest
        for m in range(1, 1 << count):
            early_done = min(early_done + pause, s.rows[t, k, R_TIME + m])
            latest_done = max(latest_done, s.rows[t, k, late + m])
        if count == 1:
            latest = max(latest, latest_done - pause)
        else:
            early, latest = early_done, latest_done
        s.brief[t, B_PLACE, k] = s.rows[t, k, R_PLACE]
        s.brief[t, B_LEG, k] = stays * max(0, s.rows[t, k, R_LEG])
        s.brief[t, B_EARLY, k], s.brief[t, B_EARLY_DONE, k] = early, early_done
        s.brief[t, B_LATE, k], s.brief[t, B_LATE_DONE, k] = latest, latest_done
        if k > 0:
            room = max(room, max(latest - left, latest_done - left_done))
        left, left_done = early, early_done
    s.sums[t, S_ROOM] = room if a.flags[F_SETUPS] == 0 else FAR


@inline
def look(a, s, t, v):  # type: ignore[no-untyped-def]
    """Write into `s.least` the least that `v` adds at every position of route `t`: inf where it comes too late.

    Where a set-up may be saved only the times are looked at.
    """
    length = s.lengths[t]
    place, service, due = np.uint64(a.visit[v, LOCATION]), a.visit[v, SERVICE], a.visit[v, DUE]
    profile = np.uint64(a.technician[t, PROFILE])
    speed = a.rates[t, SPEED]
    last_ready = min(a.visit[v, LAST_HIGH], a.technician[t, LATEST_END] - service)
    low, tardiness = a.visit[v, LOW] + service, a.due_price[v]
    stays = length > 0 or a.technician[t, FROZEN] > 0
    load = s.sums[t, S_TRAVEL] + s.sums[t, S_WORK]
    above, imbalance = a.weights[W_ABOVE], a.weights[W_IMBALANCE]
    second, work, day = a.prices[t, P_SECOND], a.prices[t, P_WORK] * service, a.prices[t, P_DAY]
    gap, per_visit = a.prices[t, P_GAP], a.prices[t, P_PER_VISIT]
    fixed = a.assigned[v, t] + (0.0 if stays else a.prices[t, P_USED]) + work
    fixed -= imbalance * max(0.0, load - above) + (gap_price(a, t, load) if stays else 0.0)
    spare = 0.0 if s.monotone[t] == 1 else s.timed[t]
    for k in range(length + 1):
        there = np.int64(a.into[profile, place, np.uint64(s.brief[t, B_PLACE, k])])
        on = np.int64(a.durations[profile, place, np.uint64(s.brief[t, B_PLACE, k + 1])])
        if speed != 1.0:
            there, on = pace(speed, there), pace(speed, on)
        ready = s.brief[t, B_EARLY, k] + there
        leave = max(ready + service, low)
        longer = there + on - s.brief[t, B_LEG, k + 1]
        after = load + longer + service
        rest = day - after
        least = fixed + second * longer + imbalance * max(0.0, after - above)
        least += gap * max(0.0, rest * (1.0 - rest * per_visit)) + tardiness * max(0, leave - due)
        least -= spare if longer + service >= 0 else s.timed[t]
        leave_done = max(s.brief[t, B_EARLY_DONE, k] + there + service, low)
        in_time = leave + on <= s.brief[t, B_LATE, k + 1]
        in_time |= leave_done + on <= s.brief[t, B_LATE_DONE, k + 1]
        s.least[k] = least if in_time & (ready <= last_ready) else np.inf
    if a.flags[F_METRES]:
        for k in range(length + 1):
            origin, target = np.uint64(s.brief[t, B_PLACE, k]), np.uint64(s.brief[t, B_PLACE, k + 1])
            farther = np.int64(a.distances[profile, origin, place]) + a.distances[profile, place, target]
            farther -= s.metres[t, k + 1] if stays else 0
            s.least[k] += a.prices[t, P_METRE] * farther
    if a.flags[F_SETUPS]:
        for k in range(length + 1):
            late = np.int64(s.brief[t, B_EARLY, k]) + a.into[profile, place, np.uint64(s.brief[t, B_PLACE, k])]
            s.least[k] = -np.inf if speed != 1.0 or late <= last_ready else np.inf
