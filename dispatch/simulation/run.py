"""Simulation of whole days of an area through its public API, with a journal of what was done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from dispatch.simulation.call_centre import Agent, Dispatcher
from dispatch.simulation.client import Site
from dispatch.simulation.journal import Journal
from dispatch.simulation.journal_facts import write_product_events, write_setup
from dispatch.simulation.technician import Technician
from dispatch.simulation.world import Logins, World, minutes, parse

STEP_MINUTES = 5
NIGHT_STEP_MINUTES = 60
MOST_EXTRA_DAYS = 8
Progress = Callable[[str, float], None]


def simulate(
    url: str, area_code: str, logins: Logins, first_day: date, days: int, *, seed: int = 1, plan_seconds: float = 8.0,
    truth: Path | None = None, progress: Progress = lambda phase, share: None,
    people: Callable[..., Simulation] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Live `days` local days from `first_day` on, and on until the callbacks have settled.

    `people` makes the simulation of a world, a plan's seconds and the area's code where it is another one than the
    usual. Returns the summary that `grid-dispatch simulate --json` prints. Raises `Refused` where the product refuses
    what the simulation cannot do without, such as moving the clock of an ordinary area.
    """
    site = Site(url)
    journal = Journal(truth)
    try:
        areas = site.as_(logins.administrator).get("/api/areas")
        found = areas["items"] if isinstance(areas, dict) else areas
        area = next(one for one in found if one["code"] == area_code)
        world = World(site, area, logins, seed, journal)
        living = people(world, plan_seconds, area_code) if people else Simulation(world, plan_seconds)
        return living.live(first_day, days, progress)
    finally:
        journal.close()
        site.close()


class Simulation:
    """One run."""

    def __init__(self, world: World, plan_seconds: float, *, straight_lines: bool = False) -> None:
        self.world = world
        self.dispatcher = Dispatcher(world, plan_seconds, straight_lines=straight_lines)
        self.agent = Agent(world)
        self.technicians = {key: Technician(world, key) for key in sorted(world.logins.technicians)}
        self.revealed_until: datetime | None = None
        self.known: set[str] = set()

    def live(
        self, first_day: date, days: int, progress: Progress, *, most_extra_days: int = MOST_EXTRA_DAYS
    ) -> dict[str, Any]:
        """Live the days, then as many more as the callbacks need. A first day that has begun goes on where it is."""
        self.world.begin(first_day)
        write_setup(self.world)
        for number in range(days):
            self._live_day(first_day + timedelta(days=number), progress, number / days)
        lived, extra = frozenset(self.known), 0
        while extra < most_extra_days and self._unsettled(lived):
            self._live_day(first_day + timedelta(days=days + extra), progress, 1.0)
            extra += 1
        write_product_events(self.world, sorted(self.known), first_day)
        return self.summary()

    def _live_day(self, day: date, progress: Progress, share: float) -> None:
        world = self.world
        self.dispatcher.begin_day(day)
        self.agent.begin_day(day)
        for shift in world.dispatcher.get(f"/api/areas/{world.area_id}/shifts", date=day.isoformat()):
            person = self.technicians.get(shift["technicianId"])
            start, end = parse(shift["start"]), parse(shift["end"])
            if person is not None and start is not None and end is not None and start >= world.at(day, 0):
                person.begin_shift(start, end, shift["breaks"])
        midnight = world.at(day + timedelta(days=1), 0)
        while world.now < midnight:
            self._tick(midnight)
            progress(world.local(world.now).strftime("%Y-%m-%d %H:%M"), share)

    def _tick(self, until: datetime) -> None:
        """Move the clock a few minutes (an hour when nobody has anything to do), then let everybody act."""
        world = self.world
        following = world.agenda.next_moment()
        quiet = following is None or following - world.now > minutes(NIGHT_STEP_MINUTES * world.pace)
        world.advance(min(until, world.now + minutes((NIGHT_STEP_MINUTES if quiet else STEP_MINUTES) * world.pace)))
        self._reveal()
        while due := world.agenda.due(world.now):
            for moment, action in due:
                action(moment)

    def _reveal(self) -> None:
        """Learn of orders reported since the last look."""
        world = self.world
        since = self.revealed_until or world.now - timedelta(days=1)
        path = f"/api/areas/{world.area_id}/orders"
        for order in list(world.dispatcher.every(path, **{"from": since.isoformat(), "to": world.now.isoformat()})):
            if order["id"] in self.known:
                continue
            self.known.add(order["id"])
            reported = parse(order["reportedAt"])
            world.journal.write(
                "reported", order=order["id"], number=order["number"], at=order["reportedAt"], kind=order["kind"],
                faultType=order["faultType"], level=order["level"], tier=order["tier"],
                grid=(order.get("grid") or {}).get("code"), point=order.get("point"), origin=order.get("origin"),
                subscriber=(order.get("subscriber") or {}).get("id"), repeatOf=order.get("repeatOfId"),
                reopens=order.get("reopensId"), appointmentStart=order.get("appointmentStart"),
                appointmentEnd=order.get("appointmentEnd"),
            )  # fmt: skip
            self.agent.revealed(reported or world.now, order)
        self.revealed_until = world.now

    def _unsettled(self, orders: Collection[str]) -> bool:
        """Whether somebody of these orders is still to be called; what is reported later is not waited for."""
        waiting = self.world.agent.every(f"/api/areas/{self.world.area_id}/callbacks")
        return any(item["orderId"] in orders for item in waiting)

    def summary(self) -> dict[str, Any]:
        """What became of every order."""
        world, tally = self.world, self.world.tally
        by_status: Counter[str] = Counter()
        waiting: Counter[str] = Counter()
        ended = called = unreachable = reworks = orders = 0
        for order in world.dispatcher.every(f"/api/areas/{world.area_id}/orders", to=world.now.isoformat()):
            if order.get("origin") == "history":
                continue
            orders += 1
            by_status[order["status"]] += 1
            if order.get("waitingOn"):
                waiting[order["waitingOn"]["role"]] += 1
            if order["status"] in ("completed", "closed", "cancelled") and order.get("outcome") != "outage":
                ended += 1
                called += order["callbackAttempts"] > 0
            unreachable += order.get("outcome") in ("not_reached", "unreachable")
            reworks += order["reworks"]
        return {
            "orders": orders,
            "byStatus": dict(sorted(by_status.items())),
            "waitingOn": dict(sorted(waiting.items())),
            "callbackCoverage": called / ended if ended else None,
            "unreachable": unreachable,
            "reworks": reworks,
            "syncBatches": tally.sync_batches,
            "refusedActs": tally.refused_acts,
            "refusals": dict(sorted(tally.refusals.items())),
            "acts": tally.acts,
            "plans": tally.plans,
            "requests": world.site.requests,
            "until": world.now.isoformat(),
        }
