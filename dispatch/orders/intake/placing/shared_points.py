"""One point for many addresses is no place: a source writes its fallback there, such as the city hall.

Counted over the whole file before a row is taken, and over what the source's earlier files left. A tower block (one
address, many orders) and the middle of a street are left alone: house numbers make no other address.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Iterable
from types import TracebackType

MANY = 4
"""So many different addresses on exactly one point are no place. Corners have two or three names."""
_WORDS = re.compile(r"[^\W\d_]+")


def street_of(address: str) -> str:
    """An address without its numbers, its words in one order: what all houses of a street or block have in common."""
    text = unicodedata.normalize("NFKC", address).casefold()
    words = [
        word
        for word in _WORDS.findall(re.sub(r"\d+(?:st|nd|rd|th)?\b", " ", text))
        if len(word) > 1 or not word.isascii()
    ]
    return " ".join(sorted(set(words)))


class SharedPoints:
    """The addresses that a file has on each point; memory stays flat, the table ends with the object."""

    def __init__(self) -> None:
        self._table = sqlite3.connect("", check_same_thread=False)  # one thread at a time, though not always the same
        self._table.execute("PRAGMA cache_size = -8000")
        self._table.execute("CREATE TABLE seen (point TEXT, street TEXT, PRIMARY KEY (point, street)) WITHOUT ROWID")

    def __enter__(self) -> SharedPoints:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._table.close()

    def note(self, point: str, address: str) -> None:
        """First pass: a row's coordinates as written, and its address."""
        street = street_of(address)
        if street:
            self._table.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (point, street))

    def is_shared(self, point: str, earlier: Iterable[str] = ()) -> bool:
        """Whether too many addresses stand on a point, those of `earlier` files too."""
        found = self._table.execute("SELECT street FROM seen WHERE point = ? LIMIT ?", (point, MANY)).fetchall()
        streets = {street for (street,) in found} | {street for address in earlier if (street := street_of(address))}
        return len(streets) >= MANY
