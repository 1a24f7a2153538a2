"""Lists of orders for pages: filters, cursors, names of grids and owners, masked subscribers. One statement a page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Select, and_, or_, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.models import Unmasking
from dispatch.orders.contacts import contact_of
from dispatch.orders.events.orm_mapping import lonlat
from dispatch.orders.lists.queues import QUEUES
from dispatch.orders.lists.searching import found_by
from dispatch.orders.models import ACTIVE, OPEN, Order, OrderEvent, OrderRequest, Photo, Status, Subscriber, Tier
from dispatch.orders.repository import visible
from dispatch.orders.rules.states import allowed_acts
from dispatch.orders.rules.waiting import waiting_on, waits_on
from dispatch.orders.schemas import (
    EventOut,
    GridBrief,
    OrderOut,
    OrderPhotoOut,
    OwnerBrief,
    RequestOut,
    SubscriberMasked,
    SubscriberOut,
)
from dispatch.policies.clocks import on_site_due
from dispatch.policies.limits import Limits
from dispatch.technicians.models import Technician
from grids.models import Grid
from kit.actor import Actor, Role
from kit.errors import Forbidden, Invalid, NotFound

_GROUPS = {"open": OPEN, "active": ACTIVE}


class Filters(msgspec.Struct, kw_only=True, frozen=True):
    """The filters of a list of orders. None means no filter."""

    status: str | None = None
    """Statuses, comma separated; `open` and `active` stand for their groups."""
    grid: str | None = None
    """A grid's id or code."""
    owner: UUID | None = None
    waiting_on: str | None = None
    place: str | None = None
    """A place problem, `any` of them, or `none`."""
    q: str | None = None
    """A number, a phone's last digits, a part of an address or name, also in pinyin."""
    since: datetime | None = None
    until: datetime | None = None
    fault_type: str | None = None
    tier: str | None = None
    queue: str | None = None
    """One of `queues.QUEUES`, or `all`: what is open, and what was reported between `since` and `until`."""

    def named(self) -> str:
        """The filters as the log of exports keeps them: of the words that were looked for only that there were some."""
        set_ = {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) is not None}
        return " ".join(f"{name}={'…' if name == 'q' else value}" for name, value in set_.items())


def _selection() -> Select[Any, Any, Any, Any, Any, Any, Any]:
    return (
        select(Order, Grid.code, Grid.name, Grid.rural, Technician.name, Technician.employee_number, Subscriber)
        .outerjoin(Grid, Grid.id == Order.grid_id)
        .outerjoin(Technician, Technician.id == Order.owner_id)
        .outerjoin(Subscriber, Subscriber.id == Order.subscriber_id)
    )


async def list_orders(
    session: AsyncSession,
    actor: Actor,
    area_id: UUID,
    filters: Filters,
    *,
    now: datetime,
    limits: Limits,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[OrderOut]:
    """One page of an area's orders, the newest report first, starting behind `after` (reported at, id).

    What a replayed day has not reported yet is not in it.
    """
    query = _selection().where(
        Order.area_id == area_id,
        Order.reported_at <= now,
        visible(actor),
        *_conditions(area_id, filters, now, limits),
    )
    if filters.q and (words := filters.q.strip()):
        query = query.where(Order.id.in_(await found_by(session, actor, area_id, words)))
    if after is not None:
        query = query.where(tuple_(Order.reported_at, Order.id) < after)
    query = query.order_by(Order.reported_at.desc(), Order.id.desc()).limit(limit)
    return [order_out(row, actor, now, limits) for row in await session.execute(query)]


async def one_order(session: AsyncSession, actor: Actor, order_id: UUID, now: datetime, limits: Limits) -> OrderOut:
    """An order the actor may see, as a page shows it. Raises `NotFound`."""
    query = _selection().where(Order.id == order_id, visible(actor)).execution_options(populate_existing=True)
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound("order.not_found", order=str(order_id))
    return order_out(row, actor, now, limits)


async def after_change(session: AsyncSession, actor: Actor, order_id: UUID, now: datetime, limits: Limits) -> OrderOut:
    """An order for the person who has just changed it, even when the change moved it out of their scope."""
    query = _selection().where(Order.id == order_id).execution_options(populate_existing=True)
    return order_out((await session.execute(query)).one(), actor, now, limits)


def _conditions(area_id: UUID, filters: Filters, now: datetime, limits: Limits) -> list[Any]:
    found: list[Any] = []
    if filters.status:
        found.append(Order.status.in_(_statuses(filters.status)))
    if filters.grid:
        found.append(_grid(area_id, filters.grid))
    if filters.owner is not None:
        found.append(Order.owner_id == filters.owner)
    if filters.waiting_on:
        if filters.waiting_on not in {role.value for role in Role}:
            raise Invalid("order.filter", field="waitingOn", name="waitingOn", value=filters.waiting_on)
        found.append(waits_on(filters.waiting_on, now, limits))
    if filters.place == "any":
        found.append(Order.place_problem.is_not(None))
    elif filters.place == "none":
        found.append(Order.place_problem.is_(None))
    elif filters.place:
        found.append(Order.place_problem == filters.place)
    if filters.fault_type:
        found.append(Order.fault_type == filters.fault_type)
    if filters.tier:
        if filters.tier not in {tier.value for tier in Tier}:
            raise Invalid("order.filter", field="tier", name="tier", value=filters.tier)
        found.append(Order.tier == filters.tier)
    reported = []
    if filters.since is not None:
        reported.append(Order.reported_at >= filters.since)
    if filters.until is not None:
        reported.append(Order.reported_at < filters.until)
    if filters.queue == "all":
        return [*found, or_(Order.status.in_(OPEN), and_(true(), *reported))]
    if filters.queue:
        if filters.queue not in QUEUES:
            raise Invalid("order.filter", field="queue", name="queue", value=filters.queue)
        found.append(QUEUES[filters.queue](now, limits))
    return [*found, *reported]


def _statuses(text: str) -> list[Status]:
    wanted: list[Status] = []
    for word in text.split(","):
        try:
            wanted.extend(_GROUPS.get(word.strip()) or (Status(word.strip()),))
        except ValueError as error:
            raise Invalid("order.filter", field="status", name="status", value=word.strip()) from error
    return wanted


def _grid(area_id: UUID, text: str) -> Any:
    try:
        return Order.grid_id == UUID(text)
    except ValueError:
        coded = select(Grid.id).where(Grid.area_id == area_id, Grid.code == text, Grid.archived_at.is_(None))
        return Order.grid_id == coded.scalar_subquery()


# --- what is shown ----------------------------------------------------------------------------------------------------

_PLAIN = tuple(
    name
    for name in OrderOut.__struct_fields__
    if name not in {"point", "subscriber", "grid", "owner", "status", "waiting_on", "allowed", "on_site_due_at",
                    "outcome", "origin", "description", "access_notes"}
)  # fmt: skip


def order_out(row: Any, actor: Actor, now: datetime, limits: Limits) -> OrderOut:
    """A row of `_selection` as a page shows it."""
    order, grid_code, grid_name, rural, owner_name, employee_number, subscriber = row
    grid = GridBrief(id=order.grid_id, code=grid_code, name=grid_name) if order.grid_id else None
    owner = OwnerBrief(id=order.owner_id, name=owner_name, employee_number=employee_number) if order.owner_id else None
    return OrderOut(
        **{name: getattr(order, name) for name in _PLAIN},
        point=lonlat(order.point),
        subscriber=masked(order, subscriber) if subscriber else None,
        grid=grid,
        owner=owner,
        status=order.status.value,
        outcome=order.outcome.value if order.outcome else None,
        origin=order.origin.value,
        description=order.description,
        access_notes=order.access_notes,
        waiting_on=waiting_on(order, now, limits),
        allowed=allowed_acts(order.status, actor.role),
        on_site_due_at=on_site_due(order, order.reported_at, order.due_at, limits, rural=bool(rural)),
    )


def masked(order: Order, subscriber: Subscriber) -> SubscriberMasked:
    """Whom an order names, and its subscriber, as lists and most roles see them."""
    contact = contact_of(order, subscriber)
    return masked_record(subscriber, contact.name, contact.phones)


def masked_record(subscriber: Subscriber, name: str | None, phones: Sequence[str]) -> SubscriberMasked:
    """A record with a name and phones that are enough to recognise who it is."""
    return SubscriberMasked(
        id=subscriber.id,
        name=mask_name(name),
        phones=[mask_phone(phone) for phone in phones],
        account_number=mask_phone(subscriber.account_number) if subscriber.account_number else None,
        flags=subscriber.flags,
    )


def mask_name(name: str | None) -> str | None:
    """The first letter and two stars: 王**, L**."""
    return None if name is None else f"{name.strip()[:1]}**"


def mask_phone(phone: str) -> str:
    """The first three and last four characters, where that leaves enough hidden: 138****0001."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 10 else f"****{phone[-2:]}"


MAY_CALL = (Role.AGENT, Role.DISPATCHER, Role.GRID_LEAD, Role.TECHNICIAN)


async def unmask(session: AsyncSession, actor: Actor, order_id: UUID) -> SubscriberOut:
    """The unmasked subscriber of an order, for a person who must call now. Each look is recorded.

    Raises `Forbidden` for roles that never call and for a technician once the order is no longer under way.
    """
    actor.require(*MAY_CALL)
    query = select(Order, Subscriber).outerjoin(Subscriber, Subscriber.id == Order.subscriber_id)
    row = (await session.execute(query.where(Order.id == order_id, visible(actor)))).one_or_none()
    if row is None or row[1] is None:
        raise NotFound("order.no_subscriber", order=str(order_id))
    order, subscriber = row
    if actor.role == Role.TECHNICIAN and order.status not in ACTIVE:
        raise Forbidden("order.call_over", number=order.number)
    contact = contact_of(order, subscriber)
    session.add(Unmasking(account_id=actor.account_id, order_id=order.id))
    await session.flush()
    return SubscriberOut(
        id=subscriber.id, name=contact.name, phones=contact.phones,
        account_number=subscriber.account_number, tier=subscriber.tier, flags=subscriber.flags,
    )  # fmt: skip


_SECRET = {"finishCodeHash"}
"""Six digits are easily found from their hash."""


def event_out(event: OrderEvent) -> EventOut:
    """An event for pages: never with the finish code."""
    data = {name: value for name, value in event.data.items() if name not in _SECRET}
    if "subscriber" in (data.get("changes") or {}):
        data["changes"] = {**data["changes"], "subscriber": "–"}
    return EventOut(
        point=lonlat(event.point),
        data=data,
        **{name: getattr(event, name) for name in EventOut.__struct_fields__ if name not in ("point", "data")},
    )


def photo_out(photo: Photo) -> OrderPhotoOut:
    """A photo's data, without the file."""
    return OrderPhotoOut(
        point=lonlat(photo.point),
        **{name: getattr(photo, name) for name in OrderPhotoOut.__struct_fields__ if name != "point"},
    )


async def list_requests(
    session: AsyncSession,
    actor: Actor,
    area_id: UUID,
    *,
    now: datetime,
    limits: Limits,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[RequestOut]:
    """The pending requests, oldest first, from behind `after` (requested at, id)."""
    query = (
        select(OrderRequest, Order, Technician)
        .join(Order, Order.id == OrderRequest.order_id)
        .join(Technician, Technician.id == OrderRequest.technician_id)
        .where(Order.area_id == area_id, OrderRequest.status == "pending", visible(actor))
    )
    if after is not None:
        query = query.where(tuple_(OrderRequest.requested_at, OrderRequest.id) > after)
    query = query.order_by(OrderRequest.requested_at, OrderRequest.id).limit(limit)
    found = []
    for request, order, technician in await session.execute(query):
        waits = waiting_on(order, now, limits)
        found.append(
            RequestOut(
                id=request.id, order_id=order.id, number=order.number, kind=request.kind, reason=request.reason,
                note=request.note, photo_ids=request.photo_ids, requested_at=request.requested_at,
                technician=OwnerBrief(
                    id=technician.id, name=technician.name, employee_number=technician.employee_number
                ),
                resume_at=request.resume_at, role=waits.role.value if waits else Role.DISPATCHER.value,
                due=waits.due if waits else None,
            )
        )  # fmt: skip
    return found
