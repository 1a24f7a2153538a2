"""The matrices of a day's places. What is known of an earlier board is kept; only new places are asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from citymap.travel import UNREACHABLE_SECONDS, OsrmTravel, TravelSource
from dispatch.planning.day.loading import day_matrix
from dispatch.planning.day.problem_builder import Prepared
from grids.models import ServiceArea
from kit.geo import LonLat
from optimizer.problem import UNREACHABLE, Matrix

MOST_NEW_POINTS = 400
"""So many places are asked for beside a known matrix; with more the whole is asked anew."""


@dataclass(frozen=True, slots=True)
class Roads:
    """The matrices of a day's places, as the optimizer wants them, and whose roads they are."""

    identity: str
    points: tuple[LonLat, ...]
    durations: Matrix
    distances: Matrix


async def with_roads(area: ServiceArea, prepared: Prepared, travel: TravelSource | None, known: Roads | None) -> Roads:
    """The matrices of the day's places; what is known is not asked again."""
    points = prepared.points
    if known is not None and travel is not None and known.identity == travel.identity:
        if known.points == points:
            return known
        at = {point: index for index, point in enumerate(known.points)}
        new = [index for index, point in enumerate(points) if point not in at]
        if isinstance(travel, OsrmTravel) and len(new) <= MOST_NEW_POINTS:
            return await _grown(known, at, points, new, travel)
    # Whoever passes a straight line has asked for it.
    durations, distances, _ = await day_matrix(area, prepared, travel, allow_straight_line=True)
    assert travel is not None  # noqa: S101 - `day_matrix` has refused
    return Roads(travel.identity, points, durations, distances)


async def _grown(
    known: Roads, at: Mapping[LonLat, int], points: tuple[LonLat, ...], new: list[int], travel: OsrmTravel
) -> Roads:
    """Matrices over `points` from known ones; the rows and columns of the `new` places are asked for alone."""
    ahead = back = None
    if new:
        strangers = [points[index] for index in new]
        ahead, back = await travel.rectangle(strangers, points), await travel.rectangle(points, strangers)

    def join() -> Roads:
        rows = [at.get(point, 0) for point in points]
        matrices = [matrix[np.ix_(rows, rows)] for matrix in (known.durations, known.distances)]
        if ahead is not None and back is not None:
            for matrix, there, here in zip(matrices, ahead, back, strict=True):
                matrix[new, :] = np.where(ahead[0] >= UNREACHABLE_SECONDS, UNREACHABLE, there)
                matrix[:, new] = np.where(back[0] >= UNREACHABLE_SECONDS, UNREACHABLE, here)
        return Roads(known.identity, points, np.ascontiguousarray(matrices[0]), np.ascontiguousarray(matrices[1]))

    return await asyncio.to_thread(join)
