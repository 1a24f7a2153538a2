"""The problem as the pricing of whole routes reads it: the shared rows of :mod:`optimizer.problem.flatten`, unfolded.

Unlike the search's arrays nothing is added up ahead or rounded: the terms are those of the judge, one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimizer.problem import Problem
from optimizer.problem.flatten import Floats, Ints, flatten

NOWHERE = -1
"""The location of a start or end that is free."""
MOST_BREAKS = 4


class PricingArrays(NamedTuple):
    """T technicians, V visits (frozen ones too), P profiles. Times in seconds, lengths in metres."""

    durations: npt.NDArray[np.int32]  # P × from × to
    distances: npt.NDArray[np.int32]
    technician: Ints  # from here on: as in `flatten.Flat`
    rates: Floats
    visit: Ints
    due_price: Floats
    windows: Ints
    wishes: Ints
    breaks: Ints
    break_windows: Ints
    capacity: Ints
    base_load: Ints
    load: Ints
    weights: Floats


class Scratch(NamedTuple):
    """What pricing one route writes on its way: a number for each stop and leg, or for each break."""

    order: Ints  # the visits
    works: Ints  # seconds of work at each of them
    legs: Ints  # seconds to each of them, and home
    gaps: Ints  # the leg on which each break is taken
    best_gaps: Ints
    floors: Ints  # no stop starts before its floor
    starts: Ints
    ready: Ints  # when work could begin, its window aside
    other_starts: Ints  # the same for a timing that is only tried
    other_ready: Ints


def make_pricing_arrays(problem: Problem) -> PricingArrays:
    """Flatten `problem`; technicians and visits keep their index."""
    return PricingArrays(
        _stacked([roads.durations for roads in problem.roads]),
        _stacked([roads.distances for roads in problem.roads]),
        *flatten(problem, problem.visits, NOWHERE),
    )


def make_scratch(stops: int) -> Scratch:
    """Room for routes of so many stops and one more."""
    return Scratch(*np.zeros((len(Scratch._fields), stops + MOST_BREAKS + 4), dtype=np.int64))


def _stacked(matrices: Sequence[npt.NDArray[np.int32]]) -> npt.NDArray[np.int32]:
    """P × n × n; a single one, the common case, is not copied."""
    return matrices[0].reshape(1, *matrices[0].shape) if len(matrices) == 1 else np.stack(matrices)
