"""Words that many subscribers use. Pure.

English is cut at its spaces. Chinese has none, so runs of two to four characters are counted, and a run is left out
where a longer one stands in just as many answers (closed frequent sequences).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LEAST = 3
"""A word counts from so many answers on: what one person says is no word of subscribers, and might be a name."""
_RUN = re.compile(r"[\u4e00-\u9fff]+")
_WORD = re.compile(r"[a-z][a-z'’-]{2,}")
_EMPTY_EN_WORDS = """
the and was were for that this with not but had has have his her she him they them their you your our are from when what
who how why did does all any been being too very just only after before than then there here out off about into over
more some still also could would should will can because one two again
"""
_EMPTY_EN = frozenset(_EMPTY_EN_WORDS.split())
_EMPTY_ZH = frozenset("的了是我你他她它们在有就都也很和与及或吗呢吧啊这那个又还把被给对从到")
_LENGTHS = (2, 3, 4)


@dataclass(frozen=True, slots=True)
class Said:
    """A word, in how many answers it stands, and how many of these were not satisfied."""

    word: str
    answers: int
    dissatisfied: int


def frequent(answers: Iterable[tuple[str, bool]], limit: int = 40) -> list[Said]:
    """The words of (sentence, whether its subscriber was satisfied), the most frequent first."""
    found: dict[str, list[bool]] = defaultdict(list)
    for words, satisfied in answers:
        for one in _words(words):
            found[one].append(satisfied)
    counted = [Said(one, len(who), who.count(False)) for one, who in found.items() if len(who) >= LEAST]
    counted.sort(key=lambda one: (-one.answers, -len(one.word), one.word))
    return _closed(counted)[:limit]


def _words(words: str) -> set[str]:
    found = {one for one in _WORD.findall(words.lower()) if one not in _EMPTY_EN}
    for run in _RUN.findall(words):
        for length in _LENGTHS:
            for at in range(len(run) - length + 1):
                one = run[at : at + length]
                if one[0] not in _EMPTY_ZH and one[-1] not in _EMPTY_ZH:
                    found.add(one)
    return found


def _closed(counted: Sequence[Said]) -> list[Said]:
    chinese = [one for one in counted if _RUN.match(one.word)]
    return [
        one
        for one in counted
        if not _RUN.match(one.word)
        or not any(one.word in other.word and one.word != other.word and one.answers == other.answers
                   for other in chinese)
    ]  # fmt: skip
