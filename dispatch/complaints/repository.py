"""The SQL of complaints and supervisions. Queries filter by what the actor may see."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, any_, exists, func, literal, or_, select, text, true
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.models import Account, AccountStatus
from dispatch.complaints.models import (
    Complaint,
    ComplaintEvent,
    ComplaintLink,
    ComplaintStatus,
    ComplaintWarning,
    Source,
    Supervision,
    SupervisionStatus,
)
from dispatch.orders.models import Order
from dispatch.orders.repository import visible as visible_order
from dispatch.technicians.models import Technician
from grids.access import is_limited
from kit.actor import Actor, Role
from kit.errors import NotFound


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list of complaints is cut down to."""

    status: str | None = None
    """One status, or `unfinished`."""
    source: str | None = None
    owner_id: UUID | None = None
    late: bool = False
    order_id: UUID | None = None
    q: str | None = None


def visible(actor: Actor) -> ColumnElement[bool]:
    """The complaints of the actor's areas; whoever is limited to a part sees those about orders they may see."""
    if actor.trusted:
        return true()
    condition: ColumnElement[bool] = true()
    if actor.scope.areas is not None:
        condition = Complaint.area_id.in_(actor.scope.areas)
    if is_limited(actor) or actor.scope.technician is not None:
        mine = select(Order.id).where(Order.id == Complaint.order_id, visible_order(actor))
        condition &= exists(mine.correlate(Complaint))
    return condition


def visible_supervision(actor: Actor) -> ColumnElement[bool]:
    """The supervisions an actor may see: about an order or a complaint they may see."""
    if actor.trusted:
        return true()
    condition: ColumnElement[bool] = true()
    if actor.scope.areas is not None:
        condition = Supervision.area_id.in_(actor.scope.areas)
    if is_limited(actor) or actor.scope.technician is not None:
        mine = select(Order.id).where(Order.id == Supervision.order_id, visible_order(actor))
        of_order = exists(mine.correlate(Supervision))
        theirs = select(Complaint.id).where(Complaint.id == Supervision.complaint_id, visible(actor))
        of_complaint = exists(theirs.correlate(Supervision))
        condition &= or_(of_order, of_complaint)
    return condition


async def get(session: AsyncSession, actor: Actor, complaint_id: UUID, *, lock: bool = False) -> Complaint:
    """A complaint the actor may see. Raises `NotFound`."""
    query = select(Complaint).where(Complaint.id == complaint_id, visible(actor))
    if lock:
        query = query.with_for_update(of=Complaint).execution_options(populate_existing=True)
    found = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound("complaint.not_found")
    return found


async def supervision(session: AsyncSession, actor: Actor, supervision_id: UUID, *, lock: bool = False) -> Supervision:
    """A supervision the actor may see. Raises `NotFound`."""
    query = select(Supervision).where(Supervision.id == supervision_id, visible_supervision(actor))
    if lock:
        query = query.with_for_update(of=Supervision).execution_options(populate_existing=True)
    found = (await session.scalars(query)).one_or_none()
    if found is None:
        raise NotFound("supervision.not_found")
    return found


def is_late(now: datetime) -> ColumnElement[bool]:
    """Complaints of which a due time has passed."""
    return or_(
        and_(Complaint.acknowledged_at.is_(None), Complaint.acknowledge_due_at < now),
        and_(Complaint.answered_at.is_(None), Complaint.answer_due_at < now),
        and_(Complaint.rectified_at.is_(None), Complaint.rectify_due_at < now),
    )


async def listed(
    session: AsyncSession, actor: Actor, area_id: UUID, asked: Asked, now: datetime,
    *, after: tuple[datetime, UUID] | None, limit: int,
) -> list[Any]:  # fmt: skip
    """(complaint, owner's name, order's number, technician's name), the newest first."""
    query = (
        select(Complaint, Account.name, Order.number, Technician.name)
        .outerjoin(Account, Account.id == Complaint.owner_id)
        .outerjoin(Order, Order.id == Complaint.order_id)
        .outerjoin(Technician, Technician.id == Complaint.technician_id)
        .where(Complaint.area_id == area_id, visible(actor))
    )
    if asked.status == "unfinished":
        query = query.where(Complaint.status != ComplaintStatus.CLOSED)
    elif asked.status:
        query = query.where(Complaint.status == asked.status)
    if asked.source:
        query = query.where(Complaint.source == asked.source)
    if asked.owner_id is not None:
        query = query.where(Complaint.owner_id == asked.owner_id)
    if asked.order_id is not None:
        linked = exists(select(ComplaintLink.ref).where(ComplaintLink.complaint_id == Complaint.id,
                                                        ComplaintLink.ref == asked.order_id))  # fmt: skip
        query = query.where(or_(Complaint.order_id == asked.order_id, linked))
    if asked.late:
        query = query.where(is_late(now))
    if asked.q:
        like = f"%{asked.q.replace('%', '').replace('_', '')}%"
        query = query.where(
            or_(Complaint.number.ilike(like), Order.number.ilike(like), Complaint.external_number.ilike(like))
        )
    if after is not None:
        query = query.where(func.row(Complaint.received_at, Complaint.id) < func.row(*after))
    rows = await session.execute(query.order_by(Complaint.received_at.desc(), Complaint.id.desc()).limit(limit))
    return list(rows.all())


async def one(session: AsyncSession, complaint_id: UUID) -> Any:
    """The same of one complaint."""
    query = (
        select(Complaint, Account.name, Order.number, Technician.name)
        .outerjoin(Account, Account.id == Complaint.owner_id)
        .outerjoin(Order, Order.id == Complaint.order_id)
        .outerjoin(Technician, Technician.id == Complaint.technician_id)
        .where(Complaint.id == complaint_id)
    )
    return (await session.execute(query)).one()


async def supervisions(
    session: AsyncSession, actor: Actor, area_id: UUID, *, unfinished: bool, order_id: UUID | None,
    complaint_id: UUID | None, limit: int = 200,
) -> list[Any]:  # fmt: skip
    """(supervision, order's number, complaint's number, who opened it), the first due first."""
    query = (
        select(Supervision, Order.number, Complaint.number, Account.name)
        .outerjoin(Order, Order.id == Supervision.order_id)
        .outerjoin(Complaint, Complaint.id == Supervision.complaint_id)
        .outerjoin(Account, Account.id == Supervision.opened_by)
        .where(Supervision.area_id == area_id, visible_supervision(actor))
    )
    if unfinished:
        query = query.where(Supervision.status != SupervisionStatus.CLOSED)
    if order_id is not None:
        query = query.where(Supervision.order_id == order_id)
    if complaint_id is not None:
        query = query.where(Supervision.complaint_id == complaint_id)
    return list((await session.execute(query.order_by(Supervision.due_at, Supervision.id).limit(limit))).all())


async def one_supervision(session: AsyncSession, supervision_id: UUID) -> Any:
    """The same of one supervision."""
    query = (
        select(Supervision, Order.number, Complaint.number, Account.name)
        .outerjoin(Order, Order.id == Supervision.order_id)
        .outerjoin(Complaint, Complaint.id == Supervision.complaint_id)
        .outerjoin(Account, Account.id == Supervision.opened_by)
        .where(Supervision.id == supervision_id)
    )
    return (await session.execute(query)).one()


async def story(session: AsyncSession, *, complaint_id: UUID | None = None, supervision_id: UUID | None = None) -> Any:
    """What was done, oldest first, with the name of who did it."""
    which = (
        ComplaintEvent.complaint_id == complaint_id
        if complaint_id is not None
        else ComplaintEvent.supervision_id == supervision_id
    )
    query = select(ComplaintEvent, Account.name).outerjoin(Account, Account.id == ComplaintEvent.by).where(which)
    return (await session.execute(query.order_by(ComplaintEvent.at, ComplaintEvent.id))).all()


_LINKS = text("""
SELECT l.kind, l.ref, o.id AS order_id, o.number AS order_number, coalesce(a.at, e.occurred_at) AS at
FROM complaint_links l
LEFT JOIN callback_attempts a ON l.kind = 'call' AND a.id = l.ref
LEFT JOIN order_events e ON l.kind = 'event' AND e.id = l.ref
JOIN orders o ON o.id = coalesce(a.order_id, e.order_id, l.ref)
WHERE l.complaint_id = :complaint ORDER BY l.kind, at, o.number, l.ref
""")


async def links(session: AsyncSession, complaint_id: UUID) -> Sequence[Row[Any]]:
    """What else a complaint is about: the order, and when the call or event was."""
    return (await session.execute(_LINKS, {"complaint": complaint_id})).all()


async def warnings(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Who was warned about each, from below upward."""
    query = select(ComplaintWarning).where(ComplaintWarning.about.in_(ids)).order_by(ComplaintWarning.at)
    found: dict[UUID, list[str]] = {}
    for row in (await session.scalars(query)).all():
        if row.role not in found.setdefault(row.about, []):
            found[row.about].append(row.role)
    return found


async def unfinished(session: AsyncSession, area_id: UUID) -> tuple[Sequence[Complaint], Sequence[Supervision]]:
    """What still has a clock running."""
    complaints = select(Complaint).where(Complaint.area_id == area_id, Complaint.status != ComplaintStatus.CLOSED)
    asked = select(Supervision).where(Supervision.area_id == area_id, Supervision.status == SupervisionStatus.OPEN)
    return (await session.scalars(complaints)).all(), (await session.scalars(asked)).all()


async def next_number(
    session: AsyncSession, table: type[Complaint] | type[Supervision], area_id: UUID, mark: str
) -> str:
    """The next number of an area's complaints or supervisions; held until the transaction ends."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"{table.__tablename__} {area_id}"}
    )
    count = await session.scalar(select(func.count()).where(table.area_id == area_id))
    return f"{mark}{int(count or 0) + 1:05d}"


async def by_grid(session: AsyncSession, area_id: UUID, start: datetime, end: datetime) -> dict[UUID, int]:
    """Complaints received in [start, end) by grid: what the indicator counts."""
    query = (
        select(Complaint.grid_id, func.count())
        .where(Complaint.area_id == area_id, Complaint.received_at >= start, Complaint.received_at < end,
               Complaint.grid_id.is_not(None))
        .group_by(Complaint.grid_id)
    )  # fmt: skip
    return {row[0]: int(row[1]) for row in (await session.execute(query)).all() if row[0] is not None}


async def upheld_against(session: AsyncSession, area_id: UUID, start: datetime, end: datetime) -> Sequence[Row[Any]]:
    """Complaints about orders that were upheld in [start, end) against a technician: id, order, technician, source.

    `call_id` is the call back in which it was made: whoever is charged for that answer is not charged again.
    """
    call = (
        select(ComplaintLink.ref)
        .where(ComplaintLink.complaint_id == Complaint.id, ComplaintLink.kind == "call")
        .order_by(ComplaintLink.ref).limit(1).scalar_subquery()
    )  # fmt: skip
    query = select(
        Complaint.id, Complaint.order_id, Complaint.technician_id, Complaint.source, Complaint.decided_at,
        call.label("call_id"),
    ).where(
        Complaint.area_id == area_id, Complaint.decided_at >= start, Complaint.decided_at < end,
        Complaint.upheld.is_(True), Complaint.liability == "technician", Complaint.order_id.is_not(None),
    )  # fmt: skip
    rows: Sequence[Any] = (await session.execute(query.order_by(Complaint.decided_at, Complaint.id))).all()
    return rows


def _works_in(area_id: UUID) -> ColumnElement[bool]:
    """Living accounts of a desk that work in the area."""
    return and_(
        Account.status != AccountStatus.DISABLED,
        Account.role.in_([Role.AGENT, Role.DISPATCHER, Role.GRID_LEAD, Role.INSPECTOR, Role.MANAGER]),
        or_(Account.area_ids.is_(None), literal(area_id) == any_(Account.area_ids)),
    )


async def works_here(session: AsyncSession, account_id: UUID, area_id: UUID) -> bool:
    """Whether it is a living account of a desk that works in the area."""
    return await session.scalar(select(Account.id).where(Account.id == account_id, _works_in(area_id))) is not None


async def owners(session: AsyncSession, area_id: UUID) -> Sequence[Account]:
    """Who may own a complaint of the area, by name."""
    return (await session.scalars(select(Account).where(_works_in(area_id)).order_by(Account.name, Account.id))).all()


async def owners_by_login(session: AsyncSession, area_id: UUID) -> dict[str, UUID]:
    """Who may own a complaint of the area: account by login, in small letters."""
    return {one.login.casefold(): one.id for one in await owners(session, area_id)}


async def lock_ledger(session: AsyncSession, area_id: UUID) -> None:
    """No other file is taken into the ledger of the area until the transaction ends."""
    key = func.hashtextextended(f"complaints of a file {area_id}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def external_numbers(session: AsyncSession, area_id: UUID) -> set[tuple[Source, str]]:
    """The numbers that other desks gave to what stands in the ledger, each with its source."""
    query = select(Complaint.source, Complaint.external_number).where(
        Complaint.area_id == area_id, Complaint.external_number.is_not(None)
    )
    return {(source, number or "") for source, number in (await session.execute(query)).all()}


async def orders_by_number(
    session: AsyncSession, actor: Actor, area_id: UUID, numbers: Collection[str]
) -> dict[str, UUID]:
    """The orders of the area with these numbers, as far as the actor may see them."""
    query = select(Order.number, Order.id).where(
        Order.area_id == area_id, Order.number.in_(list(numbers)), visible_order(actor)
    )
    return {number: order_id for number, order_id in (await session.execute(query)).all()}


async def exists_of(session: AsyncSession, actor: Actor, kind: str, ref: UUID, area_id: UUID) -> bool:
    """Whether an order, a call or an event of an order of the area that the actor may see has this id."""
    order_id: UUID | None = ref
    if kind != "order":
        table = "callback_attempts" if kind == "call" else "order_events"
        order_id = await session.scalar(
            text(f"SELECT order_id FROM {table} WHERE id = :ref"),  # noqa: S608 - a table of ours
            {"ref": ref},
        )
    query = select(Order.id).where(Order.id == order_id, Order.area_id == area_id, visible_order(actor))
    return order_id is not None and await session.scalar(query) is not None
