"""Photos on their way: what has arrived of each, piece by piece."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base


class PhotoUpload(Base):
    """A photo of which a part has come: `received` bytes of `total`."""

    __tablename__ = "photo_uploads"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id", ondelete="CASCADE"))
    total: Mapped[int] = mapped_column(Integer)
    received: Mapped[int] = mapped_column(Integer, default=0)
    sha256: Mapped[str]
    about: Mapped[dict[str, Any]]
    """What the last piece said of it: order, kind, time, place."""
    touched_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("received BETWEEN 0 AND total", name="received_of_total"),
        Index("ix_photo_uploads_technician_id", "technician_id"),
        Index("ix_photo_uploads_touched_at", "touched_at"),
    )


class PhotoPiece(Base):
    """One piece, by where it begins."""

    __tablename__ = "photo_pieces"
    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photo_uploads.id", ondelete="CASCADE"), primary_key=True)
    offset: Mapped[int] = mapped_column(Integer, primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
