"""Compiled: the cheapest position for a visit in a route (see `optimizer.search.costs`).

Most positions are refused from the two rows around them: the detour adds too much, or the next stop would be reached
too late. The others are walked through until the delay is absorbed or the position cannot be the best.
"""

from __future__ import annotations

import numpy as np

from optimizer.problem import UNREACHABLE
from optimizer.problem.flatten import (
    BREAK_FROM,
    BREAK_TO,
    FROZEN,
    LAST_HIGH,
    LATEST_END,
    LOCATION,
    MAX_DISTANCE,
    MAX_TRAVEL,
    NO_POSITION,
    POSITION,
    PROFILE,
    ROOM,
    SERVICE,
    SETUP,
    W_ABOVE,
    W_IMBALANCE,
    W_WAITING,
)
from optimizer.search.arrays import F_METRES, F_PICKUPS, P_GAP, P_METRE, P_SECOND, P_USED, P_WORK
from optimizer.search.compiled import draw, inline, jit
from optimizer.search.costs import (
    begin_work,
    break_until,
    drive,
    end_price,
    fits_otherwise,
    gap_price,
    idle_price,
    paced,
    visit_price,
)
from optimizer.search.first_look import look
from optimizer.search.several_breaks import timed_many
from optimizer.search.state import FAR, R_LEG, R_PLACE, R_TIME, R_VISIT, R_WORK, S_METRES, S_ROOM, S_TRAVEL, S_WORK


@inline
def walk_on(a, s, t, b, row, t0, c0, t1, c1, leg, work, limit):  # type: ignore[no-untyped-def]
    """The timed cost of route `t` when its technician leaves for row `row` in these states. Row `row` is `leg` seconds
    away and takes `work` seconds.

    inf where a stop cannot be reached in time, or where the cost certainly rises by `limit` or more.
    """
    length = s.lengths[t]
    idle = a.weights[W_WAITING]
    for k in range(row, length + 1):
        v = s.rows[t, k, R_VISIT]
        latest = a.technician[t, LATEST_END] - work
        r0, c0, r1, c1 = drive(a, b, t0, c0, t1, c1, leg, idle)
        t0, t1 = FAR, FAR
        rise0, rise1 = np.inf, np.inf
        if r0 < FAR:
            start = begin_work(a, v, r0, latest)
            if start < FAR:
                t0 = start + work
                c0 += idle * (start - r0) + visit_price(a, v, start, t0)
                rise0 = c0 - s.cost_to[t, k, 0]
        same = t0 == s.rows[t, k, R_TIME]
        if b >= 0:
            if r1 < FAR:
                start = begin_work(a, v, r1, latest)
                if start < FAR:
                    t1 = start + work
                    c1 += idle * (start - r1) + visit_price(a, v, start, t1)
                    rise1 = c1 - s.cost_to[t, k, 1]
            same = same and t1 == s.rows[t, k, R_TIME + 1]
            same = same and (t0 >= FAR or t1 >= FAR or abs(rise0 - rise1) < 1e-9)
        if t0 >= FAR and t1 >= FAR:
            return np.inf
        rise = min(rise0, rise1)
        if rise >= limit:
            return np.inf
        if same:
            return s.timed[t] + rise
        leg = s.rows[t, k + 1, R_LEG]
        work = s.rows[t, k + 1, R_WORK]
    e0, c0, e1, c1 = drive(a, b, t0, c0, t1, c1, leg, 0.0)
    return end_price(a, t, b, e0, c0, e1, c1, True)


@inline
def search_route(a, s, t, v, bound, blink, seed):  # type: ignore[no-untyped-def]
    """`best_position`, compiled into its caller."""
    length = s.lengths[t]
    best, where = bound, -1
    fixed = a.assigned[v, t]
    if length >= a.technician[t, ROOM] or not fixed < best or a.visit[v, SERVICE] > s.sums[t, S_ROOM]:
        return best, where
    for d in range(a.capacity.shape[1]):
        if s.loads[t, d] + a.load[v, d, 0] + a.base_load[t, d, 2] > a.capacity[t, d]:
            return best, where
    count = a.technician[t, BREAK_TO] - a.technician[t, BREAK_FROM]
    b = a.technician[t, BREAK_FROM] if count > 0 else -1
    late = R_TIME + s.cost_to.shape[2] - 1
    checked = s.pinned[t] == 1 or a.visit[v, POSITION] != NO_POSITION or a.flags[F_PICKUPS] == 1
    place, service, setup = a.visit[v, LOCATION], a.visit[v, SERVICE], a.visit[v, SETUP]
    profile = a.technician[t, PROFILE]
    end_work = a.technician[t, LATEST_END]
    last_ready = min(a.visit[v, LAST_HIGH], end_work - service)
    stays = length > 0 or a.technician[t, FROZEN] > 0
    driven = s.sums[t, S_TRAVEL]
    load = driven + s.sums[t, S_WORK]
    above = a.weights[W_ABOVE]
    over = max(0.0, load - above)
    charged = a.prices[t, P_GAP] > 0.0
    gap = gap_price(a, t, load) if charged and stays else 0.0
    fixed += 0.0 if stays else a.prices[t, P_USED]
    look(a, s, t, v)
    for position in range(length + 1):
        if s.least[position] >= best:
            continue
        t0, t1, p1 = s.rows[t, position, R_TIME], FAR, 0.0
        p0 = s.cost_to[t, position, 0]
        earliest = t0
        if b >= 0:
            for m in range(1, 1 << count):
                earliest = min(earliest, s.rows[t, position, R_TIME + m])
            t1, p1 = s.rows[t, position, R_TIME + 1], s.cost_to[t, position, 1]
        if earliest > last_ready:
            break
        origin, target = s.rows[t, position, R_PLACE], s.rows[t, position + 1, R_PLACE]
        to, away = a.into[profile, place, origin], a.durations[profile, place, target]
        if to == UNREACHABLE or away == UNREACHABLE:
            continue
        there, on = paced(a, t, to), paced(a, t, away)
        if earliest + there > last_ready:
            continue
        longer = there + on - (max(0, s.rows[t, position + 1, R_LEG]) if stays else 0)
        work = service + (setup if origin != place else 0)
        more, next_work = work, s.rows[t, position + 1, R_WORK]
        if position < length and target in (place, origin):
            saved = a.visit[s.rows[t, position + 1, R_VISIT], SETUP]
            change = (saved if target != place else 0) - (saved if target != origin else 0)
            next_work += change
            more += change
        added = fixed + a.prices[t, P_SECOND] * longer + a.prices[t, P_WORK] * more
        if a.flags[F_METRES]:
            farther = np.int64(a.distances[profile, origin, place]) + a.distances[profile, place, target]
            farther -= s.metres[t, position + 1] if stays else 0
            if s.sums[t, S_METRES] + farther > a.technician[t, MAX_DISTANCE]:
                continue
            added += a.prices[t, P_METRE] * farther
        if driven + longer > a.technician[t, MAX_TRAVEL]:
            continue
        if charged:
            added += gap_price(a, t, load + longer + more) - gap
        added += a.weights[W_IMBALANCE] * (max(0.0, load + longer + more - above) - over)
        bounded = s.monotone[t] == 1 and longer + more >= 0
        spare = 0.0
        if not bounded:  # all that is still to be paid might be saved
            for m in range(1 << count):
                if s.rows[t, position, R_TIME + m] < FAR:
                    spare = max(spare, s.timed[t] - s.cost_to[t, position, m])
        if added - spare >= best:
            continue
        if count > 1:
            timed = timed_many(a, s, t, v, position, there, work, on, next_work)
        else:
            idle = idle_price(a, t, position + 1)
            r0, c0, r1, c1 = drive(a, b, t0, p0, t1, p1, there, idle)
            l0, l1 = FAR, FAR
            least = np.inf
            if r0 < FAR:
                start = begin_work(a, v, r0, end_work - work)
                if start < FAR:
                    l0 = start + work
                    least = visit_price(a, v, start, l0)
                    c0 += idle * (start - r0) + least
            if r1 < FAR:
                start = begin_work(a, v, r1, end_work - work)
                if start < FAR:
                    l1 = start + work
                    price = visit_price(a, v, start, l1)
                    least = min(least, price)
                    c1 += idle * (start - r1) + price
            if added + least - spare >= best:
                continue
            if next_work >= s.rows[t, position + 1, R_WORK]:
                in_time = l0 + on <= s.rows[t, position + 1, late]
                if b >= 0:
                    reach = s.rows[t, position + 1, late + 1]
                    in_time = in_time or l1 + on <= reach or l0 <= break_until(a, b, reach, on)
                if not in_time:
                    continue
            limit = best - added if bounded else np.inf
            timed = walk_on(a, s, t, b, position + 1, l0, c0, l1, c1, on, next_work, limit)
        price = added + timed - s.timed[t]
        if price < best and not (checked and not fits_otherwise(a, s, t, v, position)):
            if blink > 0.0 and draw(seed) < blink:
                continue
            best, where = price, position
    return best, where


@jit
def best_position(a, s, t, v, bound, blink, seed):  # type: ignore[no-untyped-def]
    """The cheapest position for `v` in route `t`: (added cost, position); -1 where none costs less than `bound`.

    `blink` is the probability that a position is skipped; `seed` is an array of one uint64, the state of the generator.
    """
    return search_route(a, s, t, v, bound, blink, seed)


@jit
def price_everywhere(a, s, v, prices, positions, seed):  # type: ignore[no-untyped-def]
    """The cheapest position for `v` in every route, into `prices` and `positions`; (inf, -1) where it does not fit."""
    for t in range(len(s.lengths)):
        prices[t], positions[t] = search_route(a, s, t, v, np.inf, 0.0, seed)
