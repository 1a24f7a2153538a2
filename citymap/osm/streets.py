"""Streets as a person names them: ways of one name put together, cut into blocks at junctions, with their corners."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from citymap.osm.extract import Extract, House, Road
from citymap.osm.names import StreetName, street_name
from kit.geo import LonLat, haversine_metres

_ADDRESSED = frozenset({"pedestrian", "track"})
_CORNER_METRES = 60.0
"""Junction nodes of the same two streets closer than this are one corner (dual carriageways have four)."""


@dataclass(slots=True)
class Block:
    """A street from one junction to the next; `osm.numbering` learns its numbers and how many metres they err."""

    street: int
    line: tuple[LonLat, ...]
    number_from: int | None = None
    number_to: int | None = None
    error_metres: int | None = None


@dataclass(slots=True)
class Street:
    """All ways of one name. `label` is the commonest spelling, `aliases` are all names that lead here."""

    id: int
    key: StreetName
    label: str
    zh: str
    en: str
    aliases: list[str]
    blocks: list[Block] = field(default_factory=list)
    houses: list[House] = field(default_factory=list)

    @property
    def middle(self) -> LonLat:
        """A point on the street, near its middle."""
        points = [point for block in self.blocks for point in block.line]
        lon = sum(lon for lon, _ in points) / len(points)
        lat = sum(lat for _, lat in points) / len(points)
        return min(points, key=lambda point: haversine_metres(point, (lon, lat)))


@dataclass(frozen=True, slots=True)
class Corner:
    """Where two streets meet; `first` < `second` are street ids."""

    first: int
    second: int
    point: LonLat


@dataclass(slots=True)
class StreetNetwork:
    """The streets of a city, where they meet, and the house numbers whose street is not among them."""

    streets: list[Street]
    corners: list[Corner]
    strays: list[House]


def build(extract: Extract) -> StreetNetwork:
    """Put together the streets of an extract."""
    roads = [road for road in extract.roads if road.names.name and (road.drivable or road.highway in _ADDRESSED)]
    by_key: dict[StreetName, list[Road]] = defaultdict(list)
    for road in roads:
        by_key[street_name(road.names.name)].append(road)
    junctions = _junctions(extract.roads)
    streets: list[Street] = []
    at_node: dict[int, set[int]] = defaultdict(set)
    where: dict[int, LonLat] = {}
    for key, ways in by_key.items():
        number = len(streets)
        blocks = [Block(number, line) for way in ways for line in _cut(way, junctions)]
        if not blocks:
            continue
        street = _street(number, key, ways)
        street.blocks = blocks
        for way in ways:
            for node, point in zip(way.nodes, way.line, strict=True):
                if node in junctions:
                    at_node[node].add(number)
                    where[node] = point
        streets.append(street)
    strays = _move_in(streets, extract.houses)
    return StreetNetwork(streets, _corners(at_node, where), strays)


def _street(number: int, key: StreetName, ways: Sequence[Road]) -> Street:
    spellings: dict[str, int] = defaultdict(int)
    for way in ways:
        spellings[way.names.name] += len(way.nodes)
    label = max(spellings, key=lambda name: (spellings[name], len(name)))
    aliases = dict.fromkeys([label])
    for way in ways:
        aliases.update(dict.fromkeys(way.names.all()))
    zh = next((way.names.zh for way in ways if way.names.zh), "")
    en = next((way.names.en for way in ways if way.names.en), "")
    return Street(number, key, label, zh, en, list(aliases))


def _junctions(roads: Iterable[Road]) -> set[int]:
    """Nodes that several drivable ways, or one way twice, pass through."""
    seen: set[int] = set()
    shared: set[int] = set()
    for road in roads:
        if road.drivable or road.highway in _ADDRESSED:
            for node in road.nodes:
                (shared if node in seen else seen).add(node)
    return shared


def _cut(road: Road, junctions: set[int]) -> Iterable[tuple[LonLat, ...]]:
    start = 0
    for index in range(1, len(road.nodes)):
        if index == len(road.nodes) - 1 or road.nodes[index] in junctions:
            piece = road.line[start : index + 1]
            if len(set(piece)) > 1:
                yield piece
            start = index


def _move_in(streets: Sequence[Street], houses: Iterable[House]) -> list[House]:
    """Give each house to the street it names; returns those whose street the extract does not have."""
    by_key = {street.key: street for street in streets}
    for street in streets:
        for alias in street.aliases:
            by_key.setdefault(street_name(alias), street)
    loose: dict[str, list[Street]] = defaultdict(list)
    for street in streets:
        loose[street.key.core].append(street)
    strays: list[House] = []
    for house in houses:
        key = street_name(house.street)
        home = by_key.get(key)
        if home is None:
            same = [
                other
                for other in loose.get(key.core, [])
                if (not key.direction or not other.key.direction or key.direction == other.key.direction)
                and (not key.kind or not other.key.kind or key.kind == other.key.kind)
            ]
            home = same[0] if len(same) == 1 else None
        if home is None:
            strays.append(house)
        else:
            home.houses.append(house)
    return strays


def _corners(at_node: dict[int, set[int]], where: dict[int, LonLat]) -> list[Corner]:
    found: dict[tuple[int, int], list[list[LonLat]]] = defaultdict(list)
    for node, streets in at_node.items():
        for pair in combinations(sorted(streets), 2):
            for cluster in found[pair]:
                if haversine_metres(cluster[0], where[node]) < _CORNER_METRES:
                    cluster.append(where[node])
                    break
            else:
                found[pair].append([where[node]])
    return [
        Corner(first, second, _mean(cluster)) for (first, second), clusters in found.items() for cluster in clusters
    ]


def _mean(points: Sequence[LonLat]) -> LonLat:
    return sum(lon for lon, _ in points) / len(points), sum(lat for _, lat in points) / len(points)
