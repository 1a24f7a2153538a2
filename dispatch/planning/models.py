"""Tables of plans (计划): proposals for who does what when, and the runs that made them."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Computed, Dialect, ForeignKey, Index, Integer, TypeDecorator, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.planning.plan_summary import PlanSummary
from kit.db import Base, HasId


class SummaryJson(TypeDecorator[PlanSummary]):
    """A plan's summary as jsonb. It is replaced, never changed in place."""

    impl = JSONB
    cache_ok = True

    def process_bind_param(self, value: PlanSummary | None, dialect: Dialect) -> Any:
        return None if value is None else msgspec.to_builtins(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> PlanSummary | None:
        return None if value is None else msgspec.convert(value, PlanSummary, strict=False)


class PlanStatus(enum.StrEnum):
    """draft → published → superseded; or discarded."""

    DRAFT = "draft"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    DISCARDED = "discarded"


class Plan(HasId, Base):
    """A proposal for one service day of one area."""

    __tablename__ = "plans"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    service_date: Mapped[date]
    status: Mapped[PlanStatus] = mapped_column(default=PlanStatus.DRAFT)
    summary: Mapped[PlanSummary] = mapped_column(SummaryJson())
    policy_code: Mapped[str | None] = mapped_column(Computed("summary #>> '{policy,code}'", persisted=True))
    """The policy that weighed it. This column and the next read the summary for SQL."""
    travel_source: Mapped[str | None] = mapped_column(Computed("summary #>> '{travel,source}'", persisted=True))
    """Where its travel times came from."""
    seen: Mapped[dict[str, Any]]
    """Digest by id of every order and technician it was made from (`dispatch.planning.day.snapshot`). Publishing checks
    that they are the same still.
    """
    frozen: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    """The orders (ids) whose work was under way when it was made."""
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        Index(
            "uq_plans_published", "area_id", "service_date", unique=True, postgresql_where=text("status = 'published'")
        ),
        Index("ix_plans_area_date", "area_id", "service_date"),
    )


class PlanStop(Base):
    """One visit of a plan: order, technician, position and times."""

    __tablename__ = "plan_stops"
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id", ondelete="CASCADE"), primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technicians.id"))
    position: Mapped[int] = mapped_column(Integer)
    arrival: Mapped[datetime]
    start: Mapped[datetime]
    departure: Mapped[datetime]
    travel_seconds: Mapped[int] = mapped_column(Integer)
    travel_metres: Mapped[int] = mapped_column(Integer)

    __table_args__ = (Index("ix_plan_stops_route", "plan_id", "technician_id", "position"),)


class PlanUnplanned(Base):
    """An order the plan leaves out, with its reason."""

    __tablename__ = "plan_unplanned"
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id", ondelete="CASCADE"), primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    reason: Mapped[str]
    params: Mapped[dict[str, Any]]


class Move(HasId, Base):
    """What a person did to a day's routes on the board, with the routes before and after, so that it can be undone."""

    __tablename__ = "plan_moves"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    service_date: Mapped[date]
    account_id: Mapped[UUID | None]
    kind: Mapped[str]
    """assign, reassign, reorder, unassign, pin, apply; publish, which is taken back with its plan"""
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    """By the area's clock."""
    cost: Mapped[float]
    """The price that was shown: what it made the plan dearer."""
    terms: Mapped[dict[str, Any]]
    before: Mapped[dict[str, Any]]
    """Owners by order and planned visits by technician (`dispatch.planning.board.moves`)."""
    after: Mapped[dict[str, Any]]
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("plans.id", ondelete="CASCADE"))
    """The plan that was published, or applied in part."""
    events: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    """By order: how many events it had before and after. Later ones tell that somebody has acted since."""
    undone_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_plan_moves_own", "area_id", "service_date", "account_id", "id"),
        Index("ix_plan_moves_plan", "plan_id", postgresql_where=text("plan_id IS NOT NULL")),
    )


class RunStatus(enum.StrEnum):
    """The life of a planning run."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class PlanRun(HasId, Base):
    """One run of the optimizer: its progress, who worked on it, and the draft it made."""

    __tablename__ = "plan_runs"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    service_date: Mapped[date]
    status: Mapped[RunStatus] = mapped_column(default=RunStatus.QUEUED)
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    enough_asked: Mapped[bool] = mapped_column(default=False)
    options: Mapped[dict[str, Any]]
    progress: Mapped[dict[str, Any]]
    attempts: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    """The workers that took it up, one after the other (`dispatch.planning.runs.takeover`). Their number is the run's
    turn: who writes under an older one has lost it.
    """
    best: Mapped[bytes | None] = mapped_column(deferred=True)
    """While it lives: its best plan so far (`optimizer.problem.kept`), from which another worker can go on."""
    error: Mapped[dict[str, Any] | None]
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("plans.id"))
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_plan_runs_living", "area_id", "service_date", unique=True,
              postgresql_where=text("status IN ('queued', 'running')")),
    )  # fmt: skip
