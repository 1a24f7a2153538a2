"""Tables of the settlement: statements and their lines."""

from __future__ import annotations

import enum
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import DDL, CheckConstraint, ForeignKey, Index, Integer, Numeric, UniqueConstraint, event, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.assessments.settlement.append_only import STATEMENTS_STAY
from kit.db import Base, HasId


class StatementStatus(enum.StrEnum):
    """A draft is made anew as often as one likes; what was issued never changes, only its standing does."""

    DRAFT = "draft"
    ISSUED = "issued"
    DISPUTED = "disputed"
    SETTLED = "settled"


class SettlementStatement(HasId, Base):
    """What a contract's people earned in a month (结算单), or a technician without a contract."""

    __tablename__ = "settlement_statements"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    month: Mapped[date]
    contract_id: Mapped[UUID | None] = mapped_column(ForeignKey("grid_contracts.id"))
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("grids.id"))
    technician_id: Mapped[UUID | None] = mapped_column(ForeignKey("technicians.id"))
    name: Mapped[str]
    """Of the grid, or of the technician, as it was."""
    contractor: Mapped[str | None]
    run_number: Mapped[int] = mapped_column(Integer)
    """The version of the month whose scores gave the quality."""
    status: Mapped[StatementStatus]
    own: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    lent: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    borrowed: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    corrections: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    total: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    created_at: Mapped[datetime]
    issued_at: Mapped[datetime | None]
    issued_by: Mapped[UUID | None]
    disputed_at: Mapped[datetime | None]
    disputed_by: Mapped[UUID | None]
    disputed_because: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None]
    judgement: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("area_id", "month", "contract_id", "technician_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("(contract_id IS NULL) <> (technician_id IS NULL)", name="whose"),
        CheckConstraint("total = own + lent + corrections", name="adds_up"),
        Index("ix_settlement_statements_contract_id", "contract_id"),
    )


class SettlementLine(HasId, Base):
    """One order on a statement. The factors are fractions as text (`11/10`), as they were counted with."""

    __tablename__ = "settlement_lines"
    statement_id: Mapped[UUID] = mapped_column(ForeignKey("settlement_statements.id", ondelete="CASCADE"))
    place: Mapped[int] = mapped_column(Integer)
    part: Mapped[str]
    why: Mapped[str]
    order_id: Mapped[UUID]
    event_id: Mapped[UUID]
    """The completion that is paid."""
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"))
    grid_id: Mapped[UUID | None]
    day: Mapped[date]
    base: Mapped[str]
    difficulty: Mapped[str]
    distance: Mapped[str]
    quality: Mapped[str]
    points: Mapped[Decimal] = mapped_column(Numeric(14, 4))
    unit_price: Mapped[Decimal] = mapped_column(Numeric(14, 4))
    amount: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    corrects: Mapped[date | None]
    """The month whose statement said something else."""

    __table_args__ = (
        UniqueConstraint("statement_id", "place"),
        Index("uq_settlement_lines_paid", "event_id", unique=True, postgresql_where=text("part IN ('own', 'lent')")),
        Index("ix_settlement_lines_event_id", "event_id"),
    )


for _statement in STATEMENTS_STAY:
    event.listen(Base.metadata, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]
