"""Tables of the roll-ups: what happened by grid and local day, where the hours of everybody's day went, signs, and
what subscribers answered.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import DDL, BigInteger, Float, ForeignKey, Identity, Index, Integer, event, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.reports.rollups.answering import ANSWERING
from dispatch.reports.rollups.counting import COUNTING
from dispatch.reports.rollups.signs_stale import SIGNS_STALENESS
from dispatch.reports.rollups.work_stale import WORK_STALENESS
from kit.db import Base


class GridDay(Base):
    """One grid on one local day, or what has no grid (`grid_id` is null)."""

    __tablename__ = "grid_days"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    grid_id: Mapped[UUID | None]
    day: Mapped[date]
    reported: Mapped[int] = mapped_column(Integer)
    completed: Mapped[int] = mapped_column(Integer)
    """Each time an order was completed, an order that was sent out again among them."""
    late: Mapped[int] = mapped_column(Integer)
    """Of these, after what the company was due by then."""
    opened: Mapped[int] = mapped_column(Integer)
    """How many orders became open, less those that ceased to be: the sum over all days up to one is its backlog."""
    visits: Mapped[int] = mapped_column(Integer)
    """Orders that a visit completed for the first time."""
    spent: Mapped[int] = mapped_column(Integer)
    """Seconds of driving and work that the visits completed on this day took, those before them that failed too."""

    __table_args__ = (
        Index("uq_grid_days", "area_id", "day", "grid_id", unique=True, postgresql_nulls_not_distinct=True),
    )


class GridDayChange(Base):
    """What an event adds to a grid's day, until it is folded. Only added, so that no two acts wait for each other."""

    __tablename__ = "grid_day_changes"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    area_id: Mapped[UUID]
    grid_id: Mapped[UUID | None]
    day: Mapped[date]
    reported: Mapped[int] = mapped_column(Integer)
    completed: Mapped[int] = mapped_column(Integer)
    late: Mapped[int] = mapped_column(Integer)
    opened: Mapped[int] = mapped_column(Integer)
    visits: Mapped[int] = mapped_column(Integer)
    spent: Mapped[int] = mapped_column(Integer)


class _Spent:
    """Seconds, as `reports.hours.Hours` has them."""

    shift: Mapped[int] = mapped_column(Integer)
    drive: Mapped[int] = mapped_column(Integer)
    work: Mapped[int] = mapped_column(Integer)
    pause: Mapped[int] = mapped_column(Integer)
    wait: Mapped[int] = mapped_column(Integer)
    unassigned: Mapped[int] = mapped_column(Integer)
    overtime: Mapped[int] = mapped_column(Integer)


class PersonDay(_Spent, Base):
    """Where the hours of a technician's local day went."""

    __tablename__ = "person_days"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    technician_id: Mapped[UUID] = mapped_column(primary_key=True)


class PersonGridDay(Base):
    """What of it was spent on the orders of one grid."""

    __tablename__ = "person_grid_days"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    technician_id: Mapped[UUID] = mapped_column(primary_key=True)
    grid_id: Mapped[UUID] = mapped_column(primary_key=True)
    drive: Mapped[int] = mapped_column(Integer)
    work: Mapped[int] = mapped_column(Integer)
    overtime: Mapped[int] = mapped_column(Integer)


class KeptDay(Base):
    """A local day that is over and whose hours are kept; while it is not `ready`, they are read from the events."""

    __tablename__ = "kept_days"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    ready: Mapped[bool]
    xid: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
    """Whoever began before this transaction was over may not know that the day is kept, so it waits for them."""


class WorkStale(Base):
    """Somebody's kept day that is old. Written by triggers, in the transaction of the change."""

    __tablename__ = "work_stale"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    area_id: Mapped[UUID]
    technician_id: Mapped[UUID]
    day: Mapped[date]

    __table_args__ = (Index("ix_work_stale_area_id_day", "area_id", "day"),)


class SignCount(Base):
    """In how many chances of a month a technician might have shown a sign of one kind (`ranking.honesty`)."""

    __tablename__ = "sign_counts"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    technician_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    chances: Mapped[int] = mapped_column(Integer)


class SignSeen(Base):
    """One of them that showed it: the order, the event and the measure."""

    __tablename__ = "signs_seen"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    area_id: Mapped[UUID]
    month: Mapped[date]
    technician_id: Mapped[UUID]
    kind: Mapped[str]
    order_id: Mapped[UUID]
    event_id: Mapped[UUID | None]
    detail: Mapped[str | None]

    __table_args__ = (Index("ix_signs_seen_area_id_month", "area_id", "month", "technician_id"),)


class KeptSignMonth(Base):
    """A local month whose signs are kept; while it is not `ready`, they are read from the events."""

    __tablename__ = "kept_sign_months"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    ready: Mapped[bool]
    radius: Mapped[float] = mapped_column(Float)
    """Metres within which somebody is at the order, by the policy that they are kept for."""
    xid: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
    """Whoever began before this transaction was over may not know that the month is kept, so it waits for them."""


class SignsStale(Base):
    """Somebody's kept month that is old. Written by triggers, in the transaction of the change."""

    __tablename__ = "signs_stale"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    area_id: Mapped[UUID]
    technician_id: Mapped[UUID]
    month: Mapped[date]

    __table_args__ = (Index("ix_signs_stale_area_id_month", "area_id", "month"),)


class KeptAnswer(Base):
    """A subscriber's answer, and which promises its order had kept by then (null: it was not promised)."""

    __tablename__ = "kept_answers"
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("callback_attempts.id", ondelete="CASCADE"), primary_key=True)
    area_id: Mapped[UUID]
    grid_id: Mapped[UUID | None]
    at: Mapped[datetime]
    satisfaction: Mapped[str | None]
    reasons: Mapped[list[str]]
    noted: Mapped[bool]
    """Whether the subscriber's words were written down."""
    accepted: Mapped[bool | None]
    contacted: Mapped[bool | None]
    window: Mapped[bool | None]
    in_time: Mapped[bool | None]
    first_visit: Mapped[bool | None]
    within_a_day: Mapped[bool | None]
    not_chased: Mapped[bool | None]

    __table_args__ = (Index("ix_kept_answers_area_id_at", "area_id", "at"),)


for _statement in (*COUNTING, *WORK_STALENESS, *SIGNS_STALENESS, *ANSWERING):  # when every table is there
    event.listen(Base.metadata, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]
