"""Random behaviour of subscribers and technicians.

Every draw depends on the seed and on one order or technician only, so it does not change with what happens elsewhere.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

SHARES = {
    "absent": 0.05,
    "needs_parts": 0.03,
    "wants_to_return": 0.02,
    "withdraws": 0.015,
    "chases": 0.03,
    "never_reached": 0.13,
    "answers_a_call": 0.72,
    "unhappy_anyway": 0.05,
    "unhappy_when_late": 0.15,
    "not_really_solved": 0.04,
    "contact_fails": 0.04,
    "refused_by_dispatcher": 0.15,
}
"""The probability of each event for an order; roughly what operators report."""


@dataclass(frozen=True, slots=True)
class OrderBehaviour:
    """What will happen to one order, drawn before it is worked."""

    absent: bool
    needs_parts: bool
    wants_to_return: bool
    withdraws: bool
    chases: bool
    never_reached: bool
    contact_fails: bool
    unhappy_draw: float
    solved_draw: float
    service_factor: float
    decision_draw: float


def order_behaviour(seed: int, number: str) -> OrderBehaviour:
    """The behaviour of an order by its number."""
    draw = random.Random(f"{seed}:order:{number}")  # noqa: S311 - a simulation wants repeatable draws
    return OrderBehaviour(
        absent=draw.random() < SHARES["absent"],
        needs_parts=draw.random() < SHARES["needs_parts"],
        wants_to_return=draw.random() < SHARES["wants_to_return"],
        withdraws=draw.random() < SHARES["withdraws"],
        chases=draw.random() < SHARES["chases"],
        never_reached=draw.random() < SHARES["never_reached"],
        contact_fails=draw.random() < SHARES["contact_fails"],
        unhappy_draw=draw.random(),
        solved_draw=draw.random(),
        service_factor=min(2.2, max(0.5, draw.lognormvariate(0.0, 0.28))),
        decision_draw=draw.random(),
    )


def technician_random(seed: int, technician_id: str) -> random.Random:
    """A technician's own stream of draws: delays, traffic, lost signal."""
    return random.Random(f"{seed}:technician:{technician_id}")  # noqa: S311 - repeatable


def call_answered(seed: int, number: str, attempt: int) -> bool:
    """Whether the subscriber of an order (one who can be reached at all) answers this attempt."""
    draw = random.Random(f"{seed}:call:{number}:{attempt}")  # noqa: S311 - repeatable
    return draw.random() < SHARES["answers_a_call"]
