"""Names and codes of the grids in a file: from the fields a person names, else from the likely one. Pure."""

from __future__ import annotations

from collections import Counter
from typing import Any

from grids.polygon_files.notes import Note
from kit.errors import Invalid

_LIKELY = ("name", "名称", "网格名称", "label", "title", "grid", "code", "id")


def labels(
    features: list[dict[str, Any]], name_field: str | None, code_field: str | None
) -> tuple[list[tuple[str, str]], list[Note]]:
    """(code, name) of every feature, unique by code; without `code_field` the name is the code.

    Without `name_field` the one field that names every feature differently is taken; where several do, the likely one
    is proposed; where none does, the features are numbered. Raises `Invalid` (`grids.*`).
    """
    notes: list[Note] = []
    if name_field is None:
        name_field = code_field or _found(features)
        if name_field is None:
            numbers = [str(number) for number in range(1, len(features) + 1)]
            return [(number, number) for number in numbers], [Note("grids.numbered", {"count": len(numbers)})]
        if code_field is None:
            notes.append(Note("grids.field_taken", {"taken": name_field}))
    _require(features, name_field)
    if code_field is not None:
        _require(features, code_field)
    named = [_label(number, feature, name_field, code_field) for number, feature in enumerate(features, 1)]
    _refuse_duplicates(named, code_field)
    return named, notes


def properties_of(feature: dict[str, Any]) -> dict[str, Any]:
    """The properties of a feature; none where they are no object."""
    found = feature.get("properties")
    return found if isinstance(found, dict) else {}


def _found(features: list[dict[str, Any]]) -> str | None:
    """The field to take. Raises `Invalid` where a person must say which."""
    fields = dict.fromkeys(key for feature in features for key in properties_of(feature))
    naming = [field for field in fields if _names_all(features, field)]
    words = [field for field in naming if any(isinstance(properties_of(f).get(field), str) for f in features)]
    candidates = words or naming
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    likely = min(candidates, key=lambda field: (_rank(field), candidates.index(field)))
    raise Invalid("grids.which_field", field="nameField", likely=likely, fields=", ".join(candidates))


def _rank(field: str) -> int:
    word = field.casefold()
    if word in _LIKELY:
        return _LIKELY.index(word)
    return len(_LIKELY) + ("name" not in word and "名" not in word)


def _names_all(features: list[dict[str, Any]], field: str) -> bool:
    values = [properties_of(feature).get(field) for feature in features]
    if not all(isinstance(value, str | int | float) and not isinstance(value, bool) for value in values):
        return False
    texts = [_text(value) for value in values]
    return all(texts) and len(set(texts)) == len(texts)


def _require(features: list[dict[str, Any]], field: str) -> None:
    fields = dict.fromkeys(key for feature in features for key in properties_of(feature))
    if field not in fields:
        raise Invalid("grids.no_such_field", field=field, wanted=field, fields=", ".join(fields) or "–")


def _label(number: int, feature: dict[str, Any], name_field: str, code_field: str | None) -> tuple[str, str]:
    values = properties_of(feature)
    name = _text(values.get(name_field))
    code = name if code_field is None else _text(values.get(code_field))
    if not code:
        raise Invalid("grids.no_code", field=code_field or name_field, feature=name or f"#{number}", number=number)
    return code, name or code


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else " ".join(str(value).split())


def _refuse_duplicates(named: list[tuple[str, str]], code_field: str | None) -> None:
    twice = [code for code, count in Counter(code for code, _ in named).items() if count > 1]
    if twice:
        names = "; ".join(f"{code}: {', '.join(name for c, name in named if c == code)}" for code in twice[:5])
        raise Invalid("grids.duplicate_codes", field=code_field, codes=names)
