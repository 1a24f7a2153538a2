"""Which keys of a file were met before, counted on disk: near-twins get their own number, and memory stays flat."""

from __future__ import annotations

import sqlite3
from types import TracebackType


class KeyCounter:
    """Counts how often a key has come by. The table is an unnamed temporary file that ends with the counter."""

    def __init__(self) -> None:
        self._table = sqlite3.connect("", check_same_thread=False)  # one thread at a time, though not always the same
        self._table.execute("PRAGMA cache_size = -8000")
        self._table.execute("CREATE TABLE seen (key TEXT PRIMARY KEY, n INTEGER, line INTEGER) WITHOUT ROWID")

    def __enter__(self) -> KeyCounter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._table.close()

    def meet(self, key: str, line: int) -> tuple[int, int]:
        """How often the key has come by, this time included, and the line where it came first."""
        n, first = self._table.execute(
            "INSERT INTO seen VALUES (?, 1, ?) ON CONFLICT (key) DO UPDATE SET n = n + 1 RETURNING n, line", (key, line)
        ).fetchone()
        return int(n), int(first)
