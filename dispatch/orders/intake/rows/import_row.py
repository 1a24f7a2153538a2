"""A row of a file, read by a mapping: everything an order is made of, or the reason why it cannot be one. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from dispatch.orders.intake.rows.coordinates import NOTHING, CoordinateReader, Reading, number_of
from dispatch.orders.intake.rows.dates import DateColumn, aware, looks_like
from dispatch.orders.intake.rows.mapping import Mapping, Vocabulary, columns_of, fold
from dispatch.orders.intake.rows.reading import BadRow, Row
from dispatch.orders.models import Channel, Kind, Level, Tier
from kit.geo import LonLat

_LONGEST = 4000
_EATEN = re.compile(r"[-+]?\d(?:[.,]\d+)?[eE]\+?\d+")
"""1.38E+10: what a spreadsheet leaves of a long number."""


@dataclass(slots=True)
class Incoming:
    """A row that can become an order. Times are aware UTC; `closed_day` where the source names only a day."""

    line: int
    key: str
    fingerprint: str
    opened: datetime
    closed: datetime | None
    closed_day: date | None
    state: str
    """open, closed, cancelled: what the source says."""
    kind: Kind
    channel: Channel
    level: Level
    tier: Tier
    fault_type: str
    category: str | None
    skill: str | None
    skill_level: int
    service_seconds: int
    priority: int
    description: str | None
    product: str | None
    network_node: str | None
    access_notes: str | None
    address: str | None
    district: str | None
    label: str | None
    place: Reading
    subscriber_account: str | None
    subscriber_name: str | None
    subscriber_phone: str | None
    raw: dict[str, str] = field(default_factory=dict)
    chases: int = 0
    """So often others asked for the same again, in rows of the same id."""
    point_text: str | None = None
    """The coordinates as written, to count what stands on them."""

    point: LonLat | None = None
    point_source: str | None = None
    place_problem: str | None = None
    candidates: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Repeated:
    """A row that says again what an earlier one with the same id says."""

    line: int


class RowReader:
    """Turns rows into `Incoming`, one mapping and one area at a time."""

    def __init__(
        self,
        mapping: Mapping,
        zone: ZoneInfo,
        *,
        label_column: str | None = None,
        onto: date | None = None,
        now: datetime | None = None,
    ) -> None:
        self.mapping = mapping
        self.zone = zone
        self.onto = onto
        self.label_column = label_column
        self.words = Vocabulary(mapping)
        self.coordinates = CoordinateReader(mapping.place.system, mapping.place.pair)
        dates = mapping.dates
        written = zone if dates.timezone == "area" else ZoneInfo(dates.timezone)
        self.empty = frozenset(word.casefold() for word in mapping.file.empty)
        columns = mapping.columns
        self.opened = DateColumn(columns_of(columns.opened), dates.formats, written, self.empty, now)
        closing = columns_of(columns.closed)
        self.closed = (
            DateColumn(closing, dates.closed_formats or dates.formats, written, self.empty) if closing else None
        )
        self._key_columns = mapping.key_columns()
        named = columns.named()
        self._caller_column = named.pop("channel", None)
        self._order_columns = list(named.values())

    def survey(self, row: Row) -> None:
        """First pass: look at the dates, so that a file which mixes two kinds is found out before anything is kept."""
        self.opened.survey(row.line, self.opened.text(row.values))
        if self.closed is not None:
            self.closed.survey(row.line, self.closed.text(row.values))

    def settle(self) -> None:
        """After the first pass. Raises `Invalid` for columns that mix two kinds of dates."""
        self.opened.settle()
        if self.closed is not None:
            self.closed.settle()

    def id_of(self, row: Row) -> str:
        """What the source's own id column says; empty where it says nothing."""
        return self._cell(row.values, self.mapping.key.id) or ""

    def base_key(self, row: Row) -> str:
        """The key without its occurrence number: `source:id`, or a hash of the stable columns."""
        if self.mapping.key.id is not None:
            return f"{self.mapping.source}:{self.id_of(row)}"
        stable = msgspec.json.encode([row.values.get(column, "").strip() for column in self._key_columns])
        return f"{self.mapping.source}:{hashlib.blake2b(stable, digest_size=16).hexdigest()}"

    def content_of(self, row: Row) -> tuple[bytes, str]:
        """A hash of all that an order is made of but who called, and the caller's word."""
        parts = msgspec.json.encode([row.values.get(column, "").strip() for column in self._order_columns])
        return hashlib.blake2b(parts, digest_size=16).digest(), self._cell(row.values, self._caller_column) or ""

    def point_of(self, row: Row) -> str | None:
        """The row's coordinates as written, the same for the same numbers; None where there are none."""
        columns = self.mapping.columns
        texts = [self._cell(row.values, name) for name in (columns.longitude, columns.latitude, columns.geometry)]
        if row.geometry is not None:
            texts.append(str(row.geometry))
        return "|".join(_plain_number(text) for text in texts) if any(texts) else None

    def address_of(self, row: Row) -> str | None:
        """The row's address."""
        return self._cell(row.values, self.mapping.columns.address)

    def _cell(self, values: dict[str, str], column: str | None) -> str | None:
        text = values.get(column, "").strip() if column is not None else ""
        return None if not text or text.casefold() in self.empty else text[:_LONGEST]

    def _eaten(self, values: dict[str, str]) -> tuple[str, str] | None:
        """The column and the text of a number of which a spreadsheet kept only the first digits."""
        columns = self.mapping.columns
        for column in (columns.subscriber_phone, columns.subscriber_account, *self._id_columns()):
            text = self._cell(values, column)
            if column is not None and text is not None and _EATEN.fullmatch(text):
                return column, text
        return None

    def _id_columns(self) -> list[str]:
        return [self.mapping.key.id] if self.mapping.key.id is not None else []

    def read(self, row: Row, key: str, *, chases: int = 0) -> Incoming | BadRow:
        """The row as an order-to-be, or why it cannot be one."""
        columns, constants, values = self.mapping.columns, self.mapping.constants, row.values

        def cell(column: str | None) -> str | None:
            return self._cell(values, column)

        def bad(reason: str, **params: Any) -> BadRow:
            return BadRow(row.line, reason, params, values)

        def unread(column: DateColumn, text: str) -> BadRow:
            looks = looks_like(text[:60])
            if looks is None:
                return bad("row.date", column=column.column, value=text[:60])
            return bad("row.date_format", column=column.column, value=text[:60], looks=looks)

        eaten = self._eaten(values)
        if eaten is not None:
            return bad("row.eaten_number", column=eaten[0], value=eaten[1][:60])
        opened_text = self.opened.text(values)
        if not opened_text:
            return bad("row.no_opening_time", column=self.opened.column)
        opened = self.opened.read(opened_text, row.line)
        if opened is None:
            return unread(self.opened, opened_text)
        if self.opened.lies_ahead(opened):
            return bad("row.ahead", column=self.opened.column, value=opened_text[:60])
        opened_at = opened if isinstance(opened, datetime) else self._local(opened, time())
        closed_at, closed_day = None, None
        closed_text = self.closed.text(values) if self.closed is not None else ""
        if self.closed is not None and closed_text:
            closed = self.closed.read(closed_text, row.line, not_before=opened_at)
            if closed is None:
                return unread(self.closed, closed_text)
            if isinstance(closed, datetime):
                closed_at = closed
            else:
                # Only a day is known: the work was done by its end, so a request of the same day is not older than it.
                closed_day, closed_at = closed, self._local(closed, time(23, 59, 59))
        category = cell(columns.category)
        code = self.words.fault_type(category or "")
        if code is None:
            return bad("row.category", category=(category or "")[:80])
        rule = self.mapping.fault_types[code]
        channel_word, level_word, tier_word = cell(columns.channel), cell(columns.level), cell(columns.tier)
        place = self.place_in(row, self.coordinates)
        incoming = Incoming(
            line=row.line,
            key=key,
            fingerprint="",
            opened=opened_at if self.onto is None else self._laid_onto(opened_at, self.onto),
            closed=closed_at,
            closed_day=closed_day,
            state=self.words.state(cell(columns.status) or "", closed_at is not None),
            kind=constants.kind,
            channel=self.words.channels.get(fold(channel_word or ""), constants.channel),
            level=self.words.levels.get(fold(level_word or "")) or rule.level or constants.level,
            tier=self.words.tiers.get(fold(tier_word or ""), constants.tier),
            fault_type=code,
            category=category,
            skill=rule.skill,
            skill_level=rule.skill_level,
            service_seconds=rule.minutes * 60,
            priority=rule.priority,
            description=" · ".join(text for column in columns.description if (text := cell(column))) or None,
            product=cell(columns.product) or constants.product,
            network_node=cell(columns.network_node),
            access_notes=cell(columns.access_notes),
            address=cell(columns.address),
            district=cell(columns.district),
            label=cell(self.label_column),
            place=place,
            subscriber_account=_plain(cell(columns.subscriber_account)),
            subscriber_name=cell(columns.subscriber_name),
            subscriber_phone=_plain(cell(columns.subscriber_phone)),
            raw=values,
            chases=chases,
            point_text=self.point_of(row),
        )
        incoming.fingerprint = fingerprint(incoming, closing=self.mapping.kind == "history")
        return incoming

    def place_in(self, row: Row, system: CoordinateReader) -> Reading:
        """Where a row's coordinates lie if they are written in that system."""
        columns = self.mapping.columns
        longitude, latitude, geometry = (
            self._cell(row.values, column) for column in (columns.longitude, columns.latitude, columns.geometry)
        )
        found = NOTHING
        if row.geometry is not None:
            found = system.geojson(row.geometry)
        if found is NOTHING and (longitude or latitude):
            found = system.columns(longitude, latitude)
        if found is NOTHING and geometry:
            found = system.geometry(geometry)
        return found

    def _local(self, day: date, clock: time) -> datetime:
        return aware(datetime.combine(day, clock), self.zone)

    def _laid_onto(self, moment: datetime, day: date) -> datetime:
        """The same local time of day on another day."""
        return self._local(day, moment.astimezone(self.zone).time())


def _plain(text: str | None) -> str | None:
    """Digits and letters of any width as those of a keyboard."""
    return text if text is None or text.isascii() else unicodedata.normalize("NFKC", text)


def _plain_number(text: str | None) -> str:
    number = number_of(text)
    return (text or "") if number is None else repr(number)


def fingerprint(incoming: Incoming, *, closing: bool) -> str:
    """A hash of everything an order takes from its row: the same again means that nothing changed at the source.

    How a row was closed elsewhere counts for history only: a replayed order lives its own life.
    """
    place = incoming.place
    parts = [
        incoming.opened.isoformat(), closing and incoming.closed and incoming.closed.isoformat(),
        closing and incoming.state,
        incoming.kind.value, incoming.channel.value, incoming.level.value, incoming.tier.value, incoming.fault_type,
        incoming.category, incoming.skill, incoming.skill_level, incoming.service_seconds, incoming.priority,
        incoming.description, incoming.product, incoming.network_node, incoming.access_notes, incoming.address,
        incoming.district, place.given, place.point, incoming.subscriber_account, incoming.subscriber_name,
        incoming.subscriber_phone,
    ]  # fmt: skip
    if incoming.chases:
        parts.append(incoming.chases)
    return hashlib.blake2b(msgspec.json.encode(parts), digest_size=16).hexdigest()
