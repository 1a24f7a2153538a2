"""Sentences by code, in English and Chinese. They are read once from the `messages.toml` of every room.

["order.wrong_state"]
en = "Order {number} is {status}; {act} is not possible now."
zh = "工单 {number} 当前为 {status}，不能{act}。"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "zh")
PSEUDO = "qps"
"""The pseudo-locale: English with accented letters. A word that is not translatable stands out on the screen."""
ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("kit", "citymap", "grids", "optimizer", "dispatch", "mobile_api")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence that stands as a parameter in another one: it is told in the same language."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return text(self.code, **self.params)


class MissingText(KeyError):
    """A code has no sentence. This is a programming error; tests look for it."""


@lru_cache
def catalogue() -> dict[str, dict[str, str]]:
    """All sentences: code -> language -> text."""
    found: dict[str, dict[str, str]] = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("messages.toml")):
            for code, texts in tomllib.loads(path.read_text(encoding="utf-8")).items():
                if code in found:
                    raise ValueError(f"{path}: the code {code!r} is defined twice")
                found[code] = texts
    return found


def text(code: str, language: str = "en", **params: Any) -> str:
    """The sentence of `code` with its parameters filled in. Raises `MissingText` for an unknown code."""
    texts = catalogue().get(code)
    if texts is None or (language not in texts and language != PSEUDO):
        raise MissingText(f"{code} has no {language} text in any messages.toml")
    told = {
        name: text(value.code, language, **value.params) if isinstance(value, Said) else value
        for name, value in params.items()
    }
    return in_language(texts, language).format_map(_Blanks(told))


def in_language(texts: Mapping[str, str], language: str) -> str:
    """The text in this language. For the pseudo-locale the English letters are replaced, except in `{parameters}`."""
    if language != PSEUDO:
        return texts[language]
    parts = re.split(r"(\{[^{}]*\})", texts["en"])
    return f"⟦{''.join(part if part.startswith('{') else part.translate(_STRANGE) for part in parts)}⟧"


_STRANGE = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "ÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽåƀçðéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýž"
)


class _Blanks(dict[str, Any]):
    """Prints a missing parameter as a dash, so that the sentence is still shown."""

    def __missing__(self, key: str) -> str:
        return "–"


def language_of(accept_language: str | None) -> str:
    """`zh` when the header prefers Chinese, `qps` for the pseudo-locale, else `en`."""
    for part in (accept_language or "").split(","):
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh"
        if tag.startswith("en"):
            return "en"
        if tag.startswith(PSEUDO):
            return PSEUDO
    return "en"
