"""The call-back desk of a whole month: agents with hours and moods of their own, and subscribers who answer links."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dispatch.simulation.behaviour import call_answered
from dispatch.simulation.call_centre import Agent
from dispatch.simulation.client import Client, Refused
from dispatch.simulation.world import World, minutes, parse

SITTING_MINUTES = 30
HOURS = ((8, 14), (12, 18), (14, 21))
"""From when to when an agent is there, one after the other."""
OPENS_A_LINK, ANSWERS_A_LINK = 0.7, 0.8
COMPLAINS = 0.6
"""Of those who are not content and reached by a call."""
_LINKS = re.compile(r"/o/[\w-]+")


@dataclass(frozen=True, slots=True)
class Mood:
    """How an agent's day is: minutes a call takes, and how often a call is given back half done."""

    name: str
    minutes_a_call: float
    gives_back: float


MOODS = (Mood("calm", 4.0, 0.0), Mood("tired", 9.0, 0.25), Mood("hasty", 2.5, 0.1))


class Desk(Agent):
    """Several agents who take calls from the one queue."""

    def __init__(self, world: World, agents: Sequence[Client]) -> None:
        super().__init__(world)
        self.agents = list(agents)
        self.given_back = 0
        self.complaints = 0

    def begin_day(self, day: date) -> None:
        """Everybody comes at their hour, in the mood of the day."""
        for number, client in enumerate(self.agents):
            draw = random.Random(f"{self.world.seed}:agent:{number}:{day}")  # noqa: S311 - repeatable
            start, end = HOURS[number % len(HOURS)]
            self._sit(
                client, draw.choice(MOODS), draw, self.world.at(day, start, draw.randrange(30)), self.world.at(day, end)
            )

    def _sit(self, client: Client, mood: Mood, draw: random.Random, at: datetime, end: datetime) -> None:
        if at >= end:
            return
        length = SITTING_MINUTES * self.world.pace

        def work(now: datetime) -> None:
            for _ in range(max(1, int(length / mood.minutes_a_call))):
                if not self._next(now, client, mood, draw):
                    break
            self._sit(client, mood, draw, now + minutes(length), end)

        self.world.agenda.at(at, work)

    def _next(self, now: datetime, client: Client, mood: Mood, draw: random.Random) -> bool:
        """One call; False where nobody is to be called."""
        taken = client.post(f"/api/areas/{self.world.area_id}/desk/next")["call"]
        if taken is None:
            return False
        order_id = taken["orderId"]
        if draw.random() < mood.gives_back:
            client.put(f"/api/orders/{order_id}/callback-draft", {"answers": {"reached": "answered"}})
            client.post(f"/api/orders/{order_id}/callback-hand-over", {"toAccountId": None})
            self.given_back += 1
            return False
        self._talk(client, taken, mood)
        return True

    def _talk(self, client: Client, taken: dict[str, Any], mood: Mood) -> None:
        number, order_id = taken["number"], taken["orderId"]
        tried = self.calls[order_id] = self.calls.get(order_id, 0) + 1
        behaviour = self.world.behaviour(number)
        body: dict[str, Any] = {"reached": "no_answer"}
        if not behaviour.never_reached and call_answered(self.world.seed, number, tried):
            done, due = parse(taken["completedAt"]), parse(taken["dueAt"])
            body = self._answer({**taken, "overdue": bool(done and due and done > due)})
            if mood.name != "hasty":
                body |= {"onTime": not (done and due and done > due), "attitude": 5, "tidy": 4}
            if body["satisfaction"] == "dissatisfied" and behaviour.decision_draw < COMPLAINS:
                body["wantsComplaint"] = True
                self.complaints += 1
        try:
            called = client.post(f"/api/orders/{order_id}/callbacks", body)
        except Refused as refused:
            self.world.tally.refused(refused.code)
            return
        self.world.journal.write(
            "called_back", order=order_id, number=number, at=called["attempt"]["at"], round=called["attempt"]["round"],
            reached=body["reached"], solved=body.get("solved"), satisfaction=body.get("satisfaction"),
            reasons=body.get("reasons", []), verdict=called["verdict"], rework=called.get("reworkTechnicianId"),
        )  # fmt: skip


class Links:
    """Subscribers who open the links on their phones: some answer, some only look, and most do neither."""

    def __init__(self, world: World, area_code: str) -> None:
        self.world = world
        self.path = f"/phone-wall/{area_code}"
        self.seen: dict[str, int] = {}
        """How often each link had come at the last look."""
        self.opened = self.answered = 0

    def begin_day(self, day: date) -> None:
        """They look at their phones in the morning, at noon and in the evening."""
        for hour in (9, 12, 19):
            self.world.agenda.at(self.world.at(day, hour, 20), self.look)

    def look(self, _now: datetime) -> None:
        """Open what came anew, where its reader opens links at all."""
        wall = self.world.site.send("GET", self.path, self.world.logins.agent).text
        for link, came in Counter(_LINKS.findall(wall)).items():
            if came > self.seen.get(link, 0):
                number = list(self.seen).index(link) if link in self.seen else len(self.seen)
                self.seen[link] = came
                draw = random.Random(f"{self.world.seed}:link:{number}")  # noqa: S311 - repeatable
                if draw.random() < OPENS_A_LINK:
                    self._open(link, draw)

    def _open(self, link: str, draw: random.Random) -> None:
        page = self.world.site.page("GET", link)
        self.opened += page.status_code == 200
        if 'value="rate"' in page.text and draw.random() < ANSWERS_A_LINK:
            said = draw.choice(("very_satisfied", "satisfied", "satisfied", "neutral"))
            sent = self.world.site.page("POST", link, data={"do": "rate", "solved": "yes", "satisfaction": said})
            self.answered += sent.status_code == 303
