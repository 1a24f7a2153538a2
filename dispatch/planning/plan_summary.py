"""What a plan says of itself, stored with it and shown to people: the answer of `grid-dispatch plan`.

Costs are in the unit of the policy's weights, times in seconds.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from kit.bounds import Moment
from kit.http.requests import Struct


class PolicyUsed(Struct):
    """The policy that weighed the plan, and its version; 0 is what the product ships."""

    code: str
    number: int


class UnplannedOrder(Struct):
    """The number of an order that the plan leaves out, and the code of the reason."""

    order: str
    reason: str


class BrokenRule(Struct):
    """A rule that the plan breaks: code, technician (id), order (number), a sentence, and the sentence's values."""

    code: str
    technician: str | None
    order: str | None
    text: str
    detail: dict[str, str]


class OrToolsUsed(Struct):
    """What OR-Tools did: groups of routes it improved, cost before and after, seconds it took."""

    groups: int
    cost_before: float
    cost_after: float
    seconds: float


class TravelUsed(Struct):
    """Where travel times came from (`osrm` or `straight_line`), and how many pairs of places are not real."""

    source: str
    fallback_pairs: int
    unreachable_pairs: int


class RepairChange(Struct):
    """What happened: `sick` (technicianId, from `at` on), `urgent` (orderId), `overrun` (orderId, `seconds` more),
    `no_show` or `cancelled` (orderId).
    """

    kind: Literal["sick", "urgent", "overrun", "no_show", "cancelled"]
    technician_id: UUID | None = None
    order_id: UUID | None = None
    at: Moment | None = None
    seconds: Annotated[int, msgspec.Meta(ge=0, le=86_400)] | None = None


class ChangeBudget(Struct):
    """The most a repair may change: people whose route changes, visits that move by more than five minutes or to
    somebody else, and appointments that were told to subscribers.
    """

    people: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 5
    visits: Annotated[int, msgspec.Meta(ge=0, le=10000)] = 20
    windows: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0


class SickLeave(Struct):
    """A leave that a repair entered into somebody's calendar."""

    id: UUID
    technician_id: UUID
    start: datetime
    end: datetime


class FrontierPoint(Struct):
    """One of the repairs to choose from: what it costs, how late it is, what it leaves out and whom it disturbs."""

    plan_id: UUID
    cost: float
    late_seconds: int
    left_out: int
    people: int
    names: list[str]
    visits: int
    windows: int
    recommended: bool


class RepairUsed(Struct):
    """The repair behind a plan: what happened, how much it might change, and the leaves it entered."""

    changes: list[RepairChange]
    budget: ChangeBudget
    seconds: float | None
    leaves: list[SickLeave]


class AppliedPart(Struct):
    """How many of the plan's changes were applied, where it was not published whole."""

    changes: int
    of: int


class PlanSummary(Struct, omit_defaults=True):
    """What a plan holds and costs. Repairs have `repair` and `frontier`; plans applied in part have `applied`."""

    date: date
    policy: PolicyUsed
    orders: int
    planned: int
    technicians: int
    unplanned: list[UnplannedOrder]
    violations: list[BrokenRule]
    cost: dict[str, float]
    ortools: OrToolsUsed
    travel: TravelUsed
    travel_seconds: int
    wall_seconds: float
    repair: RepairUsed | None = None
    frontier: list[FrontierPoint] = msgspec.field(default_factory=list)
    applied: AppliedPart | None = None
    late_seconds: int | None = None
    """How late the planned work ends, in sum, after what subscribers were promised; null of older plans."""
    moves: int | None = None
    """Orders that the plan gives to somebody else than who has them; null of older plans."""
