"""House numbers where the extract has none: learnt from the numbers it has.

In cities with block numbering, parallel streets count together: what a number means on Main Street it also means on the
next street over. For each end of each block a weighted straight line (number against the position along the block's
direction) is fitted through the known houses on this and on parallel streets, in two steps: a wide one for the slope, a
narrow one for the local offset. The spread of the residuals becomes the stated error in metres. Where numbers do not
follow such a field (most of the world), the spread is large and only a street's own numbers count, between each other.

Whether it does is tested first, by predicting known houses from other streets. Nothing but the extract goes in.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from citymap.osm.streets import Block, Street
from kit.geo import LonLat, metres_per_degree

_WIDE_ALONG, _NARROW_ALONG = 900.0, 200.0
_ANGLE = math.radians(12)
_OWN_STREET = 6.0
_OTHER_SIDE = 0.25
"""Weight of numbers from streets with no direction word for one that has it, and the other way round."""
_LEAST_SUPPORT = 2.5
_SHRINK = 1.5
_TILE_METRES = 1500.0
_MOST_SAMPLES = 2500
_MOST_ERROR_METRES = 400.0
_TESTED, _NEAR_MISS, _LEAST_HITS = 200, 100, 0.3
"""A city has block numbering when at least so many of the tested houses are predicted to within one block."""

type _Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Reach:
    """How far across the direction of numbering a known house still speaks for a block, in metres."""

    tile: float
    wide: float
    narrow: float
    doubt: float
    others: float = 1.0


_NEAR = _Reach(tile=5000.0, wide=3000.0, narrow=1200.0, doubt=1.0)
_FAR = _Reach(tile=10_000.0, wide=9000.0, narrow=4000.0, doubt=1.5)
"""Quarters without any known number on a street of this direction ask farther away, and the answer is doubted more."""

_ALONE = _Reach(tile=5000.0, wide=3000.0, narrow=1200.0, doubt=1.0, others=0.0)
"""Where numbers do not follow the parallels, a street's own houses alone speak for it."""


@dataclass(frozen=True, slots=True)
class _Samples:
    """Known houses: position (m), number, unit direction of their block, street id, direction word."""

    x: _Array
    y: _Array
    number: _Array
    ux: _Array
    uy: _Array
    street: npt.NDArray[np.int64]
    side: npt.NDArray[np.int64]

    def take(self, which: npt.NDArray[Any]) -> _Samples:
        return _Samples(
            self.x[which], self.y[which], self.number[which], self.ux[which], self.uy[which], self.street[which],
            self.side[which],
        )  # fmt: skip


class _Plane:
    """Longitude and latitude as metres around a point."""

    def __init__(self, origin: LonLat) -> None:
        self.origin = origin
        self.east, self.north = metres_per_degree(origin[1])

    def __call__(self, point: LonLat) -> tuple[float, float]:
        return (point[0] - self.origin[0]) * self.east, (point[1] - self.origin[1]) * self.north


def learn(streets: Sequence[Street]) -> None:
    """Fill `number_from`, `number_to` and `error_metres` of the blocks where they can be told."""
    blocks = [block for street in streets for block in street.blocks]
    if not blocks:
        return
    plane = _Plane(blocks[0].line[0])
    sides = {word: index for index, word in enumerate(sorted({"", *(street.key.direction for street in streets)}))}
    samples = _samples(streets, plane, sides)
    if samples.x.size < 3:
        return
    for reach in (_NEAR, _FAR) if _is_a_field(samples, sides[""]) else (_ALONE,):
        tiles: dict[tuple[int, int], list[Block]] = defaultdict(list)
        for block in blocks:
            if block.error_metres is None:
                x, y = plane(block.line[0])
                tiles[int(x // _TILE_METRES), int(y // _TILE_METRES)].append(block)
        for tile, inside in tiles.items():
            chosen = _around(tile, inside, samples, reach)
            if chosen.x.size:
                _number(inside, streets, chosen, plane, sides, reach)


def _is_a_field(samples: _Samples, no_side: int) -> bool:
    """Whether numbers follow the parallels: a fair sample of known houses is predicted from other streets' houses."""
    count = samples.x.size
    asked = np.random.default_rng(2).permutation(count)[:_TESTED]
    known = samples.take(np.random.default_rng(3).permutation(count)[: 4 * _MOST_SAMPLES])
    hits = 0
    for index in asked:
        one = samples.take(np.array([index]))
        others = known.take(np.flatnonzero(known.street != one.street[0]))
        if others.x.size < 3:
            continue
        point, unit = np.stack([one.x, one.y], axis=1), np.stack([one.ux, one.uy], axis=1)
        number, error = _predict(point, unit, one.street, one.side, others, no_side, _NEAR)
        hits += bool(np.isfinite(error[0]) and abs(number[0] - one.number[0]) < _NEAR_MISS)
    return hits >= _LEAST_HITS * len(asked)


def _around(tile: tuple[int, int], blocks: Sequence[Block], samples: _Samples, reach: _Reach) -> _Samples:
    """The known houses that may speak for a tile: all on its own streets, and of the others at most a fair sample."""
    own = np.isin(samples.street, np.unique([block.street for block in blocks]))
    x, y = (tile[0] + 0.5) * _TILE_METRES, (tile[1] + 0.5) * _TILE_METRES
    near = np.hypot(samples.x - x, samples.y - y) < reach.tile
    others = np.flatnonzero(near & ~own & (reach.others > 0))
    if others.size > _MOST_SAMPLES:
        others = np.random.default_rng(1).choice(others, _MOST_SAMPLES, replace=False)
    return samples.take(np.concatenate([np.flatnonzero(near & own), others]))


def _samples(streets: Sequence[Street], plane: _Plane, sides: dict[str, int]) -> _Samples:
    rows: list[tuple[float, float, float, float, float, int, int]] = []
    for street in streets:
        if not street.houses:
            continue
        ends = np.array([[*plane(block.line[0]), *plane(block.line[-1])] for block in street.blocks])
        for house in street.houses:
            x, y = plane(house.point)
            place = _nearest(ends, x, y)
            if place is not None:
                rows.append((x, y, float(house.number), *place, street.id, sides[street.key.direction]))
    table = np.array(rows, dtype=np.float64).reshape(-1, 7)
    return _Samples(
        table[:, 0], table[:, 1], table[:, 2], table[:, 3], table[:, 4],
        table[:, 5].astype(np.int64), table[:, 6].astype(np.int64),
    )  # fmt: skip


def _nearest(ends: _Array, x: float, y: float) -> tuple[float, float] | None:
    """The unit direction of the block nearest to a house; None when it is over 200 m away (a wrong tag)."""
    dx, dy = ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]
    length = np.maximum(np.hypot(dx, dy), 1.0)
    along = np.clip(((x - ends[:, 0]) * dx + (y - ends[:, 1]) * dy) / length**2, 0, 1)
    away = np.hypot(ends[:, 0] + along * dx - x, ends[:, 1] + along * dy - y)
    best = int(np.argmin(away))
    if away[best] > 200:
        return None
    return float(dx[best] / length[best]), float(dy[best] / length[best])


def _number(
    blocks: Sequence[Block],
    streets: Sequence[Street],
    samples: _Samples,
    plane: _Plane,
    sides: dict[str, int],
    reach: _Reach,
) -> None:
    starts = np.array([plane(block.line[0]) for block in blocks])
    stops = np.array([plane(block.line[-1]) for block in blocks])
    along = stops - starts
    length = np.hypot(along[:, 0], along[:, 1])
    unit = along / np.maximum(length, 1.0)[:, None]
    own = np.array([block.street for block in blocks])
    side = np.array([sides[streets[block.street].key.direction] for block in blocks])
    first, error_first = _predict(starts, unit, own, side, samples, sides[""], reach)
    last, error_last = _predict(stops, unit, own, side, samples, sides[""], reach)
    for index, block in enumerate(blocks):
        error = max(error_first[index], error_last[index])
        if length[index] < 1 or not math.isfinite(error) or error > _MOST_ERROR_METRES:
            continue
        low, high = first[index], last[index]
        if max(low, high) < -50:
            continue
        block.number_from, block.number_to = max(0, round(low)), max(0, round(high))
        block.error_metres = round(error)


def _predict(
    points: _Array,
    unit: _Array,
    own: npt.NDArray[np.int64],
    side: npt.NDArray[np.int64],
    samples: _Samples,
    no_side: int,
    reach: _Reach,
) -> tuple[_Array, _Array]:
    """Numbers at points of streets running along `unit`, and their error in metres (inf where unknown)."""
    dx = samples.x[None, :] - points[:, 0, None]
    dy = samples.y[None, :] - points[:, 1, None]
    along = dx * unit[:, 0, None] + dy * unit[:, 1, None]
    across = np.abs(dy * unit[:, 0, None] - dx * unit[:, 1, None])
    turn = np.abs(unit[:, 0, None] * samples.uy[None, :] - unit[:, 1, None] * samples.ux[None, :])
    same_street = own[:, None] == samples.street[None, :]
    weight = np.where(turn < math.sin(_ANGLE), reach.others, 0.0)
    weight[same_street] = _OWN_STREET
    same_side = side[:, None] == samples.side[None, :]
    one_bare = (side[:, None] == no_side) | (samples.side[None, :] == no_side)
    weight *= np.where(same_side, 1.0, np.where(one_bare, _OTHER_SIDE, 0.0))
    wide = weight * np.exp(-np.abs(along) / _WIDE_ALONG - across / reach.wide)
    narrow = weight * np.exp(-np.abs(along) / _NARROW_ALONG - across / reach.narrow)
    numbers = samples.number[None, :]
    trust = np.ones_like(wide)
    for _ in range(3):
        level, slope = _line(wide * trust, along, numbers)
        residual = numbers - level[:, None] - slope[:, None] * along
        scale = np.maximum(60.0, 1.5 * _spread(wide, residual))[:, None]
        trust = 1 / (1 + (residual / scale) ** 2)
    near = narrow * trust
    support = near.sum(axis=1)
    offset = (near * residual).sum(axis=1) / (support + _SHRINK)
    left = residual - offset[:, None]
    support_wide = (wide * trust).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt((near * left**2).sum(axis=1) + 30.0**2 * 0.5) / np.sqrt(support + 0.5) / np.abs(slope)
        error *= reach.doubt * (1 + 1 / (support + 0.2))
    known = (support_wide > _LEAST_SUPPORT) & (np.abs(slope) > 0.05) & (np.abs(slope) < 5)
    return level + offset, np.where(known, error, np.inf)


def _line(weight: _Array, x: _Array, y: _Array) -> tuple[_Array, _Array]:
    """Weighted least squares per row: the level at x = 0 and the slope."""
    total = np.maximum(weight.sum(axis=1), 1e-12)
    mean_x = (weight * x).sum(axis=1) / total
    mean_y = (weight * y).sum(axis=1) / total
    centred = x - mean_x[:, None]
    spread = (weight * centred**2).sum(axis=1)
    slope = (weight * centred * (y - mean_y[:, None])).sum(axis=1) / np.maximum(spread, 1e-9)
    return mean_y - slope * mean_x, slope


def _spread(weight: _Array, residual: _Array) -> _Array:
    """Weighted mean absolute residual per row."""
    result: _Array = (weight * np.abs(residual)).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-12)
    return result
