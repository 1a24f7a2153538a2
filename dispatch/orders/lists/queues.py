"""The queues of the console as SQL conditions over `orders`.

The page asks the same of the orders it holds, since time passes there without a request. Both sides are tested with the
cases of `tests/dispatch/orders/queue_cases.json`: change a queue there first.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select

from dispatch.orders.enums import ACTIVE, LIVING_VISITS, OPEN, Level, Status
from dispatch.orders.models import Order, Visit
from dispatch.policies.limits import Limits

SOON = timedelta(hours=1)
"""Work that is due within this time is at risk."""
_WORKING = Order.status.in_((Status.REPORTED, *ACTIVE))


def _promised(limits: Limits) -> ColumnElement[datetime]:
    """The due time of an order. Before the first dispatch it is the time by which it must be dispatched."""
    dispatch = case((Order.status == Status.REPORTED, Order.status_since + timedelta(seconds=limits.dispatch_seconds)))
    return func.coalesce(Order.due_at, dispatch)


def _at_risk(now: datetime, limits: Limits) -> ColumnElement[bool]:
    due = _promised(limits)
    planned_late = exists(
        select(Visit.id)
        .where(
            Visit.order_id == Order.id,
            Visit.status.in_(LIVING_VISITS),
            Visit.planned_end > Order.due_at,
        )
        .correlate(Order)
    )
    soon = or_(due < now + SOON, planned_late)
    return and_(_WORKING, Order.status != Status.SUSPENDED, due >= now, soon)


QUEUES: dict[str, Callable[[datetime, Limits], ColumnElement[bool]]] = {
    "open": lambda _now, _limits: Order.status.in_(OPEN),
    "unassigned": lambda _now, _limits: and_(_WORKING, Order.owner_id.is_(None)),
    "at_risk": _at_risk,
    "late": lambda now, limits: and_(_WORKING, _promised(limits) < now),
    "urgent": lambda _now, _limits: and_(_WORKING, Order.level == Level.URGENT),
    "bounced": lambda _now, _limits: and_(_WORKING, or_(Order.bounces > 0, Order.escalated_to_lead)),
}
