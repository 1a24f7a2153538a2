"""Due times (`domain.md` §5): pure functions of instants, limits and calendar snapshots, to the second.

Durations are real elapsed time; times of day are local. The customer clock is wall time and never pauses; the
assessment clock exists per audience and stands still during approved suspensions that pause that audience.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Literal, Protocol

from dispatch.policies.calendars import ONE_DAY, Calendars
from dispatch.policies.limits import Limits, Running

Audience = Literal["technician", "grid", "company"]
AUDIENCES: tuple[Audience, ...] = ("technician", "grid", "company")


class Promised(Protocol):
    """What the clocks ask of an order."""

    @property
    def kind(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def tier(self) -> str: ...


@dataclass(frozen=True, slots=True)
class DueTimes:
    """When the completion clocks of one promise start and end."""

    clock_started_at: datetime
    assessment_starts_at: datetime
    customer: datetime
    assessment: datetime
    """Of every audience, before any pause."""


def runs_at_night(order: Promised, limits: Limits) -> bool:
    """Urgent orders, top tiers and outages run at once, whatever the hour."""
    return str(order.level) == "urgent" or str(order.tier) in limits.tiers_without_night


def is_night(moment: datetime, limits: Limits, calendars: Calendars) -> bool:
    """Whether an instant lies in the local night, its start included and its end not."""
    clock = moment.astimezone(calendars.service.timezone).time().replace(tzinfo=None)
    starts, ends = time.fromisoformat(limits.night_starts), time.fromisoformat(limits.night_ends)
    if starts <= ends:
        return starts <= clock < ends
    return clock >= starts or clock < ends


def morning_after(moment: datetime, limits: Limits, calendars: Calendars) -> datetime:
    """The end of the night in which `moment` lies, on a service day: at 02:00 the same morning, if it is one."""
    service = calendars.service
    local = moment.astimezone(service.timezone)
    ends = time.fromisoformat(limits.night_ends)
    day = local.date() if local.time().replace(tzinfo=None) < ends else local.date() + ONE_DAY
    return service.instant(service.first_working_day(day), ends)


def rest_until(
    order: Promised,
    dispatched_at: datetime,
    limits: Limits,
    calendars: Calendars,
    *,
    urgent_since: datetime | None = None,
) -> datetime:
    """The instant before which nothing of this order is counted or alarmed: its dispatch, or the next morning.

    An order that was made urgent while it rested (`urgent_since`) rests no longer from then on.
    """
    if str(order.tier) in limits.tiers_without_night or not is_night(dispatched_at, limits, calendars):
        return dispatched_at
    if str(order.level) != "urgent":
        return morning_after(dispatched_at, limits, calendars)
    if urgent_since is None or urgent_since <= dispatched_at:
        return dispatched_at
    return min(urgent_since, morning_after(dispatched_at, limits, calendars))


def accept_due(
    order: Promised,
    dispatched_at: datetime,
    limits: Limits,
    calendars: Calendars,
    *,
    urgent_since: datetime | None = None,
) -> datetime:
    """When the owner must have accepted; at night the alarm rests till the morning, or till the order is urgent."""
    rests = rest_until(order, dispatched_at, limits, calendars, urgent_since=urgent_since)
    return rests + timedelta(seconds=limits.accept_reassign_seconds)


def contact_due(
    order: Promised,
    dispatched_at: datetime,
    accepted_at: datetime,
    limits: Limits,
    calendars: Calendars,
    *,
    urgent_since: datetime | None = None,
) -> datetime:
    """When the subscriber must have been called. Nobody is called at night for an order that rests till morning."""
    seconds = limits.contact_urgent_seconds if str(order.level) == "urgent" else limits.contact_seconds
    begins = max(accepted_at, rest_until(order, dispatched_at, limits, calendars, urgent_since=urgent_since))
    return begins + timedelta(seconds=seconds)


def completion_due(
    order: Promised,
    dispatched_at: datetime,
    accepted_at: datetime | None,
    limits: Limits,
    calendars: Calendars,
    *,
    window_end: datetime | None = None,
    rework: bool = False,
    urgent_since: datetime | None = None,
) -> DueTimes:
    """The completion clocks of an order dispatched and perhaps accepted at these instants.

    The clock starts at acceptance, at the latest 30 min after dispatch. An order that rests overnight has its
    assessment clock start with the morning, whenever it was accepted; the customer clock runs on. `window_end` is the
    end of a window chosen by the subscriber: where it is later than a due time, it becomes that due time. An order made
    urgent while it rested (`urgent_since`) is assessed from its acceptance, never from before; the customer's clock
    stays.
    """
    latest = dispatched_at + timedelta(seconds=limits.accept_reassign_seconds)
    started = latest if accepted_at is None else min(accepted_at, latest)
    rests = rest_until(order, dispatched_at, limits, calendars, urgent_since=urgent_since)
    assessed = rests if rests > dispatched_at else started
    if rests == urgent_since:
        last = rests + timedelta(seconds=limits.accept_reassign_seconds)
        assessed = last if accepted_at is None else max(rests, min(accepted_at, last))
    seconds = limits.rework_seconds if rework else limits.promise_seconds(str(order.kind))
    runs = limits.promise_runs(str(order.kind))
    customer = add(started, seconds, runs, calendars)
    assessment = add(assessed, seconds, runs, calendars)
    if window_end is not None:
        if runs == "appointment":
            customer = assessment = window_end
        customer, assessment = max(customer, window_end), max(assessment, window_end)
    return DueTimes(started, assessed, customer, assessment)


def on_site_due(
    order: Promised, reported_at: datetime, due_at: datetime | None, limits: Limits, *, rural: bool = False
) -> datetime | None:
    """When somebody must be on site: urgent orders only, counted from the report, never after completion is due."""
    if str(order.level) != "urgent":
        return None
    seconds = limits.on_site_urgent_rural_seconds if rural else limits.on_site_urgent_seconds
    wanted = reported_at + timedelta(seconds=seconds)
    return wanted if due_at is None else min(wanted, due_at)


def after_pause(
    due: datetime,
    starts_at: datetime,
    paused_at: datetime,
    resumed_at: datetime,
    runs: Running,
    calendars: Calendars,
) -> datetime:
    """The due time of a clock that stood still from `paused_at` (the request) to `resumed_at`.

    What was left of it at the pause is left at its end. A clock that had not started, or had already run out, is
    not moved by the part of the pause before its start or at all.
    """
    begin, end = max(paused_at, starts_at), max(resumed_at, starts_at)
    if due <= begin or end <= begin:
        return due
    if runs == "working_hours":
        return calendars.office.add_open_seconds(end, calendars.office.open_seconds_between(begin, due))
    return due + (end - begin)


def own_seconds(
    start: datetime,
    end: datetime,
    runs: Running,
    calendars: Calendars,
    pauses: Sequence[tuple[datetime, datetime]] = (),
) -> float:
    """How much of its own time a clock uses between two instants: closed hours and pauses (which do not overlap) use
    nothing."""

    def used(begin: datetime, until: datetime) -> float:
        if until <= begin:
            return 0.0
        if runs == "working_hours":
            return calendars.office.open_seconds_between(begin, until)
        return (until - begin).total_seconds()

    return used(start, end) - sum(used(max(start, begin), min(end, until)) for begin, until in pauses)


def add(start: datetime, seconds: int, runs: Running, calendars: Calendars) -> datetime:
    """`seconds` of the clock's own time after `start`."""
    if runs == "working_hours":
        return calendars.office.add_open_seconds(start, seconds)
    return start + timedelta(seconds=seconds)


def period_of_day(moment: datetime, zone: tzinfo) -> str:
    """The part of the local day: morning (before 12:00), afternoon (before 18:00) or evening."""
    hour = moment.astimezone(zone).hour
    return "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"
