"""The compiled loop of :mod:`optimizer.search`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.arrays import DUE, SERVICE, WINDOW_FROM, WINDOW_TO, Arrays
from optimizer.kernels import State, jit, refresh
from optimizer.placing import best_position, draw, put

MEAN_REMOVED = 10
LONGEST_STRING = 10
MOST_ABSENT = 10
MOST_ROUTES = 12
BLINK = 0.02


class Memory(NamedTuple):
    """What a step may have to undo, and the best routes so far."""

    routes: npt.NDArray[np.int32]
    lengths: npt.NDArray[np.int64]
    costs: npt.NDArray[np.float64]
    touched: npt.NDArray[np.int64]  # the step in which a route was last saved
    saved: npt.NDArray[np.int64]  # the routes saved in this step; [0] is how many
    best_routes: npt.NDArray[np.int32]
    best_lengths: npt.NDArray[np.int64]
    absent: npt.NDArray[np.int64]  # visits out of a route in this step; [0] is how many
    removed: npt.NDArray[np.int64]  # per visit: the step that last took it out of a route
    keys: npt.NDArray[np.float64]  # what `absent` is sorted by
    tried: npt.NDArray[np.int64]  # per route: the insertion that last looked at it
    choice: npt.NDArray[np.int64]  # routes to be looked at
    counter: npt.NDArray[np.int64]  # steps, insertions


def make_memory(a: Arrays, s: State) -> Memory:
    technicians, visits = len(s.lengths), len(a.visit)
    return Memory(
        routes=s.routes.copy(),
        lengths=s.lengths.copy(),
        costs=s.costs.copy(),
        touched=np.full(technicians, -1, dtype=np.int64),
        saved=np.zeros(technicians + 1, dtype=np.int64),
        best_routes=s.routes[:technicians].copy(),
        best_lengths=s.lengths.copy(),
        absent=np.zeros(visits + 1, dtype=np.int64),
        removed=np.zeros(visits, dtype=np.int64),
        keys=np.zeros(visits + 1, dtype=np.float64),
        tried=np.full(technicians, -1, dtype=np.int64),
        choice=np.zeros(technicians, dtype=np.int64),
        counter=np.zeros(2, dtype=np.int64),
    )


@jit
def save(s, m, t):  # type: ignore[no-untyped-def]
    """Remember route `t` as it was before this step."""
    if m.touched[t] == m.counter[0]:
        return
    m.touched[t] = m.counter[0]
    m.saved[0] += 1
    m.saved[m.saved[0]] = t
    m.lengths[t] = s.lengths[t]
    m.costs[t] = s.costs[t]
    for k in range(s.lengths[t]):
        m.routes[t, k] = s.routes[t, k]


@jit
def remove_string(s, m, t, v, longest, seed):  # type: ignore[no-untyped-def]
    """Take a string of visits that holds `v` out of route `t`; half of the time some of its middle stays."""
    length = s.lengths[t]
    size = 1 + int(draw(seed) * min(longest, length))
    size = min(size, length, longest)
    place = 0
    while s.routes[t, place] != v:
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
    write = begin
    for k in range(begin, length):
        inside = k < begin + span and not (hold <= k < hold + kept)
        u = s.routes[t, k]
        if inside:
            s.where[u] = -1
            m.removed[u] = m.counter[0]
            m.absent[0] += 1
            m.absent[m.absent[0]] = u
        else:
            s.routes[t, write] = u
            write += 1
    s.lengths[t] = write


@jit
def ruin(a, s, m, near, seed):  # type: ignore[no-untyped-def]
    """Remove strings around a random visit and gather unplanned visits nearby."""
    visits = len(a.visit)
    used = 0
    placed = 0
    for t in range(len(s.lengths)):
        placed += s.lengths[t]
        used += 1 if s.lengths[t] > 0 else 0
    mean = placed / max(1, used)
    longest = max(1, int(min(LONGEST_STRING, mean)))
    strings = 1 + int(draw(seed) * (4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0))
    centre = int(draw(seed) * visits)
    ruined = 0
    for k in range(near.shape[1]):
        v = near[centre, k]
        t = s.where[v]
        if t < 0:
            if m.absent[0] < MOST_ABSENT + 1 and m.removed[v] != m.counter[0]:
                m.absent[0] += 1
                m.absent[m.absent[0]] = v
        elif ruined < strings and m.touched[t] != m.counter[0]:
            remove_string(s, m, t, v, longest, seed)
            ruined += 1
        elif ruined >= strings and m.absent[0] > MOST_ABSENT:
            break


@jit
def arrange(a, m, seed):  # type: ignore[no-untyped-def]
    """Sort the absent visits in one of several ways."""
    choice = draw(seed) * 11.0
    for i in range(1, m.absent[0] + 1):
        v = m.absent[i]
        if choice < 4.0:
            key = draw(seed)
        elif choice < 6.0:
            key = -(a.drop[v] + draw(seed))
        elif choice < 8.0:
            key = 0.0
            if a.visit[v, WINDOW_FROM] < a.visit[v, WINDOW_TO]:
                key = float(a.windows[a.visit[v, WINDOW_TO] - 1, 1] - a.windows[a.visit[v, WINDOW_FROM], 0])
        elif choice < 10.0:
            key = a.visit[v, DUE] + draw(seed)
        else:
            key = -(a.visit[v, SERVICE] + draw(seed))
        place = i
        while place > 1 and m.keys[place - 1] > key:
            m.keys[place] = m.keys[place - 1]
            m.absent[place] = m.absent[place - 1]
            place -= 1
        m.keys[place] = key
        m.absent[place] = v


@jit
def candidates(s, m, near, ranking, v):  # type: ignore[no-untyped-def]
    """The routes `v` may go to: just ruined, of neighbours, of technicians who start near; answers how many."""
    m.counter[1] += 1
    count = 0
    for k in range(1, m.saved[0] + 1):
        m.tried[m.saved[k]] = m.counter[1]
        m.choice[count] = m.saved[k]
        count += 1
    most = min(count + MOST_ROUTES, len(m.choice))
    for k in range(near.shape[1]):
        t = s.where[near[v, k]]
        if count < most and t >= 0 and m.tried[t] != m.counter[1]:
            m.tried[t] = m.counter[1]
            m.choice[count] = t
            count += 1
    for k in range(ranking.shape[1]):
        t = ranking[v, k]
        if m.tried[t] != m.counter[1]:
            m.tried[t] = m.counter[1]
            m.choice[count] = t
            count += 1
    return count


@jit
def recreate(a, s, m, near, ranking, blink, seed):  # type: ignore[no-untyped-def]
    """Put every absent visit where it adds least among its candidates, or leave it out if that is cheaper."""
    for i in range(1, m.absent[0] + 1):
        v = m.absent[i]
        best, route, where = a.drop[v], -1, -1
        for k in range(candidates(s, m, near, ranking, v)):
            t = m.choice[k]
            price, position = best_position(a, s, t, v, best, blink, seed)
            if position >= 0:
                best, route, where = price, t, position
        if route >= 0:
            save(s, m, route)
            put(s, route, v, where)
            refresh(a, s, route, where)


@jit
def undo(s, m):  # type: ignore[no-untyped-def]
    """Bring back the routes as they were before this step."""
    for i in range(1, m.absent[0] + 1):
        s.where[m.absent[i]] = -1
    for k in range(1, m.saved[0] + 1):
        t = m.saved[k]
        s.lengths[t] = m.lengths[t]
        for j in range(m.lengths[t]):
            s.routes[t, j] = m.routes[t, j]
            s.where[m.routes[t, j]] = t


@jit
def improve(a, s, m, near, ranking, steps, temperature, costs, seed):  # type: ignore[no-untyped-def]
    """`steps` steps at one temperature; `costs` is (current, best), brought up to date."""
    for _ in range(steps):
        m.counter[0] += 1
        m.saved[0] = 0
        m.absent[0] = 0
        ruin(a, s, m, near, seed)
        before = 0.0
        for i in range(1, m.absent[0] + 1):
            if s.where[m.absent[i]] < 0 and m.removed[m.absent[i]] != m.counter[0]:
                before += a.drop[m.absent[i]]
        for k in range(1, m.saved[0] + 1):
            refresh(a, s, m.saved[k], 0)
        arrange(a, m, seed)
        recreate(a, s, m, near, ranking, BLINK, seed)
        after = 0.0
        for i in range(1, m.absent[0] + 1):
            if s.where[m.absent[i]] < 0:
                after += a.drop[m.absent[i]]
        for k in range(1, m.saved[0] + 1):
            before += m.costs[m.saved[k]]
            after += s.costs[m.saved[k]]
        change = after - before
        if change < -temperature * np.log(max(draw(seed), 1e-300)):
            costs[0] += change
            if costs[0] < costs[1] - 1e-6:
                costs[1] = costs[0]
                for t in range(len(s.lengths)):
                    m.best_lengths[t] = s.lengths[t]
                    for j in range(s.lengths[t]):
                        m.best_routes[t, j] = s.routes[t, j]
        else:
            undo(s, m)
            for k in range(1, m.saved[0] + 1):
                refresh(a, s, m.saved[k], 0)


def restore_best(a: Arrays, s: State, m: Memory) -> None:
    """Make the best routes found the current ones."""
    s.routes[: len(m.best_routes)] = m.best_routes
    s.lengths[:] = m.best_lengths
    s.where[:] = -1
    for t, length in enumerate(s.lengths):
        s.where[s.routes[t, :length]] = t
        refresh(a, s, t, 0)
