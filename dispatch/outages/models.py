"""Tables of the outage: what failed, its reports, its customers by grid, and what was done about it."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, HasId


class OutageStatus(enum.StrEnum):
    """Where an outage stands."""

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    RESTORED = "restored"
    CLOSED = "closed"
    DISMISSED = "dismissed"


LIVING = (OutageStatus.SUSPECTED, OutageStatus.CONFIRMED, OutageStatus.RESTORED)


class Why(enum.StrEnum):
    """Why it was suspected; `hand`: a person made it."""

    NODE = "same_node"
    BUILDING = "same_building"
    NEARBY = "improbable"
    ALARM = "alarm"
    HAND = "hand"


class Part(enum.StrEnum):
    """What an order is to an outage."""

    NAMED = "named"
    """One of the reports that made it likely."""
    CHILD = "child"
    """Muted until it is over."""
    CREW = "crew"
    """The order that repairs it."""
    RELEASED = "released"
    """An order of its own again."""
    ENDED = "ended"
    """Closed with the outage."""


class Answer(enum.StrEnum):
    """What a subscriber says when the outage is said to be over."""

    WORKS = "works"
    STILL_BROKEN = "still_broken"
    NOT_REACHED = "not_reached"


class Outage(HasId, Base):
    """What failed (a node, or an area on the map), since when, until when, and how it stands. Area times."""

    __tablename__ = "outages"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    number: Mapped[str]
    status: Mapped[OutageStatus]
    why: Mapped[Why]
    network_node: Mapped[str | None]
    place: Mapped[str | None]
    """The address that the first report names."""
    shape: Mapped[Any | None] = mapped_column(Geometry("MULTIPOLYGON", srid=4326, spatial_index=True))
    """Where it is: drawn by a person, else around its reports."""
    since: Mapped[datetime]
    expected_end: Mapped[datetime | None]
    moves: Mapped[int] = mapped_column(Integer, default=0)
    """How often the expected end was moved; everybody is told once of each."""
    probability: Mapped[float | None] = mapped_column(Float)
    """Of so many reports by chance, where that is why it was suspected."""
    expected_reports: Mapped[float | None] = mapped_column(Float)
    """How many the last weeks let expect in the same time."""
    suspected_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    restored_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    dismissed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        UniqueConstraint("area_id", "number"),
        Index("ix_outages_living", "area_id", "status",
              postgresql_where=text("status IN ('suspected', 'confirmed', 'restored')")),
        Index("ix_outages_since", "area_id", "since"),
        CheckConstraint("network_node IS NOT NULL OR shape IS NOT NULL", name="somewhere"),
        CheckConstraint("restored_at >= since", name="ends_after_it_began"),
        CheckConstraint("status NOT IN ('confirmed', 'restored', 'closed') OR confirmed_at IS NOT NULL",
                        name="confirmed_when"),
        CheckConstraint("status NOT IN ('restored', 'closed') OR restored_at IS NOT NULL", name="restored_when"),
    )  # fmt: skip


class OutageOrder(Base):
    """An order's part in an outage."""

    __tablename__ = "outage_orders"
    outage_id: Mapped[UUID] = mapped_column(ForeignKey("outages.id", ondelete="CASCADE"), primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    part: Mapped[Part]
    at: Mapped[datetime]
    sampled: Mapped[bool] = mapped_column(default=False)
    """Drawn to be called when it is over."""
    answer: Mapped[Answer | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None]

    __table_args__ = (
        Index("ix_outage_orders_order", "order_id"),
        Index("uq_outage_orders_child", "order_id", unique=True, postgresql_where=text("part = 'child'")),
        Index("uq_outage_orders_crew", "outage_id", unique=True, postgresql_where=text("part = 'crew'")),
    )


class OutageCustomers(Base):
    """How many customers of a grid an outage interrupts: what reliability is counted by."""

    __tablename__ = "outage_customers"
    outage_id: Mapped[UUID] = mapped_column(ForeignKey("outages.id", ondelete="CASCADE"), primary_key=True)
    grid_id: Mapped[UUID] = mapped_column(ForeignKey("grids.id"), primary_key=True)
    customers: Mapped[int] = mapped_column(Integer)

    __table_args__ = (CheckConstraint("customers >= 0", name="countable"),)


class OutageEvent(HasId, Base):
    """What was done about an outage, by whom; only added to."""

    __tablename__ = "outage_events"
    outage_id: Mapped[UUID] = mapped_column(ForeignKey("outages.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    """suspected, confirmed, dismissed, moved, restored, sampled, closed"""
    at: Mapped[datetime]
    by: Mapped[UUID | None]
    """The account; null: the program."""
    note: Mapped[str | None]
    data: Mapped[dict[str, Any]]


class OutageWatch(Base):
    """Up to which moment an area's reports were looked at."""

    __tablename__ = "outage_watches"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"), primary_key=True)
    looked_until: Mapped[datetime]
