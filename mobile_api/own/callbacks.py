"""What subscribers said of a technician's own work when they were called back."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments.months import Month
from mobile_api.schemas import SaidOfMe

MOST_SHOWN = 200
_SAID = text(
    """
    SELECT a.id, o.id AS order_id, o.number, a.at, a.solved, a.satisfaction, a.reasons, a.note
    FROM visits v
    JOIN orders o ON o.id = v.order_id
    JOIN callback_attempts a ON a.order_id = v.order_id AND a.at >= v.ended_at AND a.reached = 'answered'
    WHERE v.technician_id = :technician AND v.status = 'done' AND v.ended_at < :end
      AND a.at >= :start AND a.at < :end
      AND NOT EXISTS (SELECT FROM visits w WHERE w.order_id = v.order_id AND w.status = 'done'
                      AND w.ended_at > v.ended_at AND w.ended_at <= a.at)
    ORDER BY a.at DESC, a.id DESC LIMIT :most
    """
)
"""Whoever made the last visit before the call is meant by it."""


async def said_of(session: AsyncSession, technician_id: UUID, month: Month) -> list[SaidOfMe]:
    """The answered calls of a month about orders that this technician had finished; the newest first, at most 200."""
    values = {"technician": technician_id, "start": month.start, "end": month.end, "most": MOST_SHOWN}
    return [
        SaidOfMe(
            id=row.id, order_id=row.order_id, number=row.number, at=row.at, solved=row.solved,
            satisfaction=row.satisfaction, reasons=row.reasons, note=row.note,
        )
        for row in await session.execute(_SAID, values)
    ]  # fmt: skip
