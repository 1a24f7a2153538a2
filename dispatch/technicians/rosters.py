"""Who works when: weekly patterns, dated shifts that replace them, leave that cuts them. Pure, safe over DST.

A time of day is local; a shift is the real time between two instants, so the night the clocks change is an hour longer
or shorter. A time that does not exist (the clocks went forward over it) is the same moment counted on from before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from kit.clock import local_date
from kit.errors import Invalid


@dataclass(frozen=True, slots=True)
class ShiftBreak:
    """A pause of `seconds` that lies between two instants."""

    seconds: int
    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of work: two aware UTC instants and the pauses in it."""

    start: datetime
    end: datetime
    breaks: tuple[ShiftBreak, ...] = ()


@dataclass(frozen=True, slots=True)
class Pattern:
    """A weekly roster: ISO weekdays, local times (an end not after the start is next day's), days it is valid."""

    weekdays: frozenset[int]
    starts: time
    ends: time
    breaks: Sequence[Mapping[str, Any]]
    valid_from: date | None = None
    valid_until: date | None = None
    """Exclusive."""

    @property
    def key(self) -> tuple[Any, ...]:
        """The same for patterns that are alike."""
        return (self.weekdays, self.starts, self.ends, self.pauses, self.valid_from, self.valid_until)

    @property
    def pauses(self) -> tuple[tuple[int, str, str], ...]:
        """The breaks as (seconds, earliest, latest)."""
        return tuple((int(one["seconds"]), str(one["earliest"]), str(one["latest"])) for one in self.breaks)

    def works(self, day: date) -> bool:
        """Whether the pattern has a shift on a local day."""
        return (
            day.isoweekday() in self.weekdays
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_until is None or day < self.valid_until)
        )


@dataclass(frozen=True, slots=True)
class Dated:
    """A shift of one day; its breaks are local times, as in a pattern."""

    start: datetime
    end: datetime
    breaks: Sequence[Mapping[str, Any]]


def spans_on(
    day: date,
    zone: ZoneInfo,
    patterns: Iterable[Pattern],
    dated: Iterable[Dated],
    leaves: Iterable[tuple[datetime, datetime]],
) -> list[Span]:
    """The stretches one person works in the shifts that begin on a local day, in order; leave is cut out.

    A dated shift replaces the pattern of its day.
    """
    whole = [
        Span(shift.start, shift.end, _breaks(shift.breaks, shift.start, shift.end, zone))
        for shift in dated
        if local_date(shift.start, zone) == day
    ]
    if not whole:
        whole = [_span(pattern, day, zone) for pattern in patterns if pattern.works(day)]
    away = sorted(leaves)
    left = [part for span in whole for part in _without(span, away)]
    return sorted(left, key=lambda span: span.start)


def instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """A local time of day as an aware UTC instant."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def check_breaks(breaks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The breaks as they are stored. Raises `Invalid` for one that does not fit its own window."""
    checked = []
    for number, pause in enumerate(breaks):
        try:
            earliest, latest = time.fromisoformat(str(pause["earliest"])), time.fromisoformat(str(pause["latest"]))
            seconds = int(pause["seconds"])
        except (KeyError, TypeError, ValueError) as error:
            raise Invalid("technician.break", field=f"breaks[{number}]") from error
        window = (latest.hour * 60 + latest.minute - earliest.hour * 60 - earliest.minute) % 1440 * 60
        if seconds <= 0 or window < seconds:
            raise Invalid("technician.break", field=f"breaks[{number}]")
        checked.append({"seconds": seconds, "earliest": f"{earliest:%H:%M}", "latest": f"{latest:%H:%M}"})
    return checked


def _span(pattern: Pattern, day: date, zone: ZoneInfo) -> Span:
    return _laid(pattern.starts, pattern.ends, pattern.pauses, day, zone)


@lru_cache(maxsize=4096)  # thousands of people have few patterns
def _laid(starts: time, ends: time, pauses: tuple[tuple[int, str, str], ...], day: date, zone: ZoneInfo) -> Span:
    over_night = timedelta(days=1 if ends <= starts else 0)
    start, end = instant(day, starts, zone), instant(day + over_night, ends, zone)
    breaks = [{"seconds": seconds, "earliest": earliest, "latest": latest} for seconds, earliest, latest in pauses]
    return Span(start, end, _breaks(breaks, start, end, zone))


def _breaks(
    stored: Sequence[Mapping[str, Any]], start: datetime, end: datetime, zone: ZoneInfo
) -> tuple[ShiftBreak, ...]:
    """Local windows laid on the shift: on the day it begins, else on the next; outside the shift they fall away."""
    day = local_date(start, zone)
    found = []
    for pause in stored:
        earliest, latest = time.fromisoformat(str(pause["earliest"])), time.fromisoformat(str(pause["latest"]))
        for offset in (0, 1):
            opens = instant(day + timedelta(days=offset), earliest, zone)
            closes = instant(day + timedelta(days=offset + (latest <= earliest)), latest, zone)
            placed = _clipped(ShiftBreak(int(pause["seconds"]), opens, closes), start, end)
            if placed is not None:
                found.append(placed)
                break
    return tuple(sorted(found, key=lambda pause: pause.earliest))


def _clipped(pause: ShiftBreak, start: datetime, end: datetime) -> ShiftBreak | None:
    earliest, latest = max(pause.earliest, start), min(pause.latest, end)
    if (latest - earliest).total_seconds() < pause.seconds:
        return None
    return ShiftBreak(pause.seconds, earliest, latest)


def _without(span: Span, away: Sequence[tuple[datetime, datetime]]) -> list[Span]:
    if not away:
        return [span]
    parts = [(span.start, span.end)]
    for gone, back in away:
        parts = [
            piece
            for start, end in parts
            for piece in ((start, min(end, gone)), (max(start, back), end))
            if piece[0] < piece[1]
        ]
    spans = []
    for start, end in parts:
        breaks = tuple(p for pause in span.breaks if (p := _clipped(pause, start, end)) is not None)
        spans.append(Span(start, end, breaks))
    return spans
