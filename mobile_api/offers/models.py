"""Urgent work that was offered, with the price it had then."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, HasId


class PhoneOffer(HasId, Base):
    """One order offered to one technician. Open while `state` is `open`; an order has at most one open offer each."""

    __tablename__ = "phone_offers"
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(default="open")
    """open, accepted, declined, expired, gone"""
    price: Mapped[dict[str, Any]]
    ahead: Mapped[list[str]] = mapped_column(default=list)
    """The orders that come before it at the place it was priced for; empty where it would come next."""
    offered_by: Mapped[UUID | None]
    """The dispatcher's account; null where the system dispatched urgent work."""
    offered_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_phone_offers_open", "order_id", "technician_id", unique=True,
              postgresql_where=text("state = 'open'")),
        Index("ix_phone_offers_technician", "technician_id", postgresql_where=text("state = 'open'")),
    )  # fmt: skip
