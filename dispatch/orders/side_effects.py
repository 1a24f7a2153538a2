"""Changes of other tables that an act causes: visits, requests, photos, and edits of the report.

`service` calls it after the new state is written to the order.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders import repository
from dispatch.orders.contacts import cleaned
from dispatch.orders.models import (
    Kind,
    Level,
    Order,
    OrderRequest,
    Photo,
    Status,
    Subscriber,
    Tier,
    Visit,
    VisitStatus,
)
from dispatch.orders.rules import acts
from dispatch.orders.rules.states import OrderState
from dispatch.policies.service import fault_type
from kit.actor import Actor
from kit.errors import Conflict, Invalid

_WORDS = ("description", "address", "access_notes", "product", "network_node", "district_hint")
_EDITABLE = {*_WORDS, "kind", "level", "tier", "fault_type", "service_seconds", "priority", "subscriber"}


async def apply_side_effects(
    session: AsyncSession,
    actor: Actor,
    order: Order,
    before: OrderState,
    after: OrderState,
    act: acts.ActBase,
    at: datetime,
    technician_id: UUID | None,
) -> None:
    """Update visits, requests, photos and the report after an act. Raises `Conflict` for a photo of another order."""
    await _update_visits(session, order, before, after, act, at)
    await _update_requests(session, actor, order, before, after, act, at, technician_id)
    await _update_photos(session, order, act, technician_id)
    if isinstance(act, acts.Edit):
        await _edit(session, order, act)
    if isinstance(act, acts.LinkSubscriber):
        order.subscriber_id = act.subscriber_id
    if isinstance(act, acts.Complete) and order.reopens_id is not None and not after.reworks:
        order.repeat_of_id = None if after.rework_of_technician_id else order.reopens_id
    if isinstance(act, acts.Place) and act.address:
        order.address = act.address
    if isinstance(act, acts.Edit | acts.Place) and actor.account_id is not None:
        order.edited_by_person = True


# --- visits -----------------------------------------------------------------------------------------------------------


async def _update_visits(
    session: AsyncSession, order: Order, before: OrderState, after: OrderState, act: acts.ActBase, at: datetime
) -> None:
    """Start, end or cancel the order's visit. An order has at most one visit that is not over, its owner's."""
    if isinstance(act, acts.Depart):
        visit = await repository.living_visit(session, order.id)
        if visit is None and after.owner_id is not None:
            visit = Visit(order_id=order.id, technician_id=after.owner_id)
            session.add(visit)
        if visit is not None:
            visit.status, visit.departed_at = VisitStatus.EN_ROUTE, at
        return
    if isinstance(act, acts.Arrive):
        visit = await repository.living_visit(session, order.id)
        if visit is not None:
            visit.status, visit.arrived_at = VisitStatus.ON_SITE, at
        return
    if after.status == before.status and not isinstance(act, acts.Reassign):
        return
    if isinstance(act, acts.Accept | acts.Dispatch | acts.Resume | acts.RecordCallback):
        return
    visit = await repository.living_visit(session, order.id)
    if visit is not None:
        started = visit.status != VisitStatus.PLANNED
        if isinstance(act, acts.Complete):
            visit.status = VisitStatus.DONE
        else:
            visit.status = VisitStatus.BROKEN_OFF if started else VisitStatus.CANCELLED
        visit.ended_at = at
        # Before anybody plans the next one in this transaction: the database allows one living visit an order.
        await session.flush()


# --- requests ---------------------------------------------------------------------------------------------------------


async def _update_requests(
    session: AsyncSession,
    actor: Actor,
    order: Order,
    before: OrderState,
    after: OrderState,
    act: acts.ActBase,
    at: datetime,
    technician_id: UUID | None,
) -> None:
    if isinstance(act, acts.RequestSuspension | acts.RequestReturn):
        suspension = isinstance(act, acts.RequestSuspension)
        session.add(
            OrderRequest(
                order_id=order.id,
                kind="suspension" if suspension else "return",
                technician_id=technician_id,
                reason=act.reason,
                note=act.note,
                photo_ids=[str(photo) for photo in act.photo_ids],
                requested_at=at,
                resume_at=act.resume_at if isinstance(act, acts.RequestSuspension) else None,
            )
        )
        return
    if before.pending_request is None or after.pending_request is not None:
        return
    request = await repository.pending_request(session, order.id)
    if request is None:
        return
    if isinstance(act, acts.Decide):
        request.status = "approved" if act.approved else "refused"
        request.decision_note = act.note
    else:
        request.status = "withdrawn"
    request.decided_by, request.decided_at = actor.account_id, at


# --- photos -----------------------------------------------------------------------------------------------------------


async def _update_photos(session: AsyncSession, order: Order, act: acts.ActBase, technician_id: UUID | None) -> None:
    """Add a row for each photo that the act names. The file may arrive before or after the act."""
    announced: dict[UUID, str] = {}
    match act:
        case acts.Complete():
            announced = dict.fromkeys(act.photo_ids, "after")
            if act.signature_photo_id is not None:
                announced[act.signature_photo_id] = "signature"
        case acts.RequestSuspension() | acts.RequestReturn() | acts.NobodyHome():
            announced = dict.fromkeys(act.photo_ids, "evidence")
        case acts.Attach():
            announced = {act.photo_id: act.kind}
        case _:
            return
    known = await repository.photos_by_id(session, list(announced))
    for photo_id, kind in announced.items():
        if photo_id not in known:
            session.add(Photo(id=photo_id, order_id=order.id, technician_id=technician_id, kind=kind))
        elif known[photo_id].order_id != order.id:
            raise Conflict("photo.other_order", photo=str(photo_id))


# --- corrections -----------------------------------------------------------------------------------------------------


async def _edit(session: AsyncSession, order: Order, act: acts.Edit) -> None:
    """Correct what was reported. Raises `Invalid` for a field that is not the report's or a value it cannot hold."""
    if unknown := sorted(set(act.changes) - _EDITABLE):
        raise Invalid("order.edit_field", field=unknown[0], name=unknown[0])
    if order.status not in (Status.REPORTED, Status.DISPATCHED) and {"kind", "level", "tier"} & set(act.changes):
        # The promise was made by these; changing them afterwards would change a due time in hindsight.
        raise Conflict("order.edit_late", number=order.number)
    for name, value in act.changes.items():
        if name in _WORDS:
            setattr(order, name, None if value is None else str(value))
        elif name in ("service_seconds", "priority"):
            if not isinstance(value, int) or value < 0:
                raise Invalid("order.edit_value", field=name, name=name, value=str(value))
            setattr(order, name, value)
        elif name == "subscriber":
            await _edit_contact(session, order, value)
        else:
            await _edit_choice(session, order, name, str(value))


async def _edit_choice(session: AsyncSession, order: Order, name: str, value: str) -> None:
    try:
        if name == "kind":
            order.kind = Kind(value)
        elif name == "level":
            order.level = Level(value)
        elif name == "tier":
            order.tier = Tier(value)
    except ValueError as error:
        raise Invalid("order.edit_value", field=name, name=name, value=value) from error
    if name == "fault_type":
        fault = await fault_type(session, order.area_id, value)
        order.fault_type, order.skill, order.skill_level = fault.code, fault.skill, fault.skill_level
        order.service_seconds = fault.service_seconds


async def _edit_contact(session: AsyncSession, order: Order, value: Any) -> None:
    """Correct whom the order names. A record that is this order's alone follows; any other stays as it is."""
    if not isinstance(value, dict) or set(value) - {"name", "phones"}:
        raise Invalid("order.edit_value", field="subscriber", name="subscriber", value="–")
    order.contact_name = value.get("name", order.contact_name)
    order.contact_phones = cleaned([str(phone) for phone in value.get("phones", order.contact_phones)])
    subscriber = await session.get(Subscriber, order.subscriber_id) if order.subscriber_id else None
    if subscriber is None:
        subscriber = Subscriber(area_id=order.area_id, phones=[], tier=order.tier, flags=[])
        session.add(subscriber)
        await session.flush()
        order.subscriber_id = subscriber.id
    elif subscriber.account_number or await repository.has_other_orders(session, order):
        return
    subscriber.name, subscriber.phones = order.contact_name, order.contact_phones
