"""Complaints from a file, read by a mapping as files of orders are: what a hotline or a regulator hands over.

A row is known by the number that its source gave it: brought in again it changes nothing. A row that cannot be taken is
refused with its line and the reason; the others are taken.
"""

from __future__ import annotations

import asyncio
import tempfile
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.complaints import repository
from dispatch.complaints.models import Gravity, Source
from dispatch.complaints.service import take
from dispatch.orders.intake.importing import check_columns
from dispatch.orders.intake.rows.dates import DateColumn, aware, format_is_known
from dispatch.orders.intake.rows.mapping import DatesPart, FilePart, columns_of, fold
from dispatch.orders.intake.rows.reading import BadRow, Row, open_source
from dispatch.orders.intake.rows.reading import Source as File
from grids.access import require_whole_area
from grids.models import ServiceArea
from grids.service import time_zones
from kit.actor import Actor, Role
from kit.errors import Invalid
from kit.explaining import explained, place_of
from kit.i18n import Said

IMPORTERS = (Role.DISPATCHER, Role.MANAGER)
SHIPPED = Path(__file__).parent / "mappings"
MOST_ROWS = 5_000
LONGEST = 2_000
"""Characters of the words of a complaint; what is longer is refused, never cut."""
LONGEST_CONTACT = 200


class _Part(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A table of the mapping file."""


class ComplaintColumns(_Part):
    """Which column holds what. Several of `words` and `contact` are joined.

    `order` is the number of our order; `owner` the login of whoever answers, else it is whoever brings the file in.
    """

    number: str
    received: str | list[str]
    words: str | list[str]
    contact: str | list[str] | None = None
    order: str | None = None
    owner: str | None = None
    source: str | None = None
    gravity: str | None = None
    demanded: str | list[str] | None = None
    """By when a regulator wants the answer; other sources have our own clock."""


class ComplaintConstants(_Part):
    """What holds where a row says nothing."""

    source: Source = Source.HOTLINE
    gravity: Gravity = Gravity.NORMAL


class ComplaintMapping(_Part):
    """How a file of complaints is read; `file` and `dates` as in the mappings of orders."""

    columns: ComplaintColumns
    title: str = ""
    file: FilePart = msgspec.field(default_factory=FilePart)
    dates: DatesPart = msgspec.field(default_factory=DatesPart)
    constants: ComplaintConstants = msgspec.field(default_factory=ComplaintConstants)
    sources: dict[str, Source] = {}
    gravities: dict[str, Gravity] = {}

    def needed_columns(self) -> dict[str, str]:
        """What for -> column, of every column the file must have."""
        named = {name: columns_of(getattr(self.columns, name)) for name in self.columns.__struct_fields__}
        return {
            name if len(columns) == 1 else f"{name} {number}": column
            for name, columns in named.items()
            for number, column in enumerate(columns, 1)
        }


def shipped_names() -> list[str]:
    """The mappings that come with the program."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def read_mapping(given: str) -> ComplaintMapping:
    """A shipped mapping by its name, or a mapping's own text (TOML). Raises `Invalid` (`mapping.*`) with the place."""
    name = given.strip()
    text = (SHIPPED / f"{name}.toml").read_text(encoding="utf-8") if name in shipped_names() else given
    try:
        found = msgspec.convert(tomllib.loads(text), ComplaintMapping)
    except tomllib.TOMLDecodeError as error:
        line, column = place_of(error, text)
        raise Invalid("mapping.unreadable", field="mapping", line=line, column=column) from error
    except msgspec.ValidationError as error:
        raise Invalid("mapping.invalid", field="mapping", detail=explained(error)) from error
    for pattern in found.dates.formats:
        if not format_is_known(pattern):
            said = Said("mapping.why_format", {"pattern": pattern})
            raise Invalid("mapping.invalid", field="mapping", detail=said)
    if found.dates.timezone != "area" and found.dates.timezone not in time_zones():
        said = Said("mapping.why_timezone", {"found": found.dates.timezone})
        raise Invalid("mapping.invalid", field="mapping", detail=said)
    return found


@dataclass(slots=True)
class Found:
    """A row that can be taken. Times are aware UTC."""

    line: int
    number: str
    source: Source
    gravity: Gravity
    words: str
    contact: str | None
    received_at: datetime
    demanded_at: datetime | None
    order: str | None
    owner: str | None


@dataclass(slots=True)
class Brought:
    """What became of a file: rows in it, complaints taken, rows that were there before, rows refused."""

    rows: int = 0
    taken: int = 0
    again: int = 0
    refused: list[BadRow] = field(default_factory=list)


async def import_complaints(
    session: AsyncSession,
    actor: Actor,
    area: ServiceArea,
    content: bytes,
    filename: str,
    mapping: ComplaintMapping,
    *,
    dry_run: bool = False,
) -> Brought:
    """Take the complaints of a file of at most 5,000 rows; with `dry_run` only say what would become of them.

    Raises `Invalid` (`file.*`, `import.*`) for a file that cannot be read at all, `Forbidden`.
    """
    actor.require(*IMPORTERS)
    actor.require_area(area.id)
    await require_whole_area(session, actor, area.id)
    if not content.strip():
        raise Invalid("file.empty", field="file", file=filename)
    now = area.clock.now()
    result = Brought()
    found = await asyncio.to_thread(_read, content, filename, mapping, ZoneInfo(area.timezone), now, result)
    await repository.lock_ledger(session, area.id)
    known = await repository.external_numbers(session, area.id)
    orders = await repository.orders_by_number(session, actor, area.id, {row.order for row in found if row.order})
    owners = await repository.owners_by_login(session, area.id)
    for row in found:
        if (row.source, row.number) in known:
            result.again += 1
            continue
        owner = owners.get(row.owner.casefold()) if row.owner else actor.account_id
        refusal = _refusal(row, orders, owner, mapping)
        if refusal is not None:
            result.refused.append(refusal)
            continue
        known.add((row.source, row.number))
        result.taken += 1
        if not dry_run:
            await take(
                session, actor, area, source=row.source, words=row.words, gravity=row.gravity, contact=row.contact,
                order_id=orders[row.order] if row.order else None, external_number=row.number,
                answer_due_at=row.demanded_at, received_at=row.received_at, owner_id=owner,
            )  # fmt: skip
    result.refused.sort(key=lambda one: one.line)
    return result


def _refusal(row: Found, orders: dict[str, UUID], owner: UUID | None, mapping: ComplaintMapping) -> BadRow | None:
    if row.order and row.order not in orders:
        return BadRow(row.line, "row.complaint_order", {"order": row.order, "column": mapping.columns.order})
    if owner is None:
        return BadRow(
            row.line, "row.complaint_owner", {"owner": row.owner or "–", "column": mapping.columns.owner or "–"}
        )
    return None


def _read(
    content: bytes, filename: str, mapping: ComplaintMapping, zone: ZoneInfo, now: datetime, result: Brought
) -> list[Found]:
    """The rows that can be taken as far as the file alone says; the others are put into `result`."""
    with tempfile.TemporaryDirectory(prefix="grid-dispatch-import-") as folder:
        path = Path(folder) / f"complaints{_ending(filename)}"
        path.write_bytes(content)
        try:
            return _rows(open_source(path, mapping.file), mapping, zone, now, result)
        except Invalid as problem:
            if "file" in problem.params:
                problem.params["file"] = filename  # as its sender called it
            raise


def _ending(filename: str) -> str:
    ending = Path(filename).suffix.lower()
    return ending if ending in (".csv", ".json", ".geojson", ".xlsx", ".xls", ".ods") else ".csv"


def _rows(source: File, mapping: ComplaintMapping, zone: ZoneInfo, now: datetime, result: Brought) -> list[Found]:
    check_columns(source, mapping.needed_columns())
    own = zone if mapping.dates.timezone == "area" else ZoneInfo(mapping.dates.timezone)
    empty = frozenset(word.casefold() for word in mapping.file.empty)
    received, demanded = (
        DateColumn(columns_of(columns), mapping.dates.formats, own, empty, now)
        for columns in (mapping.columns.received, mapping.columns.demanded)
    )
    rows: list[Row | BadRow] = []
    for row in source.rows():
        rows.append(row)
        if len(rows) > MOST_ROWS:
            raise Invalid("import.too_many_rows", field="file", most=MOST_ROWS)
        if isinstance(row, Row):
            received.survey(row.line, received.text(row.values))
            demanded.survey(row.line, demanded.text(row.values))
    if not rows:
        raise Invalid("file.no_rows", field="file", file=source.path.name)
    received.settle()
    demanded.settle()
    reader = _Reader(mapping, received, demanded, own, empty, now)
    result.rows = len(rows)
    found = [row if isinstance(row, BadRow) else reader.read(row) for row in rows]
    result.refused += [row for row in found if isinstance(row, BadRow)]
    return [row for row in found if isinstance(row, Found)]


@dataclass(frozen=True, slots=True)
class _Reader:
    mapping: ComplaintMapping
    received: DateColumn
    demanded: DateColumn
    zone: ZoneInfo
    empty: frozenset[str]
    now: datetime

    def read(self, row: Row) -> Found | BadRow:
        """What a row says, or why it cannot be taken."""
        columns, constants = self.mapping.columns, self.mapping.constants

        def refused(reason: str, **params: Any) -> BadRow:
            return BadRow(row.line, reason, params, row.values)

        number = self._text(row, columns.number)
        if not number:
            return refused("row.no_key", column=columns.number)
        if len(number) > 80:
            return refused("row.too_long", column=columns.number, most=80)
        words = self._text(row, columns.words)
        if not words:
            return refused("row.complaint_words", column=" + ".join(columns_of(columns.words)))
        contact = self._text(row, columns.contact)
        for text, named, most in ((words, columns.words, LONGEST), (contact, columns.contact, LONGEST_CONTACT)):
            if len(text) > most:
                return refused("row.too_long", column=" + ".join(columns_of(named)), most=most)
        written = self.received.text(row.values)
        received = self._moment(self.received, row)
        if received is None:
            return refused("row.date" if written else "row.no_opening_time", column=self.received.column, value=written)
        if received > self.now:
            return refused("row.ahead", column=self.received.column, value=written)
        sources = {**self.mapping.sources, **{one.value: one for one in Source}}
        source = self._word(row, columns.source, sources, constants.source)
        if source is None:
            return refused("row.complaint_word", column=columns.source, word=self._text(row, columns.source))
        gravities = {**self.mapping.gravities, **{one.value: one for one in Gravity}}
        gravity = self._word(row, columns.gravity, gravities, constants.gravity)
        if gravity is None:
            return refused("row.complaint_word", column=columns.gravity, word=self._text(row, columns.gravity))
        due = None
        if source is Source.REGULATOR and (said := self.demanded.text(row.values)):
            due = self._moment(self.demanded, row, last=True)
            if due is None or due <= received:
                return refused("row.date", column=self.demanded.column, value=said)
        return Found(
            line=row.line, number=number, source=source, gravity=gravity,
            words=words, contact=contact or None, received_at=received,
            demanded_at=due, order=self._text(row, columns.order) or None, owner=self._text(row, columns.owner) or None,
        )  # fmt: skip

    def _text(self, row: Row, named: str | list[str] | None) -> str:
        texts = (row.values.get(column, "").strip() for column in columns_of(named))
        return " ".join(text for text in texts if text and text.casefold() not in self.empty)

    def _moment(self, column: DateColumn, row: Row, *, last: bool = False) -> datetime | None:
        """A day without a time of day begins with it, and as a limit ends with it."""
        found = column.read(column.text(row.values), row.line)
        if isinstance(found, date) and not isinstance(found, datetime):
            return aware(datetime.combine(found, time(23, 59, 59) if last else time()), self.zone)
        return found

    def _word[T](self, row: Row, column: str | None, words: dict[str, T], nothing: T) -> T | None:
        """What a word of the file means: `nothing` where nothing is said, None for a word that nobody explained."""
        word = self._text(row, column)
        if not word:
            return nothing
        return {fold(known): meant for known, meant in words.items()}.get(fold(word))
