"""The price of a move before it is made: the touched routes timed anew, the cost, the rules it breaks. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dispatch.planning.board.board import Board
from kit.errors import Conflict, NotFound
from optimizer.evaluation.delta import RouteDelta
from optimizer.evaluation.evaluate import Violation

Sequences = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Move:
    """An order to a technician's route (None: off the plan), to `position` among the visits that can still be moved
    there, itself not counted (None: where it costs least).
    """

    order_id: UUID
    technician_id: UUID | None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A move and its price. `priced` is None where it cannot even be tried; `refusals` then says why.

    `sequences` are the routes it touches, as they would be.
    """

    move: Move
    version: str
    sequences: Sequences
    priced: RouteDelta | None
    refusals: tuple[Violation, ...] = ()
    reason: tuple[str, dict[str, Any]] | None = None
    holder: UUID | None = None

    @property
    def allowed(self) -> bool:
        """Whether it breaks no rule that was not broken before."""
        return self.priced is not None and not self.priced.violations


def price(board: Board, move: Move) -> Offer:
    """Price a move on a board; nothing is changed.

    Raises `NotFound` for an order that is not open or a person who is not of the area, `Conflict` for work that has
    begun.
    """
    order = board.orders.get(move.order_id)
    if order is None:
        raise NotFound("planning.not_open", order=str(move.order_id))
    if move.technician_id is not None and move.technician_id not in board.people:
        raise NotFound("technician.not_found")
    visit_id = str(order.id)
    if order.started:
        raise Conflict("planning.begun", number=order.number)
    ledger = board.ledger
    holder = ledger.where.get(visit_id)
    holder_id = None if holder is None else UUID(holder)
    touched = {person for person in (holder_id, move.technician_id) if person is not None}
    version = board.version(touched, order.id)
    out = next((left for left in board.prepared.left_out if left.order_id == order.id), None)
    if out is not None:
        return Offer(move, version, {}, None, (), (out.reason, dict(out.params)), holder_id)
    target = move.technician_id
    if target is None:
        sequences: Sequences = ledger.without(visit_id)
        return Offer(move, version, sequences, ledger.priced(sequences, force=True), (), None, holder_id)
    if not board.works(target):
        refusal = Violation("not_on_shift", str(target), visit_id)
        return Offer(move, version, {}, None, (refusal,), None, holder_id)
    if move.position is None:
        return _best(board, move, version, holder_id)
    room = len([v for v in ledger.sequence(str(target)) if v != visit_id])
    position = max(0, min(move.position, room))
    sequences = ledger.placed(visit_id, str(target), position)
    fixed = Move(order.id, target, position)
    return Offer(fixed, version, sequences, ledger.priced(sequences, force=True), (), None, holder_id)


def _best(board: Board, move: Move, version: str, holder: UUID | None) -> Offer:
    """The cheapest place in one person's route; where none keeps the rules, the cheapest that breaks fewest."""
    ledger, visit_id, target = board.ledger, str(move.order_id), str(move.technician_id)
    room = len([v for v in ledger.sequence(target) if v != visit_id])
    found: list[tuple[tuple[int, float, int], Sequences, RouteDelta]] = []
    for force in (False, True):
        for position in range(room + 1):
            sequences = ledger.placed(visit_id, target, position)
            priced = ledger.priced(sequences, force=force)
            if priced is not None and (force or not priced.violations):
                found.append(((len(priced.violations), priced.price, position), sequences, priced))
        if found:
            break
    rank, sequences, priced = min(found, key=lambda entry: entry[0])
    return Offer(Move(move.order_id, move.technician_id, rank[2]), version, sequences, priced, (), None, holder)
