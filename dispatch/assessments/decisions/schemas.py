"""What HTTP says about decisions and bulletins."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from dispatch.assessments.decisions.models import DecisionKind, DecisionStatus
from kit.bounds import Moment, Words
from kit.http.requests import Struct

BODY_LENGTH = 20_000
SubjectKind = Literal["technician", "team", "contractor", "grid"]


class DecisionStepOut(Struct):
    """One step of a decision: what, when, and by whom (null: the rule)."""

    kind: str
    at: datetime
    by: str | None
    words: str | None
    data: dict[str, Any]


class EvidenceOrderOut(Struct):
    """An order that the rule looked at."""

    id: UUID
    number: str


class DecisionOut(Struct):
    """A proposal of a month, and what a person made of it.

    `evidence` has the rule's numbers by name, `orders` the orders behind it. `words`, `reason`, `answer`, `judgement`
    and the words of steps are null for observers.
    """

    id: UUID
    month: str
    version_of_month: int
    kind: DecisionKind
    proposed_kind: str
    subject: str
    subject_id: str
    name: str
    rule: str
    rule_version: str
    evidence: dict[str, Any]
    orders: list[EvidenceOrderOut]
    status: DecisionStatus
    words: str | None
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    owner_id: UUID | None
    owner: str | None
    mine: bool
    may_check: bool
    """Somebody else answered, so the reader may look at it."""
    due_at: datetime | None
    overdue: bool
    answer: str | None
    answered_at: datetime | None
    judgement: str | None
    checked_by: str | None
    checked_at: datetime | None
    created_at: datetime
    version: int
    steps: list[DecisionStepOut]


class AcceptIn(Struct):
    """Accept as proposed, or as another kind with a reason. A task needs its owner; `dueAt` is else by policy."""

    kind: DecisionKind | None = None
    words: Words | None = None
    reason: Words | None = None
    owner_id: UUID | None = None
    due_at: Moment | None = None


class DeclineIn(Struct):
    """Why not, or why no longer."""

    reason: Words


class AnswerIn(Struct):
    """What was done."""

    words: Words


class CheckIn(Struct):
    """Whether what was done is in order; if not, until when it is to be."""

    passed: bool
    words: Words
    due_at: Moment | None = None


class TaskOwnerOut(Struct):
    """Somebody who may own a task."""

    id: UUID
    name: str
    role: str


class BulletinOut(Struct):
    """One version of a month's bulletin; `issuedAt` null is a draft. `edit` counts its changes (`If-Match`)."""

    id: UUID
    month: str
    number: int
    version_of_month: int
    language: str
    body: str
    edited_by: str | None
    edited_at: datetime
    issued_by: str | None
    issued_at: datetime | None
    edit: int


class BulletinIn(Struct):
    """The whole text."""

    body: Annotated[str, msgspec.Meta(min_length=1, max_length=BODY_LENGTH)]
