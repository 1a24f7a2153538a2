"""What HTTP says about plans: drafts, their differences to the day, applying, discarding, repairs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from dispatch.planning.plan_summary import ChangeBudget, PlanSummary, RepairChange
from kit.bounds import Ids
from kit.http.requests import Struct


class PlanOut(Struct):
    """A plan in a list. `summary` is the answer of `grid-dispatch plan`."""

    id: UUID
    area_id: UUID
    date: date
    status: str
    version: int
    created_at: datetime
    published_at: datetime | None
    summary: PlanSummary


class PlanStopOut(Struct):
    """One visit of a plan; travel leads to it. Seconds and metres."""

    order_id: UUID
    number: str
    technician_id: UUID
    position: int
    arrival: datetime
    start: datetime
    departure: datetime
    travel_seconds: int
    travel_metres: int


class UnplannedOut(Struct):
    """An order the plan leaves out, with the code and the sentence of its reason."""

    order_id: UUID
    number: str
    reason: str
    text: str


class PlanDetail(PlanOut):
    """A plan with its routes and what it leaves out, as far as the asker may see the orders."""

    stops: list[PlanStopOut]
    unplanned: list[UnplannedOut]


class LeftOrder(Struct):
    """An order that stays as it is."""

    order_id: UUID
    number: str


class DiscardedOut(PlanOut):
    """A plan that was put aside, and what taking it back did: visits that left the phones, orders that went back to
    whom they had before, orders left as they are because somebody acted since, and who counts as at work again because
    the repair that was told of their sickness is undone.
    """

    withdrawn: int
    returned: int
    left: list[LeftOrder]
    at_work_again: list[str]


class PublishedOut(Struct):
    """What publishing did."""

    id: UUID
    status: str
    version: int
    dispatched: int
    reassigned: int
    visits: int
    withdrawn: int


class DiffStop(Struct):
    """What a draft does to one visit: new, moved (to somebody else), earlier, later, dropped or same."""

    order_id: UUID
    number: str
    change: str
    technician_id: UUID | None
    previous_technician_id: UUID | None
    start: datetime | None
    previous_start: datetime | None
    notified: bool
    """The subscriber was told a time (an appointment is booked)."""


class DiffRoute(Struct):
    """What a draft does to one technician's day. Counts of visits; seconds on the road saved (negative: more)."""

    technician_id: UUID
    name: str
    new: int
    moved_in: int
    moved_out: int
    earlier: int
    later: int
    dropped: int
    same: int
    saved_seconds: int
    stops: list[DiffStop]


class DiffOut(Struct):
    """A draft beside the day as it is worked by, per technician with a change, the most changed first."""

    plan_id: UUID
    date: date
    technicians: list[DiffRoute]
    new: int
    moved: int
    earlier: int
    later: int
    dropped: int
    same: int
    saved_seconds: int
    late_seconds: int
    previous_late_seconds: int


class ApplyIn(Struct):
    """Which part of a draft to apply: these technicians' changes, or these orders', or both. At least one of them.

    `leaveMoved`: a change whose order or people moved since the draft was made is left; without it, one such change
    refuses the whole part.
    """

    technician_ids: Ids = msgspec.field(default_factory=list)
    order_ids: Ids = msgspec.field(default_factory=list)
    leave_moved: bool = False


class AppliedOut(Struct):
    """What applying a part of a draft did; `left` are its changes that were not chosen or left as moved."""

    id: UUID
    status: str
    version: int
    dispatched: int
    reassigned: int
    visits: int
    withdrawn: int
    left: int
    move_id: UUID


class RepairIn(Struct):
    """What to repair on a day, how much it may change, and how many seconds may be thought about it."""

    changes: Annotated[list[RepairChange], msgspec.Meta(max_length=200)]
    date: date | None = None
    budget: ChangeBudget = msgspec.field(default_factory=ChangeBudget)
    seconds: Annotated[float, msgspec.Meta(ge=1, le=120)] = 8
