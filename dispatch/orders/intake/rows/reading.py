"""Files of rows, read one at a time: CSV and GeoJSON of any size in flat memory, workbooks, with the place of each row.

A row that cannot be read comes out as a `BadRow` with its line and reason; a file that cannot be read raises `Invalid`
with one sentence. Blank lines are passed over.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from dispatch.orders.intake.rows.mapping import FilePart
from kit.errors import Invalid
from kit.spreadsheets.workbooks import is_workbook, workbook_rows

_PIECE = 1 << 20
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class Row:
    """A row as text by column. `line` is where it starts in a CSV file or workbook (from 1), a feature's number in
    GeoJSON."""

    line: int
    values: dict[str, str]
    geometry: Any = None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read: where, why (a code `row.*`), and what stood there."""

    line: int
    reason: str
    params: dict[str, Any] = field(default_factory=dict)
    raw: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """A file whose encoding and kind are known. `rows()` may be called again and again."""

    path: Path
    format: str
    encoding: str
    delimiter: str
    sheet: str | None = None
    likely_delimiter: str | None = None
    """What the header seems to be separated by, where the mapping says something else."""

    def columns(self) -> list[str]:
        """The column names of a CSV file; of GeoJSON the property names of the first hundred features."""
        if self.format == "csv":
            with _open(self) as text:
                return _header(text, self.delimiter)[0]
        if self.format == "workbook":
            return _heading(workbook_rows(self.path, self.sheet), self.path)
        found: dict[str, None] = {}
        for number, row in enumerate(self.rows()):
            if number >= 100:
                break
            if isinstance(row, Row):
                found |= dict.fromkeys(row.values)
        return list(found)

    def rows(self) -> Iterator[Row | BadRow]:
        """Every row in order."""
        if self.format == "workbook":
            return _workbook_rows(self)
        return _csv_rows(self) if self.format == "csv" else _geojson_rows(self)


def open_source(path: Path, part: FilePart) -> Source:
    """Find out how a file is written. Raises `Invalid` (`file.*`) for one that is none of ours."""
    try:
        size = path.stat().st_size
        with path.open("rb") as raw:
            start = raw.read(4096)
    except OSError as error:
        raise Invalid("file.absent", field="file", file=path.name) from error
    if size == 0 or not start.strip():
        raise Invalid("file.empty", field="file", file=path.name)
    kind = part.format
    if kind == "workbook" or (kind == "auto" and is_workbook(start)):
        return Source(path, "workbook", "–", "–", part.sheet)
    _refuse_pages(path, start)
    if kind == "auto":
        looks = start.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"{"
        kind = "geojson" if looks or path.suffix.lower() in (".geojson", ".json") else "csv"
    encoding = _encoding(path, start) if part.encoding == "auto" else part.encoding
    if part.encoding != "auto" or encoding not in ("utf-8", "gb18030"):
        _check_encoding(path, encoding)
    if kind != "csv":
        return Source(path, kind, encoding, ",")
    with path.open(encoding=encoding, newline="") as text:
        seen = _delimiter_of(text)
    said = part.delimiter
    return Source(path, kind, encoding, said or seen or ",", likely_delimiter=seen if said and seen != said else None)


def _refuse_pages(path: Path, start: bytes) -> None:
    """A page or an error that a server answered, saved under the name of the file that was asked for."""
    if start.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        raise Invalid("file.is_page", field="file", file=path.name)


# --- encodings --------------------------------------------------------------------------------------------------------


def _encoding(path: Path, start: bytes) -> str:
    for bom, encoding in _BOMS:
        if start.startswith(bom):
            return encoding
    if b"\0" in start:
        raise Invalid("file.binary", field="file", file=path.name)
    where = _first_undecodable(path, "utf-8")
    if where is None:
        return "utf-8"
    if _looks_chinese(path):
        return "gb18030"
    line, byte = where
    raise Invalid("file.encoding", field="file", file=path.name, line=line, byte=f"0x{byte:02X}")


def _check_encoding(path: Path, encoding: str) -> None:
    where = _first_undecodable(path, encoding)
    if where is not None:
        raise Invalid(
            "file.not_in_encoding", field="file", file=path.name, encoding=encoding, line=where[0],
            byte=f"0x{where[1]:02X}",
        )  # fmt: skip


def _first_undecodable(path: Path, encoding: str) -> tuple[int, int] | None:
    """Line (from 1) and byte where decoding fails; None for a file that is well."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    with path.open("rb") as raw:
        while True:
            piece = raw.read(_PIECE)
            try:
                lines += decoder.decode(piece, final=not piece).count("\n")
            except UnicodeDecodeError as error:
                good = error.object[: error.start].decode(encoding, "replace")
                return lines + good.count("\n"), error.object[error.start]
            if not piece:
                return None


def _looks_chinese(path: Path) -> bool:
    """Whether a file that is not UTF-8 reads as GB18030 *and* as Chinese.

    GB18030 swallows most of Latin-1. Chinese text is made of GB 2312 pairs (both bytes from 0xA1 on), most of them of
    the frequent first level (0xB0 to 0xD7) or punctuation, side by side; accented letters of Latin-1 stand between
    plain ones, and seldom in pairs.
    """
    common = rare = others = among_letters = 0
    with path.open("rb") as raw:
        piece = raw.read(4 * _PIECE)
    position = 0
    while position < len(piece) - 1:
        lead, trail = piece[position], piece[position + 1]
        if lead < 0x80:
            position += 1
            continue
        if 0xA1 <= lead <= 0xF7 and trail >= 0xA1:
            if lead <= 0xA3 or 0xB0 <= lead <= 0xD7:
                common += 1
            else:
                rare += 1
            before, after = piece[position - 1 : position], piece[position + 2 : position + 3]
            alone = before < b"\x80" and after < b"\x80"
            among_letters += alone and (before.isalpha() or after.isalpha())
        else:
            others += 1
        position += 2
    pairs = common + rare
    mostly = pairs > 9 * others and common > rare and among_letters < pairs / 3
    return mostly and _first_undecodable(path, "gb18030") is None


def _open(source: Source) -> TextIO:
    return source.path.open(encoding=source.encoding, newline="")


# --- CSV --------------------------------------------------------------------------------------------------------------


_DELIMITERS = ",;\t|"
_SEP_LINE = re.compile(r'\ufeff?"?sep=(.)"?[\s,;]*$', re.IGNORECASE)
"""The first line that Excel reads and writes to say how the others are separated."""


def _delimiter_of(text: TextIO) -> str | None:
    """What the `sep=` line says, else what cuts the header into most cells; None where nothing does."""
    for line in text:
        said = _SEP_LINE.match(line.rstrip("\r\n"))
        if said is not None:
            return said[1]
        if line.strip():
            counts = {delimiter: len(_cells(line, delimiter)) for delimiter in _DELIMITERS}
            best = max(_DELIMITERS, key=lambda delimiter: counts[delimiter])
            return best if counts[best] > 1 else None
    return None


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _header(text: TextIO, delimiter: str) -> tuple[list[str], int]:
    """The column names and the line after them; blank lines and a `sep=` line before the header are passed over."""
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if reader.line_num == 1 and _SEP_LINE.match(delimiter.join(cells)):
                continue
            if any(cell.strip() for cell in cells):
                return [cell.strip().removeprefix("\ufeff") for cell in cells], reader.line_num
    except csv.Error as error:
        raise Invalid("file.unreadable", field="file", line=reader.line_num) from error
    raise Invalid("file.empty", field="file", file=getattr(text, "name", "–"))


def _csv_rows(source: Source) -> Iterator[Row | BadRow]:
    with _open(source) as text:
        names, offset = _header(text, source.delimiter)
        # The header's reader took whole lines from `text`, so a second reader goes on where it stopped.
        reader = csv.reader(text, delimiter=source.delimiter, strict=True)
        while True:
            line = offset + reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if _never_closed(error):
                    raise Invalid("file.open_quote", field="file", line=line) from error
                # A stray quotation mark may have joined several lines: all of them are named, none is lost silently.
                yield BadRow(line, "row.quotes", {"through": offset + reader.line_num})
                continue
            if not cells or not any(cell and not cell.isspace() for cell in cells):
                continue
            yield _row(line, names, cells)


def _never_closed(error: csv.Error) -> bool:
    """Whether a quotation mark swallowed the rest of the file; the reader says so in words only."""
    return any(words in error.args[0] for words in ("unexpected end of data", "field larger"))


def _row(line: int, names: list[str], cells: list[str]) -> Row | BadRow:
    if len(cells) > len(names) and not any(cells[len(names) :]):
        cells = cells[: len(names)]
    if len(cells) != len(names):
        raw = dict(zip(names, cells, strict=False))
        return BadRow(line, "row.cells", {"cells": len(cells), "columns": len(names)}, raw)
    return Row(line, dict(zip(names, cells, strict=True)))


# --- workbooks --------------------------------------------------------------------------------------------------------


def _heading(rows: Iterator[tuple[int, list[str]]], path: Path) -> list[str]:
    for _, cells in rows:
        while cells and not cells[-1]:
            cells.pop()
        return cells
    raise Invalid("file.empty", field="file", file=path.name)


def _workbook_rows(source: Source) -> Iterator[Row | BadRow]:
    rows = workbook_rows(source.path, source.sheet)
    names = _heading(rows, source.path)
    for line, cells in rows:
        yield _row(line, names, cells + [""] * (len(names) - len(cells)))


# --- GeoJSON ----------------------------------------------------------------------------------------------------------


class _Window:
    """A sliding window over a text file from which one JSON value after the other is taken."""

    def __init__(self, text: TextIO) -> None:
        self.text = text
        self.buffer = ""
        self.at = 0
        self.ended = False
        self._decoder = json.JSONDecoder()

    def fill(self) -> bool:
        """Read more; False at the end of the file."""
        piece = self.text.read(_PIECE)
        if not piece:
            self.ended = True
            return False
        self.buffer = self.buffer[self.at :] + piece
        self.at = 0
        return True

    def peek(self) -> str:
        """The next character that is not blank, '' at the end."""
        while True:
            while self.at < len(self.buffer):
                if self.buffer[self.at] not in " \t\r\n\x1e\ufeff":
                    return self.buffer[self.at]
                self.at += 1
            if not self.fill():
                return ""

    def expect(self, wanted: str) -> None:
        """Take one character. Raises ValueError for another one."""
        if self.peek() != wanted:
            raise ValueError(wanted)
        self.at += 1

    def value(self) -> Any:
        """Take one whole JSON value. Raises ValueError where there is none."""
        self.peek()
        while True:
            try:
                found, end = self._decoder.raw_decode(self.buffer, self.at)
            except RecursionError as error:
                raise Invalid("file.json_deep", field="file") from error
            except ValueError:
                if self.ended or not self.fill():
                    raise
                continue
            # A number cut by the window would look whole: only a value that is not at the edge is.
            if end == len(self.buffer) and not self.ended and self.fill():
                continue
            self.at = end
            return found


def _geojson_rows(source: Source) -> Iterator[Row | BadRow]:
    with _open(source) as text:
        window = _Window(text)
        number = 0
        try:
            for feature in _features(window):
                number += 1
                if not isinstance(feature, dict) or feature.get("type") != "Feature":
                    yield BadRow(number, "row.no_feature")
                    continue
                properties = feature.get("properties") or {}
                if not isinstance(properties, dict):
                    yield BadRow(number, "row.no_properties")
                    continue
                values = {str(key): _as_text(value) for key, value in properties.items()}
                if "id" in feature and "id" not in values:
                    values["id"] = _as_text(feature["id"])
                yield Row(number, values, feature.get("geometry"))
        except ValueError as error:
            broken_off = not window.peek()
            raise Invalid(
                "file.json_breaks_off" if broken_off else "file.json", field="file", feature=number + 1
            ) from error


def _features(window: _Window) -> Iterator[Any]:
    """The features of a collection wherever they stand in it, of one feature, or of one a line."""
    window.expect("{")
    while True:
        name = window.value()
        window.expect(":")
        if name == "features":
            break
        value = window.value()
        if name == "type" and value == "Feature":
            window.at = 0  # one feature a line: the first window begins with it
            window.buffer = window.buffer.lstrip(" \t\r\n\x1e\ufeff")
            while window.peek():
                yield window.value()
            return
        if window.peek() == ",":
            window.at += 1
            continue
        raise Invalid("file.no_features", field="file")
    window.expect("[")
    while window.peek() != "]":
        yield window.value()
        if window.peek() == ",":
            window.at += 1
        elif window.peek() != "]":
            raise ValueError("]")


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)
