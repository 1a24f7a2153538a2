"""The simulated call centre: a dispatcher who plans and decides requests, an agent who calls subscribers back."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from typing import Any

from dispatch.simulation.behaviour import SHARES, call_answered
from dispatch.simulation.client import Refused
from dispatch.simulation.world import World, minutes, parse

DESK_MINUTES = 10
PLANNED = ((7, 40), (10, 30), (13, 30), (16, 30))
POLL_SECONDS = 0.25
PLAN_PATIENCE_SECONDS = 300.0


class Dispatcher:
    """Plans the day, plans again during the day, and decides requests."""

    def __init__(self, world: World, plan_seconds: float, *, straight_lines: bool = False) -> None:
        self.world = world
        self.plan_seconds = plan_seconds
        self.straight_lines = straight_lines
        self.client = world.dispatcher

    def begin_day(self, day: date) -> None:
        """Put the day's work on the agenda."""
        for hour, minute in PLANNED if self.world.pace <= 1 else PLANNED[:1]:
            self.world.agenda.at(self.world.at(day, hour, minute), self.plan)
        moment, end = self.world.at(day, 7, 45), self.world.at(day, 20, 50)
        while moment < end:
            self.world.agenda.at(moment, self.look)
            moment += minutes(DESK_MINUTES * self.world.pace)

    def plan(self, now: datetime) -> None:
        """Plan the open orders and publish the plan. A refusal, such as a day with nothing to plan, is counted."""
        area = f"/api/areas/{self.world.area_id}"
        body = {
            "date": self.world.local(now).date().isoformat(),
            "seconds": self.plan_seconds,
            "seed": self.world.seed,
            "allowStraightLine": self.straight_lines,
        }
        try:
            run = self.client.post(f"{area}/plan-runs", body)
            deadline = time.monotonic() + PLAN_PATIENCE_SECONDS
            while run["status"] in ("queued", "running"):
                if time.monotonic() > deadline:
                    raise TimeoutError("a planning run did not end")
                time.sleep(POLL_SECONDS)
                run = self.client.get(f"/api/plan-runs/{run['id']}")
            if run["status"] != "done":
                self.world.tally.refused((run.get("error") or {}).get("code") or f"plan_{run['status']}")
                return
            self.client.post(f"/api/plans/{run['planId']}/publish")
            self.world.tally.plans += 1
        except Refused as refused:
            self.world.tally.refused(refused.code)

    def look(self, now: datetime) -> None:
        """Decide the pending requests."""
        area = f"/api/areas/{self.world.area_id}"
        for request in list(self.client.every(f"{area}/worklists/requests")):
            number = request["number"]
            approved = self.world.behaviour(number).decision_draw >= SHARES["refused_by_dispatcher"]
            client = self.world.grid_lead if request["role"] == "grid_lead" else self.client
            self._act(client, now, request["orderId"], number, {"type": "request_decided", "approved": approved})

    def _act(self, client: Any, now: datetime, order_id: str, number: str, body: dict[str, Any]) -> None:
        try:
            done = client.post(f"/api/orders/{order_id}/acts", body)
        except Refused as refused:
            self.world.tally.refused(refused.code)
            return
        facts = {key: value for key, value in body.items() if key in ("approved", "reason")}
        at = done["event"]["occurredAt"]
        self.world.journal.write(body["type"], order=order_id, number=number, at=at, **facts)


class Agent:
    """Takes withdrawals and chases, and calls every order back."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client = world.agent
        self.calls: dict[str, int] = {}
        self.last_call: dict[str, datetime] = {}
        self.watched: set[str] = set()

    def begin_day(self, day: date) -> None:
        """Put the day's calls on the agenda."""
        moment, end = self.world.at(day, 8, 30), self.world.at(day, 20, 0)
        while moment < end:
            self.world.agenda.at(moment, self.call_round)
            moment += minutes(20)

    def revealed(self, now: datetime, order: dict[str, Any]) -> None:
        """A new order was reported: some subscribers ring again or change their mind."""
        behaviour = self.world.behaviour(order["number"])
        if behaviour.withdraws:
            self.world.agenda.at(now + minutes(25), lambda moment: self._withdraw(moment, order))
        elif behaviour.chases:
            self.world.agenda.at(now + minutes(95), lambda moment: self._act(moment, order, {"type": "chased"}))

    def call_round(self, now: datetime) -> None:
        """Call whom it is time to call."""
        for item in list(self.client.every(f"/api/areas/{self.world.area_id}/callbacks")):
            since = parse(item["since"])
            last = self.last_call.get(item["orderId"])
            if since is not None and now - since < minutes(20):
                continue
            if last is not None and now - last < timedelta(hours=4):
                continue
            self._call(now, item)

    def _call(self, now: datetime, item: dict[str, Any]) -> None:
        number, order_id = item["number"], item["orderId"]
        self.last_call[order_id] = now
        tried = self.calls[order_id] = self.calls.get(order_id, 0) + 1
        behaviour = self.world.behaviour(number)
        body: dict[str, Any]
        if behaviour.never_reached or not call_answered(self.world.seed, number, tried):
            body = {"reached": "no_answer"}
        else:
            body = self._answer(item)
        try:
            called = self.client.post(f"/api/orders/{order_id}/callbacks", body)
        except Refused as refused:
            self.world.tally.refused(refused.code)
            return
        self.world.journal.write(
            "called_back", order=order_id, number=number, at=called["attempt"]["at"], round=called["attempt"]["round"],
            reached=body["reached"], solved=body.get("solved"), satisfaction=body.get("satisfaction"),
            reasons=body.get("reasons", []), verdict=called["verdict"], rework=called.get("reworkTechnicianId"),
        )  # fmt: skip

    def _answer(self, item: dict[str, Any]) -> dict[str, Any]:
        """What the subscriber says: after a rework most are content; a late or twice tried repair annoys."""
        behaviour = self.world.behaviour(item["number"])
        if item["status"] == "cancelled":
            return {"reached": "answered", "solved": True, "satisfaction": "satisfied"}
        again = item["round"] > 0
        if not again and behaviour.solved_draw < SHARES["not_really_solved"]:
            return {"reached": "answered", "solved": False, "satisfaction": "dissatisfied", "reasons": ["not_fixed"]}
        unhappy = SHARES["unhappy_anyway"] + (SHARES["unhappy_when_late"] if item["overdue"] else 0.0)
        if not again and behaviour.unhappy_draw < unhappy:
            reason = "attitude" if behaviour.unhappy_draw < 0.015 else "not_on_time"
            return {"reached": "answered", "solved": True, "satisfaction": "dissatisfied", "reasons": [reason]}
        happy = "very_satisfied" if behaviour.unhappy_draw > 0.5 else "satisfied"
        return {"reached": "answered", "solved": True, "satisfaction": happy}

    def _withdraw(self, now: datetime, order: dict[str, Any]) -> None:
        self._act(now, order, {"type": "cancelled", "reason": "subscriber_wish"})

    def _act(self, now: datetime, order: dict[str, Any], body: dict[str, Any]) -> None:
        try:
            done = self.client.post(f"/api/orders/{order['id']}/acts", body)
        except Refused as refused:
            self.world.tally.refused(refused.code)
            return
        self.world.journal.write(
            body["type"], order=order["id"], number=order["number"], at=done["event"]["occurredAt"],
            **{key: value for key, value in body.items() if key == "reason"},
        )  # fmt: skip
