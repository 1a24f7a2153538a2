"""The ledger over HTTP: the lines of a score, rulings, closing a month."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import Parameter, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository, service
from dispatch.assessments.ledger import closing, rulings
from dispatch.assessments.ledger.entries import entries_of
from dispatch.assessments.ledger.models import MonthClosing, Ruling
from dispatch.assessments.ledger.schemas import ClosingOut, LedgerEntryOut, ReasonIn, RulingIn, RulingOut
from dispatch.assessments.months import month_of
from grids.service import area_by_id
from kit.actor import Actor
from kit.errors import NotFound
from kit.http.requests import Page, encode_cursor, id_in_cursor

Version = Annotated[int | None, QueryParameter(name="version", ge=1, description="By default the newest.")]


def _ruling_out(row: Ruling) -> RulingOut:
    return RulingOut(
        id=row.id, order_id=row.order_id, technician_id=row.technician_id, month=f"{row.month:%Y-%m}", kind=row.kind,
        rule=row.rule, points=row.points, reason=row.reason, takes_back_id=row.takes_back_id,
        created_at=row.created_at,
    )  # fmt: skip


def _closing_out(row: MonthClosing) -> ClosingOut:
    return ClosingOut(
        month=f"{row.month:%Y-%m}", version=row.run_number, closed_at=row.closed_at, reopened_at=row.reopened_at,
        reopened_because=row.reopened_because,
    )  # fmt: skip


class LedgerController(Controller):
    """The ledger of a month, `2022-09`."""

    path = "/api/areas/{area_id:uuid}/ledger/{month:str}"
    tags = ["assessments"]  # noqa: RUF012 - Litestar reads it as is

    @get(operation_id="listLedger", summary="The lines of a score")
    async def lines(
        self,
        area_id: UUID,
        month: str,
        subject: Annotated[str, Parameter(description="technician, team, contractor, grid or area")],
        session: AsyncSession,
        actor: Actor,
        subject_id: Annotated[str, QueryParameter(name="subjectId")],
        version: Annotated[
            int | None, QueryParameter(name="version", ge=1, description="By default the newest.")
        ] = None,
        cursor: str | None = None,
        limit: Annotated[int, Parameter(ge=1, le=200)] = 100,
    ) -> Page[LedgerEntryOut]:
        """Every line that a version's score is the sum of, in the order they were written, corrections included."""
        actor.require(*service.READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        run = await service.version_of(session, actor, area, month, version)
        if not await repository.cards(session, run.id, actor, subject, subject_id):
            raise NotFound("assessment.no_number", subject=subject, indicator="score")
        rows = await entries_of(
            session, area_id, run.month, subject, subject_id, run.number, after=id_in_cursor(cursor),
            limit=limit + 1,
        )  # fmt: skip
        shown = rows[:limit]
        numbers = await repository.numbers_of(session, {row.order_id for row in shown if row.order_id is not None})
        items = [
            LedgerEntryOut(
                id=row.id, version=row.run_number, kind=row.kind, rule=row.rule, rule_version=row.rule_version,
                order_id=row.order_id, order_number=None if row.order_id is None else numbers.get(row.order_id),
                event_id=row.event_id, points=row.points, attribution=row.attribution, evidence=row.evidence,
                corrects_id=row.corrects_id, created_at=row.created_at,
            )
            for row in shown
        ]  # fmt: skip
        return Page(items=items, next_cursor=encode_cursor(shown[-1].id) if len(rows) > limit else None)

    @post("/close", operation_id="closeMonth", summary="Close a month")
    async def close(self, area_id: UUID, month: str, session: AsyncSession, actor: Actor) -> ClosingOut:
        """Nothing of a closed month changes any more; it must be settled, published and free of open appeals,
        and nobody may appeal any more.
        """
        actor.require_area(area_id)
        return _closing_out(await closing.close(session, actor, await area_by_id(session, area_id), month))

    @post("/reopen", operation_id="reopenMonth", summary="Open a closed month again")
    async def reopen(
        self, area_id: UUID, month: str, data: ReasonIn, session: AsyncSession, actor: Actor
    ) -> ClosingOut:
        """With a reason; what was published stays as its version."""
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        return _closing_out(await closing.reopen(session, actor, area, month, data.reason))

    @get("/rulings", operation_id="listRulings", summary="Bonuses and red lines")
    async def rulings(self, area_id: UUID, month: str, session: AsyncSession, actor: Actor) -> list[RulingOut]:
        """What people decided in the month beside the rules, oldest first; those taken back are in it."""
        actor.require(*service.READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        first = month_of(month, area.timezone).first
        rows = await rulings.rulings_of(session, area_id, first)
        seen = await repository.visible_technicians(session, actor)
        return [_ruling_out(row) for row in rows if seen is None or row.technician_id in seen]


class ClosingListController(Controller):
    """Which months are closed."""

    path = "/api/areas/{area_id:uuid}/month-closings"
    tags = ["assessments"]  # noqa: RUF012 - Litestar reads it as is

    @get(operation_id="listClosings", summary="Closed and reopened months")
    async def read(self, area_id: UUID, session: AsyncSession, actor: Actor) -> list[ClosingOut]:
        """Every closing and reopening, the newest first."""
        actor.require(*service.READERS)
        actor.require_area(area_id)
        return [_closing_out(row) for row in await closing.closings(session, area_id)]


class RulingController(Controller):
    """Rulings about an order."""

    path = "/api"
    tags = ["assessments"]  # noqa: RUF012 - Litestar reads it as is

    @post("/orders/{order_id:uuid}/rulings", operation_id="ruleOrder", summary="Give a bonus or draw a red line")
    async def rule(self, order_id: UUID, data: RulingIn, session: AsyncSession, actor: Actor) -> RulingOut:
        """It counts from the next computation of the month in which the order was completed."""
        actor.require(*rulings.RULERS)
        found = await rulings.rule(
            session, actor, order_id, kind=data.kind, rule=data.rule, points=data.points, reason=data.reason
        )
        return _ruling_out(found)

    @post("/rulings/{ruling_id:uuid}/take-back", operation_id="takeBackRuling", summary="Take a ruling back")
    async def take_back(self, ruling_id: UUID, data: ReasonIn, session: AsyncSession, actor: Actor) -> RulingOut:
        """By a new one that names it; both stay."""
        actor.require(*rulings.RULERS)
        return _ruling_out(await rulings.take_back(session, actor, ruling_id, data.reason))


ROUTES: tuple[Any, ...] = (LedgerController, ClosingListController, RulingController)
