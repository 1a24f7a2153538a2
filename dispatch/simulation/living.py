"""A trial area that lives while people watch: the same technicians and desks as in `run`, at the pace of its clock.

Nobody here moves the clock. What a person does meanwhile holds: an order given to somebody else or cancelled is left
alone, an order taken off a route is not put on one again, and a phone in a person's hand is not used by anybody else.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import httpx

from dispatch.simulation.call_centre import Agent, Dispatcher
from dispatch.simulation.callers import draw_call, draw_next
from dispatch.simulation.client import Refused
from dispatch.simulation.technician import Technician
from dispatch.simulation.world import World, minutes, parse

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often the area's clock is asked for, in real seconds."""
GLANCE_MINUTES = 8
"""How often a technician at work looks at the phone, in the area's time like all that follows."""
REVEAL_MINUTES = 5
PLACING_MINUTES = 12
PLACED_AT_ONCE = 4
HANDS_OFF_MINUTES = 60
"""How long a phone is left alone after a person has used it."""
STUCK_HOURS = 3
POSITION_MINUTES = 1
NIGHT_PLAN = (7, 40)


@dataclass(frozen=True, slots=True)
class House:
    """Where somebody may report a fault; the point is (longitude, latitude) in degrees."""

    address: str
    point: tuple[float, float]


class LivingTechnician(Technician):
    """A technician who also looks at the phone on the way, and lets go of it where a person has used it."""

    def __init__(self, world: World, technician_id: str) -> None:
        super().__init__(world, technician_id)
        self.hands_off_until: datetime | None = None
        self.doing: str | None = None
        """The order under way, by our own doing."""
        self.joined = self.acted = self.consented = False
        self.left_behind: set[str] = set()
        """Orders under way when the phone was last looked at."""
        self.busy_since: datetime | None = None
        self.calling_until: datetime | None = None

    def begin_shift(self, start: datetime, end: datetime, breaks: list[dict[str, Any]]) -> None:
        """Come to work at `start`, or now where that is past."""
        now = max(start, self.world.now)
        super().begin_shift(now, end, breaks)
        self.doing = self.busy_since = None
        self.world.agenda.at(now + minutes(self.draw.uniform(1, GLANCE_MINUTES)), self.glance)

    def step(self, now: datetime) -> None:
        """Do the next thing, unless somebody else has the phone."""
        if self._left_alone(now):
            self.world.agenda.at(now + minutes(GLANCE_MINUTES), self.step)
            return
        super().step(now)
        self.busy_since = now if self.busy else None

    def glance(self, now: datetime) -> None:
        """Between two visits or in one: accept what is new, and come back to life after an error."""
        if self.shift_end is None or now >= self.shift_end:
            return
        self.world.agenda.at(now + minutes(GLANCE_MINUTES * self.draw.uniform(0.7, 1.3)), self.glance)
        if self.busy and self.busy_since is not None and now - self.busy_since > timedelta(hours=STUCK_HOURS):
            self.doing = None
            self._free(now)
        calling = self.calling_until is not None and now <= self.calling_until
        if calling or self._left_alone(now) or self.offline_until is not None:
            return
        self._pull()
        for order in self.route:
            if order["status"] == "dispatched" and not self._left_alone(now):
                self.given_up.discard(order["orderId"])  # given to us anew
                order["status"] = "accepted"
                self.act(self.world.now, order, {"type": "accepted"})

    def act(self, now: datetime, order: dict[str, Any], body: dict[str, Any]) -> bool:
        """Do something, unless a person has taken the phone meanwhile."""
        if self._left_alone(now):
            return False
        if body["type"] in ("departed", "arrived"):
            self.doing, self.acted = order["orderId"], True
        done = super().act(now, order, body)
        if body["type"] in ("completed", "nobody_home", "suspension_requested", "return_requested") or not done:
            self.doing = None
        return done

    def _pull(self) -> None:
        super()._pull()
        under_way = [one for one in self.route if one["status"] in ("en_route", "on_site")]
        begun = {one["orderId"] for one in under_way}
        asked = {one["orderId"] for one in under_way if one.get("pendingRequest") is not None}
        if self.joined and begun - asked - self.left_behind - self.given_up - {self.doing}:
            self.hands_off_until = self.world.now + minutes(HANDS_OFF_MINUTES)  # somebody else set out with this phone
        if self.point is None and (here := next((one for one in under_way if one["status"] == "on_site"), None)):
            self.point = here.get("point")
            self._tell_position(self.world.now, self.point)
        self.joined, self.left_behind = True, begun

    def _accept_and_call(self, now: datetime) -> datetime:
        self.calling_until = super()._accept_and_call(now)
        return self.calling_until

    def _drive(self, now: datetime, order: dict[str, Any]) -> None:
        self.doing = order["orderId"]
        start, leaves = self.point, now
        super()._drive(now, order)
        end, seconds = order.get("point"), max(60, order.get("travelSeconds") or 600)
        if start is None or end is None:
            return
        for share in _shares(seconds):
            here = [a + (b - a) * share for a, b in zip(start, end, strict=True)]
            moment = leaves + timedelta(seconds=seconds * share)
            self.world.agenda.at(moment, lambda at, here=here: self._tell_position(at, here))  # type: ignore[misc]

    def _arrive(self, now: datetime, order: dict[str, Any]) -> None:
        super()._arrive(now, order)
        self._tell_position(now, self.point)

    def _tell_position(self, now: datetime, point: list[float] | None) -> None:
        if point is not None and self.offline_until is None and not self._left_alone(now):
            if not self.consented:
                self.phone.post("/api/mobile/consent", {"positions": True})
                self.consented = True
            seen = {"point": point, "occurredAt": now.isoformat()}
            self.phone.post("/api/mobile/positions", {"phoneTime": self.world.now.isoformat(), "positions": [seen]})

    def _finish(self, now: datetime, order: dict[str, Any]) -> None:
        self.doing = order["orderId"]
        if self.acted:
            super()._finish(now, order)
            return
        order["status"] = "begun"  # before we came: part of the work is done
        rest = timedelta(seconds=order["serviceSeconds"] * self.draw.uniform(0.1, 0.7))
        self.world.agenda.at(now + rest, lambda moment: self._complete(moment, order))

    def _left_alone(self, now: datetime) -> bool:
        return self.hands_off_until is not None and now < self.hands_off_until


def _shares(seconds: float) -> list[float]:
    steps = int(seconds // (60 * POSITION_MINUTES))
    return [number / (steps + 1) for number in range(1, steps + 1)]


class LivingDispatcher(Dispatcher):
    """Plans the morning, and puts what comes in later where it costs least, without moving anybody else's visits."""

    def __init__(self, world: World, plan_seconds: float) -> None:
        super().__init__(world, plan_seconds)
        self.placed: set[str] = set()
        """Orders that were on a route once; where they are on none any more, somebody wished it so."""

    def begin_day(self, day: date) -> None:
        """Put the day's work on the agenda, from now on."""
        world = self.world
        world.agenda.at(world.at(day, *NIGHT_PLAN), self.plan)
        moment, end = world.at(day, 8), world.at(day, 20, 50)
        while moment < end:
            world.agenda.at(moment, self.look)
            world.agenda.at(moment + minutes(PLACING_MINUTES / 2), self.place)
            moment += minutes(PLACING_MINUTES)

    def plan(self, now: datetime) -> None:
        """Ask for the morning's plan and go on with other things meanwhile."""
        body = {"date": self.world.local(now).date().isoformat(), "seconds": self.plan_seconds, "seed": self.world.seed}
        run = self.client.post(f"/api/areas/{self.world.area_id}/plan-runs", body)
        self.world.agenda.at(now + minutes(1), lambda moment: self._publish(moment, run["id"]))

    def _publish(self, now: datetime, run_id: str) -> None:
        run = self.client.get(f"/api/plan-runs/{run_id}")
        if run["status"] in ("queued", "running"):
            self.world.agenda.at(now + minutes(1), lambda moment: self._publish(moment, run_id))
        elif run["status"] == "done":
            self.client.post(f"/api/plans/{run['planId']}/publish")

    def place(self, now: datetime) -> None:
        """Put a few of the orders that wait for a route where they cost least."""
        board = self.client.get(f"/api/areas/{self.world.area_id}/board")
        self.placed |= {stop["orderId"] for row in board["rows"] for stop in row["stops"]}
        waiting = [one["orderId"] for one in board["waiting"] if one["reason"] is None or one["ownerId"]]
        for order_id in [one for one in waiting if one not in self.placed][:PLACED_AT_ONCE]:
            self.placed.add(order_id)
            offers = self.client.get(f"/api/orders/{order_id}/candidates", limit=1)["items"]
            if offers:
                best = offers[0]
                move = {"orderId": order_id, "technicianId": best["technicianId"], "position": best["position"]}
                self.client.post(f"/api/areas/{self.world.area_id}/moves", move, if_match=best["version"])


class LivingSubscribers:
    """The people of the city: they report as often as the hour has it, through the agents who take their calls."""

    def __init__(self, world: World, houses: Sequence[House], a_day: float) -> None:
        self.world = world
        self.houses = houses
        self.a_day = a_day
        self.draw = random.Random(f"{world.seed}:subscribers:{world.now.isoformat()}")  # noqa: S311 - no secret

    def begin(self) -> None:
        """Put the first call on the agenda; every call brings the next."""
        moment = draw_next(self.draw, self.world.local(self.world.now), self.a_day)
        self.world.agenda.at(moment, self.report)

    def report(self, _now: datetime) -> None:
        """Report a fault at some house."""
        self.begin()
        house = self.draw.choice(self.houses)
        call = draw_call(self.draw, house.address, house.point)
        self.world.agent.post(f"/api/areas/{self.world.area_id}/orders", call.as_json())


class Living:
    """Everybody in the area, until they are told to stop."""

    def __init__(self, world: World, houses: Sequence[House], a_day: float, plan_seconds: float = 8.0) -> None:
        self.world = world
        self.dispatcher = LivingDispatcher(world, plan_seconds)
        self.agent = Agent(world)
        self.technicians = {key: LivingTechnician(world, key) for key in sorted(world.logins.technicians)}
        self.houses, self.a_day = houses, a_day
        self.day: date | None = None
        self.known: set[str] = set()
        self.looked_at: datetime | None = None
        self.speed = 1.0

    def run(self, stop: threading.Event) -> None:
        """Live until told to stop. Raises `Refused` where nobody is let in any more (401)."""
        while not stop.is_set():
            self._safely("clock", self.look)
            self._safely("day", self.turn)
            self.act()
            stop.wait(self._pause())

    def look(self) -> None:
        """What time it is in the area."""
        clock = self.world.administrator.get(f"/api/areas/{self.world.area_id}")["clock"]
        self.world.now, self.speed = parse(clock["now"]) or self.world.now, clock["speed"]

    def turn(self) -> None:
        """A new day's shifts and duties; and what was reported since the last look."""
        world = self.world
        today = world.local(world.now).date()
        if today != self.day:
            first, self.day = self.day is None, today
            if first:
                world.draw_ids_from(world.now)
            self._begin_day(today)
            if first:
                self._learn_who_was_called()
                LivingSubscribers(world, self.houses, self.a_day).begin()
        if self.looked_at is None or world.now - self.looked_at >= minutes(REVEAL_MINUTES):
            self._reveal()

    def act(self) -> None:
        """Everybody does what is due; what fails is left, and the others go on."""
        for moment, action in self.world.agenda.due(self.world.now):
            self._safely("act", lambda action=action, moment=moment: action(moment))  # type: ignore[misc]

    def _learn_who_was_called(self) -> None:
        path = f"/api/areas/{self.world.area_id}/orders"
        called = {one["id"] for one in self.world.dispatcher.every(path, status="accepted") if one["contactedAt"]}
        for person in self.technicians.values():
            person.contacted |= called

    def _begin_day(self, day: date) -> None:
        world = self.world
        self.dispatcher.begin_day(day)
        self.agent.begin_day(day)
        world.agenda.due(world.now)  # what was to be done before we came is past
        for shift in world.dispatcher.get(f"/api/areas/{world.area_id}/shifts", date=day.isoformat()):
            person = self.technicians.get(shift["technicianId"])
            start, end = parse(shift["start"]), parse(shift["end"])
            if person is not None and start is not None and end is not None and end > world.now:
                person.begin_shift(start, end, shift["breaks"])

    def _reveal(self) -> None:
        world = self.world
        since, self.looked_at = self.looked_at, world.now
        if since is None:
            return  # whoever reported before we came has been heard
        path = f"/api/areas/{world.area_id}/orders"
        for order in list(world.dispatcher.every(path, **{"from": since.isoformat(), "to": world.now.isoformat()})):
            if order["id"] not in self.known:
                self.known.add(order["id"])
                self.agent.revealed(world.now, order)

    def _safely(self, what: str, act: Callable[[], None]) -> None:
        """One act; what goes wrong with it is written down, and life goes on."""
        try:
            act()
        except Refused as refused:
            if refused.status == 401:
                raise
            log.info("%s was refused: %s", what, refused.code)
        except httpx.TransportError as error:
            log.warning("%s found nobody: %s", what, type(error).__name__)
        except Exception:
            log.exception("%s failed", what)

    def _pause(self) -> float:
        """Real seconds until something is due, a second at least and five at most."""
        following = self.world.agenda.next_moment()
        if following is None or self.speed <= 0:
            return 5 * LOOK_SECONDS
        seconds = (following - self.world.now).total_seconds() / self.speed
        return min(max(seconds, LOOK_SECONDS), 5 * LOOK_SECONDS)
