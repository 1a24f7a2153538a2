"""What the technician's phone says and hears."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from kit.bounds import Apart, FreeForm
from kit.http import Struct

LonLat = tuple[float, float]

CREDIT = "© OpenStreetMap contributors"


class FaultTypeView(Struct):
    """The fault type in both languages."""

    code: str
    en: str
    zh: str


class ContactView(Struct):
    """Whom to call. Unmasked, for the technician's own active orders only; each pull is recorded."""

    name: str | None
    phones: list[str]
    flags: list[str]


class RouteStop(Struct):
    """One order of today's route. `position` and the planned times are null until a plan is published."""

    order_id: UUID
    number: str
    version: int
    status: str
    visit_status: str | None
    position: int | None
    planned_arrival: datetime | None
    planned_start: datetime | None
    planned_end: datetime | None
    travel_seconds: int | None
    kind: str
    level: str
    tier: str
    fault_type: FaultTypeView
    description: str | None
    address: str | None
    access_notes: str | None
    point: LonLat | None
    grid: str | None
    service_seconds: int
    bring: list[str]
    """What to take along for this fault type."""
    contact: ContactView | None
    appointment_start: datetime | None
    appointment_end: datetime | None
    accept_due_at: datetime | None
    contact_due_at: datetime | None
    due_at: datetime | None
    """The technician's own clock, pauses included; else the customer's."""
    suspended_until: datetime | None
    pending_request: str | None
    chases: int
    reworks: int


class MobileRoute(Struct):
    """Today's route of the one who asks: planned stops in their order, then what they own without a visit."""

    date: date
    technician_id: UUID
    technician_name: str
    plan_id: UUID | None
    start_point: LonLat | None
    end_point: LonLat | None
    stops: list[RouteStop]
    waiting: list[RouteStop]
    done: int
    """Visits that are over today."""
    straight_line: bool
    """True where the plan's travel times are not road times; the page must say so."""
    credit: str = CREDIT


class PhoneActIn(Struct):
    """One act made on the phone, perhaps offline. `act` is one of the order's acts by its `type`.

    `sequence` is the phone's own running number; without it acts are taken in the order of `occurredAt`.
    """

    id: UUID
    order_id: UUID
    occurred_at: datetime
    act: FreeForm
    point: LonLat | None = None
    sequence: int | None = None


class SyncRequest(Struct, Apart):
    """A batch of acts. `phoneTime` is what the phone's clock says now: its acts are corrected by the difference."""

    acts: Annotated[list[PhoneActIn], msgspec.Meta(max_length=5000)]
    phone_time: datetime | None = None


class OrderNow(Struct):
    """Where an order stands, for the phone to catch up. `mine` is false once it belongs to somebody else."""

    id: UUID
    number: str
    status: str
    version: int
    mine: bool
    due_at: datetime | None = None
    appointment_start: datetime | None = None
    appointment_end: datetime | None = None
    pending_request: str | None = None


class ActAnswer(Struct):
    """What became of one act.

    `applied`: done now. `already`: done before, nothing changed. `conflict`: the order is in another state or hands;
    what was sent is kept as evidence where it was real work. `rejected`: it cannot be, now or later.
    """

    id: UUID
    result: Literal["applied", "already", "conflict", "rejected"]
    order: OrderNow | None
    code: str | None = None
    detail: str | None = None
    evidence_kept: bool = False


class SyncAnswer(Struct):
    """One answer for each act, in the order they were sent; the area's time now; how far the phone's clock is off."""

    answers: list[ActAnswer]
    now: datetime
    skew_seconds: int


class PositionIn(Struct):
    """Where the phone was."""

    point: LonLat
    occurred_at: datetime
    accuracy_metres: float | None = None


class PositionsRequest(Struct, Apart):
    """Positions since the last report, oldest first; `phoneTime` as in a sync."""

    positions: Annotated[list[PositionIn], msgspec.Meta(max_length=20_000)]
    phone_time: datetime | None = None


class PositionsAnswer(Struct):
    """How many were kept, and how many were not because their time or place cannot be."""

    kept: int
    refused: int


class PhotoAnswer(Struct):
    """A stored photo."""

    id: UUID
    order_id: UUID
    sha256: str
    already: bool
