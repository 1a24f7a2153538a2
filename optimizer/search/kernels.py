"""Compiled route arithmetic: what a route costs, stop by stop (`optimizer.search.insertion_cost` finds where a visit
fits best).

A route is a few consecutive rows: the start, the stops, the end. Each row holds where it is, how long the way there and
the work take, and, for every set of breaks already taken, the earliest moment it can be left and the latest moment it
may be reached; beside it the costs so far that depend on times. So an insertion is refused or bounded from two
neighbouring rows, and priced exactly by walking on from there until its delay is absorbed.

The order in which states are compared (earlier first, then cheaper) makes times exact and costs, with breaks, almost
always so; the plan's final times come from :mod:`optimizer.evaluation.timetable` and its judgement from
:mod:`optimizer.evaluation.evaluate`.

With one break, the common case, the two states are plain numbers; several are `optimizer.search.breaks`' matter. `a`
is an
`Arrays`, `s` a `State`, t a technician, v a visit, k a row of a route (0: the start). Every
thread has a state of its own.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from optimizer.search.arrays import (
    BREAK_FROM,
    BREAK_TO,
    DUE,
    F_PICKUPS,
    FROZEN,
    HIGH,
    LATEST_END,
    LOW,
    NO_LIMIT,
    NO_POSITION,
    NOTIFIED_HIGH,
    NOTIFIED_LOW,
    OVERTIME_FROM,
    P_METRE,
    P_SECOND,
    P_USED,
    P_WORK,
    PLAIN,
    POSITION,
    PUBLISHED,
    ROOM,
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
    Arrays,
)

FAR = 2**50
UNREACHABLE = 2**31 - 1

R_PLACE, R_VISIT, R_LEG, R_WORK, R_TIME = range(5)
"""Columns of a row: place, visit (-1: start or end), seconds from the row before (-1: no road), work, and from R_TIME
on the earliest departures and then the latest arrivals, one a set of breaks. With one break a row is a cache line."""

S_TRAVEL, S_METRES, S_WORK = range(3)


class State(NamedTuple):
    """All routes, what they cost, and where each visit is (-1: nowhere). M sets of breaks, routes of up to L visits."""

    line: npt.NDArray[np.int64]  # T × (L + 2) × (4 + 2 M)
    paid: npt.NDArray[np.float64]  # T × (L + 2) × (M + 1): timed costs so far; last, the price of who makes the visit
    metres: npt.NDArray[np.int64]  # T × (L + 2): from the row before; kept only where lengths matter
    lengths: npt.NDArray[np.int64]
    costs: npt.NDArray[np.float64]  # inf: cannot be worked
    timed: npt.NDArray[np.float64]  # T: the part of the cost that depends on times
    sums: npt.NDArray[np.int64]  # T × (travel, metres, work), frozen stops included
    loads: npt.NDArray[np.int64]  # T × D: what is delivered on the way
    plain: npt.NDArray[np.uint8]  # T: 1 where nothing gets cheaper when it is done later
    pinned: npt.NDArray[np.uint8]  # T: 1 where a stop has its place in the order
    where: npt.NDArray[np.int32]
    time: npt.NDArray[np.int64]  # scratch of `optimizer.search.breaks`: 4 × M
    cost: npt.NDArray[np.float64]
    rest: npt.NDArray[np.int64]


def make_state(a: Arrays) -> State:
    """Empty routes for the problem of `a`."""
    technicians, visits = len(a.technician), len(a.visit)
    longest = max(1, min(int(a.technician[:, ROOM].max(initial=1)), visits))
    breaks = a.technician[:, BREAK_TO] - a.technician[:, BREAK_FROM]
    masks = 1 << int(breaks.max(initial=0))
    state = State(
        line=np.zeros((technicians, longest + 2, 4 + 2 * masks), dtype=np.int64),
        paid=np.zeros((technicians, longest + 2, masks + 1), dtype=np.float64),
        metres=np.zeros((technicians, longest + 2), dtype=np.int64),
        lengths=np.zeros(technicians, dtype=np.int64),
        costs=np.zeros(technicians, dtype=np.float64),
        timed=np.zeros(technicians, dtype=np.float64),
        sums=np.zeros((technicians, 3), dtype=np.int64),
        loads=np.zeros((technicians, a.capacity.shape[1]), dtype=np.int64),
        plain=np.ones(technicians, dtype=np.uint8),
        pinned=np.zeros(technicians, dtype=np.uint8),
        where=np.full(visits, -1, dtype=np.int32),
        time=np.full((4, masks), FAR, dtype=np.int64),
        cost=np.zeros((4, masks), dtype=np.float64),
        rest=np.zeros(masks, dtype=np.int64),
    )
    for technician in range(technicians):
        assign(a, state, technician, np.zeros(0, dtype=np.int64))
    return state


def apart(array: Any) -> Any:
    """A copy in cache lines of its own: two threads that write into one line wait for each other at every write."""
    room = np.zeros(array.nbytes + 128, dtype=np.uint8)
    begin = -room.ctypes.data % 64
    copy = room[begin : begin + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def copy_of(s: State) -> State:
    """The same routes again, for another thread."""
    return State(*(apart(part) for part in s))


def take_over(target: State, source: State, technicians: npt.NDArray[np.bool_], visits: npt.NDArray[np.bool_]) -> None:
    """Make these technicians' routes and these visits' whereabouts in `target` what they are in `source`."""
    target.where[visits] = source.where[visits]
    for name in ("line", "paid", "metres", "lengths", "costs", "timed", "sums", "loads", "plain", "pinned"):
        getattr(target, name)[technicians] = getattr(source, name)[technicians]


def assign(a: Arrays, s: State, t: int, order: npt.NDArray[np.int64]) -> float:
    """Make `order` the route of `t`, whose visits become free; answers its cost, inf where it cannot be worked."""
    from optimizer.search.propagate import refresh  # it stands on this module

    s.where[s.where == t] = -1
    s.line[t, 1 : len(order) + 1, R_VISIT] = order
    s.lengths[t] = len(order)
    s.where[order] = t
    return float(refresh(a, s, t, 0))


def visits_of(s: State, t: int) -> list[int]:
    """The route of `t` as visit numbers."""
    return [int(v) for v in s.line[t, 1 : s.lengths[t] + 1, R_VISIT]]


# without numba's reference counting: it counted every array at every call, and nothing here allocates
OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False, "error_model": "numpy"}


def jit(function: Any) -> Any:
    """Compile, keeping the result beside the source."""
    return numba.njit(**OPTIONS)(function)


def inline(function: Any) -> Any:
    """Compile into whatever calls it: handing over dozens of arrays costs more than these do."""
    return numba.njit(forceinline=True, **OPTIONS)(function)


@inline
def paced(a, t, raw):  # type: ignore[no-untyped-def]
    """Seconds technician `t` needs for `raw` ones."""
    seconds = np.int64(raw)
    if a.rates[t, SPEED] != 1.0:
        seconds = np.int64(seconds / a.rates[t, SPEED] + 0.5)
    return seconds


@inline
def first_break(a, b, moment):  # type: ignore[no-untyped-def]
    """The first moment from `moment` on at which break `b` may start, or FAR."""
    for k in range(a.breaks[b, 1], a.breaks[b, 2]):
        if moment <= a.break_windows[k, 1]:
            return max(moment, a.break_windows[k, 0])
    return FAR


@inline
def break_until(a, b, reach, seconds):  # type: ignore[no-untyped-def]
    """When to leave at the latest so that break `b` and a way of `seconds` are over at `reach`."""
    latest = -FAR
    length = a.breaks[b, 0]
    for w in range(a.breaks[b, 1], a.breaks[b, 2]):
        if a.break_windows[w, 0] + length <= reach:
            latest = max(latest, min(a.break_windows[w, 1], reach - length - seconds))
    return latest


@inline
def drive(a, b, t0, c0, t1, c1, seconds, idle):  # type: ignore[no-untyped-def]
    """Both states after `seconds` on the road, break `b` (-1: none) taken on the way or not; `idle` prices a second."""
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
    """The terms of visit `v` that depend on its times."""
    price = 0.0
    due = a.visit[v, DUE]
    if departure > due:
        price += a.due_price[v] * (departure - due)
    if a.weights[W_RISK] > 0.0 and due < NO_LIMIT:
        missed = departure - (due - a.weights[W_BUFFER])
        if missed > 0:
            price += a.weights[W_RISK] * min(missed, a.weights[W_BUFFER])
    if a.visit[v, PLAIN] == 0:
        price += wish_price(a, v, start)
    return price


@jit
def wish_price(a, v, start):  # type: ignore[no-untyped-def]
    """What the start costs against the preferred windows and the published time."""
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
    """A start later than `start` that people count on, if the windows allow it: the published one, or a preferred
    one.
    """
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
    """When work on `v` starts for somebody `ready` there who must start by `latest`, or FAR."""
    start = FAR
    if ready <= a.visit[v, HIGH]:
        start = max(ready, a.visit[v, LOW])
    else:
        for w in range(a.visit[v, WINDOW_FROM] + 1, a.visit[v, WINDOW_TO]):
            if ready <= a.windows[w, 1]:
                start = max(ready, a.windows[w, 0])
                break
    if a.visit[v, PLAIN] == 0 and start <= latest:
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
    """The timed cost of a day that ends in these states; inf where it ends too late. `bound`: it has visits."""
    best = np.inf
    latest = a.technician[t, LATEST_END] if bound else FAR - 1
    from_ = a.technician[t, OVERTIME_FROM]
    if end0 <= latest and (b < 0 or first_break(a, b, end0) < FAR):
        best = c0 + a.weights[W_OVERTIME] * max(0, end0 - from_)
    if b >= 0 and end1 <= latest:
        best = min(best, c1 + a.weights[W_OVERTIME] * max(0, end1 - from_))
    return best


@inline
def used_price(a, t, timed, static, driven, metres, work):  # type: ignore[no-untyped-def]
    """The cost of a used route from its parts."""
    price = timed + static + a.prices[t, P_USED] + a.prices[t, P_SECOND] * driven + a.prices[t, P_METRE] * metres
    price += a.prices[t, P_WORK] * work
    if driven + work > a.weights[W_ABOVE]:
        price += a.weights[W_IMBALANCE] * (driven + work - a.weights[W_ABOVE])
    return price


@inline
def idle_price(a, t, k):  # type: ignore[no-untyped-def]
    """The price of an idle second on the way to row `k`: before the first visit one simply leaves home later."""
    return 0.0 if k == 1 and a.technician[t, FROZEN] == 0 else a.weights[W_WAITING]


@jit
def fits_otherwise(a, s, t, v, position):  # type: ignore[no-untyped-def]
    """Loads on the way and pinned positions of route `t` with `v` at `position` (`v` -1: as it is)."""
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
    """Stop `k` of route `t` were `v` (-1: nothing) inserted at `position`."""
    if v >= 0 and k >= position:
        return v if k == position else s.line[t, k, R_VISIT]
    return s.line[t, k + 1, R_VISIT]
