"""When somebody is called: the hours of the desk, and the next try of who was not reached. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo

from dispatch.policies.clocks import period_of_day

TRIES = (time(9), time(13), time(18, 30))
"""Where a next try begins, one in each period of the day."""


def next_try(tried: datetime, zone: tzinfo) -> datetime:
    """The beginning of the next period of the day that is another one than that of the last try."""
    local = tried.astimezone(zone)
    had = period_of_day(tried, zone)
    starts = (
        datetime.combine(local.date() + timedelta(days=days), start, tzinfo=zone)
        for days in (0, 1, 2)
        for start in TRIES
    )
    return next(at for at in starts if at > tried and period_of_day(at, zone) != had)


def opens_at(now: datetime, zone: tzinfo, opens: str, closes: str) -> datetime | None:
    """None while the desk may call; outside its hours the moment from which on it may. Hours are local, `HH:MM`."""
    local = now.astimezone(zone)
    if opens <= f"{local:%H:%M}" < closes:
        return None
    day = local.date() if f"{local:%H:%M}" < opens else local.date() + timedelta(days=1)
    return datetime.combine(day, time.fromisoformat(opens), tzinfo=zone)


PARTS = ("morning", "afternoon", "evening")


def part_ends(now: datetime, zone: tzinfo) -> list[datetime]:
    """When the parts of this local day end: noon, six in the evening, midnight."""
    day = now.astimezone(zone).date()
    noon, six = (datetime.combine(day, time(hour), tzinfo=zone) for hour in (12, 18))
    return [noon, six, datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)]
