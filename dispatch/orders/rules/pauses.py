"""When the technician's clock of an order stood still: approved suspensions whose reason pauses it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.policies.models import ReasonKind
from dispatch.policies.service import reason

type Pause = tuple[datetime, datetime]
"""From the request of a suspension to its end."""

_PAUSES = text(
    "SELECT r.order_id, r.reason, r.requested_at, min(ended.at) AS ended_at FROM order_requests r"
    " CROSS JOIN LATERAL (SELECT coalesce(CAST(e.data->>'effectiveAt' AS timestamptz), e.occurred_at) AS at"
    " FROM order_events e WHERE e.order_id = r.order_id"
    " AND (e.type = 'resumed' OR (e.type = 'request_decided' AND e.data->>'kind' = 'return'"
    " AND CAST(e.data->>'approved' AS boolean)))) AS ended"
    " WHERE r.order_id = ANY(:orders) AND r.kind = 'suspension' AND r.status = 'approved' AND ended.at >= r.decided_at"
    " GROUP BY r.id ORDER BY r.requested_at"
)


async def technician_pauses(session: AsyncSession, area_id: UUID, order_ids: Sequence[UUID]) -> dict[UUID, list[Pause]]:
    """The pauses that are over, by order, oldest first and without overlaps. One statement, and one a reason."""
    found: dict[UUID, list[Pause]] = {}
    counts: dict[str, bool] = {}
    for row in await session.execute(_PAUSES, {"orders": list(order_ids)}):
        if row.reason not in counts:
            kept = await reason(session, area_id, ReasonKind.SUSPENSION, row.reason)
            counts[row.reason] = "technician" in kept.pauses
        if counts[row.reason]:
            before = found.setdefault(row.order_id, [])
            begins = max(row.requested_at, before[-1][1]) if before else row.requested_at
            if row.ended_at > begins:
                before.append((begins, row.ended_at))
    return found
