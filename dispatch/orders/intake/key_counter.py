"""Which keys of a file were met before, counted on disk: near-twins get their own number, and memory stays flat.

A source that gives its own ids writes some rows twice: those that agree are known from the first pass on.
"""

from __future__ import annotations

import sqlite3
from types import TracebackType


class KeyCounter:
    """Counts how often a key has come by. The table is an unnamed temporary file that ends with the counter."""

    def __init__(self) -> None:
        self._table = sqlite3.connect("", check_same_thread=False)  # one thread at a time, though not always the same
        self._table.execute("PRAGMA cache_size = -8000")
        self._table.execute("CREATE TABLE seen (key TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID")

        self._table.execute(
            "CREATE TABLE first (key TEXT PRIMARY KEY, line INTEGER, digest BLOB, caller TEXT, chases INTEGER)"
            " WITHOUT ROWID"
        )

    def __enter__(self) -> KeyCounter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._table.close()

    def meet(self, key: str) -> int:
        """How often the key has come by, this time included."""
        (n,) = self._table.execute(
            "INSERT INTO seen VALUES (?, 1) ON CONFLICT (key) DO UPDATE SET n = n + 1 RETURNING n", (key,)
        ).fetchone()
        return int(n)

    def forget_met(self) -> None:
        """Count anew: the file is read once more."""
        self._table.execute("DELETE FROM seen")

    def note(self, key: str, line: int, digest: bytes, caller: str) -> None:
        """First pass: a row with an id of the source's, what an order is made of in it, and who called.

        The same again by another caller is somebody who asked once more.
        """
        self._table.execute(
            "INSERT INTO first VALUES (?, ?, ?, ?, 0) ON CONFLICT (key) DO UPDATE"
            " SET chases = chases + (digest = excluded.digest AND caller <> excluded.caller)",
            (key, line, digest, caller),
        )

    def first(self, key: str) -> tuple[int, bytes, int]:
        """The line where an id stands first, what its row says, and how often others asked for the same again."""
        line, digest, chases = self._table.execute(
            "SELECT line, digest, chases FROM first WHERE key = ?", (key,)
        ).fetchone()
        return int(line), bytes(digest), int(chases)
