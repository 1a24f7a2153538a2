"""What HTTP says about callbacks."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from dispatch.callbacks.models import CallbackAttempt, Reached, Satisfaction
from kit.bounds import Codes, Words
from kit.http.requests import Struct

Level = Annotated[int, msgspec.Meta(ge=1, le=5, description="5 is best.")]


class AttemptIn(Struct):
    """One attempt. Whoever answered says whether it is solved and how satisfied they are; else with reasons why not."""

    reached: Reached
    solved: bool | None = None
    satisfaction: Satisfaction | None = None
    reasons: Codes = msgspec.field(default_factory=list)
    note: Words | None = None
    occurred_at: datetime | None = None
    on_time: bool | None = None
    attitude: Level | None = None
    tidy: Level | None = None
    wishes: Words | None = None
    wants_complaint: bool = False

    def more(self) -> dict[str, Any]:
        """What the script asked besides, as it is kept: only what was answered."""
        given = {
            "onTime": self.on_time, "attitude": self.attitude, "tidy": self.tidy, "wishes": self.wishes,
            "wantsComplaint": self.wants_complaint or None,
        }  # fmt: skip
        return {name: value for name, value in given.items() if value is not None}


class AttemptOut(Struct):
    """One attempt as it was written down. `period` is morning, afternoon or evening of the area's local day."""

    id: UUID
    number: int
    round: int
    at: datetime
    period: str
    reached: Reached
    solved: bool | None
    satisfaction: Satisfaction | None
    reasons: list[str]


def attempt_out(attempt: CallbackAttempt) -> AttemptOut:
    """An attempt as HTTP says it."""
    return AttemptOut(
        id=attempt.id,
        number=attempt.number,
        round=attempt.round,
        at=attempt.at,
        period=attempt.period,
        reached=attempt.reached,
        solved=attempt.solved,
        satisfaction=attempt.satisfaction,
        reasons=attempt.reasons,
    )


class CalledOut(Struct):
    """What followed: `verdict` is satisfied, rework, not_reached, unreachable, or again (ask another time).

    `surveyToken` is shown once, and not in a repeat: send `/survey/{token}` to the subscriber.
    """

    shown_once = ("survey_token",)

    attempt: AttemptOut
    order_id: UUID
    status: str
    verdict: str
    survey_token: str | None = None
    rework_technician_id: UUID | None = None


class QueueItem(Struct):
    """An order whose subscriber is to be asked. Names and phones are on the order itself."""

    order_id: UUID
    number: str
    status: str
    kind: str
    level: str
    tier: str
    grid: str | None
    fault_type: str
    cause: str | None
    since: datetime
    due: datetime | None
    overdue: bool
    round: int
    attempts: list[AttemptOut]


class ReasonChoice(Struct):
    """A reason the subscriber may choose, in their language."""

    code: str
    text: str


class SurveyOut(Struct):
    """What the subscriber sees behind their link."""

    number: str
    kind: str
    completed_at: datetime | None
    expires_at: datetime
    reasons: list[ReasonChoice]


class SurveyIn(Struct):
    """The subscriber's answer."""

    solved: bool
    satisfaction: Satisfaction
    reasons: Codes = msgspec.field(default_factory=list)
    note: Words | None = None


class SurveyThanks(Struct):
    """The answer was kept."""

    received_at: datetime
