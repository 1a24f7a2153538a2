"""Every text, list and free object that a request may hold has a limit, and the OpenAPI document says it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dispatch.app import create_app

METHODS = ("get", "post", "put", "patch", "delete")
SIZED_OTHERWISE = ("uuid", "date", "date-time", "time", "binary")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The API's own description."""
    return create_app().openapi_schema.to_schema()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation with its name."""
    for path in document["paths"].values():
        for method in METHODS:
            if method in path:
                yield path[method]["operationId"], path[method]


def unlimited(
    document: dict[str, Any], schema: dict[str, Any], where: str, seen: tuple[str, ...] = ()
) -> Iterator[str]:
    """The places below a schema that have no limit."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        if name not in seen:
            yield from unlimited(document, document["components"]["schemas"][name], where, (*seen, name))
        return
    for word in ("oneOf", "anyOf", "allOf"):
        for part in schema.get(word, []):
            yield from unlimited(document, part, where, seen)
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    sized = any(word in schema for word in ("enum", "const", "maxLength")) or schema.get("format") in SIZED_OTHERWISE
    if "string" in kinds and not sized:
        yield f"{where}: a text without maxLength"
    if "array" in kinds:
        if "maxItems" not in schema:
            yield f"{where}: a list without maxItems"
        items = schema.get("items", {})
        for item in [items] if isinstance(items, dict) else items:
            yield from unlimited(document, item, f"{where}[]", seen)
        for item in schema.get("prefixItems", []):
            yield from unlimited(document, item, f"{where}[]", seen)
    if "object" in kinds:
        more = schema.get("additionalProperties")
        if (more or "properties" not in schema) and "maxProperties" not in schema:
            yield f"{where}: an object of any members without maxProperties"
        if isinstance(more, dict):
            yield from unlimited(document, more, f"{where}.*", seen)
        for name, part in schema.get("properties", {}).items():
            yield from unlimited(document, part, f"{where}.{name}", seen)


def test_every_text_list_and_object_of_a_body_has_a_limit(document: dict[str, Any]) -> None:
    found = [
        place
        for name, operation in operations(document)
        for media, content in operation.get("requestBody", {}).get("content", {}).items()
        if media in ("application/json", "multipart/form-data")
        for place in unlimited(document, content["schema"], name)
    ]
    assert found == []


def test_every_text_of_an_address_or_a_header_has_a_limit(document: dict[str, Any]) -> None:
    found = [
        place
        for name, operation in operations(document)
        for parameter in operation.get("parameters", [])
        for place in unlimited(document, parameter["schema"], f"{name} {parameter['in']} {parameter['name']}")
    ]
    assert found == []
