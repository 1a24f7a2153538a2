"""When a notice may go: the night rests, a day has a limit, a failed try waits longer each time. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

PAUSES = (30, 60, 120, 300, 600, 1200, 1800, 3600)
"""Seconds until the next try; the last one repeats."""


def pause(tries: int) -> timedelta:
    """How long to wait after so many failed tries (1 or more)."""
    return timedelta(seconds=PAUSES[min(tries, len(PAUSES)) - 1])


def quiet_until(moment: datetime, zone: ZoneInfo, starts: str, ends: str) -> datetime | None:
    """The end of the quiet time that `moment` lies in, or None. `starts` and `ends` are HH:MM on the local clock."""
    local = moment.astimezone(zone)
    first, last = time.fromisoformat(starts), time.fromisoformat(ends)
    now = local.time().replace(tzinfo=None)
    over_midnight = first > last
    resting = (now >= first or now < last) if over_midnight else first <= now < last
    if not resting:
        return None
    day = local.date() + timedelta(days=1 if over_midnight and now >= first else 0)
    return datetime.combine(day, last, zone).astimezone(moment.tzinfo)


def day_of(moment: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The local calendar day that `moment` lies in: its first instant, and the next day's."""
    day = moment.astimezone(zone).date()
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)
