"""What a technician asks the dispatcher for (挂起, 退单), and the photos that prove what was found and done."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import Float, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, HasId


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


class FinishCodeTry(Base):
    """How often a technician gave a wrong finish code for an order. A new code is counted anew."""

    __tablename__ = "finish_code_tries"
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int] = mapped_column(Integer)


class Photo(Base):
    """A photo of a completion or request, by the phone's own id. `sha256` is null until the file follows."""

    __tablename__ = "photos"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    technician_id: Mapped[UUID | None] = mapped_column(ForeignKey("technicians.id"))
    kind: Mapped[str] = mapped_column(default="after")
    """before, after, evidence, signature"""
    sha256: Mapped[str | None] = mapped_column(ForeignKey("blobs.sha256"))
    sent_sha256: Mapped[str | None]
    """Of the file as it was sent: the same again is known by it, however it is stored."""
    taken_at: Mapped[datetime | None]
    point: Mapped[Any | None] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    accuracy_metres: Mapped[float | None] = mapped_column(Float)
    """How far from `point` the phone may have been, where it said so."""
    received_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_photos_missing", "order_id", postgresql_where=text("sha256 IS NULL")),
        Index("ix_photos_sha256", "sha256"),
    )
