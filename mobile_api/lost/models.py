"""What phones said when they were wiped, or had lost what they kept."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, func, text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, HasId


class WipedPhone(HasId, Base):
    """A phone that wiped itself, and how many acts and photos it had not sent."""

    __tablename__ = "wiped_phones"
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    session_id: Mapped[UUID | None]
    unsent: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index("ix_wiped_phones_account", "account_id", "at"),)


class LostStore(HasId, Base):
    """A phone whose browser threw away what the app kept: what was not sent is gone. `id` is the phone's own."""

    __tablename__ = "lost_stores"
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    session_id: Mapped[UUID | None]
    """The sign-in that told of it."""
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    handled_at: Mapped[datetime | None]
    handled_by: Mapped[UUID | None]

    __table_args__ = (
        Index("ix_lost_stores_account", "account_id", "at"),
        Index("ix_lost_stores_open", "at", postgresql_where=text("handled_at IS NULL")),
    )
