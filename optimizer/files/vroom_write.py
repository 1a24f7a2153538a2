"""A plan as VROOM's output: `code, summary, unassigned, routes`, in the words and the units of the file it answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import floor
from typing import Any

from optimizer.evaluation.evaluate import Evaluation, RouteDetail, Violation, evaluate
from optimizer.files.json_reader import Json
from optimizer.files.vroom_read import VroomFile
from optimizer.problem import (
    NOT_ASKED,
    PlacedBreak,
    Plan,
    Problem,
    Route,
    Stop,
    Technician,
    Unplanned,
    Visit,
    objective,
)

SUMS = ("setup", "service", "duration", "waiting_time", "priority")
CAUSES = {
    "missing_skill": "skills",
    "over_capacity": "load",
    "too_many_visits": "max_tasks",
    "too_much_travel": "max_travel_time",
    "too_much_distance": "max_distance",
    "break_missing": "missing_break",
    "before_shift": "lead_time",
    "before_earliest": "lead_time",
    "after_shift": "delay",
    "travel_too_short": "lead_time",
}
"""VROOM's word for a violation, where it has one."""


def answer(file: VroomFile, plan: Plan, evaluation: Evaluation | None = None) -> Json:
    """`plan` for `file` as a VROOM output.

    Without weights in the file the cost is VROOM's (whole, drops not in it); with weights it is the sum of all terms.
    """
    writer = _Writer(file, evaluation or evaluate(file.problem, plan, unfinished=True))
    routes = [writer.route(route) for route in plan.routes if route.stops]
    cost = sum(route["cost"] for route in routes)
    if not file.lexicographic:
        cost = _tidy(writer.evaluation.total / file.scale)
    summary: Json = {"cost": cost, "routes": len(routes), "unassigned": len(plan.unplanned)}
    if file.precision != 1:
        summary["objective"] = _tidy(cost / file.precision)
    summary |= writer.loads([visit for route in plan.routes for visit in writer.visits_of(route)])
    summary |= {key: sum(route[key] for route in routes) for key in SUMS}
    if file.distances:
        summary["distance"] = sum(route["distance"] for route in routes)
    dropped = ("dropped",) if file.lexicographic else ()
    terms = {name: value for name, value in writer.evaluation.cost.items() if value and name not in dropped}
    return {
        "code": 0,
        "summary": summary
        | {
            "violations": [writer.violation(item, full=True) for item in writer.evaluation.violations],
            "terms": {name: _tidy(value / file.scale) for name, value in terms.items()},
        },
        "unassigned": [
            {
                "id": writer.number(item.visit_id),
                "type": "job",
                **writer.place(file.jobs.get(item.visit_id, {}), "location", "location_index"),
                **_reason(item),
            }
            for item in plan.unplanned
        ],
        "routes": routes,
    }


def _reason(item: Unplanned) -> Json:
    """Why a job is unassigned; nothing where nobody has asked."""
    if item.reason == NOT_ASKED:
        return {}
    known = objective.REASONS.get(item.reason)
    text = item.reason if known is None else known.say("en", item.detail)
    return {"reason": item.reason, "text": text, "detail": dict(item.detail)}


def _tidy(value: float) -> float:
    """Whole numbers as such, others without the noise of the last binary digits."""
    return int(value) if value == int(value) else round(value, 6)


class _Writer:
    def __init__(self, file: VroomFile, evaluation: Evaluation) -> None:
        self.file, self.evaluation = file, evaluation
        self.problem: Problem = file.problem
        self.visits = {visit.id: visit for visit in file.problem.visits}
        self.people = {technician.id: technician for technician in file.problem.technicians}
        self.timed = any(job.get("time_windows") for job in file.jobs.values())
        self.timed = self.timed or any(v.get("time_window") or v.get("breaks") for v in file.vehicles.values())
        self.loaded = any(t.capacity for t in file.problem.technicians)
        self.loaded = self.loaded or any(visit.delivery or visit.pickup for visit in file.problem.visits)

    def seconds(self, value: int) -> int:
        """The file's second for one of our moments or spans."""
        return value // self.file.scale

    def number(self, visit_id: str) -> Any:
        return self.file.jobs.get(visit_id, {}).get("id", visit_id)

    def vehicle(self, technician_id: str) -> Any:
        return self.file.vehicles.get(technician_id, {}).get("id", technician_id)

    def visits_of(self, route: Route) -> list[Visit]:
        return [self.visits[v] for v in route.visit_ids if v in self.visits]

    @staticmethod
    def place(item: Mapping[str, Any], coordinates: str, index: str) -> Json:
        """Description, coordinates and row of something in the file, as far as it has them."""
        named = {"description": "description", "location": coordinates, "location_index": index}
        return {key: item[source] for key, source in named.items() if item.get(source) is not None}

    def loads(self, visits: list[Visit]) -> Json:
        """What these visits deliver and pick up, where the file speaks of loads."""
        if not self.loaded:
            return {}
        size = max((len(t.capacity) for t in self.problem.technicians), default=0)
        size = max([size, *(len(load) for v in self.problem.visits for load in (v.delivery, v.pickup))])
        delivery = _total((visit.delivery for visit in visits), size)
        pickup = _total((visit.pickup for visit in visits), size)
        return {"delivery": delivery, "amount": delivery, "pickup": pickup}

    def violation(self, item: Violation, *, full: bool = False) -> Json:
        """A violation with VROOM's `cause` where it has one, our code, and its sentence."""
        found: Json = {"cause": CAUSES.get(item.code, item.code), "code": item.code}
        if full and item.technician_id is not None:
            found["vehicle"] = self.vehicle(item.technician_id)
        if full and item.visit_id is not None:
            found["job"] = self.number(item.visit_id)
        if item.code == "outside_window":
            visit = self.visits.get(item.visit_id or "")
            late = visit is None or item.detail["start"] > visit.windows[-1].end
            found["cause"] = "delay" if late else "lead_time"
        if "seconds" in item.detail:
            found["duration"] = self.seconds(item.detail["seconds"])
        detail = dict(item.detail) | {"visit": self.number(item.visit_id or "")}
        return found | {"text": objective.VIOLATIONS[item.code].say("en", detail)}

    def route(self, route: Route) -> Json:
        """One route with its steps, sums and violations."""
        technician = self.people.get(route.technician_id)
        vehicle = self.file.vehicles.get(route.technician_id, {})
        detail = self.evaluation.routes.get(route.technician_id, RouteDetail({}))
        visits = self.visits_of(route)
        steps = self._steps(route, technician, vehicle, detail)
        setup = sum(step["setup"] for step in steps)
        service = sum(step["service"] for step in steps)
        cost: float = sum(detail.cost.values())
        cost += sum(sum(self.evaluation.visits[v.id].cost.values()) for v in visits if v.id in self.evaluation.visits)
        if self.file.lexicographic and technician is not None:
            cost = self._vroom_cost(technician, steps[-1]["duration"], detail.distance, setup + service)
        said = {"description": vehicle["description"]} if vehicle.get("description") else {}
        waiting = sum(step["waiting_time"] for step in steps)
        metres = {"distance": steps[-1]["distance"]} if self.file.distances else {}
        broken = [v for v in self.evaluation.violations if v.technician_id == route.technician_id]
        return {
            "vehicle": self.vehicle(route.technician_id),
            "cost": cost if self.file.lexicographic else _tidy(cost / self.file.scale),
            **said,
            **self.loads(visits),
            "setup": setup,
            "service": service,
            "duration": steps[-1]["duration"],
            "waiting_time": waiting,
            "priority": sum(visit.priority for visit in visits),
            **metres,
            "steps": steps,
            "violations": [self.violation(item) for item in broken if item.visit_id is None],
        }

    def _vroom_cost(self, technician: Technician, seconds: int, metres: int, work: int) -> int:
        """VROOM's arithmetic on the file's own seconds: the road rounded (cut where the file knows no windows), the
        work cut; breaks are work.
        """
        scale, weights = self.file.scale, self.problem.weights
        road = weights.travel * seconds + technician.cost_per_hour * seconds / 3600
        road += technician.cost_per_km / scale * metres / 1000
        cut = floor(road + 0.5) if self.timed else floor(road)
        return cut + int(technician.fixed_cost // scale) + floor(technician.cost_per_task_hour * work / 3600)

    # -- steps

    def _steps(
        self, route: Route, technician: Technician | None, vehicle: Mapping[str, Any], detail: RouteDetail
    ) -> list[Json]:
        breaks = list(route.breaks if route.breaks is not None else detail.breaks)
        road = _Road(self, route, technician, vehicle, breaks)
        events: list[tuple[int, int, Stop | PlacedBreak]] = [(stop.start, 1, stop) for stop in route.stops]
        events += [(pause.start, 0, pause) for pause in breaks]
        for _, _, event in sorted(events, key=lambda item: item[:2]):
            if isinstance(event, PlacedBreak):
                road.pause(event)
            else:
                road.work(event)
        return road.finish()


def _total(loads: Iterable[tuple[int, ...]], size: int) -> list[int]:
    rows = list(loads)
    return [sum(row[i] for row in rows if i < len(row)) for i in range(size)]


class _Road:
    """Writes the steps of one route in order: drives on before each, as far as the time to it allows."""

    def __init__(
        self,
        writer: _Writer,
        route: Route,
        technician: Technician | None,
        vehicle: Mapping[str, Any],
        breaks: list[PlacedBreak],
    ) -> None:
        self.writer, self.route, self.technician, self.vehicle = writer, route, technician, vehicle
        self.broken: dict[str, list[Json]] = {}
        for item in writer.evaluation.violations:
            if item.visit_id is not None and item.technician_id == route.technician_id:
                self.broken.setdefault(item.visit_id, []).append(writer.violation(item))
        self.numbers = writer.file.break_numbers(route.technician_id) if vehicle else []
        visits = writer.visits_of(route)
        self.place = None if technician is None else technician.start_location
        self.load = list(writer.loads(visits).get("delivery", []))
        self.driven = self.metres = self.ahead = self.summed = 0
        self.moment = min([route.start, *(pause.start for pause in breaks)])
        self.steps: list[Json] = []
        self._add("start", self.moment, **self._end_place("start"))
        if self.moment != route.start:
            self.steps[0]["leaves_at"] = writer.seconds(route.start)

    def _end_place(self, which: str) -> Json:
        place = self.writer.place(self.vehicle, which, f"{which}_index")
        place.pop("description", None)
        if not place and self.route.stops:  # VROOM begins and ends at a job where the vehicle has no place of its own
            stop = self.route.stops[0 if which == "start" else -1]
            place = self.writer.place(self.writer.file.jobs.get(stop.visit_id, {}), "location", "location_index")
            place.pop("description", None)
        return place

    def _add(self, kind: str, arrival: int, **more: Any) -> None:
        seconds = self.writer.seconds
        step: Json = {"type": kind, **more}
        step = step | {key: step.get(key, 0) for key in ("setup", "service", "waiting_time")}
        if self.writer.loaded:
            step["load"] = list(self.load)
        step |= {"arrival": seconds(arrival), "duration": seconds(self.driven)}
        if self.writer.timed and self.steps:
            step["duration"] = self._as_told(step)
        step["violations"] = step.pop("violations") if "violations" in step else []
        if self.writer.file.distances:
            step["distance"] = self.metres
        self.steps.append(step)

    def _as_told(self, step: Json) -> int:
        """Seconds driven so far, as VROOM sums them up: from the whole seconds the steps tell, not from our fractions
        of them.
        """
        before, scale = self.steps[-1], self.writer.file.scale
        told = step["arrival"] - sum(before[key] for key in ("arrival", "waiting_time", "setup", "service"))
        driven = self.driven - self.summed
        self.summed = self.driven
        exact: int = before["duration"] + (told if abs(told * scale - driven) < scale else driven // scale)
        return exact

    def _leg(self, target: int | None) -> int:
        leg = None if self.technician is None else self.writer.problem.leg(self.technician, self.place, target)
        return 0 if leg is None else leg[0]

    def _metres(self, target: int | None) -> int:
        tables = self.writer.file.distances
        if not tables or self.technician is None or self.place is None or target is None:
            return 0
        return int(tables[self.technician.profile][self.place, target])

    def _next_place(self, after: int) -> int | None:
        """Where the road leads from here: the first stop that starts later, else the end."""
        for stop in self.route.stops:
            if stop.start >= after and stop.visit_id in self.writer.visits:
                return self.writer.visits[stop.visit_id].location
        return None if self.technician is None else self.technician.end_location

    def pause(self, pause: PlacedBreak) -> None:
        """A break on the way: what can be driven before it is driven."""
        free = max(self.moment, self.route.start)
        left = self._leg(self._next_place(pause.start)) - self.ahead
        driven = max(0, min(left, pause.start - free))
        self.ahead += driven
        self.driven += driven
        on_duty = self.route.start < pause.start < self.route.end
        idle = max(0, pause.start - free - driven) if on_duty else 0
        idle = idle if idle >= self.writer.file.scale else 0
        pauses = self.vehicle.get("breaks") or []
        said = pauses[pause.index].get("description") if pause.index < len(pauses) else None
        seconds = self.writer.seconds
        self._add(
            "break",
            pause.start - idle,
            **({"description": said} if said else {}),
            id=self.numbers[pause.index] if pause.index < len(self.numbers) else pause.index + 1,
            service=seconds(pause.end) - seconds(pause.start),
            waiting_time=seconds(pause.start) - seconds(pause.start - idle),
        )
        self.moment = pause.end

    def work(self, stop: Stop) -> None:
        """A visit, after the rest of the way to it."""
        writer = self.writer
        visit = writer.visits.get(stop.visit_id)
        here = None if visit is None else visit.location
        left = max(0, self._leg(here) - self.ahead)
        arrival = min(stop.start, max(self.moment, self.route.start) + left)
        if arrival < stop.arrival < arrival + writer.file.scale:  # less than the file's unit: take it as said
            arrival = stop.arrival
        self.driven, self.ahead = self.driven + left, 0
        self.metres += self._metres(here)
        length = stop.departure - stop.start
        setup = 0 if visit is None or here == self.place else min(visit.setup_seconds, length)
        if visit is not None:
            for index in range(len(self.load)):
                self.load[index] -= visit.delivery[index] if visit.delivery else 0
                self.load[index] += visit.pickup[index] if visit.pickup else 0
        number = writer.number(stop.visit_id)
        self._add(
            "job",
            arrival,
            **writer.place(writer.file.jobs.get(stop.visit_id, {}), "location", "location_index"),
            id=number,
            job=number,
            setup=writer.seconds(setup),
            service=writer.seconds(length) - writer.seconds(setup),
            waiting_time=writer.seconds(stop.start) - writer.seconds(arrival),
            violations=self.broken.get(stop.visit_id, []),
        )
        self.moment, self.place = stop.departure, here if visit is not None else self.place

    def finish(self) -> list[Json]:
        """The steps, the way home included."""
        home = None if self.technician is None else self.technician.end_location
        self.driven += max(0, self._leg(home) - self.ahead)
        self.metres += self._metres(home)
        end = max(self.route.end, self.moment)
        self._add("end", end, **self._end_place("end"))
        if end != self.route.end:
            self.steps[-1]["ends_at"] = self.writer.seconds(self.route.end)
        return self.steps
