"""All SQL of assessments: the input of a month, and the stored results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments.counting.indicators import SUBJECT_FACT, SubjectKind
from dispatch.assessments.counting.inputs import Attempt, Event, OrderInfo
from dispatch.assessments.models import AssessmentEntry, AssessmentRun, Inspection, ScoreCard
from dispatch.orders.enums import OPEN, sql_list
from dispatch.technicians.models import Technician
from grids.models import Grid, GridContract
from kit.actor import Actor
from kit.ids import uuid7

_AT_ONCE = 1000
"""Orders whose events are read together."""
_OLDEST = timedelta(days=400)
"""A finished order that was reported longer than this before a month has no event in it."""

_ORDERS = text(
    f"""
    WITH touched AS MATERIALIZED (
        SELECT order_id FROM order_events WHERE received_at >= :start
        UNION
        SELECT order_id FROM inspections WHERE at >= :start
    ), wanted AS (
        SELECT id FROM orders
        WHERE area_id = :area AND origin <> 'history' AND reported_at < :end AND status IN {sql_list(OPEN)}
        UNION
        SELECT o.id FROM touched t JOIN orders o ON o.id = t.order_id
        WHERE o.area_id = :area AND o.origin <> 'history' AND o.reported_at < :end AND o.reported_at >= :oldest
    )
    SELECT o.id, o.area_id, o.kind, o.channel, o.level, o.tier, o.fault_type, o.cause, o.grid_id, o.chases, o.bounces,
           o.reworks, o.outcome, o.closed_at, o.subscriber_id, coalesce(g.rural, false) AS rural,
           i.technician_id AS inspected_technician, i.at AS inspected_at, i.passed AS inspection_passed
    FROM wanted JOIN orders o ON o.id = wanted.id
    LEFT JOIN grids g ON g.id = o.grid_id
    LEFT JOIN inspections i ON i.order_id = o.id
    ORDER BY o.id
    """  # noqa: S608 - constants
)
"""Orders that may have something in the month: not of history, which is kept for repeats alone and never scored.

Which orders have an event since the month began is asked of the events, which lie in the order in which they came. A
check of a report is no event, and may come when the order is long closed.
"""

_EVENTS = text(
    """
    SELECT e.id, e.order_id, e.type, e.technician_id, e.actor_role, e.data,
           coalesce(CAST(e.data->>'effectiveAt' AS timestamptz), e.occurred_at) AS at
    FROM order_events e WHERE e.order_id = ANY (:ids)
    ORDER BY e.order_id, e.sequence
    """
)
_ATTEMPTS = text(
    """
    SELECT a.id, a.order_id, a.round, a.at, a.reached, a.solved, a.satisfaction, a.reasons
    FROM callback_attempts a WHERE a.order_id = ANY (:ids)
    ORDER BY a.order_id, a.number
    """
)
_LATER = text(
    """
    SELECT r.id, r.reported_at, r.repeat_of_id, r.reopens_id, r.subscriber_id, coalesce(r.cause, r.fault_type) AS cause
    FROM orders r
    WHERE r.area_id = :area AND r.reported_at >= :start AND r.reported_at < :until AND r.status <> 'merged'
      AND (r.repeat_of_id IS NOT NULL OR r.reopens_id IS NOT NULL OR r.subscriber_id IS NOT NULL)
    """
)


async def orders_of_month(
    session: AsyncSession, area_id: UUID, start: datetime, end: datetime, repeat_days: int
) -> list[OrderInfo]:
    """Every order that may have something in [start, end), with the reports that repeat it."""
    later = await session.execute(
        _LATER, {"area": area_id, "start": start - _OLDEST, "until": end + timedelta(days=repeat_days + 1)}
    )
    linked: dict[tuple[UUID, str], set[tuple[UUID, datetime]]] = defaultdict(set)
    of_subscriber: dict[tuple[UUID, str], set[tuple[UUID, datetime]]] = defaultdict(set)
    for row in later:
        for kin in (row.repeat_of_id, row.reopens_id):
            if kin is not None:
                linked[kin, row.cause].add((row.id, row.reported_at))
        if row.subscriber_id is not None:
            of_subscriber[row.subscriber_id, row.cause].add((row.id, row.reported_at))
    span = {"area": area_id, "start": start, "end": end, "oldest": start - _OLDEST}
    rows = await session.execute(_ORDERS, span)
    found = []
    for row in rows:
        cause = row.cause or row.fault_type
        repeats = linked.get((row.id, cause), set()) | of_subscriber.get((row.subscriber_id, cause), set())
        inspected = None
        if row.inspected_at is not None:
            inspected = (row.inspected_technician, row.inspected_at, row.inspection_passed)
        found.append(
            OrderInfo(
                id=row.id, area_id=row.area_id, kind=row.kind, channel=row.channel, level=row.level, tier=row.tier,
                fault_type=row.fault_type, cause=row.cause, grid_id=row.grid_id, rural=row.rural, chases=row.chases,
                bounces=row.bounces, reworks=row.reworks, outcome=row.outcome, closed_at=row.closed_at,
                repeats=sorted(at for order_id, at in repeats if order_id != row.id), inspected=inspected,
            )
        )  # fmt: skip
    return found


async def events_of(session: AsyncSession, order_ids: Sequence[UUID]) -> AsyncIterator[tuple[UUID, list[Event]]]:
    """Order by order all its events, oldest first; some orders at a time, so that a month stays small in memory."""
    for place in range(0, len(order_ids), _AT_ONCE):
        held: dict[UUID, list[Event]] = defaultdict(list)
        for row in (await session.execute(_EVENTS, {"ids": list(order_ids[place : place + _AT_ONCE])})).all():
            held[row.order_id].append(Event(row.id, row.type, row.at, row.technician_id, row.actor_role, row.data))
        for order_id, events in held.items():
            yield order_id, events


async def attempts_of(session: AsyncSession, order_ids: Sequence[UUID]) -> dict[UUID, list[Attempt]]:
    """The callback attempts of some orders, by order."""
    found: dict[UUID, list[Attempt]] = defaultdict(list)
    for row in await session.execute(_ATTEMPTS, {"ids": list(order_ids)}):
        answered = row.reached == "answered"
        found[row.order_id].append(
            Attempt(row.id, row.round, row.at, answered, row.solved, row.satisfaction, row.reasons)
        )
    return found


async def technicians(session: AsyncSession, area_id: UUID) -> Sequence[Technician]:
    """Everybody of the area, by number; those who left keep their record."""
    query = select(Technician).where(Technician.area_id == area_id).order_by(Technician.employee_number)
    return (await session.execute(query)).scalars().all()


async def grid_rows(session: AsyncSession, area_id: UUID) -> Sequence[Any]:
    """The area's grids (id, code, name, rural), the archived ones included."""
    query = select(Grid.id, Grid.code, Grid.name, Grid.rural).where(Grid.area_id == area_id).order_by(Grid.code)
    return (await session.execute(query)).all()


# --- runs -------------------------------------------------------------------------------------------------------------


async def lock_month(session: AsyncSession, area_id: UUID, month: date) -> None:
    """One computation of a month at a time; released with the transaction."""
    key = f"assess {area_id} {month:%Y-%m}"
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})


async def latest_run(
    session: AsyncSession, area_id: UUID, month: date, *, published: bool = False
) -> AssessmentRun | None:
    """The newest version of a month; with `published`, the newest that was published."""
    query = select(AssessmentRun).where(AssessmentRun.area_id == area_id, AssessmentRun.month == month)
    if published:
        query = query.where(AssessmentRun.published_at.is_not(None))
    return (await session.execute(query.order_by(AssessmentRun.number.desc()).limit(1))).scalar_one_or_none()


async def runs(session: AsyncSession, area_id: UUID, *, published: bool = False) -> Sequence[AssessmentRun]:
    """Every version of every month, the newest first; with `published`, those that came out."""
    query = select(AssessmentRun).where(AssessmentRun.area_id == area_id)
    if published:
        query = query.where(AssessmentRun.published_at.is_not(None))
    query = query.order_by(AssessmentRun.month.desc(), AssessmentRun.number.desc()).limit(200)
    return (await session.execute(query)).scalars().all()


async def run_number(session: AsyncSession, area_id: UUID, month: date, number: int) -> AssessmentRun | None:
    """One version of a month."""
    query = select(AssessmentRun).where(
        AssessmentRun.area_id == area_id, AssessmentRun.month == month, AssessmentRun.number == number
    )
    return (await session.execute(query)).scalar_one_or_none()


async def next_number(session: AsyncSession, area_id: UUID, month: date) -> int:
    """The number of the next version of a month."""
    query = select(func.max(AssessmentRun.number)).where(AssessmentRun.area_id == area_id, AssessmentRun.month == month)
    return ((await session.execute(query)).scalar() or 0) + 1


async def cards(
    session: AsyncSession,
    run_id: UUID,
    actor: Actor | None = None,
    subject: str | None = None,
    subject_id: str | None = None,
) -> Sequence[ScoreCard]:
    """The cards of a run that the actor may see (of one kind, or one of them): technicians their own, a contractor's
    people and a lead theirs.
    """
    query = select(ScoreCard).where(ScoreCard.run_id == run_id)
    if subject is not None:
        query = query.where(ScoreCard.subject == subject)
    if subject_id is not None:
        query = query.where(ScoreCard.subject_id == subject_id)
    rows = (
        await session.execute(query.order_by(ScoreCard.subject, ScoreCard.rank.asc().nulls_last(), ScoreCard.name))
    ).scalars()
    sees = await visible_subjects(session, actor)
    return [card for card in rows if sees(card.subject, card.subject_id)]


async def visible_subjects(session: AsyncSession, actor: Actor | None) -> Callable[[str, str], bool]:
    """Whether the actor may read the numbers of a subject (its kind and id); without an actor all of them."""
    if actor is None or actor.trusted:
        return lambda subject, subject_id: True
    people = await visible_technicians(session, actor)
    seen = {kind: _seen_of(actor, people, kind) for kind in SUBJECT_FACT}
    return lambda subject, subject_id: (mine := seen[cast("SubjectKind", subject)]) is None or subject_id in mine


async def visible_ids(session: AsyncSession, actor: Actor, subject: str) -> list[str] | None:
    """The same for SQL: the ids of a kind whose numbers the actor may read; None is all of them."""
    if actor.trusted:
        return None
    seen = _seen_of(actor, await visible_technicians(session, actor), subject)
    return None if seen is None else sorted(seen)


def _seen_of(actor: Actor, people: set[UUID] | None, subject: str) -> set[str] | None:
    scope = actor.scope
    if scope.technician is not None:
        return {str(scope.technician)} if subject == "technician" else set()
    match subject:
        case "technician":
            return None if people is None else {str(one) for one in people}
        case "grid":
            return None if scope.grids is None else {str(one) for one in scope.grids}
        case "contractor" if scope.contractor is not None:
            return {scope.contractor}
        case _:
            return None if people is None and scope.grids is None else set()


@dataclass(frozen=True, slots=True)
class Numbered:
    """One number of a card: whose, and the indicator as the card has it (None where it is not theirs)."""

    subject_id: str
    name: str
    number: dict[str, Any] | None


async def numbers_of_cards(session: AsyncSession, run_id: UUID, subject: str, indicator: str) -> list[Numbered]:
    """One indicator of everybody of a kind, without reading whole cards."""
    rows = await session.execute(_NUMBERS, {"run": run_id, "subject": subject, "indicator": indicator})
    return [Numbered(row.subject_id, row.name, row.number) for row in rows]


_NUMBERS = text(
    """
    SELECT subject_id, name, indicators -> :indicator AS number FROM score_cards
    WHERE run_id = :run AND subject = :subject ORDER BY subject, rank NULLS LAST, name
    """
)


async def visible_technicians(session: AsyncSession, actor: Actor) -> set[UUID] | None:
    """Whose numbers the actor may read; None is everybody's of the area."""
    scope = actor.scope
    if actor.trusted:
        return None
    if scope.technician is not None:
        return {scope.technician}
    if scope.contractor is not None:
        people = await session.execute(select(Technician.id).where(Technician.contractor == scope.contractor))
        return set(people.scalars())
    return None if scope.grids is None else await contracted(session, scope.grids)


async def visible_grids(session: AsyncSession, actor: Actor) -> set[UUID] | None:
    """Which grids the actor may read of: a lead theirs, a contractor's people their firm's; None is all of the area."""
    scope = actor.scope
    if actor.trusted or (scope.grids is None and scope.contractor is None):
        return None
    found = None if scope.grids is None else set(scope.grids)
    if scope.contractor is not None:
        rows = await session.execute(select(GridContract.grid_id).where(GridContract.contractor == scope.contractor))
        theirs = set(rows.scalars())
        found = theirs if found is None else found & theirs
    return found


async def contracted(session: AsyncSession, grid_ids: Iterable[UUID]) -> set[UUID]:
    """The technicians who ever had a contract of these grids: whose numbers their lead may read."""
    rows = await session.execute(
        text("SELECT technician_a_id AS a, technician_b_id AS b FROM grid_contracts WHERE grid_id = ANY (:grids)"),
        {"grids": list(grid_ids)},
    )
    return {one for row in rows for one in (row.a, row.b) if one is not None}


async def behind(session: AsyncSession, run_id: UUID, subject: str, subject_id: str, indicator: str) -> Any | None:
    """The orders of one number of a card, `{"counted": [...], "others": [...]}`; None where the card has no such
    number. A month of an area has very many orders behind each of its numbers: only those of this one are read.
    """
    query = select(ScoreCard.behind[indicator].label("orders")).where(
        ScoreCard.run_id == run_id, ScoreCard.subject == subject, ScoreCard.subject_id == subject_id,
        ScoreCard.indicators.has_key(indicator),
    )  # fmt: skip
    row = (await session.execute(query)).one_or_none()
    return None if row is None else row.orders or {"counted": [], "others": []}


async def numbers_of(session: AsyncSession, order_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The readable numbers of orders."""
    rows = await session.execute(text("SELECT id, number FROM orders WHERE id = ANY (:ids)"), {"ids": list(order_ids)})
    return {row.id: row.number for row in rows}


# --- entries ----------------------------------------------------------------------------------------------------------


async def upheld(session: AsyncSession, area_id: UUID) -> frozenset[tuple[str, str]]:
    """(rule, event) of every entry that an appeal made void."""
    query = select(AssessmentEntry.rule, AssessmentEntry.event_id).where(
        AssessmentEntry.area_id == area_id, AssessmentEntry.appeal_status == "upheld"
    )
    return frozenset((rule, str(event)) for rule, event in (await session.execute(query)).all())


async def keep_entries(session: AsyncSession, area_id: UUID, month: date, wanted: Sequence[dict[str, Any]]) -> None:
    """The month's entries become these: one that stands keeps its id and its appeal. Of what is charged no more, one
    nobody appealed goes, and one that was appealed stays as a record that does not count.
    """
    known = await entries(session, area_id, month)
    keys = {(row["order_id"], row["technician_id"], row["rule"], row["event_id"]) for row in wanted}
    gone = []
    for entry in known:
        stands = (entry.order_id, entry.technician_id, entry.rule, entry.event_id) in keys
        if entry.appeal_status is None and not stands:
            gone.append(entry.id)
        else:
            entry.stands = stands
    await session.flush()
    if gone:  # but for one that was appealed since it was read
        untouched = AssessmentEntry.appeal_status.is_(None)
        await session.execute(delete(AssessmentEntry).where(AssessmentEntry.id.in_(gone), untouched))
    if wanted:
        await session.execute(
            insert(AssessmentEntry).on_conflict_do_nothing(),
            [{"id": uuid7(), "area_id": area_id, "month": month, "attribution": "technician", **row} for row in wanted],
        )


async def entries(
    session: AsyncSession, area_id: UUID, month: date, technician_id: UUID | None = None
) -> Sequence[AssessmentEntry]:
    """The entries of a month, oldest first."""
    query = select(AssessmentEntry).where(AssessmentEntry.area_id == area_id, AssessmentEntry.month == month)
    if technician_id is not None:
        query = query.where(AssessmentEntry.technician_id == technician_id)
    query = query.order_by(AssessmentEntry.created_at, AssessmentEntry.id).execution_options(populate_existing=True)
    return (await session.execute(query)).scalars().all()


async def lock_entry(session: AsyncSession, entry_id: UUID) -> AssessmentEntry | None:
    """One entry, locked."""
    query = select(AssessmentEntry).where(AssessmentEntry.id == entry_id).with_for_update()
    return (await session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()


async def publications(session: AsyncSession, area_id: UUID, month: date) -> Sequence[datetime]:
    """When versions of the month were published, oldest first."""
    query = select(AssessmentRun.published_at).where(
        AssessmentRun.area_id == area_id, AssessmentRun.month == month, AssessmentRun.published_at.is_not(None)
    )
    return [at for at in (await session.execute(query.order_by(AssessmentRun.published_at))).scalars() if at]


async def inspection_of(session: AsyncSession, order_id: UUID) -> Inspection | None:
    """The check of an order's completion report."""
    return (await session.execute(select(Inspection).where(Inspection.order_id == order_id))).scalar_one_or_none()


async def visible_entries(
    session: AsyncSession,
    actor: Actor,
    area_id: UUID,
    month: date,
    technician_id: UUID | None,
    *,
    after: UUID | None,
    limit: int,
    appealed: bool = False,
) -> Sequence[AssessmentEntry]:
    """The entries of a month that the actor may see, or those that were appealed against, by id, which is by time."""
    query = select(AssessmentEntry).where(AssessmentEntry.area_id == area_id, AssessmentEntry.month == month)
    if appealed:
        query = query.where(AssessmentEntry.appeal_status.is_not(None))
    scope = actor.scope
    if not actor.trusted:
        if scope.technician is not None:
            query = query.where(AssessmentEntry.technician_id == scope.technician)
        elif scope.contractor is not None:
            theirs = select(Technician.id).where(Technician.contractor == scope.contractor)
            query = query.where(AssessmentEntry.technician_id.in_(theirs))
        elif scope.grids is not None:
            query = query.where(AssessmentEntry.technician_id.in_(await contracted(session, scope.grids)))
    if technician_id is not None:
        query = query.where(AssessmentEntry.technician_id == technician_id)
    if after is not None:
        query = query.where(AssessmentEntry.id > after)
    return (await session.execute(query.order_by(AssessmentEntry.id).limit(limit))).scalars().all()
