"""Reads the answers of a month: who was satisfied, why not, in which words, and which promises their order kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.assessments.months import Month
from dispatch.callbacks.attempts import GOOD
from dispatch.reports.rollups.answering import PROMISES
from dispatch.reports.voice.frequent import Said, frequent
from dispatch.reports.voice.hiding import Names, hidden
from dispatch.reports.voice.importance import Alike, Driver, drivers
from grids.models import ServiceArea

_ANSWERED = """
    a.area_id = :area AND a.at >= :start AND a.at < :end
    AND (CAST(:grids AS uuid[]) IS NULL OR a.grid_id = ANY (:grids))
"""
_COLUMNS = ", ".join(f'"{one}"' for one in PROMISES)
_KEPT = text(
    f"""
    SELECT satisfaction, {_COLUMNS}, CAST(count(*) AS int) AS answers FROM kept_answers a
    WHERE {_ANSWERED} AND satisfaction IS NOT NULL GROUP BY satisfaction, {_COLUMNS}
    """  # noqa: S608 - constants
)
"""How many answered alike, by what was kept; a month has very many answers of very few kinds."""
_REASONS = text(
    f"""
    SELECT reason, CAST(count(*) AS int) AS times
    FROM kept_answers a CROSS JOIN LATERAL jsonb_array_elements_text(a.reasons) AS reason
    WHERE {_ANSWERED} AND a.reasons <> '[]' GROUP BY reason
    """  # noqa: S608 - constants
)
_NOTES = f"""
    SELECT a.attempt_id AS id, a.at, a.satisfaction, a.reasons, c.note, o.id AS order_id, o.number, o.address,
           o.contact_name, s.name AS subscriber
    FROM kept_answers a JOIN callback_attempts c ON c.id = a.attempt_id JOIN orders o ON o.id = c.order_id
    LEFT JOIN subscribers s ON s.id = o.subscriber_id
    WHERE {_ANSWERED} AND a.noted
"""  # noqa: S608 - constants
_ALL_NOTES = text(_NOTES)
_SOME_NOTES = text(
    f"""
    {_NOTES} AND (CAST(:reason AS text) IS NULL OR a.reasons ? CAST(:reason AS text))
      AND (CAST(:word AS text) IS NULL OR strpos(lower(c.note), lower(:word)) > 0)
      AND (CAST(:before AS timestamptz) IS NULL OR (a.at, a.attempt_id) < (CAST(:before AS timestamptz), :before_id))
    ORDER BY a.at DESC, a.attempt_id DESC LIMIT :most
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
    known: list[Alike] = [
        (row.satisfaction in GOOD, {code: getattr(row, code) for code in PROMISES}, row.answers)
        for row in await session.execute(_KEPT, asked)
    ]
    reasons = [(row.reason, row.times) for row in await session.execute(_REASONS, asked)]
    rows: Sequence[Any] = (await session.execute(_ALL_NOTES, asked)).all()
    said = _quotes(rows, await _at_work(session, area, rows))
    return Voice(
        sum(times for _, _, times in known), sum(times for satisfied, _, times in known if satisfied),
        sorted(reasons, key=lambda one: (-one[1], one[0])), frequent((one.words, one.satisfied) for one in said),
        drivers(known, PROMISES),
    )  # fmt: skip


async def quotes(
    session: AsyncSession, area: ServiceArea, month: Month, grids: Sequence[UUID] | None, *,
    reason: str | None = None, word: str | None = None, most: int, offset: int = 0,
) -> list[Quote]:  # fmt: skip
    """What was said in the month, the newest first: with a reason or a word alone, at most so many after `offset`.

    No more is read than is shown and was left out before it.
    """
    alike = word is None or word.isascii() or word.lower() == word.upper()  # the database may know no other letters
    asked = _asked(area, month, grids) | {
        "reason": reason, "word": word if alike else None, "most": offset + most, "before": None, "before_id": None,
    }  # fmt: skip
    found: list[Quote] = []
    names: Names | None = None
    while len(found) < offset + most:
        rows: Sequence[Any] = (await session.execute(_SOME_NOTES, asked)).all()
        names = names or await _at_work(session, area, rows)
        # A word that is hidden is none of the quote, and whoever asks for it must not learn that it was there.
        found += [one for one in _quotes(rows, names) if word is None or word.lower() in one.words.lower()]
        if len(rows) < offset + most:
            break
        asked |= {"before": rows[-1].at, "before_id": rows[-1].id}
    return found[offset : offset + most]


async def _at_work(session: AsyncSession, area: ServiceArea, rows: Sequence[Any]) -> Names:
    return Names(await session.scalars(_AT_WORK, {"area": area.id}) if rows else ())


def _asked(area: ServiceArea, month: Month, grids: Sequence[UUID] | None) -> dict[str, Any]:
    return {"area": area.id, "start": month.start, "end": month.end, "grids": None if grids is None else list(grids)}


def _quotes(rows: Sequence[Any], at_work: Names) -> list[Quote]:
    return [
        Quote(row.id, row.at, row.order_id, row.number, row.satisfaction, row.reasons,
              hidden(row.note, [row.subscriber, row.contact_name, row.address, *at_work.in_(row.note)]))
        for row in rows if row.note.strip()
    ]  # fmt: skip
