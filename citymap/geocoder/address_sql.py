"""The SQL of the address search. Every statement takes many questions at once: an import asks by the thousand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from kit.geo import LonLat

_NAME = (
    "n.core, n.direction, n.kind, n.pinyin, n.name, n.street_id, n.place_id, "
    "coalesce(s.label, p.label) AS label, p.kind AS place_kind, coalesce(s.length_metres, 0) AS length_metres, "
    "ST_X(coalesce(s.point, p.point)) AS lon, ST_Y(coalesce(s.point, p.point)) AS lat"
)
_OWNERS = (
    "LEFT JOIN map_streets s ON s.map_id = n.map_id AND s.id = n.street_id "
    "LEFT JOIN map_places p ON p.map_id = n.map_id AND p.id = n.place_id"
)


@dataclass(frozen=True, slots=True)
class NameRow:
    """A name with the street or place it belongs to; `point` stands for the whole of it."""

    core: str
    direction: str
    kind: str
    pinyin: str
    name: str
    street_id: int | None
    place_id: int | None
    label: str
    place_kind: str | None
    length_metres: int
    point: LonLat


@dataclass(frozen=True, slots=True)
class HouseRow:
    """A known house on the asked street: the asked number, or the nearest one below or above it."""

    number: int
    point: LonLat


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A block of the asked street, the point the number falls on, and how far outside the block's range it is."""

    outside: int
    error_metres: int
    point: LonLat


def _name(row: Sequence[Any]) -> NameRow:
    core, direction, kind, pinyin, name, street, place, label, place_kind, length, lon, lat = row
    return NameRow(core, direction, kind, pinyin, name, street, place, label, place_kind, length, (lon, lat))


async def names_exactly(
    session: AsyncSession, map_id: UUID, cores: Collection[str], pinyins: Collection[str]
) -> list[NameRow]:
    """Names whose core, or whose pinyin, is one of these."""
    statement = text(
        f"SELECT {_NAME} FROM map_names n {_OWNERS} "  # noqa: S608 - constants
        "WHERE n.map_id = :map AND (n.core = ANY(:cores) OR n.pinyin = ANY(:pinyins))"
    )
    rows = await session.execute(statement, {"map": map_id, "cores": list(cores), "pinyins": list(pinyins)})
    return [_name(row) for row in rows]


async def names_like(
    session: AsyncSession, map_id: UUID, questions: Sequence[tuple[str, str]], *, most: int = 12
) -> list[list[NameRow]]:
    """For each (core, pinyin) the names most like it: by trigrams, and by beginning with it."""
    statement = text(
        f"SELECT q.place, {_NAME} FROM unnest(CAST(:cores AS text[]), CAST(:pinyins AS text[])) "  # noqa: S608
        "WITH ORDINALITY AS q(core, pinyin, place) CROSS JOIN LATERAL ("
        "SELECT * FROM map_names c WHERE c.map_id = :map AND (c.likeness % q.core OR q.core <% c.likeness "
        "OR c.likeness % q.pinyin OR q.pinyin <% c.likeness OR c.likeness LIKE q.core || '%') "
        "ORDER BY greatest(similarity(c.core, q.core), similarity(c.pinyin, q.pinyin), "
        "CASE WHEN starts_with(c.core, q.core) OR starts_with(c.pinyin, q.pinyin) THEN 0.9 END) DESC, length(c.core) "
        f"LIMIT :most) AS n {_OWNERS}"
    )
    found: list[list[NameRow]] = [[] for _ in questions]
    rows = await session.execute(
        statement,
        {
            "map": map_id,
            "cores": [core for core, _ in questions],
            "pinyins": [key for _, key in questions],
            "most": most,
        },
    )
    for row in rows:
        found[row[0] - 1].append(_name(row[1:]))
    return found


async def houses(
    session: AsyncSession, map_id: UUID, questions: Sequence[tuple[int, int]]
) -> list[list[HouseRow]]:  # fmt: skip
    """For each (street, number): the house itself, and the nearest known ones below and above."""
    statement = text(
        "SELECT q.place, h.number, ST_X(h.point), ST_Y(h.point) "
        "FROM unnest(CAST(:streets AS int[]), CAST(:numbers AS int[])) WITH ORDINALITY AS q(street, number, place) "
        "CROSS JOIN LATERAL ("
        "(SELECT number, point FROM map_houses WHERE map_id = :map AND street_id = q.street AND number <= q.number "
        "ORDER BY number DESC LIMIT 1) UNION ALL "
        "(SELECT number, point FROM map_houses WHERE map_id = :map AND street_id = q.street AND number > q.number "
        "ORDER BY number LIMIT 1)) AS h"
    )
    found: list[list[HouseRow]] = [[] for _ in questions]
    for place, number, lon, lat in await session.execute(statement, _pairs(map_id, questions)):
        found[place - 1].append(HouseRow(number, (lon, lat)))
    return found


async def blocks(session: AsyncSession, map_id: UUID, questions: Sequence[tuple[int, int]]) -> list[list[BlockRow]]:
    """For each (street, number) the numbered blocks nearest to holding it, best first."""
    statement = text(
        "SELECT q.place, b.outside, b.error_metres, ST_X(b.point), ST_Y(b.point) "
        "FROM unnest(CAST(:streets AS int[]), CAST(:numbers AS int[])) WITH ORDINALITY AS q(street, number, place) "
        "CROSS JOIN LATERAL ("
        "SELECT greatest(0, least(number_from, number_to) - q.number, q.number - greatest(number_from, number_to)) "
        "AS outside, error_metres, ST_LineInterpolatePoint(line, CASE WHEN number_from = number_to THEN 0.5 ELSE "
        "greatest(0.0, least(1.0, (q.number - number_from)::float8 / (number_to - number_from))) END) AS point "
        "FROM map_blocks WHERE map_id = :map AND street_id = q.street AND error_metres IS NOT NULL "
        "ORDER BY outside, error_metres LIMIT 5) AS b"
    )
    found: list[list[BlockRow]] = [[] for _ in questions]
    for place, outside, error, lon, lat in await session.execute(statement, _pairs(map_id, questions)):
        found[place - 1].append(BlockRow(outside, error, (lon, lat)))
    return found


async def corners(session: AsyncSession, map_id: UUID, questions: Sequence[tuple[int, int]]) -> list[list[LonLat]]:
    """For each pair of streets the points where they meet; where they do not, the nearest they come, within 200 m."""
    statement = text(
        "SELECT q.place, ST_X(c.point), ST_Y(c.point) "
        "FROM unnest(CAST(:streets AS int[]), CAST(:numbers AS int[])) WITH ORDINALITY AS q(first, second, place) "
        "JOIN map_corners c ON c.map_id = :map AND c.first_id = least(q.first, q.second) "
        "AND c.second_id = greatest(q.first, q.second) ORDER BY q.place, c.id"
    )
    found: list[list[LonLat]] = [[] for _ in questions]
    for place, lon, lat in await session.execute(statement, _pairs(map_id, questions)):
        found[place - 1].append((lon, lat))
    missing = [index for index, points in enumerate(found) if not points]
    if missing:
        near = text(
            "SELECT q.place, ST_X(c.point), ST_Y(c.point) "
            "FROM unnest(CAST(:streets AS int[]), CAST(:numbers AS int[])) WITH ORDINALITY AS q(first, second, place) "
            "CROSS JOIN LATERAL (SELECT ST_ClosestPoint(a.line, b.line) AS point, ST_Distance(a.line, b.line) AS apart "
            "FROM map_blocks a JOIN map_blocks b ON b.map_id = :map AND b.street_id = q.second "
            "AND ST_DWithin(a.line, b.line, 0.002) WHERE a.map_id = :map AND a.street_id = q.first "
            "ORDER BY apart LIMIT 1) AS c"
        )
        asked = [questions[index] for index in missing]
        for place, lon, lat in await session.execute(near, _pairs(map_id, asked)):
            found[missing[place - 1]].append((lon, lat))
    return found


def _pairs(map_id: UUID, questions: Sequence[tuple[int, int]]) -> dict[str, object]:
    return {"map": map_id, "streets": [first for first, _ in questions], "numbers": [second for _, second in questions]}
