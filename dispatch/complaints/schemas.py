"""What HTTP says about complaints and supervisions."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar.datastructures import UploadFile

from dispatch.complaints.models import Gravity, Liability, Source
from kit.actor import Personal
from kit.bounds import Code, FreeForm, Moment, Name, Words
from kit.http.requests import Struct
from kit.privacy import Private


class ComplaintOut(Struct):
    """A row of the ledger. `late`: a due time has passed; `warned`: who was told of it, from below upward.

    Managers and observers read neither the contact nor what was written.
    """

    id: UUID
    number: str
    source: str
    gravity: str
    status: str
    order_id: UUID | None
    order_number: str | None
    grid_id: UUID | None
    contact: Annotated[str | None, Private(Personal.SUBSCRIBER)]
    external_number: Annotated[str | None, Private(Personal.SUBSCRIBER)]
    words: Annotated[str | None, Private(Personal.SUBSCRIBER)]
    owner_id: UUID
    owner: str | None
    received_at: datetime
    acknowledge_due_at: datetime
    acknowledged_at: datetime | None
    answer_due_at: datetime
    answered_at: datetime | None
    answer: Annotated[str | None, Private(Personal.SUBSCRIBER)]
    upheld: bool | None
    liability: str | None
    liability_reason: Annotated[str | None, Private(Personal.SUBSCRIBER)]
    technician_id: UUID | None
    technician: str | None
    rectify_due_at: datetime | None
    rectification: Annotated[str | None, Private(Personal.SUBSCRIBER)]
    rectified_at: datetime | None
    closed_at: datetime | None
    late: bool
    warned: list[str]
    may: list[str]
    """What the caller may do now: acknowledge, answer, decide, rectify, inspect, hand_over, link, supervise."""
    version: int


class ComplaintEventOut(Struct):
    """What was done; `by` null: the program."""

    kind: str
    at: datetime
    by: str | None
    words: Annotated[str | None, Private(Personal.SUBSCRIBER)]
    data: FreeForm


class ComplaintLinkOut(Struct):
    """What else it is about: an order, or a call or event of an order and when it was."""

    kind: str
    ref: UUID
    order_id: UUID
    order_number: str
    at: datetime | None


class ComplaintOwnerOut(Struct):
    """Somebody who may own a complaint."""

    id: UUID
    name: str
    role: str


class ImportComplaintsIn(Struct):
    """A file of complaints and how to read it: a shipped mapping's name (`hotline`) or a mapping's text (TOML)."""

    file: UploadFile
    mapping: Annotated[str, msgspec.Meta(max_length=100_000)]
    dry_run: bool = False
    """Say what would become of the rows, and take none."""


class RefusedComplaintOut(Struct):
    """A row that was not taken, with the reason."""

    line: int
    reason: str
    detail: str


class ImportedComplaints(Struct):
    """What became of a file. `again`: rows that stand in the ledger already."""

    rows: int
    taken: int
    again: int
    refused: list[RefusedComplaintOut]


class SupervisionOut(Struct):
    """A manager's question. `late`: not answered in time; `warned`: who was told of it."""

    id: UUID
    number: str
    order_id: UUID | None
    order_number: str | None
    complaint_id: UUID | None
    complaint_number: str | None
    status: str
    question: str | None
    opened_by: str | None
    opened_at: datetime
    due_at: datetime
    answer: str | None
    answered_at: datetime | None
    judgement: str | None
    closed_at: datetime | None
    late: bool
    warned: list[str]
    may: list[str]
    """What the caller may do now: answer, judge."""
    version: int


class ComplaintStory(Struct):
    """A complaint with what was done, what it is linked to and the supervisions about it."""

    complaint: ComplaintOut
    events: list[ComplaintEventOut]
    links: list[ComplaintLinkOut]
    supervisions: list[SupervisionOut]


class TakeComplaintIn(Struct):
    """A complaint as it is taken; `answerDueAt`: what a regulator demands."""

    source: Source
    words: Words
    order_id: UUID | None = None
    gravity: Gravity = Gravity.NORMAL
    contact: Name | None = None
    external_number: Code | None = None
    answer_due_at: Moment | None = None


class AnswerComplaintIn(Struct):
    """What was answered, or put right."""

    words: Words


class DecideComplaintIn(Struct):
    """Whether it was right, and who is to blame; a technician is named where it is theirs."""

    upheld: bool
    liability: Liability
    reason: Words
    technician_id: UUID | None = None
    rectify_by: Moment | None = None


class InspectComplaintIn(Struct):
    """Whether the rectification holds."""

    passed: bool
    note: Words | None = None


class HandComplaintOverIn(Struct):
    """Who owns it from now on."""

    to_account_id: UUID


class LinkComplaintIn(Struct):
    """What else it is about."""

    kind: Literal["order", "call", "event"]
    ref: UUID


class SuperviseIn(Struct):
    """A question with a due time."""

    question: Words
    due_at: Moment


class JudgeSupervisionIn(Struct):
    """The judgement of an answer; not accepted: by when to answer again."""

    accepted: bool
    words: Words
    due_at: Moment | None = None
