"""Where an order is: the point it came with, or its address looked up offline; and why it is not on the map yet.

The grid follows from the geometry alone, never from a label. An address is believed when the geocoder is sure enough
(`high` or `medium`); a doubtful one goes to the place worklist with its candidates, and so does an order without any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from citymap.geocoder.addresses import AddressMatch, geocode_many
from grids.models import ServiceArea
from grids.service import locate_many
from kit.errors import NotFound
from kit.geo import LonLat

NO_ADDRESS = "no_address"
ADDRESS_NOT_FOUND = "address_not_found"
ADDRESS_UNSURE = "address_unsure"
OUTSIDE_GRIDS = "outside_grids"
BAD_COORDINATES = "bad_coordinates"
SHARED_POINT = "shared_point"
PROBLEMS = (NO_ADDRESS, ADDRESS_NOT_FOUND, ADDRESS_UNSURE, OUTSIDE_GRIDS, BAD_COORDINATES, SHARED_POINT)
"""Why an order is on the place worklist."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is known of a place: a point, an address, coordinates that cannot be (`bad`), or a point that many addresses
    share (`shared`): it is not believed, the address is asked."""

    address: str | None = None
    point: LonLat | None = None
    bad: bool = False
    shared: bool = False


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place with its grid, or the `problem` that puts the order on the place worklist.

    `source` is `given` or `geocoded`. A point outside every grid is kept, with the problem `outside_grids`.
    """

    point: LonLat | None = None
    source: str | None = None
    grid_id: UUID | None = None
    problem: str | None = None
    candidates: list[AddressMatch] = field(default_factory=list)


async def find_place(
    session: AsyncSession, area: ServiceArea, address: str | None, point: LonLat | None
) -> FoundPlace:  # fmt: skip
    """The place of one report; see `find_places`."""
    return (await find_places(session, area, [Wanted(address, point, point is not None and not _on_earth(point))]))[0]


async def find_places(session: AsyncSession, area: ServiceArea, wanted: Sequence[Wanted]) -> list[FoundPlace]:
    """The places of many reports in their order, by a handful of statements however many they are.

    Coordinates whose halves are swapped (only so would they lie in a grid) are bad; nobody's guess is stored.
    """
    wanted = [replace(one, point=None) if one.shared else one for one in wanted]
    matches = await _geocode(session, area, wanted)
    points = [
        one.point
        if one.point is not None
        else (match.point if match is not None and match.confidence != "low" else None)
        for one, match in zip(wanted, matches, strict=True)
    ]
    grids = await locate_many(session, area.id, points)
    swapped = await _swapped(session, area, wanted, grids)
    found: list[FoundPlace] = []
    for index, (one, match, grid_id) in enumerate(zip(wanted, matches, grids, strict=True)):
        candidates = [match] if match is not None else []
        if one.bad or index in swapped:
            found.append(FoundPlace(problem=BAD_COORDINATES))
        elif one.point is not None:
            found.append(FoundPlace(one.point, "given", grid_id, None if grid_id else OUTSIDE_GRIDS))
        elif one.shared and (match is None or match.confidence == "low"):
            found.append(FoundPlace(problem=SHARED_POINT, candidates=candidates))
        elif not one.address:
            found.append(FoundPlace(problem=NO_ADDRESS))
        elif match is None:
            found.append(FoundPlace(problem=ADDRESS_NOT_FOUND))
        elif match.confidence == "low":
            found.append(FoundPlace(problem=ADDRESS_UNSURE, candidates=candidates))
        else:
            problem = None if grid_id else OUTSIDE_GRIDS
            found.append(FoundPlace(match.point, "geocoded", grid_id, problem, candidates))
    return found


def candidates_as_data(candidates: Sequence[AddressMatch]) -> list[dict[str, Any]]:
    """Candidates as an event keeps them."""
    return [
        {
            "label": match.label,
            "point": list(match.point),
            "confidence": match.confidence,
            "score": match.score,
            "errorMetres": match.error_metres,
        }
        for match in candidates
    ]


async def _geocode(
    session: AsyncSession, area: ServiceArea, wanted: Sequence[Wanted]
) -> list[AddressMatch | None]:  # fmt: skip
    asked = [index for index, one in enumerate(wanted) if one.address and one.point is None and not one.bad]
    matches: list[AddressMatch | None] = [None] * len(wanted)
    if not asked:
        return matches
    try:
        answers = await geocode_many(session, area.id, [wanted[index].address or "" for index in asked])
    except NotFound:
        return matches  # no city map yet: the addresses wait on the worklist, the import goes on
    for index, match in zip(asked, answers, strict=True):
        matches[index] = match
    return matches


async def _swapped(
    session: AsyncSession, area: ServiceArea, wanted: Sequence[Wanted], grids: Sequence[UUID | None]
) -> set[int]:
    doubtful = [
        index
        for index, (one, grid_id) in enumerate(zip(wanted, grids, strict=True))
        if grid_id is None and one.point is not None and not one.bad and abs(one.point[0]) <= 90
    ]
    if not doubtful:
        return set()
    turned = [(point[1], point[0]) for index in doubtful if (point := wanted[index].point) is not None]
    return {
        index
        for index, grid_id in zip(doubtful, await locate_many(session, area.id, turned), strict=True)
        if grid_id is not None
    }


def _on_earth(point: LonLat) -> bool:
    return abs(point[0]) <= 180 and abs(point[1]) <= 90 and (abs(point[0]) > 1e-6 or abs(point[1]) > 1e-6)
