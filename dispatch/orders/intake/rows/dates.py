"""Times as other systems write them: the formats a mapping names, and a file that mixes two kinds found out.

03/04/2022 is two days, depending on who wrote it. A column whose values can only be read by different formats, where
the formats would read some values differently, is refused with both lines: a guess would be silently wrong. A value
that can mean one thing only (year first, a spreadsheet's day number) refuses its own row, with the format to add.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from kit.bounds import date_is_possible
from kit.errors import Invalid

_CLOCKS = (
    "", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %p%I:%M", " %p%I:%M:%S", " %p %I:%M", "T%H:%M:%S",
)  # fmt: skip
_YEAR_FIRST = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")
_DAYS = (*_YEAR_FIRST, "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%m-%d-%Y", "%d-%m-%Y", "%d-%b-%Y")
KNOWN_FORMATS = ("iso", *(day + clock for day in _DAYS for clock in _CLOCKS), "epoch_ms", "epoch", "excel")
"""What a stray value is compared with, only to name what it looks like."""
EMPTY = ("NULL", "N/A", "#N/A", "-", "--", "—", "\\N")
"""Words that mean that a cell is empty, where a mapping names no others."""

_ISO = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[T\s]*(\d{1,2})\s*[:时]\s*(\d{1,2})(?:\s*[:分]\s*(\d{1,2})(?:[.,](\d{1,9}))?)?\s*[秒分]?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?"
)
_OFFSET = re.compile(r"(?<![%\d])(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$")
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a local time
_HALVES = (("上午", "AM"), ("下午", "PM"), ("凌晨", "AM"), ("晚上", "PM"))
_TOMORROW = timedelta(days=1)


def parse(text: str, pattern: str) -> datetime | date | None:
    """The moment or day a text means in one format; None where it does not fit or no order can be of that time.

    Formats: `iso` (year first, however separated), `epoch` and `epoch_ms` (seconds and milliseconds since 1970),
    `excel` (a spreadsheet's day number), or a `strptime` pattern; an offset written into a pattern means that offset.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    try:
        moment = _SPECIAL[pattern](text) if pattern in _SPECIAL else _strptime(text, pattern)
    except (ValueError, OverflowError):
        return None
    if moment is None or not date_is_possible(moment.date() if isinstance(moment, datetime) else moment):
        return None
    return moment


def _iso(text: str) -> datetime | date | None:
    if len(text) == 10 and text[4] == "-":
        return date.fromisoformat(text)
    try:
        if not text.isdigit():
            return datetime.fromisoformat(text)  # without an offset the zone is given by the mapping, in `aware`
    except ValueError:
        pass
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    day = date(int(found[1]), int(found[2]), int(found[3]))
    if found[4] is None:
        return day if found[8] is None else None
    hour, minute, second = int(found[4]), int(found[5]), int(found[6] or 0)
    midnight = (hour, minute, second) == (24, 0, 0)  # the end of the day, as some write it
    fraction = int((found[7] or "").ljust(6, "0")[:6])
    zone = _offset(found[8]) if found[8] else None
    moment = datetime(day.year, day.month, day.day, 0 if midnight else hour, minute, second, fraction, zone)
    return moment + timedelta(days=1) if midnight else moment


def _offset(text: str) -> tzinfo:
    if text in ("Z", "UTC", "GMT"):
        return UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0)))


def _epoch(text: str) -> datetime | None:
    return datetime.fromtimestamp(float(text), UTC) if re.fullmatch(r"\d{9,10}(\.\d+)?", text) else None


def _epoch_ms(text: str) -> datetime | None:
    return datetime.fromtimestamp(int(text) / 1000, UTC) if re.fullmatch(r"\d{12,13}", text) else None


def _excel(text: str) -> datetime | date | None:
    """Days since 1900 as spreadsheets count them: 44831.586; a whole number is a day."""
    if not re.fullmatch(r"\d{5}([.,]\d+)?", text):
        return None
    seconds = round(float(text.replace(",", ".")) * 86_400)
    moment = _EXCEL_EPOCH + timedelta(seconds=seconds)
    return moment if "." in text or "," in text else moment.date()


_SPECIAL: dict[str, Callable[[str], datetime | date | None]] = {
    "iso": _iso, "epoch": _epoch, "epoch_ms": _epoch_ms, "excel": _excel,
}  # fmt: skip


def _strptime(text: str, pattern: str) -> datetime | date | None:
    if "%p" in pattern:
        for chinese, latin in _HALVES:
            text = text.replace(chinese, latin)
    moment = datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is given by the mapping, in `aware`
    if text.isdigit() and len(text) != len(moment.strftime(pattern)):
        return None  # digits without separators are cut wherever it suits: milliseconds would be a year of 1709
    offset = _OFFSET.search(pattern)
    if offset is not None:
        moment = moment.replace(tzinfo=_offset(offset[1]))
    return moment if _has_clock(pattern) else moment.date()


@lru_cache
def _has_clock(pattern: str) -> bool:
    return any(code in pattern for code in ("%H", "%I", "%X", "%c", "%T", "%R", "%s"))


def _is_sure(pattern: str) -> bool:
    """Whether a format can be confused with none that begins with a day or a month."""
    return pattern in _SPECIAL or pattern.startswith("%Y")


def format_is_known(pattern: str) -> bool:
    """Whether a mapping may name it: a word of ours, or a pattern that writes and reads a day."""
    if pattern in _SPECIAL:
        return True
    try:
        probe = datetime(2022, 11, 23, 14, 5, 9).strftime(pattern)  # noqa: DTZ001
        return "%" in pattern and datetime.strptime(probe, pattern).year == 2022  # noqa: DTZ007
    except (ValueError, re.error):
        return False


def aware(moment: datetime, zone: tzinfo, *, second: bool = False) -> datetime:
    """UTC; a time without an offset is local to `zone` (of a doubled hour the first, or the `second`; a skipped hour
    moves on)."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone, fold=int(second))
    return moment.astimezone(UTC)


@dataclass
class _Seen:
    line: int
    text: str


@dataclass
class DateColumn:
    """One column of times: first `survey` every value in the order of the file, then `settle`, then `read` them.

    A time may stand in several columns (a day and an hour): their texts are joined by a blank.
    """

    columns: Sequence[str]
    formats: Sequence[str]
    zone: tzinfo
    empty: frozenset[str] = frozenset()
    now: datetime | None = None
    _only: dict[str, _Seen] = field(default_factory=dict)
    _fits: int = 0
    _stray: _Seen | None = None
    _stray_for_sure: _Seen | None = None
    _both: set[tuple[str, str]] = field(default_factory=set)
    _order: tuple[str, ...] = ()
    _before: datetime | None = None
    _in_order: bool = True
    _second: set[int] = field(default_factory=set)

    @property
    def column(self) -> str:
        """What it is called in sentences."""
        return " + ".join(self.columns)

    def text(self, values: Mapping[str, str]) -> str:
        """What a row says here; empty where nothing, or a word for it, stands there."""
        texts = (values.get(column, "").strip() for column in self.columns)
        return " ".join(text for text in texts if text and text.casefold() not in self.empty)

    def survey(self, line: int, text: str) -> None:
        """Look at one value: which of the formats fit it."""
        text = text.strip()
        if not text:
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
        if isinstance(moment, datetime) and moment.tzinfo is None:
            self._survey_order(line, moment)

    def _survey_order(self, line: int, moment: datetime) -> None:
        """In a file that goes forward in time, a doubled hour that begins anew is the second one."""
        first = aware(moment, self.zone)
        if moment.hour < 4:
            second = aware(moment, self.zone, second=True)
            if self._before is not None and first < self._before <= second:
                self._second.add(line)
                first = second
        if self._before is not None and first < self._before:
            self._in_order = False
        self._before = first

    def _survey_stray(self, line: int, text: str) -> None:
        looks = looks_like(text)
        if looks is None:
            return
        if all(map(_is_sure, (looks, *self.formats))):
            self._stray_for_sure = self._stray_for_sure or _Seen(line, text)
        elif self._stray is None:
            self._stray = _Seen(line, text)

    def settle(self) -> None:
        """Decide how every value is read. Raises `Invalid` for a column that mixes two kinds of dates, or in which
        nothing is written as the mapping says."""
        sure = next(iter(self._only.items()), None)
        stray = self._stray or (self._stray_for_sure if not self._fits else None)
        if stray is not None:
            if sure is None:
                raise Invalid(
                    "import.date_format", field="file", column=self.column, line=stray.line,
                    value=stray.text, looks=looks_like(stray.text), formats=", ".join(self.formats),
                )  # fmt: skip
            raise self._mixed(sure[1], stray)
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

    def read(self, text: str, line: int = 0, *, not_before: datetime | None = None) -> datetime | date | None:
        """An aware UTC moment, a local day where no time of day is given, or None for what cannot be read.

        In the doubled hour it is the second one where the rows before say so, or else it would be `not_before`.
        """
        text = text.strip()
        for pattern in self._order or self.formats:
            moment = parse(text, pattern)
            if isinstance(moment, datetime):
                found = aware(moment, self.zone, second=self._in_order and line in self._second)
                if not_before is not None and found < not_before and moment.tzinfo is None:
                    found = max(found, aware(moment, self.zone, second=True))
                return found
            if moment is not None:
                return moment
        return None

    def lies_ahead(self, moment: datetime | date) -> bool:
        """Whether it is later than tomorrow: nothing was reported there yet."""
        if self.now is None:
            return False
        if isinstance(moment, datetime):
            return moment > self.now + _TOMORROW
        return moment > (self.now + _TOMORROW).date()


@lru_cache(maxsize=1000)
def looks_like(text: str) -> str | None:
    """The first well-known format a text fits."""
    return next((pattern for pattern in KNOWN_FORMATS if parse(text, pattern) is not None), None)
