"""A month of an area: its name, its days, its instants. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from kit.bounds import date_is_possible
from kit.errors import Invalid


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in the area's time zone: `start` (included) to `end` (not), aware UTC."""

    first: date
    start: datetime
    end: datetime

    @property
    def name(self) -> str:
        """`2022-09`."""
        return f"{self.first:%Y-%m}"

    @property
    def next_first(self) -> date:
        """The first day of the next month."""
        return _shift(self.first, 1)

    @property
    def previous_first(self) -> date:
        """The first day of the month before."""
        return _shift(self.first, -1)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.next_first - self.first).days


def month_of(named: str | date, timezone: str) -> Month:
    """The month named `2022-09`, or the one a day lies in. Raises `Invalid` for anything else."""
    if isinstance(named, date):
        first = named.replace(day=1)
    else:
        try:
            first = date.fromisoformat(f"{named}-01")
        except ValueError as error:
            raise Invalid("assessment.month", field="month", month=named) from error
    if not (date_is_possible(first) and date_is_possible(_shift(first, 1))):
        raise Invalid("assessment.month", field="month", month=f"{first:%Y-%m}")
    zone = ZoneInfo(timezone)
    return Month(first, _instant(first, zone), _instant(_shift(first, 1), zone))


def _instant(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _shift(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
