"""What HTTP says about alerts and kept views."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from kit.bounds import Code, Name, Words
from kit.http.requests import Struct

SubjectKind = Literal["area", "grid", "technician", "team", "contractor"]
Email = Annotated[str, msgspec.Meta(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]


class AlertRuleIn(Struct):
    """A limit on a number: an indicator's code, `backlog` or `late_share`. `bound` is as it is stored (0.95)."""

    name: Name
    measure: Code
    subject: SubjectKind
    above: bool
    bound: Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]
    subject_id: Name = ""
    least_cases: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 20
    email: Email | None = None


class AlertRuleOut(Struct):
    """A rule, and how its number stands. `stopped` says why it is not checked any more: account or scope.

    `subject_name` is null where whom it is about has left the area's records.
    """

    id: UUID
    name: str
    measure: str
    subject: str
    subject_id: str
    subject_name: str | None
    above: bool
    bound: float
    least_cases: int
    email: str | None
    crossed: bool
    stopped: str | None
    checked_at: datetime | None
    owner: str | None
    mine: bool


class AlertOut(Struct):
    """One crossing: value, limit, what was counted, and the 95 % interval in `evidence`."""

    id: UUID
    name: str
    measure: str
    subject: str
    subject_id: str
    subject_name: str
    month: str
    above: bool
    bound: float
    value: float
    evidence: dict[str, Any]
    at: datetime
    mail: str | None
    mail_reason: str | None
    """Why the mail was not sent, as a code; null where it was, or where none was to be sent."""
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    words: str | None


class AcknowledgeIn(Struct):
    """What is done about it, if anything is to be said."""

    words: Words = ""


class ViewIn(Struct):
    """A page under a name: `query` is what stands behind the `?`. With a rhythm it is mailed on a day and hour."""

    name: Name
    query: Annotated[str, msgspec.Meta(max_length=1000)]
    shared: bool = False
    rhythm: Literal["weekly", "monthly"] | None = None
    on_day: Annotated[int, msgspec.Meta(ge=1, le=28)] | None = None
    hour: Annotated[int, msgspec.Meta(ge=0, le=23)] | None = None
    email: Email | None = None
    paused: bool = False


class DeliveryOut(Struct):
    """One time that it was due. `status` is the notice's, or `refused`; `reason` says why."""

    due_at: datetime
    period: str
    status: str
    reason: str | None


class ViewOut(Struct):
    """A kept view. Schedule, address and deliveries are its owner's to see."""

    id: UUID
    name: str
    query: str
    shared: bool
    owner: str | None
    mine: bool
    rhythm: str | None
    on_day: int | None
    hour: int | None
    email: str | None
    paused: bool
    stopped: str | None
    next_at: datetime | None
    deliveries: list[DeliveryOut]
