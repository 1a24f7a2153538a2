"""All SQL of orders. The queries filter by what the actor may see, so a missing check elsewhere shows nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Date, cast, exists, false, func, select, text, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.orders.enums import ACTIVE, LIVING_VISITS, Status
from dispatch.orders.models import Order, OrderEvent, OrderRequest, Photo, Subscriber, Visit
from dispatch.technicians import repository as technicians
from dispatch.technicians.models import Technician, TechnicianStatus
from grids.models import Grid, GridContract, ServiceArea
from kit.actor import Actor, Role
from kit.errors import Invalid, NotFound


def visible(actor: Actor) -> ColumnElement[bool]:
    """The orders an actor may see: their areas, their grids, their contractor's grids of the day, their own."""
    scope = actor.scope
    if actor.trusted:
        return true()
    condition: ColumnElement[bool] = true()
    if scope.areas is not None:
        condition &= Order.area_id.in_(scope.areas)
    if scope.technician is not None:
        return condition & (Order.owner_id == scope.technician)
    if scope.grids is not None:
        condition &= Order.grid_id.in_(scope.grids)
    if scope.contractor is not None:
        condition &= contractor_grid(scope.contractor)
    return condition


def contractor_grid(contractor: str) -> ColumnElement[bool]:
    """Whether the order's grid is this contractor's on the local day of the area's clock."""
    area_now = func.coalesce(
        ServiceArea.clock_area_anchor
        + func.make_interval(
            0,
            0,
            0,
            0,
            0,
            0,
            func.extract("epoch", func.now() - ServiceArea.clock_real_anchor) * ServiceArea.clock_speed,
        ),
        func.now(),
    )
    today = cast(func.timezone(ServiceArea.timezone, area_now), Date)
    return exists(
        select(GridContract.id)
        .join(ServiceArea, ServiceArea.id == Order.area_id)
        .where(
            GridContract.grid_id == Order.grid_id,
            GridContract.contractor == contractor,
            GridContract.valid.op("@>")(today),
        )
        .correlate(Order)
    )


async def get(session: AsyncSession, actor: Actor, order_id: UUID, *, lock: bool = False) -> Order:
    """An order the actor may see, locked if asked. Raises `NotFound`, for other people's orders as well."""
    query = select(Order).where(Order.id == order_id, visible(actor))
    if lock:
        query = query.with_for_update(of=Order).execution_options(populate_existing=True)
    found = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound("order.not_found", order=str(order_id))
    return found


def concerns(technician_id: UUID) -> ColumnElement[bool]:
    """The orders a technician may act on: those they own, and those they have acted on, which refuse with a reason."""
    acted = exists().where(OrderEvent.order_id == Order.id, OrderEvent.technician_id == technician_id)
    return func.coalesce(Order.owner_id == technician_id, false()) | acted


async def get_for_act(session: AsyncSession, actor: Actor, order_id: UUID) -> Order:
    """The order to act on, locked. A technician who once owned it finds it too: the act then fails with the reason."""
    query = (
        select(Order).where(Order.id == order_id).with_for_update(of=Order).execution_options(populate_existing=True)
    )
    technician = actor.scope.technician
    if actor.trusted or technician is None:
        query = query.where(visible(actor))
    else:
        query = query.where(concerns(technician))
        if actor.scope.areas is not None:
            query = query.where(Order.area_id.in_(actor.scope.areas))
    found = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound("order.not_found", order=str(order_id))
    return found


async def lock_if_free(session: AsyncSession, order_id: UUID) -> Order | None:
    """The order, locked, or None while another transaction holds it. Sweeps never wait, so they cannot deadlock."""
    query = (
        select(Order)
        .where(Order.id == order_id)
        .with_for_update(of=Order, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(query)).one_or_none()


async def event_by_client(session: AsyncSession, client_id: UUID) -> OrderEvent | None:
    """The event of a phone's act, by the phone's id of it."""
    return (await session.scalars(select(OrderEvent).where(OrderEvent.client_id == client_id))).one_or_none()


async def events(session: AsyncSession, order_id: UUID, after: int = 0, limit: int = 200) -> Sequence[OrderEvent]:
    """The events of an order after a sequence number, oldest first."""
    query = (
        select(OrderEvent)
        .where(OrderEvent.order_id == order_id, OrderEvent.sequence > after)
        .order_by(OrderEvent.sequence)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def event_times(
    session: AsyncSession, order_id: UUID, type_: str, since: datetime, *, reached: bool
) -> list[datetime]:
    """When calls of one kind (contacted, called_back) with this result happened, since an instant."""
    rows = await session.scalars(
        select(OrderEvent.occurred_at)
        .where(
            OrderEvent.order_id == order_id,
            OrderEvent.type == type_,
            OrderEvent.occurred_at >= since,
            OrderEvent.data["reached"].as_boolean() == reached,
        )
        .order_by(OrderEvent.sequence)
    )
    return list(rows)


async def urgent_since(session: AsyncSession, order: Order) -> datetime | None:
    """Since when an urgent order is urgent, where it was not from its report on."""
    if str(order.level) != "urgent":
        return None
    query = (
        select(OrderEvent.occurred_at)
        .where(
            OrderEvent.order_id == order.id,
            OrderEvent.type == "edited",
            OrderEvent.data["becameUrgent"].as_boolean().is_(True),
        )
        .order_by(OrderEvent.sequence.desc())
        .limit(1)
    )
    found: datetime | None = await session.scalar(query)
    return found


async def next_numbers(session: AsyncSession, area: ServiceArea, count: int = 1) -> list[str]:
    """The next order numbers of an area, e.g. `VANCOUVER-000123`; the area's row is held until the transaction ends."""
    last = (
        await session.execute(
            update(ServiceArea)
            .where(ServiceArea.id == area.id)
            .values(last_order_number=ServiceArea.last_order_number + count)
            .returning(ServiceArea.last_order_number)
            .execution_options(synchronize_session=False)
        )
    ).scalar_one()
    return [f"{area.code.upper()}-{number:06d}" for number in range(last - count + 1, last + 1)]


async def active_technician(session: AsyncSession, area_id: UUID, technician_id: UUID) -> bool:
    """Whether this technician is active in this area. Remembered for the transaction, since a plan asks very often."""
    known: set[tuple[UUID, UUID]] = session.info.setdefault("active_technicians", set())
    if (area_id, technician_id) in known:
        return True
    found = bool(
        await session.scalar(
            select(
                exists().where(
                    Technician.id == technician_id,
                    Technician.area_id == area_id,
                    Technician.status == TechnicianStatus.ACTIVE,
                )
            )
        )
    )
    if found:
        known.add((area_id, technician_id))
    return found


async def require_technician(session: AsyncSession, actor: Actor, technician_id: UUID) -> None:
    """Raise `Invalid` for a technician outside the actor's scope, as if they did not work here."""
    if actor.trusted or (actor.scope.grids is None and actor.scope.contractor is None):
        return
    if await technicians.one(session, actor, technician_id) is None:
        raise Invalid("order.technician", field="technicianId", technician=str(technician_id))


async def has_grid(session: AsyncSession, area_id: UUID, grid_id: UUID) -> bool:
    """Whether this is a grid of the area that is in use."""
    query = select(Grid.id).where(Grid.id == grid_id, Grid.area_id == area_id, Grid.archived_at.is_(None))
    return (await session.scalar(query)) is not None


async def pending_request(session: AsyncSession, order_id: UUID) -> OrderRequest | None:
    """The request of an order that awaits its decision."""
    return (
        await session.scalars(
            select(OrderRequest).where(OrderRequest.order_id == order_id, OrderRequest.status == "pending")
        )
    ).one_or_none()


async def others_waiting_for(session: AsyncSession, order: Order) -> Sequence[Order]:
    """The orders merged into this one, directly or through others, whose subscriber is somebody else."""
    tree = select(Order.id).where(Order.merged_into_id == order.id).cte(recursive=True)
    tree = tree.union(select(Order.id).where(Order.merged_into_id == tree.c.id))
    query = select(Order).where(
        Order.id.in_(select(tree.c.id)),
        Order.subscriber_id.is_not(None),
        Order.subscriber_id.is_distinct_from(order.subscriber_id),
    )
    return (await session.scalars(query.order_by(Order.number))).all()


async def last_suspension(session: AsyncSession, order_id: UUID) -> OrderRequest | None:
    """The approved suspension in which an order stands."""
    query = (
        select(OrderRequest)
        .where(OrderRequest.order_id == order_id, OrderRequest.kind == "suspension", OrderRequest.status == "approved")
        .order_by(OrderRequest.decided_at.desc())
        .limit(1)
    )
    return (await session.scalars(query)).one_or_none()


async def living_visit(session: AsyncSession, order_id: UUID) -> Visit | None:
    """The visit of an order that is not over. The database allows only one."""
    return (
        await session.scalars(select(Visit).where(Visit.order_id == order_id, Visit.status.in_(LIVING_VISITS)))
    ).one_or_none()


async def photos(session: AsyncSession, order_id: UUID) -> Sequence[Photo]:
    """The photos of an order, whether their files arrived or not."""
    return (await session.scalars(select(Photo).where(Photo.order_id == order_id).order_by(Photo.id))).all()


async def photos_by_id(session: AsyncSession, photo_ids: Sequence[UUID]) -> dict[UUID, Photo]:
    """Those of the photos that are known, by id."""
    rows = await session.scalars(select(Photo).where(Photo.id.in_(photo_ids)))
    return {row.id: row for row in rows}


async def photo(session: AsyncSession, actor: Actor, photo_id: UUID) -> tuple[Photo, Order]:
    """A photo of an order the actor may see. Raises `NotFound`."""
    query = select(Photo, Order).join(Order, Order.id == Photo.order_id).where(Photo.id == photo_id, visible(actor))
    found = (await session.execute(query)).one_or_none()
    if found is None:
        raise NotFound("photo.not_found", photo=str(photo_id))
    return found[0], found[1]


def sees_all_subscribers(actor: Actor) -> bool:
    """Whether the actor is the desk of whole areas: agents and dispatchers without a limit of grids or contractor."""
    scope = actor.scope
    desk = actor.role in (Role.AGENT, Role.DISPATCHER) and scope.grids is None and scope.contractor is None
    return actor.trusted or desk


def visible_subscriber(actor: Actor) -> ColumnElement[bool]:
    """The subscribers an actor may see: the desk those of its areas, others those of the orders they may see."""
    if not sees_all_subscribers(actor):
        return exists(select(Order.id).where(Order.subscriber_id == Subscriber.id, visible(actor)))
    return true() if actor.trusted or actor.scope.areas is None else Subscriber.area_id.in_(actor.scope.areas)


async def require_subscriber(session: AsyncSession, actor: Actor, area_id: UUID, subscriber_id: UUID) -> None:
    """Raise `Invalid` unless this is a subscriber of the area whom the actor may see."""
    query = select(Subscriber.id).where(
        Subscriber.id == subscriber_id, Subscriber.area_id == area_id, visible_subscriber(actor)
    )
    if await session.scalar(query) is None:
        raise Invalid("order.subscriber", field="subscriberId")


async def find_subscriber(
    session: AsyncSession,
    actor: Actor,
    area_id: UUID,
    account_number: str | None,
    name: str | None,
    phones: Sequence[str],
) -> Subscriber | None:
    """The subscriber of this account number, else of this name and one of these phones, if the actor may see them."""
    query = select(Subscriber).where(Subscriber.area_id == area_id, visible_subscriber(actor))
    if account_number:
        return (await session.scalars(query.where(Subscriber.account_number == account_number))).one_or_none()
    if not phones:
        return None
    same = Subscriber.name == name if name else Subscriber.name.is_(None)
    query = query.where(Subscriber.phones.contains([phones[0]]), same).order_by(Subscriber.id).limit(1)
    return (await session.scalars(query)).one_or_none()


async def has_other_orders(session: AsyncSession, order: Order) -> bool:
    """Whether another order has the same subscriber."""
    query = select(Order.id).where(Order.subscriber_id == order.subscriber_id, Order.id != order.id).limit(1)
    return (await session.scalar(query)) is not None


# --- sweeps -----------------------------------------------------------------------------------------------------------


async def suspensions_to_resume(session: AsyncSession, area_id: UUID, now: datetime) -> list[UUID]:
    """The orders whose approved pause is over."""
    query = select(Order.id).where(
        Order.area_id == area_id, Order.status == Status.SUSPENDED, Order.suspended_until <= now
    )
    return list((await session.scalars(query.order_by(Order.suspended_until, Order.id))).all())


async def forget_finish_codes(session: AsyncSession) -> int:
    """Take finish codes out of notices that were sent, that a newer one replaced, or whose order needs none any more.

    Returns how many. The order itself keeps only the code's hash. A notice of which nobody knows whether it went out
    keeps its code until a person has decided.
    """
    waiting = [status.value for status in ACTIVE]
    forgotten = await session.execute(
        text(
            "UPDATE notices m SET params = m.params - 'finishCode' FROM orders o"
            " WHERE o.id = m.order_id AND m.params ->> 'finishCode' IS NOT NULL"
            " AND (m.status IN ('sent', 'delivered', 'dropped') OR o.finish_code_hash IS NULL"
            " OR o.status <> ALL(CAST(:waiting AS text[]))"
            " OR EXISTS (SELECT FROM notices later WHERE later.order_id = m.order_id"
            " AND later.kind = m.kind AND (later.created_at, later.id) > (m.created_at, m.id)))"
        ),
        {"waiting": waiting},
    )
    return int(forgotten.rowcount)  # type: ignore[attr-defined]


async def overdue_windows(session: AsyncSession, area_id: UUID, before: datetime, since: datetime) -> Sequence[Order]:
    """Orders whose window ended before a moment with nobody there yet, and not before `since`."""
    query = select(Order).where(
        Order.area_id == area_id,
        Order.status.in_([Status.REPORTED, Status.DISPATCHED, Status.ACCEPTED, Status.EN_ROUTE]),
        Order.appointment_end <= before,
        Order.appointment_end > since,
    )
    return (await session.scalars(query.order_by(Order.appointment_end, Order.id))).all()
