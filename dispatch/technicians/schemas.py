"""What HTTP says about technicians, their shifts, leave and positions."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType, field

from dispatch.technicians.models import TechnicianStatus
from grids.schemas import LonLatPair, RejectionOut
from kit.actor import Personal
from kit.bounds import HourMinute
from kit.http.requests import Struct
from kit.privacy import Private

Short = Annotated[str, Meta(min_length=1, max_length=200)]


class SkillOut(Struct):
    """A skill with its level and the last day it is valid; null does not expire."""

    skill: Short
    level: Annotated[int, Meta(ge=1, le=9)] = 1
    expires_on: date | None = None


Skills = Annotated[list[SkillOut], Meta(max_length=100)]


class BreakRule(Struct):
    """A pause of `seconds` that lies in a local window."""

    seconds: Annotated[int, Meta(ge=60, le=14_400)]
    earliest: HourMinute
    latest: HourMinute


Breaks = Annotated[list[BreakRule], Meta(max_length=20)]


class RosterOut(Struct):
    """A weekly roster: ISO weekdays (1 Monday … 7 Sunday), local times; an end not after the start is next day's."""

    weekdays: Annotated[list[Annotated[int, Meta(ge=1, le=7)]], Meta(min_length=1, max_length=7)]
    starts: HourMinute
    ends: HourMinute
    breaks: Breaks
    first_day: date
    last_day: date | None = None


class TechnicianOut(Struct):
    """A person who repairs. Phone, home and cost are null for roles that do not need them."""

    id: UUID
    area_id: UUID
    employee_number: str
    name: str
    phone: Annotated[str | None, Private(Personal.STAFF)]
    team: str | None
    contractor: str | None
    start_point: Annotated[LonLatPair | None, Private(Personal.STAFF)]
    end_point: Annotated[LonLatPair | None, Private(Personal.STAFF)]
    speed_factor: float
    cost_per_hour: Annotated[float | None, Private(Personal.STAFF)]
    max_visits: int
    rating: float | None
    senior: bool
    status: TechnicianStatus
    skills: list[SkillOut]
    rosters: list[RosterOut]
    version: int


class TechnicianIn(Struct):
    """A new technician. Without a roster no plan can use them."""

    employee_number: Short
    name: Short
    phone: Annotated[str, Meta(max_length=40)] | None = None
    team: Short | None = None
    contractor: Short | None = None
    start_point: LonLatPair | None = None
    end_point: LonLatPair | None = None
    speed_factor: Annotated[float, Meta(gt=0, le=5)] = 1.0
    cost_per_hour: Annotated[float, Meta(ge=0, le=100_000)] = 0.0
    max_visits: Annotated[int, Meta(ge=1, le=200)] = 12
    senior: bool = False
    skills: Skills = field(default_factory=list)
    roster: RosterOut | None = None


class TechnicianChange(Struct):
    """What is left out stays. `roster` begins on its first day and ends what was in force before."""

    name: Short | UnsetType = UNSET
    phone: Annotated[str, Meta(max_length=40)] | UnsetType | None = UNSET
    team: Short | UnsetType | None = UNSET
    contractor: Short | UnsetType | None = UNSET
    start_point: LonLatPair | UnsetType | None = UNSET
    end_point: LonLatPair | UnsetType | None = UNSET
    speed_factor: Annotated[float, Meta(gt=0, le=5)] | UnsetType = UNSET
    cost_per_hour: Annotated[float, Meta(ge=0, le=100_000)] | UnsetType = UNSET
    max_visits: Annotated[int, Meta(ge=1, le=200)] | UnsetType = UNSET
    senior: bool | UnsetType = UNSET
    status: TechnicianStatus | UnsetType = UNSET
    skills: Skills | UnsetType = UNSET
    roster: RosterOut | UnsetType = UNSET


class BreakOut(Struct):
    """A pause of `seconds` between two instants."""

    seconds: int
    earliest: datetime
    latest: datetime


class ShiftOut(Struct):
    """One stretch of work on the day asked for."""

    technician_id: UUID
    employee_number: str
    name: str
    pinyin: str
    """What a name is searched by on a Latin keyboard: its pinyin and its initials."""
    team: str | None
    contractor: str | None
    start: datetime
    end: datetime
    breaks: list[BreakOut]
    skills: dict[str, int]
    start_point: Annotated[LonLatPair | None, Private(Personal.STAFF)]
    end_point: Annotated[LonLatPair | None, Private(Personal.STAFF)]
    max_visits: int


class ShiftIn(Struct):
    """A dated shift, which replaces the weekly roster of the local day it begins on."""

    start: datetime
    end: datetime
    breaks: Breaks = field(default_factory=list)


class DatedShiftOut(Struct):
    """A dated shift as it is kept."""

    id: UUID
    start: datetime
    end: datetime
    breaks: list[BreakRule]


class LeaveIn(Struct):
    """Time away, and who stands in for the grids meanwhile."""

    start: datetime
    end: datetime
    kind: Annotated[str, Meta(min_length=1, max_length=40)] = "leave"
    substitute_id: UUID | None = None


class LeaveOut(Struct):
    """A leave as it is kept."""

    id: UUID
    technician_id: UUID
    start: datetime
    end: datetime
    kind: str
    substitute_id: UUID | None


class AwayOut(LeaveOut):
    """A leave and whose it is."""

    name: str


class PositionOut(Struct):
    """Where a phone last was: its own time, and ours when we heard."""

    technician_id: UUID
    name: str
    point: LonLatPair
    accuracy_metres: float | None
    occurred_at: datetime
    received_at: datetime


class TechnicianImportOut(Struct):
    """What an import of people did."""

    rows: int
    created: int
    updated: int
    unchanged: int
    rejected: list[RejectionOut]
