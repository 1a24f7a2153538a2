"""A day as the planner sees it: orders, people, and the instants that bound it. Pure values, read in one transaction.

`seen` is what must not move while a plan is thought about and published: an order that was accepted meanwhile has not
moved, one that was started, given to somebody else, rebooked or placed elsewhere has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from kit.geo import LonLat


@dataclass(frozen=True, slots=True)
class DaySpan:
    """The service day of an area: its first and last instant, and the moment it is planned at.

    `now` is set only where the day is today: nothing that has not begun may start before it.
    `visible_until`: orders reported later do not exist yet.
    """

    service_date: date
    start: datetime
    end: datetime
    visible_until: datetime
    now: datetime | None

    @property
    def is_today(self) -> bool:
        return self.now is not None

    def holds(self, moment: datetime | None) -> bool:
        """Whether an instant lies in the day."""
        return moment is not None and self.start <= moment < self.end

    def seconds(self, moment: datetime) -> int:
        """Whole seconds after the first instant of the day; real elapsed time, also over a change of the clocks."""
        return round((moment - self.start).total_seconds())

    def instant(self, seconds: int) -> datetime:
        """The instant that many seconds after the first one."""
        return self.start + timedelta(seconds=seconds)


def local_day(service_date: date, timezone: str) -> tuple[datetime, datetime]:
    """The first instant of a local day and of the next one, UTC."""
    zone = ZoneInfo(timezone)
    start = datetime.combine(service_date, time(), zone).astimezone(UTC)
    end = datetime.combine(service_date + timedelta(days=1), time(), zone).astimezone(UTC)
    return start, end


def day_span(service_date: date, timezone: str, now: datetime) -> DaySpan:
    """The day as it looks at the area's clock.

    Today is cut at now. A day to come is whole, with the orders known now. A day that is over (trial areas only) is
    planned in hindsight: whole, with the orders reported by its end.
    """
    start, end = local_day(service_date, timezone)
    if end <= now:
        return DaySpan(service_date, start, end, end, None)
    return DaySpan(service_date, start, end, now, now if start <= now else None)


@dataclass(frozen=True, slots=True)
class LivingVisit:
    """The visit of an order that is not over yet."""

    technician_id: UUID
    status: str
    planned_start: datetime | None = None
    travel_seconds: int | None = None
    departed_at: datetime | None = None
    arrived_at: datetime | None = None
    pin: str | None = None
    """technician, time, both or sequence: what a person has fixed"""
    position: int | None = None
    planned_end: datetime | None = None


@dataclass(frozen=True, slots=True)
class DayOrder:
    """An open order. `status` is the order's, `grid` the code of its grid."""

    id: UUID
    number: str
    status: str
    owner_id: UUID | None
    point: LonLat | None
    grid: str | None
    reported_at: datetime
    service_seconds: int
    due_at: datetime | None = None
    """What the subscriber was promised: the customer clock, which every list, price and plan counts lateness by."""
    appointment: tuple[datetime, datetime] | None = None
    skill: str | None = None
    skill_level: int = 1
    priority: int = 0
    urgent: bool = False
    tier: str = "ordinary"
    suspended_until: datetime | None = None
    escalated_to_lead: bool = False
    departed_at: datetime | None = None
    arrived_at: datetime | None = None
    visit: LivingVisit | None = None
    asked: bool = False
    """A suspension or a return is asked for and not decided yet."""

    @property
    def started(self) -> bool:
        """Somebody is on the way or at work: never moved."""
        return self.status in ("en_route", "on_site")

    def planned_visit(self, span: DaySpan) -> LivingVisit | None:
        """The visit that is planned on this day and not begun; None where there is none or it is another day's."""
        visit = self.visit
        return visit if visit is not None and visit.status == "planned" and span.holds(visit.planned_start) else None

    @property
    def seen(self) -> str:
        """A digest of what a plan relies on."""
        state = {"dispatched": "owned", "accepted": "owned"}.get(self.status, self.status)
        if self.started:
            state = "started"
        parts = (
            state, self.owner_id, self.point, self.grid, self.service_seconds, self.appointment, self.skill,
            self.skill_level, self.suspended_until, self.escalated_to_lead,
        )  # fmt: skip
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class DayBreak:
    """A pause of `seconds` that lies between two instants."""

    seconds: int
    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class DayTechnician:
    """A person and their shift on the day (None: started work only, the shift is over).

    `place` is where they are now, when they have worked or reported a position today. `done` counts today's visits that
    are over. `grids` maps grid codes to the role in the contract.
    """

    id: UUID
    name: str
    shift: tuple[datetime, datetime] | None
    breaks: tuple[DayBreak, ...] = ()
    skills: Mapping[str, int] = field(default_factory=dict)
    start: LonLat | None = None
    end: LonLat | None = None
    place: LonLat | None = None
    speed_factor: float = 1.0
    cost_per_hour: float = 0.0
    max_visits: int = 12
    done: int = 0
    rating: float | None = None
    grids: Mapping[str, str] = field(default_factory=dict)

    @property
    def seen(self) -> str:
        """A digest of what a plan relies on: the shift and what the person can do, not where they are."""
        parts = (self.shift, sorted(self.skills.items()), self.start, self.end, self.speed_factor, self.max_visits)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Day:
    """Everything one plan is made from, but for the roads."""

    span: DaySpan
    orders: tuple[DayOrder, ...]
    technicians: tuple[DayTechnician, ...]

    @property
    def seen(self) -> dict[str, str]:
        """Digest by id of every order and technician."""
        digests = {str(order.id): order.seen for order in self.orders}
        digests.update((str(person.id), person.seen) for person in self.technicians)
        return digests


def moved(before: Mapping[str, str], after: Mapping[str, str], ids: Iterable[str]) -> list[str]:
    """Those of `ids` that are not what they were."""
    return sorted(key for key in ids if before.get(key) != after.get(key))
