"""Decisions and bulletins over HTTP."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, get, post, put
from litestar.params import Parameter, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository
from dispatch.assessments.decisions import bulletins, deciding
from dispatch.assessments.decisions.models import Bulletin, Decision, DecisionStatus
from dispatch.assessments.decisions.schemas import (
    AcceptIn,
    AnswerIn,
    BulletinIn,
    BulletinOut,
    CheckIn,
    DecisionOut,
    DecisionStepOut,
    DeclineIn,
    EvidenceOrderOut,
    SubjectKind,
    TaskOwnerOut,
)
from dispatch.assessments.months import month_of
from grids.service import area_by_id
from kit.actor import Actor, Role
from kit.http.requests import Page, SheetLanguage, encode_cursor, expected_version
from kit.i18n import language_of

MOST_ORDERS = 50
"""Of the orders behind a proposal so many are named."""


async def _shown(session: AsyncSession, actor: Actor, rows: Sequence[Decision]) -> list[DecisionOut]:
    steps = await deciding.stories(session, [one.id for one in rows])
    people = {one for row in rows for one in (row.decided_by, row.owner_id, row.checked_by)}
    people |= {step.by for story in steps.values() for step in story}
    names = await deciding.names_of(session, {one for one in people if one is not None})
    behind = {one.id: [UUID(order) for order in one.evidence.get("orders", [])[:MOST_ORDERS]] for one in rows}
    numbers = await repository.numbers_of(session, {order for orders in behind.values() for order in orders})
    reads = actor.trusted or actor.role is not Role.OBSERVER
    nows = {one: (await area_by_id(session, one)).clock.now() for one in {row.area_id for row in rows}}

    def words(said: str | None) -> str | None:
        return said if reads else None

    def who(account: UUID | None) -> str | None:
        return None if account is None else names.get(account)

    return [
        DecisionOut(
            id=one.id, month=f"{one.month:%Y-%m}", version_of_month=one.run_number, kind=one.kind,
            proposed_kind=one.proposed_kind, subject=one.subject, subject_id=one.subject_id, name=one.name,
            rule=one.rule, rule_version=one.rule_version, evidence=one.evidence,
            orders=[EvidenceOrderOut(id=order, number=numbers[order]) for order in behind[one.id] if order in numbers],
            status=one.status, words=words(one.words), reason=words(one.reason), decided_by=who(one.decided_by),
            decided_at=one.decided_at, owner_id=one.owner_id, owner=who(one.owner_id),
            mine=one.owner_id is not None and one.owner_id == actor.account_id, due_at=one.due_at,
            may_check=actor.role in deciding.CHECKERS and actor.account_id not in (one.owner_id, one.answered_by),
            overdue=one.status is DecisionStatus.ACCEPTED and one.due_at is not None and one.due_at < nows[one.area_id],
            answer=words(one.answer), answered_at=one.answered_at, judgement=words(one.judgement),
            checked_by=who(one.checked_by), checked_at=one.checked_at, created_at=one.created_at, version=one.version,
            steps=[
                DecisionStepOut(kind=step.kind, at=step.at, by=who(step.by), words=words(step.words), data=step.data)
                for step in steps[one.id]
            ],
        )
        for one in rows
    ]  # fmt: skip


async def _one(session: AsyncSession, actor: Actor, row: Decision) -> DecisionOut:
    (shown,) = await _shown(session, actor, [row])
    return shown


async def _texts(session: AsyncSession, rows: Sequence[Bulletin]) -> list[BulletinOut]:
    people = {one for row in rows for one in (row.edited_by, row.issued_by) if one is not None}
    names = await deciding.names_of(session, people)
    return [
        BulletinOut(
            id=one.id, month=f"{one.month:%Y-%m}", number=one.number, version_of_month=one.run_number,
            language=one.language, body=one.body, edited_by=None if one.edited_by is None else names.get(one.edited_by),
            edited_at=one.edited_at, issued_by=None if one.issued_by is None else names.get(one.issued_by),
            issued_at=one.issued_at, edit=one.edit,
        )
        for one in rows
    ]  # fmt: skip


class DecisionListController(Controller):
    """What months led to."""

    path = "/api/areas/{area_id:uuid}"
    tags = ["assessments"]  # noqa: RUF012 - Litestar reads it as is

    @get("/decisions", operation_id="listDecisions", summary="Stars, cards and tasks")
    async def read(
        self,
        area_id: UUID,
        session: AsyncSession,
        actor: Actor,
        month: Annotated[str | None, Parameter(max_length=7, description="Of this month alone, `2022-09`.")] = None,
        subject: Annotated[SubjectKind | None, Parameter(description="Of this kind alone.")] = None,
        subject_id: Annotated[str | None, QueryParameter(name="subjectId", max_length=200)] = None,
        status: Annotated[DecisionStatus | None, Parameter(description="Only those that stand so.")] = None,
        cursor: str | None = None,
        limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
    ) -> Page[DecisionOut]:
        """The newest first. What nobody has decided is for managers; everybody else sees what holds, of their part."""
        actor.require(*deciding.READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        first = None if month is None else month_of(month, area.timezone).first
        asked = deciding.Asked(month=first, subject=subject, subject_id=subject_id, status=status)
        rows = await deciding.decisions(session, actor, area_id, asked, cursor=cursor, limit=limit + 1)
        shown = rows[:limit]
        more = encode_cursor(shown[-1].id) if len(rows) > limit else None
        return Page(items=await _shown(session, actor, shown), next_cursor=more)

    @get("/task-owners", operation_id="listTaskOwners", summary="Who may own a task")
    async def owners(self, area_id: UUID, session: AsyncSession, actor: Actor) -> Page[TaskOwnerOut]:
        """Everybody of a desk who works in the area and may answer, by name."""
        actor.require(Role.MANAGER)
        actor.require_area(area_id)
        rows = await deciding.owners(session, area_id)
        return Page(items=[TaskOwnerOut(id=one.id, name=one.name, role=one.role.value) for one in rows])

    @get("/bulletins/{month:str}", operation_id="listBulletins", summary="The bulletin of a month")
    async def bulletins(self, area_id: UUID, month: str, session: AsyncSession, actor: Actor) -> list[BulletinOut]:
        """Its versions, the newest first; drafts are for managers."""
        actor.require(*bulletins.READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        return await _texts(session, await bulletins.bulletins(session, actor, area, month))

    @post("/bulletins/{month:str}/draft", operation_id="draftBulletin", summary="Draft the bulletin")
    async def draft(
        self, area_id: UUID, month: str, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any],
        lang: SheetLanguage = None,
    ) -> BulletinOut:  # fmt: skip
        """From the newest published version of the month and the decisions that hold; it replaces a draft."""
        actor.require(*bulletins.WRITERS)
        actor.require_area(area_id)
        language = language_of(lang or request.headers.get("accept-language"))
        found = await bulletins.draft(session, actor, await area_by_id(session, area_id), month, language)
        return (await _texts(session, [found]))[0]

    @put("/bulletins/{month:str}", operation_id="editBulletin", summary="Change the bulletin's text")
    async def edit(
        self, area_id: UUID, month: str, data: BulletinIn, session: AsyncSession, actor: Actor,
        request: Request[Any, Any, Any],
    ) -> BulletinOut:  # fmt: skip
        """With `If-Match: "edit"`. An issued bulletin stays; the changed text is its next version."""
        actor.require(*bulletins.WRITERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        found = await bulletins.edit(session, actor, area, month, data.body, expected_version(request))
        return (await _texts(session, [found]))[0]

    @post("/bulletins/{month:str}/issue", operation_id="issueBulletin", summary="Issue the bulletin", status_code=200)
    async def issue(
        self, area_id: UUID, month: str, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any]
    ) -> BulletinOut:
        """Everybody in the area may read it from then on, and nobody changes it."""
        actor.require(*bulletins.WRITERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        found = await bulletins.issue(session, actor, area, month, expected_version(request))
        return (await _texts(session, [found]))[0]


class DecisionController(Controller):
    """One decision."""

    path = "/api/decisions/{decision_id:uuid}"
    tags = ["assessments"]  # noqa: RUF012 - Litestar reads it as is

    @post("/accept", operation_id="acceptDecision", summary="Let a proposal hold", status_code=200)
    async def accept(
        self, decision_id: UUID, data: AcceptIn, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any]
    ) -> DecisionOut:
        """As it is, or as another kind with a reason."""
        actor.require(Role.MANAGER)
        found = await deciding.accept(
            session, actor, decision_id, kind=data.kind, words=data.words, reason=data.reason, owner_id=data.owner_id,
            due_at=data.due_at, version=expected_version(request),
        )  # fmt: skip
        return await _one(session, actor, found)

    @post("/decline", operation_id="declineDecision", summary="Decline a proposal, or take it back", status_code=200)
    async def decline(
        self, decision_id: UUID, data: DeclineIn, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any]
    ) -> DecisionOut:
        """With a reason; both stay in its story."""
        actor.require(Role.MANAGER)
        found = await deciding.decline(session, actor, decision_id, data.reason, expected_version(request))
        return await _one(session, actor, found)

    @post("/answer", operation_id="answerTask", summary="Say what was done", status_code=200)
    async def answer(
        self, decision_id: UUID, data: AnswerIn, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any]
    ) -> DecisionOut:
        """By the task's owner, or a manager."""
        actor.require(*deciding.ANSWERERS)
        found = await deciding.answer(session, actor, decision_id, data.words, expected_version(request))
        return await _one(session, actor, found)

    @post("/check", operation_id="checkTask", summary="Look at what was done", status_code=200)
    async def check(
        self, decision_id: UUID, data: CheckIn, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any]
    ) -> DecisionOut:
        """An inspector or a manager, never who answered; what is not in order goes back with a new due time."""
        actor.require(*deciding.CHECKERS)
        found = await deciding.check(
            session, actor, decision_id, passed=data.passed, words=data.words, due_at=data.due_at,
            version=expected_version(request),
        )  # fmt: skip
        return await _one(session, actor, found)


ROUTES: tuple[Any, ...] = (DecisionListController, DecisionController)
