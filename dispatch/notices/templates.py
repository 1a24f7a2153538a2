"""The words of notices: which kinds there are, what a text may name, how it is filled in, how many SMS it makes. Pure.

`check` refuses a placeholder that nobody fills, with its place. `fill` makes every value harmless first: one line, no
control characters, none that turn the direction of the text, nothing that a phone makes a link of but our own link.
"""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from kit.errors import Invalid

LANGUAGES = ("en", "zh")
_WINDOW = ("day", "from", "to")
FIELDS: dict[str, tuple[str, ...]] = {
    "received": ("number", "link"),
    "dispatched": ("number", "technician", "finishCode", "link"),
    "appointed": ("number", *_WINDOW, "link"),
    "changed": ("number", *_WINDOW, "link"),
    "on_the_way": ("number", "technician", "link"),
    "delayed": ("number", *_WINDOW, "link"),
    "suspended": ("number", "reason", "day", "link"),
    "unreachable": ("number", "link"),
    "done": ("number", "link"),
    "not_reached": ("number", "link"),
    "over": ("number",),
    "cancelled": ("number", "link"),
    "outage_known": ("day", "to"),
    "outage_moved": ("day", "to"),
    "outage_over": (),
    "alert": ("name", "subject", "measure", "value", "limit", "count", "link"),
    "report": ("name", "period", "link"),
    "watch_ended": ("name", "link"),
}
"""Every kind of notice, and the placeholders that whoever writes one fills."""
STAFF = frozenset({"alert", "report", "watch_ended"})
"""Kinds for people at work: to their mail alone, with a link into the program that asks them to sign in."""
ANY_TIME = frozenset({"on_the_way", "outage_known", "outage_moved", "outage_over", *STAFF})
"""Kinds that do not wait for the morning."""
MOST_VALUE = 120
"""How many characters of one value are sent."""
HIDDEN = "······"
"""Shown in place of a value that is no longer kept."""

_PART = re.compile(r"\{([^{}\n]*)\}|[{}]")
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWO = frozenset("^{}\\[~]|€")


@dataclass(frozen=True, slots=True)
class Parts:
    """How a text goes out by SMS: the coding, its length in that coding's units, and in how many parts."""

    coding: str
    units: int
    parts: int


@lru_cache
def shipped() -> dict[str, dict[str, str]]:
    """The texts that ship: kind -> language -> text."""
    return tomllib.loads(Path(__file__).with_name("default_templates.toml").read_text(encoding="utf-8"))


def check(kind: str, language: str, words: str) -> None:
    """Raise `Invalid` with line and column where a text names what nobody fills, or has a brace that stands alone."""
    if kind not in FIELDS:
        raise Invalid("notice.kind", field="kind", kind=kind)
    if not words.strip():
        raise Invalid("notice.empty", field=language)
    for found in _PART.finditer(words):
        name = found.group(1)
        if name in FIELDS[kind]:
            continue
        before = words[: found.start()]
        line, column = before.count("\n") + 1, found.start() - (before.rfind("\n") + 1) + 1
        if name is None:
            raise Invalid("notice.brace", field=language, line=line, column=column, brace=found.group(0))
        near = difflib.get_close_matches(name, FIELDS[kind], 1, 0.5)
        known = ", ".join(f"{{{one}}}" for one in (near or FIELDS[kind])) or "0"
        raise Invalid("notice.placeholder", field=language, line=line, column=column, name=f"{{{name}}}", known=known)


def fill(words: str, values: Mapping[str, Any]) -> str:
    """The text with its values, each made harmless; a value that is gone shows as dots."""

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        if name is None:
            return found.group(0)
        given = values.get(name)
        if given is None:
            return HIDDEN
        return str(given) if name == "link" else harmless(str(given))

    return _PART.sub(value, words)


def harmless(value: str) -> str:
    """A value in one line, without control and direction characters, without the start of a link, not overlong.

    Emoji and right-to-left scripts stay; what turns the text around a value does not.
    """
    kept = []
    for letter in value:
        kind = unicodedata.category(letter)
        if letter == "\u200d":  # joins emoji
            kept.append(letter)
        elif kind in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        elif kind not in ("Cf", "Cs", "Co", "Cn"):
            kept.append(letter)
    line = " ".join("".join(kept).replace("://", " ").split())
    return line if len(line) <= MOST_VALUE else f"{line[: MOST_VALUE - 1]}…"


def sms_parts(words: str) -> Parts:
    """How many parts an SMS makes (3GPP TS 23.038): 160 or 70 units in one, 153 or 67 in each of several."""
    plain = all(letter in _GSM or letter in _GSM_TWO for letter in words)
    sizes = [2 if letter in _GSM_TWO else 1 for letter in words] if plain else [
        2 if ord(letter) > 0xFFFF else 1 for letter in words
    ]  # fmt: skip
    units, one, several = sum(sizes), 160 if plain else 70, 153 if plain else 67
    if units <= one:
        return Parts("gsm7" if plain else "ucs2", units, 1 if units else 0)
    parts, room = 1, several
    for size in sizes:  # no part ends inside a character
        if size > room:
            parts, room = parts + 1, several
        room -= size
    return Parts("gsm7" if plain else "ucs2", units, parts)
