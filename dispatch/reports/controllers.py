"""The manager's reports over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments.models import ScoreCard
from dispatch.reports import exporting
from dispatch.reports.models import ReportExport
from dispatch.reports.overview import READERS, Overview, overview, rate
from dispatch.reports.schemas import DayOut, KindOut, NumberOut, OverviewOut, PastOut, SubjectOut, VoiceOut
from grids.service import area_by_id
from kit import sheets
from kit.actor import Actor
from kit.http import CSV_ANSWER, SheetLanguage
from kit.i18n import language_of, text

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Grid = Annotated[UUID | None, Parameter(description="Days and words of this grid alone.")]
Technician = Annotated[UUID | None, Parameter(description="Days and words of this technician alone.")]


def _subject(card: ScoreCard, found: Overview) -> SubjectOut:
    standing, hours = card.standing, card.standing.get("hours", {})
    return SubjectOut(
        subject=card.subject, id=card.subject_id, name=card.name, rural=card.rural, orders=card.orders,
        score=card.score, rank=card.rank, rank_note=card.rank_note, rank_change=card.rank_change,
        rank_interval=standing.get("rankInterval"), ranked=standing.get("ranked"), observed=standing.get("observed"),
        expected=standing.get("expected"), ratio=standing.get("ratio"), ratio_interval=standing.get("ratioInterval"),
        proposal=standing.get("proposal"), drive=hours.get("drive", 0), work=hours.get("work", 0),
        numbers={
            code: NumberOut(
                numerator=one["numerator"], denominator=one["denominator"], value=rate(one), interval=one["interval"],
                provisional=one["provisional"],
            )
            for code, one in card.indicators.items()
        },
        past=[
            PastOut(month=one.month, score=one.score, values=one.values)
            for one in found.past.get((card.subject, card.subject_id), [])
        ],
    )  # fmt: skip


class ReportController(Controller):
    """What managers read of a month, `2022-09`."""

    path = "/api/areas/{area_id:uuid}/reports/{month:str}"
    tags = ["reports"]  # noqa: RUF012 - Litestar reads it as is

    @get(operation_id="getOverview", summary="How are my grids?")
    async def read(
        self,
        area_id: UUID,
        month: str,
        session: AsyncSession,
        actor: Actor,
        grid: Grid = None,
        technician: Technician = None,
    ) -> OverviewOut:
        """The newest version of the month: everybody's numbers with the months before, days, words of subscribers."""
        actor.require(*READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        found = await overview(session, actor, area, month, grid=grid, technician=technician)
        return OverviewOut(
            month=f"{found.run.month:%Y-%m}", version=found.run.number, provisional=found.run.provisional,
            published=found.run.published_at is not None,
            indicators=[
                KindOut(code=one.code, en=one.en, zh=one.zh, target=one.target, at_most=one.at_most, weight=one.weight)
                for one in sorted(found.indicators, key=lambda one: (-one.weight, one.code))
            ],
            subjects=[_subject(card, found) for card in found.cards],
            days=[
                DayOut(day=one.day, reported=one.reported, completed=one.completed, late=one.late, backlog=one.backlog)
                for one in found.days
            ],
            voice=[VoiceOut(reason=reason, times=times) for reason, times in found.voice],
        )  # fmt: skip

    @get(
        "/overview.xlsx", operation_id="exportOverviewXlsx", summary="The overview as XLSX", media_type=XLSX,
        responses={200: ResponseSpec(data_container=bytes, media_type=XLSX, generate_examples=False,
                                     description="A workbook with real numbers and formats.")},
    )  # fmt: skip
    async def xlsx(
        self, area_id: UUID, month: str, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any],
        lang: SheetLanguage = None,
    ) -> Response[bytes]:  # fmt: skip
        """What the reader may see; who took it stands in the log of exports."""
        actor.require(*READERS)
        actor.require_area(area_id)
        found, language, name = await _export(session, actor, area_id, month, "xlsx", lang, request)
        return Response(
            exporting.workbook(found, language), media_type=XLSX, headers=sheets.headers(f"{name}.xlsx", language)
        )

    @get(
        "/overview.csv", operation_id="exportOverviewCsv", summary="The overview as CSV",
        media_type=sheets.MEDIA_TYPE, responses={200: CSV_ANSWER},
    )  # fmt: skip
    async def csv(
        self, area_id: UUID, month: str, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any],
        lang: SheetLanguage = None,
    ) -> Response[str]:  # fmt: skip
        """The same rows as CSV in UTF-8; who took it stands in the log of exports."""
        actor.require(*READERS)
        actor.require_area(area_id)
        found, language, name = await _export(session, actor, area_id, month, "csv", lang, request)
        return Response(
            exporting.csv(found, language), media_type=sheets.MEDIA_TYPE,
            headers=sheets.headers(f"{name}.csv", language),
        )  # fmt: skip


async def _export(
    session: AsyncSession,
    actor: Actor,
    area_id: UUID,
    month: str,
    kind: str,
    lang: str | None,
    request: Request[Any, Any, Any],
) -> tuple[Overview, str, str]:
    area = await area_by_id(session, area_id)
    found = await overview(session, actor, area, month)
    language = language_of(lang or request.headers.get("accept-language"))
    session.add(
        ReportExport(
            area_id=area.id, account_id=actor.account_id, report="overview", format=kind,
            asked=f"{found.run.month:%Y-%m} version {found.run.number}", at=area.clock.now(),
        )
    )  # fmt: skip
    await session.flush()
    return found, language, text("report.name", language, area=area.code, month=f"{found.run.month:%Y-%m}")


ROUTES = (ReportController,)
