"""Which subscriber (用户) a report belongs to, and making one record of two.

A report links a record that its author may see, or makes a new one; it changes none. Two records of one person are
merged by the desk, each order with an event of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Text, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.contacts import cleaned
from dispatch.orders.models import Order, Subscriber
from dispatch.orders.rules import acts
from dispatch.orders.service import apply
from grids.access import require_whole_area
from kit.actor import Actor, Role
from kit.errors import Conflict, Invalid, NotFound

DESK = (Role.AGENT, Role.DISPATCHER)
MOST_RECORDS = 20


@dataclass(frozen=True, slots=True)
class Record:
    """A record that may be the same person as an order's subscriber, and how many orders it has.

    `merges` is False where both have an account number. `keeps`: merged, this one stays: it alone has an account
    number, or neither has one and it has more orders.
    """

    subscriber: Subscriber
    orders: int
    merges: bool
    keeps: bool


async def with_the_same_phone(session: AsyncSession, actor: Actor, order: Order) -> list[Record]:
    """Other records with one of the phones of an order's record or contact, those with most orders first; at most 20.

    None for an order without a record. Raises `Forbidden` for anybody but the desk of the whole area.
    """
    actor.require(*DESK)
    await require_whole_area(session, actor, order.area_id)
    own = await session.get(Subscriber, order.subscriber_id) if order.subscriber_id else None
    if own is None:
        return []
    phones = cast([*order.contact_phones, *own.phones], ARRAY(Text))
    count = func.count(Order.id)
    query = (
        select(Subscriber, count)
        .outerjoin(Order, Order.subscriber_id == Subscriber.id)
        .where(
            Subscriber.area_id == order.area_id,
            or_(Subscriber.id == own.id, Subscriber.phones.bool_op("?|")(phones)),
        )
        .group_by(Subscriber.id)
        .order_by(Subscriber.id != own.id, count.desc(), Subscriber.id)
        .limit(MOST_RECORDS + 1)
    )
    (_, mine), *others = (await session.execute(query)).all()
    return [
        Record(
            one,
            orders,
            merges=not (own.account_number and one.account_number),
            keeps=bool(one.account_number) or (not own.account_number and orders > mine),
        )
        for one, orders in others
    ]


async def merge(session: AsyncSession, actor: Actor, subscriber_id: UUID, into_id: UUID) -> tuple[Subscriber, int]:
    """Make two records one: orders, phones and flags go over to `into_id`; answers it and how many orders moved.

    Raises `NotFound` for a record of another area, `Invalid` for one and the same, `Conflict` where both have an
    account number of their own, `Forbidden` for anybody but the desk of the whole area.
    """
    actor.require(*DESK)
    if subscriber_id == into_id:
        raise Invalid("subscriber.same", field="intoSubscriberId")
    query = select(Subscriber).where(Subscriber.id.in_([subscriber_id, into_id])).order_by(Subscriber.id)
    rows = {row.id: row for row in await session.scalars(query.with_for_update())}
    for one in (subscriber_id, into_id):
        if one not in rows or not (actor.trusted or actor.scope.allows_area(rows[one].area_id)):
            raise NotFound("subscriber.not_found", subscriber=str(one))
    gone, kept = rows[subscriber_id], rows[into_id]
    if gone.area_id != kept.area_id:
        raise NotFound("subscriber.not_found", subscriber=str(into_id))
    await require_whole_area(session, actor, kept.area_id)
    if gone.account_number and kept.account_number:
        raise Conflict("subscriber.two_accounts")
    orders = select(Order.id).where(Order.subscriber_id == gone.id).order_by(Order.id)
    moved = (await session.scalars(orders)).all()
    for order_id in moved:
        await apply(session, actor, order_id, acts.LinkSubscriber(subscriber_id=kept.id))
    account = kept.account_number or gone.account_number
    name, phones = kept.name or gone.name, cleaned([*kept.phones, *(p for p in gone.phones if p not in kept.phones)])
    flags = [*kept.flags, *(flag for flag in gone.flags if flag not in kept.flags)]
    await session.delete(gone)
    await session.flush()  # before its account number is taken over: an area has each one once
    kept.account_number, kept.name, kept.phones, kept.flags = account, name, phones, flags
    await session.flush()
    return kept, len(moved)
