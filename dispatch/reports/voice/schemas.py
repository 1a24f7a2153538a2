"""What HTTP says about what subscribers say."""

from datetime import datetime
from uuid import UUID

from kit.http.requests import Struct


class ReasonCountOut(Struct):
    """A reason of dissatisfaction, and how often it was named."""

    code: str
    times: int


class WordOut(Struct):
    """A word, in how many answers it stands (at least three), and how many of these were dissatisfied."""

    word: str
    answers: int
    dissatisfied: int


class DriverOut(Struct):
    """A promise: which share of `answers` had it `kept`, and its derived importance (−1 to 1) with interval.

    `field`: keep_up, do_more, low, overdone. Null with fewer than 20 answers, or where all were alike.
    """

    code: str
    answers: int
    kept: float | None
    importance: float | None
    interval: list[float] | None
    field: str | None


class VoicesOut(Struct):
    """The answers of a month: how many had an opinion, how many of these were satisfied."""

    month: str
    answers: int
    satisfied: int
    reasons: list[ReasonCountOut]
    words: list[WordOut]
    drivers: list[DriverOut]


class QuoteOut(Struct):
    """What somebody said; names, phones and addresses are dots."""

    id: UUID
    at: datetime
    order_id: UUID
    order_number: str
    satisfaction: str | None
    reasons: list[str]
    words: str
