"""Writing and reading the ledger: what a new version changes is added, and names the line that it corrects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments.ledger.lines import Line
from dispatch.assessments.ledger.models import LedgerEntry
from kit.ids import uuid7

Key = tuple[str, str, str | None, str | None]
Whose = tuple[str, str]
"""Subject and its id."""


@dataclass(frozen=True, slots=True)
class _Standing:
    first: UUID
    points: Decimal
    version: str
    evidence: dict[str, Any]


async def write(
    session: AsyncSession,
    area_id: UUID,
    month: date,
    number: int,
    now: datetime,
    wanted: Mapping[Whose, Sequence[Line]],
) -> int:
    """Make the lines that stand equal to the wanted ones by adding; returns how many lines were added.

    A line that stands as it is wanted is left alone, so a month computed twice writes nothing the second time.
    """
    standing = await _standing(session, area_id, month)
    added: list[dict[str, Any]] = []

    def add(whose: Whose, line: Line, points: Decimal, corrects: UUID | None) -> None:
        added.append(
            {
                "id": uuid7(), "area_id": area_id, "month": month, "run_number": number, "subject": whose[0],
                "subject_id": whose[1], "kind": line.kind, "rule": line.rule, "rule_version": line.version,
                "order_id": None if line.order_id is None else UUID(line.order_id),
                "event_id": None if line.event_id is None else UUID(line.event_id), "points": points,
                "attribution": line.attribution, "evidence": line.evidence, "corrects_id": corrects,
                "created_at": now,
            }
        )  # fmt: skip

    for whose in sorted(wanted.keys() | standing.keys()):
        old = standing.get(whose, {})
        new = {line.key: line for line in wanted.get(whose, ())}
        for key, line in new.items():
            known = old.get(key)
            if known is None:
                add(whose, line, line.points, None)
            elif (known.points, known.version, known.evidence) != (line.points, line.version, line.evidence):
                add(whose, line, line.points - known.points, known.first)
        for key, known in old.items():
            if key not in new and known.points != 0:
                kind, rule, order_id, event_id = key
                gone = Line(kind, rule, known.version, -known.points, "technician", order_id, event_id, {"void": True})
                add(whose, gone, gone.points, known.first)
    if added:
        await session.execute(insert(LedgerEntry), added)
    return len(added)


async def _standing(session: AsyncSession, area_id: UUID, month: date) -> dict[Whose, dict[Key, _Standing]]:
    """What the month's lines say together: of each key the first line, the sum, the newest evidence."""
    query = (
        select(LedgerEntry).where(LedgerEntry.area_id == area_id, LedgerEntry.month == month).order_by(LedgerEntry.id)
    )
    found: dict[Whose, dict[Key, _Standing]] = defaultdict(dict)
    for row in (await session.execute(query)).scalars():
        key = (row.kind, row.rule, _str(row.order_id), _str(row.event_id))
        mine = found[row.subject, row.subject_id]
        known = mine.get(key)
        mine[key] = _Standing(
            row.id if known is None else known.first,
            row.points if known is None else known.points + row.points,
            row.rule_version,
            row.evidence,
        )
    return dict(found)


def _str(value: UUID | None) -> str | None:
    return None if value is None else str(value)


async def entries_of(
    session: AsyncSession,
    area_id: UUID,
    month: date,
    subject: str,
    subject_id: str,
    up_to: int,
    *,
    after: UUID | None = None,
    limit: int = 1000,
) -> Sequence[LedgerEntry]:
    """The lines of a subject's month that a version stands on, in the order they were written."""
    query = select(LedgerEntry).where(
        LedgerEntry.area_id == area_id,
        LedgerEntry.month == month,
        LedgerEntry.subject == subject,
        LedgerEntry.subject_id == subject_id,
        LedgerEntry.run_number <= up_to,
    )
    if after is not None:
        query = query.where(LedgerEntry.id > after)
    return (await session.execute(query.order_by(LedgerEntry.id).limit(limit))).scalars().all()


_DIFFERENT = text(
    """
    SELECT r.month, r.number, c.subject, c.name, c.score, coalesce(sum(e.points), 0) AS total, count(e.id) AS lines
    FROM assessment_runs r
    JOIN score_cards c ON c.run_id = r.id
    LEFT JOIN ledger_entries e ON e.area_id = r.area_id AND e.month = r.month AND e.run_number <= r.number
         AND e.subject = c.subject AND e.subject_id = c.subject_id
    WHERE r.area_id = :area
    GROUP BY r.month, r.number, c.subject, c.subject_id, c.name, c.score
    HAVING coalesce(CAST(c.score AS numeric), 0) <> coalesce(sum(e.points), 0)
    ORDER BY r.month, r.number, c.subject, c.name
    """
)
_TWICE = text(
    """
    SELECT e.month, e.subject_id, e.event_id, string_agg(DISTINCT e.rule, ', ') AS rules
    FROM (SELECT month, subject_id, event_id, rule, sum(points) AS points FROM ledger_entries
          WHERE area_id = :area AND kind = 'deduction' AND event_id IS NOT NULL
          GROUP BY month, subject_id, event_id, rule HAVING sum(points) <> 0) e
    GROUP BY e.month, e.subject_id, e.event_id HAVING count(*) > 1
    """
)
_COUNTED = text(
    """
    SELECT (SELECT count(*) FROM ledger_entries WHERE area_id = :area) AS lines,
           (SELECT count(*) FROM assessment_runs r JOIN score_cards c ON c.run_id = r.id
            WHERE r.area_id = :area) AS cards
    """
)


@dataclass(frozen=True, slots=True)
class LedgerCheck:
    """How many lines and published scores were compared, and every difference as a sentence."""

    lines: int
    cards: int
    differences: list[str]


async def verify_ledger(session: AsyncSession, area_id: UUID) -> LedgerCheck:
    """Compare the sum of lines with every score of every version, and look for an event that was charged twice."""
    counted = (await session.execute(_COUNTED, {"area": area_id})).one()
    wrong = [
        f"{row.month:%Y-%m} version {row.number}: {row.subject} {row.name} is scored {row.score}, its {row.lines} "
        f"lines sum up to {row.total}."
        for row in await session.execute(_DIFFERENT, {"area": area_id})
    ]
    wrong += [
        f"{row.month:%Y-%m}: event {row.event_id} is charged to {row.subject_id} by {row.rules}."
        for row in await session.execute(_TWICE, {"area": area_id})
    ]
    return LedgerCheck(counted.lines, counted.cards, wrong)
