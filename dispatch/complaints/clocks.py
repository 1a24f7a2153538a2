"""Until when a complaint is acknowledged, answered and rectified, and who hears of it upward. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from dispatch.policies.calendars import Calendar

UPWARD: tuple[tuple[str, float], ...] = (("owner", 0.8), ("dispatcher", 1.0), ("manager", 1.5))
"""Who is warned after which share of the time: before it is over, when it is, and when half of it has passed again."""


def working_days_after(moment: datetime, days: int, office: Calendar) -> datetime:
    """The end of the last of so many working days after the day of `moment`."""
    day = office.local_day(moment)
    for _ in range(days):
        day = office.first_working_day(day + timedelta(days=1))
    return office.instant(day, time(23, 59, 59))


def warned_by(since: datetime, due: datetime, now: datetime) -> list[str]:
    """Who is to be warned by now of a time that began at `since` and is due at `due`, from below upward."""
    whole = (due - since).total_seconds()
    if whole <= 0:
        return [role for role, _ in UPWARD] if now >= due else []
    used = (now - since).total_seconds() / whole
    return [role for role, share in UPWARD if used >= share]
