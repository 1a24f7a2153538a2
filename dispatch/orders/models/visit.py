"""The visit (上门): one trip of one technician to one order."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.orders.enums import LIVING_VISITS, VisitPin, VisitStatus, sql_list
from kit.db import Base, HasId


class Visit(HasId, Base):
    """One planned trip of one technician to one order (上门). An order may need several; at most one is not over."""

    __tablename__ = "visits"
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"))
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("plans.id"))
    position: Mapped[int | None] = mapped_column(Integer)
    status: Mapped[VisitStatus] = mapped_column(default=VisitStatus.PLANNED)
    planned_arrival: Mapped[datetime | None]
    planned_start: Mapped[datetime | None]
    planned_end: Mapped[datetime | None]
    travel_seconds: Mapped[int | None] = mapped_column(Integer)
    departed_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    pin: Mapped[VisitPin | None]

    __table_args__ = (
        Index("uq_visits_living", "order_id", unique=True,
              postgresql_where=text(f"status IN {sql_list(LIVING_VISITS)}")),
        Index("ix_visits_technician_planned", "technician_id", "planned_arrival"),
        Index("ix_visits_technician_ended", "technician_id", "ended_at"),
    )  # fmt: skip
