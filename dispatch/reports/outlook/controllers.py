"""The forecast of load over HTTP."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Controller, Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.exports import log_export
from dispatch.reports.controllers import XLSX
from dispatch.reports.exporting import Sheet, book_of
from dispatch.reports.outlook.files import outlook_sheets
from dispatch.reports.outlook.forecast import Expected
from dispatch.reports.outlook.load import outlook
from dispatch.reports.outlook.schemas import ExpectedOut, OutlookDayOut, OutlookGridOut, OutlookOut
from dispatch.reports.overview import READERS
from grids.service import area_by_id
from kit.actor import Actor
from kit.http.requests import CSV_ANSWER, SheetLanguage
from kit.i18n import language_of, text
from kit.spreadsheets import sheets


def _expected(one: Expected | None) -> ExpectedOut | None:
    return None if one is None else ExpectedOut(orders=one.mean, low=one.low, high=one.high)


class OutlookController(Controller):
    """What the next week brings."""

    path = "/api/areas/{area_id:uuid}"
    tags = ["reports"]  # noqa: RUF012 - Litestar reads it as is

    @get("/outlook", operation_id="getOutlook", summary="Next week's load against capacity")
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

    @get(
        "/outlook.xlsx", operation_id="exportOutlook", summary="The forecast as XLSX", media_type=XLSX,
        responses={200: ResponseSpec(data_container=bytes, media_type=XLSX, generate_examples=False,
                                     description="A workbook with real numbers and formats.")},
    )  # fmt: skip
    async def xlsx(
        self, area_id: UUID, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any],
        lang: SheetLanguage = None,
    ) -> Response[bytes]:  # fmt: skip
        """Days and grids as on the page; who took it stands in the log of exports."""
        actor.require(*READERS)
        actor.require_area(area_id)
        found, language, name = await _file(session, actor, area_id, "xlsx", lang, request)
        return Response(book_of(found), media_type=XLSX, headers=sheets.headers(f"{name}.xlsx", language))

    @get(
        "/outlook.csv", operation_id="exportOutlookCsv", summary="The forecast as CSV", media_type=sheets.MEDIA_TYPE,
        responses={200: CSV_ANSWER},
    )  # fmt: skip
    async def csv(
        self, area_id: UUID, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any],
        lang: SheetLanguage = None,
    ) -> Response[str]:  # fmt: skip
        """The days as CSV in UTF-8; who took it stands in the log of exports."""
        actor.require(*READERS)
        actor.require_area(area_id)
        found, language, name = await _file(session, actor, area_id, "csv", lang, request)
        return Response(
            sheets.BOM + sheets.lines(found[0][1]), media_type=sheets.MEDIA_TYPE,
            headers=sheets.headers(f"{name}.csv", language),
        )  # fmt: skip


async def _file(
    session: AsyncSession, actor: Actor, area_id: UUID, kind: str, lang: str | None, request: Request[Any, Any, Any]
) -> tuple[list[Sheet], str, str]:
    area = await area_by_id(session, area_id)
    language = language_of(lang or request.headers.get("accept-language"))
    found = await outlook(session, actor, area)
    await log_export(session, actor, area, "outlook", kind, f"{found.first} and six days")
    name = text("report.outlook_name", language, area=area.code, day=found.first.isoformat())
    return outlook_sheets(found, language), language, name


ROUTES = (OutlookController,)
