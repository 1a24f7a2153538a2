"""Simulated annealing over ruin and recreate, as in *Slack Induction by String Removals* (Christiaens & Vanden Berghe,
Transportation Science 2020), on every core.

A step draws a random visit. It removes strings of visits near it from the routes around, and inserts them and some
unplanned visits greedily, in one of several orders; now and then a position is skipped at random. Annealing decides
whether the result is kept. While visits are left out the strings are shorter (`STRING_SHARE`). On a day with more work
than people a second of driving or work costs more than its price: it is time for a visit left out (`_shadow_price`),
and so do gaps that are too short for one. With several threads the technicians are split anew every round, along
another line across the map, and every thread works on its own part.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import reduce

import numpy as np
import numpy.typing as npt

from optimizer.problem.flatten import BASE_LOCATION, BASE_TRAVEL, BASE_WORK, FROZEN, LOCATION
from optimizer.search.arrays import P_DAY, P_GAP, P_PER_VISIT, P_SECOND, P_WORK
from optimizer.search.construct import SMALL, Routes
from optimizer.search.memory import (
    CENTRES,
    CHANGED,
    LONGEST_STRING,
    MEAN_REMOVED,
    RULES,
    forget_prices,
    make_memory,
    share_out,
)
from optimizer.search.propagate import assign
from optimizer.search.ruin_recreate import improve
from optimizer.search.state import R_PLACE, R_VISIT, S_TRAVEL, S_WORK, State, apart, copy_of, take_over

NEIGHBOURS = 60
TECHNICIANS = 6
HOTTEST, COLDEST = 1.0, 0.01
"""Start and end temperature as shares of the scale (`_scale`)."""

MOST_BY_DROPS = 10.0
"""What is left out may raise the scale to so many times the cost of a planned visit."""

CHARGED = 0.9
SHARE_CHARGED = 0.6
HEAT_OF_CHARGE = 2.0
"""The shadow price falls to 0 until this part of the search is over; the rest is searched at the true cost. It begins
with this share of what a second is worth: the whole of it did worse where a third is left out. It heats by so many
times what it adds to a leg. Measured in decision 14.
"""

STRING_SHARE = 0.25
RETURNED = 2
"""While visits are left out, a string is at most this share of a mean route, and so many more visits than the longest
string are removed on average. Where each visit has barely room, few of a long string would find their places again, and
a drop for one of them refuses the step. Measured in decision 14.
"""

ROUND_SECONDS = 0.5
ROUND_STEPS = 5_000
"""How long a round is, by time or by the steps of all threads."""

PART = 4
"""A thread needs so many technicians with visits; a smaller day is searched by fewer threads."""


class Search:
    """Improves `routes` in place."""

    def __init__(self, routes: Routes, seed: int, workers: int = 1) -> None:
        self.routes = routes
        busy = int((routes.state.lengths > 0).sum())
        self.rng = np.random.default_rng(seed)
        self.feasible = np.isfinite(routes.arrays.static).any(axis=0)  # V: somebody may make it
        self.near = self._neighbours()
        self.ranking = self._ranking()
        self.best = routes.orders()
        self.prices = routes.arrays.prices.copy()
        self.prices[:, P_PER_VISIT] = 1 / self._visit_seconds()
        self.charge = 0.0
        self.shares = [
            _Share(routes, self.near, self.ranking, seed * workers + part, part)
            for part in range(max(1, min(workers, busy // PART)))
        ]

    def _neighbours(self) -> npt.NDArray[np.int32]:
        a = self.routes.arrays
        corner = np.ix_(a.visit[:, LOCATION], a.visit[:, LOCATION])
        there = reduce(np.minimum, (durations[corner] for durations in a.durations))
        both = np.minimum(there, there.T)
        np.fill_diagonal(both, -1)
        count = min(NEIGHBOURS + 1, len(both))
        near = np.empty((len(both), count), dtype=np.int32)
        for v, row in enumerate(both):
            some = np.argpartition(row, count - 1)[:count] if count < len(row) else np.arange(len(row))
            near[v] = some[np.lexsort((some, row[some]))]
        return near

    def _ranking(self) -> npt.NDArray[np.int32]:
        """For every visit one technician of each of the kinds that could make it most cheaply."""
        kinds = self.routes.arrays.kinds
        first = np.zeros(len(kinds), dtype=bool)
        first[np.unique(kinds, return_index=True)[1]] = True
        ranking = self.routes.ranked_technicians
        chosen = np.full((len(ranking), TECHNICIANS), -1, dtype=np.int32)
        for v, row in enumerate(ranking):
            some = row[row >= 0]
            some = some[first[some]][:TECHNICIANS]
            chosen[v, : len(some)] = some
        return chosen

    def _missing(self) -> npt.NDArray[np.bool_]:
        """V: left out, though somebody may make it."""
        return (self.routes.state.where < 0) & self.feasible

    def _set_strings(self) -> None:
        """Set how many visits a step removes: fewer while visits are left out, except on a small day."""
        longest, removed = RULES[LONGEST_STRING], RULES[MEAN_REMOVED]
        lengths = self.routes.state.lengths
        if len(self.feasible) > SMALL and self._missing().any():
            mean = float(lengths.sum()) / max(1, int((lengths > 0).sum()))
            longest = min(longest, max(1.0, np.ceil(STRING_SHARE * mean)))
            removed = min(removed, longest + RETURNED)
        for one in self.shares:
            one.memory.rules[[LONGEST_STRING, MEAN_REMOVED]] = longest, removed

    def _scale(self) -> float:
        """What a planned visit costs on average, with its share of the drops.

        On an over-full day a visit left out costs many times a planned one: without the drops no temperature would let
        one go for another. A visit that nobody may make counts nothing, and one dear drop (a mandatory visit, the
        prices of a file without weights) must not turn the search into a random walk: hence `MOST_BY_DROPS`.
        """
        a, s = self.routes.arrays, self.routes.state
        planned = max(1, int(s.lengths.sum()))
        typical = float(s.costs.sum()) / planned
        missing = self._missing()
        return min(typical + float(a.drop[missing].sum()) / planned, MOST_BY_DROPS * typical)

    def _shadow_price(self) -> float:
        """What a second costs a day that leaves visits out: the drop of a visit left out for every second that a
        planned visit takes, road and work together, and of that `SHARE_CHARGED`. With fewer left out than technicians
        it is less in proportion; 0 where nothing is left out that somebody may make, and on a small day, whose best the
        search finds anyhow. In cost per second.
        A drop counts at most that of the median visit: one mandatory visit that fits nowhere must not price the day.
        """
        a, s = self.routes.arrays, self.routes.state
        missing = self._missing()
        used = s.lengths > 0
        if not missing.any() or not used.any() or len(a.visit) <= SMALL:
            return 0.0
        share = min(1.0, float(missing.sum()) / int(used.sum()))
        drop = float(np.minimum(a.drop[missing], np.median(a.drop)).mean())
        return SHARE_CHARGED * share * drop / self._visit_seconds()

    def _visit_seconds(self) -> float:
        """Seconds that a planned visit takes, road and work together, frozen stops apart; at least 1."""
        a, s = self.routes.arrays, self.routes.state
        used = s.lengths > 0
        seconds = s.sums[used][:, [S_TRAVEL, S_WORK]].sum() - a.technician[used][:, [BASE_TRAVEL, BASE_WORK]].sum()
        return max(1.0, float(seconds) / max(1, int(s.lengths.sum())))

    def _charged(self) -> npt.NDArray[np.float64]:
        """T: what of the costs of every route is the charge."""
        a, s = self.routes.arrays, self.routes.state
        taken = s.sums[:, S_TRAVEL] + s.sums[:, S_WORK]
        rest = a.prices[:, P_DAY] - taken
        gap = np.maximum(0.0, rest * (1 - rest * a.prices[:, P_PER_VISIT]))
        used = (s.lengths > 0) | (a.technician[:, FROZEN] > 0)
        return np.where(used, self.charge * (taken + gap), 0.0)

    def _set_charge(self, charge: float) -> None:
        """Add `charge` to the price of every second of driving, work or gap, instead of what was added before."""
        a, s = self.routes.arrays, self.routes.state
        if charge != self.charge:
            s.costs[:] -= self._charged()
            self.charge = charge
            a.prices[:] = self.prices
            a.prices[:, [P_SECOND, P_WORK, P_GAP]] += charge
            s.costs[:] += self._charged()
            for one in self.shares:
                forget_prices(one.memory)

    def run(
        self,
        seconds: float | None,
        iterations: int | None,
        tell: Callable[[int, float], None],
        enough: Callable[[], bool] = lambda: False,
        begun: float = 0.0,
    ) -> int:
        """Search for `seconds` or `iterations` or until `enough`, whichever comes first. Leaves the best routes found.
        Answers the iterations of all threads together. `begun` is the part (0…1) of the cooling that is done already.
        """
        routes = self.routes
        begin = told = time.monotonic()
        done, best = 0, routes.cost
        typical, shadow = self._scale(), self._shadow_price()
        used = routes.state.lengths > 0
        mean_leg = float(routes.state.sums[used, S_TRAVEL].sum()) / max(1, int(routes.state.lengths.sum()))

        def part() -> float:
            parts = [0.0] if seconds is None else [(time.monotonic() - begin) / max(seconds, 1e-9)]
            parts += [] if iterations is None else [done / max(1, iterations)]
            return begun + (1 - begun) * min(1.0, max(parts))

        def temperature() -> float:
            return float((typical + HEAT_OF_CHARGE * self.charge * mean_leg) * HOTTEST * (COLDEST / HOTTEST) ** part())

        with ThreadPoolExecutor(len(self.shares)) as threads:
            while (iterations is None or done < iterations) and (seconds is None or time.monotonic() - begin < seconds):
                if enough():
                    break
                self._set_charge(shadow * max(0.0, 1 - (part() / CHARGED) ** 2))
                self._set_strings()
                self._part()
                until = None if seconds is None else min(begin + seconds, time.monotonic() + ROUND_SECONDS)
                todo = ROUND_STEPS if iterations is None else min(ROUND_STEPS, iterations - done)
                quota = [todo // len(self.shares)] * len(self.shares)
                quota[0] += todo - sum(quota)
                heat = temperature if iterations is None else _fixed(temperature())
                before = routes.cost
                work = [
                    threads.submit(one.work, until, steps if iterations is not None else None, heat)
                    for one, steps in zip(self.shares, quota, strict=True)
                ]
                gained = 0.0
                for one, future in zip(self.shares, work, strict=True):
                    done += future.result()
                    gained += one.costs[1]
                    one.hand_back(routes.state)
                if self.charge > 0.0:
                    true = routes.cost - float(self._charged().sum())
                    if true < best - 1e-6:
                        best, self.best = true, routes.orders()
                elif before + gained < best - 1e-6:
                    best = before + gained
                    for one in self.shares:
                        mine = np.flatnonzero(one.memory.my_route)
                        self.best[0][mine], self.best[1][mine] = one.memory.best[mine], one.memory.best_lengths[mine]
                if time.monotonic() - told > 0.3:
                    told = time.monotonic()
                    tell(done, best)
        self._set_charge(0.0)
        self._restore()
        tell(done, routes.cost)
        return done

    def best_sequences(self) -> dict[str, list[str]]:
        """Visit ids per technician of the best routes so far, without the frozen ones."""
        orders, lengths = self.best
        visits = self.routes.visits
        return {
            technician.id: [visits[v].id for v in orders[t, : lengths[t]]]
            for t, technician in enumerate(self.routes.problem.technicians)
        }

    def _part(self) -> None:
        """Split technicians and visits among the threads by a line across the map."""
        a, s = self.routes.arrays, self.routes.state
        everybody = np.ones(len(s.lengths), dtype=np.uint8)
        if len(self.shares) == 1:
            self.shares[0].begin(s, everybody, np.ones(len(s.where), dtype=np.uint8))
            return
        rows = np.where(s.lengths > 0, 1 + self.rng.integers(0, np.maximum(s.lengths, 1)), 0)
        places = s.rows[np.arange(len(rows)), rows, R_PLACE]
        places[s.lengths == 0] = a.technician[s.lengths == 0, BASE_LOCATION]
        used = np.flatnonzero(s.lengths > 0)
        one, other = places[self.rng.choice(used if len(used) > 1 else len(rows), 2, replace=False)]
        from_one, from_other = a.durations[:, [one, other]].min(axis=0).astype(np.int64)
        side = from_one - from_other
        order = np.argsort(side[places], kind="stable")
        share = np.cumsum(s.lengths[order]) * len(self.shares) / (int(s.lengths.sum()) + 1)
        owner = np.zeros(len(rows), dtype=np.int64)
        owner[order] = share.astype(np.int64)
        bounds = [int(side[places[owner <= part]].max()) for part in range(len(self.shares) - 1)]
        of_visit = np.where(s.where >= 0, owner[s.where], np.searchsorted(bounds, side[a.visit[:, LOCATION]]))
        for part, one_share in enumerate(self.shares):
            one_share.begin(s, (owner == part).astype(np.uint8), (of_visit == part).astype(np.uint8))

    def _restore(self) -> None:
        """Make the best routes found the current ones."""
        orders, lengths = self.best
        state = self.routes.state
        state.where[:] = -1
        state.lengths[:] = 0
        for t, length in enumerate(lengths):
            assign(self.routes.arrays, state, t, orders[t, :length].astype(np.int64))


class _Share:
    """One thread's part of the day."""

    def __init__(
        self,
        routes: Routes,
        near: npt.NDArray[np.int32],
        ranking: npt.NDArray[np.int32],
        seed: int,
        number: int,
    ) -> None:
        self.arrays = routes.arrays
        self.state = copy_of(routes.state)
        self.memory = make_memory(routes.arrays, routes.state, *routes.orders(), number + 1)
        self.near, self.ranking = near, ranking
        number = (seed * 2_654_435_761 + 88_172_645_463_325_252) % (2**64 - 1) + 1
        self.seed = apart(np.array([number], dtype=np.uint64))
        self.costs = apart(np.zeros(2))
        self.chunk = 20

    def begin(self, master: State, technicians: npt.NDArray[np.uint8], visits: npt.NDArray[np.uint8]) -> None:
        """Begin a round with these technicians and visits. What they are now is the best so far."""
        share_out(self.memory, technicians, visits)
        self.costs[:] = 0.0
        self.memory.is_changed[:] = 0
        self.memory.counter[CHANGED] = 0
        self.technicians, self.visits = technicians == 1, visits == 1
        take_over(self.state, master, self.technicians, self.visits)
        self.memory.best_lengths[:] = master.lengths
        self.memory.best[:] = master.rows[:, 1:-1, R_VISIT]

    def hand_back(self, master: State) -> None:
        """Copy this thread's part back into the day."""
        take_over(master, self.state, self.technicians, self.visits)

    def work(self, until: float | None, steps: int | None, temperature: Callable[[], float]) -> int:
        """Search until a time or for so many steps. Answers the steps; all of them where there is nothing to do."""
        if self.memory.counter[CENTRES] == 0:
            return steps or 0
        done = 0
        while (steps is None or done < steps) and (until is None or time.monotonic() < until):
            begin = time.monotonic()
            size = self.chunk if steps is None else min(1000, steps - done)
            improve(
                self.arrays, self.state, self.memory, self.near, self.ranking, size, temperature(), self.costs,
                self.seed,
            )  # fmt: skip
            done += size
            spent = time.monotonic() - begin
            self.chunk = int(min(20_000, max(5, self.chunk * min(4.0, 0.03 / max(spent, 1e-6)))))
        return done


def _fixed(value: float) -> Callable[[], float]:
    return lambda: value


__all__: Sequence[str] = ["Search"]
