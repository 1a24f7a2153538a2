"""A city's file of orders, described by a mapping file (TOML): which column says what, and what its words mean.

A file we have never seen needs a mapping and nothing else; `docs/import-mapping.md` shows every key with an example.
Reading a mapping checks it whole: an unknown key, an unknown channel or a fault type nobody described is one sentence
that names the place. Everything here is pure.
"""

from __future__ import annotations

import codecs
import fnmatch
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import msgspec

from dispatch.orders.intake.rows.dates import EMPTY, format_is_known
from dispatch.orders.models import Channel, Kind, Level, Tier
from grids.service import time_zones
from kit.errors import Invalid
from kit.explaining import explained, place_of
from kit.i18n import Said

SHIPPED = Path(__file__).parent / "mappings"


class _Part(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A table of the mapping file."""


class FilePart(_Part):
    """How the file is written. `auto` takes UTF-8 (with or without BOM), UTF-16 with BOM and GB18030.

    Without `delimiter` the comma, semicolon, tab or bar of the header is taken; `sheet` names a workbook's sheet, the
    first otherwise; `empty` are words that mean an empty cell.
    """

    format: Literal["auto", "csv", "geojson", "workbook"] = "auto"
    encoding: str = "auto"
    delimiter: str | None = None
    sheet: str | None = None
    empty: list[str] = msgspec.field(default_factory=lambda: list(EMPTY))


class Columns(_Part):
    """Which column holds what; only `opened` must be there. Several `description` columns are joined, and so are a day
    and an hour of `opened` or `closed`."""

    opened: str | list[str]
    closed: str | list[str] | None = None
    status: str | None = None
    category: str | None = None
    address: str | None = None
    district: str | None = None
    longitude: str | None = None
    latitude: str | None = None
    geometry: str | None = None
    channel: str | None = None
    level: str | None = None
    tier: str | None = None
    description: list[str] = []
    product: str | None = None
    network_node: str | None = None
    access_notes: str | None = None
    subscriber_account: str | None = None
    subscriber_name: str | None = None
    subscriber_phone: str | None = None

    def named(self) -> dict[str, str]:
        """Field -> column, of those the mapping names; `description` columns as `description 1`, …"""
        found: dict[str, str] = {}
        for field in self.__struct_fields__:
            value = getattr(self, field)
            if isinstance(value, list):
                found |= {f"{field} {number}": column for number, column in enumerate(value, 1)}
            elif value is not None:
                found[field] = value
        return found


class KeyPart(_Part):
    """What makes a row that row: the source's own id, else columns that never change plus an occurrence number."""

    id: str | None = None
    columns: list[str] = []


class DatesPart(_Part):
    """How times are written. `timezone` is `area` or a zone's name and is for times without an offset.

    `formats` are tried in turn: `iso`, `epoch`, `epoch_ms`, `excel` or `strptime` patterns (`intake.dates.parse`).
    `closed_formats` where the closing column differs.
    """

    timezone: str = "area"
    formats: list[str] = msgspec.field(default_factory=lambda: ["iso"])
    closed_formats: list[str] = []


class PlacePart(_Part):
    """Which coordinates the file gives (`wgs84`, `gcj02`, `bd09` or `EPSG:…`), and the order in a pair column."""

    system: str = "wgs84"
    pair: Literal["lon lat", "lat lon"] = "lon lat"


class Constants(_Part):
    """What is the same for every row, or where a row says nothing."""

    kind: Kind = Kind.REPAIR
    channel: Channel = Channel.PHONE
    level: Level = Level.NORMAL
    tier: Tier = Tier.ORDINARY
    product: str | None = None


class Statuses(_Part):
    """Words of the status column. A word in no list counts as closed where a closing time is given, else as open."""

    open: list[str] = []
    closed: list[str] = []
    cancelled: list[str] = []


class FaultTypeRule(_Part):
    """A fault type: which categories mean it, and what it takes. `*` in a category stands for anything.

    `minutes` is the time on site; `priority` 0 to 100, more is sooner.
    """

    en: str
    zh: str
    match: list[str] = []
    skill: str | None = None
    skill_level: int = 1
    minutes: int = 60
    priority: int = 0
    level: Level | None = None


class UnknownCategory(_Part):
    """What becomes of a category that no fault type matches: it gets this fault type, or its row is rejected."""

    fault_type: str | None = None
    reject: bool = False


class Mapping(_Part):
    """The whole mapping file. `source` names where the rows come from: ids of two sources never meet."""

    source: str
    kind: Literal["history", "replay"]
    columns: Columns
    fault_types: dict[str, FaultTypeRule]
    title: str = ""
    file: FilePart = msgspec.field(default_factory=FilePart)
    key: KeyPart = msgspec.field(default_factory=KeyPart)
    dates: DatesPart = msgspec.field(default_factory=DatesPart)
    place: PlacePart = msgspec.field(default_factory=PlacePart)
    constants: Constants = msgspec.field(default_factory=Constants)
    statuses: Statuses = msgspec.field(default_factory=Statuses)
    channels: dict[str, Channel] = {}
    levels: dict[str, Level] = {}
    tiers: dict[str, Tier] = {}
    unknown_category: UnknownCategory = msgspec.field(default_factory=UnknownCategory)

    def key_columns(self) -> list[str]:
        """The columns a row's key is made of: the mapped id, the named ones, or every mapped column that is stable."""
        if self.key.id is not None:
            return [self.key.id]
        if self.key.columns:
            return self.key.columns
        stable = ("opened", "category", "address", "district", "channel", "longitude", "latitude", "geometry")
        return [column for field in stable for column in columns_of(getattr(self.columns, field))]

    def needed_columns(self, label_column: str | None = None) -> dict[str, str]:
        """What for -> column, of every column the file must have."""
        needed = self.columns.named()
        needed |= {f"key {number}": column for number, column in enumerate(self.key_columns(), 1)}
        if label_column is not None:
            needed["label"] = label_column
        return needed


def columns_of(named: str | list[str] | None) -> list[str]:
    """The columns a field of the mapping names: none, one, or several to be joined."""
    return [] if named is None else [named] if isinstance(named, str) else named


class Vocabulary:
    """The words of one mapping, folded for comparison: categories, statuses, channels, levels, tiers."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self._exact: dict[str, str] = {}
        self._patterns: list[tuple[str, str]] = []
        for code, rule in mapping.fault_types.items():
            for category in rule.match:
                word = fold(category)
                if "*" in word:
                    self._patterns.append((word, code))
                else:
                    self._exact[word] = code
        self._statuses = {
            fold(word): state
            for state in ("open", "closed", "cancelled")
            for word in getattr(mapping.statuses, state)
        }  # fmt: skip

    def fault_type(self, category: str) -> str | None:
        """The fault type of a category, the default for an unknown one, or None where such rows are rejected."""
        word = fold(category)
        code = self._exact.get(word)
        if code is None:
            code = next((code for pattern, code in self._patterns if fnmatch.fnmatchcase(word, pattern)), None)
            if code is None:
                code = None if self.mapping.unknown_category.reject else self._default
            if code is not None and len(self._exact) < 10_000:
                self._exact[word] = code
        return code

    @cached_property
    def _default(self) -> str | None:
        if self.mapping.unknown_category.fault_type is not None:
            return self.mapping.unknown_category.fault_type
        return next(iter(self.mapping.fault_types), None)

    @cached_property
    def channels(self) -> dict[str, Channel]:
        """Folded word -> channel, our own names included."""
        return {c.value: c for c in Channel} | {fold(word): c for word, c in self.mapping.channels.items()}

    @cached_property
    def levels(self) -> dict[str, Level]:
        """Folded word -> level, our own names included."""
        return {c.value: c for c in Level} | {fold(word): c for word, c in self.mapping.levels.items()}

    @cached_property
    def tiers(self) -> dict[str, Tier]:
        """Folded word -> tier, our own names included."""
        return {c.value: c for c in Tier} | {fold(word): c for word, c in self.mapping.tiers.items()}

    def state(self, word: str, has_closing_time: bool) -> str:
        """`open`, `closed` or `cancelled`."""
        return self._statuses.get(fold(word)) or ("closed" if has_closing_time else "open")


def fold(word: str) -> str:
    """How words are compared: without case and without doubled or outer blanks."""
    return " ".join(word.casefold().split())


def shipped_names() -> list[str]:
    """The mappings that come with the program."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def load_mapping(source: str | Path) -> Mapping:
    """The mapping in a file, or a shipped one by its name (`vancouver`, `los_angeles`).

    Raises `Invalid` (`mapping.*`) with the place in the file.
    """
    path = Path(source)
    if not path.exists() and str(source) in shipped_names():
        path = SHIPPED / f"{source}.toml"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Invalid(
            "mapping.absent", field="mapping", file=str(source), shipped=", ".join(shipped_names())
        ) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("mapping.not_utf8", field="mapping", byte=error.start) from error
    return parse_mapping(text)


def parse_mapping(text: str) -> Mapping:
    """The mapping in a TOML text. Raises `Invalid` (`mapping.*`)."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line, column = place_of(error, text)
        raise Invalid("mapping.unreadable", field="mapping", line=line, column=column) from error
    return mapping_from(raw)


def mapping_from(raw: dict[str, Any]) -> Mapping:
    """The mapping in plain dicts and lists, as an import run keeps it. Raises `Invalid` (`mapping.*`)."""
    try:
        mapping = msgspec.convert(raw, Mapping)
    except msgspec.ValidationError as error:
        raise Invalid("mapping.invalid", field="mapping", detail=explained(error)) from error
    _check(mapping)
    return mapping


def mapping_as_dict(mapping: Mapping) -> dict[str, Any]:
    """Plain dicts and lists; `mapping_from` reads them back."""
    plain: dict[str, Any] = msgspec.to_builtins(mapping)
    return plain


def _useless(code: str, **params: Any) -> Invalid:
    return Invalid("mapping.invalid", field="mapping", detail=Said(code, params))


def _check(mapping: Mapping) -> None:
    if not mapping.source.strip() or ":" in mapping.source:
        raise _useless("mapping.why_source")
    if not mapping.fault_types:
        raise _useless("mapping.why_no_fault_types")
    default = mapping.unknown_category.fault_type
    if default is not None and default not in mapping.fault_types:
        known = ", ".join(mapping.fault_types)
        raise _useless("mapping.why_unknown_default", found=default, known=known)
    for code, rule in mapping.fault_types.items():
        _check_range(f"fault_types.{code}.minutes", rule.minutes, 1, 24 * 60)
        _check_range(f"fault_types.{code}.priority", rule.priority, 0, 100)
        _check_range(f"fault_types.{code}.skill_level", rule.skill_level, 1, 5)
    if (mapping.columns.longitude is None) != (mapping.columns.latitude is None):
        raise _useless("mapping.why_half_place")
    if mapping.file.delimiter is not None and len(mapping.file.delimiter) != 1:
        raise _useless("mapping.why_delimiter")
    if not mapping.columns.opened:
        raise _useless("mapping.why_no_opened")
    if not mapping.dates.formats:
        raise _useless("mapping.why_no_formats")
    for pattern in (*mapping.dates.formats, *mapping.dates.closed_formats):
        if not format_is_known(pattern):
            raise _useless("mapping.why_format", pattern=pattern)
    if mapping.dates.timezone != "area" and mapping.dates.timezone not in time_zones():
        raise _useless("mapping.why_timezone", found=mapping.dates.timezone)
    if mapping.file.encoding != "auto" and not _writes_files(mapping.file.encoding):
        raise _useless("mapping.why_encoding", found=mapping.file.encoding)


def _check_range(place: str, found: int, least: int, most: int) -> None:
    if not least <= found <= most:
        raise _useless("mapping.why_range", place=place, least=least, most=most, found=found)


_PROBE = "Grid 7, 1 Main St"
_NO_FILES = ("utf_7", "punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined")
"""Encodings Python knows for other things than files."""


def _writes_files(encoding: str) -> bool:
    try:
        found = codecs.lookup(encoding)
        return found.name.replace("-", "_") not in _NO_FILES and _PROBE.encode(encoding).decode(encoding) == _PROBE
    except (LookupError, ValueError):
        return False
