"""Reads the answers of a month: who was satisfied, why not, in which words, and which promises their order kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments.months import Month
from dispatch.callbacks.attempts import GOOD
from dispatch.reports.voice.frequent import Said, frequent
from dispatch.reports.voice.hiding import hidden
from dispatch.reports.voice.importance import Driver, drivers
from grids.models import ServiceArea

PROMISES = ("accepted", "contacted", "window", "in_time", "first_visit", "within_a_day", "not_chased")
"""Accepted in time, contacted in time, arrived in the window, completed in time, no rework, completed within 24 hours
of the report, and without having to ask again."""
_ANSWERS = text(
    """
    SELECT a.id, a.at, a.satisfaction, a.reasons, a.note, o.id AS order_id, o.number, o.grid_id, o.address,
           o.contact_name, s.name AS subscriber,
           o.accepted_at <= o.accept_due_at AS accepted, o.contacted_at <= o.contact_due_at AS contacted,
           o.arrived_at <= o.appointment_end AS window, o.completed_at <= o.due_at AS in_time,
           o.reworks = 0 AS first_visit, o.completed_at <= o.reported_at + interval '24 hours' AS within_a_day,
           o.chases = 0 AS not_chased
    FROM callback_attempts a JOIN orders o ON o.id = a.order_id LEFT JOIN subscribers s ON s.id = o.subscriber_id
    WHERE o.area_id = :area AND a.reached = 'answered' AND a.at >= :start AND a.at < :end
      AND (CAST(:grids AS uuid[]) IS NULL OR o.grid_id = ANY (:grids))
    ORDER BY a.at DESC, a.id DESC
    """
)
_AT_WORK = text(
    """
    SELECT name FROM technicians WHERE area_id = :area
    UNION SELECT name FROM accounts
    """
)


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody said, fit to be quoted."""

    id: UUID
    at: datetime
    order_id: UUID
    number: str
    satisfaction: str | None
    reasons: Sequence[str]
    words: str


@dataclass(frozen=True, slots=True)
class Voice:
    """The answers of a month; `reasons` are (code, times), the most frequent first, `quotes` the newest first."""

    answers: int
    satisfied: int
    reasons: Sequence[tuple[str, int]]
    words: Sequence[Said]
    quotes: Sequence[Quote]
    drivers: Sequence[Driver]


async def voice(session: AsyncSession, area: ServiceArea, month: Month, grids: Sequence[UUID] | None) -> Voice:
    """Of these grids, or of all; only answers with an opinion count as satisfied or not."""
    asked = {"area": area.id, "start": month.start, "end": month.end, "grids": None if grids is None else list(grids)}
    rows: Sequence[Any] = (await session.execute(_ANSWERS, asked)).all()
    at_work = (await session.scalars(_AT_WORK, {"area": area.id})).all() if any(row.note for row in rows) else []
    quotes = [_quote(row, at_work) for row in rows if row.note and row.note.strip()]
    opinions = {row.id: row.satisfaction in GOOD for row in rows if row.satisfaction is not None}
    reasons = Counter(reason for row in rows for reason in row.reasons)
    known: list[tuple[bool, Mapping[str, bool | None]]] = [
        (opinions[row.id], {code: getattr(row, code) for code in PROMISES}) for row in rows if row.id in opinions
    ]
    return Voice(
        len(opinions), sum(opinions.values()), sorted(reasons.items(), key=lambda one: (-one[1], one[0])),
        frequent((one.words, opinions.get(one.id, True)) for one in quotes), quotes, drivers(known, PROMISES),
    )  # fmt: skip


def _quote(row: Any, at_work: Sequence[str]) -> Quote:
    words = hidden(row.note, [row.subscriber, row.contact_name, row.address, *at_work])
    return Quote(row.id, row.at, row.order_id, row.number, row.satisfaction, row.reasons, words)
