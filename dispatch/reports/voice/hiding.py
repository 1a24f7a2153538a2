"""Makes a sentence of a subscriber fit to be quoted: names, phones, addresses and mail addresses become dots. Pure.

What is known of the order is hidden wherever it stands: the names of the subscriber, the contact and the people at
work, and the address. Beside it whatever looks like a name or number is hidden: five digits and more, mail addresses,
what stands before a Chinese title or after Mr or Ms, and capitalised words inside of a sentence. A name that nobody
knows and nothing marks cannot be found by rule, so observers, who may see no personal data at all, get no quotes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

DOTS = "•••"
_MAIL = re.compile(r"\S+@\S+\.\w+")
_DIGITS = re.compile(r"[+＋]?\d(?:[\s().\-–/]{0,2}\d){4,}")
_TITLED_CJK = re.compile(
    r"[\u4e00-\u9fff]{1,2}(?=先生|女士|小姐|太太|师傅|阿姨|叔叔|大爷|大妈|大哥|大姐|老师|经理|主任)"
)
_TITLED = re.compile(r"\b((?:Mr|Mrs|Ms|Miss|Mx|Dr|Sir|Madam)\.?)(?:\s+[A-Z][\w'’-]*)+")
_CAPITALISED = re.compile(r"(?<=[\w,;:)] )(?:[A-Z][a-z][\w'’-]*)(?: [A-Z][a-z][\w'’-]*)*")
_CJK = re.compile(r"[\u4e00-\u9fff]")
_PART = re.compile(r"[^\W\d_]{2,}")
_LONG = 4
"""A part of a name this long is hidden whatever its case; a shorter one, such as May, only as it is written."""


class Names:
    """Very many names, so that a sentence need only be held against those that may stand in it."""

    def __init__(self, names: Iterable[str | None]) -> None:
        self._by_start: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name in {one.strip() for one in names if one and one.strip()}:
            for key in _keys(name):
                self._by_start[key[:2]].append((key, name))

    def in_(self, words: str) -> set[str]:
        """The names of which something may stand in a sentence: all that `hidden` would find, and few more."""
        said = _folded(words)
        starts = {said[at : at + length] for at in range(len(said)) for length in (1, 2)}
        return {name for start in starts for key, name in self._by_start.get(start, ()) if key in said}


def _keys(name: str) -> set[str]:
    """What of a name is looked for, whatever its case."""
    parts = ([name[1:]] if len(name) > 2 else []) if _CJK.search(name) else _PART.findall(name)
    return {_folded(one) for one in (name, *parts) if one}


def hidden(words: str, known: Iterable[str | None]) -> str:
    """The sentence without what is known of the people and without what looks like a name, phone or address."""
    for name in sorted({one.strip() for one in known if one and one.strip()}, key=lambda one: (-len(one), one)):
        words = _without(words, name)
    for pattern in (_MAIL, _DIGITS, _TITLED_CJK):
        words = pattern.sub(DOTS, words)
    words = _TITLED.sub(rf"\1 {DOTS}", words)
    words = _CAPITALISED.sub(DOTS, words)
    return re.sub(rf"{DOTS}(?:\s*{DOTS})+", DOTS, words)


def _without(words: str, name: str) -> str:
    said = _folded(words)  # most names stand in no sentence, and a pattern is made for each that might
    if _folded(name) in said:
        words = re.sub(re.escape(name), DOTS, words, flags=re.IGNORECASE)
    if _CJK.search(name):
        given = name[1:]
        return words.replace(given, DOTS) if len(given) > 1 else words
    for part in _PART.findall(name):
        if _folded(part) in said:
            flags = re.IGNORECASE if len(part) >= _LONG else 0
            words = re.sub(rf"\b{re.escape(part)}\b", DOTS, words, flags=flags)
    return words


def _folded(words: str) -> str:
    """Whatever `re.IGNORECASE` takes for the same letter is the same here, the dotless and the dotted i too."""
    return words.casefold().replace("\u0307", "").replace("ı", "i")
