"""Reading plans: VROOM's answers and the `steps` of its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optimizer.evaluation.subproblem import plan_of
from optimizer.evaluation.timetable import Timetable, first_start
from optimizer.files.json_reader import Node
from optimizer.files.vroom_read import VroomFile
from optimizer.problem import NOT_ASKED, PlacedBreak, Plan, Problem, Route, Stop, Technician, Unplanned, Visit


def read_plan(file: VroomFile, document: Any) -> Plan:
    """The plan of a VROOM answer to `file`, its times as said; a route whose steps have no times is timed here.

    Raises ProblemError, naming the place, for what cannot be read; whether the plan can be worked is the judge's to
    say.
    """
    root = Node(document, "")
    code = root.whole("code", 0)
    if code != 0:
        raise root.refuse("code", f"the answer reports an error: {root.get('error', code)}")
    if not root.has("routes"):
        raise root.refuse("routes", "is missing: an answer has a list of routes (it may be empty)")
    names = _Names(file)
    routes = []
    for route in root.nodes("routes"):
        who = names.vehicle(route)
        steps = route.nodes("steps")
        timed = any(step.has("arrival") for step in steps)
        routes.append(names.timed(who, steps) if timed else names.ordered(who, steps))
    left_out = tuple(
        Unplanned(
            names.job(item, item.get("id")), item.text("reason", NOT_ASKED), dict(item.get("detail", {})),
        )
        for item in root.nodes("unassigned")
    )  # fmt: skip
    return Plan(tuple(routes), left_out)


def plan_of_steps(file: VroomFile) -> Plan | None:
    """The plan that the vehicles' own `steps` describe, timed here; None where no vehicle has steps."""
    names = _Names(file)
    routes = []
    for index, (who, vehicle) in enumerate(file.vehicles.items()):
        if vehicle.get("steps"):
            routes.append(names.ordered(who, Node(vehicle, f"vehicles[{index}]").nodes("steps")))
    return plan_of(file.problem, routes) if routes else None


def time_order(table: Timetable, technician: Technician, order: Sequence[str]) -> Route:
    """The best times for visits in this order; as early as possible, limits broken, where no times keep them."""
    known = [visit_id for visit_id in order if visit_id in table.visits]
    frozen = [stop.visit_id for stop in technician.frozen]
    if known == list(order) and known[: len(frozen)] == frozen:
        route = table.route(technician.id, known[len(frozen) :])
        if route is not None:
            return route
    stops: list[Stop] = []
    moment, place = technician.shift_start, technician.start_location
    for visit_id in order:
        visit = table.visits.get(visit_id)
        if visit is None:
            stops.append(Stop(visit_id, moment, moment, moment))
            continue
        arrival = moment + (table.problem.leg(technician, place, visit.location) or (0, 0))[0]
        opening = first_start(table.windows[visit_id], arrival)
        start = arrival if opening is None else opening
        work = visit.service_seconds + (0 if place == visit.location else visit.setup_seconds)
        stops.append(Stop(visit_id, arrival, start, start + work, waiting_seconds=start - arrival))
        moment, place = start + work, visit.location
    end = moment + (table.problem.leg(technician, place, technician.end_location) or (0, 0))[0]
    begin = technician.shift_start if not stops else stops[0].start - (stops[0].arrival - technician.shift_start)
    return Route(technician.id, tuple(stops), begin, end, None)


class _Names:
    """Our ids for the file's numbers, and the walk through the steps of a route."""

    def __init__(self, file: VroomFile) -> None:
        self.file = file
        self.vehicles = {vehicle["id"]: name for name, vehicle in file.vehicles.items()}
        self.jobs = {job["id"]: name for name, job in file.jobs.items()}
        self.people = {technician.id: technician for technician in file.problem.technicians}
        self.visits = {visit.id: visit for visit in file.problem.visits}
        self.table = Timetable(file.problem)

    def vehicle(self, route: Node) -> str:
        value = route.get("vehicle")
        if isinstance(value, dict | list | None):
            raise route.refuse("vehicle", "must name a vehicle")
        return self.vehicles.get(value, str(value))

    def job(self, step: Node, value: Any) -> str:
        if isinstance(value, dict | list | None):
            raise step.refuse("id", "must name a job")
        return self.jobs.get(value, str(value))

    def ordered(self, who: str, steps: list[Node]) -> Route:
        """The route of the jobs in this order, at the best times there are."""
        technician = self.people.get(who)
        order = [self.job(step, step.get("id", step.get("job"))) for step in steps if self._kind(step) == "job"]
        if technician is None:
            return Route(who, tuple(Stop(visit_id, 0, 0, 0) for visit_id in order), 0, 0)
        return time_order(self.table, technician, order)

    def timed(self, who: str, steps: list[Node]) -> Route:
        """The route at the times the steps say.

        A file whose seconds are our hundredths says only the second: what is reached within it is taken as said.
        """
        technician = self.people.get(who)
        scale = self.file.scale
        breaks = self.file.break_numbers(who) if technician is not None else []
        clock = _Clock(self.file.problem, technician, scale)
        for step in steps:
            kind = self._kind(step)
            arrival = step.whole("arrival", None)
            if arrival is None:
                raise step.refuse("arrival", "is missing")
            begin = (arrival + step.whole("waiting_time", 0, 0)) * scale
            if kind == "start":
                clock.begin = step.whole("leaves_at", arrival) * scale
                clock.moment = arrival * scale
            elif kind == "end":
                clock.drive_home(begin, step.whole("ends_at", arrival) * scale)
            elif kind == "break":
                number = step.get("id")
                index = breaks.index(number) if number in breaks else len(breaks)
                clock.pause(index, begin, step.whole("service", 0, 0) * scale)
            else:
                work = (step.whole("setup", 0, 0) + step.whole("service", 0, 0)) * scale
                visit_id = self.job(step, step.get("id", step.get("job")))
                clock.work(visit_id, self.visits.get(visit_id), arrival * scale, begin, work)
        return clock.route(who)

    @staticmethod
    def _kind(step: Node) -> str:
        kind = step.text("type", "")
        if kind not in ("start", "job", "break", "end"):
            known = "start, job, break or end"
            raise step.refuse("type", f"{kind!r} is none of {known}: pickups and deliveries are not supported")
        return kind


class _Clock:
    """Walks along a route: where the technician is, since when, and how much of the leg is driven."""

    def __init__(self, problem: Problem, technician: Technician | None, scale: int) -> None:
        self.problem, self.technician, self.scale = problem, technician, scale
        self.place = None if technician is None else technician.start_location
        self.begin: int | None = None
        self.end: int | None = None
        self.moment: int | None = None
        self.driven = 0
        self.home: int | None = None
        """When the end could be reached from here, where that is before a break."""
        self.stops: list[Stop] = []
        self.breaks: list[PlacedBreak] = []

    def _leg(self, target: int | None) -> tuple[int, int]:
        leg = None if self.technician is None else self.problem.leg(self.technician, self.place, target)
        return leg or (0, 0)

    def _home(self) -> int:
        """Seconds from here to the end."""
        return self._leg(None if self.technician is None else self.technician.end_location)[0]

    def _snap(self, said: int, possible: int) -> int:
        """The moment meant by a second: the first possible one in it, else its beginning."""
        return possible if said < possible < said + self.scale else said

    def pause(self, index: int, begin: int, length: int) -> None:
        if self.moment is not None:
            begin = self._snap(begin, self.moment)
            left = self._home() - self.driven
            if self.home is None and begin - self.moment >= left:
                self.home = self.moment + max(0, left)
            self.driven += max(0, begin - self.moment)
        self.breaks.append(PlacedBreak(index, begin, begin + length))
        self.moment = begin + length

    def work(self, visit_id: str, visit: Visit | None, arrival: int, begin: int, length: int) -> None:
        seconds, metres = self._leg(None if visit is None else visit.location)
        if self.moment is None:  # no start step: the route begins here
            self.begin, self.moment = arrival - seconds, arrival - seconds
        reached = self.moment + max(0, seconds - self.driven)
        arrival, begin = self._snap(arrival, reached), self._snap(begin, reached)
        waiting = max(0, begin - arrival)
        self.stops.append(Stop(visit_id, arrival, begin, begin + length, seconds, metres, waiting))
        self.moment, self.driven, self.home = begin + length, 0, None
        if visit is not None:
            self.place = visit.location

    def drive_home(self, arrival: int, end: int) -> None:
        moment = arrival if self.moment is None else self.moment
        reached = moment + max(0, self._home() - self.driven) if self.home is None else self.home
        self.end = self._snap(end, reached)

    def route(self, who: str) -> Route:
        begin = 0 if self.begin is None else self.begin
        end = self.end if self.end is not None else self.moment if self.moment is not None else begin
        home = self._leg(None if self.technician is None else self.technician.end_location)
        return Route(who, tuple(self.stops), begin, end, tuple(self.breaks), *home)
