"""All SQL of areas, grids and contracts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Date, cast, column, func, select, table, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from grids.models import Grid, GridContract, ServiceArea
from kit.actor import Actor
from kit.geo import LonLat

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

TECHNICIANS = table("technicians", column("id"), column("name"), column("area_id"), column("employee_number"))
"""The table of the room above, by name: contracts show who they name."""


async def area_by_code(session: AsyncSession, code: str) -> ServiceArea | None:
    """The area of this code."""
    return (await session.execute(select(ServiceArea).where(ServiceArea.code == code))).scalar_one_or_none()


async def areas(session: AsyncSession, actor: Actor) -> Sequence[ServiceArea]:
    """The areas the actor may see, by code."""
    query = select(ServiceArea).order_by(ServiceArea.code)
    if not actor.trusted and actor.scope.areas is not None:
        query = query.where(ServiceArea.id.in_(actor.scope.areas))
    return (await session.execute(query)).scalars().all()


async def grid(session: AsyncSession, grid_id: UUID) -> Grid | None:
    """One grid without its polygon."""
    query = select(Grid).where(Grid.id == grid_id).options(defer(Grid.geom, raiseload=True))
    return (await session.execute(query)).scalar_one_or_none()


async def grids(session: AsyncSession, area_id: UUID, actor: Actor | None = None) -> Sequence[Grid]:
    """The living grids of an area by code, without their polygons; only those the actor may see."""
    query = (
        select(Grid)
        .where(Grid.area_id == area_id, Grid.archived_at.is_(None))
        .options(defer(Grid.geom, raiseload=True))
        .order_by(Grid.code)
    )
    if actor is not None and not actor.trusted and actor.scope.grids is not None:
        query = query.where(Grid.id.in_(actor.scope.grids))
    return (await session.execute(query)).scalars().all()


async def area_shape(session: AsyncSession, area_id: UUID) -> BaseGeometry | None:
    """All living grids of an area as one WGS 84 shape, which a city's map must cover; None without grids."""
    import shapely

    query = select(Grid.geom).where(Grid.area_id == area_id, Grid.archived_at.is_(None))
    shapes = [shape_of(found) for found in (await session.execute(query)).scalars()]
    return shapely.union_all(shapes) if shapes else None


def shape_of(element: Any) -> BaseGeometry:
    """A stored geometry as a shapely shape."""
    import shapely

    return shapely.from_wkb(element.data if isinstance(element.data, str) else bytes(element.data))


async def polygons(session: AsyncSession, grid_ids: Iterable[UUID]) -> dict[UUID, str]:
    """GeoJSON geometries (text, seven decimals: a centimetre) by grid."""
    rows = await session.execute(
        text("SELECT id, ST_AsGeoJSON(geom, 7) AS shape FROM grids WHERE id = ANY(:ids)"), {"ids": list(grid_ids)}
    )
    return {row.id: row.shape for row in rows}


async def contracts_on(session: AsyncSession, grid_ids: Iterable[UUID], on: date) -> dict[UUID, GridContract]:
    """The contract in force on a local day, by grid; at most one, the database sees to it."""
    query = select(GridContract).where(
        GridContract.grid_id.in_(list(grid_ids)), GridContract.valid.op("@>")(cast(on, Date))
    )
    return {found.grid_id: found for found in (await session.execute(query)).scalars()}


async def area_contracts_on(session: AsyncSession, area_id: UUID, on: date) -> dict[UUID, GridContract]:
    """The contracts in force on a local day of all living grids of an area, by grid."""
    query = (
        select(GridContract)
        .join(Grid, Grid.id == GridContract.grid_id)
        .where(Grid.area_id == area_id, Grid.archived_at.is_(None), GridContract.valid.op("@>")(cast(on, Date)))
    )
    return {found.grid_id: found for found in (await session.execute(query)).scalars()}


async def technician_names(session: AsyncSession, technician_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Names of the people whom contracts name."""
    wanted = {found for found in technician_ids if found is not None}
    if not wanted:
        return {}
    rows = await session.execute(select(TECHNICIANS.c.id, TECHNICIANS.c.name).where(TECHNICIANS.c.id.in_(wanted)))
    return {row.id: row.name for row in rows}


async def inner_points(session: AsyncSession, area_id: UUID) -> list[LonLat]:
    """A point inside each living grid of an area, (longitude, latitude) in degrees."""
    inside = func.ST_PointOnSurface(Grid.geom)
    query = select(func.ST_X(inside), func.ST_Y(inside)).where(Grid.area_id == area_id, Grid.archived_at.is_(None))
    return [(lon, lat) for lon, lat in (await session.execute(query.order_by(Grid.code))).all()]
