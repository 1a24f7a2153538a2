"""Tables of service areas, grids and the contracts that name who answers for a grid."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, Integer, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from kit.clock import AreaClock
from kit.db import Base, HasId


class AreaKind(enum.StrEnum):
    """An ordinary area lives on real time; a trial area may replay past days."""

    ORDINARY = "ordinary"
    TRIAL = "trial"


class ServiceArea(HasId, Base):
    """A city or district with its own time zone, calendar, map and clock (服务区)."""

    __tablename__ = "service_areas"
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    timezone: Mapped[str]
    kind: Mapped[AreaKind] = mapped_column(default=AreaKind.ORDINARY)
    country: Mapped[str | None]
    """ISO 3166 code whose public holidays fill the calendar; guessed from the time zone, edited by people."""
    clock_real_anchor: Mapped[datetime | None]
    clock_area_anchor: Mapped[datetime | None]
    clock_speed: Mapped[float] = mapped_column(Float, default=1.0)
    straight_line_allowed: Mapped[bool] = mapped_column(default=False)
    last_order_number: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        CheckConstraint("kind = 'trial' OR clock_area_anchor IS NULL", name="only_trial_areas_replay"),
        CheckConstraint("clock_speed >= 0", name="clock_speed_not_negative"),
    )

    @property
    def clock(self) -> AreaClock:
        """The area's clock; guards, `receivedAt`, sweeps and skew checks ask it."""
        return AreaClock(self.clock_real_anchor, self.clock_area_anchor, self.clock_speed)


class Grid(HasId, Base):
    """A polygon of the area (网格). Which grid a point lies in: higher priority, then smaller area, then code."""

    __tablename__ = "grids"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    code: Mapped[str]
    name: Mapped[str]
    geom: Mapped[Any] = mapped_column(Geometry("MULTIPOLYGON", srid=4326, spatial_index=True))
    priority: Mapped[int] = mapped_column(Integer, default=0)
    rural: Mapped[bool] = mapped_column(default=False)
    square_metres: Mapped[float] = mapped_column(Float)
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        UniqueConstraint("area_id", "id"),  # so that a grid is named with its area, and never with another's
        Index(
            "uq_grids_area_code_living", "area_id", "code", unique=True, postgresql_where=text("archived_at IS NULL")
        ),
    )


class GridContract(HasId, Base):
    """Who answers for a grid from when to when (网格承包, AB角). Two contracts of one grid never overlap in time."""

    __tablename__ = "grid_contracts"
    grid_id: Mapped[UUID] = mapped_column(ForeignKey("grids.id"))
    valid: Mapped[Range[date]] = mapped_column(DATERANGE)
    technician_a_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"))
    technician_b_id: Mapped[UUID | None] = mapped_column(ForeignKey("technicians.id"))
    contractor: Mapped[str | None]
    households: Mapped[int | None] = mapped_column(Integer)
    quota: Mapped[int | None] = mapped_column(Integer)
    unit_points: Mapped[float] = mapped_column(Float, default=1.0)
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        ExcludeConstraint(("grid_id", "="), ("valid", "&&"), using="gist", name="grid_contracts_no_overlap"),
        CheckConstraint("technician_a_id <> technician_b_id", name="two_people"),
        CheckConstraint("NOT isempty(valid)", name="some_days"),
        Index("ix_grid_contracts_technician_a_id", "technician_a_id"),
        Index("ix_grid_contracts_technician_b_id", "technician_b_id"),
    )


class GridImport(HasId, Base):
    """What an import of grids measured and what a person accepted: overlaps, gaps, mended rings."""

    __tablename__ = "grid_imports"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    sha256: Mapped[str]
    findings: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (UniqueConstraint("area_id", "sha256", "created_at"),)
