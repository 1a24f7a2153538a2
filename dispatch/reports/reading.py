"""What every report shares: which grids its reader may see, who is in it, and where a page of it begins."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository as assessments
from dispatch.technicians.models import Technician
from grids.models import ServiceArea
from kit.actor import Actor
from kit.errors import Malformed, NotFound
from kit.http.requests import decode_cursor


async def grids_asked(session: AsyncSession, actor: Actor, area: ServiceArea, grid: UUID | None) -> list[UUID] | None:
    """The grids that a report is about: the one asked for, or all that the reader may see; None is all of the area.

    Raises `NotFound` for a grid that is none of the area's, or that the reader may not see.
    """
    seen = await assessments.visible_grids(session, actor)
    if grid is None:
        return None if seen is None else sorted(seen)
    known = {row.id for row in await assessments.grid_rows(session, area.id)}
    if grid not in known or (seen is not None and grid not in seen):
        raise NotFound("report.no_grid")
    return [grid]


async def people_of(session: AsyncSession, area_id: UUID) -> Sequence[Row[UUID, str, str | None, str | None]]:
    """Everybody of the area by number (id, name, team, contractor), those who left too; no more than reports need."""
    query = select(Technician.id, Technician.name, Technician.team, Technician.contractor)
    return (
        await session.execute(query.where(Technician.area_id == area_id).order_by(Technician.employee_number))
    ).all()


def offset_of(cursor: str) -> int:
    """How many rows a page of a counted list leaves out. Raises `Malformed`."""
    (offset,) = decode_cursor(cursor, 1)
    if not offset.isdecimal() or len(offset) > 6:
        raise Malformed("malformed.cursor", field="cursor")
    return int(offset)
