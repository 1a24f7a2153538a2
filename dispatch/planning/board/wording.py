"""Prices, rules and changes of a board in one language, as HTTP says them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from dispatch.planning.board.board import Board
from dispatch.planning.board.pricing import Offer
from dispatch.planning.board.schemas import ChangedStop, PriceOut, RouteAfter, Said, TermAmount
from dispatch.planning.day.problem_builder import late_seconds
from dispatch.planning.day.timed_stops import TimedStop, timed_stops
from dispatch.planning.day.wording import reason_text
from kit.i18n import text
from optimizer.evaluation.delta import RouteDelta
from optimizer.evaluation.evaluate import Violation
from optimizer.problem import Route, Stop
from optimizer.problem.objective import TERMS, VIOLATIONS, Text

Late = Mapping[str, tuple[int, int]]
"""By visit: seconds late before and after a change."""

NOT_ON_SHIFT = Text("该人员当天不在班", "This technician is not at work that day.")
SAYABLE = {**VIOLATIONS, "not_on_shift": NOT_ON_SHIFT}


@dataclass(slots=True)
class Speaker:
    """Says things of one board in one language."""

    board: Board
    language: str
    numbers: dict[str, str] = field(init=False)
    names: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.numbers = {str(order.id): order.number for order in self.board.day.orders}
        self.names = {str(person.id): person.name for person in self.board.day.technicians}

    def offer(self, offer: Offer) -> PriceOut:
        """A price for the screen."""
        priced = offer.priced
        refused = offer.refusals if priced is None else priced.violations
        told = {(v.code, v.technician_id, v.visit_id): v for v in reversed(refused)}  # one rule may be broken twice
        violations = [self.violation(violation) for violation in reversed(told.values())]
        if offer.reason is not None:
            code, params = offer.reason
            said = reason_text(code, params, self.language)
            violations.append(Said(code=code, text=said, technician_id=None, order_id=offer.move.order_id))
        late = {} if priced is None else self.late(priced)
        return PriceOut(
            order_id=offer.move.order_id,
            technician_id=offer.move.technician_id,
            position=offer.move.position,
            version=offer.version,
            as_of=self.board.as_of,
            allowed=offer.allowed,
            violations=violations,
            warnings=[] if priced is None else list(self.warnings(priced, late)),
            cost=0.0 if priced is None else round(priced.price, 3),
            terms=[] if priced is None else self.terms(priced.terms),
            travel_seconds=0 if priced is None else priced.travel_seconds,
            travel_metres=0 if priced is None else priced.distance,
            changes=[] if priced is None else list(self.changes(priced, late)),
            routes=[] if priced is None else [self._route(t, r, priced) for t, r in priced.routes.items()],
        )

    def violation(self, violation: Violation) -> Said:
        """A broken rule in words."""
        known = SAYABLE.get(violation.code)
        return Said(
            code=violation.code,
            text=violation.code if known is None else known.say(self.language, violation.detail),
            technician_id=None if violation.technician_id is None else UUID(violation.technician_id),
            order_id=None if violation.visit_id is None else UUID(violation.visit_id),
        )

    def terms(self, terms: Mapping[str, float]) -> list[TermAmount]:
        """A price by term, the largest first."""
        ordered = sorted(terms.items(), key=lambda item: (-abs(item[1]), item[0]))
        return [
            TermAmount(term=name, text=TERMS[name].say(self.language), amount=round(amount, 3))
            for name, amount in ordered
        ]

    def late(self, priced: RouteDelta) -> Late:
        """How late every visit of the touched routes is before and after; one that waits, as it is by now."""
        ends = {stop.visit_id: stop.departure for stop in self._stops(priced.routes.values())}
        ended = {
            stop.visit_id: stop.departure for stop in self._stops(map(self.board.ledger.routes.get, priced.routes))
        }
        return {
            visit_id: (self._late(visit_id, ended.get(visit_id)), self._late(visit_id, ends.get(visit_id)))
            for visit_id in ends | ended
        }

    def _late(self, visit_id: str, end: int | None) -> int:
        span = self.board.day.span
        return late_seconds(self.board.orders[UUID(visit_id)], self.board.as_of if end is None else span.instant(end))

    @staticmethod
    def _stops(routes: Iterable[Route | None]) -> Iterator[Stop]:
        for route in routes:
            yield from () if route is None else route.stops

    def changes(self, priced: RouteDelta, late: Late) -> Iterator[ChangedStop]:
        """The stops of the touched routes whose person, time or place is another one, and those that leave the plan."""
        kept: set[str] = set()
        for technician_id, route in priced.routes.items():
            begun = self.board.ledger.begun[technician_id]
            for stop in timed_stops(self.board.day.span, route):
                kept.add(str(stop.order_id))
                same = self._before(str(stop.order_id)) == (stop.technician_id, stop.start, stop.end)
                if not same and str(stop.order_id) not in begun:
                    yield self._change(str(stop.order_id), stop, late)
        for visit_id in priced.before.visits:
            holder = self.board.ledger.where.get(visit_id)
            if visit_id not in kept and holder in priced.routes:
                yield self._change(visit_id, None, late)

    def _before(self, visit_id: str) -> tuple[UUID, datetime, datetime | None] | None:
        """Who goes there from when to when, before the move: as people were told, or as the draft has it."""
        board = self.board
        if board.key.plan_id is None:
            visit = board.orders[UUID(visit_id)].visit
            if visit is None or visit.planned_start is None or not board.day.span.holds(visit.planned_start):
                return None
            return visit.technician_id, visit.planned_start, visit.planned_end
        holder = board.ledger.where.get(visit_id)
        if holder is None:
            return None
        stops = timed_stops(board.day.span, board.ledger.routes[holder])
        stop = next(stop for stop in stops if str(stop.order_id) == visit_id)
        return stop.technician_id, stop.start, stop.end

    def _change(self, visit_id: str, stop: TimedStop | None, late: Late) -> ChangedStop:
        before = self._before(visit_id)
        was, then = late[visit_id]
        return ChangedStop(
            order_id=UUID(visit_id),
            number=self.numbers.get(visit_id, visit_id),
            technician_id=None if stop is None else stop.technician_id,
            position=None if stop is None else stop.position,
            arrival=None if stop is None else stop.arrival,
            start=None if stop is None else stop.start,
            end=None if stop is None else stop.end,
            previous_technician_id=None if before is None else before[0],
            previous_start=None if before is None else before[1],
            late_seconds=then,
            previous_late_seconds=was,
            becomes_late=then > 0 and was == 0,
        )

    def _route(self, technician_id: str, route: Route | None, priced: RouteDelta) -> RouteAfter:
        detail = priced.after.routes.get(technician_id)
        return RouteAfter(
            technician_id=UUID(technician_id),
            end=None if route is None else self.board.day.span.instant(route.end),
            stops=0 if route is None else len(route.stops),
            travel_seconds=0 if detail is None else detail.travel_seconds,
            overtime_seconds=0 if detail is None else detail.overtime_seconds,
        )

    def warnings(self, priced: RouteDelta, late: Late) -> Iterator[Said]:
        """What a dispatcher should know before the drop: lateness, overtime, foreign grids, wishes not kept."""
        for visit_id in priced.after.visits:
            was, seconds = late.get(visit_id, (0, 0))
            if seconds > was:
                minutes = {"minutes": _minutes(seconds), "was": _minutes(was)}
                yield self._warn("late", visit_id, None, number=self.numbers[visit_id], **minutes)
        for technician_id, detail in priced.after.routes.items():
            was = priced.before.routes[technician_id].overtime_seconds if technician_id in priced.before.routes else 0
            if detail.overtime_seconds > was:
                yield self._warn(
                    "overtime", None, technician_id, name=self.names.get(technician_id, ""),
                    minutes=_minutes(detail.overtime_seconds), was=_minutes(was),
                )  # fmt: skip
        for visit_id, visit in priced.after.visits.items():
            earlier = priced.before.visits.get(visit_id)
            had = {} if earlier is None else earlier.cost
            for term in ("outside_grid", "missed_preference", "dropped"):
                if visit.cost.get(term, 0) > had.get(term, 0):
                    grid = self.board.orders[UUID(visit_id)].grid or "–"
                    yield self._warn(
                        term, visit_id, visit.technician_id, number=self.numbers[visit_id], grid=grid,
                        name=self.names.get(visit.technician_id or "", ""),
                    )  # fmt: skip

    def _warn(self, code: str, visit_id: str | None, technician_id: str | None, **params: Any) -> Said:
        return Said(
            code=code,
            text=text(f"planning.warning.{code}", self.language, **params),
            technician_id=None if technician_id is None else UUID(technician_id),
            order_id=None if visit_id is None else UUID(visit_id),
        )


def _minutes(seconds: int) -> int:
    return -(-seconds // 60)
