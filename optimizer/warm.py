"""Compile what the search needs, once per machine: `python -m optimizer.warm` after installing.

Numba keeps the compiled code beside the sources, or in the user's cache where that folder cannot be written.
"""

from __future__ import annotations

import time

import numpy as np

from optimizer.insertion import Routes
from optimizer.problem import Problem, Technician, Visit
from optimizer.search import Search

_seconds: list[float] = []


def warm() -> float:
    """Load the compiled code, compiling what is not there yet; answers the seconds this took in this process."""
    if not _seconds:
        begin = time.monotonic()
        apart = np.array([[0, 1], [1, 0]], dtype=np.int32)
        problem = Problem((Technician("t", 0, 100, 0, 0),), (Visit("v", 1, 1), Visit("w", 0, 1)), apart, apart)
        routes = Routes(problem)
        routes.insert_missing()
        Search(routes, 0).run(None, 2, lambda _iterations, _cost: None)
        _seconds.append(time.monotonic() - begin)
    return _seconds[0]


if __name__ == "__main__":
    print(f"the search is compiled: {warm():.1f} s")
