"""A day as it is worked by at one moment, ready to be priced: orders, people, problem, routes and roads.

A price and the move that follows it look at the same `as_of`, and come to the same second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from uuid import UUID

from dispatch.planning.board.roads import Roads
from dispatch.planning.day.problem_builder import Prepared
from dispatch.planning.day.snapshot import Day, DayOrder, DayTechnician
from optimizer.advice.best_insertion import Inserter
from optimizer.evaluation.delta import Ledger
from optimizer.problem import Problem


@dataclass(frozen=True, slots=True)
class Key:
    """Which board: the working day, or a draft of it."""

    area_id: UUID
    on: date
    plan_id: UUID | None = None


Mark = Mapping[int, tuple[str, str]]
"""The newest changes of an area: topic and key by number."""


@dataclass(frozen=True, eq=False)
class Board:
    """A day ready to be priced. `revision` is another one for every board of this process: two boards of one revision
    are the same. `as_of` is the moment it looks at, `mark` the changes it knows of, `built` the real second (of
    `time.monotonic`) it was made in.
    """

    revision: int
    key: Key
    as_of: datetime
    mark: Mark
    built: float
    day: Day
    prepared: Prepared
    roads: Roads
    problem: Problem
    ledger: Ledger

    @cached_property
    def orders(self) -> Mapping[UUID, DayOrder]:
        """The day's open orders."""
        return {order.id: order for order in self.day.orders}

    @cached_property
    def people(self) -> Mapping[UUID, DayTechnician]:
        """The area's technicians, at work or not."""
        return {person.id: person for person in self.day.technicians}

    @cached_property
    def inserter(self) -> Inserter:
        """Finds places for the orders that wait."""
        return Inserter(self.problem, self.ledger.plan(), self.ledger)

    def works(self, technician_id: UUID) -> bool:
        """Whether somebody can still be given work that day."""
        return str(technician_id) in self.ledger.technicians

    def version(self, technician_ids: Iterable[UUID], order_id: UUID) -> str:
        """A token of what a price relies on: these routes and people, this order, this moment."""
        parts: list[object] = [self.problem.weights, self.orders[order_id].seen, self.orders[order_id].visit]
        for technician_id in sorted(technician_ids):
            person = self.people[technician_id]
            route = self.ledger.routes.get(str(technician_id))
            parts += [person.seen, person.breaks, person.place, person.done, self._worker(technician_id)]
            for visit_id in () if route is None else route.visit_ids:
                order = self.orders[UUID(visit_id)]
                parts += [visit_id, order.seen, order.visit, order.due_at, order.priority, order.urgent, order.tier]
        digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:20]
        return f"{int(self.as_of.timestamp() * 1_000_000):x}.{digest}"

    def _worker(self, technician_id: UUID) -> object:
        """A technician as the optimizer sees them, but for the numbers that places have on this board only."""
        worker = self.ledger.technicians.get(str(technician_id))
        return None if worker is None else replace(worker, start_location=None, end_location=None)


def moment_of(version: str) -> datetime | None:
    """The moment a version looks at; None for what is no version of ours."""
    try:
        return datetime.fromtimestamp(int(version.split(".")[0], 16) / 1_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
