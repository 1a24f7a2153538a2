"""Waiting for what must happen, never for a time. A test that waits says what for, and fails where it never comes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

PATIENCE_SECONDS = 60.0
"""How long anything that a test waits for may take on a machine with much else to do."""
_LOOK_SECONDS = 0.02


async def until(
    question: Callable[[], Awaitable[bool]] | Callable[[], bool], what: str = "it", patience: float = PATIENCE_SECONDS
) -> None:
    """Ask until the answer is yes; fails after `patience` seconds, saying `what` did not happen."""
    deadline = time.monotonic() + patience
    while True:
        answer = question()
        if answer if isinstance(answer, bool) else await answer:
            return
        assert time.monotonic() < deadline, f"{what} did not happen"
        await asyncio.sleep(_LOOK_SECONDS)


def until_so(question: Callable[[], bool], what: str = "it", patience: float = PATIENCE_SECONDS) -> None:
    """As `until`, for tests without a loop."""
    deadline = time.monotonic() + patience
    while not question():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(_LOOK_SECONDS)
