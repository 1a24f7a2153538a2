"""What HTTP says about the call-back desk."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from dispatch.callbacks.models import Reached, Satisfaction
from dispatch.callbacks.schemas import AttemptOut
from kit.bounds import FreeForm
from kit.http.requests import Struct
from kit.privacy import numbers_of


class OtherOrder(Struct):
    """Another order of the same subscriber, or of the same address."""

    order_id: UUID
    number: str
    status: str
    fault_type: str
    reported_at: datetime
    closed_at: datetime | None
    same_subscriber: bool


class CallOut(Struct):
    """The call that an agent holds: what it is about, what was promised, earlier calls, and the answers so far."""

    order_id: UUID
    number: str
    status: str
    kind: str
    level: str
    tier: str
    fault_type: str
    cause: str | None
    address: Annotated[str | None, numbers_of("address")]
    reported_at: datetime
    promised_start: datetime | None
    promised_end: datetime | None
    due_at: datetime | None
    arrived_at: datetime | None
    completed_at: datetime | None
    completed_how: str | None
    chases: int
    round: int
    risk: int
    callback_due_at: datetime | None
    late: bool
    attempts: list[AttemptOut]
    others: list[OtherOrder]
    draft: FreeForm
    held_since: datetime | None
    held_until: datetime | None


class NextCall(Struct):
    """The agent's call. Null: nothing is due; `opensAt` says from when on the desk may call where it may not now."""

    call: CallOut | None
    opens_at: datetime | None = None


class DraftIn(Struct):
    """The answers so far, as the page keeps them."""

    answers: FreeForm


class HandOver(Struct):
    """To whom the call goes; null gives it back to the queue."""

    to_account_id: UUID | None = None


class DeskPart(Struct):
    """A part of today (morning, afternoon, evening): calls that may first be made in it, and yours made in it."""

    part: str
    ends_at: datetime
    waiting: int
    made: int


class CallMade(Struct):
    """A call that you made."""

    order_id: UUID
    number: str
    at: datetime
    reached: Reached
    satisfaction: Satisfaction | None


class DeskDay(Struct):
    """An agent's day: calls, people reached, mean seconds of a call (null before the first); and what awaits.

    `due`: calls that may be made now; `late`: past their due time; `afterToday`: not before tomorrow. `nextAt` is the
    first moment of a call that may not be made yet, `opensAt` from when on the desk may call where it may not now.
    """

    calls: int
    reached: int
    seconds_a_call: float | None
    due: int
    late: int
    after_today: int
    next_at: datetime | None
    opens_at: datetime | None
    parts: list[DeskPart]
    mine: list[CallMade]
    """Today's, the newest first."""


class DeskHour(Struct):
    """An hour of the local day: calls, people reached, orders that ended in it and those of them called since."""

    hour: datetime
    calls: int
    reached: int
    ended: int
    covered: int


class DeskAgent(Struct):
    """What one agent did today."""

    account_id: UUID
    name: str
    calls: int
    reached: int
    seconds_a_call: float | None


class DeskHeld(Struct):
    """Who is at which call now. Real times."""

    order_id: UUID
    number: str
    name: str
    since: datetime
    until: datetime


class DeskWaiting(Struct):
    """A call that waits: not before `nextAt`; `owner` is the agent at it, null for the agents of the area together."""

    order_id: UUID
    number: str
    fault_type: str
    risk: int
    due_at: datetime | None
    next_at: datetime
    tries: int
    owner: str | None


class DeskBoard(Struct):
    """The desk at a glance. `coverage` is covered ÷ ended of today, null before the first order has ended."""

    waiting: int
    late: int
    later: int
    coverage: float | None
    hours: list[DeskHour]
    agents: list[DeskAgent]
    held: list[DeskHeld]
    first: list[DeskWaiting]


class SurveySent(Struct):
    """What came of a link: sent, opened, answered or silent (it ran out). Silence is no rating."""

    order_id: UUID
    number: str
    state: str
    sent_at: datetime
    expires_at: datetime
    opened_at: datetime | None
    answered_at: datetime | None
    satisfaction: Satisfaction | None
