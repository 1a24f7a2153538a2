"""What HTTP says about reports."""

from datetime import date, datetime
from uuid import UUID

from dispatch.policies.definitions import Subject
from kit.http.requests import Struct


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
    """A grid, technician, team, contractor or the area; `team` and `contractor` are a technician's of today.

    `rankInterval` are the ranks that cannot be told apart from this one.

    `observed` and `expected` count repairs that were late or came back, of so many `repairs` (null in old versions);
    `ratioInterval` is of their ratio.
    `drive` and `work` are seconds. `numbers` are those that were asked for; `past` are the months before, oldest first.
    """

    subject: str
    id: str
    name: str
    rural: bool
    team: str | None
    contractor: str | None
    orders: int
    score: float | None
    rank: int | None
    rank_note: str | None
    rank_change: int | None
    rank_interval: list[int] | None
    ranked: int | None
    observed: int | None
    repairs: int | None
    expected: float | None
    ratio: float | None
    ratio_interval: list[float] | None
    proposal: str | None
    drive: int
    work: int
    numbers: dict[str, NumberOut]
    past: list[PastOut]


class KindOut(Struct):
    """An indicator: its target as values are stated, whether less is better, its weight (0 is only watched).

    Values are shares where `per` is 1, else so many per `per` (10 000 subscribers). `subjects` are the kinds that it is
    counted for; nobody else has a number of it.
    """

    code: str
    en: str
    zh: str
    target: float | None
    at_most: bool
    weight: float
    per: int
    subjects: list[Subject]


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


class CountsOut(Struct):
    """How many rows `listRanked` has of each kind."""

    grid: int
    contractor: int
    team: int
    technician: int


class OverviewOut(Struct):
    """A month of an area. `subjects` are the area and those asked about; `counts` how many there are beside them.

    Their numbers are those of `computed_at`; `days` and `voice` go on until now.
    """

    month: str
    version: int
    computed_at: datetime
    provisional: bool
    published: bool
    indicators: list[KindOut]
    subjects: list[SubjectOut]
    counts: CountsOut
    days: list[DayOut]
    voice: list[VoiceOut]


class RankedOut(Struct):
    """A page of rows of one kind. Send `nextCursor` back as `cursor` for the next one; `total` is without pages."""

    month: str
    version: int
    items: list[SubjectOut]
    total: int
    next_cursor: str | None


class SignOut(Struct):
    """One piece of evidence: the order, the event that shows it, and the measure (`1480 m`, `2100 m / 40 s`, `3 ×`)."""

    order_id: UUID
    order_number: str | None
    event_id: UUID | None
    detail: str | None


class FlagOut(Struct):
    """A sign that was seen too often to be chance: `seen` times in `chances`, where `expected` were to be expected.

    `kind`: far_sign_in, too_fast, photo_again, photo_elsewhere, codes_typed, contradicted, or together (small signs of
    several kinds). `probability` is that of so many by chance, for as many people and kinds as were looked at; of those
    who are flagged, one in twenty may be honest. Never a score by itself.
    """

    technician_id: UUID
    name: str
    kind: str
    seen: int
    chances: int
    expected: float
    probability: float
    evidence: list[SignOut]


class FunnelPointOut(Struct):
    """Somebody in a funnel: `value` of `cases`, and how many standard errors from the middle (`z`)."""

    id: str
    name: str
    cases: int
    value: float
    z: float


class FunnelLimitOut(Struct):
    """Where the limits are at so many cases: the rates (low, high) between which 95 % and 99.8 % of the like lie."""

    cases: float
    low95: float
    high95: float
    low998: float
    high998: float


class FunnelOut(Struct):
    """A funnel plot. `centre` is the rate of all; `dispersion` above 1 widened the limits (Spiegelhalter 2005)."""

    indicator: str
    subject: str
    centre: float | None
    dispersion: float | None
    points: list[FunnelPointOut]
    limits: list[FunnelLimitOut]


class HoursOut(Struct):
    """Seconds. `shift` = drive + work + pause + wait + unassigned; `overtime` lies outside of shifts."""

    shift: int
    drive: int
    work: int
    pause: int
    wait: int
    unassigned: int
    overtime: int


class SpentOut(Struct):
    """The hours of a technician."""

    id: UUID
    name: str
    hours: HoursOut


class GridSpentOut(Struct):
    """Seconds spent on the orders of a grid, by whomever."""

    id: UUID
    name: str
    drive: int
    work: int
    overtime: int


class WorkedOut(Struct):
    """Where the hours of a month went; `total` is the sum of the technicians."""

    month: str
    technicians: list[SpentOut]
    grids: list[GridSpentOut]
    total: HoursOut
