"""A technician and a phone: pulls the route, accepts, calls, drives, repairs, loses signal and syncs later."""

from __future__ import annotations

from base64 import b64decode
from datetime import datetime, timedelta
from typing import Any

from dispatch.simulation.behaviour import technician_random
from dispatch.simulation.world import World, minutes, parse

IDLE_MINUTES = 12
PHONE_CALL_MINUTES = 1.5
PICTURE = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mNQaGgAAAHkASE1+ti1AAAAAElFTkSuQmCC")
"""A photo of one pixel."""


class Technician:
    """One person through all simulated days. Acts are kept in the outbox until the server has answered them."""

    def __init__(self, world: World, technician_id: str) -> None:
        self.world = world
        self.id = technician_id
        self.phone = world.phone(technician_id)
        self.draw = technician_random(world.seed, technician_id)
        self.shift_end: datetime | None = None
        self.breaks: list[tuple[datetime, datetime, timedelta]] = []
        self.offline_until: datetime | None = None
        self.outbox: list[dict[str, Any]] = []
        self.route: list[dict[str, Any]] = []
        self.busy = False
        self.contacted: set[str] = set()
        self.given_up: set[str] = set()
        self.point: list[float] | None = None

    # -- the day ----------------------------------------------------------------------------------------------------

    def begin_shift(self, start: datetime, end: datetime, breaks: list[dict[str, Any]]) -> None:
        """Come to work at `start`."""
        self.shift_end = end
        self.given_up.clear()
        self.breaks = []
        for rest in breaks:
            earliest, latest = parse(rest["earliest"]), parse(rest["latest"])
            if earliest and latest:
                self.breaks.append((earliest, latest, timedelta(seconds=rest["seconds"])))
        self.busy = False
        self.world.agenda.at(start + minutes(self.draw.uniform(0, 4)), self.step)

    def step(self, now: datetime) -> None:
        """Look at the phone and do the next thing."""
        if self.busy or self.shift_end is None:
            return
        if now >= self.shift_end:
            self.flush(now)
            return
        if self._rest(now):
            return
        self.flush(now)
        self._pull()
        now = max(now, self.world.now)  # what the phone shows is as new as the clock
        self.busy = True
        self.world.agenda.at(self._accept_and_call(now), self._go)

    def _go(self, now: datetime) -> None:
        """Drive to the next order, or wait for one."""
        order = self._begun() or self._next(now)
        if order is not None and order["status"] == "on_site":
            self._finish(now, order)
            return
        if order is not None and order["status"] == "en_route":
            self._drive(now, order)
            return
        if order is not None:
            self._depart(now, order)
            return
        self.busy = False
        self.world.agenda.at(now + minutes(IDLE_MINUTES * self.world.pace), self.step)

    def _rest(self, now: datetime) -> bool:
        for rest in self.breaks:
            earliest, latest, length = rest
            if earliest <= now <= latest:
                self.breaks.remove(rest)
                self.world.agenda.at(now + length, self.step)
                return True
        return False

    # -- acts -------------------------------------------------------------------------------------------------------

    def act(self, now: datetime, order: dict[str, Any], body: dict[str, Any]) -> bool:
        """Do something to an order; True when it holds, or when it waits in the outbox for a signal."""
        self.outbox.append(
            {
                "id": self.world.new_id(),
                "orderId": order["orderId"],
                "occurredAt": now.isoformat(),
                "point": self.point,
                "act": body,
                "_number": order["number"],
            }
        )
        self.world.tally.acts += 1
        if self.offline_until is not None and now < self.offline_until:
            return True
        return self.flush(now)

    def flush(self, now: datetime) -> bool:
        """Send what waits, unless there is no signal. A batch whose answer was lost is sent again: nothing doubles."""
        if not self.outbox or (self.offline_until is not None and now < self.offline_until):
            return True
        was_offline, self.offline_until = self.offline_until is not None, None
        batch, self.outbox = self.outbox, []
        acts = [{key: value for key, value in one.items() if not key.startswith("_")} for one in batch]
        results = self._send(acts)
        if was_offline and self.draw.random() < 0.5:  # the answer was lost on the way: the phone sends all of it again
            again = self._send(acts)
            for first, second in zip(results, again, strict=True):
                if first["result"] == "applied" and second["result"] != "already":
                    raise AssertionError(f"an applied act sent again was answered {second['result']}")
            results = [
                first if first["result"] == "applied" else second for first, second in zip(results, again, strict=True)
            ]
        fine = True
        for one, result in zip(batch, results, strict=True):
            if result["result"] in ("applied", "already"):
                self._write(one)
                self._send_files(one["act"])
            else:
                if result.get("evidenceKept") and one["act"]["type"] == "accepted":
                    self._write(one, "accepted_unheard")
                fine = False
                self.given_up.add(one["orderId"])
                self.world.tally.refused(result.get("code") or result["result"])
        return fine

    def _send(self, acts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        self.world.tally.sync_batches += 1
        answer = self.phone.post("/api/mobile/sync", {"phoneTime": self.world.now.isoformat(), "acts": acts})
        return list(answer["answers"])

    def _send_files(self, act: dict[str, Any]) -> None:
        """The files of the photos that an act lists follow it."""
        for photo in (*act.get("photoIds", ()), *filter(None, (act.get("signaturePhotoId"),))):
            self.phone.put_file(f"/api/mobile/photos/{photo}", PICTURE, "image/png")

    def _write(self, one: dict[str, Any], kind: str | None = None) -> None:
        act = one["act"]
        facts = {key: value for key, value in act.items() if key in ("cause", "reason", "reached", "by")}
        for key in ("windowStart", "windowEnd", "resumeAt"):
            if act.get(key) is not None:
                facts[key] = act[key]
        self.world.journal.write(
            kind or act["type"],
            order=one["orderId"],
            number=one["_number"],
            at=one["occurredAt"],
            technician=self.id,
            **facts,
        )

    # -- looking at the phone -----------------------------------------------------------------------------------------

    def _pull(self) -> None:
        if self.offline_until is not None:
            return
        answer = self.phone.get("/api/mobile/route")
        self.route = [*answer["stops"], *answer["waiting"]]

    def _accept_and_call(self, now: datetime) -> datetime:
        """Accept what is new and call whom one has to call, one after the other; returns when that is done."""
        moment = now
        calls = 0
        for order in self.route:
            if order["orderId"] in self.given_up:
                continue
            if order["status"] == "dispatched":
                moment += minutes(self.draw.uniform(0.1, 0.6))
                self._later(moment, order, {"type": "accepted"})
                order["status"] = "accepted"
            if order["status"] == "accepted" and order["orderId"] not in self.contacted and calls < 5:
                calls += 1
                moment += minutes(PHONE_CALL_MINUTES)
                self.contacted.add(order["orderId"])
                fails = (
                    self.world.behaviour(order["number"]).contact_fails and order["number"] not in self.world.visited
                )
                self._later(moment, order, {"type": "contacted", "reached": not fails})
        return moment

    def _later(self, moment: datetime, order: dict[str, Any], body: dict[str, Any]) -> None:
        """Do it then, unless the order has gone elsewhere meanwhile."""

        def do(now: datetime) -> None:
            if order["orderId"] not in self.given_up:
                self.act(now, order, body)

        self.world.agenda.at(moment, do)

    def _begun(self) -> dict[str, Any] | None:
        """An order under way, or left behind with a refused wish to suspend or return it: the work is still to do."""
        under_way = (
            one for one in self.route if one["status"] in ("on_site", "en_route") and one.get("pendingRequest") is None
        )
        return next((one for one in under_way if one["orderId"] not in self.given_up), None)

    def _next(self, now: datetime) -> dict[str, Any] | None:
        """The next order of the route that can be begun before the shift ends."""
        if self.shift_end is None or now > self.shift_end - minutes(20):
            return None
        ready = [
            order
            for order in self.route
            if order["status"] == "accepted" and order["orderId"] not in self.given_up and self._window_open(order, now)
        ]
        planned = [order for order in ready if order.get("plannedArrival")]
        if planned:
            return min(planned, key=lambda order: str(order["plannedArrival"]))
        return min(ready, key=lambda order: str(order.get("dueAt") or "9")) if ready else None

    def _window_open(self, order: dict[str, Any], now: datetime) -> bool:
        start = parse(order.get("appointmentStart"))
        return start is None or start - now < minutes(45)

    # -- one visit ----------------------------------------------------------------------------------------------------

    def _depart(self, now: datetime, order: dict[str, Any]) -> None:
        if self.draw.random() < 0.07:
            self.offline_until = now + minutes(self.draw.uniform(20, 100))
        if not self.act(now, order, {"type": "departed"}):
            self._free(now)
            return
        self._drive(now, order)

    def _drive(self, now: datetime, order: dict[str, Any]) -> None:
        order["status"] = "begun"  # the route is not pulled again while there is no signal
        travel = max(60, order.get("travelSeconds") or 600) * self.draw.uniform(0.85, 1.35)
        arrival = now + timedelta(seconds=travel)
        start = parse(order.get("appointmentStart"))
        if start is not None and arrival < start:
            arrival = start + minutes(self.draw.uniform(0, 5))
        self.world.agenda.at(arrival, lambda moment: self._arrive(moment, order))

    def _arrive(self, now: datetime, order: dict[str, Any]) -> None:
        self.point = order.get("point")
        arrival: dict[str, Any] = {"type": "arrived"}
        if self.point is None:
            arrival["reason"] = "no_position"
        if not self.act(now, order, arrival):
            self._free(now)
            return
        behaviour = self.world.behaviour(order["number"])
        first = order["number"] not in self.world.visited
        service = timedelta(seconds=order["serviceSeconds"] * behaviour.service_factor)
        if first and behaviour.absent:
            self.world.visited.add(order["number"])
            self.world.agenda.at(now + minutes(8), lambda moment: self._nobody_home(moment, order))
        elif first and behaviour.needs_parts:
            self.world.visited.add(order["number"])
            self.world.agenda.at(now + minutes(15), lambda moment: self._ask_to_suspend(moment, order))
        elif first and behaviour.wants_to_return:
            self.world.visited.add(order["number"])
            self.world.agenda.at(now + minutes(10), lambda moment: self._ask_to_return(moment, order))
        else:
            self.world.agenda.at(now + service, lambda moment: self._complete(moment, order))

    def _finish(self, now: datetime, order: dict[str, Any]) -> None:
        """Go back and do the work after all."""
        order["status"] = "begun"
        seconds = max(60, order.get("travelSeconds") or 600) * self.draw.uniform(0.85, 1.35) + order["serviceSeconds"]
        self.world.agenda.at(now + timedelta(seconds=seconds), lambda moment: self._complete(moment, order))

    def _complete(self, now: datetime, order: dict[str, Any]) -> None:
        photo = self.world.new_id()
        self.act(
            now,
            order,
            {
                "type": "completed",
                "cause": order["faultType"]["code"],
                "action": "repaired",
                "photoIds": [photo],
                "signaturePhotoId": self.world.new_id(),
                "readings": {"signalDb": round(self.draw.uniform(-8, 4), 1)},
                "subscriberAsked": True,
            },
        )
        self._free(now)

    def _nobody_home(self, now: datetime, order: dict[str, Any]) -> None:
        self.act(now, order, {"type": "nobody_home", "photoIds": [self.world.new_id()]})
        day = self.world.local(now).date() + timedelta(days=1)
        self.act(
            now,
            order,
            {
                "type": "rebooked",
                "windowStart": self.world.at(day, 10).isoformat(),
                "windowEnd": self.world.at(day, 14).isoformat(),
                "by": "subscriber",
            },
        )
        self._free(now + minutes(1))

    def _ask_to_suspend(self, now: datetime, order: dict[str, Any]) -> None:
        resume = self.world.at(self.world.local(now).date() + timedelta(days=1), 9)
        self.act(
            now, order, {"type": "suspension_requested", "reason": "material_terminal", "resumeAt": resume.isoformat()}
        )
        self.given_up.discard(order["orderId"])
        self._free(now)

    def _ask_to_return(self, now: datetime, order: dict[str, Any]) -> None:
        self.act(now, order, {"type": "return_requested", "reason": "no_conditions"})
        self._free(now)

    def _free(self, now: datetime) -> None:
        self.busy = False
        self.world.agenda.at(now + minutes(self.draw.uniform(1, 3)), self.step)
