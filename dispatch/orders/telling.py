"""What subscribers are told of an order (通知): which act is worth a notice, and what it says.

Each notice is written in the transaction of its act, named by the act's event, so that a repeated act tells nothing
twice. What was not sent yet and is no longer so is overtaken: a window by the next one, everything about a visit by its
end.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.notices.outbox import Told, language_of, overtake, write
from dispatch.orders import repository
from dispatch.orders.contacts import contact_of
from dispatch.orders.models import Order, OrderEvent, Origin, Status, Subscriber
from dispatch.orders.rules import acts
from dispatch.orders.rules.states import OrderState
from dispatch.policies.models import ReasonKind
from dispatch.policies.service import policy_at, reason
from dispatch.technicians.models import Technician
from grids.models import ServiceArea
from grids.service import area_by_id

OWNER, WINDOW, PAUSE, OUTAGE = "owner", "window", "pause", "outage"
_TOPICS = {
    "received": OWNER, "dispatched": OWNER, "appointed": WINDOW, "changed": WINDOW, "on_the_way": WINDOW,
    "delayed": WINDOW, "suspended": PAUSE, "unreachable": WINDOW,
    "outage_known": OUTAGE, "outage_moved": OUTAGE, "outage_over": OUTAGE,
}  # fmt: skip
_ENDED = (Status.COMPLETED, Status.CLOSED, Status.CANCELLED, Status.MERGED)
_SOON = timedelta(hours=1)
_DAY = timedelta(days=1)


async def tell(
    session: AsyncSession,
    order: Order,
    kind: str,
    at: datetime,
    cause: str,
    *,
    stale_at: datetime | None = None,
    **values: Any,
) -> None:
    """Write a notice about an order to whom its report names first. Imported history is told nobody."""
    if order.origin is Origin.HISTORY:
        return
    subscriber = await session.get(Subscriber, order.subscriber_id) if order.subscriber_id else None
    phones = contact_of(order, subscriber).phones
    area = await area_by_id(session, order.area_id)
    told = Told(
        kind, cause, {"number": order.number, **values}, order_id=order.id, phone=phones[0] if phones else None,
        topic=_TOPICS.get(kind), stale_at=stale_at,
    )  # fmt: skip
    await session.flush()  # the order itself may be new
    await write(session, area, told, at)


async def tell_of(
    session: AsyncSession,
    order: Order,
    before: OrderState,
    after: OrderState,
    act: acts.ActBase,
    event: OrderEvent,
    at: datetime,
    finish_code: str | None,
) -> None:
    """The notice that an act causes, if it causes one; and what it overtakes."""
    cause = str(event.id)
    if after.status in _ENDED and before.status not in _ENDED:
        await overtake(session, order.id, {OWNER, WINDOW, PAUSE})
    match act:
        case acts.Dispatch() | acts.AssignRework():
            who = await _who(session, order)
            await tell(session, order, "dispatched", at, cause, technician=who, finishCode=finish_code)
        case acts.Recall():
            await overtake(session, order.id, {OWNER})
        case acts.Contact() | acts.Rebook():
            await _window(session, order, before, at, cause)
        case acts.Depart():
            who = await _who(session, order)
            await tell(session, order, "on_the_way", at, cause, stale_at=at + _SOON, technician=who)
        case acts.Arrive():
            await overtake(session, order.id, {WINDOW})
        case acts.Decide() if after.status is Status.SUSPENDED and before.status is not Status.SUSPENDED:
            await overtake(session, order.id, {WINDOW})
            await _suspended(session, order, at, cause)
        case acts.Complete() | acts.SolveRemotely():
            await tell(session, order, "done", at, cause)
        case acts.Cancel():
            await tell(session, order, "cancelled", at, cause)
        case acts.Close() if act.outcome != "satisfied":
            await tell(session, order, "not_reached", at, cause)
        case _:
            pass


async def _who(session: AsyncSession, order: Order) -> str:
    owner = await session.get(Technician, order.owner_id) if order.owner_id else None
    return f"{owner.name} ({owner.employee_number})" if owner else "–"


async def _window(session: AsyncSession, order: Order, before: OrderState, at: datetime, cause: str) -> None:
    start, end = order.appointment_start, order.appointment_end
    if start is None or end is None or (start, end) == (before.appointment_start, before.appointment_end):
        return
    kind = "appointed" if before.appointment_start is None else "changed"
    area = await area_by_id(session, order.area_id)
    await tell(session, order, kind, at, cause, stale_at=end, **window_words(area, start, end))


async def _suspended(session: AsyncSession, order: Order, at: datetime, cause: str) -> None:
    area = await area_by_id(session, order.area_id)
    until = order.suspended_until or at
    why = await reason(session, area.id, ReasonKind.SUSPENSION, order.suspension_reason or "other")
    words = why.zh if language_of(area) == "zh" else why.en
    day = window_words(area, until, until)["day"]
    await tell(session, order, "suspended", at, cause, stale_at=until, reason=words, day=day)


def window_words(area: ServiceArea, start: datetime, end: datetime) -> dict[str, str]:
    """A window in the area's language and local time: day, from, to."""
    zone = ZoneInfo(area.timezone)
    first, last = start.astimezone(zone), end.astimezone(zone)
    day = f"{first.month}月{first.day}日" if language_of(area) == "zh" else f"{first:%a} {first.day} {first:%b}"
    return {"day": day, "from": f"{first:%H:%M}", "to": f"{last:%H:%M}"}


async def tell_delayed(session: AsyncSession, area: ServiceArea) -> int:
    """Tell everybody of an area whose window is over by the policy's time with nobody there; returns of how many."""
    now = area.clock.now()
    limits = (await policy_at(session, area.id, now)).limits
    late = await repository.overdue_windows(
        session, area.id, now - timedelta(seconds=limits.delay_told_seconds), now - _DAY
    )
    for order in late:
        start, end = order.appointment_start, order.appointment_end
        assert start is not None and end is not None  # noqa: S101, PT018 - the query asks for it
        cause = f"late-{end.isoformat()}"
        await tell(session, order, "delayed", now, cause, stale_at=now + 2 * _SOON, **window_words(area, start, end))
    return len(late)
