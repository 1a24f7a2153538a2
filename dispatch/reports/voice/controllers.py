"""What subscribers say, over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.exports import log_export
from dispatch.assessments.months import month_of
from dispatch.policies import repository as rules
from dispatch.policies.models import ReasonKind
from dispatch.reports.controllers import XLSX
from dispatch.reports.exporting import Sheet, book_of
from dispatch.reports.overview import READERS
from dispatch.reports.reading import grids_asked, offset_of
from dispatch.reports.voice.answers import Voice, quotes, voice
from dispatch.reports.voice.schemas import DriverOut, QuoteOut, ReasonCountOut, VoicesOut, WordOut
from grids.service import area_by_id
from kit.actor import Actor, Role
from kit.http.requests import Page, SheetLanguage, encode_cursor
from kit.i18n import in_language, language_of, text
from kit.spreadsheets import sheets
from kit.spreadsheets.sheets import Cell

Grid = Annotated[UUID | None, Parameter(description="Of this grid alone.")]
QUOTED = tuple(role for role in READERS if role is not Role.OBSERVER)
"""Who reads quotes: a name that no rule finds would be personal data, of which observers see none."""


class VoiceController(Controller):
    """What subscribers said in a month, `2022-09`."""

    path = "/api/areas/{area_id:uuid}/reports/{month:str}"
    tags = ["reports"]  # noqa: RUF012 - Litestar reads it as is

    @get("/voice", operation_id="getVoice", summary="What subscribers say, and what matters to them")
    async def read(
        self, area_id: UUID, month: str, session: AsyncSession, actor: Actor, grid: Grid = None
    ) -> VoicesOut:
        """Reasons, words and promises of the answered calls; of one grid, or of all that the reader may see."""
        actor.require(*READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        span = month_of(month, area.timezone)
        found = await voice(session, area, span, await grids_asked(session, actor, area, grid))
        return VoicesOut(
            month=span.name, answers=found.answers, satisfied=found.satisfied,
            reasons=[ReasonCountOut(code=code, times=times) for code, times in found.reasons],
            words=[WordOut(word=one.word, answers=one.answers, dissatisfied=one.dissatisfied) for one in found.words],
            drivers=[
                DriverOut(code=one.code, answers=one.answers, kept=one.kept, importance=one.importance,
                          interval=None if one.interval is None else list(one.interval), field=one.field)
                for one in found.drivers
            ],
        )  # fmt: skip

    @get("/quotes", operation_id="listQuotes", summary="What subscribers said, in their words")
    async def quotes(
        self, area_id: UUID, month: str, session: AsyncSession, actor: Actor, grid: Grid = None,
        reason: Annotated[str | None, Parameter(max_length=100, description="With this reason alone.")] = None,
        word: Annotated[str | None, Parameter(max_length=100, description="With this word alone.")] = None,
        cursor: str | None = None, limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    ) -> Page[QuoteOut]:  # fmt: skip
        """The newest first; names, phones and addresses are dots. Not for observers."""
        actor.require(*QUOTED)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        offset = 0 if cursor is None else offset_of(cursor)
        rows = await quotes(
            session, area, month_of(month, area.timezone), await grids_asked(session, actor, area, grid),
            reason=reason, word=word, most=limit + 1, offset=offset,
        )  # fmt: skip
        return Page(
            items=[
                QuoteOut(id=one.id, at=one.at, order_id=one.order_id, order_number=one.number,
                         satisfaction=one.satisfaction, reasons=list(one.reasons), words=one.words)
                for one in rows[:limit]
            ],
            next_cursor=encode_cursor(offset + limit) if len(rows) > limit else None,
        )  # fmt: skip

    @get("/voice.xlsx", operation_id="exportVoice", summary="What subscribers say as XLSX", media_type=XLSX,
         responses={200: ResponseSpec(data_container=bytes, media_type=XLSX, generate_examples=False,
                                      description="A workbook with real numbers and formats.")})  # fmt: skip
    async def file(
        self, area_id: UUID, month: str, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any],
        grid: Grid = None, lang: SheetLanguage = None,
    ) -> Response[bytes]:  # fmt: skip
        """Reasons, words and promises, without quotes; who took it stands in the log of exports."""
        actor.require(*READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        span = month_of(month, area.timezone)
        found = await voice(session, area, span, await grids_asked(session, actor, area, grid))
        language = language_of(lang or request.headers.get("accept-language"))
        names = {
            row.code: in_language({"en": row.en, "zh": row.zh}, language)
            for row in await rules.reasons(session, area_id, ReasonKind.DISSATISFACTION)
        }
        await log_export(session, actor, area, "voice", "xlsx", span.name if grid is None else f"{span.name} {grid}")
        name = text("report.voice_name", language, area=area.code, month=span.name)
        return Response(
            book_of(_sheets(found, names, language)), media_type=XLSX, headers=sheets.headers(f"{name}.xlsx", language)
        )


def _sheets(found: Voice, names: dict[str, str], language: str) -> list[Sheet]:
    def heading(*columns: str) -> list[Cell]:
        return [text(f"report.column.{one}", language) for one in columns]

    reasons = [heading("reason", "named")]
    reasons += [[names.get(code, code), times] for code, times in found.reasons]
    words = [heading("word", "answers", "dissatisfied")]
    words += [[one.word, one.answers, one.dissatisfied] for one in found.words]
    promises = [heading("promise", "answers", "kept", "importance", "importance_from", "importance_to")]
    for one in found.drivers:
        low, high = one.interval or (None, None)
        promises.append(
            [text(f"report.promise.{one.code}", language), one.answers, one.kept, one.importance, low, high]
        )
    return [
        (text("report.sheet.reasons", language), reasons, ["", "0"]),
        (text("report.sheet.words", language), words, ["", "0", "0"]),
        (text("report.sheet.promises", language), promises, ["", "0", "0.0%", "0.00", "0.00", "0.00"]),
    ]


ROUTES = (VoiceController,)
