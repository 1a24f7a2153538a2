"""What HTTP says about imports, the place worklist and what a report may be besides itself."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar.datastructures import UploadFile

from dispatch.orders.models import Level, Tier
from dispatch.orders.schemas import SubscriberMasked
from kit.actor import Personal
from kit.bounds import Code, Moment, Name, Words
from kit.http.requests import Struct
from kit.privacy import Private, numbers_of, place_of


class ImportIn(Struct):
    """A file of orders and how to read it. `mapping` is a shipped mapping's name or the text of a mapping (TOML)."""

    file: UploadFile
    mapping: Annotated[str, msgspec.Meta(max_length=100_000)]
    label_column: Name | None = None
    """A column with the true grid, compared with what the geometry says; never used as the grid."""
    onto: date | None = None
    """Lay all orders that lie in a grid on this local day; trial areas only."""
    strict: bool = False
    """Take nothing when one row is bad."""


class ImportCounts(Struct):
    """What became of the rows so far."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    conflicts: int = 0
    rejected_rows: int = 0
    left_out: int = 0
    located: int = 0
    unlocated: int = 0
    geocoded: int = 0
    in_grid: int = 0
    outside_grids: int = 0
    bad_coordinates: int = 0
    """Rows whose coordinates cannot be: swapped, at 0, 0 or off the earth."""
    bad_coordinates_line: int = 0
    """The first such line; 0 where there is none."""
    shared_points: int = 0
    """Rows on a point that many different addresses share: it is not believed."""
    repeated_rows: int = 0
    """Rows that say again what an earlier row with the same id says."""
    compared: int = 0
    equal: int = 0
    repeats: int | None = None
    duplicates: int | None = None
    removed: int | None = None
    """Orders taken back by undoing the import."""


class ImportOut(Struct):
    """One import. `status`: running, done, failed (`error` says why), undone."""

    id: UUID
    filename: str
    status: str
    counts: ImportCounts
    source: str
    kind: str
    started_at: datetime
    ended_at: datetime | None
    error: str | None


class RejectionOut(Struct):
    """A row that was not taken. `kind`: rejected, or conflict with what people did since. `row` as it stood."""

    line: int
    kind: str
    reason: str
    detail: str
    row: dict[str, Any]


class UndoneOut(Struct):
    """How many orders an undone import took with it."""

    removed: int


class CandidateOut(Struct):
    """A place an address may mean. `point` is [lon, lat]; `error_metres` how far off it may be."""

    label: str
    point: tuple[float, float]
    confidence: str
    score: float
    error_metres: int


class WaitingOut(Struct):
    """An order that is not on the map, and all that is known of where it is.

    `reason`: no_address, address_not_found, address_unsure, outside_grids, bad_coordinates. `district_hint` is the
    source's own label, `given` its coordinates as written where they cannot be.
    """

    order_id: UUID
    number: str
    status: str
    reason: str
    fault_type: str
    category: Annotated[str | None, Private(Personal.SUBSCRIBER)]
    description: Annotated[str | None, Private(Personal.SUBSCRIBER)]
    level: str
    address: Annotated[str | None, numbers_of("address")]
    district_hint: str | None
    given: Annotated[str | None, Private(Personal.SUBSCRIBER)]
    point: Annotated[tuple[float, float] | None, place_of("point")]
    grid_id: UUID | None
    candidates: Annotated[list[CandidateOut], Private(Personal.ADDRESS)]
    reported_at: datetime
    version: int


class PlacementIn(Struct):
    """Orders and the one place they all are: a point [lon, lat], an address, or a grid alone."""

    order_ids: Annotated[list[UUID], msgspec.Meta(max_length=500)]
    point: tuple[float, float] | None = None
    address: Words | None = None
    grid_id: UUID | None = None


class PlaceIn(Struct):
    """Many placements at once, at most 500 orders."""

    placements: Annotated[list[PlacementIn], msgspec.Meta(max_length=500)]


class PlacedOut(Struct):
    """What became of one order. `code` and `detail` say why it was refused; null where it was placed."""

    order_id: UUID
    grid_id: UUID | None
    place_problem: str | None
    code: str | None
    detail: str | None


class PlacedListOut(Struct):
    """One answer per order, in the order asked."""

    items: list[PlacedOut]


class CheckSubscriberIn(Struct):
    """Who reports, as far as known."""

    name: Name | None = None
    phones: Annotated[list[Annotated[str, msgspec.Meta(max_length=40)]], msgspec.Meta(max_length=5)] = msgspec.field(
        default_factory=list
    )
    account_number: Name | None = None


class CheckIn(Struct):
    """A report before it is saved."""

    fault_type: Code
    subscriber: CheckSubscriberIn | None = None
    product: Name | None = None
    network_node: Name | None = None
    address: Words | None = None
    point: tuple[float, float] | None = None
    level: Level = Level.NORMAL
    tier: Tier = Tier.ORDINARY
    appointment_end: Moment | None = None


class KinOut(Struct):
    """An order the report may belong to.

    `why`: same_subscriber, same_address, same_node, same_building; of linked ones merged, merged_into, reopens or
    repeats.
    """

    order_id: UUID
    number: str
    status: str
    why: str
    fault_type: str
    reported_at: datetime
    completed_at: datetime | None


class LikelyOutageOut(Struct):
    """An outage is likely: so many reports (this one included) on one node or building within the window."""

    why: str
    reports: int
    needed: int
    window_seconds: int
    orders: list[KinOut]


class PromiseOut(Struct):
    """What would be promised if it is dispatched now and accepted as late as allowed; on site for urgent ones only."""

    due_at: datetime
    on_site_due_at: datetime | None


class SuspicionOut(Struct):
    """Open orders that may be one, the oldest first. `kind`: duplicate, or outage of one node or building."""

    kind: str
    why: str
    orders: list[KinOut]


class SubscriberRecordOut(Struct):
    """Another record that may be the order's subscriber, masked, with the number of its orders.

    `keeps`: merged with the order's record, this one would stay, since it alone has an account number or has more
    orders; `merges`: False where both have an account number.
    """

    subscriber: SubscriberMasked
    orders: int
    keeps: bool
    merges: bool


class KinListOut(Struct):
    """What else may belong to an order: open duplicates, earlier repeats, a likely outage; and what is linked to it."""

    duplicates: list[KinOut]
    repeats: list[KinOut]
    outage: LikelyOutageOut | None
    merged: list[KinOut]
    """Orders that were merged into this one."""
    linked: list[KinOut]
    """The order it was merged into, reopens or repeats."""


class FoundPlaceOut(Struct):
    """Where the report would be put. `source`: given or geocoded; `problem` sends it to the place worklist."""

    point: Annotated[tuple[float, float] | None, place_of("point")]
    source: str | None
    grid_id: UUID | None
    problem: str | None
    candidates: Annotated[list[CandidateOut], Private(Personal.ADDRESS)]


class ChecksOut(Struct):
    """What is shown before saving: nothing here stops the report from being saved."""

    duplicates: list[KinOut]
    repeats: list[KinOut]
    outage: LikelyOutageOut | None
    arrears: bool
    subscriber_id: UUID | None
    place: FoundPlaceOut
    promise: PromiseOut
