"""How well a written street or place name fits the known ones. Pure.

In: a name as a person wrote it, and rows of known names. Out: the rows that fit, each with its fit from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from citymap.geocoder.address_sql import NameRow
from citymap.osm.names import StreetName, fold, has_han, pinyin_key, street_name

_LEAST_LIKENESS, _TYPING_LIKENESS = 0.79, 0.7
_SAME_FIT = 0.02
"""While locating orders, a street whose name fits worse than the best by more than this is another street."""


@dataclass(frozen=True, slots=True)
class NameMatch:
    """A street or place that a written name may mean, and how well the name fits (0 to 1)."""

    row: NameRow
    fit: float


def cores_of(name: str) -> list[str]:
    """The cores a written name may have. A Chinese name may hide in a longer text: "鼓楼区上海路" holds 上海路."""
    key = street_name(name)
    if not has_han(name):
        return [key.core, " ".join(part for part in (key.core, key.kind) if part)]
    length = len(key.core)
    return [key.core[a:b] for a in range(length) for b in range(a + 2, min(length, a + 14) + 1)]


def best_names(name: str, rows: Sequence[NameRow], generous: bool) -> list[NameMatch]:
    """The known names that fit a written one, best first, at most 12. `generous` (while typing) accepts less."""
    best: dict[tuple[int | None, int | None], NameMatch] = {}
    for row in rows:
        fit = _fit(name, row)
        key = (row.street_id, row.place_id)
        if fit >= (_TYPING_LIKENESS if generous else _LEAST_LIKENESS) and (key not in best or best[key].fit < fit):
            best[key] = NameMatch(row, fit)
    ordered = sorted(best.values(), key=lambda candidate: -candidate.fit)
    least = ordered[0].fit - (0.25 if generous else _SAME_FIT) if ordered else 0.0
    return [candidate for candidate in ordered if candidate.fit >= least][:12]


def _fit(name: str, row: NameRow) -> float:
    """How well a written name fits a known one: 1 for the same, less for likeness, 0 for another."""
    key = street_name(name)
    if has_han(name) and has_han(row.core):
        return _fit_han(key.core, row.core)
    if has_han(row.core) or has_han(name):
        return 0.98 * _alike(pinyin_key(name), row.pinyin)
    if row.place_id is not None:
        written, known = fold(name), fold(row.name)
        return 0.98 * max(_alike(written, known), 0.85 * fuzz.token_set_ratio(written, known) / 100)
    if key.core == row.core:
        base = 1.0
    elif _digits(key.core) != _digits(row.core):
        # 12th is not 13th; but somebody typing "12" may want 12th
        base = 0.9 if row.core.startswith(key.core) and not row.core[len(key.core)].isdigit() else 0.0
    else:
        base = _alike(key.core, row.core)
    return base - _sides(key, row) - _kinds(key, row)


def _fit_han(written: str, known: str) -> float:
    if written == known:
        return 1.0
    if known in written:
        # What stands before is a district or city; what follows a street name is more telling than what precedes.
        after = len(written) - written.index(known) - len(known)
        return max(0.75, 0.97 - 0.03 * after - 0.2 / len(known))
    return 0.95 * _alike(written, known)


def _alike(a: str, b: str) -> float:
    ratio = fuzz.ratio(a, b) / 100
    if b.startswith(a) and len(a) >= 2:
        ratio = max(ratio, 0.7 + 0.3 * len(a) / len(b))
    words = fuzz.token_sort_ratio(a, b) / 100 if " " in a and " " in b else 0.0
    return max(ratio, 0.97 * words)


def _digits(core: str) -> str:
    return "".join(letter for letter in core if letter.isdigit())


def _sides(key: StreetName, row: NameRow) -> float:
    if key.direction == row.direction:
        return 0.0
    if key.direction and row.direction:
        return 0.6 if len(key.direction) == len(row.direction) == 1 else 0.3
    return 0.08 if key.direction else 0.03


def _kinds(key: StreetName, row: NameRow) -> float:
    if key.kind == row.kind:
        return 0.0
    return 0.14 if key.kind and row.kind else 0.03
