"""The clock of a service area. Ordinary areas run on real time; a trial area may have another time and speed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo


def real_now() -> datetime:
    """Real time, UTC. Use it for sign-in, tokens and sessions. For orders use the clock of the area."""
    return datetime.now(UTC)


def local_date(moment: datetime, zone: tzinfo) -> date:
    """The calendar day of an aware instant in a time zone."""
    return moment.astimezone(zone).date()


@dataclass(frozen=True, slots=True)
class AreaClock:
    """Area time = `area_anchor` + (real time − `real_anchor`) × `speed`.

    With speed 0 the clock stands still until it is set. Without anchors the area time is real time.
    """

    real_anchor: datetime | None = None
    area_anchor: datetime | None = None
    speed: float = 1.0

    def now(self, real: datetime | None = None) -> datetime:
        """The area's time now, aware UTC."""
        moment = real or real_now()
        if self.real_anchor is None or self.area_anchor is None:
            return moment
        return self.area_anchor + timedelta(seconds=(moment - self.real_anchor).total_seconds() * self.speed)

    @property
    def is_replay(self) -> bool:
        """Whether the area's time is not real time."""
        return self.area_anchor is not None

    def set_to(self, area_time: datetime, speed: float, real: datetime | None = None) -> AreaClock:
        """A clock that shows `area_time` now and runs at `speed` from now on."""
        return AreaClock(real_anchor=real or real_now(), area_anchor=area_time, speed=speed)
