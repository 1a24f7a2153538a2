"""Tables of alerts and of kept views."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, HasId


class AlertRule(HasId, Base):
    """A limit that a manager named for a number of one subject."""

    __tablename__ = "alert_rules"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str]
    measure: Mapped[str]
    """The code of an indicator, or `backlog` or `late_share` of the days."""
    subject: Mapped[str]
    subject_id: Mapped[str]
    above: Mapped[bool]
    """Whether it is told of what lies above the bound, or else below."""
    bound: Mapped[float] = mapped_column(Float)
    least_cases: Mapped[int] = mapped_column(Integer)
    """Fewer cases are no data."""
    email: Mapped[str | None]
    crossed: Mapped[bool] = mapped_column(default=False)
    """Told already, and not back inside since."""
    stopped: Mapped[str | None]
    """Why it is not checked any more: account, scope."""
    checked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    __table_args__ = (Index("ix_alert_rules_area_id", "area_id"), CheckConstraint("least_cases >= 1", name="cases"))


class Alert(HasId, Base):
    """One crossing of a limit: what was seen, and who has seen it."""

    __tablename__ = "alerts"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    rule_id: Mapped[UUID | None] = mapped_column(ForeignKey("alert_rules.id", ondelete="SET NULL"), index=True)
    name: Mapped[str]
    measure: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[str]
    subject_name: Mapped[str]
    month: Mapped[str]
    """`2022-09`: the month that the number is of."""
    above: Mapped[bool]
    bound: Mapped[float] = mapped_column(Float)
    value: Mapped[float] = mapped_column(Float)
    evidence: Mapped[dict[str, Any]]
    """numerator, denominator, low, high of the 95 % interval, the version of the month"""
    at: Mapped[datetime]
    notice_id: Mapped[UUID | None] = mapped_column(ForeignKey("notices.id", ondelete="SET NULL"))
    acknowledged_by: Mapped[UUID | None]
    acknowledged_at: Mapped[datetime | None]
    words: Mapped[str | None]

    __table_args__ = (Index("ix_alerts_area_id", "area_id", "at"),)


class SavedView(HasId, Base):
    """A page's address with its filters, under a name; some are sent by mail on a schedule."""

    __tablename__ = "saved_views"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str]
    query: Mapped[str]
    """What stands behind the `?` of the page's address."""
    shared: Mapped[bool] = mapped_column(default=False)
    rhythm: Mapped[str | None]
    """weekly or monthly; null: not sent"""
    on_day: Mapped[int | None] = mapped_column(Integer)
    """ISO weekday 1-7, or the day of the month 1-28"""
    hour: Mapped[int | None] = mapped_column(Integer)
    email: Mapped[str | None]
    paused: Mapped[bool] = mapped_column(default=False)
    stopped: Mapped[str | None]
    """Why it is not sent any more: account, scope."""
    next_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("area_id", "account_id", "name"),
        CheckConstraint("(rhythm IS NULL) = (next_at IS NULL)", name="scheduled"),
        Index("ix_saved_views_due", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    )


class ViewDelivery(HasId, Base):
    """One time that a view was due: the notice it became, or why it became none."""

    __tablename__ = "view_deliveries"
    view_id: Mapped[UUID] = mapped_column(ForeignKey("saved_views.id", ondelete="CASCADE"))
    due_at: Mapped[datetime]
    period: Mapped[str]
    notice_id: Mapped[UUID | None] = mapped_column(ForeignKey("notices.id", ondelete="SET NULL"))
    problem: Mapped[str | None]
    """account, scope, opted_out"""
    at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("view_id", "due_at"),)
