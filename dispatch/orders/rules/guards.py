"""What must hold before an act is done, beyond status and role; pure. Each guard raises a small named error."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from dispatch.orders.enums import Status
from dispatch.orders.rules import acts
from dispatch.orders.rules.states import RULES, LonLat, OrderState
from dispatch.policies.limits import Limits
from kit.actor import Role
from kit.errors import Conflict, Forbidden, Invalid
from kit.geo import haversine_metres

TECHNICIANS_OWN = (
    acts.Accept, acts.Contact, acts.Rebook, acts.Depart, acts.Arrive, acts.NobodyHome, acts.Complete,
    acts.RequestSuspension, acts.RequestReturn, acts.Resume,
)  # fmt: skip
"""What a technician does to their own orders only. Notes and photos are kept even after the order moved on."""

MOVES = (
    acts.Accept, acts.Depart, acts.Arrive, acts.NobodyHome, acts.Complete, acts.Dispatch, acts.Reassign,
    acts.Recall, acts.AssignRework, acts.SolveRemotely, acts.ForceComplete, acts.Resume, acts.Cancel, acts.Merge,
    acts.Close, acts.Decide, acts.JoinOutage, acts.LeaveOutage, acts.EndOutage,
)  # fmt: skip
"""Acts that change the status. Their time cannot lie before the present status began."""

MOST_VAGUE = 1000.0
"""So many metres a phone's position may err and still say where somebody is; beyond, a reason says more."""


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks for an act: the role, whether it is the system (`trusted`), and the technician, if it is one."""

    role: Role
    trusted: bool = False
    technician_id: UUID | None = None


def check(
    number: str,
    state: OrderState,
    act: acts.ActBase,
    requester: Requester,
    at: datetime,
    limits: Limits,
    *,
    point: LonLat | None = None,
    accuracy: float | None = None,
) -> None:
    """Raise unless `act` may be done to this order now.

    `Forbidden` for the wrong role, `Conflict` for another owner or a status in which it is not possible (with the
    current state), `Invalid` for what the act itself lacks.
    """
    rule = RULES[type(act)]
    tag = str(type(act).__struct_config__.tag)
    if not requester.trusted and requester.role not in rule.roles:
        needed = ", ".join(sorted(role.value for role in rule.roles))
        raise Forbidden("forbidden.role", role=requester.role.value, needed=needed)
    if (
        requester.role == Role.TECHNICIAN
        and isinstance(act, TECHNICIANS_OWN)
        and state.owner_id != requester.technician_id
    ):
        raise Conflict("order.not_yours", current=summary(number, state), number=number)
    if state.status not in rule.from_:
        raise wrong_state(number, state, tag)
    _check_act(number, state, act, requester, at, limits, point, accuracy, tag)


def _check_act(
    number: str,
    state: OrderState,
    act: acts.ActBase,
    requester: Requester,
    at: datetime,
    limits: Limits,
    point: LonLat | None,
    accuracy: float | None,
    tag: str,
) -> None:
    match act:
        case acts.Dispatch():
            lead = requester.role == Role.GRID_LEAD or (requester.trusted and act.why == "grid_lead")
            if state.escalated_to_lead and not lead:
                raise Conflict("order.escalated", current=summary(number, state), number=number)
        case acts.Reassign():
            if act.technician_id == state.owner_id:
                raise Conflict("order.same_owner", current=summary(number, state), number=number)
            if state.status == Status.ON_SITE and act.why in ("plan", "not_accepted"):
                raise wrong_state(number, state, tag)
        case acts.AssignRework():
            if state.satisfied is not False:
                raise Conflict("order.not_dissatisfied", current=summary(number, state), number=number)
            if not act.reasons:
                raise Invalid("order.reason_needed", field="reasons")
        case acts.Contact():
            if act.window_start is not None or act.window_end is not None:
                check_window(act.window_start, act.window_end, at, field="windowEnd")
        case acts.Rebook():
            check_window(act.window_start, act.window_end, at, field="windowEnd")
        case acts.Arrive():
            _check_arrival(state, act, point, accuracy, limits)
        case acts.Complete():
            _check_completion(act, limits)
        case acts.SolveRemotely():
            _need(act.action, "action")
        case acts.ForceComplete() | acts.Cancel():
            _need(act.reason, "reason")
        case acts.RequestSuspension() | acts.RequestReturn():
            if state.pending_request is not None:
                raise Conflict("order.request_pending", current=summary(number, state), number=number)
            if isinstance(act, acts.RequestSuspension):
                _check_suspension(act, at, limits)
        case acts.Decide():
            _check_decision(number, state, requester, limits)
        case acts.LeaveOutage() | acts.EndOutage():
            if state.outage_id is None:
                raise wrong_state(number, state, tag)
        case acts.Close():
            _check_close(number, state, act, limits, tag)
        case _:
            pass


def check_window(start: datetime | None, end: datetime | None, at: datetime, *, field: str) -> None:
    """Raise `Invalid` unless the window has both ends, in order, and ends after `at`."""
    if start is None or end is None or start >= end or end <= at:
        raise Invalid("order.window", field=field)


def _need(text: str, field: str) -> None:
    if not text.strip():
        raise Invalid("order.text_needed", field=field)


def _check_arrival(
    state: OrderState, act: acts.Arrive, point: LonLat | None, accuracy: float | None, limits: Limits
) -> None:
    if (act.reason and act.reason.strip()) or state.point is None:
        return
    if point is None:
        raise Invalid("order.no_position", field="point")
    metres = haversine_metres(point, state.point)
    allowed = limits.arrival_radius_metres + min(accuracy or 0, MOST_VAGUE)
    if metres > allowed:
        raise Invalid("order.too_far", field="point", metres=round(metres), allowed=round(allowed))


def _check_completion(act: acts.Complete, limits: Limits) -> None:
    _need(act.cause, "cause")
    _need(act.action, "action")
    if len(set(act.photo_ids)) < limits.completion_photos:
        raise Invalid("order.photos_needed", field="photoIds", needed=limits.completion_photos)
    if act.signature_photo_id is None and not act.finish_code:
        raise Invalid("order.signature_needed", field="finishCode")
    if not act.subscriber_asked:
        raise Invalid("order.subscriber_not_asked", field="subscriberAsked")


def _check_suspension(act: acts.RequestSuspension, at: datetime, limits: Limits) -> None:
    if act.resume_at <= at:
        raise Invalid("order.resume_past", field="resumeAt")
    longest = timedelta(seconds=limits.unreachable_suspension_seconds)
    if act.reason == "unreachable" and act.resume_at - at > longest:
        raise Invalid(
            "order.unreachable_too_long", field="resumeAt", hours=limits.unreachable_suspension_seconds // 3600
        )


def _check_decision(number: str, state: OrderState, requester: Requester, limits: Limits) -> None:
    if state.pending_request is None:
        raise Conflict("order.no_request", current=summary(number, state), number=number)
    beyond = state.bounces >= limits.bounces_before_lead and state.grid_id is not None
    if state.pending_request == "return" and beyond and requester.role != Role.GRID_LEAD and not requester.trusted:
        raise Conflict("order.lead_decides", current=summary(number, state), number=number)


def _check_close(number: str, state: OrderState, act: acts.Close, limits: Limits, tag: str) -> None:
    exhausted = state.callback_attempts >= state.callback_attempts_needed
    if act.outcome == "unreachable":
        unreached = state.failed_contacts >= max(limits.unreachable_calls, state.callback_attempts_needed)
        if not (unreached or (state.status == Status.COMPLETED and exhausted)):
            raise Conflict("order.not_unreachable", current=summary(number, state), number=number)
        return
    if state.status != Status.COMPLETED:
        raise wrong_state(number, state, tag)
    if act.outcome == "satisfied" and (state.satisfied is not True or state.callback_attempts == 0):
        raise Conflict("order.not_satisfied", current=summary(number, state), number=number)
    if act.outcome == "not_reached" and (not exhausted or state.satisfied is not None):
        raise Conflict("order.attempts_left", current=summary(number, state), number=number)


def effective_time(
    occurred_at: datetime, received_at: datetime, state: OrderState, act: acts.ActBase, limits: Limits
) -> datetime:
    """The time that counts for an act. A phone's clock may be wrong.

    The result is not after the receipt, and not before the present status began. The event stores both times as well.
    Raises `Invalid` when the phone's time is too far off.
    """
    refused = timedelta(seconds=limits.clock_refused_seconds)
    if occurred_at > received_at + refused or occurred_at < state.reported_at - refused:
        raise Invalid(
            "order.clock_wrong", field="occurredAt", occurred=occurred_at.isoformat(), now=received_at.isoformat()
        )
    earliest = state.status_since if isinstance(act, MOVES) else state.reported_at
    latest = received_at + timedelta(seconds=limits.clock_skew_seconds)
    if occurred_at > latest:
        occurred_at = received_at
    return max(occurred_at, earliest)


def wrong_state(number: str, state: OrderState, tag: str) -> Conflict:
    """The error for an act that the status does not allow."""
    return Conflict(
        "order.wrong_state", current=summary(number, state), number=number, status=state.status.value, act=tag
    )


def summary(number: str, state: OrderState) -> dict[str, Any]:
    """The current state for the body of a 409 or 412. It holds no data of the subscriber."""
    return {
        "number": number,
        "status": state.status.value,
        "ownerId": str(state.owner_id) if state.owner_id else None,
        "statusSince": state.status_since.isoformat(),
        "pendingRequest": state.pending_request,
        "dueAt": state.due_at.isoformat() if state.due_at else None,
    }
