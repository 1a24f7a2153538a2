"""What HTTP says about a trial area's clock."""

from __future__ import annotations

from datetime import datetime

from kit.bounds import Moment
from kit.http.requests import Struct


class ClockIn(Struct):
    """Where a trial area's clock shall stand, and how fast it runs on from there (0: it stands until moved)."""

    now: Moment
    speed: float = 0


class ClockMoved(Struct):
    """Where the clock stands, and what fell due and was done on the way."""

    now: datetime
    speed: float
    dispatched: int
    reassigned: int
    resumed: int
    warnings: int
    waiting: int
    """Orders that nobody could take: they wait for the dispatcher."""
