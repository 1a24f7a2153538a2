"""Times as other systems write them: the formats a mapping names, and a file that mixes two kinds found out.

03/04/2022 is two days, depending on who wrote it. A column whose values can only be read by different formats, where
the formats would read some values differently, is refused with both lines: a guess would be silently wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache

from kit.bounds import date_is_possible
from kit.errors import Invalid

_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S")
KNOWN_FORMATS = (
    "iso",
    *(
        day + clock
        for day in ("%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d.%m.%Y", "%m-%d-%Y", "%d-%m-%Y", "%Y年%m月%d日", "%d-%b-%Y")
        for clock in _CLOCKS
    ),
)
"""What a stray value is compared with, only to name what it looks like."""


def parse(text: str, pattern: str) -> datetime | date | None:
    """The moment or day a text means in one format; None where it does not fit or no order can be of that time."""
    try:
        if pattern == "iso" and len(text) == 10:
            day = date.fromisoformat(text)
            return day if date_is_possible(day) else None
        # Without an offset the zone is given by the mapping, in `aware`.
        moment = datetime.fromisoformat(text) if pattern == "iso" else datetime.strptime(text, pattern)  # noqa: DTZ007
    except ValueError:
        return None
    if not date_is_possible(moment.date()):
        return None
    return moment if pattern == "iso" or _has_clock(pattern) else moment.date()


@lru_cache
def _has_clock(pattern: str) -> bool:
    return any(code in pattern for code in ("%H", "%I", "%X", "%c", "%T", "%R"))


def aware(moment: datetime, zone: tzinfo) -> datetime:
    """UTC; a time without an offset is local to `zone` (of a doubled hour the first; a skipped hour moves on)."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC)


@dataclass
class _Seen:
    line: int
    text: str


@dataclass
class DateColumn:
    """One column of times: first `survey` every value, then `settle`, then `read` them."""

    column: str
    formats: Sequence[str]
    zone: tzinfo
    _only: dict[str, _Seen] = field(default_factory=dict)
    _fits: int = 0
    _stray: _Seen | None = None
    _both: set[tuple[str, str]] = field(default_factory=set)
    _order: tuple[str, ...] = ()

    def survey(self, line: int, text: str) -> None:
        """Look at one value: which of the formats fit it."""
        text = text.strip()
        if not text:
            return
        if len(self.formats) == 1:
            if parse(text, self.formats[0]) is None:
                self._survey_stray(line, text)
            elif not self._fits:
                self._only.setdefault(self.formats[0], _Seen(line, text))
                self._fits = 1
            return
        fitting = [(pattern, moment) for pattern in self.formats if (moment := parse(text, pattern)) is not None]
        if not fitting:
            self._survey_stray(line, text)
            return
        self._fits += 1
        first, moment = fitting[0]
        rivals = [pattern for pattern, other in fitting[1:] if other != moment]
        if rivals:
            self._both.update((first, rival) for rival in rivals)
        else:
            self._only.setdefault(first, _Seen(line, text))

    def _survey_stray(self, line: int, text: str) -> None:
        if self._stray is None and looks_like(text) is not None:
            self._stray = _Seen(line, text)

    def settle(self) -> None:
        """Decide how every value is read. Raises `Invalid` for a column that mixes two kinds of dates."""
        sure = next(iter(self._only.items()), None)
        if self._stray is not None:
            if sure is None:
                raise Invalid(
                    "import.date_format", field="file", column=self.column, line=self._stray.line,
                    value=self._stray.text, looks=looks_like(self._stray.text), formats=", ".join(self.formats),
                )  # fmt: skip
            raise self._mixed(sure[1], self._stray)
        for a, b in self._both:
            if a in self._only and b in self._only:
                raise self._mixed(self._only[a], self._only[b])
        certain = [pattern for pattern in self.formats if pattern in self._only]
        self._order = (*certain, *(pattern for pattern in self.formats if pattern not in certain))

    def _mixed(self, one: _Seen, other: _Seen) -> Invalid:
        first, second = sorted((one, other), key=lambda seen: seen.line)
        return Invalid(
            "import.mixed_dates", field="file", column=self.column,
            line=first.line, value=first.text, other_line=second.line, other_value=second.text,
        )  # fmt: skip

    def read(self, text: str) -> datetime | date | None:
        """An aware UTC moment, a local day where no time of day is given, or None for what cannot be read."""
        text = text.strip()
        for pattern in self._order or self.formats:
            moment = parse(text, pattern)
            if moment is not None:
                return aware(moment, self.zone) if isinstance(moment, datetime) else moment
        return None


@lru_cache(maxsize=1000)
def looks_like(text: str) -> str | None:
    """The first well-known format a text fits."""
    return next((pattern for pattern in KNOWN_FORMATS if parse(text, pattern) is not None), None)
