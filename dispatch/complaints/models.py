"""Tables of complaints and supervisions, what was done about them, and who was warned."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, HasId


class Source(enum.StrEnum):
    """By which way it came."""

    CALL = "call"
    HOTLINE = "hotline"
    """12345"""
    REGULATOR = "regulator"
    MEDIA = "media"
    COUNTER = "counter"


class Gravity(enum.StrEnum):
    """How grave it is."""

    NORMAL = "normal"
    SERIOUS = "serious"


class ComplaintStatus(enum.StrEnum):
    """Where a complaint stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"
    """The subscriber has an answer; liability is still to be decided, or rectified."""
    RECTIFYING = "rectifying"
    RECTIFIED = "rectified"
    """Waits for an inspector."""
    CLOSED = "closed"


class Liability(enum.StrEnum):
    """Who is to blame."""

    COMPANY = "company"
    TECHNICIAN = "technician"
    NETWORK = "network"
    SUBSCRIBER = "subscriber"
    NONE = "none"


class SupervisionStatus(enum.StrEnum):
    """Where a supervision stands."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class Complaint(HasId, Base):
    """A row of the ledger (台账). Area times."""

    __tablename__ = "complaints"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    number: Mapped[str]
    source: Mapped[Source]
    gravity: Mapped[Gravity] = mapped_column(default=Gravity.NORMAL)
    status: Mapped[ComplaintStatus] = mapped_column(default=ComplaintStatus.OPEN)
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"))
    """The order it is about first; others are links."""
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("grids.id"))
    subscriber_id: Mapped[UUID | None] = mapped_column(ForeignKey("subscribers.id"))
    contact: Mapped[str | None]
    """Who complains and how to reach them, where no order says it."""
    external_number: Mapped[str | None]
    """The hotline's or the regulator's own."""
    words: Mapped[str]
    owner_id: Mapped[UUID]
    """首问负责: who took it, until it is answered."""
    received_at: Mapped[datetime]
    acknowledge_due_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    answer_due_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    upheld: Mapped[bool | None]
    liability: Mapped[Liability | None]
    liability_reason: Mapped[str | None]
    technician_id: Mapped[UUID | None] = mapped_column(ForeignKey("technicians.id"))
    """Who is to blame, where it is a technician."""
    decided_at: Mapped[datetime | None]
    rectify_due_at: Mapped[datetime | None]
    rectification: Mapped[str | None]
    """What was put right, with its evidence."""
    rectified_at: Mapped[datetime | None]
    inspected_by: Mapped[UUID | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        UniqueConstraint("area_id", "number"),
        Index("ix_complaints_area", "area_id", "received_at", "id"),
        Index("ix_complaints_order", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        Index("ix_complaints_owner", "owner_id", postgresql_where=text("closed_at IS NULL")),
        CheckConstraint("liability <> 'technician' OR technician_id IS NOT NULL", name="somebody_to_blame"),
    )


class ComplaintLink(Base):
    """What else a complaint is about: an order, a call, an event."""

    __tablename__ = "complaint_links"
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    """order, call, event"""
    ref: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (Index("ix_complaint_links_ref", "ref"),)


class Supervision(HasId, Base):
    """A manager's question on an order or a complaint, with a due time and a judgement of the answer."""

    __tablename__ = "supervisions"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    number: Mapped[str]
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"))
    complaint_id: Mapped[UUID | None] = mapped_column(ForeignKey("complaints.id"))
    grid_id: Mapped[UUID | None]
    status: Mapped[SupervisionStatus] = mapped_column(default=SupervisionStatus.OPEN)
    question: Mapped[str]
    opened_by: Mapped[UUID | None]
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_by: Mapped[UUID | None]
    answered_at: Mapped[datetime | None]
    judgement: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        UniqueConstraint("area_id", "number"),
        CheckConstraint("order_id IS NOT NULL OR complaint_id IS NOT NULL", name="about_something"),
        Index("ix_supervisions_area", "area_id", "due_at"),
        Index("ix_supervisions_order", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        Index("ix_supervisions_complaint", "complaint_id", postgresql_where=text("complaint_id IS NOT NULL")),
    )


class ComplaintEvent(HasId, Base):
    """What was done about a complaint or a supervision, by whom; only added to."""

    __tablename__ = "complaint_events"
    complaint_id: Mapped[UUID | None] = mapped_column(ForeignKey("complaints.id", ondelete="CASCADE"), index=True)
    supervision_id: Mapped[UUID | None] = mapped_column(ForeignKey("supervisions.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    """opened, acknowledged, answered, decided, rectified, passed, failed, linked; returned, closed; warned"""
    at: Mapped[datetime]
    by: Mapped[UUID | None]
    words: Mapped[str | None]
    data: Mapped[dict[str, Any]]


class ComplaintWarning(Base):
    """Who was warned of a due time that passed or is near: once each."""

    __tablename__ = "complaint_warnings"
    about: Mapped[UUID] = mapped_column(primary_key=True)
    clock: Mapped[str] = mapped_column(primary_key=True)
    """acknowledge, answer, rectify, supervision"""
    due_at: Mapped[datetime] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    """owner, dispatcher, manager: upward"""
    at: Mapped[datetime]
