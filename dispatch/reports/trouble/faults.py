"""Faults by weekday and hour, by grid and by type; and addresses that reported several in the time before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository as assessments
from dispatch.assessments.months import Month
from grids.models import ServiceArea
from grids.service import contracts_on

_REPORTED = """
    FROM orders o
    WHERE o.area_id = :area AND o.kind = 'repair' AND o.origin <> 'history'
      AND (o.status <> 'merged' OR o.outage_id IS NOT NULL)
      AND o.reported_at >= :start AND o.reported_at < :end
      AND (CAST(:grids AS uuid[]) IS NULL OR o.grid_id = ANY (:grids))
      AND NOT EXISTS (SELECT FROM outage_orders p WHERE p.order_id = o.id AND p.part = 'crew')
"""
"""Repairs that were reported: a duplicate is told by the order it was merged into, a crew's order by
the reports of its outage, which are in it."""
_COUNTS = text(
    f"""
    WITH mine AS (
        SELECT o.grid_id, o.fault_type, CAST(extract(isodow FROM o.reported_at AT TIME ZONE :zone) AS int) AS weekday,
               CAST(extract(hour FROM o.reported_at AT TIME ZONE :zone) AS int) AS hour
        {_REPORTED} AND (CAST(:fault AS text) IS NULL OR o.fault_type = :fault)
    )
    SELECT weekday, hour, grid_id, fault_type, CAST(count(*) AS int) AS faults FROM mine
    GROUP BY GROUPING SETS ((weekday, hour), (grid_id), (fault_type))
    """  # noqa: S608 - conditions of ours
)
# Places are counted by what is short of an order; the rest is read of the orders of the places on the page.
_REPEATS = text(
    f"""
    WITH mine AS MATERIALIZED (
        SELECT o.id, o.reported_at,
               coalesce(nullif(btrim(lower(o.address)), ''),
                        ST_AsText(ST_SnapToGrid(o.point, 0.0001))) AS place
        {_REPORTED}
    ), page AS MATERIALIZED (
        SELECT place, CAST(count(*) AS int) AS times, max(reported_at) AS last_at FROM mine
        WHERE place IS NOT NULL GROUP BY place HAVING count(*) >= :least
        ORDER BY times DESC, last_at DESC, place LIMIT :limit OFFSET :offset
    ), shown AS (
        SELECT page.place, o.id, o.number, o.reported_at, o.grid_id, o.address,
               coalesce(o.cause, o.fault_type) AS cause
        FROM page JOIN mine ON mine.place = page.place JOIN orders o ON o.id = mine.id
    ), causes AS (
        SELECT place, cause, count(*) AS times,
               row_number() OVER (PARTITION BY place ORDER BY count(*) DESC, cause) AS n
        FROM shown GROUP BY place, cause
    )
    SELECT max(shown.address) AS address, (array_agg(shown.grid_id ORDER BY shown.reported_at DESC))[1] AS grid_id,
           page.times, page.last_at, causes.cause AS cause, CAST(causes.times AS int) AS of_cause,
           (array_agg(shown.id ORDER BY shown.reported_at DESC))[1:20] AS ids,
           (array_agg(shown.number ORDER BY shown.reported_at DESC))[1:20] AS numbers
    FROM page JOIN shown ON shown.place = page.place JOIN causes ON causes.place = page.place AND causes.n = 1
    GROUP BY page.place, page.times, page.last_at, causes.cause, causes.times
    ORDER BY page.times DESC, page.last_at DESC, page.place
    """  # noqa: S608 - conditions of ours
)
MOST_DAYS = 400


@dataclass(frozen=True, slots=True)
class Cell:
    """Faults reported in an hour (0 to 23) of a weekday (1 Monday to 7 Sunday) by the area's clock."""

    weekday: int
    hour: int
    faults: int


@dataclass(frozen=True, slots=True)
class GridFaults:
    """The faults of a grid, with its households where the contract names them."""

    grid_id: UUID
    name: str
    faults: int
    households: int | None


@dataclass(frozen=True, slots=True)
class Faults:
    """The faults of a month so far. `days[w - 1]` is how many whole or begun days with that weekday there were."""

    total: int
    cells: Sequence[Cell]
    days: Sequence[int]
    grids: Sequence[GridFaults]
    types: Sequence[tuple[str, int]]
    without_grid: int


@dataclass(frozen=True, slots=True)
class Repeated:
    """An address (or a place without one) with several faults; `of_cause` of them had the most frequent cause.

    `orders` are (id, number), the newest first, at most 20.
    """

    address: str | None
    grid_id: UUID | None
    times: int
    last_at: datetime
    cause: str
    of_cause: int
    orders: Sequence[tuple[UUID, str]]


def _asked(area: ServiceArea, start: datetime, end: datetime, grids: Sequence[UUID] | None) -> dict[str, object]:
    return {"area": area.id, "zone": area.timezone, "start": start, "end": end,
            "grids": None if grids is None else list(grids)}  # fmt: skip


async def faults(
    session: AsyncSession, area: ServiceArea, month: Month, grids: Sequence[UUID] | None, fault: str | None = None
) -> Faults:
    """The faults of these grids (None: of all, also of places outside every grid), of one type or all."""
    now = area.clock.now()
    rows = (await session.execute(_COUNTS, _asked(area, month.start, month.end, grids) | {"fault": fault})).all()
    by_grid = {row.grid_id: row.faults for row in rows if row.weekday is None and row.fault_type is None}
    cells = [Cell(row.weekday, row.hour, row.faults) for row in rows if row.weekday is not None]
    total = sum(cell.faults for cell in cells)
    contracts = await contracts_on(session, area.id, month.next_first - timedelta(days=1))
    places = []
    for row in await assessments.grid_rows(session, area.id):
        if grids is None or row.id in grids:
            terms = contracts.get(row.id)
            places.append(GridFaults(row.id, row.name, by_grid.get(row.id, 0), terms.households if terms else None))
    days = [0] * 7
    for number in range(month.days):
        if month.start + timedelta(days=number) <= now:
            days[(month.first + timedelta(days=number)).weekday()] += 1
    return Faults(
        total, sorted(cells, key=lambda one: (one.weekday, one.hour)), days,
        sorted(places, key=lambda one: (-one.faults, one.name)),
        sorted(((row.fault_type, row.faults) for row in rows if row.fault_type is not None), key=lambda one: -one[1]),
        total - sum(one.faults for one in places),
    )  # fmt: skip


async def repeated(
    session: AsyncSession, area: ServiceArea, month: Month, grids: Sequence[UUID] | None,
    *, days: int = 90, least: int = 2, limit: int = 100, offset: int = 0,
) -> list[Repeated]:  # fmt: skip
    """Addresses with at least so many faults in the `days` before the month's end, the most first.

    Addresses are the same where their words are, whatever their case; a report without words is known by its place,
    to some ten metres.
    """
    end = min(month.end, area.clock.now())
    asked = _asked(area, end - timedelta(days=days), end, grids)
    rows = await session.execute(_REPEATS, asked | {"least": least, "limit": limit, "offset": offset})
    return [
        Repeated(row.address, row.grid_id, row.times, row.last_at, row.cause, row.of_cause,
                 list(zip(row.ids, row.numbers, strict=True)))
        for row in rows
    ]  # fmt: skip
