"""What goes wrong in a month: outages that many report, and complaints that go all their way."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from dispatch.simulation.callers import draw_call
from dispatch.simulation.client import Client, Refused
from dispatch.simulation.world import World, minutes, parse

VOICES = 5
"""So many subscribers of one node report within half an hour."""
SOURCES = ("call", "call", "hotline", "regulator", "media", "counter")
ANSWERS = ("works", "works", "works", "works", "still_broken", "not_reached")


class Outages:
    """Nodes that fail, the people behind them, and a dispatcher who decides."""

    def __init__(self, world: World, points: Sequence[tuple[float, float]]) -> None:
        self.world = world
        self.points = list(points)
        self.draw = random.Random(f"{world.seed}:outages")  # noqa: S311 - repeatable
        self.failed = 0

    def fail_at(self, moment: datetime) -> None:
        """A node fails: several subscribers report it one after the other."""
        self.failed += 1
        node = f"OLT-{self.failed}"
        x, y = self.draw.choice(self.points)
        for voice in range(VOICES):
            call = draw_call(self.draw, f"{voice} {node} Lane", (x + 0.001 * voice, y))
            body = {**call.as_json(), "faultType": "no_service", "level": "normal", "networkNode": node}
            self.world.agenda.at(moment + minutes(5 * voice), lambda _now, body=body: self._report(body))  # type: ignore[misc]

    def _report(self, body: dict[str, Any]) -> None:
        self.world.agent.post(f"/api/areas/{self.world.area_id}/orders", body)

    def look(self, now: datetime) -> None:
        """Confirm what is suspected, end what should be over, call the sample."""
        for outage in self.world.dispatcher.get(f"/api/areas/{self.world.area_id}/outages")["items"]:
            path, confirmed = f"/api/outages/{outage['id']}", parse(outage["confirmedAt"])
            try:
                if outage["status"] == "suspected":
                    end = (now + timedelta(hours=3)).isoformat()
                    self.world.dispatcher.post(
                        f"{path}/confirm", {"expectedEnd": end}, if_match=f'"{outage["version"]}"'
                    )
                elif outage["status"] == "confirmed" and confirmed and now - confirmed > timedelta(hours=5):
                    self.world.dispatcher.post(f"{path}/restore", {}, if_match=f'"{outage["version"]}"')
                elif outage["status"] == "restored":
                    self._call(path)
            except Refused as refused:
                self.world.tally.refused(refused.code)

    def _call(self, path: str) -> None:
        for one in self.world.agent.get(path)["orders"]:
            if one["sampled"] and one["part"] == "child" and not one["answer"]:
                said = {"orderId": one["orderId"], "answer": self.draw.choice(ANSWERS)}
                self.world.agent.post(f"{path}/answers", said)


class Complaints:
    """Who complains, and the desks that work the ledger off, one step at each look."""

    def __init__(self, world: World, desks: Sequence[Client]) -> None:
        self.world = world
        self.desks = list(desks)
        self.draw = random.Random(f"{world.seed}:complaints")  # noqa: S311 - repeatable
        self.taken = 0

    def come_at(self, moment: datetime) -> None:
        """Somebody complains, about an order of the last days where there is one."""
        self.world.agenda.at(moment, self._take)

    def _take(self, now: datetime) -> None:
        area = f"/api/areas/{self.world.area_id}"
        since = (now - timedelta(days=7)).isoformat()
        orders = self.world.agent.get(f"{area}/orders", limit=50, **{"from": since, "to": now.isoformat()})["items"]
        source = self.draw.choice(SOURCES)
        body = {
            "source": source, "words": "Nobody came when it was said.",
            "gravity": self.draw.choice(("normal", "serious")),
            "orderId": self.draw.choice(orders)["id"] if orders and self.draw.random() < 0.8 else None,
        }  # fmt: skip
        if source == "regulator":
            body["answerDueAt"] = (now + timedelta(days=2)).isoformat()
        self.world.agent.post(f"{area}/complaints", body)
        self.taken += 1

    def look(self, now: datetime) -> None:
        """Everybody does the first thing that they may do about each that is not finished."""
        moved: set[str] = set()
        for desk in self.desks:
            path = f"/api/areas/{self.world.area_id}/complaints"
            for one in list(desk.every(path, status="unfinished")):
                way = next((way for way in one["may"] if way in _WAYS), None)
                if way is None or one["id"] in moved:
                    continue
                moved.add(one["id"])
                try:
                    desk.post(f"/api/complaints/{one['id']}/{way}", self._said(way), if_match=f'"{one["version"]}"')
                except Refused as refused:
                    self.world.tally.refused(refused.code)

    def _said(self, way: str) -> dict[str, Any] | None:
        return {
            "acknowledge": None,
            "answer": {"words": "We are sorry; somebody comes tomorrow."},
            "decide": {
                "upheld": self.draw.random() < 0.6, "liability": self.draw.choice(("company", "network", "none")),
                "reason": "It was so.",
            },
            "rectify": {"words": "The hours were changed."},
            "inspect": {"passed": self.draw.random() < 0.9, "note": "Looked at."},
        }[way]  # fmt: skip


_WAYS = ("acknowledge", "answer", "decide", "rectify", "inspect")


def spread_over(draw: random.Random, world: World, first: date, days: int, count: int) -> list[datetime]:
    """So many moments of working hours of the days, in order."""
    return sorted(
        world.at(first + timedelta(days=draw.randrange(days)), draw.randrange(9, 17), draw.randrange(60))
        for _ in range(count)
    )
