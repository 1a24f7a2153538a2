"""Issuing, disputing and settling statements, and reading them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository
from dispatch.assessments.ledger.closing import closing_of
from dispatch.assessments.months import month_of
from dispatch.assessments.settlement.drafting import draft
from dispatch.assessments.settlement.models import SettlementLine, SettlementStatement, StatementStatus
from grids.models import GridContract, ServiceArea
from grids.service import area_by_id, local_day
from kit.actor import Actor, Role
from kit.errors import Conflict, Invalid, NotFound
from kit.live import announce

READERS = (Role.MANAGER, Role.ADMINISTRATOR, Role.GRID_LEAD)
DISPUTERS = (Role.MANAGER, Role.GRID_LEAD)


async def issue(
    session: AsyncSession, actor: Actor, area: ServiceArea, month: str | date
) -> Sequence[SettlementStatement]:
    """Draft the statements of a closed month a last time and let them out: their lines never change again.

    Raises `Conflict` for a month that is not closed or whose statements are out, `NotFound`, `Forbidden`.
    """
    stored = await draft(session, actor, area, month)
    span = month_of(month, area.timezone)
    if await closing_of(session, area.id, span.first) is None:
        raise Conflict("settlement.not_closed", month=span.name)
    for one in stored:
        one.status, one.issued_at, one.issued_by = StatementStatus.ISSUED, area.clock.now(), actor.account_id
    await session.flush()
    return stored


async def dispute(session: AsyncSession, actor: Actor, statement_id: UUID, reason: str) -> SettlementStatement:
    """Say that a statement is wrong. Raises `NotFound`, `Invalid` without a reason, `Conflict` unless it is issued."""
    actor.require(*DISPUTERS)
    found, area = await _locked(session, actor, statement_id)
    if not reason.strip():
        raise Invalid("settlement.reason", field="reason")
    if found.status is not StatementStatus.ISSUED:
        raise Conflict("settlement.status")
    found.status, found.disputed_at, found.disputed_by = StatementStatus.DISPUTED, area.clock.now(), actor.account_id
    found.disputed_because = reason.strip()
    await session.flush()
    await announce(session, area.id, "settlement", f"{found.month:%Y-%m}")
    return found


async def settle(session: AsyncSession, actor: Actor, statement_id: UUID, judgement: str) -> SettlementStatement:
    """Settle a statement; of a disputed one the judgement says why. What turns out wrong later is a line of the next.

    Raises `NotFound`, `Invalid` for a dispute without a judgement, `Conflict` for a draft or what is settled.
    """
    actor.require(Role.MANAGER)
    found, area = await _locked(session, actor, statement_id)
    if found.status not in (StatementStatus.ISSUED, StatementStatus.DISPUTED):
        raise Conflict("settlement.status")
    if found.status is StatementStatus.DISPUTED and not judgement.strip():
        raise Invalid("settlement.judgement", field="reason")
    found.status, found.settled_at, found.settled_by = StatementStatus.SETTLED, area.clock.now(), actor.account_id
    found.judgement = judgement.strip() or None
    await session.flush()
    await announce(session, area.id, "settlement", f"{found.month:%Y-%m}")
    return found


async def statements_of(
    session: AsyncSession, actor: Actor, area_id: UUID, month: date
) -> Sequence[SettlementStatement]:
    """The statements of a month that the actor may see: a lead those of their grids, a contractor's people theirs, also
    of grids that are no longer their firm's.
    """
    query = select(SettlementStatement).where(
        SettlementStatement.area_id == area_id, SettlementStatement.month == month
    )
    scope = actor.scope
    if not actor.trusted:
        if scope.grids is not None:
            people = await repository.visible_technicians(session, actor)
            seen = [
                SettlementStatement.grid_id.in_(scope.grids), SettlementStatement.technician_id.in_(people or set()),
            ]  # fmt: skip
            if scope.contractor is not None:  # their scope has what is under contract today
                today = local_day(await area_by_id(session, area_id))
                held = select(GridContract.grid_id).where(
                    GridContract.contractor == scope.contractor, GridContract.valid.contains(today)
                )
                seen.append(SettlementStatement.grid_id.not_in(held))
            query = query.where(or_(*seen))
        if scope.contractor is not None:
            query = query.where(SettlementStatement.contractor == scope.contractor)
    query = query.order_by(SettlementStatement.contract_id.is_(None), SettlementStatement.name, SettlementStatement.id)
    return (await session.scalars(query)).all()


async def statement(session: AsyncSession, actor: Actor, statement_id: UUID) -> SettlementStatement:
    """One statement that the actor may see. Raises `NotFound`, `Forbidden`."""
    actor.require(*READERS)
    found = await session.get(SettlementStatement, statement_id)
    if found is None or not (actor.trusted or actor.scope.allows_area(found.area_id)):
        raise NotFound("settlement.none")
    if all(one.id != found.id for one in await statements_of(session, actor, found.area_id, found.month)):
        raise NotFound("settlement.none")
    return found


async def lines_of(session: AsyncSession, statement_id: UUID) -> Sequence[SettlementLine]:
    """All lines of a statement, in their order."""
    query = select(SettlementLine).where(SettlementLine.statement_id == statement_id).order_by(SettlementLine.place)
    return (await session.scalars(query)).all()


async def _locked(session: AsyncSession, actor: Actor, statement_id: UUID) -> tuple[SettlementStatement, ServiceArea]:
    found = await statement(session, actor, statement_id)
    await session.refresh(found, with_for_update=True)
    return found, await area_by_id(session, found.area_id)
