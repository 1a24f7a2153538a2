"""Drafts of a month's statements: read what was done, count it, store it. A draft replaces the one before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments import repository
from dispatch.assessments.counting.gathering import gather
from dispatch.assessments.models import AssessmentRun
from dispatch.assessments.months import Month, month_of
from dispatch.assessments.settlement.models import SettlementLine, SettlementStatement, StatementStatus
from dispatch.assessments.settlement.points import base_points, distance_factor, quality_factor
from dispatch.assessments.settlement.statements import Before, Contract, Statement, Work, statements
from dispatch.policies import repository as policies
from dispatch.policies.definitions import Row
from dispatch.policies.limits import Limits
from dispatch.policies.service import policy_at
from grids.access import require_whole_area
from grids.models import Grid, GridContract, ServiceArea
from kit.actor import Actor, Role
from kit.errors import Conflict, NotFound
from kit.ids import uuid7
from kit.live import announce

LOOK_BACK = 3
"""Corrections are looked for in the statements of so many months before."""


async def draft(
    session: AsyncSession, actor: Actor, area: ServiceArea, month: str | date
) -> Sequence[SettlementStatement]:
    """The month's statements as they would be issued now.

    Raises `NotFound` where the month was not assessed, `Conflict` once its statements are out, `Forbidden`.
    """
    actor.require(Role.MANAGER)
    actor.require_area(area.id)
    await require_whole_area(session, actor, area.id)
    span = month_of(month, area.timezone)
    await repository.lock_month(session, area.id, span.first)
    run = await repository.latest_run(session, area.id, span.first)
    if run is None:
        raise NotFound("assessment.none", month=span.name)
    mine = (SettlementStatement.area_id == area.id, SettlementStatement.month == span.first)
    if (await session.scalars(select(SettlementStatement.status).where(*mine))).first() not in (
        None,
        StatementStatus.DRAFT,
    ):
        raise Conflict("settlement.issued", month=span.name)
    await session.execute(delete(SettlementStatement).where(*mine))
    contracts = await _contracts(session, area.id)
    found = statements(
        await _works(session, area, span, run),
        [_contract(row) for row in contracts.values()],
        await _before(session, area, span),
    )
    stored = await _store(session, area, span, run, found, contracts)
    await announce(session, area.id, "settlement", span.name)
    return stored


# --- reading ----------------------------------------------------------------------------------------------------------


async def _works(session: AsyncSession, area: ServiceArea, span: Month, run: AssessmentRun) -> list[Work]:
    """Every completion by a visit in the month with the factors of its points."""
    facts = await gather(session, area, span, area.clock.now())
    limits = (await policy_at(session, area.id, span.start)).limits
    kinds = {one.code: one for one in await policies.fault_types(session, area.id)}
    scores = await _scores(session, run)
    zone = ZoneInfo(area.timezone)
    done = [
        row for row in facts.assignments if row["completed_at"] and span.start <= row["completed_at"] < span.end
    ]  # fmt: skip
    metres = await _distances(session, done)
    returned = await _came_back(session, [UUID(row["complete_event"]) for row in done])
    redone = await _redoes(session, [UUID(row["complete_event"]) for row in done])

    def work(row: Row) -> Work:
        kind = kinds.get(row["cause"]) or kinds[row["fault_type"]]
        return Work(
            order=row["order_id"], event=row["complete_event"], who=row["technician_id"], grid=row["grid_id"],
            day=row["completed_at"].astimezone(zone).date(),
            base=base_points(kind.service_seconds, limits.point_seconds), difficulty=Fraction(str(kind.difficulty)),
            distance=distance_factor(
                metres.get((row["order_id"], row["technician_id"])), limits.distance_metres, limits.distance_percents
            ),
            quality=_quality(scores.get(row["technician_id"]), limits),
            came_back=UUID(row["complete_event"]) in returned,
            again=row["round"] > 0 or UUID(row["complete_event"]) in redone,
        )  # fmt: skip

    return [work(row) for row in done]


def _quality(score: float | None, limits: Limits) -> Fraction:
    return quality_factor(score, limits.quality_scores, limits.quality_percents)


async def _scores(session: AsyncSession, run: AssessmentRun) -> dict[str, float | None]:
    return {card.subject_id: card.score for card in await repository.cards(session, run.id, None, "technician")}


async def _distances(session: AsyncSession, rows: Iterable[Row]) -> dict[tuple[str, str], float]:
    """Metres in a straight line from where a technician starts to the order, where both are known."""
    pairs = sorted({(row["order_id"], row["technician_id"]) for row in rows})
    query = text(
        """
        SELECT pair.order_id, pair.technician_id,
               ST_Distance(CAST(o.point AS geography), CAST(t.start_point AS geography)) AS metres
        FROM unnest(CAST(:orders AS uuid[]), CAST(:people AS uuid[])) AS pair(order_id, technician_id)
        JOIN orders o ON o.id = pair.order_id JOIN technicians t ON t.id = pair.technician_id
        WHERE o.point IS NOT NULL AND t.start_point IS NOT NULL
        """
    )
    asked = {"orders": [UUID(order) for order, _ in pairs], "people": [UUID(who) for _, who in pairs]}
    return {(str(row.order_id), str(row.technician_id)): row.metres for row in await session.execute(query, asked)}


async def _contracts(session: AsyncSession, area_id: UUID) -> dict[str, Any]:
    query = (
        select(GridContract, Grid.code, Grid.name)
        .join(Grid, Grid.id == GridContract.grid_id)
        .where(Grid.area_id == area_id)
    )
    return {str(row.GridContract.id): row for row in await session.execute(query)}


def _contract(row: Any) -> Contract:
    one: GridContract = row.GridContract
    people = (one.technician_a_id, one.technician_b_id)
    return Contract(
        id=str(one.id), grid=str(one.grid_id), first=one.valid.lower or date.min,
        last=None if one.valid.upper is None else one.valid.upper - timedelta(days=1),
        people=tuple(str(who) for who in people if who is not None), unit_price=Decimal(str(one.unit_points)),
    )  # fmt: skip


async def _before(session: AsyncSession, area: ServiceArea, span: Month) -> list[Before]:
    """What months before were paid, beside what it is worth now: with the factors of then, the score as it was
    published last, and nothing for what came back since. Work that a phone told of afterwards was paid nothing.
    """
    months = [span]
    for _ in range(LOOK_BACK):
        months.append(month_of(months[-1].previous_first, area.timezone))
    found: list[Before] = []
    for one in months[1:]:
        paid = await _paid(session, area.id, one.first)
        run = await repository.latest_run(session, area.id, one.first, published=True)
        if not paid or run is None:
            continue
        scores = await _scores(session, run)
        limits = (await policy_at(session, area.id, one.start)).limits
        returned = await _came_back(session, list(paid))
        unpaid = await _unpaid(session, area.id, one, list(paid))
        unpaid -= await _came_back(session, list(unpaid))
        if unpaid:
            found += [
                Before(one.first, work, None, Decimal(0), Decimal(0))
                for work in await _works(session, area, one, run)
                if UUID(work.event) in unpaid
            ]
        for event, lines in paid.items():
            first = lines[0]
            work = Work(
                order=str(first.order_id), event=str(event), who=str(first.technician_id),
                grid=None if first.grid_id is None else str(first.grid_id), day=first.day,
                base=Fraction(first.base), difficulty=Fraction(first.difficulty), distance=Fraction(first.distance),
                quality=_quality(scores.get(str(first.technician_id)), limits), came_back=event in returned,
                again=first.why == "redone",
            )  # fmt: skip
            points = sum((line.points for line in lines), Decimal(0))
            amount = sum((line.amount for line in lines), Decimal(0))
            found.append(Before(one.first, work, first.unit_price, points, amount))
    return found


async def _paid(session: AsyncSession, area_id: UUID, month: date) -> Mapping[UUID, list[SettlementLine]]:
    """The lines that paid the completions of a month, with all that corrected them; only of statements that are out."""
    out = (
        select(SettlementLine)
        .join(SettlementStatement, SettlementStatement.id == SettlementLine.statement_id)
        .where(SettlementStatement.area_id == area_id, SettlementStatement.status != StatementStatus.DRAFT)
    )
    first = out.where(SettlementStatement.month == month, SettlementLine.part.in_(("own", "lent")))
    after = out.where(SettlementLine.part == "correction", SettlementLine.corrects == month)
    found: dict[UUID, list[SettlementLine]] = defaultdict(list)
    for query in (first, after):
        for line in (await session.scalars(query.order_by(SettlementLine.id))).all():
            found[line.event_id].append(line)
    return found


async def _unpaid(session: AsyncSession, area_id: UUID, month: Month, paid: list[UUID]) -> set[UUID]:
    """The completions of a month by technicians that no statement which is out has paid: told of too late."""
    query = text(
        """
        SELECT id FROM (
            SELECT e.id, coalesce(CAST(e.data ->> 'effectiveAt' AS timestamptz), e.occurred_at) AS at
            FROM order_events e JOIN orders o ON o.id = e.order_id
            WHERE o.area_id = :area AND o.origin <> 'history' AND e.type = 'completed'
              AND e.technician_id IS NOT NULL AND e.received_at >= :start) done
        WHERE at >= :start AND at < :end
          AND NOT EXISTS (SELECT FROM unnest(CAST(:paid AS uuid[])) p(id) WHERE p.id = done.id)
        """
    )
    asked = {"area": area_id, "start": month.start, "end": month.end, "paid": paid}
    return set((await session.execute(query, asked)).scalars())


async def _came_back(session: AsyncSession, events: list[UUID]) -> set[UUID]:
    """The completions whose work was redone: the order was sent out again before anybody completed it anew, or, where
    nobody did, an order that reopens it was completed as the rework that it is.
    """
    query = text(
        """
        WITH done AS (
            SELECT e.id, e.order_id, e.sequence FROM order_events e WHERE e.id = ANY (:events)
        ), next AS (
            SELECT done.id, done.order_id, (
                SELECT n.type FROM order_events n WHERE n.order_id = done.order_id AND n.sequence > done.sequence
                AND n.type IN ('completed', 'rework_dispatched') ORDER BY n.sequence LIMIT 1) AS type
            FROM done
        )
        SELECT id FROM next WHERE type = 'rework_dispatched' OR (type IS NULL AND EXISTS (
            SELECT FROM orders o JOIN order_events c ON c.order_id = o.id AND c.type = 'completed'
            WHERE o.reopens_id = next.order_id AND c.data ->> 'reworkOfTechnicianId' IS NOT NULL))
        """
    )
    return set((await session.execute(query, {"events": events})).scalars())


async def _redoes(session: AsyncSession, events: list[UUID]) -> set[UUID]:
    """The completions of reopened orders that were decided to be somebody's rework."""
    query = text("SELECT id FROM order_events WHERE id = ANY (:events) AND data ->> 'reworkOfTechnicianId' IS NOT NULL")
    return set((await session.execute(query, {"events": events})).scalars())


# --- storing ----------------------------------------------------------------------------------------------------------


async def _store(
    session: AsyncSession, area: ServiceArea, span: Month, run: AssessmentRun, found: Sequence[Statement],
    contracts: Mapping[str, Any],
) -> list[SettlementStatement]:  # fmt: skip
    names = {str(one.id): one for one in await repository.technicians(session, area.id)}
    stored: list[SettlementStatement] = []
    lines: list[dict[str, Any]] = []
    for one in found:
        row = contracts.get(one.contract or "")
        person = names.get(one.who or "")
        statement = SettlementStatement(
            id=uuid7(), area_id=area.id, month=span.first, run_number=run.number, status=StatementStatus.DRAFT,
            contract_id=None if row is None else row.GridContract.id,
            grid_id=None if row is None else row.GridContract.grid_id,
            technician_id=None if one.who is None else UUID(one.who),
            name=row.name if row is not None else person.name if person is not None else "",
            contractor=row.GridContract.contractor if row is not None else person.contractor if person else None,
            own=one.sum_of("own"), lent=one.sum_of("lent"), borrowed=one.sum_of("borrowed"),
            corrections=one.sum_of("correction"), total=one.total, created_at=area.clock.now(),
        )  # fmt: skip
        stored.append(statement)
        lines += [
            {
                "id": uuid7(), "statement_id": statement.id, "place": place, "part": line.part, "why": line.work.why,
                "order_id": UUID(line.work.order), "event_id": UUID(line.work.event),
                "technician_id": UUID(line.work.who),
                "grid_id": None if line.work.grid is None else UUID(line.work.grid),
                "day": line.work.day, "base": str(line.work.base), "difficulty": str(line.work.difficulty),
                "distance": str(line.work.distance), "quality": str(line.work.quality), "points": line.points,
                "unit_price": line.unit_price, "amount": line.amount, "corrects": line.corrects,
            }
            for place, line in enumerate(one.lines, start=1)
        ]  # fmt: skip
    session.add_all(stored)
    await session.flush()
    if lines:
        await session.execute(insert(SettlementLine), lines)
    return stored
