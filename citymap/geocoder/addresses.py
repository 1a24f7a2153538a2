"""The offline geocoder: words into points, ranked, each with a confidence that means something.

Made from the area's own extract. A match is `high` only when the name fits, the place is known to 100 m and no other
place of the same name competes; that is the promise intake relies on when it locates an order without asking.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from citymap import repository
from citymap.geocoder import address_sql as sql
from citymap.geocoder.address_sql import NameRow
from citymap.geocoder.name_fit import NameMatch, best_names, cores_of
from citymap.osm.names import Query, has_han, parse, pinyin_key, street_name
from kit.errors import NotFound
from kit.geo import LonLat, haversine_metres
from kit.i18n import text as sentence

type Level = Literal["house", "between", "block", "corner", "street", "place"]
type Confidence = Literal["high", "medium", "low"]

_HIGH_FIT, _HIGH_METRES = 0.93, 100
_MEDIUM_FIT, _MEDIUM_METRES = 0.8, 600
_LEAST_SCORE = 0.45
_DOUBT_METRES, _MOST_DOUBT = 5000.0, 0.12
_RIVAL_METRES, _RIVAL_SCORE = 600.0, 0.06
_BATCH = 1000
_STREETS_PER_QUERY = 4


@dataclass(frozen=True, slots=True)
class AddressMatch:
    """A place that an address may mean.

    `level` says what was found: a known `house`, a number `between` known houses, or on a `block` whose numbers were
    learnt, a `corner`, a whole `street`, a `place` by name. `fit` (0 to 1) says how well the name fits, `score` takes
    also into account how far off the point may be (`error_metres`).
    """

    label: str
    point: LonLat
    kind: str
    level: Level
    fit: float
    error_metres: int
    score: float = 0.0
    confidence: Confidence = "low"
    code: str = "address.street"
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def explanation(self) -> str:
        """Why this place, in English."""
        return self.explain("en")

    def explain(self, language: str) -> str:
        """Why this place, in `en` or `zh`."""
        return sentence(self.code, language, metres=self.error_metres, **self.params)


async def search(
    session: AsyncSession, area_id: UUID, text: str, *, near: LonLat | None = None, limit: int = 8
) -> list[AddressMatch]:
    """The places a person may mean while typing, best first. Raises `NotFound` (`map.none`) where there is no map."""
    map_id = await _map(session, area_id)
    (matches,) = await _resolve(session, map_id, [text], generous=True, near=near)
    return matches[:limit]


async def geocode_many(
    session: AsyncSession, area_id: UUID, texts: Sequence[str], *, near: LonLat | None = None
) -> list[AddressMatch | None]:
    """The best place of each address, in order; thousands at once are a handful of statements.

    `near` (such as the middle of the grids) decides between equals.

    Raises:
        NotFound: `map.none`, the area has no map.
    """
    map_id = await _map(session, area_id)
    unique = list(dict.fromkeys(texts))
    best: dict[str, AddressMatch | None] = {}
    for start in range(0, len(unique), _BATCH):
        part = unique[start : start + _BATCH]
        for text, matches in zip(part, await _resolve(session, map_id, part, near=near), strict=True):
            best[text] = matches[0] if matches else None
    return [best[text] for text in texts]


async def _map(session: AsyncSession, area_id: UUID) -> UUID:
    city = await repository.active_map(session, area_id)
    if city is None:
        raise NotFound("map.none", area=str(area_id))
    return city.id


# -- names -------------------------------------------------------------------------------------------------------------


async def _resolve(
    session: AsyncSession,
    map_id: UUID,
    texts: Sequence[str],
    *,
    generous: bool = False,
    near: LonLat | None = None,
) -> list[list[AddressMatch]]:
    queries = [parse(text) for text in texts]
    written = list(dict.fromkeys(name for query in queries for name in (query.street, query.cross) if name))
    named = await _names(session, map_id, written, generous=generous)
    found: list[list[AddressMatch]] = [[] for _ in queries]
    await _corners(session, map_id, queries, named, found)
    await _numbers(session, map_id, queries, named, found)
    for query, matches in zip(queries, found, strict=True):
        if not any(match.level == "corner" for match in matches) or generous:
            matches.extend(_whole(query, candidate) for candidate in named.get(query.street, ()))
    return [_ranked(query, matches, near) for query, matches in zip(queries, found, strict=True)]


async def _names(
    session: AsyncSession, map_id: UUID, written: Sequence[str], *, generous: bool
) -> dict[str, list[NameMatch]]:
    """What each written name may mean: exact names first, likeness only where there is none (or when typing)."""
    cores: set[str] = set()
    pinyins: set[str] = set()
    for name in written:
        cores.update(cores_of(name))
        pinyins.add(pinyin_key(name))
    by_core: dict[str, list[NameRow]] = {}
    by_pinyin: dict[str, list[NameRow]] = {}
    for row in await sql.names_exactly(session, map_id, cores, pinyins):
        by_core.setdefault(row.core, []).append(row)
        by_pinyin.setdefault(row.pinyin, []).append(row)
    named = {}
    for name in written:
        rows = [row for core in cores_of(name) for row in by_core.get(core, ())] or by_pinyin.get(pinyin_key(name), [])
        named[name] = best_names(name, rows, generous)
    vague = [name for name in written if generous or not named[name]]
    if vague:
        likeness = await sql.names_like(session, map_id, [(street_name(name).core, pinyin_key(name)) for name in vague])
        for name, rows in zip(vague, likeness, strict=True):
            named[name] = best_names(name, [*(candidate.row for candidate in named[name]), *rows], generous)
    return named


# -- positions ---------------------------------------------------------------------------------------------------------


def _streets(candidates: Sequence[NameMatch]) -> list[NameMatch]:
    return [candidate for candidate in candidates if candidate.row.street_id is not None][:_STREETS_PER_QUERY]


async def _corners(
    session: AsyncSession,
    map_id: UUID,
    queries: Sequence[Query],
    named: dict[str, list[NameMatch]],
    found: list[list[AddressMatch]],
) -> None:
    asked: list[tuple[int, NameMatch, NameMatch]] = []
    for index, query in enumerate(queries):
        if query.cross:
            asked.extend(
                (index, first, second)
                for first in _streets(named[query.street])
                for second in _streets(named[query.cross])
                if first.row.street_id != second.row.street_id
            )
    pairs = [(first.row.street_id or 0, second.row.street_id or 0) for _, first, second in asked]
    if not pairs:
        return
    for (index, first, second), points in zip(asked, await sql.corners(session, map_id, pairs), strict=True):
        label = _corner_label(first.row.label, second.row.label)
        for point in points:
            fit = min(first.fit, second.fit)
            found[index].append(
                AddressMatch(
                    label, point, "corner", "corner", fit, 60, code="address.corner",
                    params={"first": first.row.label, "second": second.row.label},
                )
            )  # fmt: skip


async def _numbers(
    session: AsyncSession,
    map_id: UUID,
    queries: Sequence[Query],
    named: dict[str, list[NameMatch]],
    found: list[list[AddressMatch]],
) -> None:
    asked: list[tuple[int, NameMatch, int]] = []
    for index, query in enumerate(queries):
        if query.number is not None and not found[index]:
            number = _middle(query)
            asked.extend((index, street, number) for street in _streets(named.get(query.street, ())))
    pairs = [(street.row.street_id or 0, number) for _, street, number in asked]
    if not pairs:
        return
    known = await sql.houses(session, map_id, pairs)
    learnt = await sql.blocks(session, map_id, pairs)
    for (index, street, number), houses, blocks in zip(asked, known, learnt, strict=True):
        query = queries[index]
        found[index].extend(_numbered(query, street, number, houses, blocks))


def _middle(query: Query) -> int:
    first, last = query.number or 0, query.number_to or 0
    if query.text[:1].isdigit() and first == last and first % 100 == 0 and _is_block_text(query.text):
        last = first + 99
    return (first + last) // 2


def _is_block_text(text: str) -> bool:
    """ "500 to 500 E 8th Av" means the 500 block."""
    words = text.split()
    return len(words) > 2 and words[1].lower() == "to" and words[2] == words[0]


def _numbered(
    query: Query, street: NameMatch, number: int, houses: Sequence[sql.HouseRow], blocks: Sequence[sql.BlockRow]
) -> list[AddressMatch]:
    label = _number_label(query, street.row.label)
    params: dict[str, Any] = {"street": street.row.label, "number": number}
    matches = []
    for house in houses:
        if house.number == number:
            known = AddressMatch(
                label, house.point, "house", "house", street.fit, 30, code="address.house", params=params
            )
            return [known]
    if len(houses) == 2 and (found := _between(houses[0], houses[1], number)) is not None:
        point, error = found
        ends = {"below": houses[0].number, "above": houses[1].number}
        matches.append(
            AddressMatch(
                label, point, "house", "between", street.fit, error, code="address.between", params={**params, **ends}
            )
        )
    for block in blocks:
        # One number is about a metre on most streets; outside the known range that is all there is to go by.
        error = block.error_metres + 25 + round(1.5 * block.outside)
        code = "address.block" if block.outside == 0 else "address.beyond"
        worse = any(
            match.error_metres <= error and haversine_metres(match.point, block.point) < _RIVAL_METRES
            for match in matches
        )
        if not worse and error < street.row.length_metres + _HIGH_METRES:
            matches.append(
                AddressMatch(label, block.point, "block", "block", street.fit, error, code=code, params=params)
            )
    return matches


def _between(below: sql.HouseRow, above: sql.HouseRow, number: int) -> tuple[LonLat, int] | None:
    """The point of a number between two known houses that are not far apart, and how far off it may be (m)."""
    apart = haversine_metres(below.point, above.point)
    if above.number - below.number > 200 or apart > 500:
        return None
    share = (number - below.number) / (above.number - below.number)
    lon = below.point[0] + share * (above.point[0] - below.point[0])
    lat = below.point[1] + share * (above.point[1] - below.point[1])
    return (lon, lat), round(30 + apart / 4)


def _whole(query: Query, candidate: NameMatch) -> AddressMatch:
    """The street or the place itself, when no number or corner could be found (or none was given)."""
    row = candidate.row
    if row.street_id is None:
        fit = candidate.fit - (0.2 if query.number is not None else 0.0)
        return AddressMatch(
            row.label, row.point, row.place_kind or "place", "place", fit, 60, code="address.place",
            params={"place": row.label},
        )  # fmt: skip
    vague = max(50, row.length_metres // 2)
    return AddressMatch(
        row.label, row.point, "street", "street", candidate.fit, vague, code="address.street",
        params={"street": row.label},
    )  # fmt: skip


def _number_label(query: Query, street: str) -> str:
    number = str(query.number) if query.number == query.number_to else f"{query.number}-{query.number_to}"
    return f"{street}{number}号" if has_han(street) else f"{number} {street}"


def _corner_label(first: str, second: str) -> str:
    return f"{first}与{second}路口" if has_han(first) else f"{first} & {second}"


# -- ranking -----------------------------------------------------------------------------------------------------------


def _ranked(query: Query, matches: list[AddressMatch], near: LonLat | None) -> list[AddressMatch]:
    """Best first, without repeats, each with its confidence."""
    wanted = []
    for match in matches:
        score = match.fit - _doubt(query, match)
        if near is not None:
            score -= _far(match.point, near)
        if score >= _LEAST_SCORE:
            wanted.append(replace(match, score=round(score, 3)))
    wanted.sort(key=lambda match: (-match.score, match.error_metres))
    kept: list[AddressMatch] = []
    for match in wanted:
        if not any(
            other.label == match.label and haversine_metres(other.point, match.point) < _RIVAL_METRES for other in kept
        ):
            kept.append(match)
    return [replace(match, confidence=_confidence(match, kept)) for match in kept]


def _doubt(query: Query, match: AddressMatch) -> float:
    """What not knowing the exact point costs; nothing for a street when no more than the street was asked for."""
    exact = query.number is not None or bool(query.cross)
    if match.level == "street":
        return 0.05 + min(_MOST_DOUBT, match.error_metres / _DOUBT_METRES) if exact else 0.0
    return min(_MOST_DOUBT, match.error_metres / _DOUBT_METRES)


def _far(point: LonLat, near: LonLat) -> float:
    return min(0.1, haversine_metres(point, near) / 100_000)


def _confidence(match: AddressMatch, all_found: Sequence[AddressMatch]) -> Confidence:
    rivals = any(
        other is not match
        and other.level != "street"
        and other.score > match.score - _RIVAL_SCORE
        and haversine_metres(other.point, match.point) > _RIVAL_METRES
        for other in all_found
    )
    if match.fit >= _HIGH_FIT and match.error_metres <= _HIGH_METRES and not rivals:
        return "high"
    if match.fit >= _MEDIUM_FIT and match.error_metres <= _MEDIUM_METRES:
        return "medium"
    return "low"
