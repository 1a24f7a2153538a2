"""The times of one route: given the order of its visits, when to leave, start, take breaks and be back.

Every stop starts as early as its windows and the breaks allow. Every assignment of breaks to legs is tried and the
cheapest kept (with two breaks and a dozen stops some two hundred). Then stops are delayed where that is cheaper: into a
preferred window, to the published time, or, where waiting has a cost, by leaving home later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product

from optimizer.problem import (
    ENDLESS,
    PlacedBreak,
    Problem,
    PublishedStop,
    Route,
    Stop,
    Technician,
    TimeWindow,
    Visit,
    objective,
)


@dataclass(slots=True)
class _Draft:
    """Times of the stops that are not frozen, under one assignment of breaks to gaps."""

    starts: list[int] = field(default_factory=list)
    ready: list[int] = field(default_factory=list)
    breaks: list[PlacedBreak] = field(default_factory=list)
    end: int = 0
    cost: float = 0

    def rank(self) -> tuple[float, int, int]:
        """Cheaper first; at the same price home earlier, and every visit earlier."""
        return (self.cost, self.end, sum(self.starts))


class Timetable:
    """Makes the routes of one problem. It keeps what it has looked up."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.visits = {visit.id: visit for visit in problem.visits}
        self.technicians = {technician.id: technician for technician in problem.technicians}
        self.published: dict[str, PublishedStop] = objective.published_by_visit(problem)
        self.windows = {visit.id: visit.start_windows() for visit in problem.visits}

    def route(self, technician_id: str, visit_ids: Sequence[str]) -> Route | None:
        """The route of `technician_id` over its frozen stops and then `visit_ids`. None where no timing keeps its
        limits.

        It looks at times, breaks, travel and distance limits, not at who may make which visit.
        """
        technician = self.technicians[technician_id]
        sequence = _Sequence(self, technician, [self.visits[visit_id] for visit_id in visit_ids])
        return sequence.timed()


class _Sequence:
    def __init__(self, table: Timetable, technician: Technician, visits: list[Visit]) -> None:
        self.table, self.technician, self.visits = table, technician, visits
        self.problem, self.weights = table.problem, table.problem.weights
        self.frozen = technician.frozen
        now = table.problem.now
        self.breaks = {
            index: windows
            for index in range(len(technician.breaks))
            if (windows := technician.break_windows(index, now))
        }
        last = table.visits[self.frozen[-1].visit_id].location if self.frozen else technician.start_location
        self.begin = self.frozen[-1].departure if self.frozen else technician.shift_start
        if now is not None and visits:
            self.begin = max(self.begin, now)
        places = [last, *(visit.location for visit in visits), technician.end_location]
        self.legs = [table.problem.leg(technician, a, b) for a, b in pairwise(places)]
        self.works = [
            (0 if before == visit.location else visit.setup_seconds) + visit.service_seconds
            for before, visit in zip(places, visits, strict=False)
        ]

    def timed(self) -> Route | None:
        if not self.visits:
            return self._assemble(self._alone()) if self.frozen else None
        if any(leg is None for leg in self.legs):
            return None
        # Where a break lies best may depend on what waits for whom: both beginnings are tried with every place for it.
        drafts = [self._drafted(floors) for floors in ([-ENDLESS] * len(self.visits), self._wishes()) if floors]
        found = [draft for draft in drafts if draft is not None]
        if not found:
            return None
        route = self._assemble(min(found, key=_Draft.rank))
        technician = self.technician
        if technician.max_travel_seconds is not None and route.travel_seconds > technician.max_travel_seconds:
            return None
        if technician.max_distance is not None and route.distance > technician.max_distance:
            return None
        return route

    def _drafted(self, floors: list[int]) -> _Draft | None:
        """The cheapest times of all assignments of breaks, no visit before its floor unless that is cheaper."""
        best: _Draft | None = None
        chosen: tuple[int, ...] = ()
        for gaps in product(range(len(self.visits) + 2), repeat=len(self.breaks)):
            draft = self._forward(gaps, floors)
            if draft is not None and (best is None or draft.rank() < best.rank()):
                best, chosen = draft, gaps
        return None if best is None else self._delayed(best, chosen, floors)

    def _wishes(self) -> list[int]:
        """The published or first preferred start of every visit; empty where no visit has one."""
        wishes = []
        for visit in self.visits:
            published = self.table.published.get(visit.id)
            if published is not None:
                wishes.append(published.start)
            else:
                wishes.append(visit.preferred_windows[0].start if visit.preferred_windows else -ENDLESS)
        return wishes if any(wish > -ENDLESS for wish in wishes) else []

    def _alone(self) -> _Draft:
        """The day of somebody with frozen stops and nothing else: home at once, breaks on the way or there."""
        leg = self.legs[0] or (0, 0)
        for gaps in product((0, 1), repeat=len(self.breaks)):
            draft = self._forward(gaps, [], bound=False)
            if draft is not None:
                return draft
        return _Draft(end=self.begin + leg[0])

    def _forward(self, gaps: tuple[int, ...], floors: list[int], *, bound: bool = True) -> _Draft | None:
        """Everything as early as possible, with break i in gap `gaps[i]` (the last number: after the end of the
        route).
        """
        draft = _Draft()
        by_gap: dict[int, list[int]] = {}
        for gap, index in zip(gaps, sorted(self.breaks, key=lambda i: self.breaks[i][-1].end), strict=True):
            by_gap.setdefault(gap, []).append(index)
        moment = self.begin
        waiting = 0
        for position, visit in enumerate(self.visits):
            ready = self._drive(moment, self.legs[position], by_gap.get(position, ()), draft)
            if ready is None:
                return None
            start = first_start(self.table.windows[visit.id], max(ready, floors[position]))
            if start is None:
                return None
            if position > 0 or self.frozen:
                waiting += start - moment - (self.legs[position] or (0, 0))[0]
                waiting -= sum(p.end - p.start for p in draft.breaks if moment <= p.start < start)
            draft.ready.append(ready)
            draft.starts.append(start)
            moment = start + self.works[position]
            published = self.table.published.get(visit.id)
            draft.cost += sum(objective.timing_terms(self.weights, visit, start, moment, published).values())
        last = len(self.visits)
        end = self._drive(moment, self.legs[last], by_gap.get(last, ()), draft)
        if end is None or (bound and end > self.technician.latest_end):
            return None
        draft.end = end
        if self._drive(end, (0, 0), by_gap.get(last + 1, ()), draft) is None:
            return None
        draft.cost += self.weights.waiting * waiting
        draft.cost += self.weights.overtime * max(0, end - self.technician.overtime_from)
        return draft

    def _drive(self, moment: int, leg: tuple[int, int] | None, pauses: Sequence[int], draft: _Draft) -> int | None:
        """When the next place is reached and the breaks of this gap are over; None where a break finds no window."""
        remaining = 0 if leg is None else leg[0]
        for index in pauses:
            start = first_start(self.breaks[index], moment)
            if start is None:
                return None
            remaining = max(0, remaining - (start - moment))
            moment = start + self.technician.breaks[index].duration
            draft.breaks.append(PlacedBreak(index, start, moment))
        return moment + remaining

    def _delayed(self, draft: _Draft, gaps: tuple[int, ...], floors: list[int]) -> _Draft:
        """Try later starts where a term asks for them; keep what is cheaper."""
        for position in reversed(range(len(self.visits))):
            visit = self.visits[position]
            published = self.table.published.get(visit.id)
            wishes = [w.start for w in visit.preferred_windows]
            if published is not None:
                wishes.append(published.start)
                if published.notified is not None:
                    wishes.append(published.notified.start)
            draft = self._try(draft, gaps, floors, position, wishes)
        if self.weights.waiting and not self.frozen:
            for _ in range(len(self.visits)):
                idle = [start - ready for start, ready in zip(draft.starts, draft.ready, strict=True)]
                first = next((wait for wait in idle[1:] if wait > 0), 0)
                if not first:
                    break
                before = draft
                draft = self._try(draft, gaps, floors, 0, [draft.starts[0] + first])
                if draft is before:
                    break
        return draft

    def _try(self, draft: _Draft, gaps: tuple[int, ...], floors: list[int], position: int, wishes: list[int]) -> _Draft:
        for wish in wishes:
            if wish <= draft.starts[position]:
                continue
            before, floors[position] = floors[position], wish
            other = self._forward(gaps, floors)
            if other is not None and other.cost < draft.cost:
                draft = other
            else:
                floors[position] = before
        return draft

    def _assemble(self, draft: _Draft) -> Route:
        breaks = sorted(draft.breaks, key=lambda pause: pause.start)
        stops, begin = self._frozen_stops()
        moment = self.begin
        for position, (visit, start) in enumerate(zip(self.visits, draft.starts, strict=True)):
            seconds, metres = self.legs[position] or (0, 0)
            if position == 0 and not self.frozen:
                begin = _leave_late(start, seconds, breaks)
                moment = begin
            arrival = _arrive(moment, seconds, breaks)
            paused = sum(max(0, min(p.end, start) - max(p.start, arrival)) for p in breaks)
            departure = start + self.works[position]
            waiting = start - arrival - paused
            stops.append(Stop(visit.id, arrival, start, departure, seconds, metres, waiting))
            moment = departure
        seconds, metres = self.legs[len(self.visits)] or (0, 0)
        return Route(self.technician.id, tuple(stops), begin, draft.end, tuple(breaks), seconds, metres)

    def _frozen_stops(self) -> tuple[list[Stop], int]:
        stops: list[Stop] = []
        place, begin = self.technician.start_location, self.technician.shift_start
        for index, fact in enumerate(self.frozen):
            location = self.table.visits[fact.visit_id].location
            seconds, metres = self.problem.leg(self.technician, place, location) or (0, 0)
            if index == 0:
                begin = fact.arrival - seconds
            stops.append(
                Stop(
                    fact.visit_id, fact.arrival, fact.start, fact.departure, seconds, metres, fact.start - fact.arrival
                )
            )
            place = location
        return stops, begin


def first_start(windows: tuple[TimeWindow, ...], moment: int) -> int | None:
    """The first allowed second that is not before `moment`, or None."""
    for window in windows:
        if moment <= window.end:
            return max(moment, window.start)
    return None


def _leave_late(start: int, seconds: int, breaks: list[PlacedBreak]) -> int:
    """The latest departure that needs `seconds` on the road and arrives at `start`, breaks on the way left out."""
    moment, remaining = start, seconds
    for pause in sorted((p for p in breaks if p.end <= start), key=lambda p: -p.end):
        if moment - pause.end >= remaining:
            break
        remaining -= moment - pause.end
        moment = pause.start
    return moment - remaining


def _arrive(moment: int, seconds: int, breaks: list[PlacedBreak]) -> int:
    """When `seconds` on the road from `moment` are over, breaks on the way added."""
    remaining = seconds
    for pause in breaks:
        if pause.start < moment:
            continue
        if pause.start >= moment + remaining:
            break
        remaining -= pause.start - moment
        moment = pause.end
    return moment + remaining
