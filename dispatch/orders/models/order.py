"""The order (工单) with its present state, its events, and the warnings given about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import (
    DDL,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    event,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, validates

from dispatch.orders.enums import Channel, Kind, Level, Origin, Outcome, Status, Tier
from dispatch.orders.models.append_only import APPEND_ONLY, REMOVALS_STAY
from dispatch.orders.models.search_text import ADDRESS_PAIRS, person_words
from kit.db import Base, HasId


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
    contact_name: Mapped[str | None]
    """Whom the report names; called before the subscriber of the record, whom it does not change."""
    contact_phones: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    contact_search: Mapped[str] = mapped_column(default="", server_default="", deferred=True)
    """`person_words` of the stated contact."""
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
    grid_id: Mapped[UUID | None]
    place_problem: Mapped[str | None]
    """On the place worklist: no_address, address_not_found, address_unsure, outside_grids, bad_coordinates,
    shared_point."""

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
    outage_id: Mapped[UUID | None] = mapped_column(ForeignKey("outages.id"))
    """The outage it is a muted part of; kept when it was closed with it."""
    finish_code_hash: Mapped[str | None]
    """Of the code the subscriber got at dispatch and gives the technician when the work is done."""
    status_since: Mapped[datetime]
    events: Mapped[int] = mapped_column(Integer, default=0)
    """How many events it has; the next one's sequence is one more."""

    # related orders
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

    @validates("contact_name", "contact_phones")
    def _found_by(self, changed: str, value: Any) -> Any:
        name = value if changed == "contact_name" else self.contact_name
        phones = value if changed == "contact_phones" else self.contact_phones
        self.contact_search = person_words(name, phones or ())
        return value

    __table_args__ = (
        UniqueConstraint("area_id", "number"),
        ForeignKeyConstraint(["area_id", "grid_id"], ["grids.area_id", "grids.id"], name="fk_orders_grid_of_the_area"),
        Index(
            "ix_orders_contact",
            "contact_search",
            postgresql_using="gin",
            postgresql_ops={"contact_search": "gin_trgm_ops"},
        ),
        Index(
            "uq_orders_source", "area_id", "source_key", unique=True, postgresql_where=text("source_key IS NOT NULL")
        ),
        Index("ix_orders_area_status_reported", "area_id", "status", "reported_at", "id"),
        Index("ix_orders_area_reported", "area_id", "reported_at", "id"),
        Index("ix_orders_owner_status", "owner_id", "status"),
        Index("ix_orders_grid_reported", "grid_id", "reported_at"),
        Index("ix_orders_area_completed", "area_id", "completed_at"),
        Index("ix_orders_whose", text("(coalesce(completed_by, owner_id, rework_of_technician_id))"), "reported_at"),
        Index("ix_orders_subscriber", "subscriber_id"),
        Index("ix_orders_address", "address", postgresql_using="gin", postgresql_ops={"address": "gin_trgm_ops"}),
        Index("ix_orders_address_pairs", text(f"({ADDRESS_PAIRS})"), postgresql_using="gin"),
        Index("ix_orders_import", "import_id"),
        Index("ix_orders_reopens", "reopens_id", postgresql_where=text("reopens_id IS NOT NULL")),
        Index("ix_orders_merged_into", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
        Index("ix_orders_outage", "outage_id", postgresql_where=text("outage_id IS NOT NULL")),
        Index("ix_orders_same_address", "address", postgresql_using="hash"),  # equality only; an address may be long
        Index("ix_orders_place_problem", "area_id", "reported_at", postgresql_where=text("place_problem IS NOT NULL")),
        Index("ix_orders_pending", "area_id", "pending_since", postgresql_where=text("pending_request IS NOT NULL")),
        CheckConstraint(
            # IS TRUE, because a check lets an unknown (NULL) answer pass.
            "status <> 'closed' OR origin = 'history'"
            " OR ((outcome = 'satisfied' AND satisfied AND callback_attempts > 0)"
            " OR (outcome = 'not_reached' AND callback_attempts >= callback_attempts_needed)"
            " OR (outcome = 'unreachable'"
            " AND greatest(callback_attempts, failed_contacts) >= callback_attempts_needed)"
            " OR (outcome = 'outage' AND outage_id IS NOT NULL)) IS TRUE",
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
        Index(
            "ix_order_events_occurred",
            "occurred_at",
            postgresql_using="brin",
            postgresql_with={"pages_per_range": 32, "autosummarize": True},
        ),
        Index(
            "ix_order_events_received",
            "received_at",
            postgresql_using="brin",
            postgresql_with={"pages_per_range": 32, "autosummarize": True},
        ),
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
