"""Complaints and supervisions over HTTP."""

from collections.abc import Awaitable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.complaints import importing, repository, service, supervising
from dispatch.complaints.models import Complaint, ComplaintStatus, Supervision, SupervisionStatus
from dispatch.complaints.repository import Asked
from dispatch.complaints.schemas import (
    AnswerComplaintIn,
    ComplaintEventOut,
    ComplaintLinkOut,
    ComplaintOut,
    ComplaintOwnerOut,
    ComplaintStory,
    DecideComplaintIn,
    HandComplaintOverIn,
    ImportComplaintsIn,
    ImportedComplaints,
    InspectComplaintIn,
    JudgeSupervisionIn,
    LinkComplaintIn,
    RefusedComplaintOut,
    SuperviseIn,
    SupervisionOut,
    TakeComplaintIn,
)
from grids.service import area_by_id, area_now
from kit.actor import Actor, Role
from kit.errors import Malformed
from kit.http.requests import Page, decode_cursor, encode_cursor, expected_version
from kit.i18n import language_of
from kit.i18n import text as sentence

READERS = tuple(role for role in Role if role is not Role.TECHNICIAN)


def _is_late(one: Complaint, now: datetime) -> bool:
    return (
        (one.acknowledged_at is None and one.acknowledge_due_at < now)
        or (one.answered_at is None and one.answer_due_at < now)
        or (one.rectify_due_at is not None and one.rectified_at is None and one.rectify_due_at < now)
    )


def _may(one: Complaint, actor: Actor) -> list[str]:
    found = []
    if actor.role in service.WORKERS:
        if one.status is ComplaintStatus.OPEN:
            found.append("acknowledge")
        owner = actor.account_id == one.owner_id or actor.role is Role.MANAGER
        if one.status in (ComplaintStatus.OPEN, ComplaintStatus.ACKNOWLEDGED) and owner:
            found.append("answer")
        if one.status is ComplaintStatus.RECTIFYING:
            found.append("rectify")
    if one.status is ComplaintStatus.ANSWERED and actor.role in service.DECIDERS:
        found.append("decide")
    if one.status is ComplaintStatus.RECTIFIED and actor.role is Role.INSPECTOR:
        found.append("inspect")
    open_ = one.status is not ComplaintStatus.CLOSED
    if open_ and actor.role in service.WORKERS and (one.answered_at is not None or actor.role is Role.MANAGER):
        found.append("hand_over")
    if actor.role in service.WORKERS:
        found.append("link")
    if open_ and actor.role is Role.MANAGER:
        found.append("supervise")
    return found


def _out(row: Any, actor: Actor, now: datetime, warned: dict[UUID, list[str]]) -> ComplaintOut:
    one, owner, order_number, technician = row
    return ComplaintOut(
        id=one.id, number=one.number, source=one.source.value, gravity=one.gravity.value, status=one.status.value,
        order_id=one.order_id, order_number=order_number, grid_id=one.grid_id,
        contact=one.contact, external_number=one.external_number, words=one.words,
        owner_id=one.owner_id, owner=owner, received_at=one.received_at,
        acknowledge_due_at=one.acknowledge_due_at, acknowledged_at=one.acknowledged_at,
        answer_due_at=one.answer_due_at, answered_at=one.answered_at, answer=one.answer,
        upheld=one.upheld, liability=one.liability.value if one.liability else None,
        liability_reason=one.liability_reason, technician_id=one.technician_id,
        technician=technician, rectify_due_at=one.rectify_due_at, rectification=one.rectification,
        rectified_at=one.rectified_at, closed_at=one.closed_at,
        late=one.status is not ComplaintStatus.CLOSED and _is_late(one, now), warned=warned.get(one.id, []),
        may=_may(one, actor), version=one.version,
    )  # fmt: skip


def _supervision(row: Any, actor: Actor, now: datetime, warned: dict[UUID, list[str]]) -> SupervisionOut:
    one, order_number, complaint_number, opener = row
    # No mark on the field says this: a manager reads the words of what was asked by that manager.
    sees = actor.sees_subscribers or (actor.role is Role.MANAGER and one.opened_by == actor.account_id)
    may = []
    if one.status is SupervisionStatus.OPEN and actor.role in supervising.ANSWERERS:
        may.append("answer")
    if one.status is SupervisionStatus.ANSWERED and actor.role is Role.MANAGER:
        may.append("judge")
    return SupervisionOut(
        id=one.id, number=one.number, order_id=one.order_id, order_number=order_number,
        complaint_id=one.complaint_id, complaint_number=complaint_number, status=one.status.value,
        question=one.question if sees else None, opened_by=opener, opened_at=one.opened_at, due_at=one.due_at,
        answer=one.answer if sees else None, answered_at=one.answered_at, judgement=one.judgement if sees else None,
        closed_at=one.closed_at, late=one.status is SupervisionStatus.OPEN and one.due_at < now,
        warned=warned.get(one.id, []), may=may, version=one.version,
    )  # fmt: skip


async def _one(session: AsyncSession, actor: Actor, one: Complaint) -> ComplaintOut:
    now = await area_now(session, one.area_id)
    warned = await repository.warnings(session, [one.id])
    return _out(await repository.one(session, one.id), actor, now, warned)


async def _one_supervision(session: AsyncSession, actor: Actor, one: Supervision) -> SupervisionOut:
    now = await area_now(session, one.area_id)
    warned = await repository.warnings(session, [one.id])
    return _supervision(await repository.one_supervision(session, one.id), actor, now, warned)


async def _did(session: AsyncSession, actor: Actor, act: Awaitable[Complaint]) -> ComplaintOut:
    """Do something about a complaint; what it is then."""
    return await _one(session, actor, await act)


async def _did_supervision(session: AsyncSession, actor: Actor, act: Awaitable[Supervision]) -> SupervisionOut:
    """Do something about a supervision; what it is then."""
    return await _one_supervision(session, actor, await act)


def _after(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    moment, row = decode_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(moment), UUID(row)
    except ValueError as error:
        raise Malformed("malformed.cursor", field="cursor") from error


class AreaComplaintController(Controller):
    """The ledger of an area."""

    path = "/api/areas/{area_id:uuid}"
    tags = ("complaints",)

    @get("/complaints", operation_id="listComplaints", summary="The ledger, the newest first")
    async def complaints(
        self, area_id: UUID, session: AsyncSession, actor: Actor,
        status: Annotated[str | None, Parameter(description="A status, or `unfinished`.")] = None,
        source: Annotated[str | None, Parameter(description="call, hotline, regulator, media, counter")] = None,
        owner: Annotated[UUID | None, Parameter(description="Whose they are.")] = None,
        order: Annotated[UUID | None, Parameter(description="Those about an order.")] = None,
        late: Annotated[bool, Parameter(description="Only those of which a due time has passed.")] = False,
        q: Annotated[str | None, Parameter(description="A part of a number.", max_length=80)] = None,
        cursor: str | None = None, limit: Annotated[int, Parameter(ge=1, le=500)] = 50,
    ) -> Page[ComplaintOut]:  # fmt: skip
        """Cut down as asked; of a part of an area, those about orders the caller may see."""
        actor.require(*READERS)
        actor.require_area(area_id)
        now = await area_now(session, area_id)
        asked = Asked(status=status, source=source, owner_id=owner, late=late, order_id=order, q=q)
        rows = await repository.listed(session, actor, area_id, asked, now, after=_after(cursor), limit=limit + 1)
        shown = rows[:limit]
        warned = await repository.warnings(session, [row[0].id for row in shown])
        more = encode_cursor(shown[-1][0].received_at.isoformat(), str(shown[-1][0].id)) if len(rows) > limit else None
        return Page(items=[_out(row, actor, now, warned) for row in shown], next_cursor=more)

    @post("/complaints", operation_id="takeComplaint", summary="Take a complaint")
    async def take(self, area_id: UUID, data: TakeComplaintIn, session: AsyncSession, actor: Actor) -> ComplaintOut:
        """Whoever takes it owns it until it is answered."""
        actor.require(*service.TAKERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        return await _did(
            session,
            actor,
            service.take(
                session,
                actor,
                area,
                source=data.source,
                words=data.words,
                order_id=data.order_id,
                gravity=data.gravity,
                contact=data.contact,
                external_number=data.external_number,
                answer_due_at=data.answer_due_at,
            ),
        )

    @post("/complaints/import", operation_id="importComplaints", summary="Bring in a file of complaints",
          status_code=200)  # fmt: skip
    async def bring_in(
        self, area_id: UUID, data: Annotated[ImportComplaintsIn, Body(media_type=RequestEncodingType.MULTI_PART)],
        session: AsyncSession, actor: Actor, request: Request[Any, Any, Any],
    ) -> ImportedComplaints:  # fmt: skip
        """What a hotline or regulator hands over, at most 5,000 rows; a row that was brought in before is passed by."""
        actor.require(*importing.IMPORTERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        brought = await importing.import_complaints(
            session, actor, area, await data.file.read(), Path(data.file.filename or "complaints.csv").name[:200],
            importing.read_mapping(data.mapping), dry_run=data.dry_run,
        )  # fmt: skip
        language = language_of(request.headers.get("accept-language"))
        refused = [
            RefusedComplaintOut(line=row.line, reason=row.reason, detail=sentence(row.reason, language, **row.params))
            for row in brought.refused
        ]
        return ImportedComplaints(rows=brought.rows, taken=brought.taken, again=brought.again, refused=refused)

    @get("/complaint-owners", operation_id="listComplaintOwners", summary="Who may own a complaint")
    async def owners(self, area_id: UUID, session: AsyncSession, actor: Actor) -> Page[ComplaintOwnerOut]:
        """Living accounts that work at a desk of the area."""
        actor.require(*service.WORKERS)
        actor.require_area(area_id)
        rows = await repository.owners(session, area_id)
        return Page(items=[ComplaintOwnerOut(id=one.id, name=one.name, role=one.role.value) for one in rows])

    @get("/supervisions", operation_id="listSupervisions", summary="Supervisions, the first due first")
    async def supervisions(
        self, area_id: UUID, session: AsyncSession, actor: Actor,
        order: Annotated[UUID | None, Parameter(description="Those about an order.")] = None,
        all_: Annotated[bool, QueryParameter(name="all", description="Closed ones as well.")] = False,
    ) -> Page[SupervisionOut]:  # fmt: skip
        """At most 200."""
        actor.require(*READERS)
        actor.require_area(area_id)
        rows = await repository.supervisions(
            session, actor, area_id, unfinished=not all_, order_id=order, complaint_id=None
        )
        warned = await repository.warnings(session, [row[0].id for row in rows])
        now = await area_now(session, area_id)
        return Page(items=[_supervision(row, actor, now, warned) for row in rows])


class ComplaintController(Controller):
    """One complaint. `If-Match` with its version refuses an act on what has changed meanwhile."""

    path = "/api/complaints/{complaint_id:uuid}"
    tags = ("complaints",)

    @get("", operation_id="getComplaint", summary="A complaint with its story")
    async def one(self, complaint_id: UUID, session: AsyncSession, actor: Actor) -> ComplaintStory:
        """What was done about it, its links, and the supervisions about it."""
        actor.require(*READERS)
        one = await repository.get(session, actor, complaint_id)
        now = await area_now(session, one.area_id)
        asked = await repository.supervisions(
            session, actor, one.area_id, unfinished=False, order_id=None, complaint_id=one.id
        )
        warned = await repository.warnings(session, [row[0].id for row in asked])
        return ComplaintStory(
            complaint=await _one(session, actor, one),
            events=[
                ComplaintEventOut(kind=event.kind, at=event.at, by=name, data=event.data, words=event.words)
                for event, name in await repository.story(session, complaint_id=one.id)
            ],
            links=[ComplaintLinkOut(**row._mapping) for row in await repository.links(session, one.id)],
            supervisions=[_supervision(row, actor, now, warned) for row in asked],
        )  # fmt: skip

    @post("/acknowledge", operation_id="acknowledgeComplaint", summary="Somebody is at it", status_code=200)
    async def acknowledge(
        self, complaint_id: UUID, session: AsyncSession, actor: Actor, request: Request[Any, Any, Any]
    ) -> ComplaintOut:
        """Ends the first clock."""
        return await _did(session, actor, service.acknowledge(session, actor, complaint_id, expected_version(request)))

    @post("/answer", operation_id="answerComplaint", summary="What the subscriber was answered", status_code=200)
    async def answer(
        self, complaint_id: UUID, data: AnswerComplaintIn, session: AsyncSession, actor: Actor,
        request: Request[Any, Any, Any],
    ) -> ComplaintOut:  # fmt: skip
        """By its owner, or a manager."""
        return await _did(
            session, actor, service.answer(session, actor, complaint_id, data.words, expected_version(request))
        )

    @post("/decide", operation_id="decideComplaint", summary="Right or not, and whose", status_code=200)
    async def decide(
        self, complaint_id: UUID, data: DecideComplaintIn, session: AsyncSession, actor: Actor,
        request: Request[Any, Any, Any],
    ) -> ComplaintOut:  # fmt: skip
        """What was upheld is to be rectified, the rest is closed."""
        return await _did(
            session,
            actor,
            service.decide(
                session,
                actor,
                complaint_id,
                upheld=data.upheld,
                liability=data.liability,
                reason=data.reason,
                technician_id=data.technician_id,
                rectify_by=data.rectify_by,
                version=expected_version(request),
            ),
        )

    @post("/rectify", operation_id="rectifyComplaint", summary="What was put right", status_code=200)
    async def rectify(
        self, complaint_id: UUID, data: AnswerComplaintIn, session: AsyncSession, actor: Actor,
        request: Request[Any, Any, Any],
    ) -> ComplaintOut:  # fmt: skip
        """With its evidence; an inspector looks at it."""
        return await _did(
            session, actor, service.rectify(session, actor, complaint_id, data.words, expected_version(request))
        )

    @post("/inspect", operation_id="inspectComplaint", summary="Whether it was put right", status_code=200)
    async def inspect(
        self, complaint_id: UUID, data: InspectComplaintIn, session: AsyncSession, actor: Actor,
        request: Request[Any, Any, Any],
    ) -> ComplaintOut:  # fmt: skip
        """Closes it, or sends it back with the reason."""
        return await _did(
            session,
            actor,
            service.inspect(
                session, actor, complaint_id, passed=data.passed, note=data.note, version=expected_version(request)
            ),
        )

    @post("/hand-over", operation_id="handComplaintOver", summary="Another owner", status_code=200)
    async def hand_over(
        self, complaint_id: UUID, data: HandComplaintOverIn, session: AsyncSession, actor: Actor
    ) -> ComplaintOut:
        """After the answer; before it only by a manager."""
        return await _did(session, actor, service.hand_over(session, actor, complaint_id, data.to_account_id))

    @post("/links", operation_id="linkComplaint", summary="What else it is about", status_code=200)
    async def link(
        self, complaint_id: UUID, data: LinkComplaintIn, session: AsyncSession, actor: Actor
    ) -> ComplaintOut:
        """An order, a call or an event."""
        return await _did(session, actor, service.link(session, actor, complaint_id, data.kind, data.ref))

    @post("/supervisions", operation_id="superviseComplaint", summary="Ask its owner")
    async def supervise(
        self, complaint_id: UUID, data: SuperviseIn, session: AsyncSession, actor: Actor
    ) -> SupervisionOut:
        """With a due time; managers."""
        return await _did_supervision(
            session,
            actor,
            supervising.supervise(
                session, actor, question=data.question, due_at=data.due_at, complaint_id=complaint_id
            ),
        )


class SupervisionController(Controller):
    """Supervisions of orders, and answers to all of them."""

    path = "/api"
    tags = ("complaints",)

    @post("/orders/{order_id:uuid}/supervisions", operation_id="superviseOrder", summary="Ask who works on an order")
    async def supervise(self, order_id: UUID, data: SuperviseIn, session: AsyncSession, actor: Actor) -> SupervisionOut:
        """With a due time; managers."""
        return await _did_supervision(
            session,
            actor,
            supervising.supervise(session, actor, question=data.question, due_at=data.due_at, order_id=order_id),
        )

    @post("/supervisions/{supervision_id:uuid}/answer", operation_id="answerSupervision", summary="Answer it",
          status_code=200)  # fmt: skip
    async def answer(
        self, supervision_id: UUID, data: AnswerComplaintIn, session: AsyncSession, actor: Actor
    ) -> SupervisionOut:
        """The complaint's owner, or whoever works on the order."""
        return await _did_supervision(session, actor, supervising.answer(session, actor, supervision_id, data.words))

    @post("/supervisions/{supervision_id:uuid}/judge", operation_id="judgeSupervision", summary="Judge the answer",
          status_code=200)  # fmt: skip
    async def judge(
        self, supervision_id: UUID, data: JudgeSupervisionIn, session: AsyncSession, actor: Actor
    ) -> SupervisionOut:
        """Closes it, or sends it back with another due time."""
        return await _did_supervision(
            session,
            actor,
            supervising.judge(
                session, actor, supervision_id, accepted=data.accepted, words=data.words, due_at=data.due_at
            ),
        )


ROUTES = (AreaComplaintController, ComplaintController, SupervisionController)
