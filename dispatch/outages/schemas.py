"""What HTTP says about outages."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from dispatch.outages.models import Answer
from kit.actor import Personal
from kit.bounds import Code, FreeForm, Moment, Name, Words
from kit.http.requests import Struct
from kit.privacy import NODE, Private, numbers_of, place_of

Corner = tuple[float, float]
Ring = Annotated[list[Corner], msgspec.Meta(min_length=3, max_length=500)]
Customers = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]


class OutageOut(Struct):
    """An outage. `late`: its expected end has passed. `probability`, `expectedReports`: why it is more than chance."""

    id: UUID
    number: str
    status: str
    why: str
    network_node: Annotated[str | None, NODE]
    place: Annotated[str | None, numbers_of("place")]
    shape: FreeForm | None
    """GeoJSON MultiPolygon."""
    point: Annotated[Corner | None, place_of("point")]
    since: datetime
    expected_end: datetime | None
    late: bool
    proposed_end: datetime
    """What a confirmation proposes as the expected end."""
    probability: float | None
    expected_reports: float | None
    suspected_at: datetime
    confirmed_at: datetime | None
    restored_at: datetime | None
    closes_at: datetime | None
    closed_at: datetime | None
    reports: int
    children: int
    customers: int
    sampled: int
    called: int
    still_broken: int
    crew_order_id: UUID | None
    crew_number: str | None
    crew_status: str | None
    version: int


class OutageOrderOut(Struct):
    """An order's part in an outage: named, child, crew, released, ended. `sampled`: to be called when it is over."""

    order_id: UUID
    number: str
    status: str
    fault_type: str
    part: str
    address: Annotated[str | None, numbers_of("address")]
    point: Annotated[Corner | None, place_of("point")]
    reported_at: datetime
    sampled: bool
    answer: str | None
    answered_at: datetime | None


class OutageEventOut(Struct):
    """What was done about an outage; `by` null: the program."""

    kind: str
    at: datetime
    by: str | None
    note: Annotated[str | None, Private(Personal.SUBSCRIBER)]
    data: FreeForm


class OutageStory(Struct):
    """An outage with its orders, as far as the caller may see them, and what was done about it."""

    outage: OutageOut
    orders: list[OutageOrderOut]
    events: list[OutageEventOut]


class ConfirmIn(Struct):
    """It is one. A node or a ring corrects what failed; `customers`: how many are interrupted, where it is known."""

    expected_end: Moment
    network_node: Name | None = None
    ring: Ring | None = None
    customers: Customers | None = None
    fault_type: Code | None = None
    note: Words | None = None


class DeclareIn(ConfirmIn, kw_only=True):
    """An outage by hand: a node chosen or a ring drawn."""

    since: Moment


class DismissIn(Struct):
    """It is none."""

    note: Words | None = None


class MoveEndIn(Struct):
    """Another expected end."""

    expected_end: Moment
    note: Words | None = None


class RestoreIn(Struct):
    """It is over; `at`: since when, default now."""

    at: Moment | None = None
    note: Words | None = None


class OutageOrdersIn(Struct):
    """Orders to put under an outage by hand."""

    order_ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=500)]


class OutageAnswerIn(Struct):
    """What a subscriber says when it is said to be over."""

    order_id: UUID
    answer: Answer


class KnownOutage(Struct):
    """The confirmed outage that a report would join, for the agent to read out; null: none is known."""

    outage: OutageOut | None


class ReliabilityFigures(Struct):
    """Minutes for SAIDI, CAIDI and customer minutes; rates are null where nobody is known to be served."""

    grid_id: UUID | None
    served: int
    outages: int
    interrupted: int
    customer_minutes: float
    saifi: float | None
    saidi: float | None
    caidi: float | None


class ReliabilityOut(Struct):
    """The outages that began in the period, as IEEE 1366 counts them; major event days apart."""

    area: ReliabilityFigures
    without_major: ReliabilityFigures
    grids: list[ReliabilityFigures]
    major_days: list[date]
    threshold: float | None
