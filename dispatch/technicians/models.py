"""Tables of technicians: skills, rosters, leave, where they are."""

from __future__ import annotations

import enum
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Time,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import DATERANGE, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, HasId


class TechnicianStatus(enum.StrEnum):
    """People who left keep their record."""

    ACTIVE = "active"
    LEFT = "left"


class Technician(HasId, Base):
    """A person who repairs (装维人员). Points are WGS 84; a missing end point means the day ends at the last visit."""

    __tablename__ = "technicians"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    employee_number: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str | None]
    team: Mapped[str | None]
    contractor: Mapped[str | None]
    start_point: Mapped[Any | None] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    end_point: Mapped[Any | None] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    speed_factor: Mapped[float] = mapped_column(Float, default=1.0)
    cost_per_hour: Mapped[float] = mapped_column(Float, default=0.0)
    senior: Mapped[bool] = mapped_column(default=False)
    """Takes reworks when the grid has no lead."""
    rating: Mapped[float | None] = mapped_column(Float)
    max_visits: Mapped[int] = mapped_column(Integer, default=12)
    status: Mapped[TechnicianStatus] = mapped_column(default=TechnicianStatus.ACTIVE)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint("area_id", "employee_number"),
        CheckConstraint("speed_factor > 0", name="speed_factor_positive"),
        CheckConstraint("max_visits > 0", name="max_visits_positive"),
    )


class TechnicianSkill(Base):
    """A skill with its level (1 and up) and the last day it is valid, if any."""

    __tablename__ = "technician_skills"
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id", ondelete="CASCADE"), primary_key=True)
    skill: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger, default=1)
    expires_on: Mapped[date | None]


class RosterPattern(HasId, Base):
    """A weekly roster: these ISO weekdays (1 Monday … 7 Sunday), local times; an end before the start is next day's.

    `breaks` are `[{"seconds": 2700, "earliest": "11:30", "latest": "13:30"}]`: the break lies inside that local window.
    """

    __tablename__ = "roster_patterns"
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id", ondelete="CASCADE"), index=True)
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    starts: Mapped[time] = mapped_column(Time)
    ends: Mapped[time] = mapped_column(Time)
    breaks: Mapped[list[Any]]
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)

    __table_args__ = (
        ExcludeConstraint(("technician_id", "="), ("valid", "&&"), using="gist", name="roster_patterns_no_overlap"),
    )


class Shift(HasId, Base):
    """A dated shift, which replaces the roster of its local day. Shifts of one person never overlap."""

    __tablename__ = "shifts"
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id", ondelete="CASCADE"))
    period: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    breaks: Mapped[list[Any]]

    __table_args__ = (
        ExcludeConstraint(("technician_id", "="), ("period", "&&"), using="gist", name="shifts_no_overlap"),
        CheckConstraint("NOT isempty(period)", name="some_time"),
    )


class Leave(HasId, Base):
    """Time away, planned or sick, and who stands in for the grids meanwhile."""

    __tablename__ = "leaves"
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id", ondelete="CASCADE"))
    period: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    kind: Mapped[str] = mapped_column(default="leave")
    substitute_id: Mapped[UUID | None] = mapped_column(ForeignKey("technicians.id"))

    __table_args__ = (
        ExcludeConstraint(("technician_id", "="), ("period", "&&"), using="gist", name="leaves_no_overlap"),
        CheckConstraint("substitute_id <> technician_id", name="somebody_else"),
    )


class Position(HasId, Base):
    """Where a technician's phone was, as it said."""

    __tablename__ = "positions"
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id", ondelete="CASCADE"))
    point: Mapped[Any] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    accuracy_metres: Mapped[float | None] = mapped_column(Float)
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index("ix_positions_technician_occurred", "technician_id", "occurred_at"),)
