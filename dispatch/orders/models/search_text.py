"""The search text of a subscriber and the LIKE pattern that finds it. Pure.

The text is one column with a trigram index (pg_trgm).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from citymap.osm.names import fold, has_han, pinyin_initials, pinyin_key

_LEAST_PHONE_DIGITS = 4


def person_words(name: str | None, phones: Sequence[str]) -> str:
    """The name and its endings, its pinyin and initials, and the digits of every phone:
    ` 王小明 小明 明 wangxiaoming wxm 13812345678 `.

    A space stands before and behind each, so that the last digits of a phone are `…5678 `, and any part of a Chinese
    name, two characters too, is the beginning of a word, which is what the index finds.
    """
    found = [*_endings(fold(name)), pinyin_key(name), pinyin_initials(name)] if name else []
    found += [re.sub(r"\D", "", phone) for phone in phones]
    return f" {' '.join(word for word in dict.fromkeys(found) if word)} "


def _endings(name: str) -> list[str]:
    return [name[at:] for at in range(len(name))] if has_han(name) and " " not in name else [name]


def person_pattern(words: str, digits: str) -> str | None:
    """The LIKE pattern that finds a person by `words`. None when the words are too short to search with.

    `digits` are the last digits of a phone; they are given when the words are digits only.
    """
    if digits:
        return f"%{digits} %" if len(digits) >= _LEAST_PHONE_DIGITS else None
    folded = fold(words)
    if has_han(folded) and len(folded) <= 2:
        return f"% {escaped(folded)}%"
    if len(folded) > 2:
        return f"%{escaped(folded)}%"
    # Two letters are the initials of a name, and only as a whole.
    return f"% {escaped(folded)} %" if len(folded) == 2 else None


def escaped(words: str) -> str:
    """The words with the special characters of LIKE escaped."""
    return re.sub(r"([\\%_])", r"\\\1", words)


ADDRESS_PAIRS = (
    "string_to_array((regexp_replace(lower(address), '(..)', '\\1\x1f', 'g') || '\x1f')"
    " || regexp_replace(substr(lower(address), 2), '(..)', '\\1\x1f', 'g'), '\x1f')"
)
"""Every two neighbouring letters of an address, as SQL: an index of its own, since a trigram index knows three. Written
as PostgreSQL says it again, or the index would seem to differ from its model.
"""
