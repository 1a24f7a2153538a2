"""The manager's reports over HTTP."""

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Controller, Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.exports import log_export
from dispatch.assessments import repository as assessments
from dispatch.assessments import service as assessing
from dispatch.assessments.counting.indicators import VALUE_DIGITS
from dispatch.assessments.decisions.deciding import SEE_UNDECIDED
from dispatch.assessments.months import month_of
from dispatch.assessments.settlement.acting import READERS as STATEMENT_READERS
from dispatch.policies.definitions import read_definition
from dispatch.policies.models import Indicator
from dispatch.reports import exporting
from dispatch.reports.hours import PARTS, Hours, in_order
from dispatch.reports.overview import READERS, Overview, at_most, front_page, overview, rate
from dispatch.reports.ranked import MOST, RANKED, Row, Wanted, rows
from dispatch.reports.reading import offset_of, people_of
from dispatch.reports.rollups.kept_work import worked
from dispatch.reports.schemas import (
    CountsOut,
    DayOut,
    FlagOut,
    FunnelLimitOut,
    FunnelOut,
    FunnelPointOut,
    GridSpentOut,
    HoursOut,
    KindOut,
    NumberOut,
    OverviewOut,
    PastOut,
    RankedOut,
    SignOut,
    SpentOut,
    SubjectOut,
    VoiceOut,
    WorkedOut,
)
from dispatch.reports.settling import sheets_of
from dispatch.reports.suspicion import FLAG_READERS, flags_of, plot
from grids.service import area_by_id
from kit.actor import Actor
from kit.http.requests import CSV_ANSWER, SheetLanguage, encode_cursor
from kit.i18n import language_of, text
from kit.spreadsheets import sheets

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Grid = Annotated[UUID | None, Parameter(description="Days and words of this grid alone.")]
Technician = Annotated[UUID | None, Parameter(description="Days and words of this technician alone.")]
Team = Annotated[str | None, Parameter(max_length=200, description="Days and words of this team alone.")]
Contractor = Annotated[str | None, Parameter(max_length=200, description="Days and words of this contractor alone.")]


def _sees_undecided(actor: Actor) -> bool:
    return actor.trusted or actor.role in SEE_UNDECIDED


def _subject(row: Row, *, undecided: bool) -> SubjectOut:
    standing, hours = row.standing, row.standing.get("hours", {})
    return SubjectOut(
        subject=row.subject, id=row.id, name=row.name, rural=row.rural, team=row.team, contractor=row.contractor,
        orders=row.orders, score=row.score, rank=row.rank, rank_note=row.rank_note, rank_change=row.rank_change,
        rank_interval=standing.get("rankInterval"), ranked=standing.get("ranked"), observed=standing.get("observed"),
        repairs=standing.get("cases"),
        expected=standing.get("expected"), ratio=standing.get("ratio"), ratio_interval=standing.get("ratioInterval"),
        proposal=standing.get("proposal") if undecided else None,
        drive=hours.get("drive", 0), work=hours.get("work", 0),
        numbers={
            code: NumberOut(
                numerator=one["numerator"], denominator=one["denominator"], value=rate(one), interval=one["interval"],
                provisional=one["provisional"],
            )
            for code, one in row.numbers.items()
        },
        past=[PastOut(month=one.month, score=one.score, values=one.values) for one in row.past],
    )  # fmt: skip


def _kind(row: Indicator) -> KindOut:
    definition = read_definition(row.definition)
    per = definition.per
    target = None if row.target is None else round(row.target * per, VALUE_DIGITS)
    return KindOut(
        code=row.code, en=row.en, zh=row.zh, target=target, at_most=row.at_most, weight=row.weight, per=per,
        subjects=definition.subjects,
    )  # fmt: skip


def _hours(found: Hours) -> HoursOut:
    return HoursOut(*(getattr(found, part) for part in PARTS))


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
        team: Team = None,
        contractor: Contractor = None,
    ) -> OverviewOut:
        """The newest version of the month: the area and who was chosen with the months before, days, words.

        `listRanked` has everybody's rows.
        """
        actor.require(*READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        found = await front_page(
            session, actor, area, month, grid=grid, technician=technician, team=team, contractor=contractor
        )
        undecided = _sees_undecided(actor)
        return OverviewOut(
            month=f"{found.run.month:%Y-%m}", version=found.run.number,
            computed_at=found.run.created_at, provisional=found.run.provisional,
            published=found.run.published_at is not None,
            indicators=[
                _kind(one)
                for one in sorted(found.indicators, key=lambda one: (-one.weight, one.code))
            ],
            subjects=[_subject(one, undecided=undecided) for one in found.rows],
            counts=CountsOut(**{kind: found.counts.get(kind, 0) for kind in RANKED}),
            days=[
                DayOut(day=one.day, reported=one.reported, completed=one.completed, late=one.late, backlog=one.backlog)
                for one in found.days
            ],
            voice=[VoiceOut(reason=reason, times=times) for reason, times in found.voice],
        )  # fmt: skip

    @get("/ranked", operation_id="listRanked", summary="The rows of a month's ranking")
    async def ranked(
        self,
        area_id: UUID,
        month: str,
        session: AsyncSession,
        actor: Actor,
        subject: Annotated[
            Literal["area", "grid", "contractor", "team", "technician"], Parameter(description="What is ranked.")
        ],
        measure: Annotated[
            list[str] | None,
            Parameter(max_items=50, description="score, or codes of indicators; every number where there is none."),
        ] = None,
        id: Annotated[list[str] | None, Parameter(max_items=100, description="Of these alone.")] = None,
        team: Annotated[str | None, Parameter(max_length=200, description="Technicians of this team alone.")] = None,
        contractor: Annotated[
            str | None, Parameter(max_length=200, description="Technicians of this contractor alone.")
        ] = None,
        sort: Annotated[
            Literal["worst", "rank", "orders"],
            Parameter(description="worst: by the first measure; rank: urban first; orders: most first."),
        ] = "worst",
        past: Annotated[bool, Parameter(description="With the months before.")] = False,
        version: Annotated[int | None, Parameter(ge=1, le=2**31 - 1, description="Of the month; the newest.")] = None,
        cursor: Annotated[str | None, Parameter(max_length=200)] = None,
        limit: Annotated[int, Parameter(ge=1, le=MOST)] = 50,
    ) -> RankedOut:
        """Everybody of a kind that the reader may see, a page at a time; rows without data come last."""
        actor.require(*READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        run = await assessing.version_of(session, actor, area, month, version)
        wanted = Wanted(
            subject, measure, await at_most(session, area, run, measure), ids=id, team=team, contractor=contractor,
            sort=sort,
        )  # fmt: skip
        skipped = 0 if cursor is None else offset_of(cursor)
        found = await rows(session, actor, run, wanted, past=past, limit=limit, offset=skipped)
        upto = skipped + len(found.rows)
        return RankedOut(
            month=f"{run.month:%Y-%m}", version=run.number,
            items=[_subject(one, undecided=_sees_undecided(actor)) for one in found.rows],
            total=found.total, next_cursor=encode_cursor(upto) if found.rows and upto < found.total else None,
        )  # fmt: skip

    @get("/flags", operation_id="listFlags", summary="Signs of dishonest reports")
    async def flags(
        self,
        area_id: UUID,
        month: str,
        session: AsyncSession,
        actor: Actor,
        technician: Annotated[UUID | None, Parameter(description="Of this technician alone.")] = None,
    ) -> list[FlagOut]:
        """What was seen too often to be chance, least probable first, with its evidence; never a score by itself."""
        actor.require(*FLAG_READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        found, numbers, names = await flags_of(session, actor, area, month, technician)
        return [
            FlagOut(
                technician_id=UUID(one.who), name=names[one.who], kind=one.kind, seen=one.seen, chances=one.chances,
                expected=round(one.expected, 4), probability=one.probability,
                evidence=[
                    SignOut(
                        order_id=UUID(sign.order_id), order_number=numbers.get(UUID(sign.order_id)),
                        event_id=None if sign.event_id is None else UUID(sign.event_id), detail=sign.detail,
                    )
                    for sign in one.evidence
                ],
            )
            for one in found
        ]  # fmt: skip

    @get("/funnel", operation_id="getFunnel", summary="The funnel plot of an indicator")
    async def funnel(
        self,
        area_id: UUID,
        month: str,
        session: AsyncSession,
        actor: Actor,
        indicator: Annotated[str, Parameter(description="Its code; one that is a share.")],
        subject: Annotated[str, Parameter(description="technician, team, contractor or grid")] = "technician",
    ) -> FunnelOut:
        """Who lies outside of what the number of cases explains, with limits widened for over-dispersion."""
        actor.require(*READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        found = await plot(session, actor, area, month, indicator, subject)
        if found is None:
            return FunnelOut(indicator, subject, None, None, [], [])
        return FunnelOut(
            indicator=indicator, subject=subject, centre=found.shape.centre, dispersion=found.shape.dispersion,
            points=[
                FunnelPointOut(
                    id=card.subject_id, name=card.name, cases=card.number["denominator"], value=card.number["value"],
                    z=round(z, 4),
                )
                for card, z in found.cards
                if card.number is not None
            ],
            limits=[FunnelLimitOut(cases, *near, *far) for cases, near, far in found.limits],
        )  # fmt: skip

    @get("/hours", operation_id="getHours", summary="Where the hours went")
    async def hours(self, area_id: UUID, month: str, session: AsyncSession, actor: Actor) -> WorkedOut:
        """Drive, work, breaks, waiting, unassigned time and overtime of a month so far, by technician and by grid."""
        actor.require(*READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        found = await worked(session, area, month_of(month, area.timezone))
        seen = await assessments.visible_technicians(session, actor)
        names = {one.id: one.name for one in await people_of(session, area_id) if seen is None or one.id in seen}
        theirs = await assessments.visible_grids(session, actor)
        places = {
            row.id: row.name
            for row in await assessments.grid_rows(session, area_id)
            if theirs is None or row.id in theirs
        }
        people, total = in_order(found.technicians, names), Hours()
        for _, _, one in people:
            total.add(one)
        return WorkedOut(
            month=month,
            technicians=[SpentOut(who, name, _hours(one)) for who, name, one in people],
            grids=[
                GridSpentOut(grid, name, one.drive, one.work, one.overtime)
                for grid, name, one in in_order(found.grids, places)
            ],
            total=_hours(total),
        )

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
        "/settlement.xlsx", operation_id="exportStatements", summary="The statements as XLSX", media_type=XLSX,
        responses={200: ResponseSpec(data_container=bytes, media_type=XLSX, generate_examples=False,
                                     description="A workbook of statements and all their lines.")},
    )  # fmt: skip
    async def settlement(
        self, area_id: UUID, month: str, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any],
        lang: SheetLanguage = None,
    ) -> Response[bytes]:  # fmt: skip
        """What the reader may see of them; who took it stands in the log of exports."""
        actor.require(*STATEMENT_READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        language = language_of(lang or request.headers.get("accept-language"))
        found = await sheets_of(session, actor, area, month, language)
        await log_export(session, actor, area, "settlement", "xlsx", month)
        name = text("report.settlement_name", language, area=area.code, month=month)
        return Response(
            exporting.book_of(found), media_type=XLSX, headers=sheets.headers(f"{name}.xlsx", language)
        )  # fmt: skip

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
    await log_export(session, actor, area, "overview", kind, f"{found.run.month:%Y-%m} version {found.run.number}")
    return found, language, text("report.name", language, area=area.code, month=f"{found.run.month:%Y-%m}")


ROUTES = (ReportController,)
