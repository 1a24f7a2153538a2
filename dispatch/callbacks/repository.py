"""All SQL of callbacks: the orders due a callback, the attempts, and the technician of a rework."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.callbacks.models import CallbackAttempt, SurveyLink
from dispatch.orders.enums import ACTIVE, Origin, Status, sql_list
from dispatch.orders.models import Order
from dispatch.orders.repository import visible
from grids.models import Grid
from kit.actor import Actor


def _settled() -> ColumnElement[bool]:
    """The callback is over: somebody answered, or the attempts are exhausted and a survey link was sent."""
    return or_(Order.callback_reached.is_(True), exists().where(SurveyLink.order_id == Order.id))


async def queue(
    session: AsyncSession,
    actor: Actor,
    area_id: UUID,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
    grid_id: UUID | None = None,
) -> Sequence[tuple[Order, str | None]]:
    """Orders due a callback with their grid's code, the longest waiting first."""
    query = (
        select(Order, Grid.code)
        .join(Grid, Grid.id == Order.grid_id, isouter=True)
        .where(
            Order.area_id == area_id,
            Order.origin != Origin.HISTORY,
            or_(
                Order.status == Status.COMPLETED,
                and_(Order.status == Status.CANCELLED, ~_settled()),
            ),
            visible(actor),
        )
        .order_by(Order.status_since, Order.id)
        .limit(limit)
    )
    if grid_id is not None:
        query = query.where(Order.grid_id == grid_id)
    if after is not None:
        query = query.where(tuple_(Order.status_since, Order.id) > after)
    return [(order, code) for order, code in (await session.execute(query)).all()]


async def attempts_of(session: AsyncSession, order_ids: Iterable[UUID]) -> dict[UUID, list[CallbackAttempt]]:
    """Every attempt of some orders, in order, by one statement."""
    wanted = list(order_ids)
    found: dict[UUID, list[CallbackAttempt]] = {order_id: [] for order_id in wanted}
    if wanted:
        query = select(CallbackAttempt).where(CallbackAttempt.order_id.in_(wanted)).order_by(CallbackAttempt.number)
        for attempt in (await session.execute(query)).scalars():
            found[attempt.order_id].append(attempt)
    return found


async def is_settled(session: AsyncSession, order_id: UUID) -> bool:
    """Whether a cancelled order's callback is over."""
    return bool((await session.execute(select(_settled()).where(Order.id == order_id))).scalar())


async def survey_of(session: AsyncSession, order_id: UUID) -> SurveyLink | None:
    """The survey link of an order."""
    return (await session.execute(select(SurveyLink).where(SurveyLink.order_id == order_id))).scalar_one_or_none()


async def survey_by_hash(session: AsyncSession, token_hash: str) -> SurveyLink | None:
    """The survey link of a token, locked so that it is answered once."""
    query = select(SurveyLink).where(SurveyLink.token_hash == token_hash).with_for_update()
    return (await session.execute(query)).scalar_one_or_none()


_REDOES = text(
    f"""
    SELECT t.id,
           CASE WHEN EXISTS (SELECT 1 FROM accounts a WHERE a.technician_id = t.id AND a.role = 'grid_lead'
                             AND :grid = ANY (a.grid_ids)) THEN 'grid_lead'
                WHEN t.senior THEN 'senior' ELSE 'colleague' END AS part
    FROM technicians t
    LEFT JOIN grid_contracts c ON c.grid_id = :grid AND c.valid @> CAST(:day AS date)
    WHERE t.area_id = :area AND t.status = 'active'
    ORDER BY t.id IS NOT DISTINCT FROM CAST(:first AS uuid),
             EXISTS (SELECT 1 FROM leaves l WHERE l.technician_id = t.id AND l.period @> CAST(:now AS timestamptz)),
             CAST(:skill AS text) IS NOT NULL AND NOT EXISTS (
                 SELECT 1 FROM technician_skills s WHERE s.technician_id = t.id AND s.skill = :skill
                 AND s.level >= :level AND (s.expires_on IS NULL OR s.expires_on >= :day)),
             t.contractor IS DISTINCT FROM c.contractor,
             CASE WHEN EXISTS (SELECT 1 FROM accounts a WHERE a.technician_id = t.id AND a.role = 'grid_lead'
                               AND :grid = ANY (a.grid_ids)) THEN 0
                  WHEN t.senior AND t.id IN (c.technician_a_id, c.technician_b_id) THEN 1
                  WHEN t.senior THEN 2
                  WHEN t.id IN (c.technician_a_id, c.technician_b_id) THEN 3 ELSE 4 END,
             (SELECT count(*) FROM orders o WHERE o.owner_id = t.id
              AND o.status IN {sql_list(ACTIVE)}),
             t.employee_number
    LIMIT 1
    """  # noqa: S608 - constants
)


async def who_redoes(session: AsyncSession, order: Order, now: datetime, day: date) -> UUID | None:
    """The technician who takes a rework. None when the area has nobody.

    The order of preference: somebody else than the first technician; not on leave; skilled; of the grid's contractor;
    the grid's lead, then its seniors, other seniors, its A and B technician; then the fewest active orders.
    """
    found = await session.execute(
        _REDOES,
        {
            "area": order.area_id, "grid": order.grid_id, "first": order.completed_by, "skill": order.skill,
            "level": order.skill_level, "now": now, "day": day,
        },
    )  # fmt: skip
    row: Any = found.first()
    return None if row is None else row.id
