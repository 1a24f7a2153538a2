"""Tables of the callback (回访): every attempt, and the answers."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kit.db import Base, HasId


class Reached(enum.StrEnum):
    """What an attempt came to."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    WRONG_NUMBER = "wrong_number"


class Satisfaction(enum.StrEnum):
    """The subscriber's words."""

    VERY_SATISFIED = "very_satisfied"
    SATISFIED = "satisfied"
    NEUTRAL = "neutral"
    DISSATISFIED = "dissatisfied"
    VERY_DISSATISFIED = "very_dissatisfied"


class CallbackAttempt(HasId, Base):
    """One attempt to ask the subscriber."""

    __tablename__ = "callback_attempts"
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    round: Mapped[int] = mapped_column(Integer)
    """0 for the first completion, 1 after the first rework, …"""
    agent_id: Mapped[UUID | None]
    at: Mapped[datetime]
    period: Mapped[str]
    """morning, afternoon or evening of the area's local day"""
    reached: Mapped[Reached]
    solved: Mapped[bool | None]
    satisfaction: Mapped[Satisfaction | None]
    reasons: Mapped[list[str]]
    answers: Mapped[dict[str, Any]]
    note: Mapped[str | None]

    __table_args__ = (UniqueConstraint("order_id", "number"), Index("ix_callback_attempts_at", "at"))


class SurveyLink(HasId, Base):
    """A signed, expiring link with which a subscriber who was not reached may answer."""

    __tablename__ = "survey_links"
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), unique=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    sent_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
