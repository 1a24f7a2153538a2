"""The plan of a fictional city: arterials, collectors, side streets, blocks and a river, on a bent lattice.

Lattice points are whole numbers (u, v) about 75 m apart; `Plan.position` bends them into longitude and latitude.
Streets form a real hierarchy (trunk, primary, secondary, tertiary, residential, service): a uniform grid would look
dull and make contraction hierarchies pathologically slow.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from kit.geo import LonLat, metres_per_degree

UNIT_METRES = 75.0
COLUMNS, ROWS, CELL = 6, 5, 24
RIVER_FROM, RIVER_TO = 2 * CELL, 2 * CELL + 8
WIDTH, HEIGHT = COLUMNS * CELL, ROWS * CELL + (RIVER_TO - RIVER_FROM)
BRIDGES = (24, 72, 96, 144)
CENTRE: LonLat = (118.9260, 30.2130)
_TILT = math.radians(7)

type Lattice = tuple[int, int]

_NORTH_SOUTH = {
    0: "primary",
    24: "primary",
    48: "secondary",
    72: "trunk",
    96: "secondary",
    120: "primary",
    144: "primary",
}
_EAST_WEST = {
    0: "primary", 24: "primary", RIVER_FROM: "secondary", RIVER_TO: "secondary", RIVER_TO + 24: "trunk",
    RIVER_TO + 48: "primary", HEIGHT: "primary",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlannedStreet:
    """A straight run of lattice points (west to east or south to north). Runs with the same `name` are one street."""

    highway: str
    points: tuple[Lattice, ...]
    name: str = ""
    oneway: bool = False
    bridge: bool = False


@dataclass(frozen=True, slots=True)
class PlannedBlock:
    """A block between streets: its lattice rectangle (half-open) and what it is used for."""

    west: int
    south: int
    east: int
    north: int
    use: str

    def corners(self) -> list[Lattice]:
        """The four corners, counter-clockwise."""
        return [(self.west, self.south), (self.east, self.south), (self.east, self.north), (self.west, self.north)]


@dataclass(slots=True)
class Plan:
    """Streets and blocks of the city; `name` keys say which runs belong together."""

    seed: int
    streets: list[PlannedStreet] = field(default_factory=list)
    blocks: list[PlannedBlock] = field(default_factory=list)
    _waves: tuple[float, ...] = ()

    def position(self, u: float, v: float) -> LonLat:
        """Longitude and latitude of a lattice position (fractions allowed)."""
        a, b, c, d = self._waves
        x = (u - WIDTH / 2) * UNIT_METRES
        y = (v - HEIGHT / 2) * UNIT_METRES
        x += 150 * math.sin(y / 2300 + a) + 60 * math.sin((x + y) / 1100 + b)
        y += 190 * math.sin(x / 2900 + c) + 60 * math.sin((x - y) / 1300 + d)
        east, north = metres_per_degree(CENTRE[1])
        return (
            round(CENTRE[0] + (x * math.cos(_TILT) - y * math.sin(_TILT)) / east, 7),
            round(CENTRE[1] + (x * math.sin(_TILT) + y * math.cos(_TILT)) / north, 7),
        )

    def outline(self, west: int, south: int, east: int, north: int) -> list[LonLat]:
        """The bent outline of a lattice rectangle, counter-clockwise, closed, with every lattice point on it.

        Neighbouring rectangles get the very same points on their shared side, so that polygons tile without gaps.
        """
        ring = [(u, south) for u in range(west, east)] + [(east, v) for v in range(south, north)]
        ring += [(u, north) for u in range(east, west, -1)] + [(west, v) for v in range(north, south, -1)]
        points = [self.position(u, v) for u, v in ring]
        return [*points, points[0]]


def make_plan(seed: int) -> Plan:
    """The same seed gives the same city."""
    chance = random.Random(seed)  # noqa: S311 - a toy city, not a secret
    plan = Plan(seed, _waves=tuple(chance.uniform(0, 2 * math.pi) for _ in range(4)))
    _arterials(plan)
    across = [chance.randint(9, 15) for _ in range(COLUMNS)]
    along = [chance.randint(9, 15) for _ in range(ROWS)]
    for column in range(COLUMNS):
        for row in range(ROWS):
            _cell(plan, chance, column, row, across[column], along[row])
    return plan


def row_bottom(row: int) -> int:
    """The lattice line below a row of cells (the river lies between the second and the third row)."""
    return row * CELL + (RIVER_TO - RIVER_FROM if row >= 2 else 0)


def _run(u0: int, v0: int, u1: int, v1: int) -> tuple[Lattice, ...]:
    if u0 == u1:
        return tuple((u0, v) for v in range(v0, v1 + 1))
    return tuple((u, v0) for u in range(u0, u1 + 1))


def _arterials(plan: Plan) -> None:
    """Cut at each other, because turn restrictions name the ways on both sides of a crossing."""
    lines = sorted(_EAST_WEST)
    columns = sorted(_NORTH_SOUTH)
    for u, highway in _NORTH_SOUTH.items():
        for south, north in pairwise(lines):
            over_river = south == RIVER_FROM
            if over_river and u not in BRIDGES:
                continue
            side = "south" if north <= RIVER_FROM else "north"
            name = f"bridge-{u}" if over_river else f"ns-{u}-{side}"
            plan.streets.append(PlannedStreet(highway, _run(u, south, u, north), name, bridge=over_river))
    for v, highway in _EAST_WEST.items():
        for west, east in pairwise(columns):
            plan.streets.append(PlannedStreet(highway, _run(west, v, east, v), f"ew-{v}"))


def _cell(plan: Plan, chance: random.Random, column: int, row: int, across: int, along: int) -> None:
    """Two collectors that go on through the neighbouring cells, and side streets in the four quarters between them."""
    west, south = column * CELL, row_bottom(row)
    u, v = west + across, south + along
    side = "south" if row < 2 else "north"
    plan.streets.append(PlannedStreet("tertiary", _run(u, south, u, south + CELL), f"collector-u{column}-{side}"))
    plan.streets.append(PlannedStreet("tertiary", _run(west, v, west + CELL, v), f"collector-v{row}"))
    middle = math.hypot(column - (COLUMNS - 1) / 2, row - (ROWS - 1) / 2)
    largest = 4 if middle < 1.3 else 5 if middle < 2.3 else 7
    for w, e in ((west, u), (u, west + CELL)):
        for s, n in ((south, v), (v, south + CELL)):
            _divide(plan, chance, (w, s, e, n), largest)


def _divide(plan: Plan, chance: random.Random, block: tuple[int, int, int, int], largest: int) -> bool:
    """Cut a block in two by a side street until the pieces are small; true when it was cut."""
    west, south, east, north = block
    wide, high = east - west, north - south
    if max(wide, high) <= largest:
        plan.blocks.append(PlannedBlock(west, south, east, north, _use(chance, wide * high)))
        return False
    share = chance.uniform(0.36, 0.64)
    if wide > high or (wide == high and chance.random() < 0.5):
        cut = west + min(wide - 2, max(2, round(wide * share)))
        parts = (west, south, cut, north), (cut, south, east, north)
        run = _run(cut, south, cut, north)
    else:
        cut = south + min(high - 2, max(2, round(high * share)))
        parts = (west, south, east, cut), (west, cut, east, north)
        run = _run(west, cut, east, cut)
    divided = [_divide(plan, chance, part, largest) for part in parts]
    # Only a street that no other one ends on may be one-way: both its ends then lie on two-way streets.
    oneway = not any(divided) and chance.random() < 0.35
    name = f"side-{run[0]}-{run[-1]}"
    plan.streets.append(PlannedStreet("residential", run, name, oneway))
    return True


def _use(chance: random.Random, size: int) -> str:
    draw = chance.random()
    if size >= 9 and draw < 0.07:
        return "park"
    if size >= 9 and draw < 0.09:
        return "pond"
    if size >= 9 and draw < 0.13:
        return "school"
    return "homes"


def unit_blocks(plan: Plan) -> dict[Lattice, PlannedBlock]:
    """The block that each lattice square belongs to."""
    return {
        (u, v): block
        for block in plan.blocks
        for u in range(block.west, block.east)
        for v in range(block.south, block.north)
    }


def crossings(plan: Plan) -> Iterator[tuple[Lattice, list[int]]]:
    """Where arterials end on each other, with the indexes of their runs: the places for signals and restrictions."""
    ends: dict[Lattice, list[int]] = {}
    for index, street in enumerate(plan.streets):
        if street.highway in ("trunk", "primary", "secondary"):
            for end in (street.points[0], street.points[-1]):
                ends.setdefault(end, []).append(index)
    for point in sorted(ends):
        if len(ends[point]) >= 3:
            yield point, ends[point]
