"""The JSON of orders over HTTP. Names and phones are masked everywhere except in `SubscriberOut`."""

from datetime import datetime
from typing import Annotated, Any, Literal, Union
from uuid import UUID

import msgspec

from dispatch.orders.enums import Channel, Kind, Level, Tier
from dispatch.orders.masking import data_seen, reason_seen
from dispatch.orders.rules import acts
from dispatch.orders.rules.waiting import WaitingOn
from kit.actor import Personal
from kit.bounds import Code, Moment, Words
from kit.http.requests import Struct
from kit.privacy import NODE, Private, numbers_of, place_of

Point = tuple[float, float]
Short = Annotated[str, msgspec.Meta(max_length=200)]


class SubscriberIn(Struct):
    """Who reports, as far as they say. Name and phones stay with this order and change no record; the account number
    links the record where you may see it."""

    name: Short | None = None
    phones: Annotated[list[Annotated[str, msgspec.Meta(max_length=40)]], msgspec.Meta(max_length=5)] = msgspec.field(
        default_factory=list
    )
    account_number: Short | None = None
    flags: Annotated[
        list[Literal["elderly", "mobility_impaired", "arrears", "churn_risk"]], msgspec.Meta(max_length=4)
    ] = msgspec.field(default_factory=list)


class ReportIn(Struct):
    """A report. `point` is [lon, lat]; without one the address is looked up, and without a place nothing is lost."""

    fault_type: Code
    kind: Kind | None = None
    channel: Channel = Channel.PHONE
    level: Level = Level.NORMAL
    tier: Tier = Tier.ORDINARY
    description: Words | None = None
    subscriber: SubscriberIn | None = None
    address: Words | None = None
    point: Point | None = None
    district_hint: Short | None = None
    product: Short | None = None
    network_node: Short | None = None
    appointment_start: Moment | None = None
    appointment_end: Moment | None = None
    access_notes: Words | None = None
    occurred_at: Moment | None = None
    repeat_of_id: UUID | None = None
    """The earlier order that the checks before saving showed, when the caller says it is the same fault again."""


class ReopenIn(Struct):
    """What the subscriber of a closed order reports now; the same cause as before unless said otherwise."""

    fault_type: Code | None = None
    description: Words | None = None


class SubscriberMasked(Struct):
    """Enough to recognise who it is: the contact that the order states, then the record."""

    id: UUID
    name: str | None
    phones: list[str]
    account_number: str | None
    flags: list[str]


class SubscriberOut(Struct):
    """Unmasked, for whoever must call now; each look is recorded."""

    id: UUID
    name: str | None
    phones: list[str]
    account_number: str | None
    tier: Tier
    flags: list[str]


class SubscriberMergeIn(Struct):
    """The record that stays."""

    into_subscriber_id: UUID


class SubscriberMergedOut(Struct):
    """The record that stayed, and how many orders went over to it."""

    subscriber_id: UUID
    orders: int


class GridBrief(Struct):
    """A grid by name."""

    id: UUID
    code: str
    name: str


class OwnerBrief(Struct):
    """The technician who owns the order."""

    id: UUID
    name: str
    employee_number: str


class OrderOut(Struct):
    """An order: what was reported, where it stands, whom it waits on, and every time of its life."""

    id: UUID
    area_id: UUID
    number: str
    version: int
    kind: Kind
    channel: Channel
    level: Level
    tier: Tier
    fault_type: str
    description: Annotated[str | None, Private(Personal.SUBSCRIBER)]
    address: Annotated[str | None, numbers_of("address")]
    access_notes: Annotated[str | None, Private(Personal.SUBSCRIBER)]
    district_hint: str | None
    product: str | None
    network_node: Annotated[str | None, NODE]
    subscriber: SubscriberMasked | None
    skill: str | None
    skill_level: int
    service_seconds: int
    point: Annotated[Point | None, place_of("point")]
    point_source: str | None
    place_problem: str | None
    grid: GridBrief | None
    owner: OwnerBrief | None
    status: str
    status_since: datetime
    waiting_on: WaitingOn | None
    allowed: list[str]
    """The acts that the asking role may do now, by `type`."""
    reported_at: datetime
    dispatched_at: datetime | None
    accept_due_at: datetime | None
    accepted_at: datetime | None
    clock_started_at: datetime | None
    assessment_starts_at: datetime | None
    due_at: datetime | None
    technician_due_at: datetime | None
    grid_due_at: datetime | None
    company_due_at: datetime | None
    on_site_due_at: datetime | None
    contacted_at: datetime | None
    contact_due_at: datetime | None
    failed_contacts: int
    appointment_start: datetime | None
    appointment_end: datetime | None
    appointment_changed_by: str | None
    departed_at: datetime | None
    arrived_at: datetime | None
    completed_at: datetime | None
    completed_by: UUID | None
    completed_how: str | None
    cause: str | None
    cancelled_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    callback_attempts: int
    callback_due_at: datetime | None
    callback_reached: bool | None
    satisfied: bool | None
    chases: int
    reworks: int
    bounces: int
    rework_of_technician_id: UUID | None
    suspended_until: datetime | None
    suspension_reason: str | None
    pending_request: str | None
    pending_since: datetime | None
    escalated_to_lead: bool
    merged_into_id: UUID | None
    outage_id: UUID | None
    reopens_id: UUID | None
    repeat_of_id: UUID | None
    origin: str
    import_id: UUID | None
    source_label: str | None
    edited_by_person: bool


class EventOut(Struct):
    """What happened. `occurredAt` is what the phone said, `receivedAt` when we heard of it.

    Observers and managers read times, ids and codes alone: no free text of `reason` and `data`.
    """

    id: UUID
    sequence: int
    type: str
    actor_role: str
    actor_account_id: UUID | None
    technician_id: UUID | None
    client_id: UUID | None
    occurred_at: datetime
    received_at: datetime
    point: Annotated[Point | None, place_of("point")]
    reason: Annotated[str | None, Private(Personal.SUBSCRIBER, reason_seen)]
    policy_number: int | None
    data: Annotated[dict[str, Any], Private(Personal.SUBSCRIBER, data_seen)]


class ActOut(Struct):
    """The order after an act and the event it became; `already` when the same `clientId` had been applied before."""

    order: OrderOut
    event: EventOut
    already: bool


class RequestOut(Struct):
    """A request to suspend or return that awaits its decision, by `role`, until `due`."""

    id: UUID
    order_id: UUID
    number: str
    kind: str
    reason: str
    note: Annotated[str | None, Private(Personal.SUBSCRIBER)]
    photo_ids: list[str]
    technician: OwnerBrief
    requested_at: datetime
    resume_at: datetime | None
    role: str
    due: datetime | None


class OrderPhotoOut(Struct):
    """A photo; `sha256` is null until its file has arrived."""

    id: UUID
    order_id: UUID
    kind: str
    technician_id: UUID | None
    sha256: str | None
    taken_at: datetime | None
    received_at: datetime | None
    point: Annotated[Point | None, place_of("point")]


class StoredPhotoOut(Struct):
    """A stored photo; `already` when the same file was there before."""

    id: UUID
    order_id: UUID
    sha256: str
    already: bool


# --- the body of an act -----------------------------------------------------------------------------------------------

_ENVELOPE: list[Any] = [
    ("occurred_at", Moment | None, None),
    ("client_id", UUID | None, None),
    ("point", Point | None, None),
]
"""Fields that any act may have in HTTP: when it happened, the phone's id of it, and where the phone was."""

NOT_BY_HAND = (acts.RecordCallback,)
"""Acts that nobody sends directly. A callback attempt has its own operation."""


def _body(kind: type[acts.ActBase]) -> type[msgspec.Struct]:
    fields = [field for field in _ENVELOPE if field[0] not in kind.__struct_fields__]
    made = msgspec.defstruct(
        f"{kind.__name__}Act", fields, bases=(kind,), kw_only=True, rename="camel", tag_field="type",
        tag=kind.__struct_config__.tag, module=__name__,
    )  # fmt: skip
    made.__doc__ = kind.__doc__
    return made


_KIND_OF_BODY: dict[type[msgspec.Struct], type[acts.ActBase]] = {
    _body(kind): kind for kind in acts.Act.__args__ if kind not in NOT_BY_HAND
}
globals().update({body.__name__: body for body in _KIND_OF_BODY})

ActIn: Any = Union[*_KIND_OF_BODY]
"""The body of an act: any of them, by its `type`."""


def act_of(body: msgspec.Struct) -> acts.ActBase:
    """The act in a body, without the envelope."""
    kind = _KIND_OF_BODY[type(body)]
    return kind(**{name: getattr(body, name) for name in kind.__struct_fields__})
