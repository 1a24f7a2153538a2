"""Why a visit is here and not there, and what would have to change.

"Why not technician B?" is answered by trying it: the visit is put into B's route, the routes it touches are improved
around it, and the judge says what that costs. Where that is not feasible, and for a visit in no route, the answer is
the smallest relaxation with which it would be. Each kind is tried, and its amount found by bisection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from optimizer.advice.best_insertion import Inserter
from optimizer.advice.pricing_arrays import make_pricing_arrays, make_scratch
from optimizer.advice.reasons import Reason, reasons_of
from optimizer.advice.route_pricing import place_price
from optimizer.evaluation.delta import Ledger, RouteDelta
from optimizer.evaluation.evaluate import Violation, evaluate
from optimizer.problem import Plan, Problem, ProblemError, Technician, TimeWindow, Visit, objective

MINUTE = 60
MOST_OVERTIME, MOST_LATER = 240, 480
"""Minutes of overtime and of a later window beyond which nobody would call it a small change."""
PEOPLE_TRIED = 8
MOST_ROUNDS = 12
BETTER = 1e-6

RELAXATIONS = {
    "overtime": objective.Text("{technician} 加班 {amount} 分钟", "{amount} min of overtime for {technician}."),
    "later_window": objective.Text("约定时段推后 {amount} 分钟", "A window that ends {amount} min later."),
    "one_more_visit": objective.Text("{technician} 多上门 {amount} 次", "{amount} visits more for {technician}."),
    "travel_limit": objective.Text(
        "{technician} 行驶上限放宽 {amount} 分钟", "{amount} min more on the road for {technician}."
    ),
    "distance_limit": objective.Text("{technician} 里程上限放宽 {amount} 公里", "{amount} km more for {technician}."),
    "skill": objective.Text(
        "{technician} 的 {skill} 技能提高 {amount} 级", "{amount} levels more of {skill} for {technician}."
    ),
    "no_pin": objective.Text("取消人工固定", "The pin taken off."),
    "anybody": objective.Text("不限定指定人员", "Somebody else than the technician required."),
    "not_excluded": objective.Text("允许 {technician} 上门", "{technician} no longer excluded."),
    "worth": objective.Text("不排的代价提高 {amount}", "Leaving it out to cost {amount} more."),
}
"""The changes that are proposed, each with its sentence."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A change of the facts. `kind` is one of `RELAXATIONS`, `amount` by how much (the unit is in its sentence),
    `size` how large the change is beside others.
    """

    kind: str
    visit_id: str
    technician_id: str | None = None
    amount: int | None = None
    detail: tuple[tuple[str, Any], ...] = ()
    size: float = field(default=0.0, compare=False)

    def applied(self, problem: Problem) -> Problem:
        """The problem with this change made."""
        return _APPLY[self.kind](problem, self)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer about one technician (`technician_id`) or, None, about a visit in no route.

    `priced` is the alternative and its price by term. `violations` is what it breaks; none where it is feasible.
    `reason` is why the visit is left out. `relaxations` are the smallest changes that make it fit, the smallest first.
    """

    visit_id: str
    technician_id: str | None
    priced: RouteDelta | None = None
    violations: tuple[Violation, ...] = ()
    reason: Reason | None = None
    relaxations: tuple[Relaxation, ...] = ()

    @property
    def feasible(self) -> bool:
        return self.priced is not None and not self.violations


def explain(
    problem: Problem, plan: Plan, visit_id: str, technician_id: str | None = None, ledger: Ledger | None = None
) -> Explanation:
    """Why `visit_id` is where it is and not with `technician_id`; without a technician, why it is in no route.

    A visit in a route, asked about without a technician, is compared with the cheapest other one. Raises ProblemError
    for an unknown or begun visit and for an unknown technician.
    """
    ledger = Ledger(problem, plan) if ledger is None else ledger
    if visit_id not in ledger.visits or any(visit_id in begun for begun in ledger.begun.values()):
        raise ProblemError("visit", f"{visit_id!r} is no visit that could go elsewhere")
    if technician_id is not None and technician_id not in ledger.technicians:
        raise ProblemError("technician", f"there is no technician {technician_id!r}")
    holder = ledger.where.get(visit_id)
    if technician_id is None and holder is None:
        (reason,) = reasons_of(problem, ledger.plan(), [visit_id]).values()
        return Explanation(
            visit_id, None, reason=reason, relaxations=smallest_relaxations(problem, ledger, visit_id, reason[0])
        )
    if technician_id is None:
        without = _without(problem, ledger, visit_id)
        others = [t for t in ledger.technicians if t != holder]
        places = Inserter(problem, without.plan(), without).best(visit_id, 1, only=others)
        if not places:
            return Explanation(visit_id, None)
        technician_id = places[0].technician_id
    return _elsewhere(problem, ledger, visit_id, technician_id)


def _without(problem: Problem, ledger: Ledger, visit_id: str) -> Ledger:
    """The plan with the visit taken out of its route."""
    without = Ledger(problem, ledger.plan())
    sequences = ledger.without(visit_id)
    if sequences:
        priced = ledger.priced(sequences, force=True)
        assert priced is not None  # noqa: S101 - forced
        without.take(priced)
    return without


def _elsewhere(problem: Problem, ledger: Ledger, visit_id: str, technician_id: str) -> Explanation:
    best: dict[str, tuple[str, ...]] | None = None
    cheapest: RouteDelta | None = None
    rest = len([v for v in ledger.sequence(technician_id) if v != visit_id])
    for position in range(rest + 1):
        sequences = ledger.placed(visit_id, technician_id, position)
        priced = ledger.priced(sequences)
        if priced is not None and not priced.violations and (cheapest is None or priced.price < cheapest.price):
            best, cheapest = sequences, priced
    if best is not None and cheapest is not None:
        return Explanation(visit_id, technician_id, arranged(ledger, best, cheapest, visit_id, technician_id))
    forced = [ledger.priced(ledger.placed(visit_id, technician_id, p), force=True) for p in range(rest + 1)]
    least = min((p for p in forced if p is not None), key=lambda p: (len(p.violations), p.price))
    without = _without(problem, ledger, visit_id)
    relaxations = smallest_relaxations(problem, without, visit_id, "", only=[technician_id])
    return Explanation(visit_id, technician_id, least, least.violations, relaxations=relaxations)


def arranged(
    ledger: Ledger, sequences: dict[str, tuple[str, ...]], priced: RouteDelta, visit_id: str, held_by: str
) -> RouteDelta:
    """The touched routes improved by the best single relocation, again and again while one pays. `visit_id` stays with
    `held_by`.
    """
    costs = RouteCosts(ledger, list(sequences), [visit for order in sequences.values() for visit in order])
    for _ in range(MOST_ROUNDS):
        now = sum(costs.of(technician_id, order) for technician_id, order in sequences.items())
        tried = ((sum(costs.of(t, order) for t, order in other.items()), other) for other in
                 _relocations(sequences, visit_id, held_by))  # fmt: skip
        cost, better = min(tried, key=lambda pair: pair[0], default=(now, sequences))
        judged = ledger.priced(better) if cost < now - BETTER else None
        if judged is None or judged.violations or judged.price >= priced.price - BETTER:
            return priced
        sequences, priced = better, judged
    return priced


class RouteCosts:
    """The costs of whole routes of a few technicians, by compiled code. Each is computed once."""

    def __init__(self, ledger: Ledger, technician_ids: Sequence[str], visit_ids: Sequence[str]) -> None:
        begun = {visit for technician_id in technician_ids for visit in ledger.begun[technician_id]}
        self.problem = ledger.cut(technician_ids, {*visit_ids, *begun})
        self.arrays = make_pricing_arrays(self.problem)
        self.person = {person.id: index for index, person in enumerate(self.problem.technicians)}
        self.number = {visit.id: index for index, visit in enumerate(self.problem.visits)}
        self.published = objective.published_by_visit(self.problem)
        self.scratch = make_scratch(len(self.number))
        self.known: dict[tuple[str, tuple[str, ...]], float] = {}

    def of(self, technician_id: str, order: Sequence[str]) -> float:
        """The cost of a route over these movable visits, in order; inf where it is not feasible."""
        key = (technician_id, tuple(order))
        if key not in self.known:
            self.known[key] = self._cost(*key)
        return self.known[key]

    def _cost(self, technician_id: str, order: tuple[str, ...]) -> float:
        person = self.problem.technicians[self.person[technician_id]]
        if not order:
            route = Ledger(self.problem, Plan()).table.route(technician_id, ()) if person.frozen else None
            judged = evaluate(self.problem, Plan(() if route is None else (route,))).routes
            return sum(sum(detail.cost.values()) for detail in judged.values())
        total = 0.0
        for visit_id in order:
            visit = self.problem.visits[self.number[visit_id]]
            if objective.may_serve(person, visit) is not None:
                return float("inf")
            told = self.published.get(visit_id)
            total += sum(objective.assignment_terms(self.problem.weights, person, visit, told).values())
        numbers = np.array([self.number[visit_id] for visit_id in order], dtype=np.int64)
        last = len(order) - 1
        who = self.person[technician_id]
        price: float = place_price(self.arrays, who, self.scratch, numbers, last, numbers[last], last)
        return total + price


def _relocations(
    sequences: dict[str, tuple[str, ...]], visit_id: str, held_by: str
) -> Iterator[dict[str, tuple[str, ...]]]:
    """Every visit of the touched routes at other positions: near its own in the same route, any in the others."""
    for source, order in sequences.items():
        for index, moved in enumerate(order):
            rest = (*order[:index], *order[index + 1 :])
            for target in sequences:
                if moved == visit_id and target != held_by:
                    continue
                base = rest if target == source else sequences[target]
                for position in range(len(base) + 1):
                    if target == source and (position == index or abs(position - index) > 3):
                        continue
                    changed = {**sequences, source: rest}
                    changed[target] = (*base[:position], moved, *base[position:])
                    yield changed


# --- the smallest relaxation -----------------------------------------------------------------------------------------


def smallest_relaxations(
    problem: Problem, ledger: Ledger, visit_id: str, reason: str, only: Sequence[str] | None = None
) -> tuple[Relaxation, ...]:
    """The smallest change of each kind with which the visit finds a position, the smallest of all first.

    `ledger` is a plan without the visit. `only`: a position with these technicians.
    """
    visit = ledger.visits[visit_id]
    if reason == "not_worth_it":
        place = Inserter(problem, ledger.plan(), ledger).best(visit_id, 1)
        return (Relaxation("worth", visit_id, amount=int(place[0].price) + 1),) if place else ()
    found: dict[str, Relaxation] = {}
    for relaxation in _candidates(problem, ledger, visit, only):
        if relaxation.kind not in found or relaxation.size < found[relaxation.kind].size:
            found[relaxation.kind] = relaxation
    return tuple(
        sorted(
            found.values(), key=lambda relaxation: (relaxation.size, relaxation.kind, relaxation.technician_id or "")
        )
    )


def _candidates(problem: Problem, ledger: Ledger, visit: Visit, only: Sequence[str] | None) -> Iterator[Relaxation]:
    for person in _promising(problem, ledger, visit, only):
        one = _Alone(ledger, person, visit)
        barred = objective.may_serve(person, visit)
        if barred == "missing_skill":
            yield from one.skill()
        elif barred == "not_required_technician":
            yield from one.whole("anybody", 60.0)
        elif barred == "excluded_technician":
            yield from one.whole("not_excluded", 60.0, person.id)
        elif barred is None:
            yield from one.growing("overtime", MOST_OVERTIME, 1.0, person.id)
            if person.max_visits <= len(person.frozen) + len(ledger.sequence(person.id)):
                yield from one.growing("one_more_visit", 3, 30.0, person.id)
            if person.max_travel_seconds is not None:
                yield from one.growing("travel_limit", MOST_OVERTIME, 1.0, person.id)
            if person.max_distance is not None:
                yield from one.growing("distance_limit", 200, 2.0, person.id)
            if visit.windows:
                yield from one.growing("later_window", MOST_LATER, 1.0)
        if visit.pin is not None:
            yield from one.whole("no_pin", 15.0)


def _promising(problem: Problem, ledger: Ledger, visit: Visit, only: Sequence[str] | None) -> list[Technician]:
    """The few technicians who would be cheapest if everything that may be relaxed were relaxed."""
    eased = replace(
        visit, skills={}, required_technicians=frozenset(), excluded_technicians=frozenset(), pin=None,
        windows=tuple(replace(w, end=w.end + MOST_LATER * MINUTE) for w in visit.windows[-1:]),
    )  # fmt: skip
    people = tuple(
        replace(
            t, max_overtime=t.max_overtime + MOST_OVERTIME * MINUTE, max_visits=t.max_visits + 3,
            max_travel_seconds=None, max_distance=None,
        )
        for t in problem.technicians
    )  # fmt: skip
    visits = tuple(eased if v.id == visit.id else v for v in problem.visits)
    easier = replace(problem, technicians=people, visits=visits)
    inserter = Inserter(easier, ledger.plan())
    chosen: dict[str, None] = {}
    for place in inserter.best(visit.id, PEOPLE_TRIED * 4, only=only):
        chosen.setdefault(place.technician_id)
    return [ledger.technicians[technician_id] for technician_id in list(chosen)[:PEOPLE_TRIED]]


class _Alone:
    """One technician's route and the visit, cut out of the day so that each question is quick."""

    def __init__(self, ledger: Ledger, person: Technician, visit: Visit) -> None:
        self.visit, self.person = visit, person
        route = ledger.routes.get(person.id)
        held = set() if route is None else set(route.visit_ids)
        self.problem = ledger.cut([person.id], {*held, *ledger.begun[person.id], visit.id})
        self.plan = Plan(() if route is None else (route,))

    def fits(self, relaxation: Relaxation) -> bool:
        """Whether the visit has a position in this route with the relaxation made."""
        return bool(Inserter(relaxation.applied(self.problem), self.plan).best(self.visit.id, 1))

    def whole(self, kind: str, size: float, technician_id: str | None = None) -> Iterator[Relaxation]:
        relaxation = Relaxation(kind, self.visit.id, technician_id, size=size)
        if self.fits(relaxation):
            yield relaxation

    def growing(self, kind: str, most: int, unit: float, technician_id: str | None = None) -> Iterator[Relaxation]:
        """The least amount that suffices, by bisection: a larger amount never hurts."""
        if not self.fits(Relaxation(kind, self.visit.id, technician_id, most)):
            return
        low, high = 0, most
        while high - low > 1:
            middle = (low + high) // 2
            if self.fits(Relaxation(kind, self.visit.id, technician_id, middle)):
                high = middle
            else:
                low = middle
        yield Relaxation(kind, self.visit.id, technician_id, high, size=high * unit)

    def skill(self) -> Iterator[Relaxation]:
        missing = [(n, level) for n, level in self.visit.skills.items() if self.person.skills.get(n, 0) < level]
        if len(missing) != 1:
            return
        name, level = missing[0]
        gap = level - self.person.skills.get(name, 0)
        relaxation = Relaxation("skill", self.visit.id, self.person.id, gap, (("skill", name),), size=120.0 * gap)
        if self.fits(relaxation):
            yield relaxation


def _on_person(change: Callable[[Technician, Relaxation], Technician]) -> Callable[[Problem, Relaxation], Problem]:
    def apply(problem: Problem, relaxation: Relaxation) -> Problem:
        people = tuple(change(t, relaxation) if t.id == relaxation.technician_id else t for t in problem.technicians)
        return replace(problem, technicians=people)

    return apply


def _on_visit(change: Callable[[Visit, Relaxation], Visit]) -> Callable[[Problem, Relaxation], Problem]:
    def apply(problem: Problem, relaxation: Relaxation) -> Problem:
        return replace(
            problem, visits=tuple(change(v, relaxation) if v.id == relaxation.visit_id else v for v in problem.visits)
        )

    return apply


def _more(relaxation: Relaxation) -> int:
    return relaxation.amount or 0


def _more_skill(person: Technician, relaxation: Relaxation) -> Technician:
    name = dict(relaxation.detail)["skill"]
    return replace(person, skills={**person.skills, name: person.skills.get(name, 0) + _more(relaxation)})


def _later(windows: tuple[TimeWindow, ...], minutes: int) -> tuple[TimeWindow, ...]:
    return (*windows[:-1], replace(windows[-1], end=windows[-1].end + minutes * MINUTE))


def _dearer(problem: Problem, relaxation: Relaxation) -> Problem:
    (visit,) = (v for v in problem.visits if v.id == relaxation.visit_id)
    price = objective.drop_price(problem.weights, visit) + _more(relaxation)
    return _on_visit(lambda v, _: replace(v, drop_cost=price))(problem, relaxation)


_APPLY: dict[str, Callable[[Problem, Relaxation], Problem]] = {
    "overtime": _on_person(lambda t, r: replace(t, max_overtime=t.max_overtime + _more(r) * MINUTE)),
    "one_more_visit": _on_person(lambda t, r: replace(t, max_visits=t.max_visits + _more(r))),
    "travel_limit": _on_person(
        lambda t, r: replace(t, max_travel_seconds=(t.max_travel_seconds or 0) + _more(r) * MINUTE)
    ),
    "distance_limit": _on_person(lambda t, r: replace(t, max_distance=(t.max_distance or 0) + _more(r) * 1000)),
    "skill": _on_person(_more_skill),
    "later_window": _on_visit(lambda v, r: replace(v, windows=_later(v.windows, _more(r)))),
    "no_pin": _on_visit(lambda v, _: replace(v, pin=None)),
    "anybody": _on_visit(lambda v, _: replace(v, required_technicians=frozenset())),
    "not_excluded": _on_visit(
        lambda v, r: replace(v, excluded_technicians=v.excluded_technicians - {r.technician_id or ""})
    ),
    "worth": _dearer,
}


def say(relaxation: Relaxation, language: str, names: dict[str, str] | None = None) -> str:
    """The relaxation in words."""
    who = relaxation.technician_id or ""
    detail = {"technician": (names or {}).get(who, who), "amount": relaxation.amount, **dict(relaxation.detail)}
    return RELAXATIONS[relaxation.kind].say(language, detail)
