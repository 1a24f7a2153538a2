"""The acts phones have sent, by their own ids: a repeat gets the first answer, another body is refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base


class PhoneAct(Base):
    """One act of one phone: its fingerprint, both times, and the answer it got."""

    __tablename__ = "phone_acts"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"))
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"))
    type: Mapped[str]
    fingerprint: Mapped[str]
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    skew_seconds: Mapped[int] = mapped_column(default=0)
    """How far the phone's clock was from the area's; its times are corrected by it and both are kept."""
    result: Mapped[str]
    """applied, already, conflict, rejected"""
    answer: Mapped[dict[str, Any]]
    body: Mapped[dict[str, Any]]
    """The act as sent: evidence is kept even where it could not be applied."""

    handled_at: Mapped[datetime | None]
    """When a dispatcher settled a conflict that was kept as evidence."""
    handled_by: Mapped[UUID | None]

    __table_args__ = (
        Index("ix_phone_acts_technician", "technician_id", "received_at"),
        Index("ix_phone_acts_conflicts", "order_id",
              postgresql_where=text("result = 'conflict' AND handled_at IS NULL")),
    )  # fmt: skip
