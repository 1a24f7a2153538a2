"""What HTTP says about plans, the runs that make them, routes and the clock."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from kit.http import Struct

LonLat = tuple[float, float]
CREDIT = "© OpenStreetMap contributors"


class PlanRunIn(Struct):
    """What to plan: the local service day, the optimizer's wall time in seconds, the seed of its search, and the policy
    that weighs the plan (its code; `balanced` if left out).
    """

    date: date
    seconds: float = 30
    seed: int = 1
    allow_straight_line: bool = False
    policy: str | None = None


class RunProgress(Struct):
    """Where a run is: its phase, seconds since its start, the optimizer's own best cost so far."""

    phase: str | None = None
    elapsed: float | None = None
    cost: float | None = None
    planned: int | None = None
    visits: int | None = None


class RunError(Struct):
    """Why a run made no draft: a stable code and its sentence."""

    code: str
    detail: str


class PlanRunOut(Struct):
    """A planning run. `status` is queued, running, done, cancelled or failed; `planId` is the draft it made.

    A `repair` changes the published plan within a budget: it ends by itself and can be cancelled, but not ended early.
    """

    id: UUID
    area_id: UUID
    date: date
    status: str
    repair: bool
    cancel_asked: bool
    enough_asked: bool
    progress: RunProgress
    error: RunError | None
    plan_id: UUID | None
    created_at: datetime
    ended_at: datetime | None


class PlanOut(Struct):
    """A plan in a list. `summary` is the answer of `grid-dispatch plan`: orders, planned, cost by term, travel …"""

    id: UUID
    area_id: UUID
    date: date
    status: str
    version: int
    created_at: datetime
    published_at: datetime | None
    summary: dict[str, Any]


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


class RouteStopOut(Struct):
    """A stop of somebody's current route, done ones included."""

    order_id: UUID
    number: str
    status: str
    visit_status: str
    level: str
    fault_type: str
    position: int | None
    point: LonLat | None
    address: str | None
    planned_arrival: datetime | None
    planned_start: datetime | None
    planned_end: datetime | None
    travel_seconds: int | None
    arrived_at: datetime | None
    ended_at: datetime | None
    due_at: datetime | None
    pin: str | None
    """What a person has fixed about it: technician, time, both, sequence."""


class LineString(Struct):
    """GeoJSON."""

    coordinates: list[list[float]]
    type: str = "LineString"


class TechnicianRoute(Struct):
    """One person's day: stops in order, and the streets between them (null where the roads cannot be asked)."""

    technician_id: UUID
    name: str
    start_point: LonLat | None
    end_point: LonLat | None
    stops: list[RouteStopOut]
    line: LineString | None


class RoutesOut(Struct):
    """Every technician's current route of a day. `straightLine`: times or lines are not those of real roads."""

    date: date
    plan_id: UUID | None
    routes: list[TechnicianRoute]
    straight_line: bool
    credit: str = CREDIT


class ClockIn(Struct):
    """Where a trial area's clock shall stand, and how fast it runs on from there (0: it stands until moved)."""

    now: datetime
    speed: float = 0


class ClockMoved(Struct):
    """Where the clock stands, and what fell due and was done on the way."""

    now: datetime
    speed: float
    dispatched: int
    reassigned: int
    resumed: int
    warnings: int
    waiting: int
    """Orders that nobody could take: they wait for the dispatcher."""
