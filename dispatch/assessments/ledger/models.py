"""Tables of the ledger: lines of scores, rulings of people, closings of months."""

from __future__ import annotations

import enum
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import DDL, CheckConstraint, ForeignKey, Index, Integer, Numeric, event, func, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.assessments.ledger.append_only import LEDGER_STAYS
from kit.db import Base, HasId


class LineKind(enum.StrEnum):
    """What a line of a score is."""

    INDICATOR = "indicator"
    DEDUCTION = "deduction"
    BONUS = "bonus"
    CAP = "cap"
    RED_LINE = "red_line"
    FLOOR = "floor"
    ROUNDING = "rounding"


class RulingKind(enum.StrEnum):
    """What a person decides beside the rules."""

    BONUS = "bonus"
    RED_LINE = "red_line"


class LedgerEntry(HasId, Base):
    """One line of a score (考核记录), append-only. A correction is a new line that names the one it corrects."""

    __tablename__ = "ledger_entries"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    month: Mapped[date]
    run_number: Mapped[int] = mapped_column(Integer)
    """The version of the month that wrote the line; a version's score is the sum of its lines and those before."""
    subject: Mapped[str]
    subject_id: Mapped[str]
    kind: Mapped[LineKind]
    rule: Mapped[str]
    rule_version: Mapped[str]
    """The indicator's first month, or `policy 3`."""
    order_id: Mapped[UUID | None]
    event_id: Mapped[UUID | None]
    points: Mapped[Decimal] = mapped_column(Numeric(9, 4))
    attribution: Mapped[str]
    evidence: Mapped[dict[str, Any]]
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_entries.id"))
    created_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_ledger_entries_month", "area_id", "month", "subject", "subject_id"),
        Index("ix_ledger_entries_corrects_id", "corrects_id"),
    )


class Ruling(HasId, Base):
    """A bonus or a red line that a person decided, append-only; one that is taken back is named by a new row."""

    __tablename__ = "rulings"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    month: Mapped[date]
    order_id: Mapped[UUID]
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"))
    kind: Mapped[RulingKind]
    rule: Mapped[str]
    points: Mapped[int] = mapped_column(Integer)
    """Of a bonus; 0 for a red line, which takes the whole month."""
    reason: Mapped[str]
    takes_back_id: Mapped[UUID | None] = mapped_column(ForeignKey("rulings.id"), unique=True)
    decided_by: Mapped[UUID | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("points BETWEEN 0 AND 10", name="possible_points"),
        Index("ix_rulings_month", "area_id", "month"),
        Index("ix_rulings_order_id", "order_id"),
    )


class MonthClosing(HasId, Base):
    """A month that a person closed; it changes no more until somebody reopens it with a reason."""

    __tablename__ = "month_closings"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    month: Mapped[date]
    run_number: Mapped[int] = mapped_column(Integer)
    closed_at: Mapped[datetime]
    closed_by: Mapped[UUID | None]
    reopened_at: Mapped[datetime | None]
    reopened_by: Mapped[UUID | None]
    reopened_because: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index("uq_month_closings_open", "area_id", "month", unique=True, postgresql_where=text("reopened_at IS NULL")),
    )


for _statement in LEDGER_STAYS:
    event.listen(Base.metadata, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]
