"""The board in one answer: everybody's day as it is timed now, and what waits for a route."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from dispatch.planning.access import Sees
from dispatch.planning.board.board import Board
from dispatch.planning.board.schemas import BoardBreak, BoardOut, BoardRow, BoardStop, BoardWaiting
from dispatch.planning.board.wording import Speaker
from dispatch.planning.day.problem_builder import due_of, late_seconds
from dispatch.planning.day.timed_stops import TimedStop, timed_stops
from dispatch.planning.day.wording import reason_text
from optimizer.evaluation.evaluate import Evaluation, evaluate
from optimizer.problem import Technician


def overview(board: Board, language: str, sees_order: Sees, sees_person: Sees) -> BoardOut:
    """The whole board, cut down to what the asker may see; cost and lateness are the whole day's."""
    speaker = Speaker(board, language)
    judged = evaluate(board.problem, board.ledger.plan(), unfinished=True)
    rows = [
        _row(board, speaker, judged, person, sees_order)
        for person in board.problem.technicians
        if sees_person(UUID(person.id))
    ]
    return BoardOut(
        date=board.day.span.service_date,
        as_of=board.as_of,
        plan_id=board.key.plan_id,
        rows=sorted(rows, key=lambda row: (row.name, str(row.technician_id))),
        waiting=_waiting(board, language, sees_order),
        late_seconds=sum(
            late_seconds(board.orders[UUID(stop.visit_id)], board.day.span.instant(stop.departure))
            for route in board.ledger.routes.values()
            for stop in route.stops
        ),
        cost=speaker.terms({term: value for term, value in judged.cost.items() if value}),
    )


def _row(board: Board, speaker: Speaker, judged: Evaluation, person: Technician, sees: Sees) -> BoardRow:
    instant = board.day.span.instant
    route = board.ledger.routes.get(person.id)
    detail = judged.routes.get(person.id)
    stops = [_stop(board, judged, stop) for stop in timed_stops(board.day.span, route) if sees(stop.order_id)]
    return BoardRow(
        technician_id=UUID(person.id),
        name=person.name,
        shift_start=instant(person.shift_start),
        shift_end=instant(person.shift_end),
        overtime_seconds=0 if detail is None else detail.overtime_seconds,
        breaks=[]
        if detail is None
        else [BoardBreak(start=instant(b.start), end=instant(b.end)) for b in detail.breaks],
        stops=stops,
        end=None if route is None else instant(route.end),
        travel_seconds=0 if detail is None else detail.travel_seconds,
        work_seconds=0 if detail is None else detail.work_seconds,
        late=sum(stop.late_seconds > 0 for stop in stops),
        violations=[speaker.violation(v) for v in judged.violations if v.technician_id == person.id],
    )


def _stop(board: Board, judged: Evaluation, stop: TimedStop) -> BoardStop:
    order, visit_id = board.orders[stop.order_id], str(stop.order_id)
    due = due_of(order)
    return BoardStop(
        order_id=order.id,
        number=order.number,
        state="begun" if visit_id in board.ledger.begun[str(stop.technician_id)] else "planned",
        urgent=order.urgent,
        tier=order.tier,
        arrival=stop.arrival,
        start=stop.start,
        end=stop.end,
        told_start=None if order.visit is None else order.visit.planned_start,
        travel_seconds=stop.travel_seconds,
        waiting_seconds=judged.visits[visit_id].waiting_seconds,
        due=due,
        late_seconds=late_seconds(order, stop.end),
        slack_seconds=round((due - stop.end) / timedelta(seconds=1)),
        appointment=order.appointment,
        pin=None if order.visit is None else order.visit.pin,
    )


def _waiting(board: Board, language: str, sees: Sees) -> list[BoardWaiting]:
    reasons = {left.order_id: left for left in board.prepared.left_out}
    waiting = []
    for order in board.day.orders:
        if str(order.id) in board.ledger.where or not sees(order.id) or order.started:
            continue
        left = reasons.get(order.id)
        waiting.append(
            BoardWaiting(
                order_id=order.id,
                number=order.number,
                owner_id=order.owner_id,
                reason=None if left is None else left.reason,
                text=None if left is None else reason_text(left.reason, dict(left.params), language),
            )
        )
    return waiting
