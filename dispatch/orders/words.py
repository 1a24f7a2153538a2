"""What a subscriber is found by, as one text that a trigram index serves, and the pattern that finds it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from citymap.names import fold, has_han, pinyin_initials, pinyin_key

_LEAST_PHONE_DIGITS = 4


def person_words(name: str | None, phones: Sequence[str]) -> str:
    """The name, its pinyin and initials, and the digits of every phone: ` 王小明 wangxiaoming wxm 13812345678 `.

    A space stands before and behind each, so that the last digits of a phone are `…5678 `.
    """
    found = [fold(name), pinyin_key(name), pinyin_initials(name)] if name else []
    found += [re.sub(r"\D", "", phone) for phone in phones]
    return f" {' '.join(word for word in dict.fromkeys(found) if word)} "


def person_pattern(words: str, digits: str) -> str | None:
    """The LIKE pattern that finds a person by `words`; None where they are too few to mean anybody.

    `digits` are those of a phone's end where the words are nothing but digits.
    """
    if digits:
        return f"%{digits} %" if len(digits) >= _LEAST_PHONE_DIGITS else None
    folded = fold(words)
    if has_han(folded) or len(folded) > 2:
        return f"%{escaped(folded)}%"
    # Two letters are the initials of a name, and only as a whole.
    return f"% {escaped(folded)} %" if len(folded) == 2 else None


def escaped(words: str) -> str:
    """Words as LIKE takes them literally."""
    return re.sub(r"([\\%_])", r"\\\1", words)
