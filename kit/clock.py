"""The clock of a service area: real time in ordinary areas; a trial area may live another day, at another speed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo


def real_now() -> datetime:
    """Real time, UTC. Sign-in, tokens and sessions use it; everything about orders asks the area's clock."""
    return datetime.now(UTC)


def local_date(moment: datetime, zone: tzinfo) -> date:
    """The calendar day of an aware instant in a time zone."""
    return moment.astimezone(zone).date()


@dataclass(frozen=True, slots=True)
class AreaClock:
    """Area time = `area_anchor` + (real time − `real_anchor`) × `speed`. Speed 0 stands still until moved.

    Without anchors it is real time.
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
        """Whether the area lives on another time than ours."""
        return self.area_anchor is not None

    def set_to(self, area_time: datetime, speed: float, real: datetime | None = None) -> AreaClock:
        """The same clock, standing at `area_time` now and running at `speed` from here."""
        return AreaClock(real_anchor=real or real_now(), area_anchor=area_time, speed=speed)
