"""Assessments over HTTP: the month, its publication, the orders behind each number, entries and appeals."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post
from litestar.params import Parameter, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.accounts.exports import log_export
from dispatch.assessments import appeals, repository, service
from dispatch.assessments import preview as previewing
from dispatch.assessments.deadlines import appeals_until
from dispatch.assessments.exporting import sheet
from dispatch.assessments.models import AssessmentEntry
from dispatch.assessments.months import month_of
from dispatch.assessments.schemas import (
    AppealIn,
    AssessmentOut,
    CaseOut,
    DecisionIn,
    EntryOut,
    InspectionIn,
    InspectionOut,
    MovedLineOut,
    MoveOut,
    PreviewIn,
    PreviewOut,
    PublishedOut,
    RunOut,
    assessment_out,
)
from dispatch.policies.service import indicator_versions
from grids.service import area_by_id
from kit.actor import Actor, Role
from kit.errors import Malformed
from kit.http.requests import CSV_ANSWER, Page, SheetLanguage, decode_cursor, encode_cursor
from kit.i18n import language_of, text
from kit.spreadsheets import sheets

Version = Annotated[
    int | None, QueryParameter(name="version", ge=1, description="An older version; by default the newest.")
]


async def _entry_out(session: AsyncSession, entry: AssessmentEntry) -> EntryOut:
    (shown,) = await _entries_out(session, [entry])
    return shown


async def _entries_out(session: AsyncSession, entries: Sequence[AssessmentEntry]) -> list[EntryOut]:
    until = await appeals_until(session, entries)
    return [_as_out(entry, until[entry.id]) for entry in entries]


def _as_out(entry: AssessmentEntry, appeal_until: datetime | None) -> EntryOut:
    return EntryOut(
        id=entry.id,
        order_id=entry.order_id,
        technician_id=entry.technician_id,
        month=entry.month,
        rule=entry.rule,
        points=entry.points,
        attribution=entry.attribution,
        policy_number=entry.policy_number,
        stands=entry.stands,
        appeal_status=entry.appeal_status,
        appeal_note=entry.appeal_note,
        appeal_until=appeal_until,
        decided_at=entry.decided_at,
    )


class AssessmentController(Controller):
    """A month of an area, `2022-09`."""

    path = "/api/areas/{area_id:uuid}/assessments/{month:str}"
    tags = ["assessments"]  # noqa: RUF012 - Litestar reads it as is

    @get(operation_id="getAssessment", summary="Score cards and ranks")
    async def read(
        self, area_id: UUID, month: str, session: AsyncSession, actor: Actor, version: Version = None
    ) -> AssessmentOut:
        """The newest version, or one by its number. Technicians see their own card of what was published."""
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        return assessment_out((await service.read(session, actor, area, month, version)).as_json())

    @get(
        "/scores.csv",
        operation_id="exportAssessment",
        summary="Score cards as a spreadsheet",
        media_type=sheets.MEDIA_TYPE,
        responses={200: CSV_ANSWER},
    )
    async def export(
        self,
        area_id: UUID,
        month: str,
        session: AsyncSession,
        actor: Actor,
        request: Request[Any, Any, Any],
        version: Version = None,
        lang: SheetLanguage = None,
    ) -> Response[str]:
        """The cards that the reader may see: CSV in UTF-8 that Excel opens, a row for every technician, team and grid,
        four columns an indicator, names in the asked language.
        """
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        found = await service.read(session, actor, area, month, version)
        language = language_of(lang or request.headers.get("accept-language"))
        indicators = await indicator_versions(session, area_id, found.run.month)
        asked = f"{found.run.month:%Y-%m} version {found.run.number}"
        await log_export(session, actor, area, "scores", "csv", asked)
        name = text("assessment.sheet", language, area=area.code, month=f"{found.run.month:%Y-%m}")
        return Response(
            sheet(found, indicators, language),
            media_type=sheets.MEDIA_TYPE,
            headers=sheets.headers(f"{name}.csv", language),
        )

    @post(operation_id="computeAssessment", summary="Compute the month")
    async def compute(self, area_id: UUID, month: str, session: AsyncSession, actor: Actor) -> AssessmentOut:
        """Count, score and rank the month as it is known now; it becomes the month's next version."""
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        return assessment_out((await service.compute(session, actor, area, month)).as_json())

    @post("/preview", operation_id="previewAssessment", summary="The month under other rules")
    async def preview(
        self, area_id: UUID, month: str, data: PreviewIn, session: AsyncSession, actor: Actor
    ) -> PreviewOut:
        """Who would move and why, before anything is published; nothing is stored."""
        actor.require(*previewing.PREVIEWERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        changes = [
            previewing.IndicatorChange(one.code, one.weight, one.target, one.baseline) for one in data.indicators
        ]
        compared, moves = await previewing.preview(session, actor, area, month, data.limits, changes)
        return PreviewOut(
            compared,
            [
                MoveOut(
                    subject=move.subject, id=move.id, name=move.name, score_before=move.score[0],
                    score_after=move.score[1], rank_before=move.rank[0], rank_after=move.rank[1],
                    why=[MovedLineOut(rule, points) for rule, points in move.why],
                )
                for move in moves
            ],
        )  # fmt: skip

    @post("/publish", operation_id="publishAssessment", summary="Publish the newest version")
    async def publish(self, area_id: UUID, month: str, session: AsyncSession, actor: Actor) -> PublishedOut:
        """Make the newest version the ranking that technicians see; appeals run from here."""
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        run = await service.publish(session, actor, area, month)
        return PublishedOut(
            run_id=run.id,
            month=f"{run.month:%Y-%m}",
            number=run.number,
            published_at=run.published_at or run.created_at,
        )

    @get("/entries", operation_id="listAssessmentEntries", summary="What took points off")
    async def entries(
        self,
        area_id: UUID,
        month: str,
        session: AsyncSession,
        actor: Actor,
        technician: Annotated[UUID | None, Parameter(description="Only this technician's.")] = None,
        appealed: Annotated[bool, Parameter(description="Only those that were appealed against.")] = False,
        cursor: str | None = None,
        limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    ) -> Page[EntryOut]:
        """The month's entries with their appeals, oldest first. Technicians see their own."""
        actor.require(*service.READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        rows = await repository.visible_entries(
            session, actor, area_id, month_of(month, area.timezone).first, technician,
            after=_after(cursor), limit=limit + 1, appealed=appealed,
        )  # fmt: skip
        shown = rows[:limit]
        more = encode_cursor(shown[-1].id) if len(rows) > limit else None
        return Page(items=await _entries_out(session, shown), next_cursor=more)

    @get(
        "/{subject:str}/{subject_id:str}/{indicator:str}",
        operation_id="listCasesBehind",
        summary="The orders behind a number",
    )
    async def behind(
        self,
        area_id: UUID,
        month: str,
        subject: str,
        subject_id: str,
        indicator: str,
        session: AsyncSession,
        actor: Actor,
        version: Version = None,
        cursor: str | None = None,
        limit: Annotated[int, Parameter(ge=1, le=200)] = 100,
    ) -> Page[CaseOut]:
        """Every case of the denominator, the numerator's first. `subject`: technician, team, contractor, grid, area."""
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        run = await service.version_of(session, actor, area, month, version)
        counted, others = await service.orders_behind(session, actor, run, subject, subject_id, indicator)
        cases = [(one, True) for one in counted] + [(one, False) for one in others]
        start = _offset(cursor)
        shown = cases[start : start + limit]
        numbers = await repository.numbers_of(session, {one for one, _ in shown})
        more = encode_cursor(start + limit) if start + limit < len(cases) else None
        items = [CaseOut(order_id=one, number=numbers.get(one, "–"), counted=inside) for one, inside in shown]
        return Page(items=items, next_cursor=more)


def _offset(cursor: str | None) -> int:
    """A place in a list that was fixed when the month was computed, so counting into it is safe."""
    if cursor is None:
        return 0
    (place,) = decode_cursor(cursor, 1)
    if not place.isdecimal():
        raise Malformed("malformed.cursor", field="cursor")
    return int(place)


def _after(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    (entry_id,) = decode_cursor(cursor, 1)
    try:
        return UUID(entry_id)
    except ValueError as error:
        raise Malformed("malformed.cursor", field="cursor") from error


class AssessmentListController(Controller):
    """Which months were assessed."""

    path = "/api/areas/{area_id:uuid}/assessments"
    tags = ["assessments"]  # noqa: RUF012 - Litestar reads it as is

    @get(operation_id="listAssessments", summary="Months and their versions")
    async def runs(self, area_id: UUID, session: AsyncSession, actor: Actor) -> list[RunOut]:
        """The newest 200 versions, latest month first; technicians see those that were published."""
        actor.require(*service.READERS)
        actor.require_area(area_id)
        found = await repository.runs(session, area_id, published=actor.role is Role.TECHNICIAN)
        return [
            RunOut(
                run_id=run.id,
                month=f"{run.month:%Y-%m}",
                number=run.number,
                provisional=run.provisional,
                published_at=run.published_at,
                cause=run.cause,
                created_at=run.created_at,
            )
            for run in found
        ]


class AppealController(Controller):
    """Appeals and inspections."""

    path = "/api"
    tags = ["assessments"]  # noqa: RUF012 - Litestar reads it as is

    @post("/assessment-entries/{entry_id:uuid}/appeal", operation_id="appealEntry", summary="Appeal")
    async def appeal(self, entry_id: UUID, data: AppealIn, session: AsyncSession, actor: Actor) -> EntryOut:
        """A technician's appeal against an entry of theirs, within three working days of its publication."""
        return await _entry_out(session, await appeals.appeal(session, actor, entry_id, data.note))

    @post("/assessment-entries/{entry_id:uuid}/decision", operation_id="decideAppeal", summary="Decide an appeal")
    async def decide(self, entry_id: UUID, data: DecisionIn, session: AsyncSession, actor: Actor) -> EntryOut:
        """An inspector's answer; an upheld appeal makes the entry void and computes the month anew."""
        entry = await appeals.decide(session, actor, entry_id, upheld=data.upheld, note=data.note)
        return await _entry_out(session, entry)

    @post("/orders/{order_id:uuid}/inspection", operation_id="inspectOrder", summary="Check a completion report")
    async def inspect(self, order_id: UUID, data: InspectionIn, session: AsyncSession, actor: Actor) -> InspectionOut:
        """An inspector's check of what the technician reported back; a second look replaces the first."""
        actor.require(Role.INSPECTOR)
        found = await appeals.inspect(session, actor, order_id, passed=data.passed, findings=data.findings)
        return InspectionOut(
            id=found.id, order_id=found.order_id, technician_id=found.technician_id, passed=found.passed,
            findings=found.findings, at=found.at,
        )  # fmt: skip


ROUTES = (AssessmentListController, AssessmentController, AppealController)
