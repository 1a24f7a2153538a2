"""Ruin and recreate, in the manner of *Slack Induction by String Removals* (Christiaens & Vanden Berghe,
Transportation Science 2020).

A random visit is drawn; strings of visits next to it are taken out of the routes around; they and some unplanned
visits are put back greedily in one of several orders, places being overlooked now and then; simulated annealing
decides whether to go on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from optimizer import ruin
from optimizer.arrays import LOCATION
from optimizer.insertion import Routes
from optimizer.problem import UNREACHABLE

NEIGHBOURS = 60
TECHNICIANS = 4
HOTTEST, COLDEST = 0.05, 0.0005
"""Start and end temperature as shares of the mean cost per visit."""


class Search:
    """Improves `routes` in place."""

    def __init__(self, routes: Routes, seed: int) -> None:
        self.routes = routes
        self.seed = np.array([(seed * 2_654_435_761 + 88_172_645_463_325_252) % (2**64 - 1) + 1], dtype=np.uint64)
        self.near = self._neighbours()
        self.ranking = np.ascontiguousarray(routes.nearest_technicians()[:, :TECHNICIANS])

    def _neighbours(self) -> npt.NDArray[np.int32]:
        a = self.routes.arrays
        there = a.durations[np.ix_(a.visit[:, LOCATION], a.visit[:, LOCATION])].astype(np.int64)
        both = np.minimum(there, there.T)
        both[both >= UNREACHABLE] = 2**40
        np.fill_diagonal(both, -1)
        return np.ascontiguousarray(np.argsort(both, axis=1, kind="stable")[:, : NEIGHBOURS + 1].astype(np.int32))

    def run(self, seconds: float | None, iterations: int | None, tell: Callable[[int, float], None]) -> int:
        """Search for `seconds` or `iterations`, whichever ends first; leaves the best routes found; answers the
        iterations made.
        """
        routes = self.routes
        memory = ruin.make_memory(routes.arrays, routes.state)
        begin = told = time.monotonic()
        done, chunk, best = 0, 100, routes.cost
        typical = best / max(1, len(routes.visits))
        costs = np.array([best, best])
        while (iterations is None or done < iterations) and (seconds is None or time.monotonic() - begin < seconds):
            now = time.monotonic()
            parts = [] if seconds is None else [(now - begin) / max(seconds, 1e-9)]
            parts += [] if iterations is None else [done / max(1, iterations)]
            temperature = typical * HOTTEST * (COLDEST / HOTTEST) ** min(1.0, max(parts))
            size = chunk if iterations is None else min(chunk, iterations - done)
            ruin.improve(
                routes.arrays, routes.state, memory, self.near, self.ranking, size, temperature, costs, self.seed
            )
            done += size
            spent = time.monotonic() - now
            if seconds is not None:
                chunk = int(min(20_000, max(10, chunk * min(4.0, 0.1 / max(spent, 1e-6)))))
            if time.monotonic() - told > 0.5:
                told = time.monotonic()
                tell(done, float(costs[1]))
        ruin.restore_best(routes.arrays, routes.state, memory)
        tell(done, routes.cost)
        return done
