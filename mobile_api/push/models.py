"""Where a technician's browsers can be woken, and the key that proves who wakes them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Integer, func
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, HasId


class PushSubscription(HasId, Base):
    """A browser's address at its push service, and the keys with which messages to it are encrypted."""

    __tablename__ = "push_subscriptions"
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    endpoint: Mapped[str] = mapped_column(unique=True)
    p256dh: Mapped[str]
    auth: Mapped[str]
    failures: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PushKey(Base):
    """A key of the installation; `vapid` (RFC 8292) is the one in use."""

    __tablename__ = "push_keys"
    name: Mapped[str] = mapped_column(primary_key=True)
    private_pem: Mapped[str]
    public_key: Mapped[str]
    """The point as URL-safe base64, as browsers take it."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
