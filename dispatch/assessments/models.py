"""Tables of the assessment (考核): score cards by month, entries that change a score, inspections, appeals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, UniqueConstraint, func, true
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, HasId


class AssessmentRun(HasId, Base):
    """One computation of a month; a decision recomputes it and both versions are kept."""

    __tablename__ = "assessment_runs"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    month: Mapped[date]
    number: Mapped[int] = mapped_column(Integer)
    provisional: Mapped[bool] = mapped_column(Boolean)
    published_at: Mapped[datetime | None]
    cause: Mapped[str] = mapped_column(default="requested")
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("area_id", "month", "number"),)


class ScoreCard(HasId, Base):
    """One subject's month: indicators with their fractions and points, deductions, score, rank."""

    __tablename__ = "score_cards"
    run_id: Mapped[UUID] = mapped_column(ForeignKey("assessment_runs.id", ondelete="CASCADE"))
    subject: Mapped[str]
    """technician, team or grid"""
    subject_id: Mapped[str]
    name: Mapped[str]
    rural: Mapped[bool] = mapped_column(default=False)
    orders: Mapped[int] = mapped_column(Integer)
    indicators: Mapped[dict[str, Any]]
    rates: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    """Indicator -> its value alone: what a line over the months needs."""
    deductions: Mapped[list[Any]]
    score: Mapped[float | None] = mapped_column(Float)
    rank: Mapped[int | None] = mapped_column(Integer)
    rank_note: Mapped[str | None]
    rank_change: Mapped[int | None] = mapped_column(Integer)
    """Places won (above 0) or lost since the month before."""
    standing: Mapped[dict[str, Any]]
    """What the rank means (`assessments.standing`): its interval, observed and expected failures, a proposal; hours."""
    behind: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    """Indicator -> `{"counted": [order id], "others": [order id]}`: the numerator's orders, the denominator's rest."""

    __table_args__ = (UniqueConstraint("run_id", "subject", "subject_id"),)


class AssessmentEntry(HasId, Base):
    """One scored fact about one order (考核记录): rule, points, evidence, appeal."""

    __tablename__ = "assessment_entries"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"))
    month: Mapped[date]
    rule: Mapped[str]
    points: Mapped[float] = mapped_column(Float)
    attribution: Mapped[str] = mapped_column(default="technician")
    event_id: Mapped[UUID | None]
    policy_number: Mapped[int | None] = mapped_column(Integer)
    stands: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    """Whether the rules still charge it; one that was appealed against is kept though they do not."""
    appeal_status: Mapped[str | None]
    """open, upheld (the entry is void), refused"""
    appeal_note: Mapped[str | None]
    appealed_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint("order_id", "technician_id", "rule", "event_id"),
        Index("ix_assessment_entries_month", "area_id", "month", "technician_id"),
    )


class Inspection(HasId, Base):
    """An inspector's check of a completion report (质检)."""

    __tablename__ = "inspections"
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), unique=True)
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"))
    inspector_id: Mapped[UUID | None]
    passed: Mapped[bool]
    findings: Mapped[list[str]]
    at: Mapped[datetime]
