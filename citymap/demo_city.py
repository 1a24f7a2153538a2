"""A fictional but plausible city, written as a real `.osm.pbf` so that the demo goes through the very same import.

Streets and places are named in Chinese and English; houses have numbers (odd on the left); a river with four bridges
divides the city; some side streets are one-way and some left turns are forbidden. Any likeness to a place is chance.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import osmium
import osmium.osm.mutable as osm
from pypinyin import lazy_pinyin

from citymap.demo_plan import (
    CELL,
    COLUMNS,
    HEIGHT,
    RIVER_FROM,
    RIVER_TO,
    ROWS,
    UNIT_METRES,
    WIDTH,
    Lattice,
    Plan,
    PlannedBlock,
    PlannedStreet,
    crossings,
    make_plan,
    row_bottom,
    unit_blocks,
)
from kit.geo import LonLat

TIMEZONE = "Asia/Shanghai"
NAME_ZH, NAME_EN = "临江", "Linjiang"
_FIRST = (
    "云锦江望春秋长安和康宁福祥瑞兴盛文华学思明德景桂兰梅竹松柏枫荷莲桃杏"
    "樱柳棠银金玉碧翠青紫丹白凤鹤鹭燕鹿龙石泉溪湖月星晨霞"
)
_SECOND = "山水林园苑台亭阁桥门塘湾浦泽岭峰谷川源岸城里坊村庭轩宁和平安泰昌达通顺兴旺荣光辉明丰茂盛华秀丽雅清芳馨乐欣"
_GREAT = (
    "人民", "和平", "建设", "文化", "学府", "朝阳", "青年", "友谊", "迎宾", "长青", "望江", "锦绣", "滨河", "科技",
    "振兴", "凤凰", "石桥", "东湖", "西山", "中心",
)  # fmt: skip
_SUFFIX = {
    "trunk": ("大道", "Avenue"), "primary": ("大道", "Avenue"), "secondary": ("路", "Road"),
    "tertiary": ("路", "Road"), "residential": ("街", "Street"), "living_street": ("巷", "Lane"),
}  # fmt: skip
_QUARTERS = (
    "望江", "桂园", "青石", "南塘", "云栖", "松岭", "锦里", "石桥", "文华", "白鹭", "长安", "东湖", "凤鸣", "翠竹",
    "星河",
)  # fmt: skip
_POIS = (
    ("amenity", "hospital", "医院", "Hospital"), ("shop", "mall", "广场", "Plaza"), ("amenity", "bank", "银行", "Bank"),
    ("amenity", "library", "图书馆", "Library"), ("tourism", "hotel", "酒店", "Hotel"),
    ("shop", "supermarket", "超市", "Supermarket"), ("amenity", "community_centre", "社区中心", "Community Centre"),
)  # fmt: skip
_BUILT = ("secondary", "tertiary", "residential", "living_street")
_METRES_PER_NUMBER = 15.0


@dataclass(frozen=True, slots=True)
class DemoPlace:
    """A house where somebody may report a fault."""

    address: str
    address_en: str
    point: LonLat
    grid: str


@dataclass(slots=True)
class DemoCity:
    """What was written: the file, its grids as GeoJSON (`code`, `name`, `name_en`), and all numbered houses.

    `bbox` is (west, south, east, north).
    """

    path: Path
    name: str
    name_en: str
    timezone: str
    centre: LonLat
    bbox: tuple[float, float, float, float]
    grids: dict[str, Any]
    places: list[DemoPlace] = field(default_factory=list)


def write_demo_city(path: Path, seed: int = 1) -> DemoCity:
    """Write the city of this seed to `path` (`.osm.pbf`, overwritten); the same seed gives the same city."""
    plan = make_plan(seed)
    writer = _Writer(plan, seed)
    writer.draw()
    writer.write(path)
    lons = [lon for lon, _ in writer.nodes.values()]
    lats = [lat for _, lat in writer.nodes.values()]
    city = DemoCity(
        path, NAME_ZH, NAME_EN, TIMEZONE, plan.position(WIDTH / 2, HEIGHT / 2),
        (min(lons), min(lats), max(lons), max(lats)), _grids(plan), writer.places,
    )  # fmt: skip
    return city


def _english(zh: str, suffix: str) -> str:
    return f"{''.join(lazy_pinyin(zh)).capitalize()} {suffix}"


def _grid_rectangles() -> Iterable[tuple[str, str, tuple[int, int, int, int]]]:
    """Fifteen grids of two cells each; those on the river reach to its middle."""
    middle = (RIVER_FROM + RIVER_TO) // 2
    for row in range(ROWS):
        south = middle if row == 2 else row_bottom(row)
        north = middle if row == 1 else row_bottom(row) + CELL
        for column in range(0, COLUMNS, 2):
            number = row * (COLUMNS // 2) + column // 2
            yield f"G{number + 1:02d}", _QUARTERS[number], (column * CELL, south, (column + 2) * CELL, north)


def _grids(plan: Plan) -> dict[str, Any]:
    features = []
    for code, name, rectangle in _grid_rectangles():
        ring = [list(point) for point in plan.outline(*rectangle)]
        properties = {"code": code, "name": f"{name}网格", "name_en": _english(name, "Grid")}
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


def _grid_of(u: float, v: float) -> str:
    for code, _, (west, south, east, north) in _grid_rectangles():
        if west <= u <= east and south <= v <= north:
            return code
    return ""


class _Writer:
    """Collects nodes, ways and relations, then writes them in the order OSM files have."""

    def __init__(self, plan: Plan, seed: int) -> None:
        self.plan = plan
        self.chance = random.Random(seed + 1)  # noqa: S311 - a toy city, not a secret
        self.nodes: dict[int, LonLat] = {}
        self.node_tags: dict[int, dict[str, str]] = {}
        self.ways: list[tuple[int, Sequence[int], dict[str, str]]] = []
        self.relations: list[tuple[Sequence[tuple[str, int, str]], dict[str, str]]] = []
        self.places: list[DemoPlace] = []
        self._at: dict[Lattice, int] = {}
        self._names: dict[str, tuple[str, str]] = {}
        self._used: set[str] = set()
        self._blocks = unit_blocks(plan)
        self._walked: dict[str, float] = {}

    def draw(self) -> None:
        """Everything, in an order that keeps numbers stable."""
        runs = [self._street(street) for street in self.plan.streets]
        self._restrictions(runs)
        self._river()
        for block in self.plan.blocks:
            self._block(block)
        for street in self.plan.streets:
            if street.highway in _BUILT and not street.bridge:
                self._houses(street)
        self._quarters()

    # -- streets -------------------------------------------------------------------------------------------------------

    def _node(self, point: LonLat, tags: dict[str, str] | None = None) -> int:
        number = len(self.nodes) + 1
        self.nodes[number] = point
        if tags:
            self.node_tags[number] = tags
        return number

    def _lattice(self, place: Lattice) -> int:
        if place not in self._at:
            self._at[place] = self._node(self.plan.position(*place))
        return self._at[place]

    def _way(self, nodes: Sequence[int], tags: dict[str, str]) -> int:
        number = len(self.ways) + 1
        self.ways.append((number, nodes, tags))
        return number

    def _street(self, street: PlannedStreet) -> int:
        zh, en = self._name(street)
        tags = {"highway": street.highway, "name": zh, "name:zh": zh, "name:en": en}
        if street.oneway:
            tags["oneway"] = "yes"
        if street.bridge:
            tags.update({"bridge": "yes", "layer": "1"})
        points = list(street.points)
        if street.oneway and self.chance.random() < 0.5:
            points.reverse()
        return self._way([self._lattice(place) for place in points], tags)

    def _name(self, street: PlannedStreet) -> tuple[str, str]:
        if street.name not in self._names:
            suffix, english = ("大桥", "Bridge") if street.bridge else _SUFFIX[street.highway]
            great = [word for word in _GREAT if word + suffix not in self._used]
            while True:
                if street.highway in ("trunk", "primary", "secondary") and great:
                    word = great.pop(0)
                else:
                    word = self.chance.choice(_FIRST) + self.chance.choice(_SECOND)
                # Two Chinese names may sound alike: their English names must differ too.
                if not {word + suffix, _english(word, english)} & self._used and word[0] != word[-1]:
                    break
            self._used |= {word + suffix, _english(word, english)}
            self._names[street.name] = word + suffix, _english(word, english)
        return self._names[street.name]

    def _restrictions(self, runs: Sequence[int]) -> None:
        """Signals where arterials cross; at two of three crossings of four arms a left turn is forbidden."""
        for count, (place, arms) in enumerate(crossings(self.plan)):
            node = self._lattice(place)
            self.node_tags.setdefault(node, {})["highway"] = "traffic_signals"
            if len(arms) != 4 or count % 3 == 2:
                continue
            west = next(arm for arm in arms if self.plan.streets[arm].points[-1] == place and self._flat(arm))
            north = next(arm for arm in arms if self.plan.streets[arm].points[0] == place and not self._flat(arm))
            members = [("w", runs[west], "from"), ("n", node, "via"), ("w", runs[north], "to")]
            self.relations.append((members, {"type": "restriction", "restriction": "no_left_turn"}))

    def _flat(self, arm: int) -> bool:
        points = self.plan.streets[arm].points
        return points[0][1] == points[-1][1]

    # -- land and water ------------------------------------------------------------------------------------------------

    def _area(self, ring: Sequence[LonLat], tags: dict[str, str]) -> None:
        nodes = [self._node(point) for point in ring[:-1]]
        self._way([*nodes, nodes[0]], tags)

    def _inset(self, block: PlannedBlock, by: float) -> list[LonLat]:
        """The outline of a block, `by` lattice units inside its streets."""
        west, south, east, north = block.west + by, block.south + by, block.east - by, block.north - by
        ring = [(west, south), ((west + east) / 2, south), (east, south), (east, north), (west, north), (west, south)]
        return [self.plan.position(u, v) for u, v in ring]

    def _river(self) -> None:
        ring = [(u, RIVER_FROM + 1.2 + 0.5 * math.sin(u / 9)) for u in range(-10, WIDTH + 11, 2)]
        ring += [(u, RIVER_TO - 1.2 + 0.5 * math.sin(u / 11)) for u in range(WIDTH + 10, -11, -2)]
        names = {"name": "临江", "name:zh": "临江", "name:en": "Lin River"}
        points = [self.plan.position(u, v) for u, v in ring]
        self._area([*points, points[0]], {"natural": "water", "water": "river", **names})
        middle = (RIVER_FROM + RIVER_TO) / 2
        line = [self._node(self.plan.position(u, middle)) for u in range(-10, WIDTH + 11, 4)]
        self._way(line, {"waterway": "river", **names})

    def _block(self, block: PlannedBlock) -> None:
        word = self.chance.choice(_FIRST) + self.chance.choice(_SECOND)
        if block.use == "park":
            zh, en = f"{word}公园", _english(word, "Park")
            self._area(self._inset(block, 0.3), {"leisure": "park", "name": zh, "name:zh": zh, "name:en": en})
        elif block.use == "pond":
            zh, en = f"{word}湖", _english(word, "Lake")
            self._area(self._inset(block, 0.5), {"natural": "water", "name": zh, "name:zh": zh, "name:en": en})
        elif block.use == "school":
            zh, en = f"{word}学校", _english(word, "School")
            tags = {"building": "school", "amenity": "school", "name": zh, "name:zh": zh, "name:en": en}
            self._area(self._inset(block, min(block.east - block.west, block.north - block.south) * 0.3), tags)
        elif self.chance.random() < 0.5:
            self._alley(block)

    def _alley(self, block: PlannedBlock) -> None:
        """A dead end from the south side of a block into its middle; some are named lanes with houses of their own."""
        u = (block.west + block.east) // 2
        if not block.west < u < block.east or block.north - block.south < 3:
            return
        deep = block.south + max(1, (block.north - block.south) // 2)
        nodes = [self._lattice((u, block.south))]
        nodes += [self._node(self.plan.position(u, v)) for v in range(block.south + 1, deep + 1)]
        if self.chance.random() < 0.25:
            lane = PlannedStreet(
                "living_street", tuple((u, v) for v in range(block.south, deep + 1)), f"lane-{u}-{deep}"
            )
            zh, en = self._name(lane)
            self._way(nodes, {"highway": "living_street", "name": zh, "name:zh": zh, "name:en": en})
        else:
            self._way(nodes, {"highway": "service"})

    # -- houses --------------------------------------------------------------------------------------------------------

    def _houses(self, street: PlannedStreet) -> None:
        zh, en = self._names[street.name]
        walked = self._walked.get(street.name, 0.0)
        for a, b in zip(street.points, street.points[1:], strict=False):
            along = (b[0] - a[0], b[1] - a[1])
            for share in (0.3, 0.72):
                for side in (-1, 1):
                    # Left of the way one walks (west to east, south to north) is +1 and odd.
                    u = a[0] + along[0] * share - side * along[1] * 0.33
                    v = a[1] + along[1] * share + side * along[0] * 0.33
                    block = self._blocks.get((math.floor(u), math.floor(v)))
                    if block is None or block.use != "homes" or self.chance.random() < 0.45:
                        continue
                    number = 2 * int((walked + share * UNIT_METRES) / _METRES_PER_NUMBER) + (1 if side > 0 else 2)
                    self._house(u, v, along, zh, en, number)
            walked += UNIT_METRES
        self._walked[street.name] = walked

    def _house(self, u: float, v: float, along: Lattice, zh: str, en: str, number: int) -> None:
        long, deep = self.chance.uniform(0.10, 0.17), self.chance.uniform(0.07, 0.12)
        half_u, half_v = (long, deep) if along[0] else (deep, long)
        corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ring = [self.plan.position(u + x * half_u, v + y * half_v) for x, y in corners]
        tags = {"building": "apartments" if self.chance.random() < 0.6 else "yes"}
        if self.chance.random() < 0.8:
            tags.update({"addr:housenumber": str(number), "addr:street": zh})
            place = DemoPlace(f"{zh}{number}号", f"{number} {en}", self.plan.position(u, v), _grid_of(u, v))
            self.places.append(place)
        if self.chance.random() < 0.02:
            key, value, suffix_zh, suffix_en = self.chance.choice(_POIS)
            word = self.chance.choice(_FIRST) + self.chance.choice(_SECOND)
            name_zh, name_en = word + suffix_zh, _english(word, suffix_en)
            tags.update({key: value, "name": name_zh, "name:zh": name_zh, "name:en": name_en})
        self._area([*ring, ring[0]], tags)

    def _quarters(self) -> None:
        for _, name, (west, south, east, north) in _grid_rectangles():
            tags = {"place": "suburb", "name": name, "name:zh": name, "name:en": _english(name, "").strip()}
            self._node(self.plan.position((west + east) / 2, (south + north) / 2), tags)
        tags = {"place": "city", "name": NAME_ZH, "name:zh": NAME_ZH, "name:en": NAME_EN}
        self._node(self.plan.position(WIDTH / 2, HEIGHT / 2 + 3), tags)

    # -- the file ------------------------------------------------------------------------------------------------------

    def write(self, path: Path) -> None:
        """Nodes, then ways, then relations, each by rising id."""
        header = osmium.io.Header()
        header.set("generator", "grid-dispatch demo city")
        with osmium.SimpleWriter(str(path), header=header, overwrite=True) as writer:
            for number, point in self.nodes.items():
                tags = self.node_tags.get(number, {})
                writer.add_node(osm.Node(id=number, version=1, location=point, tags=tags))
            for number, nodes, tags in self.ways:
                writer.add_way(osm.Way(id=number, version=1, nodes=nodes, tags=tags))
            for number, (members, tags) in enumerate(self.relations, start=1):
                writer.add_relation(osm.Relation(id=number, version=1, members=members, tags=tags))
