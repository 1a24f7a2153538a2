"""The kept route of every technician, what makes it old, and the changes that were not acknowledged yet."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, DDL, BigInteger, ForeignKey, Identity, Index, LargeBinary, Uuid, event, func, text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, HasId
from mobile_api.day.staleness import STALENESS


class RouteSnapshot(Base):
    """A technician's route as it was last written out: compressed, ready to be sent."""

    __tablename__ = "route_snapshots"
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date]
    etag: Mapped[str]
    body_br: Mapped[bytes] = mapped_column(LargeBinary)
    body_gz: Mapped[bytes] = mapped_column(LargeBinary)
    previous_etag: Mapped[str | None]
    delta_br: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What turns the route before this one into it (JSON Merge Patch)."""
    shown: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    """Orders whose names and phones are in it."""
    facts: Mapped[dict[str, Any]]
    """What the next one is compared with, to say what changed."""
    valid_until: Mapped[datetime]
    """Real time from which it is old by itself: the local day ends, or an order of a replay is reported."""
    built_at: Mapped[datetime]
    """The area's time."""


class RouteStale(Base):
    """Something a route shows has changed. Written by triggers, in the transaction of the change; never updated."""

    __tablename__ = "route_stale"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    technician_id: Mapped[UUID]

    __table_args__ = (Index("ix_route_stale_technician_id", "technician_id"),)


class PhoneChange(HasId, Base):
    """A change of a route that the technician is told of until they acknowledge it."""

    __tablename__ = "phone_changes"
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id", ondelete="CASCADE"))
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    number: Mapped[str | None]
    kind: Mapped[str]
    params: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index("ix_phone_changes_unseen", "technician_id", postgresql_where=text("seen_at IS NULL")),)


for _statement in STALENESS:  # when every table is there
    event.listen(Base.metadata, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]
