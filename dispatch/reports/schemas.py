"""What HTTP says about reports."""

from datetime import date

from kit.http import Struct


class NumberOut(Struct):
    """An indicator of one subject: `value` is numerator ÷ denominator, null without cases; Wilson's 95 % `interval`."""

    numerator: int
    denominator: int
    value: float | None
    interval: list[float] | None
    provisional: bool


class PastOut(Struct):
    """A month before."""

    month: str
    score: float | None
    values: dict[str, float | None]


class SubjectOut(Struct):
    """A grid, technician or the area. `rankInterval` are the ranks that cannot be told apart from this one.

    `observed` and `expected` count repairs that were late or came back; `ratioInterval` is of their ratio.
    `drive` and `work` are seconds.
    """

    subject: str
    id: str
    name: str
    rural: bool
    orders: int
    score: float | None
    rank: int | None
    rank_note: str | None
    rank_change: int | None
    rank_interval: list[int] | None
    ranked: int | None
    observed: int | None
    expected: float | None
    ratio: float | None
    ratio_interval: list[float] | None
    proposal: str | None
    drive: int
    work: int
    numbers: dict[str, NumberOut]
    past: list[PastOut]


class KindOut(Struct):
    """An indicator: its target as a rate, whether less is better, its weight (0 is only watched)."""

    code: str
    en: str
    zh: str
    target: float | None
    at_most: bool
    weight: float


class DayOut(Struct):
    """One day by the area's clock; `backlog` is what is open at its end."""

    day: date
    reported: int
    completed: int
    late: int
    backlog: int


class VoiceOut(Struct):
    """A reason that subscribers named when called back."""

    reason: str
    times: int


class OverviewOut(Struct):
    """A month of an area."""

    month: str
    version: int
    provisional: bool
    published: bool
    indicators: list[KindOut]
    subjects: list[SubjectOut]
    days: list[DayOut]
    voice: list[VoiceOut]
