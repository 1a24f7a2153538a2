"""What HTTP says of a technician's day."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from dispatch.policies.guides.definition import GuideCheck, GuideChoice, GuidePhotos, GuideReading, LoadName, Named
from kit.geo import LonLat
from kit.http.requests import Struct

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


class BreakView(Struct):
    """A pause of `seconds` that lies between two instants."""

    seconds: int
    earliest: datetime
    latest: datetime


class ShiftView(Struct):
    """The day's work, from the first stretch's start to the last one's end."""

    start: datetime
    end: datetime
    breaks: list[BreakView]


class LoadItem(Struct):
    """Something to load for the day, and for how many of its orders."""

    code: str
    name: Named
    count: int


ChangeKind = Literal["added", "taken_away", "cancelled", "reordered", "window_changed", "contact_changed"]


class RouteChange(Struct):
    """What changed since the last look and was not acknowledged. `params`: `windowStart`, `windowEnd` of a window."""

    id: UUID
    at: datetime
    order_id: UUID | None
    number: str | None
    kind: ChangeKind
    params: dict[str, Any]


class LaterVisit(Struct):
    """A visit that an offer would make later, and whether it would then come after its promised time."""

    number: str
    minutes: int
    after_window: bool


class OfferPrice(Struct):
    """What taking the work costs: minutes more, and which visits become later. `known` false: it could not be said."""

    minutes: int
    later_visits: list[LaterVisit]
    known: bool = True


class OfferView(Struct):
    """Work that is offered; whom to call is shown once it is accepted."""

    id: UUID
    order_id: UUID
    number: str
    level: str
    fault_type: FaultTypeView
    address: str | None
    point: LonLat | None
    due_at: datetime | None
    price: OfferPrice
    offered_at: datetime
    expires_at: datetime


class TomorrowStop(Struct):
    """A stop of the next day's plan, without anybody's name or phone."""

    order_id: UUID
    number: str
    kind: str
    fault_type: FaultTypeView
    address: str | None
    point: LonLat | None
    planned_start: datetime | None
    planned_end: datetime | None


class Guide(Struct):
    """How a fault type is completed: causes and actions to choose from, readings, checklist, photos."""

    code: str
    version: int
    causes: list[GuideChoice]
    actions: list[GuideChoice]
    readings: list[GuideReading]
    checklist: list[GuideCheck]
    photos: GuidePhotos
    bring: list[LoadName] = msgspec.field(default_factory=list)
    """What a stop's `bring` is called."""


class PackView(Struct):
    """The area's map as one PMTiles file, to be fetched by ranges. `etag` as the answer's `ETag`."""

    url: str
    bytes: int
    etag: str


class Understands(Struct):
    """The builds of acts that the server takes as they are meant."""

    oldest: int
    newest: int


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
    shift: ShiftView | None = None
    """Null on a day off."""
    load: list[LoadItem] = msgspec.field(default_factory=list)
    changes: list[RouteChange] = msgspec.field(default_factory=list)
    offers: list[OfferView] = msgspec.field(default_factory=list)
    tomorrow: list[TomorrowStop] = msgspec.field(default_factory=list)
    guides: list[Guide] = msgspec.field(default_factory=list)
    """Of the fault types in the route."""
    pack: PackView | None = None
    """Null until the area's map has been packed."""
    consent: bool = False
    """Whether positions may be kept."""
    offline_until: datetime | None = None
    """Until when a phone without contact shows customer data."""
    understands: Understands | None = None
    credit: str = CREDIT
