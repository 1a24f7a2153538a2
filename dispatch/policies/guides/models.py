"""The table of guides."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Integer, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, HasId


class FaultGuide(HasId, Base):
    """One version of a fault type's guide. `area_id` null is shipped; an area's newest one of the code replaces it."""

    __tablename__ = "fault_guides"
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("service_areas.id"))
    code: Mapped[str]
    """The fault type's code."""
    number: Mapped[int] = mapped_column(Integer)
    definition: Mapped[dict[str, Any]]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (UniqueConstraint("area_id", "code", "number", postgresql_nulls_not_distinct=True),)
