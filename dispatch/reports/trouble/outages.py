"""The outages that a month's reliability is counted from, one row each, so that rows and figures sum up to the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments.months import Month
from dispatch.outages.reliability import MOMENTARY
from grids.models import ServiceArea


@dataclass(frozen=True, slots=True)
class PastOutage:
    """An outage that began in the month. `counted`: it lasted long enough to be an interruption (IEEE 1366)."""

    id: UUID
    number: str
    status: str
    why: str
    network_node: str | None
    place: str | None
    since: datetime
    restored_at: datetime | None
    day: date
    minutes: float
    customers: int
    counted: bool


_OUTAGES = text(
    """
    SELECT t.id, t.number, t.status, t.why, t.network_node, t.place, t.since, t.restored_at,
           CAST(t.since AT TIME ZONE :zone AS date) AS day,
           CAST(extract(epoch FROM coalesce(t.restored_at, :now) - t.since) / 60 AS float8) AS minutes,
           CAST(coalesce(sum(c.customers), 0) AS int) AS customers,
           coalesce(t.restored_at, :now) - t.since > :momentary AS counted
    FROM outages t
    LEFT JOIN outage_customers c ON c.outage_id = t.id
         AND (CAST(:grids AS uuid[]) IS NULL OR c.grid_id = ANY (:grids))
    WHERE t.area_id = :area AND t.status IN ('confirmed', 'restored', 'closed')
      AND t.since >= :start AND t.since < :end
      AND (CAST(:before AS timestamptz) IS NULL OR (t.since, t.id) < (CAST(:before AS timestamptz), CAST(:id AS uuid)))
      AND (CAST(:grids AS uuid[]) IS NULL OR c.outage_id IS NOT NULL)
    GROUP BY t.id ORDER BY t.since DESC, t.id DESC LIMIT :limit
    """
)


async def past_outages(
    session: AsyncSession, area: ServiceArea, month: Month, grids: Sequence[UUID] | None,
    *, before: tuple[datetime, UUID] | None = None, limit: int = 100,
) -> list[PastOutage]:  # fmt: skip
    """The newest first, with the customers of these grids alone; `before` is the key of the last row before."""
    rows = await session.execute(
        _OUTAGES,
        {"area": area.id, "zone": area.timezone, "now": area.clock.now(), "momentary": MOMENTARY,
         "start": month.start, "end": month.end, "grids": None if grids is None else list(grids), "limit": limit,
         "before": None if before is None else before[0], "id": None if before is None else before[1]},
    )  # fmt: skip
    return [PastOutage(*row) for row in rows]
