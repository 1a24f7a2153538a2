"""Statements over HTTP."""

from fractions import Fraction
from typing import Any
from uuid import UUID

from litestar import Controller, get, post
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository
from dispatch.assessments.ledger.schemas import ReasonIn
from dispatch.assessments.months import month_of
from dispatch.assessments.settlement import acting, drafting
from dispatch.assessments.settlement.models import SettlementStatement
from dispatch.assessments.settlement.schemas import SettleIn, StatementDetailOut, StatementLineOut, StatementOut
from grids.service import area_by_id
from kit.actor import Actor, Role


def _out(row: SettlementStatement) -> StatementOut:
    return StatementOut(
        id=row.id, month=f"{row.month:%Y-%m}", contract_id=row.contract_id, grid_id=row.grid_id,
        technician_id=row.technician_id, name=row.name, contractor=row.contractor, status=row.status,
        version=row.run_number, own=row.own, lent=row.lent, borrowed=row.borrowed, corrections=row.corrections,
        total=row.total, issued_at=row.issued_at, disputed_because=row.disputed_because, settled_at=row.settled_at,
        judgement=row.judgement,
    )  # fmt: skip


class SettlementController(Controller):
    """The statements of a month, `2022-09`."""

    path = "/api/areas/{area_id:uuid}/settlement/{month:str}"
    tags = ["settlement"]  # noqa: RUF012 - Litestar reads it as is

    @get(operation_id="listStatements", summary="The statements of a month")
    async def read(self, area_id: UUID, month: str, session: AsyncSession, actor: Actor) -> list[StatementOut]:
        """Drafts or what was issued; empty where nobody drafted them."""
        actor.require(*acting.READERS)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        first = month_of(month, area.timezone).first
        return [_out(row) for row in await acting.statements_of(session, actor, area_id, first)]

    @post("/draft", operation_id="draftStatements", summary="Draft the statements of a month")
    async def draft(self, area_id: UUID, month: str, session: AsyncSession, actor: Actor) -> list[StatementOut]:
        """As the month stands now; drafts before are replaced."""
        actor.require(Role.MANAGER)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        return [_out(row) for row in await drafting.draft(session, actor, area, month)]

    @post("/issue", operation_id="issueStatements", summary="Issue the statements of a closed month")
    async def issue(self, area_id: UUID, month: str, session: AsyncSession, actor: Actor) -> list[StatementOut]:
        """Their lines never change again; what turns out wrong is a line of a later month."""
        actor.require(Role.MANAGER)
        actor.require_area(area_id)
        area = await area_by_id(session, area_id)
        return [_out(row) for row in await acting.issue(session, actor, area, month)]


class StatementController(Controller):
    """One statement."""

    path = "/api/statements/{statement_id:uuid}"
    tags = ["settlement"]  # noqa: RUF012 - Litestar reads it as is

    @get(operation_id="getStatement", summary="A statement line by line")
    async def read(self, statement_id: UUID, session: AsyncSession, actor: Actor) -> StatementDetailOut:
        """Every order that it pays, with the factors of its points."""
        actor.require(*acting.READERS)
        row = await acting.statement(session, actor, statement_id)
        lines = await acting.lines_of(session, row.id)
        numbers = await repository.numbers_of(session, {line.order_id for line in lines})
        people = {one.id: one.name for one in await repository.technicians(session, row.area_id)}
        places = {one.id: one.name for one in await repository.grid_rows(session, row.area_id)}
        return StatementDetailOut(
            _out(row),
            [
                StatementLineOut(
                    part=line.part, why=line.why, order_id=line.order_id, order_number=numbers.get(line.order_id),
                    event_id=line.event_id, technician_id=line.technician_id,
                    technician=people[line.technician_id],
                    grid=None if line.grid_id is None else places.get(line.grid_id), day=line.day,
                    base=float(Fraction(line.base)), difficulty=float(Fraction(line.difficulty)),
                    distance=float(Fraction(line.distance)), quality=float(Fraction(line.quality)),
                    points=line.points, unit_price=line.unit_price, amount=line.amount,
                    corrects=None if line.corrects is None else f"{line.corrects:%Y-%m}",
                )
                for line in lines
            ],
        )  # fmt: skip

    @post("/dispute", operation_id="disputeStatement", summary="Dispute a statement")
    async def dispute(self, statement_id: UUID, data: ReasonIn, session: AsyncSession, actor: Actor) -> StatementOut:
        """With a reason; a manager answers it by settling."""
        actor.require(*acting.DISPUTERS)
        return _out(await acting.dispute(session, actor, statement_id, data.reason))

    @post("/settle", operation_id="settleStatement", summary="Settle a statement")
    async def settle(self, statement_id: UUID, data: SettleIn, session: AsyncSession, actor: Actor) -> StatementOut:
        """It is paid as it stands; of a disputed one the reason is the judgement."""
        actor.require(Role.MANAGER)
        return _out(await acting.settle(session, actor, statement_id, data.reason or ""))


ROUTES: tuple[Any, ...] = (SettlementController, StatementController)
