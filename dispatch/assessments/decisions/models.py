"""Tables of decisions: what was proposed and decided, every step of it, and bulletins."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DDL, CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.assessments.decisions.staying import DECISIONS_STAY
from kit.db import Base, HasId


class DecisionKind(enum.StrEnum):
    """What is proposed."""

    SERVICE_STAR = "service_star"
    HONOUR_CARD = "honour_card"
    YELLOW_CARD = "yellow_card"
    RECTIFICATION = "rectification"
    RETRAINING = "retraining"


TASKS = frozenset({DecisionKind.RECTIFICATION, DecisionKind.RETRAINING})
"""Kinds that give somebody something to do."""


class DecisionStatus(enum.StrEnum):
    """Where it stands. Only what was accepted is ever published."""

    PROPOSED = "proposed"
    WITHDRAWN = "withdrawn"
    """The numbers of a later version no longer say so, and nobody had decided."""
    DECLINED = "declined"
    ACCEPTED = "accepted"
    """It holds; a task waits for its owner's answer."""
    ANSWERED = "answered"
    """A task that waits for somebody to look at what was done."""
    CHECKED = "checked"


HOLDS = (DecisionStatus.ACCEPTED, DecisionStatus.ANSWERED, DecisionStatus.CHECKED)
"""What everybody who sees the subject may know of."""


class Decision(HasId, Base):
    """One proposal of a month about one subject, and what a person made of it."""

    __tablename__ = "decisions"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    month: Mapped[date]
    run_number: Mapped[int] = mapped_column(Integer)
    """The published version whose numbers say so."""
    proposed_kind: Mapped[str]
    """As the rule said it; a person may make something else of it."""
    kind: Mapped[DecisionKind]
    subject: Mapped[str]
    subject_id: Mapped[str]
    name: Mapped[str]
    rule: Mapped[str]
    """Why: best_ranks, last_ranks, all_satisfied, red_line, cards_in_a_year"""
    rule_version: Mapped[str]
    """`policy 3`: its limits are the rule's thresholds."""
    evidence: Mapped[dict[str, Any]]
    """Numbers of the rule by name; `orders`, `entries` and `decisions` are lists of ids."""
    status: Mapped[DecisionStatus] = mapped_column(default=DecisionStatus.PROPOSED)
    words: Mapped[str | None]
    """What is to be done, or said of it."""
    reason: Mapped[str | None]
    """Why it was declined or changed."""
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    due_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    answered_by: Mapped[UUID | None]
    answered_at: Mapped[datetime | None]
    judgement: Mapped[str | None]
    checked_by: Mapped[UUID | None]
    checked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (
        UniqueConstraint("area_id", "month", "proposed_kind", "subject", "subject_id"),
        Index("ix_decisions_subject", "area_id", "subject", "subject_id"),
        CheckConstraint("(status IN ('proposed', 'withdrawn')) = (decided_at IS NULL)", name="decided_by_a_person"),
        CheckConstraint(
            "status NOT IN ('answered', 'checked') OR (owner_id IS NOT NULL AND due_at IS NOT NULL)", name="task_owned"
        ),
    )


class DecisionEvent(HasId, Base):
    """One step of a decision, by whom; only added to."""

    __tablename__ = "decision_events"
    decision_id: Mapped[UUID] = mapped_column(ForeignKey("decisions.id"), index=True)
    kind: Mapped[str]
    """proposed, withdrawn, accepted, declined, revoked, answered, returned, passed"""
    at: Mapped[datetime]
    by: Mapped[UUID | None]
    words: Mapped[str | None]
    data: Mapped[dict[str, Any]]
    """The rule's version; a kind, owner or due time that was set."""


class Bulletin(HasId, Base):
    """One version of a month's bulletin (通报). Once issued it is fixed; a later edit is the next version."""

    __tablename__ = "bulletins"
    area_id: Mapped[UUID] = mapped_column(ForeignKey("service_areas.id"))
    month: Mapped[date]
    number: Mapped[int] = mapped_column(Integer)
    run_number: Mapped[int] = mapped_column(Integer)
    """The published version of the month that the text was drafted from."""
    language: Mapped[str]
    body: Mapped[str]
    edited_by: Mapped[UUID | None]
    edited_at: Mapped[datetime]
    issued_by: Mapped[UUID | None]
    issued_at: Mapped[datetime | None]
    edit: Mapped[int] = mapped_column(Integer, default=1)

    __table_args__ = (UniqueConstraint("area_id", "month", "number"),)


for _statement in DECISIONS_STAY:
    event.listen(Base.metadata, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]
