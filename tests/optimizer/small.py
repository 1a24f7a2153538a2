"""Small problems one can check by hand: places on a straight line, one second to the metre."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from optimizer.evaluation.evaluate import evaluate
from optimizer.evaluation.subproblem import feasible_plan
from optimizer.problem import Matrix, Problem, Technician, Visit, Weights
from optimizer.search.construct import Routes

HOUR = 3600


def line(*positions: int) -> Matrix:
    """Durations between places at these positions of a line, in seconds."""
    places = np.array(positions)
    apart: Matrix = np.abs(places[:, None] - places[None, :]).astype(np.int32)
    return apart


def only(**weights: float) -> Weights:
    """Weights that are zero but for these."""
    nothing: dict[str, Any] = {item.name: 0 for item in fields(Weights)}
    return Weights(**(nothing | weights))


def on_line(
    positions: list[int], technicians: list[Technician], visits: list[Visit], weights: Weights, **more: Any
) -> Problem:
    matrix = line(*positions)
    return Problem(tuple(technicians), tuple(visits), matrix, matrix, weights, **more)


def person(name: str, place: int | None = 0, **more: Any) -> Technician:
    """Somebody who works from 0 to 100 000 s and ends where they start."""
    day: dict[str, Any] = {"shift_start": 0, "shift_end": 100_000, "start_location": place, "end_location": place}
    day |= more
    return Technician(id=name, **day)


def visit(name: str, place: int, **more: Any) -> Visit:
    """A visit without work that costs 1000 to leave out."""
    trip: dict[str, Any] = {"location": place, "service_seconds": 0, "drop_cost": 1000}
    trip |= more
    return Visit(id=name, **trip)


def greedy_cost(problem: Problem) -> float:
    """What best insertion alone makes of it."""
    routes = Routes(problem)
    routes.insert_in_order(routes.hardest_first())
    plan = feasible_plan(problem, routes.sequences())
    assert plan is not None
    return evaluate(problem, plan).total
