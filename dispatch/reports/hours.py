"""Where the hours went (工时去向): shifts cut into drive, work, breaks, waiting and time nobody used. Pure.

Inside a shift every second is exactly one of these, so that the parts always sum up to the shift; what is driven or
worked outside of every shift is overtime.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

Interval = tuple[datetime, datetime]
"""From an instant to another one, aware UTC."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A break of `seconds` that lies somewhere between two instants."""

    seconds: int
    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class Duty:
    """A stretch of work somebody was rostered for."""

    start: datetime
    end: datetime
    pauses: Sequence[Pause] = ()


@dataclass(slots=True)
class Hours:
    """Seconds. `shift` = drive + work + pause + wait + unassigned; `overtime` comes on top."""

    shift: int = 0
    drive: int = 0
    work: int = 0
    pause: int = 0
    """Breaks of the roster, as far as nobody worked through them."""
    wait: int = 0
    """Idle between the first and the last job of a shift."""
    unassigned: int = 0
    """Idle before the first and after the last job, or all of a shift without one."""
    overtime: int = 0

    def add(self, other: Hours) -> None:
        """Sum up."""
        for name in PARTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))


PARTS = ("shift", "drive", "work", "pause", "wait", "unassigned", "overtime")


def hours_of(duties: Sequence[Duty], drives: Iterable[Interval], works: Iterable[Interval]) -> Hours:
    """One person's hours. Shifts do not overlap; jobs may, and a second in two of them counts once, as work first."""
    return Hours(**{name: seconds(part) for name, part in parts_of(duties, drives, works).items()})


def parts_of(
    duties: Sequence[Duty], drives: Iterable[Interval], works: Iterable[Interval]
) -> dict[str, list[Interval]]:
    """The time of each part (`PARTS`), in order; what a shift's idle time is depends on all of that shift."""
    working = union(works)
    driving = without(union(drives), working)
    busy = union([*driving, *working])
    found: dict[str, list[Interval]] = {name: [] for name in PARTS}
    for duty in sorted(duties, key=lambda duty: duty.start):
        inside = [(duty.start, duty.end)]
        mine = overlap(_near(busy, duty), inside)
        idle = without(inside, mine)
        resting = _resting(duty.pauses, idle)
        idle = without(idle, resting)
        between = overlap(idle, [(mine[0][0], mine[-1][1])]) if mine else []
        found["shift"] += inside
        found["drive"] += overlap(_near(driving, duty), inside)
        found["work"] += overlap(_near(working, duty), inside)
        found["pause"] += resting
        found["wait"] += between
        found["unassigned"] += without(idle, between)
    found["overtime"] = outside(busy, union([(duty.start, duty.end) for duty in duties]))
    return found


def by_day(parts: Mapping[str, Sequence[Interval]], borders: Sequence[datetime]) -> list[Hours]:
    """The parts cut at the borders of days (one more than there are days); what lies outside of all is left out."""
    found = [Hours() for _ in borders[1:]]
    for name, intervals in parts.items():
        for start, end in intervals:
            place = max(bisect_right(borders, start) - 1, 0)
            while place < len(found) and borders[place] < end:
                spent = seconds([(max(start, borders[place]), min(end, borders[place + 1]))])
                setattr(found[place], name, getattr(found[place], name) + spent)
                place += 1
    return found


def outside(one: Sequence[Interval], other: Sequence[Interval]) -> list[Interval]:
    """The time of one that is not in the other, of two lists in order, walked through once."""
    found: list[Interval] = []
    place = 0
    for start, end in one:
        while place < len(other) and other[place][1] <= start:
            place += 1
        at, here = start, place
        while here < len(other) and other[here][0] < end:
            if at < other[here][0]:
                found.append((at, other[here][0]))
            at = max(at, other[here][1])
            here += 1
        if at < end:
            found.append((at, end))
    return found


def _near(intervals: Sequence[Interval], duty: Duty) -> Sequence[Interval]:
    """Those of a list in order that touch a shift."""
    first = bisect_left(intervals, duty.start, key=lambda one: one[1])
    return intervals[first : bisect_right(intervals, duty.end, key=lambda one: one[0])]


def _resting(pauses: Sequence[Pause], idle: Sequence[Interval]) -> list[Interval]:
    """The earliest idle time in each break's window, as long as the break is."""
    found: list[Interval] = []
    for pause in pauses:
        left = pause.seconds
        for start, end in overlap(without(idle, found), [(pause.earliest, pause.latest)]):
            if left <= 0:
                break
            taken = min(left, int((end - start).total_seconds()))
            found.append((start, min(end, _later(start, taken))))
            left -= taken
    return union(found)


def _later(moment: datetime, by: int) -> datetime:
    return datetime.fromtimestamp(moment.timestamp() + by, moment.tzinfo)


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time as intervals in order that neither touch nor overlap."""
    found: list[Interval] = []
    for start, end in sorted(one for one in intervals if one[0] < one[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def overlap(one: Sequence[Interval], other: Sequence[Interval]) -> list[Interval]:
    """The time in both."""
    return union(
        (max(a, c), min(b, d)) for a, b in one for c, d in other if max(a, c) < min(b, d)
    )  # short lists: a person's day


def without(one: Sequence[Interval], other: Sequence[Interval]) -> list[Interval]:
    """The time of one that is not in the other."""
    left = list(one)
    for start, end in other:
        left = [
            part
            for a, b in left
            for part in ((a, min(b, start)), (max(a, end), b))
            if part[0] < part[1]
        ]  # fmt: skip
    return union(left)


def seconds(intervals: Iterable[Interval]) -> int:
    """How long they are together."""
    return round(sum((end - start).total_seconds() for start, end in intervals))


def in_order(found: Mapping[UUID, Hours], names: Mapping[UUID, str]) -> list[tuple[UUID, str, Hours]]:
    """The hours of those who have a name, the busiest first."""
    rows = [(one, names[one], hours) for one, hours in found.items() if one in names]
    return sorted(rows, key=lambda row: (-(row[2].drive + row[2].work + row[2].overtime), row[1]))
