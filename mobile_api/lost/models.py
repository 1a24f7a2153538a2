"""What phones said when they were wiped."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, func
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
