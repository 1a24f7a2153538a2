"""Compile what the search needs, once per machine: `python -m optimizer.precompile` after installing.

`optimizer.search.compiled` says where the compiled code is kept.
"""

from __future__ import annotations

import fcntl
import os
import time

import numpy as np

from optimizer.advice.best_insertion import Inserter
from optimizer.evaluation.subproblem import timed_plan
from optimizer.problem import Problem, Technician, Visit
from optimizer.search.anneal import Search
from optimizer.search.compiled import forget_older
from optimizer.search.construct import Routes
from optimizer.search.insertion_cost import best_position, price_everywhere

COMPILING_SECONDS = 3.0
_seconds: list[float] = []


def precompile() -> float:
    """Load the compiled code, and compile what is missing. Answers the seconds spent on compiling, 0 where none were.

    Loading takes half a second of processor time and compiling a quarter of a minute, so the processor time tells them
    apart however busy the machine is.
    """
    if not _seconds:
        begin, work = time.monotonic(), time.process_time()
        apart = np.array([[0, 1], [1, 0]], dtype=np.int32)
        problem = Problem((Technician("t", 0, 100, 0, 0),), (Visit("v", 1, 1), Visit("w", 0, 1)), apart, apart)
        routes = Routes(problem)
        routes.insert_missing()
        Search(routes, 0).run(None, 2, lambda _iterations, _cost: None)
        nobody = np.ones(1, dtype=np.uint64)
        best_position(routes.arrays, routes.state, 0, 0, np.inf, 0.0, nobody)
        price_everywhere(routes.arrays, routes.state, 0, np.zeros(1), np.zeros(1, dtype=np.int64), nobody)
        Inserter(problem, timed_plan(problem, {})).cheapest("v")
        compiled = time.process_time() - work > COMPILING_SECONDS
        _seconds.append(time.monotonic() - begin if compiled else 0.0)
    return _seconds[0]


if __name__ == "__main__":
    # Two at once (setup, and the demo it starts) would each compile everything: the second waits, and then only loads.
    folder = os.open(os.path.dirname(os.path.abspath(__file__)), os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    print(f"the search is compiled ({precompile():.0f} s)")
    forget_older()
