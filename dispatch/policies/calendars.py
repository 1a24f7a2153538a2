"""Which days are worked, as snapshots: pure once loaded, so an upgrade of a package never moves a due time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kit.clock import local_date

ONE_DAY = timedelta(days=1)
_LONGEST_SEARCH = 800
"""Days looked ahead for a working day; a calendar without any in two years is a mistake."""


@dataclass(frozen=True, slots=True)
class YearRules:
    """One year of a calendar: its days off and its hours (local)."""

    days_off: frozenset[date]
    opens: time = time(9)
    closes: time = time(18)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days and hours of an area. A year without a snapshot has its weekends off if `weekends_off`."""

    timezone: ZoneInfo
    years: dict[int, YearRules] = field(default_factory=dict)
    weekends_off: bool = True

    def works(self, day: date) -> bool:
        """Whether this local day is worked."""
        rules = self.years.get(day.year)
        if rules is not None:
            return day not in rules.days_off
        return not self.weekends_off or day.isoweekday() < 6

    def first_working_day(self, day: date) -> date:
        """This day if it is worked, else the next that is."""
        for _ in range(_LONGEST_SEARCH):
            if self.works(day):
                return day
            day += ONE_DAY
        raise ValueError(f"the calendar has no working day within {_LONGEST_SEARCH} days before {day}")

    def open_period(self, day: date) -> tuple[datetime, datetime] | None:
        """The open hours of a local day as two UTC instants, or None on a day off."""
        if not self.works(day):
            return None
        rules = self.years.get(day.year) or YearRules(frozenset())
        return self.instant(day, rules.opens), self.instant(day, rules.closes)

    def instant(self, day: date, at: time) -> datetime:
        """A local time of day as a UTC instant."""
        return datetime.combine(day, at, self.timezone).astimezone(UTC)

    def local_day(self, moment: datetime) -> date:
        """The local date of an instant."""
        return local_date(moment, self.timezone)

    def add_open_seconds(self, start: datetime, seconds: float) -> datetime:
        """The instant at which `seconds` of open time have really elapsed since `start`."""
        remaining = timedelta(seconds=seconds)
        day = self.local_day(start)
        while True:
            day = self.first_working_day(day)
            period = self.open_period(day)
            if period is not None:
                begin = max(start, period[0])
                available = period[1] - begin
                if available >= remaining and period[1] > begin:
                    return begin + remaining
                remaining -= max(available, timedelta(0))
            day += ONE_DAY

    def open_seconds_between(self, start: datetime, end: datetime) -> float:
        """Seconds of open time between two instants; 0 when `end` is not after `start`."""
        total = timedelta(0)
        day = self.local_day(start)
        while end > start and day <= self.local_day(end):
            period = self.open_period(day)
            if period is not None:
                total += max(min(end, period[1]) - max(start, period[0]), timedelta(0))
            day += ONE_DAY
        return total.total_seconds()


@dataclass(frozen=True, slots=True)
class Calendars:
    """Both calendars of an area: when repairs are worked, and when working-hours promises run."""

    service: Calendar
    office: Calendar


WEEKENDS = "weekends"
"""The source of days off of a year that no package knows; people are told."""


def office_days_off(country: str | None, year: int) -> tuple[list[str], str]:
    """The days off of a year: `(ISO dates, source)`, weekends included, make-up workdays left out.

    Where no package knows the year or the country, the weekends alone: the source is then `WEEKENDS`.
    """
    weekends = {day for day in _days(year) if day.isoweekday() > 5}
    code = (country or "").upper()
    if code == "CN":
        import chinese_calendar

        try:
            off = {day for day in _days(year) if not chinese_calendar.is_workday(day)}
        except NotImplementedError:
            return _iso(weekends), WEEKENDS
        return _iso(off), "chinese_calendar"
    import holidays  # it reads every country of the world

    if code in holidays.list_supported_countries():
        known = holidays.country_holidays(code, years=year)
        if known.start_year <= year <= known.end_year:
            made_up = set(getattr(known, "weekend_workdays", ()) or ())
            public = {day for day in known if day.year == year}
            return _iso((weekends - made_up) | public), "holidays"
    return _iso(weekends), WEEKENDS


def _days(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days)]


def _iso(days: set[date]) -> list[str]:
    return [day.isoformat() for day in sorted(days)]
