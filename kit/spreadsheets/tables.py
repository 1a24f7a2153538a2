"""Reading small tables: CSV in UTF-8 (with or without BOM) or GB18030, and the first sheet of a workbook."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kit.errors import Invalid
from kit.spreadsheets.workbooks import is_workbook, workbook_rows

MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that was left out: its line in the file (the heading is line 1) and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line and its values, stripped, by column; a missing or empty cell is an empty string."""

    line: int
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "")


def read_rows(data: bytes, required: Sequence[str], optional: Sequence[str] = ()) -> Iterator[Row]:
    """The rows that hold anything. Column names are compared without case; unknown columns are ignored.

    Raises `Invalid` (`csv.*`) for an unreadable file or a missing column, which the sentence names with those there.
    """
    rows = _workbook(data) if is_workbook(data) else _csv(data)
    _, heading = next(rows, (0, []))
    columns = [name.strip().casefold() for name in heading]
    missing = [name for name in required if name not in columns]
    if missing:
        wanted = ", ".join([*required, *optional])
        raise Invalid(
            "csv.missing_column", missing=", ".join(missing), columns=", ".join(columns) or "–", wanted=wanted
        )
    found = 0
    for line, cells in rows:
        values = {name: cell.strip() for name, cell in zip(columns, cells, strict=False)}
        if any(values.values()):
            found += 1
            if found > MOST_ROWS:
                raise Invalid("csv.too_long", limit=MOST_ROWS)
            yield Row(line, values)
    if not found:
        raise Invalid("csv.no_rows")


def _csv(data: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decode(data)
    heading, _, rest = text.partition("\n")
    said = re.match(r'"?sep=(.)', heading, re.IGNORECASE)
    if said is not None:  # the line that Excel writes first
        heading = rest.split("\n", 1)[0]
    delimiter = said[1] if said is not None else max(",;\t|", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            if said is None or reader.line_num > 1:
                yield reader.line_num, cells
    except csv.Error as error:
        raise Invalid("csv.unreadable", line=reader.line_num) from error


def _workbook(data: bytes) -> Iterator[tuple[int, list[str]]]:
    with tempfile.TemporaryDirectory(prefix="grid-dispatch-table-") as folder:
        path = Path(folder) / "table"
        path.write_bytes(data)
        yield from workbook_rows(path)


def day(text: str) -> date | None:
    """An ISO date (2022-09-27, also 2022/9/27), None for an empty cell. Raises `ValueError`."""
    if not text:
        return None
    year, month, number = (int(part) for part in text.replace("/", "-").replace(".", "-").split("-"))
    return date(year, month, number)


def _decode(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Invalid("csv.encoding")
