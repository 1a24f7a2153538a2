"""A technician's consent to be positioned, and their calendar feed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, HasId


class PositionConsent(HasId, Base):
    """What a technician decided, and when; the newest counts, the others stay."""

    __tablename__ = "position_consents"
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id", ondelete="CASCADE"))
    positions: Mapped[bool]
    at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index("ix_position_consents_technician", "technician_id", "at"),)


class CalendarFeed(HasId, Base):
    """A calendar's address, of which only the hash is kept. One a technician; a new one replaces it."""

    __tablename__ = "calendar_feeds"
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_calendar_feeds_living", "technician_id", unique=True, postgresql_where=text("revoked_at IS NULL")),
    )
