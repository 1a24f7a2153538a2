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
"""As the order stood when its subscriber answered, by its events: accepted in time, contacted in time, arrived in the
window, completed in time, no rework before, completed within 24 hours of the report, without having to ask again."""
_ANSWERS = text(
    """
    SELECT a.id, a.at, a.satisfaction, a.reasons, a.note, o.id AS order_id, o.number, o.grid_id, o.address,
           o.contact_name, s.name AS subscriber,
           f.accepted_at <= f.accept_due_at AS accepted, f.contacted_at <= f.contact_due_at AS contacted,
           f.arrived_at <= f.window_end AS window, f.completed_at <= f.due_at AS in_time,
           a.round = 0 AS first_visit, f.completed_at <= o.reported_at + interval '24 hours' AS within_a_day,
           NOT f.chased AS not_chased
    FROM callback_attempts a JOIN orders o ON o.id = a.order_id LEFT JOIN subscribers s ON s.id = o.subscriber_id
    CROSS JOIN LATERAL (
        SELECT max(e.occurred_at) FILTER (WHERE e.type = 'completed') AS completed_at,
               max(e.occurred_at) FILTER (WHERE e.type = 'accepted') AS accepted_at,
               max(e.occurred_at) FILTER (WHERE e.type = 'contacted') AS contacted_at,
               max(e.occurred_at) FILTER (WHERE e.type = 'arrived') AS arrived_at,
               (array_agg(e.data -> 'clocks' ->> 'dueAt' ORDER BY e.sequence DESC)
                   FILTER (WHERE e.data -> 'clocks' ->> 'dueAt' IS NOT NULL))[1]::timestamptz AS due_at,
               (array_agg(e.data -> 'clocks' ->> 'acceptDueAt' ORDER BY e.sequence DESC)
                   FILTER (WHERE e.data -> 'clocks' ->> 'acceptDueAt' IS NOT NULL))[1]::timestamptz AS accept_due_at,
               (array_agg(e.data -> 'clocks' ->> 'contactDueAt' ORDER BY e.sequence DESC)
                   FILTER (WHERE e.data -> 'clocks' ->> 'contactDueAt' IS NOT NULL))[1]::timestamptz AS contact_due_at,
               (array_agg(e.data ->> 'windowEnd' ORDER BY e.sequence DESC)
                   FILTER (WHERE e.data ->> 'windowEnd' IS NOT NULL))[1]::timestamptz AS window_end,
               coalesce(bool_or(e.type = 'chased'), false) AS chased
        FROM order_events e
        WHERE e.order_id = o.id AND e.sequence <= (
            SELECT max(d.sequence) FROM order_events d
            WHERE d.order_id = o.id AND d.type = 'completed' AND d.occurred_at <= a.at)
    ) f
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
