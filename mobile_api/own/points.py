"""What a technician's own work of a month counted for pay, order by order."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments.months import Month
from dispatch.assessments.settlement.models import SettlementLine, SettlementStatement, StatementStatus
from dispatch.assessments.settlement.statements import PAID
from dispatch.orders.models import Order
from mobile_api.schemas import OwnPoints, PointsLine

MOST_LINES = 500


async def points_of(session: AsyncSession, technician_id: UUID, month: Month) -> OwnPoints:
    """The lines of statements that are out, each completion once, by day; at most 500, the sum is of all.

    An amount is told where the statement is the technician's own; a contractor's money is the contractor's matter.
    """
    own = SettlementStatement.technician_id == technician_id
    mine = (
        SettlementLine.technician_id == technician_id,
        SettlementLine.part.in_(PAID),
        SettlementStatement.month == month.first,
        SettlementStatement.status != StatementStatus.DRAFT,
    )
    joined = SettlementLine.statement_id == SettlementStatement.id
    totals = select(
        func.coalesce(func.sum(SettlementLine.points), 0), func.count(),
        func.sum(SettlementLine.amount).filter(own), func.max(SettlementStatement.issued_at),
    ).join(SettlementStatement, joined).where(*mine)  # fmt: skip
    points, count, amount, issued_at = (await session.execute(totals)).one()
    lines = (
        select(SettlementLine, Order.number)
        .join(SettlementStatement, joined)
        .join(Order, Order.id == SettlementLine.order_id)
        .where(*mine)
        .order_by(SettlementLine.day, SettlementStatement.id, SettlementLine.place)
        .limit(MOST_LINES)
    )
    return OwnPoints(
        points=points, amount=amount, count=count, issued_at=issued_at,
        lines=[
            PointsLine(
                id=line.id, order_id=line.order_id, number=number, day=line.day, why=line.why, base=line.base,
                difficulty=line.difficulty, distance=line.distance, quality=line.quality, points=line.points,
                corrects=None if line.corrects is None else f"{line.corrects:%Y-%m}",
            )
            for line, number in (await session.execute(lines)).all()
        ],
    )  # fmt: skip
