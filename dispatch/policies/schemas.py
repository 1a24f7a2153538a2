"""What HTTP says about rules as data."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from dispatch.policies.limits import Limits
from dispatch.policies.models import CalendarKind, ReasonKind
from kit.bounds import Code, Codes, FreeForm, HourMinute, Moment, Name
from kit.http.requests import Struct


class PolicyIn(Struct):
    """A new version of the limits: only what changes, and from when (a moment still to come)."""

    valid_from: Moment
    limits: FreeForm


class PolicyOut(Struct):
    """One version of an area's limits; `inForce` for the one that counts now."""

    number: int
    valid_from: datetime
    limits: Limits
    in_force: bool
    created_by: UUID | None


class WeightOut(Struct):
    """One weight of a policy: what it prices in words, and the price."""

    name: str
    value: float
    text: str


class PlanPolicyOut(Struct):
    """One version of a policy that weighs plans; number 0 is as the product ships it."""

    code: str
    number: int
    en: str
    zh: str
    weights: list[WeightOut]
    active: bool
    created_by: UUID | None


class PlanPolicyIn(Struct):
    """A new policy or a new version of one: only the weights that change, by name. A new code needs both names."""

    code: Code
    weights: Annotated[dict[Code, float], msgspec.Meta(max_length=100)]
    en: Name | None = None
    zh: Name | None = None
    active: bool = True


class CalendarIn(Struct):
    """A year as people want it: its days off as ISO dates, its hours local."""

    days_off: Annotated[list[Annotated[str, msgspec.Meta(max_length=10)]], msgspec.Meta(max_length=366)]
    opens: HourMinute = "09:00"
    closes: HourMinute = "18:00"


class CalendarOut(Struct):
    """One year of a calendar. `warning` says, in the reader's language, when no package knew the year."""

    kind: CalendarKind
    year: int
    days_off: list[str]
    opens: str
    closes: str
    source: str
    warning: str | None
    version: int


class ReasonIn(Struct):
    """A reason of an area's own; the code of a shipped one replaces it here."""

    kind: ReasonKind
    code: Code
    en: Name
    zh: Name
    pauses: Codes = msgspec.field(default_factory=list)
    attribution: Code = "technician"
    active: bool = True


class ReasonOut(Struct):
    """A reason code with its words; `pauses` says whose assessment clock stands still: technician, grid, company."""

    kind: ReasonKind
    code: str
    en: str
    zh: str
    pauses: list[str]
    attribution: str
    active: bool
    shipped: bool


class FaultTypeIn(Struct):
    """A fault type of an area's own; the code of a shipped one replaces it here."""

    code: Code
    en: Name
    zh: Name
    service_seconds: int
    kind: Code = "repair"
    skill: Code | None = None
    skill_level: int = 1
    difficulty: float = 1.0
    bring: Codes = msgspec.field(default_factory=list)
    active: bool = True


class FaultTypeOut(Struct):
    """What can be wrong and what it takes."""

    code: str
    en: str
    zh: str
    kind: str
    skill: str | None
    skill_level: int
    service_seconds: int
    difficulty: float
    bring: list[str]
    active: bool
    shipped: bool


class IndicatorIn(Struct):
    """A new indicator, or a new version of one; rates are shares (0.95 is 95 %)."""

    code: Code
    valid_from: date
    en: Name
    zh: Name
    definition: FreeForm
    weight: float
    at_most: bool = False
    baseline: float | None = None
    target: float | None = None
    active: bool = True


class IndicatorOut(Struct):
    """One version of an indicator."""

    id: UUID
    code: str
    valid_from: date
    en: str
    zh: str
    definition: dict[str, Any]
    at_most: bool
    baseline: float | None
    target: float | None
    weight: float
    active: bool
