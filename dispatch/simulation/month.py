"""A month with everybody in it: desks, subscribers who answer, outages, complaints, and a gateway that fails."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from dispatch.simulation.callers import draw_call
from dispatch.simulation.desk import Desk, Links
from dispatch.simulation.gateway import Gateway
from dispatch.simulation.run import Progress, Simulation
from dispatch.simulation.trouble import Complaints, Outages, spread_over
from dispatch.simulation.world import World

OUTAGES, COMPLAINTS = 2, 30
OUTAGE_MINUTES, LEDGER_MINUTES = 6, 45
CHANNEL = "simulated"


class Month(Simulation):
    """`Simulation` with the whole house at work.

    Args:
        points: where people live who report, (longitude, latitude) in degrees.
        reports: how many orders the people report over the days, beside those that lie in the area already.
    """

    def __init__(
        self, world: World, plan_seconds: float, area_code: str, points: Sequence[tuple[float, float]],
        gateway: Gateway, *, reports: int = 0, straight_lines: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(world, plan_seconds, straight_lines=straight_lines)
        agents = [world.site.as_(token) for token in world.logins.agents]
        self.agent = self.desk = Desk(world, agents)
        self.links = Links(world, area_code)
        self.outages = Outages(world, points)
        people = [world.agent, *agents, *map(world.site.as_, (world.logins.manager, world.logins.inspector))]
        self.complaints = Complaints(world, people)
        self.points, self.reports, self.gateway = list(points), reports, gateway
        world.told_the_time = self._tell

    def live(self, first_day: date, days: int, progress: Progress, *, most_extra_days: int = 12) -> dict[str, Any]:
        """Live the month; what is under way at its end is lived to where nobody is to be called any more."""
        world = self.world
        draw = random.Random(f"{world.seed}:month")  # noqa: S311 - repeatable
        channel = {"kind": "sms", "position": 0, "config": {"gateway": "generic", "url": self.gateway.url}}
        world.administrator.put(f"/api/areas/{world.area_id}/notice-channels/{CHANNEL}", channel)
        broken = first_day + timedelta(days=days // 2)
        self.gateway.fails_from = world.at(broken, 10)
        for moment in spread_over(draw, world, first_day, days, self.reports):
            world.agenda.at(moment, lambda _now: self._report(draw))
        for number in range(OUTAGES):
            self.outages.fail_at(world.at(first_day + timedelta(days=(number + 1) * days // (OUTAGES + 1)), 9 + number))
        for moment in spread_over(draw, world, first_day, days, COMPLAINTS):
            self.complaints.come_at(moment)
        return super().live(first_day, days, progress, most_extra_days=most_extra_days)

    def summary(self) -> dict[str, Any]:
        """What became of every order, call, link, message, outage and complaint."""
        return super().summary() | {
            "messages": len(self.gateway.taken), "messagesRefusedWhileDown": self.gateway.refused,
            "linksOpened": self.links.opened, "linksAnswered": self.links.answered,
            "callsGivenBack": self.desk.given_back, "outages": self.outages.failed,
            "complaints": self.complaints.taken + self.desk.complaints,
        }  # fmt: skip

    def _live_day(self, day: date, progress: Progress, share: float) -> None:
        self.links.begin_day(day)
        for work, every in ((self.outages.look, OUTAGE_MINUTES), (self.complaints.look, LEDGER_MINUTES)):
            moment, end = self.world.at(day, 8, 15), self.world.at(day, 20, 30)
            while moment < end:
                self.world.agenda.at(moment, work)
                moment += timedelta(minutes=every * self.world.pace)
        super()._live_day(day, progress, share)

    def _report(self, draw: random.Random) -> None:
        x, y = draw.choice(self.points)
        call = draw_call(
            draw, f"{draw.randrange(900)} Lane", (x + draw.uniform(-0.02, 0.02), y + draw.uniform(-0.02, 0.02))
        )
        self.world.agent.post(f"/api/areas/{self.world.area_id}/orders", call.as_json())

    def _tell(self, now: datetime) -> None:
        self.gateway.now = now
