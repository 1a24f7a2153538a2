"""Outages, faults and repeat addresses of a month over HTTP."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.exports import log_export
from dispatch.assessments import repository as assessments
from dispatch.assessments.months import month_of
from dispatch.orders.lists.exporting import words_of
from dispatch.outages.reliability import own_grids, reliability
from dispatch.reports.controllers import XLSX
from dispatch.reports.exporting import book_of
from dispatch.reports.overview import READERS
from dispatch.reports.reading import grids_asked, offset_of
from dispatch.reports.trouble.faults import MOST_DAYS, faults, repeated
from dispatch.reports.trouble.files import fault_sheets, outage_sheets, per_hundred
from dispatch.reports.trouble.outages import PastOutage, past_outages
from dispatch.reports.trouble.schemas import (
    FaultCellOut,
    FaultGridOut,
    FaultsOut,
    FaultTypeCountOut,
    PastOutageOut,
    RepeatAddressOut,
    RepeatOrderOut,
)
from grids.models import ServiceArea
from grids.service import area_by_id
from kit.actor import Actor, Personal
from kit.errors import Malformed, NotFound
from kit.http.requests import Page, SheetLanguage, decode_cursor, encode_cursor
from kit.i18n import language_of, text
from kit.spreadsheets import sheets

Grid = Annotated[UUID | None, Parameter(description="Of this grid alone.")]
Fault = Annotated[str | None, Parameter(max_length=100, description="Of this fault type alone.")]
MOST_ROWS = 100_000
"""More outages than a workbook could show at once do not happen in a month."""


async def _outage_grids(session: AsyncSession, actor: Actor, area: ServiceArea, grid: UUID | None) -> list[UUID] | None:
    """The same grids that the figures of reliability are of, or the one asked for. Raises `NotFound`."""
    own = await own_grids(session, actor, area)
    if grid is None:
        return own
    await grids_asked(session, actor, area, grid)
    if own is not None and grid not in own:
        raise NotFound("report.no_grid")
    return [grid]


def _outage(row: PastOutage) -> PastOutageOut:
    return PastOutageOut(
        id=row.id, number=row.number, status=row.status, why=row.why, network_node=row.network_node, place=row.place,
        since=row.since, restored_at=row.restored_at, day=row.day, minutes=row.minutes, customers=row.customers,
        customer_minutes=row.customers * row.minutes if row.counted else 0.0, counted=row.counted,
    )  # fmt: skip


def _before(cursor: str) -> tuple[datetime, UUID]:
    since, last = decode_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(since), UUID(last)
    except ValueError as error:
        raise Malformed("malformed.cursor", field="cursor") from error


def _book(sheets_of: list[Any], name: str, language: str) -> Response[bytes]:
    return Response(book_of(sheets_of), media_type=XLSX, headers=sheets.headers(f"{name}.xlsx", language))


_XLSX_ANSWER = {200: ResponseSpec(data_container=bytes, media_type=XLSX, generate_examples=False,
                                  description="A workbook with real numbers and formats.")}  # fmt: skip


class TroubleController(Controller):
    """Where things failed in a month, `2022-09`."""

    path = "/api/areas/{area_id:uuid}/reports/{month:str}"
    tags = ["reports"]  # noqa: RUF012 - Litestar reads it as is

    @get("/outages", operation_id="listPastOutages", summary="The outages behind a month's reliability")
    async def outages(
        self, area_id: UUID, month: str, session: AsyncSession, actor: Actor, grid: Grid = None,
        cursor: str | None = None, limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    ) -> Page[PastOutageOut]:  # fmt: skip
        """Those that began in the month, the newest first; the rows sum up to `getReliability`."""
        actor.require(*READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        span = month_of(month, area.timezone)
        grids = await _outage_grids(session, actor, area, grid)
        before = None if cursor is None else _before(cursor)
        rows = await past_outages(session, area, span, grids, before=before, limit=limit + 1)
        shown = rows[:limit]
        last = encode_cursor(shown[-1].since.isoformat(), shown[-1].id) if len(rows) > limit else None
        return Page(items=[_outage(row) for row in shown], next_cursor=last)

    @get("/faults", operation_id="getFaults", summary="Faults by hour, weekday and grid")
    async def faults(
        self, area_id: UUID, month: str, session: AsyncSession, actor: Actor, grid: Grid = None, fault: Fault = None
    ) -> FaultsOut:
        """Repairs reported in the month so far, by the area's clock; of one grid and one type, or of all."""
        actor.require(*READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        span = month_of(month, area.timezone)
        found = await faults(session, area, span, await grids_asked(session, actor, area, grid), fault)
        return FaultsOut(
            month=span.name, total=found.total,
            cells=[FaultCellOut(weekday=one.weekday, hour=one.hour, faults=one.faults) for one in found.cells],
            days=list(found.days),
            grids=[
                FaultGridOut(grid_id=one.grid_id, name=one.name, faults=one.faults, households=one.households,
                             per_hundred=per_hundred(one.faults, one.households))
                for one in found.grids
            ],
            types=[FaultTypeCountOut(code=code, faults=count) for code, count in found.types],
            without_grid=found.without_grid,
        )  # fmt: skip

    @get("/repeat-addresses", operation_id="listRepeatAddresses", summary="Addresses that report again and again")
    async def repeats(
        self, area_id: UUID, month: str, session: AsyncSession, actor: Actor, grid: Grid = None,
        days: Annotated[int, Parameter(ge=1, le=MOST_DAYS, description="So many days before the month's end.")] = 90,
        least: Annotated[int, Parameter(ge=2, le=100, description="At least so many faults.")] = 2,
        cursor: str | None = None, limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    ) -> Page[RepeatAddressOut]:  # fmt: skip
        """Those with the most faults first, with the orders behind each."""
        actor.require(*READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        offset = 0 if cursor is None else offset_of(cursor)
        rows = await repeated(
            session, area, month_of(month, area.timezone), await grids_asked(session, actor, area, grid),
            days=days, least=least, limit=limit + 1, offset=offset,
        )  # fmt: skip
        return Page(
            items=[
                RepeatAddressOut(
                    address=row.address, grid_id=row.grid_id, times=row.times, last_at=row.last_at, cause=row.cause,
                    of_cause=row.of_cause,
                    orders=[RepeatOrderOut(id=order, number=number) for order, number in row.orders],
                )
                for row in rows[:limit]
            ],
            next_cursor=encode_cursor(offset + limit) if len(rows) > limit else None,
        )  # fmt: skip

    @get("/outages.xlsx", operation_id="exportOutages", summary="Reliability and outages as XLSX", media_type=XLSX,
         responses=_XLSX_ANSWER)  # fmt: skip
    async def outages_file(
        self, area_id: UUID, month: str, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any],
        grid: Grid = None, lang: SheetLanguage = None,
    ) -> Response[bytes]:  # fmt: skip
        """All rows; who took it stands in the log of exports."""
        actor.require(*READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        span = month_of(month, area.timezone)
        grids = await _outage_grids(session, actor, area, grid)
        language = language_of(lang or request.headers.get("accept-language"))
        figures = await reliability(session, area, span.first, span.next_first, grids)
        rows = await past_outages(session, area, span, grids, limit=MOST_ROWS)
        names = {row.id: row.name for row in await assessments.grid_rows(session, area_id)}
        await log_export(session, actor, area, "outages", "xlsx", _asked(span.name, grid))
        name = text("report.outages_name", language, area=area.code, month=span.name)
        return _book(outage_sheets(figures, rows, names, area, language, actor.sees(Personal.ADDRESS)), name, language)

    @get("/faults.xlsx", operation_id="exportFaults", summary="Faults and repeat addresses as XLSX", media_type=XLSX,
         responses=_XLSX_ANSWER)  # fmt: skip
    async def faults_file(
        self, area_id: UUID, month: str, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any],
        grid: Grid = None, fault: Fault = None, lang: SheetLanguage = None,
    ) -> Response[bytes]:  # fmt: skip
        """The heat map, the grids and all repeat addresses of 90 days; who took it stands in the log of exports."""
        actor.require(*READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        span = month_of(month, area.timezone)
        grids = await grids_asked(session, actor, area, grid)
        language = language_of(lang or request.headers.get("accept-language"))
        found = await faults(session, area, span, grids, fault)
        again = await repeated(session, area, span, grids, limit=MOST_ROWS)
        names = {row.id: row.name for row in await assessments.grid_rows(session, area_id)}
        causes = (await words_of(session, area, language)).faults
        await log_export(session, actor, area, "faults", "xlsx", _asked(span.name, grid, fault))
        name = text("report.faults_name", language, area=area.code, month=span.name)
        return _book(
            fault_sheets(found, again, names, causes, area, language, actor.sees(Personal.ADDRESS)), name, language
        )


def _asked(month: str, *filters: object) -> str:
    return " ".join([month, *(str(one) for one in filters if one is not None)])


ROUTES = (TroubleController,)
