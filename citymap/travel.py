"""Travel times through one small protocol: the real roads, or a straight line that was asked for and is marked.

Seconds are the road engine's answer × the area's calibration factor, rounded to the nearest second, so that every leg
equals `osrm-routed`'s answer × calibration within 1 s. Metres are not calibrated.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from citymap.osrm.client import RoadData, RoadsClient
from citymap.osrm.protocol import NO_ROUTE, RouteLeg
from kit.geo import EARTH_RADIUS_METRES, LonLat, haversine_metres

UNREACHABLE_SECONDS = 604_800
"""A week stands in the matrix where there is no way; the pair is also in `unreachable`."""
UNREACHABLE_METRES = 10_000_000
STRAIGHT_LINE_DETOUR = 1.4
"""Road distance over straight-line distance in cities (Boscoe et al. 2012 find 1.417 for the United States)."""
STRAIGHT_LINE_METRES_PER_SECOND = 30 / 3.6
MOST_MATRICES = 4
_PAIRS_AT_ONCE = 50

type TravelName = Literal["osrm", "straight_line"]
type IntMatrix = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class TravelMatrix:
    """Times (s) and lengths (m) from each point (row) to each point (column), int32.

    `unreachable` holds the index pairs without a way (among them all pairs of an `unsnapped` point, one too far from
    any road); their cells hold `UNREACHABLE_SECONDS`. `fallback_pairs` counts the cells that are not road times.
    """

    durations: IntMatrix
    distances: IntMatrix
    unreachable: frozenset[tuple[int, int]] = frozenset()
    fallback_pairs: int = 0
    unsnapped: list[int] = field(default_factory=list)
    source: TravelName = "osrm"


@dataclass(frozen=True, slots=True)
class TravelLeg:
    """One leg: seconds, metres and its line; `reachable` is false where the line is only drawn straight."""

    duration: int
    distance: int
    line: list[LonLat]
    reachable: bool = True


@dataclass(frozen=True, slots=True)
class RouteShape:
    """A driven line through points, leg by leg."""

    legs: list[TravelLeg]
    source: TravelName = "osrm"

    @property
    def geojson(self) -> dict[str, object]:
        """The whole line as a GeoJSON LineString."""
        coordinates: list[LonLat] = []
        for leg in self.legs:
            coordinates.extend(leg.line[1:] if coordinates and coordinates[-1] == leg.line[0] else leg.line)
        return {"type": "LineString", "coordinates": [list(point) for point in coordinates]}


class TravelSource(Protocol):
    """Anything that can say how long driving takes."""

    name: TravelName

    @property
    def identity(self) -> str:
        """Whose times they are: two sources of the same identity answer alike."""
        ...

    async def matrix(self, points: Sequence[LonLat]) -> TravelMatrix:
        """All pairs of the points."""
        ...

    async def route(self, points: Sequence[LonLat]) -> RouteShape:
        """The line through the points in order."""
        ...


class OsrmTravel:
    """The real roads of one city map, asked through the host's `roads` process; the last matrices are remembered."""

    name: TravelName = "osrm"

    def __init__(
        self, client: RoadsClient, data: RoadData, *, factor: float = 1.0, radius_metres: float = 500.0
    ) -> None:
        self._client = client
        self._data = data
        self._factor = factor
        self._radius = radius_metres

    @property
    def identity(self) -> str:
        """The map's road data, the calibration and how far a point may be from a road."""
        return f"{self._data.key}:{self._factor!r}:{self._radius!r}"

    async def matrix(self, points: Sequence[LonLat]) -> TravelMatrix:
        """Raises `Unavailable` when the `roads` process is not running."""
        key = self._content_key(points)
        if (known := _matrices.get(key)) is not None:
            _matrices.move_to_end(key)
            return known
        table = await self._client.table(self._data, points, self._radius)
        matrix = calibrated(table.durations, table.distances, table.unsnapped, self._factor)
        _matrices[key] = matrix
        while len(_matrices) > MOST_MATRICES:
            _matrices.popitem(last=False)
        return matrix

    async def rectangle(self, sources: Sequence[LonLat], destinations: Sequence[LonLat]) -> tuple[IntMatrix, IntMatrix]:
        """Seconds and metres from each source to each destination (for inserting a few points into a known day)."""
        count = len(sources)
        table = await self._client.table(
            self._data,
            [*sources, *destinations],
            self._radius,
            range(count),
            range(count, count + len(destinations)),
        )
        matrix = calibrated(table.durations, table.distances, [], self._factor)
        return matrix.durations, matrix.distances

    async def route(self, points: Sequence[LonLat]) -> RouteShape:
        """Raises `Unavailable` when the `roads` process is not running."""
        legs = await self._client.route(self._data, points, self._radius)
        return RouteShape([self._leg(leg) for leg in legs])

    def _leg(self, leg: RouteLeg) -> TravelLeg:
        if leg.duration == NO_ROUTE:
            return TravelLeg(UNREACHABLE_SECONDS, UNREACHABLE_METRES, leg.line, reachable=False)
        return TravelLeg(max(0, round(leg.duration / 10 * self._factor)), max(0, round(leg.distance / 10)), leg.line)

    def _content_key(self, points: Sequence[LonLat]) -> str:
        digest = hashlib.sha256(self.identity.encode())
        digest.update(np.asarray(points, dtype=np.float64).tobytes())
        return digest.hexdigest()


async def pair_seconds(
    client: RoadsClient, data: RoadData, pairs: Sequence[tuple[LonLat, LonLat]], radius_metres: float = 500.0
) -> list[float | None]:
    """Uncalibrated road seconds of many single trips (start, end), None where there is no way; for calibration."""
    seconds: list[float | None] = []
    for start in range(0, len(pairs), _PAIRS_AT_ONCE):
        part = pairs[start : start + _PAIRS_AT_ONCE]
        count = len(part)
        points = [a for a, _ in part] + [b for _, b in part]
        table = await client.table(data, points, radius_metres, range(count), range(count, 2 * count))
        tenths = np.diagonal(table.durations)
        seconds.extend(None if value == NO_ROUTE else float(value) / 10 for value in tenths)
    return seconds


_matrices: OrderedDict[str, TravelMatrix] = OrderedDict()


def calibrated(
    tenths: npt.NDArray[np.int32], decimetres: npt.NDArray[np.int32], unsnapped: list[int], factor: float
) -> TravelMatrix:
    """Round the engine's tenths × factor to whole seconds and mark what has no way. The arrays are made read-only.

    Two points snapped to one spot of a road may come back a little less than nothing apart; that is nothing.
    """
    missing = tenths == NO_ROUTE
    durations = np.where(missing, UNREACHABLE_SECONDS, np.maximum(0, np.rint(tenths * (factor / 10)))).astype(np.int32)
    distances = np.where(missing, UNREACHABLE_METRES, np.maximum(0, np.rint(decimetres / 10))).astype(np.int32)
    durations.setflags(write=False)
    distances.setflags(write=False)
    pairs = frozenset((int(row), int(column)) for row, column in np.argwhere(missing))
    return TravelMatrix(durations, distances, pairs, 0, unsnapped)


class StraightLineTravel:
    """Great circle × detour at a constant speed: for a city without roads, on request only, and marked as such."""

    name: TravelName = "straight_line"

    def __init__(self, *, factor: float = 1.0) -> None:
        self._seconds_per_metre = factor * STRAIGHT_LINE_DETOUR / STRAIGHT_LINE_METRES_PER_SECOND

    @property
    def identity(self) -> str:
        """The speed it assumes."""
        return f"straight:{self._seconds_per_metre!r}"

    async def matrix(self, points: Sequence[LonLat]) -> TravelMatrix:
        """Every pair off the diagonal counts as a fallback pair."""
        radians = np.radians(np.asarray(points, dtype=np.float64).reshape(-1, 2))
        lon, lat = radians[:, 0], radians[:, 1]
        h = np.sin((lat[:, None] - lat) / 2) ** 2
        h += np.cos(lat)[:, None] * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
        metres = 2 * EARTH_RADIUS_METRES * np.arcsin(np.sqrt(np.minimum(1.0, h)))
        count = len(points)
        return TravelMatrix(
            np.rint(metres * self._seconds_per_metre).astype(np.int32),
            np.rint(metres * STRAIGHT_LINE_DETOUR).astype(np.int32),
            fallback_pairs=count * (count - 1),
            source="straight_line",
        )

    async def route(self, points: Sequence[LonLat]) -> RouteShape:
        """Straight lines from point to point."""
        legs = []
        for a, b in pairwise(points):
            metres = haversine_metres(a, b)
            legs.append(
                TravelLeg(round(metres * self._seconds_per_metre), round(metres * STRAIGHT_LINE_DETOUR), [a, b])
            )
        return RouteShape(legs, "straight_line")
