"""The timetable and the judge's sums, compiled: what a whole route costs, to the unit, for many routes at once.

It does what :mod:`optimizer.schedule` does (every assignment of breaks to gaps, then later starts where they pay) and
adds up what :mod:`optimizer.objective` adds up, so that ten thousand places for a visit can be compared exactly; the
few that win are timed and judged again by those two. `bound` is a price no timing can undercut: everything as early as
it can be, as if nobody took a break.

`a` is a `Table`; t a technician, v a visit, both by their index in the problem.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from optimizer import objective
from optimizer.problem import ENDLESS, UNREACHABLE, Problem, Technician, TimeWindow, Visit

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

(
    T_PLACE,  # where the technician is free (-1: anywhere)
    T_TIME,  # and since when
    T_END,  # -1: anywhere
    T_LATEST,
    T_OVERTIME,
    T_ROOM,
    T_TRAVEL,  # limits
    T_DISTANCE,
    T_BEGUN,  # so many frozen stops go before
    T_BREAKS,  # rows of `breaks`
    T_BREAKS_TO,
    T_WIDTH,
) = range(12)
T_SPEED, T_FIXED, T_HOUR, T_TASK, T_KM = range(5)
(
    V_PLACE,
    V_SERVICE,
    V_SETUP,
    V_WINDOWS,
    V_WINDOWS_TO,
    V_WISHES,
    V_WISHES_TO,
    V_DUE,
    V_TOLD,
    V_LOW,
    V_HIGH,
    V_POSITION,
    V_WIDTH,
) = range(13)
(
    W_TRAVEL,
    W_DISTANCE,
    W_WAITING,
    W_ABOVE,
    W_IMBALANCE,
    W_OVERTIME,
    W_OWN,
    W_WISH,
    W_CHANGE,
    W_NOTIFIED,
    W_RISK,
    W_BUFFER,
) = range(12)
NONE = -9
MOST_BREAKS = 4


class Table(NamedTuple):
    """A problem as arrays. Times in seconds, lengths in metres."""

    durations: npt.NDArray[np.int32]
    distances: npt.NDArray[np.int32]
    technician: Ints  # T × T_WIDTH
    rates: Floats  # T × 5
    begun: Ints  # T × (seconds driven, metres, seconds of work) of frozen stops
    visit: Ints  # V × V_WIDTH
    late: Floats  # V: price of a second after the due time
    windows: Ints
    wishes: Ints
    breaks: Ints  # (duration, from row, to row of break_windows), per technician by last start
    break_windows: Ints
    capacity: Ints  # T × D
    carried: Ints  # T × D × (delivered, picked up, peak) by frozen stops
    load: Ints  # V × D × (delivery, pickup)
    weights: Floats


def make_table(problem: Problem) -> Table:
    """Flatten `problem`."""
    people, visits = problem.technicians, problem.visits
    by_id = {visit.id: visit for visit in visits}
    published = objective.published_by_visit(problem)
    w = problem.weights
    dims = max([len(t.capacity) for t in people] + [len(x) for v in visits for x in (v.delivery, v.pickup)] + [0])
    windows, window_at = _rows([v.start_windows() for v in visits])
    wishes, wish_at = _rows([v.preferred_windows for v in visits])
    breaks, break_windows, break_at = _breaks(problem)
    cells, behind, carried = [], [], []
    for k, person in enumerate(people):
        place, time, driven, load = _begun(problem, person, by_id, dims)
        behind.append(driven)
        carried.append(load)
        cells.append(
            (
                -1 if place is None else place,
                time,
                -1 if person.end_location is None else person.end_location,
                person.latest_end,
                person.overtime_from,
                max(0, person.max_visits - len(person.frozen)),
                ENDLESS if person.max_travel_seconds is None else person.max_travel_seconds,
                ENDLESS if person.max_distance is None else person.max_distance,
                len(person.frozen),
                *break_at[k : k + 2],
            )
        )
    rows = []
    for k, visit in enumerate(visits):
        told = published.get(visit.id)
        window = None if told is None else told.notified
        position = None if visit.pin is None else visit.pin.position
        rows.append(
            (
                visit.location,
                visit.service_seconds,
                visit.setup_seconds,
                *window_at[k : k + 2],
                *wish_at[k : k + 2],
                ENDLESS if visit.due is None else visit.due,
                ENDLESS if told is None else told.start,
                -ENDLESS if window is None else window.start,
                ENDLESS if window is None else window.end,
                NONE if position is None else position,
            )
        )
    nothing = (0,) * dims
    return Table(
        problem.durations,
        problem.distances,
        _ints(cells, T_WIDTH),
        np.array(
            [(t.speed_factor, t.fixed_cost, t.cost_per_hour, t.cost_per_task_hour, t.cost_per_km) for t in people],
            dtype=np.float64,
        ).reshape(len(people), 5),
        _ints(behind, 3),
        _ints(rows, V_WIDTH),
        np.array([w.tardiness * v.due_weight for v in visits], dtype=np.float64),
        windows,
        wishes,
        breaks,
        break_windows,
        _ints([t.capacity or (ENDLESS,) * dims for t in people], dims),
        np.array(carried, dtype=np.int64).reshape(len(people), dims, 3),
        np.array(
            [list(zip(v.delivery or nothing, v.pickup or nothing, strict=True)) for v in visits], dtype=np.int64
        ).reshape(len(visits), dims, 2),
        np.array(
            (w.travel, w.distance, w.waiting, w.imbalance_above, w.imbalance, w.overtime, w.technician_cost,
             w.missed_preference, w.change_time, w.change_notified, w.risk, w.risk_buffer),
            dtype=np.float64,
        ),
    )  # fmt: skip


def _ints(rows: Sequence[Sequence[int]], width: int) -> Ints:
    return np.array([list(row) for row in rows], dtype=np.int64).reshape(len(rows), width)


def _rows(groups: Iterable[Sequence[TimeWindow]]) -> tuple[Ints, list[int]]:
    """All windows below each other, and where those of each group begin (and the last end)."""
    flat: list[tuple[int, int]] = []
    at = [0]
    for group in groups:
        flat += [(window.start, window.end) for window in group]
        at.append(len(flat))
    return _ints(flat, 2), at


def _breaks(problem: Problem) -> tuple[Ints, Ints, list[int]]:
    durations: list[int] = []
    rows: list[tuple[TimeWindow, ...]] = []
    at = [0]
    for person in problem.technicians:
        due = [(person.break_windows(i, problem.now), pause.duration) for i, pause in enumerate(person.breaks)]
        for windows, duration in sorted((d for d in due if d[0]), key=lambda d: d[0][-1].end):
            durations.append(duration)
            rows.append(windows)
        at.append(len(durations))
    table, row_at = _rows(rows)
    return _ints([(d, row_at[k], row_at[k + 1]) for k, d in enumerate(durations)], 3), table, at


def _begun(
    problem: Problem, person: Technician, visits: dict[str, Visit], dims: int
) -> tuple[int | None, int, tuple[int, int, int], list[tuple[int, int, int]]]:
    """Where and since when the technician is free, and what lies behind them."""
    place, seconds, metres, work = person.start_location, 0, 0, 0
    delivered, picked, peak = [0] * dims, [0] * dims, [0] * dims
    for fact in person.frozen:
        visit = visits[fact.visit_id]
        leg = problem.leg(person, place, visit.location) or (0, 0)
        seconds, metres, work = seconds + leg[0], metres + leg[1], work + fact.departure - fact.start
        place = visit.location
        for d in range(dims):
            delivered[d] += visit.delivery[d] if visit.delivery else 0
            picked[d] += visit.pickup[d] if visit.pickup else 0
            peak[d] = max(peak[d], picked[d] - delivered[d])
    time = person.frozen[-1].departure if person.frozen else person.shift_start
    time = time if problem.now is None else max(time, problem.now)
    return place, time, (seconds, metres, work), list(zip(delivered, picked, peak, strict=True))


# --- compiled ---------------------------------------------------------------------------------------------------------


# without numba's reference counting: it would count every array at every call, and nothing here allocates
OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}


def jit(function: Any) -> Any:
    """Compile, keeping the result beside the source."""
    return numba.njit(**OPTIONS)(function)


@jit
def drive(a, t, origin, target):  # type: ignore[no-untyped-def]
    """Seconds for technician `t`, 0 where one end is free, -1 where no road leads."""
    seconds = np.int64(0)
    if origin >= 0 and target >= 0:
        raw = np.int64(a.durations[origin, target])
        if raw == UNREACHABLE or a.distances[origin, target] == UNREACHABLE:
            seconds = np.int64(-1)
        elif a.rates[t, T_SPEED] == 1.0:
            seconds = raw
        else:
            seconds = np.int64(raw / a.rates[t, T_SPEED] + 0.5)
    return seconds


@jit
def metres(a, origin, target):  # type: ignore[no-untyped-def]
    """Metres between two places, 0 where one end is free."""
    return np.int64(a.distances[origin, target]) if origin >= 0 and target >= 0 else np.int64(0)


@jit
def work_of(a, v, origin):  # type: ignore[no-untyped-def]
    """Seconds of set-up and service at `v`, coming from `origin`."""
    return a.visit[v, V_SERVICE] + (a.visit[v, V_SETUP] if origin != a.visit[v, V_PLACE] else 0)


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
    """The terms of `v` that depend on its times."""
    price = 0.0
    due = a.visit[v, V_DUE]
    if due < ENDLESS:
        price += a.late[v] * max(0, departure - due)
        missed = departure - (due - a.weights[W_BUFFER])
        price += a.weights[W_RISK] * min(max(0.0, missed), a.weights[W_BUFFER])
    if a.visit[v, V_WISHES] < a.visit[v, V_WISHES_TO]:
        kept = False
        for row in range(a.visit[v, V_WISHES], a.visit[v, V_WISHES_TO]):
            if a.wishes[row, 0] <= start <= a.wishes[row, 1]:
                kept = True
        if not kept:
            price += a.weights[W_WISH]
    if a.visit[v, V_TOLD] < ENDLESS:
        price += a.weights[W_CHANGE] * abs(start - a.visit[v, V_TOLD])
        if start < a.visit[v, V_LOW] or start > a.visit[v, V_HIGH]:
            price += a.weights[W_NOTIFIED]
    return price


@jit
def least_timing(a, v, start, departure):  # type: ignore[no-untyped-def]
    """What `timing` is at least for any start not before this one."""
    price = 0.0
    due = a.visit[v, V_DUE]
    if due < ENDLESS:
        price += a.late[v] * max(0, departure - due)
        missed = departure - (due - a.weights[W_BUFFER])
        price += a.weights[W_RISK] * min(max(0.0, missed), a.weights[W_BUFFER])
    if a.visit[v, V_TOLD] < ENDLESS and start > a.visit[v, V_TOLD]:
        price += a.weights[W_CHANGE] * (start - a.visit[v, V_TOLD])
        if start > a.visit[v, V_HIGH]:
            price += a.weights[W_NOTIFIED]
    return price


@jit
def fixed_part(a, t, driven, far, work):  # type: ignore[no-untyped-def]
    """The terms of a route that do not depend on its times."""
    price = a.weights[W_TRAVEL] * driven + a.weights[W_DISTANCE] * far
    price += a.weights[W_IMBALANCE] * max(0.0, driven + work - a.weights[W_ABOVE])
    own = a.rates[t, T_FIXED] + a.rates[t, T_KM] * far / 1000.0
    own += (a.rates[t, T_HOUR] * driven + a.rates[t, T_TASK] * work) / 3600.0
    return price + a.weights[W_OWN] * own


@jit
def keeps_limits(a, t, order, length):  # type: ignore[no-untyped-def]
    """Number of visits, loads and pinned places of a whole route."""
    if length > a.technician[t, T_ROOM]:
        return False
    for k in range(length):
        position = a.visit[order[k], V_POSITION]
        if position != NONE and position != k + a.technician[t, T_BEGUN] and position != k - length:
            return False
    for d in range(a.capacity.shape[1]):
        load = a.carried[t, d, 0]
        for k in range(length):
            load += a.load[order[k], d, 0]
        if load > a.capacity[t, d] or load + a.carried[t, d, 2] > a.capacity[t, d]:
            return False
        load += a.carried[t, d, 1] - a.carried[t, d, 0]
        for k in range(length):
            load += a.load[order[k], d, 1] - a.load[order[k], d, 0]
            if load > a.capacity[t, d]:
                return False
    return True


@jit
def as_early(a, t, order, length, works, legs, gaps, floors, starts, ready):  # type: ignore[no-untyped-def]
    """Everything as early as possible with break i in gap `gaps[i]`: (cost, end, sum of starts), cost inf if it
    cannot be. `starts` and `ready` are filled.
    """
    low = a.technician[t, T_BREAKS]
    count = a.technician[t, T_BREAKS_TO] - low
    moment = a.technician[t, T_TIME]
    waited, price, total = np.int64(0), 0.0, np.int64(0)
    for k in range(length + 2):
        left = legs[k] if k <= length else np.int64(0)
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
            if arrived > a.technician[t, T_LATEST]:
                return np.inf, np.int64(0), np.int64(0)
            end = arrived
        if k >= length:
            moment = arrived
            continue
        v = order[k]
        ready[k] = arrived
        start = first(a.windows, a.visit[v, V_WINDOWS], a.visit[v, V_WINDOWS_TO], max(arrived, floors[k]))
        if start >= ENDLESS:
            return np.inf, np.int64(0), np.int64(0)
        if k > 0 or a.technician[t, T_BEGUN] > 0:
            waited += start - moment - legs[k] - paused
        starts[k] = start
        total += start
        moment = start + works[k]
        price += timing(a, v, start, moment)
    price += a.weights[W_WAITING] * waited
    price += a.weights[W_OVERTIME] * max(0, end - a.technician[t, T_OVERTIME])
    return price, end, total


@jit
def try_later(a, t, order, length, works, legs, gaps, floors, starts, ready, spare, k, wish, price):  # type: ignore[no-untyped-def]
    """Start stop `k` at `wish` if that is cheaper; answers the price."""
    if wish <= starts[0, k]:
        return price
    before, floors[k] = floors[k], wish
    other, _, _ = as_early(a, t, order, length, works, legs, gaps, floors, spare, ready[1])
    if other < price:
        for i in range(length):
            starts[0, i] = spare[i]
            ready[0, i] = ready[1, i]
        return other
    floors[k] = before
    return price


@jit
def timed_cost(a, t, order, length, works, legs, scratch):  # type: ignore[no-untyped-def]
    """What the times of a route cost under the best assignment of breaks to gaps; inf where none keeps the limits."""
    low = a.technician[t, T_BREAKS]
    count = a.technician[t, T_BREAKS_TO] - low
    gaps, best_gaps, floors, spare = scratch[0], scratch[1], scratch[2], scratch[3]
    starts, ready = scratch[4:5], scratch[5:7]
    for k in range(length):
        floors[k] = -ENDLESS
    for b in range(count):
        gaps[b] = 0
    price, end, total = np.inf, np.int64(0), np.int64(0)
    while True:
        one, its_end, its_total = as_early(a, t, order, length, works, legs, gaps, floors, spare, ready[0])
        better = one < price
        if one == price and one < np.inf:
            better = its_end < end or (its_end == end and its_total < total)
        if better:
            price, end, total = one, its_end, its_total
            for b in range(count):
                best_gaps[b] = gaps[b]
        b = count - 1
        while b >= 0:
            gaps[b] += 1
            if gaps[b] < length + 2:
                break
            gaps[b] = 0
            b -= 1
        if b < 0:
            break
    if price == np.inf:
        return price
    later = a.weights[W_WAITING] > 0.0 and a.technician[t, T_BEGUN] == 0
    for k in range(length):
        v = order[k]
        later = later or a.visit[v, V_TOLD] < ENDLESS or a.visit[v, V_WISHES] < a.visit[v, V_WISHES_TO]
    if not later:
        return price
    as_early(a, t, order, length, works, legs, best_gaps, floors, starts[0], ready[0])
    for k in range(length - 1, -1, -1):
        v = order[k]
        for row in range(a.visit[v, V_WISHES], a.visit[v, V_WISHES_TO]):
            wish = a.wishes[row, 0]
            price = try_later(a, t, order, length, works, legs, best_gaps, floors, starts, ready, spare, k, wish, price)
        if a.visit[v, V_TOLD] < ENDLESS:
            wish = a.visit[v, V_TOLD]
            price = try_later(a, t, order, length, works, legs, best_gaps, floors, starts, ready, spare, k, wish, price)
            wish = a.visit[v, V_LOW]
            price = try_later(a, t, order, length, works, legs, best_gaps, floors, starts, ready, spare, k, wish, price)
    if a.weights[W_WAITING] > 0.0 and a.technician[t, T_BEGUN] == 0:
        for _ in range(length):
            idle = np.int64(0)
            for k in range(1, length):
                if starts[0, k] > ready[0, k]:
                    idle = starts[0, k] - ready[0, k]
                    break
            if idle == 0:
                break
            before = price
            wish = starts[0, 0] + idle
            price = try_later(a, t, order, length, works, legs, best_gaps, floors, starts, ready, spare, 0, wish, price)
            if price == before:
                break
    return price


@jit
def lay(a, t, route, length, v, position, order, works, legs):  # type: ignore[no-untyped-def]
    """Write route `t` with `v` at `position` into `order`, with its works and legs: (seconds, metres, work) of it all,
    seconds -1 where no road leads.
    """
    place = a.technician[t, T_PLACE]
    driven, far, work = a.begun[t, 0], a.begun[t, 1], a.begun[t, 2]
    for k in range(length + 2):
        if k <= length:
            u = v if k == position else route[k if k < position else k - 1]
            target = a.visit[u, V_PLACE]
            order[k] = u
            works[k] = work_of(a, u, place)
            work += works[k]
        else:
            target = a.technician[t, T_END]
        seconds = drive(a, t, place, target)
        if seconds < 0:
            return np.int64(-1), far, work
        legs[k] = seconds
        driven += seconds
        far += metres(a, place, target)
        place = target
    return driven, far, work


@jit
def place_price(a, t, route, length, v, position, order, works, legs, scratch):  # type: ignore[no-untyped-def]
    """The cost of route `t` with `v` at `position` but for what its assignments cost; inf where it cannot be."""
    driven, far, work = lay(a, t, route, length, v, position, order, works, legs)
    if driven < 0 or driven > a.technician[t, T_TRAVEL] or far > a.technician[t, T_DISTANCE]:
        return np.inf
    if not keeps_limits(a, t, order, length + 1):
        return np.inf
    return fixed_part(a, t, driven, far, work) + timed_cost(a, t, order, length + 1, works, legs, scratch)


@jit
def personal(a, t, raw, length):  # type: ignore[no-untyped-def]
    """Seconds of technician `t` for a leg of `raw` seconds and `length` metres; -1 where no road leads."""
    if raw == UNREACHABLE or length == UNREACHABLE:
        return np.int64(-1)
    return np.int64(raw) if a.rates[t, T_SPEED] == 1.0 else np.int64(raw / a.rates[t, T_SPEED] + 0.5)


@jit
def measure_legs(a, routes, lengths, legs):  # type: ignore[no-untyped-def]
    """Into `legs`, T × (stops + 1) × (seconds to the stop or home, metres, seconds of work there)."""
    for t in range(len(lengths)):
        place = a.technician[t, T_PLACE]
        for k in range(lengths[t] + 1):
            target = a.technician[t, T_END]
            if k < lengths[t]:
                target = a.visit[routes[t, k], V_PLACE]
                legs[t, k, 2] = work_of(a, routes[t, k], place)
            legs[t, k, 0] = drive(a, t, place, target)
            legs[t, k, 1] = metres(a, place, target) if legs[t, k, 0] >= 0 else 0
            place = target


@jit
def place_bounds(a, t, route, length, legs, v, near, bounds):  # type: ignore[no-untyped-def]
    """For every position: a price `place_price` is never below, inf where it is inf for sure.

    `near` has, by place, seconds and metres from the visit and to it.
    """
    driven, far, work = a.begun[t, 0], a.begun[t, 1], a.begun[t, 2]
    stays = length > 0 or a.technician[t, T_BEGUN] > 0
    for k in range(length + 1):
        if stays:
            driven += max(np.int64(0), legs[k, 0])
            far += legs[k, 1]
        if k < length:
            work += legs[k, 2]
    spot, service, setup = a.visit[v, V_PLACE], a.visit[v, V_SERVICE], a.visit[v, V_SETUP]
    place, moment, price = a.technician[t, T_PLACE], a.technician[t, T_TIME], 0.0
    for position in range(length + 1):
        bounds[position] = np.inf
        there = np.int64(0) if place < 0 else personal(a, t, near[2, place], near[3, place])
        start = first(a.windows, a.visit[v, V_WINDOWS], a.visit[v, V_WINDOWS_TO], moment + max(np.int64(0), there))
        target = a.visit[route[position], V_PLACE] if position < length else a.technician[t, T_END]
        on = np.int64(0) if target < 0 else personal(a, t, near[0, target], near[1, target])
        if length < a.technician[t, T_ROOM] and there >= 0 and on >= 0 and start < ENDLESS:
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
                begin = first(a.windows, a.visit[u, V_WINDOWS], a.visit[u, V_WINDOWS_TO], leave + leg)
                if leg < 0 or begin >= ENDLESS:
                    leave = np.int64(ENDLESS)
                    break
                leave = begin + spent
                total += least_timing(a, u, begin, leave)
                leg = legs[k + 1, 0]
            if leg >= 0 and leave < ENDLESS and leave + leg <= a.technician[t, T_LATEST]:
                more = driven + there + on - (max(np.int64(0), legs[position, 0]) if stays else 0)
                way = far - (legs[position, 1] if stays else 0)
                way += (near[3, place] if place >= 0 else 0) + (near[1, target] if target >= 0 else 0)
                total += a.weights[W_OVERTIME] * max(0, leave + leg - a.technician[t, T_OVERTIME])
                bounds[position] = total + fixed_part(a, t, more, way, all_work)
        if position < length:
            u = route[position]
            ready = moment + max(np.int64(0), legs[position, 0])
            begin = first(a.windows, a.visit[u, V_WINDOWS], a.visit[u, V_WINDOWS_TO], ready)
            if begin >= ENDLESS:
                for later in range(position + 1, length + 1):
                    bounds[later] = np.inf
                return
            moment = begin + legs[position, 2]
            price += least_timing(a, u, begin, moment)
            place = target


@jit
def all_bounds(a, routes, lengths, legs, v, added, near, bounds):  # type: ignore[no-untyped-def]
    """Bounds of every place of every route, above what the route costs now; `added`: inf where `v` may not go."""
    for t in range(len(lengths)):
        for position in range(bounds.shape[1]):
            bounds[t, position] = np.inf
        if added[t] < np.inf:
            place_bounds(a, t, routes[t], lengths[t], legs[t], v, near, bounds[t])
            for position in range(lengths[t] + 1):
                bounds[t, position] += added[t]


@jit
def price_places(a, routes, lengths, v, added, people, positions, bounds, best, prices, scratch):  # type: ignore[no-untyped-def]
    """Price these places, all whose bound is not above the worst of the `best` prices so far; the others stay inf."""
    order, works, legs = scratch[7], scratch[8], scratch[9]
    many = len(best)
    for i in range(len(people)):
        prices[i] = np.inf
        if bounds[i] > best[many - 1]:
            continue
        t = people[i]
        price = added[t] + place_price(a, t, routes[t], lengths[t], v, positions[i], order, works, legs, scratch)
        prices[i] = price
        k = many - 1
        if price < best[k]:
            while k > 0 and best[k - 1] > price:
                best[k] = best[k - 1]
                k -= 1
            best[k] = price
