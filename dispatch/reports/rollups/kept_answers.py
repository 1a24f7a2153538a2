"""Kept answers of subscribers: make them anew, compare them with the events."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.reports.rollups.answering import COLUMNS, told
from grids.models import ServiceArea

_NAMES = ", ".join(f'"{one}"' for one in ("attempt_id", *COLUMNS))
_SAID = told("o.area_id = :area")


async def rebuild(session: AsyncSession, area: ServiceArea) -> int:
    """Make all kept answers of an area anew; returns how many there are. Whoever gives an answer waits meanwhile."""
    await session.execute(text("LOCK TABLE kept_answers IN SHARE ROW EXCLUSIVE MODE"))
    await session.execute(text("DELETE FROM kept_answers WHERE area_id = :area"), {"area": area.id})
    made = await session.execute(text(f"INSERT INTO kept_answers ({_NAMES}) {_SAID}"), {"area": area.id})
    return int(getattr(made, "rowcount", 0))


_DIFFERENT = text(
    f"""
    WITH said AS ({_SAID}), kept AS (SELECT {_NAMES} FROM kept_answers WHERE area_id = :area)
    SELECT coalesce(s.attempt_id, k.attempt_id) AS attempt, to_jsonb(k) - 'attempt_id' AS kept,
           to_jsonb(s) - 'attempt_id' AS said
    FROM said s FULL JOIN kept k ON k.attempt_id = s.attempt_id
    WHERE to_jsonb(s) IS DISTINCT FROM to_jsonb(k) ORDER BY 1 LIMIT 1000
    """  # noqa: S608 - constants
)


async def check(session: AsyncSession, area: ServiceArea) -> tuple[int, list[str]]:
    """Compare every kept answer with the events; how many there are, and differences as sentences."""
    count = text("SELECT count(*) FROM kept_answers WHERE area_id = :area")
    wrong = []
    for row in await session.execute(_DIFFERENT, {"area": area.id}):
        kept, said = row.kept or {}, row.said or {}
        names = sorted(name for name in kept.keys() | said.keys() if kept.get(name) != said.get(name))
        wrong.append(
            f"Answer {row.attempt}: {', '.join(names)} is kept as {[kept.get(name) for name in names]}, the events say "
            f"{[said.get(name) for name in names]}."
        )
    return int(await session.scalar(count, {"area": area.id}) or 0), wrong
