"""What the technician's phone says and hears."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from kit.bounds import Apart, FreeForm
from kit.geo import LonLat
from kit.http.requests import Struct


class PhoneActIn(Struct):
    """One act made on the phone, perhaps offline. `act` is one of the order's acts by its `type`.

    `sequence` is the phone's own running number; without it acts are taken in the order of `occurredAt`.
    """

    id: UUID
    order_id: UUID
    occurred_at: datetime
    act: FreeForm
    point: LonLat | None = None
    accuracy_metres: float | None = None
    """How far from `point` the phone may have been. Whatever it says refuses no act: below 0 is 0."""
    sequence: int | None = None


class SyncRequest(Struct, Apart):
    """A batch of acts. `phoneTime` is what the phone's clock says now: its acts are corrected by the difference."""

    acts: Annotated[list[PhoneActIn], msgspec.Meta(max_length=5000)]
    phone_time: datetime | None = None
    build: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1
    """The number of the acts' shape that the app knows."""


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


class AwaitedPhotos(Struct):
    """How many photos an act lists, and which are still to come."""

    of: int
    awaiting: list[UUID]


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
    photos: AwaitedPhotos | None = None
    """Of an act that lists photos: which of them have not arrived."""


class SyncAnswer(Struct):
    """One answer for each act, in the order they were sent; the area's time now; how far the phone's clock is off."""

    answers: list[ActAnswer]
    now: datetime
    skew_seconds: int
    update: bool = False
    """The app's build is older than what the server is sure to understand: update, now that the acts are taken."""


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


class PieceAnswer(Struct):
    """How much of a photo is there. `stored` once all of it is, and it was kept as a photo of its order."""

    id: UUID
    offset: int
    total: int
    stored: bool


class SeenRequest(Struct):
    """Changes that the technician has acknowledged."""

    change_ids: Annotated[list[UUID], msgspec.Meta(max_length=500)]


class SeenAnswer(Struct):
    """How many were acknowledged now; those already seen are not counted."""

    seen: int


class OfferAnswerRequest(Struct):
    """Taken or not."""

    answer: Literal["accept", "decline"]


class OfferAnswer(Struct):
    """What became of the offer: `accepted`, `declined`, `expired`, or `gone` where somebody else has the order."""

    id: UUID
    state: Literal["accepted", "declined", "expired", "gone"]
    order: OrderNow | None


class PushKeys(Struct):
    """A browser's keys for Web Push (RFC 8291), URL-safe base64."""

    p256dh: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    auth: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class PushSubscriptionIn(Struct):
    """A subscription as `pushManager.subscribe` gives it."""

    endpoint: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    keys: PushKeys


class PushRequest(Struct):
    """The subscription of this browser."""

    subscription: PushSubscriptionIn


class PushKeyAnswer(Struct):
    """The server's public key, for `applicationServerKey`."""

    key: str


class ConsentRequest(Struct):
    """Whether positions may be kept while at work."""

    positions: bool


class ConsentAnswer(Struct):
    """What holds now, and since when."""

    positions: bool
    at: datetime | None


class RecordedPosition(Struct):
    """One position that was kept."""

    point: LonLat
    occurred_at: datetime
    accuracy_metres: float | None


class SaidOfMe(Struct):
    """What a subscriber said in one callback about work of the asker; `satisfaction` and `reasons` are codes."""

    id: UUID
    order_id: UUID
    number: str
    at: datetime
    solved: bool | None
    satisfaction: str | None
    reasons: list[str]
    note: str | None


class PointsLine(Struct):
    """One completion: `points` = `base` × `difficulty` × `distance` × `quality` (fractions as text), nothing where it
    came back. A correction has the difference to what was counted for the month `corrects`.
    """

    id: UUID
    order_id: UUID
    number: str
    day: date
    why: str
    base: str
    difficulty: str
    distance: str
    quality: str
    points: Decimal
    corrects: str | None


class OwnPoints(Struct):
    """What the asker's work of a month counted for pay. `amount` where the statement is their own; `issuedAt` is null
    while no statement is out.
    """

    points: Decimal
    amount: Decimal | None
    count: int
    issued_at: datetime | None
    lines: list[PointsLine]


class RecordedDay(Struct):
    """What was recorded of the asker on a local day, oldest first; `more` where there was more than is shown."""

    date: date
    positions: list[RecordedPosition]
    more: bool


class CalendarAnswer(Struct):
    """The calendar feed. `url` is shown once, when it is made; `since` null where there is none."""

    url: str | None
    since: datetime | None


class WipedRequest(Struct):
    """What a phone had not sent when it was wiped."""

    unsent: Annotated[int, msgspec.Meta(ge=0, le=100_000)]


class StoreLostRequest(Struct):
    """The phone's own id of the loss, so that a repeat counts once."""

    id: UUID
