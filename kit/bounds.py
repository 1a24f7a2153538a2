"""What anybody may send: moments, dates, lengths and depth. One place knows the limits, one walk keeps them.

Lengths of texts and lists stand in the types (`Code`, `Name`, `Words`, `Text`, `Ids` ...), so that the OpenAPI document
says them and msgspec refuses what is longer. Types cannot bound a moment or a date, refuse a NUL or measure depth:
:func:`check` walks every value that a handler is given, whatever its type, and says which field is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from kit.errors import Malformed

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""No moment before the first or from the second on is taken, stored or shown."""
MAX_DEPTH = 16
"""How deep lists and objects of free form may be nested."""
MAX_ENTRIES = 200
"""How many members an object of free form may have."""
MAX_FREE_TEXT = 4000
"""How long a text inside an object of free form may be."""
MAX_PARAMETER = 500
"""How long a text in an address or a header may be."""
MAX_REPEATS = 500
"""How often one parameter of an address may be repeated."""

Moment = Annotated[datetime, msgspec.Meta(tz=True, description="RFC 3339 with an offset, from 1970 to 2099.")]
"""An aware time: one without an offset is refused where it is read, since nobody can know what it means."""
Code = Annotated[str, msgspec.Meta(max_length=80)]
"""A word of a machine: a fault type, a reason, an employee number."""
Name = Annotated[str, msgspec.Meta(max_length=200)]
"""What somebody or something is called, in one line."""
Words = Annotated[str, msgspec.Meta(max_length=2000)]
"""What somebody writes: an address, a note, a description."""
HourMinute = Annotated[
    str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", max_length=5, description="HH:MM, local")
]
"""A local time of day."""
Codes = Annotated[list[Code], msgspec.Meta(max_length=50)]
"""Several codes, such as reasons."""
Ids = Annotated[list[UUID], msgspec.Meta(max_length=20_000)]
"""Several things of one kind, such as the orders of a day."""
FreeForm = Annotated[dict[str, Any], msgspec.Meta(max_length=MAX_ENTRIES)]
"""An object whose members are not fixed; `check` keeps its depth and its texts small."""


class Apart:
    """Base of a body whose entries are checked one by one where they are taken: a bad one must not refuse the rest."""

    __slots__ = ()


def check(value: object, field: str) -> None:
    """Refuse a value with a moment or date outside 1970-2099, a NUL, half a character, no number, or too deep.

    Args:
        value: anything a request can hold; structs, dataclasses, lists and objects are walked.
        field: where it stands; members are named below it (`data.acts[3].note`).

    Raises:
        Malformed: with the field and what to do.
    """
    _walk(value, field, 0, free=False)


def check_parameter(value: object, field: str) -> None:
    """As :func:`check`, for what stands in an address or a header: it is short, too."""
    check(value, field)
    if isinstance(value, str) and len(value) > MAX_PARAMETER:
        raise Malformed("malformed.long", field=field, limit=MAX_PARAMETER)
    if isinstance(value, list) and len(value) > MAX_REPEATS:
        raise Malformed("malformed.entries", field=field, limit=MAX_REPEATS)


def moment_is_possible(moment: datetime) -> bool:
    """Whether a moment lies between the limits; one without an offset is taken as UTC."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return EARLIEST <= aware < LATEST


def date_is_possible(day: date) -> bool:
    """Whether a date lies between the limits. The first and the last day are left out: a time zone could move them."""
    return EARLIEST.date() < day < date(2099, 12, 31)


def _walk(value: object, field: str, depth: int, *, free: bool) -> None:
    if depth > MAX_DEPTH:
        raise Malformed("malformed.depth", field=field, limit=MAX_DEPTH)
    if value is None or isinstance(value, bool | bytes | Apart):
        return
    if isinstance(value, str):
        _check_text(value, field, free)
    elif isinstance(value, datetime):
        if not moment_is_possible(value):
            raise Malformed("malformed.moment", field=field)
    elif isinstance(value, date):
        if not date_is_possible(value):
            raise Malformed("malformed.date", field=field)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise Malformed("malformed.number", field=field)
    elif isinstance(value, int):
        if abs(value) >= 2**53:
            raise Malformed("malformed.number", field=field)
    elif isinstance(value, Mapping):
        if len(value) > MAX_ENTRIES:
            raise Malformed("malformed.entries", field=field, limit=MAX_ENTRIES)
        for key, member in value.items():
            _check_text(str(key), field, free=True)
            _walk(member, f"{field}.{key}", depth + 1, free=True)
    elif isinstance(value, list | tuple | set | frozenset):
        if free and len(value) > MAX_ENTRIES:
            raise Malformed("malformed.entries", field=field, limit=MAX_ENTRIES)
        for index, member in enumerate(value):
            _walk(member, f"{field}[{index}]", depth + 1, free=free)
    elif isinstance(value, msgspec.Struct):
        for name, outside in zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True):
            _walk(getattr(value, name), f"{field}.{outside}", depth + 1, free=free)
    elif is_dataclass(value):
        for part in fields(value):
            _walk(getattr(value, part.name), f"{field}.{part.name}", depth + 1, free=free)


def _check_text(value: str, field: str, free: bool) -> None:
    if "\x00" in value:
        raise Malformed("malformed.nul", field=field)
    if free and len(value) > MAX_FREE_TEXT:
        raise Malformed("malformed.long", field=field, limit=MAX_FREE_TEXT)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise Malformed("malformed.characters", field=field) from error
