"""Who must act next on an order, by when, and why.

`waiting_on` answers for one order, `waiting_role` is the same rule in SQL for lists. A test holds the two together.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, and_, case, false, literal, null, or_

from dispatch.orders.enums import ACTIVE, OPEN, Status
from dispatch.orders.models import Order
from dispatch.policies.limits import Limits
from kit.actor import Role


class WaitingOn(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """Who must act, why (`reason`, a stable code), since when and until when. `due` is None when no time is set."""

    role: Role
    reason: str
    since: datetime
    due: datetime | None


class Waits(Protocol):
    """The columns of an order that the rule reads. A stored order and an `OrderState` both have them."""

    status: Status
    status_since: datetime
    reported_at: datetime
    grid_id: UUID | None
    place_problem: str | None
    owner_id: UUID | None
    accept_due_at: datetime | None
    accepted_at: datetime | None
    contacted_at: datetime | None
    contact_due_at: datetime | None
    appointment_end: datetime | None
    due_at: datetime | None
    technician_due_at: datetime | None
    suspended_until: datetime | None
    suspension_reason: str | None
    pending_request: str | None
    pending_since: datetime | None
    escalated_to_lead: bool
    bounces: int
    completed_at: datetime | None
    callback_attempts: int
    callback_attempts_needed: int
    callback_due_at: datetime | None
    callback_reached: bool | None
    satisfied: bool | None


def waiting_on(order: Waits, now: datetime, limits: Limits) -> WaitingOn | None:
    """Who must act next. None when nobody has to act on this order any more."""
    if order.pending_request is not None and order.status in ACTIVE:
        seconds = (
            limits.suspension_approval_seconds
            if order.pending_request == "suspension"
            else limits.return_approval_seconds
        )
        since = order.pending_since or order.status_since
        lead = (
            order.pending_request == "return"
            and order.bounces >= limits.bounces_before_lead
            and order.grid_id is not None
        )
        return _waits(
            Role.GRID_LEAD if lead else Role.DISPATCHER,
            f"decide_{order.pending_request}",
            since,
            since + timedelta(seconds=seconds),
        )
    match order.status:
        case Status.REPORTED:
            return _reported(order, limits)
        case Status.DISPATCHED:
            if order.accept_due_at is not None and order.accept_due_at <= now:
                return _waits(Role.DISPATCHER, "reassign", order.accept_due_at, order.accept_due_at)
            return _waits(Role.TECHNICIAN, "accept", order.status_since, order.accept_due_at)
        case Status.ACCEPTED if order.contacted_at is None:
            return _waits(Role.TECHNICIAN, "contact", order.accepted_at or order.status_since, order.contact_due_at)
        case Status.ACCEPTED:
            due = order.appointment_end or order.technician_due_at
            return _waits(Role.TECHNICIAN, "visit", order.status_since, due)
        case Status.EN_ROUTE:
            return _waits(
                Role.TECHNICIAN, "arrive", order.status_since, order.appointment_end or order.technician_due_at
            )
        case Status.ON_SITE:
            return _waits(Role.TECHNICIAN, "complete", order.status_since, order.technician_due_at)
        case Status.SUSPENDED:
            return _suspended(order, now)
        case Status.COMPLETED | Status.CANCELLED:
            return _to_call_back(order)
        case _:
            return None


def _waits(role: Role, reason: str, since: datetime, due: datetime | None) -> WaitingOn:
    return WaitingOn(role=role, reason=reason, since=since, due=due)


def _reported(order: Waits, limits: Limits) -> WaitingOn:
    due = order.status_since + timedelta(seconds=limits.dispatch_seconds)
    if order.grid_id is None:
        return _waits(Role.DISPATCHER, "place", order.status_since, due)
    if order.escalated_to_lead:
        return _waits(Role.GRID_LEAD, "take_or_assign", order.status_since, due)
    return _waits(Role.DISPATCHER, "dispatch", order.status_since, due)


def _suspended(order: Waits, now: datetime) -> WaitingOn:
    if order.suspended_until is not None and order.suspended_until <= now:
        return _waits(Role.DISPATCHER, "resume", order.suspended_until, order.suspended_until)
    if order.suspension_reason == "unreachable":
        return _waits(Role.AGENT, "verify_unreachable", order.status_since, order.suspended_until)
    return _waits(Role.TECHNICIAN, "suspended", order.status_since, order.suspended_until)


def _to_call_back(order: Waits) -> WaitingOn | None:
    if order.status == Status.CANCELLED:
        # Cancelled stays cancelled; it only owes the subscriber a call.
        if order.callback_reached or order.callback_attempts >= order.callback_attempts_needed:
            return None
        return _waits(Role.AGENT, "call_back", order.status_since, order.callback_due_at)
    if order.satisfied is False:
        return _waits(Role.GRID_LEAD, "rework", order.status_since, order.callback_due_at)
    if order.satisfied or order.callback_attempts >= order.callback_attempts_needed:
        return _waits(Role.AGENT, "close", order.status_since, order.callback_due_at)
    return _waits(Role.AGENT, "call_back", order.status_since, order.callback_due_at)


def waiting_role(now: datetime, limits: Limits) -> ColumnElement[str | None]:
    """`waiting_on(order, now, limits).role` as SQL over `orders`; null where it is None."""
    active = Order.status.in_(ACTIVE)
    pending = and_(active, Order.pending_request.is_not(None))
    leads = and_(
        Order.pending_request == "return", Order.bounces >= limits.bounces_before_lead, Order.grid_id.is_not(None)
    )
    called = or_(Order.callback_reached.is_(True), Order.callback_attempts >= Order.callback_attempts_needed)
    return case(
        (and_(pending, leads), literal(Role.GRID_LEAD.value)),
        (pending, literal(Role.DISPATCHER.value)),
        (
            and_(Order.status == Status.REPORTED, Order.escalated_to_lead, Order.grid_id.is_not(None)),
            literal(Role.GRID_LEAD.value),
        ),
        (Order.status == Status.REPORTED, literal(Role.DISPATCHER.value)),
        (and_(Order.status == Status.DISPATCHED, Order.accept_due_at <= now), literal(Role.DISPATCHER.value)),
        (and_(Order.status == Status.SUSPENDED, Order.suspended_until <= now), literal(Role.DISPATCHER.value)),
        (
            and_(Order.status == Status.SUSPENDED, Order.suspension_reason == "unreachable"),
            literal(Role.AGENT.value),
        ),
        (active, literal(Role.TECHNICIAN.value)),
        (and_(Order.status == Status.COMPLETED, Order.satisfied.is_(False)), literal(Role.GRID_LEAD.value)),
        (Order.status == Status.COMPLETED, literal(Role.AGENT.value)),
        (and_(Order.status == Status.CANCELLED, ~called), literal(Role.AGENT.value)),
        else_=null(),
    )


def waits_on(role: str, now: datetime, limits: Limits) -> ColumnElement[bool]:
    """The condition for orders that wait on this role."""
    if role not in {known.value for known in Role}:
        return false()
    # The status condition lets the partial set of open orders be found by index before the case is asked.
    return and_(Order.status.in_((*OPEN, Status.CANCELLED)), waiting_role(now, limits) == role)
