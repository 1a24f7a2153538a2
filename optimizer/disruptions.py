"""Disruptions of a published day, and the problem that is left after them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from optimizer.problem import FrozenStop, Plan, Problem, ProblemError, PublishedStop


@dataclass(frozen=True, slots=True)
class Sick:
    """A technician stops working at `at` (None: now). They still finish what has begun."""

    technician_id: str
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Urgent:
    """A visit of the problem that is in no plan yet and is to be made today."""

    visit_id: str


@dataclass(frozen=True, slots=True)
class Overrun:
    """The work under way at a visit takes `seconds` longer."""

    visit_id: str
    seconds: int


@dataclass(frozen=True, slots=True)
class NoShow:
    """Nobody was at home: the visit is not made today. Time already spent there stays, as a frozen stop."""

    visit_id: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The visit is not needed any more."""

    visit_id: str


Disruption = Sick | Urgent | Overrun | NoShow | Cancelled


def after_disruptions(problem: Problem, published: Plan, changes: Sequence[Disruption]) -> Problem:
    """The problem after `changes`. The stops of `published` become what people were told. Raises ProblemError for a
    disruption that names something unknown.
    """
    told = {stop.visit_id: stop for stop in problem.published}
    for route in published.routes:
        for stop in route.stops:
            known = told.get(stop.visit_id)
            window = None if known is None else known.notified
            told[stop.visit_id] = PublishedStop(stop.visit_id, route.technician_id, stop.start, window)
    changed = problem
    for index, change in enumerate(changes):
        changed = _after(changed, change, f"changes[{index}]")
    visits = {visit.id for visit in changed.visits}
    begun = {stop.visit_id for technician in changed.technicians for stop in technician.frozen}
    return replace(
        changed, published=tuple(s for s in told.values() if s.visit_id in visits and s.visit_id not in begun)
    )


def _after(problem: Problem, change: Disruption, path: str) -> Problem:
    if isinstance(change, Sick):
        person = next((t for t in problem.technicians if t.id == change.technician_id), None)
        if person is None:
            raise ProblemError(path, f"there is no technician {change.technician_id!r}")
        if change.at is None or change.at <= max(person.shift_start, problem.now or person.shift_start):
            rest = replace(person, max_visits=len(person.frozen))
        else:
            end = min(change.at, person.shift_end)
            rest = replace(person, shift_end=end, max_overtime=0, soft_end=None)
        return replace(problem, technicians=tuple(rest if t is person else t for t in problem.technicians))
    if all(visit.id != change.visit_id for visit in problem.visits):
        raise ProblemError(path, f"there is no visit {change.visit_id!r}")
    if isinstance(change, Urgent):
        return problem
    if isinstance(change, Overrun):
        people = tuple(replace(t, frozen=_longer(t.frozen, change)) for t in problem.technicians)
        if people == problem.technicians:  # not under way yet: it will take longer
            return replace(problem, visits=tuple(
                replace(v, service_seconds=v.service_seconds + change.seconds) if v.id == change.visit_id else v
                for v in problem.visits
            ))  # fmt: skip
        return replace(problem, technicians=people)
    if any(stop.visit_id == change.visit_id for t in problem.technicians for stop in t.frozen):
        return problem  # the time is spent; the frozen stop says how much
    return replace(
        problem,
        visits=tuple(v for v in problem.visits if v.id != change.visit_id),
        published=tuple(s for s in problem.published if s.visit_id != change.visit_id),
    )


def _longer(frozen: tuple[FrozenStop, ...], change: Overrun) -> tuple[FrozenStop, ...]:
    """The frozen stops with one of them lasting longer, and those after it moved by the delay."""
    found: list[FrozenStop] = []
    for stop in frozen:
        arrival = max(stop.arrival, found[-1].departure) if found and found[-1].departure > stop.start else stop.arrival
        push = max(0, arrival - stop.start)
        more = change.seconds if stop.visit_id == change.visit_id else 0
        found.append(FrozenStop(stop.visit_id, arrival, stop.start + push, stop.departure + push + more))
    return tuple(found)
