"""What a person should know about a file that was taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence by its code and parameters."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)
