"""The state that all parts of the simulation share: site, area, time, seed, journal and tally."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.simulation.agenda import Agenda
from dispatch.simulation.behaviour import OrderBehaviour, order_behaviour
from dispatch.simulation.client import Client, Site
from dispatch.simulation.journal import Journal


@dataclass(frozen=True, slots=True)
class Logins:
    """Bearer tokens of the people who take part, one a role, and one for each technician's phone by technician id."""

    administrator: str
    dispatcher: str
    agent: str
    grid_lead: str
    technicians: dict[str, str]
    agents: tuple[str, ...] = ()
    """Those of the call-back desk in a month with everybody; so are the next two."""
    manager: str = ""
    inspector: str = ""


@dataclass(slots=True)
class Tally:
    """Counters of the run."""

    sync_batches: int = 0
    acts: int = 0
    refused_acts: int = 0
    refusals: dict[str, int] = field(default_factory=dict)
    plans: int = 0

    def refused(self, code: str) -> None:
        """Count an act that the product refused."""
        self.refused_acts += 1
        self.refusals[code] = self.refusals.get(code, 0) + 1


class World:
    """The simulated days of one area. `now` is the area's time; nobody here looks at a real clock.

    At a `pace` of 3 everybody looks up a third as often: a long time in coarser steps.
    """

    def __init__(
        self, site: Site, area: dict[str, Any], logins: Logins, seed: int, journal: Journal, pace: float = 1.0
    ) -> None:
        self.pace = pace
        self.told_the_time: Callable[[datetime], None] = lambda _now: None
        self.site = site
        self.area_id: str = area["id"]
        self.zone = ZoneInfo(area["timezone"])
        self.logins = logins
        self.seed = seed
        self.journal = journal
        self.agenda = Agenda()
        self.tally = Tally()
        self.now = datetime.now(UTC)
        self.administrator = site.as_(logins.administrator)
        self.dispatcher = site.as_(logins.dispatcher)
        self.agent = site.as_(logins.agent)
        self.grid_lead = site.as_(logins.grid_lead)
        self._ids = random.Random(f"{seed}:ids")  # noqa: S311 - repeatable
        self._behaviours: dict[str, OrderBehaviour] = {}
        self.visited: set[str] = set()
        """Orders somebody has found nobody home at, or lacked parts for: it happens once."""

    def phone(self, technician_id: str) -> Client:
        """A technician's phone."""
        return self.site.as_(self.logins.technicians[technician_id])

    def behaviour(self, number: str) -> OrderBehaviour:
        """What will happen around an order."""
        if number not in self._behaviours:
            self._behaviours[number] = order_behaviour(self.seed, number)
        return self._behaviours[number]

    def new_id(self) -> str:
        """A client-made id, the same in every run of a seed."""
        return str(uuid.UUID(int=self._ids.getrandbits(128), version=4))

    def draw_ids_from(self, moment: datetime) -> None:
        """Ids of a run that begins at this time of the area.

        Those of an earlier run of the same seed would be taken for acts that were sent again, and not be done.
        """
        self._ids = random.Random(f"{self.seed}:{moment.isoformat()}:ids")  # noqa: S311 - repeatable

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """A local time of day as an instant."""
        return datetime.combine(day, time(hour, minute), self.zone).astimezone(UTC)

    def local(self, moment: datetime) -> datetime:
        """The area's local time of an instant."""
        return moment.astimezone(self.zone)

    def begin(self, day: date) -> None:
        """Stand at the start of a local day, or where the area's replay clock stands in it already."""
        midnight = self.at(day, 0)
        clock = self.administrator.get(f"/api/areas/{self.area_id}")["clock"]
        now = datetime.fromisoformat(clock["now"]).astimezone(UTC)
        begun = clock["replay"] and midnight < now < self.at(day + timedelta(days=1), 0)
        self.advance(now + minutes(1) if begun else midnight)  # it may be running, and never goes back
        self.draw_ids_from(self.now)

    def advance(self, to: datetime) -> None:
        """Move the area's clock; the product does on the way whatever falls due."""
        self.told_the_time(to)
        self.administrator.post(f"/api/areas/{self.area_id}/clock", {"now": to.isoformat(), "speed": 0})
        self.now = to


def parse(moment: str | None) -> datetime | None:
    """An RFC 3339 time as an aware UTC datetime."""
    return datetime.fromisoformat(moment).astimezone(UTC) if moment else None


def minutes(count: float) -> timedelta:
    """A length of time."""
    return timedelta(minutes=count)
