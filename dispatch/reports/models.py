"""The log of exports (审计): who took which numbers out."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, HasId


class ReportExport(HasId, Base):
    """One file that somebody took."""

    __tablename__ = "report_exports"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    account_id: Mapped[UUID | None]
    report: Mapped[str]
    format: Mapped[str]
    asked: Mapped[str]
    """The month and filters of the file."""
    at: Mapped[datetime]

    __table_args__ = (Index("ix_report_exports_area_id_at", "area_id", "at"),)
