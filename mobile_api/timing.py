"""Phones' clocks against the area's: measured at each sync, corrected, or refused in words. Pure.

A phone says what its clock shows while it sends (`phoneTime`). The difference to the area's clock is taken off every
time it tells, and both are kept. A phone more than a day off has a wrong date: correcting its acts would guess, so each
is refused with a sentence that says what to do; nothing is stored, and they can be sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

NOISE = timedelta(seconds=60)
"""A smaller difference is the way through the network, not the clock."""


@dataclass(frozen=True, slots=True)
class PhoneClock:
    """How far a phone's clock is ahead of the area's (negative: behind), and what follows from it."""

    now: datetime
    skew: timedelta
    refused: bool
    said: datetime | None = None
    """What a refused clock showed, in its own words: far from now, it may not even exist by another offset."""

    def corrected(self, said: datetime) -> datetime:
        """The instant of an act by the area's clock."""
        return said - self.skew

    @property
    def skew_seconds(self) -> int:
        return round(self.skew.total_seconds())


def phone_clock(now: datetime, phone_time: datetime | None, refuse_beyond: timedelta) -> PhoneClock:
    """The clock of a phone that says `phone_time` (None: it does not say; taken as right) at the area's `now`."""
    if phone_time is None:
        return PhoneClock(now, timedelta(), refused=False)
    skew = phone_time - now
    if abs(skew) > refuse_beyond:
        return PhoneClock(now, skew, refused=True, said=phone_time)
    return PhoneClock(now, skew if abs(skew) > NOISE else timedelta(), refused=False)
