"""What HTTP says about assessments."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec

from kit.actor import Personal
from kit.bounds import Name, Words
from kit.http.requests import Struct
from kit.privacy import Private


class IndicatorOut(Struct):
    """A number of a card. `value` is the raw rate (× 10 000 or × 100 where the indicator is stated so).

    `points` use the rate shrunk to the area's `mean`; `interval` is Wilson's 95 %. All null without cases.
    """

    numerator: int
    denominator: int
    value: float | None
    points: float | None
    interval: list[float] | None
    weight: float
    mean: float | None
    provisional: bool
    few_answers: bool


class DeductionOut(Struct):
    """An entry that took points off, and its order."""

    entry_id: UUID
    order_id: UUID
    event_id: UUID | None
    rule: str
    points: float


class CardOut(Struct):
    """One technician, team, contractor or grid in a month. `rank` is null without enough data (`rankNote` says so)."""

    id: str
    name: str
    rural: bool
    orders: int
    indicators: dict[str, IndicatorOut]
    deductions: list[DeductionOut]
    score: float | None
    rank: int | None
    rank_note: str | None
    rank_change: int | None


class AssessmentOut(Struct):
    """One version of a month."""

    run_id: UUID
    month: str
    number: int
    provisional: bool
    published_at: datetime | None
    technicians: list[CardOut]
    teams: list[CardOut]
    contractors: list[CardOut]
    grids: list[CardOut]
    area: CardOut | None


class RunOut(Struct):
    """One version of a month, without its cards."""

    run_id: UUID
    month: str
    number: int
    provisional: bool
    published_at: datetime | None
    cause: str
    created_at: datetime


class PublishedOut(Struct):
    """The version that is now the month's ranking."""

    run_id: UUID
    month: str
    number: int
    published_at: datetime


class CaseOut(Struct):
    """One case behind a number; `counted` when it is in the numerator too."""

    order_id: UUID
    number: str
    counted: bool


class EntryOut(Struct):
    """One scored fact about one order (考核记录)."""

    id: UUID
    order_id: UUID
    technician_id: UUID
    month: date
    rule: str
    points: float
    attribution: str
    policy_number: int | None
    stands: bool
    """Whether the rules still charge it: of two that are about one event, the dearer one stands."""
    appeal_status: str | None
    appeal_note: Annotated[str | None, Private(Personal.SUBSCRIBER)]
    appeal_until: datetime | None
    decided_at: datetime | None


class AppealIn(Struct):
    """Why the entry is wrong."""

    note: Words


class DecisionIn(Struct):
    """Whether the appeal is right, and why."""

    upheld: bool
    note: Words = ""


class InspectionIn(Struct):
    """Whether the completion report is in order; if not, what is wrong with it."""

    passed: bool
    findings: Annotated[list[Name], msgspec.Meta(max_length=50)] = msgspec.field(default_factory=list)


class InspectionOut(Struct):
    """A check as it was kept."""

    id: UUID
    order_id: UUID
    technician_id: UUID
    passed: bool
    findings: list[str]
    at: datetime


Rate = Annotated[float, msgspec.Meta(ge=0, le=1000)]


class IndicatorChangeIn(Struct):
    """Another weight, target or baseline (rates: 0.95, not 95); null leaves it. A weight of 0 takes it out."""

    code: Name
    weight: Rate | None = None
    target: Rate | None = None
    baseline: Rate | None = None


class PreviewIn(Struct):
    """Rules to try: fields of the area's limits that are replaced, and changes of indicators."""

    limits: Annotated[dict[Name, int], msgspec.Meta(max_length=100)] = msgspec.field(default_factory=dict)
    indicators: Annotated[list[IndicatorChangeIn], msgspec.Meta(max_length=50)] = msgspec.field(default_factory=list)


class MovedLineOut(Struct):
    """A line of the score that would be another: the rule, and by how many points."""

    rule: str
    points: Decimal


class MoveOut(Struct):
    """Somebody's score and rank as the month's rules say, and as the tried ones would."""

    subject: str
    id: str
    name: str
    score_before: float | None
    score_after: float | None
    rank_before: int | None
    rank_after: int | None
    why: list[MovedLineOut]


class PreviewOut(Struct):
    """How many cards were compared, and those that would move, most moved first."""

    compared: int
    moves: list[MoveOut]


def assessment_out(built: dict[str, Any]) -> AssessmentOut:
    """The typed answer from `AssessmentResult.as_json`."""
    return msgspec.convert(built, AssessmentOut)
