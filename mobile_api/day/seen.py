"""Changes of a route that were acknowledged, and who has not seen theirs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from kit.live import announce

_SEE = text(
    """
    UPDATE phone_changes SET seen_at = now()
    WHERE technician_id = :technician AND id = ANY(CAST(:ids AS uuid[])) AND seen_at IS NULL
    """
)
_UNSEEN = text(
    """
    SELECT c.id, c.technician_id, t.name, c.order_id, c.number, c.kind, c.at
    FROM phone_changes c JOIN technicians t ON t.id = c.technician_id
    WHERE c.seen_at IS NULL AND t.area_id = :area AND t.status = 'active'
      AND (CAST(:people AS uuid[]) IS NULL OR t.id = ANY(CAST(:people AS uuid[])))
    ORDER BY c.at, c.id LIMIT :most
    """
)


async def acknowledge(session: AsyncSession, technician_id: UUID, area_id: UUID, ids: Collection[UUID]) -> int:
    """Mark changes of a technician as seen; those of others and those already seen are left out. Returns how many."""
    done = await session.execute(_SEE, {"technician": technician_id, "ids": list(ids)})
    count = int(getattr(done, "rowcount", 0))
    if count:
        await announce(session, area_id, "seen", technician_id)
    return count


async def unseen(
    session: AsyncSession, area_id: UUID, people: Collection[UUID] | None, most: int
) -> Sequence[Row[Any]]:
    """What technicians of an area have not acknowledged, oldest first; `people` limits whose."""
    values = {"area": area_id, "people": None if people is None else list(people), "most": most}
    return (await session.execute(_UNSEEN, values)).all()
