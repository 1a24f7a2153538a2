"""The simulation's own record of what it did (`docs/journal.md`): the truth to compare the product's numbers with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TextIO


class Journal:
    """JSON lines in the order things happened; written as they happen, so that a killed run leaves what it did."""

    def __init__(self, path: Path | None) -> None:
        self._file: TextIO | None = path.open("w", encoding="utf-8") if path else None

    def write(self, what: str, **facts: Any) -> None:
        """Append one line."""
        if self._file is not None:
            self._file.write(json.dumps({"type": what, **facts}, ensure_ascii=False, separators=(",", ":")) + "\n")

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
