"""Tables of rules as data, versioned: limits, calendars, reason codes, fault types, indicators."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Float, ForeignKey, Integer, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, HasId


class Policy(HasId, Base):
    """One version of an area's limits (`dispatch.policies.limits.Limits` as JSON), in force from an instant on."""

    __tablename__ = "policies"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    number: Mapped[int] = mapped_column(Integer)
    valid_from: Mapped[datetime]
    limits: Mapped[dict[str, Any]]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (UniqueConstraint("area_id", "number"), UniqueConstraint("area_id", "valid_from"))


class PlanPolicy(HasId, Base):
    """One version of a named set of the optimizer's weights; an area's newest of a code counts."""

    __tablename__ = "plan_policies"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    code: Mapped[str]
    number: Mapped[int] = mapped_column(Integer)
    en: Mapped[str]
    zh: Mapped[str]
    weights: Mapped[dict[str, Any]]
    """Every field of `optimizer.problem.Weights`, so that a later default never changes an old version."""
    active: Mapped[bool] = mapped_column(default=True)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (UniqueConstraint("area_id", "code", "number"),)


class CalendarKind(enum.StrEnum):
    """The service calendar says when repairs are worked, the office calendar when working-hours promises run."""

    SERVICE = "service"
    OFFICE = "office"


class CalendarYear(HasId, Base):
    """A snapshot of one year: the days off, copied once from a package and then edited by people only."""

    __tablename__ = "calendar_years"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    kind: Mapped[CalendarKind]
    year: Mapped[int] = mapped_column(Integer)
    days_off: Mapped[list[str]]
    """ISO dates."""
    opens: Mapped[str] = mapped_column(default="09:00")
    closes: Mapped[str] = mapped_column(default="18:00")
    source: Mapped[str]
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (UniqueConstraint("area_id", "kind", "year"),)


class ReasonKind(enum.StrEnum):
    """What a reason explains."""

    SUSPENSION = "suspension"
    RETURN = "return"
    DISSATISFACTION = "dissatisfaction"
    CANCELLATION = "cancellation"
    CAUSE = "cause"
    ACTION = "action"
    ARRIVAL = "arrival"


class Reason(HasId, Base):
    """A reason code. `area_id` null is shipped; an area's own row of the same code replaces it."""

    __tablename__ = "reasons"
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("service_areas.id"))
    kind: Mapped[ReasonKind]
    code: Mapped[str]
    en: Mapped[str]
    zh: Mapped[str]
    pauses: Mapped[list[str]]
    """Whose assessment clock stands still while it lasts: technician, grid, company."""
    attribution: Mapped[str] = mapped_column(default="technician")
    """technician, network, parts, dispatch or subscriber."""
    active: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (UniqueConstraint("area_id", "kind", "code", postgresql_nulls_not_distinct=True),)


class FaultType(HasId, Base):
    """What can be wrong, and what it takes: skill, level, service time in seconds."""

    __tablename__ = "fault_types"
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("service_areas.id"))
    code: Mapped[str]
    en: Mapped[str]
    zh: Mapped[str]
    kind: Mapped[str] = mapped_column(default="repair")
    skill: Mapped[str | None]
    skill_level: Mapped[int] = mapped_column(Integer, default=1)
    service_seconds: Mapped[int] = mapped_column(Integer)
    difficulty: Mapped[float] = mapped_column(Float, default=1.0)
    bring: Mapped[list[str]]
    active: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (UniqueConstraint("area_id", "code", postgresql_nulls_not_distinct=True),)


class Indicator(HasId, Base):
    """One version of an indicator, in force from the first day of a month on (`assessments.counting`)."""

    __tablename__ = "indicators"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    code: Mapped[str]
    valid_from: Mapped[date]
    en: Mapped[str]
    zh: Mapped[str]
    definition: Mapped[dict[str, Any]]
    """Numerator, denominator and exclusions over facts of an order; see `dispatch.assessments.counting.indicators`."""
    at_most: Mapped[bool] = mapped_column(default=False)
    """True where less is better (a "≤" target)."""
    baseline: Mapped[float | None] = mapped_column(Float)
    target: Mapped[float | None] = mapped_column(Float)
    weight: Mapped[float] = mapped_column(Float)
    active: Mapped[bool] = mapped_column(default=True)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (UniqueConstraint("area_id", "code", "valid_from"),)
