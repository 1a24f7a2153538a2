"""The one judge of plans. It is exact and pure, and does not know how the plan was found.

It takes `start`, `departure`, breaks, and the start and end of a route as the plan says them, and checks them. It
computes travel, waiting and costs itself. The rules:

- A route may wait anywhere. Between two stops there must be time for the leg and for the breaks that lie there.
- A break may interrupt a leg, or lie before the start or after the end of a route (within the shift). It never overlaps
  work.
- Frozen stops are facts: they must stay at the head of their route, and nothing else is checked. A route of frozen
  stops alone breaks no limit.
- Waiting counts from the moment the route starts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from optimizer.evaluation.unnamed_breaks import place_breaks, seconds_inside
from optimizer.problem import NOT_ASKED, PlacedBreak, Plan, Problem, Route, Technician, TimeWindow, Visit, objective


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule the plan breaks. `code` is one of `objective.VIOLATIONS`; `detail` fills its sentence."""

    code: str
    technician_id: str | None = None
    visit_id: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VisitDetail:
    """What one visit costs by term, and its times (None where it is not planned). Seconds."""

    cost: Mapping[str, float]
    technician_id: str | None = None
    start: int | None = None
    departure: int | None = None
    late_seconds: int = 0
    waiting_seconds: int = 0


@dataclass(frozen=True, slots=True)
class RouteDetail:
    """What one route costs by term (its visits' terms not included), and its sums. Seconds and metres."""

    cost: Mapping[str, float]
    travel_seconds: int = 0
    distance: int = 0
    waiting_seconds: int = 0
    work_seconds: int = 0
    overtime_seconds: int = 0
    breaks: tuple[PlacedBreak, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The judgement: violations, the named costs of the whole plan, and the same per route and per visit."""

    violations: tuple[Violation, ...]
    cost: Mapping[str, float]
    routes: Mapping[str, RouteDetail]
    visits: Mapping[str, VisitDetail]

    @property
    def total(self) -> float:
        return sum(self.cost.values())

    @property
    def feasible(self) -> bool:
        return not self.violations


def evaluate(problem: Problem, plan: Plan, *, unfinished: bool = False) -> Evaluation:
    """Judge `plan`. Never raises for what a plan says; everything wrong with it becomes a violation.

    In an `unfinished` plan (a part, a plan under way, a plan of somebody else) an unplanned visit may have the reason
    NOT_ASKED. In a finished one that is a violation, as any unknown reason is.
    """
    return _Judge(problem, plan, unfinished).judge()


@dataclass(slots=True)
class _Placed:
    """A stop of a route as the judge sees it: frozen times are facts, others as the plan says."""

    visit: Visit
    frozen: bool
    start: int
    departure: int


class _Judge:
    def __init__(self, problem: Problem, plan: Plan, unfinished: bool) -> None:
        self.problem, self.plan = problem, plan
        self.reasons = {*objective.REASONS, NOT_ASKED} if unfinished else {*objective.REASONS}
        self.technicians = {technician.id: technician for technician in problem.technicians}
        self.visits = {visit.id: visit for visit in problem.visits}
        self.published = objective.published_by_visit(problem)
        self.violations: list[Violation] = []
        self.route_details: dict[str, RouteDetail] = {}
        self.visit_details: dict[str, VisitDetail] = {}

    def judge(self) -> Evaluation:
        for route in self.plan.routes:
            technician = self.technicians.get(route.technician_id)
            if technician is None:
                self._violate("unknown_technician", route.technician_id)
            else:
                self._judge_route(technician, route)
        self._judge_accounts()
        self._judge_frozen()
        cost: dict[str, float] = dict.fromkeys(objective.TERMS, 0)
        details: list[RouteDetail | VisitDetail] = [*self.route_details.values(), *self.visit_details.values()]
        for detail in details:
            for term, value in detail.cost.items():
                cost[term] += value
        return Evaluation(tuple(self.violations), cost, self.route_details, self.visit_details)

    def _violate(self, code: str, technician: str | None = None, visit: str | None = None, **detail: Any) -> None:
        self.violations.append(Violation(code, technician, visit, detail))

    # -- the whole plan

    def _judge_accounts(self) -> None:
        planned = Counter(visit_id for route in self.plan.routes for visit_id in route.visit_ids)
        unplanned = Counter(item.visit_id for item in self.plan.unplanned)
        for visit_id in (*planned, *(v for v in unplanned if v not in planned)):
            if visit_id not in self.visits:
                self._violate("unknown_visit", visit=visit_id)
            elif planned[visit_id] > 1 or unplanned[visit_id] > 1:
                self._violate("served_twice", visit=visit_id)
            elif planned[visit_id] and unplanned[visit_id]:
                self._violate("planned_and_unplanned", visit=visit_id)
        for item in self.plan.unplanned:
            if item.reason not in self.reasons and item.visit_id in self.visits:
                self._violate("unplanned_without_reason", visit=item.visit_id, reason=item.reason)
        for visit in self.problem.visits:
            if not planned[visit.id]:
                if not unplanned[visit.id]:
                    self._violate("not_accounted", visit=visit.id)
                terms = objective.unplanned_terms(self.problem.weights, visit, self.published.get(visit.id))
                self.visit_details[visit.id] = VisitDetail(terms)

    def _judge_frozen(self) -> None:
        routes = {route.technician_id: route for route in self.plan.routes}
        for technician in self.problem.technicians:
            route = routes.get(technician.id)
            stops = route.stops if route is not None else ()
            for index, fact in enumerate(technician.frozen):
                stop = stops[index] if index < len(stops) else None
                if stop is None or (stop.visit_id, stop.start, stop.departure) != (
                    fact.visit_id,
                    fact.start,
                    fact.departure,
                ):
                    self._violate("frozen_moved", technician.id, fact.visit_id)
                    break

    # -- one route

    def _judge_route(self, technician: Technician, route: Route) -> None:
        placed = self._placed(technician, route)
        if not placed:
            return
        work = 0
        unfrozen = [stop for stop in placed if not stop.frozen]
        for index, stop in enumerate(placed):
            work += self._judge_stop(technician, placed, index)
            if not stop.frozen:
                self._judge_assignment(technician, stop, index, len(placed))
        legs = self._legs(technician, placed)
        travel, distance = sum(leg[0] for leg in legs), sum(leg[1] for leg in legs)
        if unfrozen:
            self._judge_limits(technician, route, placed, travel, distance)
        breaks = self._judge_breaks(technician, route, placed, legs)
        waiting = self._judge_times(technician, route, placed, legs, breaks)
        terms = objective.route_terms(
            self.problem.weights,
            technician,
            travel=travel,
            distance=distance,
            waiting=sum(waiting),
            work=work,
            end=route.end,
        )
        overtime = max(0, route.end - technician.overtime_from)
        self.route_details[technician.id] = RouteDetail(
            terms, travel, distance, sum(waiting), work, overtime, tuple(breaks)
        )
        for stop, idle in zip(placed, waiting, strict=True):
            self._price_visit(technician, stop, idle)

    def _placed(self, technician: Technician, route: Route) -> list[_Placed]:
        facts = {fact.visit_id: fact for fact in technician.frozen}
        placed = []
        for stop in route.stops:
            visit = self.visits.get(stop.visit_id)
            if visit is None:
                continue
            fact = facts.get(stop.visit_id)
            times = (stop.start, stop.departure) if fact is None else (fact.start, fact.departure)
            placed.append(_Placed(visit, fact is not None, *times))
        return placed

    def _judge_stop(self, technician: Technician, placed: list[_Placed], index: int) -> int:
        """Check that the work has its time; answers the seconds of work."""
        stop = placed[index]
        before = technician.start_location if index == 0 else placed[index - 1].visit.location
        setup = 0 if before == stop.visit.location else stop.visit.setup_seconds
        needed = setup + stop.visit.service_seconds
        if stop.frozen:
            return stop.departure - stop.start
        missing = stop.start + needed - stop.departure
        if missing > 0:
            self._violate("work_too_short", technician.id, stop.visit.id, seconds=missing)
        return needed

    def _judge_assignment(self, technician: Technician, stop: _Placed, index: int, length: int) -> None:
        visit, start = stop.visit, stop.start
        code = objective.may_serve(technician, visit)
        if code == "missing_skill":
            skill = next(name for name, level in visit.skills.items() if technician.skills.get(name, 0) < level)
            self._violate(code, technician.id, visit.id, skill=skill, needed=visit.skills[skill])
        elif code is not None:
            self._violate(code, technician.id, visit.id)
        if visit.earliest is not None and start < visit.earliest:
            self._violate("before_earliest", technician.id, visit.id, seconds=visit.earliest - start)
        if visit.windows and not any(start in window for window in visit.windows):
            self._violate("outside_window", technician.id, visit.id, start=start)
        pin = visit.pin
        if pin is not None:
            moved = pin.start is not None and pin.start != start
            shifted = pin.position is not None and pin.position != index and pin.position != index - length
            if moved or shifted:
                self._violate("pin_broken", technician.id, visit.id)

    def _judge_limits(
        self, technician: Technician, route: Route, placed: list[_Placed], travel: int, distance: int
    ) -> None:
        if len(placed) > technician.max_visits:
            self._violate("too_many_visits", technician.id, limit=technician.max_visits)
        if technician.max_travel_seconds is not None and travel > technician.max_travel_seconds:
            self._violate("too_much_travel", technician.id, seconds=travel, limit=technician.max_travel_seconds)
        if technician.max_distance is not None and distance > technician.max_distance:
            self._violate("too_much_distance", technician.id, metres=distance, limit=technician.max_distance)
        if technician.capacity and _overloaded(technician.capacity, [stop.visit for stop in placed]):
            self._violate("over_capacity", technician.id)
        if route.end > technician.latest_end:
            self._violate("after_shift", technician.id, seconds=route.end - technician.latest_end)
        if not technician.frozen:
            if route.start < technician.shift_start:
                self._violate("before_shift", technician.id, seconds=technician.shift_start - route.start)
            elif self.problem.now is not None and route.start < self.problem.now:
                self._violate("before_now", technician.id, seconds=self.problem.now - route.start)

    def _legs(self, technician: Technician, placed: list[_Placed]) -> list[tuple[int, int]]:
        """Seconds and metres to every stop and to the end place; (0, 0) where no road leads, which is a violation."""
        places = [technician.start_location, *(stop.visit.location for stop in placed), technician.end_location]
        legs: list[tuple[int, int]] = []
        cut_off: dict[str, None] = {}
        for index in range(len(placed) + 1):
            leg = self.problem.leg(technician, places[index], places[index + 1])
            if leg is None:
                leg = (0, 0)
                after_frozen = index > 0 and placed[index - 1].frozen and index == len(placed)
                if not after_frozen and not (index < len(placed) and placed[index].frozen):
                    cut_off.setdefault(placed[min(index, len(placed) - 1)].visit.id)
            legs.append(leg)
        for visit_id in cut_off:
            self._violate("unreachable", technician.id, visit_id)
        return legs

    # -- breaks and times

    def _judge_breaks(
        self, technician: Technician, route: Route, placed: list[_Placed], legs: list[tuple[int, int]]
    ) -> list[PlacedBreak]:
        due = {
            index: windows
            for index in range(len(technician.breaks))
            if (windows := technician.break_windows(index, self.problem.now))
        }
        if route.breaks is None:
            gaps = self._gaps(technician, route, placed, legs)
            durations = {index: technician.breaks[index].duration for index in due}
            found = place_breaks(due, durations, [(stop.start, stop.departure) for stop in placed], gaps)
            if found is None:
                self._violate("break_missing", technician.id)
                return []
            return found
        seen: set[int] = set()
        for pause in route.breaks:
            if pause.index in due or not 0 <= pause.index < len(technician.breaks):
                self._judge_break(technician, pause, placed, due.get(pause.index, ()), seen, route.breaks)
            seen.add(pause.index)
        for index in due:
            if index not in seen:
                self._violate("break_missing", technician.id, index=index)
        return list(route.breaks)

    def _judge_break(
        self,
        technician: Technician,
        pause: PlacedBreak,
        placed: list[_Placed],
        windows: tuple[TimeWindow, ...],
        seen: set[int],
        others: Iterable[PlacedBreak],
    ) -> None:
        valid = (
            pause.index not in seen
            and any(pause.start in window for window in windows)
            and pause.end - pause.start == technician.breaks[pause.index].duration
            and not any(o is not pause and o.start < pause.end and pause.start < o.end for o in others)
        )
        overlapped = next(
            (s for s in placed if not s.frozen and pause.start < s.departure and s.start < pause.end), None
        )
        if overlapped is not None:
            self._violate("break_overlaps_work", technician.id, overlapped.visit.id, index=pause.index)
        elif not valid:
            self._violate("break_misplaced", technician.id, index=pause.index, start=pause.start)

    def _gaps(
        self, technician: Technician, route: Route, placed: list[_Placed], legs: list[tuple[int, int]]
    ) -> list[tuple[int, int, int]]:
        """Per leg: from when to when, and how many seconds of it are needed on the road."""
        gaps = []
        for index, (seconds, _) in enumerate(legs):
            begin = route.start if index == 0 else placed[index - 1].departure
            end = placed[index].start if index < len(placed) else route.end
            if index < len(placed) and placed[index].frozen:
                seconds = min(seconds, max(0, end - begin))
            elif index > 0 and self.problem.now is not None and index < len(placed):
                begin = max(begin, self.problem.now)
            gaps.append((begin, end, seconds))
        return gaps

    def _judge_times(
        self,
        technician: Technician,
        route: Route,
        placed: list[_Placed],
        legs: list[tuple[int, int]],
        breaks: list[PlacedBreak],
    ) -> list[int]:
        """Check that every leg has its time; answers the seconds of waiting before every stop."""
        waiting = []
        for index, (begin, end, needed) in enumerate(self._gaps(technician, route, placed, legs)):
            idle = end - begin - needed - seconds_inside(breaks, begin, end)
            if index < len(placed):
                waiting.append(max(0, idle))
            only_frozen = index == len(placed) and placed[-1].frozen
            if idle < 0 and not only_frozen and not (index < len(placed) and placed[index].frozen):
                visit_id = placed[index].visit.id if index < len(placed) else None
                self._violate("travel_too_short", technician.id, visit_id, seconds=-idle)
        return waiting

    def _price_visit(self, technician: Technician, stop: _Placed, idle: int) -> None:
        weights, published = self.problem.weights, self.published.get(stop.visit.id)
        terms: dict[str, float] = {}
        for part in (
            objective.assignment_terms(weights, technician, stop.visit, published),
            objective.timing_terms(weights, stop.visit, stop.start, stop.departure, published),
        ):
            for term, value in part.items():
                terms[term] = terms.get(term, 0) + value
        late = 0 if stop.visit.due is None else max(0, stop.departure - stop.visit.due)
        self.visit_details[stop.visit.id] = VisitDetail(terms, technician.id, stop.start, stop.departure, late, idle)


def _overloaded(capacity: tuple[int, ...], visits: list[Visit]) -> bool:
    for dimension, limit in enumerate(capacity):
        load = sum(visit.delivery[dimension] for visit in visits if visit.delivery)
        if load > limit:
            return True
        for visit in visits:
            load += visit.pickup[dimension] if visit.pickup else 0
            load -= visit.delivery[dimension] if visit.delivery else 0
            if load > limit:
                return True
    return False
