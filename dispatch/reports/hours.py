"""Where the hours went (工时去向): shifts cut into drive, work, breaks, waiting and time nobody used. Pure.

Inside a shift every second is exactly one of these, so that the parts always sum up to the shift; what is driven or
worked outside of every shift is overtime.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

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
    working = union(works)
    driving = without(union(drives), working)
    busy = union([*driving, *working])
    found = Hours()
    for duty in duties:
        inside = [(duty.start, duty.end)]
        drive, work = overlap(driving, inside), overlap(working, inside)
        mine = overlap(busy, inside)
        idle = without(inside, mine)
        resting = _resting(duty.pauses, idle)
        idle = without(idle, resting)
        between = overlap(idle, [(mine[0][0], mine[-1][1])]) if mine else []
        found.add(
            Hours(
                shift=seconds(inside), drive=seconds(drive), work=seconds(work), pause=seconds(resting),
                wait=seconds(between), unassigned=seconds(idle) - seconds(between),
            )
        )  # fmt: skip
    found.overtime = seconds(without(busy, union([(duty.start, duty.end) for duty in duties])))
    return found


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
