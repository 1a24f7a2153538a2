"""Construction by cheapest insertion: each visit where it adds least, in one of several orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt

from optimizer.problem import Problem
from optimizer.problem.flatten import DUE, FROZEN, ROOM
from optimizer.search.arrays import index_of_movable, make_arrays
from optimizer.search.insertion_cost import price_everywhere
from optimizer.search.memory import begin_step, make_memory
from optimizer.search.propagate import assign, make_state
from optimizer.search.regret import REGRET, YIELD, ask_everywhere, insert_some, no_offers
from optimizer.search.ruin_recreate import recreate
from optimizer.search.state import R_VISIT, visits_of

CHUNK = 64
SMALL = 120
"""Up to so many visits the first plan is tried in several orders; the search needs its time in larger problems."""
ROUNDS = 12


class Routes:
    """The routes of the search, priced by compiled code. Visits are numbered as `index_of_movable` says."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.visits = [problem.visits[index] for index in index_of_movable(problem)]
        self.number = {visit.id: index for index, visit in enumerate(self.visits)}
        self.arrays = make_arrays(problem)
        self.state = make_state(self.arrays)

    @property
    def cost(self) -> float:
        """The cost of the whole plan as the search counts it."""
        missing = self.state.where < 0
        return float(self.state.costs.sum() + self.arrays.drop[missing].sum())

    @property
    def planned(self) -> int:
        """How many visits are in a route, frozen ones included."""
        return int((self.state.where >= 0).sum()) + int(self.arrays.technician[:, FROZEN].sum())

    def sequences(self) -> dict[str, list[str]]:
        """Visit ids per technician, without the frozen ones."""
        return {
            technician.id: [self.visits[v].id for v in visits_of(self.state, t)]
            for t, technician in enumerate(self.problem.technicians)
        }

    def unplanned(self) -> list[str]:
        return [visit.id for index, visit in enumerate(self.visits) if self.state.where[index] < 0]

    def load(self, sequences: Mapping[str, Sequence[str]]) -> None:
        """Make these sequences the routes. Unknown and repeated visits are left out; a route that is not feasible loses
        its last visits until it is.
        """
        taken: set[int] = set()
        for t, technician in enumerate(self.problem.technicians):
            numbers = [self.number[i] for i in sequences.get(technician.id, ()) if i in self.number]
            order = [v for v in dict.fromkeys(numbers) if v not in taken and np.isfinite(self.arrays.static[t, v])]
            order = order[: int(self.arrays.technician[t, ROOM])]
            while not np.isfinite(self._set(t, order)):
                order.pop()
            taken.update(order)

    def _set(self, t: int, order: Sequence[int]) -> float:
        return assign(self.arrays, self.state, t, np.array(order, dtype=np.int64))

    def insert_missing(self, keep_on: Callable[[], bool] = lambda: True) -> None:
        """Insert the visits that are in no route, in chunks. Between chunks `keep_on` may end the work.

        By regret first; where that leaves visits out, by yield as well, and the cheaper plan is kept. In a small
        problem, what then stays out is tried again first, before the others: where set-up is saved at the start of a
        route, or hours are tight, it matters who comes first.
        """
        base = self.sequences()
        best, cost = base, np.inf
        for attempt in self._attempts(keep_on):
            self.load(base)
            attempt()
            if self.cost < cost:
                best, cost = self.sequences(), self.cost
            if not self.unplanned() or not keep_on():
                break
        if self.cost > cost:
            self.load(best)

    def _attempts(self, keep_on: Callable[[], bool]) -> Iterator[Callable[[], None]]:
        """Ways to insert the missing visits, the most promising first. Each begins with the same routes."""
        order = self.hardest_first()
        yield partial(self.insert_by, REGRET, keep_on)
        yield partial(self.insert_by, YIELD, keep_on)
        for _ in range(ROUNDS if len(self.visits) <= SMALL else 0):
            yield partial(self.insert_in_order, order, keep_on)
            out = [v for v in order if self.state.where[v] < 0]
            if len(out) == len(order):
                return
            order = np.array([*out, *np.setdiff1d(order, out, assume_unique=True)], dtype=np.int64)

    def insert_by(self, order: int, keep_on: Callable[[], bool] = lambda: True) -> None:
        """Insert the missing visits by `order` (REGRET or YIELD of :mod:`optimizer.search.regret`), in chunks.

        Those whose place in a route or whose technician is fixed come before the others, and what found no place is
        tried once more at the end.
        """
        fixed = [v for v in self.hardest_first() if self.visits[v].pin is not None]
        self.insert_in_order(np.array(fixed, dtype=np.int64), keep_on)
        waiting = (self.state.where < 0).astype(np.uint8)
        offers = no_offers(len(self.problem.technicians), waiting)
        seed = np.ones(1, dtype=np.uint64)
        ask_everywhere(self.arrays, self.state, offers, seed)
        while keep_on() and insert_some(self.arrays, self.state, offers, order, CHUNK, seed) == CHUNK:
            pass
        self.insert_in_order(self.hardest_first(), keep_on)

    def insert_in_order(self, order: npt.NDArray[np.int64], keep_on: Callable[[], bool] = lambda: True) -> None:
        """Insert these visits one after the other, each at its best place; indices of visits, in chunks."""
        if not len(order):
            return
        ranking = self.ranked_technicians
        nobody = np.zeros((len(self.visits), 0), dtype=np.int32)
        memory = make_memory(self.arrays, self.state, *self.orders())
        seed = np.ones(1, dtype=np.uint64)
        for begin in range(0, len(order), CHUNK):
            if not keep_on():
                return
            begin_step(self.state, memory, order[begin : begin + CHUNK])
            recreate(self.arrays, self.state, memory, nobody, ranking, 0.0, seed)

    def hardest_first(self) -> npt.NDArray[np.int64]:
        """The missing visits in this order: pinned position, cost of leaving out, narrow windows, few technicians,
        early due.
        """
        a = self.arrays
        missing = [index for index in range(len(self.visits)) if self.state.where[index] < 0]
        able = np.isfinite(a.static).sum(axis=0)

        def rank(v: int) -> tuple[float, ...]:
            visit = self.visits[v]
            position = 10**6 if visit.pin is None or visit.pin.position is None else visit.pin.position % 10**6
            windows = visit.start_windows()
            width = sum(window.end - window.start for window in windows)
            return (position, -a.drop[v], width // 3600, able[v], int(a.visit[v, DUE]), v)

        return np.array(sorted(missing, key=rank), dtype=np.int64)

    def orders(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """The visit numbers of every route, and how many they are."""
        lengths = self.state.lengths.copy()
        return self.state.rows[:, 1:-1, R_VISIT].astype(np.int32), lengths

    @cached_property
    def ranked_technicians(self) -> npt.NDArray[np.int32]:
        """V × T: for every visit the technicians who could make it on an empty route, the cheapest first; then -1."""
        a = self.arrays
        alone = make_state(a)
        prices = np.full((len(self.visits), len(self.problem.technicians)), np.inf)
        positions = np.zeros(prices.shape[1], dtype=np.int64)
        seed = np.ones(1, dtype=np.uint64)
        for v, row in enumerate(prices):
            price_everywhere(a, alone, v, row, positions, seed)
        order = np.argsort(prices, axis=1, kind="stable").astype(np.int32)
        order[~np.isfinite(np.take_along_axis(prices, order, axis=1))] = -1
        return np.ascontiguousarray(order)
