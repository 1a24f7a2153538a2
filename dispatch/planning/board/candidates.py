"""Who may help with an order, what each would cost and why; and why not one particular person. Heavy: call in a thread.

The order is taken out of its route where it is in one; every price is the difference to the day as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from dispatch.planning.board.board import Board
from dispatch.planning.board.pricing import Move, price
from dispatch.planning.board.schemas import CandidateOut, CandidatesOut, EditOut, PriceOut, WhyOut
from dispatch.planning.board.wording import Speaker
from dispatch.planning.day.problem_builder import late_seconds
from dispatch.planning.day.snapshot import DayOrder
from dispatch.planning.day.timed_stops import timed_stops
from dispatch.planning.day.wording import reason_text
from kit.errors import Conflict, NotFound
from kit.i18n import text
from optimizer.advice.best_insertion import Inserter, Insertion
from optimizer.advice.explain import Relaxation, explain, say
from optimizer.evaluation.delta import Ledger

UNITS = {
    "overtime": "minutes", "later_window": "minutes", "travel_limit": "minutes", "distance_limit": "kilometres",
    "one_more_visit": "visits", "skill": "levels",
}  # fmt: skip


def candidates(board: Board, order_id: UUID, limit: int, language: str) -> CandidatesOut:
    """The best place with each technician, the cheapest `limit` of them; where there is none, what stands in the way.

    Raises `NotFound` for an order that is not open, `Conflict` for work that has begun.
    """
    speaker = Speaker(board, language)
    _may_move(board, order_id)
    out = next((left for left in board.prepared.left_out if left.order_id == order_id), None)
    if out is not None:
        said = reason_text(out.reason, dict(out.params), language)
        return CandidatesOut(order_id=order_id, as_of=board.as_of, items=[], reason=out.reason, text=said, edits=[])
    places = _places(board, str(order_id), limit)
    items = [_candidate(board, speaker, order_id, rank, place) for rank, place in enumerate(places, start=1)]
    if items:
        return CandidatesOut(order_id=order_id, as_of=board.as_of, items=items, reason=None, text=None, edits=[])
    why = explain(board.problem, board.ledger.plan(), str(order_id), ledger=_without(board, str(order_id)))
    code, detail = why.reason or ("all_full", {})
    return CandidatesOut(
        order_id=order_id,
        as_of=board.as_of,
        items=[],
        reason=code,
        text=reason_text(code, detail, language),
        edits=[edit_out(edit, speaker) for edit in why.relaxations],
    )


def why_not(board: Board, order_id: UUID, technician_id: UUID, language: str) -> WhyOut:
    """An order forced on somebody, the routes arranged anew around it, and the price of that by term.

    Raises `NotFound` for an order that is not open or somebody not at work, `Conflict` for work that has begun.
    """
    speaker = Speaker(board, language)
    order = _may_move(board, order_id)
    if not board.works(technician_id) or str(order.id) not in board.ledger.visits:
        raise NotFound("planning.not_at_work" if not board.works(technician_id) else "planning.not_open")
    answer = explain(board.problem, board.ledger.plan(), str(order_id), str(technician_id), board.ledger)
    assert answer.priced is not None  # noqa: S101 - about one technician there always is one
    priced = answer.priced
    late = speaker.late(priced)
    warnings = list(speaker.warnings(priced, late))
    return WhyOut(
        order_id=order_id,
        technician_id=technician_id,
        feasible=answer.feasible,
        cost=round(priced.price, 3),
        terms=speaker.terms(priced.terms),
        reasons=[*_reasons(board, technician_id, order.grid, priced.travel_seconds, language),
                 *(warning.text for warning in warnings)],
        violations=[speaker.violation(violation) for violation in answer.violations],
        warnings=warnings,
        travel_seconds=priced.travel_seconds,
        travel_metres=priced.distance,
        changes=list(speaker.changes(priced, late)),
        edits=[edit_out(edit, speaker) for edit in answer.relaxations],
    )  # fmt: skip


def _may_move(board: Board, order_id: UUID) -> DayOrder:
    order = board.orders.get(order_id)
    if order is None:
        raise NotFound("planning.not_open", order=str(order_id))
    if order.started:
        raise Conflict("planning.begun", number=order.number)
    return order


def _without(board: Board, visit_id: str) -> Ledger:
    """The day's ledger with the order on nobody's route."""
    edit = board.ledger.without(visit_id)
    priced = board.ledger.priced(edit, force=True) if edit else None
    if priced is None:
        return board.ledger
    ledger = Ledger(board.problem, board.ledger.plan())
    ledger.take(priced)
    return ledger


def _places(board: Board, visit_id: str, limit: int) -> list[Insertion]:
    """The best place with each of the best technicians."""
    ledger = _without(board, visit_id)
    inserter = board.inserter if ledger is board.ledger else Inserter(board.problem, ledger.plan(), ledger)
    many = 3 * limit
    while True:
        found = inserter.best(visit_id, many)
        first = {place.technician_id: place for place in reversed(found)}
        if len(first) >= limit or len(found) < many:
            return sorted(first.values(), key=lambda place: place.price)[:limit]
        many *= 3


def _candidate(board: Board, speaker: Speaker, order_id: UUID, rank: int, place: Insertion) -> CandidateOut:
    technician_id = UUID(place.technician_id)
    said: PriceOut = speaker.offer(price(board, Move(order_id, technician_id, place.position)))
    route = place.priced.routes[place.technician_id]
    assert route is not None  # noqa: S101 - it holds the visit
    stop = next(stop for stop in timed_stops(board.day.span, route) if stop.order_id == order_id)
    grid = board.orders[order_id].grid
    late = {change.order_id: change for change in said.changes if change.becomes_late}
    return CandidateOut(
        rank=rank,
        technician_id=technician_id,
        name=speaker.names[place.technician_id],
        position=place.position,
        arrival=stop.arrival,
        start=stop.start,
        end=stop.end,
        cost=said.cost,
        terms=said.terms,
        reasons=[*_reasons(board, technician_id, grid, said.travel_seconds, speaker.language),
                 *(warning.text for warning in said.warnings)],
        late_seconds=late_seconds(board.orders[order_id], stop.end),
        becomes_late=list(late),
        travel_seconds=said.travel_seconds,
        travel_metres=said.travel_metres,
        holder=board.ledger.where.get(str(order_id)) == place.technician_id,
        version=said.version,
    )  # fmt: skip


def _reasons(board: Board, technician_id: UUID, grid: str | None, seconds: int, language: str) -> Iterator[str]:
    """What speaks for or against somebody, beside the warnings."""
    role = board.people[technician_id].grids.get(grid or "")
    if role is not None:
        yield text("planning.because.contract", language, role=role, grid=grid)
    code = "planning.because.drive_more" if seconds >= 0 else "planning.because.drive_less"
    yield text(code, language, minutes=-(-abs(seconds) // 60))


def edit_out(edit: Relaxation, speaker: Speaker) -> EditOut:
    """A change that would make it fit, in words."""
    return EditOut(
        kind=edit.kind,
        text=say(edit, speaker.language, speaker.names),
        technician_id=None if edit.technician_id is None else UUID(edit.technician_id),
        amount=edit.amount,
        unit=UNITS.get(edit.kind),
    )
