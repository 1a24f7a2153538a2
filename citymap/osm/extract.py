"""Reading an OpenStreetMap extract once: streets, house numbers, named places and what the base map draws.

`check_file` looks at the file's framing alone and costs milliseconds; `read` decodes everything.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import osmium
import osmium.filter
import osmium.geom

from citymap.osm.names import has_han
from citymap.osrm.data import Cancelled, ImportCancelled, Progress
from kit.errors import Invalid
from kit.geo import LonLat

DRIVABLE = frozenset({
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link",
    "tertiary", "tertiary_link", "unclassified", "residential", "living_street", "service",
})  # fmt: skip
"""The highway classes that the car profile drives on."""
_WALKED = frozenset({"pedestrian", "footway", "path", "cycleway", "steps", "track", "bridleway"})
_GREEN = {
    "leisure": {
        "park",
        "garden",
        "golf_course",
        "nature_reserve",
        "pitch",
        "playground",
        "recreation_ground",
        "common",
    },
    "landuse": {"forest", "grass", "cemetery", "recreation_ground", "village_green", "meadow", "orchard", "farmland"},
    "natural": {"wood", "scrub", "grassland", "heath", "wetland"},
}
_PLACES = frozenset({
    "city", "town", "village", "suburb", "neighbourhood", "quarter", "hamlet", "locality", "island", "square",
})  # fmt: skip
_NAMED = ("amenity", "shop", "office", "tourism", "leisure", "building", "railway", "public_transport", "man_made")
_KEYS = (
    "highway", "building", "natural", "waterway", "landuse", "leisure", "place", "railway", "addr:housenumber",
    "amenity", "shop", "office", "tourism", "public_transport", "man_made",
)  # fmt: skip
_REPORT_EVERY = 20_000


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a thing: as signposted, in Chinese, in English, and others it goes by."""

    name: str = ""
    zh: str = ""
    en: str = ""
    others: tuple[str, ...] = ()

    def all(self) -> Iterator[str]:
        """Every different name, the signposted one first."""
        yield from dict.fromkeys(name for name in (self.name, self.zh, self.en, *self.others) if name)


@dataclass(frozen=True, slots=True)
class Road:
    """A highway with its class, names, node ids and line; `drivable` says whether a car may use its class."""

    osm_id: int
    highway: str
    names: Names
    nodes: tuple[int, ...]
    line: tuple[LonLat, ...]
    oneway: bool
    drivable: bool


@dataclass(frozen=True, slots=True)
class House:
    """A house number with its street, its place name if any, and its position."""

    number: int
    suffix: str
    street: str
    names: Names
    point: LonLat


@dataclass(frozen=True, slots=True)
class Place:
    """A named thing that is no street: a building, a shop, a park, a suburb."""

    kind: str
    names: Names
    point: LonLat


@dataclass(frozen=True, slots=True)
class Feature:
    """Something the base map draws: WKB as hex in WGS 84, and the first zoom at which it is drawn."""

    layer: str
    kind: str
    names: Names
    wkb: str
    min_zoom: int
    oneway: bool = False


@dataclass(slots=True)
class Extract:
    """What was read. `bbox` is (west, south, east, north) of the roads."""

    roads: list[Road] = field(default_factory=list)
    houses: list[House] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    features: list[Feature] = field(default_factory=list)
    coastline: list[tuple[LonLat, ...]] = field(default_factory=list)
    restrictions: int = 0
    ways: int = 0
    drivable_ways: int = 0
    bbox: tuple[float, float, float, float] = (180.0, 90.0, -180.0, -90.0)


def check_file(path: Path) -> str:
    """The SHA-256 of a whole and well-framed `.osm.pbf`.

    Raises `Invalid`: `extract.not_found`, `extract.foreign` (no OSM header), `extract.truncated` (ends inside a block).
    """
    if not path.is_file():
        raise Invalid("extract.not_found", path=str(path))
    size = path.stat().st_size
    digest = hashlib.sha256()
    with path.open("rb") as source:
        if b"OSMHeader" not in source.read(64):
            raise Invalid("extract.foreign", path=path.name)
        at = 0
        while at < size:
            source.seek(at)
            length = int.from_bytes(source.read(4), "big")
            header = source.read(length) if 0 < length <= 65_536 else b""
            if len(header) < length or not header:
                raise Invalid("extract.truncated", path=path.name, at=at)
            end = at + 4 + length + _data_size(header)
            if end > size:
                raise Invalid("extract.truncated", path=path.name, at=size)
            at = end
        source.seek(0)
        while piece := source.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _data_size(header: bytes) -> int:
    """Field 3 (datasize, varint) of a PBF BlobHeader; fields 1 and 2 are length-delimited."""
    at = 0
    while at < len(header):
        key = header[at]
        at += 1
        value = shift = 0
        while at < len(header):
            byte = header[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        if key == 0x18:
            return value
        at += value if key & 7 == 2 else 0
    return 0


def read(path: Path, *, progress: Progress, cancelled: Cancelled) -> Extract:
    """Read the whole extract. Raises `Invalid` for a file that cannot be decoded or has no drivable road."""
    found = Extract()
    wkb = osmium.geom.WKBFactory()
    processor = (
        osmium.FileProcessor(str(path))
        .with_areas(osmium.filter.KeyFilter(*_KEYS))
        .with_filter(osmium.filter.KeyFilter(*_KEYS, "restriction"))
    )
    try:
        for count, item in enumerate(processor):
            if count % _REPORT_EVERY == 0:
                if cancelled():
                    raise ImportCancelled
                # How many tagged things there are is not known beforehand: the bar comes ever closer to its end.
                progress("read", count / (count + 200_000))
            _take(found, item, wkb)
    except RuntimeError as error:
        raise Invalid("extract.unreadable", path=path.name) from error
    if not any(road.drivable for road in found.roads):
        raise Invalid("extract.no_roads", path=path.name, ways=found.ways)
    progress("read", 1.0)
    return found


def _take(found: Extract, item: Any, wkb: Any) -> None:
    tags = item.tags
    if item.is_node():
        _take_point(found, tags, (item.location.lon, item.location.lat))
    elif item.is_way():
        found.ways += 1
        found.drivable_ways += tags.get("highway", "") in DRIVABLE
        if "highway" in tags or "waterway" in tags or "railway" in tags or tags.get("natural") == "coastline":
            _take_line(found, item)
    elif item.is_relation():
        found.restrictions += "restriction" in tags
    elif item.is_area():
        _take_area(found, item, wkb)


def _names(tags: Any) -> Names:
    name, *more = [part.strip() for part in tags.get("name", "").split(";")]
    zh = tags.get("name:zh", "") or tags.get("name:zh-Hans", "") or (name if has_han(name) else "")
    en = tags.get("name:en", "") or ("" if has_han(name) else name)
    others: list[str] = more
    for key in ("alt_name", "old_name", "short_name", "official_name", "loc_name"):
        others.extend(part.strip() for part in tags.get(key, "").split(";"))
    return Names(name, zh, en, tuple(dict.fromkeys(other for other in others if other)))


def _take_point(found: Extract, tags: Any, point: LonLat) -> None:
    names = _names(tags)
    _take_address(found, tags, names, point)
    place = tags.get("place", "")
    if place in _PLACES and names.name:
        zoom = {"city": 6, "town": 8, "village": 11, "suburb": 11, "quarter": 12, "neighbourhood": 13}.get(place, 13)
        found.features.append(Feature("places", place, names, point_wkb(point), zoom))
    _take_place(found, tags, names, point)


def _take_place(found: Extract, tags: Any, names: Names, point: LonLat) -> None:
    if not names.name:
        return
    if tags.get("place", "") in _PLACES:
        found.places.append(Place(tags["place"], names, point))
        return
    for key in _NAMED:
        if key in tags:
            kind = tags[key] if tags[key] != "yes" else key
            found.places.append(Place(kind, names, point))
            return


def _take_address(found: Extract, tags: Any, names: Names, point: LonLat) -> None:
    written, street = tags.get("addr:housenumber", ""), tags.get("addr:street", "") or tags.get("addr:place", "")
    if not written or not street:
        return
    for part in written.replace("号", "").replace(",", ";").split(";"):
        digits = part.strip().split("-")[0]
        kept = "".join(letter for letter in digits if letter.isdigit())
        if kept and len(kept) <= 6 and digits.startswith(kept):
            found.houses.append(House(int(kept), digits[len(kept) :].strip().lower(), street, names, point))


def _take_line(found: Extract, way: Any) -> None:
    tags = way.tags
    nodes = [(node.ref, (node.location.lon, node.location.lat)) for node in way.nodes if node.location.valid()]
    if len(nodes) < 2:
        return
    line = tuple(point for _, point in nodes)
    if tags.get("natural") == "coastline":
        found.coastline.append(line)
    names = _names(tags)
    highway = tags.get("highway", "")
    shape = line_wkb(line) if len(set(line)) > 1 else ""
    if highway in DRIVABLE or highway in _WALKED:
        drivable = highway in DRIVABLE and tags.get("area") != "yes"
        oneway = tags.get("oneway") in ("yes", "1", "true", "-1") or tags.get("junction") == "roundabout"
        found.roads.append(Road(way.id, highway, names, tuple(ref for ref, _ in nodes), line, oneway, drivable))
        if drivable:
            west, south, east, north = found.bbox
            found.bbox = (
                min(west, *(lon for lon, _ in line)),
                min(south, *(lat for _, lat in line)),
                max(east, *(lon for lon, _ in line)),
                max(north, *(lat for _, lat in line)),
            )
        if shape and tags.get("area") != "yes":
            found.features.append(Feature("roads", highway, names, shape, _road_zoom(highway), oneway and drivable))
    elif shape and tags.get("waterway") in ("river", "stream", "canal"):
        zoom = 9 if tags["waterway"] == "river" else 13
        found.features.append(Feature("water", tags["waterway"], names, shape, zoom))
    elif shape and tags.get("railway") in ("rail", "light_rail", "subway", "tram"):
        found.features.append(Feature("rail", tags["railway"], names, shape, 12))


def _road_zoom(highway: str) -> int:
    main = highway.removesuffix("_link")
    zooms = {"motorway": 5, "trunk": 6, "primary": 8, "secondary": 10, "tertiary": 11, "service": 14}
    if highway in _WALKED:
        return 15
    return zooms.get(main, 12) + (1 if highway.endswith("_link") else 0)


def _take_area(found: Extract, area: Any, wkb: Any) -> None:
    tags = area.tags
    names = _names(tags)
    layer, kind, zoom = _area_class(tags)
    if (point := _middle(area)) is None:
        return  # a polygon cut by the border of the extract
    try:
        shape = wkb.create_multipolygon(area) if layer else ""
    except (RuntimeError, osmium.InvalidLocationError):
        return
    if layer:
        found.features.append(Feature(layer, kind, names, shape, zoom))
    _take_address(found, tags, names, point)
    _take_place(found, tags, names, point)


def _area_class(tags: Any) -> tuple[str, str, int]:
    if tags.get("natural") in ("water", "bay") or tags.get("waterway") in ("riverbank", "dock") or "water" in tags:
        return "water", tags.get("water", "") or tags.get("natural", "") or "water", 8
    if tags.get("landuse") in ("reservoir", "basin"):
        return "water", tags["landuse"], 12
    if "building" in tags and tags["building"] != "no":
        return "buildings", tags["building"] if tags["building"] != "yes" else "building", 14
    for key, kinds in _GREEN.items():
        if tags.get(key) in kinds:
            return "green", tags[key], 14 if tags[key] in ("pitch", "playground", "garden") else 10
    return "", "", 0


def _middle(area: Any) -> LonLat | None:
    """The middle of the outer rings' bounding box: good enough to stand for a building."""
    lons, lats = [], []
    for ring in area.outer_rings():
        for node in ring:
            lons.append(node.lon)
            lats.append(node.lat)
    if not lons:
        return None
    return (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2


def line_wkb(line: tuple[LonLat, ...]) -> str:
    """A line as WKB in hex, as COPY takes it."""
    flat = [value for point in line for value in point]
    return (struct.pack("<BII", 1, 2, len(line)) + struct.pack(f"<{len(flat)}d", *flat)).hex()


def point_wkb(point: LonLat) -> str:
    """A point as WKB in hex."""
    return (b"\x01\x01\x00\x00\x00" + struct.pack("<dd", *point)).hex()
