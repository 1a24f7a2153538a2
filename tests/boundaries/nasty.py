"""Requests made from the OpenAPI document: a plausible one for every operation, and the same with one value spoilt."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any
from uuid import UUID

METHODS = ("get", "post", "put", "patch", "delete")
Path = tuple[str | int, ...]

MOMENTS = ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z", "2100-01-01T00:00:00Z")
DAYS = ("9999-12-31", "0001-01-01", "1970-01-01", "2099-12-31")
TEXTS = ("a\x00b", "\ud800", "‮gnp.txt", "x" * 11_000, "")
NUMBERS = (2**63, -(2**63), 10**400, 0, -1)


class Document:
    """The API's own description, with its references followed."""

    def __init__(self, document: dict[str, Any], known: dict[str, str]) -> None:
        self.document = document
        self.known = known
        """Values for parameters and members by name, such as an area that exists."""

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Every operation: its method, its path, what is said of it."""
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield method, path, item[method]

    def follow(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema itself where it is a reference; of several kinds the first that is not null."""
        while True:
            if "$ref" in schema:
                schema = self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
            elif kinds := schema.get("oneOf") or schema.get("anyOf") or schema.get("allOf"):
                schema = next(kind for kind in kinds if kind.get("type") != "null")
            else:
                return schema

    def example(self, schema: dict[str, Any], name: str = "", depth: int = 0) -> Any:
        """A value that fits the schema, with every member filled."""
        schema = self.follow(schema)
        if name in self.known:
            return self.known[name]
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "object":
            members = schema.get("properties", {})
            return {key: self.example(part, key, depth + 1) for key, part in members.items()} if depth < 5 else {}
        if kind == "array":
            count = max(1, schema.get("minItems", 1))
            return [self.example(schema.get("items", {}), name, depth + 1) for _ in range(count)]
        if kind == "string":
            return _text(schema)
        if kind in ("integer", "number"):
            return schema.get("minimum", 1)
        return kind == "boolean"

    def spoilt(self, schema: dict[str, Any], value: Any, at: Path = ()) -> Iterator[tuple[Path, str, Any]]:
        """Every leaf of a value, with each bad value for its kind: where it stands, of what kind it is, what to put."""
        schema = self.follow(schema)
        if isinstance(value, dict):
            members = schema.get("properties", {})
            for key, part in value.items():
                yield from self.spoilt(members.get(key, {}), part, (*at, key))
            if not members:
                yield at, "depth", _deep(200)
        elif isinstance(value, list):
            yield at, "list", value * 30_000
            yield from self.spoilt(schema.get("items", {}), value[0], (*at, 0))
        elif isinstance(value, str):
            kind = schema.get("format", "text")
            for bad in {"date-time": MOMENTS, "date": DAYS, "text": TEXTS}.get(kind, ("", "a\x00b")):
                yield at, kind, bad
        elif not isinstance(value, bool) and value is not None:
            for number in NUMBERS:
                yield at, "number", number


def put(body: Any, at: Path, value: Any) -> Any:
    """A copy of the body with one value replaced."""
    if not at:
        return value
    made = copy.deepcopy(body)
    inside = made
    for step in at[:-1]:
        inside = inside[step]
    inside[at[-1]] = value
    return made


def _deep(levels: int) -> dict[str, Any]:
    inside: dict[str, Any] = {}
    for _ in range(levels):
        inside = {"a": inside}
    return inside


def _text(schema: dict[str, Any]) -> str:
    return {
        "uuid": str(UUID(int=7)),
        "date": "2026-03-02",
        "date-time": "2026-03-02T09:00:00+08:00",
    }.get(schema.get("format", ""), "09:00" if "pattern" in schema and "[0-5]" in schema["pattern"] else "en")
