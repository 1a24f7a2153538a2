"""Tables of the order (工单): its present state, its events, visits, requests, photos, and where it came from."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import (
    DDL,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    event,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, validates

from dispatch.orders.append_only import APPEND_ONLY, REMOVALS_STAY
from dispatch.orders.words import ADDRESS_PAIRS, person_words
from kit.db import Base, HasId


class Status(enum.StrEnum):
    """Where an order stands (`domain.md` §4)."""

    REPORTED = "reported"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    MERGED = "merged"


ACTIVE = (Status.DISPATCHED, Status.ACCEPTED, Status.EN_ROUTE, Status.ON_SITE, Status.SUSPENDED)
OPEN = (Status.REPORTED, *ACTIVE, Status.COMPLETED)


class Kind(enum.StrEnum):
    """What the subscriber needs."""

    REPAIR = "repair"
    INSTALL = "install"
    MOVE = "move"
    RECONNECT = "reconnect"
    INSPECT = "inspect"
    LEAD = "lead"


class Channel(enum.StrEnum):
    """How it reached us."""

    PHONE = "phone"
    WEB = "web"
    COUNTER = "counter"
    APP = "app"
    MONITORING = "monitoring"
    TECHNICIAN = "technician"
    PARTNER = "partner"


class Level(enum.StrEnum):
    """How urgent it is."""

    URGENT = "urgent"
    NORMAL = "normal"


class Tier(enum.StrEnum):
    """The subscriber's tier: ordinary, VIP, group (集团)."""

    ORDINARY = "ordinary"
    VIP = "vip"
    GROUP = "group"


class Outcome(enum.StrEnum):
    """How a closed order ended. Silence is never a good rating. `archived` is history closed in another system."""

    SATISFIED = "satisfied"
    NOT_REACHED = "not_reached"
    UNREACHABLE = "unreachable"
    ARCHIVED = "archived"


class Origin(enum.StrEnum):
    """Live work, a past day lived again, or history kept for repeats and statistics only."""

    LIVE = "live"
    REPLAY = "replay"
    HISTORY = "history"


class Subscriber(HasId, Base):
    """Who has the fault (用户). Names and phones are masked outside need."""

    __tablename__ = "subscribers"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    account_number: Mapped[str | None]
    name: Mapped[str | None]
    phones: Mapped[list[str]]
    tier: Mapped[Tier] = mapped_column(default=Tier.ORDINARY)
    flags: Mapped[list[str]]
    """elderly, mobility_impaired, arrears, churn_risk"""
    search: Mapped[str] = mapped_column(default="", server_default="", deferred=True)
    """`person_words` of name and phones."""

    @validates("name", "phones")
    def _found_by(self, changed: str, value: Any) -> Any:
        name = value if changed == "name" else self.name
        phones = value if changed == "phones" else self.phones
        self.search = person_words(name, phones or ())
        return value

    __table_args__ = (
        Index("uq_subscribers_account", "area_id", "account_number", unique=True,
              postgresql_where=text("account_number IS NOT NULL")),
        Index("ix_subscribers_phones", "phones", postgresql_using="gin"),
        Index("ix_subscribers_search", "search", postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"}),
    )  # fmt: skip


class Order(HasId, Base):
    """One subscriber's need. Columns marked state are the fold of its events (`states.evolve`) and nothing else."""

    __tablename__ = "orders"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    number: Mapped[str]
    """Readable on the phone: area code and a running number."""

    # what was reported
    kind: Mapped[Kind] = mapped_column(default=Kind.REPAIR)
    channel: Mapped[Channel] = mapped_column(default=Channel.PHONE)
    level: Mapped[Level] = mapped_column(default=Level.NORMAL)
    tier: Mapped[Tier] = mapped_column(default=Tier.ORDINARY)
    fault_type: Mapped[str]
    description: Mapped[str | None]
    subscriber_id: Mapped[UUID | None] = mapped_column(ForeignKey("subscribers.id"))
    product: Mapped[str | None]
    network_node: Mapped[str | None]
    address: Mapped[str | None]
    access_notes: Mapped[str | None]
    district_hint: Mapped[str | None]
    """The district or label the source named; shown, never used as the grid."""
    skill: Mapped[str | None]
    skill_level: Mapped[int] = mapped_column(SmallInteger, default=1)
    service_seconds: Mapped[int] = mapped_column(Integer)
    priority: Mapped[int] = mapped_column(Integer, default=0)
    first_contact_account_id: Mapped[UUID | None]
    """首问负责: who took the report."""

    # where (state)
    point: Mapped[Any | None] = mapped_column(Geometry("POINT", srid=4326, spatial_index=True))
    point_source: Mapped[str | None]
    """given, geocoded, placed (by hand)"""
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("grids.id"))
    place_problem: Mapped[str | None]
    """On the place worklist: no_address, address_not_found, address_unsure, outside_grids, bad_coordinates."""

    # state
    status: Mapped[Status] = mapped_column(default=Status.REPORTED)
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("technicians.id"))
    reported_at: Mapped[datetime]
    dispatched_at: Mapped[datetime | None]
    """First dispatch; a later reassignment never moves it."""
    accept_due_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    clock_started_at: Mapped[datetime | None]
    """Start of the 4 h clock: acceptance, at the latest dispatch + 30 min; once set, never moved."""
    assessment_starts_at: Mapped[datetime | None]
    """Start of the assessment clocks: the same, or the morning after an order dispatched at night."""
    due_at: Mapped[datetime | None]
    """Customer clock."""
    technician_due_at: Mapped[datetime | None]
    """Assessment clock of the technician, pauses included."""
    grid_due_at: Mapped[datetime | None]
    company_due_at: Mapped[datetime | None]
    contacted_at: Mapped[datetime | None]
    contact_due_at: Mapped[datetime | None]
    failed_contacts: Mapped[int] = mapped_column(Integer, default=0)
    """Calls of the technician that nobody answered, since the subscriber was last reached."""
    appointment_start: Mapped[datetime | None]
    appointment_end: Mapped[datetime | None]
    appointment_changed_by: Mapped[str | None]
    """subscriber or us; ours counts as a miss"""
    departed_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    completed_by: Mapped[UUID | None]
    """The technician whose work it was; null when solved on the call or forced."""
    completed_how: Mapped[str | None]
    """visit, remote, forced"""
    cause: Mapped[str | None]
    """The fault type as corrected at completion."""
    cancelled_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None]
    callback_attempts: Mapped[int] = mapped_column(Integer, default=0)
    """Of the present round; a rework begins a new one."""
    callback_attempts_needed: Mapped[int] = mapped_column(Integer, default=3)
    """How many exhaust the attempts, by the policy in force at completion."""
    callback_due_at: Mapped[datetime | None]
    callback_reached: Mapped[bool | None]
    satisfied: Mapped[bool | None]
    """The last valid answer of a callback."""
    chases: Mapped[int] = mapped_column(Integer, default=0)
    reworks: Mapped[int] = mapped_column(Integer, default=0)
    bounces: Mapped[int] = mapped_column(Integer, default=0)
    rework_of_technician_id: Mapped[UUID | None]
    suspended_until: Mapped[datetime | None]
    suspension_reason: Mapped[str | None]
    pending_request: Mapped[str | None]
    """suspension or return, while a decision is awaited"""
    pending_since: Mapped[datetime | None]
    escalated_to_lead: Mapped[bool] = mapped_column(default=False)
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"))
    finish_code_hash: Mapped[str | None]
    """Of the code the subscriber got at dispatch and gives the technician when the work is done."""
    status_since: Mapped[datetime]
    events: Mapped[int] = mapped_column(Integer, default=0)
    """How many events it has; the next one's sequence is one more."""

    # kinship
    reopens_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"))
    repeat_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"))

    # provenance
    origin: Mapped[Origin] = mapped_column(default=Origin.LIVE)
    import_id: Mapped[UUID | None] = mapped_column(ForeignKey("import_runs.id"))
    source_key: Mapped[str | None]
    source_fingerprint: Mapped[str | None]
    source_label: Mapped[str | None]
    edited_by_person: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        UniqueConstraint("area_id", "number"),
        Index(
            "uq_orders_source", "area_id", "source_key", unique=True, postgresql_where=text("source_key IS NOT NULL")
        ),
        Index("ix_orders_area_status_reported", "area_id", "status", "reported_at", "id"),
        Index("ix_orders_area_reported", "area_id", "reported_at", "id"),
        Index("ix_orders_owner_status", "owner_id", "status"),
        Index("ix_orders_grid_reported", "grid_id", "reported_at"),
        Index("ix_orders_area_completed", "area_id", "completed_at"),
        Index("ix_orders_subscriber", "subscriber_id"),
        Index("ix_orders_address", "address", postgresql_using="gin", postgresql_ops={"address": "gin_trgm_ops"}),
        Index("ix_orders_address_pairs", text(f"({ADDRESS_PAIRS})"), postgresql_using="gin"),
        Index("ix_orders_import", "import_id"),
        Index("ix_orders_merged_into", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
        Index("ix_orders_same_address", "address", postgresql_using="hash"),  # equality only; an address may be long
        Index("ix_orders_place_problem", "area_id", "reported_at", postgresql_where=text("place_problem IS NOT NULL")),
        Index("ix_orders_pending", "area_id", "pending_since", postgresql_where=text("pending_request IS NOT NULL")),
        CheckConstraint(
            # IS TRUE, because a check lets an unknown (NULL) answer pass.
            "status <> 'closed' OR origin = 'history'"
            " OR ((outcome = 'satisfied' AND satisfied AND callback_attempts > 0)"
            " OR (outcome = 'not_reached' AND callback_attempts >= callback_attempts_needed)"
            " OR (outcome = 'unreachable'"
            " AND greatest(callback_attempts, failed_contacts) >= callback_attempts_needed)) IS TRUE",
            name="closed_needs_an_answer",
        ),
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed_when"),
        CheckConstraint("callback_attempts_needed > 0", name="some_attempts"),
        CheckConstraint("appointment_end > appointment_start", name="appointment_order"),
    )


class OrderEvent(HasId, Base):
    """What happened (轨迹), append-only: a trigger refuses to change or delete them. State is derived from these."""

    __tablename__ = "order_events"
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    sequence: Mapped[int] = mapped_column(Integer)
    type: Mapped[str]
    actor_account_id: Mapped[UUID | None]
    actor_role: Mapped[str]
    technician_id: Mapped[UUID | None]
    """Whose act it was, or whom it concerns, among technicians."""
    client_id: Mapped[UUID | None]
    """The phone's own id of the act."""
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    point: Mapped[Any | None] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    reason: Mapped[str | None]
    policy_number: Mapped[int | None] = mapped_column(Integer)
    data: Mapped[dict[str, Any]]
    """Everything `evolve` needs: due times as they were decided, answers, ids."""

    __table_args__ = (
        UniqueConstraint("order_id", "sequence"),
        Index("uq_order_events_client", "client_id", unique=True, postgresql_where=text("client_id IS NOT NULL")),
        Index("ix_order_events_technician", "technician_id", "occurred_at"),
    )


for _statement in APPEND_ONLY:
    event.listen(OrderEvent.__table__, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]


class RemovedOrder(Base):
    """An order that went with the import that had brought it: the trace of the only way in which events go."""

    __tablename__ = "removed_orders"
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    area_id: Mapped[UUID]
    number: Mapped[str]
    import_id: Mapped[UUID]
    events: Mapped[int] = mapped_column(Integer)
    removed_by: Mapped[UUID | None]
    removed_at: Mapped[datetime]


for _statement in REMOVALS_STAY:
    event.listen(RemovedOrder.__table__, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]


class VisitStatus(enum.StrEnum):
    """Planned on phones, under way, over, or called off."""

    PLANNED = "planned"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    DONE = "done"
    BROKEN_OFF = "broken_off"
    CANCELLED = "cancelled"


class VisitPin(enum.StrEnum):
    """What a person has fixed about a visit: who, when, both, or who and its place in the route."""

    TECHNICIAN = "technician"
    TIME = "time"
    BOTH = "both"
    SEQUENCE = "sequence"


class Visit(HasId, Base):
    """One planned trip of one technician to one order (上门). An order may need several; at most one is not over."""

    __tablename__ = "visits"
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"))
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("plans.id"))
    position: Mapped[int | None] = mapped_column(Integer)
    status: Mapped[VisitStatus] = mapped_column(default=VisitStatus.PLANNED)
    planned_arrival: Mapped[datetime | None]
    planned_start: Mapped[datetime | None]
    planned_end: Mapped[datetime | None]
    travel_seconds: Mapped[int | None] = mapped_column(Integer)
    departed_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    pin: Mapped[VisitPin | None]

    __table_args__ = (
        Index("uq_visits_living", "order_id", unique=True,
              postgresql_where=text("status IN ('planned', 'en_route', 'on_site')")),
        Index("ix_visits_technician_planned", "technician_id", "planned_arrival"),
        Index("ix_visits_technician_ended", "technician_id", "ended_at"),
    )  # fmt: skip


class OrderRequest(HasId, Base):
    """A technician's wish to suspend (挂起) or return (退单), and what the dispatcher decided."""

    __tablename__ = "order_requests"
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    kind: Mapped[str]
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"))
    reason: Mapped[str]
    note: Mapped[str | None]
    photo_ids: Mapped[list[str]]
    requested_at: Mapped[datetime]
    resume_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(default="pending")
    """pending, approved, refused, withdrawn"""
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str | None]

    __table_args__ = (
        Index("uq_order_requests_pending", "order_id", unique=True, postgresql_where=text("status = 'pending'")),
    )


class Photo(Base):
    """A photo of a completion or request, by the phone's own id. `sha256` is null until the file follows."""

    __tablename__ = "photos"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    technician_id: Mapped[UUID | None] = mapped_column(ForeignKey("technicians.id"))
    kind: Mapped[str] = mapped_column(default="after")
    """before, after, evidence, signature"""
    sha256: Mapped[str | None] = mapped_column(ForeignKey("blobs.sha256"))
    taken_at: Mapped[datetime | None]
    point: Mapped[Any | None] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    received_at: Mapped[datetime | None]


class SubscriberMessage(HasId, Base):
    """A text to a subscriber, for whichever gateway sends it.

    The finish code is readable here and nowhere else, and only until it was sent, replaced or used.
    """

    __tablename__ = "subscriber_messages"
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    """dispatched (with the finish code), unreachable, over (what their order was merged into is closed)"""
    params: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_subscriber_messages_unsent", "created_at", postgresql_where=text("sent_at IS NULL")),
        Index(
            "ix_subscriber_messages_code",
            "order_id",
            postgresql_where=text("(params ->> 'finishCode'::text) IS NOT NULL"),
        ),
    )


class OrderAlarm(Base):
    """A warning that was given (超时预警), so that nobody is warned twice: which clock, at what share."""

    __tablename__ = "order_alarms"
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    clock: Mapped[str] = mapped_column(primary_key=True)
    """accept, complete, or complete_manager (the manager hears of the last share alone)"""
    due_at: Mapped[datetime] = mapped_column(primary_key=True)
    """The due time it warned of; a due time that moves is warned of anew."""
    percent: Mapped[int] = mapped_column(Integer, primary_key=True)
    role: Mapped[str]
    """Who was warned: technician, grid_lead, dispatcher, manager."""
    at: Mapped[datetime]


class ImportStatus(enum.StrEnum):
    """A killed run stays `running` and is taken up by the next one of the same file."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"


class ImportRun(HasId, Base):
    """One file of orders brought in: what it was, how it was read, what became of each row."""

    __tablename__ = "import_runs"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    filename: Mapped[str]
    sha256: Mapped[str]
    mapping: Mapped[dict[str, Any]]
    status: Mapped[ImportStatus] = mapped_column(default=ImportStatus.RUNNING)
    counts: Mapped[dict[str, Any]]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]


class ImportRejection(Base):
    """A row that could not be taken, or that conflicts with what people did since: line, reason, and the row itself."""

    __tablename__ = "import_rejections"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    import_id: Mapped[UUID] = mapped_column(ForeignKey("import_runs.id", ondelete="CASCADE"), index=True)
    line: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(default="rejected")
    """rejected or conflict"""
    reason: Mapped[str]
    params: Mapped[dict[str, Any]]
    row: Mapped[dict[str, Any]]
