"""Who may read personal data: marks on the fields of answers, and the one function that blanks them for everybody else.

A field says what it holds where the answer is declared: `Annotated[str | None, Private(Personal.SUBSCRIBER)]`. Every
answer passes `masked` once: `kit.http` calls it for all operations, exports call it for their rows.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Any, TypeVar, cast, get_args, get_type_hints

import msgspec

from kit.actor import Actor, Personal


@dataclass(frozen=True)
class Private:
    """A mark on a field. Who may not see `kind` reads `seen(answer)` instead; without it null, or an empty value."""

    kind: Personal
    seen: Callable[[Any], Any] | None = None


_DIGITS = "[〇零一二三四五六七八九十百千两壹贰叁肆伍陆柒捌玖拾]"
_NUMBER = re.compile(
    r"\d+(?!\d|(?:st|nd|rd|th)\b|国道|省道|县道)(?:[a-z]\b)?"  # 10th Ave and G318 are streets
    rf"|{_DIGITS}+(?=[弄组门区期院幢栋座室层单之-])|{_DIGITS}+(?=号(?![路线街]))|{_DIGITS}+(?=楼(?![街路巷]))|(?<=[之-]){_DIGITS}+"
    r"|\b(?<=unit )[a-z]\b",
    re.IGNORECASE,
)
_ENDS_IN_DIGITS = re.compile(rf"(\d|{_DIGITS})$")
_COARSE = 3


def without_numbers(address: str | None) -> str | None:
    """A street without house, stair and flat: 人民路12号3单元502 becomes 人民路•号•单元•."""
    return None if address is None else _NUMBER.sub("•", address)


def asks_for_numbers(words: str) -> bool:
    """Whether these words of a search may be the beginning of a house or flat."""
    return without_numbers(words) != words or _ENDS_IN_DIGITS.search(words.strip()) is not None


def coarse(point: Any) -> Any:
    """A point to three decimals of a degree: the block, not the house (about a hundred metres)."""
    return None if point is None else type(point)(round(one, _COARSE) for one in point)


def numbers_of(field: str) -> Private:
    """The mark on a field that holds an address."""
    return Private(Personal.ADDRESS, lambda answer: without_numbers(getattr(answer, field)))


def place_of(field: str) -> Private:
    """The mark on a field that holds the point of an address."""
    return Private(Personal.ADDRESS, lambda answer: coarse(getattr(answer, field)))


def node_without_numbers(node: str | None) -> str | None:
    """A network node is shown to all; one building without a place is named by its address, after an @."""
    return without_numbers(node) if node is not None and node.startswith("@") else node


NODE = Private(Personal.ADDRESS, lambda answer: node_without_numbers(answer.network_node))
"""The mark on a field `network_node`."""


def masked[T](value: T, actor: Actor) -> T:
    """The value without what the actor may not see. The value itself is not changed."""
    hidden = frozenset(kind for kind in Personal if not actor.sees(kind))
    return cast(T, _masked(value, hidden)) if hidden else value


def _masked(value: Any, hidden: frozenset[Personal]) -> Any:
    if isinstance(value, msgspec.Struct):
        kind = type(value)
        if not hidden & kinds_within(kind):
            return value
        changes: dict[str, Any] = {}
        for name, mark, blank in _marked(kind):
            if mark.kind in hidden:
                changes[name] = mark.seen(value) if mark.seen else blank
        for name in kind.__struct_fields__:
            if name not in changes and (new := _masked(old := getattr(value, name), hidden)) is not old:
                changes[name] = new
        return msgspec.structs.replace(value, **changes) if changes else value
    if isinstance(value, list | tuple):
        items = [_masked(item, hidden) for item in value]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return value if same else type(value)(items)
    if isinstance(value, Mapping):
        return {key: _masked(item, hidden) for key, item in value.items()}
    return value


@functools.cache
def _marked(kind: type[msgspec.Struct]) -> tuple[tuple[str, Private, Any], ...]:
    """The marked fields of a type, each with what is shown instead."""
    found = []
    for name, hint in get_type_hints(kind, include_extras=True).items():
        mark = next((one for one in getattr(hint, "__metadata__", ()) if isinstance(one, Private)), None)
        if mark is not None:
            found.append((name, mark, _blank(hint)))
    return tuple(found)


def _blank(hint: Any) -> Any:
    plain = get_args(hint)[0]
    if NoneType in get_args(plain):
        return None
    return (getattr(plain, "__origin__", None) or plain)()


@functools.cache
def kinds_within(kind: type[msgspec.Struct]) -> frozenset[Personal]:
    """What may be in an answer of this type, at any depth; everything where a type is left open."""
    return _kinds(kind, frozenset())


def _kinds(kind: type[msgspec.Struct], above: frozenset[type]) -> frozenset[Personal]:
    found = {mark.kind for _, mark, _ in _marked(kind)}
    for hint in get_type_hints(kind, include_extras=True).values():
        for part in _parts(hint):
            if isinstance(part, TypeVar):
                return frozenset(Personal)
            if isinstance(part, type) and issubclass(part, msgspec.Struct) and part not in above | {kind}:
                found |= _kinds(part, above | {kind})
    return frozenset(found)


def _parts(hint: Any) -> list[Any]:
    inner = [part for one in get_args(hint) for part in _parts(one)]
    return [getattr(hint, "__origin__", None) or hint, hint, *inner]
