"""The forecast of load over HTTP."""

from datetime import timedelta
from uuid import UUID

from litestar import Controller, get
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.reports.outlook.forecast import Expected
from dispatch.reports.outlook.load import outlook
from dispatch.reports.outlook.schemas import ExpectedOut, OutlookDayOut, OutlookGridOut, OutlookOut
from dispatch.reports.overview import READERS
from grids.service import area_by_id
from kit.actor import Actor


def _expected(one: Expected | None) -> ExpectedOut | None:
    return None if one is None else ExpectedOut(orders=one.mean, low=one.low, high=one.high)


class OutlookController(Controller):
    """What the next week brings."""

    path = "/api/areas/{area_id:uuid}/outlook"
    tags = ["reports"]  # noqa: RUF012 - Litestar reads it as is

    @get(operation_id="getOutlook", summary="Next week's load against capacity")
    async def read(self, area_id: UUID, session: AsyncSession, actor: Actor) -> OutlookOut:
        """By day and by grid, from the same weekdays of the last eight weeks; limited accounts see their own part."""
        actor.require(*READERS)
        actor.require_area(area_id)
        found = await outlook(session, actor, await area_by_id(session, area_id))
        days, takes = found.week.days if found.week else [None] * 7, found.seconds
        return OutlookOut(
            days=[
                OutlookDayOut(
                    day=found.first + timedelta(days=at), expected=_expected(one),
                    load_seconds=None if one is None or takes is None else one.mean * takes,
                    load_low=None if one is None or takes is None else one.low * takes,
                    load_high=None if one is None or takes is None else one.high * takes,
                    capacity_seconds=capacity,
                )
                for at, (one, capacity) in enumerate(zip(days, found.capacity, strict=True))
            ],
            total=_expected(found.week.total if found.week else None),
            dispersion=found.week.dispersion if found.week else None, seconds_an_order=takes,
            open_orders=found.open_orders,
            grids=[OutlookGridOut(grid_id=grid, name=name, expected=_expected(one)) for grid, name, one in found.grids],
        )  # fmt: skip


ROUTES = (OutlookController,)
