"""An SMS gateway described by data: filling in a request, reading an answer or a receipt. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

_NAME = re.compile(r"\{([a-z_]+)(?:\|([^{}]*))?\}")


@lru_cache
def gateways() -> dict[str, dict[str, Any]]:
    """The shipped gateways by name, with what each takes over from another."""
    found: dict[str, dict[str, Any]] = tomllib.loads(
        Path(__file__).with_name("gateways.toml").read_text(encoding="utf-8")
    )
    return {name: {**found.get(one.get("extends", ""), {}), **one} for name, one in found.items()}


def filled(shape: Any, values: Mapping[str, Any]) -> Any:
    """The shape with every `{name}` or `{name|otherwise}` filled in. Raises `KeyError` for a name without a value."""
    if isinstance(shape, Mapping):
        return {name: filled(part, values) for name, part in shape.items()}
    if isinstance(shape, list):
        return [filled(part, values) for part in shape]
    if not isinstance(shape, str):
        return shape
    alone = _NAME.fullmatch(shape)
    if alone is not None:
        return _value(alone, values)
    return _NAME.sub(lambda name: str(_value(name, values)), shape)


def _value(name: re.Match[str], values: Mapping[str, Any]) -> Any:
    value = values.get(name.group(1))
    if value in (None, "") and name.group(2) is not None:
        return name.group(2)
    if value is None:
        raise KeyError(name.group(1))
    return value


def at(answer: Any, path: str) -> Any:
    """The value at a dotted path; numbers count in lists. None where there is none."""
    for step in path.split("."):
        if isinstance(answer, Mapping):
            answer = answer.get(step)
        elif isinstance(answer, list) and step.isdigit() and int(step) < len(answer):
            answer = answer[int(step)]
        else:
            return None
    return answer


def found(rule: Mapping[str, Any] | None, answer: Any) -> str | None:
    """What a rule's path holds, as text."""
    value = at(answer, rule["at"]) if rule else None
    return None if value is None else str(value)[:200]


def holds(rule: Mapping[str, Any] | None, answer: Any) -> bool:
    """Whether a rule's path holds one of its values."""
    return rule is not None and at(answer, rule["at"]) in rule["is"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a gateway said afterwards about one message, by its id or by our key."""

    gateway_id: str
    our_key: str
    delivered: bool
    detail: str | None


def receipts(gateway: Mapping[str, Any], body: Any) -> Iterator[Receipt]:
    """The receipts in a body: one object or a list of them. What names no message is passed over."""
    rules = gateway.get("receipt")
    if not rules:
        return
    for one in body if isinstance(body, list) else [body]:
        gateway_id, key = found(rules.get("id"), one) or "", found(rules.get("key"), one) or ""
        if gateway_id or key:
            yield Receipt(gateway_id, key, holds(rules["ok"], one), found(rules.get("detail"), one))
