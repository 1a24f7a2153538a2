"""What HTTP says about the board: routes, prices, moves, candidates, pins."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from kit.actor import Personal
from kit.geo import LonLat
from kit.http.requests import Struct
from kit.privacy import Private, numbers_of, place_of

CREDIT = "© OpenStreetMap contributors"

PinName = Literal["technician", "time", "both", "sequence"]
Place = Annotated[int, msgspec.Meta(ge=0, le=1000)]


class MoveIn(Struct):
    """An order to a technician's route. `technicianId` null takes it off the plan.

    `position` counts the target's visits that can still be moved, 0 the first of them, the order itself not counted;
    null: where it costs least. `date` is a local day, by default the area's today. `planId` means a draft instead of
    the day as it is worked by: its price can be asked, but only what was applied is moved.
    """

    order_id: UUID
    technician_id: UUID | None = None
    position: Place | None = None
    date: date | None = None
    plan_id: UUID | None = None


class Said(Struct):
    """A rule that is broken or a thing to know, by a stable code and in words, and whom and which order it is about."""

    code: str
    text: str
    technician_id: UUID | None
    order_id: UUID | None


class TermAmount(Struct):
    """A part of a cost: its name, a sentence, and how much (negative: saved)."""

    term: str
    text: str
    amount: float


class ChangedStop(Struct):
    """A stop that an edit changes; no `start`: it is on nobody's route afterwards. Seconds.

    Late is after the time promised to the subscriber (`dueAt` of the order); an order that waits is as late as by now.
    """

    order_id: UUID
    number: str
    technician_id: UUID | None
    position: int | None
    arrival: datetime | None
    start: datetime | None
    end: datetime | None
    previous_technician_id: UUID | None
    previous_start: datetime | None
    late_seconds: int
    previous_late_seconds: int
    becomes_late: bool


class RouteAfter(Struct):
    """A touched route after an edit; `end` null: nothing is left to do."""

    technician_id: UUID
    end: datetime | None
    stops: int
    travel_seconds: int
    overtime_seconds: int


class PriceOut(Struct):
    """The price of dropping an order somewhere. Send `version` as `If-Match` with the move.

    `allowed` is false where a hard rule is broken (`violations`); `warnings` are soft. `cost` is the difference the
    move makes to the plan, `terms` its parts; `travelSeconds` and `travelMetres` are extra driving (negative: less).
    """

    order_id: UUID
    technician_id: UUID | None
    position: int | None
    version: str
    as_of: datetime
    allowed: bool
    violations: list[Said]
    warnings: list[Said]
    cost: float
    terms: list[TermAmount]
    travel_seconds: int
    travel_metres: int
    changes: list[ChangedStop]
    routes: list[RouteAfter]


class MoveOut(Struct):
    """A move that was made. `kind`: assign, reassign, reorder, unassign, pin, apply. `undoneAt`: it was taken back.

    `price` is what it cost; `undoId` and `redoId` are the moves that undo and redo would now take for the asker.
    """

    id: UUID
    kind: str
    date: date
    order_id: UUID | None
    number: str | None
    at: datetime
    cost: float
    price: PriceOut | None
    undone_at: datetime | None
    undo_id: UUID | None
    redo_id: UUID | None


class MovesOut(Struct):
    """One's own moves of a day, newest first, and which of them undo and redo would take."""

    items: list[MoveOut]
    undo_id: UUID | None
    redo_id: UUID | None


class DayIn(Struct):
    """A local day; the area's today where it is left out."""

    date: date | None = None


class EditOut(Struct):
    """A change of the facts with which a visit would fit: the smallest of its kind. `amount` is in `unit`."""

    kind: str
    text: str
    technician_id: UUID | None
    amount: int | None
    unit: str | None


class CandidateOut(Struct):
    """Who may take an order, where in their route, and what it costs. `reasons` in words, the weightiest first."""

    rank: int
    technician_id: UUID
    name: str
    position: int
    arrival: datetime
    start: datetime
    end: datetime
    cost: float
    terms: list[TermAmount]
    reasons: list[str]
    late_seconds: int
    becomes_late: list[UUID]
    travel_seconds: int
    travel_metres: int
    holder: bool
    """They hold the order now."""
    version: str


class CandidatesOut(Struct):
    """The best places for an order, one a technician, cheapest first.

    Where there are none, `reason` says why and `edits` what would have to change.
    """

    order_id: UUID
    as_of: datetime
    items: list[CandidateOut]
    reason: str | None
    text: str | None
    edits: list[EditOut]


class WhyOut(Struct):
    """Why not this technician: the order forced on them, the routes arranged anew around it, and the price of that.

    `feasible` false: it cannot be; `violations` and `edits` say what stands in the way.
    """

    order_id: UUID
    technician_id: UUID
    feasible: bool
    cost: float
    terms: list[TermAmount]
    reasons: list[str]
    violations: list[Said]
    warnings: list[Said]
    travel_seconds: int
    travel_metres: int
    changes: list[ChangedStop]
    edits: list[EditOut]


class PinIn(Struct):
    """What to fix about a planned visit: who, when, both, or who and its place in the route; null fixes nothing."""

    pin: PinName | None


class PinOut(Struct):
    """A visit's pin, and the move that can take it back."""

    order_id: UUID
    technician_id: UUID
    pin: PinName | None
    move_id: UUID


class BoardStop(Struct):
    """A stop of a board row, timed as of now. `state`: begun (under way, unmoved) or planned. Seconds."""

    order_id: UUID
    number: str
    state: str
    urgent: bool
    tier: str
    arrival: datetime
    start: datetime
    end: datetime
    told_start: datetime | None
    """What people were told (the stored plan); the others are as of now."""
    travel_seconds: int
    waiting_seconds: int
    due: datetime
    """What the subscriber was promised."""
    late_seconds: int
    slack_seconds: int
    """How much later the work could end without being late (negative: late)."""
    appointment: tuple[datetime, datetime] | None
    pin: str | None


class BoardBreak(Struct):
    """A placed break."""

    start: datetime
    end: datetime


class BoardRow(Struct):
    """One technician's day: shift, breaks, stops, and how full it is."""

    technician_id: UUID
    name: str
    shift_start: datetime
    shift_end: datetime
    overtime_seconds: int
    breaks: list[BoardBreak]
    stops: list[BoardStop]
    end: datetime | None
    travel_seconds: int
    work_seconds: int
    late: int
    violations: list[Said]


class BoardWaiting(Struct):
    """An open order on nobody's route, with a reason where it cannot be planned."""

    order_id: UUID
    number: str
    owner_id: UUID | None
    reason: str | None
    text: str | None


class BoardOut(Struct):
    """A day as the judge sees it now: everybody at work, and what waits. `asOf` is the moment it is timed at."""

    date: date
    as_of: datetime
    plan_id: UUID | None
    rows: list[BoardRow]
    waiting: list[BoardWaiting]
    late_seconds: int
    cost: list[TermAmount]


class RouteStopOut(Struct):
    """A stop of somebody's current route, done ones included."""

    order_id: UUID
    number: str
    status: str
    visit_status: str
    level: str
    fault_type: str
    position: int | None
    point: Annotated[LonLat | None, place_of("point")]
    address: Annotated[str | None, numbers_of("address")]
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
    start_point: Annotated[LonLat | None, Private(Personal.STAFF)]
    end_point: Annotated[LonLat | None, Private(Personal.STAFF)]
    stops: list[RouteStopOut]
    line: LineString | None


class RoutesOut(Struct):
    """Every technician's current route of a day. `straightLine`: times or lines are not those of real roads."""

    date: date
    plan_id: UUID | None
    routes: list[TechnicianRoute]
    straight_line: bool
    credit: str = CREDIT
