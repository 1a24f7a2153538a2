"""Compiled: the steps of :mod:`optimizer.search.anneal`. Each removes strings of visits and inserts them again."""

from __future__ import annotations

import numpy as np

from optimizer.problem.flatten import DUE, HIGH, LOW, SERVICE
from optimizer.search.compiled import draw, inline, jit
from optimizer.search.insertion_cost import search_route
from optimizer.search.memory import (
    ABSENT,
    BLINK,
    CENTRES,
    CHANGED,
    INSERTIONS,
    LONGEST_STRING,
    MEAN_REMOVED,
    MISSED,
    MISSING,
    MOST_ABSENT,
    MOST_ROUTES,
    SAVED,
    SLOTS,
    STEPS,
    save,
    settle,
    undo,
)
from optimizer.search.propagate import insert, propagate, update_leg
from optimizer.search.state import R_VISIT, S_ROOM


@inline
def remove_string(a, s, m, t, v, longest, seed):  # type: ignore[no-untyped-def]
    """Remove a string of visits that contains `v` from route `t`. Half of the time some in its middle stay."""
    length = s.lengths[t]
    size = 1 + int(draw(seed) * min(longest, length))
    size = min(size, length, longest)
    place = 0
    while s.rows[t, place + 1, R_VISIT] != v:
        place += 1
    kept = 0
    if size > 1 and size < length and draw(seed) < 0.5:
        kept = 1
        while size + kept < length and draw(seed) > 0.5:
            kept += 1
    span = size + kept
    low = max(0, place - span + 1)
    high = min(place, length - span)
    begin = low + int(draw(seed) * (high - low + 1))
    hold = begin + 1 + int(draw(seed) * (size - 1)) if kept > 0 else length + 1
    save(s, m, t)
    s.lengths[t] = length - size
    width, states = s.rows.shape[2], s.cost_to.shape[2]
    write = begin + 1
    torn = False
    for k in range(begin, length + 1):
        if k < begin + span and not (hold <= k < hold + kept):
            u = s.rows[t, k + 1, R_VISIT]
            s.where[u] = -1
            m.removed[u] = m.counter[STEPS]
            m.absent[m.counter[ABSENT]] = u
            m.counter[ABSENT] += 1
            torn = True
        else:
            for c in range(width):
                s.rows[t, write, c] = s.rows[t, k + 1, c]
            for c in range(states):
                s.cost_to[t, write, c] = s.cost_to[t, k + 1, c]
            s.metres[t, write] = s.metres[t, k + 1]
            if torn:
                update_leg(a, s, t, write)
                torn = False
            write += 1
    propagate(a, s, t, begin + 1)


@inline
def ruin(a, s, m, near, ranking, longest, seed):  # type: ignore[no-untyped-def]
    """Remove strings around a random visit and gather unplanned visits nearby."""
    strings = 1 + int(draw(seed) * (4.0 * m.rules[MEAN_REMOVED] / (1.0 + longest) - 1.0))
    centre = m.centres[int(draw(seed) * m.counter[CENTRES])]
    if m.counter[MISSED] > 0 and draw(seed) < m.rules[MISSING]:
        centre = m.missing[int(draw(seed) * m.counter[MISSED])]
    wanted = s.where[centre] < 0
    ruined = 0
    if wanted:  # routes that could take it are worth a ruin, wherever they are
        for _ in range(strings):
            t = np.int64(ranking[centre, int(draw(seed) * ranking.shape[1])])
            if t >= 0 and m.my_route[t] == 1 and s.lengths[t] > 0 and m.touched[t] != m.counter[STEPS]:
                v = s.rows[t, 1 + int(draw(seed) * s.lengths[t]), R_VISIT]
                remove_string(a, s, m, t, v, longest, seed)
                ruined += 1
    for k in range(near.shape[1]):
        v = near[centre, k]
        if m.my_visit[v] == 0:
            continue
        t = s.where[v]
        if t < 0:
            if m.counter[ABSENT] < m.rules[MOST_ABSENT] + 1 and m.removed[v] != m.counter[STEPS]:
                m.absent[m.counter[ABSENT]] = v
                m.counter[ABSENT] += 1
        elif ruined < strings and m.touched[t] != m.counter[STEPS]:
            remove_string(a, s, m, t, v, longest, seed)
            ruined += 1
        elif ruined >= strings and m.counter[ABSENT] > m.rules[MOST_ABSENT]:
            break
    return centre if wanted else -1


@inline
def arrange(a, m, wanted, seed):  # type: ignore[no-untyped-def]
    """Sort the absent visits in a random one of several orders; `wanted` (-1: none) often comes first.

    One order is by how often a visit was left out, as in the fleet phase of the paper named in
    :mod:`optimizer.search.anneal`: what is hard to place comes before what has always found one.
    """
    choice = draw(seed) * 13.0
    first = wanted if draw(seed) < 0.7 else -1
    for i in range(m.counter[ABSENT]):
        v = m.absent[i]
        if choice < 4.0:
            key = draw(seed)
        elif choice < 6.0:
            key = -(a.drop[v] + draw(seed))
        elif choice < 8.0:
            key = float(a.visit[v, HIGH] - a.visit[v, LOW])
        elif choice < 10.0:
            key = a.visit[v, DUE] + draw(seed)
        elif choice < 12.0:
            key = -(m.absences[v] + draw(seed))
        else:
            key = -(a.visit[v, SERVICE] + draw(seed))
        if v == first:
            key = -np.inf
        place = i
        while place > 0 and m.keys[place - 1] > key:
            m.keys[place] = m.keys[place - 1]
            m.absent[place] = m.absent[place - 1]
            place -= 1
        m.keys[place] = key
        m.absent[place] = v


@inline
def somebody_idle(a, s, m, t):  # type: ignore[no-untyped-def]
    """An idle technician of this thread who is like `t`, or -1."""
    kind = a.kinds[t]
    begin, size = m.member_from[kind], m.member_from[kind + 1] - m.member_from[kind]
    for _ in range(size):
        other = m.members[begin + m.idle[kind]]
        if s.lengths[other] == 0 and m.my_route[other] == 1:
            return other
        m.idle[kind] = (m.idle[kind] + 1) % size
    return -1


@inline
def candidates(a, s, m, near, ranking, v):  # type: ignore[no-untyped-def]
    """Choose the routes that `v` is tried in: those just ruined, those of neighbours that have room for it, those of
    the technicians who are cheapest for it. Answers how many.
    """
    m.counter[INSERTIONS] += 1
    count = 0
    for k in range(m.counter[SAVED]):
        t = m.saved[k]
        m.tried[t] = m.counter[INSERTIONS]
        m.choice[count] = t
        count += 1
        if s.lengths[t] == 0:
            m.tried_kind[a.kinds[t]] = m.counter[INSERTIONS]
    most = min(count + int(m.rules[MOST_ROUTES]), len(m.choice))
    for k in range(near.shape[1]):
        if count >= most:
            break
        u = near[v, k]
        t = s.where[u]
        if t >= 0 and m.my_visit[u] == 1 and m.tried[t] != m.counter[INSERTIONS]:
            m.tried[t] = m.counter[INSERTIONS]
            m.choice[count] = t
            count += 1 if a.visit[v, SERVICE] <= s.sums[t, S_ROOM] else 0
    for k in range(ranking.shape[1]):
        t = np.int64(ranking[v, k])
        if t < 0:
            break
        if near.shape[1] > 0 and m.member_from[a.kinds[t] + 1] - m.member_from[a.kinds[t]] > 1:
            t = somebody_idle(a, s, m, t)
            if t < 0:
                continue
        if m.my_route[t] == 0 or m.tried[t] == m.counter[INSERTIONS]:
            continue
        if s.lengths[t] == 0:
            if m.tried_kind[a.kinds[t]] == m.counter[INSERTIONS]:
                continue
            m.tried_kind[a.kinds[t]] = m.counter[INSERTIONS]
        m.tried[t] = m.counter[INSERTIONS]
        m.choice[count] = t
        count += 1
    return count


@inline
def price_in(a, s, m, t, v, bound, blink, seed):  # type: ignore[no-untyped-def]
    """The cheapest position for `v` in route `t`, as `search_route` says; remembered until the route changes.

    A route that this step has changed is looked at each time. In a remembered one not a position is skipped at random
    but the whole route.
    """
    if m.touched[t] == m.counter[STEPS]:
        return search_route(a, s, t, v, bound, blink, seed)
    if a.visit[v, SERVICE] > s.sums[t, S_ROOM]:
        return bound, np.int64(-1)
    slot = t & (SLOTS - 1)
    if m.priced[v, slot, 0] == s.version[t]:
        price, position = m.priced[v, slot, 1], np.int64(m.priced[v, slot, 2])
        known = position >= 0 or price >= bound
    else:
        known = False
        price, position = bound, np.int64(-1)
    if not known:
        price, where = search_route(a, s, t, v, bound, 0.0, seed)
        position = np.int64(where)
        m.priced[v, slot, 0] = s.version[t]
        m.priced[v, slot, 1] = price
        m.priced[v, slot, 2] = position
    if position < 0 or price >= bound or (blink > 0.0 and draw(seed) < blink):
        return bound, np.int64(-1)
    return price, position


@jit
def recreate(a, s, m, near, ranking, blink, seed):  # type: ignore[no-untyped-def]
    """Insert every absent visit at its cheapest position among the candidates, or leave it out if that is cheaper."""
    for i in range(m.counter[ABSENT]):
        v = m.absent[i]
        best, route, where = a.drop[v], np.int64(-1), np.int64(-1)
        for k in range(candidates(a, s, m, near, ranking, v)):
            t = m.choice[k]
            price, position = price_in(a, s, m, t, v, best, blink, seed)
            if position >= 0:
                best, route, where = price, t, position
        if route >= 0:
            save(s, m, route)
            insert(a, s, route, v, where)
            propagate(a, s, route, where + 1)


@inline
def keep_best(s, m):  # type: ignore[no-untyped-def]
    """Copy the routes that have changed since the last best ones."""
    for i in range(m.counter[CHANGED]):
        t = m.changed[i]
        m.is_changed[t] = 0
        m.best_lengths[t] = s.lengths[t]
        for k in range(s.lengths[t]):
            m.best[t, k] = s.rows[t, k + 1, R_VISIT]
    m.counter[CHANGED] = 0


@jit
def improve(a, s, m, near, ranking, steps, temperature, costs, seed):  # type: ignore[no-untyped-def]
    """Make `steps` steps at one temperature; updates `costs`, which is (current, best)."""
    used, placed = 0, 0
    for t in range(len(s.lengths)):
        if m.my_route[t] == 1 and s.lengths[t] > 0:
            placed += s.lengths[t]
            used += 1
    longest = max(1, int(min(m.rules[LONGEST_STRING], placed / max(1, used))))
    m.counter[MISSED] = 0
    for k in range(m.counter[CENTRES]):
        if s.where[m.centres[k]] < 0:
            m.missing[m.counter[MISSED]] = m.centres[k]
            m.counter[MISSED] += 1
    for _ in range(steps):
        m.counter[STEPS] += 1
        m.counter[SAVED] = 0
        m.counter[ABSENT] = 0
        wanted = ruin(a, s, m, near, ranking, longest, seed)
        before, after = 0.0, 0.0
        for i in range(m.counter[ABSENT]):
            if m.removed[m.absent[i]] != m.counter[STEPS]:
                before += a.drop[m.absent[i]]
        arrange(a, m, wanted, seed)
        recreate(a, s, m, near, ranking, m.rules[BLINK], seed)
        for i in range(m.counter[ABSENT]):
            if s.where[m.absent[i]] < 0:
                after += a.drop[m.absent[i]]
                m.absences[m.absent[i]] += 1.0
        for k in range(m.counter[SAVED]):
            before += m.kept.costs[m.saved[k]]
            after += s.costs[m.saved[k]]
        change = after - before
        if change < -temperature * np.log(max(draw(seed), 1e-300)):
            costs[0] += change
            settle(s, m)
            for k in range(m.counter[SAVED]):
                t = m.saved[k]
                if m.is_changed[t] == 0:
                    m.is_changed[t] = 1
                    m.changed[m.counter[CHANGED]] = t
                    m.counter[CHANGED] += 1
            if costs[0] < costs[1] - 1e-6:
                costs[1] = costs[0]
                keep_best(s, m)
        else:
            undo(s, m)
