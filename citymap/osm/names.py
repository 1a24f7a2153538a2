"""Reading street names and addresses, English and Chinese: abbreviations, directions, house numbers, corners.

A street name is split into what tells streets apart (`core`), its side of the city (`direction`: n, s, e, w or two
letters) and its type (`kind`: street, avenue …), so that "W 10TH AV", "West 10th Avenue" and "10th Ave W" meet.
Chinese names are one core ("中山北路"): their 东西南北 belongs to the name. They also get a pinyin key, so that
"zhongshan lu" finds 中山路.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_DIRECTIONS = {
    "n": "n", "north": "n", "s": "s", "south": "s", "e": "e", "east": "e", "w": "w", "west": "w",
    "ne": "ne", "northeast": "ne", "nw": "nw", "northwest": "nw", "se": "se", "southeast": "se", "sw": "sw",
    "southwest": "sw",
}  # fmt: skip
_KINDS = {
    "street": "st str", "avenue": "av ave aven avn", "road": "rd", "drive": "dr drv", "boulevard": "blvd boul bd",
    "lane": "ln", "place": "pl", "court": "ct crt", "crescent": "cr cres", "highway": "hwy hiway", "way": "wy",
    "square": "sq", "terrace": "ter terr", "parkway": "pkwy pky", "circle": "cir circ", "alley": "al aly",
    "diversion": "divers divrsn", "mews": "mw", "walk": "wk", "trail": "trl", "freeway": "fwy", "expressway": "expy",
    "viaduct": "viad", "bridge": "br brg", "connector": "conn", "crossing": "xing", "plaza": "plz", "close": "clos",
    "grove": "grv", "gate": "gt", "heights": "hts", "quay": "qy", "loop": "lp", "passage": "psge", "path": "pth",
    "parade": "pde", "mall": "", "row": "", "green": "", "link": "", "wharf": "whf", "esplanade": "espl",
    "rua": "r", "avenida": "", "travessa": "tv", "largo": "lgo", "praca": "pc", "estrada": "",
}  # fmt: skip
_KIND_OF = {word: kind for kind, short in _KINDS.items() for word in (kind, *short.split())}
_WORDS = {
    "mt": "mount", "ft": "fort", "dist": "district", "univ": "university", "hosp": "hospital", "ctr": "center",
    "centre": "center", "bldg": "building", "pk": "park", "stn": "station", "lk": "lake", "vly": "valley",
    "isl": "island",
}  # fmt: skip
_HAN = re.compile(r"[㐀-鿿豈-﫿]")
_AND = re.compile(r"\s+(?:and|at)\s+|\s*[&@/＠＆]\s*", re.IGNORECASE)
_HAN_AND = re.compile(r"\s*(?:与|和|、|/|&|＆)\s*")
_CORNER_WORDS = re.compile(r"(?:的)?(?:交叉路口|交叉口|交汇处|交界处|路口|交口|拐角)$")
_RANGE = re.compile(r"^(\d{1,6})\s*(to|-|–|—|~)\s*(\d{1,6})\s+(?=\S)", re.IGNORECASE)
_UNIT = re.compile(
    r"^(?:(?:unit|suite|ste|apt|apartment|room|rm)\.?\s*#?\s*\w+[\s,]+|#?\s*\w{1,5}\s*-\s*(?=\d+\s)|#\s*\w+\s+)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"^(\d{1,6})(?:[a-z](?=\s))?(?:\s+1/2)?\s+(?=\S)", re.IGNORECASE)
_TRAILING_NUMBER = re.compile(r"^(.*\D)[\s,]+(\d{1,6})\s*([a-z])?$", re.IGNORECASE)
_HAN_NUMBER = re.compile(r"(\d{1,6})\s*(?:[-—–](\d{1,6}))?\s*(?:号|號|弄|支弄)")
_POSTCODE = re.compile(r"\b(?:[a-z]\d[a-z]\s?\d[a-z]\d|\d{5}(?:-\d{4})?|\d{4}-\d{3})\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StreetName:
    """A street's name taken apart. `core` is never empty for a non-empty name."""

    core: str
    direction: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody wrote as an address. `number` and `number_to` are equal for a plain house number."""

    text: str
    street: str = ""
    cross: str = ""
    number: int | None = None
    number_to: int | None = None


def has_han(text: str) -> bool:
    """Whether the text holds a Chinese character."""
    return _HAN.search(text) is not None


def fold(text: str) -> str:
    """Lower case, full-width letters made narrow, accents and punctuation dropped, single spaces."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("'", "")
    text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^\w㐀-鿿]+|_", " ", text).split())


@lru_cache(maxsize=65_536)
def street_name(text: str) -> StreetName:
    """Take a street's name apart. Chinese names stay whole, without spaces."""
    if has_han(text):
        return StreetName(fold(text).replace(" ", ""))
    words = fold(text).split()
    if not words:
        return StreetName("")
    if len(words) > 2 and words[0] in ("north", "south") and words[1] in ("east", "west"):
        words[:2] = [words[0] + words[1]]
    if words[0] == "st" and len(words) > 1:
        words[0] = "saint"
    direction = kind = ""
    if len(words) > 1 and words[0] in _DIRECTIONS:
        direction = _DIRECTIONS[words.pop(0)]
        if words[0] == "st" and len(words) > 1:
            words[0] = "saint"
    if len(words) > 1 and words[-1] in _DIRECTIONS:
        trailing = _DIRECTIONS[words.pop()]
        direction = f"{direction}-{trailing}" if direction else trailing
    if len(words) > 1 and words[-1] in _KIND_OF:
        kind = _KIND_OF[words.pop()]
        if kind in _CARRIED and len(words) > 1 and words[-1] in _KIND_OF:
            words.pop()  # "Cambie Street Bridge" and "Cambie Bridge" are one
    elif len(words) == 1 and direction and words[0] in _KIND_OF:
        # "East Boulevard", "West Mall": the direction is the name.
        return StreetName(_LONG.get(direction, direction), "", _KIND_OF[words[0]])
    elif len(words) > 1 and words[0] in _KIND_OF and _KIND_OF[words[0]] in _LEADING:
        kind = _KIND_OF[words.pop(0)]
    if words == ["the"]:
        words.append(kind)
    core = " ".join(_WORDS.get(word, _KIND_OF.get(word, word) if index else word) for index, word in enumerate(words))
    return StreetName(core, direction, kind)


_CARRIED = {"bridge", "viaduct", "diversion"}
_LEADING = {"rua", "avenida", "travessa", "largo", "praca", "estrada"}
_LONG = {"n": "north", "s": "south", "e": "east", "w": "west"}


@lru_cache(maxsize=65_536)
def pinyin_key(text: str) -> str:
    """Toneless pinyin without spaces for Chinese ("中山路" -> "zhongshanlu"); folded text without spaces otherwise."""
    folded = fold(text).replace(" ", "")
    if not has_han(folded):
        return folded
    from pypinyin import Style, lazy_pinyin  # its dictionaries take a quarter of a second

    return "".join(lazy_pinyin(folded, style=Style.NORMAL)).replace("ü", "v")


@lru_cache(maxsize=65_536)
def pinyin_initials(text: str) -> str:
    """First letters as people type them ("王小明" -> "wxm"); of a name in Latin letters those of its words."""
    folded = fold(text)
    if not has_han(folded):
        return "".join(word[0] for word in folded.split())
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(folded.replace(" ", ""), style=Style.FIRST_LETTER))


def parse(text: str) -> Query:
    """Read an address as people write it: number and street, a block ("1300 to 1400 Arbutus St"), or a corner."""
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    return _parse_han(text) if has_han(text) else _parse_latin(text)


def _parse_han(text: str) -> Query:
    corner = _CORNER_WORDS.sub("", text).strip()
    parts = [part for part in _HAN_AND.split(corner) if part]
    if len(parts) == 1 and corner != text:
        parts = corner.split()
    if len(parts) == 2 and not _HAN_NUMBER.search(corner):
        return Query(text, parts[0], parts[1])
    numbers = _HAN_NUMBER.search(text)
    if numbers is None:
        return Query(text, corner)
    first = int(numbers.group(1))
    last = int(numbers.group(2) or first)
    return Query(text, text[: numbers.start()].rstrip(), "", first, max(first, last))


def _parse_latin(text: str) -> Query:
    head = _UNIT.sub("", text) if text[:1].isalpha() else text
    head = head.split(",")[0].strip() or text
    head = _POSTCODE.sub("", head).strip() if re.search(r"[a-z]{3}", head, re.IGNORECASE) else head
    number = number_to = None
    found = _RANGE.match(head)
    if found and _is_block(found):
        number, number_to = sorted((int(found.group(1)), int(found.group(3))))
        head = head[found.end() :]
    else:
        head = _UNIT.sub("", head)
    if number is None and (found := _NUMBER.match(head)):
        number = number_to = int(found.group(1))
        head = head[found.end() :]
    parts = [part for part in _AND.split(head) if part.strip()]
    if len(parts) == 1 and number is None and (found := _TRAILING_NUMBER.match(head)):
        return Query(text, found.group(1).strip(" ,"), "", int(found.group(2)), int(found.group(2)))
    if len(parts) >= 2:
        return Query(text, parts[0].strip(), parts[1].strip(), number, number_to)
    return Query(text, head.strip(), "", number, number_to)


def _is_block(found: re.Match[str]) -> bool:
    """Whether "A to B" is a block of house numbers; "203-1012 Nelson" is unit 203 of house 1012."""
    first, word, last = found.groups()
    return word.lower() == "to" or (len(first) == len(last) and 0 <= int(last) - int(first) <= 200)
