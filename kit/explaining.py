"""What a library says of wrong input, in our own words. Nobody outside is handed a library's sentence.

A `Said` is a sentence inside a sentence: it is translated with the one it stands in.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from kit.i18n import Said

_TYPES = {
    "str": "string", "int": "integer", "float": "number", "bool": "boolean", "null": "null", "object": "object",
    "array": "list", "bytes": "string", "uuid": "UUID", "datetime": "date-time", "date": "date", "time": "time",
    "timedelta": "duration", "decimal": "number",
}  # fmt: skip
"""The validator's types as JSON Schema calls them."""
_WHERE = re.compile(r" - at `(?:key in )?\$?\.?([^`]*)`$")
_WHOLE = Said("shape.whole")
_NAMED = re.compile(r"`([^`]*)`")


def explained(error: msgspec.ValidationError | str, place: str | None = None) -> Said:
    """The sentence for a value of the wrong shape: where it stands, what is expected, what is there.

    `place` is where, for a validator that says it apart.
    """
    said = str(error)
    where = _WHERE.search(said)
    place_: str | Said = place or (where[1].strip(".") if where else "") or _WHOLE
    said = said[: where.start()] if where else said
    names = _NAMED.findall(said)
    if said.startswith("Object contains unknown field") and names:
        return Said("shape.unknown_field", {"place": place_, "name": names[0]})
    if said.startswith("Object missing required field") and names:
        return Said("shape.missing_field", {"place": place_, "name": names[0]})
    if said.startswith("Invalid enum value"):
        return Said(
            "shape.not_one_of", {"place": place_, "found": said.removeprefix("Invalid enum value").strip(" '\"")}
        )
    if said.startswith("Expected ") and ", got " in said and len(names) > 1:
        expected = " / ".join(_TYPES.get(part.strip(), "object") for part in names[0].split("|"))
        return Said(
            "shape.wrong_type", {"place": place_, "expected": expected, "found": _TYPES.get(names[-1], names[-1])}
        )
    limit = re.search(r"(>=|<=|>|<) (-?[\d.]+)", said)
    if limit is not None:
        return Said(
            "shape.out_of_bounds",
            {"place": place_, "limit": f"{limit[1].replace('>=', '≥').replace('<=', '≤')} {limit[2]}"},
        )
    return Said("shape.unreadable", {"place": place_}) if place_ is not _WHOLE else Said("shape.nothing")


def place_of(error: Exception, text: str) -> tuple[int, int]:
    """Line and column (from 1) that a parser of text names; the end where it names none."""
    line, column = getattr(error, "lineno", None), getattr(error, "colno", None)
    if isinstance(line, int) and isinstance(column, int):
        return line, column
    found = re.search(r"line (\d+), column (\d+)", str(error))
    if found is not None:
        return int(found[1]), int(found[2])
    return text.count("\n") + 1, len(text.rsplit("\n", 1)[-1]) + 1


def reason_of(error: OSError) -> Said:
    """Why something could not be opened or reached."""
    known: dict[type[OSError], str] = {
        FileNotFoundError: "reason.absent",
        PermissionError: "reason.not_allowed",
        IsADirectoryError: "reason.folder",
        ConnectionRefusedError: "reason.refused",
        TimeoutError: "reason.timeout",
    }
    return Said(next((code for kind, code in known.items() if isinstance(error, kind)), "reason.other"), {})


def plain(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters as JSON keeps them; `said` reads them back."""
    return {
        name: {"code": value.code, "params": plain(value.params)} if isinstance(value, Said) else str(value)
        for name, value in params.items()
    }


def said(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters that `plain` wrote."""
    return {
        name: Said(value["code"], said(value["params"])) if isinstance(value, dict) else value
        for name, value in params.items()
    }
