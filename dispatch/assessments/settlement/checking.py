"""Proves that statements are the sums of their lines, by plain SQL."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_SUMS = text(
    """
    SELECT s.month, s.name, s.total, coalesce(sum(l.amount) FILTER (WHERE l.part <> 'borrowed'), 0) AS lines,
           count(l.id) AS number
    FROM settlement_statements s LEFT JOIN settlement_lines l ON l.statement_id = s.id
    WHERE s.area_id = :area GROUP BY s.id
    HAVING s.own <> coalesce(sum(l.amount) FILTER (WHERE l.part = 'own'), 0)
        OR s.lent <> coalesce(sum(l.amount) FILTER (WHERE l.part = 'lent'), 0)
        OR s.borrowed <> coalesce(sum(l.amount) FILTER (WHERE l.part = 'borrowed'), 0)
        OR s.corrections <> coalesce(sum(l.amount) FILTER (WHERE l.part = 'correction'), 0)
    ORDER BY s.month, s.name
    """
)
_PRICES = text(
    """
    SELECT s.month, s.name, l.place, l.points, l.unit_price, l.amount
    FROM settlement_lines l JOIN settlement_statements s ON s.id = l.statement_id
    WHERE s.area_id = :area AND l.part <> 'correction' AND abs(l.points * l.unit_price - l.amount) > 0.005
    ORDER BY s.month, s.name, l.place
    """
)


@dataclass(frozen=True, slots=True)
class StatementCheck:
    """How many statements were added up, and every difference as a sentence."""

    statements: int
    differences: list[str]


async def verify_statements(session: AsyncSession, area_id: UUID) -> StatementCheck:
    """Add up the lines of every statement and price every line again."""
    count = "SELECT count(*) FROM settlement_statements WHERE area_id = :area"
    statements = (await session.execute(text(count), {"area": area_id})).scalar_one()
    wrong = [
        f"{row.month:%Y-%m}: the statement of {row.name} says {row.total}, its {row.number} lines are {row.lines}."
        for row in await session.execute(_SUMS, {"area": area_id})
    ]
    wrong += [
        f"{row.month:%Y-%m}: line {row.place} of {row.name} is {row.amount}, not {row.points} × {row.unit_price}."
        for row in await session.execute(_PRICES, {"area": area_id})
    ]
    return StatementCheck(statements, wrong)
