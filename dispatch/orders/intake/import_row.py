"""A row of a file, read by a mapping: everything an order is made of, or the reason why it cannot be one. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from dispatch.orders.intake.coordinates import NOTHING, CoordinateReader, Reading
from dispatch.orders.intake.dates import DateColumn, aware
from dispatch.orders.intake.mapping import Mapping, Vocabulary, fold
from dispatch.orders.intake.reading import BadRow, Row
from dispatch.orders.models import Channel, Kind, Level, Tier
from kit.geo import LonLat

_LONGEST = 4000


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

    point: LonLat | None = None
    point_source: str | None = None
    place_problem: str | None = None
    candidates: list[Any] = field(default_factory=list)


class RowReader:
    """Turns rows into `Incoming`, one mapping and one area at a time."""

    def __init__(
        self, mapping: Mapping, zone: ZoneInfo, *, label_column: str | None = None, onto: date | None = None
    ) -> None:
        self.mapping = mapping
        self.zone = zone
        self.onto = onto
        self.label_column = label_column
        self.words = Vocabulary(mapping)
        self.coordinates = CoordinateReader(mapping.place.system, mapping.place.pair)
        dates = mapping.dates
        written = zone if dates.timezone == "area" else ZoneInfo(dates.timezone)
        self.opened = DateColumn(mapping.columns.opened, dates.formats, written)
        self.closed = (
            DateColumn(mapping.columns.closed, dates.closed_formats or dates.formats, written)
            if mapping.columns.closed
            else None
        )
        self._key_columns = mapping.key_columns()

    def survey(self, row: Row) -> None:
        """First pass: look at the dates, so that a file which mixes two kinds is found out before anything is kept."""
        self.opened.survey(row.line, row.values.get(self.opened.column, ""))
        if self.closed is not None:
            self.closed.survey(row.line, row.values.get(self.closed.column, ""))

    def settle(self) -> None:
        """After the first pass. Raises `Invalid` for columns that mix two kinds of dates."""
        self.opened.settle()
        if self.closed is not None:
            self.closed.settle()

    def base_key(self, row: Row) -> str:
        """The key without its occurrence number: `source:id`, or a hash of the stable columns."""
        if self.mapping.key.id is not None:
            return f"{self.mapping.source}:{row.values.get(self.mapping.key.id, '').strip()}"
        stable = msgspec.json.encode([row.values.get(column, "").strip() for column in self._key_columns])
        return f"{self.mapping.source}:{hashlib.blake2b(stable, digest_size=16).hexdigest()}"

    def read(self, row: Row, key: str) -> Incoming | BadRow:
        """The row as an order-to-be, or why it cannot be one."""
        columns, constants, values = self.mapping.columns, self.mapping.constants, row.values

        def cell(column: str | None) -> str | None:
            text = values.get(column, "").strip() if column is not None else ""
            return text[:_LONGEST] or None

        def bad(reason: str, **params: Any) -> BadRow:
            return BadRow(row.line, reason, params, values)

        opened_text = cell(columns.opened)
        if opened_text is None:
            return bad("row.no_opening_time", column=columns.opened)
        opened = self.opened.read(opened_text)
        if opened is None:
            return bad("row.date", column=columns.opened, value=opened_text[:60])
        opened_at = opened if isinstance(opened, datetime) else self._local(opened, time())
        closed_at, closed_day = None, None
        closed_text = cell(columns.closed)
        if self.closed is not None and closed_text is not None:
            closed = self.closed.read(closed_text)
            if closed is None:
                return bad("row.date", column=self.closed.column, value=closed_text[:60])
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
        place = self._place(row, cell(columns.longitude), cell(columns.latitude), cell(columns.geometry))
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
            subscriber_account=cell(columns.subscriber_account),
            subscriber_name=cell(columns.subscriber_name),
            subscriber_phone=cell(columns.subscriber_phone),
            raw=values,
        )
        incoming.fingerprint = fingerprint(incoming, closing=self.mapping.kind == "history")
        return incoming

    def _place(self, row: Row, longitude: str | None, latitude: str | None, geometry: str | None) -> Reading:
        found = NOTHING
        if row.geometry is not None:
            found = self.coordinates.geojson(row.geometry)
        if found is NOTHING and (longitude or latitude):
            found = self.coordinates.columns(longitude, latitude)
        if found is NOTHING and geometry:
            found = self.coordinates.geometry(geometry)
        return found

    def _local(self, day: date, clock: time) -> datetime:
        return aware(datetime.combine(day, clock), self.zone)

    def _laid_onto(self, moment: datetime, day: date) -> datetime:
        """The same local time of day on another day."""
        return self._local(day, moment.astimezone(self.zone).time())


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
    return hashlib.blake2b(msgspec.json.encode(parts), digest_size=16).hexdigest()
