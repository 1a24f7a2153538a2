"""Reads the answers of a month: who was satisfied, why not, in which words, and which promises their order kept."""

from __future__ import annotations

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
_ANSWERED = """
    o.area_id = :area AND a.reached = 'answered' AND a.at >= :start AND a.at < :end
    AND (CAST(:grids AS uuid[]) IS NULL OR o.grid_id = ANY (:grids))
"""
_COLUMNS = ", ".join(f'"{one}"' for one in PROMISES)
_KEPT = text(
    f"""
    WITH told AS (
        SELECT a.satisfaction, f.accepted_at <= f.accept_due_at AS accepted,
               f.contacted_at <= f.contact_due_at AS contacted, f.arrived_at <= f.window_end AS window,
               f.completed_at <= f.due_at AS in_time, a.round = 0 AS first_visit,
               f.completed_at <= o.reported_at + interval '24 hours' AS within_a_day, NOT f.chased AS not_chased
        FROM callback_attempts a JOIN orders o ON o.id = a.order_id
        CROSS JOIN LATERAL (
            SELECT max(e.occurred_at) FILTER (WHERE e.type = 'completed') AS completed_at,
                   max(e.occurred_at) FILTER (WHERE e.type = 'accepted') AS accepted_at,
                   max(e.occurred_at) FILTER (WHERE e.type = 'contacted') AS contacted_at,
                   max(e.occurred_at) FILTER (WHERE e.type = 'arrived') AS arrived_at,
                   (array_agg(e.data -> 'clocks' ->> 'dueAt' ORDER BY e.sequence DESC)
                       FILTER (WHERE e.data -> 'clocks' ->> 'dueAt' IS NOT NULL))[1]::timestamptz AS due_at,
                   (array_agg(e.data -> 'clocks' ->> 'acceptDueAt' ORDER BY e.sequence DESC)
                       FILTER (WHERE e.data -> 'clocks' ->> 'acceptDueAt' IS NOT NULL))[1]::timestamptz
                       AS accept_due_at,
                   (array_agg(e.data -> 'clocks' ->> 'contactDueAt' ORDER BY e.sequence DESC)
                       FILTER (WHERE e.data -> 'clocks' ->> 'contactDueAt' IS NOT NULL))[1]::timestamptz
                       AS contact_due_at,
                   (array_agg(e.data ->> 'windowEnd' ORDER BY e.sequence DESC)
                       FILTER (WHERE e.data ->> 'windowEnd' IS NOT NULL))[1]::timestamptz AS window_end,
                   coalesce(bool_or(e.type = 'chased'), false) AS chased
            FROM order_events e
            WHERE e.order_id = o.id AND e.sequence <= (
                SELECT max(d.sequence) FROM order_events d
                WHERE d.order_id = o.id AND d.type = 'completed' AND d.occurred_at <= a.at)
        ) f
        WHERE {_ANSWERED} AND a.satisfaction IS NOT NULL
    )
    SELECT satisfaction, {_COLUMNS}, CAST(count(*) AS int) AS answers FROM told GROUP BY satisfaction, {_COLUMNS}
    """  # noqa: S608 - constants
)
"""How many answered alike, by what was kept; a month has very many answers of very few kinds."""
_REASONS = text(
    f"""
    SELECT reason, CAST(count(*) AS int) AS times
    FROM callback_attempts a JOIN orders o ON o.id = a.order_id
    CROSS JOIN LATERAL jsonb_array_elements_text(a.reasons) AS reason
    WHERE {_ANSWERED} AND a.reasons <> '[]' GROUP BY reason
    """  # noqa: S608 - constants
)
_NOTES = text(
    f"""
    SELECT a.id, a.at, a.satisfaction, a.reasons, a.note, o.id AS order_id, o.number, o.address, o.contact_name,
           s.name AS subscriber
    FROM callback_attempts a JOIN orders o ON o.id = a.order_id LEFT JOIN subscribers s ON s.id = o.subscriber_id
    WHERE {_ANSWERED} AND a.note <> ''
    ORDER BY a.at DESC, a.id DESC
    """  # noqa: S608 - constants
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

    @property
    def satisfied(self) -> bool:
        """Who says nothing of it counts as satisfied."""
        return self.satisfaction is None or self.satisfaction in GOOD


@dataclass(frozen=True, slots=True)
class Voice:
    """The answers of a month; `reasons` are (code, times), the most frequent first."""

    answers: int
    satisfied: int
    reasons: Sequence[tuple[str, int]]
    words: Sequence[Said]
    drivers: Sequence[Driver]


async def voice(session: AsyncSession, area: ServiceArea, month: Month, grids: Sequence[UUID] | None) -> Voice:
    """Of these grids, or of all; only answers with an opinion count as satisfied or not."""
    asked = _asked(area, month, grids)
    known: list[tuple[bool, Mapping[str, bool | None]]] = []
    for row in await session.execute(_KEPT, asked):
        known += [(row.satisfaction in GOOD, {code: getattr(row, code) for code in PROMISES})] * row.answers
    reasons = [(row.reason, row.times) for row in await session.execute(_REASONS, asked)]
    said = await quotes(session, area, month, grids)
    return Voice(
        len(known), sum(satisfied for satisfied, _ in known), sorted(reasons, key=lambda one: (-one[1], one[0])),
        frequent((one.words, one.satisfied) for one in said), drivers(known, PROMISES),
    )  # fmt: skip


async def quotes(session: AsyncSession, area: ServiceArea, month: Month, grids: Sequence[UUID] | None) -> list[Quote]:
    """What was said in the month, the newest first."""
    rows: Sequence[Any] = (await session.execute(_NOTES, _asked(area, month, grids))).all()
    at_work = (await session.scalars(_AT_WORK, {"area": area.id})).all() if rows else []
    return [_quote(row, at_work) for row in rows if row.note.strip()]


def _asked(area: ServiceArea, month: Month, grids: Sequence[UUID] | None) -> dict[str, Any]:
    return {"area": area.id, "start": month.start, "end": month.end, "grids": None if grids is None else list(grids)}


def _quote(row: Any, at_work: Sequence[str]) -> Quote:
    words = hidden(row.note, [row.subscriber, row.contact_name, row.address, *at_work])
    return Quote(row.id, row.at, row.order_id, row.number, row.satisfaction, row.reasons, words)
